/*
 * fuzz_import.c - any bytes as weights in any format, safetensors among them.
 */
#include "fuzz_weights.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	try_weights(data, bytes);
	return 0;
}
