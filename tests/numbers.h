/*
 * numbers.h - arrays of floats for tests that compare bits.
 */
#ifndef NUMBERS_H
#define NUMBERS_H

#include "test.h"

#include "base/base.h"
#include "base/mem.h"
#include "base/rng.h"

static struct error err;

/* n floats in [-1, 1) with some zeros of both signs; room for exactly n. */
static inline float *numbers(size_t n, uint64_t stream)
{
	float *x = mem_new(MAX(n, 1), sizeof(*x), &err);

	for (size_t i = 0; i < n; i++) {
		uint64_t kind = rng_below(1, stream + 1000, i, 20);

		x[i] = rng_uniform(1, stream, i) * 2 - 1;
		if (kind < 2)
			x[i] = kind ? 0.0f : -0.0f;
	}
	return x;
}

static inline int same(const float *a, const float *b, size_t n)
{
	return !memcmp(a, b, n * sizeof(*a));
}

#endif
