/*
 * net_plan.c - the memory of a pass, planned once and allocated as one block.
 *
 * Addresses (net_buffers.c) change no result.
 */
#include "nn/plan.h"

enum { MOST_SEGMENTS = 24 };	/* of recomputation */

void plan_too_large(struct plan *p)
{
	fail(p->e, ERROR_FAILED, "'%s': %zu images at a time do not fit in "
	     "memory", p->n->name, p->n->max_n);
}

static int tensor_moves(const struct tensor *t)
{
	return t->learned && t->view.rate != 0;
}

/* A layer learns if it, or a layer it reads, has a tensor that is trained. */
static void mark_learning(struct net *n)
{
	for (size_t i = 0; i < n->count; i++) {
		struct layer *l = &n->layers[i];

		l->learns = n->input_learns && i == 0 && n->mode == NET_TRAIN;
		if (n->mode == NET_RUN)
			continue;
		for (size_t t = 0; t < l->tensors; t++)
			if (tensor_moves(&n->tensors[l->tensor + t]))
				l->learns = 1;
		for (size_t s = 0; s < l->inputs; s++)
			if (n->layers[l->from[s]].learns)
				l->learns = 1;
	}
}

/* ---- the block ----------------------------------------------------------- */

/* The next `floats` of the block, aligned to a cache line.  The same calls are
 * made twice: without a block, to find its size, and then with it. */
static float *carve(struct plan *p, size_t floats)
{
	float *at = p->n->block ? p->n->block + p->total : NULL;
	size_t rounded = floats + LINE - 1 < floats ? SIZE_MAX :
			 layer_whole_lines(floats);

	if (rounded > SIZE_MAX - p->total)
		plan_too_large(p);
	else
		p->total += rounded;
	return at;
}

/* `floats` for each worker, and `least` in all. */
static float *carve_workers(struct plan *p, size_t floats, size_t least)
{
	size_t all;

	if (!mem_product(floats, p->n->worker_count, &all))
		plan_too_large(p);
	return carve(p, MAX(all, least));
}

static void carve_layers(struct plan *p)
{
	struct net *n = p->n;
	size_t scratch = 0;

	n->worker_scratch_floats = 0;
	for (size_t i = 0; i < n->count; i++) {
		struct layer *l = &n->layers[i];

		if (n->mode == NET_RUN)
			l->packed = carve(p, l->packed_floats);
		l->state = carve(p, l->state_floats);
		scratch = MAX(scratch, l->scratch_floats);
		n->worker_scratch_floats = MAX(n->worker_scratch_floats,
					     l->worker_scratch_floats);
	}
	n->scratch = carve_workers(p, n->worker_scratch_floats, scratch);
}

static void carve_all(struct plan *p)
{
	struct net *n = p->n;
	size_t input;

	if (!mem_product(shape_floats(n->layers[0].out), n->max_n, &input))
		plan_too_large(p);
	p->total = 0;
	carve(p, p->arena);
	carve_workers(p, n->worker_floats, 0);
	n->input = carve(p, input);
	carve_layers(p);
}

/* Where a buffer begins; the first worker's. */
static float *buffer_at(const struct plan *p, size_t buffer)
{
	const struct buffer *s = &p->buffer[buffer];

	return p->n->block + (buffer_apart(p, s) ? p->arena : 0) + s->offset;
}

static void bind_layer(struct plan *p, struct layer *l)
{
	const struct lifetime *lifetime = &p->lifetime[l->index];

	l->y = l->all = buffer_at(p, lifetime->y) + l->channel;
	l->image_step = p->buffer[lifetime->y].whole ?
		l->out.h * l->out.w * l->step : 0;
	if (p->n->mode == NET_TRAIN)
		l->packed = p->n->scratch;
	l->dy = l->learns ? buffer_at(p, lifetime->dy) + l->channel : NULL;
	for (size_t s = 0; s < l->inputs; s++) {
		const struct layer *from = &p->n->layers[l->from[s]];

		l->x[s] = buffer_at(p, p->lifetime[from->index].y) +
			  from->channel;
		l->dx[s] = l->learns && lifetime->dx[s] != NO_BUFFER ?
			buffer_at(p, lifetime->dx[s]) + from->channel : NULL;
	}
}

