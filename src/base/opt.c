/*
 * opt.c - parsing a command line by a table; see opt.h.  Values are read in
 * opt_value.c, what goes together is checked in opt_check.c, help is in
 * opt_help.c.  getopt_long does the cutting.
 */
#include "base/opt.h"

#include <ctype.h>
#include <getopt.h>
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

/* ---- the two tables as one ----------------------------------------------- */

static size_t table_count_of(const struct opt *options)
{
	size_t count = 0;

	while (options && options[count].name)
		count++;
	if (count > OPT_MOST)
		bug("a table has %zu options", count);
	return count;
}

struct parser {
	const struct opt_command *command;
	struct opt_set own, common;
	size_t count, all;		/* own options, with the common ones */
	struct option *longs;		/* [2 * all + 2] for getopt_long */
	char (*negated)[NAME_BYTES];	/* [all] "no-name" of flags */
	char *shorts;			/* [2 * all + 4] */
};

static const struct opt *option_at(const struct parser *p, size_t i)
{
	return i < p->count ? &p->own.options[i] :
	       &p->common.options[i - p->count];
}

static void *values_at(const struct parser *p, size_t i)
{
	return i < p->count ? p->own.values : p->common.values;
}

static void note_given(const struct parser *p, size_t i, int typed)
{
	struct opt_given *given = values_at(p, i);
	uint64_t bit = UINT64_C(1) << (i < p->count ? i : i - p->count);

	given->set |= bit;
	given->typed |= typed ? bit : 0;
}

static int parser_new(struct parser *p, const struct opt_command *c,
		      void *values, const struct opt_set *common,
		      struct error *e)
{
	*p = (struct parser){ .command = c, .own = { c->options, values } };
	if (common)
		p->common = *common;
	p->count = table_count_of(c->options);
	p->all = p->count + table_count_of(p->common.options);
	p->longs = mem_new(2 * p->all + 2, sizeof(*p->longs), e);
	p->negated = mem_new(p->all + 1, sizeof(*p->negated), e);
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

/* ---- the environment ----------------------------------------------------- */

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
		if (!value)
			continue;
		if (opt_set_value(o, values_at(p, i), name, value, e) < 0)
			return ERROR_USAGE;
		note_given(p, i, 0);
	}
	return 0;
}

void opt_mend_environment(const struct opt_set *set)
{
	char name[NAME_BYTES];

	for (const struct opt *o = set->options; o->name; o++) {
		struct error bad = {0};
		const char *value;

		variable_of(o, name);
		value = getenv(name);
		if (value && opt_set_value(o, set->values, name, value,
					   &bad) < 0)
			unsetenv(name);
	}
}

/* ---- what is no option --------------------------------------------------- */

static int is_word_of(const char *list, const char *word, size_t bytes)
{
	for (; list && *list; list += strspn(list, " ")) {
		size_t n = strcspn(list, " ");

		if (n == bytes && memcmp(list, word, n) == 0)
			return 1;
		list += n;
	}
	return 0;
}

/* The option that other programs call so. */
static const struct opt *also_called(const struct parser *p, const char *word,
				     size_t bytes)
{
	for (size_t i = 0; i < p->all; i++)
		if (is_word_of(option_at(p, i)->also, word, bytes))
			return option_at(p, i);
	return NULL;
}

/* Of the names that begin with `name`: how many, and all of them in `list`. */
static size_t list_longer(const struct parser *p, const char *name,
			  struct buf *list, struct error *e)
{
	size_t bytes = strlen(name), count = 0;

	for (size_t i = 0; p->longs[i].name; i++) {
		if (strncmp(p->longs[i].name, name, bytes) != 0)
			continue;
		buf_addf(list, e, "%s--%s", count ? ", " : "",
			 p->longs[i].name);
		count++;
	}
	return count;
}

