/*
 * seesay.c - the public API: one handle over a space, its index and a machine.
 *
 * Thin: meaning is in src/joint (words and pictures to vectors), order in
 * src/search.  The two meet here, and struct error becomes the public one.
 * seesay_ask.c gives the terms of a query their vectors, seesay_answer.c the
 * hits their strings and shares.
 */
#include "seesay.h"

#include <math.h>

#include "base/file.h"
#include "posts/posts.h"
#include "seesay_parts.h"

enum {
	DEFAULT_RESULTS = 12,		/* as the demo of the papers */
	PICTURE_BYTES = 32 << 20,	/* the decoder takes no more either */
};

const char *seesay_version(void)
{
	return SEESAY_VERSION;
}

/* Hands the error over; returns its code. */
static int give_error(struct seesay_error *to, const struct error *from)
{
	if (!to)
		return from->code;
	*to = (struct seesay_error){ .code = from->code };
	memcpy(to->text, from->text, sizeof(from->text));
	memcpy(to->hint, from->hint, sizeof(from->hint));
	return from->code;
}

/* ---- the handle ---------------------------------------------------------- */

static int load_index(struct seesay *s, const char *path, struct error *e)
{
	const char *format;

	if (space_open(&s->space, path, &s->machine, e) < 0)
		return e->code;
	format = st_meta(s->space.file, "format");
	if (!format || strcmp(format, INDEX_FORMAT)) {
		fail(e, ERROR_USAGE, "'%s' is a space without pictures", path);
		return hint(e, "seesay index SPACE PICTURES -o FILE makes an "
			    "index of it");
	}
	if (index_load(&s->index, s->space.file, e) < 0)
		return e->code;
	if (s->index.dim != s->space.dim)
		return fail(e, ERROR_DATA, "'%s': pictures have %zu dimensions, "
			    "words %zu", path, s->index.dim, s->space.dim);
	return 0;
}

int seesay_open(struct seesay **s, const char *path,
		const struct seesay_options *options, struct seesay_error *e)
{
	const struct seesay_options none = { 0 }, *o = options ? options : &none;
	struct error err = { 0 };
	struct seesay *new = mem_new(1, sizeof(*new), &err);

	*s = NULL;
	if (!new)
		return give_error(e, &err);
	/* children first, threads after: see image.h */
	if (o->pictures && !(new->decoder = decoder_open(1, &err)))
		goto fail;
	if (machine_open(&new->machine, o->kernels, o->threads, &err) < 0 ||
	    load_index(new, path, &err) < 0)
		goto fail;
	*s = new;
	return give_error(e, &err);
fail:
	seesay_close(new);
	return give_error(e, &err);
}

void seesay_close(struct seesay *s)
{
	if (!s)
		return;
	space_close(&s->space);
	machine_close(&s->machine);
	decoder_close(s->decoder);
	mem_free(s);
}

size_t seesay_count(const struct seesay *s)
{
	return s->index.count;
}

size_t seesay_dim(const struct seesay *s)
{
	return s->index.dim;
}

const char *seesay_root(const struct seesay *s)
{
	return s->index.root;
}

/* ---- pictures to vectors ------------------------------------------------- */

/* `name` is for messages. */
static int embed_bytes(struct seesay *s, const char *name, const void *data,
		       size_t bytes, float *out, struct error *e)
{
	const size_t side = space_side(&s->space);
	struct image image = { 0 }, square = { 0 };
	const unsigned char *pixels;
	struct error bad = { 0 };

	if (!s->decoder)
		return fail(e, ERROR_USAGE, "'%s': this handle was opened "
			    "without pictures", name);
	if (decoder_decode(s->decoder, 0, &image, data, bytes, &bad) < 0)
		return fail(e, bad.code, "'%s': %s", name, bad.text);
	if (image_resize(&square, &image, side, side, s->machine.kernels,
			 e) < 0)
		goto done;
	pixels = square.rgb;
	space_images(&s->space, &pixels, side, 1, out, e);
done:
	image_free(&image);
	image_free(&square);
	return e->code;
}

int seesay_embed_file(struct seesay *s, const char *path, float *out,
		      struct error *e)
{
	struct buf b = { 0 };

	if (file_read(&b, path, PICTURE_BYTES, e) == 0)
		embed_bytes(s, path, b.data, b.bytes, out, e);
	buf_free(&b);
	return e->code;
}

