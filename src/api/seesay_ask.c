/*
 * seesay_ask.c - a query's terms to their vectors.
 *
 * Words are read as the words model reads all text (words_read_word); which of
 * them are one or several, query_words.c decides by that.  What is not known
 * ends the search with the closest words, or is left out where the request says
 * so; stop words and signs are always left out.
 */
#include <stdio.h>

#include "base/file.h"
#include "api/seesay_parts.h"

enum { SUGGESTIONS = 5 };

/* ---- words --------------------------------------------------------------- */

/* query_lexicon's: as the space's words are read. */
static int look(void *context, struct str word, size_t *words,
		struct error *e)
{
	struct asking *a = context;
	struct words_read *r = &a->read;
	enum query_known known = QUERY_UNKNOWN;

	if (words_read_word(r, space_words(&a->s->space), word, e) < 0)
		return e->code;
	*words = r->count;
	for (size_t at = 0; at < r->stopped.bytes; ++*words)
		at += strlen(r->stopped.data + at) + 1;
	if (!r->count)
		return r->stopped.bytes ? QUERY_STOP : QUERY_NO_WORD;
	for (size_t i = 0; i < r->count; i++)
		if (r->token[i].known == WORDS_ROW)
			return QUERY_KNOWN;
		else if (r->token[i].known == WORDS_NGRAMS)
			known = QUERY_BUILT;
	return (int)known;
}

static void fail_unknown(const struct asking *a, const struct query_term *t,
			 struct error *e)
{
	const struct words *w = space_words(&a->s->space);
	uint32_t ids[SUGGESTIONS];
	struct str word = a->read.count ? a->read.token[0].text : t->text;
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

/* By its id, or by its path as results show it. */
static size_t find_picture(const struct index *x, struct str name)
{
	size_t i = index_find(x, name);

	for (size_t p = 0; i == SIZE_MAX && p < x->count; p++)
		if (str_equal(st_string_at(&x->path, p), name))
			i = p;
	return i;
}

static int resolve_picture(const struct asking *a, struct str id, float *out,
			   struct error *e)
{
	size_t i = find_picture(&a->s->index, id);

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
			    "%zu picture%s", number, r->previous_count,
			    r->previous_count > 1 ? "s" : "");
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

/* Several words are one vector of those that are known: names the others. */
static int resolve_text(struct asking *a, const struct query_term *t,
			float *out, struct error *e)
{
	if (space_caption(&a->s->space, t->text, out, e) < 0 ||
	    words_read(&a->read, space_words(&a->s->space), t->text, e) < 0)
		return e->code;
	for (size_t i = 0; i < a->read.count; i++) {
		if (a->read.token[i].known != WORDS_UNKNOWN)
			continue;
		a->note_count++;
		if (buf_addf(&a->notes, e, "'%s' of %s is not in the "
			     "vocabulary: left out",
			     a->read.token[i].text.data,
			     t->kind == QUERY_PHRASE ? "the phrase" :
			     "the word") < 0 ||
		    buf_add(&a->notes, "", 1, e) < 0)
			return e->code;
	}
	return 0;
}

static int resolve_term(void *context, const struct query_term *t, float *out,
			struct error *e)
{
	struct asking *a = context;
	size_t words = 0;

	switch (t->kind) {
	case QUERY_RESULT:
		return resolve_result(a, t->number, out, e);
	case QUERY_FILE:
		return resolve_file(a, t->text, out, e);
	case QUERY_ID:
		return resolve_picture(a, t->text, out, e);
	case QUERY_PHRASE:
		return resolve_text(a, t, out, e);
	case QUERY_WORD:
		break;
	}
	if (look(a, t->text, &words, e) < 0)
		return e->code;
	return a->read.count == 1 ? space_word(&a->s->space,
					       a->read.token[0].text, out, e) :
				    resolve_text(a, t, out, e);
}

/* ---- what is known ------------------------------------------------------- */

/* The term is left out, or the search ends. */
static int meet_unknown(struct asking *a, const struct query_term *t,
			struct error *e)
{
	if (!a->request->skip_unknown) {
		fail_unknown(a, t, e);
		if (a->note_count)
			hint(e, "%s", a->notes.data);
		return e->code;
	}
	a->note_count++;
	buf_addf(&a->notes, e, "'%.*s' is not in the vocabulary: left out",
		 shown(t->text), t->text.data);
	return buf_add(&a->notes, "", 1, e);
}

/* Words that say nothing are left out whatever is asked for. */
static int note_left_out(struct asking *a, enum query_known known,
			 const char *what, struct error *e)
{
	const struct query *q = &a->all;
	size_t n = 0;

	for (size_t i = 0; i < q->count; i++) {
		const struct query_term *t = &q->term[i];

		if (t->kind != QUERY_WORD || t->known != known)
			continue;
		buf_addf(&a->notes, e, "%s'%.*s'", n++ ? ", " : what,
			 shown(t->text), t->text.data);
	}
	if (!n)
		return e->code;
	a->note_count++;
	return buf_add(&a->notes, "", 1, e);
}

/* The language has signs for that: a negation that is a stop word would leave
 * what it negates in the query, asked for. */
static int note_negation(struct asking *a, struct error *e)
{
	static const char *const negations[] = { "no", "not", "without" };
	const struct query *q = &a->all;

	for (size_t i = 0; i + 1 < q->count; i++) {
		const struct query_term *t = &q->term[i], *next = t + 1;

		if (t->kind != QUERY_WORD || t->known != QUERY_STOP)
			continue;
		for (size_t n = 0; n < ARRAY_LEN(negations); n++) {
			if (!str_equal(t->text, str_of(negations[n])))
				continue;
			buf_addf(&a->notes, e, "'%s' does not negate: write "
				 "-%.*s to ask for the opposite", negations[n],
				 shown(next->text), next->text.data);
			a->note_count++;
			return buf_add(&a->notes, "", 1, e);
		}
	}
	return e->code;
}

static int fail_nothing(const struct asking *a, struct error *e)
{
	const struct query *q = &a->all;

	for (size_t i = 0; i < q->count; i++) {
		const struct query_term *t = &q->term[i];

		if (t->known != QUERY_STOP)
			continue;
		fail(e, ERROR_UNKNOWN, "'%.*s' is a stop word, so this space "
		     "left it out", shown(t->text), t->text.data);
		return hint(e, "use other words; a text model trained with "
			    "--stop none keeps stop words");
	}
	if (q->term[0].known == QUERY_NO_WORD)
		return fail(e, ERROR_UNKNOWN, "'%.*s' contains no word",
			    shown(q->term[0].text), q->term[0].text.data);
	return fail(e, ERROR_UNKNOWN, "no word of the query is in the "
		    "vocabulary (%zu words)", space_words(&a->s->space)->count);
}

/* Looked for before the words after it, which may be parts of its name. */
static int check_id(const struct asking *a, const struct query_term *t,
		    struct error *e)
{
	if (find_picture(&a->s->index, t->text) != SIZE_MAX)
		return 0;
	fail(e, ERROR_FAILED, "there is no picture '%.*s' in this index",
	     shown(t->text), t->text.data);
	return hint(e, t->quoted ? "search --json prints the ids of pictures" :
		    "a key with '-', '+' or blanks needs quotes: "
		    "id:\"new-york/12\"");
}

static int check_file(struct asking *a, const struct query_term *t,
		      struct error *e)
{
	struct str path = t->text;

