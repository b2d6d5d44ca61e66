/*
 * hash.h - XXH64, the 64-bit checksum of every tensor and of every input.
 * Specification: xxHash's published description, variant XXH64.
 */
#ifndef SUM_H
#define SUM_H

#include <stddef.h>
#include <stdint.h>

uint64_t hash64(const void *data, size_t bytes, uint64_t seed);

/* The same in pieces; {0} is not ready, call hash64_start first. */
struct hash64 {
	uint64_t lane[4];
	uint64_t total;
	uint64_t seed;
	unsigned char rest[32];
	size_t rest_bytes;
};
void hash64_start(struct hash64 *s, uint64_t seed);
void hash64_add(struct hash64 *s, const void *data, size_t bytes);
uint64_t hash64_end(const struct hash64 *s);

#endif
