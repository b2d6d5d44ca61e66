/*
 * draws.h - negatives that are no row of the batch (Gomez et al. 2018).
 *
 * best: of so many posts of the set, drawn anew every epoch, the one whose text
 * is farthest from the own (the first of several), as they did once before
 * training with 9.  word: a word of the own text, drawn anew every epoch, takes
 * the place of the text, and its negative is a word of another post that the
 * own text does not have.  Where there is none, the negative is all zeros.
 */
#ifndef DRAWS_H
#define DRAWS_H

#include "joint/feed.h"
#include "joint/objective.h"

struct draws {
	const struct feed *feed;
	enum objective_negatives how;
	int count;			/* for OBJECTIVE_BEST */
	/* taken off all vectors [dim]; are drawn ones of unit length? */
	const float *center;
	int unit;

	/* its own */
	float *other;			/* [2 dim] */
	struct words_read own, from;
	struct buf text;
};

/* The fields above are set; does nothing for other negatives. */
int draws_open(struct draws *d, struct error *e);
void draws_close(struct draws *d);	/* takes an empty one */
/* drawn [n, dim], for the entries that feed_fill gave target [n, dim] of. */
int draws_fill(struct draws *d, size_t first, size_t n, float *target,
	       float *drawn, struct error *e);

#endif
