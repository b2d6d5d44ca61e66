/*
 * test_tail.c - pictures with flaws at their end: what lies behind the last
 * block is no reason to refuse one, what is missing before it is.
 */
#include "decoding.h"
#include "pictures.h"
#include "test.h"

/* A picture whose last block is there is taken, whatever follows. */
static void test_jpeg_tail(void)
{
	static const struct {
		const char *name, *tail;
		size_t bytes;
	} tails[] = {
		{ "no end", "", 0 },
		{ "half an end", "\xff", 1 },
		{ "a marker cut short", "\xff\xe1\0", 3 },
		{ "an unknown marker", "\xff\x02\xff\xd9", 4 },
		{ "a restart and no end", "\xff\xd0", 2 },
		{ "another scan", "\xff\xda\0\x08\x01\x01\0\0\x3f\0\xff\xd9",
		  12 },
		{ "the end twice", "\xff\xd9\xff\xd9", 4 },
	};
	static const size_t stray[] = { 64, 65, 258, 5000, 100000 };
	struct jpeg_spec s = {
		.width = 20, .height = 20, .components = 3, .h = 2, .v = 2,
		.seed = 6
	};
	struct buf b = {0};

	for (int way = 0; way < 4; way++) {
		s.progressive = way & 1;
		s.interval = way & 2;
		jpeg_make(&b, &s);
		uint64_t want = decoded_hash(&b);
		size_t whole = b.bytes - 2;
		for (size_t k = 0; k < ARRAY_LEN(tails); k++) {
			b.bytes = whole;
			put(&b, tails[k].tail, tails[k].bytes);
			if (!CHECK(decoded_hash(&b) == want))
				fprintf(stderr, "way %d: %s\n", way,
					tails[k].name);
		}
		for (size_t k = 0; k < ARRAY_LEN(stray); k++) {
			b.bytes = whole;
			for (size_t i = 0; i < stray[k]; i++)
				put_byte(&b, 1 + (unsigned)i % 254);
			put_16(&b, 0xFFD9);
			CHECK(decoded_hash(&b) == want);
		}
	}
	buf_free(&b);
}

/* Stray bytes between two scans: up to 64. */
static void test_jpeg_surplus(void)
{
	struct jpeg_spec s = {
		.width = 20, .height = 20, .components = 1, .h = 1, .v = 1,
		.seed = 6, .progressive = 1
	};
	struct buf b = {0}, more = {0};
	size_t at = 0;

	jpeg_make(&b, &s);
	uint64_t want = decoded_hash(&b);
	for (size_t i = 2; i + 1 < b.bytes; i++)	/* the last scan */
		if ((unsigned char)b.data[i] == 0xFF &&
		    (unsigned char)b.data[i + 1] == 0xDA)
			at = i;
	for (size_t n = 64; n <= 65; n++) {
		buf_clear(&more);
		put(&more, b.data, at);
		for (size_t i = 0; i < n; i++)
			put_byte(&more, 0x55);
		put(&more, b.data + at, b.bytes - at);
		CHECK(n > 64 ? refused(&more, "more data than blocks") :
			       decoded_hash(&more) == want);
	}
	/* before the end of the picture they may be many */
	buf_clear(&more);
	put(&more, b.data, at);
	for (size_t i = 0; i < 500; i++)
		put_byte(&more, 0x55);
	CHECK(refused(&more, "no end of image"));
	put_16(&more, 0xFFD9);
	CHECK(decoded_hash(&more) != 0);
	buf_free(&b);
	buf_free(&more);
}

/* Where a chunk begins. */
static size_t chunk_find(const struct buf *b, const char *name, int last)
{
	size_t found = 0;

	for (size_t i = 12; i + 4 <= b->bytes; i++)
		if (memcmp(b->data + i, name, 4) == 0 && (last || !found))
			found = i - 4;
	return found;
}

static const struct png_spec damaged = {
	.width = 7, .height = 5, .depth = 8, .colour = 3, .colours = 9,
	.alpha = 4, .clear = { 0, 80, 160, 255 }, .seed = 3
};

