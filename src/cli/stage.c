/*
 * stage.c - see stage.h.
 *
 * An option's target is a variable of its command, so its value is put back
 * after the run: the next one begins with the defaults again.
 */
#include "cli/log.h"
#include "cli/stage.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"

/* The line as one could type it, on standard error. */
static void say_command(char **argv)
{
	char line[1024];
	size_t n = 0;

	for (; *argv && n < sizeof line; argv++)
		n += (size_t)snprintf(line + n, sizeof line - n, " %s", *argv);
	log_note("seesay%s", line);
}

static size_t target_bytes(const struct opt *o)
{
	switch (o->type) {
	case OPT_FLAG:
	case OPT_INT:
	case OPT_CHOICE:
		return sizeof(int);
	case OPT_U64:
	case OPT_SIZE:
		return sizeof(uint64_t);
	case OPT_FLOAT:
		return sizeof(float);
	case OPT_STRING:
		return sizeof(const char *);
	}
	return 0;
}

/* All targets into `kept` (take), or back. */
static int targets(const struct opt *o, struct buf *kept, int take,
		   struct error *e)
{
	size_t at = 0;

	for (; o->name; o++) {
		size_t bytes = target_bytes(o);

		if (take && buf_add(kept, o->target, bytes, e) < 0)
			return e->code;
		if (!take)
			memcpy(o->target, kept->data + at, bytes);
		at += bytes;
	}
	return 0;
}

int stage(const struct opt_command *c, const char *const *words,
	  struct error *e)
{
	char *argv[STAGE_WORDS + 2], name[32];
	double start = clock_now();
	struct buf kept = {0};
	int argc = 1, help, count;

	snprintf(name, sizeof name, "%s", c->name);
	argv[0] = name;
	for (; *words && argc <= STAGE_WORDS; words++)
		argv[argc++] = (char *)(uintptr_t)*words;
	argv[argc] = NULL;
	if (targets(c->options, &kept, 1, e) < 0)
		goto done;
	say_command(argv);
	count = opt_parse(argc, argv, c->options, NULL, &help, e);
	if (count >= 0) {
		argv[1 + count] = NULL;
		c->run(count, argv + 1, e);
	}
	targets(c->options, &kept, 0, e);
	if (!e->code)
		log_note("%s: %.1f s", c->name, clock_now() - start);
done:
	buf_free(&kept);
	return e->code;
}
