/*
 * check_tile.c - the matrix tiles: tile, outer, score.
 *
 * Operands: 0 the output, 1 a pool of rows the pointers point into (any order,
 * some twice, some to zeros), 2 the packed or plain B, then the epilogue's.
 */
#include "check.h"

#include <math.h>

enum { M = 13, N = 37, K = 29 };

static void run(struct check *ck, struct check_case c, size_t kind)
{
	c.kind = (enum check_kind)(kind % CHECK_KINDS);
	c.gap = check_below(&ck->random, 2) ? 0 : check_below(&ck->random, 9);
	c.step = c.rows + check_below(&ck->random, 3);
	c.offset = check_below(&ck->random, 6);
	c.epi = c.epi ? c.epi : check_epilogue_kind(ck->random);
	check_case(ck, &c);
}

/* All rows x columns of the tile, with these depths and taps in turn. */
static void all_shapes(struct check *ck, const size_t *depths, size_t count,
		       size_t most_taps)
{
	size_t turn = 0, apart = ck->quick ? 3 : 1;

	for (size_t r = 1; r <= ck->k->tile_rows; r++)
		for (size_t j = 1; j <= ck->k->tile_columns; j++)
			for (size_t d = 0; d < count; d++) {
				size_t taps = turn++ % (most_taps + 1);
				if (turn % apart)
					continue;
				run(ck, (struct check_case){ .rows = r, .n = j,
				    .depth = depths[d], .taps = taps }, turn);
			}
}

static void random_shapes(struct check *ck, size_t most_taps)
{
	for (size_t i = 0; i < (ck->quick ? 20u : 400u); i++) {
		struct check_case c = { 0 };

		c.rows = 1 + check_below(&ck->random, ck->k->tile_rows);
		c.n = 1 + check_below(&ck->random, ck->k->tile_columns);
		c.depth = check_below(&ck->random, 70);
		c.taps = check_below(&ck->random, most_taps + 1);
		run(ck, c, i);
	}
}

/* More rows than a tile has, up to four tiles. */
static void tall(struct check *ck, size_t taps)
{
	size_t rows = ck->k->tile_rows, columns = ck->k->tile_columns;

	for (size_t r = rows + 1; r <= 3 * rows + 1; r++)
		for (size_t kind = 0; kind < CHECK_KINDS; kind++)
			run(ck, (struct check_case){ .rows = r,
			    .n = columns - r % 3, .depth = 11, .taps = taps },
			    kind);
}

/* The full tile and its edges, all kinds, around the depth of a panel. */
static void deep(struct check *ck, size_t taps)
{
	size_t rows = ck->k->tile_rows, columns = ck->k->tile_columns;

	for (size_t d = ck->k->tile_depth - 1; d < ck->k->tile_depth + 2; d++)
		run(ck, (struct check_case){ .rows = rows, .n = columns,
		    .depth = d, .taps = taps }, CHECK_UNIFORM);
	for (size_t kind = 0; kind < CHECK_KINDS; kind++) {
		run(ck, (struct check_case){ .rows = rows, .n = columns,
		    .depth = 19, .taps = taps }, kind);
		run(ck, (struct check_case){ .rows = 1, .n = columns - 1,
		    .depth = 40, .taps = taps }, kind);
	}
}

/* ---- tile --------------------------------------------------------------- */

static void tile_cases(struct check *ck)
{
	static const size_t depths[] = { 0, 1, 2, 3, 5, 16, 17 };

	all_shapes(ck, depths, 7, 9);
	random_shapes(ck, 9);
	deep(ck, 1);
	deep(ck, 3);
	tall(ck, 2);
	for (size_t i = 1; i < CHECK_EPILOGUE_KINDS; i++)
		for (size_t kind = 0; kind < CHECK_KINDS; kind++)
			run(ck, (struct check_case){ .rows = 3,
			    .n = ck->k->tile_columns - kind % 2, .depth = 9,
			    .taps = 1 + i % 3, .epi = check_epilogue_kind(i) },
			    kind);
}

static void tile_shape(struct check_case *c)
{
	int starts = c->epi & CHECK_EPILOGUE_START;

	c->operands = 3;
	c->operand[0] = (struct check_operand){ starts ? CHECK_OUT :
						CHECK_INOUT, c->rows, c->n,
						c->n + c->gap, 0 };
	c->operand[1] = check_pool(c, c->depth);
	c->operand[2] = (struct check_operand){ CHECK_IN, c->taps * c->depth,
						c->n, c->panel, 1 };
	if (c->epi)
		check_epilogue_shape(c, c->rows);
}

