/*
 * bmp.c - Windows and OS/2 bitmaps: of 1, 2, 4, 8, 16, 24 and 32 bits, by
 * masks, and runs of 4 and 8 bits.
 *
 * Transparent pixels (32 bits with a mask for alpha, unless all are 0) are
 * blended with white.
 *
 * Reference: BITMAPCOREHEADER to BITMAPV5HEADER of the Windows GDI.
 */
#include "image/picture_plain.h"

#include <string.h>

enum {
	FILE_HEADER = 14,
	CORE_HEADER = 12,	/* OS/2 1: 16 bits a size, 3 bytes a colour */
	INFO_HEADER = 40,
	MASKS_HEADER = 52,	/* and above: has its masks inside */
	ALPHA_HEADER = 56,
	LARGEST_HEADER = 1 << 10,

	BMP_PLAIN = 0, BMP_RUNS_8 = 1, BMP_RUNS_4 = 2, BMP_MASKS = 3,
	BMP_ALPHA_MASKS = 6,

	/* A run of 2 bytes covers 255 pixels; 4 bytes skip 255 rows. */
	PIXELS_PER_BYTE = 4096,
};

struct bmp {
	const struct plain *plain;
	size_t header;		/* bytes */
	int bits;
	unsigned compression;
	int downward;		/* the first row is the top one */
	uint32_t mask[4];	/* R, G, B, alpha */
	size_t colours;
	unsigned char palette[256][3];
	size_t pixels;		/* where they begin */
	size_t row;		/* bytes, filled up */
};

static int bmp_corrupt(struct error *e, const char *what)
{
	return fail(e, ERROR_DATA, "corrupt BMP: %s", what);
}

/* Sizes, bits and compression. */
static int header_read(struct bmp *b, struct plain *p, struct error *e)
{
	const unsigned char *d = p->data + FILE_HEADER;

	if (p->bytes < FILE_HEADER + CORE_HEADER)
		return fail(e, ERROR_DATA, "truncated BMP: no header");
	b->header = le32_get(d);
	b->pixels = le32_get(p->data + 10);
	if ((b->header != CORE_HEADER && b->header < INFO_HEADER &&
	     b->header != 16) || b->header > LARGEST_HEADER ||
	    b->header > p->bytes - FILE_HEADER)
		return bmp_corrupt(e, "bad header");
	if (b->header == CORE_HEADER) {
		p->width = le16_get(d + 4);
		p->height = le16_get(d + 6);
		b->bits = (int)le16_get(d + 10);
		return 0;
	}
	uint32_t height = le32_get(d + 8);
	b->downward = (int)(height >> 31);
	p->width = le32_get(d + 4);
	p->height = b->downward ? (uint32_t)(0 - height) : height;
	b->bits = (int)le16_get(d + 14);
	if (b->header >= INFO_HEADER) {
		b->compression = le32_get(d + 16);
		b->colours = le32_get(d + 32);
	}
	return 0;
}

static int header_check(const struct bmp *b, const struct plain *p,
			struct error *e)
{
	static const unsigned char runs[3] = { 0, 8, 4 };
	unsigned c = b->compression;

	if (c == 4 || c == 5)
		return fail(e, ERROR_DATA, "BMP that holds a %s is not "
			    "supported", c == 4 ? "JPEG" : "PNG");
	if ((c > BMP_MASKS && c != BMP_ALPHA_MASKS) ||
	    ((c == BMP_RUNS_8 || c == BMP_RUNS_4) &&
	     (b->bits != runs[c] || b->downward)) ||
	    (c >= BMP_MASKS && b->bits != 16 && b->bits != 32) ||
	    (b->bits != 1 && b->bits != 2 && b->bits != 4 && b->bits != 8 &&
	     b->bits != 16 && b->bits != 24 && b->bits != 32))
		return fail(e, ERROR_DATA, "BMP with %d bits and compression "
			    "%u is not supported", b->bits, c);
	return picture_check_size("BMP", p->width, p->height, e);
}

