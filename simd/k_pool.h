/* k_pool.h - pooling over a window of pixels, 16 channels at a time. */

static void k_pool_max(float *y, size_t taps, const float *const *x,
		       size_t channels)
{
	MAP(channels) {
		vec16 best = v_load_n(x[0] + i, m);

		for (size_t t = 1; t < taps; t++)
			best = v_max(v_load_n(x[t] + i, m), best);
		v_store_n(y + i, best, m);
	}
}

static void k_pool_max_back(size_t taps, float *const *dx,
			    const float *const *x, const float *y,
			    const float *dy, size_t channels)
{
	vec16 zero = v_set1(0.0f);

	MAP(channels) {
		vec16 top = v_load_n(y + i, m), rest = v_load_n(dy + i, m);

		for (size_t t = 0; t < taps; t++) {
			vec16 v = v_load_n(x[t] + i, m);
			vec16 take = v_if_gt(top, v, zero, rest);
			float *to = dx[t] + i;

			rest = v_if_gt(top, v, rest, zero);
			v_store_n(to, v_add(v_load_n(to, m), take), m);
		}
	}
}

static void k_pool_sum(float *y, size_t taps, const float *const *x,
		       float scale, size_t channels)
{
	vec16 vs = v_set1(scale);

	MAP(channels) {
		vec16 s = v_set1(0.0f);

		for (size_t t = 0; t < taps; t++)
			s = v_add(s, v_load_n(x[t] + i, m));
		v_store_n(y + i, v_mul(s, vs), m);
	}
}
