/*
 * test_math.c - gemm and convolution against plain loops, bit by bit.
 *
 * The loops here are the definitions of math/gemm.h and math/conv.h; every
 * kernel table and several thread counts must agree with them exactly.
 */
#include "test.h"

#include <math.h>
#include <stdlib.h>

#include "base/base.h"
#include "base/mem.h"
#include "base/rng.h"
#include "math/conv.h"
#include "math/gemm.h"

static struct error err;

/* n floats in [-1, 1) with some zeros of both signs. */
static float *numbers(size_t n, uint64_t stream)
{
	float *x = mem_new(n + 1, sizeof(*x), &err);

	for (size_t i = 0; i < n; i++) {
		uint64_t kind = rng_below(1, stream + 1000, i, 20);

		x[i] = rng_uniform(1, stream, i) * 2 - 1;
		if (kind < 2)
			x[i] = kind ? 0.0f : -0.0f;
	}
	return x;
}

static int same(const float *a, const float *b, size_t n)
{
	return !memcmp(a, b, n * sizeof(*a));
}

static void check_gemm(const struct machine *m, size_t rows, size_t n, size_t k)
{
	float *a = numbers(rows * k, 1), *b = numbers(k * n, 2);
	float *c = numbers(rows * n, 3), *want = numbers(rows * n, 3);
	float *outer = numbers(k * n, 4), *outer_want = numbers(k * n, 4);
	float *packed = mem_new(gemm_packed_floats(m->kernels, k, n),
				sizeof(*packed), &err);

	for (size_t i = 0; i < rows; i++)
		for (size_t j = 0; j < n; j++)
			for (size_t p = 0; p < k; p++)
				want[i * n + j] = fmaf(a[i * k + p],
						       b[p * n + j],
						       want[i * n + j]);
	gemm_pack(m->kernels, packed, b, n, 1, k, n);
	gemm(m, c, n, a, k, packed, rows, n, k);
	CHECK(same(c, want, rows * n));

	/* transpose(a) times c */
	for (size_t p = 0; p < k; p++)
		for (size_t j = 0; j < n; j++)
			for (size_t i = 0; i < rows; i++)
				outer_want[p * n + j] =
					fmaf(a[i * k + p], c[i * n + j],
					     outer_want[p * n + j]);
	gemm_outer(m, outer, n, a, k, c, n, k, n, rows);
	CHECK(same(outer, outer_want, k * n));
	mem_free(a), mem_free(b), mem_free(c), mem_free(want);
	mem_free(outer), mem_free(outer_want), mem_free(packed);
}

/* ---- convolution by its definition --------------------------------------- */

/* Where kernel place (ky, kx) of output (oy, ox) reads, or NULL. */
static const float *pixel(const struct conv *c, const float *x, size_t image,
			  size_t oy, size_t ox, size_t ky, size_t kx)
{
	size_t y = oy * c->stride + ky - c->pad_top;
	size_t xx = ox * c->stride + kx - c->pad_left;

	if (y >= c->in_h || xx >= c->in_w)
		return NULL;
	return x + ((image * c->in_h + y) * c->in_w + xx) * c->in_c;
}

static void naive_forward(const struct conv *c, float *y, const float *x,
			  const float *w, const float *bias, size_t n)
{
	for (size_t i = 0; i < n * c->out_h * c->out_w; i++)
		for (size_t o = 0; o < c->out_c; o++) {
			float s = bias ? bias[o] : 0.0f;

			for (size_t t = 0; t < c->kernel_h * c->kernel_w; t++) {
				const float *p = pixel(
					c, x, i / c->out_w / c->out_h,
					i / c->out_w % c->out_h, i % c->out_w,
					t / c->kernel_w, t % c->kernel_w);

				for (size_t j = 0; j < c->in_c; j++)
					s = fmaf(p ? p[j] : 0.0f,
						 w[(t * c->in_c + j) *
						   c->out_c + o], s);
			}
			y[i * c->out_c + o] = s;
		}
}

