/*
 * broken_conv.c - more of broken.c: convolutions and normalisation.
 *
 * Faults in the epilogue are planted by giving the right kernel another one.
 */
#include "check.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

static const struct kernels *right(void)
{
	return broken_right();
}

/* ---- epilogue ------------------------------------------------------------ */

static void tile_ignores_start(float *c, size_t ldc, size_t rows,
			       size_t columns, size_t taps, size_t depth,
			       const float *const *a, size_t a_step,
			       const float *b, const struct epilogue *epi)
{
	struct epilogue other = epi ? *epi : (struct epilogue){ 0 };

	other.start = NULL;
	right()->tile(c, ldc, rows, columns, taps, depth, a, a_step, b,
		      &other);
}

/* Clamps, then adds. */
static void tile_adds_last(float *c, size_t ldc, size_t rows, size_t columns,
			   size_t taps, size_t depth, const float *const *a,
			   size_t a_step, const float *b,
			   const struct epilogue *epi)
{
	struct epilogue other = epi ? *epi : (struct epilogue){ 0 };

	other.add = NULL;
	right()->tile(c, ldc, rows, columns, taps, depth, a, a_step, b,
		      &other);
	for (size_t i = 0; epi && epi->add && i < rows * columns; i++)
		c[i / columns * ldc + i % columns] +=
			epi->add[i / columns * epi->add_step + i % columns];
}

static void tile_add_by_ldc(float *c, size_t ldc, size_t rows, size_t columns,
			    size_t taps, size_t depth, const float *const *a,
			    size_t a_step, const float *b,
			    const struct epilogue *epi)
{
	struct epilogue other = epi ? *epi : (struct epilogue){ 0 };

	other.add_step = ldc;
	right()->tile(c, ldc, rows, columns, taps, depth, a, a_step, b,
		      &other);
}

static void tile_no_top(float *c, size_t ldc, size_t rows, size_t columns,
			size_t taps, size_t depth, const float *const *a,
			size_t a_step, const float *b,
			const struct epilogue *epi)
{
	struct epilogue other = epi ? *epi : (struct epilogue){ 0 };

	other.high = INFINITY;
	right()->tile(c, ldc, rows, columns, taps, depth, a, a_step, b,
		      &other);
}

static void tile_no_gate(float *c, size_t ldc, size_t rows, size_t columns,
			 size_t taps, size_t depth, const float *const *a,
			 size_t a_step, const float *b,
			 const struct epilogue *epi)
{
	struct epilogue other = epi ? *epi : (struct epilogue){ 0 };

	other.gate = NULL;
	right()->tile(c, ldc, rows, columns, taps, depth, a, a_step, b,
		      &other);
}

/* The first row's gate for all rows. */
static void tile_one_gate(float *c, size_t ldc, size_t rows, size_t columns,
			  size_t taps, size_t depth, const float *const *a,
			  size_t a_step, const float *b,
			  const struct epilogue *epi)
{
	for (size_t r = 0; r < rows; r++) {
		struct epilogue other = epi ? *epi :
					 (struct epilogue){ 0 };

		other.add = other.add ? other.add + r * other.add_step : NULL;
		right()->tile(c + r * ldc, ldc, 1, columns, taps, depth, a + r,
			      a_step, b, &other);
	}
}

/* c * scale + shift rounded twice. */
static void tile_unfused_scale(float *c, size_t ldc, size_t rows,
			       size_t columns, size_t taps, size_t depth,
			       const float *const *a, size_t a_step,
			       const float *b, const struct epilogue *epi)
{
	struct epilogue first = epi ? *epi : (struct epilogue){ 0 };
	struct epilogue second = first;

	first.scale = first.add = first.gate = NULL;
	first.clamp = 0;
	right()->tile(c, ldc, rows, columns, taps, depth, a, a_step, b,
		      &first);
	for (size_t i = 0; second.scale && i < rows * columns; i++) {
		float *to = c + i / columns * ldc + i % columns;
		volatile float product = *to * epi->scale[i % columns];

		*to = product + epi->shift[i % columns];
	}
	second.scale = second.start = NULL;
	right()->tile(c, ldc, rows, columns, 0, depth, a, a_step, b, &second);
}

/* ---- depthwise ----------------------------------------------------------- */

