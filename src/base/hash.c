/*
 * hash.c - XXH64, after xxHash's specification (doc/xxhash_spec.md, XXH64).
 *
 * Four lanes each take 8 bytes of every 32; the lanes are joined, the length
 * and the rest are mixed in, and a last mix spreads the bits.
 */
#include "base/hash.h"

#include "base/le.h"

#define PRIME1 UINT64_C(0x9E3779B185EBCA87)
#define PRIME2 UINT64_C(0xC2B2AE3D27D4EB4F)
#define PRIME3 UINT64_C(0x165667B19E3779F9)
#define PRIME4 UINT64_C(0x85EBCA77C2B2AE63)
#define PRIME5 UINT64_C(0x27D4EB2F165667C5)

enum { STRIPE = 32 };	/* bytes that the four lanes take together */

static uint64_t rotate(uint64_t x, int by)
{
	return x << by | x >> (64 - by);
}

static uint64_t round_of(uint64_t lane, uint64_t input)
{
	return rotate(lane + input * PRIME2, 31) * PRIME1;
}

static uint64_t join(uint64_t h, uint64_t lane)
{
	return (h ^ round_of(0, lane)) * PRIME1 + PRIME4;
}

void hash64_start(struct hash64 *s, uint64_t seed)
{
	*s = (struct hash64){ .seed = seed };
	s->lane[0] = seed + PRIME1 + PRIME2;
	s->lane[1] = seed + PRIME2;
	s->lane[2] = seed;
	s->lane[3] = seed - PRIME1;
}

static void stripes_add(struct hash64 *s, const unsigned char *p, size_t count)
{
	uint64_t a = s->lane[0], b = s->lane[1], c = s->lane[2], d = s->lane[3];

	for (size_t i = 0; i < count; i++, p += STRIPE) {
		a = round_of(a, le64_get(p));
		b = round_of(b, le64_get(p + 8));
		c = round_of(c, le64_get(p + 16));
		d = round_of(d, le64_get(p + 24));
	}
	s->lane[0] = a;
	s->lane[1] = b;
	s->lane[2] = c;
	s->lane[3] = d;
}

void hash64_add(struct hash64 *s, const void *data, size_t bytes)
{
	const unsigned char *p = data;
	size_t take;

	if (!bytes)
		return;
	s->total += bytes;
	if (s->rest_bytes) {
		take = STRIPE - s->rest_bytes;
		take = take < bytes ? take : bytes;
		memcpy(s->rest + s->rest_bytes, p, take);
		s->rest_bytes += take;
		p += take;
		bytes -= take;
		if (s->rest_bytes < STRIPE)
			return;
		stripes_add(s, s->rest, 1);
	}
	stripes_add(s, p, bytes / STRIPE);
	s->rest_bytes = bytes % STRIPE;
	memcpy(s->rest, p + bytes - s->rest_bytes, s->rest_bytes);
}

/* The 0..31 bytes that filled no stripe. */
static uint64_t rest_add(uint64_t h, const unsigned char *p, size_t bytes)
{
	for (; bytes >= 8; p += 8, bytes -= 8)
		h = rotate(h ^ round_of(0, le64_get(p)), 27) * PRIME1 + PRIME4;
	if (bytes >= 4) {
		h = rotate(h ^ le32_get(p) * PRIME1, 23) * PRIME2 + PRIME3;
		p += 4;
		bytes -= 4;
	}
	for (; bytes; p++, bytes--)
		h = rotate(h ^ *p * PRIME5, 11) * PRIME1;
	return h;
}

uint64_t hash64_end(const struct hash64 *s)
{
	const uint64_t *lane = s->lane;
	uint64_t h = s->seed + PRIME5;

	if (s->total >= STRIPE) {
		h = rotate(lane[0], 1) + rotate(lane[1], 7) +
		    rotate(lane[2], 12) + rotate(lane[3], 18);
		for (int i = 0; i < 4; i++)
			h = join(h, lane[i]);
	}
	h = rest_add(h + s->total, s->rest, s->rest_bytes);
	h = (h ^ h >> 33) * PRIME2;
	h = (h ^ h >> 29) * PRIME3;
	return h ^ h >> 32;
}

uint64_t hash64(const void *data, size_t bytes, uint64_t seed)
{
	struct hash64 s;

	hash64_start(&s, seed);
	hash64_add(&s, data, bytes);
	return hash64_end(&s);
}
