/*
 * reference.c - the kernels again, as plain loops; see reference.h.
 *
 * The functions at the end state the expression trees of simd/k_math.h in
 * scalar C.
 */
#include "reference.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* Floats must be rounded to float after each operation. */
#if FLT_EVAL_METHOD != 0
#error "this compiler keeps floats wider than they are: see the Makefile"
#endif

static size_t panel_columns;	/* tile_columns of the table compared with */

static float lanes_fold(float *lane)
{
	for (int w = 8; w > 0; w /= 2)
		for (int i = 0; i < w; i++)
			lane[i] = lane[i] + lane[i + w];
	return lane[0];
}

static size_t round_up(size_t n)
{
	return (n + 15) / 16 * 16;
}

static float dot(const float *a, const float *b, size_t n)
{
	float lane[16] = { 0 };

	for (size_t i = 0; i < round_up(n); i++)
		lane[i % 16] = fmaf(i < n ? a[i] : 0.0f, i < n ? b[i] : 0.0f,
				    lane[i % 16]);
	return lanes_fold(lane);
}

static float sum(const float *a, size_t n)
{
	float lane[16] = { 0 };

	for (size_t i = 0; i < round_up(n); i++)
		lane[i % 16] = lane[i % 16] + (i < n ? a[i] : 0.0f);
	return lanes_fold(lane);
}

float reference_ends(float c, const struct epilogue *epi, size_t j,
		     size_t add_at, size_t gate_at)
{
	if (epi->scale)
		c = fmaf(c, epi->scale[j], epi->shift[j]);
	if (epi->add)
		c = c + epi->add[add_at + j];
	if (epi->clamp) {
		c = c > 0.0f ? c : 0.0f;
		c = c < epi->high ? c : epi->high;
	}
	if (epi->gate) {
		float gate = epi->gate[gate_at + j];

		c = gate > 0.0f && gate < epi->high ? c : 0.0f;
	}
	return c;
}

static void tile(float *c, size_t ldc, size_t rows, size_t columns,
		 size_t taps, size_t depth, const float *const *a,
		 size_t a_step, const float *b, const struct epilogue *epi)
{
	for (size_t r = 0; r < rows; r++)
		for (size_t j = 0; j < columns; j++) {
			float acc = epi && epi->start ? epi->start[j] :
				    c[r * ldc + j];
			for (size_t t = 0; t < taps; t++)
				for (size_t p = 0; p < depth; p++)
					acc = fmaf(a[t * a_step + r][p],
						   b[(t * depth + p) *
						     panel_columns + j], acc);
			c[r * ldc + j] = epi ? reference_ends(acc, epi, j,
				r * epi->add_step, r * ldc) : acc;
		}
}

static void depthwise(float *c, size_t ldc, size_t rows, size_t channels,
		      size_t high, size_t wide, const float *const *a,
		      size_t a_line, size_t a_row, const float *w,
		      const struct epilogue *epi)
{
	for (size_t r = 0; r < rows; r++)
		for (size_t j = 0; j < channels; j++) {
			float acc = epi->start[j];
			for (size_t t = 0; t < high * wide; t++)
				acc = fmaf(a[t / wide * a_line + r * a_row +
					     t % wide][j],
					   w[t * channels + j], acc);
			c[r * ldc + j] = reference_ends(acc, epi, j,
				r * epi->add_step, r * ldc);
		}
}

static void depthwise_outer(float *dw, size_t channels, size_t depth,
			    const float *const *a, const float *b, size_t ldb)
{
	for (size_t j = 0; j < channels; j++)
		for (size_t p = 0; p < depth; p++)
			dw[j] = fmaf(a[p][j], b[p * ldb + j], dw[j]);
}

static void outer(float *c, size_t ldc, size_t rows, size_t columns,
		  size_t depth, const float *const *a, size_t offset,
		  const float *b, size_t ldb)
{
	for (size_t r = 0; r < rows; r++)
		for (size_t j = 0; j < columns; j++) {
			float acc = c[r * ldc + j];
			for (size_t p = 0; p < depth; p++)
				acc = fmaf(a[p][offset + r], b[p * ldb + j],
					   acc);
			c[r * ldc + j] = acc;
		}
}

