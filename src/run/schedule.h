/*
 * schedule.h - the learning rate of each step of a run.
 */
#ifndef SCHEDULE_H
#define SCHEDULE_H

#include <stdint.h>

enum schedule {
	SCHEDULE_POLY,		/* falls to 0 as (1 - done)^power */
	SCHEDULE_STEP,		/* times `factor` every `every` steps; with
				 * every = 0 from 1/2, and again from 3/4 */
	SCHEDULE_COSINE,	/* falls to 0 as (1 + cos) / 2 */
};
extern const char *const schedule_names[];	/* NULL at the end */

struct schedule_settings {
	enum schedule kind;
	float power;		/* of poly */
	float factor;		/* of step */
	uint64_t every;		/* of step */
	/* It rises linearly over so many steps first (fewer than all); the
	 * schedule is that of the steps after them. */
	uint64_t warm;
};

/* The rate of step `step`, from 0, of `steps`; `rate` is the highest. */
float schedule_rate(const struct schedule_settings *s, float rate,
		    uint64_t step, uint64_t steps);

#endif
