/*
 * test_damage.c - damaged pictures of known kinds.
 *
 * Without arguments it damages pictures made in memory and checks what the
 * decoder says to each kind.  With arguments it is a generator, for tests of
 * the whole program:
 *
 *	test_damage IN_DIR OUT_DIR N SEED
 *
 * takes the JPEG files of IN_DIR in order, writes N damaged ones to OUT_DIR
 * and prints a line for each: file, kind, and "refused", or "either" for kinds
 * that now and then leave a picture that decodes.
 */
#include "base/file.h"
#include "image/image.h"
#include "pictures.h"
#include "test.h"

struct draw {			/* random numbers of one file */
	uint64_t seed, file, index;
};

static size_t draw_below(struct draw *d, size_t n)
{
	uint64_t stream = rng_stream(RNG_TEST, d->file, 1);
	return (size_t)rng_below(d->seed, stream, d->index++, MAX(n, 1));
}

/* Where the segment of a marker starts; 0 if there is none. */
static size_t marker_find(const struct buf *b, unsigned low, unsigned high)
{
	const unsigned char *d = (const unsigned char *)b->data;
	size_t at = 2;

	while (at + 4 <= b->bytes && d[at] == 0xFF) {
		if (d[at + 1] >= low && d[at + 1] <= high)
			return at;
		at += 2 + ((size_t)d[at + 2] << 8 | d[at + 3]);
	}
	return 0;
}

static size_t frame_find(const struct buf *b)
{
	return marker_find(b, 0xC0, 0xC2);
}

static void damage_cut(struct buf *b, struct draw *d)
{
	b->bytes = 1 + draw_below(d, b->bytes - 3);
}

/* Cut within the pixels, but with an end: nothing but the pixels tells. */
static void damage_half(struct buf *b, struct draw *d)
{
	size_t from = marker_find(b, 0xDA, 0xDA) + 20;
	b->bytes = from + draw_below(d, (b->bytes - from) / 2);
	put(b, "\xff\xd9", 2);
}

static void damage_empty(struct buf *b, struct draw *d)
{
	(void)d;
	b->bytes = 0;
}

static void damage_zeros(struct buf *b, struct draw *d)
{
	(void)d;
	memset(b->data, 0, b->bytes);
}

static void damage_header(struct buf *b, struct draw *d)
{
	for (size_t i = 0; i < 16 && i < b->bytes; i++)
		b->data[i] = (char)draw_below(d, 255);
}

static void damage_noise(struct buf *b, struct draw *d)
{
	for (size_t i = 3; i < b->bytes; i++)
		b->data[i] = (char)draw_below(d, 256);
}

static void damage_flip(struct buf *b, struct draw *d)
{
	for (size_t n = 1 + draw_below(d, 20); n > 0; n--)
		b->data[draw_below(d, b->bytes)] ^=
			(char)(1 << draw_below(d, 8));
}

static void damage_hole(struct buf *b, struct draw *d)
{
	size_t from = draw_below(d, b->bytes);
	memset(b->data + from, 0, MIN(b->bytes - from, b->bytes / 8 + 1));
}

static void frame_set(struct buf *b, size_t offset, unsigned value)
{
	size_t at = frame_find(b) + offset;
	b->data[at] = (char)(value >> 8);
	b->data[at + 1] = (char)value;
}

static void damage_huge(struct buf *b, struct draw *d)
{
	frame_set(b, 5, 0xFFFF - (unsigned)draw_below(d, 99));
	frame_set(b, 7, 0xFFFF);
}

/* 16,000 rows from a file for a few hundred. */
static void damage_tall(struct buf *b, struct draw *d)
{
	frame_set(b, 5, 16000 + (unsigned)draw_below(d, 300));
}

static void damage_short(struct buf *b, struct draw *d)
{
	frame_set(b, 5, 1 + (unsigned)draw_below(d, 30));
}

static void damage_flat(struct buf *b, struct draw *d)
{
	(void)d;
	frame_set(b, 7, 0);
}

static void damage_bits(struct buf *b, struct draw *d)
{
	b->data[frame_find(b) + 4] = (char)(9 + draw_below(d, 8));
}

static void damage_arithmetic(struct buf *b, struct draw *d)
{
	b->data[frame_find(b) + 1] = (char)(0xC9 + draw_below(d, 2));
}

static void damage_lossless(struct buf *b, struct draw *d)
{
	(void)d;
	b->data[frame_find(b) + 1] = (char)0xC3;
}

static void damage_components(struct buf *b, struct draw *d)
{
	b->data[frame_find(b) + 9] = (char)(4 + draw_below(d, 200));
}

/* Huffman counts that sum far past the 256 places there are: the crafted
 * table that writes outside of stb's (CVE-2022-28042). */
