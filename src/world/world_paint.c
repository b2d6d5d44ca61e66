/*
 * world_paint.c - the canvas: filling shapes with smooth edges, in integers.
 *
 * Four scan lines a pixel row; along each the covered length is exact to 1/256
 * pixel.  The coverages add up in one row and are blended once.
 */
#include "world/world_paint.h"

#include <limits.h>
#include <string.h>

#include "base/rng.h"

enum {
	ONE = 256,			/* one pixel in fixed point */
	LINES = 4,			/* scan lines a pixel row */
	TURN = 64,			/* steps of a full turn */
};

/* ---- chance ------------------------------------------------------------ */

int dice_range(struct dice *d, int low, int high)
{
	uint64_t n = (uint64_t)(high - low + 1);

	return low + (int)rng_below(d->seed, d->stream, d->next++, n);
}

int dice_chance(struct dice *d, int percent)
{
	return dice_range(d, 0, 99) < percent;
}

/* ---- colours ----------------------------------------------------------- */

static int channel(uint32_t c, int i)
{
	return (int)(c >> (16 - 8 * i) & 255);
}

static int clamp255(int v)
{
	return v < 0 ? 0 : v > 255 ? 255 : v;
}

static uint32_t colour_of(int r, int g, int b)
{
	return (uint32_t)clamp255(r) << 16 | (uint32_t)clamp255(g) << 8 |
	       (uint32_t)clamp255(b);
}

uint32_t colour_mix(uint32_t a, uint32_t b, int of_256)
{
	int v[3];

	for (int i = 0; i < 3; i++)
		v[i] = channel(a, i) +
			(channel(b, i) - channel(a, i)) * of_256 / 256;
	return colour_of(v[0], v[1], v[2]);
}

uint32_t colour_shade(uint32_t c, int percent)
{
	return colour_of(channel(c, 0) * percent / 100,
			 channel(c, 1) * percent / 100,
			 channel(c, 2) * percent / 100);
}

uint32_t colour_jitter(struct dice *d, uint32_t c, int by)
{
	int all = dice_range(d, -by, by);
	int r = channel(c, 0) + all + dice_range(d, -by / 2, by / 2);
	int g = channel(c, 1) + all + dice_range(d, -by / 2, by / 2);

	return colour_of(r, g, channel(c, 2) + all +
			 dice_range(d, -by / 2, by / 2));
}

static uint32_t colour_lit(const struct canvas *c, uint32_t colour)
{
	return colour_of(channel(colour, 0) * c->light[0] / 256,
			 channel(colour, 1) * c->light[1] / 256,
			 channel(colour, 2) * c->light[2] / 256);
}

/* ---- filling ----------------------------------------------------------- */

/* Units to fixed-point pixels. */
static int to_pixels(const struct canvas *c, int v)
{
	return (int)((int64_t)v * c->size * ONE / UNITS);
}

/* Where the outline crosses the line at height y, ascending. */
static int crossings(const struct point *p, int n, int y, int *x)
{
	int found = 0;

	for (int i = 0; i < n; i++) {
		const struct point *a = &p[i], *b = &p[i + 1 < n ? i + 1 : 0];
		int at = found, here;

		if ((a->y <= y) == (b->y <= y))
			continue;
		here = a->x + (int)((int64_t)(b->x - a->x) * (y - a->y) /
				    (b->y - a->y));
		for (; at && x[at - 1] > here; at--)
			x[at] = x[at - 1];
		x[at] = here;
		found++;
	}
	return found;
}

/* Adds the span x0..x1 of one scan line to the row's coverage [size]. */
static void cover(uint16_t *row, int size, int x0, int x1)
{
	int first, last;

	x0 = x0 < 0 ? 0 : x0;
	x1 = x1 > size * ONE ? size * ONE : x1;
	if (x0 >= x1)
		return;
	first = x0 / ONE;
	last = (x1 - 1) / ONE;
	if (first == last) {
		row[first] = (uint16_t)(row[first] + (x1 - x0) / LINES);
		return;
	}
	row[first] = (uint16_t)(row[first] +
				((first + 1) * ONE - x0) / LINES);
	for (int x = first + 1; x < last; x++)
		row[x] = (uint16_t)(row[x] + ONE / LINES);
	row[last] = (uint16_t)(row[last] + (x1 - last * ONE) / LINES);
}

