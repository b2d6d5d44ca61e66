/*
 * vec_avx512.h - 16 floats in one zmm register; vocabulary in vec_scalar.h.
 * Needs AVX-512 F, DQ, BW, VL (every CPU since Skylake-X has the four).
 *
 *	what		instruction		latency, per cycle
 *						Skylake-X | Zen 4
 *	v_fma		vfmadd231ps		4, 2 | 4, 1
 *	v_add v_sub	vaddps			4, 2 | 3, 1
 *	v_mul		vmulps			4, 2 | 3, 1
 *	v_div		vdivps zmm		18, 1/10 | 10, 1/10
 *	v_sqrt		vsqrtps zmm		19, 1/12 | 15, 1/16
 *	v_set1 (memory)	vbroadcastss		load, 2 | load, 1
 *	v_load_n	vmovups {k}{z}		load, 2 | load, 2
 *
 * 32 registers: a tile of 12 x 32 keeps 24 accumulators, 2 of B and 1 or 2 of
 * A: 14 loads for 24 multiply-adds, and as many row pointers as there are
 * integer registers for.
 */
#include <immintrin.h>

typedef __m512 vec16;

static inline vec16 v_set1(float x) { return _mm512_set1_ps(x); }
static inline vec16 v_load(const float *p) { return _mm512_loadu_ps(p); }
static inline void v_store(float *p, vec16 v) { _mm512_storeu_ps(p, v); }

static inline __mmask16 v_mask(size_t n)
{
	return (__mmask16)(n < 16 ? (1u << n) - 1 : 0xFFFFu);
}

static inline vec16 v_load_n(const float *p, size_t n)
{
	return n >= 16 ? v_load(p) : _mm512_maskz_loadu_ps(v_mask(n), p);
}

static inline void v_store_n(float *p, vec16 v, size_t n)
{
	if (n >= 16)
		v_store(p, v);
	else
		_mm512_mask_storeu_ps(p, v_mask(n), v);
}

static inline vec16 v_fma(vec16 a, vec16 b, vec16 c)
{
	return _mm512_fmadd_ps(a, b, c);
}

static inline vec16 v_fma1(float a, vec16 b, vec16 c)
{
	return v_fma(v_set1(a), b, c);
}

static inline vec16 v_add(vec16 a, vec16 b) { return _mm512_add_ps(a, b); }
static inline vec16 v_sub(vec16 a, vec16 b) { return _mm512_sub_ps(a, b); }
static inline vec16 v_mul(vec16 a, vec16 b) { return _mm512_mul_ps(a, b); }
static inline vec16 v_div(vec16 a, vec16 b) { return _mm512_div_ps(a, b); }
static inline vec16 v_sqrt(vec16 a) { return _mm512_sqrt_ps(a); }
static inline vec16 v_max(vec16 a, vec16 b) { return _mm512_max_ps(a, b); }
static inline vec16 v_min(vec16 a, vec16 b) { return _mm512_min_ps(a, b); }

static inline int v_all_less(vec16 a, vec16 b)
{
	return _mm512_cmp_ps_mask(a, b, _CMP_LT_OQ) == 0xFFFF;
}

static inline vec16 v_if_gt(vec16 a, vec16 b, vec16 x, vec16 y)
{
	return _mm512_mask_blend_ps(_mm512_cmp_ps_mask(a, b, _CMP_GT_OQ), y, x);
}

static inline vec16 v_scale2(vec16 x, vec16 n)
{
	__m512i biased = _mm512_add_epi32(_mm512_cvtps_epi32(n),
					  _mm512_set1_epi32(127));
	return _mm512_mul_ps(x, _mm512_castsi512_ps(
					_mm512_slli_epi32(biased, 23)));
}

static inline vec16 v_exponent(vec16 x)
{
	__m512i bits = _mm512_srli_epi32(_mm512_castps_si512(x), 23);
	bits = _mm512_and_si512(bits, _mm512_set1_epi32(255));
	return _mm512_cvtepi32_ps(
		_mm512_sub_epi32(bits, _mm512_set1_epi32(127)));
}

static inline vec16 v_fraction(vec16 x)
{
	__m512i bits = _mm512_and_si512(_mm512_castps_si512(x),
					_mm512_set1_epi32(0x007FFFFF));
	return _mm512_castsi512_ps(
		_mm512_or_si512(bits, _mm512_set1_epi32(0x3F800000)));
}

static inline float v_sum(vec16 v)
{
	__m256 a = _mm256_add_ps(_mm512_castps512_ps256(v),
				 _mm512_extractf32x8_ps(v, 1));
	__m128 b = _mm_add_ps(_mm256_castps256_ps128(a),
			      _mm256_extractf128_ps(a, 1));
	b = _mm_add_ps(b, _mm_movehl_ps(b, b));
	b = _mm_add_ss(b, _mm_shuffle_ps(b, b, 1));
	return _mm_cvtss_f32(b);
}
