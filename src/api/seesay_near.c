/*
 * seesay_near.c - the words nearest to an expression of words.
 */
#include "api/seesay_parts.h"
#include "text/words/word_near.h"

static int find(struct seesay_session *s, struct word_near_query *q, size_t k,
		struct word_near_hit *hits, size_t *n, struct error *e)
{
	const struct words *w = space_words(&s->space->space);
	float *target;

	if (word_near_check(q, w, e) < 0)
		return e->code;
	target = mem_new(w->dim, sizeof(*target), e);
	if (target) {
		word_near_target(q, w, target, s->machine.kernels);
		*n = word_near_find(q, w, target, hits, k, s->machine.kernels);
	}
	mem_free(target);
	return e->code;
}

/* Strings first, since they move while there come more. */
static int put_words(struct seesay_session *s, const struct word_near_hit *hits,
		     size_t n, const char **word, struct error *e)
{
	const char *at;

	buf_clear(&s->words);
	for (size_t i = 0; i < n; i++) {
		struct str text =
			words_at(space_words(&s->space->space), hits[i].id);

		if (buf_add(&s->words, text.data, text.bytes, e) < 0 ||
		    buf_add(&s->words, "", 1, e) < 0)
			return e->code;
	}
	at = s->words.data;
	for (size_t i = 0; i < n; i++, at += strlen(at) + 1)
		word[i] = at;
	return 0;
}

int seesay_near(struct seesay_session *s, const char *text, size_t k,
		const char **word, float *cosine, size_t *count,
		struct seesay_error *e)
{
	struct word_near_query q = { .count = 0 };
	struct error err = { 0 };
	struct word_near_hit *hits;
	size_t n = 0;

	*count = 0;
	k = MIN(k, space_words(&s->space->space)->count);
	hits = mem_new(k, sizeof(*hits), &err);
	if (hits &&
	    word_near_add(&q, space_words(&s->space->space), str_of(text),
			  s->machine.kernels, &err) == 0 &&
	    find(s, &q, k, hits, &n, &err) == 0 &&
	    put_words(s, hits, n, word, &err) == 0)
		*count = n;
	for (size_t i = 0; cosine && i < *count; i++)
		cosine[i] = hits[i].cosine;
	word_near_free(&q);
	mem_free(hits);
	return seesay_give_error(e, &err);
}
