/*
 * pixels_avx2.c - the kernels of pictures for x86 with AVX2.
 *
 * The transform multiplies pairs of 16 bits and adds them in 32 (vpmaddwd).
 * Columns come first, a lane per column, as the sum and the difference of an
 * even and an odd part.  Rows follow without a transposition: pairs of a row
 * are spread over all lanes by loads, and a lane has its column of the matrix.
 */
#if defined(__x86_64__)
#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "pixels.h"
#include "target.h"
TARGET_BEGIN("avx2")

static inline __m256i pair(int a, int b)
{
	return _mm256_set1_epi32((int)((uint32_t)(uint16_t)a |
				       (uint32_t)(uint16_t)b << 16));
}

/* Two rows x and y of 8 as pairs (x[c], y[c]), c ascending. */
static inline __m256i rows_pair(const int16_t *x, const int16_t *y)
{
	__m128i a = _mm_loadu_si128((const __m128i *)(const void *)x);
	__m128i b = _mm_loadu_si128((const __m128i *)(const void *)y);

	return _mm256_inserti128_si256(
		_mm256_castsi128_si256(_mm_unpacklo_epi16(a, b)),
		_mm_unpackhi_epi16(a, b), 1);
}

static inline __m256i madd2(__m256i x, __m256i kx, __m256i y, __m256i ky)
{
	return _mm256_add_epi32(_mm256_madd_epi16(x, kx),
				_mm256_madd_epi16(y, ky));
}

/* Rows r and 7 - r of the columns' result, packed as w[r], w[7 - r]. */
static inline void rows_store(int16_t *w, int r, __m256i even, __m256i odd)
{
	__m256i a = _mm256_srai_epi32(_mm256_add_epi32(even, odd), 11);
	__m256i b = _mm256_srai_epi32(_mm256_sub_epi32(even, odd), 11);
	__m256i both = _mm256_permute4x64_epi64(_mm256_packs_epi32(a, b),
						0xD8);

	_mm_store_si128((__m128i *)(void *)(w + 8 * r),
			_mm256_castsi256_si128(both));
	_mm_store_si128((__m128i *)(void *)(w + 8 * (7 - r)),
			_mm256_extracti128_si256(both, 1));
}

static inline void columns8(int16_t *w, const int16_t *x)
{
	__m256i x04 = rows_pair(x, x + 32), x26 = rows_pair(x + 16, x + 48);
	__m256i x13 = rows_pair(x + 8, x + 24), x57 = rows_pair(x + 40, x + 56);
	__m256i round = _mm256_set1_epi32(1 << 10);
	__m256i sum = _mm256_add_epi32(round, _mm256_madd_epi16(x04,
						pair(8192, 8192)));
	__m256i difference = _mm256_add_epi32(round, _mm256_madd_epi16(x04,
						pair(8192, -8192)));
	__m256i wide = _mm256_madd_epi16(x26, pair(10703, 4433));
	__m256i narrow = _mm256_madd_epi16(x26, pair(4433, -10704));

	rows_store(w, 0, _mm256_add_epi32(sum, wide),
		   madd2(x13, pair(11363, 9633), x57, pair(6437, 2260)));
	rows_store(w, 1, _mm256_add_epi32(difference, narrow),
		   madd2(x13, pair(9633, -2259), x57, pair(-11362, -6436)));
	rows_store(w, 2, _mm256_sub_epi32(difference, narrow),
		   madd2(x13, pair(6437, -11362), x57, pair(2261, 9633)));
	rows_store(w, 3, _mm256_sub_epi32(sum, wide),
		   madd2(x13, pair(2260, -6436), x57, pair(9633, -11363)));
}

/* Lane c of pair j: K[2j][c], K[2j + 1][c]. */
static const int16_t matrix[4][16] __attribute__((aligned(32))) = {
	{ 8192, 11363, 8192, 9633, 8192, 6437, 8192, 2260,
	  8192, -2260, 8192, -6437, 8192, -9633, 8192, -11363 },
	{ 10703, 9633, 4433, -2259, -4433, -11362, -10703, -6436,
	  -10703, 6436, -4433, 11362, 4433, 2259, 10703, -9633 },
	{ 8192, 6437, -8192, -11362, -8192, 2261, 8192, 9633,
	  8192, -9633, -8192, -2261, -8192, 11362, 8192, -6437 },
	{ 4433, 2260, -10704, -6436, 10704, 9633, -4433, -11363,
	  -4433, 11363, 10704, -9633, -10704, 6436, 4433, -2260 },
};

static inline __m256i row8(const int16_t *w, const __m256i k[4])
{
	__m256i sum = _mm256_set1_epi32((128 << 18) + (1 << 17));

	for (int j = 0; j < 4; j++) {
		int32_t two;
		memcpy(&two, w + 2 * j, sizeof(two));
		sum = _mm256_add_epi32(sum, _mm256_madd_epi16(
			_mm256_set1_epi32(two), k[j]));
	}
	return _mm256_srai_epi32(sum, 18);
}

