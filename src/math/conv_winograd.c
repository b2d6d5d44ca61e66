/*
 * conv_winograd.c - 3 x 3 convolutions of stride 1 by Winograd's F(4x4, 3x3):
 * forward, and gradient to input, which is the same with the weights flipped
 * (Lavin and Gray 2016; the transforms are in simd/k_conv_winograd.h).
 *
 * Outputs are cut into 4 x 4 blocks, numbered over the batch.  For a run of
 * blocks, the input transform makes V[36][blocks][depth] of the source.  Then,
 * for each panel of columns, M[36][blocks][panel] = V * U is 36 small matrix
 * products by the gemm tile, and the output transform makes the panel's outputs
 * of M.  The length of a run keeps V in half of L2, but is 24 blocks at least,
 * so V exceeds L2 where channels are many.
 *
 * If there are enough blocks for a run of each thread, a run is one item of the
 * pool.  Otherwise runs are longer (V up to 8 MiB) and come one after the
 * other; the items are first the blocks and then the panels of a run.
 */
#include <string.h>

#include "base/base.h"
#include "math/blocks.h"
#include "math/conv_ways.h"

enum {
	BLOCK = WINOGRAD_BLOCK, PATCH = WINOGRAD_PATCH, TERMS = WINOGRAD_TERMS,
	RUN_FLOATS = BLOCKS_RUN_FLOATS,
	RUN_LEAST = BLOCKS_RUN_LEAST, RUN_MOST = BLOCKS_RUN_MOST,
	SHARED_FLOATS = BLOCKS_SHARED_FLOATS,
};

/* Whether Winograd is faster.  A block costs 36 products a channel pair, for up
 * to 16 outputs of 9 products each; fewer than 16 channels do not fill a
 * vector. */
int conv_winograd_pays(const struct conv *c)
{
	size_t blocks = CEIL_DIV(c->out_h, BLOCK) * CEIL_DIV(c->out_w, BLOCK);

	return !c->direct && c->kernel_h == 3 && c->kernel_w == 3 &&
	       c->stride == 1 && c->dilation == 1 && c->pad_top <= 2 &&
	       c->pad_left <= 2 && c->pad_bottom <= 2 && c->pad_right <= 2 &&
	       c->in_c >= 16 && c->out_c >= 16 &&
	       2 * 9 * c->out_h * c->out_w >= 3 * TERMS * blocks;
}

/* ---- weights: [panel][36][depth][tile_columns] --------------------------- */

size_t conv_winograd_packed_floats(size_t depth, size_t columns,
				   const struct kernels *k)
{
	return TERMS * depth * CEIL_DIV(columns, k->tile_columns) *
	       k->tile_columns;
}

struct pack_job {
	const struct conv *c;
	const struct kernels *kernels;
	size_t w_step;
	float *packed;
	const float *w;
};

static void pack_item(void *context, size_t panel, int thread)
{
	const struct pack_job *g = context;
	size_t columns = g->kernels->tile_columns, step = g->c->in_c * columns;
	size_t j0 = panel * columns, m = MIN(columns, g->c->out_c - j0);
	float *packed = g->packed + panel * TERMS * step;

	(void)thread;
	if (m < columns)
		memset(packed, 0, TERMS * step * sizeof(*packed));
	for (size_t p = 0; p < g->c->in_c; p++)
		g->kernels->winograd_weights(packed + p * columns, step,
					     g->w + p * g->w_step + j0,
					     (ptrdiff_t)(g->c->in_c *
							 g->w_step), m);
}

/* Column i of dx, depth o of dy: the taps flipped, w[8 - t][i][o]. */
static void pack_back_item(void *context, size_t panel, int thread)
{
	const struct pack_job *g = context;
	size_t columns = g->kernels->tile_columns, step = g->c->out_c * columns;
	size_t j0 = panel * columns, m = MIN(columns, g->c->in_c - j0);
	float *packed = g->packed + panel * TERMS * step;
	float turned[9 * KERNELS_MAX_COLUMNS];

	(void)thread;
	if (m < columns)
		memset(packed, 0, TERMS * step * sizeof(*packed));
	for (size_t p = 0; p < g->c->out_c; p++) {
		for (size_t t = 0; t < 9; t++)
			for (size_t j = 0; j < m; j++)
				turned[(8 - t) * columns + j] =
					g->w[(t * g->c->in_c + j0 + j) *
					     g->w_step + p];
		g->kernels->winograd_weights(packed + p * columns, step, turned,
					     (ptrdiff_t)columns, m);
	}
}

void conv_winograd_pack(const struct conv *c, const struct machine *machine,
			size_t w_step, float *packed, const float *w)
{
	struct pack_job g = { c, machine->kernels, w_step, packed, w };

	pool_run(machine->pool, CEIL_DIV(c->out_c, g.kernels->tile_columns),
		 pack_item, &g);
}

void conv_winograd_pack_back(const struct conv *c,
			     const struct machine *machine, size_t w_step,
			     float *packed, const float *w)
{
	struct pack_job g = { c, machine->kernels, w_step, packed, w };

	pool_run(machine->pool, CEIL_DIV(c->in_c, g.kernels->tile_columns),
		 pack_back_item, &g);
}

