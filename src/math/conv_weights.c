/*
 * conv_weights.c - gradient to weights: for each tap, transpose(X) * dY over
 * all pixels of the batch, X being the im2col matrix, read through pointers.
 *
 * The pixels of the batch are cut into runs, and a run into blocks.  All items
 * work on one run at a time, so that its X and dY are read from a shared cache.
 * For a block, an item packs what its rows of X read, all their taps, then
 * panel after panel of dY.  It prefetches the next block, because its pixels
 * lie too far apart for the hardware prefetcher.  With few channels, a line of
 * taps counts as one tap of kernel_w * in_c channels, as in conv_lines.c, and
 * is read in place.  A depthwise layer uses depthwise_outer, CHANNELS channels
 * at a time.
 */
#include "base/base.h"
#include "math/blocks.h"
#include "math/conv_ways.h"

enum {
	PIXELS = BLOCKS_OUTER_PIXELS,		/* of a block */
	RUN_FLOATS = BLOCKS_WEIGHTS_FLOATS,
	EDGE_FLOATS = BLOCKS_EDGE_FLOATS,
	APART = BLOCKS_APART,
	MOST_ROWS = BLOCKS_WEIGHTS_ROWS,	/* of an item */
	ITEMS_A_THREAD = 2,
	CHANNELS = BLOCKS_WINDOW_CHANNELS,
};

struct weights_job {
	const struct conv *c;
	const struct kernels *kernels;
	size_t w_step;
	float *dw;		/* [kernel_h, kernel_w, in_c], w_step apart */
	const float *x, *dy;
	size_t first, end;	/* output pixels, counted over the batch */
	/* dw is cut into row_parts x panel_parts items. */
	size_t units;		/* row tiles, or lines of taps */
	size_t panels, row_parts, panel_parts;
};

/* Part `i` of `parts` of `all`: how many, and from *first on. */
static size_t part_of(size_t all, size_t parts, size_t i, size_t *first)
{
	*first = all * i / parts;
	return all * (i + 1) / parts - *first;
}

/* Chooses row_parts and panel_parts: enough items for the threads, the same
 * number for each, and at least `least` parts of the rows.  Among these, the
 * cut that packs least: x_rows rows once for each part of the panels, dY once
 * for each part of the rows. */
static void weights_cut(struct weights_job *g, size_t least, size_t x_rows,
			size_t threads)
{
	size_t wanted = threads > 1 ? ITEMS_A_THREAD * threads : 1;
	size_t cheapest = SIZE_MAX;

	for (size_t p = 1; p <= g->panels; p++) {
		size_t r = MAX(CEIL_DIV(wanted, p), least), copied;

		while (r * p % threads)
			r++;
		r = MIN(r, g->units);
		copied = p * x_rows + r * g->c->out_c;
		if ((r * p < wanted && p < g->panels) || copied >= cheapest)
			continue;
		cheapest = copied;
		g->row_parts = r;
		g->panel_parts = p;
	}
}

/* Packs one panel of dY. */
static void pack_block(const struct weights_job *g, float *panel, size_t first,
		       size_t count, size_t j0, size_t m)
{
	size_t columns = g->kernels->tile_columns, step = g->c->out_step;

	for (size_t p = 0; p < count; p++) {
		const float *from = g->dy + (first + p) * step + j0;

		prefetch(from, count * step, m);
		copy_floats(panel + p * columns, from, m);
	}
}

/* Packs rows first .. first + rows - 1 of what the block's pixels read, tap
 * after tap; pointer[p] points at pixel p's.  A gap between pixels spreads them
 * over the sets of L1. */
