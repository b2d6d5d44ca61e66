/*
 * vec_neon.h - 16 floats in four q registers of aarch64; vocabulary in
 * vec_scalar.h.  32-bit ARM stays scalar: its NEON flushes subnormals.
 *
 *	what		instruction		latency, per cycle
 *						N1 | V1, Apple M1
 *	v_fma		fmla v.4s		4, 2 | 4, 4
 *	v_add v_sub	fadd			2, 2 | 2 to 3, 4
 *	v_mul		fmul			3, 2 | 3 to 4, 4
 *	v_div		fdiv			10, 1/5 | 10, 1
 *	v_sqrt		fsqrt			13, 1/7 | 13, 1/2
 *	v_set1 (memory)	ld1r			load, 2 | load, 3
 *
 * 32 registers: a tile of 6 x 16 keeps 24 accumulators, 4 of B and broadcasts
 * of A.  The four folds of v_sum are written out: faddp pairs neighbours,
 * which is another tree.
 */
#include <arm_neon.h>
#include <string.h>

typedef struct { float32x4_t q[4]; } vec16;

#define QUADS(i) for (int i = 0; i < 4; i++)

static inline vec16 v_set1(float x)
{
	float32x4_t q = vdupq_n_f32(x);
	return (vec16){ { q, q, q, q } };
}

static inline vec16 v_load(const float *p)
{
	return (vec16){ { vld1q_f32(p), vld1q_f32(p + 4), vld1q_f32(p + 8),
			  vld1q_f32(p + 12) } };
}

static inline void v_store(float *p, vec16 v)
{
	QUADS(i) vst1q_f32(p + 4 * i, v.q[i]);
}

static inline vec16 v_load_n(const float *p, size_t n)
{
	float l[16] = { 0 };
	if (n >= 16)
		return v_load(p);
	memcpy(l, p, n * sizeof(float));
	return v_load(l);
}

static inline void v_store_n(float *p, vec16 v, size_t n)
{
	float l[16];
	if (n >= 16) {
		v_store(p, v);
		return;
	}
	v_store(l, v);
	memcpy(p, l, n * sizeof(float));
}

static inline vec16 v_fma(vec16 a, vec16 b, vec16 c)
{
	QUADS(i) c.q[i] = vfmaq_f32(c.q[i], a.q[i], b.q[i]);
	return c;
}

/* By element: a load into a lane and no ld1r, which takes a turn of the units
 * that multiply. */
static inline vec16 v_fma1(float a, vec16 b, vec16 c)
{
	QUADS(i) c.q[i] = vfmaq_n_f32(c.q[i], b.q[i], a);
	return c;
}

static inline vec16 v_add(vec16 a, vec16 b)
{
	QUADS(i) a.q[i] = vaddq_f32(a.q[i], b.q[i]);
	return a;
}

static inline vec16 v_sub(vec16 a, vec16 b)
{
	QUADS(i) a.q[i] = vsubq_f32(a.q[i], b.q[i]);
	return a;
}

static inline vec16 v_mul(vec16 a, vec16 b)
{
	QUADS(i) a.q[i] = vmulq_f32(a.q[i], b.q[i]);
	return a;
}

static inline vec16 v_div(vec16 a, vec16 b)
{
	QUADS(i) a.q[i] = vdivq_f32(a.q[i], b.q[i]);
	return a;
}

static inline vec16 v_sqrt(vec16 a)
{
	QUADS(i) a.q[i] = vsqrtq_f32(a.q[i]);
	return a;
}

/* fmax would pass a NaN on and prefer +0: compare and select instead. */
static inline vec16 v_if_gt(vec16 a, vec16 b, vec16 x, vec16 y)
{
	QUADS(i) x.q[i] = vbslq_f32(vcgtq_f32(a.q[i], b.q[i]), x.q[i], y.q[i]);
	return x;
}

static inline vec16 v_max(vec16 a, vec16 b) { return v_if_gt(a, b, a, b); }
static inline vec16 v_min(vec16 a, vec16 b) { return v_if_gt(b, a, a, b); }

static inline vec16 v_scale2(vec16 x, vec16 n)
{
	QUADS(i) {
		int32x4_t biased = vaddq_s32(vcvtq_s32_f32(n.q[i]),
					     vdupq_n_s32(127));
		x.q[i] = vmulq_f32(x.q[i], vreinterpretq_f32_s32(
						   vshlq_n_s32(biased, 23)));
	}
	return x;
}

static inline vec16 v_exponent(vec16 x)
{
	QUADS(i) {
		uint32x4_t bits = vshrq_n_u32(
			vreinterpretq_u32_f32(x.q[i]), 23);
		bits = vandq_u32(bits, vdupq_n_u32(255));
		x.q[i] = vcvtq_f32_s32(vsubq_s32(vreinterpretq_s32_u32(bits),
						 vdupq_n_s32(127)));
	}
	return x;
}

static inline vec16 v_fraction(vec16 x)
{
	QUADS(i) {
		uint32x4_t bits = vandq_u32(vreinterpretq_u32_f32(x.q[i]),
					    vdupq_n_u32(0x007FFFFF));
		bits = vorrq_u32(bits, vdupq_n_u32(0x3F800000));
		x.q[i] = vreinterpretq_f32_u32(bits);
	}
	return x;
}

static inline float v_sum(vec16 v)
{
	float32x4_t a = vaddq_f32(vaddq_f32(v.q[0], v.q[2]),
				  vaddq_f32(v.q[1], v.q[3]));
	float32x2_t b = vadd_f32(vget_low_f32(a), vget_high_f32(a));
	return vget_lane_f32(b, 0) + vget_lane_f32(b, 1);
}
