/*
 * opt.c - parsing a command line by a table; see opt.h.  Help is in
 * opt_help.c.
 *
 * getopt_long does the cutting; values are checked here, whole: no trailing
 * bytes, no overflow, no number outside its bounds.
 */
#include "base/opt.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

enum {
	NAME_BYTES = 64,	/* longest "--no-name", longest variable */
	FIRST_VALUE = 1000,	/* getopt's values for long names start here */
};

/* ---- "did you mean" ----------------------------------------------------- */

/* Edits (insert, delete, replace) that make b of a; long words: too many. */
static size_t edits(const char *a, const char *b)
{
	size_t row[NAME_BYTES + 1], m = strlen(a), n = strlen(b);

	if (m > NAME_BYTES || n > NAME_BYTES)
		return NAME_BYTES;
	for (size_t j = 0; j <= n; j++)
		row[j] = j;
	for (size_t i = 1; i <= m; i++) {
		size_t corner = row[0];

		row[0] = i;
		for (size_t j = 1; j <= n; j++) {
			size_t replace = corner + (a[i - 1] != b[j - 1]);

			corner = row[j];
			row[j] = MIN(MIN(row[j], row[j - 1]) + 1, replace);
		}
	}
	return row[n];
}

const char *opt_closest(const char *word, const char *const *names)
{
	size_t best = (strlen(word) + 2) / 3 + 1;
	const char *closest = NULL;

	for (; *names; names++) {
		size_t distance = edits(word, *names);

		if (distance < best) {
			best = distance;
			closest = *names;
		}
	}
	return closest;
}

static const char size_suffixes[] = "KMGT";	/* powers of 1024 */

/* ---- values -------------------------------------------------------------- */

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

/* `from` is what the user wrote the value after: "--count", "SEESAY_COUNT". */
static int fail_value(const struct opt *o, const char *from, const char *value,
		      const char *want, struct error *e)
{
	fail(e, ERROR_USAGE, "'%s' is not %s, as %s needs", value, want, from);
	return hint_bounds(o, from, e);
}

static int fail_bounds(const struct opt *o, const char *from,
		       const char *value, struct error *e)
{
	fail(e, ERROR_USAGE, "%s %s is out of bounds", from, value);
	return hint_bounds(o, from, e);
}

static int in_bounds(const struct opt *o, double value)
{
	return (o->low == 0 && o->high == 0) ||
	       (value >= o->low && value <= o->high);
}

static int set_int(const struct opt *o, const char *from, const char *value,
		   struct error *e)
{
	char *end;
	long number;

	errno = 0;
	number = strtol(value, &end, 10);
	if (isspace((unsigned char)*value) || end == value || *end)
		return fail_value(o, from, value, "a whole number", e);
	if (errno || number != (int)number || !in_bounds(o, (double)number))
		return fail_bounds(o, from, value, e);
	*(int *)o->target = (int)number;
	return 0;
}

/* A whole number, with a suffix K M G T where sizes are meant. */
static int set_u64(const struct opt *o, const char *from, const char *value,
		   struct error *e)
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
	*(uint64_t *)o->target = number << shift;
	return 0;
}

static int set_float(const struct opt *o, const char *from, const char *value,
		     struct error *e)
{
	char *end;
	float number = strtof(value, &end);

	if (isspace((unsigned char)*value) || end == value || *end ||
	    !isfinite(number))
		return fail_value(o, from, value, "a number", e);
	if (!in_bounds(o, (double)number))
		return fail_bounds(o, from, value, e);
	*(float *)o->target = number;
	return 0;
}

static int set_choice(const struct opt *o, const char *from, const char *value,
		      struct error *e)
{
	size_t bytes = strlen(value);
	const char *word = o->arg;

	for (int i = 0; *word; i++) {
		size_t length = strcspn(word, "|");

		if (length == bytes && strncmp(word, value, bytes) == 0) {
			*(int *)o->target = i;
			return 0;
		}
		word += length + (word[length] == '|');
	}
	fail(e, ERROR_USAGE, "'%s' is no choice of %s", value, from);
	return hint(e, "it is one of %s", o->arg);
}

/* A flag's value can only come from the environment. */
static int set_flag(const struct opt *o, const char *from, const char *value,
		    struct error *e)
{
	static const char *const words[2][5] = {
		{ "", "0", "no", "false", "off" },
		{ "1", "1", "yes", "true", "on" },
	};

