/*
 * png_filter.c - the PNG filter: check every chunk, pass on five kinds.
 *
 * Out goes, in this form and no other:
 *
 *	signature  IHDR  PLTE (256 colours)  tRNS  IDAT (one)  IEND
 *
 * Checksums of all critical chunks are verified, and made anew.  An ancillary
 * chunk that is damaged, tRNS too, is left out, as libpng does.
 * The palette is filled up with black, since stb reads what a pixel names even
 * past the end of a short one.  IDAT is joined, so that stb allocates once.
 * The pixels themselves are checked by stb: too few of them is an error there.
 *
 * Reference: PNG (third edition), sections 5, 11 and 12.
 */
#include "image/picture.h"

#include <string.h>

enum {
	PNG_GREY = 0, PNG_RGB = 2, PNG_PALETTE = 3, PNG_GREY_ALPHA = 4,
	PNG_RGB_ALPHA = 6,
	MAX_SIDE = 16384,	/* stb's own limit */
	/* A deflate code of 2 bits can stand for 258 bytes. */
	DEFLATE_RATIO = 1032,
};

struct chunk {
	char name[5];
	const unsigned char *data;
	size_t bytes;
};

struct png {
	const unsigned char *data;
	size_t bytes;
	size_t at;
	struct buf *out;		/* NULL: only the header counts */
	uint32_t crc[256];

	int header, palette, idat, idat_over, alpha_table;
	int depth, colour, interlaced;
	size_t width, height;
	size_t colours;			/* in the palette */
	size_t idat_start;		/* of the chunk in out */
};

static void crc_prepare(uint32_t table[256])
{
	for (uint32_t n = 0; n < 256; n++) {
		uint32_t c = n;
		for (int k = 0; k < 8; k++)
			c = c & 1 ? 0xEDB88320u ^ c >> 1 : c >> 1;
		table[n] = c;
	}
}

static uint32_t crc_of(const struct png *p, const void *data, size_t bytes)
{
	const unsigned char *b = data;
	uint32_t c = 0xFFFFFFFFu;

	for (size_t i = 0; i < bytes; i++)
		c = p->crc[(c ^ b[i]) & 255] ^ c >> 8;
	return ~c;
}

static int be32_add(struct buf *out, uint32_t v, struct error *e)
{
	const unsigned char b[4] = {
		(unsigned char)(v >> 24), (unsigned char)(v >> 16),
		(unsigned char)(v >> 8), (unsigned char)v
	};
	return buf_add(out, b, 4, e);
}

/* Ends the chunk that starts at `start` of out: sets length and checksum. */
static int chunk_end(struct png *p, size_t start, struct error *e)
{
	size_t bytes = p->out->bytes - start - 8;
	unsigned char *b = (unsigned char *)p->out->data + start;

	for (int i = 0; i < 4; i++)
		b[i] = (unsigned char)(bytes >> (24 - 8 * i));
	return be32_add(p->out, crc_of(p, b + 4, bytes + 4), e);
}

static int chunk_start(struct png *p, const char *name, size_t *start,
		       struct error *e)
{
	*start = p->out->bytes;
	if (be32_add(p->out, 0, e) < 0)
		return e->code;
	return buf_add(p->out, name, 4, e);
}

static int chunk_emit(struct png *p, const char *name, const void *data,
		      size_t bytes, struct error *e)
{
	size_t start;

	if (chunk_start(p, name, &start, e) < 0 ||
	    buf_add(p->out, data, bytes, e) < 0)
		return e->code;
	return chunk_end(p, start, e);
}

static int png_corrupt(struct error *e, const char *what)
{
	return fail(e, ERROR_DATA, "corrupt PNG: %s", what);
}

static int is(const struct chunk *c, const char *name)
{
	return strcmp(c->name, name) == 0;
}

static int chunk_take(struct png *p, struct chunk *c, struct error *e)
{
	const unsigned char *b = p->data + p->at;
	size_t left = p->bytes - p->at;

	*c = (struct chunk){0};
	if (left < 8)
		return fail(e, ERROR_DATA, "truncated PNG: no end of image");
	c->bytes = be32_get(b);
	memcpy(c->name, b + 4, 4);
	c->data = b + 8;
	for (int i = 0; i < 4; i++)
		if ((b[4 + i] | 32) < 'a' || (b[4 + i] | 32) > 'z')
			return png_corrupt(e, "bad chunk name");
	left -= 8;
	if (c->bytes > left || (left - c->bytes < 4 && !is(c, "IDAT")))
		return fail(e, ERROR_DATA, "truncated PNG: chunk %s of %zu "
			    "bytes has %zu", c->name, c->bytes, left);
	if (left - c->bytes < 4) {	/* all pixels, but no checksum */
		p->at = p->bytes;
		return 0;
	}
	p->at += c->bytes + 12;
	return 0;
}

