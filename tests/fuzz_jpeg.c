/*
 * fuzz_jpeg.c - libFuzzer target: the JPEG decoder, at every size.
 *
 * What the header promised is what comes.  All sizes are decoded, or all are
 * refused with the same reason: each reads every code.
 */
#include "fuzz_image.h"
#include "image/jpeg.h"

enum { MOST_PIXELS = 1 << 14 };

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t bytes);

static uint64_t rows_sum(struct jpeg *j, struct error *e)
{
	struct jpeg_rows *rows = jpeg_rows_open(j, e);
	unsigned char *rgb = arena_new(3 * (j->out_width + PIXELS_SPARE));
	uint64_t sum = 0;

	fuzz_require(rows && rgb, "rows have room");
	for (size_t y = 0; y < j->out_height; y++) {
		jpeg_rows_take(rows, y, rgb);
		for (size_t x = 0; x < 3 * j->out_width; x++)
			sum += rgb[x];
	}
	return sum;
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t bytes)
{
	static struct jpeg head, j;
	struct error e = {0}, first = {0};

	if (bytes < 3 || data[0] != 0xFF || data[1] != 0xD8 ||
	    jpeg_header(&head, data, bytes, &e) < 0 ||
	    head.width * head.height > MOST_PIXELS)
		return 0;
	fuzz_memory();
	for (int size = 8; size; size /= 2) {
		error_clear(&e);
		jpeg_plan(&head, size);
		arena_reset(jpeg_memory(&head) + (1 << 20));
		int code = jpeg_decode(&j, data, bytes, size, &e);
		if (size == 8)
			first = e;
		fuzz_require(code == first.code &&
			     strcmp(e.text, first.text) == 0,
			     "all sizes are decoded, or none");
		if (code < 0)
			continue;
		fuzz_require(j.out_width == head.out_width &&
			     j.out_height == head.out_height,
			     "the size is that of the header");
		fuzz_require(rows_sum(&j, &e) <= 765 * j.out_width *
			     j.out_height, "rows are whole");
	}
	return 0;
}
