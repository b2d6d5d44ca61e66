/*
 * index_codes.h - int8 codes of vectors, with what bounds a score needs.
 *
 * A vector x is about scale * c, c integers within 127.  `rest` is at least
 * the length of what is left, x - scale * c; `size` at least the length of x
 * and of scale * c.  The codes may be any integers: rest is measured, so the
 * bound holds whatever they are (docs/search.md has the proof).
 */
#ifndef INDEX_CODES_H
#define INDEX_CODES_H

#include "codes.h"
#include "math/machine.h"
#include "search/index.h"

/* Bytes of a panel's codes. */
static inline size_t index_codes_bytes(size_t dim)
{
	return CEIL_DIV(dim, CODES_GROUP) * CODES_GROUP * CODES_PANEL;
}

/* Codes of vectors [count, dim]: codes [panels, index_codes_bytes], bounds
 * [panels, CODES_BOUNDS, 16], with panels = ceil(count / 16). */
void index_codes_make(struct pool *pool, const float *vectors, size_t count,
		      size_t dim, unsigned char *codes, float *bounds);

/* A query's codes, code [index_codes_bytes / 16].  Returns 0 if no bound holds
 * for it: it is not finite, or so long that a score may overflow. */
int index_codes_query(const float *query, size_t dim, int8_t *code,
		      struct codes_query *q);

#endif
