/*
 * gif.c - the first picture of a GIF.
 *
 * Transparent pixels, and those of the screen that the picture does not cover,
 * are white.  A picture that reaches beyond the screen makes it larger.  What
 * lies behind the first picture is not looked at.
 *
 * Reference: GIF89a (CompuServe, 1990), with its appendix F on LZW.
 */
#include "image/picture_plain.h"

#include <string.h>

enum {
	MAX_CODES = 4096,	/* codes have 12 bits at most */
	/* The longest string of a code, for 12 bits of it. */
	PIXELS_PER_BYTE = 2731,
	NONE = -1,
};

struct gif {
	const unsigned char *data;
	size_t bytes, at;
	size_t x, y, width, height;	/* of the picture on the screen */
	int interlaced;
	int transparent;		/* index, or NONE */
	unsigned char palette[256][3];
};

static int gif_corrupt(struct error *e, const char *what)
{
	return fail(e, ERROR_DATA, "corrupt GIF: %s", what);
}

static int gif_short(struct error *e, const char *what)
{
	return fail(e, ERROR_DATA, "truncated GIF: %s", what);
}

static size_t gif_left(const struct gif *g)
{
	return g->bytes - g->at;
}

/* A table of colours follows where the flags say so. */
static int palette_read(struct gif *g, unsigned flags, struct error *e)
{
	size_t bytes = (size_t)3 << ((flags & 7) + 1);

	if (!(flags & 0x80))
		return 0;
	if (gif_left(g) < bytes)
		return gif_short(e, "no palette");
	memcpy(g->palette, g->data + g->at, bytes);
	g->at += bytes;
	return 0;
}

/* Passes over an extension; that of graphics names the transparent colour. */
static int extension_read(struct gif *g, struct error *e)
{
	if (gif_left(g) < 1)
		return gif_short(e, "no picture");
	int graphics = g->data[g->at++] == 0xF9;

	for (;;) {
		size_t n = gif_left(g) ? g->data[g->at] : 0;
		if (gif_left(g) < n + 1)
			return gif_short(e, "no picture");
		const unsigned char *d = g->data + g->at + 1;
		g->at += n + 1;
		if (n == 0)
			return 0;
		if (graphics && n >= 4)
			g->transparent = d[0] & 1 ? d[3] : NONE;
		graphics = 0;
	}
}

static int image_read(struct gif *g, struct plain *p, struct error *e)
{
	if (gif_left(g) < 9)
		return gif_short(e, "no picture");
	const unsigned char *d = g->data + g->at;
	g->at += 9;
	g->x = le16_get(d);
	g->y = le16_get(d + 2);
	g->width = le16_get(d + 4);
	g->height = le16_get(d + 6);
	g->interlaced = d[8] >> 6 & 1;
	if (g->width == 0 || g->height == 0)
		return gif_corrupt(e, "no pixels");
	p->width = MAX(p->width, g->x + g->width);
	p->height = MAX(p->height, g->y + g->height);
	return palette_read(g, d[8], e);
}

/* Everything up to the codes of the first picture. */
static int gif_open(struct gif *g, struct plain *p, struct error *e)
{
	*g = (struct gif){
		.data = p->data, .bytes = p->bytes, .at = 13,
		.transparent = NONE
	};
	if (p->bytes < 13)
		return gif_short(e, "no header");
	p->width = le16_get(p->data + 6);
	p->height = le16_get(p->data + 8);
	for (int i = 0; i < 256; i++)		/* if there is no other */
		memset(g->palette[i], i, 3);
	if (palette_read(g, p->data[10], e) < 0)
		return e->code;
	while (gif_left(g)) {
		unsigned char mark = g->data[g->at++];
		if (mark == 0x2C)
			return image_read(g, p, e);
		if (mark == 0x3B)
			break;
		if (mark != 0x21 && mark != 0)
			return gif_corrupt(e, "unknown block");
		if (mark == 0x21 && extension_read(g, e) < 0)
			return e->code;
	}
	return gif_short(e, "no picture");
}

int gif_header(struct plain *p, struct error *e)
{
	struct gif g;

	if (gif_open(&g, p, e) < 0 ||
	    picture_check_size("GIF", p->width, p->height, e) < 0)
		return e->code;
	if (g.width * g.height / PIXELS_PER_BYTE > gif_left(&g))
		return fail(e, ERROR_DATA, "truncated GIF: %zu bytes cannot "
			    "hold %zu x %zu pixels", gif_left(&g), g.width,
			    g.height);
	return 0;
}

