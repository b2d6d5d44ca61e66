/*
 * net_buffers.c - which arrays of a pass share memory.
 *
 * Every array of the pass becomes a buffer: a size and a lifetime, the first
 * and last step (net_steps.c) that use it.  Buffers whose lifetimes are
 * disjoint may overlap.  They are placed largest first, each at the lowest
 * address that is free for all of its lifetime (greedy by size; Pisarchyk and
 * Lee 2020).  The unit of time is a step, not a layer, since the layers of an
 * image step run interleaved.
 *
 * A layer writes its output over its first input if no other layer reads that
 * input, forward or backward; the same holds for gradients.  The output of a
 * convolution and of the layers it fuses share a buffer, and so do a concat and
 * the outputs inside it (net_fuse.c).
 *
 * With workers (net_workers.c), the arrays between two segments hold the batch
 * and are shared.  Of all others each worker has its own.  When few images are
 * left, all threads work on them together and use the first worker's arrays.
 */
#include "nn/plan.h"

/* Sets a buffer's size to `images` images of `floats`. */
static void buffer_size(struct plan *p, size_t buffer, size_t floats,
		      size_t images)
{
	size_t all;

	if (!mem_product(floats, images, &all) || all > SIZE_MAX - LINE) {
		plan_too_large(p);
		all = 0;
	}
	p->buffer[buffer].floats = layer_whole_lines(all);
}

static size_t buffer_new(struct plan *p, size_t floats, size_t images)
{
	static const struct steps none = { SIZE_MAX, 0 };

	if (p->buffers == p->room)
		bug("more buffers than planned");
	p->buffer[p->buffers] = (struct buffer){ .lifetime = { none, none } };
	buffer_size(p, p->buffers, floats, images);
	return p->buffers++;
}

