/*
 * cmd_man.c - seesay man: the manual page, in mdoc, from the tables that
 * parse and explain the command line.
 */
#include <stdio.h>
#include <string.h>

#include "base/base.h"
#include "cli/cli.h"
#include "seesay.h"

/* One word or line as roff text: no escapes, no request at its start. */
static void put_text(const char *text, size_t bytes)
{
	if (bytes && (*text == '.' || *text == '\''))
		printf("\\&");
	for (size_t i = 0; i < bytes; i++) {
		if (text[i] == '\\')
			printf("\\e");
		else
			putchar(text[i]);
	}
}

/* As an argument of a macro: quoted, so that "Ar" or "|" is only text. */
static void put_argument(const char *text, size_t bytes)
{
	putchar('"');
	for (size_t i = 0; i < bytes; i++) {
		if (text[i] == '"')
			printf("\\(dq");
		else if (text[i] == '\\')
			printf("\\e");
		else
			putchar(text[i]);
		if (text[i] == '|')
			printf("\\:");	/* a line may end here */
	}
	putchar('"');
}

/* Prose: a sentence starts a line, as roff wants it. */
static void put_prose(const char *line, size_t bytes)
{
	size_t start = 0;

	for (size_t i = 0; i + 1 < bytes; i++) {
		if (line[i + 1] != ' ' || !strchr(".?!:", line[i]))
			continue;
		put_text(line + start, i + 1 - start);
		putchar('\n');
		for (start = i + 1; start < bytes && line[start] == ' ';)
			start++;
		i = start;
	}
	if (start < bytes) {
		put_text(line + start, bytes - start);
		putchar('\n');
	}
}

/* Lines set in by blanks are examples; empty lines part paragraphs. */
static void put_paragraphs(const char *text)
{
	int example = 0, gap = 0;
	size_t base = 0;		/* blanks before the example's first */

	while (*text) {
		size_t bytes = strcspn(text, "\n");
		size_t blanks = strspn(text, " \t");
		int set_in = *text == ' ' || *text == '\t';

		if (bytes == 0) {
			gap = 1;
		} else if (set_in) {
			if (!example) {
				printf(".Bd -literal -offset indent\n");
				base = blanks;
			} else if (gap) {
				putchar('\n');
			}
			blanks = MIN(blanks, base);
			put_text(text + blanks, bytes - blanks);
			putchar('\n');
			example = 1;
			gap = 0;
		} else {
			if (example)
				printf(".Ed\n");
			if (gap || example)
				printf(".Pp\n");
			put_prose(text, bytes);
			example = gap = 0;
		}
		text += bytes + (text[bytes] == '\n');
	}
	if (example)
		printf(".Ed\n");
}

static int put_option(const struct opt_command *c, const struct opt *o,
		      const void *values, struct error *e)
{
	struct buf standard = {0}, arg = {0};
	int code = opt_default(&standard, c, o, values, e);

	if (code == 0)
		code = opt_needs(&standard, o, e);
	if (code < 0 || opt_arg(&arg, o, e) < 0)
		goto done;
	printf(".It");
	if (o->letter)
		printf(" Fl %c ,", o->letter);
	printf(" Fl -%s", o->name);
	if (arg.bytes) {
		printf(" Ar ");
		put_argument(arg.data, arg.bytes);
	}
	putchar('\n');
	put_text(o->help, strlen(o->help));
	put_text(standard.data ? standard.data : "", standard.bytes);
	putchar('\n');
done:
	buf_free(&standard);
	buf_free(&arg);
	return e->code;
}

static int put_options(const struct opt_command *c, const struct opt_set *set,
		       struct error *e)
{
	const struct opt *o = set->options;

	if (!o || !o->name)
		return 0;
	printf(".Bl -tag -width Ds\n");
	for (; o->name; o++)
		if (put_option(c, o, set->values, e) < 0)
			return e->code;
	printf(".El\n");
	return 0;
}

/* ".Nm", the words of the command, its operands. */
static void put_usage(const struct opt_command *c)
{
	char name[OPT_NAME];

	opt_name(name, c);
	printf(".Ss seesay %s\n.Nm\n.Cm %s\n", name, name);
	if (!c->run)
		printf(".Ar verb\n");
	if (c->options && c->options->name)
		printf(".Op Ar option ...\n");
	if (c->operands && *c->operands) {
		printf(".Ar ");
		put_argument(c->operands, strlen(c->operands));
		putchar('\n');
	}
}

static int put_command(const struct opt_command *c, struct error *e)
{
	const struct opt_set own = { c->options, opt_values(c, 0, e) };

	if (e->code)
		return e->code;
	put_usage(c);
	printf(".Pp\n");
	/* the purpose of a command is a phrase: make it a sentence */
	printf("Purpose: ");
	put_text(c->purpose, strlen(c->purpose));
	printf(".\n");
	if (c->text && *c->text) {
		if (*c->text != ' ')
			printf(".Pp\n");
		put_paragraphs(c->text);
	}
	put_options(c, &own, e);
	mem_free(own.values);
	for (size_t i = 0; c->verbs && c->verbs[i] && !e->code; i++)
		put_command(c->verbs[i], e);
	return e->code;
}

static void put_end(void)
{
	printf(".Sh ENVIRONMENT\n"
	       "Each option may be given as a variable: its name in upper\n"
	       "case with\n.Ql _\nfor\n.Ql - ,\nafter\n.Ql SEESAY_ .\n"
	       "The command line wins.\n"
	       ".Bl -tag -width SEESAY_THREADS\n"
	       ".It Ev SEESAY_KERNELS\nas\n.Fl -kernels\n"
	       ".It Ev SEESAY_THREADS\nas\n.Fl -threads\n"
	       ".It Ev NO_COLOR\nif set and not empty, no colours are used\n"
	       ".El\n"
	       ".Sh EXIT STATUS\n"
	       ".Bl -tag -width Ds\n"
	       ".It 0\ndone\n"
	       ".It 1\nfailed, or nothing was found\n"
	       ".It 2\nthe command line is wrong\n"
	       ".It 3\nthe input is damaged or not supported\n"
	       ".It 75\nstopped after a checkpoint: run again to resume\n"
	       ".El\n");
}

static int cmd_man_run(const void *values, int count, char **operands,
		       struct error *e)
{
	(void)values;
	if (count)
		return fail(e, ERROR_USAGE, "unexpected operand '%s'",
			    operands[0]);
	/* the date of the release, so that the page is always the same */
	printf(".Dd November 22, 2026\n.Dt SEESAY 1\n.Os\n"
	       ".Sh NAME\n.Nm seesay\n"
	       ".Nd one space for pictures and words\n"
	       ".Sh SYNOPSIS\n.Nm\n.Ar command\n.Op Ar option ...\n"
	       ".Op Ar operand ...\n"
	       ".Sh DESCRIPTION\n.Nm\n"
	       "learns one space for pictures and words from posts that people\n"
	       "made, with no labels, and searches it by words, by pictures,\n"
	       "and by arithmetic on both.\n"
	       "This is version %s.\n"
	       ".Pp\nThe options of every command are:\n", SEESAY_VERSION);
	if (put_options(NULL, &cli_common, e) < 0)
		return e->code;
	printf(".Sh COMMANDS\n");
	for (size_t i = 0; cli_commands[i]; i++)
		if (put_command(cli_commands[i], e) < 0)
			return e->code;
	put_end();
	return 0;
}

const struct opt_command cmd_man = {
	.name = "man",
	.operands = "",
	.purpose = "print the manual page",
	.text = "  seesay man | mandoc -l -",
	.run = cmd_man_run,
};
