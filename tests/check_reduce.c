/* check_reduce.c - sums along one axis: dot, sum. */
#include "check.h"

#include <math.h>

static void dot_shape(struct check_case *c)
{
	c->operands = 3;
	c->operand[0] = (struct check_operand){ CHECK_OUT, 1, 1, 1, 0 };
	c->operand[1] = (struct check_operand){ CHECK_IN, 1, c->n, c->n, 0 };
	c->operand[2] = c->operand[1];
}

static void dot_call(const struct kernels *k, const struct check_case *c,
		     const struct check_args *x)
{
	x->p[0][0] = k->dot(x->p[1], x->p[2], c->n);
}

static double dot_truth(const struct check_case *c, const struct check_args *x,
			size_t r, size_t j, double *allowed)
{
	double total = 0, size = 0;

	(void)r, (void)j;
	for (size_t i = 0; i < c->n; i++) {
		double term = (double)x->p[1][i] * (double)x->p[2][i];
		total += term;
		size += fabs(term);
	}
	*allowed = check_bound(c->n, size);
	return total;
}

static void sum_shape(struct check_case *c)
{
	dot_shape(c);
	c->operands = 2;
}

static void sum_call(const struct kernels *k, const struct check_case *c,
		     const struct check_args *x)
{
	x->p[0][0] = k->sum(x->p[1], c->n);
}

static double sum_truth(const struct check_case *c, const struct check_args *x,
			size_t r, size_t j, double *allowed)
{
	double total = 0, size = 0;

	(void)r, (void)j;
	for (size_t i = 0; i < c->n; i++) {
		total += (double)x->p[1][i];
		size += fabs((double)x->p[1][i]);
	}
	*allowed = check_bound(c->n, size);
	return total;
}

const struct check_test check_reduce[] = {
	{ .name = "dot", .slot = offsetof(struct kernels, dot),
	  .cases = check_sizes, .shape = dot_shape, .call = dot_call,
	  .truth = dot_truth },
	{ .name = "sum", .slot = offsetof(struct kernels, sum),
	  .cases = check_sizes, .shape = sum_shape, .call = sum_call,
	  .truth = sum_truth },
	{ .name = NULL },
};
