/*
 * cooc.h - how often two words stand near each other.
 *
 * A pair (a, b) with a < b counts 1/distance for each time its words are at
 * most `window` tokens apart in one caption, whichever comes first; a word
 * with itself counts nothing.  Counts are whole numbers of 1/unit with unit =
 * lcm(1 .. window), so no order of adding changes them.
 */
#ifndef COOC_H
#define COOC_H

#include "math/machine.h"
#include "text/vocab.h"

enum {
	COOC_BLOCKS = 16,	/* word i is in block i mod 16 */
	COOC_MAX_WINDOW = 22,	/* lcm is 2.3e8: 7.9e10 neighbours fit */
};

struct cooc_entry {
	uint64_t key;
	uint64_t units;		/* 0 only in an empty slot */
};

/* Keys order entries by block of b, then a, then b. */
static inline uint64_t cooc_key(uint32_t a, uint32_t b)
{
	return (uint64_t)(b % COOC_BLOCKS) << 60 | (uint64_t)a << 32 | b;
}
static inline uint32_t cooc_a(uint64_t key)
{
	return (uint32_t)(key >> 32) & 0x0FFFFFFF;
}
static inline uint32_t cooc_b(uint64_t key)
{
	return (uint32_t)key;
}

/* The pairs whose a is in one block. */
struct cooc_part {
	struct cooc_entry *entries;	/* [count], sorted by key */
	size_t count;
	size_t ends[COOC_BLOCKS];	/* where each block of b ends */
};

struct cooc {
	struct cooc_part part[COOC_BLOCKS];	/* by block of a */
	size_t count;			/* pairs in all */
	uint64_t unit;
};

/* Uses at most memory_bytes, or fails and says what would help. */
int cooc_count(struct cooc *c, const struct vocab *v, int window,
	       uint64_t memory_bytes, const struct machine *machine,
	       struct error *e);
void cooc_free(struct cooc *c);

#endif