static int chunk_critical(const struct chunk *c)
{
	return !(c->name[0] & 32);
}

/* A last IDAT that lacks its checksum has all its pixels. */
static int chunk_sound(const struct png *p, const struct chunk *c)
{
	const unsigned char *end = c->data + c->bytes;

	return p->data + p->bytes - end < 4 ||
	       crc_of(p, c->data - 4, c->bytes + 4) == be32_get(end);
}

/* Bits per pixel, or 0 if depth and colour do not go together (11.2.1). */
static size_t header_bits(int depth, int colour)
{
	static const struct {
		unsigned char colour, channels, depths;
	} all[] = {
		{ PNG_GREY, 1, 1 | 2 | 4 | 8 | 16 },
		{ PNG_RGB, 3, 8 | 16 },
		{ PNG_PALETTE, 1, 1 | 2 | 4 | 8 },
		{ PNG_GREY_ALPHA, 2, 8 | 16 },
		{ PNG_RGB_ALPHA, 4, 8 | 16 },
	};
	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		if (all[i].colour == colour && (depth & (depth - 1)) == 0 &&
		    (depth & all[i].depths))
			return (size_t)depth * all[i].channels;
	return 0;
}

static int chunk_header(struct png *p, const struct chunk *c, struct error *e)
{
	if (c->bytes != 13)
		return png_corrupt(e, "bad header");
	size_t width = be32_get(c->data), height = be32_get(c->data + 4);
	p->width = width;
	p->height = height;
	p->depth = c->data[8];
	p->colour = c->data[9];
	p->interlaced = c->data[12];
	p->header = 1;
	if (!header_bits(p->depth, p->colour) || c->data[10] || c->data[11] ||
	    p->interlaced > 1)
		return png_corrupt(e, "bad header");
	if (picture_check_size("PNG", width, height, e) < 0)
		return e->code;
	if (MAX(width, height) > MAX_SIDE)
		return fail(e, ERROR_DATA, "too large: %zu x %zu pixels "
			    "(limit of PNG: %d a side)", width, height,
			    MAX_SIDE);
	return p->out ? chunk_emit(p, "IHDR", c->data, 13, e) : 0;
}

static int chunk_palette(struct png *p, const struct chunk *c, struct error *e)
{
	unsigned char all[768] = {0};

	if (p->colour != PNG_PALETTE)	/* only a suggestion */
		return 0;
	if (p->palette || p->idat || c->bytes == 0 || c->bytes > 768 ||
	    c->bytes % 3)
		return png_corrupt(e, "bad palette");
	p->palette = 1;
	p->colours = c->bytes / 3;
	memcpy(all, c->data, c->bytes);
	return chunk_emit(p, "PLTE", all, sizeof(all), e);
}

/* Out of place, or of a wrong size, it is left out. */
static int chunk_alpha(struct png *p, const struct chunk *c, struct error *e)
{
	size_t want = p->colour == PNG_GREY ? 2 : 6;

	if (p->alpha_table || p->idat ||
	    (p->colour == PNG_PALETTE ?
	     c->bytes == 0 || c->bytes > p->colours :
	     p->colour > PNG_RGB || c->bytes != want))
		return 0;
	p->alpha_table = 1;
	return chunk_emit(p, "tRNS", c->data, c->bytes, e);
}

static int chunk_pixels(struct png *p, const struct chunk *c, struct error *e)
{
	if (p->idat_over)
		return png_corrupt(e, "IDAT chunks are not together");
	if (p->colour == PNG_PALETTE && !p->palette)
		return png_corrupt(e, "no palette");
	if (!p->idat && chunk_start(p, "IDAT", &p->idat_start, e) < 0)
		return e->code;
	p->idat = 1;
	return buf_add(p->out, c->data, c->bytes, e);
}

/* EXIF, in the one or the other way; the first that turns the picture. */
static void chunk_orientation(struct picture *picture, const struct chunk *c)
{
	if (picture->orientation != 1)
		return;
	if (is(c, "eXIf"))
		picture->orientation = exif_orientation(c->data, c->bytes);
	if (is(c, "tEXt") || is(c, "zTXt") || is(c, "iTXt"))
		picture->orientation = exif_of_text(c->name, c->data, c->bytes);
}

