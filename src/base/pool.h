/*
 * pool.h - a fixed set of threads that share out independent items.
 *
 * Threads split outputs: item i writes what belongs to i and nothing else, so
 * the result cannot depend on the number of threads (docs/numerics.md).
 * Thread t of T begins with the items of its share, [items t / T, items (t + 1)
 * / T), in order, so that runs over the same data find it in the same thread's
 * cache; then it takes what is left of the others' shares.  The caller's thread
 * works too, as thread 0.  Waiting threads spin for a few microseconds, then
 * sleep.
 */
#ifndef POOL_H
#define POOL_H

#include <stddef.h>

#include "base/error.h"

struct pool;

/* How many CPUs this process may use, at least 1. */
int pool_cpus(void);

/* threads 0: as many as this process may use. */
struct pool *pool_open(int threads, struct error *e);
void pool_close(struct pool *p);
int pool_threads(const struct pool *p);

/* Calls work(context, item, thread) for every item in [0, items), thread in
 * [0, pool_threads).  Returns when all are done.  Not re-entrant.  p may be
 * NULL: then all items run here in ascending order. */
void pool_run(struct pool *p, size_t items,
	      void (*work)(void *context, size_t item, int thread),
	      void *context);

#endif
