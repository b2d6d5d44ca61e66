/*
 * conv_sweep.c - runs a sweep: cuts its positions and columns into items, and
 * the sum into chunks whose weights stay in L1.
 */
#include "math/conv_sweep.h"

#include "base/base.h"

enum {
	CHUNK_TAPS = CONV_DEPTHWISE_TAPS,	/* whose pointers are held at
						 * a time */
	ITEMS_A_THREAD = 8,	/* so that a core that is slower at times
				 * leaves a part of its share to others */
};

/* Share `index` of `shares` of `count`. */
static size_t share(size_t count, size_t index, size_t shares)
{
	return count / shares * index + MIN(index, count % shares);
}

struct group sweep_group(const struct sweep *s, size_t row, size_t first,
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

void sweep_next(const struct sweep *s, size_t *image, size_t *y,
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

/* A chunk of the sum: whole taps, or a part of the depth of one tap. */
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

/* Sets pointer[t * count + r] to what tap first + t of the group's row r
 * reads. */
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
		sweep_next(s, &image, &y, &x);
	}
}

/* The epilogue of a chunk, columns j0 on: later chunks start from C, and only
 * the last one does the rest. */
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

struct epilogue sweep_epilogue(const struct sweep *s, size_t j0)
{
	struct chunk all = { 0, s->taps, 0, s->depth };

	return chunk_epilogue(s, &all, j0);
}

void sweep_group_run(const struct sweep *s, const struct group *g, size_t j0,
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
	const float *pointer[SWEEP_GROUP_TILES * CHUNK_TAPS * KERNELS_MAX_ROWS];
	size_t columns = s->kernels->tile_columns;

	group_pointers(s, g, c, pointer);
	for (size_t p = first; p < last; p++) {
		size_t j0 = p * columns;
		const float *panel = s->depthwise ?
			s->packed + c->tap * s->columns :
			s->packed + (j0 * s->taps + c->tap * columns) *
			s->depth + c->offset * columns;

		sweep_group_run(s, g, j0, c->taps, c->depth, pointer, panel,
			 chunk_epilogue(s, c, j0));
	}
}

static void sweep_item(void *context, size_t item, int thread)
{
	const struct sweep *s = context;
	size_t index = item / s->parts, part = item % s->parts;
	size_t row = index / s->row_groups, in_row = index % s->row_groups;
	size_t unit = s->group_unit, units = CEIL_DIV(s->row_positions, unit);
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
	g = sweep_group(s, row, begin, end);
	do
		sweep_chunk(s, &g, first, last, &c);
	while (chunk_next(s, &c));
}

/* The work of the thread with the most items, in rows x panels. */
static size_t sweep_longest(const struct sweep *s, size_t rows, size_t groups,
			    size_t parts, size_t threads)
{
	return CEIL_DIV(rows * groups * parts, threads) *
	       CEIL_DIV(s->row_positions, groups) *
	       CEIL_DIV(s->panels, parts);
}

/* Chooses how many parts the panels are cut into where groups are few, so that
 * threads differ noticeably if one has an item more.  The best cut lets all
 * threads finish together.  Among equals, if weights are smaller than pixels,
 * the one with the fewest parts that makes enough items: each thread then reads
 * pixels of its own and all weights.  Otherwise the one with the most parts. */
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

void sweep_run(struct sweep *s, const struct machine *machine)
{
	size_t positions = s->n * s->grid_h * s->grid_w, rows;
	size_t threads = (size_t)pool_threads(machine->pool);

	if (!positions)
		return;
	/* targets are evenly spaced over the whole batch, or along a line */
	s->row_positions = s->target_step == 1 ? positions : s->grid_w;
	s->group_unit = s->kernels->tile_rows;
	s->row_groups = CEIL_DIV(s->row_positions,
				  SWEEP_GROUP_TILES * s->group_unit);
	s->panels = s->depthwise ? 1 :
		    CEIL_DIV(s->columns, s->kernels->tile_columns);
	s->parts = 1;
	rows = positions / s->row_positions;
	if (threads > 1 && rows * s->row_groups < ITEMS_A_THREAD * threads)
		sweep_share(s, rows, threads);
	pool_run(machine->pool, rows * s->row_groups * s->parts, sweep_item, s);
}
