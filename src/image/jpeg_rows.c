/*
 * jpeg_rows.c - planes of a decoded JPEG to rows of RGB.
 *
 * A component at half the resolution is made wider, and higher, by a triangle
 * (libjpeg's "fancy" upsampling, to the bit); any other ratio repeats samples.
 * Colour: YCbCr, RGB or grey; CMYK and YCCK as Adobe writes them, inverted, and
 * taken as plain inks: each channel is what its ink and black leave of white.
 */
#include "image/arena.h"
#include "image/jpeg.h"

#include <string.h>

enum colour { GREY, RGB, YCC, CMYK, YCCK };

struct jpeg_rows {
	struct jpeg *jpeg;
	enum colour colour;
	unsigned char *line[JPEG_COMPONENTS];	/* [out_width + spare] */
	uint16_t *blended;			/* of one row, from -1 on */
};

static enum colour colour_of(const struct jpeg *j)
{
	if (j->components == 1)
		return GREY;
	if (j->components == 4)
		return j->adobe > 0 ? YCCK : CMYK;
	if (j->jfif)
		return YCC;
	if (j->adobe >= 0)
		return j->adobe == 0 ? RGB : YCC;
	return j->component[0].id == 'R' && j->component[1].id == 'G' &&
	       j->component[2].id == 'B' ? RGB : YCC;
}

struct jpeg_rows *jpeg_rows_open(struct jpeg *j, struct error *e)
{
	struct jpeg_rows *r = arena_new(sizeof(*r));
	/* twice the samples of a component may be one more than the width */
	size_t room = j->out_width + 2 + 3 * PIXELS_SPARE;
	int there = r != NULL;

	for (int i = 0; there && i < j->components; i++)
		there = (r->line[i] = arena_new(room)) != NULL;
	if (there)
		r->blended = arena_new(room * sizeof(*r->blended));
	if (!there || !r->blended) {
		fail(e, ERROR_DATA, "no room for rows");
		return NULL;
	}
	r->jpeg = j;
	r->colour = colour_of(j);
	r->blended += PIXELS_SPARE;
	return r;
}

/* A row between two of the plane, and twice as wide. */
static const unsigned char *row_widen(struct jpeg_rows *r, int i, size_t near,
				      size_t far, int twice_high)
{
	const struct jpeg_component *c = &r->jpeg->component[i];
	const struct pixels *pixels = r->jpeg->pixels;
	uint16_t *t = r->blended;

	pixels->blend(t, c->plane + near * c->stride,
		      c->plane + far * c->stride, c->samples);
	t[-1] = t[0];
	t[c->samples] = t[c->samples - 1];
	/* a row alone counts four times: 1 and 2 of 4 are 4 and 8 of 16 */
	pixels->widen(r->line[i], t, c->samples, twice_high ? 8 : 4,
		      twice_high ? 7 : 8);
	return r->line[i];
}

/* A row between two of the plane. */
static const unsigned char *row_blend(struct jpeg_rows *r, int i, size_t near,
				      size_t far, int below)
{
	const struct jpeg_component *c = &r->jpeg->component[i];
	unsigned bias = below ? 2 : 1;

	r->jpeg->pixels->blend(r->blended, c->plane + near * c->stride,
			       c->plane + far * c->stride, c->samples);
	for (size_t x = 0; x < c->samples; x++)
		r->line[i][x] = (unsigned char)((r->blended[x] + bias) >> 2);
	return r->line[i];
}

/* Samples repeated as often as they must; the ratio may be a fraction. */
static const unsigned char *row_repeat(struct jpeg_rows *r, int i, size_t y)
{
	const struct jpeg *j = r->jpeg;
	const struct jpeg_component *c = &j->component[i];
	size_t h = (size_t)(c->h * c->size), v = (size_t)(c->v * c->size);
	size_t of_h = (size_t)(j->h_most * j->size);
	size_t of_v = (size_t)(j->v_most * j->size);
	size_t row = MIN(y * v / of_v, c->lines - 1);
	const unsigned char *from = c->plane + row * c->stride;

	if (h == of_h)
		return from;
	for (size_t x = 0; x < j->out_width; x++)
		r->line[i][x] = from[MIN(x * h / of_h, c->samples - 1)];
	return r->line[i];
}

/* Row y of component i, as wide as the picture. */
static const unsigned char *row_of(struct jpeg_rows *r, int i, size_t y)
{
	const struct jpeg *j = r->jpeg;
	const struct jpeg_component *c = &j->component[i];
	int twice_wide = 2 * c->h * c->size == j->h_most * j->size;
	int twice_high = 2 * c->v * c->size == j->v_most * j->size;
	int same_wide = c->h * c->size == j->h_most * j->size;
	int same_high = c->v * c->size == j->v_most * j->size;
	size_t near = twice_high ? y / 2 : y, far = near;

	if (twice_high && y % 2)
		far = MIN(near + 1, c->lines - 1);
	else if (twice_high && near)
		far = near - 1;
	if (j->size > 1 && twice_wide && (twice_high || same_high) &&
	    c->samples > 2)
		return row_widen(r, i, near, far, twice_high);
	if (j->size > 1 && same_wide && twice_high)
		return row_blend(r, i, near, far, (int)(y % 2));
	return row_repeat(r, i, y);
}

/* What ink and black leave, both stored inverted. */
static unsigned char inked(unsigned light, unsigned black)
{
	return (unsigned char)((light * black + 127) / 255);
}

static void row_ink(unsigned char *rgb, const unsigned char *black,
		    int inverted, size_t n)
{
	unsigned char flip = inverted ? 255 : 0;

	for (size_t x = 0; x < n; x++)
		for (int c = 0; c < 3; c++, rgb++)
			*rgb = inked(*rgb ^ flip, black[x]);
}

void jpeg_rows_take(struct jpeg_rows *r, size_t y, unsigned char *rgb)
{
	const struct pixels *p = r->jpeg->pixels;
	const unsigned char *row[JPEG_COMPONENTS] = { NULL };
	size_t n = r->jpeg->out_width;

	for (int i = 0; i < r->jpeg->components; i++)
		row[i] = row_of(r, i, y);
	if (r->colour == GREY)
		p->join(rgb, row[0], row[0], row[0], n);
	else if (r->colour == YCC || r->colour == YCCK)
		p->ycc(rgb, row[0], row[1], row[2], n);
	else
		p->join(rgb, row[0], row[1], row[2], n);
	if (r->colour == CMYK || r->colour == YCCK)
		row_ink(rgb, row[3], r->colour == YCCK, n);
}
