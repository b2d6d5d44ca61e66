/*
 * conv_direct.c - forward and gradient to input over one addressing rule.
 *
 * Both are the same work, a "sweep": positions on a grid, each with a list of
 * taps that say which source pixel to read, times packed weights.  Forward has
 * one grid, the output, and steps `stride` source pixels.  The gradient to
 * input has stride x stride grids: input pixels whose (y + pad) mod stride
 * agree share the same taps, so no tap is ever tried that could not reach
 * (Dumoulin and Visin 2016, section 4.6, without the zeros).
 *
 * One channel to a group: the same sweep with the depthwise tile, all channels
 * of a pixel at once; forward without dilation the windows of a grid line share
 * their pixels' pointers.
 *
 * Few channels: a line of taps is one run of kernel_w * depth floats.  The lines
 * of a position are copied together and count as one tap.
 */
#include <string.h>

#include "base/base.h"
#include "math/blocks.h"
#include "math/conv_ways.h"

enum {
	GROUP_TILES = BLOCKS_CONV_TILES,
	CHUNK_TAPS = CONV_DEPTHWISE_TAPS,	/* whose pointers are held at
						 * a time */
	MAX_TAPS = CONV_MAX_KERNEL * CONV_MAX_KERNEL,
	WINDOW_PIXELS = BLOCKS_WINDOW_PIXELS,
	PATCH_FLOATS = BLOCKS_PATCH_FLOATS,
	ITEMS_A_THREAD = 8,	/* so that a core that is slower at times
				 * leaves a part of its share to others */
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
	size_t step;		/* source pixels from one position to the next */
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

/* Share `index` of `shares` of `count`. */
static size_t share(size_t count, size_t index, size_t shares)
{
	return count / shares * index + MIN(index, count % shares);
}

/* Positions from (row, first) on, up to `end`. */
static struct group group_of(const struct sweep *s, size_t row, size_t first,
			     size_t end)
{
	size_t position = row * s->row_positions + first;
	size_t line = position / s->grid_w;
	struct group g;

	g.count = end - first;
	g.x = position % s->grid_w;
	g.y = line % s->grid_h;
	g.image = line / s->grid_h;
	g.pixel = (g.image * s->target_h + g.y * s->target_step +
		   s->target_y) * s->target_w +
		  g.x * s->target_step + s->target_x;
	return g;
}

static void position_next(const struct sweep *s, size_t *image, size_t *y,
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

/* A run of the summation: whole taps, or a part of the depth of one tap. */
struct chunk {
	size_t tap, taps, offset, depth;
};

static struct chunk chunk_first(const struct sweep *s)
{
	size_t room = s->kernels->tile_depth;
	struct chunk c = { 0, MIN(s->taps, (size_t)1), 0,
			   MIN(s->depth, room) };

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

/* pointer[t * count + r]: where tap first + t of the group's row r reads. */
static void group_pointers(const struct sweep *s, const struct group *g,
			   const struct chunk *c, const float **pointer)
{
	size_t image = g->image, y = g->y, x = g->x;

	for (size_t r = 0; r < g->count; r++) {
		const float *base = s->source + c->offset +
			image * s->source_h * s->source_w * s->source_step;

		for (size_t t = 0; t < c->taps; t++) {
			const struct tap *tap = s->tap + c->tap + t;
			size_t sy = (size_t)((ptrdiff_t)(y * s->step) + tap->y);
			size_t sx = (size_t)((ptrdiff_t)(x * s->step) + tap->x);
			int inside = sy < s->source_h && sx < s->source_w;

			pointer[t * g->count + r] = inside ?
				base + (sy * s->source_w + sx) * s->source_step
				: s->zeros;
		}
		position_next(s, &image, &y, &x);
	}
}

/* Lines of taps: pointer[r] is all that the group's row r reads, copied line
 * after line into `patch`, zeros off the picture. */
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
		position_next(s, &image, &y, &x);
	}
}

/* The epilogue of a chunk of column j0. */
static struct epilogue chunk_epilogue(const struct sweep *s,
				   const struct chunk *c, size_t j0)
{
	struct epilogue epi = { 0 };
	int last = c->tap + c->taps == s->taps &&
		   c->offset + c->depth == s->depth;

	if (last) {
		epi = s->epi;
		if (epi.scale) {
			epi.scale += j0;
			epi.shift += j0;
		}
	}
	epi.start = c->tap || c->offset || !s->epi.start ? NULL :
		     s->epi.start + j0;
	return epi;
}

/* pointer[t * across + i]: of the `across` pixels that the windows of a group
 * in one grid line read, pixel i for line t of the taps. */
static void window_pointers(const struct sweep *s, const struct group *g,
			    size_t across, const float **pointer)
{
	for (size_t t = 0; t < s->taps; t += s->wide) {
		size_t sy = (size_t)((ptrdiff_t)(g->y * s->step) + s->tap[t].y);
		size_t sx = (size_t)((ptrdiff_t)(g->x * s->step) + s->tap[t].x);
		size_t line = (g->image * s->source_h + sy) * s->source_w;

		for (size_t i = 0; i < across; i++, sx++)
			*pointer++ = sy < s->source_h && sx < s->source_w ?
				s->source + (line + sx) * s->source_step :
				s->zeros;
	}
}

static void group_do(const struct sweep *s, const struct group *g, size_t j0,
		     size_t taps, size_t depth, const float *const *pointer,
		     const float *panel, struct epilogue epi)
{
	const struct kernels *k = s->kernels;
	float *to = s->target + g->pixel * s->pixel_step + j0;
	size_t step = s->target_step * s->pixel_step;

	if (epi.add) {
		epi.add += g->pixel * epi.add_step + j0;
		epi.add_step *= s->target_step;
	}
	if (epi.gate)
		epi.gate += g->pixel * s->pixel_step + j0;
	if (s->depthwise)
		k->depthwise(to, step, g->count, s->columns, taps, 1, pointer,
			     g->count, 1, panel, &epi);
	else
		k->tile(to, step, g->count,
			MIN(k->tile_columns, s->columns - j0), taps, depth,
			pointer, g->count, panel, &epi);
}

/* One chunk of the sum for a group, panels first to last - 1. */
static void sweep_chunk(const struct sweep *s, const struct group *g,
			size_t first, size_t last, const struct chunk *c)
{
	const float *pointer[GROUP_TILES * CHUNK_TAPS * KERNELS_MAX_ROWS];
	size_t columns = s->kernels->tile_columns;

	group_pointers(s, g, c, pointer);
	for (size_t p = first; p < last; p++) {
		size_t j0 = p * columns;
		const float *panel = s->depthwise ?
			s->packed + c->tap * s->columns :
			s->packed + (j0 * s->taps + c->tap * columns) *
			s->depth + c->offset * columns;

		group_do(s, g, j0, c->taps, c->depth, pointer, panel,
			 chunk_epilogue(s, c, j0));
	}
}

/* The same by lines of taps, all in one chunk; a few tiles at a time. */
static void sweep_lines(const struct sweep *s, size_t row, size_t begin,
			size_t end, size_t first, size_t last)
{
	float patch[KERNELS_MAX_ROWS * MAX_TAPS * CONV_LINE_CHANNELS];
	const float *pointer[GROUP_TILES * KERNELS_MAX_ROWS];
	struct chunk all = { 0, s->taps, 0, s->depth };
	size_t columns = s->kernels->tile_columns, high = s->kernels->tile_rows;
	size_t floats = s->taps * s->line_floats;
	size_t step = high * MIN(MAX(PATCH_FLOATS / (high * floats), 1),
				 (size_t)GROUP_TILES);

	for (; begin < end; begin += step) {
		struct group g = group_of(s, row, begin,
					  MIN(begin + step, end));

		group_patches(s, &g, patch, pointer);
		for (size_t p = first; p < last; p++)
			group_do(s, &g, p * columns, 1, floats, pointer,
				 s->packed + p * columns * floats,
				 chunk_epilogue(s, &all, p * columns));
	}
}

/* Depthwise, positions begin .. end - 1 of a row, grid line by grid line. */
static void sweep_windows(const struct sweep *s, size_t row, size_t begin,
			  size_t end)
{
	const float *pointer[CONV_MAX_KERNEL * WINDOW_PIXELS];
	size_t fit = (WINDOW_PIXELS - s->wide) / s->step + 1;

	while (begin < end) {
		size_t left = s->grid_w - begin % s->grid_w;
		size_t count = MIN(MIN(left, fit), end - begin);
		size_t across = (count - 1) * s->step + s->wide;
		struct group g = group_of(s, row, begin, begin + count);
		struct epilogue epi = s->epi;

		window_pointers(s, &g, across, pointer);
		if (epi.add)
			epi.add += g.pixel * epi.add_step;
		s->kernels->depthwise(s->target + g.pixel * s->pixel_step,
				      s->pixel_step, count, s->columns,
				      s->taps / s->wide, s->wide, pointer,
				      across, s->step, s->packed, &epi);
		begin += count;
	}
}

static void sweep_item(void *context, size_t item, int thread)
{
	const struct sweep *s = context;
	size_t index = item / s->parts, part = item % s->parts;
	size_t row = index / s->row_groups, in_row = index % s->row_groups;
	size_t unit = s->group_unit, units = blocks_of(s->row_positions, unit);
	size_t begin = share(units, in_row, s->row_groups) * unit;
	size_t end = MIN(share(units, in_row + 1, s->row_groups) * unit,
			 s->row_positions);
	size_t first = share(s->panels, part, s->parts);
	size_t last = share(s->panels, part + 1, s->parts);
	struct chunk c = chunk_first(s);
	struct group g;

	(void)thread;
	if (s->line_floats)
		sweep_lines(s, row, begin, end, first, last);
	if (s->wide)
		sweep_windows(s, row, begin, end);
	if (s->line_floats || s->wide)
		return;
	g = group_of(s, row, begin, end);
	do
		sweep_chunk(s, &g, first, last, &c);
	while (chunk_next(s, &c));
}

/* What the thread with the most items has to do, in rows x panels. */
static size_t sweep_longest(const struct sweep *s, size_t rows, size_t groups,
			    size_t parts, size_t threads)
{
	return blocks_of(rows * groups * parts, threads) *
	       blocks_of(s->row_positions, groups) *
	       blocks_of(s->panels, parts);
}

/* Few groups, so that one item more or less for a thread is a difference: how
 * many of how many panels let the threads end together.  Of cuts that are as
 * good the one with fewest parts that makes enough items where weights are less
 * than pixels, since each thread then reads pixels of its own and all weights;
 * else the one with most. */
static void sweep_share(struct sweep *s, size_t rows, size_t threads)
{
	size_t least = s->row_groups, best = SIZE_MAX;
	size_t wanted = ITEMS_A_THREAD * threads, items = 0;
	int few = rows * s->row_positions >= s->columns;

	s->group_unit = 1;
	for (size_t parts = 1; parts <= MIN(s->panels, wanted); parts++) {
		size_t groups = least, longest;

		while (rows * groups * parts % threads &&
		       groups < MIN(least + threads, s->row_positions))
			groups++;
		longest = sweep_longest(s, rows, groups, parts, threads);
		if (longest < best ||
		    (longest == best && (!few || items < wanted))) {
			best = longest;
			items = rows * groups * parts;
			s->row_groups = groups;
			s->parts = parts;
		}
	}
}

static void sweep_run(struct sweep *s, const struct machine *machine)
{
	size_t positions = s->n * s->grid_h * s->grid_w, rows;
	size_t threads = (size_t)pool_threads(machine->pool);

	if (!positions)
		return;
	/* targets are evenly spaced over everything, or along a grid line */
	s->row_positions = s->target_step == 1 ? positions : s->grid_w;
	s->group_unit = s->kernels->tile_rows;
	s->row_groups = blocks_of(s->row_positions,
				  GROUP_TILES * s->group_unit);
	s->panels = s->depthwise ? 1 :
		    blocks_of(s->columns, s->kernels->tile_columns);
	s->parts = 1;
	rows = positions / s->row_positions;
	if (threads > 1 && rows * s->row_groups < ITEMS_A_THREAD * threads)
		sweep_share(s, rows, threads);
	pool_run(machine->pool, rows * s->row_groups * s->parts, sweep_item, s);
}

static size_t pixel_depth(const struct conv *c, size_t channels)
{
	return c->way == CONV_DEPTHWISE ? 1 : channels;
}

/* ---- forward ------------------------------------------------------------- */

static size_t forward_taps(const struct conv *c, struct tap *tap)
{
	size_t n = 0, across = conv_by_lines(c) ? 1 : c->kernel_w;

	for (size_t ky = 0; ky < c->kernel_h; ky++)
		for (size_t kx = 0; kx < across; kx++, n++)
			tap[n] = (struct tap){
				(ptrdiff_t)(ky * c->dilation) -
					(ptrdiff_t)c->pad_top,
				(ptrdiff_t)(kx * c->dilation) -
					(ptrdiff_t)c->pad_left, n
			};
	return n;
}

void direct_pack(const struct conv *c, const struct kernels *k, size_t w_step,
		 float *packed, const float *w)
{
	size_t columns = k->tile_columns;
	size_t depth = c->kernel_h * c->kernel_w * c->in_c;

	if (c->way == CONV_DEPTHWISE) {
		memcpy(packed, w, c->packed_floats * sizeof(*w));
		return;
	}
	for (size_t j0 = 0; j0 < c->out_c; j0 += columns) {
		size_t m = MIN(columns, c->out_c - j0);

		for (size_t p = 0; p < depth; p++, packed += columns) {
			memcpy(packed, w + p * w_step + j0,
			       m * sizeof(*packed));
			memset(packed + m, 0, (columns - m) * sizeof(*packed));
		}
	}
}

void direct_forward(const struct conv_pass *p, float *y, const float *x,
		    const float *packed, const struct epilogue *epi)
{
	const struct conv *c = p->c;
	struct tap tap[MAX_TAPS];
	struct sweep s = {
		.kernels = p->machine->kernels,
		.source = x, .source_h = c->in_h, .source_w = c->in_w,
		.source_step = c->in_step, .depth = pixel_depth(c, c->in_c),
		.target = y, .target_h = c->out_h, .target_w = c->out_w,
		.pixel_step = c->out_step, .columns = c->out_c,
		.n = p->n, .grid_h = c->out_h, .grid_w = c->out_w,
		.step = c->stride, .target_step = 1,
		.tap = tap, .taps = forward_taps(c, tap),
		.line_floats = conv_by_lines(c) ? c->kernel_w * c->in_c : 0,
		.depthwise = c->way == CONV_DEPTHWISE,
		.wide = c->way == CONV_DEPTHWISE && c->dilation == 1 ?
			c->kernel_w : 0,
		.zeros = c->zeros, .packed = packed, .epi = *epi,
	};

	sweep_run(&s, p->machine);
}

/* ---- gradient to input --------------------------------------------------- */

/* Class (fy, fx): input pixels with y = fy mod stride.  Its taps are the
 * kernel rows with ky * dilation = fy + pad mod stride; grid line q then reads
 * output line q + (fy + pad - ky * dilation) / stride. */
static size_t back_taps(const struct conv *c, size_t fy, size_t fx,
			struct tap *tap)
{
	ptrdiff_t s = (ptrdiff_t)c->stride, d = (ptrdiff_t)c->dilation;
	ptrdiff_t y = (ptrdiff_t)(fy + c->pad_top);
	ptrdiff_t x = (ptrdiff_t)(fx + c->pad_left);
	size_t n = 0;

