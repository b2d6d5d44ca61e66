/*
 * fuzz_gif.c - libFuzzer target: the decoder of GIF.
 */
#include "fuzz_image.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t bytes);

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t bytes)
{
	if (bytes < 4 || memcmp(data, "GIF8", 4) != 0)
		return 0;
	return fuzz_plain(data, bytes, gif_header, gif_pixels);
}
