/*
 * main.c - the program: finds the command, parses its options, runs it, says
 * what went wrong, and turns that into the exit status.
 *
 * Exit status: 0 done, 1 failed or nothing found, 2 usage, 3 damaged or
 * unsupported input, 75 stopped after a checkpoint.  A result that could not
 * be written in full is a failure too, so standard output is checked last.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/stop.h"
#include "cli/cli.h"
#include "cli/log.h"

const struct opt_command *const cli_commands[] = {
#define COMMAND(x) &cmd_##x,
#define VERB_OF_WORDS(x)
#include "cli/commands.h"
#undef COMMAND
#undef VERB_OF_WORDS
	NULL
};

/* Of the process, not of a command: stages share them. */
static struct common_options {
	struct opt_given given;
	const char *kernels;
	int threads, quiet, verbose, progress;
} common = { .kernels = "best", .progress = LOG_AUTO };

static const char *const progress_names[] = {
	"auto", "none", "plain", "json", NULL
};

#define AT(field) offsetof(struct common_options, field)
static const struct opt options[] = {
	OPT("kernels", 0, OPT_STRING, AT(kernels), "NAME",
	    "instruction set to use; the result is the same",
	    .kind = OPT_KERNELS),
	OPT("threads", 0, OPT_INT, AT(threads), "N",
	    "threads; 0: all CPUs; the result is the same", .high = 1024,
	    .also = "thread workers jobs num-threads"),
	OPT("quiet", 'q', OPT_FLAG, AT(quiet), NULL, "show only warnings and "
	    "errors"),
	OPT("verbose", 'v', OPT_FLAG, AT(verbose), NULL, "show more details"),
	OPT("progress", 0, OPT_CHOICE, AT(progress), NULL,
	    "form of the progress on standard error",
	    .choices = progress_names),
	OPT_END
};
const struct opt_set cli_common = { options, &common };

static const char *program = "seesay";
static struct machine machine;
static int machine_opened;

const char *cli_program(void)
{
	return program;
}

const char *cli_kernels(void)
{
	return common.kernels;
}

int cli_verbose(void)
{
	return common.verbose;
}

int cli_threads(void)
{
	return common.threads ? common.threads : pool_cpus();
}

int cli_stop_requested(void)
{
	return stop_requested();
}

int cli_machine(struct machine **m, struct error *e)
{
	*m = &machine;
	if (machine_opened)
		return 0;
	if (machine_open(&machine, common.kernels, common.threads, e) < 0)
		return e->code;
	machine_opened = 1;
	machine.talk = log_talk();
	log_detail("%s kernels, %d threads", machine.kernels->name,
		   pool_threads(machine.pool));
	return 0;
}

/* What other programs call a command. */
static const char *called_elsewhere(const char *name)
{
	static const struct { const char *name, *ours; } known[] = {
		{ "skipgram", "words TEXT -o FILE --model fasttext "
		  "--skipgram" },
		{ "cbow", "words TEXT -o FILE --model fasttext" },
		{ "word2vec", "words TEXT -o FILE --model word2vec" },
		{ "fasttext", "words TEXT -o FILE --model fasttext" },
		{ "glove", "words TEXT -o FILE --model glove" },
		{ "nn", "words near FILE WORD" },
		{ "near", "words near FILE WORD" },
		{ "distance", "words near FILE WORD" },
		{ "analogies", "words analogy FILE EXPRESSION" },
		{ "analogy", "words analogy FILE EXPRESSION" },
		{ "print-word-vectors", "words vector FILE WORD" },
		{ "print-sentence-vectors", "words caption FILE TEXT" },
		{ "train", "learn POSTS WORDS -o SPACE" },
		{ "query", "search INDEX QUERY" },
		{ "embed", "index SPACE SOURCE -o FILE" },
		{ "bench", "net bench NAME" },
	};

	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (strcmp(known[i].name, name) == 0)
			return known[i].ours;
	return NULL;
}

const struct opt_command *cli_command_find(const char *name, struct error *e)
{
	const char *names[ARRAY_LEN(cli_commands)] = { NULL }, *closest;

	for (size_t i = 0; cli_commands[i]; i++) {
		names[i] = cli_commands[i]->name;
		if (strcmp(names[i], name) == 0)
			return cli_commands[i];
	}
	fail(e, ERROR_USAGE, "there is no command '%s'", name);
	if (called_elsewhere(name))
		hint(e, "that is: seesay %s", called_elsewhere(name));
	closest = opt_closest(name, names);
	if (closest)
		hint(e, "did you mean '%s'?", closest);
	hint(e, "'seesay help' lists the commands");
	return NULL;
}

/* Is `name` among the words of `list`? */
static int is_listed(const char *name, const char *list)
{
	size_t bytes = strlen(name);

	for (; *list; list += strcspn(list, " "), list += *list == ' ')
		if (bytes && strcspn(list, " ") == bytes &&
		    memcmp(list, name, bytes) == 0)
			return 1;
	return 0;
}

/* Asked when something is wrong: they answer whatever the environment says. */
static int gives_advice(const struct opt_command *c)
{
	return c == &cmd_help || c == &cmd_version || c == &cmd_completion ||
	       c == &cmd_man;
}

/* Said for every other command, also those that compute nothing. */
static int check_kernels(struct error *e)
{
	if (kernels_find(common.kernels))
		return 0;
	if (is_listed(common.kernels, kernels_names()))
		return fail(e, ERROR_USAGE, "this CPU cannot run the kernels "
			    "'%s'", common.kernels);
	fail(e, ERROR_USAGE, "there are no kernels called '%s'",
	     common.kernels);
	return hint(e, "--kernels and SEESAY_KERNELS take: best %s",
		    kernels_names());
}

