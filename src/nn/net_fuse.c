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
static int can_join(const struct net *n, const struct layer *head,
		    const struct layer *from, const struct layer *next)
{
	size_t other;

	if (next->type == &layer_relu)
		return !head->ends_relu;
	if (n->mode == NET_TRAIN || head->ends_relu)
		return 0;
	if (next->type == &layer_bn)
		return from == head;
	if (next->type != &layer_add || next->inputs != 2 || head->ends_add)
		return 0;
	other = next->from[next->from[0] == from->index];
	return other != from->index &&
	       n->layers[n->layers[other].head].index < head->index;
}

static void fuse_chain(const struct net *n, struct layer *head)
{
	struct layer *from = head, *next = only_reader(n, head);

	while (next && can_join(n, head, from, next)) {
		next->head = head->index;
		if (next->type == &layer_relu)
			head->ends_relu = next;
		else if (next->type == &layer_bn)
			head->ends_bn = next;
		else {
			head->ends_add = next;
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

void net_fuse(struct net *n)
{
	for (size_t i = 0; i < n->count; i++) {
		struct layer *l = &n->layers[i];

		l->head = l->within = i;
		l->channel = 0;
		l->step = l->out.c;
		l->ends_bn = l->ends_add = l->ends_relu = NULL;
	}
	for (size_t i = 0; i < n->count; i++)
		if (n->layers[i].type == &layer_conv)
			fuse_chain(n, &n->layers[i]);
	for (size_t i = 0; i < n->count; i++)
		if (n->layers[i].type == &layer_concat)
			fuse_concat(n, &n->layers[i]);
}
