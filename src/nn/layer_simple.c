/*
 * layer_simple.c - the layers of a few lines: input, relu, add, concat,
 * dropout.
 *
 * input h w c, mean, scale, order
 *	y = fmaf(x, scale, -(mean * scale)) per channel, after the channels are
 *	reordered (bgr: c = 0 reads channel 2).  mean and scale are one number
 *	or three, in the order of y.
 * relu max (6 in MobileNet; none without)
 *	y: kernels->relu; dx: kernels->relu_back
 * add from=
 *	y = ((x1 + x2) + x3) ...; every dx = dy
 * concat from=
 *	y: the channels of the first input, then of the second, ...
 * dropout p (Srivastava et al. 2014, scaled while training)
 *	y = x * m in training, x otherwise; dx = dy * m;
 *	m = rng_uniform(seed, rng_stream(RNG_DROPOUT, layer, step), i) >= p ?
 *		1.0f / (1.0f - p) : +0, i counting the batch's floats
 */
#include "nn/layer.h"

#include <math.h>

#include "base/rng.h"

static const struct layer_option no_options[] = { { .name = NULL } };

static int same_shape(struct net *n, struct layer *l, struct error *e)
{
	return layer_shape(n, l, l->in.h, l->in.w, l->in.c, e);
}

/* ---- input --------------------------------------------------------------- */

struct input_settings {
	size_t h, w, c;
	struct layer_channels mean, scale;
	int bgr;
};
#define AT(field) offsetof(struct input_settings, field)

static const struct layer_option input_options[] = {
	{ "h", VALUE_SIZE, AT(h), 1, 1 << 16, 0 },
	{ "w", VALUE_SIZE, AT(w), 1, 1 << 16, 0 },
	{ "c", VALUE_SIZE, AT(c), 1, 1 << 16, 0 },
	{ "mean", VALUE_CHANNELS, AT(mean), -1e6, 1e6, 0 },
	{ "scale", VALUE_CHANNELS, AT(scale), -1e6, 1e6, 1 },
	{ "order", VALUE_ORDER, AT(bgr), 0, 1, 0 },
	{ .name = NULL }
};

static int input_shape(struct net *n, struct layer *l, struct error *e)
{
	const struct input_settings *s = l->settings;
	const struct layer_channels *given[] = { &s->mean, &s->scale };

	for (int i = 0; i < 2; i++)
		if (given[i]->count > 1 && given[i]->count != s->c)
			return layer_fail(n, l, e,
					  "%s= has %zu numbers for %zu "
					  "channels",
					  i ? "scale" : "mean", given[i]->count,
					  s->c);
	if (s->bgr && s->c != 3)
		return layer_fail(n, l, e, "order=bgr needs c=3");
	l->in = (struct shape){ s->h, s->w, s->c };
	return layer_shape(n, l, s->h, s->w, s->c, e);
}

/* State: slope and offset for each float of a row of pixels, so that vectors
 * are full although channels are few. */
static int input_plan(struct net *n, struct layer *l, struct error *e)
{
	(void)n;
	(void)e;
	l->state_floats = 2 * l->out.w * l->out.c;
	return 0;
}

static void input_pack(struct net *n, struct layer *l)
{
	const struct input_settings *s = l->settings;
	size_t row = l->out.w * l->out.c;

	(void)n;
	for (size_t i = 0; i < row; i++) {
		float mean = layer_channel(&s->mean, i % l->out.c);
		float scale = layer_channel(&s->scale, i % l->out.c);

		l->state[i] = scale;
		l->state[row + i] = -(mean * scale);
	}
}

static void input_forward(const struct net *n, const struct layer *l,
			  size_t image, size_t top, size_t bottom)
{
	size_t row = l->out.w * l->out.c, count;
	size_t at = layer_lines(l, image, top, bottom, &count);
	const float *x = n->input + n->first * shape_floats(l->out) + at;
	float *y = l->y + at;

	if (((const struct input_settings *)l->settings)->bgr) {
		for (size_t i = 0; i < count; i += 3) {
			y[i] = x[i + 2];
			y[i + 1] = x[i + 1];
			y[i + 2] = x[i];
		}
		x = y;
	}
	n->machine.kernels->affine_rows(y, x, l->state, l->state + row,
					bottom - top, row);
}

