/*
 * image.h - pictures as 8-bit RGB, and the way from untrusted bytes to them.
 */
#ifndef IMAGE_H
#define IMAGE_H

#include "base/error.h"
#include "base/mem.h"
#include "kernels.h"

struct image {
	unsigned char *rgb;	/* [height, width, 3], owned */
	size_t width, height;
};
void image_free(struct image *i);
/* Turns a picture upright by its EXIF orientation, 1 .. 8. */
int image_turn(struct image *i, int orientation, struct error *e);

/* What the header of a file says; no pixel is decoded. */
struct image_header {
	const char *format;		/* "JPEG", "PNG", "BMP", ... */
	size_t width, height;		/* upright */
};
int image_probe(struct image_header *h, const void *bytes, size_t count,
		struct error *e);

/*
 * Decoders: a set of limited child processes that live as long as the decoder.
 * Make it before any thread is started.  Each decode validates and re-emits
 * the bytes (src/image/jpeg.c, png_filter.c), sends them to a child, checks
 * what comes back, and turns the picture upright (EXIF).  A bad picture gives
 * ERROR_DATA with the reason alone ("truncated JPEG: no end of image"), never
 * more than that; a child that dies is replaced.
 */
struct decoder;

struct decoder *decoder_open(int children, struct error *e);
void decoder_close(struct decoder *d);
/* `child` in [0, children): calls with different children may run in
 * different threads. */
int decoder_decode(struct decoder *d, int child, struct image *out,
		   const void *bytes, size_t count, struct error *e);
/* As decoder_decode, but for a caller that shrinks the picture anyway: it may
 * come out smaller than stored, by 1/2, 1/4 or 1/8 (rounded up), as long as
 * its shorter side has `side` pixels or more.  0: as large as stored. */
int decoder_decode_to(struct decoder *d, int child, struct image *out,
		      const void *bytes, size_t count, size_t side,
		      struct error *e);
/* What holds the children back on this machine, for a report to the user. */
const char *decoder_confinement(const struct decoder *d);
/* The process of a child, for tests that kill it. */
int decoder_child_pid(const struct decoder *d, int child);

/*
 * Resize by a separable filter (Catmull-Rom, widened when shrinking so that
 * nothing aliases).  Each output value is a chain of fmas from +0 over the
 * taps ascending, vertical pass first, then horizontal, rounded to nearest
 * and clamped.  The aspect ratio is not kept: crop first if it matters.
 */
int image_resize(struct image *out, const struct image *in, size_t width,
		 size_t height, const struct kernels *kernels, struct error *e);

#endif
