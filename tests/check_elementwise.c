/* check_elementwise.c - arrays element by element: axpy to relu_back. */
#include "check.h"

#include <math.h>

/* One output (or in-and-output) and `inputs` inputs, n floats each. */
static void arrays(struct check_case *c, enum check_role role, int inputs)
{
	c->operands = 1 + inputs;
	for (int i = 0; i < c->operands; i++)
		c->operand[i] = (struct check_operand){ i ? CHECK_IN : role, 1,
							c->n, c->n, 0 };
}

static void axpy_shape(struct check_case *c) { arrays(c, CHECK_INOUT, 1); }
static void one_shape(struct check_case *c) { arrays(c, CHECK_OUT, 1); }
static void two_shape(struct check_case *c) { arrays(c, CHECK_OUT, 2); }

static void axpy_call(const struct kernels *k, const struct check_case *c,
		      const struct check_args *x)
{
	k->axpy(x->p[0], c->a, x->p[1], c->n);
}

static void scale_call(const struct kernels *k, const struct check_case *c,
		       const struct check_args *x)
{
	k->scale(x->p[0], c->a, x->p[1], c->n);
}

static void add_call(const struct kernels *k, const struct check_case *c,
		     const struct check_args *x)
{
	k->add(x->p[0], x->p[1], x->p[2], c->n);
}

static void mul_call(const struct kernels *k, const struct check_case *c,
		     const struct check_args *x)
{
	k->mul(x->p[0], x->p[1], x->p[2], c->n);
}

/* inf is the usual one; 6 and 0.5 have data on both sides. */
static float high(const struct check_case *c)
{
	static const float highs[] = { INFINITY, 6.0f, 0.5f };

	return highs[c->seed % 3];
}

static void relu_call(const struct kernels *k, const struct check_case *c,
		      const struct check_args *x)
{
	k->relu(x->p[0], x->p[1], high(c), c->n);
}

static void relu_back_call(const struct kernels *k, const struct check_case *c,
			   const struct check_args *x)
{
	k->relu_back(x->p[0], x->p[1], x->p[2], high(c), c->n);
}

#define TEST(function, form, may_be)                                          \
	{ .name = #function, .slot = offsetof(struct kernels, function),      \
	  .cases = check_sizes, .shape = form, .call = function##_call,       \
	  .aliases = may_be }

const struct check_test check_elementwise[] = {
	TEST(axpy, axpy_shape, 0),
	TEST(scale, one_shape, 1u << 1),
	TEST(add, two_shape, 1u << 1 | 1u << 2),
	TEST(mul, two_shape, 1u << 1 | 1u << 2),
	TEST(relu, one_shape, 1u << 1),
	TEST(relu_back, two_shape, 1u << 1),
	{ .name = NULL },
};
