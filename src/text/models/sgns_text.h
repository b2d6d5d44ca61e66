/*
 * sgns_text.h - negative sampling on the words of captions: what word2vec and
 * fastText share of struct train_model.
 *
 * A step takes a fixed number of tokens of the corpus.  Frequent words are
 * subsampled: a token is kept with probability min(1, sqrt(t / f) + t / f), f
 * the word's share of all tokens, t the threshold (Mikolov et al. 2013, as
 * word2vec.c and gensim compute it).  Each kept token is the centre of a window
 * with up to b kept tokens on either side, b uniform in 1 .. window.  A window
 * may reach beyond the step, but not beyond the caption: a step also reads up
 * to SGNS_TEXT_HALO tokens before and after its own.  rate.h gives the learning
 * rate.
 */
#ifndef SGNS_TEXT_H
#define SGNS_TEXT_H

#include "text/models/rate.h"
#include "text/models/sgns.h"
#include "text/models/train_model.h"

enum { SGNS_TEXT_HALO = 1024, SGNS_TEXT_MAX_WINDOW = 1000 };

struct sgns_text {
	struct sgns sgns;
	uint32_t *keep;			/* [words] of 2^32: stays */
	uint64_t step_tokens;
	struct rate rate;
	uint64_t planned;		/* 1 + the step put together ahead */
	struct train *run;		/* for the plan ahead */
	struct sgns_mark *mark;		/* [slots] */
	uint32_t *tokens;		/* [step_tokens and the halo] */
	void *own;			/* the model's */
};

/* Members of struct train_model; t->state is a struct sgns_text. */
int sgns_text_check(const struct train_options *o, struct error *e);
/* Sets what of *shape is the same for all models, and opens. */
int sgns_text_open(struct train *t, struct sgns_shape *shape, struct error *e);
void sgns_text_close(struct train *t);
int sgns_text_identity(const struct train_options *o, struct identity *id,
		       struct error *e);
int sgns_text_step(struct train *t, uint64_t step, struct error *e);
uint64_t sgns_text_work(const struct train *t, uint64_t steps);
double sgns_text_loss(const struct train *t);
size_t sgns_text_broken(const struct train *t);
int sgns_text_save(const struct train *t, struct st_writer *w,
		   struct error *e);
int sgns_text_load(struct train *t, const struct st_file *f, struct error *e);
int sgns_text_meta(const struct train *t, struct st_writer *w,
		   struct error *e);

/* Rows of `name` in the file to start from, if it has them, to the rows of the
 * words that both know. */
int sgns_text_take(struct train *t, const char *name, enum sgns_table table,
		   struct error *e);

#endif
