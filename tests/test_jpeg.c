/*
 * test_jpeg.c - the JPEG decoder in one process: at every size, beside
 * stb_image's and beside means of its own whole pictures; kinds of files; and
 * the lines "jpeg" of tests/signature.txt.
 */
#include <stdlib.h>

#define STBI_ONLY_JPEG
#define STBI_NO_STDIO
#define STBI_NO_LINEAR
#define STBI_NO_SIMD
#define STB_IMAGE_STATIC
#define STB_IMAGE_IMPLEMENTATION
#include "stb_image.h"

#include "base/hash.h"
#include "format/jpeg_write.h"
#include "golden.h"
#include "image/arena.h"
#include "image/image.h"
#include "image/jpeg.h"
#include "pictures.h"

enum { REGION = 64 << 20 };

/* Decodes to `size` samples per block; the reason is left in *e. */
static int decoded(struct image *out, const struct buf *b, int size,
		   struct error *e)
{
	static struct jpeg j;
	struct jpeg_rows *rows = NULL;

	*out = (struct image){0};
	error_clear(e);
	arena_reset(REGION);
	if (jpeg_decode(&j, (const unsigned char *)b->data, b->bytes, size,
			e) == 0)
		rows = jpeg_rows_open(&j, e);
	if (!rows)
		return e->code;
	*out = (struct image){ NULL, j.out_width, j.out_height };
	out->rgb = mem_new(out->width * out->height + PIXELS_SPARE, 3, e);
	for (size_t y = 0; y < out->height; y++)
		jpeg_rows_take(rows, y, out->rgb + 3 * out->width * y);
	return 0;
}

static uint64_t decoded_sum(const struct buf *b, int size)
{
	struct error e = {0};
	struct image i;
	uint64_t sum = 0;

	if (CHECK(decoded(&i, b, size, &e) == 0))
		sum = hash64(i.rgb, i.width * i.height * 3, i.width);
	else
		fprintf(stderr, "%s\n", e.text);
	image_free(&i);
	return sum;
}

static int refused(const struct buf *b, const char *reason)
{
	struct error e = {0};
	struct image i;
	int code = decoded(&i, b, 8, &e);

	image_free(&i);
	if (code == ERROR_DATA && strstr(e.text, reason))
		return 1;
	fprintf(stderr, "\"%s\" is not \"%s\"\n", e.text, reason);
	return 0;
}

static const struct { int components, h, v; } ways[] = {
	{ 1, 1, 1 }, { 3, 1, 1 }, { 3, 2, 1 }, { 3, 1, 2 }, { 3, 2, 2 },
	{ 3, 4, 1 }, { 3, 4, 2 }, { 3, 3, 1 }, { 4, 1, 1 }, { 4, 2, 2 },
};

/* One picture, written in four ways, is one picture at every size. */
static void test_sizes(const char *program)
{
	struct buf b = {0};

	for (int size = 8; size; size /= 2) {
		uint64_t sum = 0;
		char line[32];
		for (size_t k = 0; k < ARRAY_LEN(ways); k++) {
			struct jpeg_spec s = {
				.width = 61, .height = 45, .seed = 5,
				.components = ways[k].components,
				.h = ways[k].h, .v = ways[k].v
			};
			jpeg_make(&b, &s);
			uint64_t want = decoded_sum(&b, size);
			for (int way = 1; way < 4; way++) {
				s.interval = way & 1 ? 3 : 0;
				s.progressive = way >> 1;
				jpeg_make(&b, &s);
				CHECK(decoded_sum(&b, size) == want);
			}
			unsigned char bytes[8];
			for (int i = 0; i < 8; i++)	/* on any machine */
				bytes[i] = (unsigned char)(want >> 8 * i);
			sum = hash64(bytes, sizeof(bytes), sum);
		}
		snprintf(line, sizeof(line), "jpeg_%d_8", size);
		check_golden(program, line, sum);
	}
	buf_free(&b);
}

/* Many blocks, some of them full to the last coefficient, at 1/8: codes are
 * leapt over in the one way, and read one by one in the other. */
static void test_leaps(void)
{
	struct jpeg_spec s = {
		.width = 300, .height = 200, .components = 1, .h = 1, .v = 1,
		.seed = 9
	};
	struct buf b = {0};

	jpeg_make(&b, &s);
	uint64_t want = decoded_sum(&b, 1);
	s.progressive = 1;
	jpeg_make(&b, &s);
	CHECK(decoded_sum(&b, 1) == want);
	buf_free(&b);
}

/* A smooth picture with edges; nothing comes near 0 or 255. */
static void picture_paint(struct image *i, size_t width, size_t height)
{
	struct error e = {0};

	*i = (struct image){ mem_new(width * height, 3, &e), width, height };
	for (size_t y = 0; y < height; y++)
		for (size_t x = 0; x < width; x++)
			for (size_t c = 0; c < 3; c++) {
				size_t v = 60 + (x * (c + 2) + y * 3) % 97;
				v += (x / 24 + y / 40) % 2 ? 40 : 0;
				i->rgb[(y * width + x) * 3 + c] =
					(unsigned char)v;
			}
}