	for (int on = 0; on < 2; on++)
		for (size_t i = 0; i < ARRAY_LEN(words[0]); i++)
			if (strcmp(value, words[on][i]) == 0) {
				*(int *)o->target = on;
				return 0;
			}
	fail(e, ERROR_USAGE, "'%s' is no choice of %s", value, from);
	return hint(e, "it is 1 or 0, yes or no, on or off");
}

static int set_value(const struct opt *o, const char *from, const char *value,
		     struct error *e)
{
	switch (o->type) {
	case OPT_FLAG:
		return set_flag(o, from, value, e);
	case OPT_INT:
		return set_int(o, from, value, e);
	case OPT_U64:
	case OPT_SIZE:
		return set_u64(o, from, value, e);
	case OPT_FLOAT:
		return set_float(o, from, value, e);
	case OPT_CHOICE:
		return set_choice(o, from, value, e);
	case OPT_STRING:
		*(const char **)o->target = value;
		return 0;
	}
	bug("option '%s' has type %d", o->name, (int)o->type);
}

/* ---- the two tables as one ----------------------------------------------- */

static size_t table_count_of(const struct opt *options)
{
	size_t count = 0;

	while (options && options[count].name)
		count++;
	return count;
}

struct parser {
	const struct opt *options, *common;
	size_t own, all;		/* own options, with the common ones */
	struct option *longs;		/* [2 * all + 2] for getopt_long */
	char (*negated)[NAME_BYTES];	/* [all] "no-name" of flags */
	char *shorts;			/* [2 * all + 4] */
};

static const struct opt *option_at(const struct parser *p, size_t i)
{
	return i < p->own ? &p->options[i] : &p->common[i - p->own];
}

static int parser_new(struct parser *p, const struct opt *options,
		      const struct opt *common, struct error *e)
{
	*p = (struct parser){ .options = options, .common = common };
	p->own = table_count_of(options);
	p->all = p->own + table_count_of(common);
	p->longs = mem_new(2 * p->all + 2, sizeof(*p->longs), e);
	p->negated = mem_new(p->all, sizeof(*p->negated), e);
	p->shorts = mem_new(2 * p->all + 4, 1, e);
	return p->longs && p->negated && p->shorts ? 0 : ERROR_FAILED;
}

static void parser_free(struct parser *p)
{
	mem_free(p->longs);
	mem_free(p->negated);
	mem_free(p->shorts);
}

/* Long option i has value FIRST_VALUE + 2 i, its negation one more.  '-': as
 * operands come; ':': a missing value is told from an unknown name; an own
 * option hides a common one of the same letter, being found first. */
static void parser_fill(struct parser *p)
{
	struct option *to = p->longs;
	char *letter = p->shorts;

	*letter++ = '-';
	*letter++ = ':';
	for (size_t i = 0; i < p->all; i++) {
		const struct opt *o = option_at(p, i);
		int takes = o->type != OPT_FLAG ? required_argument :
			    no_argument, value = FIRST_VALUE + 2 * (int)i;

		*to++ = (struct option){ o->name, takes, NULL, value };
		if (o->type == OPT_FLAG) {
			snprintf(p->negated[i], NAME_BYTES, "no-%s", o->name);
			*to++ = (struct option){ p->negated[i], no_argument,
						 NULL, value + 1 };
		}
		if (o->letter && !strchr(p->shorts + 2, o->letter)) {
			*letter++ = o->letter;
			if (takes == required_argument)
				*letter++ = ':';
		}
	}
}

static void variable_of(const struct opt *o, char name[NAME_BYTES])
{
	snprintf(name, NAME_BYTES, "SEESAY_%s", o->name);
	for (char *c = name; *c; c++)
		*c = (char)(*c == '-' ? '_' : toupper((unsigned char)*c));
}

static int take_environment(const struct parser *p, struct error *e)
{
	char name[NAME_BYTES];

	for (size_t i = 0; i < p->all; i++) {
		const struct opt *o = option_at(p, i);
		const char *value;

		variable_of(o, name);
		value = getenv(name);
		if (value && set_value(o, name, value, e) < 0)
			return ERROR_USAGE;
	}
	return 0;
}

