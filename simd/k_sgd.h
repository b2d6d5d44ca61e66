/* k_sgd.h - steps of optimisers: SGD with momentum and weight decay, Adam. */
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

static void k_adam(float *w, float *m1, float *m2, const float *g,
		   const struct adam_rule *r, size_t n)
{
	vec16 scale = v_set1(r->scale), inside = v_set1(r->inside);
	vec16 outside = v_set1(-r->outside), rate = v_set1(r->rate);
	vec16 b1 = v_set1(r->beta1), r1 = v_set1(r->rest1);
	vec16 b2 = v_set1(r->beta2), r2 = v_set1(r->rest2);
	vec16 square = v_set1(r->square), epsilon = v_set1(r->epsilon);

	MAP(n) {
		vec16 x = v_load_n(w + i, m), one, two, by;
		vec16 d = v_fma(inside, x, v_mul(scale, v_load_n(g + i, m)));

		one = v_fma(b1, v_load_n(m1 + i, m), v_mul(r1, d));
		two = v_fma(b2, v_load_n(m2 + i, m), v_mul(r2, v_mul(d, d)));
		by = v_add(v_sqrt(v_mul(two, square)), epsilon);
		v_store_n(m1 + i, one, m);
		v_store_n(m2 + i, two, m);
		v_store_n(w + i, v_sub(v_fma(outside, x, x),
				       v_div(v_mul(rate, one), by)), m);
	}
}