/* Small pictures beside the means of the whole one: how far at most, and on
 * average, with the last row and column, where blocks hang over, left out. */
static void means_compare(const struct buf *b, int size, double *worst,
			  double *mean)
{
	struct error e = {0};
	struct image whole, small;
	size_t each = (size_t)(8 / size), n = 0;

	decoded(&whole, b, 8, &e);
	decoded(&small, b, size, &e);
	*worst = *mean = 0;
	for (size_t y = 0; y < whole.height / each; y++)
		for (size_t x = 0; x < whole.width / each; x++)
			for (size_t c = 0; c < 3; c++, n++) {
				double sum = 0;
				for (size_t k = 0; k < each * each; k++)
					sum += whole.rgb[((y * each + k / each)
						* whole.width + x * each +
						k % each) * 3 + c];
				sum /= (double)(each * each);
				sum -= small.rgb[(y * small.width + x) * 3 + c];
				sum = sum < 0 ? -sum : sum;
				*mean += sum;
				*worst = MAX(*worst, sum);
			}
	*mean /= (double)n;
	image_free(&whole);
	image_free(&small);
}

/* Without subsampling only rounding is between them. */
static void test_means(void)
{
	struct error e = {0};
	struct image i;
	struct buf b = {0};
	double worst, mean;

	picture_paint(&i, 403, 355);	/* so many that codes are leapt over */
	jpeg_write(&b, i.rgb, i.width, i.height, 90, &e);
	for (int size = 4; size; size /= 2) {
		means_compare(&b, size, &worst, &mean);
		printf("%d/8 beside means of 8/8: %.2f levels at most, %.2f "
		       "on average\n", size, worst, mean);
		CHECK(worst < 3.0 && mean < 0.5);
	}
	image_free(&i);
	buf_free(&b);
}

/* stb's transform and ours round differently, the rest is the same. */
static void test_beside_stb(void)
{
	struct buf b = {0};

	for (size_t k = 0; k < 7; k++) {
		struct jpeg_spec s = {
			.width = 61, .height = 45, .seed = 5,
			.components = ways[k].components,
			.h = ways[k].h, .v = ways[k].v
		};
		struct error e = {0};
		struct image i;
		int width, height, stored, far = 0;
		double sum = 0;

		jpeg_make(&b, &s);
		unsigned char *stb = stbi_load_from_memory(
			(const unsigned char *)b.data, (int)b.bytes, &width,
			&height, &stored, 3);
		if (!CHECK(stb && decoded(&i, &b, 8, &e) == 0))
			continue;
		for (size_t n = 0; n < i.width * i.height * 3; n++) {
			int d = abs(i.rgb[n] - stb[n]);
			sum += d;
			far = MAX(far, d);
		}
		sum /= (double)(i.width * i.height * 3);
		printf("beside stb, %d components of %d x %d: %.2f levels "
		       "apart, %d at most\n", s.components, s.h, s.v, sum, far);
		CHECK(sum < 0.5);
		image_free(&i);
		stbi_image_free(stb);
	}
	buf_free(&b);
}

/* Removes all segments with this marker. */
static void segments_cut(struct buf *b, unsigned marker)
{
	unsigned char *d = (unsigned char *)b->data;
	size_t at = 2;

	while (at + 4 < b->bytes && d[at + 1] != 0xDA) {
		size_t n = 2 + be16_get(d + at + 2);
		if (d[at + 1] == marker) {
			memmove(d + at, d + at + n, b->bytes - at - n);
			b->bytes -= n;
		} else {
			at += n;
		}
	}
}

/* The usual Huffman codes need not be sent. */
static void test_video_frame(void)
{
	struct error e = {0};
	struct image i;
	struct buf b = {0};

	picture_paint(&i, 50, 40);
	jpeg_write(&b, i.rgb, i.width, i.height, 80, &e);
	uint64_t want = decoded_sum(&b, 8);
	size_t bytes = b.bytes;
	segments_cut(&b, 0xC4);
	CHECK(b.bytes + 200 < bytes);
	CHECK(decoded_sum(&b, 8) == want);
	image_free(&i);
	buf_free(&b);
}

/* The colour of a picture that has but one. */
static int flat_is(const struct jpeg_spec *s, int r, int g, int b)
{
	struct error e = {0};
	struct image i;
	struct buf file = {0};
	int right = 0;

	jpeg_make(&file, s);
	if (decoded(&i, &file, 8, &e) == 0)
		right = i.rgb[0] == r && i.rgb[1] == g && i.rgb[2] == b;
	if (!right && i.rgb)
		fprintf(stderr, "%d %d %d\n", i.rgb[0], i.rgb[1], i.rgb[2]);
	image_free(&i);
	buf_free(&file);
	return right;
}

