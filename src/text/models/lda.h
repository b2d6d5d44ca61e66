/*
 * lda.h - the state of LDA training and one update of it.
 *
 * lambda (topics by word) is eta + mass; mass is kept by word.  An update lets
 * all mass fade and adds what one chunk of documents says, so words that are
 * not in the chunk only fade.  That is done when such a word is met again: its
 * mass stands as of the update `since` which it was last met in, by the
 * product of all fadings up to there.
 */
#ifndef LDA_H
#define LDA_H

#include "math/machine.h"
#include "text/corpus/documents.h"
#include "text/models/lda_chunk.h"
#include "text/models/lda_document.h"
#include "text/models/train.h"

enum {
	LDA_PIECES = 64,		/* that sums over words are cut into */
	LDA_STARTS = 4096,		/* places where a document's start may
					 * begin in `starts` */
};

struct lda {
	const struct train_options *options;
	const struct machine *machine;
	size_t words, topics;
	float prior;			/* alpha and eta */

	float *mass;			/* [words, topics] */
	double *since;			/* [words] `kept` then; 0: mass is 0 */
	double kept;			/* product of fadings */
	double *total;			/* [topics] mass of all words, now */
	double bound, tokens;		/* sums of the epoch that runs */

	const struct vocab *vocab;
	struct documents documents;
	uint32_t *text;			/* [longest] of one document */
	uint32_t *order;		/* [documents] in the epoch that runs */
	uint64_t order_epoch;		/* + 1; 0: none yet */

	/* the update that runs */
	struct lda_chunk chunk;
	float fade, gain;		/* 1 - rho, rho * documents / chunk */
	float *rows;			/* [slots, topics] exp(psi(lambda)), */
	float *peak;			/* divided by e^peak, [slots] */
	float *scale; /* [topics] 1 / exp(psi(sum of lambda)) */
	float *eta;			/* [topics] */
	float *theta;			/* [chunk, topics] */
	float *ratio;			/* [entries] */
	double *bounds;			/* [chunk] */
	double *gained;			/* [LDA_PIECES, topics] */
	float *sums;			/* [threads, topics] of one word */
	const float **row;		/* [entries] */
	struct lda_document *work;	/* [threads] */
	uint64_t stream;		/* of its documents' starts */
	float *starts;			/* [LDA_STARTS + topics] near 1 */
	size_t rows_room, peak_room, ratio_room, row_room;
};

int lda_open(struct lda *l, const struct vocab *v,
	     const struct train_options *options,
	     const struct machine *machine, struct error *e);
void lda_close(struct lda *l);

/* Updates in an epoch, and documents in the first `steps` of them. */
uint64_t lda_steps(const struct lda *l);
uint64_t lda_work(const struct lda *l, uint64_t steps);
int lda_step(struct lda *l, uint64_t number, struct error *e);
/* Minus the documents' part of the variational bound, in nats for a word, over
 * the epoch. */
double lda_loss(const struct lda *l);
/* The first word with a number that is not finite, or `words`. */
size_t lda_broken(const struct lda *l);
/* out [topics] = exp(E[log beta]) of a word, at least 1e-15; after
 * lda_scale. */
void lda_scale(struct lda *l);
void lda_vector(const struct lda *l, size_t word, float *out);

#endif
