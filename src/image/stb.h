/*
 * stb.h - the decoder proper, as the child calls it.  Private to src/image.
 */
#ifndef STB_H
#define STB_H

#include <stddef.h>

struct stb_result {
	unsigned char *pixels;	/* [height, width, channels], or NULL */
	size_t width, height;
	const char *reason;		/* when pixels is NULL */
	size_t used_bytes;		/* most memory taken at one time */
};

/* All memory comes from this region, which must be zero at first and is valid
 * as long as decoding goes on.  One region per process. */
void stb_use(void *region, size_t bytes);

/* Decodes a JPEG or PNG that passed the filter to 3 or 4 channels, taking at
 * most `memory` bytes.  The pixels live until the next call. */
void stb_decode(struct stb_result *r, const unsigned char *data, size_t bytes,
		int channels, size_t memory);

#endif
