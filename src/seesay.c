/*
 * seesay.c - the public API: one handle over a space, its index and a machine.
 *
 * Thin: meaning is in src/joint (words and pictures to vectors), order in
 * src/search.  Here the two meet: each term of a query gets its vector, the
 * hits get their strings and their shares, and struct error becomes the
 * public one.
 */
#include "seesay.h"

#include <math.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/table.h"
#include "image/image.h"
#include "joint/space.h"
#include "posts/posts.h"
#include "search/index.h"
#include "search/query.h"

enum {
	DEFAULT_RESULTS = 12,		/* as the demo of the papers */
	PICTURE_BYTES = 32 << 20,	/* the decoder takes no more either */
	SUGGESTIONS = 5,
	SHOWN_BYTES = 200,		/* of the user's words in a message */
};

struct seesay {
	struct decoder *decoder;	/* NULL unless pictures were asked for */
	struct machine machine;
	struct space space;
	struct index index;
	const unsigned char *split;	/* [index.count], or NULL */
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

static int shown(struct str s)
{
	return (int)MIN(s.bytes, (size_t)SHOWN_BYTES);
}

/* ---- the handle ---------------------------------------------------------- */

static int load_split(struct seesay *s, struct error *e)
{
	uint64_t shape[] = { s->index.count };
	const struct st_tensor *t = st_find(s->space.file, "index.split");

	if (!t)
		return 0;
	t = st_need(s->space.file, "index.split", ST_U8, 1, shape, e);
	if (!t)
		return e->code;
	s->split = t->data;
	return 0;
}

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
	return load_split(s, e);
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

static int embed_file(struct seesay *s, const char *path, float *out,
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

	embed_file(s, path, out, &err);
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

/* ---- words --------------------------------------------------------------- */

/* What a word of a query is in this space. */
enum meaning { MEANING_NONE, MEANING_WORD, MEANING_CAPTION };

/* As it stands, or as the cleaner would write it; *word views text or
 * `tokens`, the first token if there are several. */
static enum meaning find_word(const struct words *w, struct str text,
			      struct buf *tokens, struct str *word,
			      struct error *e)
{
	size_t count;
	const char *at;

	*word = text;
	if (words_find(w, text) != WORDS_NONE)
		return MEANING_WORD;
	if (clean_tokens(&w->clean, text, tokens, &count, e) < 0 || !count)
		return MEANING_NONE;
	*word = str_of(tokens->data);
	at = tokens->data;
	for (size_t i = 0; i < count; i++, at += strlen(at) + 1)
		if (words_find(w, str_of(at)) != WORDS_NONE)
			return count == 1 ? MEANING_WORD : MEANING_CAPTION;
	return MEANING_NONE;
}

static void fail_unknown(const struct words *w, const struct query_term *t,
			 struct str word, struct error *e)
{
	uint32_t ids[SUGGESTIONS];
	size_t n = words_suggest(w, word, ids, SUGGESTIONS), used = 0;
	char list[400];

	fail(e, ERROR_FAILED, t->kind == QUERY_PHRASE ?
	     "'%.*s' has no word of the vocabulary (%zu words)" :
	     "'%.*s' is not in the vocabulary (%zu words)",
	     shown(t->text), t->text.data, w->count);
	for (size_t i = 0; i < n; i++) {
		struct str near = words_at(w, ids[i]);

		if (near.bytes + 3 > sizeof(list) - used)
			break;
		used += (size_t)snprintf(list + used, sizeof(list) - used,
					 "%s%.*s", i ? ", " : "",
					 (int)near.bytes, near.data);
	}
	if (used)
		hint(e, "closest words: %s", list);
}

/* ---- terms to vectors ---------------------------------------------------- */

/* One search; what resolve_term and the answer need. */
struct asking {
	struct seesay *s;
	const struct seesay_request *request;
	struct query all;		/* as written */
	int *known;			/* [all.count] */
	struct query used;		/* the known terms; views into `all` */
	float *vector;			/* [dim] */
	float *per_term;		/* [used.count, dim] */
	struct hit *hit;
	size_t hits;
	struct buf tokens, notes;	/* notes: a 0 byte after each */
	size_t note_count;
};

static int resolve_picture(const struct asking *a, struct str id, float *out,
			   struct error *e)
{
	size_t i = index_find(&a->s->index, id);

	if (i == SIZE_MAX) {
		fail(e, ERROR_FAILED, "there is no picture '%.*s' in this "
		     "index", shown(id), id.data);
		return hint(e, "a key with '-', '+' or blanks needs quotes: "
			    "id:\"new-york/12\"");
	}
	index_vector(&a->s->index, i, out);
	return 0;
}

static int resolve_result(const struct asking *a, size_t number, float *out,
			  struct error *e)
{
	const struct seesay_request *r = a->request;

	if (r->previous_count == 0) {
		fail(e, ERROR_FAILED, "IMG_%zu: there is no previous result to "
		     "take it from", number);
		return hint(e, "search with words first, then use its "
			    "pictures");
	}
	if (number > r->previous_count)
		return fail(e, ERROR_FAILED, "IMG_%zu: the previous result has "
			    "%zu pictures", number, r->previous_count);
	return resolve_picture(a, str_of(r->previous[number - 1]), out, e);
}

static int resolve_file(struct asking *a, struct str path, float *out,
			struct error *e)
{
	buf_clear(&a->tokens);
	if (buf_add(&a->tokens, path.data, path.bytes, e) < 0)
		return e->code;
	if (embed_file(a->s, a->tokens.data, out, e) == 0)
		return 0;
	if (!e->hint[0])
		hint(e, "a path with '-', '+', blanks or brackets needs "
		     "quotes: @\"my-cat.jpg\"");
	return e->code;
}

static int resolve_term(void *context, const struct query_term *t, float *out,
			struct error *e)
{
	struct asking *a = context;
	const struct space *space = &a->s->space;
	struct str word;

	switch (t->kind) {
	case QUERY_RESULT:
		return resolve_result(a, t->number, out, e);
	case QUERY_FILE:
		return resolve_file(a, t->text, out, e);
	case QUERY_ID:
		return resolve_picture(a, t->text, out, e);
	case QUERY_PHRASE:
		return space_caption(space, t->text, out, e);
	case QUERY_WORD:
		break;
	}
	if (find_word(&space->words, t->text, &a->tokens, &word, e) ==
	    MEANING_WORD)
		return space_word(space, word, out, e);
	return e->code ? e->code : space_caption(space, t->text, out, e);
}

/* ---- what is known ------------------------------------------------------- */

/* "t-shirt" is t minus shirt; if tshirt is a word, say so. */
static int note_joined(struct asking *a, const struct query_term *t,
		       const struct query_term *next, struct error *e)
{
	struct str joined = { t->text.data, t->text.bytes + 1 + next->text.bytes };
	struct str word;

	if (t->kind != QUERY_WORD || next->kind != QUERY_WORD ||
	    next->text.data != t->text.data + t->text.bytes + 1 ||
	    t->text.data[t->text.bytes] != '-')
		return 0;
	if (find_word(&a->s->space.words, joined, &a->tokens, &word, e) !=
	    MEANING_WORD)
		return e->code;
	a->note_count++;
	buf_addf(&a->notes, e, "'%.*s' was taken as %.*s minus %.*s; '%.*s' is "
		 "also one word: quote it to mean that", shown(joined),
		 joined.data, shown(t->text), t->text.data, shown(next->text),
		 next->text.data, shown(word), word.data);
	return buf_add(&a->notes, "", 1, e);
}

/* The term is left out, or the search ends. */
static int meet_unknown(struct asking *a, const struct query_term *t,
			struct str word, struct error *e)
{
	if (e->code)
		return e->code;
	if (!a->request->skip_unknown) {
		fail_unknown(&a->s->space.words, t, word, e);
		if (a->note_count)
			hint(e, "%s", a->notes.data);
		return e->code;
	}
	a->note_count++;
	buf_addf(&a->notes, e, "'%.*s' is not in the vocabulary: left out",
		 shown(t->text), t->text.data);
	return buf_add(&a->notes, "", 1, e);
}

static int check_term(struct asking *a, size_t i, struct error *e)
{
	const struct query_term *t = &a->all.term[i];
	struct str word;

	a->known[i] = 1;
	if (t->kind != QUERY_WORD && t->kind != QUERY_PHRASE)
		return 0;
	if (find_word(&a->s->space.words, t->text, &a->tokens, &word, e) !=
	    MEANING_NONE)
		return 0;
	a->known[i] = 0;
	return meet_unknown(a, t, word, e);
}

static int check_terms(struct asking *a, struct error *e)
{
	const struct query *q = &a->all;

	for (size_t i = 0; i + 1 < q->count; i++)
		if (note_joined(a, &q->term[i], &q->term[i + 1], e) < 0)
			return e->code;
	for (size_t i = 0; i < q->count; i++) {
		if (check_term(a, i, e) < 0)
			return e->code;
		if (a->known[i])
			a->used.term[a->used.count++] = q->term[i];
	}
	if (a->used.count == 0)
		return fail(e, ERROR_FAILED, "no word of the query is in the "
			    "vocabulary (%zu words)", a->s->space.words.count);
	return 0;
}

static int make_vector(struct asking *a, struct error *e)
{
	const struct query_resolver r = { a, a->s->index.dim, resolve_term };
	int unit = a->s->space.compare == SPACE_COSINE;

	if (query_parse(&a->all, str_of(a->request->text), e) < 0)
		return e->code;
	a->known = mem_new(a->all.count, sizeof(*a->known), e);
	a->used.term = mem_new(a->all.count, sizeof(*a->used.term), e);
	if (!a->known || !a->used.term || check_terms(a, e) < 0)
		return e->code;
	a->vector = mem_new(r.dim, sizeof(float), e);
	a->per_term = mem_new(a->used.count, r.dim * sizeof(float), e);
	if (!a->vector || !a->per_term)
		return e->code;
	return query_vector(&a->used, &r, unit, a->vector, a->per_term, e);
}

/* ---- hits ---------------------------------------------------------------- */

static int split_number(const struct asking *a, int *split, struct error *e)
{
	const char *name = a->request->split;

	*split = -1;
	if (!name)
		return 0;
	if (!a->s->split)
		return fail(e, ERROR_USAGE, "this index does not say which "
			    "split a picture belongs to");
	for (int i = 0; i < POSTS_SPLITS; i++)
		if (!strcmp(name, posts_split_names[i]))
			*split = i;
	return *split >= 0 ? 0 : fail(e, ERROR_USAGE, "there is no split '%s'",
				      name);
}

/* Keeps the hits that were asked for.  A score that is not finite comes from a
 * damaged vector and is no result. */
static size_t filter_hits(const struct asking *a, struct hit *hit, size_t n,
			  int split)
{
	const float *least = a->request->min_score;
	size_t kept = 0;

	for (size_t i = 0; i < n; i++)
		if (isfinite(hit[i].score) && (!least || hit[i].score >= *least)
		    && (split < 0 || a->s->split[hit[i].picture] == split))
			hit[kept++] = hit[i];
	return kept;
}

static int search_best(struct asking *a, size_t k, struct error *e)
{
	const struct index *x = &a->s->index;
	size_t bytes = index_scratch_bytes(x, &a->s->machine, 1, k);
	void *scratch = mem_new(bytes, 1, e);

	mem_free(a->hit);
	a->hit = mem_new(k, sizeof(*a->hit), e);
	if (scratch && a->hit)
		index_search(x, &a->s->machine, a->vector, 1, k, a->hit,
			     &a->hits, scratch);
	mem_free(scratch);
	return e->code;
}

/* Of one split: the best of all are taken, ever more, until enough are left. */
static int find_hits(struct asking *a, struct error *e)
{
	const size_t count = a->s->index.count;
	size_t k = a->request->k ? a->request->k : DEFAULT_RESULTS;
	size_t fetch = MIN(k, count), found;
	int split;

	if (split_number(a, &split, e) < 0)
		return e->code;
	for (;; fetch = fetch > count / 8 ? count : fetch * 8) {
		if (search_best(a, fetch, e) < 0)
			return e->code;
		found = a->hits;
		a->hits = filter_hits(a, a->hit, found, split);
		if (split < 0 || a->hits >= k || found == count)
			break;
	}
	a->hits = MIN(a->hits, k);
	return 0;
}

/* ---- the answer ---------------------------------------------------------- */

struct answer {
	struct seesay_answer public;	/* first: freed through it */
	struct seesay_term *term;
	struct seesay_result *result;
	float *share;			/* [results, terms] */
	const char **note;
	struct buf text;		/* all strings, in this order */
};

static int add_string(struct buf *b, struct str s, struct error *e)
{
	const char *end = s.bytes ? memchr(s.data, 0, s.bytes) : NULL;

	if (buf_add(b, s.data, end ? (size_t)(end - s.data) : s.bytes, e) < 0)
		return e->code;
	return buf_add(b, "", 1, e);
}

/* Needs quotes to be read back as one name? */
static int is_plain(struct str s)
{
	for (size_t i = 0; i < s.bytes; i++)
		if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
			    "0123456789_./", s.data[i]))
			return 0;
	return 1;
}

