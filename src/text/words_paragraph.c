/*
 * words_paragraph.c - glove-python's transform of a paragraph: a vector that a
 * text would have if it were one more word of a GloVe model.
 *
 * It begins at the mean of the text's different words, then fits p.v_w + b_w
 * to ln x_w by 50 epochs of AdaGrad, as if the text stood x_w = 10 n_w times
 * near a word that is in it n_w times; only p moves.  The weight is
 * min(1, x_w / 100)^0.75.  So frequent words, whose bias is large, pull less.
 * The words come in order of their numbers (a random one in glove-python), so
 * their order in the text is nothing.
 *
 * Expression trees: the mean is a chain of fmas from +0, divided by the number
 * of words; e = weight * ((dot(p, v) + b) - ln x), then kernels->glove on p
 * and a copy of v.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "text/words.h"

enum { EPOCHS = 50 };

#define RATE 0.05f		/* and the accumulators begin at 1 */
#define TIMES 10.0f		/* x for each time: a tenth of X_MAX */
#define X_MAX 100.0f
#define ALPHA 0.75f

/* The text's words and room for one step. */
struct paragraph {
	uint32_t *ids;			/* [count] different ones, ascending */
	float *log_x, *weight;		/* [count] */
	size_t count;
	float *squares, *row, *row_squares;	/* [dim] */
};

static int by_id(const void *x, const void *y)
{
	uint32_t a, b;

	memcpy(&a, x, sizeof(a));
	memcpy(&b, y, sizeof(b));
	return (a > b) - (a < b);
}

/* Makes of n tokens their different words, with ln x and f(x). */
static void weigh(struct paragraph *p, size_t n, const struct kernels *kernels)
{
	qsort(p->ids, n, sizeof(*p->ids), by_id);
	for (size_t i = 0; i < n; i++) {
		if (i == 0 || p->ids[i] != p->ids[p->count - 1]) {
			p->log_x[p->count] = 0;
			p->ids[p->count++] = p->ids[i];
		}
		p->log_x[p->count - 1] += TIMES;
	}
	for (size_t i = 0; i < p->count; i++)
		p->weight[i] = MIN(p->log_x[i] / X_MAX, 1.0f);
	kernels->log(p->log_x, p->log_x, p->count);
	kernels->pow(p->weight, p->weight, ALPHA, p->count);
}

static void start(const struct paragraph *p, const struct words *w, float *out,
		  const struct kernels *kernels)
{
	memset(out, 0, w->dim * sizeof(*out));
	for (size_t i = 0; i < p->count; i++)
		kernels->axpy(out, 1.0f, words_vector(w, p->ids[i]), w->dim);
	for (size_t j = 0; j < w->dim; j++) {
		out[j] = out[j] / (float)p->count;
		p->squares[j] = p->row_squares[j] = 1.0f;
	}
}

static void fit(const struct paragraph *p, const struct words *w, float *out,
		const struct kernels *kernels)
{
	for (int epoch = 0; epoch < EPOCHS; epoch++)
		for (size_t i = 0; i < p->count; i++) {
			const float *v = words_vector(w, p->ids[i]);
			float fitted = kernels->dot(out, v, w->dim) +
				       w->bias[p->ids[i]];

			/* the kernel moves both of its vectors */
			memcpy(p->row, v, w->dim * sizeof(*p->row));
			kernels->glove(out, p->row, p->squares,
				       p->row_squares, p->weight[i] *
				       (fitted - p->log_x[i]), RATE, w->dim);
		}
}

int words_paragraph(const struct words *w, const uint32_t *ids, size_t n,
		    float *out, const struct kernels *kernels, struct error *e)
{
	struct paragraph p = {
		.ids = mem_new(n, sizeof(*p.ids), e),
		.log_x = mem_new(n, sizeof(*p.log_x), e),
		.weight = mem_new(n, sizeof(*p.weight), e),
		.squares = mem_new(w->dim, sizeof(*p.squares), e),
		.row = mem_new(w->dim, sizeof(*p.row), e),
		.row_squares = mem_new(w->dim, sizeof(*p.row_squares), e),
	};
	int failed = !p.ids || !p.log_x || !p.weight || !p.squares || !p.row ||
		     !p.row_squares;

	if (!failed) {
		memcpy(p.ids, ids, n * sizeof(*ids));
		weigh(&p, n, kernels);
		start(&p, w, out, kernels);
		fit(&p, w, out, kernels);
		/* numbers that no training makes, but a file may hold */
		if (!isfinite(kernels->dot(out, out, w->dim)))
			failed = fail(e, ERROR_DATA, "vectors and biases are "
				      "too large for the paragraph transform");
	}
	mem_free(p.ids);
	mem_free(p.log_x);
	mem_free(p.weight);
	mem_free(p.squares);
	mem_free(p.row);
	mem_free(p.row_squares);
	return failed ? e->code : 0;
}
