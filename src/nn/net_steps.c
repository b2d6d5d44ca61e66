/*
 * net_steps.c - the order of work of a pass: which layers' image stages run
 * together, and what is recomputed to save memory.
 *
 * Consecutive image stages are one step, until a whole stage reads their output
 * (layer.h).
 *
 * At inference, a large batch runs through segments of layers in micro-batches
 * (in each worker: net_workers.c), so that the output of a layer is still in
 * the cache when the next layer reads it.  A new segment begins where a single
 * output is live and twice as many images fit in the cache from there on.  Late
 * layers have small pictures and large weights; larger micro-batches read those
 * weights less often.
 *
 * Training keeps every output that the backward pass reads.  To save memory,
 * cuts part the net into segments joined by one output each.  Only those
 * outputs are kept, and a segment is recomputed before its backward pass (Chen
 * et al. 2016).  Two kinds of outputs are recomputed even without cuts, since
 * one pass over memory makes them: those of a batch norm and the ReLU after it,
 * if the norm's input is kept, and that of the input layer.  The bits are the
 * same: batch norm keeps its statistics, and dropout makes the same random
 * numbers.
 */
#include "nn/plan.h"

/* Bound on what a layer reads and writes in a worker: 4 MiB, an L2 and a part
 * of the L3 (docs/speed.md). */
enum { CHUNK_FLOATS = 1 << 20 };

static void step_add(struct plan *p, struct step step)
{
	p->n->steps[p->end++] = step;
}

int layer_has_lines(const struct net *n, const struct layer *l)
{
	if (l->head != l->index || !l->type->forward_lines)
		return 0;
	for (size_t s = 0; l->type == &layer_concat && s < l->inputs; s++)
		if (n->layers[l->from[s]].within != l->index)
			return 1;
	return l->type != &layer_concat;
}

int layer_has_back_image(const struct layer *l)
{
	for (size_t s = 0; s < l->inputs; s++)
		if (l->edge[s] == EDGE_ADD)
			return 1;
	return l->type->backward_image && !l->gated;
}

/* Adds the forward steps of layers from .. to - 1; with `again`, of those that
 * are recomputed. */
static void forward_steps(struct plan *p, size_t from, size_t to, int again)
{
	struct net *n = p->n;
	struct step open = { .images = 1, .again = again };
	int is_open = 0;

	for (size_t i = from; i < to; i++) {
		struct layer *l = &n->layers[i];
		struct lifetime *lifetime = &p->lifetime[i];
		struct steps *at = again ? &lifetime->again :
					   &lifetime->forward;
		int whole = l->type->forward && l->head == i;

		if (again && !l->again)
			continue;
		if (l->head != i) {		/* made by its head */
			*at = again ? p->lifetime[l->head].again :
				      p->lifetime[l->head].forward;
			continue;
		}
		if (whole && is_open)
			step_add(p, open);
		is_open = is_open && !whole;
		at->first = p->end;
		if (whole)
			step_add(p, (struct step){ 0, again, i, i });
		if (layer_has_lines(n, l)) {
			open.from = is_open ? open.from : i;
			open.to = i;
			is_open = 1;
		}
		at->last = is_open || !whole ? p->end : p->end - 1;
	}
	if (is_open)
		step_add(p, open);
}

static void backward_flush(struct plan *p, int *open, size_t pending, size_t to)
{
	if (*open)
		step_add(p, (struct step){ 1, 0, pending, to });
	*open = 0;
}

/* Adds the steps that recompute layers before the backward of layer i. */
static void recompute_steps(struct plan *p, size_t i, int *open, size_t pending)
{
	for (size_t r = 0; r < p->recomputes; r++)
		if (p->recompute[r].at == i) {
			backward_flush(p, open, pending, i + 1);
			forward_steps(p, p->recompute[r].from,
				      p->recompute[r].to + 1, 1);
		}
}

