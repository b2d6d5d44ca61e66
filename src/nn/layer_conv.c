/*
 * layer_conv.c - convolution: out, kernel, stride, dilation, groups, pad, bias,
 * direct, rate, decay.
 *
 * x [n, h, w, c], weight [kernel_h, kernel_w, c / groups, out], bias [out].
 *
 *	y, dx, dweight	as math/conv.h says, dweight from +0
 *	dbias		per image: kernels->sum_rows of dy from +0; over the
 *			images ascending in double, rounded once
 *
 * kernel= sets both sides, kernel_h= and kernel_w= one each; pad= sets all four
 * sides, pad_top=, pad_left=, pad_bottom= and pad_right= one each.
 * Output height: (h + pad_top + pad_bottom - reach) / stride + 1, rounded down,
 * with reach = (kernel_h - 1) * dilation + 1; the width by the same formula.
 * Initial values: weight He-uniform with fan in kernel_h * kernel_w * c /
 * groups (He et al. 2015, equation 10), bias 0.  The bias has twice the
 * learning rate and no decay, as in Caffe's models.
 */
#include "nn/layer.h"

#include <stdio.h>

struct conv_settings {
	struct layer_rates rates;
	size_t out, kernel, kernel_h, kernel_w, stride, dilation, groups;
	size_t pad, pad_top, pad_left, pad_bottom, pad_right;
	int bias, direct;
};
#define AT(field) offsetof(struct conv_settings, field)

static const struct conv_settings *set(const struct layer *l)
{
	return l->settings;
}

/* The default of a side's option: not given.  It is above all allowed
 * values. */
enum { MAX_PAD = 255, NOT_GIVEN };

static const struct layer_option options[] = {
	{ "out", VALUE_OUT, AT(out), 1, 1 << 20, 0 },
	{ "kernel", VALUE_SIZE, AT(kernel), 1, CONV_MAX_KERNEL, NOT_GIVEN },
	{ "kernel_h", VALUE_SIZE, AT(kernel_h), 1, CONV_MAX_KERNEL, NOT_GIVEN },
	{ "kernel_w", VALUE_SIZE, AT(kernel_w), 1, CONV_MAX_KERNEL, NOT_GIVEN },
	{ "stride", VALUE_SIZE, AT(stride), 1, CONV_MAX_STRIDE, 1 },
	{ "dilation", VALUE_SIZE, AT(dilation), 1, 16, 1 },
	{ "groups", VALUE_SIZE, AT(groups), 1, 1 << 20, 1 },
	{ "pad", VALUE_SIZE, AT(pad), 0, MAX_PAD, 0 },
	{ "pad_top", VALUE_SIZE, AT(pad_top), 0, MAX_PAD, NOT_GIVEN },
	{ "pad_left", VALUE_SIZE, AT(pad_left), 0, MAX_PAD, NOT_GIVEN },
	{ "pad_bottom", VALUE_SIZE, AT(pad_bottom), 0, MAX_PAD, NOT_GIVEN },
	{ "pad_right", VALUE_SIZE, AT(pad_right), 0, MAX_PAD, NOT_GIVEN },
	{ "bias", VALUE_YES, AT(bias), 0, 1, 1 },
	{ "direct", VALUE_YES, AT(direct), 0, 1, 0 },
	{ "rate", VALUE_FLOAT, AT(rates.rate), 0, 1000, 1 },
	{ "decay", VALUE_FLOAT, AT(rates.decay), 0, 1000, 1 },
	{ .name = NULL }
};

/* The value of one side: its own option, or else kernel= or pad=. */
static void settle(size_t *side, size_t all)
{
	if (*side == NOT_GIVEN)
		*side = all;
}

static void settle_sides(struct conv_settings *s)
{
	settle(&s->kernel_h, s->kernel);
	settle(&s->kernel_w, s->kernel);
	settle(&s->pad_top, s->pad);
	settle(&s->pad_left, s->pad);
	settle(&s->pad_bottom, s->pad);
	settle(&s->pad_right, s->pad);
}

/* Pixels from the first to the last tap, including both. */
static size_t reach(size_t kernel, size_t dilation)
{
	return (kernel - 1) * dilation + 1;
}

/* "with dilation=2" for messages; empty without. */
static const char *dilated(const struct layer *l, char text[40])
{
	text[0] = 0;
	if (set(l)->dilation > 1)
		snprintf(text, 40, " with dilation=%zu", set(l)->dilation);
	return text;
}