static void block_copy(const struct weights_job *g, float *block, size_t first,
		       size_t rows, size_t pixel, size_t count,
		       const float **pointer)
{
	const struct conv *c = g->c;
	size_t step = rows + APART, n;
	/* an estimate: it ignores where lines of the picture end */
	size_t ahead = count * c->stride * c->stride * c->in_step;

	for (size_t r = 0; r < rows; r += n) {
		size_t tap = (first + r) / c->in_c, i = (first + r) % c->in_c;

		n = MIN(c->in_c - i, rows - r);
		conv_pixels(c, g->x, tap / c->kernel_w, tap % c->kernel_w,
			    pixel, count, pointer);
		for (size_t p = 0; p < count; p++) {
			prefetch(pointer[p] + i, ahead, n);
			copy_floats(block + p * step + r, pointer[p] + i, n);
		}
	}
	for (size_t p = 0; p < count; p++)
		pointer[p] = block + p * step;
}

static void weights_item(void *context, size_t item, int thread)
{
	const struct weights_job *g = context;
	const struct conv *c = g->c;
	const struct kernels *k = g->kernels;
	const float *pointer[PIXELS];
	_Alignas(64) float block[PIXELS * (MOST_ROWS + APART)];
	_Alignas(64) float packed[PIXELS * KERNELS_MAX_COLUMNS];
	size_t all = c->kernel_h * c->kernel_w * c->in_c, r0, j0;
	size_t rows = part_of(g->units, g->row_parts, item % g->row_parts, &r0);
	size_t panels = part_of(g->panels, g->panel_parts,
				item / g->row_parts, &j0);

	(void)thread;
	r0 *= k->tile_rows;
	rows = MIN(rows * k->tile_rows, all - r0);
	for (size_t p = g->first; p < g->end; p += PIXELS) {
		size_t count = MIN((size_t)PIXELS, g->end - p);

		block_copy(g, block, r0, rows, p, count, pointer);
		for (size_t j = j0; j < j0 + panels; j++) {
			size_t at = j * k->tile_columns;
			size_t m = MIN(k->tile_columns, c->out_c - at);

			pack_block(g, packed, p, count, at, m);
			k->outer(g->dw + r0 * g->w_step + at, g->w_step, rows,
				 m, count, pointer, 0, packed, k->tile_columns);
		}
	}
}

/* ---- few channels: by lines of taps -------------------------------------- */

/* Sets pointer[q] to what pixel q of `count` reads of the line of taps ky.
 * What is partly outside the picture is copied to *edge, which advances. */
static void line_pointers(const struct weights_job *g, size_t ky, size_t first,
			  size_t count, float **edge, const float **pointer)
{
	const struct conv *c = g->c;
	size_t floats = c->kernel_w * c->in_c, wide = c->in_w * c->in_c;
	struct conv_place at = conv_place(c, first);

	for (size_t q = 0; q < count; q++) {
		size_t iy = at.y * c->stride + ky - c->pad_top;
		ptrdiff_t ix = (ptrdiff_t)(at.x * c->stride) -
			       (ptrdiff_t)c->pad_left;

		pointer[q] = iy >= c->in_h ? c->zeros :
			     conv_line(g->x +
				       (at.image * c->in_h + iy) * wide, ix,
				       c->in_c, c->in_w, floats, *edge);
		if (pointer[q] == *edge)
			*edge += floats;
		conv_place_next(c, &at);
	}
}