static int chunk_pass(struct png *p, struct picture *picture,
		      const struct chunk *c, struct error *e)
{
	if (is(c, "CgBI"))
		return fail(e, ERROR_DATA, "Apple's CgBI PNG is not supported");
	if (!chunk_sound(p, c))
		return chunk_critical(c) ?
		       fail(e, ERROR_DATA, "corrupt PNG: wrong checksum of "
			    "chunk %s", c->name) : 0;
	if (p->header == is(c, "IHDR"))
		return png_corrupt(e, p->header ? "two headers" : "no header");
	if (p->idat && !is(c, "IDAT"))
		p->idat_over = 1;
	if (is(c, "IHDR"))
		return chunk_header(p, c, e);
	if (is(c, "PLTE"))
		return chunk_palette(p, c, e);
	if (is(c, "IDAT"))
		return chunk_pixels(p, c, e);
	if (is(c, "tRNS"))
		return chunk_alpha(p, c, e);
	if (chunk_critical(c) && !is(c, "IEND"))
		return fail(e, ERROR_DATA, "corrupt PNG: unknown chunk %s",
			    c->name);
	chunk_orientation(picture, c);
	return 0;
}

/* Bytes of a w x h picture (or pass) before compression. */
static size_t raw_bytes(const struct png *p, size_t w, size_t h)
{
	size_t bits = header_bits(p->depth, p->colour);
	return w && h ? h * (1 + (w * bits + 7) / 8) : 0;
}

/* The same of the whole picture; seven passes if interlaced (8.1). */
static size_t raw_total(const struct png *p)
{
	static const unsigned char x0[7] = { 0, 4, 0, 2, 0, 1, 0 };
	static const unsigned char y0[7] = { 0, 0, 4, 0, 2, 0, 1 };
	static const unsigned char dx[7] = { 8, 8, 4, 4, 2, 2, 1 };
	static const unsigned char dy[7] = { 8, 8, 8, 4, 4, 2, 2 };
	size_t total = 0;

	if (!p->interlaced)
		return raw_bytes(p, p->width, p->height);
	for (int i = 0; i < 7; i++)
		total += raw_bytes(p, (p->width + dx[i] - 1u - x0[i]) / dx[i],
				   (p->height + dy[i] - 1u - y0[i]) / dy[i]);
	return total;
}

static int image_end(struct png *p, struct picture *out, struct error *e)
{
	size_t packed = p->idat ? p->out->bytes - p->idat_start - 8 : 0;
	if (packed == 0)
		return fail(e, ERROR_DATA, "truncated PNG: no pixels");
	size_t raw = raw_total(p), pixels = p->width * p->height;
	if (raw / DEFLATE_RATIO > packed)
		return fail(e, ERROR_DATA, "truncated PNG: %zu bytes cannot "
			    "hold %zu x %zu pixels", packed, p->width,
			    p->height);
	out->width = p->width;
	out->height = p->height;
	out->channels = p->alpha_table || p->colour >= PNG_GREY_ALPHA ? 4 : 3;
	/* what stb holds: the file, the raw bytes (grown by doubling), the
	 * pixels, once more when interlaced, and their 8-bit forms */
	size_t wide = p->depth == 16 ? 8 : 4;
	out->memory = packed + 2 * raw + pixels * (wide * (p->interlaced ? 2 :
		      1) + (p->depth == 16 ? 4 : 0) + 4);
	if (chunk_end(p, p->idat_start, e) < 0)
		return e->code;
	return chunk_emit(p, "IEND", "", 0, e);
}

int png_filter(struct buf *out, struct picture *picture,
	       const unsigned char *data, size_t bytes, struct error *e)
{
	struct png p = { .data = data, .bytes = bytes, .at = 8, .out = out };
	struct chunk c;

	crc_prepare(p.crc);
	if (buf_add(out, data, 8, e) < 0)
		return e->code;
	do {
		if (chunk_take(&p, &c, e) == 0 &&
		    chunk_pass(&p, picture, &c, e) == 0)
			continue;
		/* Damage behind the pixels ends the picture as IEND would;
		 * stb sees whether they are all there. */
		if (!p.idat || is(&c, "IDAT"))
			return e->code;
		error_clear(e);
		break;
	} while (!is(&c, "IEND"));
	return image_end(&p, picture, e);
}

int png_header(struct picture *picture, const unsigned char *data,
	       size_t bytes, struct error *e)
{
	struct png p = { .data = data, .bytes = bytes, .at = 8 };
	struct chunk c;

	if (chunk_take(&p, &c, e) < 0)
		return e->code;
	if (!is(&c, "IHDR"))
		return png_corrupt(e, "no header");
	if (chunk_header(&p, &c, e) < 0)
		return e->code;
	picture->width = p.width;
	picture->height = p.height;
	crc_prepare(p.crc);
	while (!is(&c, "IEND") && chunk_take(&p, &c, e) == 0)
		if (!chunk_critical(&c) && chunk_sound(&p, &c))
			chunk_orientation(picture, &c);
	error_clear(e);		/* what is behind the header is seen later */
	return 0;
}
