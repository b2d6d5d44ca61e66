/*
 * stage.h - commands that run others, as a user would have typed them.
 */
#ifndef STAGE_H
#define STAGE_H

#include "base/opt.h"

enum { STAGE_WORDS = 40 };	/* most words of one command */

/* Says the command on standard error and runs it with these words (a NULL ends
 * them), options not among them at their defaults; then how long it took. */
int stage(const struct opt_command *c, const char *const *words,
	  struct error *e);

#endif
