/*
 * jpeg_write.c - baseline JPEG (ITU-T T.81): YCbCr without subsampling, the
 * tables of its annex K; the Huffman tables of luminance serve all three
 * components, which costs chrominance a few bits and saves 200 bytes of head.
 */
#include "format/jpeg_write.h"
#include "format/jpeg_tables.h"

#include <string.h>

enum { BLOCK = 64, FRACTION = 3 /* bits kept below 1 before quantising */ };

/* Annex K.1, K.2, rows. */
static const unsigned char quant_luma[BLOCK] = {
	16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55,
	14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51, 87, 80, 62,
	18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92,
	49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99,
};
static const unsigned char quant_chroma[BLOCK] = {
	17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99,
	24, 26, 56, 99, 99, 99, 99, 99, 47, 66, 99, 99, 99, 99, 99, 99,
	99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
	99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
};

struct code {
	uint16_t bits[256];
	unsigned char length[256];
};

struct jpeg {
	struct buf *out;
	struct error *e;
	const unsigned char *rgb;
	size_t width, height;
	unsigned char quant[2][BLOCK];	/* luma, chroma; rows */
	struct code dc, ac;
	int last[3];			/* DC of the block before */
	uint32_t held;			/* bits not yet written, */
	int held_count;			/* so many */
};

/* ---- head ---------------------------------------------------------------- */

static void quant_scale(unsigned char *to, const unsigned char *table,
			int quality)
{
	int percent = quality < 50 ? 5000 / quality : 200 - 2 * quality;

	for (int i = 0; i < BLOCK; i++) {
		int q = (table[i] * percent + 50) / 100;

		to[i] = (unsigned char)(q < 1 ? 1 : q > 255 ? 255 : q);
	}
}

/* Codes of one length are consecutive, and go on doubled (annex C). */
static void code_make(struct code *c, const struct jpeg_code *from)
{
	const unsigned char *values = from->values;
	unsigned bits = 0;

	for (int length = 1; length <= 16; length++, bits *= 2)
		for (int i = 0; i < from->lengths[length - 1]; i++, values++) {
			c->bits[*values] = (uint16_t)bits++;
			c->length[*values] = (unsigned char)length;
		}
}

static void put(struct jpeg *j, const void *bytes, size_t count)
{
	buf_add(j->out, bytes, count, j->e);
}

static void put_quant(struct jpeg *j, int table)
{
	unsigned char rows[BLOCK];
	const unsigned char head[5] = { 0xff, 0xdb, 0, 67,
					(unsigned char)table };

	for (int i = 0; i < BLOCK; i++)
		rows[i] = j->quant[table][jpeg_zigzag[i]];
	put(j, head, sizeof(head));
	put(j, rows, sizeof(rows));
}

static void put_code(struct jpeg *j, int table, const struct jpeg_code *from,
		     size_t count)
{
	const unsigned char head[5] = { 0xff, 0xc4, 0,
		(unsigned char)(19 + count), (unsigned char)table };

	put(j, head, sizeof(head));
	put(j, from->lengths, 16);
	put(j, from->values, count);
}

static void put_head(struct jpeg *j)
{
	static const unsigned char jfif[] = { 0xff, 0xd8, 0xff, 0xe0, 0, 16,
		'J', 'F', 'I', 'F', 0, 1, 1, 0, 0, 1, 0, 1, 0, 0 };
	const unsigned char frame[] = { 0xff, 0xc0, 0, 17, 8,
		(unsigned char)(j->height >> 8), (unsigned char)j->height,
		(unsigned char)(j->width >> 8), (unsigned char)j->width,
		3, 1, 0x11, 0, 2, 0x11, 1, 3, 0x11, 1 };
	static const unsigned char scan[] = { 0xff, 0xda, 0, 12, 3, 1, 0, 2, 0,
		3, 0, 0, 63, 0 };

	put(j, jfif, sizeof(jfif));
	put_quant(j, 0);
	put_quant(j, 1);
	put(j, frame, sizeof(frame));
	put_code(j, 0x00, &jpeg_code_dc[0], 12);
	put_code(j, 0x10, &jpeg_code_ac[0], 162);
	put(j, scan, sizeof(scan));
}

/* ---- blocks -------------------------------------------------------------- */

/* Component `which` of the pixel, minus 128; JFIF's matrix in 16 bits of
 * fraction, rounded. */
static int component(const unsigned char *rgb, int which)
{
	static const int weight[3][3] = {
		{ 19595, 38470, 7471 }, { -11059, -21709, 32768 },
		{ 32768, -27439, -5329 }
	};
	const int *w = weight[which];
	int sum = w[0] * rgb[0] + w[1] * rgb[1] + w[2] * rgb[2];

	sum = (sum + (128 << 16) + 32768) >> 16;	/* never below 0 */
	if (which)
		return (sum > 255 ? 255 : sum) - 128;
	return sum - 256;	/* luma had no 128 added */
}

