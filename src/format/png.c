/*
 * png.c - writing 8-bit RGB pictures (W3C PNG, third edition).
 *
 * Each row takes the filter whose residues have the least sum of magnitudes
 * (the specification's own advice, chapter 12.7); ties go to the lower filter.
 */
#include "format/png.h"

#include <string.h>

#include "format/crc.h"
#include "format/deflate.h"

enum { FILTERS = 5, CHANNELS = 3 };

static void be32_put(unsigned char *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (unsigned char)(v >> (24 - 8 * i));
}

static int chunk_add(struct buf *b, const char *type, const void *data,
		     size_t bytes, struct error *e)
{
	unsigned char head[8], tail[4];
	uint32_t crc = 0xffffffffu;

	be32_put(head, (uint32_t)bytes);
	memcpy(head + 4, type, 4);
	crc = crc_add(crc, type, 4);
	be32_put(tail, ~crc_add(crc, data, bytes));
	if (buf_add(b, head, 8, e) < 0 || buf_add(b, data, bytes, e) < 0)
		return e->code;
	return buf_add(b, tail, 4, e);
}

/* What filter `f` expects, from the left, upper and upper-left bytes. */
static unsigned predict(int f, unsigned a, unsigned b, unsigned c)
{
	int p = (int)a + (int)b - (int)c;
	int pa = p > (int)a ? p - (int)a : (int)a - p;
	int pb = p > (int)b ? p - (int)b : (int)b - p;
	int pc = p > (int)c ? p - (int)c : (int)c - p;

	switch (f) {
	case 0:
		return 0;
	case 1:
		return a;
	case 2:
		return b;
	case 3:
		return (a + b) / 2;
	default:
		return pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
	}
}

/* Filters one row into out and returns the sum of magnitudes. */
static uint64_t row_filter(int f, unsigned char *out, const unsigned char *row,
			   const unsigned char *above, size_t bytes)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < bytes; i++) {
		unsigned a = i < CHANNELS ? 0 : row[i - CHANNELS];
		unsigned b = above ? above[i] : 0;
		unsigned c = !above || i < CHANNELS ? 0 : above[i - CHANNELS];

		out[i] = (unsigned char)(row[i] - predict(f, a, b, c));
		sum += out[i] < 128 ? out[i] : 256u - out[i];
	}
	return sum;
}

/* raw [height, 1 + width * 3], trial [width * 3] */
static void rows_filter(unsigned char *raw, unsigned char *trial,
			const unsigned char *rgb, size_t row_bytes,
			size_t height)
{
	for (size_t y = 0; y < height; y++) {
		const unsigned char *row = rgb + y * row_bytes;
		const unsigned char *above = y ? row - row_bytes : NULL;
		unsigned char *out = raw + y * (row_bytes + 1);
		uint64_t least = UINT64_MAX;

		for (int f = 0; f < FILTERS; f++) {
			uint64_t sum = row_filter(f, trial, row, above,
						  row_bytes);

			if (sum >= least)
				continue;
			least = sum;
			out[0] = (unsigned char)f;
			memcpy(out + 1, trial, row_bytes);
		}
	}
}

static int chunks_add(struct buf *b, const struct buf *packed, size_t width,
		      size_t height, struct error *e)
{
	static const unsigned char signature[8] = {
		0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'
	};
	unsigned char head[13] = { 0 };

	be32_put(head, (uint32_t)width);
	be32_put(head + 4, (uint32_t)height);
	head[8] = 8;			/* bits of a sample */
	head[9] = 2;			/* red, green, blue */
	if (buf_add(b, signature, 8, e) < 0 ||
	    chunk_add(b, "IHDR", head, 13, e) < 0 ||
	    chunk_add(b, "IDAT", packed->data, packed->bytes, e) < 0)
		return e->code;
	return chunk_add(b, "IEND", "", 0, e);
}

int png_write(struct buf *b, const unsigned char *rgb, size_t width,
	      size_t height, struct error *e)
{
	struct buf packed = { 0 };
	unsigned char *raw = NULL, *trial = NULL;
	size_t row_bytes, raw_bytes;

	/* a chunk holds less than 2^31 bytes; half of it leaves room */
	if (!width || !height || !mem_product(width, CHANNELS, &row_bytes) ||
	    row_bytes >= 1u << 30 ||
	    !mem_product(row_bytes + 1, height, &raw_bytes) ||
	    raw_bytes >= 1u << 30)
		return fail(e, ERROR_USAGE, "cannot write a PNG of %zu x %zu "
			    "pixels", width, height);
	raw = mem_new(raw_bytes, 1, e);
	trial = mem_new(row_bytes, 1, e);
	if (!raw || !trial)
		goto done;
	rows_filter(raw, trial, rgb, row_bytes, height);
	if (deflate_zlib(&packed, raw, raw_bytes, e) < 0)
		goto done;
	chunks_add(b, &packed, width, height, e);
done:
	mem_free(raw);
	mem_free(trial);
	buf_free(&packed);
	return e->code;
}
