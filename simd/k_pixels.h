/*
 * k_pixels.h - the kernels of pixels.h, written once in plain C.
 *
 * Loops run over groups whose length the compiler knows, so it makes vectors
 * of them for the machine of the including file, which defines ISA, ISA_NAME
 * and PIXELS_JOIN(to, r, g, b): 16 of each to 48 bytes.  A file may bring its
 * own IDCT8, IDCT4 and YCC.
 */
#include <string.h>

#include "pixels.h"

#define JOIN2(a, b) a##_##b
#define JOIN(a, b) JOIN2(a, b)
#define FN(name) JOIN(name, ISA)
#define EACH(i, n) for (int i = 0; i < (n); i++)

static inline unsigned char p_clamp8(int32_t v)
{
	v = v > 0 ? v : 0;
	return (unsigned char)(v < 255 ? v : 255);
}

static inline int32_t p_clamp16(int32_t v)
{
	v = v > -32768 ? v : -32768;
	return v < 32767 ? v : 32767;
}

static inline int32_t p_clamp14(int32_t v)
{
	v = v > -PIXELS_MOST ? v : -PIXELS_MOST;
	return v < PIXELS_MOST ? v : PIXELS_MOST;
}

/* Sums a column or row of the matrix's even and odd inputs: K[k][r] for the
 * first half of the outputs; the other half mirrors it. */
static const int16_t p_even8[4][4] = {		/* k = 0, 2, 4, 6 */
	{ 8192, 8192, 8192, 8192 },
	{ 10703, 4433, -4433, -10703 },
	{ 8192, -8192, -8192, 8192 },
	{ 4433, -10704, 10704, -4433 },
};
static const int16_t p_odd8[4][4] = {		/* k = 1, 3, 5, 7 */
	{ 11363, 9633, 6437, 2260 },
	{ 9633, -2259, -11362, -6436 },
	{ 6437, -11362, 2261, 9633 },
	{ 2260, -6436, 9633, -11363 },
};

#ifndef IDCT8
static void p_columns8(int16_t w[8][8], const int16_t *x)
{
	EACH(r, 4) {
		int32_t even[8] = {0}, odd[8] = {0};
		EACH(k, 4) {
			const int16_t *xe = x + 16 * k, *xo = xe + 8;
			int32_t e = p_even8[k][r], o = p_odd8[k][r];
			EACH(c, 8)
				even[c] += e * xe[c];
			EACH(c, 8)
				odd[c] += o * xo[c];
		}
		EACH(c, 8) {
			int32_t a = (even[c] + odd[c] + 1024) >> 11;
			int32_t b = (even[c] - odd[c] + 1024) >> 11;
			w[r][c] = (int16_t)p_clamp16(a);
			w[7 - r][c] = (int16_t)p_clamp16(b);
		}
	}
}

static void FN(idct8)(unsigned char *to, size_t stride, const int16_t *x)
{
	int16_t w[8][8];
	int32_t even[4], odd[4];

	p_columns8(w, x);
	EACH(r, 8) {
		EACH(c, 4)
			even[c] = odd[c] = 0;
		EACH(k, 4) {
			int32_t e = w[r][2 * k], o = w[r][2 * k + 1];
			EACH(c, 4)
				even[c] += e * p_even8[k][c];
			EACH(c, 4)
				odd[c] += o * p_odd8[k][c];
		}
		EACH(c, 4) {
			int32_t a = even[c] + odd[c], b = even[c] - odd[c];
			to[c] = p_clamp8(128 + ((a + (1 << 17)) >> 18));
			to[7 - c] = p_clamp8(128 + ((b + (1 << 17)) >> 18));
		}
		to += stride;
	}
}
#define IDCT8 FN(idct8)
#endif

#ifndef IDCT4
/* To four: even part of k = 0, 2, 6 for output 0 (1 has the opposite of all
 * but k = 0), odd part of k = 1, 3, 5, 7 for outputs 0 and 1. */
static void FN(idct4)(unsigned char *to, size_t stride, const int16_t *x)
{
	int32_t w[4][8];

	EACH(c, 8) {
		int32_t x0 = x[c] * 16384;
		int32_t e = 15137 * x[16 + c] - 6270 * x[48 + c];
		int32_t a = 20995 * x[8 + c] + 7373 * x[24 + c] -
			    4926 * x[40 + c] - 4176 * x[56 + c];
		int32_t b = 8697 * x[8 + c] - 17799 * x[24 + c] +
			    11893 * x[40 + c] - 1730 * x[56 + c];
		w[0][c] = p_clamp14((x0 + e + a + 2048) >> 12);
		w[1][c] = p_clamp14((x0 - e + b + 2048) >> 12);
		w[2][c] = p_clamp14((x0 - e - b + 2048) >> 12);
		w[3][c] = p_clamp14((x0 + e - a + 2048) >> 12);
	}
	EACH(r, 4) {
		const int32_t *v = w[r];
		int32_t x0 = v[0] * 16384 + (1 << 18);
		int32_t e = 15137 * v[2] - 6270 * v[6];
		int32_t a = 20995 * v[1] + 7373 * v[3] - 4926 * v[5] -
			    4176 * v[7];
		int32_t b = 8697 * v[1] - 17799 * v[3] + 11893 * v[5] -
			    1730 * v[7];
		to[0] = p_clamp8(128 + ((x0 + e + a) >> 19));
		to[1] = p_clamp8(128 + ((x0 - e + b) >> 19));
		to[2] = p_clamp8(128 + ((x0 - e - b) >> 19));
		to[3] = p_clamp8(128 + ((x0 + e - a) >> 19));
		to += stride;
	}
}
#define IDCT4 FN(idct4)
#endif

