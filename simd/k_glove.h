/*
 * k_glove.h - GloVe's update: AdaGrad on pairs of rows (Pennington et al.
 * 2014).
 *
 * A row keeps r = 1 / sqrt(s) in place of AdaGrad's sum of squares s.  With
 * u = g r, the step before the learning rate, adding g^2 to s turns r into
 * r / sqrt(1 + u^2).  u^2 is nearly always so small that two terms of the
 * series are enough.  Square root and division are slow (a core with AVX2
 * starts one every 13 cycles), so only the few larger steps use them.
 */

/* Up to this t, 1 / sqrt(1 + t) = 1 - t / 2 + C t^2 within 3e-7. */
#define GLOVE_SMALL 0x1p-6f
#define GLOVE_TERM 0.3713f
/* Prefetch distance in pairs: about the latency of memory. */
enum { GLOVE_AHEAD = 4 };

/* 16 zeros, a one, 15 zeros; read from 16 - n, lane n is the one. */
static const float k_one_lane[32] = { [16] = 1 };

static ALWAYS_INLINE vec16 k_glove_one(const struct glove_rule *s)
{
	return v_load(k_one_lane + 16 - s->n % 16);
}

/* x with a 1 in the lane of the bias: the factor of the other row's bias. */
static ALWAYS_INLINE vec16 k_glove_partner(vec16 x, vec16 one)
{
	return v_if_gt(one, v_set1(0.0f), one, x);
}

static ALWAYS_INLINE float k_glove_dot(const float *a, const float *b,
				       const struct glove_rule *s)
{
	vec16 sum = v_set1(0.0f), one = k_glove_one(s), last;
	size_t i = 0;

	for (; i + 16 < s->half; i += 16)
		sum = v_fma(v_load(a + i), v_load(b + i), sum);
	last = v_load(b + i);
	sum = v_fma(v_load(a + i), k_glove_partner(last, one), sum);
	return v_sum(v_fma(last, one, sum));
}

static ALWAYS_INLINE vec16 k_glove_damp(vec16 r, vec16 t)
{
	vec16 p = v_fma(t, v_set1(GLOVE_TERM), v_set1(-0.5f));

	return v_fma(v_mul(r, t), p, r);
}

static ALWAYS_INLINE vec16 k_glove_damp_any(vec16 r, vec16 t, vec16 series)
{
	vec16 root = v_sqrt(v_add(v_set1(1.0f), t));

	return v_if_gt(t, v_set1(GLOVE_SMALL), v_div(r, root), series);
}

/* AdaGrad's step on 16 elements of a and of b; va and vb hold their values, ga
 * and gb their gradients. */
static ALWAYS_INLINE void k_glove_16(float *a, float *b, vec16 va, vec16 vb,
				     vec16 ga, vec16 gb,
				     const struct glove_rule *s)
{
	vec16 ra = v_load(a + s->half), rb = v_load(b + s->half);
	vec16 ua = v_mul(ga, ra), ub = v_mul(gb, rb), rate = v_set1(-s->rate);
	vec16 ta = v_mul(ua, ua), tb = v_mul(ub, ub);
	vec16 na = k_glove_damp(ra, ta), nb = k_glove_damp(rb, tb);

	/* both are small where their sum is; a NaN is not small */
	if (!v_all_less(v_add(ta, tb), v_set1(GLOVE_SMALL))) {
		na = k_glove_damp_any(ra, ta, na);
		nb = k_glove_damp_any(rb, tb, nb);
	}
	v_store(a, v_fma(rate, ua, va));
	v_store(b, v_fma(rate, ub, vb));
	v_store(a + s->half, na);
	v_store(b + s->half, nb);
}

static ALWAYS_INLINE vec16 k_glove_part(vec16 e, vec16 x, float high,
					int clip)
{
	vec16 g = v_mul(e, x);

	return clip ? v_max(v_min(g, v_set1(high)), v_set1(-high)) : g;
}

/* clip is a constant after inlining. */
static ALWAYS_INLINE void k_glove_rows(float *a, float *b, float e,
				       const struct glove_rule *s, int clip)
{
	vec16 ve = v_set1(s->scale * e), one = k_glove_one(s);
	vec16 zero = v_set1(0.0f), va, vb, ga, gb;
	float high = s->scale * s->part;
	size_t i = 0;

	for (; i + 16 < s->half; i += 16) {
		va = v_load(a + i);
		vb = v_load(b + i);
		k_glove_16(a + i, b + i, va, vb,
			   k_glove_part(ve, vb, high, clip),
			   k_glove_part(ve, va, high, clip), s);
	}
	va = v_load(a + i);
	vb = v_load(b + i);
	ga = k_glove_part(ve, vb, high, clip);
	gb = k_glove_part(ve, va, high, clip);
	ga = v_if_gt(one, zero, v_set1(e), ga);
	gb = v_if_gt(one, zero, v_set1(e), gb);
	k_glove_16(a + i, b + i, va, vb, ga, gb, s);
}

static ALWAYS_INLINE void k_glove_fetch(const float *row, size_t floats)
{
	for (size_t i = 0; i < floats; i += 16)
		__builtin_prefetch(row + i, 1);
}

/* The dot product of the next pair is computed before this pair's step, to hide
 * its latency.  Where the two pairs share a row, it is computed after it. */
static void k_glove(double *loss, float *const *a, float *const *b,
		    const float *log_x, const float *weight, size_t pairs,
		    const struct glove_rule *s)
{
	float next = pairs ? k_glove_dot(a[0], b[0], s) : 0;

	for (size_t i = 0; i < pairs; i++) {
		float d = next - log_x[i], e = weight[i] * d;
		size_t j = i + 1 < pairs ? i + 1 : i;
		int apart = a[j] != a[i] && b[j] != b[i] && a[j] != b[i] &&
			    b[j] != a[i];

		*loss += (double)weight[i] * ((double)d * (double)d);
		if (e > s->clip)
			e = s->clip;
		if (e < -s->clip)
			e = -s->clip;
		if (i + GLOVE_AHEAD < pairs) {
			k_glove_fetch(a[i + GLOVE_AHEAD], 2 * s->half);
			k_glove_fetch(b[i + GLOVE_AHEAD], 2 * s->half);
		}
		if (apart)
			next = k_glove_dot(a[j], b[j], s);
		if (e > 1 || e < -1)
			k_glove_rows(a[i], b[i], e, s, 1);
		else
			k_glove_rows(a[i], b[i], e, s, 0);
		if (!apart)
			next = k_glove_dot(a[j], b[j], s);
	}
}
