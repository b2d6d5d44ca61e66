/*
 * blocks.h - block sizes of the loops around the tiles.
 *
 * All of them are schedule: no bit depends on one.  They are cut for a first
 * cache of 32 KiB, a second of 512 KiB to 1 MiB, and 8 MiB that threads share.
 * Where KiB are named, a tile has 6 rows and 16 columns, and tile_depth is 512.
 */
#ifndef BLOCKS_H
#define BLOCKS_H

enum {
	/* First cache. */
	BLOCKS_OUTER_DEPTH = 256,	/* pointers that outer gets at a time:
					 * 16 KiB of B */
	BLOCKS_OUTER_PIXELS = 128,	/* the same where B is copied together:
					 * 8 KiB of it, 2 to 8 KiB of A */
	BLOCKS_PATCH_FLOATS = 1 << 12,	/* A for tile from copied pixels: half
					 * of it */
	BLOCKS_WINDOW_PIXELS = 128,	/* pointers to pixels of a line that
					 * depthwise gets at a time: 8 KiB of
					 * 16 channels a line */
	BLOCKS_WINDOW_CHANNELS = 64,	/* of an item of depthwise_outer */
	BLOCKS_APART = 16,		/* floats, a cache line: a gap between
					 * copied rows, else a power of two
					 * crowds into few sets */

	/* Second cache of a thread. */
	BLOCKS_GEMM_TILES = 16,		/* row tiles that share a panel of B:
					 * 192 KiB of A */
	BLOCKS_CONV_TILES = 8,		/* the same of pixels, or of input
					 * channels in Winograd's gradient to
					 * weights: 96 KiB of A, little enough
					 * that one picture gives several
					 * items */
	BLOCKS_WEIGHTS_ROWS = 192,	/* rows of a gradient to weights that
					 * share a panel of B: 104 KiB of A */
	BLOCKS_WEIGHTS_FLOATS = 1 << 18,	/* X and dY of a run: 1 MiB
					 * that its items share */
	BLOCKS_EDGE_FLOATS = 1 << 15,	/* of A, lines over the picture's edge:
					 * 128 KiB that is hardly touched */
	BLOCKS_RUN_FLOATS = 1 << 17,	/* V of a run of Winograd's blocks: half
					 * of it, in a run of */
	BLOCKS_RUN_LEAST = 24, BLOCKS_RUN_MOST = 64,	/* blocks */

	/* What threads share. */
	BLOCKS_SHARED_FLOATS = 1 << 21,	/* V of a run by all threads, and V and
					 * D of the gradient to weights: 8 MiB,
					 * this one in a run of */
	BLOCKS_BACK_LEAST = 48, BLOCKS_BACK_MOST = 256,	/* blocks */
};

#endif
