/* schedule.c - see schedule.h. */
#include "run/schedule.h"

#include <math.h>
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

/* base^n as products of squares. */
static double whole_power(double base, uint64_t n)
{
	double result = 1;

	for (; n; n >>= 1, base *= base)
		if (n & 1)
			result *= base;
	return result;
}

/* base^power, 0 <= base <= 1: the whole part by squares, the rest bit by bit by
 * square roots, which are exactly rounded everywhere.  A float has no bit below
 * 2^-30 that changes the result. */
static double power_of(double base, double power)
{
	uint64_t whole = (uint64_t)power;
	double result = whole_power(base, whole);
	double rest = power - (double)whole, root = base;

	for (int bit = 0; bit < 30 && rest > 0; bit++) {
		root = sqrt(root);
		rest *= 2;
		if (rest >= 1) {
			result *= root;
			rest -= 1;
		}
	}
	return result;
}

static float step_rate(const struct schedule_settings *s, float rate,
		       uint64_t step, uint64_t steps)
{
	if (s->every)
		return rate * (float)whole_power((double)s->factor,
						 step / s->every);
	if (step >= steps / 2)
		rate = rate * s->factor;
	if (step >= steps / 4 * 3)
		rate = rate * s->factor;
	return rate;
}

float schedule_rate(const struct schedule_settings *s, float rate,
		    uint64_t step, uint64_t steps)
{
	float left;

	if (step < s->warm)
		return rate * ((float)(step + 1) / (float)s->warm);
	step -= s->warm;
	steps -= s->warm;
	if (s->kind == SCHEDULE_COSINE)
		return rate * half_cosine((double)step / (double)steps);
	if (s->kind == SCHEDULE_STEP)
		return step_rate(s, rate, step, steps);
	left = (float)(steps - step) / (float)steps;
	return rate * (float)power_of((double)left, (double)s->power);
}
