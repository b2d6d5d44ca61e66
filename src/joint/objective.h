/*
 * objective.h - what a net is taught by one batch: a loss of nn/loss.h, its
 * negatives, and what the net's output means afterwards.
 *
 * A new objective is a name and a loss in objective.c's table.
 */
#ifndef OBJECTIVE_H
#define OBJECTIVE_H

#include "base/mem.h"
#include "joint/learn.h"

struct objective {
	const struct learn_options *o;
	const struct kernels *kernels;
	size_t dim;
	uint32_t *negative;		/* [batch] */
	float *scratch;			/* [max(batch, 2 dim)] */
};

int objective_open(struct objective *j, const struct learn_options *o,
		   size_t dim, const struct kernels *k, struct error *e);
void objective_close(struct objective *j);

/* Of n rows [n, dim]: returns the loss, fills the gradient. */
double objective_loss(struct objective *j, float *gradient, const float *out,
		      const float *target, size_t n, uint64_t step);

/* Is a picture's vector the logistic function of the net's output?  For
 * regression; for either loss when compared as the papers' programs do. */
int objective_is_logistic(const struct learn_options *o);

#endif
