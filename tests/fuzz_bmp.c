/*
 * fuzz_bmp.c - libFuzzer target: the decoder of BMP.
 */
#include "fuzz_image.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t bytes);

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t bytes)
{
	if (bytes < 2 || data[0] != 'B' || data[1] != 'M')
		return 0;
	return fuzz_plain(data, bytes, bmp_header, bmp_pixels);
}
