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

/* Mean P@5, in thousandths, over the queries of one concept, of two, of all. */
struct demo_score {
	int simple, complex, all;
};
/* Of the index, and of a text search in the captions and of chance. */
struct demo_scores {
	struct demo_score ours, words, chance;
};
int demo_count(const struct demo *d, struct demo_scores *s, struct error *e);

#endif
