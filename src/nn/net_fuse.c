/*
 * net_fuse.c - what a convolution does on its way to the store, and which
 * outputs lie in a concat from the start.
 *
 * A convolution takes over the layers behind it that nobody else could see the
 * difference of: when running batch norm, an add of one other output that is
 * there already, relu; when training only relu, since batch norm's statistics
 * need all of the output first.  A layer taken over has no pass of its own.
 * The arithmetic is that of the layers one by one, to the bit.
 *
 * The end of such a chain that only a concat reads is written straight into
 * the concat's output, `step` floats from pixel to pixel; its gradient is the
 * same part of the concat's gradient.
 *
 * In the backward pass the last edge of a ReLU's output (or of a concat of
 * ReLUs alone) does the ReLUs' backward with its own, if its layer can: the
 * relu's output is what it reads.
 */
#include "nn/layer.h"

/* The only layer that reads l, once; or NULL. */
static struct layer *only_reader(const struct net *n, const struct layer *l)
{
	struct layer *found = NULL;

	if (l->readers != 1)
		return NULL;
	for (size_t i = l->index + 1; i < n->count && !found; i++)
		for (size_t s = 0; s < n->layers[i].inputs; s++)
			if (n->layers[i].from[s] == l->index)
				found = &n->layers[i];
	return found;
}

/* Whether `next`, which reads the chain's end `from`, can join the chain of
 * the convolution `head`. */
static int can_fuse(const struct net *n, const struct layer *head,
		    const struct layer *from, const struct layer *next)
{
	size_t other;

	if (next->type == &layer_relu)
		return !head->fused_relu;
	if (n->mode == NET_TRAIN || head->fused_relu)
		return 0;
	if (next->type == &layer_bn)
		return from == head;
	if (next->type != &layer_add || next->inputs != 2 || head->fused_add)
		return 0;
	other = next->from[next->from[0] == from->index];
	return other != from->index &&
	       n->layers[n->layers[other].head].index < head->index;
}

static void fuse_chain(const struct net *n, struct layer *head)
{
	struct layer *from = head, *next = only_reader(n, head);

	while (next && can_fuse(n, head, from, next)) {
		next->head = head->index;
		if (next->type == &layer_relu)
			head->fused_relu = next;
		else if (next->type == &layer_bn)
			head->fused_bn = next;
		else {
			head->fused_add = next;
			head->add_from = next->from[next->from[0] ==
						    from->index];
		}
		from = next;
		next = only_reader(n, from);
	}
}

/* Puts the inputs that may be written in place into concat l. */
static void fuse_concat(const struct net *n, struct layer *l)
{
	size_t offset = 0;

	for (size_t s = 0; s < l->inputs; s++) {
		struct layer *from = &n->layers[l->from[s]];
		struct layer *head = &n->layers[from->head];

		if (head->type == &layer_conv && from->readers == 1) {
			for (size_t i = head->index; i <= from->index; i++) {
				struct layer *part = &n->layers[i];

				if (part->head != head->index)
					continue;
				part->within = l->index;
				part->channel = offset;
				part->step = l->out.c;
			}
		}
		offset += from->out.c;
	}
}

/* ---- the backward pass --------------------------------------------------- */

/* Whether a layer below l reads layer i, or l at a later slot. */
static int read_later(const struct net *n, size_t i, const struct layer *l,
		      size_t slot)
{
	for (size_t s = slot + 1; s < l->inputs; s++)
		if (l->from[s] == i)
			return 1;
	for (size_t r = l->index + 1; r < n->count; r++)
		for (size_t s = 0; s < n->layers[r].inputs; s++)
			if (n->layers[r].from[s] == i)
				return 1;
	return 0;
}

static void fuse_edges(const struct net *n, struct layer *l)
{
	for (size_t s = 0; s < l->inputs; s++) {
		l->edge[s] = EDGE_FIRST;
		if (n->layers[l->from[s]].learns &&
		    read_later(n, l->from[s], l, s))
			l->edge[s] = l->type->back_accumulates ?
				     EDGE_ACCUMULATE : EDGE_ADD;
	}
}

/* The relu that l is, or all that concat l consists of; or NULL. */
static const struct layer *relu_of(const struct net *n, const struct layer *l)
{
	const struct layer *relu = NULL;

	if (l->type == &layer_relu)
		return l;
	for (size_t s = 0; l->type == &layer_concat && s < l->inputs; s++) {
		const struct layer *from = &n->layers[l->from[s]];

		if (from->type != &layer_relu || from->within != l->index ||
		    (relu && layer_relu_max(from) !=
		     layer_relu_max(relu)))
			return NULL;
		relu = from;
	}
	return relu;
}

/* The layer with the last edge of l. */
static struct layer *first_reader(const struct net *n, const struct layer *l)
{
	for (size_t i = l->index + 1; i < n->count; i++)
		for (size_t s = 0; s < n->layers[i].inputs; s++)
			if (n->layers[i].from[s] == l->index)
				return &n->layers[i];
	return NULL;
}

static void fuse_gate(struct net *n, struct layer *l)
{
	const struct layer *relu = relu_of(n, l);
	struct layer *reader = first_reader(n, l);

	if (!l->learns || l->within != l->index || !relu || !reader ||
	    !reader->type->back_gates || reader->edge[0] == EDGE_ADD)
		return;
	reader->gate = relu;
	for (size_t s = 0; s < l->inputs; s++)
		if (l->type == &layer_concat)
			n->layers[l->from[s]].gated = 1;
	l->gated = l->type == &layer_relu;
}

void net_fuse(struct net *n)
{
	for (size_t i = 0; i < n->count; i++) {
		struct layer *l = &n->layers[i];

		l->head = l->within = i;
		l->channel = 0;
		l->step = l->out.c;
		l->fused_bn = l->fused_add = l->fused_relu = l->gate = NULL;
		l->gated = 0;
	}
	for (size_t i = 0; i < n->count; i++)
		if (n->layers[i].type == &layer_conv)
			fuse_chain(n, &n->layers[i]);
	for (size_t i = 0; i < n->count; i++)
		if (n->layers[i].type == &layer_concat)
			fuse_concat(n, &n->layers[i]);
	if (n->mode != NET_TRAIN)
		return;
	for (size_t i = 0; i < n->count; i++)
		fuse_edges(n, &n->layers[i]);
	for (size_t i = 0; i < n->count; i++)
		fuse_gate(n, &n->layers[i]);
}