void opt_mend_environment(const struct opt *options)
{
	char name[NAME_BYTES];

	for (; options->name; options++) {
		struct error bad = {0};
		const char *value;

		variable_of(options, name);
		value = getenv(name);
		if (value && set_value(options, name, value, &bad) < 0)
			unsetenv(name);
	}
}

/* What getopt returned, as an option; NULL for what is none of ours. */
static const struct opt *option_of(const struct parser *p, int got)
{
	if (got >= FIRST_VALUE)
		return option_at(p, (size_t)(got - FIRST_VALUE) / 2);
	for (size_t i = 0; i < p->all; i++)
		if (got && option_at(p, i)->letter == got)
			return option_at(p, i);
	return NULL;
}

static int fail_unknown(const struct parser *p, const char *argument,
			struct error *e)
{
	const char **names = mem_new(2 * p->all + 1, sizeof(*names), e);
	char name[NAME_BYTES];
	const char *closest;

	if (!names)
		return ERROR_FAILED;
	for (size_t i = 0; p->longs[i].name; i++)
		names[i] = p->longs[i].name;
	if (strncmp(argument, "--", 2) != 0) {
		mem_free(names);
		return ERROR_USAGE;
	}
	snprintf(name, sizeof(name), "%.*s",
		 (int)strcspn(argument + 2, "="), argument + 2);
	fail(e, ERROR_USAGE, "unknown option '--%s'", name);
	closest = opt_closest(name, names);
	if (closest)
		hint(e, "did you mean --%s?", closest);
	mem_free(names);
	return hint(e, "--help lists the options");
}

/* getopt_long stumbled: `got` is '?' or ':', its optopt says over what. */
static int fail_option(const struct parser *p, int got, const char *argument,
		       struct error *e)
{
	const struct opt *o = option_of(p, optopt);

	if (o && got == ':') {
		fail(e, ERROR_USAGE, "option '%s' needs a value", argument);
		return hint(e, "--%s %s: %s", o->name, o->arg ? o->arg : "",
			    o->help);
	}
	if (o && optopt >= FIRST_VALUE)
		return fail(e, ERROR_USAGE, "option '%.*s' takes no value",
			    (int)strcspn(argument, "="), argument);
	if (optopt && optopt < FIRST_VALUE) {
		fail(e, ERROR_USAGE, "unknown option '-%c'", optopt);
		return hint(e, "--help lists the options");
	}
	return fail_unknown(p, argument, e);
}

static int take_option(const struct parser *p, int got, struct error *e)
{
	const struct opt *o = option_of(p, got);
	char from[NAME_BYTES];

	if (o->type == OPT_FLAG) {
		*(int *)o->target = got < FIRST_VALUE ||
				    (got - FIRST_VALUE) % 2 == 0;
		return 0;
	}
	snprintf(from, sizeof(from), "--%s", o->name);
	return set_value(o, from, optarg, e);
}

static int wants_help(int argc, char **argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (strcmp(argv[i], "-h") == 0 ||
		    strcmp(argv[i], "--help") == 0)
			return 1;
	return 0;
}

static int take_arguments(const struct parser *p, int argc, char **argv,
			  struct error *e)
{
	int operands = 0, got;

	optind = 0;		/* start anew, on glibc, musl and the BSDs */
	opterr = 0;
	while ((got = getopt_long(argc, argv, p->shorts, p->longs,
				  NULL)) != -1) {
		if (got == 1)
			argv[1 + operands++] = optarg;
		else if (got == '?' || got == ':')
			return fail_option(p, got, argv[optind - 1], e);
		else if (take_option(p, got, e) < 0)
			return ERROR_USAGE;
	}
	while (optind < argc)
		argv[1 + operands++] = argv[optind++];
	return operands;
}

int opt_parse(int argc, char **argv, const struct opt *options,
	      const struct opt *common, int *help, struct error *e)
{
	struct parser p;
	int code;

	*help = wants_help(argc, argv);
	if (*help)
		return 0;
	code = parser_new(&p, options, common, e);
	if (code < 0)
		goto done;
	parser_fill(&p);
	code = take_environment(&p, e);
	if (code == 0)
		code = take_arguments(&p, argc, argv, e);
done:
	parser_free(&p);
	return code;
}
