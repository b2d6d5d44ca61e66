/* check_learn.c - steps of the optimisers: glove, lda, sgd. */
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

static void lda_shape(struct check_case *c)
{
	c->operands = 6;
	c->operand[0] = (struct check_operand){ CHECK_OUT, 1, 1, 1, 0 };
	for (int i = 1; i < 6; i++)
		c->operand[i] = (struct check_operand){
			i < 3 ? CHECK_INOUT : CHECK_IN, 1, c->n, c->n, 0 };
}

static void lda_call(const struct kernels *k, const struct check_case *c,
		     const struct check_args *x)
{
	x->p[0][0] = k->lda(x->p[1], x->p[2], x->p[3], x->p[4], x->p[5], c->n);
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
	{ .name = "lda", .slot = offsetof(struct kernels, lda),
	  .cases = check_sizes, .shape = lda_shape, .call = lda_call },
	{ .name = "sgd", .slot = offsetof(struct kernels, sgd),
	  .cases = check_sizes, .shape = sgd_shape, .call = sgd_call },
	{ .name = NULL },
};
