/* check_learn.c - steps of the optimisers: glove, lda, sgd, adam. */
#include "check.h"

static void some_taps(struct check *ck) { check_channels(ck, 1); }

/* taps pairs among taps + 1 rows, then ln X, weight, loss */
static void glove_shape(struct check_case *c)
{
	size_t row = 2 * (c->n / 16 + 1) * 16;

	c->operands = 4;
	c->operand[0] = (struct check_operand){ CHECK_INOUT, c->taps + 1, row,
						row + c->gap, 0 };
	for (int i = 1; i < 4; i++)
		c->operand[i] = (struct check_operand){
			i == 3 ? CHECK_OUT : CHECK_IN, 1, i == 3 ? 1 : c->taps,
			i == 3 ? 1 : c->taps, 0 };
}

static void glove_call(const struct kernels *k, const struct check_case *c,
		       const struct check_args *x)
{
	const struct glove_rule rule = {
		.n = c->n, .half = (c->n / 16 + 1) * 16,
		.scale = c->a, .rate = c->b, .clip = 100, .part = c->c,
	};
	float *a[CHECK_POINTERS], *b[CHECK_POINTERS];
	size_t stride = c->operand[0].stride;
	uint64_t random = c->seed;
	double loss = 0;

	for (size_t t = 0; t < c->taps; t++) {
		size_t p = check_below(&random, c->taps + 1);
		size_t q = (p + 1 + check_below(&random, c->taps)) %
			   (c->taps + 1);

		a[t] = x->p[0] + p * stride;
		b[t] = x->p[0] + q * stride;
	}
	k->glove(&loss, a, b, x->p[1], x->p[2], c->taps, &rule);
	x->p[3][0] = (float)loss;
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
	c->operands = 3;
	for (int i = 0; i < 3; i++)
		c->operand[i] = (struct check_operand){
			i == 2 ? CHECK_IN : CHECK_INOUT, 1, c->n, c->n, 0 };
}

static void sgd_call(const struct kernels *k, const struct check_case *c,
		     const struct check_args *x)
{
	k->sgd(x->p[0], x->p[1], x->p[2], c->a, c->b, c->c, c->n);
}

static void adam_shape(struct check_case *c)
{
	c->operands = 4;
	for (int i = 0; i < 4; i++)
		c->operand[i] = (struct check_operand){
			i == 3 ? CHECK_IN : CHECK_INOUT, 1, c->n, c->n, 0 };
}

/* A mean of squares is not negative. */
static void adam_call(const struct kernels *k, const struct check_case *c,
		      const struct check_args *x)
{
	const struct adam_rule rule = {
		.scale = c->a, .inside = c->b, .outside = c->c,
		.beta1 = 0.9f, .rest1 = 0.1f, .beta2 = 0.99f, .rest2 = 0.01f,
		.rate = 0.5f, .square = 3, .epsilon = 1e-3f,
	};

	for (size_t i = 0; i < c->n; i++)
		x->p[2][i] = x->p[2][i] < 0 ? -x->p[2][i] : x->p[2][i];
	k->adam(x->p[0], x->p[1], x->p[2], x->p[3], &rule, c->n);
}

const struct check_test check_learn[] = {
	{ .name = "glove", .slot = offsetof(struct kernels, glove),
	  .cases = some_taps, .shape = glove_shape, .call = glove_call },
	{ .name = "lda", .slot = offsetof(struct kernels, lda),
	  .cases = check_sizes, .shape = lda_shape, .call = lda_call },
	{ .name = "sgd", .slot = offsetof(struct kernels, sgd),
	  .cases = check_sizes, .shape = sgd_shape, .call = sgd_call },
	{ .name = "adam", .slot = offsetof(struct kernels, adam),
	  .cases = check_sizes, .shape = adam_shape, .call = adam_call },
	{ .name = NULL },
};
