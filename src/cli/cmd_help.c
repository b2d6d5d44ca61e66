/*
 * cmd_help.c - seesay help and seesay version.
 */
#include <stdio.h>

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
	       "  seesay demo             the whole road on a small world\n"
	       "  seesay help COMMAND     options and examples\n");
	return 0;
}

static int cmd_help_run(int count, char **operands, struct error *e)
{
	const struct opt_command *c;
	struct buf out = {0};
	int code;

	if (count > 1)
		return fail(e, ERROR_USAGE, "help is for one command at a "
			    "time");
	if (count == 0)
		return help_all();
	c = cli_command_find(operands[0], e);
	if (!c)
		return e->code;
	code = opt_help(&out, "seesay", c, cli_common, e);
	if (code == 0)
		fputs(out.data, stdout);
	buf_free(&out);
	return code;
}

const struct opt_command cmd_help = {
	.name = "help",
	.operands = "[COMMAND]",
	.purpose = "list the commands, or explain one",
	.run = cmd_help_run,
};

static int cmd_version_run(int count, char **operands, struct error *e)
{
	const struct kernels *used = kernels_find(cli_kernels());

	if (count)
		return fail(e, ERROR_USAGE, "'%s' is one word too many",
			    operands[0]);
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
	.run = cmd_version_run,
};
