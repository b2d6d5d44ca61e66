/*
 * feed_features.c - a net sees what a trunk gave for the posts' pictures,
 * standardised: while it learns, of one view in ONE_IN_TEN of ten steps, else
 * the mean of all views; at any other time the mean.  Which one is a function
 * of (seed, epoch, post).
 */
#include "base/rng.h"
#include "joint/feed.h"
#include "joint/tower_trunk.h"

enum { ONE_IN_TEN = 7 };

static int features_feed_open(struct feed *f, struct error *e)
{
	(void)e;
	f->row = f->features->dim;
	return 0;
}

static void features_see(const struct feed *f, size_t post, uint64_t epoch,
			 int still, float *to)
{
	const struct features *from = f->features;
	const float *rows = from->rows + post * from->views * from->dim;
	uint64_t stream = rng_stream(RNG_AUGMENT, epoch, post);

	if (!still && rng_below(f->seed, stream, 0, 10) < ONE_IN_TEN)
		tower_trunk_see(f->pictures, rows + from->dim *
				rng_below(f->seed, stream, 1, from->views), to);
	else {
		features_mean(rows, from->views, from->dim, to);
		tower_trunk_see(f->pictures, to, to);
	}
}

const struct feed_type feed_features = { features_feed_open, features_see };
