/*
 * inflate.h - the beginning of a compressed text (zlib, RFC 1950 and 1951).
 */
#ifndef INFLATE_H
#define INFLATE_H

#include <stddef.h>

/* Unpacks until `room` bytes are there, the stream ends, or it is damaged; how
 * many bytes came out.  The checksum at the end is not looked at. */
size_t inflate_start(unsigned char *out, size_t room, const unsigned char *in,
		     size_t bytes);
/* The same without the two bytes at the beginning, as in a zip file. */
size_t inflate_raw(unsigned char *out, size_t room, const unsigned char *in,
		   size_t bytes);

#endif
