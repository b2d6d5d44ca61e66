/*
 * test_formats.c - BMP, GIF and PNM, and what is not supported.
 */
#include "decoding.h"
#include "pictures.h"
#include "test.h"

static void put_le16(struct buf *b, unsigned v)
{
	put_byte(b, v & 255);
	put_byte(b, v >> 8 & 255);
}

static void put_le32(struct buf *b, uint32_t v)
{
	put_le16(b, v & 0xFFFF);
	put_le16(b, v >> 16);
}

/* Does it decode to these pixels?  `rgb` has them as 0xRRGGBB. */
static int shows(const struct buf *b, size_t width, size_t height,
		 const uint32_t *rgb)
{
	struct error e = {0};
	struct image i;
	size_t wrong = 0;

	if (decode(&i, b, &e) < 0) {
		fprintf(stderr, "refused: %s\n", e.text);
		return 0;
	}
	int same = i.width == width && i.height == height;
	for (size_t k = 0; same && k < width * height; k++) {
		const unsigned char *p = i.rgb + 3 * k;
		uint32_t v = (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2];
		if (v != rgb[k] && !wrong++)
			fprintf(stderr, "pixel %zu is %06x, not %06x\n", k, v,
				rgb[k]);
	}
	image_free(&i);
	return same && !wrong;
}

/* Every file that ends too early is refused. */
static void cuts_refused(struct buf *b, size_t spare)
{
	size_t whole = b->bytes, taken = 0;

	for (b->bytes = 3; b->bytes + spare < whole; b->bytes++) {
		struct error e = {0};
		struct image i;
		taken += decode(&i, b, &e) != ERROR_DATA;
		image_free(&i);
	}
	b->bytes = whole;
	CHECK(taken == 0);
}

/* ---- PNM ----------------------------------------------------------------- */

static int pnm_shows(const char *text, size_t bytes, size_t width,
		     size_t height, const uint32_t *rgb)
{
	struct buf b = {0};
	int right;

	put(&b, text, bytes);
	right = shows(&b, width, height, rgb);
	buf_free(&b);
	return right;
}

static void test_pnm(void)
{
	static const uint32_t cross[] = {
		0xffffff, 0x000000, 0xffffff, 0x000000, 0x000000, 0x000000,
	};
	static const uint32_t greys[] = { 0x000000, 0x999999, 0xffffff };
	static const uint32_t colours[] = { 0xff0080, 0x0000ff };
	struct buf b = {0};

	CHECK(pnm_shows("P1\n# a cross\n3 2\n0 1 0\n1 1 1\n", 29, 3, 2, cross));
	CHECK(pnm_shows("P1 3 2 010111", 13, 3, 2, cross));
	CHECK(pnm_shows("P4 3 2\n\x5f\xff", 9, 3, 2, cross));
	CHECK(pnm_shows("P2\t3 1 5 0 3 9", 14, 3, 1, greys));
	CHECK(pnm_shows("P5 3 1 5\n\0\3\xff", 12, 3, 1, greys));
	CHECK(pnm_shows("P5\r3\n#x\n1 255\n\0\x99\xff", 17, 3, 1, greys));
	CHECK(pnm_shows("P5 3 1 65535\n\0\0\x99\x99\xff\xff", 19, 3, 1, greys));
	CHECK(pnm_shows("P3 2 1 255 255 0 128 0 0#\n255", 29, 2, 1, colours));
	CHECK(pnm_shows("P6 2 1 255\n\xff\0\x80\0\0\xff", 17, 2, 1, colours));
	CHECK(refused_text("P6 2 1 255\n\xff\0\x80\0\0", 16, "truncated PNM"));
	CHECK(refused_text("P3 2 1 255 255 0 128 0 0 x", 26, "truncated PNM"));
	CHECK(refused_text("P5 0 1 255\n.", 12, "no pixels"));
	CHECK(refused_text("P5 9 1 0\n.", 10, "bad header"));
	CHECK(refused_text("P5 9 1 65536\n.", 14, "bad header"));
	CHECK(refused_text("P5 9 1 255x.........", 20, "bad header"));
	CHECK(refused_text("P5 -9 1 255\n.", 13, "bad header"));
	CHECK(refused_text("P4 60000 60000\n.", 16, "too large"));
	CHECK(refused_text("P4 8000 8000\n.", 14, "truncated PNM"));
	CHECK(refused_text("P7\nWIDTH 3\n", 11, "no picture of a known"));
	put(&b, "P6 2 1 255\n\xff\0\x80\0\0\xff", 17);
	cuts_refused(&b, 0);
	buf_free(&b);
}

