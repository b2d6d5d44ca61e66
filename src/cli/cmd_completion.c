/*
 * cmd_completion.c - seesay completion: what bash and zsh need to complete
 * commands, options and choices, made from the tables of options.
 *
 *	eval "$(seesay completion bash)"
 */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"

/* ---- bash ---------------------------------------------------------------- */

static void bash_names(const struct opt *o)
{
	for (; o && o->name; o++) {
		printf(" --%s", o->name);
		if (o->letter)
			printf(" -%c", o->letter);
	}
}

/* "learn:--loss) words="regress triplet" ;;" */
static void bash_choices(const char *command, const struct opt *o)
{
	for (; o && o->name; o++) {
		if (o->type != OPT_CHOICE)
			continue;
		printf("\t%s:--%s", command, o->name);
		if (o->letter)
			printf("|%s:-%c", command, o->letter);
		printf(") words=\"");
		for (int i = 0; o->choices[i]; i++)
			printf("%s%s", i ? " " : "", o->choices[i]);
		printf("\" ;;\n");
	}
}

static void bash_commands(void)
{
	for (size_t i = 0; cli_commands[i]; i++)
		printf(" %s", cli_commands[i]->name);
}

static void print_bash(void)
{
	printf("_seesay() {\n"
	       "\tlocal word=\"${COMP_WORDS[COMP_CWORD]}\"\n"
	       "\tlocal before=\"${COMP_WORDS[COMP_CWORD-1]}\"\n"
	       "\tlocal command=\"${COMP_WORDS[1]}\" words=\"\"\n"
	       "\tCOMPREPLY=()\n"
	       "\tif [ \"$COMP_CWORD\" -eq 1 ] ||\n"
	       "\t\t[ \"$command$COMP_CWORD\" = help2 ]; then\n"
	       "\t\twords=\"");
	bash_commands();
	printf("\"\n\t\tCOMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
	       "\t\treturn\n\tfi\n\tcase \"$command:$before\" in\n");
	for (size_t i = 0; cli_commands[i]; i++)
		bash_choices(cli_commands[i]->name, cli_commands[i]->options);
	bash_choices("*", cli_common.options);
	printf("\tesac\n\tif [ -z \"$words\" ] && [ \"${word#-}\" != "
	       "\"$word\" ]; then\n\t\tcase \"$command\" in\n");
	for (size_t i = 0; cli_commands[i]; i++) {
		printf("\t\t%s) words=\"", cli_commands[i]->name);
		bash_names(cli_commands[i]->options);
		printf("\" ;;\n");
	}
	printf("\t\tesac\n\t\twords=\"$words --help");
	bash_names(cli_common.options);
	printf("\"\n\tfi\n"
	       "\tif [ -n \"$words\" ]; then\n"
	       "\t\tCOMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
	       "\tfi\n}\n"
	       "complete -o default -F _seesay seesay\n");
}

/* ---- zsh ----------------------------------------------------------------- */

/* Inside '...[text]': quotes, brackets and colons need care. */
static void zsh_text(const char *text)
{
	for (; *text; text++) {
		if (*text == '\'')
			printf("'\\''");
		else if (strchr("[]:\\", *text))
			printf("\\%c", *text);
		else
			putchar(*text);
	}
}

static void zsh_value(const struct opt *o)
{
	if (o->type == OPT_FLAG)
		return;
	putchar(':');
	zsh_text(o->arg ? o->type == OPT_CHOICE ? o->name : o->arg : "value");
	putchar(':');
	if (o->type == OPT_STRING)
		printf("_files");
	if (o->type != OPT_CHOICE)
		return;
	putchar('(');
	for (int i = 0; o->choices[i]; i++)
		printf("%s%s", i ? " " : "", o->choices[i]);
	putchar(')');
}

static void zsh_options(const struct opt *o)
{
	for (; o && o->name; o++) {
		if (o->letter) {
			printf(" \\\n\t\t\t'-%c[", o->letter);
			zsh_text(o->help);
			putchar(']');
			zsh_value(o);
			putchar('\'');
		}
		printf(" \\\n\t\t\t'--%s%s[", o->name,
		       o->type == OPT_FLAG ? "" : "=");
		zsh_text(o->help);
		putchar(']');
		zsh_value(o);
		putchar('\'');
	}
}

static void print_zsh(void)
{
	printf("#compdef seesay\n\n_seesay() {\n\tlocal -a commands\n"
	       "\tcommands=(\n");
	for (size_t i = 0; cli_commands[i]; i++) {
		printf("\t\t'%s:", cli_commands[i]->name);
		zsh_text(cli_commands[i]->purpose);
		printf("'\n");
	}
	printf("\t)\n\tif (( CURRENT == 2 )); then\n"
	       "\t\t_describe command commands\n\t\treturn\n\tfi\n"
	       "\tlocal command=$words[2]\n"
	       "\tshift words\n\t(( CURRENT-- ))\n\tcase $command in\n"
	       "\thelp) _describe command commands ;;\n");
	for (size_t i = 0; cli_commands[i]; i++) {
		if (cli_commands[i] == &cmd_help)
			continue;
		printf("\t%s)\n\t\t_arguments -s", cli_commands[i]->name);
		zsh_options(cli_commands[i]->options);
		zsh_options(cli_common.options);
		printf(" \\\n\t\t\t'*:file:_files' ;;\n");
	}
	printf("\tesac\n}\n\n"
	       "if [ \"$funcstack[1]\" = _seesay ]; then\n\t_seesay \"$@\"\n"
	       "else\n\tcompdef _seesay seesay\nfi\n");
}

static int cmd_completion_run(const void *values, int count, char **operands,
			      struct error *e)
{
	(void)values;
	if (count == 1 && strcmp(operands[0], "bash") == 0)
		print_bash();
	else if (count == 1 && strcmp(operands[0], "zsh") == 0)
		print_zsh();
	else
		return fail(e, ERROR_USAGE, "say for which shell: bash or "
			    "zsh");
	return 0;
}

const struct opt_command cmd_completion = {
	.name = "completion",
	.operands = "bash|zsh",
	.purpose = "print the completion of a shell",
	.text =
	"Put this into ~/.bashrc or ~/.zshrc:\n"
	"\n"
	"  eval \"$(seesay completion bash)\"\n"
	"  eval \"$(seesay completion zsh)\"",
	.run = cmd_completion_run,
};
