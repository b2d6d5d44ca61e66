/*
 * le.h - little-endian integers and floats at any address, on any machine.
 */
#ifndef LE_H
#define LE_H

#include <stdint.h>
#include <string.h>

static inline uint16_t le16_get(const void *p)
{
	const unsigned char *b = p;
	return (uint16_t)(b[0] | b[1] << 8);
}

static inline uint32_t le32_get(const void *p)
{
	const unsigned char *b = p;
	return (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 |
	       (uint32_t)b[3] << 24;
}

static inline uint64_t le64_get(const void *p)
{
	const unsigned char *b = p;
	return (uint64_t)le32_get(b) | (uint64_t)le32_get(b + 4) << 32;
}

static inline void le32_put(void *p, uint32_t v)
{
	unsigned char *b = p;
	for (int i = 0; i < 4; i++)
		b[i] = (unsigned char)(v >> 8 * i);
}

static inline void le64_put(void *p, uint64_t v)
{
	unsigned char *b = p;
	for (int i = 0; i < 8; i++)
		b[i] = (unsigned char)(v >> 8 * i);
}

static inline int le_is_native(void)
{
	const uint16_t one = 1;
	unsigned char first;
	memcpy(&first, &one, 1);
	return first;
}

/* Reverses the bytes of `count` items of `size` (1, 2, 4 or 8) bytes. */
void le_swap(void *items, size_t count, size_t size);

#endif
