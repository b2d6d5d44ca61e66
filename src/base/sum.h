/*
 * sum.h - XXH64, the 64-bit checksum of every tensor and of every input.
 * Specification: xxHash's published description, variant XXH64.
 */
#ifndef SUM_H
#define SUM_H

#include <stddef.h>
#include <stdint.h>

uint64_t sum64(const void *data, size_t bytes, uint64_t seed);

/* The same in pieces; {0} is not ready, call sum64_start first. */
struct sum64 {
	uint64_t lane[4];
	uint64_t total;
	uint64_t seed;
	unsigned char rest[32];
	size_t rest_bytes;
};
void sum64_start(struct sum64 *s, uint64_t seed);
void sum64_add(struct sum64 *s, const void *data, size_t bytes);
uint64_t sum64_end(const struct sum64 *s);

#endif
