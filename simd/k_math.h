/*
 * k_math.h - exp, log, tanh, sigmoid, pow, softmax as trees of fmas.
 *
 * exp	n = nearest(x / ln 2), r = x - n ln 2 (ln 2 in two parts), e^r by its
 *	Taylor polynomial of degree 7 on |r| <= ln2 / 2 (next term 4e-9), then
 *	times 2^n in two steps so that subnormal results are rounded once.
 * log	x = 2^k f with f in [sqrt(1/2), sqrt 2), s = (f - 1) / (f + 1),
 *	log f = 2 s + 2/3 s^3 + 2/5 s^5 + ...  to s^11 (|s| <= 0.1716, next
 *	term 2e-11), computed as h - s (h - rest) to keep the low bits.
 * tanh	small |x|: odd polynomial of degree 13 by Taylor; else
 *	1 - 2 / (e^2|x| + 1) with the sign put back.
 * exp_digamma	psi(x) = psi(x + 4) - R with R = 1/x + ... + 1/(x + 3); with
 *	t = x (x + 3), R = (2x + 3)(2t + 2) / (t (t + 2)).  With y = x + 7/2,
 *	exp psi(x + 4) = y + 1/(24 y) - 37/(5760 y^3) + ..., to y^-9 (next term
 *	6e-9 of y).  For x > 10^4 the result is x - 1/2 (next term 4e-10 of it).
 */

/* Nearest integer, ties to even, for |x| < 2^22: adding 1.5 * 2^23 leaves no
 * room for a fraction.  -0.3 gives +0. */
static ALWAYS_INLINE vec16 k_nearest(vec16 x)
{
	vec16 magic = v_set1(12582912.0f);

	return v_sub(v_add(x, magic), magic);
}

static ALWAYS_INLINE vec16 k_exp16(vec16 x)
{
	/* Beyond these bounds e^x is inf or 0.  A NaN becomes the lower bound
	 * here; the last line restores it. */
	vec16 low = v_set1(-104.0f), high = v_set1(89.0f);
	vec16 z = v_min(v_max(x, low), high);
	vec16 n = k_nearest(v_mul(z, v_set1(0x1.715476p+0f)));
	vec16 r, p, half;

	r = v_fma(n, v_set1(-0x1.62e4p-1f), z);		/* 15 bits: exact */
	r = v_fma(n, v_set1(-0x1.7f7d1cp-20f), r);
	p = v_set1(1.0f / 5040);
	p = v_fma(p, r, v_set1(1.0f / 720));
	p = v_fma(p, r, v_set1(1.0f / 120));
	p = v_fma(p, r, v_set1(1.0f / 24));
	p = v_fma(p, r, v_set1(1.0f / 6));
	p = v_fma(p, r, v_set1(0.5f));
	p = v_fma(p, r, v_set1(1.0f));
	p = v_fma(p, r, v_set1(1.0f));
	half = k_nearest(v_mul(n, v_set1(0.5f)));
	p = v_scale2(v_scale2(p, half), v_sub(n, half));
	/* x > high, x <= high, or NaN, which compares false both times */
	return v_if_gt(x, high, v_set1(INFINITY),
		       v_if_gt(low, x, v_set1(0.0f),
			       v_if_gt(v_set1(INFINITY), x, p, v_add(x, x))));
}

static ALWAYS_INLINE vec16 k_log16(vec16 x)
{
	vec16 zero = v_set1(0.0f), tiny = v_set1(0x1p-126f), one = v_set1(1.0f);
	vec16 big = v_if_gt(tiny, x, v_mul(x, v_set1(0x1p24f)), x);
	vec16 bias = v_if_gt(tiny, x, v_set1(-24.0f), zero);
	vec16 k = v_add(v_exponent(big), bias), f = v_fraction(big);
	vec16 root = v_set1(0x1.6a09e6p+0f);
	vec16 s, z, p, h, f1;

	k = v_if_gt(f, root, v_add(k, one), k);
	f = v_if_gt(f, root, v_mul(f, v_set1(0.5f)), f);
	f1 = v_sub(f, one);					/* exact */
	s = v_div(f1, v_add(f, one));
	z = v_mul(s, s);
	p = v_set1(2.0f / 11);
	p = v_fma(p, z, v_set1(2.0f / 9));
	p = v_fma(p, z, v_set1(2.0f / 7));
	p = v_fma(p, z, v_set1(2.0f / 5));
	p = v_fma(p, z, v_set1(2.0f / 3));
	p = v_mul(p, z);
	/* log f = f1 - s (f1 - p): since 2 s = f1 - s f1 */
	h = v_sub(f1, p);
	p = v_fma(k, v_set1(0x1.7f7d1cp-20f), v_sub(zero, v_mul(s, h)));
	p = v_fma(k, v_set1(0x1.62e4p-1f), v_add(f1, p));
	p = v_if_gt(v_set1(INFINITY), x, p, v_add(x, x));	/* inf, NaN */
	return v_if_gt(x, zero, p,
		       v_if_gt(zero, x, v_set1(NAN),
			       v_sub(v_mul(x, x), v_set1(INFINITY))));
}

