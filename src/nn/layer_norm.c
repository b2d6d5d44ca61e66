/*
 * layer_norm.c - batch normalisation (Ioffe and Szegedy 2015): eps, momentum,
 * rate.
 *
 * x [n, h, w, c]; gamma, beta, mean, variance [c]; m = n * h * w.  Sums over
 * the batch are sums of per-image floats (the kernels' chains over the image's
 * pixels from +0), over images ascending in double.
 *
 * Forward in training, per channel:
 *	mu = (sum x) / m	by sum_rows; divided in double, rounded once
 *	v = (sum (x - mu)^2) / m	the same by square_rows
 *	s = sqrtf(v + eps)
 *	a = gamma / s, b = fmaf(-mu, a, beta), y = fmaf(x, a, b)
 *	mean = fmaf(momentum, mean - mu, mu)
 *	variance = fmaf(momentum, variance - v, v)
 * Inference, and a frozen layer: s, a, b from mean and variance in place of mu
 * and v.
 *
 * Backward, in double up to the last rounding, B = sum dy (sum_rows),
 * D = sum dy * x (dot_rows):
 *	dbeta = B, dgamma = (D - mu * B) / s
 *	p = -((a * dgamma) / (m * s)), q = -((a * B) / m) - mu * p
 *	dx = fmaf(x, p, fmaf(dy, a, q))
 */
#include "nn/layer.h"

#include <math.h>

struct bn_settings {
	struct layer_rates rates;
	float eps, momentum;
};
#define AT(field) offsetof(struct bn_settings, field)

static const struct bn_settings *set(const struct layer *l)
{
	return l->settings;
}

/* eps: 1e-5 as in Caffe and PyTorch.  momentum: the weight of the old average,
 * 1 - PyTorch's momentum. */
static const struct layer_option options[] = {
	{ "eps", VALUE_FLOAT, AT(eps), 1e-10, 1, 1e-5 },
	{ "momentum", VALUE_FLOAT, AT(momentum), 0, 1, 0.9 },
	{ "rate", VALUE_FLOAT, AT(rates.rate), 0, 1000, 1 },
	{ .name = NULL }
};

/* Tensors, and rows of c floats in l->state. */
enum { GAMMA, BETA, MEAN, VARIANCE };
enum {
	SLOPE = LAYER_BN_SLOPE,
	OFFSET = LAYER_BN_OFFSET,
	BATCH_MEAN,
	DEVIATION,
	BACK_X,
	BACK_OFFSET,
	ROWS
};

static float *state_row(const struct layer *l, size_t row)
{
	return l->state + row * l->out.c;
}

static float *value(const struct net *n, const struct layer *l, size_t i)
{
	return layer_tensor_at(n, l, i)->value;
}

static int bn_shape(struct net *n, struct layer *l, struct error *e)
{
	static const char *const names[] = { "gamma", "beta", "mean",
					     "variance" };
	static const enum tensor_start starts[] = { START_ONE, START_ZERO,
						    START_ZERO, START_ONE };

	if (layer_shape(n, l, l->in.h, l->in.w, l->in.c, e) < 0)
		return e->code;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (layer_tensor(n, l, names[i], 1, &l->out.c, starts[i], 0,
				 e) < 0)
			return e->code;
		if (i == MEAN || i == VARIANCE)
			n->tensors[n->tensor_count - 1].learned = 0;
	}
	return 0;
}

static int bn_plan(struct net *n, struct layer *l, struct error *e)
{
	(void)e;
	l->state_floats = ROWS * l->out.c;
	if (n->mode == NET_TRAIN)
		l->scratch_floats = n->max_n * 2 * l->out.c;
	return 0;
}

/* s, a and b from a mean and a variance. */
static void bn_slopes(const struct net *n, struct layer *l, const float *mean,
		      const float *variance)
{
	const float *gamma = value(n, l, GAMMA), *beta = value(n, l, BETA);

	for (size_t j = 0; j < l->out.c; j++) {
		float s = sqrtf(variance[j] + set(l)->eps);
		float a = gamma[j] / s;

		state_row(l, DEVIATION)[j] = s;
		state_row(l, SLOPE)[j] = a;
		state_row(l, OFFSET)[j] = fmaf(-mean[j], a, beta[j]);
	}
}

static void bn_pack(struct net *n, struct layer *l)
{
	if (n->mode == NET_RUN || l->frozen)
		bn_slopes(n, l, value(n, l, MEAN), value(n, l, VARIANCE));
}

/* ---- sums over the batch ------------------------------------------------- */

struct bn_job {
	const struct net *n;
	const struct layer *l;
};

static void sum_image(void *context, size_t image, int thread)
{
	const struct bn_job *job = context;
	const struct layer *l = job->l;
	size_t c = l->out.c, rows = l->out.h * l->out.w;
	float *s = job->n->scratch + image * c;

	(void)thread;
	memset(s, 0, c * sizeof(*s));
	job->n->machine.kernels->sum_rows(s, l->x[0] + image * rows * c, rows,
					  c);
}

