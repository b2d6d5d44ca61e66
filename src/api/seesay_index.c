/*
 * seesay_index.c - pictures that become an index.
 *
 * Strings are kept one after the other, each with its 0 byte, and viewed when
 * they no longer move.
 */
#include <math.h>

#include "base/string_map.h"
#include "posts/posts.h"
#include "api/seesay_parts.h"

struct seesay_index {
	struct seesay_session *session;
	struct string_map *ids;
	struct buf text;		/* id, path, caption of each picture */
	float *vectors;			/* [count, dim] */
	unsigned char *split;		/* [count], POSTS_SPLITS: not told */
	size_t count, vectors_room, split_room;
};

int seesay_index_new(struct seesay_index **x, struct seesay_session *s,
		     struct seesay_error *e)
{
	struct error err = { 0 };

	*x = mem_new(1, sizeof(**x), &err);
	if (*x) {
		(*x)->session = s;
		(*x)->ids = string_map_new(&err);
	}
	if (err.code) {
		seesay_index_free(*x);
		*x = NULL;
	}
	return seesay_give_error(e, &err);
}

void seesay_index_free(struct seesay_index *x)
{
	if (!x)
		return;
	string_map_free(x->ids);
	buf_free(&x->text);
	mem_free(x->vectors);
	mem_free(x->split);
	mem_free(x);
}

/* ---- adding -------------------------------------------------------------- */

static int check_picture(const struct seesay_index *x,
			 const struct seesay_picture *p, int *split,
			 struct error *e)
{
	if (!p->id || !*p->id)
		return fail(e, ERROR_USAGE, "a picture has no id");
	if (!p->vector)
		return fail(e, ERROR_USAGE, "picture '%s' has no vector",
			    p->id);
	if (string_map_find(x->ids, str_of(p->id)) != STRING_MAP_NONE)
		return fail(e, ERROR_USAGE, "'%s': two pictures have this id",
			    p->id);
	for (size_t i = 0; i < x->session->space->space.dim; i++)
		if (!isfinite(p->vector[i]))
			return fail(e, ERROR_DATA, "vector of '%s': value %zu "
				    "is not finite", p->id, i);
	return seesay_split(p->split, split, e);
}

static int put_text(struct seesay_index *x, const char *text, struct error *e)
{
	return buf_add(&x->text, text ? text : "", text ? strlen(text) + 1 : 1,
		       e);
}

/* Nothing counts before all of it is there. */
static int add(struct seesay_index *x, const struct seesay_picture *p,
	       int split, struct error *e)
{
	const size_t dim = x->session->space->space.dim;
	const size_t bytes = x->text.bytes;

	if (mem_grow(&x->vectors, &x->vectors_room, (x->count + 1) * dim,
		     sizeof(float), e) < 0 ||
	    mem_grow(&x->split, &x->split_room, x->count + 1, 1, e) < 0)
		return e->code;
	if (put_text(x, p->id, e) < 0 || put_text(x, p->path, e) < 0 ||
	    put_text(x, p->caption, e) < 0 ||
	    string_map_add(x->ids, str_of(p->id), e) == STRING_MAP_NONE) {
		x->text.bytes = bytes;
		return e->code;
	}
	memcpy(x->vectors + x->count * dim, p->vector, dim * sizeof(float));
	x->split[x->count++] = (unsigned char)(split < 0 ? POSTS_SPLITS :
							   split);
	return 0;
}

int seesay_index_add(struct seesay_index *x,
		     const struct seesay_picture *picture,
		     struct seesay_error *e)
{
	struct error err = { 0 };
	struct seesay_picture p;
	int split;

	if (seesay_take(&p, sizeof(p), picture, "seesay_picture_init",
			&err) == 0 &&
	    check_picture(x, &p, &split, &err) == 0)
		add(x, &p, split, &err);
	return seesay_give_error(e, &err);
}

/* ---- writing ------------------------------------------------------------- */

/* All of them say it, or none. */
static int check_splits(const struct seesay_index *x, const unsigned char **all,
			struct error *e)
{
	size_t told = 0;

	for (size_t i = 0; i < x->count; i++)
		told += x->split[i] != POSTS_SPLITS;
	*all = told ? x->split : NULL;
	if (told && told < x->count)
		return fail(e, ERROR_USAGE, "%zu of %zu pictures have a split: "
			    "give one to all or to none", told, x->count);
	return 0;
}

int seesay_index_write(struct seesay_index *x, const char *path,
		       const char *root, struct seesay_error *e)
{
	struct error err = { 0 };
	struct str *text = mem_new(x->count, 3 * sizeof(*text), &err);
	struct index_content c = {
		.count = x->count, .dim = x->session->space->space.dim,
		.vectors = x->vectors, .root = root,
		.pool = x->session->machine.pool,
	};
	const char *at = x->text.data;

	for (size_t i = 0; text && i < x->count; i++)
		for (size_t part = 0; part < 3; part++) {
			text[part * x->count + i] = str_of(at);
			at += strlen(at) + 1;
		}
	if (text && check_splits(x, &c.split, &err) == 0) {
		c.id = text;
		c.path = text + x->count;
		c.caption = text + 2 * x->count;
		index_write(path, x->session->space->space.file, &c, &err);
	}
	mem_free(text);
	return seesay_give_error(e, &err);
}
