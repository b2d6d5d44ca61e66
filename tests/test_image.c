/*
 * test_image.c - which pictures are accepted, with which pixels, and which are
 * refused, for which reason.
 */
#include "decoding.h"
#include "pictures.h"
#include "test.h"

static void test_kinds(void)
{
	CHECK(refused_text("", 0, "empty"));
	CHECK(refused_text(" <!DOCTYPE html>", 16, "a web page or text"));
	CHECK(refused_text("<HTML><head>", 12, "a web page or text"));
	CHECK(refused_text("\xff", 1, "no picture of a known kind"));
	CHECK(refused_text("\x89PNG\n\x1a\n\0\0", 9, "transfer as text"));
}

/* A flat picture: every block is its DC value 8 at quantiser 2, 128 + 2. */
static void test_jpeg_flat(void)
{
	struct jpeg_spec s = {
		.width = 9, .height = 7, .components = 1, .h = 1, .v = 1
	};
	struct buf b = {0};
	struct error e = {0};
	struct image i;
	size_t wrong = 0;

	jpeg_make(&b, &s);
	CHECK(decode(&i, &b, &e) == 0);
	CHECK(i.width == 9 && i.height == 7);
	for (size_t k = 0; k < i.width * i.height * 3; k++)
		wrong += i.rgb[k] != 130;
	CHECK(wrong == 0);
	image_free(&i);
	/* as RGB: DC values 8, 16, 24 */
	s.components = 3;
	s.adobe = 1;
	jpeg_make(&b, &s);
	CHECK(decode(&i, &b, &e) == 0);
	CHECK(i.rgb && i.rgb[0] == 130 && i.rgb[1] == 132 && i.rgb[2] == 134);
	image_free(&i);
	buf_free(&b);
}

static const struct {
	int components, h, v;
	uint64_t hash;
} jpegs[] = {
	{ 1, 1, 1, 0x70cd3ed415e29f12 },
	{ 1, 2, 2, 0x70cd3ed415e29f12 },
	{ 3, 1, 1, 0xe489e5f13167b02a },
	{ 3, 2, 1, 0x802a07090ca19f25 },
	{ 3, 1, 2, 0xd1ae7035f8ea9373 },
	{ 3, 2, 2, 0xd6d7e7b83456312f },
	{ 3, 4, 1, 0x2f4908465348471d },
	{ 3, 4, 2, 0x6d37ec7a24ab882a },
};

/* The same coefficients, written in four ways, are the same picture. */
static void test_jpeg_ways(void)
{
	struct buf b = {0};

	for (size_t k = 0; k < ARRAY_LEN(jpegs); k++) {
		struct jpeg_spec s = {
			.width = 61, .height = 45,
			.components = jpegs[k].components,
			.h = jpegs[k].h, .v = jpegs[k].v, .seed = 5
		};
		jpeg_make(&b, &s);
		uint64_t want = decoded_hash(&b);
		if (!CHECK(want == jpegs[k].hash))
			fprintf(stderr, "%zu: 0x%016llx\n", k,
				(unsigned long long)want);
		s.interval = 3;
		jpeg_make(&b, &s);
		CHECK(decoded_hash(&b) == want);
		s.progressive = 1;
		jpeg_make(&b, &s);
		CHECK(decoded_hash(&b) == want);
		s.interval = 0;
		jpeg_make(&b, &s);
		CHECK(decoded_hash(&b) == want);
	}
	buf_free(&b);
}

/* What is beside the picture changes nothing. */
static void test_jpeg_beside(void)
{
	struct jpeg_spec s = {
		.width = 20, .height = 20, .components = 3, .h = 2, .v = 2,
		.seed = 6
	};
	struct buf b = {0}, more = {0};

	jpeg_make(&b, &s);
	uint64_t want = decoded_hash(&b);
	put(&more, b.data, 2);
	put(&more, "\xff\xe2\0\x06" "ICC_", 8);
	put(&more, "\xff\xff\xff\xfe\0\x05" "abc", 9);
	put(&more, b.data + 2, b.bytes - 4);
	put(&more, "\0\0\0", 3);		/* padding some cameras write */
	put(&more, "\xff\xd9", 2);
	put(&more, "trailer", 7);
	CHECK(decoded_hash(&more) == want);
	buf_free(&b);
	buf_free(&more);
}

