/*
 * objective_siglip.c - every pair of the batch by itself: is this the picture
 * of this text? (SigLIP, Zhai et al. 2023.)  With s the cosine of picture and
 * text, y = 1 of a matching pair and -1 of others, t and b learned:
 *	z = s / t + b, L = 1/n sum_ij log(1 + exp(-y z))
 *	dL/dz_ij = -y / (1 + exp(y z)) / n
 * t begins at 1/10, b at -10.
 */
#include "joint/objective_pairs.h"

#include <math.h>

/* -y z of each pair; -infinity where it is none. */
static void siglip_logits(const struct objective_row *r)
{
	for (size_t i = 0; i < r->n; i++) {
		float z = r->s[i] * r->scale + r->bias;

		r->g[i] = i == r->own ? -z :
			  objective_row_other(r, i) ? z : -INFINITY;
	}
}

static double siglip_row(const struct objective_row *r)
{
	const struct kernels *k = r->j->machine->kernels;
	float by = r->scale / (float)r->n;
	double sum = 0;

	siglip_logits(r);
	for (size_t i = 0; i < r->n; i++) {
		sum += r->g[i] > 0 ? (double)r->g[i] : 0;
		r->g[i] = -fabsf(r->g[i]);
	}
	k->exp(r->g, r->g, r->n);
	for (size_t i = 0; i < r->n; i++)
		r->g[i] = 1.0f + r->g[i];
	k->log(r->g, r->g, r->n);
	for (size_t i = 0; i < r->n; i++)
		sum += (double)r->g[i];
	siglip_logits(r);
	k->sigmoid(r->g, r->g, r->n);
	for (size_t i = 0; i < r->n; i++)
		r->g[i] = (i == r->own ? -r->g[i] : r->g[i]) * by;
	return sum / (double)r->n;
}

const struct objective_type objective_siglip = {
	.defaults = { .norm = OBJECTIVE_UNIT, .temperature = 0.1f },
	.params = 2, .bias = -10, .is_cosine = 1,
	.row = siglip_row, .one_way = 1,
};
