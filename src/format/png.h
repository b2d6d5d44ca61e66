/*
 * png.h - writing 8-bit RGB pictures, for result pages and exports.
 * Stored (uncompressed) or run-length deflate; always the same bytes.
 */
#ifndef PNG_H
#define PNG_H

#include "base/buf.h"
#include "base/error.h"

/* Appends a PNG of rgb[height][width][3] to b. */
int png_write(struct buf *b, const unsigned char *rgb, size_t width,
	      size_t height, struct error *e);

#endif
