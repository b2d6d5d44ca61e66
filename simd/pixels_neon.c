/* pixels_neon.c - the kernels of pictures for 64-bit ARM. */
#if defined(__aarch64__)
#include <arm_neon.h>

#define ISA neon
#define ISA_NAME "neon"
#define PIXELS_JOIN pixels_join

static inline void pixels_join(unsigned char *to, const unsigned char *r,
			       const unsigned char *g, const unsigned char *b)
{
	uint8x16x3_t all = { { vld1q_u8(r), vld1q_u8(g), vld1q_u8(b) } };

	vst3q_u8(to, all);
}

#include "k_pixels.h"
#else
typedef int pixels_neon_not_here;
#endif
