/*
 * test_exif.c - the orientation that PNG keeps in its texts, compressed or not;
 * thumbnails.
 */
#include "decoding.h"
#include "format/inflate.h"
#include "pictures.h"
#include "test.h"

/* A profile as ImageMagick writes it: orientation 6. */
static const char profile[] =
	"\n"
	"exif\n"
	"      32\n"
	"4578696600004d4d002a00000008000101120003000000010006000000000000\n";

static const unsigned char fixed[] = {
	0x78, 0x01, 0xe3, 0x4a, 0xad, 0xc8, 0x4c, 0xe3, 0x52, 0x00,
	0x03, 0x63, 0x23, 0x2e, 0x13, 0x53, 0x73, 0x0b, 0x33, 0x4b,
	0x33, 0x33, 0x03, 0x20, 0x30, 0x49, 0x31, 0x49, 0x31, 0x30,
	0x30, 0x4a, 0x34, 0x80, 0x00, 0x0b, 0x20, 0x36, 0x34, 0x30,
	0x34, 0x34, 0x02, 0xd2, 0xc6, 0x50, 0x31, 0x43, 0x20, 0x36,
	0x33, 0x40, 0x02, 0x5c, 0x00, 0x9b, 0x2e, 0x0f, 0xe7,
};
/* Twice the profile, 300 letters, the profile. */
static const unsigned char dynamic[] = {
	0x78, 0xda, 0xed, 0x51, 0x41, 0x12, 0xc2, 0x30, 0x08, 0xbc,
	0xf3, 0x0a, 0x9f, 0x40, 0xd2, 0x1a, 0xeb, 0x73, 0x80, 0xea,
	0x8c, 0x3f, 0xf0, 0xf9, 0x02, 0x4b, 0xc6, 0x7a, 0xf7, 0xe4,
	0xc8, 0x90, 0x26, 0x2c, 0xbb, 0x40, 0x13, 0xba, 0x3d, 0x1f,
	0x77, 0x3a, 0xa5, 0x2d, 0x9d, 0xd6, 0xf3, 0x65, 0x1b, 0xd7,
	0x31, 0xd8, 0x6d, 0xdd, 0xd7, 0x9d, 0xb9, 0x0b, 0xc3, 0x36,
	0x5f, 0x8d, 0x5b, 0xeb, 0xbe, 0x2f, 0x85, 0x35, 0x5f, 0x83,
	0x0f, 0x46, 0xa2, 0x62, 0xe2, 0xa6, 0xe6, 0xa7, 0xd8, 0xd3,
	0x81, 0x49, 0x01, 0x40, 0x0f, 0x69, 0xd7, 0xb8, 0x43, 0xa7,
	0xee, 0x55, 0xc3, 0xd1, 0x38, 0xe9, 0xe4, 0xeb, 0x94, 0x67,
	0x7a, 0xea, 0x04, 0x9f, 0x2a, 0xa9, 0x91, 0x34, 0xf3, 0xf6,
	0x09, 0x83, 0x11, 0x35, 0x10, 0x14, 0x21, 0xcb, 0x56, 0xa7,
	0x1c, 0x44, 0x33, 0xf3, 0x2e, 0x5e, 0x03, 0x40, 0x51, 0x14,
	0x8c, 0x50, 0x63, 0xa7, 0xd8, 0x20, 0x44, 0x18, 0x40, 0xf0,
	0xc1, 0x46, 0x4b, 0x93, 0x72, 0xf9, 0x0c, 0xf0, 0xaf, 0xf4,
	0xe5, 0xbb, 0xa7, 0xff, 0x5b, 0xfe, 0xcc, 0x5b, 0xbe, 0x00,
	0x11, 0x16, 0x24, 0x44,
};

static void test_inflate(void)
{
	unsigned char out[1200];
	size_t n = strlen(profile), more = 0;

	CHECK(inflate_start(out, sizeof(out), fixed, sizeof(fixed)) == n &&
	      memcmp(out, profile, n) == 0);
	CHECK(inflate_start(out, sizeof(out), dynamic, sizeof(dynamic)) ==
	      4 * n + 600);
	CHECK(memcmp(out, profile, n) == 0 &&
	      memcmp(out + n + 300, profile, n) == 0 &&
	      memcmp(out + 3 * n + 600, profile, n) == 0);
	CHECK(inflate_start(out, 100, dynamic, sizeof(dynamic)) == 100);
	CHECK(inflate_start(out, 9, (const unsigned char *)
			    "\x78\1\1\3\0\xfc\xff" "abc", 10) == 3);
	CHECK(inflate_start(out, 9, (const unsigned char *)
			    "\x78\1\1\3\0\xfd\xff" "abc", 10) == 0);
	for (size_t cut = 0; cut < sizeof(dynamic); cut++) {
		size_t got = inflate_start(out, sizeof(out), dynamic, cut);
		CHECK(got >= more && got <= 4 * n + 600);
		more = got;
	}
}

