/*
 * naive_conv.h - convolution as math/conv.h defines it, by plain loops.
 *
 * Direct and depthwise first, then Winograd, made of the scalar table's
 * transforms (checkkernels has compared them with their own definition).
 */
#ifndef NAIVE_CONV_H
#define NAIVE_CONV_H

#include "numbers.h"

#include <math.h>

#include "math/conv.h"

enum { ENDS = 9, BACKWARDS = 4, TERMS = 36 };

static const struct kernels *scalar;

struct shape {
	size_t h, w, in_c, out_c, kernel_h, kernel_w, stride, dilation, groups;
	size_t top, left, bottom, right;
	size_t in_more, out_more;	/* floats between pixels */
	enum conv_way way;
};

static struct conv conv_of(const struct shape *s)
{
	return (struct conv){
		.in_h = s->h, .in_w = s->w, .in_c = s->in_c, .out_c = s->out_c,
		.kernel_h = s->kernel_h, .kernel_w = s->kernel_w,
		.stride = s->stride, .dilation = s->dilation,
		.groups = s->groups, .pad_top = s->top, .pad_left = s->left,
		.pad_bottom = s->bottom, .pad_right = s->right,
		.in_step = s->in_c + s->in_more,
		.out_step = s->out_c + s->out_more,
	};
}

/* ---- a case: arrays as long as they must be, and no longer --------------- */

struct test {
	struct conv c;
	size_t n, in, out, weights;	/* floats */
	float *x, *w, *dy, *start, *scale, *shift, *add;
	float *packed, *packed_back, *scratch;
	const struct machine *machine;
};

static size_t spread(size_t pixels, size_t step, size_t channels)
{
	return pixels ? (pixels - 1) * step + channels : 0;
}

static void test_fill(struct test *t, const struct shape *s, size_t n)
{
	struct conv c = conv_of(s);

	CHECK(conv_plan(&c, scalar, &err) == 0);
	CHECK(c.way == s->way);
	*t = (struct test){ .c = c, .n = n };
	t->in = spread(n * c.in_h * c.in_w, c.in_step, c.in_c);
	t->out = spread(n * c.out_h * c.out_w, c.out_step, c.out_c);
	t->weights = c.kernel_h * c.kernel_w * c.in_c / c.groups * c.out_c;
	t->x = numbers(t->in, 11), t->w = numbers(t->weights, 12);
	t->dy = numbers(t->out, 13), t->start = numbers(c.out_c, 14);
	t->scale = numbers(c.out_c, 15), t->shift = numbers(c.out_c, 16);
	t->add = numbers(spread(n * c.out_h * c.out_w, c.out_c + 1, c.out_c),
			 17);
}

static void test_free(struct test *t)
{
	mem_free(t->x), mem_free(t->w), mem_free(t->dy), mem_free(t->start);
	mem_free(t->scale), mem_free(t->shift), mem_free(t->add);
	conv_free(&t->c);
}

static float *copy(const float *x, size_t n)
{
	float *y = mem_new(n, sizeof(*y), &err);

	memcpy(y, x, n * sizeof(*y));
	return y;
}

/* n NaN: who reads what was not written is found out. */
static float *unwritten(size_t n)
{
	float *x = mem_new(n, sizeof(*x), &err);

	memset(x, 0xff, n * sizeof(*x));
	return x;
}

/* The same geometry on a machine. */
static void test_open(struct test *t, const struct machine *m)
{
	size_t scratch = 0;

	conv_free(&t->c);
	CHECK(conv_plan(&t->c, m->kernels, &err) == 0);
	t->machine = m;
	t->packed = unwritten(t->c.packed_floats);
	t->packed_back = unwritten(t->c.packed_back_floats);
	for (int i = CONV_FORWARD; i <= CONV_BACK_WEIGHTS; i++)
		scratch = MAX(scratch, conv_scratch_floats(
				       &t->c, m, (enum conv_direction)i, t->n));
	t->scratch = unwritten(scratch);
	conv_pack(&t->c, m, t->packed, t->w);
	conv_pack_back(&t->c, m, t->packed_back, t->w);
}

static void test_close(struct test *t)
{
	mem_free(t->packed), mem_free(t->packed_back), mem_free(t->scratch);
}

/* Kind 0: NULL. */
static struct epilogue ends_of(const struct test *t, size_t kind)
{
	struct epilogue epi = { .high = 0.5f };

	if (kind == 2 || kind > 4)
		epi.start = t->start;
	if (kind == 3 || kind > 6) {
		epi.scale = t->scale;
		epi.shift = t->shift;
	}
	if (kind == 4 || kind == 6 || kind == 8) {
		epi.add = t->add;
		epi.add_step = t->c.out_c + 1;
	}
	epi.clamp = kind == 5 || kind == 8;
	if (kind == 5)
		epi.high = INFINITY;
	return epi;
}

