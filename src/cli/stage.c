/* stage.c - see stage.h. */
#include "cli/stage.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "cli/log.h"

/* The line as one could type it, on standard error. */
static void say_command(char **argv)
{
	char line[1024];
	size_t n = 0;

	for (; *argv && n < sizeof line; argv++)
		n += (size_t)snprintf(line + n, sizeof line - n, " %s", *argv);
	log_note("seesay%s", line);
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
	say_command(argv);
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
