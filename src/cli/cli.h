/*
 * cli.h - what the commands share: the table of commands, the common options,
 * the machine they compute on.
 *
 * Each command is one `const struct opt_command cmd_<name>` in its own file;
 * a verb of one is `cmd_<name>_<verb>`.  Its run() gets a struct of its
 * options and the operands, returns 0 or an enum error_code with the text in
 * *e, and prints results on standard output; main.c prints the error.
 */
#ifndef CLI_H
#define CLI_H

#include "base/opt.h"
#include "math/machine.h"

#define COMMAND(x) extern const struct opt_command cmd_##x;
#define VERB_OF_WORDS(x) extern const struct opt_command cmd_words_##x;
#include "cli/commands.h"
#undef COMMAND
#undef VERB_OF_WORDS

/* Those of commands.h; NULL at the end. */
extern const struct opt_command *const cli_commands[];
/* NULL and *e set (with the nearest name) if there is none. */
const struct opt_command *cli_command_find(const char *name, struct error *e);

/* --kernels, --threads, --quiet, --verbose, --progress */
extern const struct opt_set cli_common;
/* The program as it was called: "build/seesay". */
const char *cli_program(void);

/* Kernels and threads as the user wants them; opened at the first call and
 * closed when the program ends.  Decoders fork, so open them before. */
int cli_machine(struct machine **m, struct error *e);
/* The name given with --kernels, or "best". */
const char *cli_kernels(void);
/* Was -v given? */
int cli_verbose(void);
/* How many threads the machine has or will have. */
int cli_threads(void);
/* Has the user pressed Ctrl-C, or the system asked us to end? */
int cli_stop_requested(void);

#endif
