/* check_sgns.c - negative sampling: dots, sgns, spread. */
#include "check.h"

static void some_taps(struct check *ck) { check_channels(ck, 1); }

static struct check_operand row(enum check_role role, size_t columns)
{
	return (struct check_operand){ role, 1, columns, columns, 0 };
}

/* taps rows with gaps, which are pointed to in any order, some twice, the last
 * for certain */
static struct check_operand rows(const struct check_case *c,
				 enum check_role role)
{
	return (struct check_operand){ role, c->taps, c->n, c->n + c->gap, 0 };
}

static void point(const struct check_case *c, float *base, size_t stride,
		  float **to)
{
	uint64_t random = c->seed;

	for (size_t t = 0; t < c->taps; t++)
		to[t] = base + stride * check_below(&random, c->taps);
	to[check_below(&random, c->taps)] = base + stride * (c->taps - 1);
}

static void dots_shape(struct check_case *c)
{
	c->operands = 3;
	c->operand[0] = row(CHECK_OUT, c->taps);
	c->operand[1] = rows(c, CHECK_IN);
	c->operand[2] = row(CHECK_IN, c->n);
}

static void dots_call(const struct kernels *k, const struct check_case *c,
		      const struct check_args *x)
{
	float *b[CHECK_POINTERS];
	const float *from[CHECK_POINTERS];

	point(c, x->p[1], c->operand[1].stride, b);
	for (size_t t = 0; t < c->taps; t++)
		from[t] = b[t];
	k->dots(x->p[0], x->p[2], from, c->taps, c->n);
}

/* b, g, a, w */
static void sgns_shape(struct check_case *c)
{
	c->operands = 4;
	c->operand[0] = rows(c, CHECK_INOUT);
	c->operand[1] = row(CHECK_INOUT, c->n);
	c->operand[2] = row(CHECK_IN, c->n);
	c->operand[3] = row(CHECK_IN, c->taps);
}

static void sgns_call(const struct kernels *k, const struct check_case *c,
		      const struct check_args *x)
{
	float *b[CHECK_POINTERS];

	point(c, x->p[0], c->operand[0].stride, b);
	k->sgns(x->p[1], x->p[2], x->p[3], b, c->taps, c->n);
}

static void spread_shape(struct check_case *c)
{
	c->operands = 2;
	c->operand[0] = rows(c, CHECK_INOUT);
	c->operand[1] = row(CHECK_IN, c->n);
}

static void spread_call(const struct kernels *k, const struct check_case *c,
			const struct check_args *x)
{
	float *y[CHECK_POINTERS];

	point(c, x->p[0], c->operand[0].stride, y);
	k->spread(y, x->p[1], c->taps, c->n);
}

#define SGNS(function)                                                        \
	{ .name = #function, .slot = offsetof(struct kernels, function),      \
	  .cases = some_taps, .shape = function##_shape,                      \
	  .call = function##_call }

const struct check_test check_sgns[] = {
	SGNS(dots),
	SGNS(sgns),
	SGNS(spread),
	{ .name = NULL },
};