static void forward(const struct test *t, float *y, const float *x, size_t n,
		    size_t kind)
{
	struct epilogue epi = ends_of(t, kind);

	conv_forward(&t->c, t->machine, y, x, t->packed, kind ? &epi : NULL,
		     t->scratch, n);
}

/* ---- convolution by its definition --------------------------------------- */

/* Where kernel place t of output pixel i of the batch reads, or NULL. */
static const float *pixel(const struct conv *c, const float *x, size_t i,
			  size_t t)
{
	size_t image = i / c->out_w / c->out_h;
	size_t y = i / c->out_w % c->out_h * c->stride +
		   t / c->kernel_w * c->dilation - c->pad_top;
	size_t across = i % c->out_w * c->stride +
			t % c->kernel_w * c->dilation - c->pad_left;

	if (y >= c->in_h || across >= c->in_w)
		return NULL;
	return x + ((image * c->in_h + y) * c->in_w + across) * c->in_step;
}

static float end(const struct epilogue *epi, float c, size_t pixel, size_t o)
{
	if (epi->scale)
		c = fmaf(c, epi->scale[o], epi->shift[o]);
	if (epi->add)
		c = c + epi->add[pixel * epi->add_step + o];
	if (epi->clamp) {
		c = c > 0 ? c : 0.0f;
		c = c < epi->high ? c : epi->high;
	}
	return c;
}

static void naive_forward(const struct test *t, float *y, size_t kind)
{
	const struct conv *c = &t->c;
	size_t depth = c->in_c / c->groups, columns = c->out_c / c->groups;
	struct epilogue epi = ends_of(t, kind);

	for (size_t i = 0; i < t->n * c->out_h * c->out_w; i++)
		for (size_t o = 0; o < c->out_c; o++) {
			float s = kind && epi.start ? epi.start[o] : 0.0f;
			size_t first = o / columns * depth;

			for (size_t k = 0; k < c->kernel_h * c->kernel_w; k++) {
				const float *p = pixel(c, t->x, i, k);

				for (size_t j = 0; j < depth; j++)
					s = fmaf(p ? p[first + j] : 0.0f,
						 t->w[(k * depth + j) *
						      c->out_c + o], s);
			}
			y[i * c->out_step + o] = kind ? end(&epi, s, i, o) : s;
		}
}

/* The output pixel that kernel place k takes to input pixel i: its dy; NULL
 * where it is off the edge; *reaches: whether there is a place at all. */
static const float *back_pixel(const struct conv *c, const float *dy, size_t i,
			       size_t k, int *reaches)
{
	ptrdiff_t step = (ptrdiff_t)c->stride;
	ptrdiff_t y = (ptrdiff_t)(i / c->in_w % c->in_h + c->pad_top) -
		      (ptrdiff_t)(k / c->kernel_w * c->dilation);
	ptrdiff_t x = (ptrdiff_t)(i % c->in_w + c->pad_left) -
		      (ptrdiff_t)(k % c->kernel_w * c->dilation);
	size_t image = i / c->in_w / c->in_h;

	*reaches = y % step == 0 && x % step == 0;
	y /= step;
	x /= step;
	if (y < 0 || x < 0 || y >= (ptrdiff_t)c->out_h ||
	    x >= (ptrdiff_t)c->out_w)
		return NULL;
	return dy + ((image * c->out_h + (size_t)y) * c->out_w + (size_t)x) *
		    c->out_step;
}

/* Kind 0: NULL. */
static struct conv_backward_epilogue backward_epilogue_of(const struct test *t,
							  size_t kind)
{
	return (struct conv_backward_epilogue){ .accumulate = kind & 1,
				     .gate = kind & 2 ? t->x : NULL,
				     .high = 0.5f };
}

static void back_input(const struct test *t, float *dx, const float *dy,
		       size_t n, size_t kind)
{
	struct conv_backward_epilogue after = backward_epilogue_of(t, kind);

	conv_back_input(&t->c, t->machine, dx, dy, t->packed_back,
			kind ? &after : NULL, t->scratch, n);
}

/* s, or +0 where pixel i, channel j of x stops it. */
static float gated(const struct test *t, size_t i, size_t j, size_t kind,
		   float s)
{
	float x = t->x[i * t->c.in_step + j];

	return !(kind & 2) || (x > 0 && x < 0.5f) ? s : 0.0f;
}

