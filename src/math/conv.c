/*
 * conv.c - the three passes of a convolution over one addressing rule.
 *
 * Forward and gradient to input are the same work, a "sweep": positions on a
 * grid, each with a list of taps that say which source pixel to read, times
 * packed weights.  Forward has one grid, the output, and steps `stride` source
 * pixels.  The gradient to input has stride x stride grids: input pixels whose
 * (y + pad) mod stride agree share the same taps, so no tap is ever tried that
 * could not reach (Dumoulin and Visin 2016, section 4.6, without the zeros).
 */
#include "math/conv.h"

#include <string.h>

#include "base/base.h"
#include "base/mem.h"

enum {
	GROUP_TILES = 8,	/* row tiles that share a weight panel */
	CHUNK_TAPS = 64,	/* taps whose pointers are held at a time */
	GATHER_CHANNELS = 8,	/* up to here patches are copied: a run of so
				 * few floats per pointer would not pay */
	PIXELS = 256,		/* of a weight gradient at a time */
	GATHER_FLOATS = 4096,	/* of gathered patches at a time */
};

static size_t blocks_of(size_t n, size_t size)
{
	return (n + size - 1) / size;
}

int conv_plan(struct conv *c, const struct kernels *kernels, struct error *e)
{
	size_t taps = c->kernel_h * c->kernel_w, columns = kernels->tile_columns;
	size_t high = c->in_h + c->pad_top + c->pad_bottom;
	size_t wide = c->in_w + c->pad_left + c->pad_right;

	c->zeros = NULL;
	if (!taps || taps > CONV_MAX_TAPS || !c->stride ||
	    c->stride > CONV_MAX_STRIDE || !c->in_c || !c->out_c)
		return fail(e, ERROR_DATA, "convolution with kernel %zux%zu, "
			    "stride %zu, channels %zu to %zu is not supported",
			    c->kernel_h, c->kernel_w, c->stride, c->in_c,
			    c->out_c);
	if (high < c->kernel_h || wide < c->kernel_w)
		return fail(e, ERROR_DATA, "a kernel of %zux%zu does not fit an "
			    "input of %zux%zu", c->kernel_h, c->kernel_w, high,
			    wide);
	c->out_h = (high - c->kernel_h) / c->stride + 1;
	c->out_w = (wide - c->kernel_w) / c->stride + 1;
	c->packed_floats = taps * c->in_c * blocks_of(c->out_c, columns) *
			   columns;
	c->packed_back_floats = taps * c->out_c * blocks_of(c->in_c, columns) *
				columns;
	c->zeros = mem_new(MAX(c->in_c, c->out_c), sizeof(*c->zeros), e);
	return c->zeros ? 0 : e->code;
}

void conv_free(struct conv *c)
{
	mem_free(c->zeros);
	c->zeros = NULL;
}

/* ---- sweeps -------------------------------------------------------------- */

struct tap {
	ptrdiff_t y, x;		/* source pixel = grid position * step + this */
	size_t kernel;		/* ky * kernel_w + kx */
};

struct sweep {
	const struct kernels *kernels;
	const float *source;	/* [n, source_h, source_w, depth] */
	size_t source_h, source_w, depth;
	float *target;		/* [n, target_h, target_w, columns] */
	size_t target_h, target_w, columns;
	size_t n, grid_h, grid_w;
	size_t step;		/* source pixels from one position to the next */
	size_t target_step;	/* target pixels likewise */
	size_t target_y, target_x;	/* of grid position 0, 0 */
	const struct tap *tap;
	size_t taps;
	const float *zeros;
	const float *packed;	/* [panel][tap][depth][tile_columns] */
	const float *bias;	/* [columns] or NULL */
	size_t row_positions;	/* positions whose targets are evenly spaced */
	size_t row_tiles;	/* tiles in such a row */
};

/* The positions of one tile: count of them from (image, y, x) on. */
struct tile {
	size_t count, image, y, x;
	float *target;
};

static struct tile tile_at(const struct sweep *s, size_t index)
{
	size_t row = index / s->row_tiles;
	size_t in_row = index % s->row_tiles * s->kernels->tile_rows;
	size_t position = row * s->row_positions + in_row;
	size_t line = position / s->grid_w;
	struct tile t;

