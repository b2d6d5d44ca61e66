/*
 * fuzz_jpeg.c - libFuzzer target: the JPEG filter, then stb, in one process.
 *
 * The filter walks the data to the last block, so stb must decode whatever
 * passes.
 */
#include "fuzz_image.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t bytes);

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t bytes)
{
	if (bytes < 3 || data[0] != 0xFF)
		return 0;
	return fuzz_run(data, bytes, 1);
}
