/*
 * words_lda.c - the topics of a text by a trained LDA model.
 *
 * A text of several words is inferred as the documents were in training: its
 * vector is gamma / sum of gamma, all topics, so it sums to 1.  The words are
 * taken in order of their numbers, so their order in the text is nothing.
 *
 * A text of one word, however often it is there, is how probable each topic
 * would make it, exp(E[log beta]) / sum.  To infer it would pick one topic
 * even where a word has several, as nothing else tells which is meant.
 */
#include <stdlib.h>
#include <string.h>

#include "text/models/lda_document.h"
#include "text/words/words.h"

static int by_id(const void *x, const void *y)
{
	uint32_t a, b;

	memcpy(&a, x, sizeof(a));
	memcpy(&b, y, sizeof(b));
	return (a > b) - (a < b);
}

/* A text as a bag of words. */
struct bag {
	uint32_t *ids;			/* sorted */
	const float **row;		/* [count] */
	float *times;			/* [count] */
	size_t count;
};

static int bag_make(struct bag *b, const struct words *w, const uint32_t *ids,
		    size_t n, struct error *e)
{
	b->ids = mem_new(n, sizeof(*b->ids), e);
	b->row = mem_new(n, sizeof(*b->row), e);
	b->times = mem_new(n, sizeof(*b->times), e);
	if (!b->ids || !b->row || !b->times)
		return e->code;
	memcpy(b->ids, ids, n * sizeof(*ids));
	qsort(b->ids, n, sizeof(*ids), by_id);
	for (size_t i = 0; i < n; i++) {
		if (i == 0 || b->ids[i] != b->ids[i - 1])
			b->row[b->count++] = words_vector(w, b->ids[i]);
		b->times[b->count - 1] += 1.0f;
	}
	return 0;
}

static void share(float *v, size_t dim, const struct kernels *kernels)
{
	float sum = kernels->sum(v, dim);

	for (size_t k = 0; k < dim; k++)
		v[k] = v[k] / sum;
}

static int infer(const struct words *w, const struct bag *b, float *out,
		 const struct kernels *kernels, struct error *e)
{
	struct lda_document d;
	float *ones = mem_new(w->dim, sizeof(*ones), e);
	int code = ones ? lda_document_open(&d, w->dim, w->prior, w->inner,
					    kernels, e) : e->code;

	if (code < 0)
		goto done;
	for (size_t k = 0; k < w->dim; k++)
		ones[k] = 1.0f;
	code = lda_document_room(&d, b->count, e);
	if (code == 0) {
		lda_document_infer(&d, b->row, b->times, b->count, ones,
				   ones);
		lda_document_spread(&d, d.gamma, w->prior, out);
	}
	lda_document_close(&d);
done:
	mem_free(ones);
	return code;
}

int words_infer_lda(const struct words *w, const uint32_t *ids, size_t n,
		    float *out, const struct kernels *kernels, struct error *e)
{
	struct bag b = {0};
	int code = bag_make(&b, w, ids, n, e);

	if (code == 0 && b.count > 1)
		code = infer(w, &b, out, kernels, e);
	else if (code == 0)
		memcpy(out, b.row[0], w->dim * sizeof(*out));
	if (code == 0)
		share(out, w->dim, kernels);
	mem_free(b.ids);
	mem_free(b.row);
	mem_free(b.times);
	return code;
}