const struct layer_type layer_input = {
	.name = "input", .options = input_options,
	.settings_bytes = sizeof(struct input_settings),
	.shape = input_shape, .plan = input_plan, .pack = input_pack,
	.forward_lines = input_forward,
};

/* ---- relu ---------------------------------------------------------------- */

static const struct layer_option relu_options[] = {
	{ "max", VALUE_FLOAT, offsetof(struct relu_settings, max), 1e-6,
	  (double)INFINITY, INFINITY },
	{ .name = NULL }
};

static void relu_forward(const struct net *n, const struct layer *l,
			 size_t image, size_t top, size_t bottom)
{
	size_t count, at = layer_lines(l, image, top, bottom, &count);

	n->machine.kernels->relu(l->y + at, l->x[0] + at, layer_relu_max(l),
				 count);
}

/* In a concat the pixels of y and dy are l->step floats apart. */
static void relu_backward_image(const struct net *n, const struct layer *l,
				size_t image)
{
	size_t pixels = l->out.h * l->out.w, at = image * pixels * l->step;
	size_t runs = l->step == l->out.c ? 1 : pixels;
	size_t count = pixels * l->out.c / runs;

	for (size_t i = 0; l->dx[0] && i < runs; i++, at += l->step)
		n->machine.kernels->relu_back(l->dx[0] + at, l->dy + at,
					      l->y + at, layer_relu_max(l),
					      count);
}

const struct layer_type layer_relu = {
	.name = "relu", .options = relu_options,
	.settings_bytes = sizeof(struct relu_settings),
	.min_inputs = 1, .max_inputs = 1,
	.place = PLACE_SHARED, .back_in_place = 1, .back_reads_y = 1,
	.shape = same_shape,
	.forward_lines = relu_forward,
	.backward_image = relu_backward_image,
};

/* ---- add ----------------------------------------------------------------- */

static int add_shape(struct net *n, struct layer *l, struct error *e)
{
	for (size_t i = 1; i < l->inputs; i++) {
		const struct layer *from = &n->layers[l->from[i]];

		if (from->out.h != l->in.h || from->out.w != l->in.w ||
		    from->out.c != l->in.c)
			return layer_fail(n, l, e,
					  "cannot add '%s' %zux%zux%zu "
					  "and '%s' %zux%zux%zu",
					  n->layers[l->from[0]].name, l->in.h,
					  l->in.w, l->in.c, from->name,
					  from->out.h, from->out.w,
					  from->out.c);
	}
	return same_shape(n, l, e);
}

static void add_forward(const struct net *n, const struct layer *l,
			size_t image, size_t top, size_t bottom)
{
	size_t count, at = layer_lines(l, image, top, bottom, &count);
	const float *sum = l->x[0];

	for (size_t i = 1; i < l->inputs; i++) {
		n->machine.kernels->add(l->y + at, sum + at, l->x[i] + at,
					count);
		sum = l->y;
	}
}

static void add_backward_image(const struct net *n, const struct layer *l,
			       size_t image)
{
	size_t floats = shape_floats(l->out), at = image * floats;

	(void)n;
	for (size_t i = 0; i < l->inputs; i++)
		if (l->dx[i] && l->dx[i] != l->dy)
			memcpy(l->dx[i] + at, l->dy + at,
			       floats * sizeof(float));
}

const struct layer_type layer_add = {
	.name = "add", .options = no_options,
	.min_inputs = 2, .max_inputs = LAYER_INPUTS,
	.place = PLACE_SHARED, .back_in_place = 1,
	.shape = add_shape,
	.forward_lines = add_forward,
	.backward_image = add_backward_image,
};

/* ---- concat -------------------------------------------------------------- */

