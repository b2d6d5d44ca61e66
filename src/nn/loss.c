/*
 * loss.c - losses with their gradients (loss.h has the formulas).
 *
 * Loss values are doubles, one operation at a time in the order of rows and of
 * elements within a row: they decide when to stop and which weights are kept,
 * so they follow the numeric law too.  Products of two floats are exact in a
 * double.  Gradients are floats: kernels, or one rounding per operation.
 */
#include "nn/loss.h"

#include <math.h>
#include <string.h>

#include "base/base.h"
#include "base/rng.h"

/* ---- sigmoid cross-entropy ----------------------------------------------- */

/* -[t log s(x) + (1 - t) log(1 - s(x))] = max(x, 0) - t x + log(1 + exp(-|x|))
 * without overflow; the last term in floats. */
static double sigmoid_row(const float *x, const float *t, size_t dim,
			  float *scratch, const struct kernels *k)
{
	double sum = 0;

	for (size_t j = 0; j < dim; j++)
		scratch[j] = -fabsf(x[j]);
	k->exp(scratch, scratch, dim);
	for (size_t j = 0; j < dim; j++)
		scratch[j] = 1.0f + scratch[j];
	k->log(scratch, scratch, dim);
	for (size_t j = 0; j < dim; j++) {
		double above = x[j] > 0 ? (double)x[j] : 0;

		sum += (above - (double)t[j] * (double)x[j]) +
		       (double)scratch[j];
	}
	return sum;
}

double loss_sigmoid(float *g, const float *x, const float *t, size_t n,
		    size_t dim, float *scratch, const struct kernels *k)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++) {
		const float *xi = x + i * dim, *ti = t + i * dim;
		float *gi = g + i * dim;

		sum += sigmoid_row(xi, ti, dim, scratch, k);
		k->sigmoid(scratch, xi, dim);
		for (size_t j = 0; j < dim; j++)
			gi[j] = (scratch[j] - ti[j]) / (float)n;
	}
	return n ? sum / (double)n : 0;
}

/* ---- triplet ------------------------------------------------------------- */

static double square_distance(const float *a, const float *b, size_t dim)
{
	double sum = 0;

	for (size_t j = 0; j < dim; j++) {
		double d = (double)a[j] - (double)b[j];

		sum += d * d;
	}
	return sum;
}

double loss_triplet(float *g, const float *x, const float *t,
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

/* ---- triplet, every negative --------------------------------------------- */

/* Row i of loss_triplet_all, with squares [n]: returns its term of the sum. */
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

double loss_triplet_all(float *g, const float *x, const float *t, float margin,
			size_t n, size_t dim, size_t *violated, float *scratch,
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

void loss_soft_negatives(uint32_t *negative, const float *t, size_t n,
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
