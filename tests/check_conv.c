/*
 * check_conv.c - convolutions with one input channel for each output channel:
 * depthwise, depthwise_outer.
 *
 * Operands: 0 the output, 1 a pool of rows the pointers point into, 2 the
 * weights or B, then the epilogue's.
 */
#include "check.h"

#include <math.h>

enum { SMALL = 68, DEEPEST = 300 };

#define ARRAY(a) (sizeof(a) / sizeof(*(a)))

static void run(struct check *ck, struct check_case c, size_t turn)
{
	c.kind = (enum check_kind)(turn % CHECK_KINDS);
	c.gap = check_below(&ck->random, 2) ? 0 : check_below(&ck->random, 9);
	c.step = c.rows + check_below(&ck->random, 3);
	c.epi = CHECK_EPILOGUE_START |
		 check_epilogue_kind(1 + check_below(&ck->random,
						     CHECK_EPILOGUE_KINDS - 1));
	check_case(ck, &c);
}

/* ---- depthwise ---------------------------------------------------------- */

/* Of a case: taps is how high the window is, depth how wide, offset how far it
 * moves (0 counts as 1). */
static const struct { size_t high, wide, row; } windows[] = {
	{ 0, 1, 1 }, { 1, 1, 1 }, { 2, 1, 1 }, { 9, 1, 1 }, { 64, 1, 1 },
	{ 3, 3, 1 }, { 3, 3, 2 }, { 1, 3, 1 }, { 4, 3, 2 }, { 2, 3, 3 },
	{ 5, 5, 1 }, { 2, 4, 2 }, { 8, 8, 1 },
};

static void depthwise_cases(struct check *ck)
{
	static const size_t large[] = { 97, 128, 257, 1009 };
	size_t turn = 0, rows = ck->k->tile_rows;

	for (size_t n = 0; n < SMALL; n++)
		for (size_t r = 1; r <= rows; r++)
			for (size_t t = 0; t < ARRAY(windows); t++)
				if (turn++ % (ck->quick ? 17 : 2) == 0)
					run(ck, (struct check_case){ .n = n,
					    .rows = r, .taps = windows[t].high,
					    .depth = windows[t].wide,
					    .offset = windows[t].row },
					    turn / (ck->quick ? 17 : 2));
	for (size_t i = 0; i < 4 * CHECK_KINDS; i++)
		run(ck, (struct check_case){ .n = large[i % 4], .rows = rows,
		    .taps = 3, .depth = 3, .offset = 1 + i % 3 }, i / 4);
	for (size_t r = rows + 1; r <= 3 * rows + 1; r++)
		for (size_t n = 15; n < 34; n += 3, turn++)
			run(ck, (struct check_case){ .n = n, .rows = r,
			    .taps = 3, .depth = 3, .offset = 1 + turn % 3 },
			    turn);
}

/* Pointers of a line that are used. */
static size_t depthwise_line(const struct check_case *c)
{
	return (c->rows - 1) * c->offset + c->depth;
}

static void depthwise_shape(struct check_case *c)
{
	c->depth = c->depth ? c->depth : 1;
	c->offset = c->offset ? c->offset : 1;
	if (c->step < depthwise_line(c))
		c->step = depthwise_line(c);
	c->epi |= CHECK_EPILOGUE | CHECK_EPILOGUE_START;
	c->operand[0] = (struct check_operand){ CHECK_OUT, c->rows, c->n,
						c->n + c->gap, 0 };
	c->operand[1] = check_pool(c, c->n);
	c->operand[2] = (struct check_operand){ CHECK_IN, c->taps * c->depth,
						c->n, c->n, 0 };
	check_epilogue_shape(c, c->rows);
}

static size_t depthwise_pointers(const struct check_case *c)
{
	return c->taps ? (c->taps - 1) * c->step + depthwise_line(c) : 0;
}

static void depthwise_point(const struct check_case *c, struct check_args *x)
{
	check_point(c, x, depthwise_pointers(c), depthwise_line(c), c->step);
}

static void depthwise_call(const struct kernels *k, const struct check_case *c,
			   const struct check_args *x)
{
	struct epilogue epi = check_epilogue(c, x);

	k->depthwise(x->p[0], c->operand[0].stride, c->rows, c->n, c->taps,
		     c->depth, x->row, c->step, c->offset, x->p[2], &epi);
}

