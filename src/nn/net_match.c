/*
 * net_match.c - whether a file's tensors are those of a net, in one line.
 *
 * net_load names the first tensor that does not match.  A user with weights
 * from elsewhere wants to know whether one name, one shape or the whole net
 * differs. So there are three lists: tensors missing in the file, tensors that
 * the net does not have, and tensors of another shape.  The message names the
 * first of each and counts the rest.
 */
#include "nn/layer.h"

#include <stdio.h>
#include <string.h>

struct misfits {
	const char *first;
	size_t count;
};

static void misfit(struct misfits *m, const char *name)
{
	if (!m->count++)
		m->first = name;
}

static const struct tensor *tensor_find(const struct net *n, const char *name)
{
	for (size_t i = 0; i < n->tensor_count; i++)
		if (strcmp(n->tensors[i].name, name) == 0)
			return &n->tensors[i];
	return NULL;
}

/* The file's tensor for t, or NULL. */
static const struct st_tensor *file_find(const struct st_file *f,
					 const char *prefix,
					 const struct tensor *t)
{
	size_t front = strlen(prefix);

	for (size_t i = 0; i < st_count(f); i++) {
		const char *name = st_at(f, i)->name;

		if (strncmp(name, prefix, front) == 0 &&
		    strcmp(name + front, t->name) == 0)
			return st_at(f, i);
	}
	return NULL;
}

static int same_shape(const struct tensor *t, const struct st_tensor *from)
{
	return from->type == ST_F32 && from->rank == t->view.rank &&
	       memcmp(from->shape, t->view.shape,
		      (size_t)t->view.rank * sizeof(*from->shape)) == 0;
}

static int tell(struct buf *text, const struct misfits *m, const char *format,
		struct error *e)
{
	char more[40] = "";

	if (!m->count)
		return 0;
	if (m->count > 1)
		snprintf(more, sizeof(more), " and %zu more", m->count - 1);
	if (text->bytes && buf_addf(text, e, "; ") < 0)
		return e->code;
	return buf_addf(text, e, "%s '%.100s'%s", format, m->first, more);
}

int net_match(const struct net *n, const struct st_file *f, const char *prefix,
	      struct error *e)
{
	struct misfits lacks = {0}, others = {0}, shapes = {0};
	size_t front = strlen(prefix);
	struct buf text = {0};

	for (size_t i = 0; i < n->tensor_count; i++) {
		const struct tensor *t = &n->tensors[i];
		const struct st_tensor *from = file_find(f, prefix, t);

		if (!from)
			misfit(&lacks, t->name);
		else if (!same_shape(t, from))
			misfit(&shapes, t->name);
	}
	for (size_t i = 0; i < st_count(f); i++) {
		const char *name = st_at(f, i)->name;

		if (strncmp(name, prefix, front) == 0 &&
		    !tensor_find(n, name + front))
			misfit(&others, name + front);
	}
	if (tell(&text, &lacks, "it lacks", e) == 0 &&
	    tell(&text, &others, "the net has no", e) == 0 &&
	    tell(&text, &shapes, "of another shape are", e) == 0 && text.bytes)
		fail(e, ERROR_DATA, "'%s' does not fit net '%s': %s",
		     st_path(f), n->name, text.data);
	buf_free(&text);
	return e->code;
}