/* The block at (x, y); pixels past an edge repeat it. */
static void take_block(const struct jpeg *j, size_t x, size_t y, int which,
		       int *block)
{
	for (size_t r = 0; r < 8; r++)
		for (size_t c = 0; c < 8; c++) {
			size_t row = MIN(y + r, j->height - 1);
			size_t column = MIN(x + c, j->width - 1);

			block[r * 8 + c] = component(j->rgb +
				(row * j->width + column) * 3, which);
		}
}

/* The division rounds to nearest, halves away from 0. */
static int divide(int value, int by)
{
	return value < 0 ? -((-value + by / 2) / by) : (value + by / 2) / by;
}

/* One pass of the transform: out[u][r] = sum over x of cosine[u][x] in[r][x],
 * so two passes give it the right way round. */
static void dct_pass(int *out, const int *in, int scale)
{
	/* cos((2x + 1) u pi / 16) / 2, u = 0 over sqrt 2; 12 bits */
	static const int cosine[8][8] = {
		{ 1448, 1448, 1448, 1448, 1448, 1448, 1448, 1448 },
		{ 2009, 1703, 1138, 400, -400, -1138, -1703, -2009 },
		{ 1892, 784, -784, -1892, -1892, -784, 784, 1892 },
		{ 1703, -400, -2009, -1138, 1138, 2009, 400, -1703 },
		{ 1448, -1448, -1448, 1448, 1448, -1448, -1448, 1448 },
		{ 1138, -2009, 400, 1703, -1703, -400, 2009, -1138 },
		{ 784, -1892, 1892, -784, -784, 1892, -1892, 784 },
		{ 400, -1138, 1703, -2009, 2009, -1703, 1138, -400 },
	};

	for (int u = 0; u < 8; u++)
		for (int r = 0; r < 8; r++) {
			int sum = 0;

			for (int x = 0; x < 8; x++)
				sum += cosine[u][x] * in[r * 8 + x];
			out[u * 8 + r] = divide(sum, scale);
		}
}

static void put_bits(struct jpeg *j, unsigned bits, int count)
{
	j->held = j->held << count | (bits & ((1u << count) - 1));
	for (j->held_count += count; j->held_count >= 8; j->held_count -= 8) {
		unsigned char byte = (unsigned char)(j->held >>
						     (j->held_count - 8));

		put(j, &byte, 1);
		if (byte == 0xff)
			put(j, "", 1);
	}
}

/* A value's category and its bits: negative ones count up from -2^n + 1. */
static int category(int value)
{
	unsigned size = (unsigned)(value < 0 ? -value : value);
	int n = 0;

	for (; size; size >>= 1)
		n++;
	return n;
}

static void put_value(struct jpeg *j, const struct code *c, int run, int value)
{
	int n = category(value), symbol = run << 4 | n;

	put_bits(j, c->bits[symbol], c->length[symbol]);
	if (n)
		put_bits(j, (unsigned)(value < 0 ? value - 1 : value), n);
}

static void put_block(struct jpeg *j, int *block, int which)
{
	const unsigned char *quant = j->quant[which > 0];
	int columns[BLOCK], dc, run = 0;

	dct_pass(columns, block, 4096 >> FRACTION);
	dct_pass(block, columns, 4096);
	dc = divide(block[0], quant[0] << FRACTION);
	put_value(j, &j->dc, 0, dc - j->last[which]);
	j->last[which] = dc;
	for (int i = 1; i < BLOCK; i++) {
		int at = jpeg_zigzag[i];
		int value = divide(block[at], quant[at] << FRACTION);

		if (!value) {
			run++;
			continue;
		}
		for (; run > 15; run -= 16)
			put_value(j, &j->ac, 15, 0);
		put_value(j, &j->ac, run, value);
		run = 0;
	}
	if (run)
		put_value(j, &j->ac, 0, 0);
}

int jpeg_write(struct buf *b, const unsigned char *rgb, size_t width,
	       size_t height, int quality, struct error *e)
{
	struct jpeg j = { .out = b, .e = e, .rgb = rgb, .width = width,
			  .height = height };
	size_t start = b->bytes;
	int block[BLOCK];

	if (!width || !height || width > 65535 || height > 65535)
		return fail(e, ERROR_USAGE, "a JPEG of %zux%zu is not possible",
			    width, height);
	quant_scale(j.quant[0], quant_luma, quality);
	quant_scale(j.quant[1], quant_chroma, quality);
	code_make(&j.dc, &jpeg_code_dc[0]);
	code_make(&j.ac, &jpeg_code_ac[0]);
	put_head(&j);
	if (!e->code && b->bytes - start != JPEG_HEAD_BYTES)
		bug("the head of a JPEG has another size");
	for (size_t y = 0; y < height && !e->code; y += 8)
		for (size_t x = 0; x < width; x += 8)
			for (int which = 0; which < 3; which++) {
				take_block(&j, x, y, which, block);
				put_block(&j, block, which);
			}
	put_bits(&j, 0x7f, 7);		/* pads with ones */
	put(&j, "\xff\xd9", 2);
	return e->code;
}
