/*
 * broken.c - kernels with one planted fault each.
 *
 * checkkernels must find every one of them, else it is checkkernels that is
 * broken.  Each stands for a mistake that was made, or nearly, in kernels like
 * these; the fault is named in the list at the end.  Whole otherwise: the
 * tables copy the reference.
 */
#include "check.h"
#include "reference.h"

#include <math.h>
#include <string.h>

const struct kernels *broken_right(void)
{
	static struct kernels like = { .tile_rows = 4, .tile_columns = 16,
				       .tile_depth = 64 };

	return reference_like(&like);
}

static const struct kernels *right(void)
{
	return broken_right();
}

static float lanes_fold(const float *lane)
{
	float l[16];

	memcpy(l, lane, sizeof(l));
	for (int w = 8; w > 0; w /= 2)
		for (int i = 0; i < w; i++)
			l[i] += l[i + w];
	return l[0];
}

/* Rounds after the product: what a * b + c means without fma. */
static float unfused(float a, float b, float c)
{
	volatile float product = a * b;

	return product + c;
}

static float dot_no_tail(const float *a, const float *b, size_t n)
{
	return right()->dot(a, b, n / 16 * 16);
}

static float dot_reads_past(const float *a, const float *b, size_t n)
{
	volatile float seen = a[n];

	(void)seen;
	return right()->dot(a, b, n);
}

static float dot_unfused(const float *a, const float *b, size_t n)
{
	float lane[16] = { 0 };

	for (size_t i = 0; i < n; i++)
		lane[i % 16] = unfused(a[i], b[i], lane[i % 16]);
	return lanes_fold(lane);
}

/* Neighbours first, as faddp and haddps do. */
static float dot_other_fold(const float *a, const float *b, size_t n)
{
	float lane[16] = { 0 };

	for (size_t i = 0; i < n; i++)
		lane[i % 16] = fmaf(a[i], b[i], lane[i % 16]);
	for (int w = 8; w > 0; w /= 2)
		for (int i = 0; i < w; i++)
			lane[i] = lane[2 * i] + lane[2 * i + 1];
	return lane[0];
}

/* A lane that holds -0 becomes +0 by its padding; here it stays. */
static float dot_no_padding(const float *a, const float *b, size_t n)
{
	float lane[16] = { 0 };

	for (size_t i = 0; i < n; i++)
		lane[i % 16] = fmaf(a[i], b[i], lane[i % 16]);
	return lanes_fold(lane);
}

static float sum_in_a_row(const float *a, size_t n)
{
	float s = 0.0f;

	for (size_t i = 0; i < n; i++)
		s += a[i];
	return s;
}

static float sum_one_short(const float *a, size_t n)
{
	return right()->sum(a, n > 64 && n % 16 == 1 ? n - 1 : n);
}

static void tile_adds_late(float *c, size_t ldc, size_t rows, size_t columns,
			   size_t taps, size_t depth, const float *const *a,
			   size_t a_step, const float *b,
			   const struct epilogue *epi)
{
	float t[16][64] = { { 0 } };

	if (epi) {
		right()->tile(c, ldc, rows, columns, taps, depth, a, a_step, b,
			      epi);
		return;
	}
	right()->tile(&t[0][0], 64, rows, columns, taps, depth, a, a_step, b,
		      NULL);
	for (size_t r = 0; r < rows; r++)
		for (size_t j = 0; j < columns; j++)
			c[r * ldc + j] += t[r][j];
}

static void tile_other_step(float *c, size_t ldc, size_t rows, size_t columns,
			    size_t taps, size_t depth, const float *const *a,
			    size_t a_step, const float *b,
			    const struct epilogue *epi)
{
	(void)a_step;
	right()->tile(c, ldc, rows, columns, taps, depth, a, rows, b, epi);
}

static void tile_writes_gap(float *c, size_t ldc, size_t rows, size_t columns,
			    size_t taps, size_t depth, const float *const *a,
			    size_t a_step, const float *b,
			    const struct epilogue *epi)
{
	right()->tile(c, ldc, rows, columns, taps, depth, a, a_step, b,
		      epi);
	if (rows > 1 && ldc > columns)
		c[columns] = 0.0f;
}