static void idct8_avx2(unsigned char *to, size_t stride, const int16_t *x)
{
	int16_t w[64] __attribute__((aligned(32)));
	__m256i k[4];

	columns8(w, x);
	for (int j = 0; j < 4; j++)
		k[j] = _mm256_load_si256((const __m256i *)(const void *)
					 matrix[j]);
	for (int r = 0; r < 8; r += 2) {
		__m256i two = _mm256_packs_epi32(row8(w + 8 * r, k),
						 row8(w + 8 * r + 8, k));
		__m256i bytes = _mm256_packus_epi16(two, two);
		__m128i low = _mm256_castsi256_si128(bytes);
		__m128i high = _mm256_extracti128_si256(bytes, 1);
		__m128i both = _mm_unpacklo_epi32(low, high);
		_mm_storel_epi64((__m128i *)(void *)to, both);
		_mm_storel_epi64((__m128i *)(void *)(to + stride),
				 _mm_unpackhi_epi64(both, both));
		to += 2 * stride;
	}
}

/* Rows r and 3 - r of the columns' result to four, packed the same way. */
static inline void rows_store4(int16_t *w, int r, __m256i even, __m256i odd)
{
	const __m256i most = _mm256_set1_epi16(PIXELS_MOST);
	const __m256i least = _mm256_set1_epi16(-PIXELS_MOST);
	__m256i a = _mm256_srai_epi32(_mm256_add_epi32(even, odd), 12);
	__m256i b = _mm256_srai_epi32(_mm256_sub_epi32(even, odd), 12);
	__m256i both = _mm256_permute4x64_epi64(_mm256_packs_epi32(a, b),
						0xD8);

	both = _mm256_max_epi16(_mm256_min_epi16(both, most), least);
	_mm_store_si128((__m128i *)(void *)(w + 8 * r),
			_mm256_castsi256_si128(both));
	_mm_store_si128((__m128i *)(void *)(w + 8 * (3 - r)),
			_mm256_extracti128_si256(both, 1));
}

static inline void columns4(int16_t *w, const int16_t *x)
{
	__m256i x04 = rows_pair(x, x + 32), x26 = rows_pair(x + 16, x + 48);
	__m256i x13 = rows_pair(x + 8, x + 24), x57 = rows_pair(x + 40, x + 56);
	__m256i base = _mm256_add_epi32(_mm256_set1_epi32(1 << 11),
			_mm256_madd_epi16(x04, pair(16384, 0)));
	__m256i more = _mm256_madd_epi16(x26, pair(15137, -6270));

	rows_store4(w, 0, _mm256_add_epi32(base, more),
		    madd2(x13, pair(20995, 7373), x57, pair(-4926, -4176)));
	rows_store4(w, 1, _mm256_sub_epi32(base, more),
		    madd2(x13, pair(8697, -17799), x57, pair(11893, -1730)));
}

/* Lane c of pair j, for two rows at a time. */
static const int16_t matrix4[4][16] __attribute__((aligned(32))) = {
	{ 16384, 20995, 16384, 8697, 16384, -8697, 16384, -20995,
	  16384, 20995, 16384, 8697, 16384, -8697, 16384, -20995 },
	{ 15137, 7373, -15137, -17799, -15137, 17799, 15137, -7373,
	  15137, 7373, -15137, -17799, -15137, 17799, 15137, -7373 },
	{ 0, -4926, 0, 11893, 0, -11893, 0, 4926,
	  0, -4926, 0, 11893, 0, -11893, 0, 4926 },
	{ -6270, -4176, 6270, -1730, 6270, 1730, -6270, 4176,
	  -6270, -4176, 6270, -1730, 6270, 1730, -6270, 4176 },
};

/* Rows at w and w + 8, four samples each. */
static inline __m256i rows4(const int16_t *w)
{
	__m256i sum = _mm256_set1_epi32((128 << 19) + (1 << 18));

	for (int j = 0; j < 4; j++) {
		int32_t low, high;
		memcpy(&low, w + 2 * j, sizeof(low));
		memcpy(&high, w + 8 + 2 * j, sizeof(high));
		sum = _mm256_add_epi32(sum, _mm256_madd_epi16(
			_mm256_inserti128_si256(_mm256_castsi128_si256(
				_mm_set1_epi32(low)), _mm_set1_epi32(high), 1),
			_mm256_load_si256((const __m256i *)(const void *)
					  matrix4[j])));
	}
	return _mm256_srai_epi32(sum, 19);
}

static void idct4_avx2(unsigned char *to, size_t stride, const int16_t *x)
{
	int16_t w[32] __attribute__((aligned(32)));
	uint32_t row[8];

	columns4(w, x);
	/* rows 0 and 2 in one half, 1 and 3 in the other */
	__m256i bytes = _mm256_packus_epi16(
		_mm256_packs_epi32(rows4(w), rows4(w + 16)),
		_mm256_setzero_si256());
	memcpy(row, &bytes, sizeof(row));
	memcpy(to, &row[0], 4);
	memcpy(to + stride, &row[4], 4);
	memcpy(to + 2 * stride, &row[1], 4);
	memcpy(to + 3 * stride, &row[5], 4);
}