	t.count = MIN(s->kernels->tile_rows, s->row_positions - in_row);
	t.x = position % s->grid_w;
	t.y = line % s->grid_h;
	t.image = line / s->grid_h;
	t.target = s->target +
		   ((t.image * s->target_h + t.y * s->target_step +
		     s->target_y) * s->target_w +
		    t.x * s->target_step + s->target_x) * s->columns;
	return t;
}

static void tile_next(const struct sweep *s, size_t *image, size_t *y,
		      size_t *x)
{
	if (++*x < s->grid_w)
		return;
	*x = 0;
	if (++*y < s->grid_h)
		return;
	*y = 0;
	++*image;
}

/* pointer[t * count + r]: where tap first + t of the tile's row r reads. */
static void tile_pointers(const struct sweep *s, const struct tile *tile,
			  size_t first, size_t taps, size_t offset,
			  const float **pointer)
{
	size_t image = tile->image, y = tile->y, x = tile->x;

	for (size_t r = 0; r < tile->count; r++) {
		const float *base = s->source + image * s->source_h *
						s->source_w * s->depth + offset;

		for (size_t t = 0; t < taps; t++) {
			const struct tap *tap = s->tap + first + t;
			size_t sy = (size_t)((ptrdiff_t)(y * s->step) + tap->y);
			size_t sx = (size_t)((ptrdiff_t)(x * s->step) + tap->x);
			int inside = sy < s->source_h && sx < s->source_w;

			pointer[t * tile->count + r] = inside ?
				base + (sy * s->source_w + sx) * s->depth :
				s->zeros;
		}
		tile_next(s, &image, &y, &x);
	}
}

/* A run of the summation: whole taps, or a part of the depth of one tap. */
struct chunk {
	size_t tap, taps, offset, depth;
};

static struct chunk chunk_first(const struct sweep *s)
{
	size_t room = s->kernels->tile_depth;
	struct chunk c = { 0, 1, 0, MIN(s->depth, room) };

	if (s->depth <= room)
		c.taps = MIN(MIN(room / s->depth, (size_t)CHUNK_TAPS), s->taps);
	return c;
}

static int chunk_next(const struct sweep *s, struct chunk *c)
{
	c->offset += c->depth;
	if (c->offset == s->depth) {
		c->offset = 0;
		c->tap += c->taps;
	}
	c->taps = MIN(c->taps, s->taps - c->tap);
	c->depth = MIN(s->kernels->tile_depth, s->depth - c->offset);
	return c->tap < s->taps;
}

/* One chunk of the sum for a group of tiles, all columns. */
static void sweep_chunk(const struct sweep *s, const struct tile *tile,
			size_t tiles, const struct chunk *c)
{
	const struct kernels *k = s->kernels;
	const float *pointer[GROUP_TILES][CHUNK_TAPS * KERNELS_MAX_ROWS];
	size_t columns = k->tile_columns;

	for (size_t i = 0; i < tiles; i++)
		tile_pointers(s, &tile[i], c->tap, c->taps, c->offset,
			      pointer[i]);
	for (size_t j0 = 0; j0 < s->columns; j0 += columns) {
		const float *panel = s->packed + (j0 * s->taps +
			c->tap * columns) * s->depth + c->offset * columns;

		for (size_t i = 0; i < tiles; i++)
			k->tile(tile[i].target + j0,
				s->target_step * s->columns, tile[i].count,
				MIN(columns, s->columns - j0), c->taps,
				c->depth, pointer[i], tile[i].count, panel);
	}
}