static void buffer_touch(struct plan *p, size_t buffer, struct steps at)
{
	struct buffer *s = &p->buffer[buffer];
	int again = s->split && at.first >= p->n->forward_steps;
	struct steps *lifetime = &s->lifetime[again];

	lifetime->first = MIN(lifetime->first, at.first);
	lifetime->last = MAX(lifetime->last, at.last);
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

/* The buffer of l's output: that of the layer within whose output it lies. */
static size_t output_buffer(struct plan *p, const struct layer *l)
{
	struct net *n = p->n;
	size_t whole = l->within == l->index ? l->head : l->within;

	if (whole == l->index && may_share(n, l))
		return p->lifetime[l->from[0]].y;
	if (p->lifetime[whole].y == NO_BUFFER)
		p->lifetime[whole].y =
			buffer_new(p, shape_floats(n->layers[whole].out),
				 n->layers[whole].images);
	return p->lifetime[whole].y;
}

void buffers_outputs(struct plan *p)
{
	struct net *n = p->n;

	for (size_t i = 0; i < n->count; i++)
		p->lifetime[i].y = NO_BUFFER;
	for (size_t i = 0; i < n->count; i++)
		p->lifetime[i].y = output_buffer(p, &n->layers[i]);
	for (size_t s = 0; s < n->micro_segment_count; s++) {
		size_t to = n->micro_segments[s].to;

		p->buffer[p->lifetime[to].y].whole = 1;
		buffer_size(p, p->lifetime[to].y,
			    shape_floats(n->layers[to].out), n->max_n);
	}
}

/* A segment runs once per micro-batch, so its inputs and outputs, which hold
 * the batch, live during all of its steps. */
static void touch_segments(struct plan *p)
{
	const struct net *n = p->n;

	for (size_t s = 0; s < n->micro_segment_count; s++) {
		const struct micro_segment *now = &n->micro_segments[s];
		struct steps all = { now->first, now->end - 1 };

		if (now->images == n->max_n && n->worker_count == 1)
			continue;
		buffer_touch(p, p->lifetime[now->to].y, all);
		if (s)
			buffer_touch(p, p->lifetime[now[-1].to].y, all);
	}
}

static void touch_outputs(struct plan *p)
{
	struct net *n = p->n;

	for (size_t i = 0; i < n->count; i++) {
		const struct layer *l = &n->layers[i];
		const struct lifetime *lifetime = &p->lifetime[i];

		buffer_touch(p, lifetime->y, lifetime->forward);
		if (l->again)
			buffer_touch(p, lifetime->y, lifetime->again);
		if (l->learns && l->type->back_reads_y)
			buffer_touch(p, lifetime->y, lifetime->backward);
		for (size_t s = 0; s < l->inputs; s++) {
			size_t x = p->lifetime[l->from[s]].y;

			buffer_touch(p, x, lifetime->forward);
			if (l->again)
				buffer_touch(p, x, lifetime->again);
			if (l->learns && l->type->back_reads_x)
				buffer_touch(p, x, lifetime->backward);
		}
	}
	touch_segments(p);
	/* the caller reads the output until the next forward */
	buffer_touch(p, p->lifetime[n->count - 1].y,
		     (struct steps){ p->end, p->end });
}

static void plan_gradients(struct plan *p)
{
	struct net *n = p->n;
	struct steps start = { n->forward_steps, n->forward_steps };

	for (size_t i = 0; i < n->count; i++)
		p->lifetime[i].dy = NO_BUFFER;
	for (size_t i = n->count; i-- > 0;) {
		const struct layer *l = &n->layers[i];
		struct lifetime *lifetime = &p->lifetime[i];

		if (!l->learns)
			continue;
		if (i + 1 == n->count) {	/* copied in by net_backward */
			lifetime->dy = buffer_new(p, shape_floats(l->out),
					    n->max_n);
			buffer_touch(p, lifetime->dy, start);
		}
		buffer_touch(p, lifetime->dy, lifetime->backward);
		for (size_t s = l->inputs; s-- > 0;) {
			const struct layer *from = &n->layers[l->from[s]];
			struct lifetime *above = &p->lifetime[l->from[s]];

			lifetime->dx[s] = NO_BUFFER;
			if (!from->learns)
				continue;
			if (l->edge[s] == EDGE_ACCUMULATE)
				lifetime->dx[s] = above->dy;
			else if (from->within == l->index ||
				 (s == 0 && l->type->back_in_place))
				lifetime->dx[s] = lifetime->dy;
			else
				lifetime->dx[s] = buffer_new(
					p, shape_floats(from->out), n->max_n);
			if (l->edge[s] == EDGE_FIRST)
				above->dy = lifetime->dx[s];
			buffer_touch(p, lifetime->dx[s], lifetime->backward);
			buffer_touch(p, above->dy, lifetime->backward);
			buffer_touch(p, above->dy, above->backward);
		}
	}
}

/* ---- placing ------------------------------------------------------------- */

static int buffer_meets(const struct buffer *a, const struct buffer *b)
{
	for (int i = 0; i < 4; i++) {
		const struct steps *x = &a->lifetime[i / 2];
		const struct steps *y = &b->lifetime[i % 2];

		if (x->first <= y->last && y->first <= x->last)
			return 1;
	}
	return 0;
}

/* Whether each worker has a copy of b. */
int buffer_apart(const struct plan *p, const struct buffer *s)
{
	return p->n->worker_count > 1 && !s->whole;
}

/* The lowest offset at which s overlaps no placed buffer that is live with
 * it. */
static size_t buffer_place(const struct plan *p, const struct buffer *s)
{
	size_t offset = 0;
	int moved;

	do {
		moved = 0;
		for (size_t i = 0; i < p->buffers; i++) {
			const struct buffer *o = &p->buffer[i];

			if (o->placed &&
			    buffer_apart(p, o) == buffer_apart(p, s) &&
			    buffer_meets(s, o) &&
			    offset < o->offset + o->floats &&
			    o->offset < offset + s->floats) {
				offset = o->offset + o->floats;
				moved = 1;
			}
		}
	} while (moved);
	return offset;
}

/* Places all buffers; sets arena and n->worker_floats, the sizes they need. */
void buffers_place(struct plan *p)
{
	size_t sum = 0;

	p->arena = p->n->worker_floats = 0;

	for (size_t i = 0; i < p->buffers; i++) {
		sum += p->buffer[i].floats;
		if (sum < p->buffer[i].floats) {
			plan_too_large(p);
			return;
		}
	}
	for (size_t done = 0; done < p->buffers; done++) {
		struct buffer *largest = NULL;
		size_t *end;

		for (size_t i = 0; i < p->buffers; i++)
			if (!p->buffer[i].placed &&
			    (!largest || p->buffer[i].floats > largest->floats))
				largest = &p->buffer[i];
		largest->offset = buffer_place(p, largest);
		largest->placed = 1;
		end = buffer_apart(p, largest) ? &p->n->worker_floats :
						 &p->arena;
		*end = MAX(*end, largest->offset + largest->floats);
	}
}

void buffers_lifetimes(struct plan *p)
{
	touch_outputs(p);
	if (p->n->mode == NET_TRAIN)
		plan_gradients(p);
}
