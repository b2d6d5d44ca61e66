/*
 * net_run.c - a pass over a planned net: forward, backward, a step of SGD.
 *
 * Runs the steps that net_plan made (layer.h).  Weights are packed for the
 * kernels before the first forward after they may have changed.  When training
 * that is every forward, so each layer packs its weights just before it runs.
 * Nothing here allocates.
 */
#include "nn/layer.h"

#include <float.h>
#include <math.h>

#include "base/clock.h"

enum {
	STRIPS = 4,	/* per thread, where images are cut into strips */
	IMAGES = 2,	/* per thread, from which on they are not */
};

/* After weights have changed. */
static void pack_layers(struct net *n)
{
	for (size_t i = 0; i < n->count; i++) {
		struct layer *l = &n->layers[i];

		if (l->type->pack && (n->mode == NET_RUN || !l->packed_floats))
			l->type->pack(n, l);
	}
	n->stale = 0;
}

/* ---- steps --------------------------------------------------------------- */

struct images_job {
	struct net *n;
	const struct step *step;
	const struct layer *layer;	/* lines_item: the only one, */
	size_t strips;			/* in so many strips an image */
};

static void forward_image(void *context, size_t image, int thread)
{
	const struct images_job *job = context;

	(void)thread;
	for (size_t i = job->step->from; i <= job->step->to; i++) {
		const struct layer *l = &job->n->layers[i];

		if (layer_has_lines(job->n, l) &&
		    (l->again || !job->step->again))
			l->type->forward_lines(job->n, l, image, 0, l->out.h);
	}
}

static void lines_item(void *context, size_t item, int thread)
{
	const struct images_job *job = context;
	const struct layer *l = job->layer;
	size_t strip = item % job->strips, high = l->out.h;

	(void)thread;
	l->type->forward_lines(job->n, l, item / job->strips,
			       strip * high / job->strips,
			       (strip + 1) * high / job->strips);
}

/* Runs layer by layer, with each image cut into strips. */
static void forward_strips(struct images_job *job)
{
	struct net *n = job->n;
	size_t threads = (size_t)pool_threads(n->machine.pool);

	for (size_t i = job->step->from; i <= job->step->to; i++) {
		double start = n->spent ? clock_now() : 0;

		job->layer = &n->layers[i];
		if (!layer_has_lines(n, job->layer) ||
		    (job->step->again && !job->layer->again))
			continue;
		job->strips = MIN(STRIPS * threads, job->layer->out.h);
		pool_run(n->machine.pool, n->batch * job->strips, lines_item,
			 job);
		if (n->spent)
			n->spent[2 * i] += clock_now() - start;
	}
}

/* If there are enough images for all threads, each image runs through all
 * layers of the step while it is in the cache. */
static void forward_step(struct net *n, const struct step *step)
{
	struct images_job job = { n, step, NULL, 0 };
	struct layer *l = &n->layers[step->from];
	double start = n->spent ? clock_now() : 0;

	if (!step->images) {
		if (n->mode == NET_TRAIN && l->packed_floats)
			l->type->pack(n, l);
		l->type->forward(n, l);
		if (n->spent)
			n->spent[2 * l->index] += clock_now() - start;
	} else if (n->spent || n->batch < IMAGES * (size_t)
					  pool_threads(n->machine.pool)) {
		forward_strips(&job);
	} else {
		pool_run(n->machine.pool, n->batch, forward_image, &job);
	}
}

/* Adds dx of EDGE_ADD edges to dy of the layers they read. */
static void join_image(const struct net *n, const struct layer *l, size_t slot,
		       size_t image)
{
	const struct layer *from = &n->layers[l->from[slot]];
	size_t floats = shape_floats(from->out), at = image * floats;

	n->machine.kernels->add(from->dy + at, from->dy + at,
				l->dx[slot] + at, floats);
}

static void backward_image(void *context, size_t image, int thread)
{
	const struct images_job *job = context;

	(void)thread;
	for (size_t i = job->step->from + 1; i-- > job->step->to;) {
		const struct layer *l = &job->n->layers[i];

		if (!l->learns || !layer_has_back_image(l))
			continue;
		if (l->type->backward_image && !l->gated)
			l->type->backward_image(job->n, l, image);
		for (size_t s = l->inputs; s-- > 0;)
			if (l->edge[s] == EDGE_ADD)
				join_image(job->n, l, s, image);
	}
}

