/*
 * metrics.h - how good a ranking is.
 */
#ifndef METRICS_H
#define METRICS_H

#include "math/machine.h"

/* Cross-modal retrieval as VSE++ counts it: images [n, dim], captions
 * [m, dim], captions of image i are first[i] .. first[i + 1] - 1 (first [n+1]).
 * Scores are dot products.  Ties count against us. */
struct metrics_recall {
	double at1, at5, at10;		/* percent */
	double median, mean;		/* rank, 1 is best */
};
struct metrics_retrieval {
	struct metrics_recall image_to_text, text_to_image;
};
int metrics_retrieval(struct metrics_retrieval *r, const float *images,
		      size_t n, const float *captions, const size_t *first,
		      size_t dim, const struct machine *m, struct error *e);
/* What a random order gives in expectation for the same sizes. */
void metrics_random(struct metrics_retrieval *r, size_t n, const size_t *first);

#endif
