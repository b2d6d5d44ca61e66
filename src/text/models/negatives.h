/*
 * negatives.h - draws words with probability count^0.75 / sum, in one look-up
 * (Mikolov et al. 2013; the alias method of Walker 1977, built as Vose 1991).
 */
#ifndef NEGATIVES_H
#define NEGATIVES_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct negatives_entry {
	uint32_t keep;			/* of 2^32: the column's own word */
	uint32_t other;			/* else this one */
};

struct negatives {
	size_t count;
	struct negatives_entry *entry;	/* [count] */
};

/* count^0.75, by two square roots. */
double negatives_weight(uint64_t count);
/* Counts are above 0.  Each probability is right within 2^-32. */
int negatives_open(struct negatives *n, const uint64_t *counts, size_t count,
		   struct error *e);
void negatives_close(struct negatives *n);

/* The word for 64 random bits: the upper half picks a column, the lower half
 * its own word or the other. */
static inline uint32_t negatives_draw(const struct negatives *n, uint64_t bits)
{
	uint32_t column = (uint32_t)((bits >> 32) * n->count >> 32);
	const struct negatives_entry *entry = &n->entry[column];

	return (uint32_t)bits < entry->keep ? column : entry->other;
}

#endif