static void score(float *s, size_t rows, size_t depth, const float *const *q,
		  const float *panel)
{
	for (size_t r = 0; r < rows; r++)
		for (size_t j = 0; j < KERNELS_PANEL; j++) {
			float acc = 0.0f;
			for (size_t p = 0; p < depth; p++)
				acc = fmaf(q[r][p],
					   panel[p * KERNELS_PANEL + j], acc);
			s[r * KERNELS_PANEL + j] = acc;
		}
}

static void axpy(float *y, float a, const float *x, size_t n)
{
	for (size_t i = 0; i < n; i++)
		y[i] = fmaf(a, x[i], y[i]);
}

static void scale(float *y, float a, const float *x, size_t n)
{
	for (size_t i = 0; i < n; i++)
		y[i] = a * x[i];
}

static void add(float *y, const float *x, const float *z, size_t n)
{
	for (size_t i = 0; i < n; i++)
		y[i] = x[i] + z[i];
}

static void mul(float *y, const float *x, const float *z, size_t n)
{
	for (size_t i = 0; i < n; i++)
		y[i] = x[i] * z[i];
}

static void relu(float *y, const float *x, float high, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		float v = x[i] > 0.0f ? x[i] : 0.0f;
		y[i] = v < high ? v : high;
	}
}

static void relu_back(float *dx, const float *dy, const float *y, float high,
		      size_t n)
{
	for (size_t i = 0; i < n; i++)
		dx[i] = y[i] > 0.0f ? (y[i] < high ? dy[i] : 0.0f) : 0.0f;
}

static void sum_rows(float *s, const float *x, size_t rows, size_t channels)
{
	for (size_t j = 0; j < channels; j++)
		for (size_t i = 0; i < rows; i++)
			s[j] = s[j] + x[i * channels + j];
}

static void square_rows(float *s, const float *x, const float *mean,
			size_t rows, size_t channels)
{
	for (size_t j = 0; j < channels; j++)
		for (size_t i = 0; i < rows; i++) {
			float d = x[i * channels + j] - mean[j];
			s[j] = fmaf(d, d, s[j]);
		}
}

static void dot_rows(float *s, const float *x, const float *z, size_t rows,
		     size_t channels)
{
	for (size_t j = 0; j < channels; j++)
		for (size_t i = 0; i < rows; i++)
			s[j] = fmaf(x[i * channels + j], z[i * channels + j],
				    s[j]);
}

static void affine_rows(float *y, const float *x, const float *a,
			const float *b, size_t rows, size_t channels)
{
	for (size_t i = 0; i < rows * channels; i++)
		y[i] = fmaf(x[i], a[i % channels], b[i % channels]);
}

static void affine2_rows(float *y, const float *x, const float *a,
			 const float *z, const float *b, const float *c,
			 size_t rows, size_t channels)
{
	for (size_t i = 0; i < rows * channels; i++) {
		size_t j = i % channels;
		y[i] = fmaf(x[i], a[j], fmaf(z[i], b[j], c[j]));
	}
}

static void pool_max(float *y, size_t taps, const float *const *x,
		     size_t channels)
{
	for (size_t j = 0; j < channels; j++) {
		y[j] = x[0][j];
		for (size_t t = 1; t < taps; t++)
			if (x[t][j] > y[j])
				y[j] = x[t][j];
	}
}

static void pool_max_back(size_t taps, float *const *dx, const float *const *x,
			  const float *y, const float *dy, size_t channels)
{
	for (size_t j = 0; j < channels; j++) {
		int taken = 0;
		for (size_t t = 0; t < taps; t++) {
			int takes = !taken && !(y[j] > x[t][j]);

			dx[t][j] = dx[t][j] + (takes ? dy[j] : 0.0f);
			taken |= takes;
		}
	}
}

static void pool_sum(float *y, size_t taps, const float *const *x,
		     float scale_by, size_t channels)
{
	for (size_t j = 0; j < channels; j++) {
		float s = 0.0f;
		for (size_t t = 0; t < taps; t++)
			s = s + x[t][j];
		y[j] = s * scale_by;
	}
}

static float glove_dot(const float *a, const float *b,
		       const struct glove_rule *s)
{
	float lane[16] = { 0 };

	for (size_t i = 0; i < s->half; i++)
		lane[i % 16] = fmaf(a[i], i == s->n ? 1.0f : b[i],
				    lane[i % 16]);
	for (size_t i = s->half - 16; i < s->half; i++)
		lane[i % 16] = fmaf(b[i], i == s->n ? 1.0f : 0.0f,
				    lane[i % 16]);
	return lanes_fold(lane);
}

