/* validation.c - see validation.h. */
#include "run/validation.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

int validation_is_due(const struct validation *v, uint64_t step)
{
	return v->every && step % v->every == 0;
}

int validation_add(struct validation *v, uint64_t step, double value)
{
	v->last = value;
	v->last_step = step;
	if (v->best_step && value <= v->best) {
		v->waits++;
		return 0;
	}
	v->best = value;
	v->best_step = step;
	v->waits = 0;
	return 1;
}

int validation_is_over(const struct validation *v)
{
	return v->patience && v->waits >= v->patience;
}

static uint64_t bits_of(double x)
{
	uint64_t bits;

	memcpy(&bits, &x, sizeof(bits));
	return bits;
}

static double double_of(uint64_t bits)
{
	double x;

	memcpy(&x, &bits, sizeof(x));
	return x;
}

int validation_put(const struct validation *v, struct st_writer *w,
		   struct error *e)
{
	char text[100];

	if (!v->every)
		return 0;
	snprintf(text, sizeof(text),
		 "%016" PRIx64 " %" PRIu64 " %016" PRIx64 " %" PRIu64
		 " %" PRIu64, bits_of(v->best), v->best_step,
		 bits_of(v->last), v->last_step, v->waits);
	return st_put_meta(w, "validation", text, e);
}

int validation_load(struct validation *v, const struct st_file *f,
		    uint64_t step, struct error *e)
{
	const char *text = st_meta(f, "validation");
	uint64_t best, best_step, last, last_step, waits;
	int end = 0;

	if (!v->every)
		return 0;
	if (!text ||
	    sscanf(text, "%16" SCNx64 " %19" SCNu64 " %16" SCNx64 " %19" SCNu64
		   " %19" SCNu64 "%n", &best, &best_step, &last, &last_step,
		   &waits, &end) != 5 || text[end] ||
	    best_step > last_step || last_step > step ||
	    last_step != step / v->every * v->every || waits > last_step ||
	    !isfinite(double_of(best)) || !isfinite(double_of(last))) {
		fail(e, ERROR_DATA, "'%s': its validation is '%.100s'",
		     st_path(f), text ? text : "");
		return hint(e, "--restart deletes it and trains from scratch");
	}
	v->best = double_of(best);
	v->best_step = best_step;
	v->last = double_of(last);
	v->last_step = last_step;
	v->waits = waits;
	return 0;
}
