/*
 * objective_regress.c - sigmoid cross-entropy of each dimension onto the
 * target's (Gomez et al. 2018; Caffe's SigmoidCrossEntropyLoss):
 *	L = -1/n sum [t log s(x) + (1 - t) log(1 - s(x))], g = (s(x) - t) / n.
 *
 * Loss values are doubles, one operation at a time in the order of rows and of
 * elements within a row: they decide when to stop and which weights are kept,
 * so they follow the numeric law too.  Gradients are floats: kernels, or one
 * rounding per operation.
 */
#include "joint/objective_parts.h"

#include <math.h>

#include "joint/objective.h"

/* -[t log s(x) + (1 - t) log(1 - s(x))] = max(x, 0) - t x + log(1 + exp(-|x|))
 * without overflow; the last term in floats. */
static double sigmoid_row(const float *x, const float *t, size_t dim,
			  float *scratch, const struct kernels *k)
{
	double sum = 0;

	for (size_t j = 0; j < dim; j++)
		scratch[j] = -fabsf(x[j]);
	k->exp(scratch, scratch, dim);
	for (size_t j = 0; j < dim; j++)
		scratch[j] = 1.0f + scratch[j];
	k->log(scratch, scratch, dim);
	for (size_t j = 0; j < dim; j++) {
		double above = x[j] > 0 ? (double)x[j] : 0;

		sum += (above - (double)t[j] * (double)x[j]) +
		       (double)scratch[j];
	}
	return sum;
}

double objective_regress_loss(float *g, const float *x, const float *t,
			      size_t n, size_t dim, float *scratch,
			      const struct kernels *k)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++) {
		const float *xi = x + i * dim, *ti = t + i * dim;
		float *gi = g + i * dim;

		sum += sigmoid_row(xi, ti, dim, scratch, k);
		k->sigmoid(scratch, xi, dim);
		for (size_t j = 0; j < dim; j++)
			gi[j] = (scratch[j] - ti[j]) / (float)n;
	}
	return n ? sum / (double)n : 0;
}

static size_t regress_scratch(size_t most, size_t dim)
{
	(void)most;
	return 2 * dim;
}

/* d/dt of a row is -x / n. */
static void regress_by_target(const struct objective *j,
			      const struct objective_batch *b)
{
	for (size_t i = 0; i < b->n * j->dim; i++)
		b->target_gradient[i] = -b->out[i] / (float)b->n;
}

static double regress_loss(const struct objective *j,
			   const struct objective_batch *b)
{
	if (b->target_gradient)
		regress_by_target(j, b);
	return objective_regress_loss(b->gradient, b->out, b->target, b->n,
				      j->dim, j->scratch, j->machine->kernels);
}

const struct objective_type objective_regress = {
	.is_logistic = 1, .scratch = regress_scratch,
	.loss = regress_loss,
};
