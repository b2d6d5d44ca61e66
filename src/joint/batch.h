/*
 * batch.h - the posts that take part in learning, and one batch of them:
 * cropped, mirrored pictures and the vectors of their words.
 */
#ifndef BATCH_H
#define BATCH_H

#include "joint/tower.h"
#include "posts/posts.h"

struct batch_source {
	const struct dataset *posts;
	const struct tower *text;	/* gives what pictures aim at */
	const struct machine *machine;
	size_t crop;		/* side of the net's input */
	uint64_t seed;
	uint32_t *post;		/* [count], owned: numbers of the posts */
	uint32_t *order;	/* [count], owned: this epoch's order */
	size_t count;
	uint64_t epoch;		/* that `order` is for */
	uint64_t no_words;	/* posts left out since none is known */
};

/* The posts of one split that have at least one known word. */
int batch_open(struct batch_source *b, enum posts_split split, struct error *e);
void batch_close(struct batch_source *b);

/* Fills images [n, crop, crop, 3] and targets [n, dim] with entries
 * first .. first + n - 1 of the epoch's order.  With `still`: entries in the
 * order of the file, the middle cropped, nothing mirrored. */
int batch_fill(struct batch_source *b, uint64_t epoch, size_t first, size_t n,
	       int still, float *images, float *targets, struct error *e);

/* A post's words: all its captions and tags, a blank between. */
int batch_text(const struct dataset *d, size_t post, struct buf *text,
	       struct error *e);

#endif
