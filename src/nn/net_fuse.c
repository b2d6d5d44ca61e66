/*
 * net_fuse.c - which layers a convolution fuses into its epilogue, and which
 * outputs lie inside a concat's.
 *
 * A convolution fuses a chain of layers after it, if no other layer reads the
 * outputs between them.  At inference these are batch norm, an add of one other
 * output that is computed before, and ReLU.  In training it is ReLU only, since
 * batch norm's statistics need all of the output first.  A fused layer has no
 * pass of its own.  The arithmetic is that of the separate layers, to the bit.
 *
 * If only a concat reads the last output of such a chain, the convolution
 * writes it directly into the concat's output, `step` floats from pixel to
 * pixel.  Its gradient is the same part of the concat's gradient.
 *
 * In the backward pass, a ReLU's backward is fused into that of the last edge
 * that reads its output, or the output of a concat of ReLUs alone, if the
 * edge's layer supports it.  The gate is then what that layer reads.
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

/* Whether the convolution `head`, whose chain ends at `from`, can fuse `next`,
 * which reads `from`. */
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

/* Lets the inputs of concat l for which that is possible lie in its output. */
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

/* Whether a layer below l reads layer i, or a later input of l does. */
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

/* l if it is a ReLU; one of its inputs if l is a concat of ReLUs with one
 * bound, all of which lie in its output; else NULL. */
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