/* The lines of the window from the last to the first. */
static void depthwise_backwards(float *c, size_t ldc, size_t rows,
				size_t channels, size_t high, size_t wide,
				const float *const *a, size_t a_line,
				size_t a_row, const float *w,
				const struct epilogue *epi)
{
	const float *row[CHECK_POINTERS];
	float turned[64 * 1024];
	size_t line = wide * channels;

	for (size_t y = 0; y < high; y++) {
		memcpy(turned + y * line, w + (high - 1 - y) * line,
		       line * sizeof(*w));
		memcpy(row + y * a_line, a + (high - 1 - y) * a_line,
		       ((rows - 1) * a_row + wide) * sizeof(*row));
	}
	right()->depthwise(c, ldc, rows, channels, high, wide, row, a_line,
			   a_row, turned, epi);
}

/* Windows 3 wide always move by 1. */
static void depthwise_by_1(float *c, size_t ldc, size_t rows, size_t channels,
			   size_t high, size_t wide, const float *const *a,
			   size_t a_line, size_t a_row, const float *w,
			   const struct epilogue *epi)
{
	right()->depthwise(c, ldc, rows, channels, high, wide, a, a_line,
			   wide == 3 ? 1 : a_row, w, epi);
}

static void depthwise_no_gate(float *c, size_t ldc, size_t rows,
			      size_t channels, size_t high, size_t wide,
			      const float *const *a, size_t a_line,
			      size_t a_row, const float *w,
			      const struct epilogue *epi)
{
	struct epilogue other = *epi;

	other.gate = NULL;
	right()->depthwise(c, ldc, rows, channels, high, wide, a, a_line,
			   a_row, w, &other);
}

static void depthwise_no_start(float *c, size_t ldc, size_t rows,
			       size_t channels, size_t high, size_t wide,
			       const float *const *a, size_t a_line,
			       size_t a_row, const float *w,
			       const struct epilogue *epi)
{
	static const float none[CHECK_ZEROS];
	struct epilogue other = *epi;

	other.start = none;
	right()->depthwise(c, ldc, rows, channels, high, wide, a, a_line,
			   a_row, w, &other);
}

/* Whole vectors of the last pixel, past the end of its channels. */
static void depthwise_reads_past(float *c, size_t ldc, size_t rows,
				 size_t channels, size_t high, size_t wide,
				 const float *const *a, size_t a_line,
				 size_t a_row, const float *w,
				 const struct epilogue *epi)
{
	volatile float seen = high && channels % 16 ? a[0][channels] : 0.0f;

	(void)seen;
	right()->depthwise(c, ldc, rows, channels, high, wide, a, a_line,
			   a_row, w, epi);
}

static void depthwise_outer_adds_late(float *dw, size_t channels, size_t depth,
				      const float *const *a, const float *b,
				      size_t ldb)
{
	for (size_t j = 0; j < channels; j++) {
		float sum = 0.0f;

		for (size_t p = 0; p < depth; p++)
			sum = fmaf(a[p][j], b[p * ldb + j], sum);
		dw[j] += sum;
	}
}

static void depthwise_outer_no_gap(float *dw, size_t channels, size_t depth,
				   const float *const *a, const float *b,
				   size_t ldb)
{
	(void)ldb;
	right()->depthwise_outer(dw, channels, depth, a, b, channels);
}

/* ---- Winograd ------------------------------------------------------------ */

/* Term (y, x) where (x, y) belongs. */
static void winograd_input_across(float *v, size_t v_step,
				  const float *const *x, size_t channels)
{
	const float *across[36];

	for (size_t t = 0; t < 36; t++)
		across[t] = x[t % 6 * 6 + t / 6];
	right()->winograd_input(v, v_step, across, channels);
}

static void winograd_input_reads_past(float *v, size_t v_step,
				      const float *const *x, size_t channels)
{
	volatile float seen = channels % 16 ? x[0][channels] : 0.0f;

	(void)seen;
	right()->winograd_input(v, v_step, x, channels);
}

static void winograd_output_whole_block(float *c, size_t c_line, size_t c_step,
					size_t rows, size_t columns,
					const float *m, size_t m_step,
					size_t channels,
					const struct epilogue *epi)
{
	if (rows == 3 && c_line >= 4 * c_step)
		columns = 4;
	right()->winograd_output(c, c_line, c_step, rows, columns, m, m_step,
				 channels, epi);
}

