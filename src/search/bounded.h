/*
 * bounded.h - exact search that reads codes first.
 *
 * Every vector gets an upper and a lower bound of its score from its codes.
 * Those whose upper bound reaches the k-th best lower bound are candidates;
 * they are scored from the floats, highest upper bound first, until no bound
 * left reaches the k-th best score.  The answer is that of the plain scan, to
 * the bit; docs/search.md has the proof.
 */
#ifndef BOUNDED_H
#define BOUNDED_H

#include "search/index.h"

/* Whether a search for the k best goes by codes. */
int bounded_serves(const struct index *x, size_t k);

size_t bounded_workspace_bytes(const struct index *x, const struct machine *m,
			       size_t q, size_t k);
/* Queries that are scanned together: at most 128. */
size_t bounded_block(const struct index *x, const struct machine *m, size_t q,
		     size_t k);
/* One block: hits of query i go to hits + i * stride.  done[i] is 0 where the
 * codes cannot answer query i: it is out of their range, or fewer than k
 * pictures are of the split.  Adds to *cost. */
void bounded_search(const struct index *x, const struct machine *m,
		    const float *queries, size_t q, size_t k, int split,
		    struct hit *hits, size_t stride, unsigned char *done,
		    struct index_cost *cost, void *workspace);

#endif
