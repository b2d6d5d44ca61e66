/*
 * machine.h - what the computing layers run on: a kernel table, threads, and a
 * talk (base/talk.h).
 *
 * The program (src/cli) or the library (src/api) makes it once and passes it
 * down.  None of the three changes a result.
 */
#ifndef MACHINE_H
#define MACHINE_H

#include "base/pool.h"
#include "base/talk.h"
#include "codes.h"
#include "kernels.h"

struct machine {
	const struct kernels *kernels;
	const struct codes *codes;	/* NULL: the best beside the kernels */
	struct pool *pool;		/* NULL: the caller's thread only */
	const struct talk *talk;	/* NULL: silent */
};

/* kernels NULL: the fastest; threads 0: all that this process may use.  talk is
 * NULL until the caller sets it. */
int machine_open(struct machine *m, const char *kernels, int threads,
		 struct error *e);
void machine_close(struct machine *m);

#endif