static int concat_shape(struct net *n, struct layer *l, struct error *e)
{
	size_t c = 0;

	for (size_t i = 0; i < l->inputs; i++) {
		const struct layer *from = &n->layers[l->from[i]];

		if (from->out.h != l->in.h || from->out.w != l->in.w)
			return layer_fail(n, l, e, "cannot join '%s' %zux%zu "
					  "and '%s' %zux%zu",
					  n->layers[l->from[0]].name, l->in.h,
					  l->in.w, from->name, from->out.h,
					  from->out.w);
		c += from->out.c;	/* at most 16 * 2^31 / 1 */
		if (c > LAYER_MAX_FLOATS)
			return layer_fail(n, l, e, "too many channels");
	}
	return layer_shape(n, l, l->in.h, l->in.w, c, e);
}

/* Channels of input i of a concat. */
static size_t concat_channels(const struct net *n, const struct layer *l,
			      size_t i)
{
	return n->layers[l->from[i]].out.c;
}

/* Inputs that already lie in the output are not copied. */
static void concat_forward(const struct net *n, const struct layer *l,
			   size_t image, size_t top, size_t bottom)
{
	size_t count, at = layer_lines(l, image, top, bottom, &count);
	size_t first = at / l->out.c, pixels = count / l->out.c;
	float *y = l->y + at;

	for (size_t i = 0; i < l->inputs; i++) {
		size_t c = concat_channels(n, l, i);

		if (n->layers[l->from[i]].within != l->index)
			for (size_t p = 0; p < pixels; p++)
				memcpy(y + p * l->out.c,
				       l->x[i] + (first + p) * c,
				       c * sizeof(*y));
		y += c;
	}
}

static void concat_backward_image(const struct net *n, const struct layer *l,
				  size_t image)
{
	size_t pixels = l->out.h * l->out.w, first = image * pixels;
	const float *dy = l->dy + first * l->out.c;

	for (size_t i = 0; i < l->inputs; i++) {
		size_t c = concat_channels(n, l, i);

		if (l->dx[i] && n->layers[l->from[i]].within != l->index)
			for (size_t p = 0; p < pixels; p++)
				memcpy(l->dx[i] + (first + p) * c,
				       dy + p * l->out.c, c * sizeof(*dy));
		dy += c;
	}
}

const struct layer_type layer_concat = {
	.name = "concat", .options = no_options,
	.min_inputs = 2, .max_inputs = LAYER_INPUTS,
	.shape = concat_shape,
	.forward_lines = concat_forward,
	.backward_image = concat_backward_image,
};

/* ---- dropout ------------------------------------------------------------- */

struct dropout_settings {
	float p;
};

static const struct layer_option dropout_options[] = {
	{ "p", VALUE_FLOAT, offsetof(struct dropout_settings, p), 0, 0.99, -1 },
	{ .name = NULL }
};

static void dropout_range(const struct net *n, const struct layer *l,
			  float *to, const float *from, size_t at,
			  size_t count)
{
	uint64_t stream = rng_stream(RNG_DROPOUT, l->index, n->at_step);
	const struct dropout_settings *s = l->settings;
	float p = s->p, kept = 1.0f / (1.0f - p);

	for (size_t i = at; i < at + count; i++) {
		float u = rng_uniform(n->seed, stream, i);

		to[i] = from[i] * (u >= p ? kept : 0.0f);
	}
}

static void dropout_forward(const struct net *n, const struct layer *l,
			    size_t image, size_t top, size_t bottom)
{
	size_t count, at = layer_lines(l, image, top, bottom, &count);

	if (n->mode == NET_TRAIN)
		dropout_range(n, l, l->y, l->x[0], at, count);
	else if (l->y != l->x[0])
		memcpy(l->y + at, l->x[0] + at, count * sizeof(float));
}

static void dropout_backward_image(const struct net *n, const struct layer *l,
				   size_t image)
{
	size_t floats = shape_floats(l->out);

	if (l->dx[0])
		dropout_range(n, l, l->dx[0], l->dy, image * floats, floats);
}

const struct layer_type layer_dropout = {
	.name = "dropout", .options = dropout_options,
	.settings_bytes = sizeof(struct dropout_settings),
	.min_inputs = 1, .max_inputs = 1,
	.place = PLACE_SHARED, .back_in_place = 1,
	.shape = same_shape,
	.forward_lines = dropout_forward,
	.backward_image = dropout_backward_image,
};
