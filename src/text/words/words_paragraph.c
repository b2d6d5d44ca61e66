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
 * of words; then kernels->glove on p, whose bias stays 0, and a copy of v.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "text/words/words.h"

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
	float *row, *word;		/* rows of kernels->glove */
	struct glove_rule rule;
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

static void start(const struct paragraph *p, const struct words *w,
		  const struct kernels *kernels)
{
	for (size_t i = 0; i < p->count; i++)
		kernels->axpy(p->row, 1.0f, words_vector(w, p->ids[i]), w->dim);
	for (size_t j = 0; j < w->dim; j++)
		p->row[j] = p->row[j] / (float)p->count;
	for (size_t j = p->rule.half; j < 2 * p->rule.half; j++)
		p->row[j] = p->word[j] = 1.0f;
}

static void fit(const struct paragraph *p, const struct words *w,
		const struct kernels *kernels)
{
	double loss = 0;

	for (int epoch = 0; epoch < EPOCHS; epoch++)
		for (size_t i = 0; i < p->count; i++) {
			/* the kernel moves both rows */
			memcpy(p->word, words_vector(w, p->ids[i]),
			       w->dim * sizeof(*p->word));
			p->word[w->dim] = w->bias[p->ids[i]];
			p->row[w->dim] = 0;
			kernels->glove(&loss, &p->row, &p->word, &p->log_x[i],
				       &p->weight[i], 1, &p->rule);
		}
}

int words_paragraph(const struct words *w, const uint32_t *ids, size_t n,
		    float *out, const struct kernels *kernels, struct error *e)
{
	size_t half = (w->dim / 16 + 1) * 16;
	struct paragraph p = {
		.ids = mem_new(n, sizeof(*p.ids), e),
		.log_x = mem_new(n, sizeof(*p.log_x), e),
		.weight = mem_new(n, sizeof(*p.weight), e),
		.row = mem_new(half, 2 * sizeof(*p.row), e),
		.word = mem_new(half, 2 * sizeof(*p.word), e),
		.rule = { .n = w->dim, .half = half, .scale = 1, .rate = RATE,
			  .clip = INFINITY, .part = INFINITY },
	};
	int failed = !p.ids || !p.log_x || !p.weight || !p.row || !p.word;

	if (!failed) {
		memcpy(p.ids, ids, n * sizeof(*ids));
		weigh(&p, n, kernels);
		start(&p, w, kernels);
		fit(&p, w, kernels);
		memcpy(out, p.row, w->dim * sizeof(*out));
		/* numbers that no training makes, but a file may hold */
		if (!isfinite(kernels->dot(out, out, w->dim)))
			failed = fail(e, ERROR_DATA, "vectors and biases are "
				      "too large for the paragraph transform");
	}
	mem_free(p.ids);
	mem_free(p.log_x);
	mem_free(p.weight);
	mem_free(p.row);
	mem_free(p.word);
	return failed ? e->code : 0;
}