/* The same with patches copied into rows: few channels. */
static void sweep_gather(const struct sweep *s, const struct tile *tile)
{
	const struct kernels *k = s->kernels;
	const float *pointer[CONV_MAX_TAPS * KERNELS_MAX_ROWS];
	const float *row[KERNELS_MAX_ROWS];
	float patch[KERNELS_MAX_ROWS][CONV_MAX_TAPS * GATHER_CHANNELS];
	size_t columns = k->tile_columns, depth = s->taps * s->depth;

	tile_pointers(s, tile, 0, s->taps, 0, pointer);
	for (size_t r = 0; r < tile->count; r++) {
		float *to = patch[r];

		for (size_t t = 0; t < s->taps; t++)
			for (size_t i = 0; i < s->depth; i++)
				*to++ = pointer[t * tile->count + r][i];
		row[r] = patch[r];
	}
	for (size_t j0 = 0; j0 < s->columns; j0 += columns)
		k->tile(tile->target + j0, s->target_step * s->columns,
			tile->count, MIN(columns, s->columns - j0), 1, depth,
			row, tile->count, s->packed + j0 * depth);
}

static void tile_start(const struct sweep *s, const struct tile *tile)
{
	for (size_t r = 0; r < tile->count; r++) {
		float *to = tile->target + r * s->target_step * s->columns;

		if (s->bias)
			memcpy(to, s->bias, s->columns * sizeof(*to));
		else
			memset(to, 0, s->columns * sizeof(*to));
	}
}

static void sweep_item(void *context, size_t item, int thread)
{
	const struct sweep *s = context;
	size_t rows = s->n * s->grid_h * s->grid_w / s->row_positions;
	size_t all = rows * s->row_tiles, first = item * GROUP_TILES;
	size_t tiles = MIN((size_t)GROUP_TILES, all - first);
	struct tile tile[GROUP_TILES];
	struct chunk c = chunk_first(s);

	(void)thread;
	for (size_t i = 0; i < tiles; i++) {
		tile[i] = tile_at(s, first + i);
		tile_start(s, &tile[i]);
	}
	if (!s->taps)
		return;
	if (s->depth <= GATHER_CHANNELS) {
		for (size_t i = 0; i < tiles; i++)
			sweep_gather(s, &tile[i]);
		return;
	}
	do
		sweep_chunk(s, tile, tiles, &c);
	while (chunk_next(s, &c));
}

static void sweep_run(struct sweep *s, const struct machine *machine)
{
	size_t positions = s->n * s->grid_h * s->grid_w, tiles;

	if (!positions)
		return;
	/* targets are evenly spaced over everything, or along a grid line */
	s->row_positions = s->target_step == 1 ? positions : s->grid_w;
	s->row_tiles = blocks_of(s->row_positions, s->kernels->tile_rows);
	tiles = positions / s->row_positions * s->row_tiles;
	pool_run(machine->pool, blocks_of(tiles, GROUP_TILES), sweep_item, s);
}

/* ---- forward ------------------------------------------------------------- */

static size_t forward_taps(const struct conv *c, struct tap *tap)
{
	size_t n = 0;

	for (size_t ky = 0; ky < c->kernel_h; ky++)
		for (size_t kx = 0; kx < c->kernel_w; kx++, n++)
			tap[n] = (struct tap){
				(ptrdiff_t)ky - (ptrdiff_t)c->pad_top,
				(ptrdiff_t)kx - (ptrdiff_t)c->pad_left, n
			};
	return n;
}

void conv_pack(const struct conv *c, const struct kernels *kernels,
	       float *packed, const float *w)
{
	size_t columns = kernels->tile_columns;
	size_t depth = c->kernel_h * c->kernel_w * c->in_c;

	for (size_t j0 = 0; j0 < c->out_c; j0 += columns) {
		size_t m = MIN(columns, c->out_c - j0);

		for (size_t p = 0; p < depth; p++, packed += columns) {
			memcpy(packed, w + p * c->out_c + j0,
			       m * sizeof(*packed));
			memset(packed + m, 0, (columns - m) * sizeof(*packed));
		}
	}
}

void conv_forward(const struct conv *c, const struct machine *machine,
		  float *y, const float *x, const float *packed,
		  const float *bias, size_t n)
{
	struct tap tap[CONV_MAX_TAPS];
	struct sweep s = {
		.kernels = machine->kernels,
		.source = x, .source_h = c->in_h, .source_w = c->in_w,
		.depth = c->in_c,
		.target = y, .target_h = c->out_h, .target_w = c->out_w,
		.columns = c->out_c,
		.n = n, .grid_h = c->out_h, .grid_w = c->out_w,
		.step = c->stride, .target_step = 1,
		.tap = tap, .taps = forward_taps(c, tap),
		.zeros = c->zeros, .packed = packed, .bias = bias,
	};

	sweep_run(&s, machine);
}