/* Masks follow a short header; a long one has them inside. */
static int masks_read(struct bmp *b, const struct plain *p, struct error *e)
{
	static const uint32_t usual[2][4] = {
		{ 0x7C00, 0x03E0, 0x001F, 0 },
		{ 0xFF0000, 0x00FF00, 0x0000FF, 0 },
	};
	const unsigned char *d = p->data + FILE_HEADER + INFO_HEADER;
	size_t count = b->header >= ALPHA_HEADER ||
		       b->compression == BMP_ALPHA_MASKS ? 4 : 3;

	memcpy(b->mask, usual[b->bits != 16], sizeof(b->mask));
	if (b->compression < BMP_MASKS)
		return 0;
	if (p->bytes < FILE_HEADER + INFO_HEADER + 4 * count)
		return fail(e, ERROR_DATA, "truncated BMP: no masks");
	for (size_t i = 0; i < count; i++)
		b->mask[i] = le32_get(d + 4 * i);
	if (b->header < MASKS_HEADER)
		b->header += 4 * count;
	return 0;
}

static int palette_read(struct bmp *b, const struct plain *p, struct error *e)
{
	size_t most = (size_t)1 << b->bits, at = FILE_HEADER + b->header;
	size_t each = b->header == CORE_HEADER ? 3 : 4;
	size_t count = b->colours && b->colours < most ? b->colours : most;

	/* what is not there, or lies in the pixels, is black */
	size_t end = MIN(b->pixels > at ? b->pixels : p->bytes, p->bytes);
	if (end < at)
		return bmp_corrupt(e, "no palette");
	count = MIN(count, (end - at) / each);
	for (size_t i = 0; i < count; i++)
		for (size_t c = 0; c < 3; c++)
			b->palette[i][c] = p->data[at + i * each + 2 - c];
	if (b->pixels < at)
		b->pixels = at + count * each;
	return 0;
}

static int bmp_open(struct bmp *b, struct plain *p, struct error *e)
{
	*b = (struct bmp){ .plain = p };
	if (header_read(b, p, e) < 0 || header_check(b, p, e) < 0)
		return e->code;
	if (b->bits <= 8 ? palette_read(b, p, e) : masks_read(b, p, e))
		return e->code;
	if (b->pixels < FILE_HEADER + b->header)
		b->pixels = FILE_HEADER + b->header;
	b->row = (p->width * (size_t)b->bits + 31) / 32 * 4;
	return 0;
}

static int is_runs(const struct bmp *b)
{
	return b->compression == BMP_RUNS_8 || b->compression == BMP_RUNS_4;
}

int bmp_header(struct plain *p, struct error *e)
{
	struct bmp b;

	if (bmp_open(&b, p, e) < 0)
		return e->code;
	size_t left = b.pixels < p->bytes ? p->bytes - b.pixels : 0;
	/* nobody misses what the last row is filled up with */
	size_t want = is_runs(&b) ? p->width * p->height / PIXELS_PER_BYTE :
		b.row * (p->height - 1) +
		(p->width * (size_t)b.bits + 7) / 8;
	if (left < want)
		return fail(e, ERROR_DATA, "truncated BMP: %zu bytes cannot "
			    "hold %zu x %zu pixels", left, p->width,
			    p->height);
	return 0;
}

/* Where row y of the file goes. */
static unsigned char *row_at(const struct bmp *b, unsigned char *rgb, size_t y)
{
	size_t row = b->downward ? y : b->plain->height - 1 - y;

	return rgb + row * b->plain->width * 3;
}

/* The bits of a mask, moved down and made 8; without a mask `none`. */
static unsigned masked(uint32_t pixel, uint32_t mask, unsigned none)
{
	uint64_t v = pixel & mask, most = mask;

	if (!mask)
		return none;
	while (!(most & 1)) {
		v >>= 1;
		most >>= 1;
	}
	return (unsigned)((v * 255 + most / 2) / most);
}

static uint32_t pixel_of(const struct bmp *b, const unsigned char *row,
			 size_t x)
{
	if (b->bits == 16)
		return le16_get(row + 2 * x);
	if (b->bits == 32)
		return le32_get(row + 4 * x);
	const unsigned char *d = row + 3 * x;
	return (uint32_t)d[2] << 16 | (uint32_t)d[1] << 8 | d[0];
}

/* Some programs leave all of alpha 0 and mean none. */
static int alpha_used(const struct bmp *b)
{
	const unsigned char *row = b->plain->data + b->pixels;

	for (size_t y = 0; b->mask[3] && y < b->plain->height; y++)
		for (size_t x = 0; x < b->plain->width; x++)
			if (pixel_of(b, row + y * b->row, x) & b->mask[3])
				return 1;
	return 0;
}

