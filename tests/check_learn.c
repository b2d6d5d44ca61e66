/* check_learn.c - steps of the optimisers: glove, sgd. */
#include "check.h"

static void glove_shape(struct check_case *c)
{
	c->operands = 4;
	for (int i = 0; i < 4; i++)
		c->operand[i] = (struct check_operand){ CHECK_INOUT, 1, c->n,
							c->n, 0 };
}

static void glove_call(const struct kernels *k, const struct check_case *c,
		       const struct check_args *x)
{
	k->glove(x->p[0], x->p[1], x->p[2], x->p[3], c->a, c->b, c->n);
}

static void sgd_shape(struct check_case *c)
{
	glove_shape(c);
	c->operands = 3;
	c->operand[2].role = CHECK_IN;
}

static void sgd_call(const struct kernels *k, const struct check_case *c,
		     const struct check_args *x)
{
	k->sgd(x->p[0], x->p[1], x->p[2], c->a, c->b, c->c, c->n);
}

const struct check_test check_learn[] = {
	{ .name = "glove", .slot = offsetof(struct kernels, glove),
	  .cases = check_sizes, .shape = glove_shape, .call = glove_call },
	{ .name = "sgd", .slot = offsetof(struct kernels, sgd),
	  .cases = check_sizes, .shape = sgd_shape, .call = sgd_call },
	{ .name = NULL },
};