	buf_clear(&a->tokens);
	if (buf_add(&a->tokens, path.data, path.bytes, e) < 0)
		return e->code;
	if (file_exists(a->tokens.data) || !strcmp(a->tokens.data, "-"))
		return 0;
	fail(e, ERROR_FAILED, "there is no picture file '%.*s'", shown(path),
	     path.data);
	return t->quoted ? e->code :
	       hint(e, "a path with '-', '+', blanks or brackets needs "
		    "quotes: @\"my-cat.jpg\"");
}

static int check_phrase(struct asking *a, struct query_term *t,
			struct error *e)
{
	size_t words;
	int known;

	if (words_read(&a->read, space_words(&a->s->space), t->text, e) < 0)
		return e->code;
	if (a->read.known)
		return 0;
	known = look(a, t->text, &words, e);
	if (known >= 0)
		t->known = (enum query_known)known;
	return e->code;
}

static int check_term(struct asking *a, size_t i, struct error *e)
{
	struct query_term *t = &a->all.term[i];
	size_t words;

	if (t->kind == QUERY_ID)
		check_id(a, t, e);
	else if (t->kind == QUERY_FILE)
		check_file(a, t, e);
	else if (t->kind == QUERY_PHRASE)
		check_phrase(a, t, e);
	if (e->code)
		return e->code;
	a->known[i] = t->known >= QUERY_BUILT;
	if (t->known == QUERY_UNKNOWN && look(a, t->text, &words, e) >= 0)
		return meet_unknown(a, t, e);
	return e->code;
}

static int check_terms(struct asking *a, struct error *e)
{
	const struct query *q = &a->all;

	if (buf_add(&a->notes, q->notes.data, q->notes.bytes, e) < 0)
		return e->code;
	a->note_count = q->note_count;
	for (size_t i = 0; i < q->count; i++) {
		if (check_term(a, i, e) < 0)
			return e->code;
		if (a->known[i])
			a->used.term[a->used.count++] = q->term[i];
	}
	if (a->used.count == 0)
		return fail_nothing(a, e);
	note_left_out(a, QUERY_STOP, "stop words are left out: ", e);
	note_negation(a, e);
	return note_left_out(a, QUERY_NO_WORD, "left out, since it contains no "
			     "word: ", e);
}

int seesay_ask(struct asking *a, struct error *e)
{
	const struct query_resolver r = { a, a->s->index.dim, resolve_term };
	const struct query_lexicon lexicon = { a, a->request->skip_unknown,
					       look };
	int unit = a->s->space.compare == SPACE_COSINE;

	if (query_parse(&a->all, str_of(a->request->text), &lexicon, e) < 0)
		return e->code;
	if (mem_grow(&a->known, &a->known_room, a->all.count,
		     sizeof(*a->known), e) < 0 ||
	    mem_grow(&a->used.term, &a->used.room, a->all.count,
		     sizeof(*a->used.term), e) < 0 ||
	    check_terms(a, e) < 0)
		return e->code;
	if (mem_grow(&a->vector, &a->vector_room, r.dim, sizeof(float),
		     e) < 0 ||
	    mem_grow(&a->per_term, &a->per_term_room, a->used.count * r.dim,
		     sizeof(float), e) < 0)
		return e->code;
	return query_vector(&a->used, &r, unit, a->vector, a->per_term, e);
}
