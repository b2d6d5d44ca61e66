/*
 * words_caption.c - one vector for a caption; see words.h.
 *
 * Expression trees: a sum of vectors is a chain of fmas from +0, in order of
 * the tokens (mean) or of the ids (tf-idf).  weight = tf * (log(D / df) *
 * 1/ln 2), D / df in double, then rounded to float; weights are divided by
 * sqrt(dot(weights, weights)).
 */
#include <math.h>
#include <stdlib.h>

#include "text/words.h"

/* Known tokens of a caption. */
struct known {
	uint32_t *ids;		/* [room] */
	float *weights;		/* [room] */
	size_t count, room;
};

static int known_find(struct known *k, const struct words *w,
		      struct str caption, struct error *e)
{
	struct buf tokens = {0};
	size_t count;
	const char *at;
	int code = clean_tokens(&w->clean, caption, &tokens, &count, e);

	k->room = count;
	if (code == 0) {
		k->ids = mem_new(count, sizeof(*k->ids), e);
		k->weights = mem_new(count, sizeof(*k->weights), e);
		code = k->ids && k->weights ? 0 : e->code;
	}
	at = tokens.data;
	for (size_t i = 0; code == 0 && i < count; i++) {
		struct str word = str_of(at);
		uint32_t id = words_find(w, word);

		if (id != WORDS_NONE)
			k->ids[k->count++] = id;
		at += word.bytes + 1;
	}
	buf_free(&tokens);
	return code;
}

static int by_id(const void *x, const void *y)
{
	uint32_t a, b;

	memcpy(&a, x, sizeof(a));
	memcpy(&b, y, sizeof(b));
	return (a > b) - (a < b);
}

static void mean(const struct words *w, const struct known *k, float *out,
		 const struct kernels *kernels)
{
	for (size_t i = 0; i < k->count; i++)
		kernels->axpy(out, 1.0f, words_vector(w, k->ids[i]), w->dim);
	for (size_t j = 0; k->count && j < w->dim; j++)
		out[j] = out[j] / (float)k->count;
}

/* Distinct ids and tf * log2(D / df) of each; returns how many. */
static size_t weigh(const struct words *w, struct known *k,
		    const struct kernels *kernels)
{
	const float per_ln2 = 0x1.715476p+0f;	/* 1 / ln 2 */
	size_t n = 0, next;

	qsort(k->ids, k->count, sizeof(*k->ids), by_id);
	for (size_t i = 0; i < k->count; i = next, n++) {
		uint32_t id = k->ids[i];
		float ratio = (float)((double)w->documents /
				      (double)w->df[id]);

		for (next = i; next < k->count && k->ids[next] == id;)
			next++;
		kernels->log(&ratio, &ratio, 1);
		k->ids[n] = id;
		k->weights[n] = (float)(next - i) * (ratio * per_ln2);
	}
	return n;
}

static void tfidf(const struct words *w, struct known *k, float *out,
		  const struct kernels *kernels)
{
	size_t n = weigh(w, k, kernels);
	float norm = sqrtf(kernels->dot(k->weights, k->weights, n));

	for (size_t i = 0; norm > 0 && i < n; i++)
		kernels->axpy(out, k->weights[i] / norm,
			      words_vector(w, k->ids[i]), w->dim);
}

static float largest(const float *v, size_t dim, float sign)
{
	float most = sign * v[0];

	for (size_t i = 1; i < dim; i++)
		most = sign * v[i] > most ? sign * v[i] : most;
	return sign * most;
}

void words_normalise(float *v, size_t dim, enum words_norm norm,
		     const struct kernels *kernels)
{
	float by;

	if (norm == WORDS_RAW || dim == 0)
		return;
	if (norm == WORDS_L2) {
		by = sqrtf(kernels->dot(v, v, dim));
	} else {
		float least = largest(v, dim, -1.0f);

		for (size_t i = 0; i < dim; i++)
			v[i] = v[i] - least;
		by = norm == WORDS_L1 ? kernels->sum(v, dim) :
		     largest(v, dim, 1.0f);
	}
	for (size_t i = 0; by > 0 && i < dim; i++)
		v[i] = v[i] / by;
}

int words_caption_vector(const struct words *w, struct str caption,
			 enum words_caption how, enum words_norm norm,
			 float *out, const struct kernels *kernels,
			 struct error *e)
{
	struct known k = {0};
	int code = known_find(&k, w, caption, e);

	for (size_t j = 0; j < w->dim; j++)
		out[j] = 0;
	if (code == 0 && k.count) {
		if (how == WORDS_TFIDF)
			tfidf(w, &k, out, kernels);
		else
			mean(w, &k, out, kernels);
		words_normalise(out, w->dim, norm, kernels);
	}
	if (code == 0)
		code = (int)MIN(k.count, INT32_MAX);
	mem_free(k.ids);
	mem_free(k.weights);
	return code;
}
