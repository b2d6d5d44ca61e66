/*
 * words_caption.c - one vector for a caption; see words.h.
 *
 * Expression trees: a sum of vectors is a chain of fmas from +0, in order of
 * the tokens (mean) or of the ids, then, of words that n-grams build, of their
 * bytes (tf-idf).  weight = tf * (log(D / df) *
 * 1/ln 2), D / df in double, then rounded to float; weights are divided by
 * sqrt(dot(weights, weights)).
 */
#include <math.h>
#include <stdlib.h>

#include "text/models/subword.h"

const char *const words_captions[] = { "mean", "tfidf", "paragraph",
				       "infer", NULL };
const char *const words_caption_choices[] = { "auto", "mean", "tfidf",
					      "paragraph", NULL };

/* The words of a caption that the model knows. */
struct tokens {
	struct words_read read;
	uint32_t *ids;		/* [rows]: of those in the vocabulary */
	size_t rows;
	struct str *built;	/* [ngrams]: of those that n-grams build */
	size_t ngrams;
};

static int tokens_find(struct tokens *t, const struct words *w,
		       struct str caption, struct error *e)
{
	if (words_read(&t->read, w, caption, e) < 0)
		return e->code;
	t->ids = mem_new(t->read.known, sizeof(*t->ids), e);
	t->built = mem_new(t->read.known, sizeof(*t->built), e);
	if (!t->ids || !t->built)
		return e->code;
	for (size_t i = 0; i < t->read.count; i++) {
		const struct words_token *token = &t->read.token[i];

		if (token->known == WORDS_ROW)
			t->ids[t->rows++] = token->id;
		else if (token->known == WORDS_NGRAMS)
			t->built[t->ngrams++] = token->text;
	}
	return 0;
}

static void tokens_free(struct tokens *t)
{
	words_read_free(&t->read);
	mem_free(t->ids);
	mem_free(t->built);
}

static int by_id(const void *x, const void *y)
{
	uint32_t a, b;

	memcpy(&a, x, sizeof(a));
	memcpy(&b, y, sizeof(b));
	return (a > b) - (a < b);
}

static int by_text(const void *x, const void *y)
{
	struct str a, b;

	memcpy(&a, x, sizeof(a));
	memcpy(&b, y, sizeof(b));
	return str_compare(a, b);
}

/* Returns how many tokens took part, or an error. */
static int mean(const struct words *w, const struct tokens *t, float *out,
		const struct kernels *kernels, struct error *e)
{
	float *room = mem_new(w->dim, sizeof(*room), e);
	size_t n = 0;

	for (size_t i = 0; room && !e->code && i < t->read.count; i++) {
		if (words_word_vector(w, t->read.token[i].text, room, kernels,
				      e) <= 0)
			continue;
		kernels->axpy(out, 1.0f, room, w->dim);
		n++;
	}
	for (size_t j = 0; n && j < w->dim; j++)
		out[j] = out[j] / (float)n;
	mem_free(room);
	return e->code ? e->code : (int)MIN(n, INT32_MAX);
}

/* log2(D / df) */
static float idf_of(const struct words *w, uint64_t df,
		    const struct kernels *kernels)
{
	const float per_ln2 = 0x1.715476p+0f;	/* 1 / ln 2 */
	float ratio = (float)((double)w->documents / (double)df);

	kernels->log(&ratio, &ratio, 1);
	return ratio * per_ln2;
}

float words_idf(const struct words *w, uint32_t id,
		const struct kernels *kernels)
{
	return idf_of(w, w->df[id], kernels);
}

/* tf * log2(D / df) */
static float weight_of(const struct words *w, size_t tf, uint64_t df,
		       const struct kernels *kernels)
{
	return (float)tf * idf_of(w, df, kernels);
}

/* Distinct ids, then distinct built words, and the weight of each. */
static void weigh(const struct words *w, struct tokens *t, float *weights,
		  const struct kernels *kernels)
{
	size_t rows = t->rows, ngrams = t->ngrams, next;

	qsort(t->ids, rows, sizeof(*t->ids), by_id);
	qsort(t->built, ngrams, sizeof(*t->built), by_text);
	t->rows = t->ngrams = 0;
	for (size_t i = 0; i < rows; i = next) {
		uint32_t id = t->ids[i];

		for (next = i; next < rows && t->ids[next] == id;)
			next++;
		weights[t->rows] = weight_of(w, next - i, w->df[id], kernels);
		t->ids[t->rows++] = id;
	}
	for (size_t i = 0; i < ngrams; i = next) {
		struct str word = t->built[i];

		for (next = i;
		     next < ngrams && str_equal(t->built[next], word);)
			next++;
		weights[t->rows + t->ngrams] = weight_of(w, next - i, 1,
							 kernels);
		t->built[t->ngrams++] = word;
	}
}

static int tfidf(const struct words *w, struct tokens *t, float *out,
		 const struct kernels *kernels, struct error *e)
{
	float *weights = mem_new(t->read.known, sizeof(*weights), e);
	float *room = mem_new(w->dim, sizeof(*room), e);
	float norm = 0;

	if (weights && room) {
		weigh(w, t, weights, kernels);
		norm = sqrtf(kernels->dot(weights, weights,
					  t->rows + t->ngrams));
	}
	for (size_t i = 0; norm > 0 && i < t->rows; i++)
		kernels->axpy(out, weights[i] / norm,
			      words_vector(w, t->ids[i]), w->dim);
	for (size_t i = 0; norm > 0 && i < t->ngrams; i++)
		if (words_word_vector(w, t->built[i], room, kernels, e) > 0)
			kernels->axpy(out, weights[t->rows + i] / norm, room,
				      w->dim);
	mem_free(room);
	mem_free(weights);
	return e->code;
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

int words_caption_check(const struct words *w, enum words_caption asked,
			struct error *e)
{
	if ((w->model != WORDS_DOC2VEC && w->model != WORDS_LDA) ||
	    asked == WORDS_AUTO || asked == WORDS_INFER)
		return 0;
	fail(e, ERROR_USAGE, "--caption %s is not for a %s model",
	     words_captions[asked], words_model_name(w->model));
	return hint(e, "it infers the vector of a caption; leave the option "
		    "out");
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
	if (way == WORDS_INFER && t->rows &&
	    infer(w, t->ids, t->rows, out, kernels, e) < 0)
		return e->code;
	if (way == WORDS_PARAGRAPH && t->rows &&
	    words_paragraph(w, t->ids, t->rows, out, kernels, e) < 0)
		return e->code;
	if (way == WORDS_MEAN)
		return mean(w, t, out, kernels, e);
	return (int)MIN(t->read.known, INT32_MAX);
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
	tokens_free(&t);
	return code;
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
