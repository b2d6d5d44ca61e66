/*
 * seesay_ask.c - a query's terms to their vectors.
 *
 * A word is taken as it stands, or else as the words model's cleaner writes it
 * ("Beach", "don't", an emoji run).  What is not known ends the search with
 * the closest words, or is left out where the request says so.
 */
#include <stdio.h>

#include "base/file.h"
#include "seesay_parts.h"

enum { SUGGESTIONS = 5 };

/* ---- words --------------------------------------------------------------- */

/* What a word of a query is in this space. */
enum meaning { MEANING_NONE, MEANING_WORD, MEANING_CAPTION };

/* *word views text or a->read, the first token if there are several. */
static enum meaning find_word(struct asking *a, struct str text,
			      struct str *word, struct error *e)
{
	struct words_read *r = &a->read;

	*word = text;
	if (words_read_word(r, &a->s->space.words, text, e) < 0 || !r->count)
		return MEANING_NONE;
	*word = r->token[0].text;
	if (!r->known)
		return MEANING_NONE;
	return r->count == 1 ? MEANING_WORD : MEANING_CAPTION;
}

static void fail_unknown(const struct words *w, const struct query_term *t,
			 struct str word, struct error *e)
{
	uint32_t ids[SUGGESTIONS];
	size_t n = words_suggest(w, word, ids, SUGGESTIONS), used = 0;
	char list[400];

	fail(e, ERROR_UNKNOWN, t->kind == QUERY_PHRASE ?
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

static int resolve_picture(const struct asking *a, struct str id, float *out,
			   struct error *e)
{
	size_t i = index_find(&a->s->index, id);

	if (i == SIZE_MAX)
		return fail(e, ERROR_FAILED, "there is no picture '%.*s' in "
			    "this index", shown(id), id.data);
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
	return seesay_embed_file(a->s, a->tokens.data, out, e);
}

/* A phrase is searched with the words that are known: names the others. */
static int resolve_phrase(struct asking *a, struct str phrase, float *out,
			  struct error *e)
{
	if (space_caption(&a->s->space, phrase, out, e) < 0 ||
	    words_read(&a->read, &a->s->space.words, phrase, e) < 0)
		return e->code;
	for (size_t i = 0; i < a->read.count; i++) {
		if (a->read.token[i].known != WORDS_UNKNOWN)
			continue;
		a->note_count++;
		if (buf_addf(&a->notes, e, "'%s' of the phrase is not in the "
			     "vocabulary: left out",
			     a->read.token[i].text.data) < 0 ||
		    buf_add(&a->notes, "", 1, e) < 0)
			return e->code;
	}
	return 0;
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
		return resolve_phrase(a, t->text, out, e);
	case QUERY_WORD:
		break;
	}
	if (find_word(a, t->text, &word, e) ==
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
	if (find_word(a, joined, &word, e) !=
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

/* Looked for before the words after it, which may be parts of its name. */
static int check_id(const struct asking *a, struct str id, struct error *e)
{
	if (index_find(&a->s->index, id) != SIZE_MAX)
		return 0;
	fail(e, ERROR_FAILED, "there is no picture '%.*s' in this index",
	     shown(id), id.data);
	return hint(e, "a key with '-', '+' or blanks needs quotes: "
		    "id:\"new-york/12\"");
}

static int check_file(struct asking *a, struct str path, struct error *e)
{
	buf_clear(&a->tokens);
	if (buf_add(&a->tokens, path.data, path.bytes, e) < 0)
		return e->code;
	if (file_exists(a->tokens.data) || !strcmp(a->tokens.data, "-"))
		return 0;
	fail(e, ERROR_FAILED, "there is no picture file '%.*s'", shown(path),
	     path.data);
	return hint(e, "a path with '-', '+', blanks or brackets needs "
		    "quotes: @\"my-cat.jpg\"");
}

static int check_term(struct asking *a, size_t i, struct error *e)
{
	const struct query_term *t = &a->all.term[i];
	struct str word;

	a->known[i] = 1;
	if (t->kind == QUERY_ID)
		return check_id(a, t->text, e);
	if (t->kind == QUERY_FILE)
		return check_file(a, t->text, e);
	if (t->kind == QUERY_RESULT)
		return 0;
	if (find_word(a, t->text, &word, e) !=
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
		return fail(e, ERROR_UNKNOWN, "no word of the query is in the "
			    "vocabulary (%zu words)", a->s->space.words.count);
	return 0;
}

int seesay_ask(struct asking *a, struct error *e)
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
