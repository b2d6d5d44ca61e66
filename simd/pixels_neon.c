/*
 * pixels_neon.c - the kernels of pictures for 64-bit ARM.
 *
 * The transform multiplies 16 bits by a factor and adds in 32; columns, then,
 * transposed, rows.
 */
#if defined(__aarch64__)
#include <arm_neon.h>
#include <stddef.h>

/* The sums of four columns: even and odd inputs of the transform's first four
 * outputs (k_pixels.h has the factors), from rows or columns x0 .. x7. */
#define SUMS8(even, odd, mull, mlal, x)                                       \
	do {                                                                  \
		int32x4_t a = vaddq_s32(mull(x[0], 8192), mull(x[4], 8192));  \
		int32x4_t b = vsubq_s32(mull(x[0], 8192), mull(x[4], 8192));  \
		int32x4_t c = mlal(mull(x[2], 10703), x[6], 4433);            \
		int32x4_t d = mlal(mull(x[2], 4433), x[6], -10704);           \
		even[0] = vaddq_s32(a, c);                                    \
		even[1] = vaddq_s32(b, d);                                    \
		even[2] = vsubq_s32(b, d);                                    \
		even[3] = vsubq_s32(a, c);                                    \
		odd[0] = mlal(mlal(mlal(mull(x[1], 11363), x[3], 9633),       \
				   x[5], 6437), x[7], 2260);                  \
		odd[1] = mlal(mlal(mlal(mull(x[1], 9633), x[3], -2259),       \
				   x[5], -11362), x[7], -6436);               \
		odd[2] = mlal(mlal(mlal(mull(x[1], 6437), x[3], -11362),      \
				   x[5], 2261), x[7], 9633);                  \
		odd[3] = mlal(mlal(mlal(mull(x[1], 2260), x[3], -6436),       \
				   x[5], 9633), x[7], -11363);                \
	} while (0)
#define LOW_MULL(v, k) vmull_n_s16(vget_low_s16(v), k)
#define LOW_MLAL(sum, v, k) vmlal_n_s16(sum, vget_low_s16(v), k)
#define HIGH_MULL(v, k) vmull_n_s16(vget_high_s16(v), k)
#define HIGH_MLAL(sum, v, k) vmlal_n_s16(sum, vget_high_s16(v), k)

/* Rows to rows, rounded and moved down by `shift`, saturated to 16 bits. */
#define PASS8(x, shift)                                                       \
	do {                                                                  \
		const int32x4_t round = vdupq_n_s32(1 << (shift - 1));        \
		const int32x4_t down = vdupq_n_s32(-shift);                   \
		int32x4_t el[4], ol[4], eh[4], oh[4];                         \
		SUMS8(el, ol, LOW_MULL, LOW_MLAL, x);                         \
		SUMS8(eh, oh, HIGH_MULL, HIGH_MLAL, x);                       \
		for (int r = 0; r < 4; r++) {                                 \
			int32x4_t l = vaddq_s32(el[r], round);                \
			int32x4_t h = vaddq_s32(eh[r], round);                \
			x[r] = vcombine_s16(                                  \
			    vqmovn_s32(vshlq_s32(vaddq_s32(l, ol[r]), down)), \
			    vqmovn_s32(vshlq_s32(vaddq_s32(h, oh[r]), down)));\
			x[7 - r] = vcombine_s16(                              \
			    vqmovn_s32(vshlq_s32(vsubq_s32(l, ol[r]), down)), \
			    vqmovn_s32(vshlq_s32(vsubq_s32(h, oh[r]), down)));\
		}                                                             \
	} while (0)

static inline void transpose8(int16x8_t x[8])
{
	int16x8_t a[8];

	for (int i = 0; i < 8; i += 2) {
		a[i] = vtrn1q_s16(x[i], x[i + 1]);
		a[i + 1] = vtrn2q_s16(x[i], x[i + 1]);
	}
	for (int i = 0; i < 8; i += 4)
		for (int k = 0; k < 2; k++) {
			int32x4_t p = vreinterpretq_s32_s16(a[i + k]);
			int32x4_t q = vreinterpretq_s32_s16(a[i + k + 2]);
			x[i + k] = vreinterpretq_s16_s32(vtrn1q_s32(p, q));
			x[i + k + 2] = vreinterpretq_s16_s32(vtrn2q_s32(p, q));
		}
	for (int i = 0; i < 4; i++) {
		int64x2_t p = vreinterpretq_s64_s16(x[i]);
		int64x2_t q = vreinterpretq_s64_s16(x[i + 4]);
		x[i] = vreinterpretq_s16_s64(vtrn1q_s64(p, q));
		x[i + 4] = vreinterpretq_s16_s64(vtrn2q_s64(p, q));
	}
}

static void idct8_neon(unsigned char *to, size_t stride, const int16_t *from)
{
	int16x8_t x[8];

	for (int i = 0; i < 8; i++)
		x[i] = vld1q_s16(from + 8 * i);
	PASS8(x, 11);
	transpose8(x);
	PASS8(x, 18);
	transpose8(x);
	for (int i = 0; i < 8; i++, to += stride)
		vst1_u8(to, vqmovun_s16(vqaddq_s16(x[i], vdupq_n_s16(128))));
}

#define ISA neon
#define ISA_NAME "neon"
#define PIXELS_JOIN pixels_join
#define IDCT8 idct8_neon

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