static ALWAYS_INLINE vec16 k_tanh16(vec16 x)
{
	vec16 zero = v_set1(0.0f), one = v_set1(1.0f);
	vec16 size = v_if_gt(zero, x, v_sub(zero, x), x);
	vec16 z = v_mul(x, x), p, big;

	p = v_set1(21844.0f / 6081075);
	p = v_fma(p, z, v_set1(-1382.0f / 155925));
	p = v_fma(p, z, v_set1(62.0f / 2835));
	p = v_fma(p, z, v_set1(-17.0f / 315));
	p = v_fma(p, z, v_set1(2.0f / 15));
	p = v_fma(p, z, v_set1(-1.0f / 3));
	p = v_fma(v_mul(p, z), x, x);
	big = k_exp16(v_add(size, size));
	big = v_sub(one, v_div(v_set1(2.0f), v_add(big, one)));
	big = v_if_gt(zero, x, v_sub(zero, big), big);
	return v_if_gt(size, v_set1(0.4f), big, p);
}

/* e = e^-|x| cannot overflow, so results below 2^-126 keep their bits.
 * q = e / (1 + e) is the value at -|x|.  Where e is small, e - e q is the same
 * value without the rounding of 1 + e. */
static ALWAYS_INLINE vec16 k_sigmoid16(vec16 x)
{
	vec16 zero = v_set1(0.0f), one = v_set1(1.0f), half = v_set1(0.5f);
	vec16 e = k_exp16(v_if_gt(x, zero, v_sub(zero, x), x));
	vec16 q = v_div(e, v_add(one, e));
	vec16 low = v_if_gt(half, e, v_fma(v_sub(zero, e), q, e), q);

	return v_if_gt(x, zero, v_sub(one, q), low);
}

/* Results below 2^-60 become 0, so that a product of two is 0 or normal. */
static ALWAYS_INLINE vec16 k_exp_digamma16(vec16 x)
{
	vec16 two = v_set1(2.0f), three = v_set1(3.0f);
	vec16 small = v_set1(0x1p-60f), zero = v_set1(0.0f);
	vec16 t = v_fma(x, x, v_mul(three, x));
	vec16 above = v_mul(v_fma(two, x, three), v_fma(two, t, two));
	vec16 r = v_div(above, v_mul(t, v_add(t, two)));
	vec16 w = v_div(v_set1(1.0f), v_add(x, v_set1(3.5f)));
	vec16 z = v_mul(w, w), p;

	p = v_set1(0x1.e2acc2p-8f);		/* 2709398569 / 367873228800 */
	/* 5509121 / 1393459200 */
	p = v_fma(p, z, v_set1(-0x1.0319bp-8f));
	p = v_fma(p, z, v_set1(10313.0f / 2903040));
	p = v_fma(p, z, v_set1(-37.0f / 5760));
	p = v_fma(p, z, v_set1(1.0f / 24));
	p = v_fma(p, w, v_add(x, v_set1(3.5f)));
	p = v_mul(p, k_exp16(v_sub(zero, r)));
	p = v_if_gt(small, p, zero, p);
	return v_if_gt(x, v_set1(1e4f), v_sub(x, v_set1(0.5f)), p);
}

static void k_exp(float *y, const float *x, size_t n)
{
	MAP(n) v_store_n(y + i, k_exp16(v_load_n(x + i, m)), m);
}

static void k_log(float *y, const float *x, size_t n)
{
	MAP(n) v_store_n(y + i, k_log16(v_load_n(x + i, m)), m);
}

static void k_tanh(float *y, const float *x, size_t n)
{
	MAP(n) v_store_n(y + i, k_tanh16(v_load_n(x + i, m)), m);
}

static void k_sigmoid(float *y, const float *x, size_t n)
{
	MAP(n) v_store_n(y + i, k_sigmoid16(v_load_n(x + i, m)), m);
}

static void k_exp_digamma(float *y, const float *x, size_t n)
{
	MAP(n) v_store_n(y + i, k_exp_digamma16(v_load_n(x + i, m)), m);
}

/* exp turns the absolute error of t = p * log(x), which grows with |t|, into a
 * relative one: within (2 + |p log x|) * 2^-23. */
static void k_pow(float *y, const float *x, float p, size_t n)
{
	vec16 vp = v_set1(p);

	MAP(n) {
		vec16 t = v_mul(vp, k_log16(v_load_n(x + i, m)));
		v_store_n(y + i, k_exp16(t), m);
	}
}

static void k_softmax(float *y, const float *x, size_t n)
{
	float top = x[0], total;

	for (size_t i = 1; i < n; i++)
		top = x[i] > top ? x[i] : top;
	MAP(n) v_store_n(y + i, k_exp16(v_sub(v_load_n(x + i, m),
					      v_set1(top))), m);
	total = k_sum(y, n);
	MAP(n) v_store_n(y + i, v_div(v_load_n(y + i, m), v_set1(total)), m);
}
