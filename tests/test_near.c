/*
 * test_near.c - near repeats: the set against all pairs, the hash of a picture
 * that was saved smaller, brighter or noisier, and of a flat one.
 */
#include <stdlib.h>

#include "base/rng.h"
#include "image/near.h"
#include "test.h"

enum { HASHES = 6000 };

static int distance(uint64_t a, uint64_t b)
{
	int bits = 0;

	for (uint64_t x = a ^ b; x; x >>= 1)
		bits += (int)(x & 1);
	return bits;
}

/* New ones, and earlier ones with 0 to 6 bits changed, in any parts. */
static uint64_t hash_make(const uint64_t *known, size_t count, uint64_t stream)
{
	uint64_t hash = rng_bits(1, stream, count);
	size_t bits = (size_t)rng_below(2, stream, count, 7);

	if (!count || rng_below(3, stream, count, 2))
		return hash;
	hash = known[rng_below(4, stream, count, count)];
	for (size_t i = 0; i < bits; i++)
		hash ^= (uint64_t)1 << rng_below(5 + i, stream, count, 64);
	return hash;
}

static int is_coloured(const struct near_look *a, const struct near_look *b)
{
	for (size_t i = 0; i < NEAR_COLOURS; i++)
		if (abs(a->colour[i] - b->colour[i]) > NEAR_LEVELS)
			return 0;
	return 1;
}

static void set_of_all(void)
{
	static struct near_look look[HASHES];
	static uint64_t hash[HASHES];
	struct error e = { 0 };
	struct near_set *s = near_set_new(&e);
	uint64_t stream = rng_stream(RNG_TEST, 17, 0);
	size_t wrong = 0, found = 0;

	for (size_t i = 0; i < HASHES; i++) {
		uint32_t first = NEAR_NONE;

		hash[i] = look[i].hash = hash_make(hash, i, stream);
		look[i].colour[i % NEAR_COLOURS] = (unsigned char)
			(i % 8 ? NEAR_LEVELS : NEAR_LEVELS + 1);
		for (size_t j = i; j-- > 0;)
			if (distance(hash[i], hash[j]) <= NEAR_DISTANCE &&
			    is_coloured(&look[i], &look[j]))
				first = (uint32_t)j;
		wrong += near_set_find(s, &look[i]) != first;
		found += first != NEAR_NONE;
		CHECK(near_set_add(s, &look[i], &e) == 0);
	}
	CHECK(!wrong);
	CHECK(found > HASHES / 10 && found < HASHES / 2);
	near_set_free(s);
}

/* Some waves of each colour; lines of other waves for another seed. */
static void picture_fill(struct image *p, size_t width, size_t height,
			 uint64_t seed, int noise)
{
	struct error e = { 0 };
	uint64_t stream = rng_stream(RNG_TEST, 17, 1);

	p->width = width;
	p->height = height;
	p->rgb = mem_new(width * height, 3, &e);
	for (size_t i = 0; i < width * height * 3; i++) {
		size_t x = i / 3 % width * 8 / width;
		size_t y = i / 3 / width * 8 / height;
		uint64_t level = rng_below(seed, stream, 8 * y + x, 200);
		uint64_t more = noise ? rng_below(9, stream, i,
						  (uint64_t)noise) : 0;

		p->rgb[i] = (unsigned char)(level + more);
	}
}

static uint64_t hash_of(size_t width, size_t height, uint64_t seed, int noise)
{
	struct error e = { 0 };
	struct image p = { 0 };
	struct near_look look;

	picture_fill(&p, width, height, seed, noise);
	CHECK(near_look(&look, &p, kernels_find(NULL), &e) == 1);
	image_free(&p);
	return look.hash;
}

static void pictures(void)
{
	uint64_t one = hash_of(320, 240, 1, 0);

	CHECK(distance(one, hash_of(160, 120, 1, 0)) <= NEAR_DISTANCE);
	CHECK(distance(one, hash_of(240, 240, 1, 0)) <= NEAR_DISTANCE);
	CHECK(distance(one, hash_of(320, 240, 1, 20)) <= NEAR_DISTANCE);
	for (uint64_t seed = 2; seed < 40; seed++)
		CHECK(distance(one, hash_of(64, 64, seed, 0)) >
		      3 * NEAR_DISTANCE);
}

static void flat(void)
{
	unsigned char rgb[16 * 16 * 3];
	struct image p = { rgb, 16, 16 };
	struct error e = { 0 };
	struct near_look look;

	memset(rgb, 90, sizeof(rgb));
	rgb[100] = 97;
	CHECK(near_look(&look, &p, kernels_find(NULL), &e) == 0);
	memset(rgb, 130, sizeof(rgb) / 2);
	CHECK(near_look(&look, &p, kernels_find(NULL), &e) == 1);
}

int main(void)
{
	set_of_all();
	pictures();
	flat();
	return test_end("near");
}