static void backward_steps(struct plan *p)
{
	struct net *n = p->n;
	size_t pending = 0;		/* first layer of the open step */
	int open = 0;

	for (size_t i = n->count; i-- > 0;) {
		const struct layer *l = &n->layers[i];
		struct lifetime *lifetime = &p->lifetime[i];
		int image = layer_has_back_image(l);

		if (!l->learns)
			continue;
		recompute_steps(p, i, &open, pending);
		if (l->type->backward)
			backward_flush(p, &open, pending, i + 1);
		lifetime->backward.first = p->end;
		if (l->type->backward)
			step_add(p, (struct step){ 0, 0, i, i });
		if (!open && image) {
			open = 1;
			pending = i;
		}
		lifetime->backward.last = p->end - !image;
	}
	backward_flush(p, &open, pending, 0);
}

void steps_make(struct plan *p)
{
	struct net *n = p->n;

	p->end = 0;
	for (size_t s = 0; s < n->micro_segment_count; s++) {
		struct micro_segment *now = &n->micro_segments[s];

		now->first = p->end;
		forward_steps(p, now->from, now->to + 1, 0);
		now->end = p->end;
	}
	n->forward_steps = p->end;
	if (n->mode == NET_TRAIN)
		backward_steps(p);
	n->backward_steps = p->end - n->forward_steps;
}

/* ---- micro-batch segments ------------------------------------------------ */

/* Whether no layer below i reads one above i. */
static int is_neck(const struct net *n, size_t i)
{
	for (size_t j = i + 1; j < n->count; j++)
		for (size_t s = 0; s < n->layers[j].inputs; s++)
			if (n->layers[j].from[s] < i)
				return 0;
	return 1;
}

/* The largest micro-batch with which layer i reads and writes at most
 * CHUNK_FLOATS. */
static size_t images_at(const struct net *n, size_t i)
{
	const struct layer *l = &n->layers[i];
	uint64_t floats = shape_floats(l->out);

	for (size_t s = 0; s < l->inputs; s++)
		floats += shape_floats(n->layers[l->from[s]].out);
	return l->head == i ? (size_t)(CHUNK_FLOATS / floats) : SIZE_MAX;
}

/* The largest micro-batch of all layers from `from` on. */
static size_t images_from(const struct plan *p, size_t from)
{
	const struct net *n = p->n;
	size_t images = CEIL_DIV(n->max_n, n->worker_count);

	for (size_t i = from; n->mode == NET_RUN && i < n->count; i++)
		images = MIN(images, images_at(n, i));
	return MAX(images, (size_t)1);
}

void steps_micro_segments(struct plan *p)
{
	struct net *n = p->n;
	struct micro_segment *now = n->micro_segments;

	*now = (struct micro_segment){ .images = images_from(p, 0) };
	for (size_t i = 0; i < n->count; i++) {
		size_t images = images_from(p, i);

		if (i && images >= 2 * now->images && is_neck(n, i - 1) &&
		    n->layers[i].head == i)
			*++now = (struct micro_segment){ .from = i,
						   .images = images };
		now->to = i;
		n->layers[i].images = now->images;
	}
	n->micro_segment_count = (size_t)(now - n->micro_segments) + 1;
}

/* ---- cuts ---------------------------------------------------------------- */

/* Floats of layer i's buffer if it is the first to use it, else 0. */
static size_t new_floats(const struct plan *p, size_t i)
{
	for (size_t j = 0; j < i; j++)
		if (p->lifetime[j].y == p->lifetime[i].y)
			return 0;
	return p->buffer[p->lifetime[i].y].floats;
}

static void choose_cuts(struct plan *p)
{
	const struct net *n = p->n;
	double total = 0, sum = 0;

	for (size_t i = 0; i < n->count; i++)
		total += (double)new_floats(p, i);
	for (size_t i = 0; i + 1 < n->count; i++) {
		sum += (double)new_floats(p, i);
		/* the last segment is kept whole */
		if (p->cuts + 1 < p->segments && n->layers[i].learns &&
		    n->layers[i + 1].head == i + 1 &&
		    sum * (double)p->segments >=
			    total * (double)(p->cuts + 1) && is_neck(n, i))
			p->cut[p->cuts++] = i;
	}
}