/* Puts a chunk before the end of a PNG. */
static void png_add(struct buf *b, const char *name, const char *keyword,
		    const char *between, size_t count, const void *text,
		    size_t bytes)
{
	struct buf body = {0};

	put(&body, keyword, strlen(keyword) + 1);
	put(&body, between, count);
	put(&body, text, bytes);
	b->bytes -= 12;
	png_chunk(b, name, body.data, body.bytes);
	png_chunk(b, "IEND", "", 0);
	buf_free(&body);
}

static int is_turned(const struct buf *b)
{
	struct error e = {0};
	struct image i;
	struct image_header h;

	int turned = decode(&i, b, &e) == 0 && i.width == 2 && i.height == 3;
	CHECK(image_probe(&h, b->data, b->bytes, &e) == 0);
	CHECK(h.width == (turned ? 2 : 3) && h.height == (turned ? 3 : 2));
	image_free(&i);
	return turned;
}

static void test_profiles(void)
{
	static const char exif[] = "Raw profile type exif";
	struct png_spec s = { .width = 3, .height = 2, .depth = 8, .seed = 4 };
	size_t n = strlen(profile);
	struct buf b = {0};

	png_make(&b, &s);
	CHECK(!is_turned(&b));
	png_add(&b, "tEXt", "Comment", "", 0, profile, n);
	CHECK(!is_turned(&b));
	png_add(&b, "tEXt", exif, "", 0, profile, n);
	CHECK(is_turned(&b));
	png_make(&b, &s);
	png_add(&b, "tEXt", "Raw profile type APP1", "", 0, profile, n);
	CHECK(is_turned(&b));
	png_make(&b, &s);
	png_add(&b, "zTXt", exif, "\0", 1, fixed, sizeof(fixed));
	CHECK(is_turned(&b));
	b.data[b.bytes - 13] ^= 1;	/* a wrong checksum: left out */
	CHECK(!is_turned(&b));
	png_make(&b, &s);
	png_add(&b, "iTXt", exif, "\0\0en\0\0", 6, profile, n);
	CHECK(is_turned(&b));
	png_make(&b, &s);
	png_add(&b, "iTXt", exif, "\1\0\0x\0", 5, dynamic, sizeof(dynamic));
	CHECK(is_turned(&b));
	png_make(&b, &s);
	png_add(&b, "iTXt", exif, "\1\0no end", 8, "", 0);
	CHECK(!is_turned(&b));
	buf_free(&b);
}

/* The thumbnail in a JPEG's EXIF is not the picture. */
static void test_thumbnail(void)
{
	struct jpeg_spec s = {
		.width = 60, .height = 40, .components = 3, .h = 2, .v = 2,
		.seed = 8
	};
	struct buf b = {0}, small = {0}, all = {0};

	jpeg_make(&b, &s);
	uint64_t want = decoded_hash(&b);
	s.width = 16;
	s.height = 9;
	jpeg_make(&small, &s);
	put(&all, b.data, 2);
	put_16(&all, 0xFFE1);
	put_16(&all, (unsigned)(2 + 6 + small.bytes));
	put(&all, "Exif\0", 6);
	put(&all, small.data, small.bytes);
	put(&all, b.data + 2, b.bytes - 2);
	put(&all, small.data, small.bytes);	/* a second picture, too */
	CHECK(decoded_hash(&all) == want);
	buf_free(&b);
	buf_free(&small);
	buf_free(&all);
}

int main(void)
{
	struct error e = {0};

	decoder = decoder_open(1, &e);
	if (!CHECK(decoder != NULL)) {
		fprintf(stderr, "%s\n", e.text);
		return test_end("exif");
	}
	test_inflate();
	test_profiles();
	test_thumbnail();
	decoder_close(decoder);
	return test_end("exif");
}
