/*
 * baseline.h - what a search without any learning finds: plain text search in
 * the captions, and chance.
 */
#ifndef BASELINE_H
#define BASELINE_H

#include "base/error.h"
#include "base/str.h"

/* The k best of n captions by how often the query's words occur in them, as a
 * share of their words; ties by lower number.  best [min(k, n)]. */
int baseline_words(const struct str *caption, size_t n, struct str query,
		   size_t k, uint32_t *best, struct error *e);

#endif
