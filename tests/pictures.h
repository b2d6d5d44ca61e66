/*
 * pictures.h - small JPEG and PNG files made in memory, for tests.
 *
 * The JPEG maker starts from coefficients, not from pixels: the same
 * coefficients written as baseline, with restarts or progressive must decode
 * to the same picture.  Its Huffman codes are as plain as can be: every DC
 * code has 4 bits, every AC code 8, and the code is the place in the list.
 * The PNG maker stores without compression.
 */
#ifndef PICTURES_H
#define PICTURES_H

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/rng.h"

static inline void put(struct buf *b, const void *data, size_t bytes)
{
	struct error e = {0};
	if (buf_add(b, data, bytes, &e) < 0)
		abort();
}

static inline void put_byte(struct buf *b, unsigned v)
{
	unsigned char c = (unsigned char)v;
	put(b, &c, 1);
}

static inline void put_16(struct buf *b, unsigned v)
{
	put_byte(b, v >> 8 & 255);
	put_byte(b, v & 255);
}

static inline void put_32(struct buf *b, uint32_t v)
{
	put_16(b, v >> 16);
	put_16(b, v & 0xFFFF);
}

/* ---- JPEG ---------------------------------------------------------------- */

struct jpeg_spec {
	unsigned width, height;
	int components;			/* 1, 3 or 4 */
	int h, v;			/* sampling of the first; others 1x1 */
	int progressive;
	unsigned interval;
	int adobe;			/* transform + 1, or 0 */
	int orientation;		/* EXIF, 0: none */
	int big_endian;			/* EXIF */
	uint64_t seed;			/* of coefficients; 0: flat */
};

struct jpeg_maker {
	const struct jpeg_spec *spec;
	struct buf *out;
	uint32_t bits;
	int count;
	int previous[4];
	unsigned run;			/* blocks without AC (EOBRUN) */
};

static inline void bits_put(struct jpeg_maker *m, unsigned value, int n)
{
	for (int i = n - 1; i >= 0; i--) {
		m->bits = m->bits << 1 | (value >> i & 1);
		if (++m->count < 8)
			continue;
		put_byte(m->out, m->bits & 255);
		if ((m->bits & 255) == 255)
			put_byte(m->out, 0);
		m->count = 0;
	}
}

static inline void bits_align(struct jpeg_maker *m)
{
	while (m->count)
		bits_put(m, 1, 1);
}

/* Place of a symbol in the AC list: sizes 0 .. 10 of runs 0 .. 15. */
static inline void ac_put(struct jpeg_maker *m, int run, int size)
{
	bits_put(m, (unsigned)(run * 11 + size), 8);
}

static inline int size_of(int v)
{
	int n = 0;
	for (v = abs(v); v; v >>= 1)
		n++;
	return n;
}

static inline void value_put(struct jpeg_maker *m, int v, int size)
{
	bits_put(m, (unsigned)(v < 0 ? v + (1 << size) - 1 : v), size);
}

/* Coefficient k (zigzag) of a block: a few low ones differ from 0. */
static inline int coefficient(const struct jpeg_spec *s, int component,
			      unsigned x, unsigned y, int k)
{
	uint64_t stream = rng_stream(RNG_TEST, (uint64_t)component,
				     (uint64_t)y << 32 | x);
	uint64_t r = rng_bits(s->seed, stream, (uint64_t)k);

	if (s->seed == 0)
		return k ? 0 : 8 * (component + 1);
	if (k == 0)
		return (int)(r % 401) - 200;
	if (k > 20 ? r % 16 != 0 : r % 3 == 0)
		return 0;
	/* a block of pure DC now and then, for runs of empty blocks */
	return rng_bits(s->seed, stream, 99) % 4 ? (int)(r >> 8 & 31) - 15 : 0;
}

static inline int shifted(int v, int by)
{
	return v < 0 ? -(-v >> by) : v >> by;
}

static inline int dc_shifted(int v, int by)	/* towards minus infinity */
{
	return v >= 0 ? v >> by : -((-v + (1 << by) - 1) >> by);
}

static inline void dc_put(struct jpeg_maker *m, int c, int v)
{
	int difference = v - m->previous[c], size = size_of(difference);
	m->previous[c] = v;
	bits_put(m, (unsigned)size, 4);
	value_put(m, difference, size);
}

static inline void run_flush(struct jpeg_maker *m)
{
	int n = size_of((int)m->run) - 1;
	if (m->run) {
		ac_put(m, n, 0);
		bits_put(m, m->run - (1u << n), n);
	}
	m->run = 0;
}

/* The AC values of a block, shifted by `low`; runs of empty blocks are joined
 * if `joined`. */
