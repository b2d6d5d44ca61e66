/*
 * codes_neon.c - the kernels of codes for 64-bit ARM.
 *
 * smull multiplies bytes in 16 bits; a pair of products is at most 2 * 127 *
 * 127 = 32258 and fits; sadalp adds pairs of pairs in 32 bits.
 */
#if defined(__aarch64__)
#include <math.h>
#include <stddef.h>
#include <stdint.h>

#define ISA neon
#define ISA_NAME "neon"
#define ISA_KERNELS "neon"
#define CODES_ROWS 4		/* 16 sums, 4 of codes, a query, products */
#include "vec_neon.h"

static inline int32x4_t c_products(int32x4_t sum, int8x16_t b, int8x16_t q)
{
	int16x8_t low = vmull_s8(vget_low_s8(b), vget_low_s8(q));
	int16x8_t high = vmull_high_s8(b, q);

	return vpadalq_s16(sum, vpaddq_s16(low, high));
}

#include "codes_quads.h"
#include "k_codes.h"
#else
typedef int codes_neon_not_here;
#endif