	for (size_t t = 0; t < c->kernel_h * c->kernel_w; t++) {
		ptrdiff_t down = y - (ptrdiff_t)(t / c->kernel_w) * d;
		ptrdiff_t right = x - (ptrdiff_t)(t % c->kernel_w) * d;

		if (down % s == 0 && right % s == 0)
			tap[n++] = (struct tap){ down / s, right / s, t };
	}
	return n;
}

/* Weights of some taps with their channels exchanged: depth o, columns i. */
static float *pack_exchanged(const struct conv *c, size_t columns,
			     size_t w_step, float *packed, const float *w,
			     const struct tap *tap, size_t taps)
{
	for (size_t j0 = 0; j0 < c->in_c; j0 += columns) {
		size_t m = MIN(columns, c->in_c - j0);

		for (size_t p = 0; p < taps * c->out_c; p++) {
			const float *from = w + (tap[p / c->out_c].kernel *
						 c->in_c + j0) * w_step +
					    p % c->out_c;

			for (size_t j = 0; j < m; j++)
				packed[j] = from[j * w_step];
			memset(packed + m, 0, (columns - m) * sizeof(*packed));
			packed += columns;
		}
	}
	return packed;
}

static float *pack_depthwise(const struct conv *c, float *packed,
			     const float *w, const struct tap *tap, size_t taps)
{
	for (size_t t = 0; t < taps; t++, packed += c->in_c)
		memcpy(packed, w + tap[t].kernel * c->in_c,
		       c->in_c * sizeof(*w));
	return packed;
}

void direct_pack_back(const struct conv *c, const struct kernels *k,
		      size_t w_step, float *packed, const float *w)
{
	struct tap tap[MAX_TAPS];

	for (size_t class = 0; class < c->stride * c->stride; class++) {
		size_t taps = back_taps(c, class / c->stride,
					class % c->stride, tap);

		packed = c->way == CONV_DEPTHWISE ?
			pack_depthwise(c, packed, w, tap, taps) :
			pack_exchanged(c, k->tile_columns, w_step, packed, w,
				       tap, taps);
	}
}

void direct_back_input(const struct conv_pass *p, float *dx, const float *dy,
		       const float *packed_back, const struct epilogue *epi)
{
	const struct conv *c = p->c;
	size_t columns = p->machine->kernels->tile_columns, step = c->stride;
	size_t tap_floats = c->way == CONV_DEPTHWISE ? c->in_c :
		c->out_c * blocks_of(c->in_c, columns) * columns;
	struct tap tap[MAX_TAPS];

	for (size_t class = 0; class < step * step; class++) {
		size_t fy = class / step, fx = class % step;
		struct sweep s = {
			.kernels = p->machine->kernels,
			.source = dy, .source_h = c->out_h,
			.source_w = c->out_w, .source_step = c->out_step,
			.depth = pixel_depth(c, c->out_c),
			.target = dx, .target_h = c->in_h,
			.target_w = c->in_w, .pixel_step = c->in_step,
			.columns = c->in_c, .n = p->n,
			.grid_h = (c->in_h + step - 1 - fy) / step,
			.grid_w = (c->in_w + step - 1 - fx) / step,
			.step = 1, .target_step = step,
			.target_y = fy, .target_x = fx,
			.tap = tap, .taps = back_taps(c, fy, fx, tap),
			.depthwise = c->way == CONV_DEPTHWISE,
			.zeros = c->zeros, .packed = packed_back,
			.epi = *epi,
		};

		if (!s.taps)	/* pixels that no output reads: one chunk */
			s.depth = 1;
		sweep_run(&s, p->machine);
		packed_back += s.taps * tap_floats;
	}
}