static int add_term(struct buf *b, const struct query_term *t, struct error *e)
{
	static const char *const prefix[] = {
		[QUERY_FILE] = "@", [QUERY_ID] = "id:", [QUERY_PHRASE] = "",
	};
	const char *quote;

	if (t->kind == QUERY_WORD)
		return add_string(b, t->text, e);
	if (t->kind == QUERY_RESULT) {
		buf_addf(b, e, "IMG_%zu", t->number);
		return buf_add(b, "", 1, e);
	}
	quote = t->kind == QUERY_PHRASE || !is_plain(t->text) ? "\"" : "";
	buf_addf(b, e, "%s%s%.*s%s", prefix[t->kind], quote, (int)t->text.bytes,
		 t->text.data, quote);
	return buf_add(b, "", 1, e);
}

static int add_strings(struct answer *n, const struct asking *a,
		       struct error *e)
{
	const struct index *x = &a->s->index;

	for (size_t i = 0; i < a->all.count; i++)
		if (add_term(&n->text, &a->all.term[i], e) < 0)
			return e->code;
	for (size_t i = 0; i < a->hits; i++) {
		size_t p = a->hit[i].picture;

		if (add_string(&n->text, st_string_at(&x->id, p), e) < 0 ||
		    add_string(&n->text, st_string_at(&x->path, p), e) < 0 ||
		    add_string(&n->text, st_string_at(&x->caption, p), e) < 0)
			return e->code;
	}
	return buf_add(&n->text, a->notes.data, a->notes.bytes, e);
}