/* Every cut into the pixels and every changed byte up to their end. */
static void test_png_damage(void)
{
	struct png_spec s = damaged;
	struct error e = {0};
	struct buf b = {0};
	struct image i;
	size_t passed = 0;

	s.alpha = 0;	/* under another name it would not be looked at */
	png_make(&b, &s);
	size_t end = chunk_find(&b, "IEND", 1);
	for (size_t n = 0; n < end - 4; n++) {
		struct buf cut = { b.data, n, 0 };
		passed += decode(&i, &cut, &e) != ERROR_DATA;
		image_free(&i);
	}
	CHECK(passed == 0);
	for (size_t n = 0; n < end; n++) {
		int in_text = n >= 33 && n < 33 + 24;	/* not checked */
		b.data[n] ^= 0x10;
		passed += !in_text && decode(&i, &b, &e) != ERROR_DATA;
		image_free(&i);
		b.data[n] ^= 0x10;
	}
	CHECK(passed == 0);
	buf_clear(&b);
	put(&b, "\x89PNG\r\n\x1a\n", 8);
	png_chunk(&b, "CgBI", "\x50\0\x20\x02", 4);
	CHECK(refused(&b, "CgBI PNG is not supported"));
	buf_free(&b);
}

/* The checksums of all that pixels come from are looked at; tRNS is left out,
 * as any chunk that is not critical. */
static void test_png_sums(void)
{
	static const char *const names[] = { "IHDR", "PLTE", "IDAT" };
	struct buf b = {0};

	png_make(&b, &damaged);
	for (size_t k = 0; k <= ARRAY_LEN(names); k++) {
		int last = k == ARRAY_LEN(names);	/* IDAT */
		char reason[64];
		unsigned char *d = (unsigned char *)b.data +
				   chunk_find(&b, names[k - (size_t)last],
					      last);
		size_t bytes = (size_t)d[2] << 8 | d[3];
		snprintf(reason, sizeof(reason), "wrong checksum of chunk %s",
			 names[k - (size_t)last]);
		d[8 + bytes] ^= 1;
		CHECK(refused(&b, reason));
		d[8 + bytes] ^= 1;
	}
	uint64_t blended = decoded_hash(&b);
	size_t alpha = chunk_find(&b, "tRNS", 0);
	b.data[alpha + 8] ^= 1;
	uint64_t opaque = decoded_hash(&b);
	CHECK(blended && opaque && blended != opaque);
	memcpy(b.data + alpha + 4, "teST", 4);	/* no tRNS at all */
	CHECK(decoded_hash(&b) == opaque);
	buf_free(&b);
}

/* A picture whose pixels are there is taken, whatever follows. */
static void test_png_tail(void)
{
	static const struct {
		size_t cut;		/* bytes before the IEND are kept */
		const char *tail;
		size_t bytes;
	} tails[] = {
		{ 0, "", 0 },
		{ 0, "\0\0\0\0IEND", 8 },
		{ 0, "\0\0\0\0IEND\1\2\3\4", 12 },
		{ 0, "\0\0\0\7IEND", 8 },
		{ 0, "trailing garbage", 16 },
		{ 0, "\0\0\0\xfftEXt", 8 },
		{ 0, "\0\0\0\0\1\2\3\4", 8 },
		{ 4, "", 0 },		/* the checksum of IDAT is not there */
		{ 1, "", 0 },
	};
	struct buf b = {0};

	png_make(&b, &damaged);
	uint64_t want = decoded_hash(&b);
	size_t end = chunk_find(&b, "IEND", 1);
	put(&b, "behind the end", 14);
	CHECK(decoded_hash(&b) == want);
	for (size_t k = 0; k < ARRAY_LEN(tails); k++) {
		b.bytes = end - tails[k].cut;
		put(&b, tails[k].tail, tails[k].bytes);
		if (!CHECK(decoded_hash(&b) == want))
			fprintf(stderr, "tail %zu\n", k);
		png_make(&b, &damaged);
	}
	/* an IDAT that is lost is pixels that are lost */
	memcpy(b.data + chunk_find(&b, "IDAT", 1) + 4, "iDAT", 4);
	CHECK(refused(&b, "corrupt PNG"));
	buf_free(&b);
}

int main(void)
{
	struct error e = {0};

	decoder = decoder_open(1, &e);
	if (!CHECK(decoder != NULL)) {
		fprintf(stderr, "%s\n", e.text);
		return test_end("tail");
	}
	test_jpeg_tail();
	test_jpeg_surplus();
	test_png_damage();
	test_png_sums();
	test_png_tail();
	decoder_close(decoder);
	return test_end("tail");
}