static double depthwise_truth(const struct check_case *c,
			      const struct check_args *x, size_t r, size_t j,
			      double *allowed)
{
	double total = (double)x->p[3][j], size = fabs(total);

	for (size_t t = 0; t < c->taps * c->depth; t++) {
		double term = (double)x->row[t / c->depth * c->step +
					     r * c->offset + t % c->depth][j] *
			      (double)x->p[2][t * c->n + j];
		total += term;
		size += fabs(term);
	}
	total = check_epilogue_truth(c, x, r, j, total, &size);
	*allowed = check_bound(c->taps * c->depth + 3, size);
	return total;
}

/* M pixels of N channels, T taps, whatever the tile. */
static uint64_t depthwise_sign(const struct kernels *k, enum check_kind kind,
			       uint64_t hash)
{
	enum { M = 13, N = 37, T = 9 };
	static float data[(T + 5 + M) * N], out[M * N], pixels[T * M * N];
	const float *row[T * M];
	uint64_t random = 99;

	check_fill(data, (T + 5 + M) * N, kind, 0, &random);
	check_fill(pixels, T * M * N, kind, 1, &random);
	for (size_t i = 0; i < T * M; i++)
		row[i] = pixels + i * N;
	for (size_t i = 1; i < CHECK_EPILOGUE_KINDS; i++) {
		struct check_case c = { .epi = check_epilogue_kind(i) |
						CHECK_EPILOGUE_START };
		struct check_args x = { .row = row };

		c.operand[6].stride = N;
		for (size_t r = 0; r < M; r += k->tile_rows) {
			size_t rows = M - r < k->tile_rows ? M - r :
				      k->tile_rows;
			struct epilogue epi;

			for (size_t p = 3; p < 8; p++)
				x.p[p] = data + (T + p - 3) * N;
			x.p[6] += r * N;
			x.p[7] += r * N;
			epi = check_epilogue(&c, &x);
			k->depthwise(out + r * N, N, rows, N, T, 1,
				     row + r, M, 1, data, &epi);
		}
		hash = check_hash_floats(hash, out, M * N);
	}
	return hash;
}

/* ---- depthwise_outer ---------------------------------------------------- */

static void depthwise_outer_cases(struct check *ck)
{
	static const size_t depths[] = { 0, 1, 2, 5, 33, 128, DEEPEST };
	static const size_t large[] = { 97, 128, 257, 1009 };
	size_t turn = 0;

	for (size_t n = 0; n < SMALL; n++)
		for (size_t d = 0; d < 7; d++)
			if (turn++ % (ck->quick ? 9 : 1) == 0)
				run(ck, (struct check_case){ .n = n,
				    .depth = depths[d] }, turn);
	for (size_t i = 0; i < 4 * CHECK_KINDS; i++)
		run(ck, (struct check_case){ .n = large[i % 4], .depth = 21 },
		    i / 4);
}

static void depthwise_outer_shape(struct check_case *c)
{
	c->operands = 3;
	c->operand[0] = (struct check_operand){ CHECK_INOUT, 1, c->n, c->n,
						0 };
	c->operand[1] = check_pool(c, c->n);
	c->operand[2] = (struct check_operand){ CHECK_IN, c->depth, c->n,
						c->n + c->gap, 0 };
}

static size_t depthwise_outer_pointers(const struct check_case *c)
{
	return c->depth;
}

static void depthwise_outer_point(const struct check_case *c,
				  struct check_args *x)
{
	check_point(c, x, c->depth, 1, 1);
}

static void depthwise_outer_call(const struct kernels *k,
				 const struct check_case *c,
				 const struct check_args *x)
{
	k->depthwise_outer(x->p[0], c->n, c->depth, x->row, x->p[2],
			   c->operand[2].stride);
}

static double depthwise_outer_truth(const struct check_case *c,
				    const struct check_args *x, size_t r,
				    size_t j, double *allowed)
{
	double total = (double)x->p[0][j], size = fabs(total);

	(void)r;
	for (size_t p = 0; p < c->depth; p++) {
		double term = (double)x->row[p][j] *
			      (double)x->p[2][p * c->operand[2].stride + j];
		total += term;
		size += fabs(term);
	}
	*allowed = check_bound(c->depth, size);
	return total;
}

#define TEST(function, signs)                                                 \
	{ .name = #function, .slot = offsetof(struct kernels, function),      \
	  .cases = function##_cases, .shape = function##_shape,               \
	  .pointers = function##_pointers, .point = function##_point,         \
	  .call = function##_call, .truth = function##_truth, .sign = signs }

const struct check_test check_conv[] = {
	TEST(depthwise, depthwise_sign),
	TEST(depthwise_outer, NULL),
	{ .name = NULL },
};
