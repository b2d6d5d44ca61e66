/*
 * opt_check.c - names and structs of commands, and whether options that were
 * typed go together.
 *
 * An option that can change nothing is an error where it was typed.  One that
 * the environment gives is meant for many commands: it is no error, and gives
 * way to what was typed.
 */
#include <stdio.h>
#include <string.h>

#include "base/opt.h"

/* ---- commands ------------------------------------------------------------ */

void opt_name(char out[OPT_NAME], const struct opt_command *c)
{
	snprintf(out, OPT_NAME, "%s%s%s", c->of ? c->of->name : "",
		 c->of ? " " : "", c->name);
}

const struct opt_command *opt_verb(const struct opt_command *c,
				   const char *name)
{
	for (size_t i = 0; c->verbs && c->verbs[i]; i++)
		if (strcmp(c->verbs[i]->name, name) == 0)
			return c->verbs[i];
	return NULL;
}

void *opt_values(const struct opt_command *c, int by, struct error *e)
{
	void *values = mem_new(c->size ? c->size : 1, 1, e);

	if (values && c->defaults)
		c->defaults(values, by);
	return values;
}

/* ---- tables -------------------------------------------------------------- */

static int find(const struct opt *options, const char *name, size_t bytes)
{
	for (int i = 0; options && options[i].name; i++)
		if (strncmp(options[i].name, name, bytes) == 0 &&
		    !options[i].name[bytes])
			return i;
	return -1;
}

const struct opt *opt_find(const struct opt *options, const char *name)
{
	int i = find(options, name, strlen(name));

	return i < 0 ? NULL : options + i;
}

size_t opt_bytes(enum opt_type type)
{
	switch (type) {
	case OPT_FLAG:
	case OPT_INT:
	case OPT_CHOICE:
		return sizeof(int);
	case OPT_U64:
	case OPT_SIZE:
		return sizeof(uint64_t);
	case OPT_FLOAT:
		return sizeof(float);
	case OPT_DOUBLE:
		return sizeof(double);
	case OPT_STRING:
		return sizeof(const char *);
	}
	bug("an option has type %d", (int)type);
}

void opt_overlay(const struct opt *options, uint64_t set, const void *from,
		 void *to)
{
	for (int i = 0; options && options[i].name; i++)
		if (set >> i & 1)
			memcpy(opt_at(to, options + i),
			       opt_at(from, options + i),
			       opt_bytes(options[i].type));
}

static int is_typed(const void *values, int i)
{
	return ((const struct opt_given *)values)->typed >> i & 1;
}

int opt_typed(const struct opt *options, const void *values,
	      const char *name)
{
	int i = find(options, name, strlen(name));

	if (i < 0)
		bug("there is no option '%s'", name);
	return is_typed(values, i);
}

int opt_refuse(const struct opt *options, const void *values,
	       const char *const *names, const char *what, struct error *e)
{
	for (; *names; names++)
		if (opt_typed(options, values, *names))
			return fail(e, ERROR_USAGE, "--%s is not for %s",
				    *names, what);
	return 0;
}

/* ---- what an option needs ------------------------------------------------ */

/* A term of `needs`: "!json", "train", "model=glove|lda". */
struct need {
	int index;			/* of the other option */
	int against;
	const char *choices;		/* after '='; or NULL */
	size_t bytes;			/* of choices */
};

/* The term at *at, which moves behind it; false at the end. */
static int need_next(const char **at, const struct opt *options,
		     struct need *n)
{
	const char *from = *at + strspn(*at, " ");
	size_t bytes = strcspn(from, " "), name;

	*n = (struct need){ .against = *from == '!' };
	if (!bytes)
		return 0;
	*at = from + bytes;
	name = strcspn(from, "= ");
	if (from[name] == '=') {
		n->choices = from + name + 1;
		n->bytes = bytes - name - 1;
	}
	n->index = find(options, from + n->against,
			name - (size_t)n->against);
	if (n->index < 0)
		bug("the option that '%s' names does not exist", from);
	return 1;
}

static int is_among(const char *word, const char *list, size_t bytes)
{
	const char *end = list + bytes;

	for (size_t n; list < end; list += n + 1) {
		n = strcspn(list, "| ");
		if (strlen(word) == n && memcmp(word, list, n) == 0)
			return 1;
	}
	return 0;
}

int opt_is_for(const struct opt *o, const char *by, const char *value)
{
	const char *at = o->needs ? o->needs : "";

	while (*at) {
		size_t bytes = strcspn(at, " "), name = strcspn(at, "= ");

		if (at[name] == '=' && strlen(by) == name &&
		    memcmp(at, by, name) == 0)
			return is_among(value, at + name + 1,
					bytes - name - 1);
		at += bytes + strspn(at + bytes, " ");
	}
	return 1;
}

static const char *choice_of(const struct opt *o, const void *values)
{
	return o->choices[*(const int *)opt_at(values, o)];
}

/* "--margin is not for --loss regress", "--window needs --train" */
static int fail_need(const struct opt *o, const struct opt *other,
		     const struct need *n, const void *values,
		     struct error *e)
{
	if (n->against)
		return fail(e, ERROR_USAGE, "--%s and --%s do not go together",
			    o->name, other->name);
	if (!n->choices) {
		fail(e, ERROR_USAGE, "--%s needs --%s%s%s", o->name,
		     other->name, other->arg ? " " : "",
		     other->arg ? other->arg : "");
		return hint(e, "--%s: %s", o->name, o->help);
	}
	fail(e, ERROR_USAGE, "--%s is not for --%s %s", o->name, other->name,
	     choice_of(other, values));
	return hint(e, "it is for --%s %.*s", other->name, (int)n->bytes,
		    n->choices);
}

/* Is the other option as the term wants it? */
static int is_met(const struct opt *options, const void *values,
		  const struct need *n)
{
	const struct opt *other = options + n->index;
	const struct opt_given *given = values;
	const void *value = opt_at(values, other);

	if (n->choices)
		return is_among(choice_of(other, values), n->choices,
				n->bytes);
	if (other->type == OPT_FLAG)
		return *(const int *)value != n->against;
	return (int)(given->set >> n->index & 1) != n->against;
}

/* Does the environment alone say what the term is against? */
static int gives_way(const struct opt_command *c, void *values,
		     const struct need *n, struct error *e)
{
	struct opt_given *given = values;
	void *standard;

	if (!n->against || is_typed(values, n->index))
		return 0;
	standard = opt_values(c, 0, e);
	if (!standard)
		return 0;
	opt_overlay(c->options, UINT64_C(1) << n->index, standard, values);
	given->set &= ~(UINT64_C(1) << n->index);
	mem_free(standard);
	return 1;
}

int opt_check(const struct opt_command *c, void *values, struct error *e)
{
	const struct opt *options = c->options;

	for (int i = 0; options && options[i].name; i++) {
		const char *at = options[i].needs ? options[i].needs : "";
		struct need n;

		while (is_typed(values, i) && need_next(&at, options, &n))
			if (!is_met(options, values, &n) &&
			    !gives_way(c, values, &n, e))
				return e->code ? e->code :
				       fail_need(&options[i],
						 &options[n.index], &n,
						 values, e);
	}
	return 0;
}