/* ---- the job ------------------------------------------------------------- */

struct wino {
	struct winograd_source from;
	float *target;
	size_t target_h, target_w, pixel_step, columns;
	size_t blocks;			/* of the batch */
	size_t run;			/* blocks of a run */
	size_t first;			/* block of the shared run */
	const float *packed;
	struct epilogue epi;
	float *v; /* [36][run][depth]: one, or a thread's */
	float *m;			/* a thread's [36][RUN_MOST][columns] */
	size_t v_floats;		/* from one thread's v to the next; 0 */
};

static size_t m_floats(const struct kernels *k)
{
	return TERMS * RUN_MOST * k->tile_columns;
}

static size_t run_blocks(size_t depth)
{
	size_t fit = RUN_FLOATS / (TERMS * depth);

	return MIN(MAX(fit, (size_t)RUN_LEAST), (size_t)RUN_MOST);
}

static size_t shared_blocks(size_t depth, size_t blocks)
{
	size_t fit = SHARED_FLOATS / (TERMS * depth);

	return MIN(MAX(fit, (size_t)RUN_LEAST), blocks);
}

static size_t job_floats(const struct machine *machine, size_t depth,
			 size_t blocks)
{
	size_t threads = (size_t)pool_threads(machine->pool);
	size_t own = threads * run_blocks(depth);

	return TERMS * depth * MAX(own, shared_blocks(depth, blocks)) +
	       threads * m_floats(machine->kernels);
}

size_t conv_winograd_scratch_floats(const struct conv *c,
				    const struct machine *machine,
				    enum conv_direction direction, size_t n)
{
	size_t out = CEIL_DIV(c->out_h, BLOCK) * CEIL_DIV(c->out_w, BLOCK);
	size_t in = CEIL_DIV(c->in_h, BLOCK) * CEIL_DIV(c->in_w, BLOCK);

	if (direction == CONV_FORWARD)
		return job_floats(machine, c->in_c, n * out);
	if (direction == CONV_BACK_INPUT)
		return job_floats(machine, c->out_c, n * in);
	return conv_winograd_weights_floats(c, machine->kernels, n);
}

void conv_winograd_block(const struct winograd_source *s, size_t block,
			 float *v, size_t step)
{
	const float *x[TERMS];
	struct winograd_place at = winograd_place(s, block);

	for (size_t t = 0; t < TERMS; t++) {
		size_t down = at.y + t / PATCH - s->pad_top;	/* may wrap */
		size_t across = at.x + t % PATCH - s->pad_left;

		x[t] = down < s->h && across < s->w ?
			s->x + ((at.image * s->h + down) * s->w + across) *
			s->step : s->zeros;
	}
	s->kernels->winograd_input(v, step, x, s->depth);
}

/* Panel j0 of the outputs of block `block` from its M. */
static void block_output(const struct wino *g, size_t block, size_t j0,
			 const float *m, size_t step)
{
	const struct kernels *k = g->from.kernels;
	size_t columns = MIN(k->tile_columns, g->columns - j0);
	struct winograd_place at = winograd_place(&g->from, block);
	size_t pixel = (at.image * g->target_h + at.y) * g->target_w + at.x;
	struct epilogue epi = g->epi;

	epi.start += j0;
	if (epi.scale) {
		epi.scale += j0;
		epi.shift += j0;
	}
	if (epi.add)
		epi.add += pixel * epi.add_step + j0;
	epi.add_line = g->target_w * epi.add_step;
	if (epi.gate)
		epi.gate += pixel * g->pixel_step + j0;
	k->winograd_output(g->target + pixel * g->pixel_step + j0,
			   g->target_w * g->pixel_step, g->pixel_step,
			   MIN((size_t)BLOCK, g->target_h - at.y),
			   MIN((size_t)BLOCK, g->target_w - at.x),
			   m, step, columns, &epi);
}

/* Term t of M = V * U for `count` blocks. */
static void term_product(const struct wino *g, float *m, const float *v,
			 const float *u, size_t count)
{
	const struct kernels *k = g->from.kernels;
	size_t columns = k->tile_columns;
	const float *row[RUN_MOST];

	for (size_t p = 0; p < g->from.depth; p += k->tile_depth) {
		struct epilogue epi = { .start = p ? NULL : g->from.zeros };

		for (size_t i = 0; i < count; i++)
			row[i] = v + i * g->from.depth + p;
		k->tile(m, columns, count, columns, 1,
			MIN(k->tile_depth, g->from.depth - p), row, count,
			u + p * columns, &epi);
	}
}

/* Makes panel `panel` of the outputs of blocks first .. first + count - 1
 * (at most RUN_MOST); v is V of block `first`, in a run of `run` blocks. */
