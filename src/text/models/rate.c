/*
 * rate.c - how far a corpus is read, in words and in captions; see rate.h.
 */
#include "text/models/rate.h"

enum { READ_AT_ONCE = 1 << 14 };	/* tokens */

/* Counts captions to the marks: those that end in part i to mark[i + 1]. */
struct count {
	struct rate *r;
	uint64_t at, words;		/* of the caption so far */
};

static void count_tokens(struct count *c, const uint32_t *tokens, size_t n,
			 size_t all)
{
	for (size_t i = 0; i < n; i++, c->at++) {
		size_t part = (size_t)((double)c->at / (double)all *
				       RATE_MARKS);

		c->words += tokens[i] != VOCAB_END;
		if (tokens[i] != VOCAB_END && c->words < RATE_CAPTION)
			continue;
		c->r->mark[MIN(part, RATE_MARKS - 1) + 1] += c->words > 0;
		c->words = 0;
	}
}

int rate_open(struct rate *r, const struct vocab *v,
	      const struct train_options *o, struct error *e)
{
	uint32_t *buffer = mem_new(READ_AT_ONCE, sizeof(*buffer), e);
	const uint32_t *tokens = buffer;
	struct count c = { .r = r };

	*r = (struct rate){ .tokens = (double)v->token_count,
			    .first = (double)o->rate,
			    .last = (double)o->rate_end,
			    .epochs = o->epochs };
	for (size_t at = 0, n; tokens && at < v->token_count; at += n) {
		n = MIN(v->token_count - at, READ_AT_ONCE);
		tokens = vocab_tokens(v, at, n, buffer, e);
		if (tokens)
			count_tokens(&c, tokens, n, v->token_count);
	}
	for (size_t i = 0; i < RATE_MARKS; i++)
		r->mark[i + 1] += r->mark[i];
	mem_free(buffer);
	return tokens ? 0 : e->code;
}

/* Captions that end before `part` of the parts, of all. */
static double captions_share(const struct rate *r, double part)
{
	size_t i = MIN((size_t)part, RATE_MARKS - 1);
	double in = (double)(r->mark[i + 1] - r->mark[i]);
	double all = (double)MAX(r->mark[RATE_MARKS], 1);

	return ((double)r->mark[i] + in * (part - (double)i)) / all;
}

float rate_at(const struct rate *r, uint64_t epoch, uint64_t at)
{
	double words = (double)at / r->tokens;
	double captions = captions_share(r, words * RATE_MARKS);
	double done = ((double)epoch + MIN(words, captions)) / r->epochs;

	return (float)(r->first - (r->first - r->last) * done);
}
