/*
 * resize.c - any size to any other, without aliasing and without surprises.
 *
 * Catmull-Rom's cubic (Keys 1981 with a = -1/2), widened by the scale when
 * shrinking.  Output o of m sees the input of n around (o + 1/2) n/m; taps
 * outside the picture are left out and the others scaled to sum 1.  Weights
 * are computed in double by + - * / and floor, one operation at a time, and
 * rounded once to float; the sums are chains of fma (kernels->axpy).  So the
 * same picture gives the same bytes on every machine.
 *
 * Rows are taken in bands: down a band first, then turned so that the columns
 * are rows, then the same again.  The size of a band changes no bit.
 */
#include "image/image.h"

#include <math.h>
#include <string.h>

enum { BAND = 32 };		/* rows: 640 x 32 x 3 floats are 240 KB */

/* For each output: its first input, how many, and their weights. */
struct taps {
	size_t *first;		/* [outputs] */
	size_t *count;		/* [outputs] */
	float *weight;		/* [outputs, most] */
	size_t most;
};

static double cubic(double x)
{
	double a = x < 0 ? -x : x, aa = a * a, aaa = aa * a;

	if (a < 1.0)
		return 1.5 * aaa - 2.5 * aa + 1.0;
	if (a < 2.0)
		return 2.5 * aa - 0.5 * aaa - 4.0 * a + 2.0;
	return 0.0;
}

static void taps_free(struct taps *t)
{
	mem_free(t->first);
	mem_free(t->count);
	mem_free(t->weight);
	*t = (struct taps){0};
}

/* The weights of one output; `all` has room for t->most doubles. */
static void taps_fill(struct taps *t, size_t output, size_t in, double ratio,
		      double scale, double *all)
{
	double centre = ((double)output + 0.5) * ratio, reach = 2.0 * scale;
	double low = floor(centre - reach), high = floor(centre + reach) + 1.0;
	size_t from = low > 0.0 ? (size_t)low : 0;
	size_t to = high < (double)in ? (size_t)high : in;
	double sum = 0.0;

	for (size_t i = from; i < to; i++) {
		double x = (double)i + 0.5 - centre;
		all[i - from] = cubic(x / scale);
		sum += all[i - from];
	}
	t->first[output] = from;
	t->count[output] = to - from;
	for (size_t i = 0; i < to - from; i++)
		t->weight[output * t->most + i] = (float)(all[i] / sum);
}

static int taps_make(struct taps *t, size_t in, size_t out, struct error *e)
{
	double ratio = (double)in / (double)out;
	double scale = ratio > 1.0 ? ratio : 1.0;
	double *all = NULL;
	size_t weights;

	t->most = MIN((size_t)(4.0 * scale) + 3, in);
	if (!mem_product(out, t->most, &weights))
		return fail(e, ERROR_FAILED, "cannot resize to %zu: too large",
			    out);
	t->first = mem_new(out, sizeof(*t->first), e);
	t->count = mem_new(out, sizeof(*t->count), e);
	t->weight = mem_new(weights, sizeof(*t->weight), e);
	all = mem_new(t->most, sizeof(*all), e);
	if (t->first && t->count && t->weight && all)
		for (size_t i = 0; i < out; i++)
			taps_fill(t, i, in, ratio, scale, all);
	mem_free(all);
	return e->code;
}

struct resize {
	const struct image *in;
	struct image *out;
	const struct kernels *kernels;
	struct taps down, across;
	float *row;		/* [in->width, 3] */
	float *band;		/* [BAND, in->width, 3] */
	float *turned;		/* [in->width, BAND, 3] */
	float *column;		/* [BAND, 3] */
};

static void floats_of(float *to, const unsigned char *from, size_t n)
{
	for (size_t i = 0; i < n; i++)
		to[i] = (float)from[i];
}

/* Rows y .. y + rows of the output, still as wide as the input. */
static void band_down(struct resize *r, size_t y, size_t rows)
{
	size_t n = r->in->width * 3;

	memset(r->band, 0, rows * n * sizeof(*r->band));
	for (size_t b = 0; b < rows; b++) {
		const float *weight = r->down.weight + (y + b) * r->down.most;
		size_t first = r->down.first[y + b];
		for (size_t i = 0; i < r->down.count[y + b]; i++) {
			floats_of(r->row, r->in->rgb + (first + i) * n, n);
			r->kernels->axpy(r->band + b * n, weight[i], r->row, n);
		}
	}
}

static void band_turn(struct resize *r, size_t rows)
{
	for (size_t b = 0; b < rows; b++)
		for (size_t x = 0; x < r->in->width; x++)
			memcpy(r->turned + (x * rows + b) * 3,
			       r->band + (b * r->in->width + x) * 3,
			       3 * sizeof(float));
}

static unsigned char byte_of(float v)
{
	v = v > 0.0f ? v : 0.0f;
	v = v < 255.0f ? v : 255.0f;
	return (unsigned char)(v + 0.5f);
}

static void band_across(struct resize *r, size_t y, size_t rows)
{
	size_t n = rows * 3, width = r->out->width;

	for (size_t x = 0; x < width; x++) {
		const float *weight = r->across.weight + x * r->across.most;
		const float *from = r->turned + r->across.first[x] * n;
		memset(r->column, 0, n * sizeof(*r->column));
		for (size_t i = 0; i < r->across.count[x]; i++)
			r->kernels->axpy(r->column, weight[i], from + i * n, n);
		for (size_t b = 0; b < rows; b++)
			for (size_t c = 0; c < 3; c++)
				r->out->rgb[((y + b) * width + x) * 3 + c] =
					byte_of(r->column[b * 3 + c]);
	}
}

int image_resize(struct image *out, const struct image *in, size_t width,
		 size_t height, const struct kernels *kernels, struct error *e)
{
	struct resize r = { .in = in, .out = out, .kernels = kernels };
	size_t pixels, row = in->width * 3;

	*out = (struct image){0};
	if (!width || !height || !mem_product(width, height, &pixels))
		return fail(e, ERROR_USAGE, "cannot resize to %zu x %zu pixels",
			    width, height);
	out->rgb = mem_new(pixels, 3, e);
	r.row = mem_new(row, sizeof(float), e);
	r.band = mem_new(row, BAND * sizeof(float), e);
	r.turned = mem_new(row, BAND * sizeof(float), e);
	r.column = mem_new(BAND, 3 * sizeof(float), e);
	if (!out->rgb || !r.row || !r.band || !r.turned || !r.column ||
	    taps_make(&r.down, in->height, height, e) < 0 ||
	    taps_make(&r.across, in->width, width, e) < 0)
		goto done;
	out->width = width;
	out->height = height;
	for (size_t y = 0; y < height; y += BAND) {
		size_t rows = MIN((size_t)BAND, height - y);
		band_down(&r, y, rows);
		band_turn(&r, rows);
		band_across(&r, y, rows);
	}
done:
	taps_free(&r.down);
	taps_free(&r.across);
	mem_free(r.row);
	mem_free(r.band);
	mem_free(r.turned);
	mem_free(r.column);
	if (e->code < 0)
		image_free(out);
	return e->code;
}
