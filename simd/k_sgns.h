/*
 * k_sgns.h - negative sampling: the scores of several rows (dots), their update
 * (sgns), and one gradient added to several rows (spread).
 *
 * Each load of a row feeds one multiply-add in dots and two in sgns.  An AVX2
 * core does two loads and two multiply-adds a cycle, so loads are no
 * bottleneck.
 */

/* R independent chains, to hide the latency of fma; a constant after
 * inlining. */
static ALWAYS_INLINE void k_dots_few(float *y, const float *a,
				     const float *const *b, size_t R,
				     size_t n)
{
	vec16 s[6];
	size_t i = 0;

	UNROLL for (size_t r = 0; r < R; r++)
		s[r] = v_set1(0.0f);
	for (; i + 16 <= n; i += 16) {
		vec16 v = v_load(a + i);

		UNROLL for (size_t r = 0; r < R; r++)
			s[r] = v_fma(v_load(b[r] + i), v, s[r]);
	}
	if (i < n)
		UNROLL for (size_t r = 0; r < R; r++)
			s[r] = v_fma(v_load_n(b[r] + i, n - i),
				     v_load_n(a + i, n - i), s[r]);
	UNROLL for (size_t r = 0; r < R; r++)
		y[r] = v_sum(s[r]);
}

static void k_dots(float *y, const float *a, const float *const *b,
		   size_t rows, size_t n)
{
	size_t r = 0;

	for (; r + 6 <= rows; r += 6)
		k_dots_few(y + r, a, b + r, 6, n);
	for (; r + 3 <= rows; r += 3)
		k_dots_few(y + r, a, b + r, 3, n);
	for (; r < rows; r++)
		k_dots_few(y + r, a, b + r, 1, n);
}

/* Columns i .. i + m - 1; after inlining m is the constant 16, but for the tail
 * of a row. */
static ALWAYS_INLINE void k_sgns_columns(float *g, const float *a,
					 const float *w, float *const *b,
					 size_t rows, size_t i, size_t m)
{
	vec16 va = v_load_n(a + i, m), vg = v_load_n(g + i, m);

	for (size_t r = 0; r < rows; r++) {
		float *to = b[r] + i;
		vec16 vw = v_set1(w[r]), v = v_load_n(to, m);

		v_store_n(to, v_fma(vw, va, v), m);
		vg = v_fma(vw, v, vg);
	}
	v_store_n(g + i, vg, m);
}

static void k_sgns(float *g, const float *a, const float *w,
		   float *const *b, size_t rows, size_t n)
{
	size_t i = 0;

	for (; i + 16 <= n; i += 16)
		k_sgns_columns(g, a, w, b, rows, i, 16);
	if (i < n)
		k_sgns_columns(g, a, w, b, rows, i, n - i);
}

static void k_spread(float *const *y, const float *x, size_t rows, size_t n)
{
	for (size_t r = 0; r < rows; r++) {
		float *to = y[r];
		size_t i = 0;

		for (; i + 16 <= n; i += 16)
			v_store(to + i, v_add(v_load(to + i), v_load(x + i)));
		if (i < n)
			v_store_n(to + i, v_add(v_load_n(to + i, n - i),
						v_load_n(x + i, n - i)),
				  n - i);
	}
}