static void tile_reads_next_row(float *c, size_t ldc, size_t rows,
				size_t columns, size_t taps, size_t depth,
				const float *const *a, size_t a_step,
				const float *b, const struct epilogue *epi)
{
	volatile float seen = taps && depth ? a[0][depth] : 0.0f;

	(void)seen;
	right()->tile(c, ldc, rows, columns, taps, depth, a, a_step, b,
		      epi);
}

static void outer_backwards(float *c, size_t ldc, size_t rows, size_t columns,
			    size_t depth, const float *const *a, size_t offset,
			    const float *b, size_t ldb)
{
	for (size_t r = 0; r < rows; r++)
		for (size_t j = 0; j < columns; j++)
			for (size_t p = depth; p-- > 0;)
				c[r * ldc + j] = fmaf(a[p][offset + r],
						      b[p * ldb + j],
						      c[r * ldc + j]);
}

static void outer_no_offset(float *c, size_t ldc, size_t rows, size_t columns,
			    size_t depth, const float *const *a, size_t offset,
			    const float *b, size_t ldb)
{
	(void)offset;
	right()->outer(c, ldc, rows, columns, depth, a, 0, b, ldb);
}

/* Two chains, even and odd: faster, and another number. */
static void score_two_chains(float *s, size_t rows, size_t depth,
			     const float *const *q, const float *panel)
{
	for (size_t r = 0; r < rows; r++)
		for (size_t j = 0; j < KERNELS_PANEL; j++) {
			float two[2] = { 0, 0 };
			for (size_t p = 0; p < depth; p++)
				two[p & 1] = fmaf(q[r][p],
					panel[p * KERNELS_PANEL + j],
					two[p & 1]);
			s[r * KERNELS_PANEL + j] = two[0] + two[1];
		}
}

static void axpy_writes_past(float *y, float a, const float *x, size_t n)
{
	right()->axpy(y, a, x, n);
	y[n] = 0.0f;
}

static void axpy_unfused(float *y, float a, const float *x, size_t n)
{
	for (size_t i = 0; i < n; i++)
		y[i] = unfused(a, x[i], y[i]);
}

static void scale_skips_zero(float *y, float a, const float *x, size_t n)
{
	for (size_t i = 0; i < n; i++)
		y[i] = a == 0.0f ? 0.0f : a * x[i];
}

static void add_reads_before(float *y, const float *x, const float *z,
			     size_t n)
{
	volatile float seen = x[-1];

	(void)seen;
	right()->add(y, x, z, n);
}

static void mul_flushes(float *y, const float *x, const float *z, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		float product = x[i] * z[i];
		y[i] = fabsf(product) < 0x1p-126f ? 0.0f : product;
	}
}

static void mul_spoils_input(float *y, const float *x, const float *z,
			     size_t n)
{
	float *mine;

	memcpy(&mine, &z, sizeof(mine));	/* const is a promise only */
	right()->mul(y, x, z, n);
	if (n > 40 && y != z)
		mine[n - 1] = 1.0f;
}

static void relu_passes_nan(float *y, const float *x, float high, size_t n)
{
	for (size_t i = 0; i < n; i++)
		y[i] = x[i] < 0.0f ? 0.0f : x[i] > high ? high : x[i] + 0.0f;
}

static void relu_keeps_minus_zero(float *y, const float *x, float high,
				  size_t n)
{
	for (size_t i = 0; i < n; i++)
		y[i] = x[i] >= 0.0f ? fminf(x[i], high) : 0.0f;
}

static void relu_no_top(float *y, const float *x, float high, size_t n)
{
	(void)high;
	right()->relu(y, x, INFINITY, n);
}

static void relu_back_at_zero(float *dx, const float *dy, const float *y,
			      float high, size_t n)
{
	for (size_t i = 0; i < n; i++)
		dx[i] = y[i] >= 0.0f && y[i] < high ? dy[i] : 0.0f;
}

static void relu_back_no_top(float *dx, const float *dy, const float *y,
			     float high, size_t n)
{
	(void)high;
	right()->relu_back(dx, dy, y, INFINITY, n);
}

/* A y that is the clamp itself passes nothing back. */
static void relu_back_at_top(float *dx, const float *dy, const float *y,
			     float high, size_t n)
{
	for (size_t i = 0; i < n; i++)
		dx[i] = y[i] > 0.0f && y[i] <= high ? dy[i] : 0.0f;
}

