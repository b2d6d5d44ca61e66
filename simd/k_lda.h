/* k_lda.h - LDA: an iteration of a document's E step (Hoffman et al. 2010). */
static float k_lda(float *gamma, float *theta, const float *words,
		   const float *prior, const float *scale, size_t n)
{
	vec16 zero = v_set1(0.0f), sum = zero;

	MAP(n) {
		vec16 g = v_fma(v_load_n(theta + i, m), v_load_n(words + i, m),
				v_load_n(prior + i, m));
		vec16 d = v_sub(g, v_load_n(gamma + i, m));
		vec16 t = v_mul(k_exp_digamma16(g), v_load_n(scale + i, m));

		sum = v_add(sum, v_max(d, v_sub(zero, d)));
		v_store_n(gamma + i, g, m);
		v_store_n(theta + i, t, m);
	}
	return v_sum(sum);
}
