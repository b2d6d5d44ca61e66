/*
 * codes_avx2.c - the kernels of codes for x86 with AVX2 and FMA.
 *
 * vpmaddubsw multiplies bytes without a sign by bytes with one and adds pairs
 * in 16 bits, saturated.  With |c| for the first and q with the sign of c for
 * the second a pair is at most 2 * 127 * 127 = 32258: nothing saturates.
 * vpmaddwd with ones then adds pairs of pairs in 32 bits.
 */
#if defined(__x86_64__) || defined(__i386__)
#include <immintrin.h>
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "target.h"
TARGET_BEGIN("avx2,fma")
#define ISA avx2
#define ISA_NAME "avx2"
#define ISA_KERNELS "avx2"
#define CODES_ROWS 4		/* 8 sums, 4 of codes, ones, a query, 2 free */
#include "vec_avx2.h"

typedef struct { __m256i lo, hi; } sums16;
typedef struct { __m256i lo, hi, lo_size, hi_size; } bytes16;

static inline sums16 c_start(int32_t sum)
{
	(void)sum;
	return (sums16){ _mm256_setzero_si256(), _mm256_setzero_si256() };
}

static inline bytes16 c_load(const unsigned char *p)
{
	const __m256i zero = _mm256_set1_epi8((char)0x80);
	const __m256i *from = (const __m256i *)(const void *)p;
	__m256i lo = _mm256_xor_si256(_mm256_loadu_si256(from), zero);
	__m256i hi = _mm256_xor_si256(_mm256_loadu_si256(from + 1), zero);

	return (bytes16){ lo, hi, _mm256_abs_epi8(lo), _mm256_abs_epi8(hi) };
}

static inline __m256i c_products(__m256i sum, __m256i code, __m256i size,
				 __m256i q)
{
	__m256i pairs = _mm256_maddubs_epi16(size, _mm256_sign_epi8(q, code));

	return _mm256_add_epi32(sum, _mm256_madd_epi16(
					pairs, _mm256_set1_epi16(1)));
}

static inline sums16 c_dot(sums16 s, bytes16 b, const int8_t *q)
{
	int32_t four;
	__m256i all;

	memcpy(&four, q, sizeof(four));
	all = _mm256_set1_epi32(four);
	return (sums16){ c_products(s.lo, b.lo, b.lo_size, all),
			 c_products(s.hi, b.hi, b.hi_size, all) };
}

#include "codes_ymm.h"
#include "k_codes.h"
TARGET_END
#else
typedef int codes_avx2_not_here;
#endif
