/*
 * test_jpeg_write.c - JPEG files decode to nearly the pixels that went in.
 *
 * The reader is the program's own decoder, which validates every marker.
 */
#include <math.h>

#include "base/buf.h"
#include "base/rng.h"
#include "format/jpeg_write.h"
#include "image/image.h"
#include "test.h"

enum { MOST = 100 };

static struct error err;

/* Slopes and an edge, with noise of +-`noise`. */
static void fill(unsigned char *rgb, size_t w, size_t h, int noise)
{
	for (size_t y = 0; y < h; y++)
		for (size_t x = 0; x < w; x++)
			for (size_t c = 0; c < 3; c++) {
				size_t at = (y * w + x) * 3 + c;
				int v = (int)(40 + x * (c + 1) + y) +
					(x > w / 2 ? 60 : 0);

				v += (int)rng_below(7, c, at, (uint64_t)(2 *
					noise + 1)) - noise;
				rgb[at] = (unsigned char)(v < 0 ? 0 :
							  v > 255 ? 255 : v);
			}
}

/* The root of the mean squared difference, or 1000 if it does not decode. */
static double difference(struct decoder *d, const struct buf *jpeg,
			 const unsigned char *rgb, size_t w, size_t h)
{
	struct image got = { 0 };
	double sum = 0;

	if (!CHECK(decoder_decode(d, 0, &got, jpeg->data, jpeg->bytes,
				  &err) == 0) ||
	    !CHECK(got.width == w && got.height == h)) {
		fprintf(stderr, "%s\n", err.text);
		error_clear(&err);
		image_free(&got);
		return 1000;
	}
	for (size_t i = 0; i < w * h * 3; i++) {
		double x = (double)got.rgb[i] - (double)rgb[i];

		sum += x * x;
	}
	image_free(&got);
	return sqrt(sum / (double)(w * h * 3));
}

static void check_sizes(struct decoder *d)
{
	static const size_t sides[][2] = { { 1, 1 }, { 8, 8 }, { 7, 13 },
		{ 17, 8 }, { 72, 72 }, { MOST, 3 } };
	unsigned char rgb[MOST * MOST * 3];

	for (size_t i = 0; i < ARRAY_LEN(sides); i++) {
		size_t w = sides[i][0], h = sides[i][1];
		struct buf fine = { 0 }, coarse = { 0 };

		fill(rgb, w, h, 10);
		CHECK(jpeg_write(&fine, rgb, w, h, 100, &err) == 0);
		CHECK(jpeg_write(&coarse, rgb, w, h, 60, &err) == 0);
		/* at 100 every coefficient is kept to a half */
		CHECK(difference(d, &fine, rgb, w, h) < 1.2);
		CHECK(difference(d, &coarse, rgb, w, h) < 12);
		CHECK(coarse.bytes <= fine.bytes);
		buf_free(&fine);
		buf_free(&coarse);
	}
}

/* Extremes: saturated colours and noise give the largest coefficients, long
 * codes and bytes of 0xff, which are followed by a 0. */
static void check_extremes(struct decoder *d)
{
	unsigned char rgb[32 * 32 * 3];

	for (int kind = 0; kind < 4; kind++) {
		struct buf jpeg = { 0 };

		for (size_t i = 0; i < sizeof(rgb); i++)
			rgb[i] = (unsigned char)(kind == 0 ? 255 : kind == 1 ?
				(i / 3 % 2 ^ i / 96 % 2) * 255 : kind == 2 ?
				i % 3 * 127 : rng_below(3, 1, i, 256));
		CHECK(jpeg_write(&jpeg, rgb, 32, 32, 100, &err) == 0);
		CHECK(difference(d, &jpeg, rgb, 32, 32) < 1.5);
		buf_free(&jpeg);
	}
}

static void check_head(void)
{
	unsigned char rgb[16 * 16 * 3];
	struct buf a = { 0 }, b = { 0 }, again = { 0 };

	fill(rgb, 16, 16, 3);
	CHECK(jpeg_write(&a, rgb, 16, 16, 80, &err) == 0);
	CHECK(jpeg_write(&again, rgb, 16, 16, 80, &err) == 0);
	fill(rgb, 16, 16, 30);
	CHECK(jpeg_write(&b, rgb, 16, 16, 80, &err) == 0);
	CHECK(!memcmp(a.data, b.data, JPEG_HEAD_BYTES));
	CHECK(a.bytes != b.bytes && a.bytes == again.bytes);
	CHECK(!memcmp(a.data, again.data, a.bytes));
	buf_free(&a), buf_free(&b), buf_free(&again);
}

static void check_refused(void)
{
	struct buf b = { 0 };

	CHECK(jpeg_write(&b, NULL, 0, 1, 80, &err) == ERROR_USAGE);
	error_clear(&err);
	CHECK(jpeg_write(&b, NULL, 1, 65536, 80, &err) == ERROR_USAGE);
	error_clear(&err);
	CHECK(b.bytes == 0);
}

int main(void)
{
	struct decoder *d = decoder_open(1, &err);

	if (CHECK(d != NULL)) {
		check_sizes(d);
		check_extremes(d);
	}
	check_head();
	check_refused();
	decoder_close(d);
	return test_end("jpeg_write");
}
