/*
 * objective_cosine.c - one minus the cosine, as torch's CosineEmbeddingLoss of
 * matching pairs has it:
 *	L = 1/n sum (1 - u.v), du = -v / n, dv = -u / n
 * with u, v the unit vectors of picture and text; objective_norm.c has their
 * gradients.
 */
#include "joint/objective.h"

static double cosine_loss(const struct objective *j,
			  const struct objective_batch *b)
{
	const struct kernels *k = j->machine->kernels;
	double sum = 0;

	for (size_t i = 0; i < b->n; i++)
		sum += 1 - (double)k->dot(b->out + i * j->dim,
					  b->target + i * j->dim, j->dim);
	for (size_t i = 0; i < b->n * j->dim; i++) {
		b->gradient[i] = -b->target[i] / (float)b->n;
		if (b->target_gradient)
			b->target_gradient[i] = -b->out[i] / (float)b->n;
	}
	return b->n ? sum / (double)b->n : 0;
}

const struct objective_type objective_cosine = {
	.defaults = { .norm = OBJECTIVE_UNIT }, .is_cosine = 1,
	.loss = cosine_loss,
};