static void sum_rows_adds_late(float *s, const float *x, size_t rows,
			       size_t channels)
{
	for (size_t j = 0; j < channels; j++) {
		float t = 0.0f;
		for (size_t i = 0; i < rows; i++)
			t += x[i * channels + j];
		s[j] += t;
	}
}

static void square_rows_unfused(float *s, const float *x, const float *mean,
				size_t rows, size_t channels)
{
	for (size_t i = 0; i < rows * channels; i++) {
		float d = x[i] - mean[i % channels];
		s[i % channels] = unfused(d, d, s[i % channels]);
	}
}

static void dot_rows_drops_tail(float *s, const float *x, const float *z,
				size_t rows, size_t channels)
{
	for (size_t i = 0; i < rows * channels; i++)
		if (i % channels < channels / 16 * 16)
			s[i % channels] = fmaf(x[i], z[i], s[i % channels]);
}

static void affine_rows_unfused(float *y, const float *x, const float *a,
				const float *b, size_t rows, size_t channels)
{
	for (size_t i = 0; i < rows * channels; i++)
		y[i] = unfused(x[i], a[i % channels], b[i % channels]);
}

static void affine2_rows_other_order(float *y, const float *x, const float *a,
				     const float *z, const float *b,
				     const float *c, size_t rows,
				     size_t channels)
{
	for (size_t i = 0; i < rows * channels; i++) {
		size_t j = i % channels;
		y[i] = fmaf(z[i], b[j], fmaf(x[i], a[j], c[j]));
	}
}

/* The later of equals: seen where +0 and -0 are equal. */
static void pool_max_other_tie(float *y, size_t taps, const float *const *x,
			       size_t channels)
{
	for (size_t j = 0; j < channels; j++) {
		float best = x[0][j];
		for (size_t t = 1; t < taps; t++)
			best = x[t][j] >= best ? x[t][j] : best;
		y[j] = best;
	}
}

static void pool_max_skips_nan(float *y, size_t taps, const float *const *x,
			       size_t channels)
{
	for (size_t j = 0; j < channels; j++) {
		float best = x[0][j];
		for (size_t t = 1; t < taps; t++)
			best = best >= x[t][j] ? best : x[t][j];
		y[j] = best;
	}
}

static void pool_max_back_all_equal(size_t taps, float *const *dx,
				    const float *const *x, const float *y,
				    const float *dy, size_t channels)
{
	for (size_t t = 0; t < taps; t++)
		for (size_t j = 0; j < channels; j++)
			dx[t][j] += !(y[j] > x[t][j]) ? dy[j] : 0.0f;
}

/* What gets nothing is left alone: -0 stays. */
static void pool_max_back_skips(size_t taps, float *const *dx,
				const float *const *x, const float *y,
				const float *dy, size_t channels)
{
	for (size_t j = 0; j < channels; j++)
		for (size_t t = 0; t < taps; t++)
			if (!(y[j] > x[t][j])) {
				dx[t][j] += dy[j];
				break;
			}
}

static void pool_sum_scales_first(float *y, size_t taps, const float *const *x,
				  float scale, size_t channels)
{
	for (size_t j = 0; j < channels; j++) {
		float s = 0.0f;
		for (size_t t = 0; t < taps; t++)
			s += x[t][j] * scale;
		y[j] = s;
	}
}

static void exp_one_ulp(float *y, const float *x, size_t n)
{
	right()->exp(y, x, n);
	for (size_t i = 0; i < n; i++)
		if (x[i] > 0.5f && x[i] < 0.53125f)
			y[i] = nextafterf(y[i], 0.0f);
}

static void exp_of_libm(float *y, const float *x, size_t n)
{
	for (size_t i = 0; i < n; i++)
		y[i] = (float)exp((double)x[i]);
}

static void log_flushes(float *y, const float *x, size_t n)
{
	right()->log(y, x, n);
	for (size_t i = 0; i < n; i++)
		if (x[i] > 0.0f && x[i] < 0x1p-126f)
			y[i] = -INFINITY;
}

static void tanh_two_sided(float *y, const float *x, size_t n)
{
	right()->tanh(y, x, n);
	for (size_t i = 0; i < n; i++)
		if (x[i] < -0.4f)
			y[i] = -y[i];
}

