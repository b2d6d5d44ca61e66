/*
 * fuzz_onnx.c - any bytes as a model of ONNX.
 */
#include "fuzz_weights.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	try_weights(data, bytes);
	return 0;
}
