/*
 * validation.h - which state of a run was the best, and whether it is still
 * worth going on.
 *
 * Every so many steps the run is told how good its state is, by a number that
 * is larger for a better one.  Of equals the first counts.  All of it is part
 * of a checkpoint, so a resumed run decides as an undisturbed one.
 */
#ifndef VALIDATION_H
#define VALIDATION_H

#include "format/safetensors.h"

struct validation {
	/* set by the caller */
	uint64_t every;			/* steps; 0: never */
	uint64_t patience;		/* validations without a better one
					 * after which it stops; 0: never */
	int keep_best;			/* the best state is the result */

	/* its own */
	double best, last;
	uint64_t best_step;		/* 0: none yet */
	uint64_t last_step;
	uint64_t waits;			/* validations since the best one */
};

int validation_is_due(const struct validation *v, uint64_t step);
/* 1 if it is the best so far. */
int validation_add(struct validation *v, uint64_t step, double value);
int validation_is_over(const struct validation *v);

/* The metadata "validation" of a checkpoint; numbers by their bits. */
int validation_put(const struct validation *v, struct st_writer *w,
		   struct error *e);
int validation_load(struct validation *v, const struct st_file *f,
		    uint64_t step, struct error *e);

#endif
