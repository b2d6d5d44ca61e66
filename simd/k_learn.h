/* k_learn.h - one step of an optimiser: GloVe's AdaGrad, LDA's topics of
 * a document, SGD with momentum. */

static void FN(glove)(float *a, float *b, float *ga, float *gb, float e,
		      float rate, size_t n)
{
	vec16 ve = v_set1(e), vr = v_set1(-rate);

	MAP(n) {
		vec16 va = v_load_n(a + i, m), vb = v_load_n(b + i, m);
		vec16 sa = v_load_n(ga + i, m), sb = v_load_n(gb + i, m);
		vec16 da = v_mul(ve, vb), db = v_mul(ve, va);

		v_store_n(a + i, v_fma(vr, v_div(da, v_sqrt(sa)), va), m);
		v_store_n(b + i, v_fma(vr, v_div(db, v_sqrt(sb)), vb), m);
		v_store_n(ga + i, v_fma(da, da, sa), m);
		v_store_n(gb + i, v_fma(db, db, sb), m);
	}
}

static float FN(lda)(float *gamma, float *theta, const float *words,
		     const float *prior, const float *scale, size_t n)
{
	vec16 zero = v_set1(0.0f), sum = zero;

	MAP(n) {
		vec16 g = v_fma(v_load_n(theta + i, m), v_load_n(words + i, m),
				v_load_n(prior + i, m));
		vec16 d = v_sub(g, v_load_n(gamma + i, m));
		vec16 t = v_mul(FN(exp_digamma16)(g), v_load_n(scale + i, m));

		sum = v_add(sum, v_max(d, v_sub(zero, d)));
		v_store_n(gamma + i, g, m);
		v_store_n(theta + i, t, m);
	}
	return v_sum(sum);
}

static void FN(sgd)(float *w, float *v, const float *g, float rate,
		    float momentum, float decay, size_t n)
{
	vec16 vr = v_set1(rate), vm = v_set1(momentum), vd = v_set1(decay);

	MAP(n) {
		vec16 x = v_load_n(w + i, m);
		vec16 d = v_fma(vd, x, v_load_n(g + i, m));
		vec16 step = v_fma(vr, d, v_mul(vm, v_load_n(v + i, m)));

		v_store_n(v + i, step, m);
		v_store_n(w + i, v_sub(x, step), m);
	}
}