static void sigmoid_overflows(float *y, const float *x, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		float minus = -x[i], e;

		right()->exp(&e, &minus, 1);
		y[i] = 1.0f / (1.0f + e);
	}
}

static void pow_at_zero(float *y, const float *x, float p, size_t n)
{
	right()->pow(y, x, p, n);
	for (size_t i = 0; i < n; i++)
		if (x[i] == 0.0f && p > 0.0f)
			y[i] = 1.0f;
}

static void exp_digamma_below_four(float *y, const float *x, size_t n)
{
	right()->exp_digamma(y, x, n);
	for (size_t i = 0; i < n; i++)
		if (x[i] > 4.0f)
			y[i] = x[i] - 0.5f;
}

static void softmax_no_max(float *y, const float *x, size_t n)
{
	float total;

	right()->exp(y, x, n);
	total = right()->sum(y, n);
	for (size_t i = 0; i < n; i++)
		y[i] /= total;
}

/* The errors of two neighbours from the same state, though they share a row. */
static void glove_stale(double *loss, float *const *a, float *const *b,
			const float *log_x, const float *weight, size_t pairs,
			const struct glove_rule *s)
{
	float kept[2][2 * 1200], *at[2] = { kept[0], kept[1] };
	size_t bytes = 2 * s->half * sizeof(float);

	if (pairs < 2 || s->half > 1200) {
		right()->glove(loss, a, b, log_x, weight, pairs, s);
		return;
	}
	memcpy(kept[0], a[1], bytes);
	memcpy(kept[1], b[1], bytes);
	right()->glove(loss, a, b, log_x, weight, 1, s);
	right()->glove(loss, &at[0], &at[1], log_x + 1, weight + 1, 1, s);
	memcpy(a[1], kept[0], bytes);
	memcpy(b[1], kept[1], bytes);
	right()->glove(loss, a + 2, b + 2, log_x + 2, weight + 2, pairs - 2,
		       s);
}

/* The bias as one more number of the vector. */
static void glove_plain_bias(double *loss, float *const *a, float *const *b,
			     const float *log_x, const float *weight,
			     size_t pairs, const struct glove_rule *s)
{
	struct glove_rule other = *s;

	other.n = s->half;
	right()->glove(loss, a, b, log_x, weight, pairs, &other);
}

/* One long chain in place of 16 lanes. */
static void dots_in_a_row(float *y, const float *a, const float *const *b,
			  size_t rows, size_t n)
{
	for (size_t r = 0; r < rows; r++) {
		y[r] = 0.0f;
		for (size_t i = 0; i < n; i++)
			y[r] = fmaf(a[i], b[r][i], y[r]);
	}
}

/* The gradient takes the rows as they have become. */
static void sgns_updates_early(float *g, const float *a, const float *w,
			       float *const *b, size_t rows, size_t n)
{
	for (size_t r = 0; r < rows; r++)
		for (size_t j = 0; j < n; j++) {
			b[r][j] = fmaf(w[r], a[j], b[r][j]);
			g[j] = fmaf(w[r], b[r][j], g[j]);
		}
}

/* All rows read before one is written: wrong where one comes twice. */
static void sgns_frozen(float *g, const float *a, const float *w,
			float *const *b, size_t rows, size_t n)
{
	for (size_t j = 0; j < n; j++) {
		float old[64];

		for (size_t r = 0; r < rows; r++)
			old[r] = b[r][j];
		for (size_t r = 0; r < rows; r++) {
			g[j] = fmaf(w[r], old[r], g[j]);
			b[r][j] = fmaf(w[r], a[j], old[r]);
		}
	}
}

static void spread_once(float *const *y, const float *x, size_t rows, size_t n)
{
	for (size_t r = 0; r < rows; r++)
		if (r == 0 || y[r] != y[r - 1])
			right()->spread(y + r, x, 1, n);
}

static float lda_new_theta(float *gamma, float *theta, const float *words,
			   const float *prior, const float *scale, size_t n)
{
	right()->lda(gamma, theta, words, prior, scale, n);
	return right()->lda(gamma, theta, words, prior, scale, n);
}

