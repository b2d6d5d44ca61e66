/* kernels_avx2.c - the kernels for x86 with AVX2 and FMA (2013 on). */
#if defined(__x86_64__) || defined(__i386__)
#include <immintrin.h>
#include <math.h>
#include <stddef.h>
#include <stdint.h>

#include "target.h"
TARGET_BEGIN("avx2,fma")
#define ISA avx2
#define ISA_NAME "avx2"
#define TILE_ROWS 6
#define TILE_VECTORS 1
#define TILE_DEPTH 512		/* 32 KiB of B: more than L1 holds beside A, but
				 * L2 is fast enough, and C is read and written
				 * half as often as with 256 */
#include "vec_avx2.h"
#include "template.h"
TARGET_END
#else
typedef int kernels_avx2_not_here;
#endif
