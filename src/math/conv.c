/*
 * conv.c - plans a convolution and passes each group to its algorithm.
 */
#include "math/conv.h"

#include "base/base.h"
#include "base/mem.h"
#include "math/conv_ways.h"

static int check(const struct conv *c, struct error *e)
{
	if (!c->kernel_h || !c->kernel_w || c->kernel_h > CONV_MAX_KERNEL ||
	    c->kernel_w > CONV_MAX_KERNEL || !c->stride ||
	    c->stride > CONV_MAX_STRIDE || !c->in_c || !c->out_c)
		return fail(e, ERROR_DATA, "convolution with kernel %zux%zu, "
			    "stride %zu, channels %zu to %zu is not supported",
			    c->kernel_h, c->kernel_w, c->stride, c->in_c,
			    c->out_c);
	if (c->in_c % c->groups || c->out_c % c->groups)
		return fail(e, ERROR_DATA, "channels %zu to %zu do not split "
			    "into %zu groups", c->in_c, c->out_c, c->groups);
	return 0;
}

/* The geometry of one call: of one group, or of all if depthwise. */
static struct conv group_of(const struct conv *c)
{
	struct conv g = *c;

	if (c->way == CONV_DEPTHWISE) {
		g.groups = 1;
		return g;
	}
	g.in_c /= c->groups;
	g.out_c /= c->groups;
	g.groups = 1;
	return g;
}

/* The number of calls. */
static size_t parts_of(const struct conv *c)
{
	return c->way == CONV_DEPTHWISE ? 1 : c->groups;
}

static size_t packed_floats(const struct conv *c, size_t depth, size_t columns,
			    const struct kernels *k)
{
	size_t taps = c->kernel_h * c->kernel_w;

	switch (c->way) {
	case CONV_WINOGRAD:
		return c->groups * conv_winograd_packed_floats(
			depth / c->groups, columns / c->groups, k);
	case CONV_DEPTHWISE:
		return taps * c->in_c;
	case CONV_DIRECT:
		break;
	}
	return c->groups * taps * (depth / c->groups) *
	       CEIL_DIV(columns / c->groups, k->tile_columns) *
	       k->tile_columns;
}

int conv_plan(struct conv *c, const struct kernels *kernels, struct error *e)
{
	size_t high = c->in_h + c->pad_top + c->pad_bottom, span_h;
	size_t wide = c->in_w + c->pad_left + c->pad_right, span_w, zeros;
	struct conv group;

	c->zeros = NULL;
	c->dilation = MAX(c->dilation, 1);
	c->groups = MAX(c->groups, 1);
	c->in_step = c->in_step ? c->in_step : c->in_c;
	c->out_step = c->out_step ? c->out_step : c->out_c;
	if (check(c, e) < 0)
		return e->code;
	span_h = (c->kernel_h - 1) * c->dilation + 1;
	span_w = (c->kernel_w - 1) * c->dilation + 1;
	if (high < span_h || wide < span_w)
		return fail(e, ERROR_DATA,
			    "a kernel of %zux%zu does not fit an "
			    "input of %zux%zu",
			    span_h, span_w, high, wide);
	c->out_h = (high - span_h) / c->stride + 1;
	c->out_w = (wide - span_w) / c->stride + 1;
	c->way = CONV_DIRECT;
	group = group_of(c);
	if (c->groups > 1 && c->in_c == c->groups && c->out_c == c->groups &&
	    c->kernel_h * c->kernel_w <= CONV_DEPTHWISE_TAPS)
		c->way = CONV_DEPTHWISE;
	else if (conv_winograd_pays(&group))
		c->way = CONV_WINOGRAD;
	c->packed_floats = packed_floats(c, c->in_c, c->out_c, kernels);
	c->packed_back_floats = packed_floats(c, c->out_c, c->in_c, kernels);
	/* a pixel, or a line of taps of one with few channels */
	zeros = MAX(MAX(c->in_c, c->out_c), (size_t)CONV_MAX_KERNEL * 16);
	c->zeros = mem_new(zeros, sizeof(*c->zeros), e);
	return c->zeros ? 0 : e->code;
}

void conv_free(struct conv *c)
{
	mem_free(c->zeros);
	c->zeros = NULL;
}

size_t conv_scratch_floats(const struct conv *c, const struct machine *machine,
			   enum conv_direction direction, size_t n)
{
	struct conv g = group_of(c);

	return c->way == CONV_WINOGRAD ?
		conv_winograd_scratch_floats(&g, machine, direction, n) : 0;
}

/* ---- weights ------------------------------------------------------------- */

void conv_pack(const struct conv *c, const struct machine *machine,
	       float *packed, const float *w)
{
	struct conv group = group_of(c);

	for (size_t g = 0; g < parts_of(c); g++, w += group.out_c) {
		if (c->way == CONV_WINOGRAD)
			conv_winograd_pack(&group, machine, c->out_c, packed,
					   w);
		else
			conv_direct_pack(&group, machine->kernels, c->out_c,
					 packed, w);
		packed += c->packed_floats / parts_of(c);
	}
}

