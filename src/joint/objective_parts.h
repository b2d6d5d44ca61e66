/*
 * objective_parts.h - the losses by themselves, with their gradients: what
 * objectives are made of and what tests look at.  a, p, q are rows of out, of
 * target, and a negative of target.
 */
#ifndef OBJECTIVE_PARTS_H
#define OBJECTIVE_PARTS_H

#include "joint/objective.h"

#define OBJECTIVE_NONE UINT32_MAX	/* no negative: the row is skipped */

/* objective_regress.c has the formula.  scratch: 2 * dim floats.  Returns L. */
double objective_regress_loss(float *g, const float *x, const float *t,
			      size_t n, size_t dim, float *scratch,
			      const struct kernels *k);

/* Triplet of one negative a row:
 *	L = 1/2n sum max(0, margin + |a-p|^2 - |a-q|^2)
 * and for violated ones
 *	da = (q - p) / n, dp = (p - a) / n, dq = (a - q) / n.
 * *violated counts rows with loss > 0. */
double objective_triplet_given(const struct objective_batch *b,
			       const uint32_t *negative, float margin,
			       size_t dim, size_t *violated);

/* The same against every other text of the batch at once, the mean of those
 * that violate ("batch all" of Hermans et al. 2017, which leaves zeros out,
 * too).  Negatives of row i are the rows of other posts whose text is neither
 * all zeros nor equal to its own; v_q = margin + |a-p|^2 - |a-q|^2; m_i of them
 * are > 0:
 *	L = 1/2n sum_i 1/m_i sum of v_q > 0
 *	da = 1/(n m_i) sum of q - p over the same.
 * A row whose text is all zeros is skipped.  |a|^2
 * cancels and is left out, so v_q is (margin + (|p|^2 - 2 a.p)) -
 * (|q|^2 - 2 a.q) with dots by kernel.  *violated counts pairs with v_q > 0.
 * scratch: n floats. */
double objective_triplet_all(const struct objective_batch *b, float margin,
			     size_t dim, size_t *violated, float *scratch,
			     const struct kernels *k);

/* ---- one negative of a row ------------------------------------------------
 * Distances are those of texts, d = (|x|^2 + |y|^2) - 2 x.y with dots by
 * kernel.  Rows of the same post are none, and a row whose text is all zeros
 * has none.
 *	soft: a uniform choice among rows farther than the mean distance of
 *	the batch (itself included); farthest: the first of the largest
 *	distance; random: a uniform choice.
 * best and word: b->drawn, which is no row of the batch: choose says
 * OBJECTIVE_DRAWN. */
#define OBJECTIVE_DRAWN (UINT32_MAX - 1)
/* The choices with one negative a row, as bits. */
#define OBJECTIVE_ONE                                                          \
	(1u << OBJECTIVE_SOFT | 1u << OBJECTIVE_FARTHEST |                     \
	 1u << OBJECTIVE_RANDOM | 1u << OBJECTIVE_BEST | 1u << OBJECTIVE_WORD)

/* scratch: n floats. */
void objective_choose(uint32_t *negative, enum objective_negatives how,
		      const struct objective_batch *b, size_t dim,
		      uint64_t seed, float *scratch, const struct kernels *k);
/* Its vector; NULL: none. */
static inline const float *objective_negative(const struct objective_batch *b,
					      size_t row, uint32_t negative,
					      size_t dim)
{
	return negative == OBJECTIVE_NONE ? NULL :
	       negative == OBJECTIVE_DRAWN ? b->drawn + row * dim :
	       b->target + (size_t)negative * dim;
}
/* Distances of a row, and the negatives of all. */
size_t objective_one_scratch(size_t most, size_t dim);

#endif
