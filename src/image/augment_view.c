/* augment_view.c - see augment_view.h. */
#include "image/augment_view.h"

#include <math.h>
#include <string.h>

#include "base/base.h"
#include "base/rng.h"
#include "format/decimal.h"
#include "image/augment.h"

/* Indices of a picture's stream; 0 to 2 are augment.c's. */
enum { DRAW_ANGLE = 3, DRAW_HUE, DRAW_SATURATION, DRAW_VALUE, DRAW_CAST,
       DRAW_RESCALE = DRAW_CAST + 3, DRAW_RESIZED = 16 };
enum { TRIES = 10 };			/* torchvision's */

/* ---- options ------------------------------------------------------------- */

static const struct augment_option {
	const char *name;
	size_t at;
	float low, high;		/* both 0: no value */
} augment_options[] = {
	{ "crop", offsetof(struct augment_settings, crop), 0, 0 },
	{ "mirror", offsetof(struct augment_settings, mirror), 0, 0 },
	{ "rotate", offsetof(struct augment_settings, rotate), 0, 45 },
	{ "rescale", offsetof(struct augment_settings, rescale), 1, 8 },
	{ "resized", offsetof(struct augment_settings, resized), 0.01f, 1 },
	{ "hsv", offsetof(struct augment_settings, hsv), 0, 50 },
	{ "cast", offsetof(struct augment_settings, cast), 0, 255 },
};

static const struct augment_option *augment_option_find(const char *name,
							size_t bytes)
{
	for (size_t i = 0; i < ARRAY_LEN(augment_options); i++)
		if (strlen(augment_options[i].name) == bytes &&
		    memcmp(augment_options[i].name, name, bytes) == 0)
			return &augment_options[i];
	return NULL;
}

/* One of the list, `bytes` long. */
static int augment_parse_one(struct augment_settings *s, const char *text,
			     size_t bytes, struct error *e)
{
	const char *sign = memchr(text, '=', bytes), *end = text + bytes;
	const struct augment_option *o;
	float value;

	o = augment_option_find(text, sign ? (size_t)(sign - text) : bytes);
	if (!o) {
		fail(e, ERROR_USAGE, "--augment has no '%.*s'",
		     (int)(bytes < 40 ? bytes : 40), text);
		return hint(e, "there are crop, mirror, rotate=DEGREES, "
			    "rescale=FACTOR, resized=SHARE, hsv=PERCENT, "
			    "cast=LEVELS and none");
	}
	if (o->high <= 0) {
		*(int *)(void *)((char *)s + o->at) = 1;
		return sign ? fail(e, ERROR_USAGE, "--augment %s has no value",
				   o->name) : 0;
	}
	if (!sign || decimal_read(sign + 1, end, &value) != end ||
	    !(value >= o->low && value <= o->high))
		return fail(e, ERROR_USAGE, "--augment %s= is from %g to %g",
			    o->name, (double)o->low, (double)o->high);
	*(double *)(void *)((char *)s + o->at) = (double)value;
	return 0;
}

int augment_parse(struct augment_settings *s, const char *text,
		  struct error *e)
{
	*s = (struct augment_settings){ .crop = 0 };
	if (strcmp(text, "none") == 0)
		return 0;
	for (;;) {
		size_t bytes = strcspn(text, ",");

		if (augment_parse_one(s, text, bytes, e) < 0)
			return e->code;
		if (!text[bytes])
			break;
		text += bytes + 1;
	}
	if (s->resized > 0 && (s->rescale > 1 || s->crop))
		return fail(e, ERROR_USAGE, "--augment resized takes the place "
			    "of crop and rescale");
	return 0;
}

/* ---- what is drawn ------------------------------------------------------- */

struct drawer {
	uint64_t seed, stream;
};

static double draw(const struct drawer *d, uint64_t index, double low,
		   double high)
{
	return low + (high - low) *
	       (double)rng_uniform(d->seed, d->stream, index);
}

/* cos (first = 0) or sin (1) of |x| < 0.8 by Taylor's polynomial in double. */
static double turn(double x, int first)
{
	double term = first ? x : 1, sum = term, square = x * x;

	for (int i = 1; i <= 9; i++) {
		int n = 2 * i + first;

		term = term * -square / (double)(n * (n - 1));
		sum = sum + term;
	}
	return sum;
}

/* (4/3)^x for |x| <= 1, by Taylor's polynomial in double. */
static double ratio_of(double x)
{
	double y = x * 0.28768207245178092744, term = 1, sum = 1;

	for (int i = 1; i <= 14; i++) {
		term = term * y / (double)i;
		sum = sum + term;
	}
	return sum;
}

