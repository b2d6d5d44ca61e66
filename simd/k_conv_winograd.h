/*
 * k_conv_winograd.h - the transforms of Winograd's F(4x4, 3x3), 16 channels
 * at a time (Lavin and Gray 2016, with the points 0, 1, -1, 2, -2, infinity).
 *
 * A 4 x 4 block of a 3 x 3 convolution costs 36 multiplications a channel pair
 * instead of 144: A' [(G g G') * (B' d B)] A, the product element by element.
 * Each k_wino_* function below multiplies one vector by one of the matrices; it
 * is the definition of the expression tree.  A two-dimensional transform does
 * all columns first, then all rows.
 */

/* o = B' d */
static ALWAYS_INLINE void k_wino_input(vec16 *o, const vec16 *d, int step)
{
	vec16 four = v_set1(4.0f), five = v_set1(-5.0f), two = v_set1(2.0f);
	vec16 minus4 = v_set1(-4.0f), minus2 = v_set1(-2.0f);
	vec16 d0 = d[0], d1 = d[step], d2 = d[2 * step];
	vec16 d3 = d[3 * step], d4 = d[4 * step], d5 = d[5 * step];
	vec16 even = v_fma(minus4, d2, d4), odd = v_fma(minus4, d1, d3);
	vec16 far = v_sub(d4, d2), near = v_sub(d3, d1);

	o[0] = v_fma(four, d0, v_fma(five, d2, d4));
	o[step] = v_add(even, odd);
	o[2 * step] = v_sub(even, odd);
	o[3 * step] = v_fma(two, near, far);
	o[4 * step] = v_fma(minus2, near, far);
	o[5 * step] = v_fma(four, d1, v_fma(five, d3, d5));
}

/* o = A' m: 6 to 4 */
static ALWAYS_INLINE void k_wino_output(vec16 *o, const vec16 *m, int step)
{
	vec16 two = v_set1(2.0f), four = v_set1(4.0f), eight = v_set1(8.0f);
	vec16 s1 = v_add(m[step], m[2 * step]);
	vec16 d1 = v_sub(m[step], m[2 * step]);
	vec16 s2 = v_add(m[3 * step], m[4 * step]);
	vec16 d2 = v_sub(m[3 * step], m[4 * step]);

	o[0] = v_add(v_add(m[0], s1), s2);
	o[step] = v_fma(two, d2, d1);
	o[2 * step] = v_fma(four, s2, s1);
	o[3 * step] = v_add(v_fma(eight, d2, d1), m[5 * step]);
}

/* u = G g: 3 to 6 */
static ALWAYS_INLINE void k_wino_weights(vec16 *u, const vec16 *g, int step)
{
	vec16 sixth = v_set1(-1.0f / 6), s = v_add(g[0], g[2 * step]);
	vec16 e = v_fma(g[2 * step], v_set1(1.0f / 6),
			v_mul(g[0], v_set1(1.0f / 24)));
	vec16 g1 = g[step];

	u[0] = v_mul(g[0], v_set1(0.25f));
	u[5 * step] = g[2 * step];
	u[step] = v_mul(v_add(s, g1), sixth);
	u[2 * step] = v_mul(v_sub(s, g1), sixth);
	u[3 * step] = v_fma(g1, v_set1(1.0f / 12), e);
	u[4 * step] = v_fma(g1, v_set1(-1.0f / 12), e);
}

/* o = A y: 4 to 6 */
static ALWAYS_INLINE void k_wino_gradient(vec16 *o, const vec16 *y, int step)
{
	vec16 y0 = y[0], y3 = y[3 * step];
	vec16 e = v_add(y0, y[2 * step]), f = v_add(y[step], y3);
	vec16 e2 = v_fma(v_set1(4.0f), y[2 * step], y0);
	vec16 f2 = v_fma(v_set1(8.0f), y3, v_add(y[step], y[step]));

	o[0] = y0;
	o[step] = v_add(e, f);
	o[2 * step] = v_sub(e, f);
	o[3 * step] = v_add(e2, f2);
	o[4 * step] = v_sub(e2, f2);
	o[5 * step] = y3;
}

/* g = G' u: 6 to 3 */
static ALWAYS_INLINE void k_wino_weights_back(vec16 *g, const vec16 *u,
					      int step)
{
	vec16 sixth = v_set1(1.0f / 6), minus6 = v_set1(-1.0f / 6);
	vec16 s1 = v_add(u[step], u[2 * step]);
	vec16 d1 = v_sub(u[2 * step], u[step]);
	vec16 s2 = v_add(u[3 * step], u[4 * step]);
	vec16 d2 = v_sub(u[3 * step], u[4 * step]);

	g[0] = v_fma(v_set1(0.25f), u[0],
		     v_fma(minus6, s1, v_mul(s2, v_set1(1.0f / 24))));
	g[step] = v_fma(sixth, d1, v_mul(d2, v_set1(1.0f / 12)));
	g[2 * step] = v_fma(minus6, s1, v_fma(sixth, s2, u[5 * step]));
}

