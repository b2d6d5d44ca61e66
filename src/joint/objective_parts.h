/*
 * objective_parts.h - the losses by themselves, with their gradients: what
 * objectives are made of and what tests look at.  x, t, g are [n, dim].
 */
#ifndef OBJECTIVE_PARTS_H
#define OBJECTIVE_PARTS_H

#include <stddef.h>
#include <stdint.h>

#include "kernels.h"

/* objective_regress.c has the formula.  scratch: 2 * dim floats.  Returns L. */
double objective_regress_loss(float *g, const float *x, const float *t,
			      size_t n, size_t dim, float *scratch,
			      const struct kernels *k);

/* Triplet with fixed text: anchor x, positive t, negative t[negative[i]]:
 *	L = 1/2n sum max(0, margin + |a-p|^2 - |a-q|^2), g = (q - p) / n for
 *	violated ones, 0 else.  A negative of UINT32_MAX skips the row.
 * *violated counts rows with loss > 0. */
double objective_triplet_given(float *g, const float *x, const float *t,
		    const uint32_t *negative, float margin, size_t n,
		    size_t dim, size_t *violated, const struct kernels *k);

/* The same against every other text of the batch at once, the mean of those
 * that violate ("batch all" of Hermans et al. 2017, which leaves zeros out,
 * too).  Negatives of row i are the rows whose text is neither all zeros nor
 * equal to its own; v_q = margin + |a-p|^2 - |a-q|^2; m_i of them are > 0:
 *	L = 1/2n sum_i 1/m_i sum of v_q > 0
 *	g = 1/(n m_i) sum of q - p over the same.
 * A row whose text is all zeros is skipped.  |a|^2
 * cancels and is left out, so v_q is (margin + (|p|^2 - 2 a.p)) -
 * (|q|^2 - 2 a.q) with dots by kernel.  *violated counts pairs with v_q > 0.
 * scratch: n floats. */
double objective_triplet_all(float *g, const float *x, const float *t,
			     float margin, size_t n, size_t dim,
			     size_t *violated, float *scratch,
			     const struct kernels *k);

/* Soft negatives: for each row a uniform choice among rows whose text is
 * farther from its own than the mean distance in the batch (itself included);
 * UINT32_MAX if its text is all zeros or there is none.
 * scratch: n floats. */
void objective_triplet_soft(uint32_t *negative, const float *t, size_t n,
			 size_t dim, uint64_t seed, uint64_t step,
			 float *scratch, const struct kernels *k);

#endif
