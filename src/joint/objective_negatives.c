/* objective_negatives.c - one negative of a row; see objective_parts.h. */
#include "joint/objective_parts.h"

#include <math.h>

#include "base/rng.h"

static int is_zero(const float *t, size_t dim)
{
	size_t j = 0;

	while (j < dim && t[j] == 0)
		j++;
	return j == dim;
}

/* d[y] = (|x|^2 + |y|^2) - 2 x.y, dots by kernel; returns their mean. */
static double distances(float *d, const float *t, size_t row, size_t n,
			size_t dim, const struct kernels *k)
{
	const float *x = t + row * dim;
	float own = k->dot(x, x, dim);
	double sum = 0;

	for (size_t i = 0; i < n; i++) {
		const float *y = t + i * dim;

		d[i] = (own + k->dot(y, y, dim)) - 2.0f * k->dot(x, y, dim);
		sum += (double)d[i];
	}
	return sum / (double)n;
}

static int is_far(const struct objective_batch *b, size_t row, size_t i,
		  const float *d, double mean)
{
	return (double)d[i] > mean && !objective_same_post(b, row, i);
}

static uint32_t choose_far(const struct objective_batch *b, size_t row,
			   const float *d, double mean, uint64_t seed)
{
	size_t far = 0, pick;

	for (size_t i = 0; i < b->n; i++)
		far += (size_t)is_far(b, row, i, d, mean);
	if (!far)
		return OBJECTIVE_NONE;
	pick = (size_t)rng_below(seed, rng_stream(RNG_NEGATIVE, b->step, 0),
				 row, far);
	for (size_t i = 0;; i++)
		if (is_far(b, row, i, d, mean) && pick-- == 0)
			return (uint32_t)i;
}

static uint32_t choose_farthest(const struct objective_batch *b, size_t row,
				const float *d)
{
	uint32_t best = OBJECTIVE_NONE;

	for (size_t i = 0; i < b->n; i++)
		if (!objective_same_post(b, row, i) &&
		    (best == OBJECTIVE_NONE || d[i] > d[best]))
			best = (uint32_t)i;
	return best;
}

/* All are farther than minus infinity. */
static uint32_t choose_random(const struct objective_batch *b, size_t row,
			      float *d, uint64_t seed)
{
	for (size_t i = 0; i < b->n; i++)
		d[i] = 0;
	return choose_far(b, row, d, -INFINITY, seed);
}

static uint32_t choose_one(enum objective_negatives how,
			   const struct objective_batch *b, size_t row,
			   size_t dim, uint64_t seed, float *d,
			   const struct kernels *k)
{
	double mean;

	if (is_zero(b->target + row * dim, dim))
		return OBJECTIVE_NONE;
	if (how == OBJECTIVE_BEST || how == OBJECTIVE_WORD)
		return is_zero(b->drawn + row * dim, dim) ? OBJECTIVE_NONE :
		       OBJECTIVE_DRAWN;
	if (how == OBJECTIVE_RANDOM)
		return choose_random(b, row, d, seed);
	mean = distances(d, b->target, row, b->n, dim, k);
	return how == OBJECTIVE_FARTHEST ? choose_farthest(b, row, d) :
	       choose_far(b, row, d, mean, seed);
}

void objective_choose(uint32_t *negative, enum objective_negatives how,
		      const struct objective_batch *b, size_t dim,
		      uint64_t seed, float *scratch, const struct kernels *k)
{
	for (size_t i = 0; i < b->n; i++)
		negative[i] = choose_one(how, b, i, dim, seed, scratch, k);
}

size_t objective_one_scratch(size_t most, size_t dim)
{
	(void)dim;
	return 2 * most;
}
