/*
 * fuzz_caffemodel.c - any bytes as weights of Caffe, and as a mean picture.
 */
#include "fuzz_weights.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	struct error e = {0};
	struct buf mean = {0};

	if (bytes < 2)
		return 0;
	try_weights(data, bytes);
	if (import_mean(&mean, fuzz_file(1, data, bytes), &e) < 0 &&
	    (e.code != ERROR_DATA || !*e.text))
		bug("not refused as data");
	buf_free(&mean);
	return 0;
}
