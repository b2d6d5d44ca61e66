/*
 * conv_direct.c - direct convolution: forward and gradient to input.
 *
 * Both are sweeps (conv_sweep.h).  Forward has one grid, the output, and a step
 * of `stride` source pixels.  The gradient to input, a transposed convolution,
 * has stride x stride grids: input pixels whose (y + pad) mod stride agree have
 * the same taps.  So no multiplication is by an inserted zero (Dumoulin and
 * Visin 2016, section 4.6, insert zeros instead).
 *
 * A depthwise layer is the same sweep with the depthwise kernel, all channels
 * of a pixel at once.
 */
#include <string.h>

#include "base/base.h"
#include "math/conv_sweep.h"

static size_t pixel_depth(const struct conv *c, size_t channels)
{
	return c->way == CONV_DEPTHWISE ? 1 : channels;
}

/* ---- forward ------------------------------------------------------------- */

static size_t forward_taps(const struct conv *c, struct tap *tap)
{
	size_t n = 0, across = conv_by_lines(c) ? 1 : c->kernel_w;

	for (size_t ky = 0; ky < c->kernel_h; ky++)
		for (size_t kx = 0; kx < across; kx++, n++)
			tap[n] = (struct tap){
				(ptrdiff_t)(ky * c->dilation) -
					(ptrdiff_t)c->pad_top,
				(ptrdiff_t)(kx * c->dilation) -
					(ptrdiff_t)c->pad_left, n
			};
	return n;
}

void conv_direct_pack(const struct conv *c, const struct kernels *k,
		      size_t w_step, float *packed, const float *w)
{
	size_t columns = k->tile_columns;
	size_t depth = c->kernel_h * c->kernel_w * c->in_c;

	if (c->way == CONV_DEPTHWISE) {
		memcpy(packed, w, c->packed_floats * sizeof(*w));
		return;
	}
	for (size_t j0 = 0; j0 < c->out_c; j0 += columns) {
		size_t m = MIN(columns, c->out_c - j0);

		for (size_t p = 0; p < depth; p++, packed += columns) {
			memcpy(packed, w + p * w_step + j0,
			       m * sizeof(*packed));
			memset(packed + m, 0, (columns - m) * sizeof(*packed));
		}
	}
}

void conv_direct_forward(const struct conv_pass *p, float *y, const float *x,
			 const float *packed, const struct epilogue *epi)
{
	const struct conv *c = p->c;
	struct tap tap[SWEEP_MAX_TAPS];
	struct sweep s = {
		.kernels = p->machine->kernels,
		.source = x, .source_h = c->in_h, .source_w = c->in_w,
		.source_step = c->in_step, .depth = pixel_depth(c, c->in_c),
		.target = y, .target_h = c->out_h, .target_w = c->out_w,
		.pixel_step = c->out_step, .columns = c->out_c,
		.n = p->n, .grid_h = c->out_h, .grid_w = c->out_w,
		.step = c->stride, .target_step = 1,
		.tap = tap, .taps = forward_taps(c, tap),
		.line_floats = conv_by_lines(c) ? c->kernel_w * c->in_c : 0,
		.depthwise = c->way == CONV_DEPTHWISE,
		.wide = c->way == CONV_DEPTHWISE && c->dilation == 1 ?
			c->kernel_w : 0,
		.zeros = c->zeros, .packed = packed, .epi = *epi,
	};

	sweep_run(&s, p->machine);
}

/* ---- gradient to input --------------------------------------------------- */

/* Class (fy, fx): input pixels with y = fy mod stride.  Its taps are the
 * kernel rows with ky * dilation = fy + pad mod stride; grid line q then reads
 * output line q + (fy + pad - ky * dilation) / stride. */
static size_t back_taps(const struct conv *c, size_t fy, size_t fx,
			struct tap *tap)
{
	ptrdiff_t s = (ptrdiff_t)c->stride, d = (ptrdiff_t)c->dilation;
	ptrdiff_t y = (ptrdiff_t)(fy + c->pad_top);
	ptrdiff_t x = (ptrdiff_t)(fx + c->pad_left);
	size_t n = 0;