static inline void ac_first_put(struct jpeg_maker *m, const int *v, int low,
				int joined)
{
	int zeros = 0;

	for (int k = 1; k < 64; k++) {
		int value = shifted(v[k], low);
		if (!value) {
			zeros++;
			continue;
		}
		run_flush(m);
		for (; zeros > 15; zeros -= 16)
			ac_put(m, 15, 0);
		ac_put(m, zeros, size_of(value));
		value_put(m, value, size_of(value));
		zeros = 0;
	}
	if (zeros && !joined)
		ac_put(m, 0, 0);
	else if (zeros && ++m->run == 0x7FFF)	/* the longest there is */
		run_flush(m);
}

/* The lowest bit of every AC value, as a refinement (T.81 G.1.2.3). */
static inline void ac_refine_put(struct jpeg_maker *m, const int *v)
{
	unsigned char late[64];
	int zeros = 0, lates = 0, end = 0;

	for (int k = 1; k < 64; k++)
		if (abs(v[k]) == 1)
			end = k;
	for (int k = 1; k < 64; k++) {
		if (!v[k]) {
			zeros++;
			continue;
		}
		for (; zeros > 15 && k <= end; zeros -= 16) {
			ac_put(m, 15, 0);
			for (int i = 0; i < lates; i++)
				bits_put(m, late[i], 1);
			lates = 0;
		}
		if (abs(v[k]) > 1) {
			late[lates++] = abs(v[k]) & 1;
			continue;
		}
		ac_put(m, zeros, 1);
		bits_put(m, v[k] > 0, 1);
		for (int i = 0; i < lates; i++)
			bits_put(m, late[i], 1);
		zeros = lates = 0;
	}
	if (zeros || lates) {
		ac_put(m, 0, 0);
		for (int i = 0; i < lates; i++)
			bits_put(m, late[i], 1);
	}
}

enum part { ALL, DC_FIRST, DC_REFINE, AC_FIRST, AC_REFINE };

static inline void block_put(struct jpeg_maker *m, int c, unsigned x,
			     unsigned y, enum part part)
{
	int v[64];

	for (int k = 0; k < 64; k++)
		v[k] = coefficient(m->spec, c, x, y, k);
	if (part == ALL)
		dc_put(m, c, v[0]);
	if (part == DC_FIRST)
		dc_put(m, c, dc_shifted(v[0], 1));
	if (part == DC_REFINE)
		bits_put(m, (unsigned)(v[0] - 2 * dc_shifted(v[0], 1)), 1);
	if (part == ALL)
		ac_first_put(m, v, 0, 0);
	if (part == AC_FIRST)
		ac_first_put(m, v, 1, 1);
	if (part == AC_REFINE)
		ac_refine_put(m, v);
}

static inline unsigned blocks_of(unsigned pixels, int h, int most)
{
	unsigned own = (pixels * (unsigned)h + (unsigned)most - 1) /
		       (unsigned)most;
	return (own + 7) / 8;
}

static inline void restart_put(struct jpeg_maker *m, unsigned unit)
{
	unsigned every = m->spec->interval;

	if (!every || !unit || unit % every)
		return;
	run_flush(m);
	bits_align(m);
	put_byte(m->out, 0xFF);
	put_byte(m->out, 0xD0 + (unit / every - 1) % 8);
	memset(m->previous, 0, sizeof(m->previous));
}

static inline void mcu_put(struct jpeg_maker *m, unsigned x, unsigned y,
			   enum part part)
{
	const struct jpeg_spec *s = m->spec;

	for (int c = 0; c < s->components; c++) {
		unsigned h = c || s->components == 1 ? 1 : (unsigned)s->h;
		unsigned v = c || s->components == 1 ? 1 : (unsigned)s->v;
		for (unsigned j = 0; j < v; j++)
			for (unsigned i = 0; i < h; i++)
				block_put(m, c, x * h + i, y * v + j, part);
	}
}

/* component < 0: all of them together. */
static inline void scan_put(struct jpeg_maker *m, int component, enum part part)
{
	static const unsigned char tails[5][3] = {
		{ 0, 63, 0 }, { 0, 0, 1 }, { 0, 0, 0x10 }, { 1, 63, 1 },
		{ 1, 63, 0x10 },
	};
	const struct jpeg_spec *s = m->spec;
	int all = component < 0, n = all ? s->components : 1;
	int h = s->components > 1 ? s->h : 1, v = s->components > 1 ? s->v : 1;
	unsigned unit = 0;

	put_16(m->out, 0xFFDA);
	put_16(m->out, 6 + 2 * (unsigned)n);
	put_byte(m->out, (unsigned)n);
	for (int i = 0; i < n; i++) {
		put_byte(m->out, 1 + (unsigned)(all ? i : component));
		put_byte(m->out, 0);
	}
	put(m->out, tails[part], 3);
	memset(m->previous, 0, sizeof(m->previous));
	unsigned across = blocks_of(s->width, all || component ? 1 : h, h);
	unsigned down = blocks_of(s->height, all || component ? 1 : v, v);
	for (unsigned y = 0; y < down; y++)
		for (unsigned x = 0; x < across; x++) {
			restart_put(m, unit++);
			if (all)
				mcu_put(m, x, y, part);
			else
				block_put(m, component, x, y, part);
		}
	run_flush(m);
	bits_align(m);
}