static void k_winograd_input(float *v, size_t v_step, const float *const *x,
			     size_t channels)
{
	MAP(channels) {
		vec16 d[36];

		UNROLL for (int t = 0; t < 36; t++)
			d[t] = v_load_n(x[t] + i, m);
		UNROLL for (int c = 0; c < 6; c++)
			k_wino_input(d + c, d + c, 6);
		UNROLL for (int r = 0; r < 6; r++)
			k_wino_input(d + 6 * r, d + 6 * r, 1);
		UNROLL for (size_t t = 0; t < 36; t++)
			v_store_n(v + t * v_step + i, d[t], m);
	}
}

static void k_winograd_output(float *c, size_t c_line, size_t c_step,
			      size_t rows, size_t columns, const float *m0,
			      size_t m_step, size_t channels,
			      const struct epilogue *epi)
{
	MAP(channels) {
		vec16 d[36];

		UNROLL for (size_t t = 0; t < 36; t++)
			d[t] = v_load_n(m0 + t * m_step + i, m);
		UNROLL for (int x = 0; x < 6; x++)
			k_wino_output(d + x, d + x, 6);
		UNROLL for (int y = 0; y < 4; y++)
			k_wino_output(d + 6 * y, d + 6 * y, 1);
		for (size_t y = 0; y < rows; y++)
			for (size_t x = 0; x < columns; x++) {
				vec16 o = v_add(d[6 * y + x],
						v_load_n(epi->start + i, m));
				const float *add = epi->add ? epi->add + i +
					y * epi->add_line +
					x * epi->add_step : NULL;
				size_t at = y * c_line + x * c_step + i;

				k_tile_finish(1, &o, 1, i, m, add, epi->gate ?
					      epi->gate + at : NULL, 0, epi);
				v_store_n(c + at, o, m);
			}
	}
}

static void k_winograd_weights(float *u, size_t u_step, const float *w,
			       ptrdiff_t w_step, size_t n)
{
	MAP(n) {
		vec16 g[36];

		UNROLL for (int y = 0; y < 3; y++)
			UNROLL for (int x = 0; x < 3; x++)
				g[6 * y + x] = v_load_n(w + i +
					(3 * y + x) * w_step, m);
		UNROLL for (int x = 0; x < 3; x++)
			k_wino_weights(g + x, g + x, 6);
		UNROLL for (int y = 0; y < 6; y++)
			k_wino_weights(g + 6 * y, g + 6 * y, 1);
		UNROLL for (size_t t = 0; t < 36; t++)
			v_store_n(u + t * u_step + i, g[t], m);
	}
}

static void k_winograd_gradient(float *d, size_t d_step, const float *dy,
				size_t dy_line, size_t dy_step, size_t rows,
				size_t columns, size_t channels)
{
	MAP(channels) {
		vec16 g[36];

		UNROLL for (size_t y = 0; y < 4; y++)
			UNROLL for (size_t x = 0; x < 4; x++)
				g[6 * y + x] = y < rows && x < columns ?
					v_load_n(dy + y * dy_line +
						 x * dy_step + i, m) :
					v_set1(0.0f);
		UNROLL for (int x = 0; x < 4; x++)
			k_wino_gradient(g + x, g + x, 6);
		UNROLL for (int y = 0; y < 6; y++)
			k_wino_gradient(g + 6 * y, g + 6 * y, 1);
		UNROLL for (size_t t = 0; t < 36; t++)
			v_store_n(d + t * d_step + i, g[t], m);
	}
}

static void k_winograd_weights_back(float *dw, size_t dw_step, const float *u,
				    size_t u_step, size_t n)
{
	MAP(n) {
		vec16 g[36];

		UNROLL for (size_t t = 0; t < 36; t++)
			g[t] = v_load_n(u + t * u_step + i, m);
		UNROLL for (int x = 0; x < 6; x++)
			k_wino_weights_back(g + x, g + x, 6);
		UNROLL for (int y = 0; y < 3; y++)
			k_wino_weights_back(g + 6 * y, g + 6 * y, 1);
		UNROLL for (size_t t = 0; t < 9; t++) {
			float *to = dw + t * dw_step + i;
			vec16 add = g[6 * (t / 3) + t % 3];

			v_store_n(to, v_add(v_load_n(to, m), add), m);
		}
	}
}
