/*
 * cmd_help.c - seesay help and seesay version.
 */
#include <stdio.h>
#include <string.h>

#include "base/embedded.h"
#include "cli/cli.h"
#include "seesay.h"

static int help_all(void)
{
	printf("seesay %s - one space for pictures and words\n\n"
	       "usage: seesay COMMAND [OPTION...] [OPERAND...]\n\n"
	       "commands:\n", SEESAY_VERSION);
	for (size_t i = 0; cli_commands[i]; i++)
		printf("  %-12s %s\n", cli_commands[i]->name,
		       cli_commands[i]->purpose);
	printf("\nfirst steps:\n"
	       "  seesay demo             the whole pipeline on a small world\n"
	       "  seesay help COMMAND     options and examples\n");
	return 0;
}

/* The command or verb that the operands name. */
static const struct opt_command *find(int count, char **operands,
				      struct error *e)
{
	const struct opt_command *c = cli_command_find(operands[0], e), *verb;

	if (!c || count == 1)
		return c;
	verb = opt_verb(c, operands[1]);
	if (!verb) {
		fail(e, ERROR_USAGE, "'%s' is not a command of '%s'",
		     operands[1], c->name);
		hint(e, "'seesay help %s' lists its commands", c->name);
	}
	return verb;
}

static int cmd_help_run(const void *values, int count, char **operands,
			struct error *e)
{
	const struct opt_command *c;
	struct buf out = {0};

	(void)values;
	if (count > 2)
		return fail(e, ERROR_USAGE, "help explains one command at a "
			    "time");
	if (count == 0)
		return help_all();
	c = find(count, operands, e);
	if (c && opt_help(&out, "seesay", c, &cli_common, e) == 0)
		fputs(out.data, stdout);
	buf_free(&out);
	return e->code;
}

const struct opt_command cmd_help = {
	.name = "help",
	.operands = "[COMMAND [VERB]]",
	.purpose = "list the commands, or explain one",
	.kind = OPT_COMMANDS,
	.run = cmd_help_run,
};

struct version_options {
	struct opt_given given;
	int licences;
};

static const struct opt version_table[] = {
	OPT("licences", 0, OPT_FLAG, offsetof(struct version_options, licences),
	    NULL, "print the notices of what is not seesay's own"),
	OPT_END
};

static void licences_print(void)
{
	for (const struct embedded *f = embedded_files; f->name; f++)
		if (!strcmp(f->name, "docs/notices.txt"))
			fwrite(f->data, 1, f->bytes, stdout);
}

static int cmd_version_run(const void *values, int count, char **operands,
			   struct error *e)
{
	const struct kernels *used = kernels_find(cli_kernels());
	const struct version_options *o = values;

	if (count)
		return fail(e, ERROR_USAGE, "unexpected operand '%s'",
			    operands[0]);
	if (o->licences) {
		licences_print();
		return 0;
	}
	printf("seesay %s\nkernels in this build: %s\nkernels used: ",
	       SEESAY_VERSION, kernels_names());
	if (used)
		printf("%s\n", used->name);
	else
		printf("none, '%s' cannot be had here\n", cli_kernels());
	return 0;
}

const struct opt_command cmd_version = {
	.name = "version",
	.operands = "",
	.purpose = "print the version and the instruction sets",
	.options = version_table,
	.size = sizeof(struct version_options),
	.run = cmd_version_run,
};
