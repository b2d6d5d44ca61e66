/*
 * fuzz_pnm.c - libFuzzer target: the decoder of PNM.
 */
#include "fuzz_image.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t bytes);

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t bytes)
{
	if (bytes < 3 || data[0] != 'P' || data[1] < '1' || data[1] > '6')
		return 0;
	return fuzz_plain(data, bytes, pnm_header, pnm_pixels);
}