static float lda_counts_padding(float *gamma, float *theta,
				const float *words, const float *prior,
				const float *scale, size_t n)
{
	float change = right()->lda(gamma, theta, words, prior, scale, n);

	return n % 16 ? change + 1.0f : change;
}

static void sgd_other_fuse(float *w, float *v, const float *g, float rate,
			   float momentum, float decay, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		float d = fmaf(decay, w[i], g[i]);

		v[i] = fmaf(momentum, v[i], rate * d);
		w[i] -= v[i];
	}
}

static void sgd_crashes(float *w, float *v, const float *g, float rate,
			float momentum, float decay, size_t n)
{
	volatile float *nowhere = check_memory_forbidden();

	right()->sgd(w, v, g, rate, momentum, decay, n);
	if (n == 50)
		*nowhere = 1.0f;
}

static void adam_late_decay(float *w, float *m, float *v, const float *g,
			    const struct adam_rule *r, size_t n)
{
	struct adam_rule none = *r;

	none.outside = 0;
	right()->adam(w, m, v, g, &none, n);
	for (size_t i = 0; i < n; i++)
		w[i] = fmaf(-r->outside, w[i], w[i]);
}

/* Fills *b with fault i; returns how many there are. */
static size_t plant(size_t i, struct broken *b)
{
	size_t at = 0;

	FAULT(dot, dot_no_tail)
	FAULT(dot, dot_reads_past)
	FAULT(dot, dot_unfused)
	FAULT(dot, dot_other_fold)
	FAULT(dot, dot_no_padding)
	FAULT(sum, sum_in_a_row)
	FAULT(sum, sum_one_short)
	FAULT(tile, tile_adds_late)
	FAULT(tile, tile_other_step)
	FAULT(tile, tile_writes_gap)
	FAULT(tile, tile_reads_next_row)
	FAULT(outer, outer_backwards)
	FAULT(outer, outer_no_offset)
	FAULT(score, score_two_chains)
	FAULT(axpy, axpy_writes_past)
	FAULT(axpy, axpy_unfused)
	FAULT(scale, scale_skips_zero)
	FAULT(add, add_reads_before)
	FAULT(mul, mul_flushes)
	FAULT(mul, mul_spoils_input)
	FAULT(relu, relu_passes_nan)
	FAULT(relu, relu_keeps_minus_zero)
	FAULT(relu, relu_no_top)
	FAULT(relu_back, relu_back_at_zero)
	FAULT(relu_back, relu_back_no_top)
	FAULT(relu_back, relu_back_at_top)
	FAULT(sum_rows, sum_rows_adds_late)
	FAULT(square_rows, square_rows_unfused)
	FAULT(dot_rows, dot_rows_drops_tail)
	FAULT(affine_rows, affine_rows_unfused)
	FAULT(affine2_rows, affine2_rows_other_order)
	FAULT(pool_max, pool_max_other_tie)
	FAULT(pool_max, pool_max_skips_nan)
	FAULT(pool_max_back, pool_max_back_all_equal)
	FAULT(pool_max_back, pool_max_back_skips)
	FAULT(pool_sum, pool_sum_scales_first)
	FAULT(exp, exp_one_ulp)
	FAULT(exp, exp_of_libm)
	FAULT(log, log_flushes)
	FAULT(tanh, tanh_two_sided)
	FAULT(sigmoid, sigmoid_overflows)
	FAULT(pow, pow_at_zero)
	FAULT(exp_digamma, exp_digamma_below_four)
	FAULT(softmax, softmax_no_max)
	FAULT(glove, glove_stale)
	FAULT(glove, glove_plain_bias)
	FAULT(dots, dots_in_a_row)
	FAULT(sgns, sgns_updates_early)
	FAULT(sgns, sgns_frozen)
	FAULT(spread, spread_once)
	FAULT(lda, lda_new_theta)
	FAULT(lda, lda_counts_padding)
	FAULT(sgd, sgd_other_fuse)
	FAULT(sgd, sgd_crashes)
	FAULT(adam, adam_late_decay)
	return at + broken_conv(i - at, b);
}

size_t broken_count(void)
{
	struct broken none;

	return plant(SIZE_MAX, &none);
}

void broken_get(size_t i, struct broken *b)
{
	b->table = *right();
	b->table.name = "broken";
	plant(i, b);
}