static int plan_block(struct plan *p)
{
	struct net *n = p->n;

	n->block = mem_new(p->total, sizeof(float), p->e);
	if (!n->block)
		return p->e->code;
	n->block_floats = p->total;
	carve_all(p);
	for (size_t i = 0; i < n->count; i++)
		bind_layer(p, &n->layers[i]);
	return net_workers_make(n, p->e);
}

/* ---- gradients and velocities -------------------------------------------- */

/* Floats of all tensors that are trained, and whether one of them has no
 * gradient yet. */
static size_t learning_floats(const struct net *n, int *missing)
{
	size_t floats = 0;

	*missing = 0;
	for (size_t i = 0; i < n->tensor_count; i++) {
		const struct tensor *t = &n->tensors[i];

		if (!tensor_moves(t))
			continue;
		floats += layer_whole_lines(t->view.count);
		*missing |= !t->view.gradient;
	}
	return floats;
}

/* Memory for gradients and velocities; velocities are kept over plans. */
static int plan_learning(struct net *n, struct error *e)
{
	int missing;
	size_t floats = learning_floats(n, &missing);
	float *block, *at;

	if (!missing)
		return 0;
	at = block = mem_new(floats, 2 * sizeof(float), e);
	if (!block)
		return e->code;
	for (size_t i = 0; i < n->tensor_count; i++) {
		struct net_tensor *t = &n->tensors[i].view;
		size_t room = layer_whole_lines(t->count);
		const float *old = t->velocity;

		t->gradient = t->velocity = NULL;
		if (!tensor_moves(&n->tensors[i]))
			continue;
		t->gradient = at;
		t->velocity = at + room;
		if (old)
			memcpy(t->velocity, old, t->count * sizeof(*old));
		at += 2 * room;
	}
	mem_free(n->learning);
	n->learning = block;
	n->learning_floats = 2 * floats;
	return 0;
}

/* ---- net_plan ------------------------------------------------------------ */

static void plan_forget(struct net *n)
{
	for (size_t i = 0; i < n->count; i++)
		conv_free(&n->layers[i].conv);
	net_workers_free(n);
	mem_free(n->block);
	mem_free(n->micro_segments);
	mem_free(n->steps);
	n->block = NULL;
	n->micro_segments = NULL;
	n->steps = NULL;
	n->input = n->scratch = NULL;
	n->max_n = n->first = n->batch = n->block_floats = 0;
	n->micro_segment_count = 0;
	n->forward_steps = n->backward_steps = 0;
}

static int plan_arrays(struct plan *p)
{
	struct net *n = p->n;

	for (size_t i = 0; i < n->count; i++)
		p->edges += n->layers[i].inputs;
	p->room = n->count + 1 + p->edges;
	p->lifetime = mem_new(n->count, sizeof(*p->lifetime), p->e);
	p->buffer = mem_new(p->room, sizeof(*p->buffer), p->e);
	p->cut = mem_new(n->count, sizeof(*p->cut), p->e);
	p->recompute = mem_new(n->count, sizeof(*p->recompute), p->e);
	n->micro_segments = mem_new(n->count, sizeof(*n->micro_segments), p->e);
	/* a layer adds at most two steps forward, twice, and three backward */
	n->steps = mem_new(7 * n->count, sizeof(*n->steps), p->e);
	return p->e->code;
}

static int plan_layers(struct plan *p)
{
	struct net *n = p->n;

	mark_learning(n);
	net_fuse(n);
	steps_micro_segments(p);
	for (size_t i = 0; i < n->count; i++) {
		struct layer *l = &n->layers[i];

		l->packed_floats = l->state_floats = 0;
		l->scratch_floats = l->worker_scratch_floats = 0;
		if (l->type->plan && l->type->plan(n, l, p->e) < 0)
			return p->e->code;
	}
	return 0;
}