static void blend_row(struct canvas *c, const uint16_t *row, int y, int x0,
		      int x1, uint32_t colour, int alpha)
{
	unsigned char *rgb = c->rgb + ((size_t)y * (size_t)c->size) * 3;
	int ink[3] = { channel(colour, 0), channel(colour, 1),
		       channel(colour, 2) };

	for (int x = x0; x < x1; x++) {
		int a = row[x] * alpha / 256;

		if (!a)
			continue;
		for (int i = 0; i < 3; i++) {
			unsigned char *v = &rgb[x * 3 + i];

			*v = (unsigned char)(*v + (ink[i] - *v) * a / ONE);
		}
	}
}

struct bounds {
	int x0, y0, x1, y1;
};

static void bounds_add(struct bounds *b, struct point p)
{
	b->x0 = MIN(b->x0, p.x);
	b->x1 = MAX(b->x1, p.x);
	b->y0 = MIN(b->y0, p.y);
	b->y1 = MAX(b->y1, p.y);
}

void canvas_fill(struct canvas *c, const struct point *p, int n, uint32_t top,
		 uint32_t bottom, int alpha)
{
	struct point at[POINTS_MAX];
	uint16_t row[CANVAS_MAX];
	int x[POINTS_MAX], x0, x1, y0, y1;
	struct bounds b = { INT_MAX, INT_MAX, INT_MIN, INT_MIN };

	if (n < 3 || n > POINTS_MAX)
		bug("a shape of %d points", n);
	for (int i = 0; i < n; i++) {
		at[i] = (struct point){ to_pixels(c, p[i].x),
					to_pixels(c, p[i].y) };
		bounds_add(&b, at[i]);
	}
	if (b.x1 <= 0 || b.y1 <= 0)
		return;
	x0 = MAX(b.x0, 0) / ONE;
	y0 = MAX(b.y0, 0) / ONE;
	x1 = MIN(b.x1 / ONE + 1, c->size);
	y1 = MIN(b.y1 / ONE + 1, c->size);
	for (int y = y0; y < y1 && x0 < x1; y++) {
		int t = (y * ONE + ONE / 2 - b.y0) * 256 / (b.y1 - b.y0 + 1);

		memset(row + x0, 0, (size_t)(x1 - x0) * sizeof *row);
		for (int line = 0; line < LINES; line++) {
			int found = crossings(at, n, y * ONE +
				(2 * line + 1) * ONE / (2 * LINES), x);

			for (int i = 0; i + 1 < found; i += 2)
				cover(row, c->size, x[i], x[i + 1]);
		}
		blend_row(c, row, y, x0, x1, colour_mix(top, bottom,
			t < 0 ? 0 : t > 256 ? 256 : t), alpha);
	}
}

void canvas_band(struct canvas *c, int y0, int y1, uint32_t top,
		 uint32_t bottom)
{
	const struct point box[4] = {
		{ 0, y0 }, { UNITS, y0 }, { UNITS, y1 }, { 0, y1 }
	};

	canvas_fill(c, box, 4, colour_lit(c, top), colour_lit(c, bottom), 256);
}

/* Noise as of a small sensor: the same on all channels, a little on each. */
void canvas_grain(struct canvas *c, struct dice *d, int strength)
{
	size_t pixels = (size_t)c->size * (size_t)c->size;
	uint64_t bits = 0;

	for (size_t i = 0; i < pixels; i++) {
		if (i % 2 == 0)
			bits = rng_bits(d->seed, d->stream, d->next++);
		for (int k = 0; k < 3; k++) {
			int grey = (int)(bits & 255) - 128;
			int own = (int)(bits >> (8 + 8 * k) & 255) - 128;
			unsigned char *v = &c->rgb[i * 3 + (size_t)k];

			*v = (unsigned char)clamp255(*v + (2 * grey + own) *
						     strength / 384);
		}
		bits >>= 32;
	}
}

/* ---- pen --------------------------------------------------------------- */

struct pen pen_at(struct canvas *c, int x, int y, int size, int flip)
{
	return (struct pen){ c, x, y, size, flip, 0, 256 };
}