/* ---- BMP ----------------------------------------------------------------- */

struct bmp_spec {
	int header;		/* bytes: 12, 40, 52, 56, 108, 124 */
	int bits, compression;
	int downward;
	uint32_t mask[4];
};

static void bmp_head(struct buf *b, const struct bmp_spec *s, unsigned width,
		     unsigned height)
{
	int masks = s->header == 40 && s->compression == 3 ? 12 : 0;
	int colours = s->bits <= 8 ? 1 << s->bits : 0;
	int each = s->header == 12 ? 3 : 4;

	buf_clear(b);
	put(b, "BM", 2);
	put_le32(b, 0);
	put_le32(b, 0);
	put_le32(b, (uint32_t)(14 + s->header + masks + colours * each));
	put_le32(b, (uint32_t)s->header);
	if (s->header == 12) {
		put_le16(b, width);
		put_le16(b, height);
		put_le16(b, 1);
		put_le16(b, (unsigned)s->bits);
	} else {
		put_le32(b, width);
		put_le32(b, s->downward ? -(uint32_t)height : height);
		put_le16(b, 1);
		put_le16(b, (unsigned)s->bits);
		put_le32(b, (uint32_t)s->compression);
		for (int i = 0; i < 5; i++)
			put_le32(b, 0);
		for (int i = 0; i < (s->header - 40 + masks) / 4; i++)
			put_le32(b, i < 4 ? s->mask[i] : 0);
	}
	for (int i = 0; i < colours; i++) {	/* B, G, R */
		put_byte(b, (unsigned)i * 3);
		put_byte(b, (unsigned)i * 5);
		put_byte(b, (unsigned)i * 7);
		if (each == 4)
			put_byte(b, 0);
	}
}

static uint32_t bmp_colour(unsigned i)
{
	return (i * 7 & 255) << 16 | (i * 5 & 255) << 8 | (i * 3 & 255);
}

/* 5 x 3 pixels: index k % 2^bits, or values of k. */
static void test_bmp_indexed(void)
{
	static const struct bmp_spec all[] = {
		{ 12, 1, 0, 0, { 0 } }, { 40, 1, 0, 0, { 0 } },
		{ 40, 2, 0, 0, { 0 } }, { 40, 4, 0, 0, { 0 } },
		{ 12, 4, 0, 0, { 0 } }, { 40, 8, 0, 0, { 0 } },
		{ 124, 8, 0, 0, { 0 } }, { 40, 8, 0, 1, { 0 } },
		{ 64, 4, 0, 0, { 0 } },
	};
	struct buf b = {0};

	for (size_t n = 0; n < ARRAY_LEN(all); n++) {
		const struct bmp_spec *s = &all[n];
		uint32_t want[15];
		unsigned bits = (unsigned)s->bits;
		bmp_head(&b, s, 5, 3);
		for (unsigned y = 0; y < 3; y++) {
			unsigned char row[8] = {0};
			unsigned at = s->downward ? y : 2 - y;
			for (unsigned x = 0; x < 5; x++) {
				unsigned v = (3 * y + x) & ((1u << bits) - 1);
				row[x * bits / 8] |= (unsigned char)
					(v << (8 - bits - x * bits % 8));
				want[5 * at + x] = bmp_colour(v);
			}
			put(&b, row, (5 * bits + 31) / 32 * 4);
		}
		CHECK(shows(&b, 5, 3, want));
		/* what the last row is filled up with may be missing */
		cuts_refused(&b, (5 * bits + 31) / 32 * 4 - (5 * bits + 7) / 8);
	}
	buf_free(&b);
}

