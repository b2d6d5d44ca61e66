/*
 * conv_weights.c - gradient to weights: for each tap, transpose(X) * dY over
 * all pixels of the batch, X read through pointers as im2col would lay it.
 *
 * Pixels come in blocks; a block of one panel of dY is copied together once
 * and used for all of the item's rows.  Few channels: a line of taps counts as
 * one tap of kernel_w * in_c channels, as in conv_direct.c.  One channel to a
 * group: depthwise_outer, CHANNELS channels at a time.
 */
#include "base/base.h"
#include "math/conv_ways.h"

enum {
	PIXELS = BLOCKS_OUTER_PIXELS,		/* of a block */
	LINE_FLOATS = BLOCKS_LINE_FLOATS,
	APART = BLOCKS_APART,
	ITEM_TILES = BLOCKS_CONV_TILES,	/* if that leaves enough items */
	ITEMS_A_THREAD = 4,
	CHANNELS = BLOCKS_WINDOW_CHANNELS,
};

struct weights_job {
	const struct conv *c;
	const struct kernels *kernels;
	size_t w_step;
	float *dw;		/* [kernel_h, kernel_w, in_c], w_step apart */
	const float *x, *dy;
	size_t pixels;		/* of the batch's output */
	size_t item_rows;	/* input channels per item */
	size_t panels;			/* shares of panels, for lines */
};

static void pack_block(const struct weights_job *g, float *panel, size_t first,
		       size_t count, size_t j0, size_t m)
{
	size_t columns = g->kernels->tile_columns, step = g->c->out_step;
	const float *from = g->dy + first * step + j0;

	for (size_t p = 0; p < count; p++)
		copy_floats(panel + p * columns, from + p * step, m);
}

/* Adds pixels first .. first + count - 1 to `rows` rows of dw, one panel, given
 * in `to`; pointer[p][r] is row r's input. */
static void weights_add(const struct weights_job *g, float *to, size_t rows,
			size_t j0, size_t first, size_t count,
			const float *const *pointer)
{
	const struct kernels *k = g->kernels;
	size_t m = MIN(k->tile_columns, g->c->out_c - j0);
	float panel[PIXELS * KERNELS_MAX_COLUMNS];

	pack_block(g, panel, first, count, j0, m);
	k->outer(to + j0, g->w_step, rows, m, count, pointer, 0, panel,
		 k->tile_columns);
}

/* Copies `rows` floats from offset i0 of what each pointer shows, far enough
 * apart that a block does not crowd into few sets of the first cache. */
static void block_copy(float *block, const float **pointer, size_t count,
		       size_t i0, size_t rows)
{
	size_t step = rows + APART;

	for (size_t p = 0; p < count; p++) {
		copy_floats(block + p * step, pointer[p] + i0, rows);
		pointer[p] = block + p * step;
	}
}

/* One tap, item_rows of its input channels. */
static void weights_item(void *context, size_t item, int thread)
{
	const struct weights_job *g = context;
	const struct conv *c = g->c;
	const float *pointer[PIXELS];
	float block[PIXELS * (ITEM_TILES * KERNELS_MAX_ROWS + APART)];
	size_t parts = blocks_of(c->in_c, g->item_rows);
	size_t tap = item / parts, i0 = item % parts * g->item_rows;
	size_t rows = MIN(g->item_rows, c->in_c - i0);
	float *to = g->dw + (tap * c->in_c + i0) * g->w_step;

	(void)thread;
	for (size_t p = 0; p < g->pixels; p += PIXELS) {
		size_t count = MIN((size_t)PIXELS, g->pixels - p);

		conv_pixels(c, g->x, tap / c->kernel_w, tap % c->kernel_w, p,
			    count, pointer);
		block_copy(block, pointer, count, i0, rows);
		for (size_t j0 = 0; j0 < c->out_c;
		     j0 += g->kernels->tile_columns)
			weights_add(g, to, rows, j0, p, count, pointer);
	}
}

/* ---- few channels: by lines of taps -------------------------------------- */

