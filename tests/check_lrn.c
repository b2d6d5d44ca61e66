/*
 * check_lrn.c - local response normalisation: lrn, lrn_back.
 *
 * Besides bits: values against doubles, and, in the sweep, that lrn_back is
 * the derivative of lrn, by central differences in double.
 */
#include "check.h"

#include <math.h>

/* s must be positive, so the parameters are not the case's scalars.  The
 * first is AlexNet's. */
static const struct lrn parameters[] = {
	{ 5, 1e-4f / 5, 0.75f, 1.0f },	{ 5, 1e-4f / 5, 0.75f, 2.0f },
	{ 1, 0.5f, 0.75f, 1.0f },	{ 3, 0.25f, 0.5f, 1.0f },
	{ 7, 1.0f, 1.0f, 0.5f },	{ 9, 0.125f, 0.75f, 0.25f },
	{ 17, 0.01f, 0.75f, 1.0f },	{ 17, 2.0f, 0.3f, 3.0f },
	{ 15, 0.0f, 0.75f, 1.0f },
};

static const struct lrn *lrn_of(const struct check_case *c)
{
	return &parameters[c->seed %
			   (sizeof(parameters) / sizeof(*parameters))];
}

static void some_rows(struct check *ck) { check_channels(ck, 0); }

static void shape(struct check_case *c, int operands)
{
	c->operands = operands;
	for (int i = 0; i < operands; i++)
		c->operand[i] = (struct check_operand){
			i ? CHECK_IN : CHECK_OUT, c->rows, c->n, c->n, 0
		};
}

static void lrn_shape(struct check_case *c) { shape(c, 2); }
static void lrn_back_shape(struct check_case *c) { shape(c, 4); }

static void lrn_call(const struct kernels *k, const struct check_case *c,
		     const struct check_args *x)
{
	k->lrn(x->p[0], x->p[1], c->rows, c->n, lrn_of(c));
}

static void lrn_back_call(const struct kernels *k, const struct check_case *c,
			  const struct check_args *x)
{
	k->lrn_back(x->p[0], x->p[1], x->p[2], x->p[3], c->rows, c->n,
		    lrn_of(c));
}

/* ---- against doubles ---------------------------------------------------- */

/* First and last channel + 1 of the window around j. */
static size_t window_first(size_t j, const struct lrn *p)
{
	return j > p->size / 2 ? j - p->size / 2 : 0;
}

static size_t window_end(size_t j, size_t channels, const struct lrn *p)
{
	size_t end = j + p->size / 2 + 1;

	return end < channels ? end : channels;
}

static double true_s(const float *x, size_t j, size_t channels,
		     const struct lrn *p)
{
	double q = 0;

	for (size_t i = window_first(j, p); i < window_end(j, channels, p); i++)
		q += (double)x[i] * (double)x[i];
	return (double)p->k + (double)p->scale * q;
}

/* What one division by t may be wrong by, of the value: the sum's roundings
 * through the power, and those of the power (simd/kernels.h: pow). */
static double lrn_error(double s, const struct lrn *p)
{
	double beta = (double)p->beta;

	return ((double)p->size + 8 + 2 * fabs(beta * log(s))) * 0x1p-23;
}

static double lrn_truth(const struct check_case *c, const struct check_args *x,
			size_t r, size_t j, double *allowed)
{
	const struct lrn *p = lrn_of(c);
	const float *row = x->p[1] + r * c->n;
	double s = true_s(row, j, c->n, p);
	double y = (double)row[j] * pow(s, -(double)p->beta);

	*allowed = lrn_error(s, p) * fabs(y) + 0x1p-148;
	return y;
}

static double lrn_back_truth(const struct check_case *c,
			     const struct check_args *x, size_t r, size_t j,
			     double *allowed)
{
	const struct lrn *p = lrn_of(c);
	const float *dy = x->p[1] + r * c->n, *in = x->p[2] + r * c->n;
	const float *y = x->p[3] + r * c->n;
	double s = true_s(in, j, c->n, p), h = 0, size = 0;
	double slope = -2 * (double)p->beta * (double)p->scale * (double)in[j];
	double own = (double)dy[j] * pow(s, -(double)p->beta);

	for (size_t i = window_first(j, p); i < window_end(j, c->n, p); i++) {
		double g = (double)dy[i] * (double)y[i] /
			   true_s(in, i, c->n, p);
		h += g;
		size += fabs(g);
	}
	*allowed = lrn_error(s, p) * (fabs(own) + fabs(slope) * size) +
		   fabs(slope) * 0x1p-140 + 0x1p-148;
	return own + slope * h;
}

/* ---- lrn_back is lrn's derivative --------------------------------------- */

enum { CHANNELS = 40 };

/* sum of dy * lrn(x) */
static double weighted(const double *x, const float *dy, const struct lrn *p)
{
	double total = 0;

	for (size_t j = 0; j < CHANNELS; j++) {
		double q = 0;

		for (size_t i = window_first(j, p);
		     i < window_end(j, CHANNELS, p); i++)
			q += x[i] * x[i];
		total += (double)dy[j] * x[j] *
			 pow((double)p->k + (double)p->scale * q,
			     -(double)p->beta);
	}
	return total;
}

static void derivative(struct check *ck, const struct lrn *p)
{
	float x[CHANNELS], y[CHANNELS], dy[CHANNELS], dx[CHANNELS];
	double at[CHANNELS];
	uint64_t random = 6;

	check_fill(x, CHANNELS, CHECK_UNIFORM, 0, &random);
	check_fill(dy, CHANNELS, CHECK_UNIFORM, 1, &random);
	for (size_t j = 0; j < CHANNELS; j++) {
		at[j] = (double)x[j];
		y[j] = (float)(at[j] * pow(true_s(x, j, CHANNELS, p),
					   -(double)p->beta));
	}
	ck->k->lrn_back(dx, dy, x, y, 1, CHANNELS, p);
	ck->cases++;
	for (size_t j = 0; j < CHANNELS; j++) {
		double step = 0x1p-16, low, high, right;

		at[j] = (double)x[j] - step;
		low = weighted(at, dy, p);
		at[j] = (double)x[j] + step;
		high = weighted(at, dy, p);
		at[j] = (double)x[j];
		right = (high - low) / (2 * step);
		if (!(fabs((double)dx[j] - right) <= 2e-5))
			check_failed(ck, "size %zu, channel %zu: got %a, "
				     "difference quotient %a", p->size, j,
				     (double)dx[j], right);
	}
}

static void lrn_back_sweep(struct check *ck)
{
	for (size_t i = 0; i < sizeof(parameters) / sizeof(*parameters); i++)
		derivative(ck, &parameters[i]);
}

const struct check_test check_lrn[] = {
	{ .name = "lrn", .slot = offsetof(struct kernels, lrn),
	  .cases = some_rows, .shape = lrn_shape, .call = lrn_call,
	  .truth = lrn_truth },
	{ .name = "lrn_back", .slot = offsetof(struct kernels, lrn_back),
	  .cases = some_rows, .shape = lrn_back_shape, .call = lrn_back_call,
	  .truth = lrn_back_truth, .sweep = lrn_back_sweep },
	{ .name = NULL },
};
