/*
 * objective_pairs.h - objectives over the similarities of all pairs of a batch.
 *
 *	s[i][j] = out_i . target_j	chains, by gemm
 * A type's `row` sees one row of s, that of a picture, and, unless the type is
 * one-way, each column as if it were a row, that of a text.  It returns its
 * part of the loss and fills the gradient by its row; the gradient by s is the
 * sum of both, d out = g target, d target = g' out.
 */
#ifndef OBJECTIVE_PAIRS_H
#define OBJECTIVE_PAIRS_H

#include "joint/objective.h"

struct objective_row {
	const struct objective *j;
	const struct objective_batch *b;
	size_t n, own;			/* whose row; s[own] is its own pair */
	const float *s;			/* [n] */
	float *g;			/* [n] */
	float scale, bias;		/* 1 / temperature; where it has them */
};

/* Is pair i of the row one of another post? */
static inline int objective_row_other(const struct objective_row *r, size_t i)
{
	return !objective_same_post(r->b, r->own, i);
}

size_t objective_pairs_floats(const struct objective *j);
double objective_pairs_loss(struct objective *j,
			    const struct objective_batch *b);

#endif
