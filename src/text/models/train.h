/*
 * train.h - one way to train any text model: from captions to a words file.
 *
 * The run is the same for all: vocabulary, the model's own preparation, steps
 * with a progress line, checkpoints, Ctrl-C, the file.  What differs is a
 * `struct train_model` (train_model.h).  Defaults are those of the
 * InstaCities1M scripts but for the size: dim 100 in place of 400, words seen
 * at least 5 times.
 */
#ifndef TRAIN_H
#define TRAIN_H

#include "math/machine.h"
#include "text/clean/clean.h"
#include "text/corpus/source.h"
#include "text/words/words.h"

struct train_options {
	enum words_model model;
	const char *out; /* words file; checkpoint is out + ".checkpoint" */
	const char *init;		/* words file to start from, or NULL */
	const char
		*tmpdir; /* for what is larger than memory; NULL: beside out */
	struct clean clean;
	const char *stop_name;		/* for the metadata */
	int dim, window, epochs, min_count;
	float rate;
	uint64_t seed;
	double checkpoint_every_s;
	int restart;			/* drops what is there (run/run.h) */
	uint64_t memory_bytes;

	/* GloVe */
	float x_max, alpha;
	float clip;			/* 0: 10, with two tables 100 */
	int two_tables; /* Stanford's form, else glove-python's */

	/* word2vec, fastText, doc2vec (PV-DBOW) */
	int skipgram;			/* else CBOW; not for doc2vec */
	int negatives;
	float rate_end;			/* the rate falls to this: rate.h */
	float subsample;		/* threshold; 0: every token is kept */
	int min_n, max_n, buckets;	/* fastText's character n-grams */

	/* LDA: dim is the number of topics, epochs the passes */
	int chunk;			/* documents per update */
	float decay, offset;		/* rho = (offset + updates)^-decay */
	float prior;			/* alpha and eta; 0: 1 / topics */
	int inner;			/* most iterations for one document */
};
void train_defaults(struct train_options *o, enum words_model model);

/* Trains (or resumes a checkpoint) and writes the words file.
 * ERROR_STOPPED after Ctrl-C, with a checkpoint written. */
int train_words(const struct text_source *source,
		const struct train_options *options,
		const struct machine *machine, struct error *e);

#endif