/* For `count` pixels, copies of the line of taps ky, zeros over the edges. */
static void lines_copy(const struct weights_job *g, size_t ky, size_t first,
		       size_t count, float *block, const float **pointer)
{
	const struct conv *c = g->c;
	size_t floats = c->kernel_w * c->in_c;

	for (size_t q = 0; q < count; q++, block += floats + APART) {
		size_t ox = (first + q) % c->out_w;
		size_t line = (first + q) / c->out_w;
		size_t iy = line % c->out_h * c->stride + ky - c->pad_top;
		size_t image = line / c->out_h;

		pointer[q] = iy < c->in_h ? conv_line(
			g->x + (image * c->in_h + iy) * c->in_w * c->in_c,
			(ptrdiff_t)(ox * c->stride) - (ptrdiff_t)c->pad_left,
			c->in_c, c->in_w, floats, block) : c->zeros;
	}
}

/* One line of taps, some panels. */
static void weights_line_item(void *context, size_t item, int thread)
{
	const struct weights_job *g = context;
	const struct conv *c = g->c;
	size_t ky = item / g->panels, columns = g->kernels->tile_columns;
	size_t rows = c->kernel_w * c->in_c;
	size_t step = MIN((size_t)PIXELS, LINE_FLOATS / (rows + APART));
	const float *pointer[PIXELS];
	float block[LINE_FLOATS];

	(void)thread;
	for (size_t p = 0; p < g->pixels; p += step) {
		size_t count = MIN(step, g->pixels - p);

		lines_copy(g, ky, p, count, block, pointer);
		for (size_t j0 = item % g->panels * columns; j0 < c->out_c;
		     j0 += g->panels * columns)
			weights_add(g, g->dw + ky * rows * g->w_step, rows, j0,
				    p, count, pointer);
	}
}

/* ---- one channel to a group ---------------------------------------------- */

static void depthwise_item(void *context, size_t item, int thread)
{
	const struct weights_job *g = context;
	const struct conv *c = g->c;
	size_t parts = blocks_of(c->in_c, CHANNELS), tap = item / parts;
	size_t j = item % parts * CHANNELS;
	size_t m = MIN((size_t)CHANNELS, c->in_c - j);
	const float *pointer[PIXELS];

	(void)thread;
	for (size_t p = 0; p < g->pixels; p += PIXELS) {
		size_t count = MIN((size_t)PIXELS, g->pixels - p);

		conv_pixels(c, g->x + j, tap / c->kernel_w, tap % c->kernel_w,
			    p, count, pointer);
		g->kernels->depthwise_outer(g->dw + tap * c->in_c + j, m, count,
					    pointer, g->dy + p * c->out_step +
					    j, c->out_step);
	}
}

void direct_back_weights(const struct conv_pass *p, float *dw, const float *x,
			 const float *dy)
{
	const struct conv *c = p->c;
	const struct kernels *k = p->machine->kernels;
	size_t taps = c->kernel_h * c->kernel_w;
	size_t threads = (size_t)pool_threads(p->machine->pool);
	struct weights_job g = { c, k, p->w_step, dw, x, dy,
				 p->n * c->out_h * c->out_w,
				 ITEM_TILES * k->tile_rows,
				 blocks_of(c->out_c, k->tile_columns) };

	if (c->way == CONV_DEPTHWISE) {
		pool_run(p->machine->pool,
			 taps * blocks_of(c->in_c, CHANNELS), depthwise_item,
			 &g);
		return;
	}
	if (conv_by_lines(c)) {
		g.panels = threads > 1 ? g.panels : 1;
		pool_run(p->machine->pool, c->kernel_h * g.panels,
			 weights_line_item, &g);
		return;
	}
	while (threads > 1 && g.item_rows > k->tile_rows &&
	       taps * blocks_of(c->in_c, g.item_rows) <
	       ITEMS_A_THREAD * threads)
		g.item_rows -= k->tile_rows;
	pool_run(p->machine->pool, taps * blocks_of(c->in_c, g.item_rows),
		 weights_item, &g);
}