static void draw_resized(const struct drawer *d, double low, double side,
			 struct augment_view *v)
{
	v->x = v->y = 0;
	v->w = v->h = side;
	for (uint64_t i = 0; i < TRIES; i++) {
		uint64_t at = DRAW_RESIZED + 4 * i;
		double area = side * side * draw(d, at, low, 1);
		double ratio = ratio_of(draw(d, at + 1, -1, 1));
		double w = floor(sqrt(area * ratio) + 0.5);
		double h = floor(sqrt(area / ratio) + 0.5);

		if (w < 1 || h < 1 || w > side || h > side)
			continue;
		v->w = w;
		v->h = h;
		v->x = (double)rng_below(d->seed, d->stream, at + 2,
					 (uint64_t)(side - w) + 1);
		v->y = (double)rng_below(d->seed, d->stream, at + 3,
					 (uint64_t)(side - h) + 1);
		return;
	}
}

static void draw_colours(const struct augment_settings *s,
			 const struct drawer *d, struct augment_view *v)
{
	double p = s->hsv / 100;

	v->coloured = s->hsv > 0;
	v->hue = draw(d, DRAW_HUE, -p, p);
	v->saturation = draw(d, DRAW_SATURATION, 1 - p, 1 + p);
	v->value = draw(d, DRAW_VALUE, 1 - p, 1 + p);
	for (int c = 0; c < 3; c++)
		v->cast[c] = (int)floor(draw(d, DRAW_CAST + (uint64_t)c,
					     -s->cast, s->cast) + 0.5);
}

static void draw_window(const struct augment_settings *s,
			const struct drawer *d, size_t side, size_t crop,
			const struct augment *a, struct augment_view *v)
{
	double factor = s->rescale > 1 ? draw(d, DRAW_RESCALE, 1, s->rescale) :
					 1;
	double size = (double)crop / factor, room = (double)side - size;

	v->w = v->h = size;
	v->x = v->y = s->rescale > 1 ? room / 2 :
				       (double)augment_middle(side, crop).x;
	if (!s->crop)
		return;
	v->x = s->rescale > 1 ? draw(d, 0, 0, room) : (double)a->x;
	v->y = s->rescale > 1 ? draw(d, 1, 0, room) : (double)a->y;
}

struct augment_view augment_view_draw(const struct augment_settings *s,
				      uint64_t seed, uint64_t epoch,
				      uint64_t image, size_t side,
				      size_t crop)
{
	struct augment a = augment_draw(seed, epoch, image, side, crop);
	const struct drawer d = { seed, rng_stream(RNG_AUGMENT, epoch,
						   image) };
	struct augment_view v = { .mirror = s->mirror && a.mirror,
				  .cosine = 1 };
	double angle = draw(&d, DRAW_ANGLE, -s->rotate, s->rotate);

	if (s->resized > 0)
		draw_resized(&d, s->resized, (double)side, &v);
	else
		draw_window(s, &d, side, crop, &a, &v);
	if (s->rotate > 0) {
		angle *= 0.017453292519943295769;	/* pi / 180 */
		v.cosine = turn(angle, 0);
		v.sine = turn(angle, 1);
	}
	v.warped = s->resized > 0 || s->rescale > 1 || s->rotate > 0;
	draw_colours(s, &d, &v);
	return v;
}

/* ---- geometry ------------------------------------------------------------ */

/* Places in the picture are in units of 1 / ONE pixel. */
enum { BITS = 20, WEIGHT_BITS = 8 };
#define ONE ((double)(INT64_C(1) << BITS))

struct warp {
	const unsigned char *pixels;
	int64_t most;			/* the last pixel of a line */
	int64_t x, y;			/* of the first sample's centre */
	/* from one sample to the next */
	int64_t x_right, y_right, x_down, y_down;
	size_t samples;			/* per pixel and axis */
};

static int64_t fixed(double x)
{
	return (int64_t)floor(x * ONE + 0.5);
}

static struct warp warp_of(const struct augment_view *v, size_t side,
			   size_t crop, const unsigned char *pixels)
{
	double shrink = (v->w > v->h ? v->w : v->h) / (double)crop;
	struct warp p = { .pixels = pixels, .most = (int64_t)side - 1,
			  .samples = (size_t)ceil(shrink) };
	double count = (double)(crop * p.samples);
	double right = v->w / count, down = v->h / count;

	p.x_right = fixed(right * v->cosine);
	p.y_right = fixed(right * v->sine);
	p.x_down = fixed(-(down * v->sine));
	p.y_down = fixed(down * v->cosine);
	/* half of all steps before the window's middle; pixel 0's centre is at
	 * half a pixel */
	p.x = fixed(v->x + v->w / 2 - 0.5) -
	      (p.x_right + p.x_down) * ((int64_t)count - 1) / 2;
	p.y = fixed(v->y + v->h / 2 - 0.5) -
	      (p.y_right + p.y_down) * ((int64_t)count - 1) / 2;
	return p;
}

/* Where a place falls: two pixels of a line and the weight of the second. */
static int64_t warp_axis(int64_t at, int64_t most, int64_t pixel[2])
{
	int64_t whole = at >> BITS;

	if (at < 0 || whole >= most) {
		pixel[0] = pixel[1] = at < 0 ? 0 : most;
		return 0;
	}
	pixel[0] = whole;
	pixel[1] = whole + 1;
	return (at - whole * (INT64_C(1) << BITS)) >> (BITS - WEIGHT_BITS);
}

