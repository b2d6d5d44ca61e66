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

#include "text/subword.h"

const char *const words_captions[] = { "mean", "tfidf", "paragraph",
				       "infer", NULL };

/* The tokens of a caption. */
struct tokens {
	struct buf text;	/* each with a 0 byte after it */
	size_t count;
	uint32_t *ids;		/* [known]: of the tokens in the vocabulary */
	size_t known;
};

static int tokens_find(struct tokens *t, const struct words *w,
		       struct str caption, struct error *e)
{
	const char *at;

	if (clean_tokens(&w->clean, caption, &t->text, &t->count, e) < 0)
		return e->code;
	t->ids = mem_new(t->count, sizeof(*t->ids), e);
	if (!t->ids)
		return e->code;
	at = t->text.data;
	for (size_t i = 0; i < t->count; i++, at += strlen(at) + 1) {
		uint32_t id = words_find(w, str_of(at));

		if (id != WORDS_NONE)
			t->ids[t->known++] = id;
	}
	return 0;
}

static int by_id(const void *x, const void *y)
{
	uint32_t a, b;

	memcpy(&a, x, sizeof(a));
	memcpy(&b, y, sizeof(b));
	return (a > b) - (a < b);
}

/* Adds one word if the vocabulary has it or subwords can build it (in room
 * [dim]); 1 or 0, or an error. */
static int add_word(const struct words *w, struct str word, float *out,
		    float *room, const struct kernels *kernels,
		    struct error *e)
{
	int known = words_word_vector(w, word, room, kernels, e);

	if (known > 0)
		kernels->axpy(out, 1.0f, room, w->dim);
	return known;
}

/* Returns how many tokens took part, or an error. */
static int mean(const struct words *w, const struct tokens *t, float *out,
		const struct kernels *kernels, struct error *e)
{
	float *room = mem_new(w->dim, sizeof(*room), e);
	const char *at = t->text.data;
	size_t n = 0;
	int known = 0;

	for (size_t i = 0; room && known >= 0 && i < t->count; i++) {
		known = add_word(w, str_of(at), out, room, kernels, e);
		n += known > 0;
		at += strlen(at) + 1;
	}
	for (size_t j = 0; n && j < w->dim; j++)
		out[j] = out[j] / (float)n;
	mem_free(room);
	return e->code ? e->code : (int)MIN(n, INT32_MAX);
}

/* Distinct ids and tf * log2(D / df) of each; returns how many. */
static size_t weigh(const struct words *w, struct tokens *t, float *weights,
		    const struct kernels *kernels)
{
	const float per_ln2 = 0x1.715476p+0f;	/* 1 / ln 2 */
	size_t n = 0, next;

	qsort(t->ids, t->known, sizeof(*t->ids), by_id);
	for (size_t i = 0; i < t->known; i = next, n++) {
		uint32_t id = t->ids[i];
		float ratio = (float)((double)w->documents /
				      (double)w->df[id]);

		for (next = i; next < t->known && t->ids[next] == id;)
			next++;
		kernels->log(&ratio, &ratio, 1);
		t->ids[n] = id;
		weights[n] = (float)(next - i) * (ratio * per_ln2);
	}
	return n;
}

static int tfidf(const struct words *w, struct tokens *t, float *out,
		 const struct kernels *kernels, struct error *e)
{
	float *weights = mem_new(t->known, sizeof(*weights), e);
	float norm;
	size_t n;

	if (!weights)
		return e->code;
	n = weigh(w, t, weights, kernels);
	norm = sqrtf(kernels->dot(weights, weights, n));
	for (size_t i = 0; norm > 0 && i < n; i++)
		kernels->axpy(out, weights[i] / norm,
			      words_vector(w, t->ids[i]), w->dim);
	mem_free(weights);
	return 0;
}

static float largest(const float *v, size_t dim, float sign)
{
	float most = sign * v[0];

	for (size_t i = 1; i < dim; i++)
		most = sign * v[i] > most ? sign * v[i] : most;
	return sign * most;
}

enum words_norm words_target_norm(const struct words *w)
{
	return w->model == WORDS_LDA ? WORDS_RAW : WORDS_DIVBYMAX;
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

int words_caption_way(const struct words *w, enum words_caption how,
		      enum words_caption *way, struct error *e)
{
	int infers = w->model == WORDS_DOC2VEC || w->model == WORDS_LDA;

	if (how == WORDS_AUTO)
		how = w->documents ? WORDS_TFIDF : WORDS_MEAN;
	*way = infers ? WORDS_INFER : how == WORDS_INFER ? WORDS_MEAN : how;
	if (*way == WORDS_PARAGRAPH && !w->bias) {
		fail(e, ERROR_FAILED, "the words have no biases, which the "
		     "paragraph transform needs: only GloVe's have");
		return hint(e, "--caption %s does without",
			    words_captions[w->documents ? WORDS_TFIDF :
							  WORDS_MEAN]);
	}
	if (*way != WORDS_TFIDF || w->documents)
		return 0;
	fail(e, ERROR_FAILED, "the words file does not say in how many "
	     "captions each word is, as tf-idf needs it");
	return hint(e, "--caption mean does without");
}

static int infer(const struct words *w, const uint32_t *ids, size_t n,
		 float *out, const struct kernels *kernels, struct error *e)
{
	return w->model == WORDS_LDA ?
	       words_infer_lda(w, ids, n, out, kernels, e) :
	       words_infer_doc2vec(w, ids, n, out, kernels, e);
}

/* How many tokens took part in out, which is all zeros before. */
static int caption_sum(const struct words *w, struct tokens *t,
		       enum words_caption how, float *out,
		       const struct kernels *kernels, struct error *e)
{
	enum words_caption way;

	if (words_caption_way(w, how, &way, e) < 0)
		return e->code;
	if (way == WORDS_TFIDF && tfidf(w, t, out, kernels, e) < 0)
		return e->code;
	if (way == WORDS_INFER && t->known &&
	    infer(w, t->ids, t->known, out, kernels, e) < 0)
		return e->code;
	if (way == WORDS_PARAGRAPH && t->known &&
	    words_paragraph(w, t->ids, t->known, out, kernels, e) < 0)
		return e->code;
	if (way == WORDS_MEAN)
		return mean(w, t, out, kernels, e);
	return (int)MIN(t->known, INT32_MAX);
}

int words_caption_vector(const struct words *w, struct str caption,
			 enum words_caption how, enum words_norm norm,
			 float *out, const struct kernels *kernels,
			 struct error *e)
{
	struct tokens t = {0};
	int code = tokens_find(&t, w, caption, e);

	for (size_t j = 0; j < w->dim; j++)
		out[j] = 0;
	if (code == 0)
		code = caption_sum(w, &t, how, out, kernels, e);
	if (code > 0)
		words_normalise(out, w->dim, norm, kernels);
	buf_free(&t.text);
	mem_free(t.ids);
	return code;
}

int words_knows(const struct words *w, struct str word)
{
	return words_find(w, word) != WORDS_NONE || subword_knows(w, word);
}

int words_word_vector(const struct words *w, struct str word, float *out,
		      const struct kernels *kernels, struct error *e)
{
	uint32_t id = words_find(w, word);
	int rows;

	if (id == WORDS_NONE) {
		rows = subword_vector(w, word, out, kernels, e);
		return MIN(rows, 1);
	}
	if (w->model == WORDS_LDA || w->model == WORDS_DOC2VEC)
		return infer(w, &id, 1, out, kernels, e) < 0 ? e->code : 1;
	memcpy(out, words_vector(w, id), w->dim * sizeof(*out));
	return 1;
}