static void test_bmp_true(void)
{
	static const struct {
		struct bmp_spec spec;
		uint32_t pixel[2], want[2];
	} all[] = {
		{ { 40, 24, 0, 0, { 0 } }, { 0x102030, 0xffee00 },
		  { 0x102030, 0xffee00 } },
		{ { 12, 24, 0, 0, { 0 } }, { 0x102030, 0xffee00 },
		  { 0x102030, 0xffee00 } },
		{ { 40, 32, 0, 1, { 0 } }, { 0x00102030, 0x80ffee00 },
		  { 0x102030, 0xffee00 } },
		{ { 40, 16, 0, 0, { 0 } }, { 0x7c1f, 0x0200 },
		  { 0xff00ff, 0x008400 } },
		{ { 40, 16, 3, 0, { 0xf800, 0x07e0, 0x001f, 0 } },
		  { 0xf81f, 0x0400 }, { 0xff00ff, 0x008200 } },
		{ { 56, 32, 3, 0, { 0xff, 0xff00, 0xff0000, 0xff000000 } },
		  { 0xff302010, 0x00302010 }, { 0x102030, 0xffffff } },
		/* alpha is 0 throughout: there is none */
		{ { 124, 32, 3, 0, { 0xff, 0xff00, 0xff0000, 0xff000000 } },
		  { 0x00302010, 0x00605040 }, { 0x102030, 0x405060 } },
		/* ten bits, and a mask that is not there */
		{ { 40, 32, 3, 0, { 0x3ff00000, 0x000ffc00, 0, 0 } },
		  { 0x3ff00000, 0x00080000 }, { 0xff0000, 0x008000 } },
	};
	struct buf b = {0};

	for (size_t n = 0; n < ARRAY_LEN(all); n++) {
		const struct bmp_spec *s = &all[n].spec;
		bmp_head(&b, s, 2, 1);
		for (int i = 0; i < 2; i++)
			for (int k = 0; k < s->bits; k += 8)
				put_byte(&b, all[n].pixel[i] >> k & 255);
		if (s->bits == 24)
			put_le16(&b, 0);
		CHECK(shows(&b, 2, 1, all[n].want));
	}
	buf_free(&b);
}

/* Runs, pixels as they are, ends of lines, a jump, the end. */
static void test_bmp_runs(void)
{
	static const unsigned char eight[] = {
		3, 9, 0, 0, 0, 3, 1, 2, 3, 0, 0, 2, 0, 1, 4, 5, 0, 1
	};
	static const unsigned char four[] = {
		3, 0x95, 0, 0, 0, 3, 0x12, 0x30, 0, 2, 0, 1, 4, 0x55, 0, 1
	};
	struct bmp_spec s = { .header = 40, .bits = 8, .compression = 1 };
	uint32_t want[16];
	struct buf b = {0};

	for (int way = 0; way < 2; way++) {
		for (int i = 0; i < 16; i++)
			want[i] = 0;
		for (int i = 0; i < 3; i++)	/* the lowest row first */
			want[12 + i] = bmp_colour(way && i == 1 ? 5 : 9);
		for (unsigned i = 0; i < 3; i++)
			want[8 + i] = bmp_colour(i + 1);
		want[4 + 3] = bmp_colour(5);
		s.bits = way ? 4 : 8;
		s.compression = way ? 2 : 1;
		bmp_head(&b, &s, 4, 4);
		put(&b, way ? four : eight, way ? sizeof(four) : sizeof(eight));
		CHECK(shows(&b, 4, 4, want));
		b.bytes -= 3;
		CHECK(refused(&b, "truncated BMP: its runs end"));
	}
	buf_free(&b);
}

static void test_bmp_refused(void)
{
	struct bmp_spec s = { .header = 40, .bits = 24 };
	struct buf b = {0};

	CHECK(refused_text("BM..........", 12, "truncated BMP"));
	bmp_head(&b, &s, 20000, 20000);
	CHECK(refused(&b, "too large"));
	bmp_head(&b, &s, 8000, 8000);
	CHECK(refused(&b, "truncated BMP"));
	bmp_head(&b, &s, 0, 1);
	CHECK(refused(&b, "no pixels"));
	s.bits = 7;
	bmp_head(&b, &s, 1, 1);
	CHECK(refused(&b, "7 bits"));
	s.bits = 24;
	s.compression = 4;
	bmp_head(&b, &s, 1, 1);
	CHECK(refused(&b, "holds a JPEG"));
	s.compression = 1;
	bmp_head(&b, &s, 1, 1);
	CHECK(refused(&b, "compression 1"));
	s = (struct bmp_spec){ .header = 40, .bits = 8, .compression = 1 };
	bmp_head(&b, &s, 8000, 8000);
	put_le16(&b, 0x0100);
	CHECK(refused(&b, "cannot hold"));
	buf_free(&b);
}

/* ---- GIF ----------------------------------------------------------------- */

struct gif_spec {
	unsigned screen[2];
	unsigned x, y, width, height;
	int local;		/* palette of the picture, not of the screen */
	int interlaced, transparent;	/* index, or -1 */
	int plain;		/* a clear code before each pixel */
};

enum { GIF_COLOURS = 16 };

static unsigned gif_index(unsigned x, unsigned y)
{
	/* long runs, and noise */
	return x < 9 ? 3 : (x * 7 + y * y * 5 + x * y) % GIF_COLOURS;
}

struct lzw_writer {
	struct buf data;
	uint32_t bits;
	int count, size, codes;
	int before[4096], last[4096];
};

