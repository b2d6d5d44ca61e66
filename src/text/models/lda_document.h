/*
 * lda_document.h - the topics of one document, as LDA infers them.
 *
 * Of topic k: gamma is how much of the document it has (alpha plus words),
 * theta = exp(psi(gamma)) * scale, and a row of the topics-by-word table gives
 * for a word what each topic thinks of it.  What a word's row or theta is
 * multiplied with as a whole cancels out.
 */
#ifndef LDA_DOCUMENT_H
#define LDA_DOCUMENT_H

#include "base/mem.h"
#include "kernels.h"

/* Room for the work on one document; one for each thread. */
struct lda_document {
	const struct kernels *kernels;
	size_t topics;
	float alpha;
	int inner;			/* most iterations */

	/* of the words of the document, in the order given */
	size_t count, room;
	const float **row;		/* [count] */
	float *norm, *ratio;		/* [count] sum of theta * row, number of
					 * times / norm */
	/* of the topics that still have a theta above 0 */
	size_t live;
	uint32_t *topic;		/* [live] ascending */
	float *gamma, *theta, *words, *scale;	/* [live] */
	float *prior;			/* [topics] all alpha */
	float *packed;			/* rows of live topics only */
	size_t packed_room;
};

int lda_document_open(struct lda_document *d, size_t topics, float alpha,
		      int inner, const struct kernels *kernels,
		      struct error *e);
void lda_document_close(struct lda_document *d);
/* Makes room for documents of `count` different words. */
int lda_document_room(struct lda_document *d, size_t count, struct error *e);

/* Infers the topics of a document: `count` > 0 words, word j is there times[j]
 * times, row[j] points to [topics] floats; gamma begins as start [topics], all
 * of it near 1; scale [topics].  Afterwards gamma,
 * theta, norm, ratio are those of the last iteration, and a topic that is not
 * live has gamma = alpha and theta = 0. */
void lda_document_infer(struct lda_document *d, const float *const *row,
			const float *times, size_t count, const float *start,
			const float *scale);
/* out [topics] = values of live topics, `rest` for all others. */
void lda_document_spread(const struct lda_document *d, const float *values,
			 float rest, float *out);
/* The document's part of the variational bound on its log likelihood (Hoffman
 * et al. 2010, equation 4 without the terms of beta), in nats, to about 1e-6
 * of its size. */
double lda_document_bound(struct lda_document *d, const float *times);

#endif