/* The output's height or width, from the input's; 0 and a message if the kernel
 * is larger than the padded input. */
static size_t windows(const struct net *n, const struct layer *l, size_t size,
		      size_t kernel, size_t before, size_t after,
		      struct error *e)
{
	size_t span = reach(kernel, set(l)->dilation);
	char text[40];

	if (MAX(before, after) >= span) {
		layer_fail(n, l, e, "pad=%zu is not below kernel=%zu%s",
			   MAX(before, after), kernel,
			   dilated(l, text));
		return 0;
	}
	if (size + before + after < span) {
		layer_fail(n, l, e,
			   "kernel=%zu%s is larger than what it reads, "
			   "%zux%zu with its padding",
			   kernel, dilated(l, text), l->in.h, l->in.w);
		return 0;
	}
	return (size + before + after - span) / set(l)->stride + 1;
}

static int check_options(struct net *n, struct layer *l, struct error *e)
{
	const struct conv_settings *s = l->settings;

	if (s->kernel_h == NOT_GIVEN || s->kernel_w == NOT_GIVEN)
		return layer_fail(n, l, e, "conv needs kernel=");
	if (l->in.c % s->groups || s->out % s->groups)
		return layer_fail(n, l, e, "groups=%zu does not divide its "
				  "channels, %zu to %zu", s->groups, l->in.c,
				  s->out);
	return 0;
}

static int conv_shape(struct net *n, struct layer *l, struct error *e)
{
	struct conv_settings *s = l->settings;
	size_t fan_in, h, w;

	settle_sides(s);
	if (check_options(n, l, e) < 0)
		return e->code;
	fan_in = s->kernel_h * s->kernel_w * (l->in.c / s->groups);
	h = windows(n, l, l->in.h, s->kernel_h, s->pad_top, s->pad_bottom, e);
	w = windows(n, l, l->in.w, s->kernel_w, s->pad_left, s->pad_right, e);
	if (e->code || layer_shape(n, l, h, w, s->out, e) < 0 ||
	    layer_tensor(n, l, "weight", 4, (size_t[]){ s->kernel_h,
			 s->kernel_w, l->in.c / s->groups, s->out }, START_HE,
			 fan_in, e) < 0)
		return e->code;
	if (s->bias && layer_tensor(n, l, "bias", 1, &s->out, START_ZERO, 0,
				    e) < 0)
		return e->code;
	l->multiply_adds = (uint64_t)shape_floats(l->out) * fan_in;
	return 0;
}

/* When training, weights are packed just before each use, in scratch.  The
 * gradient to the weights uses scratch too, so packing for the gradient to the
 * input comes after it. */
static size_t training_floats(const struct net *n, const struct layer *l)
{
	const struct conv *c = &l->conv;
	const struct machine *m = &n->machine;
	size_t forward = layer_whole_lines(c->packed_floats) +
		conv_scratch_floats(c, m, CONV_FORWARD, n->max_n);
	size_t input = layer_whole_lines(c->packed_back_floats) +
		conv_scratch_floats(c, m, CONV_BACK_INPUT, n->max_n);
	size_t weights = conv_scratch_floats(c, m, CONV_BACK_WEIGHTS, n->max_n);

	return MAX(MAX(forward, input), MAX(weights, n->max_n * c->out_c));
}

static int conv_layer_plan(struct net *n, struct layer *l, struct error *e)
{
	const struct conv_settings *s = l->settings;
	struct machine alone = { .kernels = n->machine.kernels };

	l->conv = (struct conv){
		.in_h = l->in.h, .in_w = l->in.w, .in_c = l->in.c,
		.out_c = s->out,
		.kernel_h = s->kernel_h, .kernel_w = s->kernel_w,
		.stride = s->stride, .dilation = s->dilation,
		.groups = s->groups,
		.pad_top = s->pad_top, .pad_left = s->pad_left,
		.pad_bottom = s->pad_bottom, .pad_right = s->pad_right,
		.out_step = l->step, .direct = s->direct,
	};
	if (conv_plan(&l->conv, n->machine.kernels, e) < 0)
		return e->code;
	if (l->conv.out_h != l->out.h || l->conv.out_w != l->out.w)
		bug("layer '%s': two output sizes", l->name);
	l->packed_floats = l->conv.packed_floats;
	l->scratch_floats = n->mode == NET_TRAIN ? training_floats(n, l) :
		conv_scratch_floats(&l->conv, &n->machine, CONV_FORWARD,
				    l->images);
	l->worker_scratch_floats = conv_scratch_floats(&l->conv, &alone,
						     CONV_FORWARD, l->images);
	return 0;
}