/* Every cut into the data is refused, with and without an end patched on. */
static void test_jpeg_cut(void)
{
	struct jpeg_spec s = {
		.width = 17, .height = 17, .components = 3, .h = 2, .v = 1,
		.seed = 7
	};
	struct error e = {0};
	struct buf b = {0}, cut = {0};
	struct image i;
	size_t passed = 0, patched = 0, between = 0;

	for (int progressive = 0; progressive < 2; progressive++) {
		s.progressive = progressive;
		jpeg_make(&b, &s);
		for (size_t n = 3; n < b.bytes - 2; n++) {
			buf_clear(&cut);
			put(&cut, b.data, n);
			passed += decode(&i, &cut, &e) != ERROR_DATA;
			image_free(&i);
			put(&cut, "\xff\xd9", 2);
			int done = decode(&i, &cut, &e) == 0;
			patched += done && !progressive;
			between += done && progressive;
			image_free(&i);
		}
	}
	CHECK(passed == 0);
	CHECK(patched == 0);
	/* a progressive picture may end after any of its 8 scans; twice each,
	 * since half a marker before a marker is a fill byte */
	CHECK(between == 14);
	buf_free(&b);
	buf_free(&cut);
}

/* Every single byte changed: never more than a refusal or other pixels. */
static void test_jpeg_flips(void)
{
	struct jpeg_spec s = {
		.width = 17, .height = 17, .components = 3, .h = 2, .v = 2,
		.interval = 1, .seed = 8, .progressive = 1
	};
	struct error e = {0};
	struct buf b = {0};
	struct image i;
	size_t odd = 0;
	int pid = decoder_child_pid(decoder, 0);

	jpeg_make(&b, &s);
	for (size_t n = 0; n < b.bytes; n++) {
		char old = b.data[n];
		b.data[n] = (char)rng_bits(9, 9, n);
		int code = decode(&i, &b, &e);
		odd += code != 0 && code != ERROR_DATA;
		image_free(&i);
		b.data[n] = old;
	}
	CHECK(odd == 0);
	CHECK(decoder_child_pid(decoder, 0) == pid);
	buf_free(&b);
}

/* Sets 16 bits at the place of a marker + offset. */
static void patch_16(struct buf *b, unsigned marker, size_t offset, unsigned v)
{
	for (size_t i = 0; i + 1 < b->bytes; i++) {
		unsigned char *d = (unsigned char *)b->data + i;
		if (d[0] != 0xFF || d[1] != marker)
			continue;
		d[offset] = (unsigned char)(v >> 8);
		d[offset + 1] = (unsigned char)v;
		return;
	}
}

static void test_jpeg_refused(void)
{
	static const struct {
		unsigned marker;
		size_t offset;
		unsigned value;
		const char *reason;
	} patches[] = {
		{ 0xC0, 0, 0xFFC3, "lossless JPEG is not supported" },
		{ 0xC0, 0, 0xFFC9, "arithmetic coding is not supported" },
		{ 0xC0, 0, 0xFFC5, "hierarchical JPEG is not supported" },
		{ 0xC0, 4, 0x0C00, "JPEG with 12 bits is not supported" },
		{ 0xC0, 5, 0, "without a height" },
		{ 0xC0, 7, 0, "no pixels" },
		{ 0xC0, 5, 0xFFFF, "cannot hold" },
		{ 0xC0, 5, 16000, "cannot hold" },
		{ 0xC0, 5, 60, "truncated JPEG: scan 1 ends after" },
		{ 0xC0, 10, 0x0031, "corrupt JPEG" },
		{ 0xC0, 11, 0x5100, "bad sampling" },
		{ 0xC0, 11, 0x1104, "bad sampling" },
		{ 0xDB, 4, 0x0400, "bad quantisation" },
		{ 0xDB, 4, 0x0000, "quantisation by zero" },
		{ 0xC4, 4, 0x0500, "bad Huffman table" },
		{ 0xC4, 40, 0xB000, "too many codes of 7 bits" },
		{ 0xC4, 7, 0xFFFF, "too many codes" },
		{ 0xC4, 21, 0x0010, "bad Huffman symbol" },
		{ 0xDA, 4, 0x0401, "bad scan header" },
		{ 0xDA, 5, 0x0900, "unknown component" },
		{ 0xDA, 5, 0x0140, "unknown component or table" },
		{ 0xDA, 5, 0x0122, "no Huffman table" },
	};
	struct jpeg_spec s = {
		.width = 40, .height = 40, .components = 3, .h = 1, .v = 1,
		.seed = 10
	};
	struct buf b = {0};

	for (size_t k = 0; k < ARRAY_LEN(patches); k++) {
		jpeg_make(&b, &s);
		patch_16(&b, patches[k].marker, patches[k].offset,
			 patches[k].value);
		CHECK(refused(&b, patches[k].reason));
	}
	jpeg_make(&b, &s);
	patch_16(&b, 0xC0, 5, 0x8000);
	patch_16(&b, 0xC0, 7, 0x8000);
	CHECK(refused(&b, "too large: 32768 x 32768 pixels"));
	buf_free(&b);
}