/* Runs a step layer by layer, to measure the time of each. */
static void backward_timed(struct net *n, const struct step *step)
{
	for (size_t i = step->from + 1; i-- > step->to;) {
		struct step one = { 1, 0, i, i };
		struct images_job job = { n, &one, NULL, 0 };
		double start = clock_now();

		pool_run(n->machine.pool, n->batch, backward_image, &job);
		n->spent[2 * i + 1] += clock_now() - start;
	}
}

static void backward_step(struct net *n, const struct step *step)
{
	struct images_job job = { n, step, NULL, 0 };
	struct layer *l = &n->layers[step->from];
	double start = n->spent ? clock_now() : 0;

	if (!step->images) {
		l->type->backward(n, l);
		if (n->spent)
			n->spent[2 * l->index + 1] += clock_now() - start;
	} else if (n->spent) {
		backward_timed(n, step);
	} else {
		pool_run(n->machine.pool, n->batch, backward_image, &job);
	}
}

/* ---- passes -------------------------------------------------------------- */

float *net_input(struct net *n)
{
	return n->input;
}

/* Makes the next `count` images of the batch the micro-batch. */
static void images_place(struct net *n, size_t first, size_t count)
{
	n->first = first;
	n->batch = count;
	for (size_t i = 0; i < n->count; i++) {
		struct layer *l = &n->layers[i];

		l->y = l->all + first * l->image_step;
		for (size_t s = 0; s < l->inputs; s++)
			l->x[s] = n->layers[l->from[s]].y;
	}
}

void net_pass(struct net *n, const struct micro_segment *segment, size_t first,
	      size_t count)
{
	size_t parts = CEIL_DIV(count, segment->images);

	for (size_t p = 0; p < parts; p++) {
		size_t begin = p * count / parts, end = (p + 1) * count / parts;

		images_place(n, first + begin, end - begin);
		for (size_t i = segment->first; i < segment->end; i++)
			forward_step(n, &n->steps[i]);
	}
}

const float *net_forward(struct net *n, size_t count, uint64_t seed,
			 uint64_t step)
{
	if (count > n->max_n)
		bug("%zu images in a net planned for %zu", count, n->max_n);
	n->seed = seed;
	n->at_step = step;
	if (n->stale)
		pack_layers(n);
	for (size_t i = 0; i < n->micro_segment_count; i++) {
		size_t done = net_workers_run(n, &n->micro_segments[i], count);

		net_pass(n, &n->micro_segments[i], done, count - done);
	}
	images_place(n, 0, count);
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
		const struct step *step = &n->steps[n->forward_steps + i];

		n->again = step->again;
		if (step->again)
			forward_step(n, step);
		else
			backward_step(n, step);
	}
	n->again = 0;
}

void net_time(struct net *n, double *spent)
{
	n->spent = spent;
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

/* The index of the first element that is NaN or above `most` in size; or
 * count. */
static size_t first_bad(const float *x, size_t count, float most)
{
	size_t i = 0;

	while (i < count && fabsf(x[i]) <= most)
		i++;
	return i;
}

int net_check(struct net *n, struct error *e)
{
	for (size_t i = 0; i < n->tensor_count; i++) {
		const struct net_tensor *t = &n->tensors[i].view;
		const char *what = "";
		const float *x = t->value;
		size_t at = first_bad(x, t->count, NET_VALUE_MOST);

		if (at == t->count && t->gradient) {
			what = "the gradient of ";
			x = t->gradient;
			at = first_bad(x, t->count, FLT_MAX);
		}
		if (at == t->count)
			continue;
		fail(e, ERROR_FAILED, "%s'%s' holds %s at element %zu", what,
		     t->name, isnan(x[at]) ? "a NaN" : isinf(x[at]) ?
		     "an infinity" : "too large a number", at);
		return hint(e, "if it comes of training, a lower --rate "
			    "usually helps");
	}
	return 0;
}
