/*
 * reference_winograd.c - Winograd's F(4x4, 3x3) again, one channel at a time.
 *
 * The functions of one line state the trees of simd/k_conv_winograd.h
 * in scalar C.  A matrix is 6 x 6 with line y at 6 y, whatever part is used.
 */
#include "reference.h"

#include <math.h>

/* All columns, then the rows that they have become.  A line's elements are
 * `step` apart; it becomes another in its place. */
static void both_ways(float *matrix,
		      void (*line)(float *o, const float *d, int step),
		      int columns, int rows)
{
	for (int x = 0; x < columns; x++)
		line(matrix + x, matrix + x, 6);
	for (int y = 0; y < rows; y++)
		line(matrix + 6 * y, matrix + 6 * y, 1);
}

static void input_line(float *o, const float *d, int step)
{
	float d0 = d[0], d1 = d[step], d2 = d[2 * step];
	float d3 = d[3 * step], d4 = d[4 * step], d5 = d[5 * step];

	o[0] = fmaf(4.0f, d0, fmaf(-5.0f, d2, d4));
	o[step] = fmaf(-4.0f, d2, d4) + fmaf(-4.0f, d1, d3);
	o[2 * step] = fmaf(-4.0f, d2, d4) - fmaf(-4.0f, d1, d3);
	o[3 * step] = fmaf(2.0f, d3 - d1, d4 - d2);
	o[4 * step] = fmaf(-2.0f, d3 - d1, d4 - d2);
	o[5 * step] = fmaf(4.0f, d1, fmaf(-5.0f, d3, d5));
}

static void output_line(float *o, const float *m, int step)
{
	float m0 = m[0], m1 = m[step], m2 = m[2 * step];
	float m3 = m[3 * step], m4 = m[4 * step], m5 = m[5 * step];

	o[0] = (m0 + (m1 + m2)) + (m3 + m4);
	o[step] = fmaf(2.0f, m3 - m4, m1 - m2);
	o[2 * step] = fmaf(4.0f, m3 + m4, m1 + m2);
	o[3 * step] = fmaf(8.0f, m3 - m4, m1 - m2) + m5;
}

static void weights_line(float *u, const float *g, int step)
{
	float g0 = g[0], g1 = g[step], g2 = g[2 * step];
	float e = fmaf(g2, 1.0f / 6, g0 * (1.0f / 24));

	u[0] = g0 * 0.25f;
	u[step] = ((g0 + g2) + g1) * (-1.0f / 6);
	u[2 * step] = ((g0 + g2) - g1) * (-1.0f / 6);
	u[3 * step] = fmaf(g1, 1.0f / 12, e);
	u[4 * step] = fmaf(g1, -1.0f / 12, e);
	u[5 * step] = g2;
}

static void gradient_line(float *o, const float *y, int step)
{
	float y0 = y[0], y1 = y[step], y2 = y[2 * step], y3 = y[3 * step];
	float even = fmaf(4.0f, y2, y0), odd = fmaf(8.0f, y3, y1 + y1);

	o[0] = y0;
	o[step] = (y0 + y2) + (y1 + y3);
	o[2 * step] = (y0 + y2) - (y1 + y3);
	o[3 * step] = even + odd;
	o[4 * step] = even - odd;
	o[5 * step] = y3;
}

static void weights_back_line(float *g, const float *u, int step)
{
	float u0 = u[0], u1 = u[step], u2 = u[2 * step];
	float u3 = u[3 * step], u4 = u[4 * step], u5 = u[5 * step];

	g[0] = fmaf(0.25f, u0, fmaf(-1.0f / 6, u1 + u2,
				    (u3 + u4) * (1.0f / 24)));
	g[step] = fmaf(1.0f / 6, u2 - u1, (u3 - u4) * (1.0f / 12));
	g[2 * step] = fmaf(-1.0f / 6, u1 + u2,
			   fmaf(1.0f / 6, u3 + u4, u5));
}

void reference_winograd_input(float *v, size_t v_step, const float *const *x,
			      size_t channels)
{
	for (size_t j = 0; j < channels; j++) {
		float d[36];

		for (size_t t = 0; t < 36; t++)
			d[t] = x[t][j];
		both_ways(d, input_line, 6, 6);
		for (size_t t = 0; t < 36; t++)
			v[t * v_step + j] = d[t];
	}
}

void reference_winograd_output(float *c, size_t c_line, size_t c_step,
			       size_t rows, size_t columns, const float *m,
			       size_t m_step, size_t channels,
			       const struct epilogue *epi)
{
	for (size_t j = 0; j < channels; j++) {
		float o[36];

		for (size_t t = 0; t < 36; t++)
			o[t] = m[t * m_step + j];
		both_ways(o, output_line, 6, 4);
		for (size_t i = 0; i < rows * columns; i++) {
			size_t y = i / columns, x = i % columns;

			size_t at = y * c_line + x * c_step;

			c[at + j] =
				reference_ends(o[6 * y + x] + epi->start[j],
					       epi, j, y * epi->add_line +
					       x * epi->add_step, at);
		}
	}
}

void reference_winograd_weights(float *u, size_t u_step, const float *w,
				ptrdiff_t w_step, size_t n)
{
	for (size_t j = 0; j < n; j++) {
		float g[36] = { 0 };

		for (int t = 0; t < 9; t++)
			g[6 * (t / 3) + t % 3] = (w + t * w_step)[j];
		both_ways(g, weights_line, 3, 6);
		for (size_t t = 0; t < 36; t++)
			u[t * u_step + j] = g[t];
	}
}

void reference_winograd_gradient(float *d, size_t d_step, const float *dy,
				 size_t dy_line, size_t dy_step, size_t rows,
				 size_t columns, size_t channels)
{
	for (size_t j = 0; j < channels; j++) {
		float g[36] = { 0 };

		for (size_t y = 0; y < rows; y++)
			for (size_t x = 0; x < columns; x++)
				g[6 * y + x] = dy[y * dy_line + x * dy_step +
						  j];
		both_ways(g, gradient_line, 4, 6);
		for (size_t t = 0; t < 36; t++)
			d[t * d_step + j] = g[t];
	}
}

void reference_winograd_weights_back(float *dw, size_t dw_step, const float *u,
				     size_t u_step, size_t n)
{
	for (size_t j = 0; j < n; j++) {
		float g[36];

		for (size_t t = 0; t < 36; t++)
			g[t] = u[t * u_step + j];
		both_ways(g, weights_back_line, 6, 3);
		for (size_t t = 0; t < 9; t++)
			dw[t * dw_step + j] = dw[t * dw_step + j] +
					      g[6 * (t / 3) + t % 3];
	}
}