static void row_masked(const struct bmp *b, const unsigned char *row, int alpha,
		       unsigned char *to)
{
	for (size_t x = 0; x < b->plain->width; x++) {
		uint32_t pixel = pixel_of(b, row, x);
		unsigned a = alpha ? masked(pixel, b->mask[3], 255) : 255;
		for (int c = 0; c < 3; c++)
			*to++ = (unsigned char)
				((masked(pixel, b->mask[c], 0) * a +
				  255 * (255 - a) + 127) / 255);
	}
}

static void row_indexed(const struct bmp *b, const unsigned char *row,
			unsigned char *to)
{
	unsigned bits = (unsigned)b->bits, mask = (1u << bits) - 1;

	for (size_t x = 0; x < b->plain->width; x++, to += 3) {
		unsigned shift = 8 - bits - (unsigned)(x * bits % 8);
		unsigned index = (unsigned)row[x * bits / 8] >> shift & mask;
		memcpy(to, b->palette[index], 3);
	}
}

struct runs {
	const struct bmp *bmp;
	const unsigned char *at, *end;
	unsigned char *rgb;
	size_t x, y;
};

static void run_paint(struct runs *r, unsigned index)
{
	if (r->x < r->bmp->plain->width && r->y < r->bmp->plain->height)
		memcpy(row_at(r->bmp, r->rgb, r->y) + 3 * r->x,
		       r->bmp->palette[index], 3);
	r->x++;
}

/* n pixels as they are; rounded up to 16 bits in the file. */
static int run_copy(struct runs *r, size_t n)
{
	int four = r->bmp->compression == BMP_RUNS_4;
	size_t bytes = four ? (n + 1) / 2 : n;

	if ((size_t)(r->end - r->at) < bytes)
		return -1;
	for (size_t i = 0; i < n; i++) {
		unsigned b = r->at[four ? i / 2 : i];
		run_paint(r, four ? (i % 2 ? b & 15 : b >> 4) : b);
	}
	bytes += bytes % 2;
	r->at += MIN(bytes, (size_t)(r->end - r->at));
	return 0;
}

/* Reads runs up to their end mark, or to the last row's end. */
static int runs_read(struct runs *r)
{
	int four = r->bmp->compression == BMP_RUNS_4;

	while (r->y < r->bmp->plain->height) {
		if (r->end - r->at < 2)
			return -1;
		unsigned n = r->at[0], b = r->at[1];
		r->at += 2;
		for (unsigned i = 0; i < n; i++)
			run_paint(r, four ? (i % 2 ? b & 15 : b >> 4) : b);
		if (n)
			continue;
		if (b == 1)
			return 0;
		if (b == 0) {
			r->x = 0;
			r->y++;
		} else if (b > 2) {
			if (run_copy(r, b) < 0)
				return -1;
		} else if (r->end - r->at < 2) {
			return -1;
		} else {
			r->x += r->at[0];
			r->y += r->at[1];
			r->at += 2;
		}
	}
	return 0;
}

static int runs_pixels(const struct bmp *b, unsigned char *rgb,
		       struct error *e)
{
	const struct plain *p = b->plain;
	struct runs r = {
		.bmp = b, .rgb = rgb, .at = p->data + b->pixels,
		.end = p->data + p->bytes
	};

	for (size_t i = 0; i < p->width * p->height; i++)
		memcpy(rgb + 3 * i, b->palette[0], 3);
	if (runs_read(&r) < 0)
		return fail(e, ERROR_DATA, "truncated BMP: its runs end in "
			    "row %zu of %zu", r.y + 1, p->height);
	return 0;
}

int bmp_pixels(struct plain *p, unsigned char *rgb, struct error *e)
{
	struct bmp b;

	if (bmp_header(p, e) < 0 || bmp_open(&b, p, e) < 0)
		return e->code;
	if (is_runs(&b))
		return runs_pixels(&b, rgb, e);
	int alpha = b.bits > 8 && alpha_used(&b);
	for (size_t y = 0; y < p->height; y++) {
		const unsigned char *row = p->data + b.pixels + y * b.row;
		if (b.bits <= 8)
			row_indexed(&b, row, row_at(&b, rgb, y));
		else
			row_masked(&b, row, alpha, row_at(&b, rgb, y));
	}
	return 0;
}
