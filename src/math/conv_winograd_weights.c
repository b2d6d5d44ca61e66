/*
 * conv_winograd_weights.c - gradient to weights of a 3 x 3 convolution by the
 * adjoint of Winograd's F(4x4, 3x3).
 *
 * dU[36][depth][columns] is a sum over all blocks of the batch.  For a run of
 * blocks, the transforms make V[36][blocks][in_c] and
 * D[36][panel][blocks][tile_columns]; then each of the 36 terms accumulates
 * transpose(V) * D by the outer tile.  At the end dw is made of dU.
 */
#include <string.h>

#include "base/base.h"
#include "math/blocks.h"
#include "math/conv_ways.h"

enum {
	BLOCK = WINOGRAD_BLOCK, TERMS = WINOGRAD_TERMS,
	RUN_FLOATS = BLOCKS_SHARED_FLOATS,	/* of V and D */
	RUN_LEAST = BLOCKS_BACK_LEAST, RUN_MOST = BLOCKS_BACK_MOST,
	APART = BLOCKS_APART,
	ITEM_TILES = BLOCKS_CONV_TILES,
};

struct wino_weights {
	const struct conv *c;
	struct winograd_source from;
	const float *dy;
	float *dw;
	size_t w_step;
	size_t blocks;
	size_t panels;
	size_t first, run;
	float *u;		/* [36][in_c][panels * tile_columns] */
	float *v;		/* [36][run], in_c + APART apart */
	float *d;		/* [36][panels][run][tile_columns] */
};

static size_t wide_columns(const struct conv *c, const struct kernels *k)
{
	return CEIL_DIV(c->out_c, k->tile_columns) * k->tile_columns;
}

static size_t run_blocks(const struct conv *c, const struct kernels *k,
			 size_t blocks)
{
	size_t fit = RUN_FLOATS / (TERMS * (c->in_c + wide_columns(c, k)));

	fit = MIN(MAX(fit, (size_t)RUN_LEAST), (size_t)RUN_MOST);
	return MIN(fit, blocks);
}

static size_t blocks_all(const struct conv *c, size_t n)
{
	return n * CEIL_DIV(c->out_h, BLOCK) * CEIL_DIV(c->out_w, BLOCK);
}

size_t conv_winograd_weights_floats(const struct conv *c,
				    const struct kernels *k, size_t n)
{
	size_t columns = wide_columns(c, k);
	size_t run = run_blocks(c, k, blocks_all(c, n));

	return TERMS * (c->in_c * columns + run * (c->in_c + APART + columns));
}

/* V and D of one block. */
static void block_item(void *context, size_t item, int thread)
{
	const struct wino_weights *g = context;
	const struct conv *c = g->c;
	const struct kernels *k = g->from.kernels;
	size_t columns = k->tile_columns;
	struct winograd_place at = winograd_place(&g->from, g->first + item);
	const float *dy = g->dy + ((at.image * c->out_h + at.y) * c->out_w +
				   at.x) * c->out_step;

	(void)thread;
	conv_winograd_block(&g->from, g->first + item,
			    g->v + item * (c->in_c + APART),
			    g->run * (c->in_c + APART));
	for (size_t p = 0; p < g->panels; p++)
		k->winograd_gradient(
			g->d + (p * g->run + item) * columns,
			g->panels * g->run * columns, dy + p * columns,
			c->out_w * c->out_step, c->out_step,
			MIN((size_t)BLOCK, c->out_h - at.y),
			MIN((size_t)BLOCK, c->out_w - at.x),
			MIN(columns, c->out_c - p * columns));
}

/* Some rows of one term of dU. */
static void term_item(void *context, size_t item, int thread)
{
	const struct wino_weights *g = context;
	const struct kernels *k = g->from.kernels;
	size_t columns = k->tile_columns, in_c = g->c->in_c;
	size_t rows = ITEM_TILES * k->tile_rows;
	size_t parts = CEIL_DIV(in_c, rows), t = item / parts;
	size_t i0 = item % parts * rows, last = MIN(i0 + rows, in_c);
	float *u = g->u + t * in_c * g->panels * columns;
	const float *d = g->d + t * g->panels * g->run * columns;
	const float *row[RUN_MOST];

	(void)thread;
	for (size_t b = 0; b < g->run; b++)
		row[b] = g->v + (t * g->run + b) * (in_c + APART);
	for (size_t p = 0; p < g->panels; p++)
		k->outer(u + (i0 * g->panels + p) * columns,
			 g->panels * columns, last - i0,
			 MIN(columns, g->c->out_c - p * columns), g->run, row,
			 i0, d + p * g->run * columns, columns);
}

static void clear_item(void *context, size_t term, int thread)
{
	const struct wino_weights *g = context;
	size_t floats = g->c->in_c * g->panels * g->from.kernels->tile_columns;

	(void)thread;
	memset(g->u + term * floats, 0, floats * sizeof(*g->u));
}

/* Makes row i of dw from dU. */
static void finish_item(void *context, size_t i, int thread)
{
	const struct wino_weights *g = context;
	size_t wide = g->panels * g->from.kernels->tile_columns;

	(void)thread;
	g->from.kernels->winograd_weights_back(
		g->dw + i * g->w_step, g->c->in_c * g->w_step, g->u + i * wide,
		g->c->in_c * wide, g->c->out_c);
}

void conv_winograd_back_weights(const struct conv_pass *p, float *dw,
				const float *x, const float *dy)
{
	const struct conv *c = p->c;
	const struct kernels *k = p->machine->kernels;
	struct pool *pool = p->machine->pool;
	size_t columns = wide_columns(c, k);
	struct wino_weights g = {
		.c = c,
		.from = conv_winograd_input_of(p, x),
		.dy = dy,
		.dw = dw,
		.w_step = p->w_step,
		.blocks = blocks_all(c, p->n),
		.panels = columns / k->tile_columns,
		.u = p->scratch,
	};
	size_t run = run_blocks(c, k, g.blocks);
	size_t parts = CEIL_DIV(c->in_c, ITEM_TILES * k->tile_rows);

	g.v = g.u + TERMS * c->in_c * columns;
	g.d = g.v + TERMS * run * (c->in_c + APART);
	pool_run(pool, TERMS, clear_item, &g);
	for (g.first = 0; g.first < g.blocks; g.first += run) {
		g.run = MIN(run, g.blocks - g.first);
		pool_run(pool, g.run, block_item, &g);
		pool_run(pool, TERMS * parts, term_item, &g);
	}
	pool_run(pool, c->in_c, finish_item, &g);
}
