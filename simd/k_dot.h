/* k_dot.h - sums along one axis: 16 lanes, tail padded with +0, folded. */

static float k_dot(const float *a, const float *b, size_t n)
{
	vec16 s = v_set1(0.0f);
	size_t i = 0;

	for (; i + 16 <= n; i += 16)
		s = v_fma(v_load(a + i), v_load(b + i), s);
	if (i < n)
		s = v_fma(v_load_n(a + i, n - i), v_load_n(b + i, n - i), s);
	return v_sum(s);
}

static float k_sum(const float *a, size_t n)
{
	vec16 s = v_set1(0.0f);
	size_t i = 0;

	for (; i + 16 <= n; i += 16)
		s = v_add(s, v_load(a + i));
	if (i < n)
		s = v_add(s, v_load_n(a + i, n - i));
	return v_sum(s);
}