static void code_put(struct lzw_writer *w, int code)
{
	w->bits |= (uint32_t)code << w->count;
	for (w->count += w->size; w->count >= 8; w->count -= 8) {
		put_byte(&w->data, w->bits & 255);
		w->bits >>= 8;
	}
}

static void codes_clear(struct lzw_writer *w)
{
	code_put(w, GIF_COLOURS);
	w->codes = GIF_COLOURS + 2;
	w->size = 5;
}

static int code_find(const struct lzw_writer *w, int before, int last)
{
	for (int i = GIF_COLOURS + 2; i < w->codes; i++)
		if (w->before[i] == before && w->last[i] == last)
			return i;
	return -1;
}

static void pixel_put(struct lzw_writer *w, int *string, int pixel, int plain)
{
	int found = *string < 0 ? pixel : code_find(w, *string, pixel);

	if (found >= 0 && !plain) {
		*string = found;
		return;
	}
	if (plain) {
		codes_clear(w);
		code_put(w, pixel);
		return;
	}
	code_put(w, *string);
	if (w->codes < 4096) {
		w->before[w->codes] = *string;
		w->last[w->codes] = pixel;
		if (w->codes++ == 1 << w->size)
			w->size++;
	} else {
		codes_clear(w);
	}
	*string = pixel;
}

static unsigned gif_row(const struct gif_spec *s, unsigned n)
{
	static const unsigned first[4] = { 0, 4, 2, 1 }, each[4] = { 8, 8, 4, 2 };

	for (int pass = 0; s->interlaced && pass < 4; pass++)
		for (unsigned y = first[pass]; y < s->height; y += each[pass])
			if (n-- == 0)
				return y;
	return n;
}

static void gif_palette(struct buf *b)
{
	for (unsigned i = 0; i < GIF_COLOURS; i++) {
		put_byte(b, i * 16);
		put_byte(b, 255 - i);
		put_byte(b, i);
	}
}

static uint32_t gif_colour(unsigned i)
{
	return i * 16 << 16 | (255 - i) << 8 | i;
}

static void gif_image(struct buf *b, const struct gif_spec *s)
{
	static struct lzw_writer w;
	int string = -1;

	w.bits = 0;
	w.count = 0;
	w.size = 5;
	buf_clear(&w.data);
	codes_clear(&w);
	for (unsigned n = 0; n < s->height; n++)
		for (unsigned x = 0; x < s->width; x++)
			pixel_put(&w, &string,
				  (int)gif_index(x, gif_row(s, n)), s->plain);
	if (!s->plain)
		code_put(&w, string);
	code_put(&w, GIF_COLOURS + 1);
	w.size = 8;
	code_put(&w, 0);
	put_byte(b, 0x2C);
	put_le16(b, s->x);
	put_le16(b, s->y);
	put_le16(b, s->width);
	put_le16(b, s->height);
	put_byte(b, (unsigned)(s->interlaced << 6 | (s->local ? 0x83 : 0)));
	if (s->local)
		gif_palette(b);
	put_byte(b, 4);
	for (size_t at = 0; at < w.data.bytes; at += 200) {
		size_t n = MIN(w.data.bytes - at, (size_t)200);
		put_byte(b, (unsigned)n);
		put(b, w.data.data + at, n);
	}
	put_byte(b, 0);
	buf_free(&w.data);
}

static void gif_make(struct buf *b, const struct gif_spec *s)
{
	struct gif_spec second = {
		.width = 3, .height = 3, .transparent = -1
	};

	buf_clear(b);
	put(b, "GIF89a", 6);
	put_le16(b, s->screen[0]);
	put_le16(b, s->screen[1]);
	put_byte(b, s->local ? 0x70 : 0xF3);
	put_le16(b, 0);
	if (!s->local)
		gif_palette(b);
	put(b, "\x21\xfe\3old\4text\0", 12);
	if (s->transparent >= 0) {
		put(b, "\x21\xf9\4\1\0\0", 6);
		put_byte(b, (unsigned)s->transparent);
		put_byte(b, 0);
	}
	gif_image(b, s);
	gif_image(b, &second);		/* of an animation: not looked at */
	put_byte(b, 0x3B);
}

