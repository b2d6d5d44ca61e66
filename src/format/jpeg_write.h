/*
 * jpeg_write.h - writing 8-bit RGB pictures as baseline JPEG, for pages.
 *
 * Integers only: the same picture gives the same bytes on every machine.
 */
#ifndef JPEG_WRITE_H
#define JPEG_WRITE_H

#include "base/buf.h"
#include "base/error.h"

/* Bytes before the scan: the same for all pictures of one size and quality, so
 * many of them need it once. */
enum { JPEG_HEAD_BYTES = 407 };

/* Appends a JPEG of rgb[height][width][3] to b, no colour subsampled; quality
 * 1 .. 100 as libjpeg counts it.  Sides are 1 .. 65535. */
int jpeg_write(struct buf *b, const unsigned char *rgb, size_t width,
	       size_t height, int quality, struct error *e);

#endif
