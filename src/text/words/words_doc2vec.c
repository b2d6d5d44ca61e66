/*
 * words_doc2vec.c - the row of a text by a trained doc2vec model.
 *
 * A random row, as a caption has it before training, is trained on the text's
 * words in 5 passes, while the words' rows are fixed.  The rate falls linearly
 * from 0.1 in the first pass to 0.0001 in the last, as in gensim 4.  Where
 * training would keep a token with probability p, its error is multiplied by p.
 * Words come in order of their ids, and these seed all random numbers.  So a
 * text always has the same row, whatever the order of its words.
 *
 * Expression trees, for a word (r = 0) and its negative samples (r from 1 on),
 * o_r their output rows:
 *	s_r = sigmoid(dot(h, o_r))
 *	e_0 = rate * p * (1 - s_0), e_r = -(rate * p * s_r), 0 for a drawn
 *		word that is the word itself
 *	g = chain of fma(e_r, o_r, g) from +0;  h = h + g
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "text/corpus/subsample.h"
#include "text/words/words.h"

enum { PASSES = 5 };

#define RATE 0.1f
#define RATE_END 0.0001f

static int by_id(const void *x, const void *y)
{
	uint32_t a, b;

	memcpy(&a, x, sizeof(a));
	memcpy(&b, y, sizeof(b));
	return (a > b) - (a < b);
}

/* One text. */
struct text {
	const struct words *w;
	const struct kernels *kernels;
	uint32_t *ids;			/* [count] sorted */
	size_t count;
	uint64_t seed;			/* of all that is drawn */
	const float **rows;		/* [1 + negatives] the word and those */
	float *e;			/* drawn; their errors */
	float *g;			/* [dim] */
};

static int text_open(struct text *t, const uint32_t *ids, size_t n,
		     struct error *e)
{
	size_t each = 1 + (size_t)t->w->negative_samples;

	t->ids = mem_new(n, sizeof(*t->ids), e);
	t->rows = mem_new(each, sizeof(*t->rows), e);
	t->e = mem_new(each, sizeof(*t->e), e);
	t->g = mem_new(t->w->dim, sizeof(*t->g), e);
	if (!t->ids || !t->rows || !t->e || !t->g)
		return e->code;
	memcpy(t->ids, ids, n * sizeof(*ids));
	qsort(t->ids, n, sizeof(*ids), by_id);
	t->count = n;
	for (size_t i = 0; i < n; i++)
		t->seed = rng_bits(t->seed, t->ids[i], i);
	return 0;
}

static void text_close(struct text *t)
{
	mem_free(t->ids);
	mem_free(t->rows);
	mem_free(t->e);
	mem_free(t->g);
}

/* Learns word i of the text; `draw` numbers what is drawn. */
static void learn(const struct text *t, float *h, size_t i, uint64_t draw,
		  float rate)
{
	const struct words *w = t->w;
	size_t each = 1 + (size_t)w->negative_samples;
	uint64_t stream = rng_stream(RNG_NEGATIVE, 0, 0);
	uint32_t word = t->ids[i];
	float p = w->keep[word] == SUBSAMPLE_ALWAYS ? 1.0f :
		  (float)w->keep[word] * 0x1p-32f;

	t->rows[0] = words_vector(w, word);
	for (size_t r = 1; r < each; r++)
		t->rows[r] = words_vector(w, negatives_draw(&w->negatives,
			rng_bits(t->seed, stream, draw * each + r)));
	t->kernels->dots(t->e, h, t->rows, each, w->dim);
	t->kernels->sigmoid(t->e, t->e, each);
	memset(t->g, 0, w->dim * sizeof(*t->g));
	for (size_t r = 0; r < each; r++) {
		float e = r ? -(rate * p * t->e[r]) :
			      rate * p * (1.0f - t->e[r]);

		if (r == 0 || t->rows[r] != t->rows[0])
			t->kernels->axpy(t->g, e, t->rows[r], w->dim);
	}
	t->kernels->add(h, h, t->g, w->dim);
}

static void infer(const struct text *t, float *h)
{
	uint64_t stream = rng_stream(RNG_INIT, 0, 0);

	for (size_t j = 0; j < t->w->dim; j++)
		h[j] = (rng_uniform(t->seed, stream, j) - 0.5f) /
		       (float)t->w->dim;
	for (size_t pass = 0; pass < PASSES; pass++) {
		float rate = RATE - (float)pass * (RATE - RATE_END) /
				    (float)(PASSES - 1);

		for (size_t i = 0; i < t->count; i++)
			learn(t, h, i, pass * t->count + i, rate);
	}
}

int words_infer_doc2vec(const struct words *w, const uint32_t *ids, size_t n,
			float *out, const struct kernels *kernels,
			struct error *e)
{
	struct text t = { .w = w, .kernels = kernels };
	int code = text_open(&t, ids, n, e);

	if (code == 0) {
		infer(&t, out);
		/* numbers that no training makes, but a file may hold */
		if (!isfinite(kernels->dot(out, out, w->dim)))
			code = fail(e, ERROR_DATA, "vectors are too large to "
				    "infer that of a text");
	}
	text_close(&t);
	return code;
}
