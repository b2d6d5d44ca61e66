/*
 * codes_neondot.c - the kernels of codes for 64-bit ARM with sdot (ARMv8.2
 * dotprod: Cortex-A55 and A76, Neoverse N1, Apple A13 on).
 */
#include "codes_have.h"
#ifdef CODES_HAVE_DOTPROD
#include <arm_neon.h>
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "target.h"
#ifdef __clang__
TARGET_BEGIN("dotprod")
#else
TARGET_BEGIN("arch=armv8.2-a+dotprod")
#endif
#define ISA neondot
#define ISA_NAME "neondot"
#define ISA_KERNELS "neon"
#define CODES_ROWS 6		/* 24 sums, 4 of codes, a query */
#include "vec_neon.h"

static inline int32x4_t c_products(int32x4_t sum, int8x16_t b, int8x16_t q)
{
	return vdotq_s32(sum, b, q);
}

#include "codes_quads.h"
#include "k_codes.h"
TARGET_END
#else
typedef int codes_neondot_not_here;
#endif
