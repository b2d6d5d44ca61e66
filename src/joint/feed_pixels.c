/*
 * feed_pixels.c - a net sees the posts' pictures, [side, side, 3]:
 * augmented as a function of (seed, epoch, post), or the middle.
 */
#include "image/augment.h"
#include "joint/feed.h"

static int pixels_open(struct feed *f, struct error *e)
{
	size_t size = f->posts->size;

	f->row = f->side * f->side * 3;
	if (size >= f->side)
		return 0;
	fail(e, ERROR_USAGE, "'%s' holds pictures of %zux%zu, the net wants "
	     "%zux%zu", st_path(f->posts->file), size, size, f->side, f->side);
	return hint(e, "make the posts with --size %zu or more",
		    (f->side + 7) / 8 * 8);
}

static void pixels_see(const struct feed *f, size_t post, uint64_t epoch,
		       int still, float *to)
{
	const unsigned char *pixels = dataset_pixels(f->posts, post);
	size_t size = f->posts->size, middle = (size - f->side) / 2;
	struct augment_view v;

	if (still) {
		augment_crop(to, pixels, size, f->side, middle, middle, 0);
		return;
	}
	v = augment_view_draw(&f->augment, f->seed, epoch, post, size, f->side);
	augment_view_make(to, pixels, size, f->side, &v);
}

const struct feed_type feed_pixels = { pixels_open, pixels_see };
