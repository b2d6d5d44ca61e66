/*
 * net_run.c - a pass over a planned net: forward, backward, a step of SGD.
 *
 * Runs the steps that net_plan made (layer.h).  Weights are packed for the
 * kernels before the first forward after they may have changed.  Nothing here
 * allocates.
 */
#include "nn/layer.h"

#include <math.h>

static void pack_layer(void *context, size_t item, int thread)
{
	struct net *n = context;
	struct layer *l = &n->layers[item];

	(void)thread;
	if (l->type->pack)
		l->type->pack(n, l);
}

/* ---- steps --------------------------------------------------------------- */

struct images_job {
	struct net *n;
	const struct step *step;
};

static void forward_images(void *context, size_t image, int thread)
{
	const struct images_job *job = context;

	(void)thread;
	for (size_t i = job->step->from; i <= job->step->to; i++) {
		const struct layer *l = &job->n->layers[i];

		l->type->forward_image(job->n, l, image);
	}
}

/* dy = ((dx1 + dx2) + dx3) ..., in the place of dx1. */
static void join_image(const struct net *n, const struct layer *l, size_t image)
{
	size_t floats = shape_floats(l->out), at = image * floats;

	for (size_t i = 1; i < l->readers; i++)
		n->machine.kernels->add(l->dy + at, l->dy + at,
					l->joins[i] + at, floats);
}

static void backward_images(void *context, size_t image, int thread)
{
	const struct images_job *job = context;

	(void)thread;
	for (size_t half = job->step->from + 1; half-- > job->step->to;) {
		const struct layer *l = &job->n->layers[half / 2];

		if (!l->learns)
			continue;
		if (half % 2)
			join_image(job->n, l, image);
		else if (l->type->backward_image)
			l->type->backward_image(job->n, l, image);
	}
}

/* ---- passes -------------------------------------------------------------- */

float *net_input(struct net *n)
{
	return n->input;
}

const float *net_forward(struct net *n, size_t count, uint64_t seed,
			 uint64_t step)
{
	if (count > n->max_n)
		bug("%zu images in a net planned for %zu", count, n->max_n);
	n->batch = count;
	n->seed = seed;
	n->at_step = step;
	if (n->stale)
		pool_run(n->machine.pool, n->count, pack_layer, n);
	n->stale = 0;
	for (size_t i = 0; count && i < n->forward_steps; i++) {
		struct images_job job = { n, &n->steps[i] };
		struct layer *l = &n->layers[job.step->from];

		if (job.step->images)
			pool_run(n->machine.pool, count, forward_images, &job);
		else
			l->type->forward(n, l);
	}
	return n->layers[n->count - 1].y;
}

void net_backward(struct net *n, const float *gradient)
{
	struct layer *last = &n->layers[n->count - 1];

	if (n->mode != NET_TRAIN || !n->batch)
		bug("backward without a forward in training");
	if (!last->learns)
		return;
	memcpy(last->dy, gradient,
	       n->batch * shape_floats(last->out) * sizeof(*gradient));
	for (size_t i = 0; i < n->backward_steps; i++) {
		struct images_job job = { n, &n->steps[n->forward_steps + i] };
		struct layer *l = &n->layers[job.step->from];

		if (job.step->images)
			pool_run(n->machine.pool, n->batch, backward_images,
				 &job);
		else
			l->type->backward(n, l);
	}
}

struct sgd_job {
	struct net *n;
	float rate, momentum, decay;
};

static void sgd_tensor(void *context, size_t item, int thread)
{
	const struct sgd_job *job = context;
	struct net_tensor *t = &job->n->tensors[item].view;

	(void)thread;
	if (t->gradient)
		job->n->machine.kernels->sgd(t->value, t->velocity, t->gradient,
					     job->rate * t->rate, job->momentum,
					     job->decay * t->decay, t->count);
}

void net_step(struct net *n, float rate, float momentum, float decay)
{
	struct sgd_job job = { n, rate, momentum, decay };

	pool_run(n->machine.pool, n->tensor_count, sgd_tensor, &job);
	n->stale = 1;
}

/* ---- what went wrong ----------------------------------------------------- */

/* The first element that is no number, or count. */
static size_t first_bad(const float *x, size_t count)
{
	size_t i = 0;

	while (i < count && isfinite(x[i]))
		i++;
	return i;
}

int net_check(struct net *n, struct error *e)
{
	for (size_t i = 0; i < n->tensor_count; i++) {
		const struct net_tensor *t = &n->tensors[i].view;
		const char *what = "";
		const float *x = t->value;
		size_t at = first_bad(x, t->count);

		if (at == t->count && t->gradient) {
			what = "the gradient of ";
			x = t->gradient;
			at = first_bad(x, t->count);
		}
		if (at == t->count)
			continue;
		fail(e, ERROR_FAILED, "%s'%s' holds %s at element %zu", what,
		     t->name, isnan(x[at]) ? "a NaN" : "an infinity", at);
		return hint(e, "if it comes of training, a lower --rate "
			    "usually helps");
	}
	return 0;
}
