/*
 * learn.h - teaching an image net to land on the vectors of captions.
 *
 * The text model stays as it is.  Each step takes a batch of posts in an order
 * drawn anew every epoch, crops and mirrors their pictures, makes the vector of
 * each post's words, and moves the net by SGD so that its output for the
 * picture comes nearer to it (Gomez et al. 2018; the losses are objectives,
 * objective.h).
 *
 * Everything drawn is a function of (seed, epoch or step, post), so a run that
 * was killed and started again ends in the same bytes.
 */
#ifndef LEARN_H
#define LEARN_H

#include "joint/measure.h"
#include "joint/objective.h"
#include "joint/space.h"
#include "nn/optim.h"
#include "run/schedule.h"

/* What a post's text is. */
enum learn_text {
	LEARN_FIXED,			/* the caption's vector */
	LEARN_TABLE,			/* words with new vectors that learn */
	LEARN_WORDS,			/* words whose given vectors learn */
	LEARN_BRANCH,			/* given ones, a net on them learns */
};
extern const char *const learn_text_names[];	/* NULL at the end */
extern const char *const learn_keep_names[];	/* "last", "best", NULL */

struct learn_options {
	const char *posts, *words, *out;	/* files */
	const char *net;		/* built-in name or file */
	const char *init;		/* space or weights that the net starts
					 * from; NULL: drawn from the seed */
	const char *freeze;		/* the last layer that stays, or NULL */
	const char *trunk;		/* weights of a net that stays; NULL:
					 * `net` learns from pixels */
	const char *features;		/* file of them; NULL: beside posts */
	int views;			/* of a picture, for a trunk */
	int hidden;			/* floats between trunk and space; 0:
					 * a linear map */
	float dropout;			/* of features, and of those */
	const char *augment;		/* of pictures (augment_view.h) */
	enum learn_text text;
	int dim, word_dim;		/* of space and words that learn */
	float word_dropout, text_dropout;
	int text_hidden;
	enum objective_kind loss;
	struct objective_settings settings;	/* of the loss */
	enum words_caption caption;	/* how a post's words become a vector */
	enum space_compare compare;
	int epochs, batch;
	float rate;
	enum optim_kind optimiser;
	struct optim_settings steps;	/* of the optimiser */
	enum schedule schedule;		/* of the rate */
	float power, step_factor;	/* schedule.h */
	int step_every;			/* epochs; 0: at 1/2 and 3/4 */
	float warm_up;			/* share of steps of a rising rate */
	enum measure measure;		/* of validations; none: no such */
	int validate_every;		/* steps; 0: an epoch */
	int patience;			/* validations; 0: no early stop */
	int keep_best;			/* of all validations, not the last */
	uint64_t seed;
	uint64_t memory_bytes;		/* of a step; 0: no limit */
	double checkpoint_every_s;	/* 0: after every epoch */
	int restart;			/* drops what is there (run/run.h) */
};
/* Those that suit `loss`, its own settings included. */
void learn_defaults(struct learn_options *o, enum objective_kind loss);

/* Trains, or resumes `out`.checkpoint, and writes the space file. */
int learn_run(const struct learn_options *o, const struct machine *machine,
	      struct error *e);

#endif
