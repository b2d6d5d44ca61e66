/*
 * baseline.c - plain text search in the captions.
 */
#include "study/baseline.h"

#include "base/buf.h"
#include "base/string_map.h"
#include "text/clean/clean.h"

struct share {			/* of words that are the query's */
	size_t hits, words;
};

/* hits / words compared without a division; no words is a share of 0. */
static int share_is_more(struct share a, struct share b)
{
	return (uint64_t)a.hits * b.words > (uint64_t)b.hits * a.words ||
	       (a.hits && !b.words);
}

static struct string_map *words_of(const struct clean *c, struct str text,
				   struct buf *tokens, struct error *e)
{
	struct string_map *t = string_map_new(e);
	size_t n;

	if (!t || clean_tokens(c, text, tokens, &n, e) < 0)
		goto fail;
	for (const char *at = tokens->data; n; n--, at += strlen(at) + 1)
		if (string_map_add(t, str_of(at), e) == STRING_MAP_NONE)
			goto fail;
	return t;
fail:
	string_map_free(t);
	return NULL;
}

static int share_of(const struct clean *c, struct str caption,
		    const struct string_map *words, struct buf *tokens,
		    struct share *s, struct error *e)
{
	*s = (struct share){ 0 };
	if (clean_tokens(c, caption, tokens, &s->words, e) < 0)
		return e->code;
	for (size_t i = 0, at = 0; i < s->words; i++) {
		struct str word = str_of(tokens->data + at);

		s->hits += string_map_find(words, word) != STRING_MAP_NONE;
		at += word.bytes + 1;
	}
	return 0;
}

/* Puts caption i, with its share, into the k best so far (`found` of them). */
static size_t best_put(uint32_t *best, struct share *share, size_t found,
		       size_t k, uint32_t i, struct share s)
{
	size_t at = found < k ? found : k;

	for (; at && share_is_more(s, share[at - 1]); at--)
		if (at < k) {
			best[at] = best[at - 1];
			share[at] = share[at - 1];
		}
	if (at < k) {
		best[at] = i;
		share[at] = s;
	}
	return found < k ? found + 1 : k;
}

int baseline_words(const struct str *caption, size_t n, struct str query,
		   size_t k, uint32_t *best, struct error *e)
{
	const struct clean clean = { .kind = CLEAN_UNICODE };
	struct buf tokens = { 0 };
	struct string_map *words = words_of(&clean, query, &tokens, e);
	struct share *share = mem_new(k, sizeof *share, e), s;
	size_t found = 0;

	if (!words || !share)
		goto done;
	for (size_t i = 0; i < n; i++) {
		if (share_of(&clean, caption[i], words, &tokens, &s, e) < 0)
			goto done;
		found = best_put(best, share, found, k, (uint32_t)i, s);
	}
done:
	string_map_free(words);
	mem_free(share);
	buf_free(&tokens);
	return e->code;
}
