/*
 * augment.h - a crop and perhaps a mirror, for each picture in each epoch.
 *
 * Which one is a function of (seed, epoch, image) alone: a resumed run and
 * another number of threads see the same crops.
 */
#ifndef AUGMENT_H
#define AUGMENT_H

#include <stddef.h>
#include <stdint.h>

struct augment {
	size_t x, y;		/* of the crop's first pixel */
	int mirror;
};

/* Draws one; crop <= side. */
struct augment augment_draw(uint64_t seed, uint64_t epoch, uint64_t image,
			    size_t side, size_t crop);
/* The one in the middle, for everything that is not learning. */
struct augment augment_middle(size_t side, size_t crop);

/* out: [crop, crop, 3], 0 .. 255; pixels: [side, side, 3].  With `mirror` the
 * crop's columns come from right to left. */
void augment_crop(float *out, const unsigned char *pixels, size_t side,
		  size_t crop, size_t x, size_t y, int mirror);

#endif