static void square_image(void *context, size_t image, int thread)
{
	const struct bn_job *job = context;
	const struct layer *l = job->l;
	size_t c = l->out.c, rows = l->out.h * l->out.w;
	float *s = job->n->scratch + image * c;

	(void)thread;
	memset(s, 0, c * sizeof(*s));
	job->n->machine.kernels->square_rows(s, l->x[0] + image * rows * c,
					     state_row(l, BATCH_MEAN), rows, c);
}

static void back_image(void *context, size_t image, int thread)
{
	const struct bn_job *job = context;
	const struct layer *l = job->l;
	const struct kernels *k = job->n->machine.kernels;
	size_t c = l->out.c, rows = l->out.h * l->out.w;
	const float *dy = l->dy + image * rows * c;
	float *s = job->n->scratch + image * 2 * c;

	(void)thread;
	memset(s, 0, 2 * c * sizeof(*s));
	k->sum_rows(s, dy, rows, c);
	k->dot_rows(s + c, dy, l->x[0] + image * rows * c, rows, c);
}

/* Element j of rows `step` floats apart, one per image. */
static double join(const struct net *n, size_t step, size_t j)
{
	double s = 0;

	for (size_t i = 0; i < n->batch; i++)
		s += (double)n->scratch[i * step + j];
	return s;
}

static double batch_pixels(const struct net *n, const struct layer *l)
{
	return (double)n->batch * (double)(l->out.h * l->out.w);
}

/* ---- passes -------------------------------------------------------------- */

static void bn_forward(struct net *n, struct layer *l)
{
	struct bn_job job = { n, l };
	float *mean = state_row(l, BATCH_MEAN);
	float *variance = state_row(l, DEVIATION);	/* until bn_slopes */
	double m = batch_pixels(n, l);
	float keep = set(l)->momentum;

	if (n->mode == NET_RUN || l->frozen || n->again)	/* known */
		return;
	pool_run(n->machine.pool, n->batch, sum_image, &job);
	for (size_t j = 0; j < l->out.c; j++)
		mean[j] = (float)(join(n, l->out.c, j) / m);
	pool_run(n->machine.pool, n->batch, square_image, &job);
	for (size_t j = 0; j < l->out.c; j++) {
		float *old_mean = value(n, l, MEAN) + j;
		float *old_variance = value(n, l, VARIANCE) + j;

		variance[j] = (float)(join(n, l->out.c, j) / m);
		*old_mean = fmaf(keep, *old_mean - mean[j], mean[j]);
		*old_variance = fmaf(keep, *old_variance - variance[j],
				     variance[j]);
	}
	bn_slopes(n, l, mean, variance);
}

static void bn_forward_lines(const struct net *n, const struct layer *l,
			     size_t image, size_t top, size_t bottom)
{
	size_t count, at = layer_lines(l, image, top, bottom, &count);

	n->machine.kernels->affine_rows(l->y + at, l->x[0] + at,
					state_row(l, SLOPE),
					state_row(l, OFFSET),
					count / l->out.c, l->out.c);
}

static void bn_backward(struct net *n, struct layer *l)
{
	struct bn_job job = { n, l };
	size_t c = l->out.c;
	float *dgamma = layer_tensor_at(n, l, GAMMA)->gradient;
	float *dbeta = layer_tensor_at(n, l, BETA)->gradient;
	double m = batch_pixels(n, l);

	pool_run(n->machine.pool, n->batch, back_image, &job);
	for (size_t j = 0; j < c; j++) {
		double mu = (double)state_row(l, BATCH_MEAN)[j];
		double s = (double)state_row(l, DEVIATION)[j];
		double a = (double)state_row(l, SLOPE)[j];
		double b = join(n, 2 * c, j), d = join(n, 2 * c, c + j);
		double g = (d - mu * b) / s;
		double p = -((a * g) / (m * s));
		double q = -((a * b) / m) - mu * p;

		state_row(l, BACK_X)[j] = (float)p;
		state_row(l, BACK_OFFSET)[j] = (float)q;
		if (dgamma) {
			dgamma[j] = (float)g;
			dbeta[j] = (float)b;
		}
	}
}

static void bn_backward_image(const struct net *n, const struct layer *l,
			      size_t image)
{
	size_t at = image * shape_floats(l->out);

	if (l->dx[0])
		n->machine.kernels->affine2_rows(l->dx[0] + at, l->x[0] + at,
						 state_row(l, BACK_X),
						 l->dy + at,
						 state_row(l, SLOPE),
						 state_row(l, BACK_OFFSET),
						 l->out.h * l->out.w, l->out.c);
}

const struct layer_type layer_bn = {
	.name = "bn", .options = options,
	.settings_bytes = sizeof(struct bn_settings),
	.min_inputs = 1, .max_inputs = 1,
	.place = PLACE_SHARED_RUN,
	.back_in_place = 1, .back_reads_x = 1,
	.shape = bn_shape, .plan = bn_plan, .pack = bn_pack,
	.forward = bn_forward, .forward_lines = bn_forward_lines,
	.backward = bn_backward, .backward_image = bn_backward_image,
};
