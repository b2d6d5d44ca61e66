/*
 * layer_pool.c - maxpool and avgpool: kernel, stride, pad, ceil; avgpool also
 * global=yes.
 *
 * Geometry as in Caffe: (h + 2 pad - kernel) / stride + 1 windows, rounded up
 * with ceil=yes; a window that would start beyond the picture and its left or
 * top padding is dropped.  A window's pixels are those inside the picture, row
 * by row.
 *
 * maxpool
 *	y: kernels->pool_max over the window's pixels
 *	dx = +0, then kernels->pool_max_back for the windows ascending
 * avgpool
 *	y: kernels->pool_sum over the window's pixels with scale = 1 / count,
 *		count being the window's pixels inside picture and padding
 *	dx[p] = chain from +0 over the windows ascending that hold p, of
 *		fmaf(scale, dy, dx)
 * avgpool global=yes
 *	y = (((+0 + x[0]) + x[1]) + ...) * scale, scale = 1 / (h * w)
 *	dx[p] = scale * dy
 */
#include "nn/layer.h"

struct pool_settings {
	size_t kernel, stride, pad;
	int ceil, global;
};
#define AT(field) offsetof(struct pool_settings, field)

static const struct pool_settings *set(const struct layer *l)
{
	return l->settings;
}

enum { MAX_KERNEL = 16 };	/* the window's pointers live on the stack */

static const struct layer_option max_options[] = {
	{ "kernel", VALUE_SIZE, AT(kernel), 1, MAX_KERNEL, 0 },
	{ "stride", VALUE_SIZE, AT(stride), 1, MAX_KERNEL, 1 },
	{ "pad", VALUE_SIZE, AT(pad), 0, MAX_KERNEL - 1, 0 },
	{ "ceil", VALUE_YES, AT(ceil), 0, 1, 0 },
	{ .name = NULL }
};

static const struct layer_option average_options[] = {
	{ "kernel", VALUE_SIZE, AT(kernel), 0, MAX_KERNEL, 0 },
	{ "stride", VALUE_SIZE, AT(stride), 1, MAX_KERNEL, 1 },
	{ "pad", VALUE_SIZE, AT(pad), 0, MAX_KERNEL - 1, 0 },
	{ "ceil", VALUE_YES, AT(ceil), 0, 1, 0 },
	{ "global", VALUE_YES, AT(global), 0, 1, 0 },
	{ .name = NULL }
};

static size_t windows(const struct pool_settings *s, size_t size)
{
	size_t room = size + 2 * s->pad - s->kernel;
	size_t count = (room + (s->ceil ? s->stride - 1 : 0)) / s->stride + 1;

	if ((count - 1) * s->stride >= size + s->pad)
		count--;
	return count;
}

static int pool_shape(struct net *n, struct layer *l, struct error *e)
{
	const struct pool_settings *s = l->settings;

	if (s->global) {
		if (s->kernel || s->pad || s->stride != 1)
			return layer_fail(n, l, e,
					  "global=yes takes no kernel=, "
					  "stride= or pad=");
		return layer_shape(n, l, 1, 1, l->in.c, e);
	}
	if (!s->kernel) {
		layer_fail(n, l, e, "avgpool needs kernel= or global=yes");
		return e->code;
	}
	if (s->pad >= s->kernel)
		return layer_fail(n, l, e, "pad=%zu is not below kernel=%zu",
				  s->pad, s->kernel);
	if (l->in.h + 2 * s->pad < s->kernel ||
	    l->in.w + 2 * s->pad < s->kernel)
		return layer_fail(n, l, e, "kernel=%zu is larger than what it "
				  "reads, %zux%zu with pad=%zu", s->kernel,
				  l->in.h, l->in.w, s->pad);
	return layer_shape(n, l, windows(s, l->in.h), windows(s, l->in.w),
			   l->in.c, e);
}

/* One window: `count` pixels at offsets from the image's first float, and how
 * many pixels it covers if padding counts. */
