/* tower_joined.c - both sides of joined spaces; see joined.h. */
#include "joint/joined.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "joint/tower_trunk.h"

struct part {
	struct st_file *file;
	struct space space;		/* one side of it */
	float factor;
	size_t at;			/* of its vector in the whole */
};

struct joined {
	struct part part[JOINED_MOST];
	size_t count;
	int shares_trunk;		/* all have an equal one */
	float *room;			/* [TRUNK_BATCH, largest dim] */
};

static struct joined *state_of(const struct tower *t)
{
	return t->state;
}

/* ---- opening ------------------------------------------------------------- */

static int part_open(struct tower *t, struct part *p, size_t i,
		     enum tower_side side, struct error *e)
{
	char prefix[8];
	const char *type;

	snprintf(prefix, sizeof(prefix), "%zu.", i);
	p->file = st_part(t->file, prefix, "trunk.", e);
	if (!p->file)
		return e->code;
	type = st_meta(p->file, "picture_tower");
	if (type && strcmp(type, "joined") == 0)
		return fail(e, ERROR_DATA, "'%s': a part of joined spaces is "
			    "joined itself", st_path(t->file));
	return space_open_side(&p->space, side, p->file, t->machine, e);
}

static int counts_read(struct tower *t, float *weights, struct error *e)
{
	struct joined *s = state_of(t);
	const char *count = st_meta(t->file, "joined");
	const char *text = st_meta(t->file, "joined.weights");
	long n = count ? strtol(count, NULL, 10) : 0;

	if (n < 2 || n > JOINED_MOST || !text)
		return fail(e, ERROR_DATA, "'%s': metadata '%s' is missing or "
			    "wrong", st_path(t->file),
			    text ? "joined" : "joined.weights");
	s->count = (size_t)n;
	return joined_weights(text, s->count, weights, e);
}

static int parts_open(struct tower *t, enum tower_side side, struct error *e)
{
	struct joined *s = mem_new(1, sizeof(*s), e);
	float weights[JOINED_MOST], sum = 0;
	size_t dim = 0, most = 0;

	t->state = s;
	if (!s || counts_read(t, weights, e) < 0)
		return e->code;
	for (size_t i = 0; i < s->count; i++)
		sum = sum + weights[i];
	for (size_t i = 0; i < s->count; i++) {
		struct part *p = &s->part[i];

		if (part_open(t, p, i, side, e) < 0)
			return e->code;
		p->factor = sqrtf(weights[i] / sum);
		p->at = dim;
		dim += p->space.dim;
		most = MAX(most, p->space.dim);
	}
	if (t->dim && t->dim != dim)
		return fail(e, ERROR_DATA, "'%s': joined pictures have %zu "
			    "numbers, texts %zu", st_path(t->file), dim,
			    t->dim);
	t->dim = dim;
	t->norm = WORDS_RAW;
	s->room = mem_new(TRUNK_BATCH, most * sizeof(*s->room), e);
	return e->code;
}

static int open_texts(struct tower *t, struct error *e)
{
	return parts_open(t, TOWER_TEXTS, e);
}

static int same_trunk(const struct tower *a, const struct tower *b)
{
	const struct trunk *x, *y;

	if (strcmp(a->type->name, "trunk") || strcmp(b->type->name, "trunk"))
		return 0;
	x = tower_trunk_of(a);
	y = tower_trunk_of(b);
	return x->sum == y->sum && x->views == y->views && x->dim == y->dim;
}

static int open_pictures(struct tower *t, struct error *e)
{
	struct joined *s;

	if (parts_open(t, TOWER_PICTURES, e) < 0)
		return e->code;
	s = state_of(t);
	s->shares_trunk = 1;
	for (size_t i = 0; i < s->count; i++)
		s->shares_trunk &= same_trunk(&s->part[0].space.pictures,
					      &s->part[i].space.pictures);
	return 0;
}

static void joined_close(struct tower *t)
{
	struct joined *s = state_of(t);

	for (size_t i = 0; s && i < JOINED_MOST; i++) {
		space_close_side(&s->part[i].space);
		st_close(s->part[i].file);
	}
	if (s)
		mem_free(s->room);
	mem_free(s);
}

/* joined_write makes such files, nothing else does. */
static int put_nothing(const struct tower *t, struct st_writer *w,
		       struct error *e)
{
	(void)w;
	return fail(e, ERROR_USAGE, "'%s': joined spaces do not learn",
		    st_path(t->file));
}

/* ---- pictures ------------------------------------------------------------ */

