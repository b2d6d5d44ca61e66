/*
 * seesay_answer.c - hits to an answer that outlives the session.
 *
 * All strings lie in one block, one after the other in the order in which
 * fill_answer hands out pointers to them.
 */
#include <stddef.h>

#include "api/seesay_parts.h"
#include "base/utf8.h"

struct answer {
	struct seesay_answer public;	/* first: freed through it */
	struct seesay_term *term;
	struct seesay_result *result;
	const struct seesay_term **terms;	/* their addresses */
	const struct seesay_result **results;
	float *share;			/* [results, terms] */
	const char **note;
	struct buf text;		/* all strings, in this order */
	size_t term_room, result_room, terms_room, results_room, share_room,
	       note_room;
};

_Static_assert(offsetof(struct answer, public) == 0, "freed through it");
_Static_assert((int)SEESAY_WORD == (int)QUERY_WORD &&
	       (int)SEESAY_PHRASE == (int)QUERY_PHRASE &&
	       (int)SEESAY_RESULT == (int)QUERY_RESULT &&
	       (int)SEESAY_PICTURE == (int)QUERY_FILE &&
	       (int)SEESAY_ID == (int)QUERY_ID, "kinds are the same");

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

/* In quotes, so that a query can have it as it stands. */
static int add_quoted(struct buf *b, struct str s, struct error *e)
{
	const char *at = s.data, *end = str_end(s);

	buf_add(b, "\"", 1, e);
	while (at < end && !e->code) {
		const char *from = at;
		uint32_t code = utf8_next(&at, end);

		if (code == UTF8_BAD || code < 0x20 || code == 0x7F)
			buf_addf(b, e, "\\x%02X",
				 (unsigned)(unsigned char)*from);
		else if (code == '"' || code == '\\')
			buf_addf(b, e, "\\%c", (char)code);
		else
			buf_add(b, from, (size_t)(at - from), e);
	}
	return buf_add(b, "\"", 1, e);
}

static int add_term(struct buf *b, const struct query_term *t, struct error *e)
{
	static const char *const prefix[] = {
		[QUERY_FILE] = "@", [QUERY_ID] = "id:", [QUERY_PHRASE] = "",
	};

	if (t->kind == QUERY_WORD)
		return add_string(b, t->text, e);
	if (t->kind == QUERY_RESULT) {
		buf_addf(b, e, "IMG_%zu", t->number);
		return buf_add(b, "", 1, e);
	}
	buf_addf(b, e, "%s", prefix[t->kind]);
	if (t->kind == QUERY_PHRASE || !is_plain(t->text))
		add_quoted(b, t->text, e);
	else
		buf_add(b, t->text.data, t->text.bytes, e);
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
	size_t used = 0;

	for (size_t t = 0; t < a->all.count; t++)
		share[t] = !a->known[t] ? 0 :
			   index_score(x, a->s->machine.kernels, picture,
				       a->per_term + used++ * x->dim);
}

static void fill_term(struct answer *n, const struct asking *a, size_t i,
		      const char **at)
{
	const struct query_term *t = &a->all.term[i];

	n->term[i] = (struct seesay_term){
		.text = next_string(at), .kind = (enum seesay_kind)t->kind,
		.weight = t->weight, .known = a->known[i],
	};
	n->terms[i] = &n->term[i];
}

static void fill_result(struct answer *n, const struct asking *a, size_t i,
			const char **at)
{
	struct seesay_result *r = &n->result[i];

	r->score = a->hit[i].score;
	r->picture = a->hit[i].picture;
	r->id = next_string(at);
	r->path = next_string(at);
	r->caption = next_string(at);
	r->share = n->share + i * a->all.count;
	fill_share(a, r->picture, n->share + i * a->all.count);
	n->results[i] = r;
}

static void fill_answer(struct answer *n, const struct asking *a)
{
	const char *at = n->text.data;

	for (size_t i = 0; i < a->all.count; i++)
		fill_term(n, a, i, &at);
	for (size_t i = 0; i < a->hits; i++)
		fill_result(n, a, i, &at);
	for (size_t i = 0; i < a->note_count; i++)
		n->note[i] = next_string(&at);
	n->public = (struct seesay_answer){
		.term = n->terms, .term_count = a->all.count,
		.result = n->results, .result_count = a->hits,
		.note = n->note, .note_count = a->note_count,
		.scored = a->cost.scored, .read_bytes = a->cost.bytes,
	};
}

#define GROW(array, room, count) \
	mem_grow(&n->array, &n->room, count, sizeof(*n->array), e)

static int make_room(struct answer *n, const struct asking *a, struct error *e)
{
	size_t shares;

	if (!mem_product(a->hits, a->all.count, &shares))
		shares = SIZE_MAX;
	if (GROW(term, term_room, a->all.count) < 0 ||
	    GROW(terms, terms_room, a->all.count) < 0 ||
	    GROW(result, result_room, a->hits) < 0 ||
	    GROW(results, results_room, a->hits) < 0 ||
	    GROW(share, share_room, shares) < 0 ||
	    GROW(note, note_room, a->note_count) < 0)
		return e->code;
	return 0;
}

int seesay_answer_make(struct seesay_answer **out, const struct asking *a,
		       struct error *e)
{
	struct answer *n = (struct answer *)*out;

	if (!n && !(n = mem_new(1, sizeof(*n), e)))
		return e->code;
	*out = &n->public;
	buf_clear(&n->text);
	if (make_room(n, a, e) == 0 && add_strings(n, a, e) == 0)
		fill_answer(n, a);
	return e->code;
}

void seesay_answer_clear(struct seesay_answer *a)
{
	if (a)
		*a = (struct seesay_answer){ 0 };
}

void seesay_answer_free(struct seesay_answer *a)
{
	struct answer *n = (struct answer *)a;

	if (!n)
		return;
	mem_free(n->term);
	mem_free(n->terms);
	mem_free(n->result);
	mem_free(n->results);
	mem_free(n->share);
	mem_free(n->note);
	buf_free(&n->text);
	mem_free(n);
}
