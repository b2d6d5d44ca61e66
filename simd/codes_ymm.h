/* codes_ymm.h - what AVX2 and AVX-VNNI share: sums to floats, and bounds. */
static inline vec16 c_floats(sums16 s)
{
	return (vec16){ _mm256_cvtepi32_ps(s.lo), _mm256_cvtepi32_ps(s.hi) };
}

static inline unsigned c_reach(vec16 v, float x)
{
	__m256 all = _mm256_set1_ps(x);
	int lo = _mm256_movemask_ps(_mm256_cmp_ps(v.lo, all, _CMP_NLT_UQ));
	int hi = _mm256_movemask_ps(_mm256_cmp_ps(v.hi, all, _CMP_NLT_UQ));

	return (unsigned)lo | (unsigned)hi << 8;
}