/* The strings of LZW: each is another and one more pixel. */
struct lzw {
	struct gif *gif;
	const unsigned char *block, *block_end;
	uint32_t bits;
	int count, size;		/* bits held, bits of a code */
	int first, clear, codes;	/* codes there are */
	uint16_t before[MAX_CODES];
	unsigned char last[MAX_CODES], start[MAX_CODES];
	unsigned char string[MAX_CODES];
};

/* The next byte of the chain of blocks, or NONE. */
static int lzw_byte(struct lzw *z)
{
	struct gif *g = z->gif;

	if (z->block == z->block_end) {
		size_t n = gif_left(g) ? g->data[g->at] : 0;
		if (n == 0)
			return NONE;
		n = MIN(n, gif_left(g) - 1);
		z->block = g->data + g->at + 1;
		z->block_end = z->block + n;
		g->at += n + 1;
		if (n == 0)
			return NONE;
	}
	return *z->block++;
}

static int lzw_code(struct lzw *z)
{
	while (z->count < z->size) {
		int b = lzw_byte(z);
		if (b == NONE)
			return NONE;
		z->bits |= (uint32_t)b << z->count;
		z->count += 8;
	}
	int code = (int)(z->bits & ((1u << z->size) - 1));
	z->bits >>= z->size;
	z->count -= z->size;
	return code;
}

static void lzw_clear(struct lzw *z)
{
	z->codes = z->clear + 2;
	z->size = z->first + 1;
}

/* One more string: that of `before` and the first pixel of `code`'s. */
static void lzw_learn(struct lzw *z, int before, int code)
{
	if (before == NONE || z->codes >= MAX_CODES)
		return;
	int n = z->codes++;
	z->before[n] = (uint16_t)before;
	z->start[n] = z->start[before];
	z->last[n] = z->start[code == n ? before : code];
	if (z->codes == 1 << z->size && z->size < 12)
		z->size++;
}

/* The string of a code, in z->string from the place that is returned on. */
static int lzw_string(struct lzw *z, int code)
{
	int at = MAX_CODES;

	while (code >= z->clear) {
		z->string[--at] = z->last[code];
		code = z->before[code];
	}
	z->string[--at] = (unsigned char)code;
	return at;
}

struct canvas {
	const struct gif *gif;
	unsigned char *rgb;
	size_t stride;			/* pixels */
	size_t x, y, pass;
};

/* Rows 0, 8, 16 ..., then 4, 12 ..., then 2, 6 ..., then 1, 3 ... */
static void canvas_row(struct canvas *c)
{
	static const unsigned char first[4] = { 0, 4, 2, 1 };
	static const unsigned char each[4] = { 8, 8, 4, 2 };

	c->x = 0;
	c->y += c->gif->interlaced ? each[c->pass] : 1;
	while (c->y >= c->gif->height && c->gif->interlaced && c->pass < 3)
		c->y = first[++c->pass];
}

static void canvas_put(struct canvas *c, unsigned char index)
{
	const struct gif *g = c->gif;

	if (c->y >= g->height)
		return;
	if (index != g->transparent)
		memcpy(c->rgb + 3 * ((g->y + c->y) * c->stride + g->x + c->x),
		       g->palette[index], 3);
	if (++c->x == g->width)
		canvas_row(c);
}

/* Decodes codes until all rows are there. */
static int lzw_paint(struct lzw *z, struct canvas *c, struct error *e)
{
	int before = NONE;

	while (c->y < c->gif->height) {
		int code = lzw_code(z);
		if (code == z->clear) {
			lzw_clear(z);
			before = NONE;
			continue;
		}
		if (code == NONE || code == z->clear + 1)
			return fail(e, ERROR_DATA, "truncated GIF: %zu of %zu "
				    "rows", c->y, c->gif->height);
		if (code > z->codes || (code == z->codes && before == NONE) ||
		    (code == z->codes && code == MAX_CODES))
			return gif_corrupt(e, "bad code");
		lzw_learn(z, before, code);
		for (int at = lzw_string(z, code); at < MAX_CODES; at++)
			canvas_put(c, z->string[at]);
		before = code;
	}
	return 0;
}

int gif_pixels(struct plain *p, unsigned char *rgb, struct error *e)
{
	static struct lzw z;
	struct gif g;
	struct canvas c = { .gif = &g, .rgb = rgb };

	if (gif_header(p, e) < 0 || gif_open(&g, p, e) < 0)
		return e->code;
	c.stride = p->width;
	z = (struct lzw){ .gif = &g };
	z.first = gif_left(&g) ? g.data[g.at++] : 0;
	if (z.first < 1 || z.first > 8)
		return gif_corrupt(e, "bad size of codes");
	z.clear = 1 << z.first;
	for (int i = 0; i < z.clear; i++)
		z.start[i] = z.last[i] = (unsigned char)i;
	lzw_clear(&z);
	return lzw_paint(&z, &c, e);
}
