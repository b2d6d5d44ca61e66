/*
 * targets.c - see targets.h.  Posts go through the tower in chunks, one item
 * of the pool each.
 */
#include "joint/targets.h"

#include <string.h>

enum { CHUNK = 64 };

struct target {
	struct buf text;
	int known;			/* words of it; 0: no vector */
	struct error error;
};

struct chunk {
	const struct tower *tower;
	const struct dataset *posts;
	const uint32_t *post;		/* of the first */
	struct target *target;		/* [CHUNK] */
	float *vectors;			/* [CHUNK, dim] */
};

static int text_add(struct buf *text, struct str s, struct error *e)
{
	size_t at = text->bytes;

	if (!s.bytes)
		return 0;
	if (buf_add(text, " ", at ? 1 : 0, e) < 0 ||
	    buf_add(text, s.data, s.bytes, e) < 0)
		return e->code;
	for (; at < text->bytes; at++)
		if (text->data[at] == '\n')
			text->data[at] = ' ';
	return 0;
}

int targets_text(const struct dataset *d, size_t post, struct buf *text,
		 struct error *e)
{
	buf_clear(text);
	for (size_t c = dataset_first_caption(d, post);
	     c < d->caption_ends[post]; c++)
		if (text_add(text, st_string_at(&d->caption, c), e) < 0)
			return e->code;
	return text_add(text, st_string_at(&d->tags, post), e);
}

static void target_make(void *context, size_t i, int thread)
{
	const struct chunk *c = context;
	const struct tower *tower = c->tower;
	struct target *t = &c->target[i];
	float *out = c->vectors + i * tower->dim;

	(void)thread;
	if (targets_text(c->posts, c->post[i], &t->text, &t->error) < 0)
		return;
	t->known = tower->type->text(tower, (struct str){ t->text.data,
				     t->text.bytes }, out, &t->error);
	if (t->known > 0)
		words_normalise(out, tower->dim, tower->norm,
				tower->machine->kernels);
}

static int target_put(const struct targets *t, size_t i, const float *v,
		      struct error *e)
{
	size_t bytes = t->dim * sizeof(*v);

	if (!t->vectors)
		return tmpfile_write(&t->file, (uint64_t)i * bytes, v, bytes,
				     e);
	memcpy(t->vectors + i * t->dim, v, bytes);
	return 0;
}

/* Of all posts, `known` of which come first afterwards. */
static int targets_fill(struct targets *t, struct chunk *c, uint32_t *post,
			size_t count, size_t *known, struct error *e)
{
	*known = 0;
	for (size_t first = 0; first < count; first += CHUNK) {
		size_t n = MIN(count - first, (size_t)CHUNK);

		c->post = post + first;
		pool_run(c->tower->machine->pool, n, target_make, c);
		for (size_t i = 0; i < n; i++) {
			if (c->target[i].error.code) {
				*e = c->target[i].error;
				return e->code;
			}
			if (!c->target[i].known)
				continue;
			if (target_put(t, *known, c->vectors + i * t->dim,
				       e) < 0)
				return e->code;
			post[(*known)++] = post[first + i];
		}
	}
	return 0;
}

/* Room for `count` vectors. */
static int targets_room(struct targets *t, size_t count, uint64_t memory_bytes,
			const char *beside, struct error *e)
{
	uint64_t bytes = (uint64_t)count * t->dim * sizeof(float);

	if (bytes <= memory_bytes) {
		t->vectors = mem_new(count, t->dim * sizeof(float), e);
		return t->vectors ? 0 : e->code;
	}
	if (tmpfile_open(&t->file, NULL, beside, e) < 0)
		return e->code;
	return tmpfile_check(&t->file, bytes, "words of fewer dimensions", e);
}

int targets_open(struct targets *t, const struct tower *text,
		 const struct dataset *posts, uint32_t *post, size_t *count,
		 uint64_t memory_bytes, const char *beside, struct error *e)
{
	struct chunk c = { .tower = text, .posts = posts };

	*t = (struct targets){ .dim = text->dim };
	c.target = mem_new(CHUNK, sizeof(*c.target), e);
	c.vectors = mem_new(CHUNK, text->dim * sizeof(*c.vectors), e);
	if (c.target && c.vectors &&
	    targets_room(t, *count, memory_bytes, beside, e) == 0)
		targets_fill(t, &c, post, *count, count, e);
	for (size_t i = 0; c.target && i < CHUNK; i++)
		buf_free(&c.target[i].text);
	mem_free(c.target);
	mem_free(c.vectors);
	if (e->code)
		targets_close(t);
	return e->code;
}

int targets_get(const struct targets *t, size_t i, float *out,
		struct error *e)
{
	size_t bytes = t->dim * sizeof(*out);

	if (!t->vectors)
		return tmpfile_read(&t->file, (uint64_t)i * bytes, out, bytes,
				    e);
	memcpy(out, t->vectors + i * t->dim, bytes);
	return 0;
}

void targets_close(struct targets *t)
{
	mem_free(t->vectors);
	tmpfile_close(&t->file);
	*t = (struct targets){ .dim = 0 };
}
