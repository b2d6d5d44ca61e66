/*
 * run.h - what every training shares, whatever it trains: one writer, steps,
 * checkpoints, stop, and a file that appears only when it is whole and can be
 * read.
 *
 *	struct run r = { .model = &model, .state = state, .out = out, ... };
 *	int made = 0;
 *
 *	if (run_lock(&r, e) == 0 && ... r.identity ... &&
 *	    run_begin(&r, &made, e) == 0 && !made &&
 *	    ... r.steps, r.epoch_steps, first state ... )
 *		run_train(&r, e);
 *	run_close(&r);
 *
 * Training is a fixed row of steps; the state after step s depends on the
 * identity and s only.
 *
 * What is there already:
 *	a finished file of the same identity	is the result: nothing is done
 *	a finished file of another one		is replaced at the end, with a
 *						note at the beginning
 *	a checkpoint of the same identity	is resumed
 *	any other checkpoint			is never written over: refused,
 *						unless `restart` removes it
 */
#ifndef RUN_H
#define RUN_H

#include "base/file.h"
#include "base/talk.h"
#include "format/safetensors.h"
#include "run/identity.h"
#include "run/validation.h"

/* A step or a check returns it, with the cause in *why, when the numbers of
 * the state are of no more use. */
enum { RUN_BROKEN = 1 };

struct run_model {
	const char *name;		/* of the progress line */
	const char *format;		/* of the file that is made */
	const char *checkpoint_format;

	int (*step)(void *state, uint64_t step, struct error *why);
	/* Units of work in the first `steps` steps, for the progress line. */
	uint64_t (*work)(const void *state, uint64_t steps);
	/* What the progress line says after `steps` steps; may leave it. */
	void (*tell)(const void *state, uint64_t steps, char *text,
		     size_t room);
	/* Would readers take numbers as the state has them? */
	int (*check)(void *state, struct error *why);

	/* How good the state is, larger is better; changes nothing.  NULL: the
	 * run has no validation. */
	int (*validate)(void *state, double *value, struct error *why);

	/* All the state that the steps change; load checks everything before
	 * it changes anything. */
	int (*save)(void *state, struct st_writer *w, struct error *e);
	int (*load)(void *state, const struct st_file *f, struct error *e);

	/* After the last step, before the file; may be NULL. */
	int (*finish)(void *state, struct error *why);
	/* The file beyond "run" and "numerics"; and what opens such files
	 * looks at it before it is there: ERROR_DATA if it cannot be read. */
	int (*write)(void *state, struct st_writer *w, struct error *e);
	int (*read)(void *state, struct st_file *f, struct error *e);
};

struct run {
	const struct run_model *model;
	void *state;
	const struct talk *talk;
	const char *out;
	double checkpoint_every_s;	/* 0: after every epoch */
	int restart;			/* from the first step, in any case */

	/* set by the caller before run_begin */
	struct identity identity;
	/* Name of an item that decides how many steps there are, but not the
	 * state after any; a checkpoint may differ in it.  Or NULL. */
	const char *length;

	/* set by the caller before run_train */
	uint64_t steps, epoch_steps;
	struct validation validation;	/* the best state is kept in
					 * "OUT.best" until the end */

	/* the run's own */
	uint64_t step;			/* done */
	struct file_lock lock;
	char *checkpoint, *best;	/* paths */
	struct st_file *resumed;	/* between run_begin and run_train */
	double saved_s;
};

int run_lock(struct run *r, struct error *e);
/* Looks at what is there; *made: the file is what this run would make. */
int run_begin(struct run *r, int *made, struct error *e);
/* ERROR_STOPPED when it was told to stop, with a checkpoint written. */
int run_train(struct run *r, struct error *e);
void run_close(struct run *r);

#endif