static void winograd_output_add_by_c(float *c, size_t c_line, size_t c_step,
				     size_t rows, size_t columns,
				     const float *m, size_t m_step,
				     size_t channels,
				     const struct epilogue *epi)
{
	struct epilogue other = *epi;

	other.add_line = c_line;
	right()->winograd_output(c, c_line, c_step, rows, columns, m, m_step,
				 channels, &other);
}

/* The gate as wide as the block, not as the picture. */
static void winograd_output_gate_by_step(float *c, size_t c_line,
					 size_t c_step, size_t rows,
					 size_t columns, const float *m,
					 size_t m_step, size_t channels,
					 const struct epilogue *epi)
{
	static float whole[16 * 2 * CHECK_ZEROS];
	struct epilogue other = *epi;

	for (size_t i = 0; epi->gate && i < rows * columns * channels; i++) {
		size_t pixel = i / channels, y = pixel / columns;

		whole[y * c_line + pixel % columns * c_step + i % channels] =
			epi->gate[pixel * c_step + i % channels];
	}
	other.gate = epi->gate ? whole : NULL;
	right()->winograd_output(c, c_line, c_step, rows, columns, m, m_step,
				 channels, &other);
}

/* The bias joins before the transform, in its first term: other roundings. */
static void winograd_output_early_start(float *c, size_t c_line, size_t c_step,
					size_t rows, size_t columns,
					const float *m, size_t m_step,
					size_t channels,
					const struct epilogue *epi)
{
	static const float none[CHECK_ZEROS];
	static float early[36 * CHECK_ZEROS];
	struct epilogue other = *epi;

	for (size_t i = 0; i < 36 * channels; i++)
		early[i] = m[i / channels * m_step + i % channels];
	for (size_t j = 0; rows * columns == 1 && j < channels; j++)
		early[j] += epi->start[j];
	if (rows * columns == 1)
		other.start = none;
	right()->winograd_output(c, c_line, c_step, rows, columns, early,
				 channels, channels, &other);
}

static void winograd_weights_not_turned(float *u, size_t u_step,
					const float *w, ptrdiff_t w_step,
					size_t n)
{
	if (w_step < 0)
		right()->winograd_weights(u, u_step, w + 8 * w_step, -w_step,
					  n);
	else
		right()->winograd_weights(u, u_step, w, w_step, n);
}

/* Divides by 6 in place of multiplying by a sixth: term (0, 1). */
static void winograd_weights_divides(float *u, size_t u_step, const float *w,
				     ptrdiff_t w_step, size_t n)
{
	right()->winograd_weights(u, u_step, w, w_step, n);
	for (size_t j = 0; j < n; j++) {
		float g0 = w[j] * 0.25f, g1 = (w + w_step)[j] * 0.25f;
		float g2 = (w + 2 * w_step)[j] * 0.25f;

		u[u_step + j] = ((g0 + g2) + g1) / -6.0f;
	}
}

static void winograd_gradient_no_padding(float *d, size_t d_step,
					 const float *dy, size_t dy_line,
					 size_t dy_step, size_t rows,
					 size_t columns, size_t channels)
{
	right()->winograd_gradient(d, d_step, dy, dy_line, dy_step, rows,
				   rows > 1 && dy_line >= 4 * dy_step &&
				   columns == 3 ? 4 : columns, channels);
}

static void winograd_gradient_last_line(float *d, size_t d_step,
					const float *dy, size_t dy_line,
					size_t dy_step, size_t rows,
					size_t columns, size_t channels)
{
	right()->winograd_gradient(d, d_step, dy, dy_line, dy_step,
				   rows == 4 ? 3 : rows, columns, channels);
}

static void winograd_weights_back_sets(float *dw, size_t dw_step,
				       const float *u, size_t u_step, size_t n)
{
	for (size_t t = 0; t < 9; t++)
		for (size_t j = 0; j < n; j++)
			dw[t * dw_step + j] = 0.0f;
	right()->winograd_weights_back(dw, dw_step, u, u_step, n);
}