static void damage_dht(struct buf *b, struct draw *d)
{
	struct buf out = {0};
	size_t at = frame_find(b);

	put(&out, b->data, at);
	put_16(&out, 0xFFC4);
	put_16(&out, 2 + 17 + 2040);
	put_byte(&out, (unsigned)draw_below(d, 2) << 4);
	for (int i = 0; i < 16; i++)
		put_byte(&out, i < 8 ? 0 : 255);
	for (int i = 0; i < 2040; i++)
		put_byte(&out, (unsigned)draw_below(d, 256));
	put(&out, b->data + at, b->bytes - at);
	buf_clear(b);
	put(b, out.data, out.bytes);
	buf_free(&out);
}

/* Hundreds of scans of next to nothing over a large picture. */
static void damage_scans(struct buf *b, struct draw *d)
{
	struct jpeg_spec s = {
		.width = 4096, .height = 4096, .components = 1, .h = 1, .v = 1,
		.progressive = 1
	};
	int scans = 200 + (int)draw_below(d, 400);

	buf_clear(b);
	jpeg_heads(&s, b);
	jpeg_tables(b);
	for (int i = 0; i < scans; i++)
		put(b, "\xff\xda\0\x08\x01\x01\0\0\0\0", 10);
	put(b, "\xff\xd9", 2);
}

#define OTHER(text) { text, sizeof(text) - 1 }
static const struct { const char *bytes; size_t count; } others[] = {
	OTHER("GIF89a\1\0\1\0\x80\0\0\xff\xff\xff\0\0\0,\0\0\0\0\1\0\1\0\0"),
	OTHER("RIFF\x1a\0\0\0WEBPVP8L\x0d\0\0\0/\0\0\0\7\x10\x11\x88"),
	OTHER("BM:\0\0\0\0\0\0\0006\0\0\0(\0\0\0\1\0\0\0\1\0\0\0\1\0\x18"),
	OTHER("II*\0\x08\0\0\0\0\0\0\0\0\0"),
	OTHER("\0\0\0\x1c" "ftypavif\0\0\0\0"),
	OTHER("%PDF-1.7\n%%EOF\n"),
	OTHER("<!DOCTYPE html><title>404 Not Found</title>"),
	OTHER("{\"error\": \"gone\"}"),
	OTHER("not found\n"),
};

static void damage_type(struct buf *b, struct draw *d)
{
	size_t k = draw_below(d, ARRAY_LEN(others));
	buf_clear(b);
	put(b, others[k].bytes, others[k].count);
}

static void png_some(struct buf *b, struct draw *d)
{
	struct png_spec s = {
		.width = 20 + (unsigned)draw_below(d, 80), .height = 40,
		.depth = 8, .colour = 2, .seed = d->file
	};
	png_make(b, &s);
}

static void damage_png_crc(struct buf *b, struct draw *d)
{
	png_some(b, d);
	/* behind signature, header and comment; before the end chunk's name */
	b->data[90 + draw_below(d, b->bytes - 110)] ^=
		(char)(1 << draw_below(d, 8));
}

/* Before the checksum of the pixels: what lies behind may be missing. */
static void damage_png_cut(struct buf *b, struct draw *d)
{
	png_some(b, d);
	b->bytes = 8 + draw_below(d, b->bytes - 8 - 16);
}

static void header_set(struct buf *b, uint32_t width, uint32_t height)
{
	struct buf chunk = {0};

	put_32(&chunk, width);
	put_32(&chunk, height);
	memcpy(b->data + 16, chunk.data, 8);
	uint32_t crc = png_crc((unsigned char *)b->data + 12, 17);
	buf_clear(&chunk);
	put_32(&chunk, crc);
	memcpy(b->data + 29, chunk.data, 4);
	buf_free(&chunk);
}

static void damage_png_bomb(struct buf *b, struct draw *d)
{
	png_some(b, d);
	header_set(b, 10000 + (uint32_t)draw_below(d, 40000), 20000);
}

static void damage_png_short(struct buf *b, struct draw *d)
{
	png_some(b, d);
	header_set(b, 101 + (uint32_t)draw_below(d, 9), 41);
}

static void damage_png_text(struct buf *b, struct draw *d)
{
	png_some(b, d);
	memmove(b->data + 4, b->data + 5, b->bytes - 5);
	b->bytes--;
}

static const struct kind {
	const char *name;
	void (*make)(struct buf *b, struct draw *d);
	int certain;			/* to be refused */
} kinds[] = {
	{ "cut", damage_cut, 1 },
	{ "flip", damage_flip, 0 },
	{ "half", damage_half, 1 },
	{ "empty", damage_empty, 1 },
	{ "zeros", damage_zeros, 1 },
	{ "header", damage_header, 1 },
	{ "noise", damage_noise, 1 },
	{ "hole", damage_hole, 0 },
	{ "huge", damage_huge, 1 },
	{ "tall", damage_tall, 1 },
	{ "short", damage_short, 0 },
	{ "flat", damage_flat, 1 },
	{ "bits", damage_bits, 1 },
	{ "arithmetic", damage_arithmetic, 1 },
	{ "lossless", damage_lossless, 1 },
	{ "components", damage_components, 1 },
	{ "dht", damage_dht, 1 },
	{ "scans", damage_scans, 1 },
	{ "type", damage_type, 1 },
	{ "png-crc", damage_png_crc, 1 },
	{ "png-cut", damage_png_cut, 1 },
	{ "png-bomb", damage_png_bomb, 1 },
	{ "png-short", damage_png_short, 1 },
	{ "png-text", damage_png_text, 1 },
};

