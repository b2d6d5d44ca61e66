/*
 * objective_pairwise.c - the pairwise contrastive loss (Hadsell et al. 2006, in
 * the form of Gomez et al.): y |r0 - r1| + (1 - y) max(0, m - |r0 - r1|), each
 * row once with its own text and once with a negative q:
 *	L = 1/n sum |a-p| + max(0, m - |a-q|)
 *	da = 1/n ((a-p) / |a-p| - (a-q) / |a-q|), the second where |a-q| < m,
 * and the texts' are the opposite of their term.  A row without a negative, or
 * without a text, has its first term only.
 */
#include "joint/objective_parts.h"

#include <math.h>
#include <string.h>

struct pair {
	const float *a, *t;		/* [dim] */
	float *ga, *gt;			/* gradients; gt may be NULL */
	size_t dim;
	float n;
};

/* |a - t|; `sign` / n times its gradients is added where it is below `most`. */
static double pair_add(const struct pair *p, float sign, double most)
{
	double square = 0, distance;
	float by;

	for (size_t j = 0; j < p->dim; j++) {
		double d = (double)p->a[j] - (double)p->t[j];

		square += d * d;
	}
	distance = sqrt(square);
	if (!(distance > 0) || distance >= most)
		return distance;
	by = sign / ((float)distance * p->n);
	for (size_t j = 0; j < p->dim; j++) {
		float g = (p->a[j] - p->t[j]) * by;

		p->ga[j] = p->ga[j] + g;
		if (p->gt)
			p->gt[j] = p->gt[j] - g;
	}
	return distance;
}

static double pairwise_row(const struct objective *j,
			   const struct objective_batch *b, size_t i,
			   uint32_t negative)
{
	float *gt = b->target_gradient;
	size_t dim = j->dim;
	double margin = (double)j->settings.margin, sum, far;
	struct pair p = { b->out + i * dim, b->target + i * dim,
			  b->gradient + i * dim, gt ? gt + i * dim : NULL,
			  dim, (float)b->n };

	memset(p.ga, 0, dim * sizeof(*p.ga));
	sum = pair_add(&p, 1, INFINITY);
	p.t = objective_negative(b, i, negative, dim);
	if (!p.t)
		return sum;
	p.gt = gt ? gt + (size_t)negative * dim : NULL;
	far = pair_add(&p, -1, margin);
	return far < margin ? sum + (margin - far) : sum;
}

static double pairwise_loss(const struct objective *j,
			    const struct objective_batch *b)
{
	uint32_t *negative = (void *)(j->scratch + j->most);
	double sum = 0;

	if (b->target_gradient)
		memset(b->target_gradient, 0,
		       b->n * j->dim * sizeof(*b->gradient));
	objective_choose(negative, j->settings.negatives, b, j->dim, j->seed,
			 j->scratch, j->machine->kernels);
	for (size_t i = 0; i < b->n; i++)
		sum += pairwise_row(j, b, i, negative[i]);
	return b->n ? sum / (double)b->n : 0;
}

const struct objective_type objective_pairwise = {
	.defaults = { .margin = 1, .negatives = OBJECTIVE_SOFT, .draws = 9 },
	.negatives = OBJECTIVE_ONE, .norms = 7, .has_margin = 1,
	.scratch = objective_one_scratch, .loss = pairwise_loss,
};
