/* check_rows.c - rows of channels: batch norm's sums and maps, pooling. */
#include "check.h"

static struct check_operand vector(const struct check_case *c,
				   enum check_role role)
{
	return (struct check_operand){ role, 1, c->n, c->n, 0 };
}

static struct check_operand matrix(const struct check_case *c,
				   enum check_role role)
{
	return (struct check_operand){ role, c->rows, c->n, c->n, 0 };
}

static void some_rows(struct check *ck) { check_channels(ck, 0); }

static void sum_rows_shape(struct check_case *c)
{
	c->operands = 2;
	c->operand[0] = vector(c, CHECK_INOUT);
	c->operand[1] = matrix(c, CHECK_IN);
}

static void square_rows_shape(struct check_case *c)
{
	sum_rows_shape(c);
	c->operands = 3;
	c->operand[2] = vector(c, CHECK_IN);
}

static void dot_rows_shape(struct check_case *c)
{
	sum_rows_shape(c);
	c->operands = 3;
	c->operand[2] = matrix(c, CHECK_IN);
}

/* y, x, a, b: in affine2_rows y, x, z, a, b, c */
static void affine_rows_shape(struct check_case *c)
{
	c->operands = 4;
	c->operand[0] = matrix(c, CHECK_OUT);
	c->operand[1] = matrix(c, CHECK_IN);
	c->operand[2] = c->operand[3] = vector(c, CHECK_IN);
}

static void affine2_rows_shape(struct check_case *c)
{
	affine_rows_shape(c);
	c->operands = 6;
	c->operand[4] = c->operand[5] = c->operand[3];
	c->operand[2] = c->operand[1];
}

static void sum_rows_call(const struct kernels *k, const struct check_case *c,
			  const struct check_args *x)
{
	k->sum_rows(x->p[0], x->p[1], c->rows, c->n);
}

static void square_rows_call(const struct kernels *k,
			     const struct check_case *c,
			     const struct check_args *x)
{
	k->square_rows(x->p[0], x->p[1], x->p[2], c->rows, c->n);
}

static void dot_rows_call(const struct kernels *k, const struct check_case *c,
			  const struct check_args *x)
{
	k->dot_rows(x->p[0], x->p[1], x->p[2], c->rows, c->n);
}

static void affine_rows_call(const struct kernels *k,
			     const struct check_case *c,
			     const struct check_args *x)
{
	k->affine_rows(x->p[0], x->p[1], x->p[2], x->p[3], c->rows, c->n);
}

static void affine2_rows_call(const struct kernels *k,
			      const struct check_case *c,
			      const struct check_args *x)
{
	k->affine2_rows(x->p[0], x->p[1], x->p[3], x->p[2], x->p[4], x->p[5],
			c->rows, c->n);
}

/* ---- pooling: taps pointers into a matrix of taps + 1 rows with gaps ---- */

static void some_taps(struct check *ck) { check_channels(ck, 1); }

static void pool_shape(struct check_case *c)
{
	c->operands = 2;
	c->operand[0] = vector(c, CHECK_OUT);
	c->operand[1] = (struct check_operand){ CHECK_IN, c->taps + 1, c->n,
						c->n + c->gap, 0 };
}

static size_t pool_pointers(const struct check_case *c) { return c->taps; }

/* Any order, some pixels twice, and the last row's end in use. */
static void pool_point(const struct check_case *c, struct check_args *x)
{
	uint64_t random = c->seed;

	for (size_t t = 0; t < c->taps; t++)
		x->row[t] = x->p[1] + c->operand[1].stride *
			    check_below(&random, c->taps + 1);
	x->row[check_below(&random, c->taps)] =
		x->p[1] + c->operand[1].stride * c->taps;
}

static void pool_max_call(const struct kernels *k, const struct check_case *c,
			  const struct check_args *x)
{
	k->pool_max(x->p[0], c->taps, x->row, c->n);
}

/* dx, x, y, dy: dx has a row for each pixel, in another order than x. */
static void pool_max_back_shape(struct check_case *c)
{
	pool_shape(c);
	c->operands = 4;
	c->operand[0] = (struct check_operand){ CHECK_INOUT, c->taps, c->n,
						c->n + c->gap, 0 };
	c->operand[2] = c->operand[3] = vector(c, CHECK_IN);
}

static void pool_max_back_call(const struct kernels *k,
			       const struct check_case *c,
			       const struct check_args *x)
{
	float *dx[CHECK_POINTERS];

	for (size_t t = 0; t < c->taps; t++)
		dx[t] = x->p[0] + (c->taps - 1 - t) * c->operand[0].stride;
	k->pool_max_back(c->taps, dx, x->row, x->p[2], x->p[3], c->n);
}

static void pool_sum_call(const struct kernels *k, const struct check_case *c,
			  const struct check_args *x)
{
	k->pool_sum(x->p[0], c->taps, x->row, c->a, c->n);
}

#define ROWS(function, may_be)                                                \
	{ .name = #function, .slot = offsetof(struct kernels, function),      \
	  .cases = some_rows, .shape = function##_shape,                      \
	  .call = function##_call, .aliases = may_be }
#define POOL(function, form)                                                  \
	{ .name = #function, .slot = offsetof(struct kernels, function),      \
	  .cases = some_taps, .shape = form, .pointers = pool_pointers,       \
	  .point = pool_point, .call = function##_call }

const struct check_test check_rows[] = {
	ROWS(sum_rows, 0),
	ROWS(square_rows, 0),
	ROWS(dot_rows, 0),
	ROWS(affine_rows, 1u << 1),
	ROWS(affine2_rows, 1u << 1 | 1u << 2),
	POOL(pool_max, pool_shape),
	POOL(pool_max_back, pool_max_back_shape),
	POOL(pool_sum, pool_shape),
	{ .name = NULL },
};
