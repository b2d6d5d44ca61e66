/*
 * exif.c - the one thing of EXIF that pixels need: the orientation.
 *
 * A TIFF block (TIFF 6.0, section 2): byte order, 42, offset of the first
 * directory; the directory is a count and entries of 12 bytes.  Tag 0x0112 is
 * one SHORT.  Nothing is followed beyond the first directory and nothing is
 * read outside the block.
 */
#include "image/picture.h"

enum { TAG_ORIENTATION = 0x0112, TYPE_SHORT = 3, TYPE_LONG = 4 };

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
