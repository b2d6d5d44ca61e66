/*
 * objective_norm.h - an objective of unit vectors.
 */
#ifndef OBJECTIVE_NORM_H
#define OBJECTIVE_NORM_H

#include "joint/objective.h"

/* The loss of the batch's unit vectors, and its gradients by the vectors
 * themselves.  Negatives that were drawn are unit vectors already. */
double objective_unit_loss(struct objective *j,
			   const struct objective_batch *b,
			   double (*loss)(struct objective *j,
					  const struct objective_batch *b));

#endif
