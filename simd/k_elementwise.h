/*
 * k_elementwise.h - one output per element, arrays or rows of channels.
 *
 * MAP walks i over n in steps of 16 lanes; in the body `i` is the first
 * element and `m` how many lanes count (v_load_n and v_store_n take care of
 * m < 16, and are plain loads when m is 16).
 */
#define MAP(n) for (size_t i = 0, m = MIN16(n); i < (n); \
		    i += 16, m = MIN16((n) - i))
#define MIN16(n) ((n) < 16 ? (n) : 16)

static void k_axpy(float *y, float a, const float *x, size_t n)
{
	vec16 va = v_set1(a);

	MAP(n) v_store_n(y + i, v_fma(va, v_load_n(x + i, m),
				      v_load_n(y + i, m)), m);
}

static void k_scale(float *y, float a, const float *x, size_t n)
{
	vec16 va = v_set1(a);

	MAP(n) v_store_n(y + i, v_mul(va, v_load_n(x + i, m)), m);
}

static void k_add(float *y, const float *x, const float *z, size_t n)
{
	MAP(n) v_store_n(y + i, v_add(v_load_n(x + i, m), v_load_n(z + i, m)),
			 m);
}

static void k_mul(float *y, const float *x, const float *z, size_t n)
{
	MAP(n) v_store_n(y + i, v_mul(v_load_n(x + i, m), v_load_n(z + i, m)),
			 m);
}

static void k_relu(float *y, const float *x, float high, size_t n)
{
	vec16 zero = v_set1(0.0f), top = v_set1(high);

	MAP(n) v_store_n(y + i, v_min(v_max(v_load_n(x + i, m), zero), top),
			 m);
}

static void k_relu_back(float *dx, const float *dy, const float *y,
			float high, size_t n)
{
	vec16 top = v_set1(high);

	MAP(n) v_store_n(dx + i, k_gated(v_load_n(dy + i, m),
					 v_load_n(y + i, m), top), m);
}

/* Rows one after the other, as they lie in memory. */
static void k_sum_rows(float *s, const float *x, size_t rows, size_t channels)
{
	for (size_t r = 0; r < rows; r++, x += channels)
		k_add(s, s, x, channels);
}

static void k_square_rows(float *s, const float *x, const float *mean,
			  size_t rows, size_t channels)
{
	for (size_t r = 0; r < rows; r++, x += channels)
		MAP(channels) {
			vec16 d = v_sub(v_load_n(x + i, m),
					v_load_n(mean + i, m));

			v_store_n(s + i, v_fma(d, d, v_load_n(s + i, m)), m);
		}
}

static void k_dot_rows(float *s, const float *x, const float *z, size_t rows,
		       size_t channels)
{
	for (size_t r = 0; r < rows; r++, x += channels, z += channels)
		MAP(channels)
			v_store_n(s + i, v_fma(v_load_n(x + i, m),
					       v_load_n(z + i, m),
					       v_load_n(s + i, m)), m);
}

static void k_affine_rows(float *y, const float *x, const float *a,
			  const float *b, size_t rows, size_t channels)
{
	for (size_t r = 0; r < rows; r++, x += channels, y += channels)
		MAP(channels)
			v_store_n(y + i, v_fma(v_load_n(x + i, m),
					       v_load_n(a + i, m),
					       v_load_n(b + i, m)), m);
}

static void k_affine2_rows(float *y, const float *x, const float *a,
			   const float *z, const float *b, const float *c,
			   size_t rows, size_t channels)
{
	for (size_t r = 0; r < rows; r++, x += channels, y += channels,
				     z += channels)
		MAP(channels) {
			vec16 t = v_fma(v_load_n(z + i, m), v_load_n(b + i, m),
					v_load_n(c + i, m));

			v_store_n(y + i, v_fma(v_load_n(x + i, m),
					       v_load_n(a + i, m), t), m);
		}
}