static size_t joined_least_side(const struct tower *t)
{
	const struct joined *s = state_of(t);
	size_t least = 0;

	for (size_t i = 0; i < s->count; i++)
		least = MAX(least, space_least_side(&s->part[i].space));
	return least;
}

/* Vectors [count, own dim] of a part to their place in out [count, dim]. */
static void place(const struct tower *t, const struct part *p, const float *v,
		  size_t count, float *out)
{
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < p->space.dim; j++)
			out[i * t->dim + p->at + j] =
				p->factor * v[i * p->space.dim + j];
}

static int some_pictures(struct tower *t, const unsigned char *const *pixels,
			 size_t side, size_t n, float *out, struct error *e)
{
	struct joined *s = state_of(t);
	const float *rows[TRUNK_BATCH];

	if (s->shares_trunk &&
	    tower_trunk_features(&s->part[0].space.pictures, pixels, side, n,
				 rows, e) < 0)
		return e->code;
	for (size_t i = 0; i < s->count; i++) {
		struct space *part = &s->part[i].space;

		if (s->shares_trunk)
			tower_trunk_head_run(&part->pictures, rows, n,
					     s->room);
		if (s->shares_trunk ? space_pictures(part, s->room, n, e) < 0 :
		    space_images(part, pixels, side, n, s->room, e) < 0)
			return e->code;
		place(t, &s->part[i], s->room, n, out);
	}
	return 0;
}

static int joined_pictures(struct tower *t, const unsigned char *const *pixels,
			   size_t side, size_t count, float *out,
			   struct error *e)
{
	for (size_t first = 0; first < count; first += TRUNK_BATCH)
		if (some_pictures(t, pixels + first, side,
				  MIN(count - first, (size_t)TRUNK_BATCH),
				  out + first * t->dim, e) < 0)
			return e->code;
	return 0;
}

static int joined_kept(struct tower *t, const struct dataset *d,
		       const size_t *rows, size_t count, float *out,
		       struct error *e)
{
	struct joined *s = state_of(t);
	float *room = mem_new(count, t->dim * sizeof(*room), e);
	int found = room ? 1 : e->code;

	for (size_t i = 0; found > 0 && i < s->count; i++) {
		struct part *p = &s->part[i];

		found = space_kept(&p->space, d, rows, count, room, e);
		if (found > 0)
			place(t, p, room, count, out);
	}
	mem_free(room);
	return found;
}

/* ---- texts --------------------------------------------------------------- */

/* Of a caption or a word, as `read` has it. */
static int joined_read(const struct tower *t, struct str text, float *out,
		       int (*read)(const struct space *s, struct str text,
				   float *out, struct error *e),
		       struct error *e)
{
	const struct joined *s = state_of(t);
	int known = 0;

	for (size_t i = 0; i < s->count; i++) {
		const struct part *p = &s->part[i];
		float *to = out + p->at;
		struct error bad = { 0 };

		if (read(&p->space, text, to, &bad) == 0)
			known++;
		else if (bad.code == ERROR_UNKNOWN)
			memset(to, 0, p->space.dim * sizeof(*to));
		else
			return fail(e, (enum error_code)bad.code, "%s",
				    bad.text);
		for (size_t j = 0; j < p->space.dim; j++)
			to[j] = p->factor * to[j];
	}
	return known;
}

static int joined_text(const struct tower *t, struct str text, float *out,
		       struct error *e)
{
	return joined_read(t, text, out, space_caption, e);
}

static int joined_word(const struct tower *t, struct str word, float *out,
		       struct error *e)
{
	return joined_read(t, word, out, space_word, e);
}

/* The largest; of equals the first. */
static const struct words *joined_words(const struct tower *t)
{
	const struct joined *s = state_of(t);
	const struct words *most = space_words(&s->part[0].space);

	for (size_t i = 1; i < s->count; i++) {
		const struct words *w = space_words(&s->part[i].space);

		most = w->count > most->count ? w : most;
	}
	return most;
}

const struct tower_type tower_joined = {
	.name = "joined", .open = open_pictures, .close = joined_close,
	.put_meta = put_nothing, .put = put_nothing,
	.least_side = joined_least_side, .pictures = joined_pictures,
	.kept = joined_kept,
};

const struct tower_type tower_joined_texts = {
	.name = "joined", .open = open_texts, .close = joined_close,
	.put_meta = put_nothing, .put = put_nothing,
	.text = joined_text, .word = joined_word, .words = joined_words,
};
