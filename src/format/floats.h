/*
 * floats.h - floats as bytes of a file: 2, 4 or 8 bytes each, either order.
 */
#ifndef FLOATS_H
#define FLOATS_H

#include "base/buf.h"
#include "format/safetensors.h"

/* n floats from the bytes of a file.  A double too large for a float becomes
 * infinite. */
void floats_read(float *out, const void *from, enum st_type type, int is_big,
		 size_t n);
/* Appends n floats, little-endian. */
int floats_put(struct buf *b, const float *v, size_t n, struct error *e);

#endif
