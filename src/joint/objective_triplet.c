/*
 * objective_triplet.c - nearer to the own text than, by a margin, to others of
 * the batch: Gomez et al. 2018 (soft negatives), Hermans et al. 2017 (all);
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
#include "base/rng.h"
#include "joint/objective.h"

/* ---- given negatives
 * ------------------------------------------------------------- */

static double square_distance(const float *a, const float *b, size_t dim)
{
	double sum = 0;

	for (size_t j = 0; j < dim; j++) {
		double d = (double)a[j] - (double)b[j];

		sum += d * d;
	}
	return sum;
}

double objective_triplet_given(float *g, const float *x, const float *t,
		    const uint32_t *negative, float margin, size_t n,
		    size_t dim, size_t *violated, const struct kernels *k)
{
	double sum = 0;

	(void)k;
	*violated = 0;
	for (size_t i = 0; i < n; i++) {
		const float *a = x + i * dim, *p = t + i * dim, *q;
		double loss;

		memset(g + i * dim, 0, dim * sizeof(*g));
		if (negative[i] == UINT32_MAX)
			continue;
		q = t + (size_t)negative[i] * dim;
		loss = ((double)margin + square_distance(a, p, dim)) -
		       square_distance(a, q, dim);
		if (loss <= 0)
			continue;	/* a NaN goes on and shows in the sum */
		sum += loss;
		++*violated;
		for (size_t j = 0; j < dim; j++)
			g[i * dim + j] = (q[j] - p[j]) / (float)n;
	}
	return n ? sum / (2.0 * (double)n) : 0;
}

/* ---- every negative --------------------------------------------- */

/* Row i of objective_triplet_all, with squares [n]: returns its term of the
 * sum. */
static double row_against_all(float *g, const float *x, const float *t,
			      float margin, size_t i, size_t n, size_t dim,
			      const float *squares, size_t *violated,
			      const struct kernels *k)
{
	const float *a = x + i * dim, *p = t + i * dim;
	double own = (double)margin + ((double)squares[i] -
		     2 * (double)k->dot(a, p, dim)), sum = 0;
	size_t count = 0;

	for (size_t r = 0; r < n; r++) {
		const float *q = t + r * dim;
		double v;

		if (squares[r] == 0 || memcmp(p, q, dim * sizeof(*p)) == 0)
			continue;
		v = own - ((double)squares[r] - 2 * (double)k->dot(a, q, dim));
		if (v <= 0)
			continue;	/* a NaN goes on and shows in the sum */
		sum += v;
		count++;
		for (size_t j = 0; j < dim; j++)
			g[j] = g[j] + (q[j] - p[j]);
	}
	*violated += count;
	for (size_t j = 0; count && j < dim; j++)
		g[j] = g[j] / ((float)n * (float)count);
	return count ? sum / (double)count : 0;
}

double objective_triplet_all(float *g, const float *x, const float *t,
			     float margin, size_t n, size_t dim,
			     size_t *violated, float *scratch,
			     const struct kernels *k)
{
	double sum = 0;

	*violated = 0;
	memset(g, 0, n * dim * sizeof(*g));
	for (size_t i = 0; i < n; i++)
		scratch[i] = k->dot(t + i * dim, t + i * dim, dim);
	for (size_t i = 0; i < n; i++)
		if (scratch[i] != 0)
			sum += row_against_all(g + i * dim, x, t, margin, i, n,
					       dim, scratch, violated, k);
	return n ? sum / (2.0 * (double)n) : 0;
}

/* ---- soft negatives ------------------------------------------------------ */

static int is_zero(const float *t, size_t dim)
{
	size_t j = 0;

	while (j < dim && t[j] == 0)
		j++;
	return j == dim;
}

/* d[y] = (|x|^2 + |y|^2) - 2 x.y, dots by kernel; returns their mean. */
static double distances(float *d, const float *t, size_t row, size_t n,
			size_t dim, const struct kernels *k)
{
	const float *x = t + row * dim;
	float own = k->dot(x, x, dim);
	double sum = 0;

	for (size_t i = 0; i < n; i++) {
		const float *y = t + i * dim;

		d[i] = (own + k->dot(y, y, dim)) - 2.0f * k->dot(x, y, dim);
		sum += (double)d[i];
	}
	return sum / (double)n;
}

static uint32_t choose_far(const float *d, size_t n, double mean,
			   uint64_t seed, uint64_t step, size_t row)
{
	size_t far = 0, pick;

	for (size_t i = 0; i < n; i++)
		far += (double)d[i] > mean;
	if (!far)
		return UINT32_MAX;
	pick = (size_t)rng_below(seed, rng_stream(RNG_NEGATIVE, step, 0), row,
				 far);
	for (size_t i = 0;; i++)
		if ((double)d[i] > mean && pick-- == 0)
			return (uint32_t)i;
}

void objective_triplet_soft(uint32_t *negative, const float *t, size_t n,
			 size_t dim, uint64_t seed, uint64_t step,
			 float *scratch, const struct kernels *k)
{
	for (size_t i = 0; i < n; i++) {
		negative[i] = UINT32_MAX;
		if (is_zero(t + i * dim, dim))
			continue;
		negative[i] = choose_far(scratch, n,
					 distances(scratch, t, i, n, dim, k),
					 seed, step, i);
	}
}

/* ---- the objective ------------------------------------------------------- */

/* Distances of a row, and the negatives of all. */
static size_t triplet_scratch(size_t most, size_t dim)
{
	(void)dim;
	return most * (sizeof(float) + sizeof(uint32_t));
}

static double triplet_loss(const struct objective *j,
			   const struct objective_batch *b)
{
	float *distance = j->scratch, margin = j->settings.margin;
	uint32_t *negative = (void *)(distance + j->most);
	size_t violated;

	if (j->settings.negatives == OBJECTIVE_ALL)
		return objective_triplet_all(b->gradient, b->out, b->target,
					     margin, b->n, j->dim, &violated,
					     distance, j->kernels);
	objective_triplet_soft(negative, b->target, b->n, j->dim, j->seed,
			       b->step, distance, j->kernels);
	return objective_triplet_given(b->gradient, b->out, b->target, negative,
				       margin, b->n, j->dim, &violated,
				       j->kernels);
}

const struct objective_type objective_triplet = {
	.has_negatives = 1, .scratch_bytes = triplet_scratch,
	.loss = triplet_loss,
};
