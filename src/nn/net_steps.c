/*
 * net_steps.c - the order of work of a pass: which layers' image stages run
 * together, and what is computed a second time to save memory.
 *
 * Walking the layers, image stages collect into one step until a whole stage
 * needs them done (layer.h).
 *
 * Running, a large batch goes through segments of layers in micro-batches, a
 * few images at a time (for each worker: net_workers.c), so that what a layer
 * writes is still in the cache when the next reads it.  A segment begins where one
 * output alone is live and from there on twice as many images fit in the cache;
 * so weights that are large where pictures have become small are read for many
 * images at once.
 *
 * Training keeps every output that the backward pass reads.  With cuts the net
 * falls into segments joined by one output each; only those outputs are kept,
 * and before a segment's backward pass its layers are recomputed (Chen et al.
 * 2016).  What a batch norm and the relu on top of it made is
 * not kept where the norm's input is, and nothing is cut: one gives the other in
 * a pass over memory; nor is what the input layer makes of the pixels.  The bits
 * are the same: batch norm keeps its statistics, dropout draws the same numbers.
 */
#include "nn/plan.h"

/* What a layer reads and writes in a worker: 4 MiB, a second cache and some of
 * the third (docs/speed.md). */
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

/* Layers from .. to - 1; `again`: those of them that are computed again. */
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

/* What is recomputed before the backward of layer i. */
static void renew(struct plan *p, size_t i, int *open, size_t pending)
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
		renew(p, i, &open, pending);
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

/* Whether everything below layer i reads nothing above it. */
static int is_neck(const struct net *n, size_t i)
{
	for (size_t j = i + 1; j < n->count; j++)
		for (size_t s = 0; s < n->layers[j].inputs; s++)
			if (n->layers[j].from[s] < i)
				return 0;
	return 1;
}

/* Images for which layer i reads and writes no more than CHUNK_FLOATS. */
static size_t images_at(const struct net *n, size_t i)
{
	const struct layer *l = &n->layers[i];
	uint64_t floats = shape_floats(l->out);

	for (size_t s = 0; s < l->inputs; s++)
		floats += shape_floats(n->layers[l->from[s]].out);
	return l->head == i ? (size_t)(CHUNK_FLOATS / floats) : SIZE_MAX;
}

/* Images that all layers from `from` on let through. */
static size_t images_from(const struct plan *p, size_t from)
{
	const struct net *n = p->n;
	size_t images = (n->max_n + n->worker_count - 1) / n->worker_count;

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

/* Floats of the buffer that layer i is the first to use. */
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

static void renewal_add(struct plan *p, size_t at, size_t from, size_t to)
{
	for (size_t i = from; i <= to; i++)
		p->n->layers[i].again |= p->n->layers[i].learns;
	p->recompute[p->recomputes++] = (struct recompute){ at, from, to };
}

/* All segments but the last, apart from what is kept between them. */
static void renew_segments(struct plan *p)
{
	struct net *n = p->n;

	choose_cuts(p);
	n->layers[0].again = p->cuts > 0;
	for (size_t c = 0; c < p->cuts; c++)
		renewal_add(p, p->cut[c], c ? p->cut[c - 1] + 1 : 0,
			    p->cut[c]);
	for (size_t c = 0; c < p->cuts; c++)
		keep_buffer(p, p->lifetime[p->cut[c]].y);
	for (size_t i = 0; i < n->count; i++)
		if (!n->layers[i].again)
			keep_buffer(p, p->lifetime[i].y);
}

/* The last layer that learns and reads i; i: none. */
static size_t last_reader(const struct net *n, size_t i)
{
	size_t last = i;

	for (size_t j = i + 1; j < n->count; j++)
		for (size_t s = 0; s < n->layers[j].inputs; s++)
			if (n->layers[j].from[s] == i && n->layers[j].learns)
				last = j;
	return last;
}

/* How many layers have their outputs where i has its own. */
static size_t sharing(const struct plan *p, size_t i)
{
	size_t count = 0;

	for (size_t j = 0; j < p->n->count; j++)
		count += p->lifetime[j].y == p->lifetime[i].y;
	return count;
}

/* Whether relu i does its work in place on a batch norm right above it, in a
 * buffer of the two alone, and what the norm reads is kept. */
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

/* The pixels that the caller gave are there all along. */
static void renew_input(struct plan *p)
{
	size_t reader = last_reader(p->n, 0);

	if (!reader || sharing(p, 0) > 1)
		return;
	p->n->layers[0].again = 1;
	renewal_add(p, reader, 0, 0);
}

static void renew_norms(struct plan *p)
{
	const struct net *n = p->n;

	for (size_t i = 1; i + 1 < n->count; i++)
		if (is_norm_relu(p, i))
			renewal_add(p, last_reader(n, i), i - 1, i);
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
		renew_segments(p);
	if (!p->cuts)
		renew_input(p);
	renew_norms(p);
	for (size_t i = 0; i < n->count; i++)
		if (n->layers[i].again)
			p->buffer[p->lifetime[i].y].split = 1;
}
