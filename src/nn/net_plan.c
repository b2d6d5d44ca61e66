/*
 * net_plan.c - all memory of a pass, worked out once.
 *
 * Every array of the pass becomes a span: a size and the first and last step
 * (net_steps.c) that touch it.  Spans that never live at the same step may
 * share an address; they are placed
 * largest first, each at the lowest address free for all of its life (greedy
 * by size; Pisarchyk and Lee 2020).  Steps, not layers, are the unit of time,
 * since the layers of an image step run interleaved.
 *
 * A layer's output may take the place of its first input when nobody else
 * reads that input, forward or backward; likewise a gradient.  Outputs that a
 * convolution makes for the layers behind it, or that are parts of a concat,
 * share a span (net_fuse.c).
 *
 * Where lanes run (net_lanes.c), what a stretch passes on to the next holds the
 * batch and belongs to all; of the rest each lane has its own, and all threads
 * together, when few images are left, use the first lane's.
 *
 * Where things lie changes no result.
 */
#include "nn/plan.h"

enum {
	LINE = MEM_ALIGN / sizeof(float),	/* spans start on cache lines */
	MOST_SEGMENTS = 24,
};

static void plan_too_large(struct plan *p)
{
	fail(p->e, ERROR_FAILED, "'%s': %zu images at a time do not fit in "
	     "memory", p->n->name, p->n->max_n);
}

static int tensor_moves(const struct tensor *t)
{
	return t->learned && t->view.rate != 0;
}

