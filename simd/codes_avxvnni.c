/*
 * codes_avxvnni.c - the kernels of codes for x86 with AVX-VNNI.
 *
 * vpdpbusd adds four products of a byte without a sign and one with, exactly.
 * The bytes of a panel are codes + 128, so the sums start from -128 times the
 * sum of the query's codes.
 */
#include "codes_have.h"
#ifdef CODES_HAVE_AVXVNNI
#include <immintrin.h>
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "target.h"
TARGET_BEGIN("avx2,fma,avxvnni")
#define ISA avxvnni
#define ISA_NAME "avxvnni"
#define ISA_KERNELS "avx2"
#define CODES_ROWS 6		/* 12 sums, 2 of codes, a query */
#include "vec_avx2.h"

/* gcc 12 would copy all 12 sums in each step; this ties a sum to its place. */
#define SUMS_STAY(s) __asm__("" : "+x"(s))

typedef struct { __m256i lo, hi; } sums16;
typedef struct { __m256i lo, hi; } bytes16;

static inline sums16 c_start(int32_t sum)
{
	__m256i all = _mm256_set1_epi32(-128 * sum);

	return (sums16){ all, all };
}

static inline bytes16 c_load(const unsigned char *p)
{
	const __m256i *from = (const __m256i *)(const void *)p;

	return (bytes16){ _mm256_loadu_si256(from),
			  _mm256_loadu_si256(from + 1) };
}

static inline sums16 c_dot(sums16 s, bytes16 b, const int8_t *q)
{
	int32_t four;
	__m256i all;

	memcpy(&four, q, sizeof(four));
	all = _mm256_set1_epi32(four);
	s.lo = _mm256_dpbusd_avx_epi32(s.lo, b.lo, all);
	s.hi = _mm256_dpbusd_avx_epi32(s.hi, b.hi, all);
	SUMS_STAY(s.lo);
	SUMS_STAY(s.hi);
	return s;
}

#include "codes_ymm.h"
#include "k_codes.h"
TARGET_END
#else
typedef int codes_avxvnni_not_here;
#endif
