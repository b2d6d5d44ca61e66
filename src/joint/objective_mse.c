/*
 * objective_mse.c - half the mean squared distance (Caffe's EuclideanLoss; a
 * run of Gomez et al. 2019):
 *	L = 1/2n sum |a - p|^2, da = (a - p) / n, dp = (p - a) / n.
 */
#include "joint/objective.h"

static double mse_loss(const struct objective *j,
		       const struct objective_batch *b)
{
	double sum = 0;

	for (size_t i = 0; i < b->n * j->dim; i++) {
		double d = (double)b->out[i] - (double)b->target[i];

		sum += d * d;
		b->gradient[i] = (b->out[i] - b->target[i]) / (float)b->n;
		if (b->target_gradient)
			b->target_gradient[i] = -b->gradient[i];
	}
	return b->n ? sum / (2 * (double)b->n) : 0;
}

const struct objective_type objective_mse = { .loss = mse_loss };
