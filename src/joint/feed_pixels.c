/*
 * feed_pixels.c - a net sees the posts' pictures, [side, side, 3]: crops and
 * mirrors that are a function of (seed, epoch, post), or the middle.
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
	size_t size = f->posts->size, middle = (size - f->side) / 2;
	struct augment a = { middle, middle, 0 };

	if (!still)
		a = augment_draw(f->seed, epoch, post, size, f->side);
	augment_crop(to, dataset_pixels(f->posts, post), size, f->side, a.x,
		     a.y, a.mirror);
}

const struct feed_type feed_pixels = { pixels_open, pixels_see };