static float glove_gradient(float e, float x, size_t i,
			    const struct glove_rule *s)
{
	float g = (s->scale * e) * x, high = s->scale * s->part;

	if (i == s->n)
		return e;
	if (e > 1 || e < -1) {
		g = g < high ? g : high;
		g = g > -high ? g : -high;
	}
	return g;
}

static void glove_number(float *w, float *r, float g, float rate)
{
	float u = g * *r, t = u * u;

	*w = fmaf(-rate, u, *w);
	*r = t > 0x1p-6f ? *r / sqrtf(1 + t) :
	     fmaf(*r * t, fmaf(t, 0.3713f, -0.5f), *r);
}

static void glove(double *loss, float *const *a, float *const *b,
		  const float *log_x, const float *weight, size_t pairs,
		  const struct glove_rule *s)
{
	for (size_t p = 0; p < pairs; p++) {
		float d = glove_dot(a[p], b[p], s) - log_x[p];
		float e = weight[p] * d;

		*loss += (double)weight[p] * ((double)d * (double)d);
		e = e > s->clip ? s->clip : e;
		e = e < -s->clip ? -s->clip : e;
		for (size_t i = 0; i < s->half; i++) {
			float ga = glove_gradient(e, b[p][i], i, s);
			float gb = glove_gradient(e, a[p][i], i, s);

			glove_number(a[p] + i, a[p] + s->half + i, ga, s->rate);
			glove_number(b[p] + i, b[p] + s->half + i, gb, s->rate);
		}
	}
}

static void dots(float *y, const float *a, const float *const *b, size_t rows,
		 size_t n)
{
	for (size_t r = 0; r < rows; r++)
		y[r] = dot(a, b[r], n);
}

static void sgns(float *g, const float *a, const float *w, float *const *b,
		 size_t rows, size_t n)
{
	for (size_t r = 0; r < rows; r++)
		for (size_t j = 0; j < n; j++) {
			g[j] = fmaf(w[r], b[r][j], g[j]);
			b[r][j] = fmaf(w[r], a[j], b[r][j]);
		}
}

static void spread(float *const *y, const float *x, size_t rows, size_t n)
{
	for (size_t r = 0; r < rows; r++)
		for (size_t j = 0; j < n; j++)
			y[r][j] = y[r][j] + x[j];
}

static void sgd(float *w, float *v, const float *g, float rate,
		float momentum, float decay, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		float d = fmaf(decay, w[i], g[i]);
		float kept = momentum * v[i];

		v[i] = fmaf(rate, d, kept);
		w[i] = w[i] - v[i];
	}
}

static void adam(float *w, float *m, float *v, const float *g,
		 const struct adam_rule *r, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		float scaled = r->scale * g[i];
		float d = fmaf(r->inside, w[i], scaled), part = r->rest1 * d;
		float square = d * d, by, step;

		m[i] = fmaf(r->beta1, m[i], part);
		part = r->rest2 * square;
		v[i] = fmaf(r->beta2, v[i], part);
		by = v[i] * r->square;
		by = sqrtf(by) + r->epsilon;
		step = r->rate * m[i];
		step = step / by;
		w[i] = fmaf(-r->outside, w[i], w[i]) - step;
	}
}

/* ---- the trees of simd/k_math.h ------------------------------------------ */

static float nearest(float x)
{
	volatile float shifted = x + 12582912.0f;	/* 1.5 * 2^23 */

	return shifted - 12582912.0f;
}

static float exp_one(float x)
{
	float n, r, p, half;

	if (isnan(x))
		return x + x;
	if (x > 89.0f)
		return INFINITY;
	if (x < -104.0f)
		return 0.0f;
	n = nearest(x * 0x1.715476p+0f);
	r = fmaf(n, -0x1.62e4p-1f, x);
	r = fmaf(n, -0x1.7f7d1cp-20f, r);
	p = 1.0f / 5040;
	p = fmaf(p, r, 1.0f / 720);
	p = fmaf(p, r, 1.0f / 120);
	p = fmaf(p, r, 1.0f / 24);
	p = fmaf(p, r, 1.0f / 6);
	p = fmaf(p, r, 0.5f);
	p = fmaf(p, r, 1.0f);
	p = fmaf(p, r, 1.0f);
	half = nearest(n * 0.5f);
	p = p * ldexpf(1.0f, (int)half);
	return p * ldexpf(1.0f, (int)(n - half));
}

