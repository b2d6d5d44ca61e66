/*
 * deflate.h - packing bytes as zlib streams (RFC 1950, 1951), for PNG.
 */
#ifndef DEFLATE_H
#define DEFLATE_H

#include "base/buf.h"
#include "base/error.h"

/* Appends the zlib stream of `data` to b.  The same data give the same bytes
 * on every machine. */
int deflate_zlib(struct buf *b, const unsigned char *data, size_t bytes,
		 struct error *e);

#endif
