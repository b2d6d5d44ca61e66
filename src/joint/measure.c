/* measure.c - see measure.h. */
#include "joint/measure.h"

#include <math.h>

#include "base/mem.h"

const char *const measure_names[] = { "none", "loss", "r@10", "rsum", NULL };

struct measure_job {
	const float *a, *b;		/* rows of a are asked for among b */
	size_t n, dim;
	const struct machine *m;
	uint32_t *rank;			/* [n] */
};

static void rank_row(void *context, size_t i, int thread)
{
	const struct measure_job *job = context;
	const struct kernels *k = job->m->kernels;
	const float *a = job->a + i * job->dim;
	float own = k->dot(a, job->b + i * job->dim, job->dim);
	uint32_t rank = 0;

	(void)thread;
	for (size_t j = 0; j < job->n; j++)
		rank += !(k->dot(a, job->b + j * job->dim, job->dim) < own);
	job->rank[i] = rank;
}

/* Sum of R@10, or of R@1, R@5 and R@10. */
static double recall(enum measure how, const struct measure_job *job)
{
	size_t hits = 0;

	pool_run(job->m->pool, job->n, rank_row, (void *)(uintptr_t)job);
	for (size_t i = 0; i < job->n; i++) {
		uint32_t rank = job->rank[i];

		hits += rank <= 10;
		if (how == MEASURE_RSUM)
			hits += (size_t)(rank <= 5) + (size_t)(rank <= 1);
	}
	return 100 * (double)hits / (double)job->n;
}

int measure_recall(enum measure how, const float *pictures, const float *texts,
		   size_t n, size_t dim, const struct machine *m,
		   double *value, struct error *e)
{
	struct measure_job to_text = { pictures, texts, n, dim, m, NULL };
	struct measure_job to_picture = { texts, pictures, n, dim, m, NULL };
	uint32_t *rank = mem_new(n, sizeof(*rank), e);

	if (!rank)
		return e->code;
	to_text.rank = to_picture.rank = rank;
	*value = recall(how, &to_text) + recall(how, &to_picture);
	if (how == MEASURE_R10)
		*value /= 2;
	mem_free(rank);
	return 0;
}

int measure_unit(float *rows, size_t n, size_t dim, int center,
		 const struct machine *m, struct error *e)
{
	double *mean = mem_new(dim, sizeof(*mean), e);

	if (!mean)
		return e->code;
	for (size_t i = 0; center && i < n * dim; i++)
		mean[i % dim] += (double)rows[i];
	for (size_t i = 0; i < n; i++) {
		float *row = rows + i * dim, length;

		for (size_t j = 0; center && j < dim; j++)
			row[j] = (float)((double)row[j] -
					 mean[j] / (double)n);
		length = sqrtf(m->kernels->dot(row, row, dim));
		for (size_t j = 0; j < dim; j++)
			row[j] = length > 0 ? row[j] / length : 0;
	}
	mem_free(mean);
	return 0;
}
