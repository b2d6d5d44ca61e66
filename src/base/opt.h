/*
 * opt.h - one table of options per command: parsing, --help, the man page and
 * shell completion all come from it.
 *
 *	static int k = 12;
 *	static const struct opt options[] = {
 *		{ "count", 'k', OPT_INT, &k, "N", "results to show", .low = 1, .high = 1000 },
 *		OPT_END
 *	};
 *
 * Parsing is getopt_long's; "--name=value" and "--name value" both work and
 * options may follow operands.  Before the command line is read, each option
 * takes the environment variable SEESAY_<NAME> (upper case, '-' as '_').
 * The value in the target before parsing is the default that help shows.
 */
#ifndef OPT_H
#define OPT_H

#include "base/buf.h"
#include "base/error.h"

enum opt_type {
	OPT_FLAG,	/* int: set to 1; --no-name sets 0 */
	OPT_INT,	/* int, between low and high */
	OPT_U64,	/* uint64_t */
	OPT_SIZE,	/* uint64_t bytes; suffix K M G T, powers of 1024 */
	OPT_FLOAT,	/* float */
	OPT_STRING,	/* const char * */
	OPT_CHOICE,	/* int: index into the words of `arg`, "a|b|c" */
};

struct opt {
	const char *name;	/* long name without dashes; NULL ends the table */
	char letter;		/* short name or 0 */
	enum opt_type type;
	void *target;
	const char *arg;	/* name of the value in help, or the choices */
	const char *help;	/* one line, lower case, no full stop */
	double low, high;	/* bounds of a number; both 0: none */
};
#define OPT_END { NULL, 0, OPT_FLAG, NULL, NULL, NULL, 0, 0 }

struct opt_command {
	const char *name;		/* "posts" */
	const char *operands;		/* "SOURCE... -o FILE" */
	const char *purpose;		/* one line */
	const char *text;		/* paragraphs and examples for help and man */
	const struct opt *options;	/* common options are added by cli */
	int (*run)(int count, char **operands, struct error *e);
};

/* Parses argv[1..] against `options` and then `common` (may be NULL).  Operands
 * are moved to the front of argv + 1; returns how many, or an error.  *help is
 * set when -h or --help was met (parsing stops there). */
int opt_parse(int argc, char **argv, const struct opt *options,
	      const struct opt *common, int *help, struct error *e);

/* For commands that must work whatever the environment says: forgets variables
 * that opt_parse would refuse. */
void opt_mend_environment(const struct opt *options);

/* The one of `names` (NULL at the end) that was probably meant by `word`, or
 * NULL when none is near: for "did you mean". */
const char *opt_closest(const char *word, const char *const *names);

/* " (12)", the default as help shows it; nothing for an empty one, or one that
 * stands for none (infinity, a whole number below its bounds). */
int opt_default(struct buf *out, const struct opt *o, struct error *e);

/* Help of one command: usage, purpose, text, options with defaults. */
int opt_help(struct buf *out, const char *program, const struct opt_command *c,
	     const struct opt *common, struct error *e);

#endif
