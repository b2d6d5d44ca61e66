/*
 * learn_validate.c - how good a run of learn is now, on posts of split `val`:
 * both sides' outputs without any draw, dropout off, batch norm by its running
 * statistics.  The same number for any threads.
 */
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "joint/learn_parts.h"

int learn_plan(struct learn *l, enum net_mode mode, struct error *e)
{
	struct side *p = &l->picture_side, *t = &l->text_side;
	size_t n = (size_t)l->o->batch;

	if (p->type->plan(p, mode, n, e) < 0)
		return e->code;
	return t->type->plan(t, mode, n, e);
}

/* The objective of a batch; nothing is done with its gradients. */
static double validate_loss(struct learn *l, const struct side_batch *b,
			    const float *pictures, const float *texts)
{
	struct objective_batch batch = {
		.out = pictures, .target = texts, .gradient = l->gradient,
		.target_gradient = l->text_gradient, .n = b->n,
		.step = b->first,
	};

	return objective_loss(&l->objective, &batch) * (double)b->n;
}

/* One batch after the other: the mean loss, or rows of both sides. */
static int validate_outputs(struct learn *l, size_t count, float *pictures,
			    float *texts, double *loss, struct error *e)
{
	struct side_batch b = { .feed = &l->val, .still = 1 };

	*loss = 0;
	for (; b.first < count; b.first += b.n) {
		const float *p, *t;
		size_t at = b.first * l->dim, floats;

		b.n = MIN(count - b.first, (size_t)l->o->batch);
		floats = b.n * l->dim;
		if (learn_forward(l, &b, &p, &t, e) < 0)
			return e->code;
		if (!pictures) {
			*loss += validate_loss(l, &b, p, t) / (double)count;
			continue;
		}
		memcpy(pictures + at, p, floats * sizeof(*p));
		memcpy(texts + at, t, floats * sizeof(*t));
		tower_output_apply(learn_output(l->o), pictures + at, floats,
				   l->machine->kernels);
	}
	return 0;
}

static int validate_recall(struct learn *l, size_t count, double *value,
			   struct error *e)
{
	int center = l->o->settings.norm == OBJECTIVE_RAW;
	size_t dim = l->dim;
	const struct machine *m = l->machine;
	float *pictures = mem_new(count, 2 * dim * sizeof(*pictures), e);
	float *texts = pictures ? pictures + count * dim : NULL;
	double loss;

	if (!pictures)
		return e->code;
	if (validate_outputs(l, count, pictures, texts, &loss, e) == 0 &&
	    measure_unit(pictures, count, dim, center, m, e) == 0 &&
	    measure_unit(texts, count, dim, center, m, e) == 0)
		measure_recall(l->o->measure, pictures, texts, count, dim, m,
			       value, e);
	mem_free(pictures);
	return e->code;
}

/* The value, larger for a better state: of a loss its negative. */
int learn_validate(void *state, double *value, struct error *why)
{
	struct learn *l = state;
	size_t count = MIN(l->val.count, (size_t)CENTER_POSTS);

	if (learn_plan(l, NET_RUN, why) < 0)
		return why->code;
	if (l->o->measure == MEASURE_LOSS) {
		if (validate_outputs(l, count, NULL, NULL, value, why) == 0)
			*value = -*value;
	} else {
		validate_recall(l, count, value, why);
	}
	if (why->code || learn_plan(l, NET_TRAIN, why) < 0)
		return why->code;
	if (isfinite(*value))
		return 0;
	fail(why, ERROR_FAILED, "the loss of the validation is not finite");
	return RUN_BROKEN;
}
