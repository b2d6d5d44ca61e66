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
 *	v_set1 (memory)	ld1r			load and one of fmla's pipes
 *	v_fma1		fmla v.4s, v.s[0]	as v_fma, a by a plain load
 *
 * 32 registers: a tile of 6 x 16 keeps 24 accumulators, 4 of B and 1 to 4 of
 * A.  v_sum folds halves by four fadds.  faddp would add neighbours, which is
 * another expression tree.
 */
#include <arm_neon.h>
#include <string.h>

/* Named members: gcc keeps an array of four in memory. */
typedef struct { float32x4_t q0, q1, q2, q3; } vec16;

#define QUADS1(f, a) ((vec16){ f(a.q0), f(a.q1), f(a.q2), f(a.q3) })
#define QUADS2(f, a, b) ((vec16){ f(a.q0, b.q0), f(a.q1, b.q1), \
				  f(a.q2, b.q2), f(a.q3, b.q3) })
#define QUADS3(f, a, b, c) \
	((vec16){ f(a.q0, b.q0, c.q0), f(a.q1, b.q1, c.q1), \
		  f(a.q2, b.q2, c.q2), f(a.q3, b.q3, c.q3) })

static inline vec16 v_set1(float x)
{
	float32x4_t q = vdupq_n_f32(x);
	return (vec16){ q, q, q, q };
}

static inline vec16 v_load(const float *p)
{
	return (vec16){ vld1q_f32(p), vld1q_f32(p + 4), vld1q_f32(p + 8),
			vld1q_f32(p + 12) };
}

static inline void v_store(float *p, vec16 v)
{
	vst1q_f32(p, v.q0);
	vst1q_f32(p + 4, v.q1);
	vst1q_f32(p + 8, v.q2);
	vst1q_f32(p + 12, v.q3);
}

/* The ends of arrays are calls, with values in registers both ways: arrays
 * inside a loop would draw the values around them to the stack. */
#define V_LOAD_N_IS_SLOW	/* k_conv.h then goes round them */
#define RARE(x) __builtin_expect(x, 0)

static __attribute__((noinline, cold))
vec16 v_load_part(const float *p, size_t n)
{
	float l[16] = { 0 };
	memcpy(l, p, n * sizeof(float));
	return v_load(l);
}

static __attribute__((noinline, cold))
void v_store_part(float *p, size_t n, float32x4_t q0, float32x4_t q1,
		  float32x4_t q2, float32x4_t q3)
{
	float l[16];
	v_store(l, (vec16){ q0, q1, q2, q3 });
	memcpy(p, l, n * sizeof(float));
}

static inline vec16 v_load_n(const float *p, size_t n)
{
	return RARE(n < 16) ? v_load_part(p, n) : v_load(p);
}

static inline void v_store_n(float *p, vec16 v, size_t n)
{
	if (RARE(n < 16))
		v_store_part(p, n, v.q0, v.q1, v.q2, v.q3);
	else
		v_store(p, v);
}

static inline vec16 v_fma(vec16 a, vec16 b, vec16 c)
{
	return QUADS3(vfmaq_f32, c, a, b);
}

/* By element.  The empty asm asks for a in a vector register as one float:
 * clang would load and spread it with ld1r, which takes a turn of the units
 * that multiply. */
static inline vec16 v_fma1(float a, vec16 b, vec16 c)
{
	__asm__("" : "+w"(a));
	return (vec16){
		vfmaq_n_f32(c.q0, b.q0, a), vfmaq_n_f32(c.q1, b.q1, a),
		vfmaq_n_f32(c.q2, b.q2, a), vfmaq_n_f32(c.q3, b.q3, a),
	};
}

