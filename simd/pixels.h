/*
 * pixels.h - the kernels of pictures: integers, so any machine gives the same
 * bytes.
 *
 * They decode JPEG (ITU-T T.81).  One table per instruction set, as in
 * kernels.h; a set that is not here takes the best table that its CPU runs.
 *
 * Rows: kernels work on whole groups of PIXELS_GROUP.  A row of n elements has
 * PIXELS_SPARE more behind it (three times as many in rows of RGB), which may
 * be read, and written with anything.
 */
#ifndef PIXELS_H
#define PIXELS_H

#include <stddef.h>
#include <stdint.h>

enum {
	PIXELS_GROUP = 16,
	PIXELS_SPARE = 32,
	PIXELS_MOST = 16383,	/* of a dequantised coefficient, either way */
};

struct pixels {
	const char *name;
	/*
	 * The inverse DCT: 64 dequantised coefficients within PIXELS_MOST, in
	 * rows, to 8 rows of 8 samples, `stride` apart.  The arithmetic of
	 * libjpeg's accurate transform (Loeffler, Ligtenberg, Moschytz 1989,
	 * constants of 13 bits), written as what it is, two products with a
	 * matrix of integers K:
	 *	w[r][c] = clamp16((sum over k of K[k][r] x[k][c] + 2^10) >> 11)
	 *	y[r][c] = clamp8(128 + ((sum over k of K[k][c] w[r][k] + 2^17)
	 *			  >> 18))
	 * No sum leaves 32 bits; >> rounds down.
	 */
	void (*idct8)(unsigned char *to, size_t stride, const int16_t *x);
	/* The same to 4 x 4 or 2 x 2 samples: the means of 2 x 2 or 4 x 4 of
	 * the others before they are rounded.  Other matrices; w within
	 * PIXELS_MOST; shifts by 12 and 19, or 13 and 20. */
	void (*idct4)(unsigned char *to, size_t stride, const int16_t *x);
	void (*idct2)(unsigned char *to, size_t stride, const int16_t *x);
	/* t[i] = 3 * near[i] + far[i] */
	void (*blend)(uint16_t *t, const unsigned char *near,
		      const unsigned char *far, size_t n);
	/* Twice as wide by a triangle; t[-1] and t[n] are there:
	 *	to[2i] = (3 * t[i] + t[i-1] + even) >> 4
	 *	to[2i+1] = (3 * t[i] + t[i+1] + odd) >> 4 */
	void (*widen)(unsigned char *to, const uint16_t *t, size_t n,
		      unsigned even, unsigned odd);
	/* YCbCr to RGB (JFIF 1.02), with b and r 128 less than cb and cr:
	 *	R = clamp8(y + ((91881 r + 2^15) >> 16))
	 *	G = clamp8(y + ((-22554 b - 46802 r + 2^15) >> 16))
	 *	B = clamp8(y + ((116130 b + 2^15) >> 16)) */
	void (*ycc)(unsigned char *rgb, const unsigned char *y,
		    const unsigned char *cb, const unsigned char *cr,
		    size_t n);
	/* Three rows to one of RGB. */
	void (*join)(unsigned char *rgb, const unsigned char *r,
		     const unsigned char *g, const unsigned char *b, size_t n);
};

/* The fastest table that this CPU can run. */
const struct pixels *pixels_find(void);
/* All that it can run, slowest first; NULL ends the list. */
const struct pixels *const *pixels_list(void);

#endif