/* The name nearest to what was typed, or NULL. */
static const char *nearest(const struct parser *p, const char *name,
			   struct error *e)
{
	const char **names = mem_new(2 * p->all + 1, sizeof(*names), e);
	const struct opt *o = also_called(p, name, strlen(name));
	const char *closest = o ? o->name : NULL;

	for (size_t i = 0; names && p->longs[i].name; i++)
		names[i] = p->longs[i].name;
	if (names && !closest)
		closest = opt_closest(name, names);
	mem_free(names);
	return closest;
}

/* Another verb of the command, or the command itself, has it. */
static const struct opt_command *owner_of(const struct opt_command *c,
					  const char *name)
{
	const struct opt_command *top = c->of ? c->of : c;

	if (top != c && opt_find(top->options, name))
		return top;
	for (size_t i = 0; top->verbs && top->verbs[i]; i++)
		if (opt_find(top->verbs[i]->options, name))
			return top->verbs[i];
	return NULL;
}

static int fail_unknown(const struct parser *p, const char *name,
			struct error *e)
{
	const struct opt_command *owner = owner_of(p->command, name);
	char command[OPT_NAME];
	const char *closest;

	opt_name(command, p->command);
	fail(e, ERROR_USAGE, "%s has no option --%s", command, name);
	closest = nearest(p, name, e);
	if (closest)
		return hint(e, "did you mean --%s?", closest);
	if (!owner)
		return hint(e, "--help lists the options");
	opt_name(command, owner);
	return hint(e, "'%s' has it", command);
}

/* "--out=x": a name that begins several, or none. */
static int fail_long(const struct parser *p, const char *argument,
		     struct error *e)
{
	struct buf longer = {0};
	char name[NAME_BYTES];

	snprintf(name, sizeof(name), "%.*s",
		 (int)strcspn(argument + 2, "="), argument + 2);
	if (list_longer(p, name, &longer, e) > 1) {
		fail(e, ERROR_USAGE, "--%s is ambiguous", name);
		hint(e, "it is one of %s", longer.data);
	} else {
		fail_unknown(p, name, e);
	}
	buf_free(&longer);
	return e->code;
}

/* "-lr", "-epoch": a long name after one dash, as some programs have it. */
static const char *after_one_dash(const struct parser *p,
				  const char *argument)
{
	const char *name = argument + 1;
	size_t bytes = strcspn(name, "=");
	const struct opt *o = NULL;

	if (*argument != '-' || *name == '-' || bytes < 2)
		return NULL;
	for (size_t i = 0; !o && i < p->all; i++)
		if (strlen(option_at(p, i)->name) == bytes &&
		    memcmp(option_at(p, i)->name, name, bytes) == 0)
			o = option_at(p, i);
	if (!o)
		o = also_called(p, name, bytes);
	return o ? o->name : NULL;
}

static int fail_short(const struct parser *p, int letter,
		      const char *argument, struct error *e)
{
	const char *meant = after_one_dash(p, argument);
	char command[OPT_NAME];

	opt_name(command, p->command);
	if (meant) {
		fail(e, ERROR_USAGE, "%s has no option %s", command, argument);
		return hint(e, "did you mean --%s?", meant);
	}
	fail(e, ERROR_USAGE, "%s has no option -%c", command, letter);
	if (opt_find(p->command->options, "query"))
		return hint(e, "write a query that begins with '-' as "
			    "--query='%s'", argument);
	return hint(e, "--help lists the options; after '--' come operands "
		    "that begin with '-'");
}

/* What getopt returned, as the index of an option; `all` for none of ours. */
static size_t index_of(const struct parser *p, int got)
{
	if (got >= FIRST_VALUE)
		return (size_t)(got - FIRST_VALUE) / 2;
	for (size_t i = 0; got && i < p->all; i++)
		if (option_at(p, i)->letter == got)
			return i;
	return p->all;
}

/* getopt_long stumbled: `got` is '?' or ':', its optopt says over what. */
static int fail_option(const struct parser *p, int got, const char *argument,
		       struct error *e)
{
	size_t i = index_of(p, optopt);
	const struct opt *o = i < p->all ? option_at(p, i) : NULL;
	struct buf arg = {0};

