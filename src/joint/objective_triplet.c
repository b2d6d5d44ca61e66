/*
 * objective_triplet.c - nearer to the own text than, by a margin, to others of
 * the batch: Gomez et al. 2018 (one negative a row), Hermans et al. 2017 (all);
 * objective_parts.h has the formulas.
 *
 * Loss values are doubles, one operation at a time in the order of rows and of
 * elements within a row, and a product of two floats is exact in a double.
 * Gradients are floats: kernels, or one rounding per operation.
 */
#include "joint/objective_parts.h"

#include <math.h>
#include <string.h>

#include "base/base.h"

/* ---- one negative a row -------------------------------------------------- */

static double square_distance(const float *a, const float *b, size_t dim)
{
	double sum = 0;

	for (size_t j = 0; j < dim; j++) {
		double d = (double)a[j] - (double)b[j];

		sum += d * d;
	}
	return sum;
}

/* Those of a row that violates. */
static void triplet_by_texts(const float *a, const float *p, const float *q,
			     float *gp, float *gq, size_t n, size_t dim)
{
	for (size_t j = 0; j < dim; j++) {
		gp[j] = gp[j] + (p[j] - a[j]) / (float)n;
		gq[j] = gq[j] + (a[j] - q[j]) / (float)n;
	}
}

double objective_triplet_given(const struct objective_batch *b,
			       const uint32_t *negative, float margin,
			       size_t dim, size_t *violated)
{
	float *g = b->gradient, *gt = b->target_gradient;
	double sum = 0;

	*violated = 0;
	if (gt)
		memset(gt, 0, b->n * dim * sizeof(*gt));
	for (size_t i = 0; i < b->n; i++) {
		const float *a = b->out + i * dim, *p = b->target + i * dim, *q;
		double loss;

		memset(g + i * dim, 0, dim * sizeof(*g));
		q = objective_negative(b, i, negative[i], dim);
		if (!q)
			continue;
		loss = ((double)margin + square_distance(a, p, dim)) -
		       square_distance(a, q, dim);
		if (loss <= 0)
			continue;	/* a NaN goes on and shows in the sum */
		sum += loss;
		++*violated;
		for (size_t j = 0; j < dim; j++)
			g[i * dim + j] = (q[j] - p[j]) / (float)b->n;
		if (gt)
			triplet_by_texts(a, p, q, gt + i * dim,
					 gt + (size_t)negative[i] * dim, b->n,
					 dim);
	}
	return b->n ? sum / (2.0 * (double)b->n) : 0;
}

/* ---- every negative --------------------------------------------- */

struct triplet_row {
	const struct objective_batch *b;
	size_t i, dim, count;
	const float *squares;		/* [n] of the texts */
	double own;			/* margin + |p|^2 - 2 a.p */
	const struct kernels *k;
};

/* v of negative r, or 0 where it does not violate or is none.  A NaN is
 * returned and shows in the sum. */
static double triplet_violation(const struct triplet_row *t, size_t r)
{
	const float *a = t->b->out + t->i * t->dim;
	const float *p = t->b->target + t->i * t->dim;
	const float *q = t->b->target + r * t->dim;
	double v;

	if (t->squares[r] == 0 || objective_same_post(t->b, t->i, r) ||
	    memcmp(p, q, t->dim * sizeof(*p)) == 0)
		return 0;
	v = t->own - ((double)t->squares[r] - 2 * (double)t->k->dot(a, q,
								 t->dim));
	return v <= 0 ? 0 : v;
}

/* Gradients by the texts of row i and its negatives, when count is known. */
static void row_by_texts(const struct triplet_row *t)
{
	const float *a = t->b->out + t->i * t->dim;
	const float *p = t->b->target + t->i * t->dim;
	float *gt = t->b->target_gradient, by = (float)t->b->n *
		    (float)t->count;

	for (size_t r = 0; r < t->b->n; r++) {
		const float *q = t->b->target + r * t->dim;

		if (triplet_violation(t, r) == 0)
			continue;
		for (size_t j = 0; j < t->dim; j++) {
			gt[t->i * t->dim + j] += (p[j] - a[j]) / by;
			gt[r * t->dim + j] += (a[j] - q[j]) / by;
		}
	}
}

/* Returns the row's term of the sum; *violated counts. */
static double row_against_all(struct triplet_row *t, size_t *violated)
{
	const float *p = t->b->target + t->i * t->dim;
	float *g = t->b->gradient + t->i * t->dim;
	double sum = 0;

	for (size_t r = 0; r < t->b->n; r++) {
		const float *q = t->b->target + r * t->dim;
		double v = triplet_violation(t, r);

		if (v == 0)
			continue;
		sum += v;
		t->count++;
		for (size_t j = 0; j < t->dim; j++)
			g[j] = g[j] + (q[j] - p[j]);
	}
	*violated += t->count;
	for (size_t j = 0; t->count && j < t->dim; j++)
		g[j] = g[j] / ((float)t->b->n * (float)t->count);
	if (t->count && t->b->target_gradient)
		row_by_texts(t);
	return t->count ? sum / (double)t->count : 0;
}

double objective_triplet_all(const struct objective_batch *b, float margin,
			     size_t dim, size_t *violated, float *scratch,
			     const struct kernels *k)
{
	size_t n = b->n, bytes = n * dim * sizeof(float);
	double sum = 0;

	*violated = 0;
	memset(b->gradient, 0, bytes);
	if (b->target_gradient)
		memset(b->target_gradient, 0, bytes);
	for (size_t i = 0; i < n; i++)
		scratch[i] = k->dot(b->target + i * dim, b->target + i * dim,
				    dim);
	for (size_t i = 0; i < n; i++) {
		struct triplet_row row = { b, i, dim, 0, scratch, 0, k };

		row.own = (double)margin + ((double)scratch[i] - 2 *
			  (double)k->dot(b->out + i * dim, b->target + i * dim,
					 dim));
		if (scratch[i] != 0)
			sum += row_against_all(&row, violated);
	}
	return n ? sum / (2.0 * (double)n) : 0;
}

/* ---- the objective ------------------------------------------------------- */

static double triplet_loss(const struct objective *j,
			   const struct objective_batch *b)
{
	uint32_t *negative = (void *)(j->scratch + j->most);
	const struct kernels *k = j->machine->kernels;
	float margin = j->settings.margin;
	size_t violated;

	if (j->settings.negatives == OBJECTIVE_ALL)
		return objective_triplet_all(b, margin, j->dim, &violated,
					     j->scratch, k);
	objective_choose(negative, j->settings.negatives, b, j->dim, j->seed,
			 j->scratch, k);
	return objective_triplet_given(b, negative, margin, j->dim, &violated);
}

const struct objective_type objective_triplet = {
	.defaults = { .margin = 1, .draws = 9 },
	.negatives = 1u << OBJECTIVE_ALL | OBJECTIVE_ONE, .norms = 7,
	.has_margin = 1, .scratch = objective_one_scratch,
	.loss = triplet_loss,
};