int seesay_embed_image(struct seesay *s, const char *path, float *out,
		       struct seesay_error *e)
{
	struct error err = { 0 };

	seesay_embed_file(s, path, out, &err);
	return give_error(e, &err);
}

int seesay_embed_bytes(struct seesay *s, const void *data, size_t bytes,
		       float *out, struct seesay_error *e)
{
	struct error err = { 0 };

	embed_bytes(s, "picture", data, bytes, out, &err);
	return give_error(e, &err);
}

int seesay_embed_text(struct seesay *s, const char *text, float *out,
		      struct seesay_error *e)
{
	struct error err = { 0 };

	space_caption(&s->space, str_of(text), out, &err);
	return give_error(e, &err);
}

/* ---- hits ---------------------------------------------------------------- */

static int split_number(const struct asking *a, int *split, struct error *e)
{
	const char *name = a->request->split;

	*split = -1;
	if (!name)
		return 0;
	if (!a->s->index.split)
		return fail(e, ERROR_USAGE, "this index does not say which "
			    "split a picture belongs to");
	for (int i = 0; i < POSTS_SPLITS; i++)
		if (!strcmp(name, posts_split_names[i]))
			*split = i;
	return *split >= 0 ? 0 : fail(e, ERROR_USAGE, "there is no split '%s'",
				      name);
}

/* Keeps the hits that were asked for.  A score that is not finite comes from
 * a damaged vector or another split and is no result. */
static size_t filter_hits(const struct asking *a, struct hit *hit, size_t n)
{
	const float *least = a->request->min_score;
	size_t kept = 0;

	for (size_t i = 0; i < n; i++)
		if (isfinite(hit[i].score) && (!least || hit[i].score >= *least))
			hit[kept++] = hit[i];
	return kept;
}

/* Why nothing of a split was found. */
static int note_split(struct asking *a, int split, struct error *e)
{
	const struct index *x = &a->s->index;
	size_t of[POSTS_SPLITS + 1] = { 0 };

	for (size_t i = 0; i < x->count; i++)
		of[MIN(x->split[i], POSTS_SPLITS)]++;
	if (of[split])
		return 0;
	buf_addf(&a->notes, e, "no picture of this index is of the split '%s':",
		 posts_split_names[split]);
	for (int i = 0; i < POSTS_SPLITS; i++)
		if (of[i])
			buf_addf(&a->notes, e, " %s has %zu",
				 posts_split_names[i], of[i]);
	a->note_count++;
	return buf_add(&a->notes, "", 1, e);
}

static int find_hits(struct asking *a, struct error *e)
{
	const struct index *x = &a->s->index;
	size_t k = a->request->k ? a->request->k : DEFAULT_RESULTS;
	void *scratch;
	int split;

	if (split_number(a, &split, e) < 0)
		return e->code;
	k = MIN(k, x->count);
	scratch = mem_new(index_scratch_bytes(x, &a->s->machine, 1, k), 1, e);
	a->hit = mem_new(k, sizeof(*a->hit), e);
	if (scratch && a->hit) {
		index_search(x, &a->s->machine, a->vector, 1, k, split, a->hit,
			     &a->hits, scratch);
		a->hits = filter_hits(a, a->hit, a->hits);
		if (!a->hits && split >= 0)
			note_split(a, split, e);
	}
	mem_free(scratch);
	return e->code;
}

static void asking_free(struct asking *a)
{
	query_free(&a->all);
	mem_free(a->known);
	mem_free(a->used.term);
	mem_free(a->vector);
	mem_free(a->per_term);
	mem_free(a->hit);
	words_read_free(&a->read);
	buf_free(&a->tokens);
	buf_free(&a->notes);
}

int seesay_search(struct seesay *s, const struct seesay_request *request,
		  struct seesay_answer **a, struct seesay_error *e)
{
	struct asking asking = { .s = s, .request = request };
	struct error err = { 0 };

	*a = NULL;
	if (!request->text)
		fail(&err, ERROR_USAGE, "query: there is none");
	else if (seesay_ask(&asking, &err) == 0 &&
		 find_hits(&asking, &err) == 0)
		seesay_answer_make(a, &asking, &err);
	asking_free(&asking);
	return give_error(e, &err);
}
