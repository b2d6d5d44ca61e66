/* crc.c - see crc.h; four bits at a time. */
#include "format/crc.h"

uint32_t crc_add(uint32_t crc, const void *data, size_t bytes)
{
	static const uint32_t step[16] = {
		0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac,
		0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
		0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
		0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c
	};
	const unsigned char *p = data;

	for (size_t i = 0; i < bytes; i++) {
		crc ^= p[i];
		crc = crc >> 4 ^ step[crc & 15];
		crc = crc >> 4 ^ step[crc & 15];
	}
	return crc;
}

uint32_t crc_of(const void *data, size_t bytes)
{
	return ~crc_add(0xffffffffu, data, bytes);
}