/* Plans steps and buffers; sets total, the floats of the block. */
static int plan_buffers(struct plan *p)
{
	p->buffers = 0;
	buffers_outputs(p);
	steps_cut(p);
	steps_make(p);
	buffers_lifetimes(p);
	if (p->e->code)
		return p->e->code;
	buffers_place(p);
	carve_all(p);
	return p->e->code;
}

/* Bytes of the plan, the values and, when training, gradients and
 * velocities. */
static uint64_t plan_bytes(const struct plan *p)
{
	const struct net *n = p->n;
	uint64_t floats = (uint64_t)p->total + n->value_floats;
	int missing;

	if (n->mode == NET_TRAIN)
		floats += 2 * (uint64_t)learning_floats(n, &missing);
	return floats * sizeof(float);
}

/* Plans with the fewest segments that stay under the limit. */
static int plan_fit(struct plan *p)
{
	const struct net *n = p->n;
	uint64_t bytes, least = UINT64_MAX;

	for (p->segments = 1; p->segments <= MOST_SEGMENTS; p->segments++) {
		if (plan_buffers(p) < 0)
			return p->e->code;
		bytes = plan_bytes(p);
		least = MIN(least, bytes);
		if (!n->limit_bytes || bytes <= n->limit_bytes ||
		    n->mode == NET_RUN)
			return 0;
	}
	fail(p->e, ERROR_FAILED, "'%s': a training step of %zu pictures needs "
	     "%llu MB, %llu MB are allowed", n->name, n->max_n,
	     (unsigned long long)(least >> 20) + 1,
	     (unsigned long long)(n->limit_bytes >> 20));
	return hint(p->e, "a smaller --batch needs less");
}

/* One worker for each thread, if there are images for all. */
static size_t workers_wanted(const struct net *n)
{
	size_t threads = (size_t)pool_threads(n->machine.pool);

	return n->mode == NET_RUN && n->max_n >= threads ? threads : 1;
}

/* The whole plan, without allocating. */
static int plan_make(struct plan *p, const struct machine *machine,
		     enum net_mode mode, size_t max_n)
{
	struct net *n = p->n;

	plan_forget(n);
	if (!max_n)
		bug("a plan for no images");
	n->machine = *machine;
	n->mode = mode;
	n->max_n = max_n;
	n->worker_count = workers_wanted(n);
	n->stale = 1;
	if (plan_arrays(p) < 0 || plan_layers(p) < 0)
		return p->e->code;
	return plan_fit(p);
}

static void plan_end(struct plan *p)
{
	mem_free(p->lifetime);
	mem_free(p->buffer);
	mem_free(p->cut);
	mem_free(p->recompute);
}

int net_plan(struct net *n, const struct machine *machine, enum net_mode mode,
	     size_t max_n, struct error *e)
{
	struct plan p = { .n = n, .e = e };

	if (net_values(n, e) < 0 ||
	    (mode == NET_TRAIN && plan_learning(n, e) < 0) ||
	    plan_make(&p, machine, mode, max_n) < 0 || plan_block(&p) < 0)
		plan_forget(n);
	plan_end(&p);
	return e->code;
}

int net_measure(struct net *n, const struct machine *machine,
		enum net_mode mode, size_t max_n, uint64_t *bytes,
		struct error *e)
{
	struct plan p = { .n = n, .e = e };

	if (plan_make(&p, machine, mode, max_n) == 0)
		*bytes = plan_bytes(&p);
	plan_end(&p);
	plan_forget(n);
	return e->code;
}

void net_want_input(struct net *n)
{
	n->input_learns = 1;
}

const float *net_input_gradient(const struct net *n)
{
	return n->layers[0].dy;
}

void net_limit(struct net *n, uint64_t bytes)
{
	n->limit_bytes = bytes;
}

size_t net_planned_bytes(const struct net *n)
{
	return (n->block_floats + n->learning_floats + n->value_floats) *
	       sizeof(float);
}

void net_plan_free(struct net *n)
{
	plan_forget(n);
	mem_free(n->learning);
	n->learning = NULL;
}
