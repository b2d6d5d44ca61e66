/*
 * test_augment.c - augmentations: what is drawn stays in its range, what does
 * nothing changes nothing, colours beside a plain sum, and the golden number.
 */
#include "base/base.h"
#include "base/hash.h"
#include "base/rng.h"
#include "golden.h"
#include "image/augment.h"
#include "image/augment_view.h"
#include "test.h"

#include <math.h>

enum { SIDE = 37, CROP = 24, FLOATS = CROP * CROP * 3 };

static unsigned char picture[SIDE * SIDE * 3];
static float out[FLOATS];

static struct augment_settings parsed(const char *text)
{
	struct augment_settings s;
	struct error e = {0};

	CHECK(augment_parse(&s, text, &e) == 0);
	return s;
}

static void made(const char *text, uint64_t image)
{
	struct augment_settings s = parsed(text);
	struct augment_view v = augment_view_draw(&s, 5, 3, image, SIDE, CROP);

	augment_view_make(out, picture, SIDE, CROP, &v);
}

static void test_parse(void)
{
	static const char *const bad[] = {
		"", "crop,", ",crop", "turn", "rotate", "rotate=", "rotate=x",
		"rotate=46", "rotate=-1", "rotate=nan", "crop=1", "cast=3 ",
		"rescale=0.5", "resized=0", "resized=2", "none,crop",
		"crop,resized=0.5", "resized=0.5,rescale=1.3",
	};
	struct augment_settings s = parsed("mirror,rotate=8,hsv=5");

	CHECK(!s.crop && s.mirror && s.rotate == 8 && s.hsv == 5 && !s.cast);
	s = parsed("none");
	CHECK(!s.crop && !s.mirror);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct error e = {0};

		if (!CHECK(augment_parse(&s, bad[i], &e) == ERROR_USAGE))
			fprintf(stderr, "'%s'\n", bad[i]);
	}
}

/* The map and the colours that do nothing give the pixels themselves. */
static void test_nothing(void)
{
	float want[FLOATS];

	for (uint64_t i = 0; i < 20; i++) {
		struct augment a = augment_draw(5, 3, i, SIDE, CROP);
		struct augment_settings s = parsed("crop,mirror");
		struct augment_view v = augment_view_draw(&s, 5, 3, i, SIDE,
							  CROP);

		augment_crop(want, picture, SIDE, CROP, a.x, a.y, a.mirror);
		for (int way = 0; way < 4; way++) {
			v.warped = way & 1;
			v.coloured = way >> 1;
			v.hue = 0;
			v.saturation = v.value = 1;
			augment_view_make(out, picture, SIDE, CROP, &v);
			CHECK(memcmp(out, want, sizeof(out)) == 0);
		}
	}
	made("none", 1);
	augment_crop(want, picture, SIDE, CROP, 6, 6, 0);
	CHECK(memcmp(out, want, sizeof(out)) == 0);
}

static void test_ranges(void)
{
	struct augment_settings s = parsed("crop,rotate=8,rescale=1.3,hsv=5,"
					   "cast=10");
	struct augment_settings r = parsed("resized=0.08");
	double low = 1, high = 0, sine = 0;

	for (uint64_t i = 0; i < 2000; i++) {
		struct augment_view v = augment_view_draw(&s, 1, 2, i, SIDE,
							  CROP);
		double share;

		CHECK(v.w <= CROP && v.w >= CROP / 1.3 - 1e-6 && v.x >= 0 &&
		      v.x + v.w <= SIDE && fabs(v.sine) < sin(0.13963 + 1e-5));
		CHECK(fabs(v.cosine * v.cosine + v.sine * v.sine - 1) < 1e-12);
		CHECK(fabs(v.hue) <= 0.05 && v.cast[1] >= -10 &&
		      v.cast[1] <= 10);
		sine = fmax(sine, fabs(v.sine));
		v = augment_view_draw(&r, 1, 2, i, SIDE, CROP);
		share = v.w * v.h / (SIDE * SIDE);
		CHECK(v.x + v.w <= SIDE && v.y + v.h <= SIDE);
		CHECK(v.w / v.h < 1.5 && v.h / v.w < 1.5);
		low = fmin(low, share);
		high = fmax(high, share);
	}
	CHECK(sine > 0.135);
	CHECK(low > 0.06 && low < 0.1 && high > 0.9 && high <= 1);
}

/* A ramp has its mean in the middle, however it is turned or shrunk. */
static void test_geometry(void)
{
	unsigned char ramp[SIDE * SIDE * 3];
	struct augment_view v = { .x = 2, .y = 3, .w = 30, .h = 30,
				  .cosine = 0.96, .sine = 0.28, .warped = 1,
				  .saturation = 1, .value = 1 };

	for (size_t i = 0; i < SIDE * SIDE; i++)
		for (size_t c = 0; c < 3; c++)
			ramp[i * 3 + c] = (unsigned char)
				(3 * (i % SIDE) + 2 * (i / SIDE));
	augment_view_make(out, ramp, SIDE, CROP, &v);
	for (size_t i = 6; i < 18; i++)
		for (size_t j = 6; j < 18; j++) {
			double a = ((double)j + 0.5 - CROP / 2) * 30 / CROP;
			double b = ((double)i + 0.5 - CROP / 2) * 30 / CROP;
			double x = 17 - 0.5 + 0.96 * a - 0.28 * b;
			double y = 18 - 0.5 + 0.28 * a + 0.96 * b;

			CHECK(fabs((double)out[(i * CROP + j) * 3] -
				   (3 * x + 2 * y)) < 0.6);
		}
}

/* A third of the circle turns red to green, green to blue, blue to red. */
static void test_colours(void)
{
	struct augment_view v = { .cosine = 1, .coloured = 1, .hue = 1.0 / 3,
				  .saturation = 1, .value = 1,
				  .cast = { 4, 0, -300 } };

	augment_view_make(out, picture, SIDE, CROP, &v);
	for (size_t i = 0; i < CROP; i++) {
		double red = (double)picture[i * 3 + 2] + 4;

		CHECK(fabs((double)out[i * 3] - fmin(red, 255)) <= 1);
		CHECK(fabs((double)out[i * 3 + 1] -
			   (double)picture[i * 3]) <= 1);
		CHECK(out[i * 3 + 2] == 0);
	}
}

static void test_bits(const char *program)
{
	static const char *const lists[] = {
		"crop,mirror,rotate=8", "rescale=1.3,mirror", "resized=0.08",
		"crop,hsv=5", "crop,cast=10",
		"crop,mirror,rotate=8,rescale=1.3,hsv=5,cast=10",
	};
	struct hash64 sum;

	hash64_start(&sum, 0);
	for (size_t l = 0; l < ARRAY_LEN(lists); l++)
		for (uint64_t i = 0; i < 40; i++) {
			made(lists[l], i);
			for (size_t k = 0; k < FLOATS; k++) {
				unsigned char level = (unsigned char)out[k];

				hash64_add(&sum, &level, 1);
			}
		}
	check_golden(program, "augment", hash64_end(&sum));
}

int main(int argc, char **argv)
{
	(void)argc;
	for (size_t i = 0; i < sizeof(picture); i++)
		picture[i] = (unsigned char)rng_below(1, 2, i, 256);
	test_parse();
	test_nothing();
	test_ranges();
	test_geometry();
	test_colours();
	test_bits(argv[0]);
	return test_end("augment");
}
