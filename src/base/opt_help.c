/*
 * opt_help.c - the help of one command, from the same table as its parsing.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/opt.h"

enum {
	HELP_COLUMN = 28,	/* where the words about an option start */
	HELP_WIDTH = 80,
};

int opt_arg(struct buf *out, const struct opt *o, struct error *e)
{
	if (o->type != OPT_CHOICE)
		return buf_addf(out, e, "%s", o->arg && o->type != OPT_FLAG ?
				o->arg : "");
	for (int i = 0; o->choices[i]; i++)
		if (buf_addf(out, e, "%s%s", i ? "|" : "", o->choices[i]) < 0)
			return e->code;
	return 0;
}

/* ---- defaults ------------------------------------------------------------ */

/* "4G": the largest unit that leaves a whole number. */
static int put_size(struct buf *out, uint64_t bytes, struct error *e)
{
	const char *unit = "";

	for (const char *next = "KMGT"; *next && bytes && bytes % 1024 == 0;
	     next++) {
		bytes /= 1024;
		unit = next;
	}
	return buf_addf(out, e, "%llu%.1s", (unsigned long long)bytes, unit);
}

static int put_int(struct buf *out, const struct opt *o, int value,
		   struct error *e)
{
	return o->low < o->high && value < o->low ? 0 :
	       buf_addf(out, e, "%d", value);
}

static int put_real(struct buf *out, double value, struct error *e)
{
	return isfinite(value) ? buf_addf(out, e, "%g", value) : 0;
}

/* The value as it would be typed; nothing where it stands for none. */
static int put_value(struct buf *out, const struct opt *o, const void *values,
		     struct error *e)
{
	const void *value = opt_at(values, o);
	const char *text;

	switch (o->type) {
	case OPT_INT:
		return put_int(out, o, *(const int *)value, e);
	case OPT_U64:
		return buf_addf(out, e, "%llu", (unsigned long long)
				*(const uint64_t *)value);
	case OPT_SIZE:
		return put_size(out, *(const uint64_t *)value, e);
	case OPT_FLOAT:
		return put_real(out, (double)*(const float *)value, e);
	case OPT_DOUBLE:
		return put_real(out, *(const double *)value, e);
	case OPT_CHOICE:
		return buf_addf(out, e, "%s", o->choices[*(const int *)value]);
	case OPT_STRING:
		text = *(const char *const *)value;
		return text ? buf_addf(out, e, "%s", text) : 0;
	case OPT_FLAG:
		return *(const int *)value ? buf_addf(out, e, "on") : 0;
	}
	return 0;
}

/* The default where the choice `by` has its value i; nothing where the option
 * is not for that. */
static int put_varied(struct buf *out, const struct opt_command *c,
		      const struct opt *o, const struct opt *by, int i,
		      struct error *e)
{
	void *values;
	int code;

	if (!opt_is_for(o, by->name, by->choices[i]))
		return 0;
	values = opt_values(c, i, e);
	code = values ? put_value(out, o, values, e) : e->code;
	mem_free(values);
	return code;
}

/* " (10; word2vec, fasttext 8)": the first choice's, then others that
 * differ. */
static int default_varied(struct buf *out, const struct opt_command *c,
			  const struct opt *o, const struct opt *by,
			  struct error *e)
{
	struct buf last = {0}, next = {0};
	int differ = 0;

	for (int i = 0; by->choices[i] && !e->code; i++) {
		struct buf swap = last;

		buf_clear(&next);
		put_varied(&next, c, o, by, i, e);
		if (!next.bytes)
			continue;
		if (last.bytes && strcmp(last.data, next.data) == 0)
			continue;
		buf_addf(out, e, last.bytes ? "; %s %s" : " (%.0s%s",
			 by->choices[i], next.data);
		differ = 1;
		last = next;
		next = swap;
	}
	buf_free(&last);
	buf_free(&next);
	return differ ? buf_addf(out, e, ")") : e->code;
}

int opt_default(struct buf *out, const struct opt_command *c,
		const struct opt *o, const void *values, struct error *e)
{
	const struct opt *by = c && c->vary ? opt_find(c->options, c->vary) :
			       NULL;
	struct buf value = {0};

	if (by && by != o)
		return default_varied(out, c, o, by, e);
	if (put_value(&value, o, values, e) == 0 && value.bytes)
		buf_addf(out, e, " (%s)", value.data);
	buf_free(&value);
	return e->code;
}

int opt_needs(struct buf *out, const struct opt *o, struct error *e)
{
	const char *at = o->needs ? o->needs : "", *before = " [";

	for (size_t bytes; *at; at += bytes + strspn(at + bytes, " ")) {
		bytes = strcspn(at, " ");
		if (*at == '!')
			continue;
		buf_addf(out, e, "%s--", before);
		for (size_t i = 0; i < bytes; i++)
			buf_add(out, at[i] == '=' ? " " : at + i, 1, e);
		before = ", ";
	}
	return *before == ',' ? buf_addf(out, e, "]") : e->code;
}

