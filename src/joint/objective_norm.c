/*
 * objective_norm.c - unit vectors before an objective, and the way of their
 * gradients through them.
 *	u = x / |x| (0 where |x| is 0)
 *	dx = (du - u (u . du)) / |x|, by OBJECTIVE_RELU 0 where the ReLU was
 * |x| is sqrtf(dot), quotients are float divisions.
 */
#include "joint/objective_norm.h"

#include <math.h>

struct norm_job {
	struct objective *j;
	int side, relu;
	const float *x;
	float *g;
};

static void norm_row(void *context, size_t i, int thread)
{
	const struct norm_job *job = context;
	size_t dim = job->j->dim;
	const struct kernels *k = job->j->machine->kernels;
	const float *x = job->x + i * dim;
	float *u = job->j->unit[job->side] + i * dim, length;

	(void)thread;
	if (job->relu) {
		for (size_t d = 0; d < dim; d++)
			u[d] = x[d] <= 0 ? 0 : x[d];	/* a NaN stays */
		x = u;
	}
	length = sqrtf(k->dot(x, x, dim));
	for (size_t d = 0; d < dim; d++)
		u[d] = length > 0 ? x[d] / length : length * x[d];
	job->j->length[job->side][i] = length;
}

static void norm_back(void *context, size_t i, int thread)
{
	const struct norm_job *job = context;
	size_t dim = job->j->dim;
	const float *u = job->j->unit[job->side] + i * dim;
	const float *x = job->x + i * dim;
	float length = job->j->length[job->side][i];
	float *g = job->g + i * dim;
	float along = job->j->machine->kernels->dot(u, g, dim);

	(void)thread;
	for (size_t d = 0; d < dim; d++)
		g[d] = length > 0 && (!job->relu || x[d] > 0) ?
		       fmaf(-along, u[d], g[d]) / length : 0;
}

double objective_unit_loss(struct objective *j,
			   const struct objective_batch *b,
			   double (*loss)(struct objective *j,
					  const struct objective_batch *b))
{
	struct pool *pool = j->machine->pool;
	struct norm_job out = { j, 0, j->settings.norm == OBJECTIVE_RELU,
				b->out, b->gradient };
	struct norm_job target = { j, 1, 0, b->target, b->target_gradient };
	struct objective_batch unit = *b;
	double value;

	pool_run(pool, b->n, norm_row, &out);
	pool_run(pool, b->n, norm_row, &target);
	unit.out = j->unit[0];
	unit.target = j->unit[1];
	value = loss(j, &unit);
	pool_run(pool, b->n, norm_back, &out);
	if (b->target_gradient)
		pool_run(pool, b->n, norm_back, &target);
	return value;
}
