/*
 * conv_depthwise.c - forward of a depthwise convolution without dilation: the
 * windows of a grid line share the pointers to their pixels.
 *
 * All other depthwise passes are a plain sweep with the depthwise kernel.
 */
#include "math/conv_sweep.h"

#include "base/base.h"

enum { WINDOW_PIXELS = BLOCKS_WINDOW_PIXELS };

/* The windows of a group in one grid line read `across` pixels of each line of
 * taps: pointer[t * across + i] is pixel i of line t. */
static void window_pointers(const struct sweep *s, const struct group *g,
			    size_t across, const float **pointer)
{
	for (size_t t = 0; t < s->taps; t += s->wide) {
		size_t sy = (size_t)((ptrdiff_t)(g->y * s->step) + s->tap[t].y);
		size_t sx = (size_t)((ptrdiff_t)(g->x * s->step) + s->tap[t].x);
		size_t line = (g->image * s->source_h + sy) * s->source_w;

		for (size_t i = 0; i < across; i++, sx++)
			*pointer++ = sy < s->source_h && sx < s->source_w ?
				s->source + (line + sx) * s->source_step :
				s->zeros;
	}
}

/* Positions begin .. end - 1 of a row, grid line by grid line. */
void sweep_windows(const struct sweep *s, size_t row, size_t begin,
			  size_t end)
{
	const float *pointer[CONV_MAX_KERNEL * WINDOW_PIXELS];
	size_t fit = (WINDOW_PIXELS - s->wide) / s->step + 1;

	while (begin < end) {
		size_t left = s->grid_w - begin % s->grid_w;
		size_t count = MIN(MIN(left, fit), end - begin);
		size_t across = (count - 1) * s->step + s->wide;
		struct group g = sweep_group(s, row, begin, begin + count);
		struct epilogue epi = s->epi;

		window_pointers(s, &g, across, pointer);
		if (epi.add)
			epi.add += g.pixel * epi.add_step;
		s->kernels->depthwise(s->target + g.pixel * s->pixel_step,
				      s->pixel_step, count, s->columns,
				      s->taps / s->wide, s->wide, pointer,
				      across, s->step, s->packed, &epi);
		begin += count;
	}
}