/* Damages a copy of `good` in the manner of file number `n`. */
static const struct kind *damage(struct buf *out, const struct buf *good,
				 uint64_t seed, uint64_t n)
{
	const struct kind *k = &kinds[n % ARRAY_LEN(kinds)];
	struct draw d = { seed, n, 0 };

	buf_clear(out);
	put(out, good->data, good->bytes);
	k->make(out, &d);
	return k;
}

static int jpeg_is_plain(const struct buf *b)
{
	return b->bytes > 200 && !memcmp(b->data, "\xff\xd8\xff", 3) &&
	       frame_find(b) && marker_find(b, 0xDA, 0xDA);
}

static void self_test(void)
{
	struct jpeg_spec s = {
		.width = 70, .height = 90, .components = 3, .h = 2, .v = 2,
		.seed = 1
	};
	struct error e = {0};
	struct buf good = {0}, bad = {0};
	struct decoder *d = decoder_open(1, &e);
	struct image i;

	if (!CHECK(d != NULL))
		return;
	for (uint64_t n = 0; n < 20 * ARRAY_LEN(kinds); n++) {
		s.progressive = n & 1;
		s.interval = n % 3 ? 0 : 4;
		jpeg_make(&good, &s);
		const struct kind *k = damage(&bad, &good, 3, n);
		error_clear(&e);
		int code = decoder_decode(d, 0, &i, bad.data, bad.bytes, &e);
		image_free(&i);
		int expected = code == ERROR_DATA || (code == 0 && !k->certain);
		if (!CHECK(expected && !strstr(e.text, "stopped")))
			fprintf(stderr, "%s: %d %s\n", k->name, code, e.text);
	}
	decoder_close(d);
	buf_free(&good);
	buf_free(&bad);
}

static int file_write(const char *folder, const char *name,
		      const struct buf *b, struct error *e)
{
	struct file_out f = {0};
	char *path = file_join(folder, name, e);

	if (path && file_out_open(&f, path, e) == 0) {
		if (file_out_write(&f, b->data, b->bytes, e) < 0)
			file_out_discard(&f);
		else
			file_out_commit(&f, e);
	}
	mem_free(path);
	return e->code;
}

/* The next usable JPEG of the list, starting over at its end. */
static int good_next(struct buf *good, const char *folder,
		     const struct buf *names, size_t *at, struct error *e)
{
	for (size_t tried = 0; tried <= names->bytes; tried++) {
		const char *name = names->data + *at;
		size_t length = strlen(name) + 1;
		*at = *at + length < names->bytes ? *at + length : 0;
		char *path = file_join(folder, name, e);
		buf_clear(good);
		int code = path ? file_read(good, path, 1 << 25, e) : e->code;
		mem_free(path);
		if (code < 0 || jpeg_is_plain(good))
			return code;
	}
	return fail(e, ERROR_FAILED, "no JPEG in '%s'", folder);
}

static int generate(char **argv, struct error *e)
{
	struct buf names = {0}, good = {0}, bad = {0};
	size_t count = 0, at = 0, n = strtoul(argv[3], NULL, 10);
	uint64_t seed = strtoul(argv[4], NULL, 10);
	char name[64];

	if (file_walk(&names, &count, argv[1], e) < 0 ||
	    file_make_folders(argv[2], e) < 0)
		goto done;
	if (!count)
		fail(e, ERROR_FAILED, "no files in '%s'", argv[1]);
	for (size_t i = 0; i < n && e->code == 0; i++) {
		if (good_next(&good, argv[1], &names, &at, e) < 0)
			break;
		const struct kind *k = damage(&bad, &good, seed, i);
		snprintf(name, sizeof(name), "damaged_%05zu_%s.jpg", i,
			 k->name);
		if (file_write(argv[2], name, &bad, e) == 0)
			printf("%s\t%s\t%s\n", name, k->name,
			       k->certain ? "refused" : "either");
	}
done:
	buf_free(&names);
	buf_free(&good);
	buf_free(&bad);
	return e->code;
}

int main(int argc, char **argv)
{
	struct error e = {0};

	if (argc == 5) {
		if (generate(argv, &e) < 0)
			fprintf(stderr, "test_damage: %s\n", e.text);
		return e.code != 0;
	}
	self_test();
	return test_end("damage");
}