static float naive_input(const struct conv *c, const float *dy, const float *w,
			 size_t image, size_t iy, size_t ix, size_t j)
{
	float s = 0;

	for (size_t ky = 0; ky < c->kernel_h; ky++)
		for (size_t kx = 0; kx < c->kernel_w; kx++) {
			ptrdiff_t y = (ptrdiff_t)(iy + c->pad_top) -
				      (ptrdiff_t)ky;
			ptrdiff_t x = (ptrdiff_t)(ix + c->pad_left) -
				      (ptrdiff_t)kx;
			ptrdiff_t step = (ptrdiff_t)c->stride;
			int inside;

			if (y % step || x % step)
				continue;
			y /= step;
			x /= step;
			inside = y >= 0 && x >= 0 && y < (ptrdiff_t)c->out_h &&
				 x < (ptrdiff_t)c->out_w;
			for (size_t o = 0; o < c->out_c; o++)
				s = fmaf(inside ? dy[((image * c->out_h +
						       (size_t)y) * c->out_w +
						      (size_t)x) * c->out_c + o]
						: 0.0f,
					 w[((ky * c->kernel_w + kx) * c->in_c +
					    j) * c->out_c + o], s);
		}
	return s;
}

static void naive_back_input(const struct conv *c, float *dx, const float *dy,
			     const float *w, size_t n)
{
	for (size_t i = 0; i < n * c->in_h * c->in_w; i++)
		for (size_t j = 0; j < c->in_c; j++)
			dx[i * c->in_c + j] = naive_input(
				c, dy, w, i / c->in_w / c->in_h,
				i / c->in_w % c->in_h, i % c->in_w, j);
}

static void naive_back_weights(const struct conv *c, float *dw, const float *x,
			       const float *dy, size_t n)
{
	for (size_t t = 0; t < c->kernel_h * c->kernel_w; t++)
		for (size_t i = 0; i < n * c->out_h * c->out_w; i++) {
			const float *p = pixel(c, x, i / c->out_w / c->out_h,
					       i / c->out_w % c->out_h,
					       i % c->out_w, t / c->kernel_w,
					       t % c->kernel_w);

			for (size_t j = 0; j < c->in_c; j++)
				for (size_t o = 0; o < c->out_c; o++) {
					float *d = dw + (t * c->in_c + j) *
							c->out_c + o;
					*d = fmaf(p ? p[j] : 0.0f,
						  dy[i * c->out_c + o], *d);
				}
		}
}

static void check_conv(const struct machine *m, struct conv c, size_t n,
		       int with_bias)
{
	const struct kernels *k = m->kernels;
	size_t in, out, weights;
	float *x, *w, *bias, *y, *y_want, *dy, *dx, *dx_want, *dw, *dw_want;
	float *packed, *back, *scratch;
	struct tile_ends ends = { .start = NULL };

	if (!CHECK(conv_plan(&c, k, &err) == 0))
		return;
	in = n * c.in_h * c.in_w * c.in_c;
	out = n * c.out_h * c.out_w * c.out_c;
	weights = c.kernel_h * c.kernel_w * c.in_c * c.out_c;
	x = numbers(in, 11), w = numbers(weights, 12);
	bias = numbers(c.out_c, 13), dy = numbers(out, 14);
	y = numbers(out, 15), y_want = numbers(out, 16);
	dx = numbers(in, 17), dx_want = numbers(in, 18);
	dw = numbers(weights, 19), dw_want = numbers(weights, 19);
	packed = mem_new(c.packed_floats, sizeof(*packed), &err);
	back = mem_new(c.packed_back_floats, sizeof(*back), &err);

	scratch = mem_new(conv_scratch_floats(&c, m, n, 1), sizeof(*scratch),
			  &err);
	ends.start = with_bias ? bias : NULL;

	conv_pack(&c, k, packed, w);
	conv_forward(&c, m, y, x, packed, &ends, scratch, n);
	naive_forward(&c, y_want, x, w, with_bias ? bias : NULL, n);
	CHECK(same(y, y_want, out));
	conv_pack_back(&c, k, back, w);
	conv_back_input(&c, m, dx, dy, back, scratch, n);
	naive_back_input(&c, dx_want, dy, w, n);
	CHECK(same(dx, dx_want, in));
	conv_back_weights(&c, m, dw, x, dy, scratch, n);
	naive_back_weights(&c, dw_want, x, dy, n);
	CHECK(same(dw, dw_want, weights));
	mem_free(x), mem_free(w), mem_free(bias), mem_free(y), mem_free(y_want);
	mem_free(dy), mem_free(dx), mem_free(dx_want), mem_free(dw);
	mem_free(dw_want), mem_free(packed), mem_free(back), mem_free(scratch);
	conv_free(&c);
}