/* A table of `codes` codes: 254 of 8 bits, the others of 9. */
static void dht_make(struct buf *b, unsigned codes)
{
	unsigned char lengths[16] = { [7] = 254 };

	put_16(b, 0xFFC4);
	put_16(b, 2 + 17 + codes);
	put_byte(b, 0x11);
	lengths[8] = (unsigned char)(codes - 254);
	put(b, lengths, 16);
	for (unsigned i = 0; i < codes; i++)
		put_byte(b, i & 255);
}

/* A Huffman table has at most one code for each byte. */
static void test_jpeg_codes(void)
{
	struct jpeg_spec s = {
		.width = 20, .height = 20, .components = 1, .h = 1, .v = 1
	};
	struct buf b = {0}, more = {0};

	jpeg_make(&b, &s);
	uint64_t want = decoded_hash(&b);
	for (unsigned codes = 255; codes <= 258; codes++) {
		buf_clear(&more);
		put(&more, b.data, 2);
		dht_make(&more, codes);
		put(&more, b.data + 2, b.bytes - 2);
		CHECK(codes <= 256 ? decoded_hash(&more) == want :
		      refused(&more, "Huffman table has too many codes"));
	}
	buf_free(&b);
	buf_free(&more);
}

/* A progressive picture with empty scans of a few bytes each: one for each of
 * 63 coefficients at `low`, then each refined, and so on. */
static void bomb_make(struct buf *b, unsigned side, int scans, int low)
{
	struct jpeg_spec s = {
		.width = side, .height = side, .components = 1, .h = 1, .v = 1,
		.progressive = 1
	};
	struct jpeg_maker m = { .spec = &s, .out = b };
	unsigned blocks = (side / 8) * (side / 8);

	buf_clear(b);
	jpeg_heads(&s, b);
	jpeg_tables(b);
	put(b, "\xff\xda\0\x08\x01\x01\0\0\0\0", 10);
	for (unsigned i = 0; i < blocks; i++)
		dc_put(&m, 0, 8);
	bits_align(&m);
	for (int i = 0; i < scans; i++) {
		put(b, "\xff\xda\0\x08\x01\x01\0", 7);
		put_byte(b, 1 + (unsigned)i % 63);
		put_byte(b, 1 + (unsigned)i % 63);
		unsigned to = (unsigned)(low - i / 63) & 15;
		put_byte(b, i < 63 ? to : (to + 1) << 4 | to);
		for (unsigned left = blocks; left; left -= m.run) {
			m.run = MIN(left, 0x7FFFu);
			unsigned run = m.run;
			run_flush(&m);
			m.run = run;
		}
		m.run = 0;
		bits_align(&m);
	}
	put_16(b, 0xFFD9);
}

/* Sets the checksum of a PNG's header right. */
static void header_mend(unsigned char *d)
{
	uint32_t crc = png_crc(d + 12, 17);
	for (int i = 0; i < 4; i++)
		d[29 + i] = (unsigned char)(crc >> (24 - 8 * i));
}

static void test_bombs(void)
{
	struct buf b = {0};
	struct png_spec p = { .width = 9, .height = 9, .depth = 1 };

	bomb_make(&b, 64, 30, 0);
	CHECK(decoded_hash(&b) != 0);
	bomb_make(&b, 64, 99, 2);
	CHECK(decoded_hash(&b) != 0);
	bomb_make(&b, 64, 100, 2);
	CHECK(refused(&b, "too many scans"));
	bomb_make(&b, 64, 40, 0);
	b.bytes -= 2;
	put(&b, "\xff\xda\0\x08\x01\x01\0\x01\x01\0", 10);
	CHECK(refused(&b, "progressive scans out of order"));
	bomb_make(&b, 4096, 62, 0);
	CHECK(refused(&b, "too many scans"));
	png_make(&b, &p);
	unsigned char *d = (unsigned char *)b.data;
	d[18] = 0x75, d[19] = 0x30;		/* 30000 across */
	header_mend(d);
	CHECK(refused(&b, "too large"));
	d[18] = 0x3F, d[19] = 0xFF, d[22] = 0x0F, d[23] = 0xFF;
	header_mend(d);
	CHECK(refused(&b, "cannot hold 16383 x 4095 pixels"));
	buf_free(&b);
}

