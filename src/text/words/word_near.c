/*
 * word_near.c - nearest words by cosine; see word_near.h.
 *
 * cosine = dot(v, target) / (sqrt(dot(v, v)) * sqrt(dot(target, target))).
 */
#include "text/words/word_near.h"

#include <math.h>
#include <stdio.h>

/* 71290 -> "71 290" */
static void grouped(char *out, size_t room, size_t n)
{
	char digits[32];
	int length = snprintf(digits, sizeof(digits), "%zu", n);
	size_t to = 0;

	for (int i = 0; i < length && to + 2 < room; i++) {
		if (i && (length - i) % 3 == 0)
			out[to++] = ' ';
		out[to++] = digits[i];
	}
	out[to] = 0;
}

/* A word that is spelled as the model spells its words. */
static int fail_unknown(const struct words *w, struct str word,
			struct error *e)
{
	uint32_t ids[5];
	size_t n = words_suggest(w, word, ids, ARRAY_LEN(ids));
	char count[48], list[sizeof(e->hint)] = "";
	size_t bytes = 0;

	grouped(count, sizeof(count), w->count);
	fail(e, ERROR_UNKNOWN, "'%.*s' is not in the vocabulary (%s words)",
	     (int)MIN(word.bytes, 200), word.data, count);
	for (size_t i = 0; i < n; i++) {
		struct str s = words_at(w, ids[i]);

		if (bytes + s.bytes + 3 > sizeof(list) - 32)
			break;
		bytes += (size_t)snprintf(list + bytes, sizeof(list) - bytes,
					  "%s%.*s", i ? ", " : "",
					  (int)s.bytes, s.data);
	}
	return n ? hint(e, "closest words: %s", list) : e->code;
}

static int fail_stopped(const char *word, struct error *e)
{
	fail(e, ERROR_UNKNOWN, "'%s' is a stop word, so this model left it out",
	     word);
	return hint(e, "train with --stop none to keep such words");
}

int word_near_unknown(const struct words *w, struct str text, struct error *e)
{
	struct words_read r = {0};
	struct str word = text;

	if (words_read_word(&r, w, text, e) == 0) {
		for (size_t i = r.count; i-- > 0;)
			if (r.token[i].known == WORDS_UNKNOWN)
				word = r.token[i].text;
		if (!r.count && r.stopped.bytes)
			fail_stopped(r.stopped.data, e);
		else
			fail_unknown(w, word, e);
	}
	words_read_free(&r);
	return e->code;
}

int word_near_vector(const struct words *w, struct str word, float *out,
		     const struct kernels *kernels, struct error *e)
{
	uint32_t id = words_find(w, word);

	if (id == WORDS_NONE)
		return words_word_vector(w, word, out, kernels, e);
	memcpy(out, words_vector(w, id), w->dim * sizeof(*out));
	return 1;
}

static int term_add(struct word_near_query *q, const struct words *w,
		    struct str word, float sign, const struct kernels *kernels,
		    struct error *e)
{
	int known;

	if (q->count == WORD_NEAR_MAX_TERMS)
		return fail(e, ERROR_USAGE, "more than %d words",
			    WORD_NEAR_MAX_TERMS);
	if (mem_grow(&q->vectors, &q->room, (q->count + 1) * w->dim,
		     sizeof(*q->vectors), e) < 0)
		return e->code;
	known = word_near_vector(w, word, q->vectors + q->count * w->dim,
				 kernels, e);
	if (known <= 0)
		return known ? known : word_near_unknown(w, word, e);
	q->ids[q->count] = words_find(w, word);
	q->signs[q->count++] = sign;
	return 0;
}

/* One term: a word, or what cleaning makes several of. */
static int term_read(struct word_near_query *q, const struct words *w,
		     struct str text, float sign,
		     const struct kernels *kernels, struct error *e)
{
	struct words_read r = {0};

	if (!text.bytes)
		return 0;
	if (words_read_word(&r, w, text, e) == 0 && !r.count &&
	    !r.stopped.bytes)
		word_near_unknown(w, text, e);
	for (size_t i = 0; !e->code && i < r.count; i++)
		term_add(q, w, r.token[i].text, sign, kernels, e);
	if (!e->code)
		buf_add(&q->stopped, r.stopped.data, r.stopped.bytes, e);
	words_read_free(&r);
	return e->code;
}

static double length_exact(const float *v, size_t dim)
{
	double sum = 0;

	for (size_t j = 0; j < dim; j++)
		sum = sum + (double)v[j] * (double)v[j];
	return sqrt(sum);
}

/* Is the sum, of vectors of length 1, nothing but rounding?  A float carries
 * 2^-24 and up to WORD_NEAR_MAX_TERMS are added, so that share is far below. */
static int cancels(const struct word_near_query *q, const struct words *w)
{
	double by[WORD_NEAR_MAX_TERMS], length = 0;

	for (size_t i = 0; i < q->count; i++)
		by[i] = (double)q->signs[i] /
			length_exact(q->vectors + i * w->dim, w->dim);
	for (size_t j = 0; j < w->dim; j++) {
		double sum = 0;

		for (size_t i = 0; i < q->count; i++)
			sum = sum + by[i] *
			      (double)q->vectors[i * w->dim + j];
		length = length + sum * sum;
	}
	return !(sqrt(length) > 1e-5 * (double)q->count);
}

