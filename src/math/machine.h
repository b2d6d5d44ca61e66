/*
 * machine.h - what the computing layers run on: a kernel table and threads,
 * and whom they talk to.
 *
 * Made once by the program (src/cli) or the library (src/api) and passed
 * down.  None of them changes a result.
 */
#ifndef MACHINE_H
#define MACHINE_H

#include "base/pool.h"
#include "base/talk.h"
#include "kernels.h"

struct machine {
	const struct kernels *kernels;
	struct pool *pool;		/* NULL: everything in the caller */
	const struct talk *talk;	/* NULL: nothing is said */
};

/* kernels NULL: the best; threads 0: all this process may use;
 * nothing is said until the caller sets `talk`. */
int machine_open(struct machine *m, const char *kernels, int threads,
		 struct error *e);
void machine_close(struct machine *m);

#endif