	if (o && got == ':') {
		fail(e, ERROR_USAGE, "option '%s' needs a value", argument);
		opt_arg(&arg, o, e);
		hint(e, "--%s %s: %s", o->name, arg.data ? arg.data : "",
		     o->help);
		buf_free(&arg);
		return e->code;
	}
	if (o && optopt >= FIRST_VALUE)
		return fail(e, ERROR_USAGE, "option '%.*s' takes no value",
			    (int)strcspn(argument, "="), argument);
	if (optopt && optopt < FIRST_VALUE)
		return fail_short(p, optopt, argument, e);
	return fail_long(p, argument, e);
}

/* ---- parsing ------------------------------------------------------------- */

/* A value in the same word as its letter: was that word meant as a name? */
static int check_joined(const struct parser *p, int got, const char *argument,
			struct error *e)
{
	size_t bytes = strlen(argument);

	if (got >= FIRST_VALUE || !optarg || optarg <= argument ||
	    optarg > argument + bytes || !after_one_dash(p, argument))
		return 0;
	return fail_short(p, got, argument, e);
}

static int take_option(const struct parser *p, int got, const char *argument,
		       struct error *e)
{
	size_t i = index_of(p, got);
	const struct opt *o = option_at(p, i);
	char from[NAME_BYTES];

	note_given(p, i, 1);
	if (o->type == OPT_FLAG) {
		*(int *)opt_at(values_at(p, i), o) = got < FIRST_VALUE ||
			(got - FIRST_VALUE) % 2 == 0;
		return 0;
	}
	snprintf(from, sizeof(from), "--%s", o->name);
	if (check_joined(p, got, argument, e) < 0)
		return e->code;
	return opt_set_value(o, values_at(p, i), from, optarg, e);
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
	for (;;) {
		/* nothing is moved, so the word at work is the next one */
		const char *argument = argv[MAX(optind, 1)];

		got = getopt_long(argc, argv, p->shorts, p->longs, NULL);
		if (got == -1)
			break;
		if (got == 1)
			argv[1 + operands++] = optarg;
		else if (got == '?' || got == ':')
			return fail_option(p, got, argument, e);
		else if (take_option(p, got, argument, e) < 0)
			return ERROR_USAGE;
	}
	while (optind < argc)
		argv[1 + operands++] = argv[optind++];
	return operands;
}

/* Where defaults depend on a choice, those of the choice made, under what was
 * given. */
static int vary(const struct opt_command *c, void *values, struct error *e)
{
	const struct opt *by = c->vary ? opt_find(c->options, c->vary) : NULL;
	struct opt_given given = *(const struct opt_given *)values;
	void *standard;

	if (!by)
		return 0;
	standard = opt_values(c, *(const int *)opt_at(values, by), e);
	if (!standard)
		return e->code;
	opt_overlay(c->options, given.set, values, standard);
	memcpy(values, standard, c->size);
	*(struct opt_given *)values = given;
	mem_free(standard);
	return 0;
}

int opt_parse(int argc, char **argv, const struct opt_command *c,
	      void *values, const struct opt_set *common, int *help,
	      struct error *e)
{
	struct parser p;
	int count;

	*help = wants_help(argc, argv);
	if (*help)
		return 0;
	count = parser_new(&p, c, values, common, e);
	if (count < 0)
		goto done;
	parser_fill(&p);
	count = take_environment(&p, e);
	if (count == 0)
		count = take_arguments(&p, argc, argv, e);
	/* what an option needs may be a default that varies; the check may take
	 * back a choice of the environment */
	if (count >= 0 && c->size && (vary(c, values, e) < 0 ||
				      opt_check(c, values, e) < 0 ||
				      vary(c, values, e) < 0))
		count = e->code;
done:
	parser_free(&p);
	return count;
}