static float log_one(float x)
{
	float f, s, z, p, h, k;
	int e;

	if (isnan(x) || x == INFINITY)
		return x + x;
	if (x < 0.0f)
		return NAN;
	if (x == 0.0f)
		return -INFINITY;
	f = 2.0f * frexpf(x, &e);			/* in [1, 2) */
	k = (float)(e - 1);
	if (f > 0x1.6a09e6p+0f) {			/* root of 2 */
		f = f * 0.5f;
		k = k + 1.0f;
	}
	s = (f - 1.0f) / (f + 1.0f);
	z = s * s;
	p = 2.0f / 11;
	p = fmaf(p, z, 2.0f / 9);
	p = fmaf(p, z, 2.0f / 7);
	p = fmaf(p, z, 2.0f / 5);
	p = fmaf(p, z, 2.0f / 3);
	p = p * z;
	h = (f - 1.0f) - p;
	p = fmaf(k, 0x1.7f7d1cp-20f, 0.0f - s * h);
	return fmaf(k, 0x1.62e4p-1f, (f - 1.0f) + p);
}

static float tanh_one(float x)
{
	float size = x < 0.0f ? 0.0f - x : x, z = x * x, p;

	if (size > 0.4f) {
		p = 1.0f - 2.0f / (exp_one(size + size) + 1.0f);
		return x < 0.0f ? 0.0f - p : p;
	}
	p = 21844.0f / 6081075;
	p = fmaf(p, z, -1382.0f / 155925);
	p = fmaf(p, z, 62.0f / 2835);
	p = fmaf(p, z, -17.0f / 315);
	p = fmaf(p, z, 2.0f / 15);
	p = fmaf(p, z, -1.0f / 3);
	return fmaf(p * z, x, x);
}

static float sigmoid_one(float x)
{
	float e = exp_one(x > 0.0f ? 0.0f - x : x);
	float q = e / (1.0f + e);

	if (x > 0.0f)
		return 1.0f - q;
	return e < 0.5f ? fmaf(0.0f - e, q, e) : q;
}

/* psi(x) = psi(x + 4) - r, and e^psi(y + 1/2) by its series in 1 / y. */
static float exp_digamma_one(float x)
{
	static const float series[] = { 1.0f / 24, -37.0f / 5760,
		10313.0f / 2903040, -0x1.0319bp-8f, 0x1.e2acc2p-8f };
	float t = fmaf(x, x, 3.0f * x), y = x + 3.5f;
	float w = 1.0f / y, z = w * w, sum = series[4], r;

	r = fmaf(2.0f, x, 3.0f) * fmaf(2.0f, t, 2.0f) / (t * (t + 2.0f));
	for (int i = 3; i >= 0; i--)
		sum = fmaf(sum, z, series[i]);
	sum = fmaf(sum, w, y) * exp_one(0.0f - r);
	if (x > 1e4f)
		return x - 0.5f;
	return sum < 0x1p-60f ? 0.0f : sum;
}

static void exp_all(float *y, const float *x, size_t n)
{
	for (size_t i = 0; i < n; i++)
		y[i] = exp_one(x[i]);
}

static void log_all(float *y, const float *x, size_t n)
{
	for (size_t i = 0; i < n; i++)
		y[i] = log_one(x[i]);
}

static void tanh_all(float *y, const float *x, size_t n)
{
	for (size_t i = 0; i < n; i++)
		y[i] = tanh_one(x[i]);
}

static void sigmoid_all(float *y, const float *x, size_t n)
{
	for (size_t i = 0; i < n; i++)
		y[i] = sigmoid_one(x[i]);
}

static void pow_all(float *y, const float *x, float p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		y[i] = exp_one(p * log_one(x[i]));
}

static void exp_digamma(float *y, const float *x, size_t n)
{
	for (size_t i = 0; i < n; i++)
		y[i] = exp_digamma_one(x[i]);
}

