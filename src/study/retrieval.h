/*
 * retrieval.h - a protocol: the posts of a split that a space has not learned
 * from, each picture asked for among all captions and each caption among all
 * pictures (VSE++, metrics.h).
 */
#ifndef RETRIEVAL_H
#define RETRIEVAL_H

#include "joint/space.h"
#include "posts/posts.h"
#include "study/metrics.h"

struct retrieval {
	size_t pictures, captions;
	size_t left_out;		/* captions without a known word */
	struct metrics_retrieval got, chance;
};

/* `split` as embed_rows takes it. */
int retrieval_measure(struct retrieval *r, struct space *s,
		      const struct dataset *d, int split,
		      const struct machine *m, struct error *e);

#endif
