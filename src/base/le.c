/*
 * le.c - reversing the bytes of many items, for big-endian machines.
 */
#include "base/le.h"

void le_swap(void *items, size_t count, size_t size)
{
	unsigned char *item = items;

	for (size_t i = 0; i < count; i++, item += size) {
		for (size_t a = 0, b = size - 1; a < b; a++, b--) {
			unsigned char kept = item[a];

			item[a] = item[b];
			item[b] = kept;
		}
	}
}
