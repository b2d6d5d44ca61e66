/*
 * fuzz_pth.c - any bytes as PyTorch's weights.  If the first byte is odd, the
 * rest is the pickle of a zip file whose checksums hold, so that the fuzzer
 * gets to its opcodes.
 */
#include "fuzz_weights.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	const struct made_pth o = {0};
	struct buf zip = {0}, pickle = {0};

	if (bytes < 1)
		return 0;
	if (data[0] & 1) {
		made_put(&pickle, data + 1, bytes - 1);
		made_zip(&zip, &o, &pickle);
		try_weights(zip.data, zip.bytes);
	} else {
		try_weights(data + 1, bytes - 1);
	}
	buf_free(&zip);
	buf_free(&pickle);
	return 0;
}