static inline void exif_put(struct buf *b, int orientation, int big)
{
	static const unsigned char little[26] =
		"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\0\0\0\0\0\0\0";
	static const unsigned char large[26] =
		"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\0\0\0\0\0\0";
	unsigned char tiff[26];

	memcpy(tiff, big ? large : little, 26);
	tiff[big ? 19 : 18] = (unsigned char)orientation;
	put(b, tiff, 26);
}

static inline void jpeg_heads(const struct jpeg_spec *s, struct buf *b)
{
	put_16(b, 0xFFD8);
	if (s->orientation) {
		put_16(b, 0xFFE1);
		put_16(b, 2 + 6 + 26);
		put(b, "Exif\0", 6);
		exif_put(b, s->orientation, s->big_endian);
	}
	if (s->adobe) {
		put_16(b, 0xFFEE);
		put_16(b, 14);
		put(b, "Adobe\0\x64\0\0\0", 11);
		put_byte(b, (unsigned)s->adobe - 1);
	}
	put_16(b, 0xFFDB);
	put_16(b, 67);
	put_byte(b, 0);
	for (unsigned k = 0; k < 64; k++)
		put_byte(b, 2 + k / 8);
	if (s->interval) {
		put_16(b, 0xFFDD);
		put_16(b, 4);
		put_16(b, s->interval);
	}
	put_16(b, s->progressive ? 0xFFC2 : 0xFFC0);
	put_16(b, 8 + 3 * (unsigned)s->components);
	put_byte(b, 8);
	put_16(b, s->height);
	put_16(b, s->width);
	put_byte(b, (unsigned)s->components);
	for (int c = 0; c < s->components; c++) {
		put_byte(b, 1 + (unsigned)c);
		put_byte(b, c ? 0x11 : (unsigned)(s->h << 4 | s->v));
		put_byte(b, 0);
	}
}

static inline void jpeg_tables(struct buf *b)
{
	unsigned char lengths[16] = {0};

	put_16(b, 0xFFC4);
	put_16(b, 2 + 17 + 12 + 17 + 176);
	put_byte(b, 0x00);
	lengths[3] = 12;
	put(b, lengths, 16);
	for (unsigned i = 0; i < 12; i++)
		put_byte(b, i);
	put_byte(b, 0x10);
	lengths[3] = 0;
	lengths[7] = 176;
	put(b, lengths, 16);
	for (unsigned i = 0; i < 176; i++)
		put_byte(b, i / 11 << 4 | i % 11);
}

static inline void jpeg_make(struct buf *b, const struct jpeg_spec *s)
{
	struct jpeg_maker m = { .spec = s, .out = b };

	buf_clear(b);
	jpeg_heads(s, b);
	jpeg_tables(b);
	if (s->progressive) {
		scan_put(&m, s->components > 1 ? -1 : 0, DC_FIRST);
		for (int c = 0; c < s->components; c++)
			scan_put(&m, c, AC_FIRST);
		scan_put(&m, s->components > 1 ? -1 : 0, DC_REFINE);
		for (int c = 0; c < s->components; c++)
			scan_put(&m, c, AC_REFINE);
	} else {
		scan_put(&m, s->components > 1 ? -1 : 0, ALL);
	}
	put_16(b, 0xFFD9);
}

/* ---- PNG ----------------------------------------------------------------- */

struct png_spec {
	uint32_t width, height;
	int depth, colour, interlaced;
	int colours;			/* in the palette */
	int alpha;			/* tRNS: so many bytes of `clear` */
	unsigned char clear[6];
	int orientation;		/* eXIf, 0: none */
	uint64_t seed;
};

static inline uint32_t png_crc(const unsigned char *b, size_t bytes)
{
	uint32_t c = 0xFFFFFFFFu;
	for (size_t i = 0; i < bytes; i++) {
		c ^= b[i];
		for (int k = 0; k < 8; k++)
			c = c & 1 ? 0xEDB88320u ^ c >> 1 : c >> 1;
	}
	return ~c;
}

static inline void png_chunk(struct buf *b, const char *name, const void *data,
			     size_t bytes)
{
	size_t start = b->bytes + 4;
	put_32(b, (uint32_t)bytes);
	put(b, name, 4);
	put(b, data, bytes);
	put_32(b, png_crc((unsigned char *)b->data + start, bytes + 4));
}