static void naive_back_input(const struct test *t, float *dx, size_t kind)
{
	const struct conv *c = &t->c;
	size_t depth = c->in_c / c->groups, columns = c->out_c / c->groups;

	for (size_t at = 0; at < t->n * c->in_h * c->in_w * c->in_c; at++) {
		size_t i = at / c->in_c, j = at % c->in_c;
		size_t first = j / depth * columns;
		float *to = dx + i * c->in_step + j;
		float onto = kind & 1 ? *to : 0.0f;
		float s = c->way == CONV_DIRECT ? onto : 0.0f;

		for (size_t k = 0; k < c->kernel_h * c->kernel_w; k++) {
			int reaches;
			const float *p = back_pixel(c, t->dy, i, k, &reaches);
			const float *w = t->w + (k * depth + j % depth) *
						c->out_c + first;

			for (size_t o = 0; reaches && o < columns; o++)
				s = fmaf(p ? p[first + o] : 0.0f, w[o], s);
		}
		if (c->way == CONV_DEPTHWISE && kind & 1)
			s = s + onto;
		*to = gated(t, i, j, kind, s);
	}
}

static void naive_back_weights(const struct test *t, float *dw)
{
	const struct conv *c = &t->c;
	size_t depth = c->in_c / c->groups, columns = c->out_c / c->groups;
	size_t pixels = t->n * c->out_h * c->out_w;

	for (size_t k = 0; k < c->kernel_h * c->kernel_w; k++)
		for (size_t i = 0; i < pixels; i++) {
			const float *p = pixel(c, t->x, i, k);

			for (size_t n = 0; n < depth * c->out_c; n++) {
				size_t o = n % c->out_c, j = n / c->out_c;
				float *d = dw + k * depth * c->out_c + n;

				j += o / columns * depth;
				*d = fmaf(p ? p[j] : 0.0f,
					  t->dy[i * c->out_step + o], *d);
			}
		}
}

/* ---- Winograd by its definition ------------------------------------------ */

/* One group of a pass: a 3 x 3 convolution of source, blocks of 4 x 4. */
struct pass {
	const float *source;
	size_t source_h, source_w, source_step, depth;
	size_t target_h, target_w, columns;
	size_t pad_top, pad_left, n;
	const float *zeros;
};

static size_t blocks_wide(const struct pass *p)
{
	return (p->target_w + 3) / 4;
}

static size_t blocks(const struct pass *p)
{
	return p->n * ((p->target_h + 3) / 4) * blocks_wide(p);
}

/* Pixel (*y, *x) of the target where block b begins, and its image. */
static size_t block_at(const struct pass *p, size_t b, size_t *y, size_t *x)
{
	size_t high = (p->target_h + 3) / 4;

	*x = b % blocks_wide(p) * 4;
	*y = b / blocks_wide(p) % high * 4;
	return b / blocks_wide(p) / high;
}

static void block_input(const struct pass *p, size_t b, float *v)
{
	const float *row[TERMS];
	size_t y, x, image = block_at(p, b, &y, &x);

	for (size_t t = 0; t < TERMS; t++) {
		size_t iy = y + t / 6 - p->pad_top;
		size_t ix = x + t % 6 - p->pad_left;

		row[t] = iy < p->source_h && ix < p->source_w ? p->source +
			((image * p->source_h + iy) * p->source_w + ix) *
			p->source_step : p->zeros;
	}
	scalar->winograd_input(v, p->depth, row, p->depth);
}

/* target = the pass with U, pixels `step` apart */
static void wino_pass(const struct pass *p, float *target, size_t step,
		      const float *u, const struct epilogue *epi)
{
	float *v = unwritten(TERMS * p->depth);
	float *m = unwritten(TERMS * p->columns);

	for (size_t b = 0; b < blocks(p); b++) {
		size_t y, x, image = block_at(p, b, &y, &x);
		size_t at = (image * p->target_h + y) * p->target_w + x;
		struct epilogue here = *epi;

		block_input(p, b, v);
		memset(m, 0, TERMS * p->columns * sizeof(*m));
		for (size_t n = 0; n < TERMS * p->depth; n++)
			for (size_t o = 0; o < p->columns; o++) {
				float *to = m + n / p->depth * p->columns + o;

				*to = fmaf(v[n], u[n * p->columns + o], *to);
			}
		if (here.add)
			here.add += at * here.add_step;
		here.add_line = p->target_w * here.add_step;
		scalar->winograd_output(target + at * step,
					p->target_w * step, step,
					MIN(4, p->target_h - y),
					MIN(4, p->target_w - x), m, p->columns,
					p->columns, &here);
	}
	mem_free(v), mem_free(m);
}

