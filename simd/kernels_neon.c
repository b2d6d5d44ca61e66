/* kernels_neon.c - the kernels for 64-bit ARM, where NEON is always there. */
#if defined(__aarch64__)
/* gcc's scheduling pass before register allocation loads all of a step's A at
 * once, which spills accumulators to the stack. */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("no-schedule-insns")
#endif
#define ISA neon
#define ISA_NAME "neon"
#define TILE_ROWS 6
#define TILE_VECTORS 1
#define TILE_DEPTH 256
#include "vec_neon.h"
#include "template.h"
#else
typedef int kernels_neon_not_here;
#endif