static void check_machine(const struct machine *m)
{
	static const struct conv shapes[] = {
		/* h w c, out, kernel, stride, pad top left bottom right */
		{ .in_h = 7, .in_w = 5, .in_c = 3, .out_c = 17, .kernel_h = 3,
		  .kernel_w = 3, .stride = 1, .pad_top = 1, .pad_left = 1,
		  .pad_bottom = 1, .pad_right = 1 },
		{ .in_h = 9, .in_w = 11, .in_c = 9, .out_c = 5, .kernel_h = 3,
		  .kernel_w = 2, .stride = 2, .pad_top = 0, .pad_left = 1,
		  .pad_bottom = 2, .pad_right = 0 },
		{ .in_h = 6, .in_w = 6, .in_c = 33, .out_c = 40, .kernel_h = 1,
		  .kernel_w = 1, .stride = 1 },
		{ .in_h = 8, .in_w = 7, .in_c = 12, .out_c = 16, .kernel_h = 1,
		  .kernel_w = 1, .stride = 2 },
		{ .in_h = 13, .in_w = 10, .in_c = 3, .out_c = 8, .kernel_h = 7,
		  .kernel_w = 7, .stride = 3, .pad_top = 3, .pad_left = 3,
		  .pad_bottom = 3, .pad_right = 3 },
		{ .in_h = 5, .in_w = 4, .in_c = 270, .out_c = 3, .kernel_h = 2,
		  .kernel_w = 2, .stride = 1, .pad_right = 1 },
		{ .in_h = 3, .in_w = 3, .in_c = 1, .out_c = 1, .kernel_h = 3,
		  .kernel_w = 3, .stride = 5 },
		{ .in_h = 12, .in_w = 12, .in_c = 16, .out_c = 32, .kernel_h = 5,
		  .kernel_w = 5, .stride = 2, .pad_top = 2, .pad_left = 2,
		  .pad_bottom = 2, .pad_right = 2 },
	};

	for (size_t i = 0; i < ARRAY_LEN(shapes); i++)
		for (size_t n = 1; n <= 2; n++)
			check_conv(m, shapes[i], n, i % 2 == 0);
	check_gemm(m, 1, 1, 1);
	check_gemm(m, 5, 33, 7);
	check_gemm(m, 13, 17, 300);
	check_gemm(m, 120, 48, 70);
	check_gemm(m, 3, 100, 0);
}

static void check_refusals(const struct machine *m)
{
	struct conv big = { .in_h = 4, .in_w = 4, .in_c = 1, .out_c = 1,
			    .kernel_h = 5, .kernel_w = 5, .stride = 1 };
	struct conv none = { .in_h = 4, .in_w = 4, .in_c = 1, .out_c = 1,
			     .kernel_h = 1, .kernel_w = 1, .stride = 0 };
	struct error e = { 0 };

	CHECK(conv_plan(&big, m->kernels, &e) == ERROR_DATA);
	error_clear(&e);
	CHECK(conv_plan(&none, m->kernels, &e) == ERROR_DATA);
	CHECK(machine_open(&(struct machine){ 0 }, "nonsense", 1,
			   &(struct error){ 0 }) == ERROR_USAGE);
}

int main(void)
{
	static const int threads[] = { 1, 3 };

	for (const struct kernels *const *k = kernels_list(); *k; k++)
		for (size_t t = 0; t < ARRAY_LEN(threads); t++) {
			struct machine m;

			if (!CHECK(machine_open(&m, (*k)->name, threads[t],
						&err) == 0))
				continue;
			check_machine(&m);
			check_refusals(&m);
			machine_close(&m);
		}
	CHECK(!err.code);
	return test_end("math");
}
