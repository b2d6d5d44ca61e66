/*
 * test_png.c - PNG files come back as the pixels that went in.
 *
 * The reader here is written from the standards alone (PNG, RFC 1950, 1951),
 * shares nothing with the writer, and checks every checksum.
 */
#include <stdlib.h>

#include "base/buf.h"
#include "base/rng.h"
#include "format/png.h"
#include "test.h"

struct bits {
	const unsigned char *data;
	size_t bytes, at;		/* at: in bits */
};

static unsigned bits_take(struct bits *b, unsigned n)
{
	unsigned v = 0;

	for (unsigned i = 0; i < n; i++, b->at++)
		if (b->at / 8 < b->bytes)
			v |= (unsigned)(b->data[b->at / 8] >> b->at % 8 & 1)
				<< i;
	return v;
}

struct code {
	unsigned count[16];
	unsigned symbol[288];
};

static void code_make(struct code *c, const unsigned char *length, size_t n)
{
	unsigned at[16] = { 0 };

	memset(c, 0, sizeof *c);
	for (size_t i = 0; i < n; i++)
		c->count[length[i]]++;
	c->count[0] = 0;
	for (int i = 1; i < 15; i++)
		at[i + 1] = at[i] + c->count[i];
	for (size_t i = 0; i < n; i++)
		if (length[i])
			c->symbol[at[length[i]]++] = (unsigned)i;
}

static int code_take(struct bits *b, const struct code *c)
{
	int value = 0, first = 0, at = 0;

	for (int n = 1; n < 16; n++) {
		value |= (int)bits_take(b, 1);
		if (value - first < (int)c->count[n])
			return (int)c->symbol[at + value - first];
		at += (int)c->count[n];
		first = (first + (int)c->count[n]) * 2;
		value *= 2;
	}
	return -1;
}

static int codes_read(struct bits *b, struct code *literal, struct code *far)
{
	static const unsigned char order[19] = {
		16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15
	};
	unsigned n = bits_take(b, 5) + 257, m = bits_take(b, 5) + 1;
	unsigned k = bits_take(b, 4) + 4;
	unsigned char length[19] = { 0 }, all[320] = { 0 };
	struct code lengths;

	for (unsigned i = 0; i < k; i++)
		length[order[i]] = (unsigned char)bits_take(b, 3);
	code_make(&lengths, length, 19);
	for (unsigned i = 0; i < n + m; i++) {
		int s = code_take(b, &lengths);

		if (s < 0 || s > 15)	/* the writer uses no run codes */
			return -1;
		all[i] = (unsigned char)s;
	}
	code_make(literal, all, n);
	code_make(far, all + n, m);
	return 0;
}

/* The base and extra bits of a length or distance symbol, by their rule. */
static unsigned number_take(struct bits *b, unsigned symbol, unsigned group,
			    unsigned low)
{
	unsigned extra = symbol < 2 * group ? 0 : symbol / group - 1;
	unsigned base = symbol < 2 * group ? symbol :
		(group + symbol % group) << extra;

	return low + base + bits_take(b, extra);
}

static long inflate(struct bits *b, unsigned char *out, size_t room)
{
	struct code literal, far;
	size_t n = 0;
	unsigned last;

	do {
		last = bits_take(b, 1);
		if (bits_take(b, 2) != 2 || codes_read(b, &literal, &far) < 0)
			return -1;
		for (int s; (s = code_take(b, &literal)) != 256; ) {
			unsigned length, back;
			int d;

			if (s < 0 || b->at > b->bytes * 8 || n >= room)
				return -1;
			if (s < 256) {
				out[n++] = (unsigned char)s;
				continue;
			}
			length = s == 285 ? 258 :
				number_take(b, (unsigned)s - 257, 4, 3);
			d = code_take(b, &far);
			back = d < 0 ? 0 : number_take(b, (unsigned)d, 2, 1);
			if (!back || back > n || length > room - n)
				return -1;
			for (; length; length--, n++)
				out[n] = out[n - back];
		}
	} while (!last);
	b->at = (b->at + 7) / 8 * 8;
	return (long)n;
}

static uint32_t be32(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	       (uint32_t)p[2] << 8 | p[3];
}

static uint32_t crc(const unsigned char *p, size_t n)
{
	uint32_t c = 0xffffffffu;

	for (size_t i = 0; i < n; i++) {
		c ^= p[i];
		for (int k = 0; k < 8; k++)
			c = c & 1 ? c >> 1 ^ 0xedb88320u : c >> 1;
	}
	return ~c;
}

