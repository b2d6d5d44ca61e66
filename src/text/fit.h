/*
 * fit.h - the state of GloVe training and one round of it.
 *
 * Words are in 16 blocks, pairs in 136 buckets (two blocks, or one twice).  An
 * epoch is 16 rounds: first all buckets of one block twice, then a round-robin
 * tournament in which each block meets each other one once.  Buckets of one
 * round share no word, so they may run at the same time; the order of rounds
 * and of the pairs in a bucket depends on seed and epoch only.
 */
#ifndef FIT_H
#define FIT_H

#include "text/cooc.h"
#include "text/train.h"

enum {
	FIT_ROUNDS = COOC_BLOCKS,
	FIT_BUCKETS = COOC_BLOCKS * (COOC_BLOCKS + 1) / 2,
};

struct fit_pair {
	uint32_t a, b;		/* a < b */
	float log_x;		/* ln X */
	float weight;		/* f(X) */
};

struct fit {
	const struct train_options *options;
	const struct machine *machine;
	size_t count, dim;
	size_t squares_at, stride;
	float *rows;		/* [count, stride]: vector, bias, square of the
				 * bias, gap; at squares_at those of vector */
	struct fit_pair *pairs;
	size_t pair_count;
	size_t ends[FIT_BUCKETS];
	uint32_t *order;	/* [threads, order_room] */
	size_t order_room;
	double loss[FIT_BUCKETS];	/* of the epoch that runs */
	int epoch;		/* of the round that runs */
	int round;
};

/* Takes the pairs over (c is empty afterwards); vectors are random, biases 0,
 * accumulators 1. */
int fit_open(struct fit *f, size_t words, struct cooc *c,
	     const struct train_options *options,
	     const struct machine *machine, struct error *e);
void fit_close(struct fit *f);

void fit_round(struct fit *f, int epoch, int round);
/* Pairs that `round` trains. */
size_t fit_round_pairs(const struct fit *f, int round);
/* Mean over the pairs of f(X) (w_a.w_b + b_a + b_b - ln X)^2 / 2. */
double fit_loss(const struct fit *f);
/* The first word with a number that is not finite, or `count`. */
size_t fit_check(const struct fit *f);

static inline float *fit_vector(const struct fit *f, size_t word)
{
	return f->rows + word * f->stride;
}
static inline float *fit_bias(const struct fit *f, size_t word)
{
	return f->rows + word * f->stride + f->dim;
}
static inline float *fit_squares(const struct fit *f, size_t word)
{
	return f->rows + word * f->stride + f->squares_at;
}
static inline float *fit_bias_square(const struct fit *f, size_t word)
{
	return f->rows + word * f->stride + f->dim + 1;
}

#endif