static void conv_layer_pack(struct net *n, struct layer *l)
{
	conv_pack(&l->conv, &n->machine, l->packed,
		  layer_tensor_at(n, l, 0)->value);
}

/* The epilogue of the layers that the convolution fuses (net_fuse.c). */
static struct epilogue conv_ends(const struct net *n, const struct layer *l)
{
	struct epilogue epi = { .start = NULL };

	if (set(l)->bias)
		epi.start = layer_tensor_at(n, l, 1)->value;
	if (l->fused_bn) {
		epi.scale = l->fused_bn->state + LAYER_BN_SLOPE * l->out.c;
		epi.shift = l->fused_bn->state + LAYER_BN_OFFSET * l->out.c;
	}
	if (l->fused_add) {
		epi.add = n->layers[l->add_from].y;
		epi.add_step = n->layers[l->add_from].step;
	}
	if (l->fused_relu) {
		epi.clamp = 1;
		epi.high = layer_relu_max(l->fused_relu);
	}
	return epi;
}

static void conv_layer_forward(struct net *n, struct layer *l)
{
	struct epilogue epi = conv_ends(n, l);
	size_t used = n->mode == NET_TRAIN ?
		layer_whole_lines(l->packed_floats) : 0;

	conv_forward(&l->conv, &n->machine, l->y, l->x[0], l->packed, &epi,
		     n->scratch + used, n->batch);
}

struct bias_job {
	const struct net *n;
	const float *dy;
	size_t rows, c, step;
};

static void bias_image(void *context, size_t image, int thread)
{
	const struct bias_job *job = context;
	const struct kernels *k = job->n->machine.kernels;
	const float *dy = job->dy + image * job->rows * job->step;
	float *s = job->n->scratch + image * job->c;

	(void)thread;
	memset(s, 0, job->c * sizeof(*s));
	if (job->step == job->c)
		k->sum_rows(s, dy, job->rows, job->c);
	else
		for (size_t r = 0; r < job->rows; r++)
			k->sum_rows(s, dy + r * job->step, 1, job->c);
}

void layer_bias_gradient(const struct net *n, float *db, const float *dy,
			 size_t rows, size_t c, size_t step)
{
	struct bias_job job = { n, dy, rows, c, step };

	pool_run(n->machine.pool, n->batch, bias_image, &job);
	for (size_t j = 0; j < c; j++) {
		double s = 0;

		for (size_t i = 0; i < n->batch; i++)
			s += (double)n->scratch[i * c + j];
		db[j] = (float)s;
	}
}

static void conv_layer_back_input(struct net *n, struct layer *l)
{
	struct conv_backward_epilogue after = {
		.accumulate = l->edge[0] == EDGE_ACCUMULATE
	};
	float *packed = n->scratch;
	size_t used = layer_whole_lines(l->conv.packed_back_floats);

	if (l->gate) {
		after.gate = l->x[0];
		after.high = layer_relu_max(l->gate);
	}

	conv_pack_back(&l->conv, &n->machine, packed,
		       layer_tensor_at(n, l, 0)->value);
	conv_back_input(&l->conv, &n->machine, l->dx[0], l->dy, packed,
			&after, n->scratch + used, n->batch);
}

static void conv_layer_backward(struct net *n, struct layer *l)
{
	struct net_tensor *w = layer_tensor_at(n, l, 0);

	if (w->gradient) {
		memset(w->gradient, 0, w->count * sizeof(float));
		conv_back_weights(&l->conv, &n->machine, w->gradient, l->x[0],
				  l->dy, n->scratch, n->batch);
		if (set(l)->bias)
			layer_bias_gradient(
				n, layer_tensor_at(n, l, 1)->gradient, l->dy,
				l->out.h * l->out.w, l->out.c, l->step);
	}
	if (l->dx[0])
		conv_layer_back_input(n, l);
}

const struct layer_type layer_conv = {
	.name = "conv", .options = options,
	.settings_bytes = sizeof(struct conv_settings),
	.min_inputs = 1, .max_inputs = 1,
	.back_reads_x = 1, .back_accumulates = 1, .back_gates = 1,
	.shape = conv_shape, .plan = conv_layer_plan, .pack = conv_layer_pack,
	.forward = conv_layer_forward, .backward = conv_layer_backward,
};