static size_t tile_pointers(const struct check_case *c)
{
	return c->taps ? (c->taps - 1) * c->step + c->rows : 0;
}

static void tile_point(const struct check_case *c, struct check_args *x)
{
	check_point(c, x, tile_pointers(c), c->rows, c->step);
}

static void tile_call(const struct kernels *k, const struct check_case *c,
		      const struct check_args *x)
{
	struct epilogue epi = check_epilogue(c, x);

	k->tile(x->p[0], c->operand[0].stride, c->rows, c->n, c->taps,
		c->depth, x->row, c->step, x->p[2], c->epi ? &epi : NULL);
}

static double tile_truth(const struct check_case *c,
			 const struct check_args *x, size_t r, size_t j,
			 double *allowed)
{
	double total = c->epi & CHECK_EPILOGUE_START ? (double)x->p[3][j] :
		       (double)x->p[0][r * c->operand[0].stride + j];
	double size = fabs(total);

	for (size_t i = 0; i < c->taps * c->depth; i++) {
		size_t t = i / c->depth, p = i % c->depth;
		double term = (double)x->row[t * c->step + r][p] *
			      (double)x->p[2][i * c->panel + j];
		total += term;
		size += fabs(term);
	}
	total = check_epilogue_truth(c, x, r, j, total, &size);
	*allowed = check_bound(c->taps * c->depth + 3, size);
	return total;
}

/* ---- outer -------------------------------------------------------------- */

static void outer_cases(struct check *ck)
{
	static const size_t depths[] = { 0, 1, 2, 5, 33 };

	all_shapes(ck, depths, 5, 0);
	random_shapes(ck, 0);
	deep(ck, 0);
	tall(ck, 0);
}

static void outer_shape(struct check_case *c)
{
	c->operands = 3;
	c->operand[0] = (struct check_operand){ CHECK_INOUT, c->rows, c->n,
						c->n + c->gap, 0 };
	c->operand[1] = check_pool(c, c->offset + c->rows);
	c->operand[2] = (struct check_operand){ CHECK_IN, c->depth, c->n,
						c->n + c->gap, 0 };
}

static size_t outer_pointers(const struct check_case *c) { return c->depth; }

static void outer_point(const struct check_case *c, struct check_args *x)
{
	check_point(c, x, c->depth, 1, 1);
}

static void outer_call(const struct kernels *k, const struct check_case *c,
		       const struct check_args *x)
{
	k->outer(x->p[0], c->operand[0].stride, c->rows, c->n, c->depth,
		 x->row, c->offset, x->p[2], c->operand[2].stride);
}

static double outer_truth(const struct check_case *c,
			  const struct check_args *x, size_t r, size_t j,
			  double *allowed)
{
	double total = (double)x->p[0][r * c->operand[0].stride + j];
	double size = fabs(total);

	for (size_t p = 0; p < c->depth; p++) {
		double term = (double)x->row[p][c->offset + r] *
			      (double)x->p[2][p * c->operand[2].stride + j];
		total += term;
		size += fabs(term);
	}
	*allowed = check_bound(c->depth, size);
	return total;
}

/* ---- score -------------------------------------------------------------- */

static void score_cases(struct check *ck)
{
	size_t turn = 0;

	for (size_t r = 1; r <= ck->k->tile_rows; r++)
		for (size_t d = 0; d < 70; d += ck->quick ? 7 : 1)
			run(ck, (struct check_case){ .rows = r, .depth = d },
			    turn++);
	for (size_t kind = 0; kind < CHECK_KINDS; kind++)
		run(ck, (struct check_case){ .rows = ck->k->tile_rows,
		    .depth = 300 }, kind);
}

static void score_shape(struct check_case *c)
{
	const size_t wide = KERNELS_PANEL;

	c->operands = 3;
	c->operand[0] = (struct check_operand){ CHECK_OUT, c->rows, wide, wide,
						0 };
	c->operand[1] = check_pool(c, c->depth);
	c->operand[2] = (struct check_operand){ CHECK_IN, c->depth, wide, wide,
						0 };
}

static size_t score_pointers(const struct check_case *c) { return c->rows; }

static void score_point(const struct check_case *c, struct check_args *x)
{
	check_point(c, x, c->rows, 1, 1);
}

static void score_call(const struct kernels *k, const struct check_case *c,
		       const struct check_args *x)
{
	k->score(x->p[0], c->rows, c->depth, x->row, x->p[2]);
}

