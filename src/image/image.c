/*
 * image.c - the picture itself: freed, turned upright.
 */
#include "image/image.h"
#include "image/picture.h"

void image_free(struct image *i)
{
	mem_free(i->rgb);
	*i = (struct image){0};
}

/* Where the output's first pixel is in the input, and how far it is from
 * there to the next pixel and to the next row, in pixels. */
struct turn {
	ptrdiff_t start, right, down;
	int swaps;			/* width and height */
};

/* EXIF 2.3, tag 274: n says where the 0th row and column are seen. */
static struct turn turn_of(int orientation, ptrdiff_t w, ptrdiff_t h)
{
	const struct turn all[9] = {
		{ 0, 1, w, 0 },
		{ 0, 1, w, 0 },
		{ w - 1, -1, w, 0 },
		{ w * h - 1, -1, -w, 0 },
		{ (h - 1) * w, 1, -w, 0 },
		{ 0, w, 1, 1 },
		{ (h - 1) * w, -w, 1, 1 },
		{ w * h - 1, -w, -1, 1 },
		{ w - 1, w, -1, 1 },
	};
	return all[orientation];
}

int image_turn(struct image *i, int orientation, struct error *e)
{
	struct turn t = turn_of(orientation, (ptrdiff_t)i->width,
				(ptrdiff_t)i->height);
	size_t width = t.swaps ? i->height : i->width;
	size_t height = t.swaps ? i->width : i->height;

	if (orientation <= 1)
		return 0;
	unsigned char *turned = mem_new(width * height, 3, e);
	if (!turned)
		return e->code;
	unsigned char *out = turned;
	for (size_t y = 0; y < height; y++) {
		ptrdiff_t from = t.start + (ptrdiff_t)y * t.down;
		for (size_t x = 0; x < width; x++, from += t.right, out += 3)
			for (int c = 0; c < 3; c++)
				out[c] = i->rgb[3 * from + c];
	}
	mem_free(i->rgb);
	*i = (struct image){ turned, width, height };
	return 0;
}

int image_probe(struct image_header *h, const void *bytes, size_t count,
		struct error *e)
{
	struct picture p;

	*h = (struct image_header){0};
	if (picture_probe(&p, bytes, count, e) < 0)
		return e->code;
	h->format = picture_name(p.kind);
	h->width = p.orientation > 4 ? p.full_height : p.full_width;
	h->height = p.orientation > 4 ? p.full_width : p.full_height;
	return 0;
}
