/* k_sgd.h - steps of optimisers: SGD with momentum and weight decay. */
static void k_sgd(float *w, float *v, const float *g, float rate,
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