static double score_truth(const struct check_case *c,
			  const struct check_args *x, size_t r, size_t j,
			  double *allowed)
{
	double total = 0, size = 0;

	for (size_t p = 0; p < c->depth; p++) {
		double term = (double)x->row[r][p] *
			      (double)x->p[2][p * KERNELS_PANEL + j];
		total += term;
		size += fabs(term);
	}
	*allowed = check_bound(c->depth, size);
	return total;
}

/* ---- signatures: one matrix whatever the tile --------------------------- */

static float sign_a[2 * M * K], sign_b[2 * K * N], sign_c[M * N];

static void sign_fill(enum check_kind kind)
{
	uint64_t random = 77;

	check_fill(sign_a, 2 * M * K, kind, 0, &random);
	check_fill(sign_b, 2 * K * N, kind, 1, &random);
	check_fill(sign_c, M * N, kind, 2, &random);
}

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* For the tile from row r, column j on. */
static struct epilogue sign_ends(unsigned kind, size_t r, size_t j)
{
	struct check_case c = { .epi = kind };
	struct check_args x;

	for (size_t i = 0; i < 5; i++)
		x.p[3 + i] = sign_b + i * N + j;
	x.p[6] += r * N;
	x.p[7] += r * N;
	c.operand[6].stride = N;
	return check_epilogue(&c, &x);
}

/* sign_c over two taps of depth K, A[2][M][K], B[2 K][N]; with epilogue, start,
 * scale, shift, add and gate are lines of B. */
static void tile_sign_ends(const struct kernels *k, unsigned kind)
{
	static float packed[2 * K * KERNELS_MAX_COLUMNS];
	const float *row[2 * M];
	size_t wide = k->tile_columns;

	for (size_t i = 0; i < 2 * M; i++)
		row[i] = sign_a + i * K;
	for (size_t j = 0; j < N; j += wide) {
		for (size_t i = 0; i < 2 * K * wide; i++)
			packed[i] = j + i % wide < N ?
				    sign_b[i / wide * N + j + i % wide] : 0.0f;
		for (size_t r = 0; r < M; r += k->tile_rows) {
			struct epilogue epi = sign_ends(kind, r, j);

			k->tile(sign_c + r * N + j, N,
				smaller(k->tile_rows, M - r),
				smaller(wide, N - j), 2, K, row + r, M, packed,
				kind ? &epi : NULL);
		}
	}
}

static uint64_t tile_sign(const struct kernels *k, enum check_kind kind,
			  uint64_t hash)
{
	for (size_t i = 0; i < CHECK_EPILOGUE_KINDS; i++) {
		sign_fill(kind);
		tile_sign_ends(k, check_epilogue_kind(i));
		hash = check_hash_floats(hash, sign_c, M * N);
	}
	return hash;
}

/* C[M][N] over depth K, a[p] = row p of [K][M], b = [K][N]. */
static uint64_t outer_sign(const struct kernels *k, enum check_kind kind,
			   uint64_t hash)
{
	const float *row[K];

	sign_fill(kind);
	for (size_t p = 0; p < K; p++)
		row[p] = sign_a + p * M;
	for (size_t j = 0; j < N; j += k->tile_columns)
		for (size_t r = 0; r < M; r += k->tile_rows)
			k->outer(sign_c + r * N + j, N,
				 smaller(k->tile_rows, M - r),
				 smaller(k->tile_columns, N - j), K, row, r,
				 sign_b + j, N);
	return check_hash_floats(hash, sign_c, M * N);
}

/* M queries against one panel. */
static uint64_t score_sign(const struct kernels *k, enum check_kind kind,
			   uint64_t hash)
{
	const float *row[M];

	sign_fill(kind);
	for (size_t r = 0; r < M; r++)
		row[r] = sign_a + r * K;
	for (size_t r = 0; r < M; r += k->tile_rows)
		k->score(sign_c + r * KERNELS_PANEL,
			 smaller(k->tile_rows, M - r), K, row + r, sign_b);
	return check_hash_floats(hash, sign_c, M * KERNELS_PANEL);
}

#define TEST(function)                                                        \
	{ .name = #function, .slot = offsetof(struct kernels, function),      \
	  .cases = function##_cases, .shape = function##_shape,               \
	  .pointers = function##_pointers, .point = function##_point,         \
	  .call = function##_call, .truth = function##_truth,                 \
	  .sign = function##_sign }

const struct check_test check_tile[] = {
	TEST(tile),
	TEST(outer),
	TEST(score),
	{ .name = NULL },
};
