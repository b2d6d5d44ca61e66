/*
 * exif.c - the one thing of EXIF that pixels need: the orientation.
 *
 * PNG has the block in a chunk of its own, or as ImageMagick writes it: in a
 * text named "Raw profile type exif", as a line with a name, one with a count,
 * and hexadecimal digits.
 *
 * A TIFF block (TIFF 6.0, section 2): byte order, 42, offset of the first
 * directory; the directory is a count and entries of 12 bytes.  Tag 0x0112 is
 * one SHORT.  Nothing is followed beyond the first directory and nothing is
 * read outside the block.
 */
#include "image/picture.h"

#include <string.h>

#include "format/inflate.h"

enum {
	TAG_ORIENTATION = 0x0112, TYPE_SHORT = 3, TYPE_LONG = 4,
	/* The tag stands at the front: what is behind is not needed. */
	TEXT_BYTES = 64 << 10,
};

struct tiff {
	const unsigned char *data;
	int big;
};

static unsigned tiff_16(const struct tiff *t, size_t at)
{
	const unsigned char *b = t->data + at;
	return t->big ? be16_get(b) : (unsigned)b[1] << 8 | b[0];
}

static uint32_t tiff_32(const struct tiff *t, size_t at)
{
	uint32_t high = tiff_16(t, at + (t->big ? 0 : 2));
	uint32_t low = tiff_16(t, at + (t->big ? 2 : 0));
	return high << 16 | low;
}

static uint32_t entry_value(const struct tiff *t, size_t entry)
{
	unsigned type = tiff_16(t, entry + 2);
	if (tiff_32(t, entry + 4) != 1)
		return 0;
	if (type == TYPE_SHORT)
		return tiff_16(t, entry + 8);
	return type == TYPE_LONG ? tiff_32(t, entry + 8) : 0;
}

int exif_orientation(const unsigned char *tiff, size_t bytes)
{
	struct tiff t = { tiff, 0 };

	if (bytes < 8 || tiff[0] != tiff[1] ||
	    (tiff[0] != 'I' && tiff[0] != 'M'))
		return 1;
	t.big = tiff[0] == 'M';
	size_t at = tiff_32(&t, 4);
	if (tiff_16(&t, 2) != 42 || at < 8 || at > bytes - 2)
		return 1;
	size_t count = tiff_16(&t, at);
	at += 2;
	for (size_t i = 0; i < count && bytes - at >= 12; i++, at += 12) {
		if (tiff_16(&t, at) != TAG_ORIENTATION)
			continue;
		uint32_t value = entry_value(&t, at);
		return value >= 1 && value <= 8 ? (int)value : 1;
	}
	return 1;
}

/* Past the first `lines` lines that are not empty; the bytes left. */
static size_t lines_skip(const unsigned char **text, size_t bytes, int lines)
{
	const unsigned char *t = *text, *end = t + bytes;

	while (t < end && *t == '\n')
		t++;
	for (; lines && t < end; t++)
		lines -= *t == '\n';
	*text = t;
	return (size_t)(end - t);
}

static int digit_of(unsigned char c)
{
	return c >= '0' && c <= '9' ? c - '0' :
	       c >= 'a' && c <= 'f' ? c - 'a' + 10 :
	       c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The orientation in a profile; `block` has room for half of the text. */
static int profile_orientation(const unsigned char *text, size_t bytes,
			       unsigned char *block)
{
	size_t n = 0;

	bytes = lines_skip(&text, bytes, 2);
	for (size_t i = 0; i < bytes; i++) {
		int d = digit_of(text[i]);
		if (d < 0)
			continue;
		block[n / 2] = (unsigned char)
			(n % 2 ? block[n / 2] | d : d << 4);
		n++;
	}
	n /= 2;
	if (n >= 6 && memcmp(block, "Exif\0\0", 6) == 0)
		return exif_orientation(block + 6, n - 6);
	return exif_orientation(block, n);
}

/* What follows the keyword of a text: compressed or not, and where. */
static const unsigned char *text_body(const char *chunk,
				      const unsigned char *at,
				      const unsigned char *end, int *packed)
{
	*packed = strcmp(chunk, "zTXt") == 0;
	if (*packed)
		return end - at > 1 ? at + 1 : NULL;
	if (strcmp(chunk, "tEXt") == 0)
		return at;
	if (end - at < 2)
		return NULL;
	*packed = at[0];
	at += 2;
	for (int i = 0; at && i < 2; i++) {	/* language, translation */
		at = memchr(at, 0, (size_t)(end - at));
		at = at ? at + 1 : NULL;
	}
	return at;
}

int exif_of_text(const char *chunk, const unsigned char *data, size_t bytes)
{
	static const char *const names[] = {
		"Raw profile type exif", "Raw profile type APP1"
	};
	const unsigned char *end = data + bytes, *text = NULL;
	struct error e = {0};
	int packed = 0, orientation = 1;

	for (size_t i = 0; i < ARRAY_LEN(names) && !text; i++) {
		size_t n = strlen(names[i]) + 1;
		if (bytes > n && memcmp(data, names[i], n) == 0)
			text = text_body(chunk, data + n, end, &packed);
	}
	if (!text)
		return 1;
	unsigned char *room = mem_new(TEXT_BYTES, 2, &e);
	if (!room)
		return 1;
	size_t count = MIN((size_t)(end - text), (size_t)TEXT_BYTES);
	if (packed) {
		count = inflate_start(room, TEXT_BYTES, text,
				      (size_t)(end - text));
		text = room;
	}
	orientation = profile_orientation(text, count, room + TEXT_BYTES);
	mem_free(room);
	return orientation;
}
