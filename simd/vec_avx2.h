/*
 * vec_avx2.h - 16 floats in two ymm registers; vocabulary in vec_scalar.h.
 *
 *	what		instruction		latency, per cycle
 *						Haswell | Zen 4
 *	v_fma		vfmadd231ps		5, 2 | 4, 2
 *	v_add v_sub	vaddps			3, 1 | 3, 2
 *	v_mul		vmulps			5, 2 | 3, 2
 *	v_div		vdivps ymm		21, 1/14 | 10, 1/5
 *	v_sqrt		vsqrtps ymm		21, 1/14 | 15, 1/8
 *	v_set1 (memory)	vbroadcastss		load, 2 | load, 2
 *	v_load		vmovups			load, 2 | load, 2
 *	v_load_n	vmaskmovps		load + 2, 1 | load, 1
 *
 * 16 registers: a tile of 6 x 16 keeps 12 accumulators, 2 halves of B and one
 * broadcast of A, and 12 chains hide 4 to 5 cycles of latency at 2 a cycle.
 */
#include <immintrin.h>

typedef struct { __m256 lo, hi; } vec16;

static inline vec16 v_set1(float x)
{
	__m256 v = _mm256_set1_ps(x);
	return (vec16){ v, v };
}

static inline vec16 v_load(const float *p)
{
	return (vec16){ _mm256_loadu_ps(p), _mm256_loadu_ps(p + 8) };
}

static inline void v_store(float *p, vec16 v)
{
	_mm256_storeu_ps(p, v.lo);
	_mm256_storeu_ps(p + 8, v.hi);
}

/* 16 ones then 16 zeros: read from 16 - n for a mask of n lanes. */
static const int32_t v_mask_bits[32] = {
	-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
};

static inline __m256i v_mask(size_t n, int half)
{
	const int32_t *from = v_mask_bits + (16 - (n < 16 ? n : 16)) + 8 * half;
	return _mm256_loadu_si256((const __m256i *)(const void *)from);
}

static inline vec16 v_load_n(const float *p, size_t n)
{
	if (n >= 16)
		return v_load(p);
	return (vec16){ _mm256_maskload_ps(p, v_mask(n, 0)),
			_mm256_maskload_ps(p + 8, v_mask(n, 1)) };
}

static inline void v_store_n(float *p, vec16 v, size_t n)
{
	if (n >= 16) {
		v_store(p, v);
		return;
	}
	_mm256_maskstore_ps(p, v_mask(n, 0), v.lo);
	_mm256_maskstore_ps(p + 8, v_mask(n, 1), v.hi);
}

static inline vec16 v_fma(vec16 a, vec16 b, vec16 c)
{
	return (vec16){ _mm256_fmadd_ps(a.lo, b.lo, c.lo),
			_mm256_fmadd_ps(a.hi, b.hi, c.hi) };
}

static inline vec16 v_fma1(float a, vec16 b, vec16 c)
{
	return v_fma(v_set1(a), b, c);
}

static inline vec16 v_add(vec16 a, vec16 b)
{
	return (vec16){ _mm256_add_ps(a.lo, b.lo), _mm256_add_ps(a.hi, b.hi) };
}

static inline vec16 v_sub(vec16 a, vec16 b)
{
	return (vec16){ _mm256_sub_ps(a.lo, b.lo), _mm256_sub_ps(a.hi, b.hi) };
}

static inline vec16 v_mul(vec16 a, vec16 b)
{
	return (vec16){ _mm256_mul_ps(a.lo, b.lo), _mm256_mul_ps(a.hi, b.hi) };
}

static inline vec16 v_div(vec16 a, vec16 b)
{
	return (vec16){ _mm256_div_ps(a.lo, b.lo), _mm256_div_ps(a.hi, b.hi) };
}

static inline vec16 v_sqrt(vec16 a)
{
	return (vec16){ _mm256_sqrt_ps(a.lo), _mm256_sqrt_ps(a.hi) };
}

/* maxps and minps give the second operand when either is NaN or both are
 * zeros: exactly "a > b ? a : b". */
static inline vec16 v_max(vec16 a, vec16 b)
{
	return (vec16){ _mm256_max_ps(a.lo, b.lo), _mm256_max_ps(a.hi, b.hi) };
}

static inline vec16 v_min(vec16 a, vec16 b)
{
	return (vec16){ _mm256_min_ps(a.lo, b.lo), _mm256_min_ps(a.hi, b.hi) };
}

static inline int v_all_less(vec16 a, vec16 b)
{
	__m256 lo = _mm256_cmp_ps(a.lo, b.lo, _CMP_LT_OQ);
	__m256 hi = _mm256_cmp_ps(a.hi, b.hi, _CMP_LT_OQ);
	return _mm256_movemask_ps(_mm256_and_ps(lo, hi)) == 0xFF;
}

static inline vec16 v_if_gt(vec16 a, vec16 b, vec16 x, vec16 y)
{
	__m256 lo = _mm256_cmp_ps(a.lo, b.lo, _CMP_GT_OQ);
	__m256 hi = _mm256_cmp_ps(a.hi, b.hi, _CMP_GT_OQ);
	return (vec16){ _mm256_blendv_ps(y.lo, x.lo, lo),
			_mm256_blendv_ps(y.hi, x.hi, hi) };
}

static inline __m256 v_power2(__m256 n)
{
	__m256i biased = _mm256_add_epi32(_mm256_cvtps_epi32(n),
					  _mm256_set1_epi32(127));
	return _mm256_castsi256_ps(_mm256_slli_epi32(biased, 23));
}

static inline vec16 v_scale2(vec16 x, vec16 n)
{
	return (vec16){ _mm256_mul_ps(x.lo, v_power2(n.lo)),
			_mm256_mul_ps(x.hi, v_power2(n.hi)) };
}

static inline __m256 v_exponent_half(__m256 x)
{
	__m256i bits = _mm256_srli_epi32(_mm256_castps_si256(x), 23);
	bits = _mm256_and_si256(bits, _mm256_set1_epi32(255));
	return _mm256_cvtepi32_ps(
		_mm256_sub_epi32(bits, _mm256_set1_epi32(127)));
}

static inline vec16 v_exponent(vec16 x)
{
	return (vec16){ v_exponent_half(x.lo), v_exponent_half(x.hi) };
}

static inline __m256 v_fraction_half(__m256 x)
{
	__m256i bits = _mm256_and_si256(_mm256_castps_si256(x),
					_mm256_set1_epi32(0x007FFFFF));
	return _mm256_castsi256_ps(
		_mm256_or_si256(bits, _mm256_set1_epi32(0x3F800000)));
}

static inline vec16 v_fraction(vec16 x)
{
	return (vec16){ v_fraction_half(x.lo), v_fraction_half(x.hi) };
}

static inline float v_sum(vec16 v)
{
	__m256 a = _mm256_add_ps(v.lo, v.hi);
	__m128 b = _mm_add_ps(_mm256_castps256_ps128(a),
			      _mm256_extractf128_ps(a, 1));
	b = _mm_add_ps(b, _mm_movehl_ps(b, b));
	b = _mm_add_ss(b, _mm_shuffle_ps(b, b, 1));
	return _mm_cvtss_f32(b);
}