void pen_shape(const struct pen *p, uint32_t colour, const struct point *at,
	       int n)
{
	struct point moved[POINTS_MAX];
	uint32_t c = p->glow ? colour : colour_lit(p->canvas, colour);

	if (n > POINTS_MAX)
		bug("a shape of %d points", n);
	for (int i = 0; i < n; i++) {
		moved[i].x = p->x + p->flip * at[i].x * p->size / 100;
		moved[i].y = p->y + at[i].y * p->size / 100;
	}
	/* light falls from above */
	canvas_fill(p->canvas, moved, n, p->glow ? c : colour_shade(c, 107),
		    p->glow ? c : colour_shade(c, 86), p->alpha);
}

/* 1024 times the sine of i / TURN of a turn. */
static int sine(int i)
{
	static const int quarter[TURN / 4 + 1] = {
		0, 100, 200, 297, 392, 483, 569, 650, 724, 792, 851, 903, 946,
		980, 1004, 1019, 1024
	};

	i &= TURN - 1;
	if (i >= TURN / 2)
		return -sine(i - TURN / 2);
	return quarter[i <= TURN / 4 ? i : TURN / 2 - i];
}

/* Points a quarter unit fine, so that small ellipses stay round. */
static void ellipse_points(struct point *at, int x, int y, int rx, int ry,
			   int step)
{
	for (int i = 0; i < TURN; i += step) {
		at[i / step].x = (x * 1024 + rx * sine(i + TURN / 4)) / 256;
		at[i / step].y = (y * 1024 + ry * sine(i)) / 256;
	}
}

static void pen_fine(const struct pen *p, uint32_t colour,
		     const struct point *at, int n)
{
	struct pen fine = *p;
	struct point scaled[POINTS_MAX];

	/* size / 100 of a quarter unit: widened first, divided last */
	for (int i = 0; i < n; i++) {
		scaled[i].x = at[i].x * p->size / 4;
		scaled[i].y = at[i].y * p->size / 4;
	}
	fine.size = 1;
	pen_shape(&fine, colour, scaled, n);
}

void pen_ellipse(const struct pen *p, uint32_t colour, int x, int y, int rx,
		 int ry)
{
	struct point at[TURN];
	int step = (rx + ry) * p->size > 40000 ? 2 : 4;

	ellipse_points(at, x, y, rx, ry, step);
	pen_fine(p, colour, at, TURN / step);
}

/* Outer and inner outline in one shape, joined by a seam without width. */
void pen_ring(const struct pen *p, uint32_t colour, int x, int y, int r,
	      int thick)
{
	enum { STEP = 2, N = TURN / STEP };
	struct point at[2 * N + 2];

	ellipse_points(at, x, y, r, r, STEP);
	at[N] = at[0];
	ellipse_points(at + N + 1, x, y, r - thick, r - thick, STEP);
	at[2 * N + 1] = at[N + 1];
	pen_fine(p, colour, at, 2 * N + 2);
}

/* The whole part of a root; n >= 0. */
static int root(int n)
{
	int r = 0;

	for (int bit = 1 << 15; bit; bit >>= 1)
		if ((int64_t)(r + bit) * (r + bit) <= n)
			r += bit;
	return r;
}

void pen_line(const struct pen *p, uint32_t colour, int x0, int y0, int x1,
	      int y1, int thick)
{
	int dx = x1 - x0, dy = y1 - y0;
	int length = MAX(root((dx * dx + dy * dy) * 64), 1);	/* 8 times */
	int nx = -dy * thick * 16 / length, ny = dx * thick * 16 / length;
	struct point at[4] = {
		{ 4 * x0 + nx, 4 * y0 + ny }, { 4 * x1 + nx, 4 * y1 + ny },
		{ 4 * x1 - nx, 4 * y1 - ny }, { 4 * x0 - nx, 4 * y0 - ny }
	};

	pen_fine(p, colour, at, 4);
}

void pen_box(const struct pen *p, uint32_t colour, int x0, int y0, int x1,
	     int y1)
{
	PEN_SHAPE(p, colour, { x0, y0 }, { x1, y0 }, { x1, y1 }, { x0, y1 });
}
