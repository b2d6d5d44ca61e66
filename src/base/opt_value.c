/*
 * opt_value.c - the value of one option from its text, checked whole: no
 * trailing bytes, no overflow, no number outside its bounds.
 */
#include <ctype.h>
#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/opt.h"

static const char size_suffixes[] = "KMGT";	/* powers of 1024 */

/* As it may be typed: 1e-06, 64M. */
static void write_bound(char out[32], const struct opt *o, double bound)
{
	size_t suffix = 0;

	for (; o->type == OPT_SIZE && suffix < strlen(size_suffixes) &&
	       bound >= 1024 && fmod(bound, 1024) == 0; suffix++)
		bound /= 1024;
	snprintf(out, 32, "%.15g%.1s", bound,
		 suffix ? size_suffixes + suffix - 1 : "");
}

static int hint_bounds(const struct opt *o, const char *from, struct error *e)
{
	char low[32], high[32];

	if (o->low == 0 && o->high == 0)
		return e ? e->code : ERROR_USAGE;
	write_bound(low, o, o->low);
	write_bound(high, o, o->high);
	return hint(e, "%s takes %s to %s", from, low, high);
}

static int fail_value(const struct opt *o, const char *from, const char *value,
		      const char *want, struct error *e)
{
	fail(e, ERROR_USAGE, "'%s' is not %s, as %s needs", value, want, from);
	return hint_bounds(o, from, e);
}

static int fail_bounds(const struct opt *o, const char *from,
		       const char *value, struct error *e)
{
	fail(e, ERROR_USAGE, "%s %s is out of range", from, value);
	return hint_bounds(o, from, e);
}

static int in_bounds(const struct opt *o, double value)
{
	return (o->low == 0 && o->high == 0) ||
	       (value >= o->low && value <= o->high);
}

static int set_int(const struct opt *o, void *to, const char *from,
		   const char *value, struct error *e)
{
	char *end;
	long number;

	errno = 0;
	number = strtol(value, &end, 10);
	if (isspace((unsigned char)*value) || end == value || *end)
		return fail_value(o, from, value, "a whole number", e);
	if (errno || number != (int)number || !in_bounds(o, (double)number))
		return fail_bounds(o, from, value, e);
	*(int *)to = (int)number;
	return 0;
}

/* A whole number, with a suffix K M G T where sizes are meant. */
static int set_u64(const struct opt *o, void *to, const char *from,
		   const char *value, struct error *e)
{
	unsigned long long number;
	const char *suffix;
	int shift = 0;
	char *end;

	errno = 0;
	number = strtoull(value, &end, 10);
	if (o->type == OPT_SIZE && end != value && *end) {
		suffix = strchr(size_suffixes, toupper((unsigned char)*end));
		if (suffix) {
			shift = 10 * (int)(suffix - size_suffixes + 1);
			end++;
		}
	}
	if (!isdigit((unsigned char)*value) || *end)
		return fail_value(o, from, value, o->type == OPT_SIZE ?
				  "a size like 512, 64K or 2G" :
				  "a whole number", e);
	if (errno || number << shift >> shift != number ||
	    !in_bounds(o, (double)(number << shift)))
		return fail_bounds(o, from, value, e);
	*(uint64_t *)to = number << shift;
	return 0;
}

static int set_real(const struct opt *o, void *to, const char *from,
		    const char *value, struct error *e)
{
	char *end;
	double number = strtod(value, &end);

	if (isspace((unsigned char)*value) || end == value || *end ||
	    !isfinite(number))
		return fail_value(o, from, value, "a number", e);
	if (!in_bounds(o, number) ||
	    (o->type == OPT_FLOAT && fabs(number) > (double)FLT_MAX))
		return fail_bounds(o, from, value, e);
	if (o->type == OPT_FLOAT)
		*(float *)to = strtof(value, NULL);	/* rounded once */
	else
		*(double *)to = number;
	return 0;
}

static int fail_choice(const struct opt *o, const char *from,
		       const char *value, struct error *e)
{
	const char *closest = opt_closest(value, o->choices);
	struct buf all = {0};

	fail(e, ERROR_USAGE, "'%s' is not a choice of %s", value, from);
	if (opt_arg(&all, o, e) == 0 || all.bytes)
		hint(e, closest ? "did you mean %s?  It is one of %s" :
		     "%sit is one of %s", closest ? closest : "", all.data);
	buf_free(&all);
	return e->code;
}

static int set_choice(const struct opt *o, void *to, const char *from,
		      const char *value, struct error *e)
{
	for (int i = 0; o->choices[i]; i++)
		if (strcmp(o->choices[i], value) == 0) {
			*(int *)to = i;
			return 0;
		}
	return fail_choice(o, from, value, e);
}

/* A flag's value can only come from the environment. */
static int set_flag(void *to, const char *from, const char *value,
		    struct error *e)
{
	static const char *const words[2][5] = {
		{ "", "0", "no", "false", "off" },
		{ "1", "1", "yes", "true", "on" },
	};

	for (int on = 0; on < 2; on++)
		for (size_t i = 0; i < ARRAY_LEN(words[0]); i++)
			if (strcmp(value, words[on][i]) == 0) {
				*(int *)to = on;
				return 0;
			}
	fail(e, ERROR_USAGE, "'%s' is not a choice of %s", value, from);
	return hint(e, "it is 1 or 0, yes or no, on or off");
}

int opt_set_value(const struct opt *o, void *values, const char *from,
		  const char *value, struct error *e)
{
	void *to = opt_at(values, o);

	switch (o->type) {
	case OPT_FLAG:
		return set_flag(to, from, value, e);
	case OPT_INT:
		return set_int(o, to, from, value, e);
	case OPT_U64:
	case OPT_SIZE:
		return set_u64(o, to, from, value, e);
	case OPT_FLOAT:
	case OPT_DOUBLE:
		return set_real(o, to, from, value, e);
	case OPT_CHOICE:
		return set_choice(o, to, from, value, e);
	case OPT_STRING:
		*(const char **)to = value;
		return 0;
	}
	bug("option '%s' has type %d", o->name, (int)o->type);
}
