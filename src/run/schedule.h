/*
 * schedule.h - the learning rate of each step of a run.
 */
#ifndef SCHEDULE_H
#define SCHEDULE_H

#include <stdint.h>

enum schedule {
	SCHEDULE_POLY,		/* falls linearly to 0 at the end */
	SCHEDULE_STEP,		/* times 0.1 from 1/2, and again from 3/4 */
	SCHEDULE_COSINE,	/* falls to 0 as (1 + cos) / 2 */
};
extern const char *const schedule_names[];	/* NULL at the end */

/* It rises linearly over the first `warm` steps (fewer than all); the schedule
 * is that of the steps after them. */
float schedule_rate(enum schedule s, float rate, uint64_t warm, uint64_t step,
		    uint64_t steps);

#endif
