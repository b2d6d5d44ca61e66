/*
 * schedule.h - the learning rate of each step of a run.
 */
#ifndef SCHEDULE_H
#define SCHEDULE_H

#include <stdint.h>

enum schedule {
	SCHEDULE_POLY,		/* falls linearly to 0 at the end */
	SCHEDULE_STEP,		/* times 0.1 from 1/2, and again from 3/4 */
};
extern const char *const schedule_names[];	/* "poly", "step", NULL */

float schedule_rate(enum schedule s, float rate, uint64_t step,
		    uint64_t steps);

#endif