struct window {
	size_t count, places;
	size_t at[MAX_KERNEL * MAX_KERNEL];
};

/* Sets [*low, *high), the part of a window inside the picture, along one axis;
 * returns its length with padding. */
static size_t window_span(const struct pool_settings *s, size_t index,
			  size_t size, size_t *low, size_t *high)
{
	size_t start = index * s->stride;	/* in the padded picture */
	size_t end = MIN(start + s->kernel, size + 2 * s->pad);

	*low = start > s->pad ? start - s->pad : 0;
	*high = MIN(end > s->pad ? end - s->pad : 0, size);
	return end - start;
}

static void window_make(struct window *v, const struct layer *l, size_t oy,
			size_t ox)
{
	size_t y0, y1, x0, x1, high, wide;

	high = window_span(l->settings, oy, l->in.h, &y0, &y1);
	wide = window_span(l->settings, ox, l->in.w, &x0, &x1);
	v->places = high * wide;
	v->count = 0;
	for (size_t y = y0; y < y1; y++)
		for (size_t x = x0; x < x1; x++)
			v->at[v->count++] = (y * l->in.w + x) * l->in.c;
}

typedef void window_work(const struct kernels *k, const struct layer *l,
			 size_t in, size_t out, const struct window *v);

/* Calls work for each window of these lines of the image, in order. */
static void windows_walk(const struct net *n, const struct layer *l,
			 size_t image, size_t top, size_t bottom,
			 window_work *work)
{
	size_t in = image * shape_floats(l->in), count;
	size_t out = layer_lines(l, image, top, bottom, &count);
	struct window v;

	for (size_t oy = top; oy < bottom; oy++)
		for (size_t ox = 0; ox < l->out.w; ox++, out += l->out.c) {
			window_make(&v, l, oy, ox);
			work(n->machine.kernels, l, in, out, &v);
		}
}

static void window_pointers(const float **x, const float *base,
			    const struct window *v)
{
	for (size_t t = 0; t < v->count; t++)
		x[t] = base + v->at[t];
}

/* Prefetches into L2 the lines of x that the window below reads first. */
static void prefetch_below(const struct layer *l, size_t in,
			   const struct window *v)
{
	size_t c = l->in.c, step = set(l)->stride, line = l->in.w * c;
	size_t end = in + v->at[v->count - 1] + c;

	for (size_t y = 1; y <= step; y++)
		prefetch(l->x[0], end + y * line - step * c, step * c);
}

static void max_window(const struct kernels *k, const struct layer *l,
		       size_t in, size_t out, const struct window *v)
{
	const float *x[MAX_KERNEL * MAX_KERNEL];

	window_pointers(x, l->x[0] + in, v);
	prefetch_below(l, in, v);
	k->pool_max(l->y + out, v->count, x, l->out.c);
}

static void max_window_back(const struct kernels *k, const struct layer *l,
			    size_t in, size_t out, const struct window *v)
{
	const float *x[MAX_KERNEL * MAX_KERNEL];
	float *dx[MAX_KERNEL * MAX_KERNEL];

	window_pointers(x, l->x[0] + in, v);
	for (size_t t = 0; t < v->count; t++)
		dx[t] = l->dx[0] + in + v->at[t];
	prefetch_below(l, in, v);
	prefetch(l->y, out + l->out.w * l->out.c, l->out.c);
	prefetch(l->dy, out + l->out.w * l->out.c, l->out.c);
	k->pool_max_back(v->count, dx, x, l->y + out, l->dy + out, l->out.c);
}

static void average_window(const struct kernels *k, const struct layer *l,
			   size_t in, size_t out, const struct window *v)
{
	const float *x[MAX_KERNEL * MAX_KERNEL];

	window_pointers(x, l->x[0] + in, v);
	k->pool_sum(l->y + out, v->count, x, 1.0f / (float)v->places, l->out.c);
}

