/*
 * bench_near.c - near repeats among many pictures: each hash is looked for
 * among those before it, then added; one thread.
 *
 *	cc -O2 -std=c11 -D_POSIX_C_SOURCE=200809L -Isrc -Isimd -o bench_near \
 *		tools/bench/bench_near.c build/libseesay.a -lm -lpthread
 *	./bench_near [HASHES]
 *
 * Two sets: random bits; and skewed ones, each bit set in 1 of 4 hashes, so
 * that parts of a hash are equal far more often.  One hash in 20 repeats an
 * earlier one with up to 3 bits changed.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/rng.h"
#include "image/near.h"

static uint64_t hash_make(const uint64_t *known, size_t i, int skewed)
{
	uint64_t stream = rng_stream(RNG_TEST, 18, (uint64_t)skewed);
	uint64_t hash = rng_bits(1, stream, i);

	if (i && !rng_below(2, stream, i, 20)) {
		hash = known[rng_below(3, stream, i, i)];
		for (uint64_t k = 0; k < 3; k++)
			hash ^= (uint64_t)1 << rng_below(4 + k, stream, i, 64);
	} else if (skewed) {
		hash &= rng_bits(8, stream, i);
	}
	return hash;
}

static int measure(size_t count, int skewed)
{
	struct error e = { 0 };
	uint64_t *hash = mem_new(count, sizeof(*hash), &e);
	struct near_set *s = hash ? near_set_new(&e) : NULL;
	size_t found = 0;
	double start;

	for (size_t i = 0; s && i < count; i++)
		hash[i] = hash_make(hash, i, skewed);
	start = clock_now();
	for (size_t i = 0; s && i < count && !e.code; i++) {
		struct near_look look = { .hash = hash[i] };

		found += near_set_find(s, &look) != NEAR_NONE;
		near_set_add(s, &look, &e);
	}
	if (e.code)
		fprintf(stderr, "bench_near: %s\n", e.text);
	else
		printf("%-8s %zu hashes, %zu near an earlier one: %.2f s\n",
		       skewed ? "skewed" : "random", count, found,
		       clock_now() - start);
	near_set_free(s);
	mem_free(hash);
	return e.code;
}

int main(int argc, char **argv)
{
	size_t count = argc > 1 ? strtoul(argv[1], NULL, 10) : 1000000;

	return measure(count, 0) < 0 || measure(count, 1) < 0;
}
