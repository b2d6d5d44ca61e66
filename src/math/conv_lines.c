/*
 * conv_lines.c - a sweep over few channels: a line of taps is one run of
 * kernel_w * depth floats.
 *
 * The lines that a position reads are packed one after the other and count as
 * one tap, so the sum has one chunk.  A few tiles are packed at a time.
 */
#include "math/conv_sweep.h"

#include "base/base.h"

enum { PATCH_FLOATS = BLOCKS_PATCH_FLOATS };

/* Packs what the group's row r reads line after line into `patch`, with zeros
 * outside the picture; pointer[r] points at it. */
static void group_patches(const struct sweep *s, const struct group *g,
			  float *patch, const float **pointer)
{
	size_t image = g->image, y = g->y, x = g->x, n = s->line_floats;
	size_t wide = s->source_w * s->depth;

	for (size_t r = 0; r < g->count; r++) {
		ptrdiff_t sx = (ptrdiff_t)(x * s->step) + s->tap->x;
		size_t at = (size_t)sx * s->depth;
		size_t sy = y * s->step + (size_t)s->tap->y;

		pointer[r] = patch;
		for (size_t t = 0; t < s->taps; t++, sy++, patch += n) {
			const float *line;

			if (sy >= s->source_h) {
				memset(patch, 0, n * sizeof(*patch));
				continue;
			}
			line = s->source + (image * s->source_h + sy) * wide;
			if (at <= wide && n <= wide - at)
				copy_floats(patch, line + at, n);
			else
				conv_line(line, sx, s->depth, s->source_w, n,
					  patch);
		}
		sweep_next(s, &image, &y, &x);
	}
}

void sweep_lines(const struct sweep *s, size_t row, size_t begin,
			size_t end, size_t first, size_t last)
{
	float patch[KERNELS_MAX_ROWS * SWEEP_MAX_TAPS * CONV_LINE_CHANNELS];
	const float *pointer[SWEEP_GROUP_TILES * KERNELS_MAX_ROWS];
	size_t columns = s->kernels->tile_columns, high = s->kernels->tile_rows;
	size_t floats = s->taps * s->line_floats;
	size_t step = high * MIN(MAX(PATCH_FLOATS / (high * floats), 1),
				 (size_t)SWEEP_GROUP_TILES);

	for (; begin < end; begin += step) {
		struct group g = sweep_group(s, row, begin,
					  MIN(begin + step, end));

		group_patches(s, &g, patch, pointer);
		for (size_t p = first; p < last; p++)
			sweep_group_run(s, &g, p * columns, 1, floats, pointer,
				 s->packed + p * columns * floats,
				 sweep_epilogue(s, p * columns));
	}
}
