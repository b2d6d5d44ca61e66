/* objective.c - see objective.h. */
#include "joint/objective.h"

#include "nn/loss.h"

const char *const learn_loss_names[] = {
	[LEARN_REGRESS] = "regress", [LEARN_TRIPLET] = "triplet", NULL,
};
const char *const learn_negatives_names[] = {
	[LEARN_NEGATIVES_ALL] = "all", [LEARN_NEGATIVES_SOFT] = "soft", NULL,
};

int objective_open(struct objective *j, const struct learn_options *o,
		   size_t dim, const struct kernels *k, struct error *e)
{
	size_t batch = (size_t)o->batch;

	*j = (struct objective){ .o = o, .kernels = k, .dim = dim };
	j->scratch = mem_new(MAX(batch, 2 * dim), sizeof(*j->scratch), e);
	j->negative = mem_new(batch, sizeof(*j->negative), e);
	return e->code;
}

void objective_close(struct objective *j)
{
	mem_free(j->scratch);
	mem_free(j->negative);
}

static double regress(struct objective *j, float *gradient, const float *out,
		      const float *target, size_t n, uint64_t step)
{
	(void)step;
	return loss_sigmoid(gradient, out, target, n, j->dim, j->scratch,
			    j->kernels);
}

static double triplet(struct objective *j, float *gradient, const float *out,
		      const float *target, size_t n, uint64_t step)
{
	size_t violated;

	if (j->o->negatives == LEARN_NEGATIVES_ALL)
		return loss_triplet_all(gradient, out, target, j->o->margin, n,
					j->dim, &violated, j->scratch,
					j->kernels);
	loss_soft_negatives(j->negative, target, n, j->dim, j->o->seed, step,
			    j->scratch, j->kernels);
	return loss_triplet(gradient, out, target, j->negative, j->o->margin,
			    n, j->dim, &violated, j->kernels);
}

double objective_loss(struct objective *j, float *gradient, const float *out,
		      const float *target, size_t n, uint64_t step)
{
	static double (*const losses[])(struct objective *, float *,
		const float *, const float *, size_t, uint64_t) = {
		[LEARN_REGRESS] = regress, [LEARN_TRIPLET] = triplet,
	};

	return losses[j->o->loss](j, gradient, out, target, n, step);
}

int objective_is_logistic(const struct learn_options *o)
{
	return o->loss == LEARN_REGRESS || o->compare == SPACE_SEED;
}