static void weights_line_item(void *context, size_t item, int thread)
{
	const struct weights_job *g = context;
	const struct conv *c = g->c;
	const struct kernels *k = g->kernels;
	const float *pointer[CONV_MAX_KERNEL * PIXELS];
	float edges[EDGE_FLOATS];
	_Alignas(64) float packed[PIXELS * KERNELS_MAX_COLUMNS];
	size_t floats = c->kernel_w * c->in_c, y0, j0;
	size_t lines = part_of(g->units, g->row_parts, item % g->row_parts,
			       &y0);
	size_t panels = part_of(g->panels, g->panel_parts,
				item / g->row_parts, &j0);
	size_t most = MIN((size_t)PIXELS, EDGE_FLOATS / (lines * floats));

	(void)thread;
	for (size_t p = g->first; p < g->end; p += most) {
		size_t count = MIN(most, g->end - p);
		float *edge = edges;

		for (size_t y = 0; y < lines; y++)
			line_pointers(g, y0 + y, p, count, &edge,
				      pointer + y * count);
		for (size_t j = j0; j < j0 + panels; j++) {
			size_t at = j * k->tile_columns;
			size_t m = MIN(k->tile_columns, c->out_c - at);
			float *to = g->dw + y0 * floats * g->w_step + at;

			pack_block(g, packed, p, count, at, m);
			for (size_t y = 0; y < lines; y++)
				k->outer(to + y * floats * g->w_step,
					 g->w_step, floats, m, count,
					 pointer + y * count, 0, packed,
					 k->tile_columns);
		}
	}
}

/* ---- one channel to a group ---------------------------------------------- */

static void depthwise_item(void *context, size_t item, int thread)
{
	const struct weights_job *g = context;
	const struct conv *c = g->c;
	size_t parts = CEIL_DIV(c->in_c, CHANNELS), tap = item / parts;
	size_t j = item % parts * CHANNELS;
	size_t m = MIN((size_t)CHANNELS, c->in_c - j);
	const float *pointer[PIXELS];

	(void)thread;
	for (size_t p = g->first; p < g->end; p += PIXELS) {
		size_t count = MIN((size_t)PIXELS, g->end - p);

		conv_pixels(c, g->x + j, tap / c->kernel_w, tap % c->kernel_w,
			    p, count, pointer);
		g->kernels->depthwise_outer(g->dw + tap * c->in_c + j, m, count,
					    pointer, g->dy + p * c->out_step +
					    j, c->out_step);
	}
}

/* The length of a run: its X and dY stay in a cache that items share.  Where dw
 * is larger than these, runs are longer, since each run reads and writes all of
 * dw. */
static size_t run_pixels(const struct conv *c, size_t dw_floats)
{
	size_t pixel = c->out_c + c->in_c * MIN(c->stride, c->kernel_h) *
		       MIN(c->stride, c->kernel_w);
	size_t run = MAX((size_t)RUN_FLOATS, 2 * dw_floats) / pixel;

	return MAX(run / PIXELS, (size_t)1) * PIXELS;
}

void conv_direct_back_weights(const struct conv_pass *p, float *dw,
			      const float *x, const float *dy)
{
	const struct conv *c = p->c;
	const struct kernels *k = p->machine->kernels;
	struct pool *pool = p->machine->pool;
	size_t pixels = p->n * c->out_h * c->out_w, run;
	size_t rows = c->kernel_h * c->kernel_w * c->in_c;
	struct weights_job g = {
		.c = c, .kernels = k, .w_step = p->w_step, .dw = dw, .x = x,
		.dy = dy, .panels = CEIL_DIV(c->out_c, k->tile_columns),
	};

	if (c->way == CONV_DEPTHWISE) {
		g.end = pixels;
		pool_run(pool, c->kernel_h * c->kernel_w *
			 CEIL_DIV(c->in_c, CHANNELS), depthwise_item, &g);
		return;
	}
	run = run_pixels(c, rows * c->out_c);
	if (conv_by_lines(c)) {
		g.units = c->kernel_h;
		weights_cut(&g, 1, 0, (size_t)pool_threads(pool));
	} else {
		g.units = CEIL_DIV(rows, k->tile_rows);
		weights_cut(&g, CEIL_DIV(g.units, MOST_ROWS / k->tile_rows),
			    rows, (size_t)pool_threads(pool));
	}
	for (; g.first < pixels; g.first = g.end) {
		g.end = MIN(g.first + run, pixels);
		pool_run(pool, g.row_parts * g.panel_parts, conv_by_lines(c) ?
			 weights_line_item : weights_item, &g);
	}
}