/* ---- gradient to input --------------------------------------------------- */

/* Class (fy, fx): input pixels with y = fy mod stride.  Its taps are the
 * kernel rows ky = (fy + pad) mod stride, + stride, ...; grid line q then reads
 * output line q + (fy + pad - ky) / stride. */
static size_t back_taps(const struct conv *c, size_t fy, size_t fx,
			struct tap *tap)
{
	size_t n = 0, s = c->stride;
	size_t y = fy + c->pad_top, x = fx + c->pad_left;

	for (size_t ky = y % s; ky < c->kernel_h; ky += s)
		for (size_t kx = x % s; kx < c->kernel_w; kx += s)
			tap[n++] = (struct tap){
				((ptrdiff_t)y - (ptrdiff_t)ky) / (ptrdiff_t)s,
				((ptrdiff_t)x - (ptrdiff_t)kx) / (ptrdiff_t)s,
				ky * c->kernel_w + kx
			};
	return n;
}

void conv_pack_back(const struct conv *c, const struct kernels *kernels,
		    float *packed, const float *w)
{
	size_t columns = kernels->tile_columns;
	struct tap tap[CONV_MAX_TAPS];

	for (size_t class = 0; class < c->stride * c->stride; class++) {
		size_t taps = back_taps(c, class / c->stride,
					class % c->stride, tap);

		for (size_t j0 = 0; j0 < c->in_c; j0 += columns) {
			size_t m = MIN(columns, c->in_c - j0);

			for (size_t p = 0; p < taps * c->out_c; p++) {
				const float *from = w +
					(tap[p / c->out_c].kernel * c->in_c +
					 j0) * c->out_c + p % c->out_c;

				for (size_t j = 0; j < m; j++)
					packed[j] = from[j * c->out_c];
				memset(packed + m, 0,
				       (columns - m) * sizeof(*packed));
				packed += columns;
			}
		}
	}
}

void conv_back_input(const struct conv *c, const struct machine *machine,
		     float *dx, const float *dy, const float *packed_back,
		     size_t n)
{
	size_t columns = machine->kernels->tile_columns, step = c->stride;
	size_t panels = blocks_of(c->in_c, columns);
	struct tap tap[CONV_MAX_TAPS];

	for (size_t class = 0; class < step * step; class++) {
		size_t fy = class / step, fx = class % step;
		struct sweep s = {
			.kernels = machine->kernels,
			.source = dy, .source_h = c->out_h,
			.source_w = c->out_w, .depth = c->out_c,
			.target = dx, .target_h = c->in_h,
			.target_w = c->in_w, .columns = c->in_c,
			.n = n,
			.grid_h = (c->in_h + step - 1 - fy) / step,
			.grid_w = (c->in_w + step - 1 - fx) / step,
			.step = 1, .target_step = step,
			.target_y = fy, .target_x = fx,
			.tap = tap, .taps = back_taps(c, fy, fx, tap),
			.zeros = c->zeros, .packed = packed_back,
		};

		sweep_run(&s, machine);
		packed_back += s.taps * c->out_c * panels * columns;
	}
}

/* ---- gradient to weights ------------------------------------------------- */

struct weights_job {
	const struct conv *c;
	const struct kernels *kernels;
	float *dw;		/* [kernel_h, kernel_w, in_c, out_c] */
	const float *x;		/* [n, in_h, in_w, in_c] */
	const float *dy;	/* [n, out_h, out_w, out_c] */
	size_t n;
	size_t item_rows;	/* input channels per item */
};

