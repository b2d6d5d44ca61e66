/*
 * blocks.h - block sizes of the loops around the tiles.
 *
 * All of them are schedule: no bit depends on one.  They are chosen for an L1
 * of 32 KiB, an L2 of 512 KiB to 1 MiB a thread, and 8 MiB of L3 that threads
 * share.  KiB below are for a tile of 6 rows and 16 columns and a tile_depth of
 * 512.
 */
#ifndef BLOCKS_H
#define BLOCKS_H

enum {
	/* L1. */
	BLOCKS_OUTER_DEPTH = 256,	/* depth of a call of outer: 16 KiB of
					 * B */
	BLOCKS_OUTER_PIXELS = 128,	/* the same where B is packed: 8 KiB of
					 * it, 2 to 8 KiB of A */
	BLOCKS_PATCH_FLOATS = 1 << 12,	/* packed pixels that tile reads as A:
					 * half of L1 */
	BLOCKS_WINDOW_PIXELS = 128,	/* pixels of a line for a call of
					 * depthwise: 8 KiB of 16 channels a
					 * line */
	BLOCKS_WINDOW_CHANNELS = 64,	/* of an item of depthwise_outer */
	BLOCKS_APART = 16,		/* floats, a cache line: padding between
					 * packed rows; rows a power of two
					 * apart would share few cache sets */

	/* L2 of a thread. */
	BLOCKS_GEMM_TILES = 16,		/* row tiles that share a panel of B:
					 * 192 KiB of A */
	BLOCKS_CONV_TILES = 8,		/* the same, rows being pixels, or in
					 * Winograd's gradient to weights input
					 * channels: 96 KiB of A, so small that
					 * one picture makes several items */
	BLOCKS_WEIGHTS_ROWS = 192,	/* rows of a gradient to weights that
					 * share a panel of B: 104 KiB of A */
	BLOCKS_WEIGHTS_FLOATS = 1 << 18,	/* X and dY of a run: 1 MiB
					 * that its items share */
	BLOCKS_EDGE_FLOATS = 1 << 15,	/* padded copies of lines over the
					 * picture's edge: 128 KiB, few of which
					 * are used */
	BLOCKS_RUN_FLOATS = 1 << 17,	/* V of a run of Winograd's blocks: half
					 * of L2 */
	BLOCKS_RUN_LEAST = 24, BLOCKS_RUN_MOST = 64,	/* blocks of a run */

	/* L3, shared by the threads. */
	BLOCKS_SHARED_FLOATS = 1 << 21,	/* V of a run of all threads, or V and
					 * D of one of the gradient to weights:
					 * 8 MiB */
	BLOCKS_BACK_LEAST = 48, BLOCKS_BACK_MOST = 256,	/* blocks of the
					 * latter */
};

#endif
