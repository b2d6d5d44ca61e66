/*
 * fuzz_png.c - libFuzzer target: the PNG filter, then stb, in one process.
 *
 * The checksums of the input are set right first; otherwise hardly any
 * mutation would get past them.
 */
#include "fuzz_image.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t bytes);

static uint32_t crc_of(const unsigned char *b, size_t bytes)
{
	uint32_t c = 0xFFFFFFFFu;

	for (size_t i = 0; i < bytes; i++) {
		c ^= b[i];
		for (int k = 0; k < 8; k++)
			c = c & 1 ? 0xEDB88320u ^ c >> 1 : c >> 1;
	}
	return ~c;
}

static void checksums_repair(unsigned char *b, size_t bytes)
{
	size_t at = 8;

	while (bytes > at && bytes - at >= 12) {
		size_t length = be32_get(b + at);
		if (length > bytes - at - 12)
			return;
		uint32_t crc = crc_of(b + at + 4, length + 4);
		for (int i = 0; i < 4; i++)
			b[at + 8 + length + (size_t)i] =
				(unsigned char)(crc >> (24 - 8 * i));
		at += length + 12;
	}
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t bytes)
{
	static unsigned char copy[1 << 16];

	if (bytes < 8 || bytes > sizeof(copy) || data[0] != 0x89)
		return 0;
	memcpy(copy, data, bytes);
	checksums_repair(copy, bytes);
	return fuzz_run(copy, bytes, 0);
}