static void wino_forward(const struct test *t, float *y, size_t kind)
{
	const struct conv *c = &t->c;
	size_t depth = c->in_c / c->groups, columns = c->out_c / c->groups;
	float *u = unwritten(TERMS * depth * columns);

	for (size_t g = 0; g < c->groups; g++) {
		struct pass p = { t->x + g * depth, c->in_h, c->in_w,
				  c->in_step, depth, c->out_h, c->out_w,
				  columns, c->pad_top, c->pad_left, t->n,
				  c->zeros };
		struct epilogue epi = { 0 };

		if (kind)
			epi = ends_of(t, kind);
		epi.start = epi.start ? epi.start + g * columns : c->zeros;
		if (epi.scale) {
			epi.scale += g * columns;
			epi.shift += g * columns;
		}
		if (epi.add)
			epi.add += g * columns;
		for (size_t i = 0; i < depth; i++)
			scalar->winograd_weights(
				u + i * columns, depth * columns,
				t->w + i * c->out_c + g * columns,
				(ptrdiff_t)(depth * c->out_c), columns);
		wino_pass(&p, y + g * columns, c->out_step, u, &epi);
	}
	mem_free(u);
}

/* w[8 - k][i][o] as [k][o][i], for one group */
static void turn(const struct conv *c, float *turned, const float *w)
{
	size_t depth = c->in_c / c->groups, columns = c->out_c / c->groups;

	for (size_t k = 0; k < 9; k++)
		for (size_t o = 0; o < columns; o++)
			for (size_t i = 0; i < depth; i++)
				turned[(k * columns + o) * depth + i] =
					w[((8 - k) * depth + i) * c->out_c + o];
}

static void wino_back_input(const struct test *t, float *dx, size_t kind)
{
	const struct conv *c = &t->c;
	size_t depth = c->in_c / c->groups, columns = c->out_c / c->groups;
	float *u = unwritten(TERMS * depth * columns);
	float *turned = unwritten(9 * depth * columns);
	struct epilogue epi = { .start = c->zeros };

	for (size_t g = 0; g < c->groups; g++) {
		struct pass p = { t->dy + g * columns, c->out_h, c->out_w,
				  c->out_step, columns, c->in_h, c->in_w,
				  depth, 2 - c->pad_top, 2 - c->pad_left, t->n,
				  c->zeros };

		turn(c, turned, t->w + g * columns);
		for (size_t o = 0; o < columns; o++)
			scalar->winograd_weights(u + o * depth,
						 columns * depth,
						 turned + o * depth,
						 (ptrdiff_t)(columns * depth),
						 depth);
		epi.add = kind & 1 ? dx + g * depth : NULL;
		epi.add_step = c->in_step;
		wino_pass(&p, dx + g * depth, c->in_step, u, &epi);
	}
	for (size_t at = 0; at < t->n * c->in_h * c->in_w * c->in_c; at++) {
		size_t i = at / c->in_c, j = at % c->in_c;
		float *to = dx + i * c->in_step + j;

		*to = gated(t, i, j, kind, *to);
	}
	mem_free(u), mem_free(turned);
}

/* dU += V D of block b, dy at its pixel (y, x) */
static void wino_weights_block(const struct pass *p, size_t b, const float *dy,
			       size_t step, float *v, float *d, float *u)
{
	size_t y, x, image = block_at(p, b, &y, &x);

	dy += ((image * p->target_h + y) * p->target_w + x) * step;
	block_input(p, b, v);
	scalar->winograd_gradient(d, p->columns, dy, p->target_w * step, step,
				  MIN(4, p->target_h - y),
				  MIN(4, p->target_w - x), p->columns);
	for (size_t n = 0; n < TERMS * p->depth; n++)
		for (size_t o = 0; o < p->columns; o++) {
			float *to = u + n * p->columns + o;

			*to = fmaf(v[n], d[n / p->depth * p->columns + o],
				   *to);
		}
}

static void wino_back_weights(const struct test *t, float *dw)
{
	const struct conv *c = &t->c;
	size_t depth = c->in_c / c->groups, columns = c->out_c / c->groups;
	float *u = unwritten(TERMS * depth * columns);
	float *v = unwritten(TERMS * depth), *d = unwritten(TERMS * columns);

	for (size_t g = 0; g < c->groups; g++) {
		struct pass p = { t->x + g * depth, c->in_h, c->in_w,
				  c->in_step, depth, c->out_h, c->out_w,
				  columns, c->pad_top, c->pad_left, t->n,
				  c->zeros };

		memset(u, 0, TERMS * depth * columns * sizeof(*u));
		for (size_t b = 0; b < blocks(&p); b++)
			wino_weights_block(&p, b, t->dy + g * columns,
					   c->out_step, v, d, u);
		for (size_t i = 0; i < depth; i++)
			scalar->winograd_weights_back(
				dw + i * c->out_c + g * columns,
				depth * c->out_c, u + i * columns,
				depth * columns, columns);
	}
	mem_free(u), mem_free(v), mem_free(d);
}

#endif