void conv_pack_back(const struct conv *c, const struct machine *machine,
		    float *packed, const float *w)
{
	struct conv group = group_of(c);

	for (size_t g = 0; g < parts_of(c); g++, w += group.out_c) {
		if (c->way == CONV_WINOGRAD)
			conv_winograd_pack_back(&group, machine, c->out_c,
						packed, w);
		else
			conv_direct_pack_back(&group, machine->kernels,
					      c->out_c, packed, w);
		packed += c->packed_back_floats / parts_of(c);
	}
}

/* ---- passes -------------------------------------------------------------- */

/* The epilogue from channel `first` on; start is never NULL. */
static struct epilogue epilogue_at(const struct conv *c,
				const struct epilogue *epi, size_t first)
{
	struct epilogue at = epi ? *epi : (struct epilogue){ 0 };

	at.start = at.start ? at.start + first : c->zeros;
	if (at.scale) {
		at.scale += first;
		at.shift += first;
	}
	if (at.add)
		at.add += first;
	return at;
}

void conv_forward(const struct conv *c, const struct machine *machine,
		  float *y, const float *x, const float *packed,
		  const struct epilogue *epi, float *scratch, size_t n)
{
	struct conv group = group_of(c);
	struct conv_pass p = { &group, machine, c->out_c, n, scratch };

	for (size_t g = 0; g < parts_of(c); g++) {
		struct epilogue at = epilogue_at(c, epi, g * group.out_c);

		if (c->way == CONV_WINOGRAD)
			conv_winograd_forward(&p, y, x, packed, &at);
		else
			conv_direct_forward(&p, y, x, packed, &at);
		x += group.in_c;
		y += group.out_c;
		packed += c->packed_floats / parts_of(c);
	}
}

/* The epilogue that stores to dx, from channel `first` on. */
static struct epilogue epilogue_backward(
	const struct conv *c, const float *dx,
	const struct conv_backward_epilogue *after, size_t first)
{
	struct epilogue epi = { .start = c->zeros };

	if (!after)
		return epi;
	if (after->accumulate && c->way == CONV_DIRECT) {
		epi.start = NULL;
	} else if (after->accumulate) {
		epi.add = dx;
		epi.add_step = c->in_step;
	}
	if (after->gate) {
		epi.gate = after->gate + first;
		epi.high = after->high;
	}
	return epi;
}

void conv_back_input(const struct conv *c, const struct machine *machine,
		     float *dx, const float *dy, const float *packed_back,
		     const struct conv_backward_epilogue *after, float *scratch,
		     size_t n)
{
	struct conv group = group_of(c);
	struct conv_pass p = { &group, machine, c->out_c, n, scratch };

	for (size_t g = 0; g < parts_of(c); g++) {
		struct epilogue epi = epilogue_backward(c, dx, after,
							g * group.in_c);

		if (c->way == CONV_WINOGRAD)
			conv_winograd_back_input(&p, dx, dy, packed_back, &epi);
		else
			conv_direct_back_input(&p, dx, dy, packed_back, &epi);
		dx += group.in_c;
		dy += group.out_c;
		packed_back += c->packed_back_floats / parts_of(c);
	}
}

void conv_back_weights(const struct conv *c, const struct machine *machine,
		       float *dw, const float *x, const float *dy,
		       float *scratch, size_t n)
{
	struct conv group = group_of(c);
	struct conv_pass p = { &group, machine, c->out_c, n, scratch };

	for (size_t g = 0; g < parts_of(c); g++) {
		if (c->way == CONV_WINOGRAD)
			conv_winograd_back_weights(&p, dw, x, dy);
		else
			conv_direct_back_weights(&p, dw, x, dy);
		x += group.in_c;
		dy += group.out_c;
		dw += group.out_c;
	}
}

void conv_pixels(const struct conv *c, const float *x, size_t ky, size_t kx,
		 size_t first, size_t count, const float **pointer)
{
	struct conv_place at = conv_place(c, first);
	size_t down = ky * c->dilation - c->pad_top;	/* wraps if negative */
	size_t right = kx * c->dilation - c->pad_left;

	for (size_t p = 0; p < count; p++) {
		size_t iy = at.y * c->stride + down;
		size_t ix = at.x * c->stride + right;
		int inside = iy < c->in_h && ix < c->in_w;

		pointer[p] = inside ? x + ((at.image * c->in_h + iy) * c->in_w +
					   ix) * c->in_step : c->zeros;
		conv_place_next(c, &at);
	}
}

const float *conv_line(const float *line, ptrdiff_t x, size_t channels,
		       size_t wide, size_t count, float *copy)
{
	ptrdiff_t low = x * (ptrdiff_t)channels;
	ptrdiff_t end = (ptrdiff_t)(wide * channels);

	if (low >= 0 && low + (ptrdiff_t)count <= end)
		return line + low;
	for (size_t i = 0; i < count; i++, low++)
		copy[i] = low >= 0 && low < end ? line[low] : 0.0f;
	return copy;
}
