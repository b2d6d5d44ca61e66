/* schedule.c - see schedule.h. */
#include "run/schedule.h"

#include <stddef.h>

const char *const schedule_names[] = {
	[SCHEDULE_POLY] = "poly", [SCHEDULE_STEP] = "step",
	[SCHEDULE_COSINE] = "cosine", NULL,
};

/* (1 + cos(pi x)) / 2 = cos(pi x / 2)^2 for x in [0, 1], the cosine by its
 * Taylor polynomial of degree 20 in double (next term 1e-17). */
static float half_cosine(double x)
{
	double y = x * 1.57079632679489661923, square = y * y;
	double term = 1, sum = 1;

	for (int i = 1; i <= 10; i++) {
		term = term * -square / (double)((2 * i - 1) * (2 * i));
		sum = sum + term;
	}
	return (float)(sum * sum);
}

float schedule_rate(enum schedule s, float rate, uint64_t warm, uint64_t step,
		    uint64_t steps)
{
	if (step < warm)
		return rate * ((float)(step + 1) / (float)warm);
	step -= warm;
	steps -= warm;
	if (s == SCHEDULE_POLY)
		return rate * ((float)(steps - step) / (float)steps);
	if (s == SCHEDULE_COSINE)
		return rate * half_cosine((double)step / (double)steps);
	if (step >= steps / 2)
		rate = rate * 0.1f;
	if (step >= steps / 4 * 3)
		rate = rate * 0.1f;
	return rate;
}
