/*
 * rng.c - random numbers as a pure function; see rng.h.
 *
 * rng_mix() is moremur (Pelle Evensen, 2019), a bijection of 64 bits in the
 * form of MurmurHash3's finaliser whose constants leave no bias that PractRand
 * finds on counters.  The key is a bijection of the stream for any seed, so two
 * streams never share one; the key enters twice, before and between two mixes,
 * so streams are not shifted copies of each other.
 */
#include "base/rng.h"

uint64_t rng_stream(enum rng_use use, uint64_t a, uint64_t b)
{
	return rng_mix(rng_mix(rng_mix((uint64_t)use * RNG_GOLDEN) + a) + b);
}

uint64_t rng_key(uint64_t seed, uint64_t stream)
{
	return rng_mix(rng_mix(seed + RNG_GOLDEN) +
		       rng_mix(stream ^ RNG_GOLDEN));
}

uint64_t rng_bits(uint64_t seed, uint64_t stream, uint64_t index)
{
	return rng_draw(rng_key(seed, stream), index);
}

float rng_uniform(uint64_t seed, uint64_t stream, uint64_t index)
{
	uint32_t top = (uint32_t)(rng_bits(seed, stream, index) >> 40);

	return (float)top * 0x1p-24f;
}

/* The upper 64 bits of a * b. */
static uint64_t multiply_high(uint64_t a, uint64_t b)
{
	uint64_t a0 = (uint32_t)a, a1 = a >> 32;
	uint64_t b0 = (uint32_t)b, b1 = b >> 32;
	uint64_t middle = a1 * b0 + (a0 * b0 >> 32);
	uint64_t other = a0 * b1 + (uint32_t)middle;

	return a1 * b1 + (middle >> 32) + (other >> 32);
}

/* floor(bits * n / 2^64): the bias is below n / 2^64. */
uint64_t rng_draw_below(uint64_t key, uint64_t index, uint64_t n)
{
	return multiply_high(rng_draw(key, index), n);
}

uint64_t rng_below(uint64_t seed, uint64_t stream, uint64_t index, uint64_t n)
{
	return rng_draw_below(rng_key(seed, stream), index, n);
}

void rng_shuffle(uint64_t seed, uint64_t stream, uint32_t *order, size_t n)
{
	for (size_t i = 0; i < n; i++)
		order[i] = (uint32_t)i;
	for (size_t i = n; i-- > 1;) {
		size_t j = (size_t)rng_below(seed, stream, i, i + 1);
		uint32_t kept = order[i];

		order[i] = order[j];
		order[j] = kept;
	}
}