static inline __m128i shuffled(__m128i v, const signed char *places)
{
	return _mm_shuffle_epi8(v, _mm_loadu_si128(
				(const __m128i *)(const void *)places));
}

static inline void pixels_join(unsigned char *to, const unsigned char *r,
			       const unsigned char *g, const unsigned char *b)
{
	static const signed char places[3][3][16] = {
		{ { 0, -1, -1, 1, -1, -1, 2, -1, -1, 3, -1, -1, 4, -1, -1, 5 },
		  { -1, 0, -1, -1, 1, -1, -1, 2, -1, -1, 3, -1, -1, 4, -1, -1 },
		  { -1, -1, 0, -1, -1, 1, -1, -1, 2, -1, -1, 3, -1, -1, 4, -1 },
		},
		{ { -1, -1, 6, -1, -1, 7, -1, -1, 8, -1, -1, 9, -1, -1, 10,
		    -1 },
		  { 5, -1, -1, 6, -1, -1, 7, -1, -1, 8, -1, -1, 9, -1, -1, 10 },
		  { -1, 5, -1, -1, 6, -1, -1, 7, -1, -1, 8, -1, -1, 9, -1, -1 },
		},
		{ { -1, 11, -1, -1, 12, -1, -1, 13, -1, -1, 14, -1, -1, 15, -1,
		    -1 },
		  { -1, -1, 11, -1, -1, 12, -1, -1, 13, -1, -1, 14, -1, -1, 15,
		    -1 },
		  { 10, -1, -1, 11, -1, -1, 12, -1, -1, 13, -1, -1, 14, -1, -1,
		    15 },
		},
	};
	__m128i x = _mm_loadu_si128((const __m128i *)(const void *)r);
	__m128i y = _mm_loadu_si128((const __m128i *)(const void *)g);
	__m128i z = _mm_loadu_si128((const __m128i *)(const void *)b);

	for (int i = 0; i < 3; i++)
		_mm_storeu_si128((__m128i *)(void *)(to + 16 * i),
				 _mm_or_si128(_mm_or_si128(
					shuffled(x, places[i][0]),
					shuffled(y, places[i][1])),
					shuffled(z, places[i][2])));
}

/* (k x + 2^15) >> 16 for each lane: the high half, and one more where the low
 * half is 2^15 or above. */
static inline __m256i scaled(__m256i x, int k)
{
	__m256i m = _mm256_set1_epi16((short)k);

	return _mm256_add_epi16(_mm256_mulhi_epi16(x, m),
		_mm256_srli_epi16(_mm256_mullo_epi16(x, m), 15));
}

static inline __m256i bytes16(const unsigned char *from)
{
	return _mm256_cvtepu8_epi16(_mm_loadu_si128(
				(const __m128i *)(const void *)from));
}

static inline void bytes_store(unsigned char *to, __m256i v)
{
	__m256i b = _mm256_permute4x64_epi64(_mm256_packus_epi16(v, v), 0x08);

	_mm_store_si128((__m128i *)(void *)to, _mm256_castsi256_si128(b));
}

/* Factors above 2^15 are a whole number of 2^16 and the rest. */
static void ycc_avx2(unsigned char *rgb, const unsigned char *y,
		     const unsigned char *cb, const unsigned char *cr, size_t n)
{
	const __m256i centre = _mm256_set1_epi16(128);
	const __m256i round = _mm256_set1_epi32(1 << 15);
	const __m256i green = pair(-22554, 65536 - 46802);

	for (size_t i = 0; i < n; i += 16) {
		unsigned char r[16] __attribute__((aligned(16)));
		unsigned char g[16] __attribute__((aligned(16)));
		unsigned char b[16] __attribute__((aligned(16)));
		__m256i l = bytes16(y + i);
		__m256i u = _mm256_sub_epi16(bytes16(cb + i), centre);
		__m256i v = _mm256_sub_epi16(bytes16(cr + i), centre);
		__m256i low = _mm256_madd_epi16(_mm256_unpacklo_epi16(u, v),
						green);
		__m256i high = _mm256_madd_epi16(_mm256_unpackhi_epi16(u, v),
						 green);
		low = _mm256_srai_epi32(_mm256_add_epi32(low, round), 16);
		high = _mm256_srai_epi32(_mm256_add_epi32(high, round), 16);
		bytes_store(r, _mm256_add_epi16(_mm256_add_epi16(l, v),
				scaled(v, 91881 - 65536)));
		bytes_store(g, _mm256_add_epi16(_mm256_sub_epi16(l, v),
				_mm256_packs_epi32(low, high)));
		bytes_store(b, _mm256_add_epi16(_mm256_add_epi16(l,
				_mm256_add_epi16(u, u)),
				scaled(u, 116130 - 131072)));
		pixels_join(rgb + 3 * i, r, g, b);
	}
}

#define ISA avx2
#define ISA_NAME "avx2"
#define PIXELS_JOIN pixels_join
#define IDCT8 idct8_avx2
#define IDCT4 idct4_avx2
#define YCC ycc_avx2
#include "k_pixels.h"
TARGET_END
#else
typedef int pixels_avx2_not_here;
#endif
