/*
 * rate.h - the rate of a model that learns captions in their order: it falls
 * linearly from `rate` to `rate_end` over all epochs.
 *
 * How much of an epoch is done can be told by words, as word2vec.c and fastText
 * do, or by captions, as gensim does; where long texts and short captions
 * follow each other the two differ much.  The lesser share counts: long texts
 * before short captions would take the rate from all captions, short captions
 * before long texts that from the texts.  A caption counts as one for each
 * RATE_CAPTION words begun (gensim cuts there), so that a corpus that is one
 * line is told by its words.
 */
#ifndef RATE_H
#define RATE_H

#include "text/models/train.h"
#include "text/corpus/vocab.h"

enum { RATE_MARKS = 1024, RATE_CAPTION = 10000 };

struct rate {
	double tokens; /* of the corpus, ends of captions too */
	double first, last;		/* the rate at the start, at the end */
	double epochs;
	uint64_t mark[RATE_MARKS + 1];	/* captions that end in the first i of
					 * RATE_MARKS parts of the tokens */
};

/* Reads all tokens once. */
int rate_open(struct rate *r, const struct vocab *v,
	      const struct train_options *o, struct error *e);
/* The rate for tokens from `at` on.  Between marks captions are taken to be
 * alike. */
float rate_at(const struct rate *r, uint64_t epoch, uint64_t at);

#endif
