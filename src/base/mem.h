/*
 * mem.h - the only place that calls malloc.
 *
 * Every block is aligned to MEM_ALIGN and zeroed, every product of sizes is
 * checked, and running out is an error with a message, never a crash.
 */
#ifndef MEM_H
#define MEM_H

#include "base/base.h"
#include "base/error.h"

enum { MEM_ALIGN = 64 };	/* a cache line, and a 512-bit vector */

/* count elements of size bytes, zeroed; NULL and *e set when it cannot be.
 * A count of 0 gives a valid block that holds nothing. */
void *mem_new(size_t count, size_t size, struct error *e);
/* Grows *block (of *room elements) to hold at least `need`, doubling, new part
 * zeroed; *block stays valid on failure. */
int mem_grow(void *block, size_t *room, size_t need, size_t size,
	     struct error *e);
void mem_free(void *block);	/* NULL is fine */

/* *product = a * b; false when it does not fit. */
int mem_product(size_t a, size_t b, size_t *product);

/* For tests: let the n-th allocation from now fail (0: none), and all after it
 * if `onwards`.  mem_count() is the number of allocations made so far. */
void mem_fail_at(uint64_t n, int onwards);
uint64_t mem_count(void);

#endif
