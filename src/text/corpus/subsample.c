/*
 * subsample.c - thinning out frequent words; see subsample.h.
 */
#include "text/corpus/subsample.h"

#include <math.h>

#include "base/mem.h"

uint32_t *subsample_keep(const uint64_t *counts, size_t count, float threshold,
			 struct error *e)
{
	uint32_t *keep = mem_new(count, sizeof(*keep), e);
	double limit, all = 0;

	for (size_t i = 0; keep && i < count; i++)
		all += (double)counts[i];
	limit = (double)threshold * all;
	for (size_t i = 0; keep && i < count; i++) {
		double f = (double)counts[i] / limit;
		double p = (sqrt(f) + 1) / f;

		keep[i] = limit > 0 && p < 1 ? (uint32_t)(p * 0x1p32) :
			  SUBSAMPLE_ALWAYS;
	}
	return keep;
}