static int unfilter(unsigned char *rgb, const unsigned char *raw, size_t row,
		    size_t rows)
{
	for (size_t y = 0; y < rows; y++) {
		const unsigned char *in = raw + y * (row + 1);
		unsigned char *out = rgb + y * row;

		for (size_t i = 0; i < row; i++) {
			int a = i < 3 ? 0 : out[i - 3];
			int b = y ? (out - row)[i] : 0;
			int c = y && i >= 3 ? (out - row)[i - 3] : 0;
			int p = a + b - c, pa = abs(p - a), pb = abs(p - b);
			int pc = abs(p - c), by;

			by = in[0] == 0 ? 0 : in[0] == 1 ? a : in[0] == 2 ? b :
				in[0] == 3 ? (a + b) / 2 :
				pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
			if (in[0] > 4)
				return -1;
			out[i] = (unsigned char)(in[i + 1] + by);
		}
	}
	return 0;
}

/* Reads a PNG of three chunks; 0 if all is as it should be. */
static int png_read(const struct buf *png, unsigned char *rgb, size_t width,
		    size_t height)
{
	const unsigned char *p = (const unsigned char *)png->data, *idat;
	struct error e = { 0 };
	size_t bytes, raw_bytes = (width * 3 + 1) * height;
	unsigned char *raw;
	uint32_t a = 1, b = 0;
	struct bits bits;
	int code = -1;

	if (png->bytes < 57 || memcmp(p, "\x89PNG\r\n\x1a\n", 8) ||
	    be32(p + 8) != 13 || be32(p + 29) != crc(p + 12, 17) ||
	    be32(p + 16) != width || be32(p + 20) != height ||
	    memcmp(p + 24, "\x08\x02\0\0\0", 5))
		return -1;
	bytes = be32(p + 33);
	idat = p + 41;
	if (png->bytes != 57 + bytes || memcmp(idat - 4, "IDAT", 4) ||
	    be32(idat + bytes) != crc(idat - 4, bytes + 4) ||
	    memcmp(idat + bytes + 4, "\0\0\0\0IEND\xae\x42\x60\x82", 12) ||
	    (idat[0] << 8 | idat[1]) % 31 || (idat[0] & 15) != 8)
		return -1;
	raw = mem_new(raw_bytes, 1, &e);
	bits = (struct bits){ idat + 2, bytes - 2, 0 };
	if (inflate(&bits, raw, raw_bytes) != (long)raw_bytes)
		goto done;
	for (size_t i = 0; i < raw_bytes; i++) {
		a = (a + raw[i]) % 65521;
		b = (b + a) % 65521;
	}
	if (bits.at / 8 + 4 == bytes - 2 &&
	    be32(idat + 2 + bits.at / 8) == (b << 16 | a))
		code = unfilter(rgb, raw, width * 3, height);
done:
	mem_free(raw);
	return code;
}

enum { FLAT, NOISE, SLOPE, RARE, PATTERNS };

static unsigned char pixel(int pattern, size_t i)
{
	uint64_t r = rng_bits(7, rng_stream(RNG_TEST, 1, 0), i);

	switch (pattern) {
	case FLAT:
		return 200;
	case NOISE:
		return (unsigned char)r;
	case SLOPE:
		return (unsigned char)(i / 40 + r % 5);
	default:		/* weights like Fibonacci's: deep codes */
		return (unsigned char)(r ? __builtin_ctzll(r) : 64);
	}
}

static size_t check_size(int pattern, size_t width, size_t height)
{
	struct error e = { 0 };
	struct buf png = { 0 }, again = { 0 };
	size_t bytes = width * height * 3, size;
	unsigned char *rgb = mem_new(bytes, 1, &e);
	unsigned char *back = mem_new(bytes, 1, &e);

	for (size_t i = 0; i < bytes; i++)
		rgb[i] = pixel(pattern, i);
	CHECK(png_write(&png, rgb, width, height, &e) == 0);
	CHECK(png_read(&png, back, width, height) == 0);
	CHECK(memcmp(rgb, back, bytes) == 0);
	CHECK(png_write(&again, rgb, width, height, &e) == 0);
	CHECK(again.bytes == png.bytes &&
	      memcmp(again.data, png.data, png.bytes) == 0);
	size = png.bytes;
	buf_free(&png);
	buf_free(&again);
	mem_free(rgb);
	mem_free(back);
	return size;
}

int main(void)
{
	static const size_t sizes[][2] = {
		{ 1, 1 }, { 1, 300 }, { 300, 1 }, { 72, 72 }, { 211, 97 },
		{ 400, 300 },
	};
	struct error e = { 0 };
	struct buf b = { 0 };

	for (int p = 0; p < PATTERNS; p++)
		for (size_t i = 0; i < ARRAY_LEN(sizes); i++)
			check_size(p, sizes[i][0], sizes[i][1]);
	CHECK(check_size(FLAT, 400, 300) < 2000);
	CHECK(check_size(SLOPE, 400, 300) < 200000);
	CHECK(png_write(&b, NULL, 0, 5, &e) == ERROR_USAGE);
	error_clear(&e);
	CHECK(png_write(&b, NULL, SIZE_MAX / 2, 5, &e) == ERROR_USAGE);
	CHECK(b.bytes == 0);
	return test_end("png");
}
