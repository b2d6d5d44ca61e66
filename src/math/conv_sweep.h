/*
 * conv_sweep.h - the loop that forward and gradient to input share: a sweep.
 *
 * A sweep goes over the positions of a grid.  Each position has the same list
 * of taps; a tap says which source pixel to read.  The target pixel is the sum
 * of source pixels times packed weights, over the taps.
 */
#ifndef CONV_SWEEP_H
#define CONV_SWEEP_H

#include "math/blocks.h"
#include "math/conv_ways.h"

enum {
	SWEEP_GROUP_TILES = BLOCKS_CONV_TILES,
	SWEEP_MAX_TAPS = CONV_MAX_KERNEL * CONV_MAX_KERNEL,
};

struct tap {
	ptrdiff_t y, x;		/* source pixel = grid position * step + this */
	size_t kernel;		/* ky * kernel_w + kx */
};

struct sweep {
	const struct kernels *kernels;
	const float *source;	/* [n, source_h, source_w], source_step apart */
	size_t source_h, source_w, source_step;
	size_t depth;		/* floats read of a source pixel */
	float *target;		/* [n, target_h, target_w], pixel_step apart */
	size_t target_h, target_w, pixel_step;
	size_t columns;		/* floats written of a target pixel */
	size_t n, grid_h, grid_w;
	size_t step;		/* source pixels from position to position */
	size_t target_step;	/* target pixels from position to position */
	size_t target_y, target_x;	/* of grid position 0, 0 */
	const struct tap *tap;
	size_t taps;
	size_t line_floats;	/* floats of a tap that is a line of pixels
				 * (conv_lines.c); 0: a tap is one pixel */
	int depthwise;		/* depth 1, columns are the channels */
	size_t wide;		/* depthwise: taps of a line, if windows share
				 * the pointers of a line's pixels; or 0 */
	const float *zeros;
	const float *packed;	/* [panel][tap][depth][tile_columns] */
	struct epilogue epi;
	size_t row_positions;	/* positions of a row: its targets are evenly
				 * spaced */
	size_t row_groups;	/* groups that a row is cut into, each of */
	size_t group_unit;	/* a multiple of so many positions */
	size_t panels, parts;	/* all panels; parts that items split them in */
};

/* One group: `count` positions from (image, y, x) on. */
struct group {
	size_t count, image, y, x;
	size_t pixel;		/* the first position's target pixel */
};

/* Runs it on all threads. */
void sweep_run(struct sweep *s, const struct machine *machine);

/* ---- between the files of a sweep ---------------------------------------- */

/* Positions from (row, first) on, up to `end`. */
struct group sweep_group(const struct sweep *s, size_t row, size_t first,
			 size_t end);
void sweep_next(const struct sweep *s, size_t *image, size_t *y, size_t *x);
/* The epilogue of columns j0 on, for the chunk that ends the sum. */
struct epilogue sweep_epilogue(const struct sweep *s, size_t j0);
/* Calls the kernel for some taps of a group, columns j0 on. */
void sweep_group_run(const struct sweep *s, const struct group *g, size_t j0,
		     size_t taps, size_t depth, const float *const *pointer,
		     const float *panel, struct epilogue epi);

/* conv_lines.c: few channels, by lines of taps. */
void sweep_lines(const struct sweep *s, size_t row, size_t begin, size_t end,
		 size_t first, size_t last);
/* conv_depthwise.c: windows of a line share their pixels' pointers. */
void sweep_windows(const struct sweep *s, size_t row, size_t begin, size_t end);

#endif