static void winograd_weights_back_drops_tail(float *dw, size_t dw_step,
					     const float *u, size_t u_step,
					     size_t n)
{
	right()->winograd_weights_back(dw, dw_step, u, u_step, n / 16 * 16);
}

/* ---- normalisation ------------------------------------------------------- */

/* The channels at the ends of a window are left out. */
static struct lrn shorter(const struct lrn *p)
{
	struct lrn less = *p;

	less.size = p->size > 1 ? p->size - 2 : 1;
	return less;
}

static void lrn_short_window(float *y, const float *x, size_t rows,
			     size_t channels, const struct lrn *p)
{
	struct lrn less = shorter(p);

	right()->lrn(y, x, rows, channels, &less);
}

/* The window runs on into the next row. */
static void lrn_over_the_edge(float *y, const float *x, size_t rows,
			      size_t channels, const struct lrn *p)
{
	right()->lrn(y, x, 1, rows * channels, p);
}

static void lrn_by_inverse(float *y, const float *x, size_t rows,
			   size_t channels, const struct lrn *p)
{
	right()->lrn(y, x, rows, channels, p);
	for (size_t i = 0; i < rows * channels; i++) {
		float inverse = y[i] / x[i];	/* 1 / t, nearly */
		float product = x[i] * inverse;

		if (x[i] != 0.0f && fabsf(y[i]) > 0x1p-100f)
			y[i] = product;
	}
}

static void lrn_back_short_window(float *dx, const float *dy, const float *x,
				  const float *y, size_t rows, size_t channels,
				  const struct lrn *p)
{
	struct lrn less = shorter(p);

	right()->lrn_back(dx, dy, x, y, rows, channels, &less);
}

static void lrn_back_over_the_edge(float *dx, const float *dy, const float *x,
				   const float *y, size_t rows,
				   size_t channels, const struct lrn *p)
{
	right()->lrn_back(dx, dy, x, y, 1, rows * channels, p);
}

/* dy / t alone, as if t did not depend on x. */
static void lrn_back_t_only(float *dx, const float *dy, const float *x,
			    const float *y, size_t rows, size_t channels,
			    const struct lrn *p)
{
	right()->lrn_back(dx, dy, x, y, rows, channels, p);
	for (size_t i = 0; i < rows * channels; i++)
		if (x[i] != 0.0f)
			dx[i] = dy[i] * y[i] / x[i];
}

size_t broken_conv(size_t i, struct broken *b)
{
	size_t at = 0;

	FAULT(tile, tile_ignores_start)
	FAULT(tile, tile_adds_last)
	FAULT(tile, tile_add_by_ldc)
	FAULT(tile, tile_no_top)
	FAULT(tile, tile_no_gate)
	FAULT(tile, tile_one_gate)
	FAULT(tile, tile_unfused_scale)
	FAULT(depthwise, depthwise_backwards)
	FAULT(depthwise, depthwise_by_1)
	FAULT(depthwise, depthwise_no_gate)
	FAULT(depthwise, depthwise_no_start)
	FAULT(depthwise, depthwise_reads_past)
	FAULT(depthwise_outer, depthwise_outer_adds_late)
	FAULT(depthwise_outer, depthwise_outer_no_gap)
	FAULT(winograd_input, winograd_input_across)
	FAULT(winograd_input, winograd_input_reads_past)
	FAULT(winograd_output, winograd_output_whole_block)
	FAULT(winograd_output, winograd_output_add_by_c)
	FAULT(winograd_output, winograd_output_gate_by_step)
	FAULT(winograd_output, winograd_output_early_start)
	FAULT(winograd_weights, winograd_weights_not_turned)
	FAULT(winograd_weights, winograd_weights_divides)
	FAULT(winograd_gradient, winograd_gradient_no_padding)
	FAULT(winograd_gradient, winograd_gradient_last_line)
	FAULT(winograd_weights_back, winograd_weights_back_sets)
	FAULT(winograd_weights_back, winograd_weights_back_drops_tail)
	FAULT(lrn, lrn_short_window)
	FAULT(lrn, lrn_over_the_edge)
	FAULT(lrn, lrn_by_inverse)
	FAULT(lrn_back, lrn_back_short_window)
	FAULT(lrn_back, lrn_back_over_the_edge)
	FAULT(lrn_back, lrn_back_t_only)
	return at;
}