/* Adds 2^16 times the sample at (x, y) to sum [3]. */
static void warp_sample(const struct warp *p, int64_t x, int64_t y,
			int64_t *sum)
{
	int64_t column[2], row[2];
	int64_t right = warp_axis(x, p->most, column);
	int64_t low = warp_axis(y, p->most, row);
	int64_t all = 1 << WEIGHT_BITS, line = p->most + 1;

	for (int c = 0; c < 3; c++) {
		const unsigned char *at = p->pixels + c;
		int64_t a = at[(row[0] * line + column[0]) * 3];
		int64_t b = at[(row[0] * line + column[1]) * 3];
		int64_t d = at[(row[1] * line + column[0]) * 3];
		int64_t f = at[(row[1] * line + column[1]) * 3];

		sum[c] += (a * (all - right) + b * right) * (all - low) +
			  (d * (all - right) + f * right) * low;
	}
}

static void warp_pixel(const struct warp *p, size_t i, size_t j,
		       unsigned char *out)
{
	int64_t sum[3] = { 0 }, parts = (int64_t)(p->samples * p->samples);

	parts <<= 2 * WEIGHT_BITS;
	for (size_t s = 0; s < p->samples; s++)
		for (size_t t = 0; t < p->samples; t++) {
			int64_t right = (int64_t)(j * p->samples + t);
			int64_t down = (int64_t)(i * p->samples + s);

			warp_sample(p, p->x + right * p->x_right +
					       down * p->x_down,
				    p->y + right * p->y_right +
					    down * p->y_down, sum);
		}
	for (int c = 0; c < 3; c++)
		out[c] = (unsigned char)((sum[c] + parts / 2) / parts);
}

/* ---- colours ------------------------------------------------------------- */

static double bounded(double x, double most)
{
	return x < 0 ? 0 : x > most ? most : x;
}

/* Hue in sixths of the circle from red; c = largest - smallest > 0. */
static double hue_of(const double *rgb, double most, double c)
{
	if (most == rgb[0])
		return (rgb[1] - rgb[2]) / c + (rgb[1] < rgb[2] ? 6 : 0);
	if (most == rgb[1])
		return (rgb[2] - rgb[0]) / c + 2;
	return (rgb[0] - rgb[1]) / c + 4;
}

static void colour_pixel(const struct augment_view *v, unsigned char *pixel)
{
	double rgb[3] = { pixel[0], pixel[1], pixel[2] };
	double most = fmax(fmax(rgb[0], rgb[1]), rgb[2]);
	double c = most - fmin(fmin(rgb[0], rgb[1]), rgb[2]);
	double hue = 0, part, value = bounded(most * v->value, 255);
	double saturation = most > 0 ? bounded(c / most * v->saturation, 1) :
				       0;
	static const int up[6] = { 0, 1, 1, 2, 2, 0 };
	static const int mid[6] = { 1, 0, 2, 1, 0, 2 };
	int sixth;

	if (c > 0)
		hue = hue_of(rgb, most, c) + 6 * v->hue;
	hue = hue < 0 ? hue + 6 : hue >= 6 ? hue - 6 : hue;
	sixth = (int)hue > 5 ? 5 : (int)hue;
	part = hue - (double)sixth;
	if (sixth % 2)
		part = 1 - part;
	rgb[0] = rgb[1] = rgb[2] = value * (1 - saturation);
	rgb[up[sixth]] = value;
	rgb[mid[sixth]] = value * (1 - saturation * (1 - part));
	for (int i = 0; i < 3; i++)
		pixel[i] = (unsigned char)floor(rgb[i] + 0.5);
}

static void make_pixel(float *out, unsigned char *pixel,
		       const struct augment_view *v)
{
	if (v->coloured)
		colour_pixel(v, pixel);
	for (int c = 0; c < 3; c++) {
		int level = (int)pixel[c] + v->cast[c];

		out[c] = (float)(level < 0 ? 0 : level > 255 ? 255 : level);
	}
}

void augment_view_make(float *out, const unsigned char *pixels, size_t side,
		       size_t crop, const struct augment_view *v)
{
	const struct warp p = warp_of(v, side, crop, pixels);
	size_t x = (size_t)v->x, y = (size_t)v->y;

	if (!v->warped && !v->coloured && !v->cast[0] && !v->cast[1] &&
	    !v->cast[2]) {
		augment_crop(out, pixels, side, crop, x, y, v->mirror);
		return;
	}
	for (size_t i = 0; i < crop; i++)
		for (size_t j = 0; j < crop; j++) {
			size_t to = v->mirror ? crop - 1 - j : j;
			unsigned char pixel[3];

			if (v->warped)
				warp_pixel(&p, i, j, pixel);
			else
				memcpy(pixel, pixels + ((y + i) * side + x +
							j) * 3, 3);
			make_pixel(out + (i * crop + to) * 3, pixel, v);
		}
}
