/*
 * pairs.h - the co-occurrences of a corpus, packed and cut into buckets.
 *
 * Word w is number w / blocks of block w % blocks.  Bucket (p, q), p <= q,
 * holds each unordered pair of words with one in block p and one in block q
 * once.  Order: first the pairs whose larger word is in block p, then those
 * whose larger word is in block q; by larger word, then by smaller word.  So
 * neither memory nor threads decide the order of training.
 */
#ifndef PAIRS_H
#define PAIRS_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum {
	PAIRS_BLOCK_WORDS = 1 << 16,	/* most words of a block */
	PAIRS_MAX_BLOCKS = 256,		/* an index of blocks^2 for each run */
};

/* Words p * blocks + P and q * blocks + Q of bucket (P, Q).  In a bucket of
 * one block p is the smaller word. */
struct pair {
	uint16_t p, q;
	float x;		/* X: the sum of 1 / distance */
};

struct pairs;			/* in memory, or in a temporary file */

size_t pairs_blocks(const struct pairs *p);
uint64_t pairs_count(const struct pairs *p);		/* in all */
size_t pairs_bucket(const struct pairs *p, size_t block_p, size_t block_q);
uint64_t pairs_in(const struct pairs *p, size_t bucket);
/* Copies a bucket to out [pairs_in]; may be called by several threads. */
int pairs_read(const struct pairs *p, size_t bucket, struct pair *out,
	       struct error *e);
void pairs_free(struct pairs *p);	/* NULL is fine */

/* ---- for who counts them ------------------------------------------------- */

/* A run is the pairs of a range of larger words.  At most keep_bytes of pairs
 * and their index stay in memory, the others go to a temporary file (see
 * tmpfile_open). */
struct pairs *pairs_new(size_t blocks, uint64_t keep_bytes, const char *folder,
			const char *beside, struct error *e);
/* Fails with figures if there is no room for `count` pairs in all. */
int pairs_check(struct pairs *p, uint64_t count, struct error *e);
/* Puts the run whose words begin with `first`; several threads may.  Entry
 * (P * blocks + Q) of `ends` is where the pairs end whose larger word is in
 * block P and the smaller one in block Q; they follow each other in `list`. */
int pairs_put(struct pairs *p, size_t first, const struct pair *list,
	      const uint32_t *ends, struct error *e);
/* After all runs. */
void pairs_finish(struct pairs *p);

#endif
