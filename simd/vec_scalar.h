/*
 * vec_scalar.h - 16 floats in plain C: the definition the other dialects match.
 *
 * The vocabulary, the same in all dialects:
 *	v_set1(x)		all lanes x
 *	v_load(p) v_store(p,v)	16 floats, any alignment
 *	v_load_n(p,n)		n lanes from p, +0 above; n may be over 16
 *	v_store_n(p,v,n)	the first n lanes to p
 *	v_fma(a,b,c)		a * b + c, rounded once
 *	v_fma1(a,b,c)		the same, a one float for all lanes
 *	v_add v_sub v_mul v_div v_sqrt	each rounded once
 *	v_max(a,b)		a > b ? a : b (so NaN in a gives b)
 *	v_min(a,b)		a < b ? a : b
 *	v_all_less(a,b)		1 if a < b in every lane (NaN is not less)
 *	v_if_gt(a,b,x,y)	a > b ? x : y, lane by lane
 *	v_scale2(x,n)		x * 2^n, n integral in [-126, 127]
 *	v_exponent(x)		floor(log2 x) as a float, x positive and normal
 *	v_fraction(x)		x / 2^exponent, in [1, 2), for the same x; for
 *				others both give any value and do not trap
 *	v_sum(v)		lanes folded 16 -> 8 -> 4 -> 2 -> 1
 *
 * fmaf is one instruction where the compiler's target has it (aarch64, s390x,
 * riscv64, x86-64-v3) and a call into libm elsewhere: the same bits, slower.
 */
#include <math.h>
#include <stdint.h>
#include <string.h>

typedef struct { float l[16]; } vec16;

#define EACH(i) for (int i = 0; i < 16; i++)

static inline vec16 v_set1(float x)
{
	vec16 v;
	EACH(i) v.l[i] = x;
	return v;
}

static inline vec16 v_load(const float *p)
{
	vec16 v;
	memcpy(v.l, p, sizeof(v.l));
	return v;
}

static inline void v_store(float *p, vec16 v)
{
	memcpy(p, v.l, sizeof(v.l));
}

static inline vec16 v_load_n(const float *p, size_t n)
{
	vec16 v = { { 0 } };
	memcpy(v.l, p, (n < 16 ? n : 16) * sizeof(float));
	return v;
}

static inline void v_store_n(float *p, vec16 v, size_t n)
{
	memcpy(p, v.l, (n < 16 ? n : 16) * sizeof(float));
}

static inline vec16 v_fma(vec16 a, vec16 b, vec16 c)
{
	EACH(i) c.l[i] = fmaf(a.l[i], b.l[i], c.l[i]);
	return c;
}

static inline vec16 v_fma1(float a, vec16 b, vec16 c)
{
	EACH(i) c.l[i] = fmaf(a, b.l[i], c.l[i]);
	return c;
}

static inline vec16 v_add(vec16 a, vec16 b)
{
	EACH(i) a.l[i] += b.l[i];
	return a;
}

static inline vec16 v_sub(vec16 a, vec16 b)
{
	EACH(i) a.l[i] -= b.l[i];
	return a;
}

static inline vec16 v_mul(vec16 a, vec16 b)
{
	EACH(i) a.l[i] *= b.l[i];
	return a;
}

static inline vec16 v_div(vec16 a, vec16 b)
{
	EACH(i) a.l[i] /= b.l[i];
	return a;
}

static inline vec16 v_sqrt(vec16 a)
{
	EACH(i) a.l[i] = sqrtf(a.l[i]);
	return a;
}

static inline vec16 v_max(vec16 a, vec16 b)
{
	EACH(i) a.l[i] = a.l[i] > b.l[i] ? a.l[i] : b.l[i];
	return a;
}

static inline vec16 v_min(vec16 a, vec16 b)
{
	EACH(i) a.l[i] = a.l[i] < b.l[i] ? a.l[i] : b.l[i];
	return a;
}

static inline int v_all_less(vec16 a, vec16 b)
{
	int all = 1;
	EACH(i) all &= a.l[i] < b.l[i];
	return all;
}

static inline vec16 v_if_gt(vec16 a, vec16 b, vec16 x, vec16 y)
{
	EACH(i) x.l[i] = a.l[i] > b.l[i] ? x.l[i] : y.l[i];
	return x;
}

static inline vec16 v_scale2(vec16 x, vec16 n)
{
	EACH(i) {
		uint32_t bits = (uint32_t)((int32_t)n.l[i] + 127) << 23;
		float power;
		memcpy(&power, &bits, sizeof(power));
		x.l[i] *= power;
	}
	return x;
}

static inline vec16 v_exponent(vec16 x)
{
	EACH(i) {
		uint32_t bits;
		memcpy(&bits, &x.l[i], sizeof(bits));
		x.l[i] = (float)((int32_t)(bits >> 23 & 255) - 127);
	}
	return x;
}

static inline vec16 v_fraction(vec16 x)
{
	EACH(i) {
		uint32_t bits;
		memcpy(&bits, &x.l[i], sizeof(bits));
		bits = (bits & 0x007FFFFF) | 0x3F800000;
		memcpy(&x.l[i], &bits, sizeof(bits));
	}
	return x;
}

static inline float v_sum(vec16 v)
{
	for (int w = 8; w; w /= 2)
		for (int i = 0; i < w; i++)
			v.l[i] += v.l[i + w];
	return v.l[0];
}
