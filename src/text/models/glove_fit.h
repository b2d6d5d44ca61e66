/*
 * glove_fit.h - the state of GloVe training and one round of it.
 *
 * Words are in blocks (pairs.h), so small that the rows of two blocks stay in
 * L2; blocks are in groups.  One table: the rounds of an epoch are those of a
 * round-robin tournament of the groups: first each with itself, then each with
 * each other.  Two tables: round r trains the rows of group i with the columns
 * of group i + r, a Latin square.  Items of a round share no row, so they run
 * in parallel.  An epoch has one to four passes over all rounds, each with
 * another part of every bucket.  The order depends on the seed, the pairs and
 * the size of a row only.
 */
#ifndef FIT_H
#define FIT_H

#include "text/corpus/pairs.h"
#include "text/models/train.h"

struct glove_fit {
	const struct train_options *options;
	const struct machine *machine;
	struct glove_rule rule;
	size_t count, dim, tables;	/* 1, or 2: words, then contexts */
	size_t stride;			/* of a row, see kernels->glove */
	float *rows;			/* [tables, count, stride] */
	struct pairs *pairs;		/* owned */
	size_t blocks, groups;		/* powers of two */
	size_t passes;
	size_t steps;			/* of an epoch: passes * groups */
	uint64_t *done;			/* [steps + 1] pairs before a step */
	struct pair *buffers;		/* [threads, room] */
	size_t room;
	double *loss;			/* [groups, groups] of the epoch that
					 * runs, by round and item */
	struct error *errors;		/* [groups] by item */
	int epoch;			/* of the step that runs */
	size_t step;
};

/* Blocks that such a vocabulary should be counted in. */
size_t glove_fit_blocks(size_t words, const struct train_options *options);

uint64_t glove_fit_bytes(size_t words, const struct train_options *options);
/* options->clip, or the default of the form. */
float glove_fit_clip(const struct train_options *options);

/* Takes the pairs over, whatever comes of it.  Vectors are random; biases 0, or
 * random with two tables; accumulators 1. */
int glove_fit_open(struct glove_fit *f, size_t words, struct pairs *pairs,
		   const struct train_options *options,
		   const struct machine *machine, struct error *e);
void glove_fit_close(struct glove_fit *f);

int glove_fit_step(struct glove_fit *f, int epoch, size_t step,
		   struct error *e);
/* Mean over the pairs of f(X) (w_a.w_b + b_a + b_b - ln X)^2 / 2. */
double glove_fit_loss(const struct glove_fit *f);
/* The first word with a number that no words file may have, or `count`. */
size_t glove_fit_check(const struct glove_fit *f);

/* Numbers 0 .. dim - 1 are the vector, number dim is the bias. */
static inline float *glove_fit_row(const struct glove_fit *f, size_t table,
				   size_t word)
{
	return f->rows + (table * f->count + word) * f->stride;
}
/* 1 / sqrt(1 + squares of gradients) of each. */
static inline float *glove_fit_roots(const struct glove_fit *f, size_t table,
				     size_t word)
{
	return glove_fit_row(f, table, word) + f->rule.half;
}

#endif