	for (size_t t = 0; t < c->kernel_h * c->kernel_w; t++) {
		ptrdiff_t down = y - (ptrdiff_t)(t / c->kernel_w) * d;
		ptrdiff_t right = x - (ptrdiff_t)(t % c->kernel_w) * d;

		if (down % s == 0 && right % s == 0)
			tap[n++] = (struct tap){ down / s, right / s, t };
	}
	return n;
}

/* Weights of some taps with their channels exchanged: depth o, columns i. */
static float *pack_exchanged(const struct conv *c, size_t columns,
			     size_t w_step, float *packed, const float *w,
			     const struct tap *tap, size_t taps)
{
	for (size_t j0 = 0; j0 < c->in_c; j0 += columns) {
		size_t m = MIN(columns, c->in_c - j0);

		for (size_t p = 0; p < taps * c->out_c; p++) {
			const float *from = w + (tap[p / c->out_c].kernel *
						 c->in_c + j0) * w_step +
					    p % c->out_c;

			for (size_t j = 0; j < m; j++)
				packed[j] = from[j * w_step];
			memset(packed + m, 0, (columns - m) * sizeof(*packed));
			packed += columns;
		}
	}
	return packed;
}

static float *pack_depthwise(const struct conv *c, float *packed,
			     const float *w, const struct tap *tap, size_t taps)
{
	for (size_t t = 0; t < taps; t++, packed += c->in_c)
		memcpy(packed, w + tap[t].kernel * c->in_c,
		       c->in_c * sizeof(*w));
	return packed;
}

void conv_direct_pack_back(const struct conv *c, const struct kernels *k,
			   size_t w_step, float *packed, const float *w)
{
	struct tap tap[SWEEP_MAX_TAPS];

	for (size_t class = 0; class < c->stride * c->stride; class++) {
		size_t taps = back_taps(c, class / c->stride,
					class % c->stride, tap);

		packed = c->way == CONV_DEPTHWISE ?
			pack_depthwise(c, packed, w, tap, taps) :
			pack_exchanged(c, k->tile_columns, w_step, packed, w,
				       tap, taps);
	}
}

void conv_direct_back_input(const struct conv_pass *p, float *dx,
			    const float *dy, const float *packed_back,
			    const struct epilogue *epi)
{
	const struct conv *c = p->c;
	size_t columns = p->machine->kernels->tile_columns, step = c->stride;
	size_t tap_floats = c->way == CONV_DEPTHWISE ? c->in_c :
		c->out_c * CEIL_DIV(c->in_c, columns) * columns;
	struct tap tap[SWEEP_MAX_TAPS];

	for (size_t class = 0; class < step * step; class++) {
		size_t fy = class / step, fx = class % step;
		struct sweep s = {
			.kernels = p->machine->kernels,
			.source = dy, .source_h = c->out_h,
			.source_w = c->out_w, .source_step = c->out_step,
			.depth = pixel_depth(c, c->out_c),
			.target = dx, .target_h = c->in_h,
			.target_w = c->in_w, .pixel_step = c->in_step,
			.columns = c->in_c, .n = p->n,
			.grid_h = (c->in_h + step - 1 - fy) / step,
			.grid_w = (c->in_w + step - 1 - fx) / step,
			.step = 1, .target_step = step,
			.target_y = fy, .target_x = fx,
			.tap = tap, .taps = back_taps(c, fy, fx, tap),
			.depthwise = c->way == CONV_DEPTHWISE,
			.zeros = c->zeros, .packed = packed_back,
			.epi = *epi,
		};

		if (!s.taps)	/* no output reads these pixels: one chunk */
			s.depth = 1;
		sweep_run(&s, p->machine);
		packed_back += s.taps * tap_floats;
	}
}