static float lda(float *gamma, float *theta, const float *words,
		 const float *prior, const float *scale, size_t n)
{
	float lane[16] = { 0 };

	for (size_t i = 0; i < round_up(n); i++) {
		float g, d = 0.0f;

		if (i < n) {
			g = fmaf(theta[i], words[i], prior[i]);
			d = g - gamma[i];
			gamma[i] = g;
			theta[i] = exp_digamma_one(g) * scale[i];
		}
		lane[i % 16] = lane[i % 16] + (d > 0.0f - d ? d : 0.0f - d);
	}
	return lanes_fold(lane);
}

static void softmax(float *y, const float *x, size_t n)
{
	float top = x[0], total;

	for (size_t i = 1; i < n; i++)
		if (x[i] > top)
			top = x[i];
	for (size_t i = 0; i < n; i++)
		y[i] = exp_one(x[i] - top);
	total = sum(y, n);
	for (size_t i = 0; i < n; i++)
		y[i] = y[i] / total;
}

/* ---- local response normalisation ---------------------------------------- */

/* Channel d of the window around j; SIZE_MAX: outside. */
static size_t lrn_channel(size_t j, size_t d, size_t channels,
			  const struct lrn *p)
{
	size_t half = p->size / 2;

	return j + d >= half && j + d - half < channels ? j + d - half :
	       SIZE_MAX;
}

static float lrn_s(const float *x, size_t j, size_t channels,
		   const struct lrn *p)
{
	float q = 0.0f;

	for (size_t d = 0; d < p->size; d++) {
		size_t i = lrn_channel(j, d, channels, p);
		float v = i == SIZE_MAX ? 0.0f : x[i];

		q = fmaf(v, v, q);
	}
	return fmaf(p->scale, q, p->k);
}

static float lrn_t(float s, const struct lrn *p)
{
	float r = sqrtf(s);

	return p->beta == 0.75f ? r * sqrtf(r) : exp_one(p->beta * log_one(s));
}

static void lrn(float *y, const float *x, size_t rows, size_t channels,
		const struct lrn *p)
{
	for (size_t i = 0; i < rows * channels; i++) {
		size_t j = i % channels;
		y[i] = x[i] / lrn_t(lrn_s(x + i - j, j, channels, p), p);
	}
}

static void lrn_back(float *dx, const float *dy, const float *x,
		     const float *y, size_t rows, size_t channels,
		     const struct lrn *p)
{
	for (size_t at = 0; at < rows * channels; at++) {
		size_t j = at % channels, row = at - j;
		float t = lrn_t(lrn_s(x + row, j, channels, p), p), h = 0.0f;

		for (size_t d = 0; d < p->size; d++) {
			size_t i = lrn_channel(j, d, channels, p);
			float g = i == SIZE_MAX ? 0.0f :
				  (dy[row + i] * y[row + i]) /
				  lrn_s(x + row, i, channels, p);

			h = h + g;
		}
		dx[at] = fmaf((-2.0f * p->beta) * p->scale, x[at] * h,
			      dy[at] / t);
	}
}

const struct kernels *reference_like(const struct kernels *k)
{
	static struct kernels table = {
		.name = "reference",
		.dot = dot, .sum = sum,
		.tile = tile, .outer = outer, .score = score,
		.depthwise = depthwise, .depthwise_outer = depthwise_outer,
		.winograd_input = reference_winograd_input,
		.winograd_output = reference_winograd_output,
		.winograd_weights = reference_winograd_weights,
		.winograd_gradient = reference_winograd_gradient,
		.winograd_weights_back = reference_winograd_weights_back,
		.lrn = lrn, .lrn_back = lrn_back,
		.axpy = axpy, .scale = scale, .add = add, .mul = mul,
		.relu = relu, .relu_back = relu_back,
		.sum_rows = sum_rows, .square_rows = square_rows,
		.dot_rows = dot_rows, .affine_rows = affine_rows,
		.affine2_rows = affine2_rows,
		.pool_max = pool_max, .pool_max_back = pool_max_back,
		.pool_sum = pool_sum,
		.exp = exp_all, .log = log_all, .tanh = tanh_all,
		.sigmoid = sigmoid_all, .pow = pow_all, .softmax = softmax,
		.exp_digamma = exp_digamma, .lda = lda,
		.glove = glove, .sgd = sgd, .adam = adam,
		.dots = dots, .sgns = sgns, .spread = spread,
	};

	panel_columns = k->tile_columns;
	table.tile_rows = k->tile_rows;
	table.tile_columns = k->tile_columns;
	table.tile_depth = k->tile_depth;
	return &table;
}