static int print_help(const struct opt_command *c, struct error *e)
{
	struct buf out = {0};
	int code = opt_help(&out, "seesay", c, &cli_common, e);

	if (code == 0)
		fputs(out.data, stdout);
	buf_free(&out);
	return code;
}

/* A command that has verbs only was called without one of them. */
static int fail_verb(const struct opt_command *c, int count, char **operands,
		     struct error *e)
{
	const char *names[OPT_MOST] = { NULL }, *closest = NULL;
	struct buf all = {0};

	for (size_t i = 0; c->verbs[i] && i < OPT_MOST - 1; i++) {
		names[i] = c->verbs[i]->name;
		buf_addf(&all, e, "%s%s", i ? ", " : "", names[i]);
	}
	if (count)
		closest = opt_closest(operands[0], names);
	if (count)
		fail(e, ERROR_USAGE, "'%s' is not a command of '%s'",
		     operands[0], c->name);
	else
		fail(e, ERROR_USAGE, "'%s' needs a command", c->name);
	if (closest)
		hint(e, "did you mean '%s'?", closest);
	hint(e, "it is one of %s", all.data);
	buf_free(&all);
	return e->code;
}

static int call(const struct opt_command *c, const void *values, int count,
		char **argv, struct error *e)
{
	const struct log_options talk = { common.quiet, common.verbose,
		(enum log_progress)common.progress };

	if (!gives_advice(c) && check_kernels(e) < 0)
		return e->code;
	log_setup(&talk);
	argv[1 + count] = NULL;
	if (!c->run)
		return fail_verb(c, count, argv + 1, e);
	return c->run(values, count, argv + 1, e);
}

static int run_command(const struct opt_command *c, int argc, char **argv,
		       struct error *e)
{
	void *values = opt_values(c, 0, e);
	int help = 0, count = e->code;

	if (gives_advice(c))
		opt_mend_environment(&cli_common);
	if (values)
		count = opt_parse(argc, argv, c, values, &cli_common, &help,
				  e);
	if (help)
		count = print_help(c, e);
	else if (count >= 0)
		count = call(c, values, count, argv, e);
	mem_free(values);
	return count;
}

/* `seesay --help` and `seesay --version` are asked of any program. */
static const char *command_name(int argc, char **argv)
{
	if (argc < 2 || strcmp(argv[1], "--help") == 0 ||
	    strcmp(argv[1], "-h") == 0)
		return "help";
	if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0)
		return "version";
	return argv[1];
}

static int run(int argc, char **argv, const struct opt_command **c,
	       struct error *e)
{
	const char *name = command_name(argc, argv);
	char *none[] = { argv[0], NULL }, called[OPT_NAME];
	const struct opt_command *verb;
	int code;

	if (*name == '-') {
		fail(e, ERROR_USAGE, "the command comes first, then options "
		     "like '%s'", name);
		return hint(e, "'seesay help' lists the commands");
	}
	*c = cli_command_find(name, e);
	if (!*c)
		return ERROR_USAGE;
	if (argc < 2)
		return run_command(*c, 1, none, e);
	verb = argc > 2 ? opt_verb(*c, argv[2]) : NULL;
	if (verb)
		*c = verb;
	code = run_command(*c, argc - (verb ? 2 : 1), argv + (verb ? 2 : 1),
			   e);
	opt_name(called, *c);
	if (code == ERROR_USAGE)
		hint(e, "see 'seesay help %s'", called);
	return code;
}

/* A pipe whose reader left is no news; all else is told. */
static int finish_output(struct error *e)
{
	int bad = ferror(stdout), cause;

	errno = 0;
	bad |= fflush(stdout) != 0;
	cause = errno;
	if (fclose(stdout) != 0 && !bad) {
		bad = 1;
		cause = errno;
	}
	if (!bad)
		return 0;
	if (cause == EPIPE)
		return ERROR_FAILED;
	errno = cause;
	return cause ? fail_errno(e, "cannot write to standard output") :
	       fail(e, ERROR_FAILED, "cannot write to standard output");
}

static void print_error(const struct opt_command *c, const struct error *e)
{
	char name[OPT_NAME] = "";
	size_t bytes;

	if (c)
		opt_name(name, c);
	bytes = strlen(name);
	log_bar_wipe();
	/* "words near has no option --x" begins with the name already */
	if (e->text[0] && (!bytes || (strncmp(e->text, name, bytes) == 0 &&
				      e->text[bytes] == ' ')))
		fprintf(stderr, "seesay: %s\n", e->text);
	else if (e->text[0])
		fprintf(stderr, "seesay: %s: %s\n", name, e->text);
	if (e->hint[0])
		fprintf(stderr, "hint: %s\n", e->hint);
}

/* Where a standard stream is closed, the next file opened would take its
 * number and be read or written by accident.  What is put there instead goes
 * the wrong way, so that using it is an error and not silence. */
static void reserve_standard(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			(void)!open("/dev/null", fd ? O_RDONLY : O_WRONLY);
}

static int exit_status(int code)
{
	switch (code) {
	case ERROR_USAGE:
	case ERROR_DATA:
	case ERROR_STOPPED:
		return -code;
	}
	return code < 0;
}

int main(int argc, char **argv)
{
	const struct opt_command *c = NULL;
	struct error e = {0};
	int code, output;

	reserve_standard();
	stop_setup();
	program = argc > 0 && argv[0][0] ? argv[0] : program;
	code = run(argc, argv, &c, &e);
	if (machine_opened)
		machine_close(&machine);
	output = finish_output(&e);
	if (e.code)
		print_error(c, &e);
	return exit_status(code < 0 ? code : output);
}
