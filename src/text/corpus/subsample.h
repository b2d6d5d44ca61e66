/*
 * subsample.h - the probability that a token is kept when frequent words
 * are subsampled (Mikolov et al. 2013, as word2vec.c and gensim compute it).
 */
#ifndef SUBSAMPLE_H
#define SUBSAMPLE_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define SUBSAMPLE_ALWAYS UINT32_MAX

/* [count] of 2^32: min(1, sqrt(t / f) + t / f), f the word's share of all
 * tokens, t the threshold; 1 is SUBSAMPLE_ALWAYS, and t = 0 makes all 1.
 * Counts are above 0.  NULL on failure. */
uint32_t *subsample_keep(const uint64_t *counts, size_t count, float threshold,
			 struct error *e);

#endif
