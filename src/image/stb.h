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
};

/* Decodes a PNG that passed the filter to 3 or 4 channels, taking at
 * most `memory` bytes.  The pixels live until the next call. */
void stb_decode(struct stb_result *r, const unsigned char *data, size_t bytes,
		int channels, size_t memory);

#endif