static void panel_outputs(const struct wino *g, size_t panel, size_t first,
			  size_t count, const float *v, size_t run, float *m)
{
	size_t columns = g->from.kernels->tile_columns;
	size_t step = g->from.depth * columns;
	const float *u = g->packed + panel * TERMS * step;

	for (size_t t = 0; t < TERMS; t++)
		term_product(g, m + t * count * columns,
			     v + t * run * g->from.depth, u + t * step, count);
	for (size_t i = 0; i < count; i++)
		block_output(g, first + i, panel * columns, m + i * columns,
			     count * columns);
}

/* ---- many runs ----------------------------------------------------------- */

static void run_item(void *context, size_t item, int thread)
{
	const struct wino *g = context;
	float *v = g->v + (size_t)thread * g->v_floats;
	float *m = g->m + (size_t)thread * m_floats(g->from.kernels);
	size_t first = item * g->run, count = MIN(g->run, g->blocks - first);
	size_t panels = CEIL_DIV(g->columns, g->from.kernels->tile_columns);

	for (size_t i = 0; i < count; i++)
		conv_winograd_block(&g->from, first + i, v + i * g->from.depth,
				    count * g->from.depth);
	for (size_t p = 0; p < panels; p++)
		panel_outputs(g, p, first, count, v, count, m);
}

/* ---- one run for all threads --------------------------------------------- */

static void input_item(void *context, size_t item, int thread)
{
	const struct wino *g = context;

	(void)thread;
	conv_winograd_block(&g->from, g->first + item,
			    g->v + item * g->from.depth,
			    g->run * g->from.depth);
}

static void panel_item(void *context, size_t panel, int thread)
{
	const struct wino *g = context;
	float *m = g->m + (size_t)thread * m_floats(g->from.kernels);

	for (size_t i = 0; i < g->run; i += RUN_MOST)
		panel_outputs(g, panel, g->first + i,
			      MIN((size_t)RUN_MOST, g->run - i),
			      g->v + i * g->from.depth, g->run, m);
}

static void wino_run(struct wino *g, const struct machine *machine,
		     float *scratch)
{
	size_t threads = (size_t)pool_threads(machine->pool);
	size_t shared = shared_blocks(g->from.depth, g->blocks);
	size_t panels = CEIL_DIV(g->columns, g->from.kernels->tile_columns);

	g->run = run_blocks(g->from.depth);
	g->m = scratch;
	g->v = scratch + threads * m_floats(g->from.kernels);
	g->v_floats = TERMS * g->run * g->from.depth;
	if (threads == 1 || g->blocks >= threads * RUN_LEAST) {
		size_t runs = CEIL_DIV(g->blocks, g->run * threads) * threads;

		g->run = CEIL_DIV(g->blocks, runs);
		pool_run(machine->pool, CEIL_DIV(g->blocks, g->run), run_item,
			 g);
		return;
	}
	for (g->first = 0; g->first < g->blocks; g->first += g->run) {
		g->run = MIN(shared, g->blocks - g->first);
		pool_run(machine->pool, g->run, input_item, g);
		pool_run(machine->pool, panels, panel_item, g);
	}
}

struct winograd_source conv_winograd_input_of(const struct conv_pass *p,
					      const float *x)
{
	const struct conv *c = p->c;

	return (struct winograd_source){
		.kernels = p->machine->kernels, .x = x, .h = c->in_h,
		.w = c->in_w, .step = c->in_step, .depth = c->in_c,
		.pad_top = c->pad_top, .pad_left = c->pad_left,
		.high = CEIL_DIV(c->out_h, BLOCK),
		.wide = CEIL_DIV(c->out_w, BLOCK), .zeros = c->zeros,
	};
}

void conv_winograd_forward(const struct conv_pass *p, float *y, const float *x,
			   const float *packed, const struct epilogue *epi)
{
	const struct conv *c = p->c;
	struct wino g = {
		.from = conv_winograd_input_of(p, x),
		.target = y, .target_h = c->out_h, .target_w = c->out_w,
		.pixel_step = c->out_step, .columns = c->out_c,
		.packed = packed, .epi = *epi,
	};

	g.blocks = p->n * g.from.high * g.from.wide;
	wino_run(&g, p->machine, p->scratch);
}

void conv_winograd_back_input(const struct conv_pass *p, float *dx,
			      const float *dy, const float *packed_back,
			      const struct epilogue *epi)
{
	const struct conv *c = p->c;
	struct wino g = {
		.from = {
			.kernels = p->machine->kernels, .x = dy,
			.h = c->out_h, .w = c->out_w, .step = c->out_step,
			.depth = c->out_c, .pad_top = 2 - c->pad_top,
			.pad_left = 2 - c->pad_left,
			.high = CEIL_DIV(c->in_h, BLOCK),
			.wide = CEIL_DIV(c->in_w, BLOCK), .zeros = c->zeros,
		},
		.target = dx, .target_h = c->in_h, .target_w = c->in_w,
		.pixel_step = c->in_step, .columns = c->in_c,
		.packed = packed_back, .epi = *epi,
	};

	g.blocks = p->n * g.from.high * g.from.wide;
	wino_run(&g, p->machine, p->scratch);
}
