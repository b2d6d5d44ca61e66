/*
 * picture_plain.h - formats that need no filter: BMP, GIF and PNM.  Private to
 * src/image.
 *
 * Each has a decoder of its own, of some hundred lines, that reads every byte
 * within bounds: stb_image's read fewer kinds of BMP and PNM, and its GIF has
 * faults that are not mended.  The program reads the header alone; a child
 * reads it again and decodes.
 */
#ifndef PICTURE_PLAIN_H
#define PICTURE_PLAIN_H

#include "image/picture.h"

struct plain {
	const unsigned char *data;
	size_t bytes;
	size_t width, height;
};

/* Header: the size, and *p is set up to begin the pixels.  Pixels: into rgb,
 * [height, width, 3], white before; ERROR_DATA unless all are there. */
int pnm_header(struct plain *p, struct error *e);
int pnm_pixels(struct plain *p, unsigned char *rgb, struct error *e);
int bmp_header(struct plain *p, struct error *e);
int bmp_pixels(struct plain *p, unsigned char *rgb, struct error *e);
int gif_header(struct plain *p, struct error *e);
int gif_pixels(struct plain *p, unsigned char *rgb, struct error *e);

static inline unsigned le16_get(const unsigned char *b)
{
	return (unsigned)b[1] << 8 | b[0];
}

static inline uint32_t le32_get(const unsigned char *b)
{
	return (uint32_t)le16_get(b + 2) << 16 | le16_get(b);
}

#endif
