/*
 * codes_avx512.c - the kernels of codes for x86 with AVX-512 VNNI: as
 * codes_avxvnni.c, with 16 vectors in a register.
 */
#if defined(__x86_64__)
#include <immintrin.h>
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "target.h"
TARGET_BEGIN("avx512f,avx512dq,avx512bw,avx512vl,avx512vnni,avx2,fma")
#define ISA avx512
#define ISA_NAME "avx512vnni"
#define ISA_KERNELS "avx512"
#define CODES_ROWS 12		/* as the tile of k_score.h: 12 chains */
#include "vec_avx512.h"

/* gcc 12 would copy all 12 sums in each step; this ties a sum to its place. */
#define SUMS_STAY(s) __asm__("" : "+v"(s))

typedef __m512i sums16;
typedef __m512i bytes16;

static inline sums16 c_start(int32_t sum)
{
	return _mm512_set1_epi32(-128 * sum);
}

static inline bytes16 c_load(const unsigned char *p)
{
	return _mm512_loadu_si512(p);
}

static inline sums16 c_dot(sums16 s, bytes16 b, const int8_t *q)
{
	int32_t four;

	memcpy(&four, q, sizeof(four));
	s = _mm512_dpbusd_epi32(s, b, _mm512_set1_epi32(four));
	SUMS_STAY(s);
	return s;
}

static inline vec16 c_floats(sums16 s)
{
	return _mm512_cvtepi32_ps(s);
}

static inline unsigned c_reach(vec16 v, float x)
{
	return _mm512_cmp_ps_mask(v, _mm512_set1_ps(x), _CMP_NLT_UQ);
}

#include "k_codes.h"
TARGET_END
#else
typedef int codes_avx512_not_here;
#endif
