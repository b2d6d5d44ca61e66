/*
 * test_resize.c - resizing against its definition in double, the same bits from
 * every kernel table, and crops.
 */
#include "base/rng.h"
#include "base/hash.h"
#include "golden.h"
#include "image/augment.h"
#include "image/image.h"
#include "test.h"

static uint64_t hash_of(const struct image *i)
{
	return hash64(i->rgb, i->width * i->height * 3, i->width);
}

static double keys(double x)
{
	x = x < 0 ? -x : x;
	if (x < 1)
		return 1.5 * x * x * x - 2.5 * x * x + 1;
	return x < 2 ? -0.5 * x * x * x + 2.5 * x * x - 4 * x + 2 : 0;
}

/* One output value, straight from the definition. */
static double resized_value(const struct image *in, double cx, double cy,
			    double sx, double sy, size_t c)
{
	double sum = 0, weights = 0;

	for (size_t y = 0; y < in->height; y++) {
		double wy = keys(((double)y + 0.5 - cy) / sy);
		if (wy == 0.0)
			continue;
		for (size_t x = 0; x < in->width; x++) {
			double w = wy * keys(((double)x + 0.5 - cx) / sx);
			sum += w * in->rgb[(y * in->width + x) * 3 + c];
			weights += w;
		}
	}
	return sum / weights;
}

static void noise_make(struct image *i, size_t width, size_t height)
{
	struct error e = {0};

	i->rgb = mem_new(width * height, 3, &e);
	i->width = width;
	i->height = height;
	for (size_t k = 0; k < width * height * 3; k++)
		i->rgb[k] = (unsigned char)rng_bits(1, 2, k);
}

static size_t resized_wrong(const struct image *in, const struct image *out)
{
	double rx = (double)in->width / (double)out->width;
	double ry = (double)in->height / (double)out->height;
	size_t wrong = 0;

	for (size_t y = 0; y < out->height; y++)
		for (size_t x = 0; x < out->width; x++)
			for (size_t c = 0; c < 3; c++) {
				double v = resized_value(in,
					((double)x + 0.5) * rx,
					((double)y + 0.5) * ry,
					rx > 1 ? rx : 1, ry > 1 ? ry : 1, c);
				v = v < 0 ? 0 : v > 255 ? 255 : v;
				double got = out->rgb[(y * out->width + x) * 3 +
						      c];
				wrong += got - v > 0.51 || v - got > 0.51;
			}
	return wrong;
}

static void test_resize(void)
{
	static const size_t sizes[][4] = {
		{ 50, 40, 50, 40 }, { 50, 40, 13, 9 }, { 13, 9, 50, 70 },
		{ 61, 3, 8, 8 }, { 1, 1, 5, 4 }, { 2, 90, 40, 33 },
		{ 40, 40, 1, 1 }, { 33, 65, 64, 31 },
		{ 700, 9, 20, 70 },	/* several strips and bands */
	};
	for (size_t k = 0; k < ARRAY_LEN(sizes); k++) {
		const struct kernels *const *table = kernels_list();
		struct image in, out = {0}, other = {0};
		struct error e = {0};
		noise_make(&in, sizes[k][0], sizes[k][1]);
		CHECK(image_resize(&out, &in, sizes[k][2], sizes[k][3], *table,
				   &e) == 0);
		CHECK(resized_wrong(&in, &out) == 0);
		if (k == 0)
			CHECK(memcmp(in.rgb, out.rgb, 50 * 40 * 3) == 0);
		for (; *table; table++) {
			CHECK(image_resize(&other, &in, sizes[k][2],
					   sizes[k][3], *table, &e) == 0);
			CHECK(hash_of(&other) == hash_of(&out));
			image_free(&other);
		}
		image_free(&in);
		image_free(&out);
	}
}

/* The bits that the definition gives: no schedule and no machine changes them.
 * Line "resize" of tests/signature.txt. */
static void test_resize_bits(const char *program)
{
	static const struct { size_t in[2], out[2]; } all[] = {
		{ { 500, 375 }, { 72, 72 } },
		{ { 500, 375 }, { 299, 224 } },
		{ { 64, 48 }, { 300, 200 } },
		{ { 1000, 7 }, { 3, 9 } },
	};
	uint64_t sum = 0;

	for (size_t k = 0; k < ARRAY_LEN(all); k++) {
		struct image in, out;
		struct error e = {0};
		noise_make(&in, all[k].in[0], all[k].in[1]);
		CHECK(image_resize(&out, &in, all[k].out[0], all[k].out[1],
				   kernels_find(NULL), &e) == 0);
		sum = hash64(out.rgb, out.width * out.height * 3, sum);
		image_free(&in);
		image_free(&out);
	}
	check_golden(program, "resize", sum);
}

/* The eight orientations: line "upright". */
static void test_upright_bits(const char *program)
{
	uint64_t sum = 0;

	for (int orientation = 1; orientation <= 8; orientation++) {
		struct image i;
		struct error e = {0};
		noise_make(&i, 37, 29);
		CHECK(image_turn(&i, orientation, &e) == 0);
		CHECK(i.width == (orientation > 4 ? 29 : 37));
		sum = hash64(i.rgb, i.width * i.height * 3, sum + i.width);
		image_free(&i);
	}
	check_golden(program, "upright", sum);
}

/* White stays white: the weights of every output sum to one. */
static void test_resize_flat(void)
{
	struct image in, out;
	struct error e = {0};
	size_t wrong = 0;

	noise_make(&in, 37, 29);
	memset(in.rgb, 255, 37 * 29 * 3);
	image_resize(&out, &in, 16, 51, kernels_find(NULL), &e);
	for (size_t i = 0; i < 16 * 51 * 3; i++)
		wrong += out.rgb[i] != 255;
	CHECK(wrong == 0);
	image_free(&out);
	CHECK(image_resize(&out, &in, 0, 5, kernels_find(NULL), &e) ==
	      ERROR_USAGE);
	image_free(&in);
}

static void test_augment(void)
{
	struct image in;
	float out[4 * 4 * 3];
	size_t wrong = 0, seen = 0, mirrors = 0;

	noise_make(&in, 9, 9);
	for (int mirror = 0; mirror < 2; mirror++) {
		augment_crop(out, in.rgb, 9, 4, 3, 5, mirror);
		for (size_t y = 0; y < 4; y++)
			for (size_t x = 0; x < 4; x++)
				for (size_t c = 0; c < 3; c++) {
					size_t from = mirror ? 3 - x : x;
					wrong += out[(y * 4 + x) * 3 + c] !=
						(float)in.rgb[((y + 5) * 9 +
							3 + from) * 3 + c];
				}
	}
	CHECK(wrong == 0);
	for (uint64_t i = 0; i < 400; i++) {
		struct augment a = augment_draw(1, 2, i, 9, 4);
		struct augment b = augment_draw(1, 2, i, 9, 4);
		wrong += a.x > 5 || a.y > 5 || a.x != b.x || a.y != b.y ||
			 a.mirror != b.mirror || a.mirror < 0 || a.mirror > 1;
		seen |= (size_t)1 << a.x | (size_t)256 << a.y;
		mirrors += (size_t)a.mirror;
	}
	CHECK(wrong == 0);
	CHECK(seen == (63 | 63 << 8));
	CHECK(mirrors > 150 && mirrors < 250);
	CHECK(augment_middle(9, 4).x == 2);
	image_free(&in);
}

int main(int argc, char **argv)
{
	test_resize();
	(void)argc;
	test_resize_bits(argv[0]);
	test_upright_bits(argv[0]);
	test_resize_flat();
	test_augment();
	return test_end("resize");
}
