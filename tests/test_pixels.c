/*
 * test_pixels.c - the kernels of pictures: every table against the definitions
 * of pixels.h, and these against the formulas that they approximate.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "pixels.h"
#include "test.h"

enum { ROW = 67, ROOM = ROW + PIXELS_SPARE + 2 };

static int random_below(uint64_t index, int n)
{
	return (int)(rng_bits(7, rng_stream(RNG_TEST, 3, 0), index) %
		     (uint64_t)n);
}

static int clamp(long v, long low, long high)
{
	return (int)(v < low ? low : v > high ? high : v);
}

/* The matrices: output r of 8, 4 or 2 from coefficient k. */
static const int eight[8][4] = {
	{ 8192, 8192, 8192, 8192 }, { 11363, 9633, 6437, 2260 },
	{ 10703, 4433, -4433, -10703 }, { 9633, -2259, -11362, -6436 },
	{ 8192, -8192, -8192, 8192 }, { 6437, -11362, 2261, 9633 },
	{ 4433, -10704, 10704, -4433 }, { 2260, -6436, 9633, -11363 },
};
static const int four[8][2] = {
	{ 16384, 16384 }, { 20995, 8697 }, { 15137, -15137 },
	{ 7373, -17799 }, { 0, 0 }, { -4926, 11893 }, { -6270, 6270 },
	{ -4176, -1730 },
};
static const int two[8] = { 32768, 29692, 0, -10426, 0, 6967, 0, -5906 };

static int matrix(int size, int k, int r)
{
	int mirrored = r >= size / 2, at = mirrored ? size - 1 - r : r;
	int v = size == 8 ? eight[k][at] : size == 4 ? four[k][at] : two[k];

	return mirrored && k % 2 ? -v : v;
}

/* The definition, in 64 bits. */
static void idct_defined(unsigned char *to, int size, const int16_t *x)
{
	int first = size == 8 ? 11 : size == 4 ? 12 : 13, second = first + 7;
	int most = size == 8 ? 32767 : PIXELS_MOST;
	long w[8][8];

	for (int r = 0; r < size; r++)
		for (int c = 0; c < 8; c++) {
			long sum = 1L << (first - 1);
			for (int k = 0; k < 8; k++)
				sum += (long)matrix(size, k, r) * x[8 * k + c];
			w[r][c] = clamp(sum >> first, size == 8 ? -32768 : -most,
					most);
		}
	for (int r = 0; r < size; r++)
		for (int c = 0; c < size; c++) {
			long sum = 1L << (second - 1);
			for (int k = 0; k < 8; k++)
				sum += matrix(size, k, c) * w[r][k];
			to[size * r + c] = (unsigned char)
				clamp(128 + (sum >> second), 0, 255);
		}
}

static void idct_of(const struct pixels *p, unsigned char *to, size_t stride,
		    int size, const int16_t *x)
{
	(size == 8 ? p->idct8 : size == 4 ? p->idct4 : p->idct2)(to, stride, x);
}

/* Wild blocks, extreme ones, sparse ones. */
static void block_make(int16_t *x, int number)
{
	int most = number % 3 == 0 ? PIXELS_MOST : number % 3 == 1 ? 300 : 40;

	for (int k = 0; k < 64; k++) {
		uint64_t at = (uint64_t)number * 64 + (uint64_t)k;
		int v = random_below(at, 2 * most + 1) - most;
		if (number % 6 == 0)
			v = v < 0 ? -PIXELS_MOST : PIXELS_MOST;
		if (number % 5 == 0 && random_below(at + (1 << 30), 4))
			v = 0;
		x[k] = (int16_t)v;
	}
}

static void test_idct(const struct pixels *p)
{
	unsigned char want[64], got[8 * 24];
	int16_t x[64];
	int wrong = 0, outside = 0;

	for (int n = 0; n < 3000; n++) {
		block_make(x, n);
		for (int size = 2; size <= 8; size *= 2) {
			idct_defined(want, size, x);
			memset(got, 77, sizeof(got));
			idct_of(p, got + 8, 24, size, x);
			for (int r = 0; r < 8; r++)
				for (int c = -8; c < 16; c++) {
					int v = got[24 * r + c + 8];
					if (r >= size || c < 0 || c >= size)
						outside += v != 77;
					else
						wrong += v != want[size * r + c];
				}
		}
	}
	CHECK(wrong == 0);
	CHECK(outside == 0);
}

/* T.81 A.3.3 in double precision, not rounded. */
static void idct_exact(double y[8][8], const int16_t *x)
{
	for (int r = 0; r < 8; r++)
		for (int c = 0; c < 8; c++) {
			double sum = 0;
			for (int v = 0; v < 8; v++)
				for (int u = 0; u < 8; u++)
					sum += x[8 * v + u] *
					       (u ? 1 : sqrt(0.5)) *
					       (v ? 1 : sqrt(0.5)) *
					       cos((2 * c + 1) * u * acos(-1) /
						   16) *
					       cos((2 * r + 1) * v * acos(-1) /
						   16);
			y[r][c] = 128 + sum / 4;
		}
}

