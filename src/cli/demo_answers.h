/*
 * demo_answers.h - the demo's second half: asks the queries, compares the
 * answers with what the scenes show, and writes the page.
 */
#ifndef DEMO_ANSWERS_H
#define DEMO_ANSWERS_H

#include "base/error.h"
#include "study/page.h"

struct demo {
	char *posts, *words, *space, *index, *page;	/* paths, owned */
	uint64_t seed;
};

/* Prints the table and writes the page. */
int demo_answer(const struct demo *d, struct error *e);

#endif
