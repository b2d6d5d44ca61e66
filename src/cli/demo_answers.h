/*
 * demo_answers.h - the demo's second half: prints how the queries were
 * answered, and writes the page and the pictures.
 */
#ifndef DEMO_ANSWERS_H
#define DEMO_ANSWERS_H

#include "base/error.h"
#include "study/answers.h"

struct demo {
	/* paths, owned; pictures is a folder */
	char *posts, *words, *space, *index, *page, *pictures;
	uint64_t seed;
};

/* Prints the table, writes the page. */
int demo_answer(const struct demo *d, struct error *e);
/* Writes the pictures kept aside, so that what search finds can be opened. */
int demo_pictures(const struct demo *d, struct error *e);
/* Appends text as one word of a shell. */
int demo_quote(struct buf *b, const char *text, struct error *e);

#endif