static inline vec16 v_add(vec16 a, vec16 b) { return QUADS2(vaddq_f32, a, b); }
static inline vec16 v_sub(vec16 a, vec16 b) { return QUADS2(vsubq_f32, a, b); }
static inline vec16 v_mul(vec16 a, vec16 b) { return QUADS2(vmulq_f32, a, b); }
static inline vec16 v_div(vec16 a, vec16 b) { return QUADS2(vdivq_f32, a, b); }
static inline vec16 v_sqrt(vec16 a) { return QUADS1(vsqrtq_f32, a); }

/* fmax would pass a NaN on and prefer +0: compare and select instead.  The
 * empty asm keeps clang from finding fmaxnm in it, which is the same but for
 * signalling NaNs. */
static inline float32x4_t v_greater(float32x4_t a, float32x4_t b)
{
	uint32x4_t greater = vcgtq_f32(a, b);
	__asm__("" : "+w"(greater));
	return vbslq_f32(greater, a, b);
}

static inline float32x4_t v_less(float32x4_t a, float32x4_t b)
{
	uint32x4_t less = vcgtq_f32(b, a);
	__asm__("" : "+w"(less));
	return vbslq_f32(less, a, b);
}

static inline vec16 v_max(vec16 a, vec16 b) { return QUADS2(v_greater, a, b); }
static inline vec16 v_min(vec16 a, vec16 b) { return QUADS2(v_less, a, b); }

static inline int v_all_less(vec16 a, vec16 b)
{
	uint32x4_t all = vandq_u32(vandq_u32(vcltq_f32(a.q0, b.q0),
					     vcltq_f32(a.q1, b.q1)),
				   vandq_u32(vcltq_f32(a.q2, b.q2),
					     vcltq_f32(a.q3, b.q3)));
	return vminvq_u32(all) != 0;
}

static inline vec16 v_if_gt(vec16 a, vec16 b, vec16 x, vec16 y)
{
	return (vec16){ vbslq_f32(vcgtq_f32(a.q0, b.q0), x.q0, y.q0),
			vbslq_f32(vcgtq_f32(a.q1, b.q1), x.q1, y.q1),
			vbslq_f32(vcgtq_f32(a.q2, b.q2), x.q2, y.q2),
			vbslq_f32(vcgtq_f32(a.q3, b.q3), x.q3, y.q3) };
}

static inline float32x4_t v_scale2_quad(float32x4_t x, float32x4_t n)
{
	int32x4_t biased = vaddq_s32(vcvtq_s32_f32(n), vdupq_n_s32(127));
	return vmulq_f32(x, vreinterpretq_f32_s32(vshlq_n_s32(biased, 23)));
}

static inline vec16 v_scale2(vec16 x, vec16 n)
{
	return QUADS2(v_scale2_quad, x, n);
}

static inline float32x4_t v_exponent_quad(float32x4_t x)
{
	uint32x4_t bits = vshrq_n_u32(vreinterpretq_u32_f32(x), 23);
	bits = vandq_u32(bits, vdupq_n_u32(255));
	return vcvtq_f32_s32(vsubq_s32(vreinterpretq_s32_u32(bits),
				       vdupq_n_s32(127)));
}

static inline vec16 v_exponent(vec16 x) { return QUADS1(v_exponent_quad, x); }

static inline float32x4_t v_fraction_quad(float32x4_t x)
{
	uint32x4_t bits = vandq_u32(vreinterpretq_u32_f32(x),
				    vdupq_n_u32(0x007FFFFF));
	return vreinterpretq_f32_u32(vorrq_u32(bits, vdupq_n_u32(0x3F800000)));
}

static inline vec16 v_fraction(vec16 x) { return QUADS1(v_fraction_quad, x); }

static inline float v_sum(vec16 v)
{
	float32x4_t a = vaddq_f32(vaddq_f32(v.q0, v.q2),
				  vaddq_f32(v.q1, v.q3));
	float32x2_t b = vadd_f32(vget_low_f32(a), vget_high_f32(a));
	return vget_lane_f32(b, 0) + vget_lane_f32(b, 1);
}
