/*
 * gemm.c - packing, cache blocks and threads around the kernel tile.
 *
 * Packed B: blocks of tile_depth rows; in each block, panels of tile_columns
 * columns, row after row, zeros past column n.  Within a block, the loop keeps
 * one panel in L1 while a group of row tiles streams past it, as in BLIS.
 */
#include "math/gemm.h"

#include <string.h>

#include "base/base.h"
#include "math/blocks.h"

size_t gemm_packed_floats(const struct kernels *kernels, size_t k, size_t n)
{
	return k * CEIL_DIV(n, kernels->tile_columns) * kernels->tile_columns;
}

/* m columns, column_step apart, then zeros up to `columns`. */
static void pack_part(float *packed, const float *from, size_t row_step,
		      size_t column_step, size_t depth, size_t m,
		      size_t columns)
{
	for (size_t p = 0; p < depth; p++, from += row_step) {
		for (size_t j = 0; j < m; j++)
			packed[j] = from[j * column_step];
		memset(packed + m, 0, (columns - m) * sizeof(*packed));
		packed += columns;
	}
}

/* Packs a full panel whose rows are contiguous in B.  The compiler knows the
 * size of the copies, so they are no calls. */
static void pack_whole(float *packed, const float *from, size_t row_step,
		       size_t depth, size_t columns)
{
	size_t lanes = KERNELS_LANES;

	for (size_t p = 0; p < depth; p++, from += row_step)
		for (size_t j = 0; j < columns; j += lanes, packed += lanes)
			memcpy(packed, from + j, lanes * sizeof(*packed));
}

void gemm_pack(const struct kernels *kernels, float *packed, const float *b,
	       size_t row_step, size_t column_step, size_t k, size_t n)
{
	size_t columns = kernels->tile_columns;

	for (size_t p0 = 0; p0 < k; p0 += kernels->tile_depth) {
		size_t depth = MIN(kernels->tile_depth, k - p0);

		for (size_t j0 = 0; j0 < n; j0 += columns) {
			const float *from = b + p0 * row_step +
					    j0 * column_step;

			if (column_step == 1 && n - j0 >= columns)
				pack_whole(packed, from, row_step, depth,
					   columns);
			else
				pack_part(packed, from, row_step, column_step,
					  depth, MIN(columns, n - j0), columns);
			packed += depth * columns;
		}
	}
}

struct gemm_job {
	const struct kernels *kernels;
	float *c;		/* [m, n], rows ldc apart */
	const float *a;		/* [m, k], rows lda apart */
	const float *packed;
	size_t ldc, lda, m, n, k;
	size_t row_groups, panels_per_item;
};

/* One block of the depth times one panel, for the rows of a group. */
static void gemm_panel(const struct gemm_job *g, size_t row0, size_t rows,
		       size_t p0, size_t depth, size_t j0, const float *panel)
{
	const struct kernels *k = g->kernels;
	const float *row[BLOCKS_GEMM_TILES * KERNELS_MAX_ROWS];

	for (size_t r = 0; r < rows; r++)
		row[r] = g->a + (row0 + r) * g->lda + p0;
	k->tile(g->c + row0 * g->ldc + j0, g->ldc, rows,
		MIN(k->tile_columns, g->n - j0), 1, depth, row, rows, panel,
		NULL);
}

static void gemm_item(void *context, size_t item, int thread)
{
	const struct gemm_job *g = context;
	const struct kernels *k = g->kernels;
	size_t group = BLOCKS_GEMM_TILES * k->tile_rows;
	size_t row0 = item % g->row_groups * group;
	size_t rows = MIN(group, g->m - row0);
	size_t panels = CEIL_DIV(g->n, k->tile_columns);
	size_t first = item / g->row_groups * g->panels_per_item;
	size_t last = MIN(first + g->panels_per_item, panels);

	(void)thread;
	for (size_t p0 = 0; p0 < g->k; p0 += k->tile_depth) {
		size_t depth = MIN(k->tile_depth, g->k - p0);
		const float *block = g->packed + p0 * panels * k->tile_columns;

		for (size_t j = first; j < last; j++)
			gemm_panel(g, row0, rows, p0, depth,
				   j * k->tile_columns,
				   block + j * depth * k->tile_columns);
	}
}

void gemm(const struct machine *machine, float *c, size_t ldc, const float *a,
	  size_t lda, const float *packed, size_t m, size_t n, size_t k)
{
	const struct kernels *kernels = machine->kernels;
	struct gemm_job g = { kernels, c, a, packed, ldc, lda, m, n, k, 0, 0 };
	size_t panels = CEIL_DIV(n, kernels->tile_columns), wanted, parts;

	if (!m || !n)
		return;
	/* few rows: split the columns too, so that every thread has work */
	g.row_groups = CEIL_DIV(m, BLOCKS_GEMM_TILES * kernels->tile_rows);
	wanted = CEIL_DIV(16, g.row_groups);
	g.panels_per_item = CEIL_DIV(panels, MIN(wanted, panels));
	parts = CEIL_DIV(panels, g.panels_per_item);
	pool_run(machine->pool, g.row_groups * parts, gemm_item, &g);
}

struct outer_job {
	const struct kernels *kernels;
	float *c;		/* [m, n] */
	const float *a;		/* [k, m] */
	const float *b;		/* [k, n] */
	size_t ldc, lda, ldb, m, n, k;
};

static void outer_item(void *context, size_t item, int thread)
{
	const struct outer_job *g = context;
	const struct kernels *k = g->kernels;
	const float *row[BLOCKS_OUTER_DEPTH];
	size_t i0 = item * k->tile_rows;

	(void)thread;
	for (size_t p0 = 0; p0 < g->k; p0 += BLOCKS_OUTER_DEPTH) {
		size_t depth = MIN((size_t)BLOCKS_OUTER_DEPTH, g->k - p0);

		for (size_t p = 0; p < depth; p++)
			row[p] = g->a + (p0 + p) * g->lda;
		for (size_t j0 = 0; j0 < g->n; j0 += k->tile_columns)
			k->outer(g->c + i0 * g->ldc + j0, g->ldc,
				 MIN(k->tile_rows, g->m - i0),
				 MIN(k->tile_columns, g->n - j0), depth, row,
				 i0, g->b + p0 * g->ldb + j0, g->ldb);
	}
}

void gemm_outer(const struct machine *machine, float *c, size_t ldc,
		const float *a, size_t lda, const float *b, size_t ldb,
		size_t m, size_t n, size_t k)
{
	struct outer_job g = { machine->kernels, c, a, b, ldc, lda, ldb,
			       m, n, k };

	pool_run(machine->pool, CEIL_DIV(m, machine->kernels->tile_rows),
		 outer_item, &g);
}
