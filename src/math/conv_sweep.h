/*
 * conv_sweep.h - what forward and gradient to input share: a sweep.
 *
 * Positions on a grid, each with a list of taps that say which source pixel to
 * read, times packed weights.
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
	size_t depth;		/* floats of a source pixel that count */
	float *target;		/* [n, target_h, target_w], likewise */
	size_t target_h, target_w, pixel_step;
	size_t columns;
	size_t n, grid_h, grid_w;
	size_t step; /* source pixels from one position to the next */
	size_t target_step;	/* target pixels likewise */
	size_t target_y, target_x;	/* of grid position 0, 0 */
	const struct tap *tap;
	size_t taps;
	size_t line_floats;	/* a tap is a line of so many; 0: one pixel */
	int depthwise;		/* depth 1, columns are the channels */
	size_t wide;		/* depthwise: taps of a line, if windows share
				 * the pointers of a line's pixels; or 0 */
	const float *zeros;
	const float *packed;	/* [panel][tap][depth][tile_columns] */
	struct epilogue epi;
	size_t row_positions;	/* positions whose targets are evenly spaced */
	size_t row_groups;	/* groups of positions in such a row, */
	size_t group_unit;	/* of so many positions or a multiple */
	size_t panels, parts;	/* all panels, shared out to parts */
};

/* The positions of one group: count of them from (image, y, x) on. */
struct group {
	size_t count, image, y, x;
	size_t pixel;		/* of the target, where the first one goes */
};

/* Runs it on all threads. */
void sweep_run(struct sweep *s, const struct machine *machine);

/* ---- between the files of a sweep ---------------------------------------- */

/* Positions from (row, first) on, up to `end`. */
struct group sweep_group(const struct sweep *s, size_t row, size_t first,
			 size_t end);
void sweep_next(const struct sweep *s, size_t *image, size_t *y, size_t *x);
/* Column j0 of the whole sum, whose last store has the epilogue. */
struct epilogue sweep_epilogue(const struct sweep *s, size_t j0);
/* The kernel for a group's taps, columns j0 on. */
void sweep_group_run(const struct sweep *s, const struct group *g, size_t j0,
		     size_t taps, size_t depth, const float *const *pointer,
		     const float *panel, struct epilogue epi);

/* conv_lines.c: few channels, by lines of taps. */
void sweep_lines(const struct sweep *s, size_t row, size_t begin, size_t end,
		 size_t first, size_t last);
/* conv_depthwise.c: windows of a line share their pixels' pointers. */
void sweep_windows(const struct sweep *s, size_t row, size_t begin, size_t end);

#endif