static void test_gif(void)
{
	static const struct gif_spec all[] = {
		{ { 40, 30 }, 0, 0, 40, 30, 0, 0, -1, 0 },
		{ { 40, 30 }, 0, 0, 40, 30, 1, 0, -1, 0 },
		{ { 40, 30 }, 0, 0, 40, 30, 0, 1, 3, 0 },
		{ { 40, 30 }, 5, 7, 20, 21, 0, 0, 5, 0 },
		{ { 40, 30 }, 0, 0, 40, 30, 0, 1, -1, 1 },
		{ { 300, 200 }, 0, 0, 300, 200, 0, 0, -1, 0 },
		{ { 1, 1 }, 2, 3, 38, 27, 0, 0, -1, 0 },	/* grows */
		{ { 0, 0 }, 0, 0, 40, 1, 0, 1, -1, 0 },
	};
	static uint32_t want[300 * 200];
	struct buf b = {0};

	for (size_t n = 0; n < ARRAY_LEN(all); n++) {
		const struct gif_spec *s = &all[n];
		unsigned width = MAX(s->screen[0], s->x + s->width);
		unsigned height = MAX(s->screen[1], s->y + s->height);
		for (unsigned i = 0; i < width * height; i++) {
			unsigned x = i % width - s->x, y = i / width - s->y;
			unsigned v = gif_index(x, y);
			want[i] = x < s->width && y < s->height &&
				  (int)v != s->transparent ?
				  gif_colour(v) : 0xffffff;
		}
		gif_make(&b, s);
		if (!CHECK(shows(&b, width, height, want)))
			fprintf(stderr, "GIF %zu\n", n);
	}
	buf_free(&b);
}

static void test_gif_refused(void)
{
	struct gif_spec s = {
		{ 20, 10 }, 0, 0, 20, 10, 0, 0, -1, 0
	};
	struct buf b = {0};

	gif_make(&b, &s);
	size_t second = b.bytes;
	while (b.data[second - 1] != 0x2C)
		second--;
	b.bytes = second - 1;
	CHECK(decoded_hash(&b) != 0);
	/* the end of the blocks, the code of the end, and what fills up */
	cuts_refused(&b, 5);
	gif_make(&b, &s);
	b.data[13 + 48 + 12 + 5] = 127;		/* wider than its codes */
	CHECK(refused(&b, "truncated GIF"));
	b.data[13 + 48 + 12 + 6] = 127;
	b.data[13 + 48 + 12 + 8] = 127;
	CHECK(refused(&b, "too large"));
	b.data[13 + 48 + 12 + 6] = 60;
	b.data[13 + 48 + 12 + 8] = 15;
	CHECK(refused(&b, "cannot hold"));
	gif_make(&b, &s);
	b.data[13 + 48 + 12 + 10] = 9;		/* bits of codes */
	CHECK(refused(&b, "bad size of codes"));
	gif_make(&b, &s);
	b.data[13 + 48 + 12 + 14] = -1;
	CHECK(refused(&b, "corrupt GIF: bad code"));
	/* clear, 3, and the code behind the one that is being made */
	s = (struct gif_spec){ .width = 3, .height = 1, .transparent = -1 };
	gif_make(&b, &s);
	memcpy(b.data + 13 + 48 + 12 + 12, "\x70\x4c", 2);
	CHECK(refused(&b, "corrupt GIF: bad code"));
	CHECK(refused_text("GIF89a......", 12, "truncated GIF"));
	CHECK(refused_text("GIF89a\1\0\1\0\0\0\0\x3b", 14, "no picture"));
	buf_free(&b);
}

/* What has to be converted is named, with the command. */
static void test_others(void)
{
	CHECK(refused_text("RIFF....WEBPVP8 ", 16,
			   "WebP is not supported; convert it: dwebp FILE -o"));
	CHECK(refused_text("II*\0\x10\0\0\0CR..", 12, "RAW (CR2) is not"));
	CHECK(refused_text("II*\0........", 12, "TIFF or RAW is not"));
	CHECK(refused_text("MM\0*........", 12, "TIFF or RAW is not"));
	CHECK(refused_text("\0\0\0\x1c" "ftypavif", 12,
			   "AVIF is not supported; convert it: avifdec"));
	CHECK(refused_text("\0\0\0\x18" "ftypheic", 12,
			   "HEIC is not supported; convert it: heif-convert"));
	CHECK(refused_text("%PDF-1.4....", 12, "PDF is not"));
	CHECK(refused_text("hello", 5, "no picture of a known kind"));
}

int main(void)
{
	struct error e = {0};

	decoder = decoder_open(1, &e);
	if (!CHECK(decoder != NULL)) {
		fprintf(stderr, "%s\n", e.text);
		return test_end("formats");
	}
	test_pnm();
	test_bmp_indexed();
	test_bmp_true();
	test_bmp_runs();
	test_bmp_refused();
	test_gif();
	test_gif_refused();
	test_others();
	decoder_close(decoder);
	return test_end("formats");
}
