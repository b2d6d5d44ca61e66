/*
 * cmd_completion.c - seesay completion: what bash, zsh and fish need to
 * complete commands, verbs, options, choices and nets, made from the tables
 * of options.
 *
 *	eval "$(seesay completion bash)"
 */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "nn/net.h"

/* Calls `each` for every command, and after it for each of its verbs. */
static void commands_each(void (*each)(const struct opt_command *c))
{
	for (size_t i = 0; cli_commands[i]; i++) {
		const struct opt_command *c = cli_commands[i];

		each(c);
		for (size_t j = 0; c->verbs && c->verbs[j]; j++)
			each(c->verbs[j]);
	}
}

static void print_verbs(const struct opt_command *c)
{
	for (size_t j = 0; c->verbs && c->verbs[j]; j++)
		printf("%s%s", j ? " " : "", c->verbs[j]->name);
}

/* What a kind stands for, parted by blanks; nothing for files and texts. */
static void print_kind(enum opt_kind kind)
{
	struct error e = {0};
	struct buf nets = {0};

	if (kind == OPT_NETS && net_names(&nets, &e) == 0)
		printf("%s", nets.data);
	buf_free(&nets);
	if (kind == OPT_KERNELS)
		printf("best %s", kernels_names());
	if (kind == OPT_SHELLS)
		printf("bash zsh fish");
	for (size_t i = 0; kind == OPT_COMMANDS && cli_commands[i]; i++)
		printf("%s%s", i ? " " : "", cli_commands[i]->name);
}

/* A choice's words, or those of a string's kind. */
static void print_words(const struct opt *o)
{
	if (o->type != OPT_CHOICE) {
		print_kind(o->kind);
		return;
	}
	for (int i = 0; o->choices[i]; i++)
		printf("%s%s", i ? " " : "", o->choices[i]);
}

/* Is there a list of words for it? */
static int has_words(const struct opt *o)
{
	return o->type == OPT_CHOICE ||
	       (o->type == OPT_STRING && (o->kind == OPT_NETS ||
					  o->kind == OPT_KERNELS));
}

static int takes_files(enum opt_kind kind)
{
	return kind == OPT_FILES || kind == OPT_FOLDERS || kind == OPT_NETS;
}

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
static void bash_values(const char *command, const struct opt *o)
{
	for (; o && o->name; o++) {
		if (o->type == OPT_FLAG)
			continue;
		printf("\t\"%s\":--%s", command, o->name);
		if (o->letter)
			printf("|\"%s\":-%c", command, o->letter);
		printf(") value=1 files=%d words=\"",
		       o->type == OPT_STRING && takes_files(o->kind));
		if (has_words(o))
			print_words(o);
		printf("\" ;;\n");
	}
}

static void bash_command_values(const struct opt_command *c)
{
	char name[OPT_NAME];

	opt_name(name, c);
	bash_values(name, c->options);
}

static void bash_command_names(const struct opt_command *c)
{
	char name[OPT_NAME];

	opt_name(name, c);
	printf("\t\t\"%s\") words=\"", name);
	bash_names(c->options);
	printf("\" ;;\n");
}

static void bash_command_operands(const struct opt_command *c)
{
	char name[OPT_NAME];

	opt_name(name, c);
	if (!c->verbs && (c->kind == OPT_FILES || c->kind == OPT_FOLDERS))
		return;
	printf("\t\t\"%s\") files=%d words=\"", name,
	       c->run && takes_files(c->kind));
	print_kind(c->kind);
	if (c->verbs)
		printf("$([ \"$COMP_CWORD\" -eq 2 ] && echo '");
	print_verbs(c);
	printf("%s\" ;;\n", c->verbs ? "')" : "");
}

/* The words of commands that have verbs, as patterns. */
static void bash_verb(const struct opt_command *c)
{
	if (c->of)
		printf("\t\"%s %s\") command=\"$command ${COMP_WORDS[2]}\" ;;\n",
		       c->of->name, c->name);
}