static void keep_buffer(struct plan *p, size_t buffer)
{
	for (size_t i = 0; i < p->n->count; i++)
		if (p->lifetime[i].y == buffer)
			p->n->layers[i].again = 0;
}

static void recompute_add(struct plan *p, size_t at, size_t from, size_t to)
{
	for (size_t i = from; i <= to; i++)
		p->n->layers[i].again |= p->n->layers[i].learns;
	p->recompute[p->recomputes++] = (struct recompute){ at, from, to };
}

/* Recomputes all segments but the last, except the outputs that join them. */
static void recompute_segments(struct plan *p)
{
	struct net *n = p->n;

	choose_cuts(p);
	n->layers[0].again = p->cuts > 0;
	for (size_t c = 0; c < p->cuts; c++)
		recompute_add(p, p->cut[c], c ? p->cut[c - 1] + 1 : 0,
			      p->cut[c]);
	for (size_t c = 0; c < p->cuts; c++)
		keep_buffer(p, p->lifetime[p->cut[c]].y);
	for (size_t i = 0; i < n->count; i++)
		if (!n->layers[i].again)
			keep_buffer(p, p->lifetime[i].y);
}

/* The last layer that learns and reads i; i if there is none. */
static size_t last_reader(const struct net *n, size_t i)
{
	size_t last = i;

	for (size_t j = i + 1; j < n->count; j++)
		for (size_t s = 0; s < n->layers[j].inputs; s++)
			if (n->layers[j].from[s] == i && n->layers[j].learns)
				last = j;
	return last;
}

/* How many layers have their outputs in the buffer of i's. */
static size_t sharing(const struct plan *p, size_t i)
{
	size_t count = 0;

	for (size_t j = 0; j < p->n->count; j++)
		count += p->lifetime[j].y == p->lifetime[i].y;
	return count;
}

/* Whether i is a ReLU in place on a batch norm right above it, no other output
 * is in their buffer, and the norm's input is kept. */
static int is_norm_relu(const struct plan *p, size_t i)
{
	const struct layer *l = &p->n->layers[i], *norm = &p->n->layers[i - 1];
	size_t kept = p->cuts ? p->cut[p->cuts - 1] + 1 : 0;

	if (l->type != &layer_relu || norm->type != &layer_bn ||
	    l->from[0] != i - 1 || norm->from[0] < kept || !norm->learns ||
	    p->n->layers[norm->from[0]].again)
		return 0;
	return p->lifetime[i].y == p->lifetime[i - 1].y && sharing(p, i) == 2;
}

/* The caller's pixels stay until the backward pass is done, so the input layer
 * can be recomputed from them. */
static void recompute_input(struct plan *p)
{
	size_t reader = last_reader(p->n, 0);

	if (!reader || sharing(p, 0) > 1)
		return;
	p->n->layers[0].again = 1;
	recompute_add(p, reader, 0, 0);
}

static void recompute_norms(struct plan *p)
{
	const struct net *n = p->n;

	for (size_t i = 1; i + 1 < n->count; i++)
		if (is_norm_relu(p, i))
			recompute_add(p, last_reader(n, i), i - 1, i);
}

void steps_cut(struct plan *p)
{
	struct net *n = p->n;

	p->cuts = p->recomputes = 0;
	for (size_t i = 0; i < n->count; i++)
		n->layers[i].again = 0;
	if (n->mode != NET_TRAIN)
		return;
	if (p->segments > 1)
		recompute_segments(p);
	if (!p->cuts)
		recompute_input(p);
	recompute_norms(p);
	for (size_t i = 0; i < n->count; i++)
		if (n->layers[i].again)
			p->buffer[p->lifetime[i].y].split = 1;
}