/* A layer learns if it or one it reads has a tensor that moves. */
static void mark_learning(struct net *n)
{
	for (size_t i = 0; i < n->count; i++) {
		struct layer *l = &n->layers[i];

		l->learns = 0;
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

/* ---- spans --------------------------------------------------------------- */

/* Room for so many images of so many floats. */
static void span_size(struct plan *p, size_t span, size_t floats,
		      size_t images)
{
	size_t all;

	if (!mem_product(floats, images, &all) || all > SIZE_MAX - LINE) {
		plan_too_large(p);
		all = 0;
	}
	p->span[span].floats = layer_whole_lines(all);
}

static size_t span_new(struct plan *p, size_t floats, size_t images)
{
	static const struct steps none = { SIZE_MAX, 0 };

	if (p->spans == p->room)
		bug("more spans than planned");
	p->span[p->spans] = (struct span){ .life = { none, none } };
	span_size(p, p->spans, floats, images);
	return p->spans++;
}

static void span_touch(struct plan *p, size_t span, struct steps at)
{
	struct span *s = &p->span[span];
	int again = s->split && at.first >= p->n->forward_steps;
	struct steps *life = &s->life[again];

	life->first = MIN(life->first, at.first);
	life->last = MAX(life->last, at.last);
}

/* Whether l's backward reads its output, or that of a layer whose output
 * lies in it. */
static int output_needed_back(const struct net *n, const struct layer *l)
{
	for (size_t i = 0; i <= l->index; i++)
		if (n->layers[i].within == l->index &&
		    n->layers[i].type->back_reads_y)
			return 1;
	return 0;
}

/* Whether layer l may write over its first input. */
static int may_share(const struct net *n, const struct layer *l)
{
	const struct layer *from = &n->layers[l->from[0]];

	if (l->type->place == PLACE_OWN || from->readers != 1)
		return 0;
	if (n->mode == NET_RUN)
		return 1;
	return l->type->place == PLACE_SHARED && !output_needed_back(n, from);
}

/* The span of l's output, which is that of what it is a part of. */
static size_t output_span(struct plan *p, const struct layer *l)
{
	struct net *n = p->n;
	size_t whole = l->within == l->index ? l->head : l->within;

	if (whole == l->index && may_share(n, l))
		return p->life[l->from[0]].y;
	if (p->life[whole].y == NO_SPAN)
		p->life[whole].y =
			span_new(p, shape_floats(n->layers[whole].out),
				 n->layers[whole].images);
	return p->life[whole].y;
}

static void plan_outputs(struct plan *p)
{
	struct net *n = p->n;

	for (size_t i = 0; i < n->count; i++)
		p->life[i].y = NO_SPAN;
	for (size_t i = 0; i < n->count; i++)
		p->life[i].y = output_span(p, &n->layers[i]);
	for (size_t s = 0; s < n->stretch_count; s++) {
		size_t to = n->stretches[s].to;

		p->span[p->life[to].y].whole = 1;
		span_size(p, p->life[to].y, shape_floats(n->layers[to].out),
			  n->max_n);
	}
}

/* While a stretch goes on piece by piece, what it leaves and what it was left
 * stay. */
static void touch_stretches(struct plan *p)
{
	const struct net *n = p->n;

	for (size_t s = 0; s < n->stretch_count; s++) {
		const struct stretch *now = &n->stretches[s];
		struct steps all = { now->first, now->end - 1 };

		if (now->images == n->max_n && n->lane_count == 1)
			continue;
		span_touch(p, p->life[now->to].y, all);
		if (s)
			span_touch(p, p->life[now[-1].to].y, all);
	}
}

static void touch_outputs(struct plan *p)
{
	struct net *n = p->n;

	for (size_t i = 0; i < n->count; i++) {
		const struct layer *l = &n->layers[i];
		const struct life *life = &p->life[i];

		span_touch(p, life->y, life->forward);
		if (l->again)
			span_touch(p, life->y, life->again);
		if (l->learns && l->type->back_reads_y)
			span_touch(p, life->y, life->backward);
		for (size_t s = 0; s < l->inputs; s++) {
			size_t x = p->life[l->from[s]].y;

			span_touch(p, x, life->forward);
			if (l->again)
				span_touch(p, x, life->again);
			if (l->learns && l->type->back_reads_x)
				span_touch(p, x, life->backward);
		}
	}
	touch_stretches(p);
	/* the caller reads the output until the next forward */
	span_touch(p, p->life[n->count - 1].y, (struct steps){ p->end, p->end });
}

static void plan_gradients(struct plan *p)
{
	struct net *n = p->n;
	struct steps start = { n->forward_steps, n->forward_steps };

	for (size_t i = 0; i < n->count; i++)
		p->life[i].dy = NO_SPAN;
	for (size_t i = n->count; i-- > 0;) {
		const struct layer *l = &n->layers[i];
		struct life *life = &p->life[i];

		if (!l->learns)
			continue;
		if (i + 1 == n->count) {	/* copied in by net_backward */
			life->dy = span_new(p, shape_floats(l->out),
					    n->max_n);
			span_touch(p, life->dy, start);
		}
		span_touch(p, life->dy, life->backward);
		for (size_t s = l->inputs; s-- > 0;) {
			const struct layer *from = &n->layers[l->from[s]];
			struct life *above = &p->life[l->from[s]];

			life->dx[s] = NO_SPAN;
			if (!from->learns)
				continue;
			if (l->edge[s] == EDGE_ACCUMULATE)
				life->dx[s] = above->dy;
			else if (from->within == l->index ||
				 (s == 0 && l->type->back_in_place))
				life->dx[s] = life->dy;
			else
				life->dx[s] = span_new(p, shape_floats(from->out),
						       n->max_n);
			if (l->edge[s] == EDGE_FIRST)
				above->dy = life->dx[s];
			span_touch(p, life->dx[s], life->backward);
			span_touch(p, above->dy, life->backward);
			span_touch(p, above->dy, above->backward);
		}
	}
}

/* ---- placing ------------------------------------------------------------- */

static int span_meets(const struct span *a, const struct span *b)
{
	for (int i = 0; i < 4; i++) {
		const struct steps *x = &a->life[i / 2], *y = &b->life[i % 2];

		if (x->first <= y->last && y->first <= x->last)
			return 1;
	}
	return 0;
}

/* Whether a span is one of those that each lane has. */
static int is_lanes(const struct plan *p, const struct span *s)
{
	return p->n->lane_count > 1 && !s->whole;
}

/* The lowest offset where s fits beside all placed spans it meets. */
static size_t span_place(const struct plan *p, const struct span *s)
{
	size_t offset = 0;
	int moved;

	do {
		moved = 0;
		for (size_t i = 0; i < p->spans; i++) {
			const struct span *o = &p->span[i];

			if (o->placed && is_lanes(p, o) == is_lanes(p, s) &&
			    span_meets(s, o) &&
			    offset < o->offset + o->floats &&
			    o->offset < offset + s->floats) {
				offset = o->offset + o->floats;
				moved = 1;
			}
		}
	} while (moved);
	return offset;
}

/* Places all spans; sets the floats they need together, arena and lane. */
static void plan_place(struct plan *p)
{
	size_t sum = 0;

	p->arena = p->n->lane_floats = 0;

	for (size_t i = 0; i < p->spans; i++) {
		sum += p->span[i].floats;
		if (sum < p->span[i].floats) {
			plan_too_large(p);
			return;
		}
	}
	for (size_t done = 0; done < p->spans; done++) {
		struct span *largest = NULL;
		size_t *end;

		for (size_t i = 0; i < p->spans; i++)
			if (!p->span[i].placed &&
			    (!largest || p->span[i].floats > largest->floats))
				largest = &p->span[i];
		largest->offset = span_place(p, largest);
		largest->placed = 1;
		end = is_lanes(p, largest) ? &p->n->lane_floats : &p->arena;
		*end = MAX(*end, largest->offset + largest->floats);
	}
}

/* ---- the block ----------------------------------------------------------- */

/* The next `floats` of the block, on a cache line.  Called twice with the same
 * wishes: without a block to learn how large it must be, then with it. */
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

/* So much for each lane, and `least` in all. */
static float *carve_lanes(struct plan *p, size_t floats, size_t least)
{
	size_t all;

	if (!mem_product(floats, p->n->lane_count, &all))
		plan_too_large(p);
	return carve(p, MAX(all, least));
}

static void carve_layers(struct plan *p)
{
	struct net *n = p->n;
	size_t scratch = 0;

	n->lane_scratch_floats = 0;
	for (size_t i = 0; i < n->count; i++) {
		struct layer *l = &n->layers[i];

		if (n->mode == NET_RUN)
			l->packed = carve(p, l->packed_floats);
		l->state = carve(p, l->state_floats);
		scratch = MAX(scratch, l->scratch_floats);
		n->lane_scratch_floats = MAX(n->lane_scratch_floats,
					     l->lane_scratch_floats);
	}
	n->scratch = carve_lanes(p, n->lane_scratch_floats, scratch);
}

static void carve_all(struct plan *p)
{
	struct net *n = p->n;
	size_t input;

	if (!mem_product(shape_floats(n->layers[0].out), n->max_n, &input))
		plan_too_large(p);
	p->total = 0;
	carve(p, p->arena);
	carve_lanes(p, n->lane_floats, 0);
	n->input = carve(p, input);
	carve_layers(p);
}

/* Where a span begins; the first lane's. */
static float *span_at(const struct plan *p, size_t span)
{
	const struct span *s = &p->span[span];

	return p->n->block + (is_lanes(p, s) ? p->arena : 0) + s->offset;
}

static void bind_layer(struct plan *p, struct layer *l)
{
	const struct life *life = &p->life[l->index];

	l->y = l->all = span_at(p, life->y) + l->channel;
	l->image_step = p->span[life->y].whole ?
		l->out.h * l->out.w * l->step : 0;
	if (p->n->mode == NET_TRAIN)
		l->packed = p->n->scratch;
	l->dy = l->learns ? span_at(p, life->dy) + l->channel : NULL;
	for (size_t s = 0; s < l->inputs; s++) {
		const struct layer *from = &p->n->layers[l->from[s]];

		l->x[s] = span_at(p, p->life[from->index].y) + from->channel;
		l->dx[s] = l->learns && life->dx[s] != NO_SPAN ?
			span_at(p, life->dx[s]) + from->channel : NULL;
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
	return net_lanes_make(n, p->e);
}

/* ---- gradients and velocities -------------------------------------------- */

/* Floats of all tensors that move, and whether one of them has no gradient
 * yet. */
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

/* Memory for what learns; velocities live on over plans. */
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
	net_lanes_free(n);
	mem_free(n->block);
	mem_free(n->stretches);
	mem_free(n->steps);
	n->block = NULL;
	n->stretches = NULL;
	n->steps = NULL;
	n->input = n->scratch = NULL;
	n->max_n = n->first = n->batch = n->block_floats = 0;
	n->stretch_count = 0;
	n->forward_steps = n->backward_steps = 0;
}

static int plan_arrays(struct plan *p)
{
	struct net *n = p->n;

	for (size_t i = 0; i < n->count; i++)
		p->edges += n->layers[i].inputs;
	p->room = n->count + 1 + p->edges;
	p->life = mem_new(n->count, sizeof(*p->life), p->e);
	p->span = mem_new(p->room, sizeof(*p->span), p->e);
	p->cut = mem_new(n->count, sizeof(*p->cut), p->e);
	p->renewal = mem_new(n->count, sizeof(*p->renewal), p->e);
	n->stretches = mem_new(n->count, sizeof(*n->stretches), p->e);
	/* a layer adds at most two steps forward, twice, and three backward */
	n->steps = mem_new(7 * n->count, sizeof(*n->steps), p->e);
	return p->e->code;
}

static int plan_layers(struct plan *p)
{
	struct net *n = p->n;

	mark_learning(n);
	net_fuse(n);
	steps_stretch(p);
	for (size_t i = 0; i < n->count; i++) {
		struct layer *l = &n->layers[i];

		l->packed_floats = l->state_floats = 0;
		l->scratch_floats = l->lane_scratch_floats = 0;
		if (l->type->plan && l->type->plan(n, l, p->e) < 0)
			return p->e->code;
	}
	return 0;
}

/* Steps and spans; sets total, the floats that it takes. */
static int plan_spans(struct plan *p)
{
	p->spans = 0;
	plan_outputs(p);
	steps_cut(p);
	steps_make(p);
	touch_outputs(p);
	if (p->n->mode == NET_TRAIN)
		plan_gradients(p);
	if (p->e->code)
		return p->e->code;
	plan_place(p);
	carve_all(p);
	return p->e->code;
}

/* Of the plan, the values and, when training, their gradients and
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

/* With as few segments as stay under the limit. */
static int plan_fit(struct plan *p)
{
	const struct net *n = p->n;
	uint64_t bytes, least = UINT64_MAX;

	for (p->segments = 1; p->segments <= MOST_SEGMENTS; p->segments++) {
		if (plan_spans(p) < 0)
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

/* One for each thread, if there are images for all. */
static size_t lanes_wanted(const struct net *n)
{
	size_t threads = (size_t)pool_threads(n->machine.pool);

	return n->mode == NET_RUN && n->max_n >= threads ? threads : 1;
}

/* All but the taking of memory. */
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
	n->lane_count = lanes_wanted(n);
	n->stale = 1;
	if (plan_arrays(p) < 0 || plan_layers(p) < 0)
		return p->e->code;
	return plan_fit(p);
}

static void plan_end(struct plan *p)
{
	mem_free(p->life);
	mem_free(p->span);
	mem_free(p->cut);
	mem_free(p->renewal);
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
