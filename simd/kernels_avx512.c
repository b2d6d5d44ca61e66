/* kernels_avx512.c - the kernels for x86 with AVX-512 (Skylake-X, Zen 4 on). */
#if defined(__x86_64__)
#include <immintrin.h>
#include <math.h>
#include <stddef.h>
#include <stdint.h>

#include "target.h"
TARGET_BEGIN("avx512f,avx512dq,avx512bw,avx512vl,avx2,fma")
#define ISA avx512
#define ISA_NAME "avx512"
#define TILE_ROWS 12
#define TILE_VECTORS 2
#define TILE_DEPTH 512		/* 64 KiB of B: see kernels_avx2.c */
#include "vec_avx512.h"
#include "template.h"
TARGET_END
#else
typedef int kernels_avx512_not_here;
#endif
