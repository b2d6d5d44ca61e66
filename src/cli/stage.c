/* stage.c - see stage.h. */
#include "cli/stage.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "cli/cli.h"
#include "cli/demo_answers.h"
#include "cli/log.h"

/* The line as it can be pasted, on standard error. */
static int say_command(char **argv, struct error *e)
{
	struct buf line = {0};

	demo_quote(&line, cli_program(), e);
	/* the name of a command may be two words */
	buf_addf(&line, e, " %s", *argv++);
	for (; *argv && !e->code; argv++) {
		buf_addf(&line, e, " ");
		demo_quote(&line, *argv, e);
	}
	if (!e->code)
		log_note("%s", line.data);
	buf_free(&line);
	return e->code;
}

int stage(const struct opt_command *c, const char *const *words,
	  struct error *e)
{
	char *argv[STAGE_WORDS + 2], name[OPT_NAME];
	void *values = opt_values(c, 0, e);
	double start = clock_now();
	int argc = 1, help, count;

	opt_name(name, c);
	argv[0] = name;
	for (; *words && argc <= STAGE_WORDS; words++)
		argv[argc++] = (char *)(uintptr_t)*words;
	argv[argc] = NULL;
	if (!values)
		return e->code;
	count = say_command(argv, e);
	if (count == 0)
		count = opt_parse(argc, argv, c, values, NULL, &help, e);
	if (count >= 0) {
		argv[1 + count] = NULL;
		c->run(values, count, argv + 1, e);
	}
	mem_free(values);
	if (!e->code)
		log_note("%s: %.1f s", name, clock_now() - start);
	return e->code;
}
