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
 * Rows are taken in bands: down a band first, strip by strip, then turned so
 * that the columns are rows, then across.  The sizes of a band and of a strip
 * change no bit.  first and first + count of the taps never fall from one
 * output to the next: a row's outputs are neighbours.
 */
#include "image/image.h"

#include <math.h>
#include <string.h>

enum {
	BAND = 32,	/* rows: 640 x 32 x 3 floats are 240 KB */
	STRIP = 1024,	/* floats: with the rows they go to, in L1 or near */
	GROUP = 16,
};

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
	float *row;		/* [STRIP] */
	float *band;		/* [BAND, in->width, 3] */
	float *turned;		/* [in->width, BAND, 3] */
};

/* Whole groups first: a count that the compiler knows is vectorised. */
static void floats_of(float *restrict to, const unsigned char *restrict from,
		      size_t n)
{
	size_t whole = n - n % GROUP;

	for (size_t i = 0; i < whole; i += GROUP)
		for (size_t k = 0; k < GROUP; k++)
			to[i + k] = (float)from[i + k];
	for (size_t i = whole; i < n; i++)
		to[i] = (float)from[i];
}

/* Floats at .. at + n of rows y .. y + rows: each input row is converted once
 * and added to every output row that has it as a tap, so the chain of each
 * output still takes its taps in ascending order. */
static void strip_down(struct resize *r, size_t y, size_t rows, size_t at,
		       size_t n)
{
	const struct taps *t = &r->down;
	size_t line = r->in->width * 3, begin = y;
	size_t last = t->first[y + rows - 1] + t->count[y + rows - 1];

	for (size_t i = t->first[y]; i < last; i++) {
		floats_of(r->row, r->in->rgb + i * line + at, n);
		while (t->first[begin] + t->count[begin] <= i)
			begin++;
		for (size_t o = begin; o < y + rows && t->first[o] <= i; o++)
			r->kernels->axpy(r->band + (o - y) * line + at,
					 t->weight[o * t->most + i -
						   t->first[o]], r->row, n);
	}
}

/* Rows y .. y + rows of the output, still as wide as the input. */
static void band_down(struct resize *r, size_t y, size_t rows)
{
	size_t line = r->in->width * 3;

	memset(r->band, 0, rows * line * sizeof(*r->band));
	for (size_t at = 0; at < line; at += STRIP)
		strip_down(r, y, rows, at, MIN((size_t)STRIP, line - at));
}

static void band_turn(struct resize *r, size_t rows)
{
	size_t line = r->in->width * 3;
	float *to = r->turned;

	for (size_t x = 0; x < line; x += 3)
		for (size_t b = 0; b < rows; b++, to += 3)
			memcpy(to, r->band + b * line + x, 3 * sizeof(float));
}

/* Sums are at most some hundreds either way, so they fit an int. */
static unsigned char byte_of(float v)
{
	int i = (int)(v + 0.5f);

	i = i > 0 ? i : 0;
	return (unsigned char)(i < 255 ? i : 255);
}

static void band_across(struct resize *r, size_t y, size_t rows)
{
	size_t n = rows * 3, width = r->out->width;
	float column[BAND * 3];
	unsigned char bytes[BAND * 3];

	for (size_t x = 0; x < width; x++) {
		const float *weight = r->across.weight + x * r->across.most;
		const float *from = r->turned + r->across.first[x] * n;
		memset(column, 0, sizeof(column));
		for (size_t i = 0; i < r->across.count[x]; i++)
			r->kernels->axpy(column, weight[i], from + i * n, n);
		for (size_t k = 0; k < BAND * 3; k++)
			bytes[k] = byte_of(column[k]);
		unsigned char *to = r->out->rgb + (y * width + x) * 3;
		for (size_t b = 0; b < rows; b++)
			memcpy(to + b * width * 3, bytes + b * 3, 3);
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
	r.row = mem_new(STRIP, sizeof(float), e);
	r.band = mem_new(row, BAND * sizeof(float), e);
	r.turned = mem_new(row, BAND * sizeof(float), e);
	if (!out->rgb || !r.row || !r.band || !r.turned ||
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
	if (e->code < 0)
		image_free(out);
	return e->code;
}
