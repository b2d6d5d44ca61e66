/*
 * picture.h - what is known of a picture before it is decoded, and the limits
 * every picture must keep.  Private to src/image.
 */
#ifndef PICTURE_H
#define PICTURE_H

#include "base/base.h"
#include "base/buf.h"
#include "base/error.h"

enum {
	PICTURE_MAX_BYTES = 128 << 20,		/* of the file */
	PICTURE_MAX_SIDE = 65535,
	PICTURE_MAX_PIXELS = 64 << 20,		/* decoded */
	PICTURE_MAX_MEMORY = 512 << 20,		/* of one decode */
};

enum picture_kind {
	PICTURE_JPEG, PICTURE_PNG, PICTURE_BMP, PICTURE_GIF, PICTURE_PNM,
	PICTURE_KINDS
};

struct picture {
	enum picture_kind kind;
	size_t width, height;	/* as decoded, before turning upright */
	size_t full_width, full_height;	/* as stored */
	int channels;		/* 3, or 4 where there is transparency */
	int orientation;	/* EXIF's, 1 .. 8 */
	size_t memory;		/* bytes the decoder may take for this one */
	int block;		/* JPEG: samples per 8 of the file; else 0 */
	const void *plain;	/* what a child decodes, */
	size_t plain_bytes;
};

/* "JPEG", "PNG" and so on. */
const char *picture_name(enum picture_kind kind);
/* Says what the bytes are by their first few.  What cannot be decoded is
 * ERROR_DATA, by name where it is known, with the command that converts it. */
int picture_detect(enum picture_kind *kind, const unsigned char *data,
		   size_t bytes, struct error *e);

/* Checks a size from a header; `format` is a picture_name. */
int picture_check_size(const char *format, size_t width, size_t height,
		       struct error *e);

/* Says what a child needs to know of a picture.  Most go to it as they are; a
 * JPEG is decoded as small as `side` allows (0: whole).  A PNG passes a filter
 * first, which checks every part of the file and writes to `out` (emptied
 * first) a plain file that holds only what the decoder needs, in one fixed
 * form.  What does not pass is ERROR_DATA with the reason. */
int picture_prepare(struct buf *out, struct picture *p,
		    const unsigned char *data, size_t bytes, size_t side,
		    struct error *e);
int png_filter(struct buf *out, struct picture *p, const unsigned char *data,
	       size_t bytes, struct error *e);
/* Its size and orientation alone; no checksum is verified. */
int png_header(struct picture *p, const unsigned char *data, size_t bytes,
	       struct error *e);
/* Kind, orientation, and width and height as stored. */
int picture_probe(struct picture *p, const unsigned char *data, size_t bytes,
		  struct error *e);

/* The orientation (1 .. 8) in a TIFF block as EXIF holds it; 1 when there is
 * none or the block is damaged. */
int exif_orientation(const unsigned char *tiff, size_t bytes);
/* The same of a chunk tEXt, zTXt or iTXt. */
int exif_of_text(const char *chunk, const unsigned char *data, size_t bytes);

static inline unsigned be16_get(const unsigned char *b)
{
	return (unsigned)b[0] << 8 | b[1];
}

static inline uint32_t be32_get(const unsigned char *b)
{
	return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 |
	       (uint32_t)b[2] << 8 | b[3];
}

#endif
