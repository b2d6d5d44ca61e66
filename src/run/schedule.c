/* schedule.c - see schedule.h. */
#include "run/schedule.h"

#include <stddef.h>

const char *const schedule_names[] = {
	[SCHEDULE_POLY] = "poly", [SCHEDULE_STEP] = "step", NULL,
};

float schedule_rate(enum schedule s, float rate, uint64_t step, uint64_t steps)
{
	if (s == SCHEDULE_POLY)
		return rate * ((float)(steps - step) / (float)steps);
	if (step >= steps / 2)
		rate = rate * 0.1f;
	if (step >= steps / 4 * 3)
		rate = rate * 0.1f;
	return rate;
}
