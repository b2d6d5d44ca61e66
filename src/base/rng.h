/*
 * rng.h - random numbers as a pure function of (seed, stream, index).
 *
 * Nothing has a state, so any thread may ask for any number in any order and
 * a resumed run draws what the undisturbed one would have drawn.  A stream is
 * one use of randomness ("weights of layer 3", "crop of image 17 in epoch 2");
 * rng_stream() makes its number from parts.
 */
#ifndef RNG_H
#define RNG_H

#include <stddef.h>
#include <stdint.h>

/* What a stream is for; the first part of every stream number. */
enum rng_use {
	RNG_INIT = 1,		/* initial weights */
	RNG_SHUFFLE,		/* order of pairs and of posts */
	RNG_AUGMENT,		/* crops and mirrors */
	RNG_DROPOUT,
	RNG_NEGATIVE,		/* choice of negatives, of captions */
	RNG_WORLD,		/* the small world */
	RNG_SPLIT,
	RNG_TEST,
	RNG_WINDOW,		/* subsampling and windows of words */
};

uint64_t rng_stream(enum rng_use use, uint64_t a, uint64_t b);

/* 64 well-mixed bits. */
uint64_t rng_bits(uint64_t seed, uint64_t stream, uint64_t index);
/* In [0,1), a multiple of 2^-24, so exact in a float. */
float rng_uniform(uint64_t seed, uint64_t stream, uint64_t index);
/* In [0,n), n > 0, without bias that could be measured. */
uint64_t rng_below(uint64_t seed, uint64_t stream, uint64_t index, uint64_t n);
/* The same in two halves, for many draws of one stream. */
uint64_t rng_key(uint64_t seed, uint64_t stream);
uint64_t rng_draw_below(uint64_t key, uint64_t index, uint64_t n);
/* A random order of 0..n-1 in `order` (Fisher-Yates). */
void rng_shuffle(uint64_t seed, uint64_t stream, uint32_t *order, size_t n);

/* 2^64 / golden ratio: spreads small numbers over all 64 bits. */
#define RNG_GOLDEN UINT64_C(0x9E3779B97F4A7C15)

static inline uint64_t rng_mix(uint64_t x)
{
	x = (x ^ x >> 27) * UINT64_C(0x3C79AC492BA7B653);
	x = (x ^ x >> 33) * UINT64_C(0x1C69B3F74AC4AE35);
	return x ^ x >> 27;
}

/* rng_bits of the key's stream. */
static inline uint64_t rng_draw(uint64_t key, uint64_t index)
{
	return rng_mix(rng_mix(index * RNG_GOLDEN + key) ^
		       (key << 32 | key >> 32));
}

#endif