/* How far whole and small blocks are from the exact transform's means. */
static void test_accuracy(const struct pixels *p)
{
	double exact[8][8], worst[9] = {0};
	unsigned char got[64];
	int16_t x[64];

	for (int n = 0; n < 600; n++) {
		block_make(x, 3 * n + 2);
		idct_exact(exact, x);
		for (int size = 2; size <= 8; size *= 2) {
			int each = 8 / size;
			idct_of(p, got, (size_t)size, size, x);
			for (int i = 0; i < size * size; i++) {
				int r = i / size, c = i % size;
				double mean = 0;
				for (int k = 0; k < each * each; k++)
					mean += exact[r * each + k / each]
						     [c * each + k % each];
				mean /= each * each;
				if (mean > 0 && mean < 255)
					worst[size] = fmax(worst[size],
						fabs(mean - got[i]));
			}
		}
	}
	printf("%s: at most %.3f, %.3f, %.3f levels from the exact transform "
	       "of 8 x 8 and its means of 2 x 2, 4 x 4\n", p->name, worst[8],
	       worst[4], worst[2]);
	CHECK(worst[8] < 0.6 && worst[4] < 0.6 && worst[2] < 0.6);
	CHECK(worst[8] > 0.45);		/* it is rounded, after all */
}

static void rows_make(unsigned char rows[3][ROOM])
{
	for (int i = 0; i < 3 * ROOM; i++)
		rows[i / ROOM][i % ROOM] = (unsigned char)(i % 11 ?
			random_below((uint64_t)i, 256) : i % 2 * 255);
}

static void test_rows(const struct pixels *p)
{
	unsigned char rows[3][ROOM], wide[2 * ROOM];
	uint16_t t[ROOM];
	int wrong = 0;

	rows_make(rows);
	p->blend(t + 1, rows[0], rows[1], ROW);
	for (int i = 0; i < ROW; i++)
		wrong += t[i + 1] != 3 * rows[0][i] + rows[1][i];
	t[0] = t[1];
	t[ROW + 1] = t[ROW];
	p->widen(wide, t + 1, ROW, 8, 7);
	for (int i = 0; i < ROW; i++) {
		wrong += wide[2 * i] != (3 * t[i + 1] + t[i] + 8) >> 4;
		wrong += wide[2 * i + 1] != (3 * t[i + 1] + t[i + 2] + 7) >> 4;
	}
	CHECK(wrong == 0);
}

static void test_colour(const struct pixels *p)
{
	unsigned char rows[3][ROOM], rgb[3 * ROOM];
	int wrong = 0;
	double worst = 0;

	rows_make(rows);
	p->join(rgb, rows[0], rows[1], rows[2], ROW);
	for (int i = 0; i < 3 * ROW; i++)
		wrong += rgb[i] != rows[i % 3][i / 3];
	/* every pair of colours, with some brightness */
	for (int cb = 0; cb < 256; cb++) {
		for (int cr = 0; cr < 256; cr += 64) {
			for (int i = 0; i < 64; i++) {
				rows[0][i] = (unsigned char)(97 * i + cb + cr);
				rows[1][i] = (unsigned char)cb;
				rows[2][i] = (unsigned char)(cr + i);
			}
			p->ycc(rgb, rows[0], rows[1], rows[2], 64);
			for (int i = 0; i < 64; i++) {
				int y = rows[0][i], b = cb - 128;
				int r = rows[2][i] - 128;
				int want[3] = {
					y + ((91881 * r + 32768) >> 16),
					y + ((32768 - 22554 * b - 46802 * r) >>
					     16),
					y + ((116130 * b + 32768) >> 16),
				};
				double exact[3] = {
					y + 1.402 * r,
					y - 0.344136 * b - 0.714136 * r,
					y + 1.772 * b,
				};
				for (int c = 0; c < 3; c++) {
					int v = clamp(want[c], 0, 255);
					wrong += rgb[3 * i + c] != v;
					worst = fmax(worst, fabs(fmin(fmax(
						exact[c], 0), 255) - v));
				}
			}
		}
	}
	CHECK(wrong == 0);
	CHECK(worst < 0.51);
}

int main(void)
{
	const struct pixels *const *p = pixels_list();

	for (; *p; p++) {
		test_idct(*p);
		test_accuracy(*p);
		test_rows(*p);
		test_colour(*p);
	}
	CHECK(pixels_find() == p[-1]);
	return test_end("pixels");
}