/* ---- options ------------------------------------------------------------- */

/* "  -k, --count N" */
static int put_name(struct buf *out, const struct opt *o, struct error *e)
{
	size_t start = out->bytes;
	int code = o->letter ? buf_addf(out, e, "  -%c, ", o->letter) :
		   buf_addf(out, e, "      ");

	if (code == 0)
		code = buf_addf(out, e, "--%s%s", o->name,
				o->type == OPT_FLAG ? "" : " ");
	if (code == 0)
		code = opt_arg(out, o, e);
	if (code == 0 && out->bytes - start + 2 > HELP_COLUMN)
		return buf_addf(out, e, "\n%*s", HELP_COLUMN, "");
	if (code < 0)
		return code;
	return buf_addf(out, e, "%*s",
			(int)(HELP_COLUMN - (out->bytes - start)), "");
}

/* Words from column `column` on, set in to HELP_COLUMN where they go on. */
static int put_wrapped(struct buf *out, const char *text, size_t set_in,
		       struct error *e)
{
	size_t column = set_in;

	while (*text) {
		size_t bytes = strcspn(text, " ");
		int first = column == set_in;

		if (!first && column + 1 + bytes > HELP_WIDTH) {
			buf_addf(out, e, "\n%*s", (int)set_in, "");
			column = set_in;
			first = 1;
		}
		buf_addf(out, e, "%s%.*s", first ? "" : " ", (int)bytes,
			 text);
		column += bytes + !first;
		text += bytes + (text[bytes] == ' ');
	}
	return buf_addf(out, e, "\n");
}

static int put_option(struct buf *out, const struct opt_command *c,
		      const struct opt *o, const void *values,
		      struct error *e)
{
	struct buf text = {0};

	if (buf_addf(&text, e, "%s", o->help) == 0 &&
	    opt_default(&text, c, o, values, e) == 0 &&
	    opt_needs(&text, o, e) == 0 &&
	    put_name(out, o, e) == 0)
		put_wrapped(out, text.data, HELP_COLUMN, e);
	buf_free(&text);
	return e->code;
}

static int put_options(struct buf *out, const char *title,
		       const struct opt_command *c, const struct opt_set *set,
		       struct error *e)
{
	const struct opt *o = set->options;

	if (!o || !o->name)
		return 0;
	buf_addf(out, e, "\n%s:\n", title);
	for (; o->name && !e->code; o++)
		put_option(out, c, o, set->values, e);
	return e->code;
}

/* ---- the whole ----------------------------------------------------------- */

static int put_usage(struct buf *out, const char *program, const char *start,
		     const struct opt_command *c, struct error *e)
{
	const char *operands = c->operands ? c->operands : "";
	char name[OPT_NAME];

	opt_name(name, c);
	return buf_addf(out, e, "%s%s %s%s%s%s\n", start, program, name,
			c->options && c->options->name ? " [OPTION...]" : "",
			*operands ? " " : "", operands);
}

static int put_verbs(struct buf *out, const char *program,
		     const struct opt_command *c, struct error *e)
{
	if (!c->verbs)
		return 0;
	buf_addf(out, e, "\nverbs:\n");
	for (size_t i = 0; c->verbs[i]; i++)
		buf_addf(out, e, "  %-12s%s\n", c->verbs[i]->name,
			 c->verbs[i]->purpose);
	return buf_addf(out, e, "'%s help %s VERB' explains one.\n", program,
			c->name);
}

static int put_head(struct buf *out, const char *program,
		    const struct opt_command *c, struct error *e)
{
	const char *text = c->text ? c->text : "", *start = "usage: ";
	size_t bytes = strlen(text);

	if (c->run) {
		put_usage(out, program, start, c, e);
		start = "       ";
	}
	for (size_t i = 0; c->verbs && c->verbs[i]; i++) {
		put_usage(out, program, start, c->verbs[i], e);
		start = "       ";
	}
	buf_addf(out, e, "\n%s\n", c->purpose);
	if (bytes)
		buf_addf(out, e, "\n%s%s", text,
			 text[bytes - 1] != '\n' ? "\n" : "");
	return e->code;
}

int opt_help(struct buf *out, const char *program, const struct opt_command *c,
	     const struct opt_set *common, struct error *e)
{
	const struct opt_set own = { c->options, opt_values(c, 0, e) };

	if (!e->code && put_head(out, program, c, e) == 0 &&
	    put_verbs(out, program, c, e) == 0 &&
	    put_options(out, "options", c, &own, e) == 0 && common)
		put_options(out, "options of every command", NULL, common, e);
	mem_free(own.values);
	return e->code;
}
