/*
 * opt.h - one table of options per command or verb: parsing, checks, --help,
 * the man page and shell completion all come from it.
 *
 *	struct near_options {
 *		struct opt_given given;
 *		int count, json;
 *	};
 *	#define AT(field) offsetof(struct near_options, field)
 *	static const struct opt options[] = {
 *		OPT("count", 'k', OPT_INT, AT(count), "N", "words to show",
 *		    .low = 1, .high = 1000),
 *		OPT("json", 0, OPT_FLAG, AT(json), NULL, "answer in JSON"),
 *		OPT_END
 *	};
 *
 * Values live in a struct that begins with a struct opt_given; nothing here
 * is static, so a command can be called twice.
 *
 * Parsing is getopt_long's; "--name=value" and "--name value" both work and
 * options may follow operands.  Before the command line is read, each option
 * takes the environment variable SEESAY_<NAME> (upper case, '-' as '_').
 */
#ifndef OPT_H
#define OPT_H

#include <stddef.h>

#include "base/buf.h"
#include "base/error.h"

enum opt_type {
	OPT_FLAG,	/* int: set to 1; --no-name sets 0 */
	OPT_INT,	/* int, between low and high */
	OPT_U64,	/* uint64_t */
	OPT_SIZE,	/* uint64_t bytes; suffix K M G T, powers of 1024 */
	OPT_FLOAT,	/* float */
	OPT_DOUBLE,	/* double */
	OPT_STRING,	/* const char * */
	OPT_CHOICE,	/* int or enum: index into `choices` */
};

/* What a shell offers for a string or an operand. */
enum opt_kind { OPT_FILES, OPT_FOLDERS, OPT_NETS, OPT_KERNELS, OPT_COMMANDS,
		OPT_TEXTS, OPT_SHELLS };

struct opt {
	const char *name; /* long name without dashes; NULL ends the table */
	char letter;		/* short name or 0 */
	enum opt_type type;
	size_t offset;		/* of the value in the command's struct */
	const char *arg;	/* name of the value in help; choices: NULL */
	const char *help;	/* one line, lower case, no full stop */
	double low, high;	/* bounds of a number; both 0: none */
	const char *const *choices;	/* NULL at the end */
	/* What must hold where the option is typed, terms parted by blanks:
	 * "loss=triplet", "model=glove|lda" a choice, "train" is given, "!json"
	 * is not. */
	const char *needs;
	const char *also; /* its names elsewhere, parted by blanks: hints */
	enum opt_kind kind;	/* of a string */
};
#define OPT(name_, letter_, type_, offset_, arg_, ...) \
	{ .name = name_, .letter = letter_, .type = type_, \
	  .offset = offset_, .arg = arg_, .help = __VA_ARGS__ }
#define OPT_END { .name = NULL }

enum { OPT_MOST = 64 };		/* options of a table */

/* Bit i stands for option i of the table. */
struct opt_given {
	uint64_t set;		/* typed, or in the environment */
	uint64_t typed;
};

/* A table and the struct that it fills. */
struct opt_set {
	const struct opt *options;	/* NULL: none */
	void *values;
};

struct opt_command {
	const char *name;		/* "words"; of a verb: "near" */
	const struct opt_command *of;	/* whose verb it is; NULL: none's */
	const char *operands;		/* "SOURCE... -o FILE" */
	const char *purpose;		/* one line */
	const char *text; /* paragraphs and examples for help and man */
	const struct opt *options;	/* common options are added by cli */
	size_t size; /* of the struct of its options; 0: none */
	/* Fills a struct of zeros; `by` is the value of the choice that `vary`
	 * names, on which defaults may depend.  NULL: zeros are right. */
	void (*defaults)(void *options, int by);
	const char *vary;
	const struct opt_command *const *verbs;	/* NULL at the end; or NULL */
	enum opt_kind kind;		/* of its operands */
	/* NULL: it has verbs only. */
	int (*run)(const void *options, int count, char **operands,
		   struct error *e);
};

static inline void *opt_at(const void *values, const struct opt *o)
{
	return (char *)(uintptr_t)values + o->offset;
}

/* "words near" */
enum { OPT_NAME = 64 };
void opt_name(char out[OPT_NAME], const struct opt_command *c);
/* The verb of c that is called so, or NULL. */
const struct opt_command *opt_verb(const struct opt_command *c,
				   const char *name);

/* A struct of options with its defaults, mem_free's; one byte if c has none. */
void *opt_values(const struct opt_command *c, int by, struct error *e);

/* Parses argv[1..] into `values` (of opt_values) and `common` (may be NULL).
 * Operands are moved to the front of argv + 1; returns how many, or an error.
 * *help is set when -h or --help was met (parsing stops there). */
int opt_parse(int argc, char **argv, const struct opt_command *c,
	      void *values, const struct opt_set *common, int *help,
	      struct error *e);

/* Was the option of this name typed? */
int opt_typed(const struct opt *options, const void *values,
	      const char *name);
/* Fails if one of `names` (NULL at the end) was typed: "--lines is not for
 * <what>". */
int opt_refuse(const struct opt *options, const void *values,
	       const char *const *names, const char *what, struct error *e);

/* For commands that must work whatever the environment says: forgets variables
 * that opt_parse would refuse. */
void opt_mend_environment(const struct opt_set *set);

/* The one of `names` (NULL at the end) that was probably meant by `word`, or
 * NULL when none is near: for "did you mean". */
const char *opt_closest(const char *word, const char *const *names);

/* " (12)", the default as help shows it; nothing for an empty one, or one that
 * stands for none (infinity, a whole number below its bounds).  Where it
 * depends on the choice that c->vary names: " (glove 10, lda 8)". */
int opt_default(struct buf *out, const struct opt_command *c,
		const struct opt *o, const void *values, struct error *e);
/* " [--model glove|lda]": what the option needs; what it is against is left to
 * the message. */
int opt_needs(struct buf *out, const struct opt *o, struct error *e);
/* "N", "a|b|c"; "" of a flag */
int opt_arg(struct buf *out, const struct opt *o, struct error *e);

/* Help of one command: usage, purpose, text, options with defaults, verbs. */
int opt_help(struct buf *out, const char *program, const struct opt_command *c,
	     const struct opt_set *common, struct error *e);

/* ---- between the files of opt -------------------------------------------- */

/* opt_value.c: `from` is what the user wrote the value after: "--count",
 * "SEESAY_COUNT". */
int opt_set_value(const struct opt *o, void *values, const char *from,
		  const char *value, struct error *e);
/* opt_check.c: what `needs` of the options typed say; where a variable of the
 * environment is in the way of a typed option, its default is put back. */
int opt_check(const struct opt_command *c, void *values, struct error *e);
/* Copies the values of the options in `set`. */
void opt_overlay(const struct opt *options, uint64_t set, const void *from,
		 void *to);
size_t opt_bytes(enum opt_type type);
/* Does the needs of o say that it is for the choice `value` of `by`? */
int opt_is_for(const struct opt *o, const char *by, const char *value);
const struct opt *opt_find(const struct opt *options, const char *name);

#endif