static void print_bash(void)
{
	printf("_seesay() {\n"
	       "\tlocal word=\"${COMP_WORDS[COMP_CWORD]}\"\n"
	       "\tlocal before=\"${COMP_WORDS[COMP_CWORD-1]}\"\n"
	       "\tlocal command=\"${COMP_WORDS[1]}\"\n"
	       "\tlocal words=\"\" files=1 value=\n"
	       "\tCOMPREPLY=()\n"
	       "\t# --net=x comes as three words\n"
	       "\tif [ \"$word\" = = ]; then\n\t\tword=\n"
	       "\telif [ \"$before\" = = ]; then\n"
	       "\t\tbefore=\"${COMP_WORDS[COMP_CWORD-2]}\"\n\tfi\n"
	       "\tif [ \"$COMP_CWORD\" -gt 2 ]; then\n"
	       "\tcase \"$command ${COMP_WORDS[2]}\" in\n");
	commands_each(bash_verb);
	printf("\tesac\n\tfi\n"
	       "\tif [ \"$COMP_CWORD\" -eq 1 ]; then\n\t\tfiles=0 words=\"");
	print_kind(OPT_COMMANDS);
	printf("\"\n\telse\n\tcase \"$command\":$before in\n");
	commands_each(bash_command_values);
	for (const struct opt *o = cli_common.options; o->name; o++) {
		if (!has_words(o))
			continue;
		printf("\t*:--%s) value=1 files=0 words=\"", o->name);
		print_words(o);
		printf("\" ;;\n");
	}
	printf("\tesac\n\tfi\n"
	       "\tif [ -z \"$value$words\" ] && [ \"${word#-}\" != "
	       "\"$word\" ]; then\n\t\tfiles=0\n\t\tcase \"$command\" in\n");
	commands_each(bash_command_names);
	printf("\t\tesac\n\t\twords=\"$words --help");
	bash_names(cli_common.options);
	printf("\"\n\telif [ -z \"$value$words\" ]; then\n"
	       "\t\tcase \"$command\" in\n");
	commands_each(bash_command_operands);
	printf("\t\tesac\n\tfi\n"
	       "\tif [ -n \"$words\" ] || [ $files = 0 ]; then\n"
	       "\t\tCOMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
	       "\t\t[ $files = 1 ] && COMPREPLY+=($(compgen -f -- "
	       "\"$word\"))\n\tfi\n}\n"
	       "complete -o bashdefault -o default -F _seesay seesay\n");
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

static void zsh_kind(enum opt_kind kind)
{
	if (kind == OPT_FOLDERS) {
		printf("_files -/");
	} else if (kind == OPT_NETS) {
		printf("_seesay_nets");
	} else if (kind == OPT_FILES) {
		printf("_files");
	} else if (kind != OPT_TEXTS) {
		putchar('(');
		print_kind(kind);
		putchar(')');
	}
}

static void zsh_value(const struct opt *o)
{
	if (o->type == OPT_FLAG)
		return;
	putchar(':');
	zsh_text(o->arg ? o->arg : o->name);
	putchar(':');
	if (o->type == OPT_STRING)
		zsh_kind(o->kind);
	if (o->type != OPT_CHOICE)
		return;
	putchar('(');
	print_words(o);
	putchar(')');
}

static void zsh_option(const struct opt *o, const char *dashes, int letter)
{
	if (letter)
		printf(" \\\n\t\t\t'-%c[", letter);
	else
		printf(" \\\n\t\t\t'%s%s%s[", dashes, o->name,
		       o->type == OPT_FLAG ? "" : "=");
	zsh_text(o->help);
	putchar(']');
	zsh_value(o);
	putchar('\'');
}

static void zsh_options(const struct opt *o)
{
	for (; o && o->name; o++) {
		if (o->letter)
			zsh_option(o, "", o->letter);
		zsh_option(o, "--", 0);
	}
}

static void zsh_command(const struct opt_command *c)
{
	char name[OPT_NAME];

	opt_name(name, c);
	printf("\t'%s')\n\t\t_arguments -s", name);
	zsh_options(c->options);
	zsh_options(cli_common.options);
	printf(" \\\n\t\t\t'*:operand:");
	zsh_kind(c->kind);
	printf("' ;;\n");
}

/* "'near:list the words ...'" on lines of their own */
static void zsh_described(const struct opt_command *c)
{
	printf("\t\t'%s:", c->name);
	zsh_text(c->purpose);
	printf("'\n");
}

static void zsh_verbs(const struct opt_command *c)
{
	if (!c->verbs)
		return;
	printf("\t%s)\n\t\tverbs=(\n", c->name);
	for (size_t j = 0; c->verbs[j]; j++)
		zsh_described(c->verbs[j]);
	printf("\t\t) ;;\n");
}

static void print_zsh(void)
{
	printf("#compdef seesay\n\n_seesay_nets() {\n"
	       "\tcompadd -- ");
	print_kind(OPT_NETS);
	printf("\n\t_files\n}\n\n_seesay() {\n\tlocal -a commands verbs\n"
	       "\tcommands=(\n");
	for (size_t i = 0; cli_commands[i]; i++)
		zsh_described(cli_commands[i]);
	printf("\t)\n\tif (( CURRENT == 2 )); then\n"
	       "\t\t_describe command commands\n\t\treturn\n\tfi\n"
	       "\tlocal command=$words[2]\n\tcase $command in\n");
	commands_each(zsh_verbs);
	printf("\tesac\n"
	       "\tif (( CURRENT == 3 && $#verbs )); then\n"
	       "\t\t_describe verb verbs\n"
	       "\telif (( $#verbs )) && [[ -n ${(M)verbs:#$words[3]:*} ]]; "
	       "then\n\t\tcommand=\"$command $words[3]\"\n"
	       "\t\tshift words\n\t\t(( CURRENT-- ))\n\tfi\n"
	       "\tshift words\n\t(( CURRENT-- ))\n\tcase $command in\n");
	commands_each(zsh_command);
	printf("\tesac\n}\n\n"
	       "if [ \"$funcstack[1]\" = _seesay ]; then\n\t_seesay \"$@\"\n"
	       "else\n\twhence compdef >/dev/null ||\n"
	       "\t\t{ autoload -Uz compinit && compinit -i; }\n"
	       "\tcompdef _seesay seesay\nfi\n");
}

/* ---- fish ---------------------------------------------------------------- */

static void fish_text(const char *text)
{
	putchar('\'');
	for (; *text; text++) {
		if (*text == '\'' || *text == '\\')
			putchar('\\');
		putchar(*text);
	}
	putchar('\'');
}

static void fish_option(const char *command, const struct opt *o)
{
	printf("complete -c seesay");
	if (command)
		printf(" -n '__seesay_is \"%s\"'", command);
	printf(" -l %s", o->name);
	if (o->letter)
		printf(" -s %c", o->letter);
	if (o->type != OPT_FLAG)
		printf(o->type == OPT_STRING && takes_files(o->kind) ?
		       " -r -F" : " -x");
	if (has_words(o)) {
		printf(" -a '");
		print_words(o);
		putchar('\'');
	}
	printf(" -d ");
	fish_text(o->help);
	putchar('\n');
}

static void fish_word(const char *test, const struct opt_command *c)
{
	printf("complete -c seesay -f -n '%s' -a %s -d ", test, c->name);
	fish_text(c->purpose);
	putchar('\n');
}

static void fish_command(const struct opt_command *c)
{
	char name[OPT_NAME], test[OPT_NAME + 64];

	opt_name(name, c);
	snprintf(test, sizeof(test), "%s",  "__fish_use_subcommand");
	if (c->of)
		snprintf(test, sizeof(test), "__seesay_verb %s", c->of->name);
	fish_word(test, c);
	for (const struct opt *o = c->options; o && o->name; o++)
		fish_option(name, o);
	if (takes_files(c->kind) && c->kind != OPT_NETS)
		return;
	printf("complete -c seesay %s -n '__seesay_is \"%s\"' -a '",
	       takes_files(c->kind) ? "-F" : "-f", name);
	print_kind(c->kind);
	printf("'\n");
}

static void fish_pair(const struct opt_command *c)
{
	if (c->of)
		printf(" '%s %s'", c->of->name, c->name);
}

static void print_fish(void)
{
	printf("function __seesay_is\n"
	       "\tset -l w (commandline -opc)\n"
	       "\tset -q w[2]; or return 1\n"
	       "\tset -l key $w[2]\n"
	       "\tif set -q w[3]; and contains -- \"$w[2] $w[3]\"");
	commands_each(fish_pair);
	printf("\n\t\tset key \"$w[2] $w[3]\"\n\tend\n"
	       "\ttest \"$key\" = \"$argv[1]\"\nend\n"
	       "function __seesay_verb\n"
	       "\tset -l w (commandline -opc)\n"
	       "\ttest (count $w) -eq 2; and test \"$w[2]\" = $argv[1]\nend\n");
	commands_each(fish_command);
	for (const struct opt *o = cli_common.options; o->name; o++)
		fish_option(NULL, o);
	printf("complete -c seesay -l help -s h -d 'explain the command'\n");
}

/* ---- the command --------------------------------------------------------- */

static int cmd_completion_run(const void *values, int count, char **operands,
			      struct error *e)
{
	const char *shell = count == 1 ? operands[0] : "";

	(void)values;
	if (strcmp(shell, "bash") == 0)
		print_bash();
	else if (strcmp(shell, "zsh") == 0)
		print_zsh();
	else if (strcmp(shell, "fish") == 0)
		print_fish();
	else
		return fail(e, ERROR_USAGE, "a shell is needed: bash, zsh or "
			    "fish");
	return 0;
}

const struct opt_command cmd_completion = {
	.name = "completion",
	.operands = "bash|zsh|fish",
	.purpose = "print the completion script of a shell",
	.text =
	"Put this into ~/.bashrc, ~/.zshrc or ~/.config/fish/config.fish:\n"
	"\n"
	"  eval \"$(seesay completion bash)\"\n"
	"  eval \"$(seesay completion zsh)\"\n"
	"  seesay completion fish | source",
	.kind = OPT_SHELLS,
	.run = cmd_completion_run,
};