/* Samples 130, 132, 134, 136 as inks, as Adobe stores them. */
static void test_inks(void)
{
	struct jpeg_spec s = {
		.width = 9, .height = 7, .components = 4, .h = 1, .v = 1
	};

	/* 130 * 136 / 255 and so on: without Adobe's mark, too */
	CHECK(flat_is(&s, 69, 70, 71));
	s.adobe = 1;
	CHECK(flat_is(&s, 69, 70, 71));
	/* YCCK: RGB of (130, 132, 134) is (138, 124, 137), inverted */
	s.adobe = 3;
	CHECK(flat_is(&s, (117 * 136 + 127) / 255, (131 * 136 + 127) / 255,
		      (118 * 136 + 127) / 255));
}

/* Bytes of the first segment with this marker. */
static unsigned char *segment_of(struct buf *b, unsigned marker)
{
	unsigned char *d = (unsigned char *)b->data;
	size_t at = 2;

	while (d[at + 1] != marker)
		at += 2 + be16_get(d + at + 2);
	return d + at + 4;
}

/* A scan may name its components in any order, but each once. */
static void test_scan_order(void)
{
	struct jpeg_spec s = {
		.width = 20, .height = 20, .components = 3, .h = 1, .v = 1,
		.seed = 3
	};
	struct error e = {0};
	struct image i[2];
	struct buf b = {0};
	size_t wrong = 0;

	s.adobe = 1;		/* RGB */
	jpeg_make(&b, &s);
	decoded(&i[0], &b, 8, &e);
	unsigned char *scan = segment_of(&b, 0xDA);
	scan[1] = 3;
	scan[5] = 1;
	CHECK(decoded(&i[1], &b, 8, &e) == 0);
	for (size_t k = 0; k < 20 * 20; k++)
		wrong += i[0].rgb[3 * k] != i[1].rgb[3 * k + 2] ||
			 i[0].rgb[3 * k + 2] != i[1].rgb[3 * k];
	CHECK(wrong == 0);
	scan[5] = 3;
	CHECK(refused(&b, "a component twice"));
	image_free(&i[0]);
	image_free(&i[1]);
	buf_free(&b);
}

/* A large header: what it is decoded to, and with how much memory. */
static void size_check(unsigned width, unsigned height, int progressive,
		       size_t side, int want)
{
	struct jpeg_spec s = {
		.width = 16, .height = 16, .components = 3, .h = 2, .v = 2,
		.progressive = progressive
	};
	struct error e = {0};
	struct buf b = {0};
	struct jpeg j;

	jpeg_make(&b, &s);
	unsigned char *frame = segment_of(&b, progressive ? 0xC2 : 0xC0);
	frame[1] = (unsigned char)(height >> 8);
	frame[2] = (unsigned char)height;
	frame[3] = (unsigned char)(width >> 8);
	frame[4] = (unsigned char)width;
	for (size_t i = 0; i < 3 << 20; i++)	/* as if it had its data */
		put_byte(&b, 0);
	CHECK(jpeg_header(&j, (const unsigned char *)b.data, b.bytes, &e) == 0);
	int size = jpeg_size_for(&j, side);
	if (!CHECK(size == want))
		fprintf(stderr, "%u x %u for %zu: %d/8\n", width, height, side,
			size);
	CHECK(jpeg_memory(&j) < PICTURE_MAX_MEMORY);
	CHECK(side == 0 || MIN(j.out_width, j.out_height) >= side);
	buf_free(&b);
}

static void test_size_for(void)
{
	size_check(500, 375, 0, 0, 8);
	size_check(500, 375, 0, 375, 8);
	size_check(500, 375, 0, 188, 4);	/* rounded up */
	size_check(500, 375, 0, 189, 8);
	size_check(500, 375, 0, 72, 2);
	size_check(500, 375, 0, 1, 1);
	size_check(4000, 3000, 0, 224, 1);
	size_check(4000, 3000, 1, 376, 2);
	/* 108 million pixels, whole or small; a panorama */
	size_check(12000, 9000, 0, 0, 4);
	size_check(12000, 9000, 1, 0, 4);
	size_check(12000, 9000, 1, 224, 1);
	size_check(50000, 4000, 0, 0, 4);
	size_check(50000, 4000, 0, 500, 1);
}

int main(int argc, char **argv)
{
	void *region = calloc(1, REGION);

	(void)argc;
	if (!CHECK(region != NULL))
		return test_end("jpeg");
	arena_use(region, REGION);
	test_sizes(argv[0]);
	test_leaps();
	test_means();
	test_beside_stb();
	test_video_frame();
	test_inks();
	test_scan_order();
	test_size_for();
	return test_end("jpeg");
}