/* The string at *at; *at moves to the one after it. */
static const char *next_string(const char **at)
{
	const char *s = *at;

	*at += strlen(s) + 1;
	return s;
}

/* Shares by the kernel that made the score, so that one term's is the score. */
static void fill_share(const struct asking *a, size_t picture, float *share)
{
	const struct index *x = &a->s->index;
	const float *panel = x->panels +
			     picture / KERNELS_PANEL * x->dim * KERNELS_PANEL;
	float score[KERNELS_PANEL];
	size_t used = 0;

	for (size_t t = 0; t < a->all.count; t++) {
		const float *row = a->per_term + used * x->dim;

		if (!a->known[t])
			continue;
		used++;
		a->s->machine.kernels->score(score, 1, x->dim, &row, panel);
		share[t] = score[picture % KERNELS_PANEL];
	}
}

static void fill_answer(struct answer *n, const struct asking *a)
{
	const char *at = n->text.data;

	for (size_t i = 0; i < a->all.count; i++)
		n->term[i] = (struct seesay_term){
			.text = next_string(&at),
			.kind = (enum seesay_kind)a->all.term[i].kind,
			.weight = a->all.term[i].weight, .known = a->known[i],
		};
	for (size_t i = 0; i < a->hits; i++) {
		struct seesay_result *r = &n->result[i];

		r->score = a->hit[i].score;
		r->picture = a->hit[i].picture;
		r->id = next_string(&at);
		r->path = next_string(&at);
		r->caption = next_string(&at);
		r->share = n->share + i * a->all.count;
		fill_share(a, r->picture, n->share + i * a->all.count);
	}
	for (size_t i = 0; i < a->note_count; i++)
		n->note[i] = next_string(&at);
	n->public = (struct seesay_answer){
		n->term, a->all.count, n->result, a->hits, n->note,
		a->note_count,
	};
}

