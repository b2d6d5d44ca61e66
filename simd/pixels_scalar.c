/* pixels_scalar.c - the kernels of pictures in plain C, for any machine. */
#define ISA scalar
#define ISA_NAME "scalar"
#define PIXELS_JOIN pixels_join

static inline void pixels_join(unsigned char *restrict to,
			       const unsigned char *restrict r,
			       const unsigned char *restrict g,
			       const unsigned char *restrict b)
{
	for (int k = 0; k < 16; k++) {
		to[3 * k] = r[k];
		to[3 * k + 1] = g[k];
		to[3 * k + 2] = b[k];
	}
}

#include "k_pixels.h"
