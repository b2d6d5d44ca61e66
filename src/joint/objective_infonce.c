/*
 * objective_infonce.c - each picture tells its text from all others of the
 * batch, and each text its picture (InfoNCE: van den Oord et al. 2018; both
 * ways with a learned temperature: CLIP, Radford et al. 2021).  With s the
 * cosine of picture and text, t the temperature, j over other posts and i:
 *	L = -1/2n sum_i [s_ii / t - log sum_j exp(s_ij / t)] and both ways
 *	dL/ds_ij = (softmax_j(s_i / t) - [i = j]) / (2 n t) and both ways
 * exp and log are the kernels'; what is left out has a softmax of 0.
 */
#include "joint/objective_pairs.h"

#include <math.h>

static double infonce_row(const struct objective_row *r)
{
	const struct kernels *k = r->j->machine->kernels;
	float top = r->s[r->own] * r->scale, own = top, total;
	float by = r->scale / (2.0f * (float)r->n);

	for (size_t i = 0; i < r->n; i++) {
		r->g[i] = i == r->own || objective_row_other(r, i) ?
			  r->s[i] * r->scale : -INFINITY;
		top = r->g[i] > top ? r->g[i] : top;
	}
	for (size_t i = 0; i < r->n; i++)
		r->g[i] = r->g[i] - top;
	k->exp(r->g, r->g, r->n);
	total = k->sum(r->g, r->n);
	for (size_t i = 0; i < r->n; i++) {
		float p = r->g[i] / total;

		r->g[i] = (i == r->own ? p - 1.0f : p) * by;
	}
	k->log(&total, &total, 1);
	return ((double)total - ((double)own - (double)top)) /
	       (2 * (double)r->n);
}

const struct objective_type objective_infonce = {
	.defaults = { .norm = OBJECTIVE_UNIT, .temperature = 0.07f },
	.params = 1, .is_cosine = 1, .row = infonce_row,
};