/* What tap (ky, kx) reads for output pixels first .. first + count - 1. */
static void weights_pointers(const struct weights_job *g, size_t ky, size_t kx,
			     size_t first, size_t count, const float **pointer)
{
	const struct conv *c = g->c;
	size_t ox = first % c->out_w, line = first / c->out_w;
	size_t oy = line % c->out_h, image = line / c->out_h;

	for (size_t p = 0; p < count; p++) {
		size_t y = oy * c->stride + ky - c->pad_top;	/* wraps off */
		size_t x = ox * c->stride + kx - c->pad_left;	/* the edge */
		int inside = y < c->in_h && x < c->in_w;

		pointer[p] = inside ? g->x + ((image * c->in_h + y) * c->in_w +
					      x) * c->in_c : c->zeros;
		if (++ox < c->out_w)
			continue;
		ox = 0;
		if (++oy < c->out_h)
			continue;
		oy = 0;
		image++;
	}
}

/* Adds pixels first .. first + count - 1 to rows i0 .. i0 + rows - 1 of dw,
 * given in `to`; pointer[p] + i0 is row i0's input. */
static void weights_add(const struct weights_job *g, float *to, size_t rows,
			size_t i0, size_t first, size_t count,
			const float *const *pointer)
{
	const struct kernels *k = g->kernels;
	size_t out_c = g->c->out_c;

	for (size_t j0 = 0; j0 < out_c; j0 += k->tile_columns)
		for (size_t r = 0; r < rows; r += k->tile_rows)
			k->outer(to + r * out_c + j0, out_c,
				 MIN(k->tile_rows, rows - r),
				 MIN(k->tile_columns, out_c - j0), count,
				 pointer, i0 + r, g->dy + first * out_c + j0,
				 out_c);
}

/* One tap, item_rows of its input channels. */
static void weights_item(void *context, size_t item, int thread)
{
	const struct weights_job *g = context;
	const struct conv *c = g->c;
	const float *pointer[PIXELS];
	size_t parts = blocks_of(c->in_c, g->item_rows);
	size_t tap = item / parts, i0 = item % parts * g->item_rows;
	size_t rows = MIN(g->item_rows, c->in_c - i0);
	size_t pixels = g->n * c->out_h * c->out_w;

	(void)thread;
	for (size_t p = 0; p < pixels; p += PIXELS) {
		size_t count = MIN((size_t)PIXELS, pixels - p);

		weights_pointers(g, tap / c->kernel_w, tap % c->kernel_w, p,
				 count, pointer);
		weights_add(g, g->dw + (tap * c->in_c + i0) * c->out_c, rows,
			    i0, p, count, pointer);
	}
}

/* Few channels: one kernel row, whose taps are gathered side by side. */
static void weights_row_item(void *context, size_t ky, int thread)
{
	const struct weights_job *g = context;
	const struct conv *c = g->c;
	const float *from[PIXELS], *pointer[PIXELS];
	float patch[GATHER_FLOATS];
	size_t rows = c->kernel_w * c->in_c;
	size_t step = MIN((size_t)PIXELS, GATHER_FLOATS / rows);
	size_t pixels = g->n * c->out_h * c->out_w;

	(void)thread;
	for (size_t p = 0; p < pixels; p += step) {
		size_t count = MIN(step, pixels - p);

		for (size_t kx = 0; kx < c->kernel_w; kx++) {
			weights_pointers(g, ky, kx, p, count, from);
			for (size_t q = 0; q < count; q++)
				for (size_t i = 0; i < c->in_c; i++)
					patch[q * rows + kx * c->in_c + i] =
						from[q][i];
		}
		for (size_t q = 0; q < count; q++)
			pointer[q] = patch + q * rows;
		weights_add(g, g->dw + ky * rows * c->out_c, rows, 0, p, count,
			    pointer);
	}
}

void conv_back_weights(const struct conv *c, const struct machine *machine,
		       float *dw, const float *x, const float *dy, size_t n)
{
	struct weights_job g = { c, machine->kernels, dw, x, dy, n,
				 4 * machine->kernels->tile_rows };
	size_t parts = blocks_of(c->in_c, g.item_rows);

	if (c->in_c <= GATHER_CHANNELS && c->kernel_w <= 64)
		pool_run(machine->pool, c->kernel_h, weights_row_item, &g);
	else
		pool_run(machine->pool, c->kernel_h * c->kernel_w * parts,
			 weights_item, &g);
}
