/*
 * augment.c - crops and mirrors.
 */
#include "image/augment.h"

#include "base/rng.h"

struct augment augment_draw(uint64_t seed, uint64_t epoch, uint64_t image,
			    size_t side, size_t crop)
{
	uint64_t stream = rng_stream(RNG_AUGMENT, epoch, image);
	uint64_t places = side - crop + 1;

	return (struct augment){
		.x = (size_t)rng_below(seed, stream, 0, places),
		.y = (size_t)rng_below(seed, stream, 1, places),
		.mirror = (int)rng_below(seed, stream, 2, 2),
	};
}

struct augment augment_middle(size_t side, size_t crop)
{
	return (struct augment){ (side - crop) / 2, (side - crop) / 2, 0 };
}

void augment_crop(float *out, const unsigned char *pixels, size_t side,
		  size_t crop, size_t x, size_t y, int mirror)
{
	for (size_t row = 0; row < crop; row++) {
		const unsigned char *from = pixels + ((y + row) * side + x) * 3;
		if (!mirror) {
			for (size_t i = 0; i < crop * 3; i++)
				*out++ = (float)from[i];
			continue;
		}
		for (size_t i = crop; i-- > 0;)
			for (size_t c = 0; c < 3; c++)
				*out++ = (float)from[i * 3 + c];
	}
}