/* The 8-bit value of a sample, as PNG defines it (12.4 and 13.12). */
static unsigned sample_8(const struct png_spec *s, unsigned v)
{
	return s->depth == 16 ? v >> 8 : v * 255 / ((1u << s->depth) - 1);
}

static unsigned white_under(unsigned v, unsigned alpha)
{
	return (v * alpha + 255 * (255 - alpha) + 127) / 255;
}

static unsigned png_expected(const struct png_spec *s, size_t x, size_t y,
			     int c)
{
	int grey = s->colour == 0 || s->colour == 4;
	unsigned v = png_sample(s, x, y, grey ? 0 : c), alpha = 255;

	if (s->colour == 3) {
		v = png_sample(s, x, y, 0);
		if ((int)v < s->alpha)
			alpha = s->clear[v];
		v = (v * 3 + (unsigned)c) * 37 & 255;
		return white_under(v, alpha);
	}
	if (s->colour >= 4)
		alpha = sample_8(s, png_sample(s, x, y, grey ? 1 : 3));
	if (s->colour == 0 && s->alpha &&
	    v == ((unsigned)s->clear[0] << 8 | s->clear[1]))
		alpha = 0;
	return white_under(sample_8(s, v), alpha);
}

static size_t png_wrong(const struct png_spec *s, const struct image *i)
{
	size_t wrong = 0;

	for (size_t y = 0; y < s->height; y++)
		for (size_t x = 0; x < s->width; x++)
			for (int c = 0; c < 3; c++)
				wrong += i->rgb[(y * s->width + x) * 3 +
						(size_t)c] !=
					 png_expected(s, x, y, c);
	return wrong;
}

static void test_png_ways(void)
{
	static const struct png_spec all[] = {
		{ .depth = 1 }, { .depth = 2 }, { .depth = 4 }, { .depth = 8 },
		{ .depth = 16 },
		{ .depth = 8, .alpha = 2, .clear = { 0, 77 } },
		{ .depth = 16, .alpha = 2, .clear = { 5, 77 } },
		{ .depth = 8, .colour = 2 }, { .depth = 16, .colour = 2 },
		{ .depth = 1, .colour = 3, .colours = 2 },
		{ .depth = 2, .colour = 3, .colours = 3 },
		{ .depth = 4, .colour = 3, .colours = 16, .alpha = 5,
		  .clear = { 0, 10, 100, 200, 255 } },
		{ .depth = 8, .colour = 3, .colours = 200 },
		{ .depth = 8, .colour = 4 }, { .depth = 16, .colour = 4 },
		{ .depth = 8, .colour = 6 }, { .depth = 16, .colour = 6 },
	};
	struct buf b = {0};
	struct image i;

	for (size_t k = 0; k < ARRAY_LEN(all) * 2; k++) {
		struct png_spec s = all[k / 2];
		struct error e = {0};
		s.width = 19;
		s.height = 11;
		s.interlaced = k % 2;
		s.seed = k;
		png_make(&b, &s);
		if (CHECK(decode(&i, &b, &e) == 0))
			CHECK(i.width == 19 && i.height == 11 &&
			      png_wrong(&s, &i) == 0);
		else
			fprintf(stderr, "%zu: %s\n", k, e.text);
		image_free(&i);
	}
	buf_free(&b);
}

/* A PNG with fewer rows than its header says, all checksums right. */
static void test_png_short(void)
{
	struct png_spec s = { .width = 8, .height = 8, .depth = 8, .seed = 4 };
	struct buf b = {0};

	png_make(&b, &s);
	unsigned char *d = (unsigned char *)b.data;
	d[23] = 9;
	header_mend(d);
	CHECK(refused(&b, "corrupt PNG: not enough pixels"));
	buf_free(&b);
}