/* Is it read as one word of the vocabulary? */
static int is_row(const struct words *w, struct str text, struct error *e)
{
	struct words_read r = {0};
	int row = words_read_word(&r, w, text, e) == 0 && r.count == 1 &&
		  r.token[0].known == WORDS_ROW;

	words_read_free(&r);
	return row;
}

/* A word in hyphens at `at` that is one in the vocabulary, where one of its
 * parts is none: its bytes, else 0.  The same is so in queries. */
static size_t joined_bytes(const struct words *w, const char *at,
			   const char *end, struct error *e)
{
	const char *stop = at, *part = at;
	int parts = 0, rows = 0;

	while (stop < end && *stop != ' ' && *stop != '+')
		stop++;
	for (const char *c = at; c <= stop; c++) {
		if (c < stop && *c != '-')
			continue;
		if (c == part)
			return 0;	/* a sign before or after it */
		parts++;
		rows += is_row(w, (struct str){ part, (size_t)(c - part) }, e);
		part = c + 1;
	}
	if (parts < 2 || rows == parts ||
	    !is_row(w, (struct str){ at, (size_t)(stop - at) }, e))
		return 0;
	return (size_t)(stop - at);
}

static int note_joined(struct word_near_query *q, struct str text,
		       struct error *e)
{
	buf_addf(&q->notes, e, "'%.*s' was taken as one word",
		 (int)MIN(text.bytes, 200), text.data);
	return buf_add(&q->notes, "", 1, e);
}

int word_near_add(struct word_near_query *q, const struct words *w,
		  struct str text, const struct kernels *kernels,
		  struct error *e)
{
	const char *at = text.data, *end = text.data + text.bytes, *from;
	size_t before = q->count + q->stopped.bytes;
	float sign = 1;

	if (words_find(w, text) != WORDS_NONE)
		return term_add(q, w, text, sign, kernels, e);
	while (at < end) {
		from = at;
		at += joined_bytes(w, at, end, e);
		if (at > from)
			note_joined(q, (struct str){ from,
						     (size_t)(at - from) }, e);
		while (at < end && *at != '+' && *at != '-' && *at != ' ')
			at++;
		if (term_read(q, w, (struct str){ from, (size_t)(at - from) },
			      sign, kernels, e) < 0)
			return e->code;
		if (at < end) {
			/* a blank after a sign leaves the sign */
			if (*at != ' ')
				sign = *at == '-' ? -1.0f : 1.0f;
			else if (at > from)
				sign = 1;
			at++;
		}
	}
	if (q->count + q->stopped.bytes == before)
		return fail(e, ERROR_USAGE, "'%.*s' holds no word",
			    (int)MIN(text.bytes, 200), text.data);
	return 0;
}

void word_near_free(struct word_near_query *q)
{
	mem_free(q->vectors);
	buf_free(&q->stopped);
	buf_free(&q->notes);
	*q = (struct word_near_query){0};
}

int word_near_check(const struct word_near_query *q, const struct words *w,
		    struct error *e)
{
	if (!q->count && q->stopped.bytes)
		return fail_stopped(q->stopped.data, e);
	if (!cancels(q, w))
		return 0;
	fail(e, ERROR_FAILED, "the words cancel each other, nothing is left "
	     "to look for");
	return hint(e, "leave a word out");
}

int word_near_word(const struct words *w, struct str text, struct buf *form,
		   struct error *e)
{
	struct words_read r = {0};
	int known = 0;

	if (words_read_word(&r, w, text, e) == 0 && r.count == 1 && r.known) {
		known = 1;
		buf_add(form, r.token[0].text.data, r.token[0].text.bytes, e);
	}
	words_read_free(&r);
	return e->code ? e->code : known;
}

static float length(const float *v, size_t dim, const struct kernels *kernels)
{
	return sqrtf(kernels->dot(v, v, dim));
}

void word_near_target(const struct word_near_query *q, const struct words *w,
		      float *target, const struct kernels *kernels)
{
	for (size_t j = 0; j < w->dim; j++)
		target[j] = 0;
	for (size_t i = 0; i < q->count; i++) {
		const float *v = q->vectors + i * w->dim;
		float by = length(v, w->dim, kernels);

		if (by > 0)
			kernels->axpy(target, q->signs[i] / by, v, w->dim);
	}
}

static int is_term(const struct word_near_query *q, uint32_t id)
{
	for (size_t i = 0; i < q->count; i++)
		if (q->ids[i] == id)
			return 1;
	return 0;
}

size_t word_near_find(const struct word_near_query *q, const struct words *w,
		      const float *target, struct word_near_hit *hits, size_t k,
		      const struct kernels *kernels)
{
	float norm = length(target, w->dim, kernels);
	size_t count = 0, to;

	for (uint32_t id = 0; k && id < w->count; id++) {
		const float *v = words_vector(w, id);
		float by = length(v, w->dim, kernels) * norm;
		float cosine = kernels->dot(v, target, w->dim) / by;

		if (!(by > 0) || is_term(q, id) ||
		    (count == k && !(cosine > hits[k - 1].cosine)))
			continue;
		to = count < k ? count++ : k - 1;
		for (; to && cosine > hits[to - 1].cosine; to--)
			hits[to] = hits[to - 1];
		hits[to] = (struct word_near_hit){ id, cosine };
	}
	return count;
}
