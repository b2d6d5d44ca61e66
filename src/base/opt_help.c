/*
 * opt_help.c - the help of one command, from the same table as its parsing.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/opt.h"

enum { HELP_COLUMN = 28 };	/* where the words about an option start */

/* "  -k, --count N" */
static int put_name(struct buf *out, const struct opt *o, struct error *e)
{
	const char *arg = o->arg ? o->arg : "";
	size_t start = out->bytes;
	int code = o->letter ? buf_addf(out, e, "  -%c, ", o->letter) :
		   buf_addf(out, e, "      ");

	if (code == 0)
		code = buf_addf(out, e, "--%s%s%s", o->name,
				*arg ? " " : "", arg);
	if (code == 0 && out->bytes - start + 2 > HELP_COLUMN)
		return buf_addf(out, e, "\n%*s", HELP_COLUMN, "");
	if (code < 0)
		return code;
	return buf_addf(out, e, "%*s",
			(int)(HELP_COLUMN - (out->bytes - start)), "");
}

/* The word of "a|b|c" that the index names. */
static int put_choice(struct buf *out, const struct opt *o, struct error *e)
{
	const char *word = o->arg;

	for (int i = *(const int *)o->target; i > 0; i--)
		word += strcspn(word, "|") + 1;
	return buf_addf(out, e, " (%.*s)", (int)strcspn(word, "|"), word);
}

/* " (4G)": the largest unit that leaves a whole number. */
static int put_size(struct buf *out, uint64_t bytes, struct error *e)
{
	const char *unit = "";

	for (const char *next = "KMGT"; *next && bytes && bytes % 1024 == 0;
	     next++) {
		bytes /= 1024;
		unit = next;
	}
	return buf_addf(out, e, " (%llu%.1s)", (unsigned long long)bytes,
			unit);
}

int opt_default(struct buf *out, const struct opt *o, struct error *e)
{
	const char *text;
	uint64_t number;
	float real;
	int whole;

	switch (o->type) {
	case OPT_INT:
		whole = *(const int *)o->target;
		return o->low < o->high && whole < o->low ? 0 :
		       buf_addf(out, e, " (%d)", whole);
	case OPT_U64:
		number = *(const uint64_t *)o->target;
		return buf_addf(out, e, " (%llu)", (unsigned long long)number);
	case OPT_SIZE:
		return put_size(out, *(const uint64_t *)o->target, e);
	case OPT_FLOAT:
		real = *(const float *)o->target;
		return isfinite(real) ? buf_addf(out, e, " (%g)", (double)real) :
		       0;
	case OPT_CHOICE:
		return put_choice(out, o, e);
	case OPT_STRING:
		text = *(const char *const *)o->target;
		return text && *text ? buf_addf(out, e, " (%s)", text) : 0;
	case OPT_FLAG:
		return *(const int *)o->target ? buf_addf(out, e, " (on)") : 0;
	}
	return 0;
}

static int put_options(struct buf *out, const char *title,
		       const struct opt *options, struct error *e)
{
	if (!options || !options->name)
		return 0;
	if (buf_addf(out, e, "\n%s:\n", title) < 0)
		return ERROR_FAILED;
	for (; options->name; options++)
		if (put_name(out, options, e) < 0 ||
		    buf_addf(out, e, "%s", options->help) < 0 ||
		    opt_default(out, options, e) < 0 ||
		    buf_addf(out, e, "\n") < 0)
			return ERROR_FAILED;
	return 0;
}

int opt_help(struct buf *out, const char *program, const struct opt_command *c,
	     const struct opt *common, struct error *e)
{
	const char *operands = c->operands ? c->operands : "";
	const char *text = c->text ? c->text : "";
	size_t bytes = strlen(text);
	const char *newline = bytes && text[bytes - 1] != '\n' ? "\n" : "";

	if (buf_addf(out, e, "usage: %s %s%s%s%s\n\n%s\n", program, c->name,
		     c->options && c->options->name ? " [OPTION...]" : "",
		     *operands ? " " : "", operands, c->purpose) < 0)
		return ERROR_FAILED;
	if (bytes && buf_addf(out, e, "\n%s%s", text, newline) < 0)
		return ERROR_FAILED;
	if (put_options(out, "options", c->options, e) < 0)
		return ERROR_FAILED;
	return put_options(out, "options of every command", common, e);
}
