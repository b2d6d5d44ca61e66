/*
 * train_model.h - what a text model gives to the run of train.c.
 *
 * Training is a fixed row of steps; the state after step s depends on input,
 * options and s only, whatever the threads, the kernels, or the memory it may
 * use.  An epoch has `epoch_steps` of them; step s belongs to epoch
 * s / epoch_steps.  Tokens are read by vocab_tokens: they may be in a file.
 */
#ifndef TRAIN_MODEL_H
#define TRAIN_MODEL_H

#include "format/safetensors.h"
#include "run/identity.h"
#include "text/models/train.h"
#include "text/corpus/vocab.h"

/* One run. */
struct train {
	const struct text_source *source;
	const struct train_options *options;
	const struct machine *machine;
	struct vocab vocab;
	struct st_file *init_file; /* open while there is an options->init */
	struct words init;

	/* set by the model's open */
	void *state;
	uint64_t epoch_steps;
	uint64_t epoch_work;		/* what the progress line counts: pairs,
					 * words, documents */
};

struct train_model {
	const char *name; /* "glove", ... in metadata and messages */

	/* Checks options; a message that names what is wrong. */
	int (*check)(const struct train_options *o, struct error *e);
	/* Makes t->state from t->vocab and t->source. */
	int (*open)(struct train *t, struct error *e);
	void (*close)(struct train *t);

	/* Adds every option of this model that decides the state. */
	int (*identity)(const struct train_options *o, struct identity *id,
			struct error *e);
	/* No step depends on how many epochs there are. */
	int any_epochs;
	int (*step)(struct train *t, uint64_t step, struct error *e);
	/* Units of work in the first `steps` steps of an epoch. */
	uint64_t (*work)(const struct train *t, uint64_t steps);
	/* Mean loss of the epoch that was last finished. */
	double (*loss)(const struct train *t);
	/* The first word with a number that no words file may have
	 * (WORDS_VECTOR_MOST), or vocab.count. */
	size_t (*broken)(const struct train *t);

	/* All the state that the steps change, as tensors; and back.  load
	 * checks everything before it changes anything. */
	int (*save)(const struct train *t, struct st_writer *w,
		    struct error *e);
	int (*load)(struct train *t, const struct st_file *f, struct error *e);

	/* Metadata (options of this model), then tensors of the words file
	 * beyond word, count, df, stop: at least "vectors". */
	int (*meta)(const struct train *t, struct st_writer *w,
		    struct error *e);
	int (*result)(const struct train *t, struct st_writer *w,
		      struct error *e);
};

extern const struct train_model train_glove, train_word2vec, train_fasttext,
				train_doc2vec, train_lda;

/* For check: the options that models with negative sampling share. */
int train_check_negatives(const struct train_options *o, struct error *e);
/* Helpers for meta. */
int train_put_number(struct st_writer *w, const char *key, uint64_t value,
		     struct error *e);
int train_put_real(struct st_writer *w, const char *key, double value,
		   struct error *e);

#endif
