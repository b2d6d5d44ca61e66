/*
 * cooc.h - how often two words stand near each other, row by row.
 *
 * A pair of words counts 1/distance for each time they are at most `window`
 * tokens apart in one caption, whichever comes first.  Counts are whole
 * numbers of 1/unit, so no order of adding changes them: unit is
 * lcm(1 .. window) up to window 22, and 2^32 beyond, where 1/distance is
 * rounded to a relative 2^-27, less than a float can tell.
 */
#ifndef COOC_H
#define COOC_H

#include "math/machine.h"
#include "text/corpus/pairs.h"
#include "text/corpus/vocab.h"

enum { COOC_MAX_WINDOW = 63 };

struct cooc_options {
	int window;
	size_t blocks;		/* a power of two, >= cooc_blocks() */
	/* A word with itself counts too, each time twice: the diagonal of the
	 * symmetric matrix, as Stanford's cooccur has it. */
	int with_same;
	uint64_t memory_bytes;	/* for counting, and pairs, beside the words */
	uint64_t keep_bytes;	/* of it for pairs, once they are counted */
	const char *folder, *beside;	/* see tmpfile.h */
};

/* The least number of blocks for a vocabulary: a power of two from 16. */
size_t cooc_blocks(size_t words);

/* The same pairs to the bit for any memory and threads; NULL on failure. */
struct pairs *cooc_pairs(const struct vocab *v, const struct cooc_options *o,
			 const struct machine *machine, struct error *e);

#endif