/* Sample c of pixel x, y, of so many bits. */
static inline unsigned png_sample(const struct png_spec *s, size_t x, size_t y,
				  int c)
{
	uint64_t r = rng_bits(s->seed, y << 32 | x, (uint64_t)c);
	if (s->colour == 3)
		return (unsigned)(r % (uint64_t)s->colours);
	return (unsigned)(r & ((1u << s->depth) - 1));
}

static inline int png_channels(int colour)
{
	return colour == 2 ? 3 : colour == 4 ? 2 : colour == 6 ? 4 : 1;
}

/* Every dx-th pixel from x0 of every dy-th row from y0, unfiltered. */
static inline void png_rows(struct buf *raw, const struct png_spec *s,
			    size_t x0, size_t y0, size_t dx, size_t dy)
{
	for (size_t y = y0; y < s->height && x0 < s->width; y += dy) {
		unsigned held = 0;
		int bits = 0;
		put_byte(raw, 0);
		for (size_t x = x0; x < s->width; x += dx)
			for (int c = 0; c < png_channels(s->colour); c++) {
				unsigned v = png_sample(s, x, y, c);
				if (s->depth >= 8) {
					if (s->depth == 16)
						put_byte(raw, v >> 8);
					put_byte(raw, v & 255);
					continue;
				}
				held = held << s->depth | v;
				bits += s->depth;
				if (bits == 8)
					put_byte(raw, held & 255);
				bits %= 8;
			}
		if (bits)
			put_byte(raw, held << (8 - bits) & 255);
	}
}

static inline void zlib_store(struct buf *out, const struct buf *raw)
{
	uint32_t a = 1, b = 0;
	size_t at = 0;

	put_16(out, 0x7801);
	for (size_t i = 0; i < raw->bytes; i++) {
		a = (a + (unsigned char)raw->data[i]) % 65521;
		b = (b + a) % 65521;
	}
	do {
		size_t n = MIN(raw->bytes - at, (size_t)65535);
		put_byte(out, at + n == raw->bytes);
		put_byte(out, n & 255);
		put_byte(out, n >> 8 & 255);
		put_byte(out, ~n & 255);
		put_byte(out, ~n >> 8 & 255);
		put(out, raw->data + at, n);
		at += n;
	} while (at < raw->bytes);
	put_32(out, b << 16 | a);
}

static inline void png_pixels(struct buf *b, const struct png_spec *s)
{
	static const unsigned char passes[7][4] = {
		{ 0, 0, 8, 8 }, { 4, 0, 8, 8 }, { 0, 4, 4, 8 }, { 2, 0, 4, 4 },
		{ 0, 2, 2, 4 }, { 1, 0, 2, 2 }, { 0, 1, 1, 2 },
	};
	struct buf raw = {0}, packed = {0};

	for (int i = 0; i < (s->interlaced ? 7 : 0); i++)
		png_rows(&raw, s, passes[i][0], passes[i][1], passes[i][2],
			 passes[i][3]);
	if (!s->interlaced)
		png_rows(&raw, s, 0, 0, 1, 1);
	zlib_store(&packed, &raw);
	size_t half = packed.bytes / 2;		/* in two chunks */
	png_chunk(b, "IDAT", packed.data, half);
	png_chunk(b, "IDAT", packed.data + half, packed.bytes - half);
	buf_free(&raw);
	buf_free(&packed);
}

static inline void png_make(struct buf *b, const struct png_spec *s)
{
	struct buf body = {0};

	buf_clear(b);
	put(b, "\x89PNG\r\n\x1a\n", 8);
	put_32(&body, s->width);
	put_32(&body, s->height);
	put_byte(&body, (unsigned)s->depth);
	put_byte(&body, (unsigned)s->colour);
	put_16(&body, 0);
	put_byte(&body, (unsigned)s->interlaced);
	png_chunk(b, "IHDR", body.data, body.bytes);
	png_chunk(b, "tEXt", "Comment\0none", 12);
	buf_clear(&body);
	for (unsigned i = 0; i < (unsigned)s->colours * 3; i++)
		put_byte(&body, i * 37 & 255);
	if (s->colours)
		png_chunk(b, "PLTE", body.data, body.bytes);
	if (s->alpha)
		png_chunk(b, "tRNS", s->clear, (size_t)s->alpha);
	buf_clear(&body);
	if (s->orientation) {
		exif_put(&body, s->orientation, 1);
		png_chunk(b, "eXIf", body.data, body.bytes);
	}
	png_pixels(b, s);
	png_chunk(b, "IEND", "", 0);
	buf_free(&body);
}

#endif
