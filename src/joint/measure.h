/*
 * measure.h - how well pictures and texts of the same posts find each other,
 * for the validation of a run: from unit vectors of both sides.
 *
 * A text finds its picture at a rank among all, from 1; a score that is not
 * less than its own counts against it.  The same the other way round.
 */
#ifndef MEASURE_H
#define MEASURE_H

#include "math/machine.h"

/* What a run is validated by. */
enum measure {
	MEASURE_NONE,
	MEASURE_LOSS,			/* the objective's, per post */
	MEASURE_R10,			/* mean of R@10 both ways, per cent */
	MEASURE_RSUM,			/* R@1 + R@5 + R@10, both ways */
};
extern const char *const measure_names[];	/* NULL at the end */

/* Rows of unit length: pictures [n, dim], texts [n, dim]. */
int measure_recall(enum measure how, const float *pictures, const float *texts,
		   size_t n, size_t dim, const struct machine *m,
		   double *value, struct error *e);
/* Rows [n, dim], less their mean if `center`, at unit length. */
int measure_unit(float *rows, size_t n, size_t dim, int center,
		 const struct machine *m, struct error *e);

#endif
