/*
 * feed.h - which posts a step takes, what the net sees of each and what it aims
 * at.
 *
 * The posts are those of one split that have a known word; an epoch takes them
 * in an order of its own, f(seed, epoch).  What the net sees is a feed's type,
 * one file feed_*.c each; what it aims at is made once (targets.h).
 */
#ifndef FEED_H
#define FEED_H

#include "image/augment_view.h"
#include "joint/targets.h"

struct feed;
struct features;

struct feed_type {
	/* Checks that the posts have what the net wants to see. */
	int (*open)(struct feed *f, struct error *e);
	/* What the net sees of a post, [f->row]: at an epoch or, with `still`,
	 * the same at any. */
	void (*see)(const struct feed *f, size_t post, uint64_t epoch,
		    int still, float *to);
};

/* pictures, augmented anew every epoch: feed_pixels.c */
extern const struct feed_type feed_pixels;
/* what a trunk gave for them, of one view or the mean: feed_features.c */
extern const struct feed_type feed_features;

struct feed {
	/* set by the caller */
	const struct feed_type *type;
	const struct dataset *posts;
	const struct tower *text;	/* fixed: makes what pictures aim at */
	/* or NULL: does the side of the texts know a word of the post? */
	int (*knows)(const void *texts, size_t post);
	const void *texts;
	const struct tower *pictures;	/* of feed_features */
	const struct features *features;
	const struct machine *machine;
	size_t side;			/* of the net's square input */
	struct augment_settings augment;	/* of feed_pixels */
	uint64_t seed;
	const char *beside; /* a file in whose folder others may be */
	uint64_t memory_bytes;		/* that all targets may take */

	/* the feed's own */
	size_t row;			/* floats that the net sees of a post */
	uint32_t *post;			/* [count]: numbers of the posts */
	uint32_t *order;		/* [count]: this epoch's */
	size_t count;
	uint64_t epoch;			/* that `order` is for */
	uint64_t no_words;		/* posts left out since none is known */
	struct targets targets;		/* of `post` */
};

int feed_open(struct feed *f, enum posts_split split, struct error *e);
void feed_close(struct feed *f);	/* takes an empty one */

/* Entries first .. first + n - 1 of the epoch's order; with `still`, of the
 * order of the file.  What the net sees: input [n, row]. */
void feed_see(struct feed *f, uint64_t epoch, size_t first, size_t n,
	      int still, float *input);
/* What it aims at where texts are fixed: target [n, dim]. */
int feed_targets(struct feed *f, uint64_t epoch, size_t first, size_t n,
		 int still, float *target, struct error *e);
/* The number of one post. */
size_t feed_post(struct feed *f, uint64_t epoch, size_t at, int still);

#endif
