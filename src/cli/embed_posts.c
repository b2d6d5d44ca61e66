/*
 * embed_posts.c - the pictures of a dataset as vectors of a space.
 *
 * A picture's vector depends on nothing but the picture and the space, so
 * batches only bound the time between two looks at the clock.
 */
#include "cli/embed_posts.h"

#include "base/stop.h"
#include "cli/log.h"

enum { BATCH = 64 };

const char *const embed_split_names[] = {
	"train", "val", "test", "all", NULL
};

int embed_rows(const struct dataset *d, int split, size_t **rows,
	       size_t *count, struct error *e)
{
	*count = 0;
	*rows = mem_new(d->count, sizeof(**rows), e);
	if (!*rows)
		return e->code;
	for (size_t i = 0; i < d->count; i++)
		if (split == EMBED_ALL || d->split[i] == split)
			(*rows)[(*count)++] = i;
	if (*count)
		return 0;
	mem_free(*rows);
	*rows = NULL;
	return fail(e, ERROR_FAILED, "'%s' has no pictures%s%s",
		    st_path(d->file), split == EMBED_ALL ? "" : " of split ",
		    split == EMBED_ALL ? "" : posts_split_names[split]);
}

/* The middle is cropped if they are larger: see space_images. */
static int check_size(const struct space *s, const struct dataset *d,
		      struct error *e)
{
	size_t side = space_side(s);

	if (d->size < net_info(s->net).in_h) {
		fail(e, ERROR_USAGE, "'%s' has pictures of %zux%zu, the space "
		     "wants %zux%zu", st_path(d->file), d->size, d->size, side,
		     side);
		return hint(e, "seesay posts SOURCE --size %zu -o FILE", side);
	}
	if (d->size != side)
		log_warn("'%s' has pictures of %zux%zu, the space learned from "
			 "%zux%zu: it will see only their middle, or more than "
			 "it knows", st_path(d->file), d->size, d->size, side,
			 side);
	return 0;
}

int embed_pictures(struct space *s, const struct dataset *d,
		   const size_t *rows, size_t count, float *out,
		   struct error *e)
{
	const unsigned char *pixels[BATCH];
	struct talk_bar bar;
	size_t i = 0;

	if (check_size(s, d, e) < 0)
		return e->code;
	talk_bar_start(&bar, log_talk(), "embed", count, 0);
	while (i < count && !stop_requested()) {
		size_t n = MIN(count - i, (size_t)BATCH);

		for (size_t j = 0; j < n; j++)
			pixels[j] = dataset_pixels(d, rows[i + j]);
		if (space_images(s, pixels, d->size, n, out + i * s->dim,
				 e) < 0)
			break;
		i += n;
		talk_bar_step(&bar, i, "");
	}
	talk_bar_end(&bar, i, "");
	if (i < count && !e->code)
		fail(e, ERROR_FAILED, "stopped, nothing was written");
	return e->code;
}