static void average_window_back(const struct kernels *k, const struct layer *l,
				size_t in, size_t out, const struct window *v)
{
	for (size_t t = 0; t < v->count; t++)
		k->axpy(l->dx[0] + in + v->at[t], 1.0f / (float)v->places,
			l->dy + out, l->out.c);
}

static void global_image(const struct net *n, const struct layer *l,
			 size_t image)
{
	const struct kernels *k = n->machine.kernels;
	size_t c = l->out.c, pixels = l->in.h * l->in.w;
	float *y = l->y + image * c;

	memset(y, 0, c * sizeof(*y));
	k->sum_rows(y, l->x[0] + image * pixels * c, pixels, c);
	k->scale(y, 1.0f / (float)pixels, y, c);
}

static void global_image_back(const struct net *n, const struct layer *l,
			      size_t image)
{
	size_t c = l->out.c, pixels = l->in.h * l->in.w;
	float *dx = l->dx[0] + image * pixels * c;

	n->machine.kernels->scale(dx, 1.0f / (float)pixels, l->dy + image * c,
				  c);
	for (size_t p = 1; p < pixels; p++)
		memcpy(dx + p * c, dx, c * sizeof(*dx));
}

/* Calls `work` for each window; sets each line of dx to +0 just before the
 * first window that covers it. */
static void windows_back(const struct net *n, const struct layer *l,
			 size_t image, window_work *work)
{
	size_t line = l->in.w * l->in.c, clear = 0, low, high;
	float *dx = l->dx[0] + image * l->in.h * line;

	for (size_t oy = 0; oy < l->out.h; oy++) {
		window_span(l->settings, oy, l->in.h, &low, &high);
		high = oy + 1 < l->out.h ? MAX(high, clear) : l->in.h;
		memset(dx + clear * line, 0,
		       (high - clear) * line * sizeof(*dx));
		clear = high;
		windows_walk(n, l, image, oy, oy + 1, work);
	}
}

static void max_forward(const struct net *n, const struct layer *l,
			size_t image, size_t top, size_t bottom)
{
	windows_walk(n, l, image, top, bottom, max_window);
}

/* If x is a ReLU's output, so is y, the maximum of some of it: the ReLU's
 * backward can be applied to dy. */
static void gate_image(const struct net *n, const struct layer *l, size_t image)
{
	size_t floats = shape_floats(l->out), at = image * floats;

	n->machine.kernels->relu_back(l->dy + at, l->dy + at, l->y + at,
				      layer_relu_max(l->gate), floats);
}

static void max_backward_image(const struct net *n, const struct layer *l,
			       size_t image)
{
	if (l->gate)
		gate_image(n, l, image);
	windows_back(n, l, image, max_window_back);
}

static void average_forward(const struct net *n, const struct layer *l,
			    size_t image, size_t top, size_t bottom)
{
	if (set(l)->global)
		global_image(n, l, image);
	else
		windows_walk(n, l, image, top, bottom, average_window);
}

static void average_backward_image(const struct net *n, const struct layer *l,
				   size_t image)
{
	if (set(l)->global) {
		global_image_back(n, l, image);
	} else {
		windows_back(n, l, image, average_window_back);
	}
}

const struct layer_type layer_maxpool = {
	.name = "maxpool", .options = max_options,
	.settings_bytes = sizeof(struct pool_settings),
	.min_inputs = 1, .max_inputs = 1,
	.back_reads_x = 1, .back_reads_y = 1, .back_gates = 1,
	.shape = pool_shape,
	.forward_lines = max_forward,
	.backward_image = max_backward_image,
};

const struct layer_type layer_avgpool = {
	.name = "avgpool", .options = average_options,
	.settings_bytes = sizeof(struct pool_settings),
	.min_inputs = 1, .max_inputs = 1,
	.shape = pool_shape,
	.forward_lines = average_forward,
	.backward_image = average_backward_image,
};
