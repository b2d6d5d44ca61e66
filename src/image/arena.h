/*
 * arena.h - the memory of a decoder child: one region, handed out by moving a
 * mark.  Private to src/image.
 *
 * No malloc in the child, a cap for each picture, and every byte handed out is
 * zero: no picture sees a part of an earlier one.  Under AddressSanitizer each
 * block is fenced, so that an overflow within the region is seen.
 */
#ifndef ARENA_H
#define ARENA_H

#include <stddef.h>

/* All memory comes from this region, which must be zero at first and is valid
 * as long as decoding goes on.  One region per process. */
void arena_use(void *region, size_t bytes);
/* Takes everything back; the next picture may have at most `limit` bytes. */
void arena_reset(size_t limit);
void *arena_new(size_t bytes);		/* NULL: no more room */
void *arena_grow(void *block, size_t old, size_t bytes);
/* Only the newest block is taken back. */
void arena_drop(void *block);
/* Most memory taken at one time since the reset. */
size_t arena_peak(void);

#endif