static int make_answer(struct seesay_answer **out, const struct asking *a,
		       struct error *e)
{
	struct answer *n = mem_new(1, sizeof(*n), e);
	size_t shares;

	if (!n)
		return e->code;
	if (!mem_product(a->hits, a->all.count, &shares))
		shares = SIZE_MAX;
	if (!(n->term = mem_new(a->all.count, sizeof(*n->term), e)) ||
	    !(n->result = mem_new(a->hits, sizeof(*n->result), e)) ||
	    !(n->share = mem_new(shares, sizeof(*n->share), e)) ||
	    !(n->note = mem_new(a->note_count, sizeof(*n->note), e)) ||
	    add_strings(n, a, e) < 0) {
		seesay_answer_free(&n->public);
		return e->code;
	}
	fill_answer(n, a);
	*out = &n->public;
	return 0;
}

void seesay_answer_free(struct seesay_answer *a)
{
	struct answer *n = (struct answer *)a;

	if (!n)
		return;
	mem_free(n->term);
	mem_free(n->result);
	mem_free(n->share);
	mem_free(n->note);
	buf_free(&n->text);
	mem_free(n);
}

static void asking_free(struct asking *a)
{
	query_free(&a->all);
	mem_free(a->known);
	mem_free(a->used.term);
	mem_free(a->vector);
	mem_free(a->per_term);
	mem_free(a->hit);
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
	else if (make_vector(&asking, &err) == 0 &&
		 find_hits(&asking, &err) == 0)
		make_answer(a, &asking, &err);
	asking_free(&asking);
	return give_error(e, &err);
}
