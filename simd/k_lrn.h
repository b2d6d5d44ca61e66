/*
 * k_lrn.h - local response normalisation across channels, 16 at a time.
 *
 * A window reaches `half` channels to each side.  The first and last vectors of
 * a row are read from a copy that is padded with zeros.
 */

enum { LRN_HALF = 8 };	/* size is at most 17 */

/* A pointer to element i of a row that may be read from -half to 16 + half:
 * into the row itself, or into `copy`, which is padded with zeros. */
static inline const float *k_lrn_around(const float *x, size_t i,
					size_t channels, size_t half,
					float *copy)
{
	if (i >= half && i + 16 + half <= channels)
		return x + i;
	for (size_t j = 0; j < 16 + 2 * half; j++)
		copy[j] = i + j >= half && i + j - half < channels ?
			  x[i + j - half] : 0.0f;
	return copy + half;
}

/* s of simd/kernels.h. */
static ALWAYS_INLINE vec16 k_lrn_s(const float *x, size_t i, size_t channels,
				   const struct lrn *p)
{
	float copy[16 + 2 * LRN_HALF];
	size_t half = p->size / 2;
	const float *at = k_lrn_around(x, i, channels, half, copy) - half;
	vec16 q = v_set1(0.0f);

	for (size_t d = 0; d < p->size; d++) {
		vec16 v = v_load(at + d);
		q = v_fma(v, v, q);
	}
	return v_fma(v_set1(p->scale), q, v_set1(p->k));
}

/* t = s to the power beta */
static ALWAYS_INLINE vec16 k_lrn_t(vec16 s, const struct lrn *p)
{
	vec16 root = v_sqrt(s);

	if (p->beta == 0.75f)
		return v_mul(root, v_sqrt(root));
	return k_exp16(v_mul(v_set1(p->beta), k_log16(s)));
}

static void k_lrn(float *y, const float *x, size_t rows, size_t channels,
		  const struct lrn *p)
{
	for (size_t r = 0; r < rows; r++, y += channels, x += channels)
		MAP(channels) {
			vec16 t = k_lrn_t(k_lrn_s(x, i, channels, p), p);
			v_store_n(y + i, v_div(v_load_n(x + i, m), t), m);
		}
}

/* Writes g of channels i .. i + 15 to g[16], zeros past the row; returns their
 * t. */
static ALWAYS_INLINE vec16 k_lrn_g(float *g, const float *dy, const float *x,
				   const float *y, size_t i, size_t channels,
				   const struct lrn *p)
{
	size_t m = i < channels ? MIN16(channels - i) : 0;
	vec16 s, product;

	if (!m) {
		v_store(g, v_set1(0.0f));
		return v_set1(1.0f);
	}
	s = k_lrn_s(x, i, channels, p);
	product = v_mul(v_load_n(dy + i, m), v_load_n(y + i, m));
	v_store(g, v_set1(0.0f));
	v_store_n(g, v_div(product, s), m);
	return k_lrn_t(s, p);
}

static void k_lrn_back(float *dx, const float *dy, const float *x,
		       const float *y, size_t rows, size_t channels,
		       const struct lrn *p)
{
	vec16 slope = v_set1(-2.0f * p->beta * p->scale);
	size_t half = p->size / 2;

	for (size_t r = 0; r < rows; r++, dx += channels, dy += channels,
				     x += channels, y += channels) {
		float g[48];		/* of lanes i - 16 .. i + 31 */
		vec16 t = k_lrn_g(g + 16, dy, x, y, 0, channels, p);

		v_store(g, v_set1(0.0f));
		MAP(channels) {
			vec16 next = k_lrn_g(g + 32, dy, x, y, i + 16,
					     channels, p);
			vec16 h = v_set1(0.0f), xh;

			for (size_t d = 0; d < p->size; d++)
				h = v_add(h, v_load(g + 16 - half + d));
			xh = v_mul(v_load_n(x + i, m), h);
			v_store_n(dx + i, v_fma(slope, xh,
				v_div(v_load_n(dy + i, m), t)), m);
			v_store(g, v_load(g + 16));
			v_store(g + 16, v_load(g + 32));
			t = next;
		}
	}
}
