/*
 * layer_dense.c - fully connected: out (or @dim), bias, rate, decay.
 *
 * x [n, in] with in = h * w * c of the input, weight [in, out], bias
 * [out], y [n, 1, 1, out].
 *
 *	y[i][j] = chain from bias[j] (+0 without) over p of
 *		x[i][p] * weight[p][j]
 *	dx[i][p] = chain from +0 over j of dy[i][j] * weight[p][j]
 *	dweight[p][j] = chain from +0 over i of x[i][p] * dy[i][j]
 *	dbias[j]: sum over images ascending in double, rounded once
 *
 * Initial values: He-uniform; in the last layer of a net Xavier-uniform in
 * Caffe's form, +-sqrt(3 / in) (Glorot and Bengio 2010), as in the papers'
 * nets. The bias has twice the learning rate and no decay.
 */
#include "nn/layer.h"

#include "math/gemm.h"

struct dense_settings {
	struct layer_rates rates;
	size_t out;
	int bias;
};
#define AT(field) offsetof(struct dense_settings, field)

static const struct dense_settings *set(const struct layer *l)
{
	return l->settings;
}

static const struct layer_option options[] = {
	{ "out", VALUE_OUT, AT(out), 1, 1 << 20, 0 },
	{ "bias", VALUE_YES, AT(bias), 0, 1, 1 },
	{ "rate", VALUE_FLOAT, AT(rates.rate), 0, 1000, 1 },
	{ "decay", VALUE_FLOAT, AT(rates.decay), 0, 1000, 1 },
	{ .name = NULL }
};

static int dense_shape(struct net *n, struct layer *l, struct error *e)
{
	size_t in = shape_floats(l->in), out = set(l)->out;

	if (layer_shape(n, l, 1, 1, out, e) < 0 ||
	    layer_tensor(n, l, "weight", 2, (size_t[]){ in, out }, START_HE,
			 in, e) < 0)
		return e->code;
	if (set(l)->bias && layer_tensor(n, l, "bias", 1, &out, START_ZERO, 0,
					e) < 0)
		return e->code;
	l->multiply_adds = (uint64_t)in * out;
	return 0;
}

static int dense_plan(struct net *n, struct layer *l, struct error *e)
{
	size_t in = shape_floats(l->in), out = set(l)->out;

	(void)e;
	l->packed_floats = gemm_packed_floats(n->machine.kernels, in, out);
	if (n->mode == NET_TRAIN)
		l->scratch_floats =
			MAX(MAX(n->max_n * out, l->packed_floats),
			    gemm_packed_floats(n->machine.kernels, out, in));
	return 0;
}

static void dense_pack(struct net *n, struct layer *l)
{
	size_t in = shape_floats(l->in), out = set(l)->out;

	gemm_pack(n->machine.kernels, l->packed,
		  layer_tensor_at(n, l, 0)->value, out, 1, in, out);
}

static void dense_forward(struct net *n, struct layer *l)
{
	size_t in = shape_floats(l->in), out = set(l)->out;

	if (set(l)->bias)
		for (size_t i = 0; i < n->batch; i++)
			memcpy(l->y + i * out, layer_tensor_at(n, l, 1)->value,
			       out * sizeof(*l->y));
	else
		memset(l->y, 0, n->batch * out * sizeof(*l->y));
	gemm(&n->machine, l->y, out, l->x[0], in, l->packed, n->batch, out, in);
}

static void dense_backward(struct net *n, struct layer *l)
{
	size_t in = shape_floats(l->in), out = set(l)->out;
	struct net_tensor *w = layer_tensor_at(n, l, 0);

	if (w->gradient) {
		memset(w->gradient, 0, w->count * sizeof(float));
		gemm_outer(&n->machine, w->gradient, out, l->x[0], in, l->dy,
			   out, in, out, n->batch);
		if (set(l)->bias)
			layer_bias_gradient(n,
					    layer_tensor_at(n, l, 1)->gradient,
					    l->dy, 1, out, out);
	}
	if (l->dx[0]) {
		memset(l->dx[0], 0, n->batch * in * sizeof(float));
		gemm_pack(n->machine.kernels, n->scratch, w->value, 1, out,
			  out, in);
		gemm(&n->machine, l->dx[0], in, l->dy, out, n->scratch,
		     n->batch, in, out);
	}
}

const struct layer_type layer_dense = {
	.name = "dense", .options = options,
	.settings_bytes = sizeof(struct dense_settings),
	.min_inputs = 1, .max_inputs = 1,
	.back_reads_x = 1,
	.shape = dense_shape, .plan = dense_plan, .pack = dense_pack,
	.forward = dense_forward, .backward = dense_backward,
};