static void FN(idct2)(unsigned char *to, size_t stride, const int16_t *x)
{
	int32_t w[2][8];

	EACH(c, 8) {
		int32_t x0 = x[c] * 32768 + 4096;
		int32_t a = 29692 * x[8 + c] - 10426 * x[24 + c] +
			    6967 * x[40 + c] - 5906 * x[56 + c];
		w[0][c] = p_clamp14((x0 + a) >> 13);
		w[1][c] = p_clamp14((x0 - a) >> 13);
	}
	EACH(r, 2) {
		const int32_t *v = w[r];
		int32_t x0 = v[0] * 32768 + (1 << 19);
		int32_t a = 29692 * v[1] - 10426 * v[3] + 6967 * v[5] -
			    5906 * v[7];
		to[0] = p_clamp8(128 + ((x0 + a) >> 20));
		to[1] = p_clamp8(128 + ((x0 - a) >> 20));
		to += stride;
	}
}

static void FN(blend)(uint16_t *restrict t, const unsigned char *restrict near,
		      const unsigned char *restrict far, size_t n)
{
	for (size_t i = 0; i < n; i += PIXELS_GROUP)
		EACH(k, PIXELS_GROUP)
			t[i + (size_t)k] = (uint16_t)(3 * near[i + (size_t)k] +
						      far[i + (size_t)k]);
}

static void FN(widen)(unsigned char *restrict to, const uint16_t *restrict t,
		      size_t n, unsigned even, unsigned odd)
{
	uint16_t e = (uint16_t)even, o = (uint16_t)odd;

	for (size_t i = 0; i < n; i += PIXELS_GROUP, to += 2 * PIXELS_GROUP) {
		const uint16_t *s = t + i;
		uint16_t a[PIXELS_GROUP], b[PIXELS_GROUP];
		EACH(k, PIXELS_GROUP) {
			uint16_t m = (uint16_t)(3 * s[k]);
			a[k] = (uint16_t)((uint16_t)(m + s[k - 1] + e) >> 4);
			b[k] = (uint16_t)((uint16_t)(m + s[k + 1] + o) >> 4);
		}
		EACH(k, PIXELS_GROUP) {
			to[2 * k] = (unsigned char)a[k];
			to[2 * k + 1] = (unsigned char)b[k];
		}
	}
}

#ifndef YCC
static void FN(ycc)(unsigned char *restrict rgb,
		    const unsigned char *restrict y,
		    const unsigned char *restrict cb,
		    const unsigned char *restrict cr, size_t n)
{
	for (size_t i = 0; i < n; i += PIXELS_GROUP) {
		unsigned char r[PIXELS_GROUP], g[PIXELS_GROUP], b[PIXELS_GROUP];
		EACH(k, PIXELS_GROUP) {
			int32_t u = cb[i + (size_t)k] - 128;
			int32_t v = cr[i + (size_t)k] - 128;
			int32_t l = y[i + (size_t)k];
			r[k] = p_clamp8(l + ((91881 * v + 32768) >> 16));
			g[k] = p_clamp8(l + ((32768 - 22554 * u - 46802 * v) >>
					     16));
			b[k] = p_clamp8(l + ((116130 * u + 32768) >> 16));
		}
		PIXELS_JOIN(rgb + 3 * i, r, g, b);
	}
}
#define YCC FN(ycc)
#endif

static void FN(join)(unsigned char *rgb, const unsigned char *r,
		     const unsigned char *g, const unsigned char *b, size_t n)
{
	for (size_t i = 0; i < n; i += PIXELS_GROUP)
		PIXELS_JOIN(rgb + 3 * i, r + i, g + i, b + i);
}

const struct pixels FN(pixels) = {
	.name = ISA_NAME,
	.idct8 = IDCT8,
	.idct4 = IDCT4,
	.idct2 = FN(idct2),
	.blend = FN(blend),
	.widen = FN(widen),
	.ycc = YCC,
	.join = FN(join),
};
