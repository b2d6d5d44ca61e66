/*
 * augment_view.h - all augmentations of a picture, with defined bits.
 *
 * Which ones are drawn is a function of (seed, epoch, image) alone.  Geometry
 * is one map from the pixels that are made to the picture, sampled with
 * integers; colours follow, in double with +, -, * and / only, each rounded to
 * a byte.
 *
 *	crop	a window of the net's size anywhere, instead of the middle
 *	mirror	every second picture
 *	rotate=D	by up to D degrees either way, about the middle of the
 *		window; beyond the picture its edge is repeated
 *	rescale=F	the window is smaller by a factor from 1 to F
 *	resized=S	a window of S to 1 of the area and sides as 3/4 to 4/3,
 *		scaled to the net's size (torchvision's RandomResizedCrop)
 *	hsv=P	hue turned by up to P per cent of the circle, saturation and
 *		value times 1 - P/100 to 1 + P/100
 *	cast=N	up to N levels added to each channel
 */
#ifndef AUGMENT_VIEW_H
#define AUGMENT_VIEW_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct augment_settings {
	int crop, mirror;
	double rotate, rescale, resized, hsv, cast;	/* 0: not */
};
/* "crop,mirror,rotate=8" and so on, or "none"; ERROR_USAGE. */
int augment_parse(struct augment_settings *s, const char *text,
		  struct error *e);

struct augment_view {
	double x, y, w, h;		/* of the window in the picture */
	double cosine, sine;		/* of the rotation */
	int mirror, warped;		/* else whole pixels of the picture */
	double hue, saturation, value;	/* turn, factors */
	int coloured;
	int cast[3];
};
/* crop <= side. */
struct augment_view augment_view_draw(const struct augment_settings *s,
				      uint64_t seed, uint64_t epoch,
				      uint64_t image, size_t side,
				      size_t crop);
/* out [crop, crop, 3], 0 .. 255; pixels [side, side, 3] */
void augment_view_make(float *out, const unsigned char *pixels, size_t side,
		       size_t crop, const struct augment_view *v);

#endif
