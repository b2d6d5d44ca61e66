/*
 * subword.c - n-grams of words to rows; see subword.h.
 */
#include "text/models/subword.h"

#include <stdlib.h>

#include "format/fasttext_bin.h"

static int by_number(const void *x, const void *y)
{
	uint32_t a, b;

	memcpy(&a, x, sizeof(a));
	memcpy(&b, y, sizeof(b));
	return (a > b) - (a < b);
}

size_t subword_find(const uint32_t *ids, size_t count, uint32_t bucket)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (ids[middle] < bucket)
			low = middle + 1;
		else
			high = middle;
	}
	return low < count && ids[low] == bucket ? low : count;
}

/* Buckets of all words to b->rows, each word's behind its own number. */
static int cut(struct subword_bags *b, const struct str *words,
	       struct fasttext_ngrams *g, struct error *e)
{
	size_t room = 0, n = 0;

	for (size_t i = 0; i < b->count; i++) {
		if (fasttext_ngrams_of(g, words[i], e) < 0 ||
		    mem_grow(&b->rows, &room, n + 1 + g->count,
			     sizeof(*b->rows), e) < 0)
			return e->code;
		b->rows[n++] = (uint32_t)i;
		if (g->count)
			memcpy(b->rows + n, g->ids,
			       g->count * sizeof(*b->rows));
		n += g->count;
		b->ends[i] = n;
	}
	return 0;
}

/* The distinct buckets, ascending, to b->ids. */
static int collect(struct subword_bags *b, struct error *e)
{
	size_t n = 0, distinct = 0;

	b->ids = mem_new((size_t)b->ends[b->count - 1], sizeof(*b->ids), e);
	if (!b->ids)
		return e->code;
	for (size_t i = 0; i < b->count; i++)
		for (uint64_t r = (i ? b->ends[i - 1] : 0) + 1;
		     r < b->ends[i]; r++)
			b->ids[n++] = b->rows[r];
	qsort(b->ids, n, sizeof(*b->ids), by_number);
	for (size_t i = 0; i < n; i++)
		if (!i || b->ids[i] != b->ids[i - 1])
			b->ids[distinct++] = b->ids[i];
	b->buckets = distinct;
	return 0;
}

int subword_bags_make(struct subword_bags *b, const struct str *words,
		      size_t count, int min_n, int max_n, uint32_t buckets,
		      struct error *e)
{
	struct fasttext_ngrams g = { .min_n = min_n, .max_n = max_n,
				     .buckets = buckets };

	*b = (struct subword_bags){ .count = count };
	b->ends = mem_new(count, sizeof(*b->ends), e);
	if (!b->ends || cut(b, words, &g, e) < 0 || collect(b, e) < 0)
		goto done;
	if (b->buckets > UINT32_MAX - count) {
		fail(e, ERROR_FAILED, "too many words and n-grams");
		goto done;
	}
	for (size_t i = 0; i < count; i++)
		for (uint64_t r = (i ? b->ends[i - 1] : 0) + 1;
		     r < b->ends[i]; r++)
			b->rows[r] = (uint32_t)(count + subword_find(b->ids,
						b->buckets, b->rows[r]));
done:
	mem_free(g.ids);
	if (e->code < 0)
		subword_bags_free(b);
	return e->code;
}

void subword_bags_free(struct subword_bags *b)
{
	mem_free(b->ends);
	mem_free(b->rows);
	mem_free(b->ids);
	*b = (struct subword_bags){0};
}

/* Rows of the n-grams that the model has; returns how many. */
static size_t known_rows(const struct words *w,
			 const struct fasttext_ngrams *g, const float **rows)
{
	size_t n = 0;

	for (size_t i = 0; i < g->count; i++) {
		size_t at = subword_find(w->subword_ids, w->subword_count,
					 g->ids[i]);

		if (at < w->subword_count)
			rows[n++] = w->subwords + at * w->dim;
	}
	return n;
}

int subword_knows(const struct words *w, struct str word)
{
	struct fasttext_walk walk;
	uint32_t bucket;
	int found = 0;

	fasttext_walk_start(&walk, word, w->min_n, w->max_n, w->buckets);
	while (w->subword_count && !found &&
	       fasttext_walk_next(&walk, &bucket))
		found = subword_find(w->subword_ids, w->subword_count,
				     bucket) < w->subword_count;
	return found;
}

int subword_vector(const struct words *w, struct str word, float *out,
		   const struct kernels *kernels, struct error *e)
{
	struct fasttext_ngrams g = { .min_n = w->min_n, .max_n = w->max_n,
				     .buckets = w->buckets };
	const float **rows = NULL;
	size_t n = 0;

	memset(out, 0, w->dim * sizeof(*out));
	if (!w->subword_count)
		return 0;
	if (fasttext_ngrams_of(&g, word, e) == 0)
		rows = mem_new(g.count, sizeof(*rows), e);
	if (rows)
		n = known_rows(w, &g, rows);
	if (n)
		kernels->pool_sum(out, n, rows, 1.0f / (float)n, w->dim);
	mem_free(rows);
	mem_free(g.ids);
	return e->code < 0 ? e->code : (int)MIN(n, INT32_MAX);
}