/* A picture of 3 x 2 pixels stored in eight ways (EXIF 2.3, 4.6.4 A). */
static void test_orientation(void)
{
	/* where each pixel of the upright picture is in the stored one */
	static const unsigned char places[9][6] = {
		{ 0 },
		{ 0, 1, 2, 3, 4, 5 },		/* top left */
		{ 2, 1, 0, 5, 4, 3 },		/* top right */
		{ 5, 4, 3, 2, 1, 0 },		/* bottom right */
		{ 3, 4, 5, 0, 1, 2 },		/* bottom left */
		{ 0, 2, 4, 1, 3, 5 },		/* left top */
		{ 4, 2, 0, 5, 3, 1 },		/* right top */
		{ 5, 3, 1, 4, 2, 0 },		/* right bottom */
		{ 1, 3, 5, 0, 2, 4 },		/* left bottom */
	};
	struct error e = {0};
	struct buf b = {0};
	struct image i;
	struct image_header h;

	for (int o = 1; o <= 8; o++) {
		int turned = o > 4;
		struct png_spec s = {
			.width = turned ? 2 : 3, .height = turned ? 3 : 2,
			.depth = 8, .orientation = o, .seed = 11
		};
		size_t wrong = 0;
		png_make(&b, &s);
		CHECK(decode(&i, &b, &e) == 0 && i.width == 3 && i.height == 2);
		for (size_t k = 0; k < 6 && i.rgb; k++) {
			size_t at = places[o][k];
			wrong += i.rgb[3 * k] != png_sample(&s, at % s.width,
							    at / s.width, 0);
		}
		CHECK(wrong == 0);
		image_free(&i);
	}
	for (int o = 9; o < 300; o += 97) {	/* none of the eight */
		struct png_spec s = {
			.width = 3, .height = 2, .depth = 8, .orientation = o,
			.seed = 11
		};
		png_make(&b, &s);
		CHECK(decode(&i, &b, &e) == 0 && i.width == 3 &&
		      i.rgb[3] == png_sample(&s, 1, 0, 0));
		image_free(&i);
	}
	for (int big = 0; big < 2; big++) {
		struct jpeg_spec s = {
			.width = 9, .height = 4, .components = 1, .h = 1,
			.v = 1, .orientation = 6, .big_endian = big
		};
		jpeg_make(&b, &s);
		CHECK(decode(&i, &b, &e) == 0 && i.width == 4 && i.height == 9);
		CHECK(image_probe(&h, b.data, b.bytes, &e) == 0 &&
		      h.width == 4 && h.height == 9 &&
		      strcmp(h.format, "JPEG") == 0);
		image_free(&i);
	}
	buf_free(&b);
}

/* A picture that is shrunk anyway comes smaller, upright too; others whole. */
static void test_decode_to(void)
{
	static const struct { size_t side, width, height; } all[] = {
		{ 0, 45, 61 }, { 45, 45, 61 }, { 24, 45, 61 }, { 23, 23, 31 },
		{ 12, 12, 16 }, { 6, 6, 8 }, { 1, 6, 8 }, { 1000, 45, 61 },
	};
	struct jpeg_spec j = {
		.width = 61, .height = 45, .components = 3, .h = 2, .v = 2,
		.seed = 5, .orientation = 6
	};
	struct png_spec p = { .width = 61, .height = 45, .depth = 8 };
	struct error e = {0};
	struct buf b = {0};
	struct image i;

	jpeg_make(&b, &j);
	for (size_t k = 0; k < ARRAY_LEN(all); k++) {
		CHECK(decoder_decode_to(decoder, 0, &i, b.data, b.bytes,
					all[k].side, &e) == 0);
		CHECK(i.width == all[k].width && i.height == all[k].height);
		image_free(&i);
	}
	png_make(&b, &p);
	CHECK(decoder_decode_to(decoder, 0, &i, b.data, b.bytes, 6, &e) == 0 &&
	      i.width == 61 && i.height == 45);
	image_free(&i);
	buf_free(&b);
}

int main(void)
{
	struct error e = {0};

	decoder = decoder_open(1, &e);
	if (!CHECK(decoder != NULL)) {
		fprintf(stderr, "%s\n", e.text);
		return test_end("image");
	}
	test_kinds();
	test_jpeg_flat();
	test_jpeg_ways();
	test_jpeg_beside();
	test_jpeg_cut();
	test_jpeg_flips();
	test_jpeg_refused();
	test_jpeg_codes();
	test_bombs();
	test_png_ways();
	test_png_short();
	test_orientation();
	test_decode_to();
	decoder_close(decoder);
	return test_end("image");
}
