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

static void tile(float *c, size_t ldc, size_t rows, size_t columns,
		 size_t taps, size_t depth, const float *const *a,
		 size_t a_step, const float *b)
{
	for (size_t r = 0; r < rows; r++)
		for (size_t j = 0; j < columns; j++) {
			float acc = c[r * ldc + j];
			for (size_t t = 0; t < taps; t++)
				for (size_t p = 0; p < depth; p++)
					acc = fmaf(a[t * a_step + r][p],
						   b[(t * depth + p) *
						     panel_columns + j], acc);
			c[r * ldc + j] = acc;
		}
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

static void relu(float *y, const float *x, size_t n)
{
	for (size_t i = 0; i < n; i++)
		y[i] = x[i] > 0.0f ? x[i] : 0.0f;
}

static void relu_back(float *dx, const float *dy, const float *y, size_t n)
{
	for (size_t i = 0; i < n; i++)
		dx[i] = y[i] > 0.0f ? dy[i] : 0.0f;
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

static void glove(float *a, float *b, float *ga, float *gb, float e,
		  float rate, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		float da = e * b[i], db = e * a[i];

		a[i] = fmaf(-rate, da / sqrtf(ga[i]), a[i]);
		ga[i] = fmaf(da, da, ga[i]);
		b[i] = fmaf(-rate, db / sqrtf(gb[i]), b[i]);
		gb[i] = fmaf(db, db, gb[i]);
	}
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

const struct kernels *reference_like(const struct kernels *k)
{
	static struct kernels table = {
		.name = "reference",
		.dot = dot, .sum = sum,
		.tile = tile, .outer = outer, .score = score,
		.axpy = axpy, .scale = scale, .add = add, .mul = mul,
		.relu = relu, .relu_back = relu_back,
		.sum_rows = sum_rows, .square_rows = square_rows,
		.dot_rows = dot_rows, .affine_rows = affine_rows,
		.affine2_rows = affine2_rows,
		.pool_max = pool_max, .pool_sum = pool_sum,
		.exp = exp_all, .log = log_all, .tanh = tanh_all,
		.sigmoid = sigmoid_all, .pow = pow_all, .softmax = softmax,
		.glove = glove, .sgd = sgd,
	};

	panel_columns = k->tile_columns;
	table.tile_rows = k->tile_rows;
	table.tile_columns = k->tile_columns;
	table.tile_depth = k->tile_depth;
	return &table;
}
