/*
 * words_read.c - a text to words of the model; see words.h.
 *
 * The only way from what people write to rows: captions, phrases, words of a
 * query and words on the command line all come through here.
 */
#include "base/string_map.h"
#include "text/models/subword.h"

enum words_known words_look(const struct words *w, struct str word,
			    uint32_t *id)
{
	*id = words_find(w, word);
	if (*id != WORDS_NONE)
		return WORDS_ROW;
	return subword_knows(w, word) ? WORDS_NGRAMS : WORDS_UNKNOWN;
}

static int token_add(struct words_read *r, const struct words *w,
		     const char *text, struct error *e)
{
	struct words_token *t;

	if (mem_grow(&r->token, &r->room, r->count + 1, sizeof(*t), e) < 0)
		return e->code;
	t = &r->token[r->count++];
	t->text = str_of(text);
	t->known = words_look(w, t->text, &t->id);
	r->known += t->known != WORDS_UNKNOWN;
	return 0;
}

int words_read(struct words_read *r, const struct words *w, struct str text,
	       struct error *e)
{
	struct clean clean = w->clean;
	const char *at;
	size_t count;

	r->count = r->known = 0;
	buf_clear(&r->stopped);
	clean.stopped = &r->stopped;
	if (clean_tokens(&clean, text, &r->text, &count, e) < 0)
		return e->code;
	at = r->text.data;
	for (size_t i = 0; i < count; i++, at += strlen(at) + 1)
		if (token_add(r, w, at, e) < 0)
			return e->code;
	return 0;
}

int words_read_word(struct words_read *r, const struct words *w,
		    struct str text, struct error *e)
{
	if (!text.bytes || words_find(w, text) == WORDS_NONE)
		return words_read(r, w, text, e);
	r->count = r->known = 0;
	buf_clear(&r->stopped);
	buf_clear(&r->text);
	if (buf_add(&r->text, text.data, text.bytes, e) < 0)
		return e->code;
	return token_add(r, w, r->text.data, e);
}

void words_read_free(struct words_read *r)
{
	mem_free(r->token);
	buf_free(&r->text);
	buf_free(&r->stopped);
	*r = (struct words_read){0};
}
