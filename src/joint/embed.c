/*
 * embed.c - the pictures and captions of a dataset as vectors of a space.
 *
 * A picture's vector depends on nothing but the picture and the space, so
 * batches only bound the time between two looks at the clock.
 */
#include "joint/embed.h"

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

	if (d->size < space_least_side(s)) {
		fail(e, ERROR_USAGE, "'%s' has pictures of %zux%zu, the space "
		     "wants %zux%zu", st_path(d->file), d->size, d->size, side,
		     side);
		return hint(e, "seesay posts SOURCE --size %zu -o FILE", side);
	}
	if (d->size != side)
		talk_warn(s->machine->talk, "'%s' has pictures of %zux%zu, the "
			  "space learned from %zux%zu: it will see only their "
			  "middle, or more than it knows", st_path(d->file),
			  d->size, d->size, side, side);
	return 0;
}

int embed_pictures(struct space *s, const struct dataset *d,
		   const size_t *rows, size_t count, float *out,
		   struct error *e)
{
	const unsigned char *pixels[BATCH];
	struct talk_bar bar;
	size_t i = 0;
	int kept;

	if (check_size(s, d, e) < 0)
		return e->code;
	kept = space_kept(s, d, rows, count, out, e);
	if (kept)
		return kept < 0 ? kept : 0;
	talk_bar_start(&bar, s->machine->talk, "embed", count, 0);
	while (i < count && !talk_stops(s->machine->talk)) {
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

static int captions_room(struct embed_captions *c, size_t *room, size_t dim,
			 struct error *e)
{
	return mem_grow(&c->vectors, room, (c->count + 1) * dim, sizeof(float),
			e);
}

static int caption_add(struct embed_captions *c, const struct space *s,
		       struct str caption, struct error *e)
{
	struct error bad = { 0 };

	if (space_caption(s, caption, c->vectors + c->count * s->dim,
			  &bad) == 0)
		c->count++;
	else if (bad.code == ERROR_UNKNOWN)
		c->left_out++;
	else
		*e = bad;
	return e->code;
}

int embed_captions(struct embed_captions *c, const struct space *s,
		   const struct dataset *d, const size_t *rows, size_t count,
		   struct error *e)
{
	size_t room = 0;

	*c = (struct embed_captions){ 0 };
	c->first = mem_new(count + 1, sizeof(*c->first), e);
	for (size_t i = 0; i < count && !e->code; i++) {
		size_t row = rows[i], at = dataset_first_caption(d, row);

		for (; at < d->caption_ends[row]; at++)
			if (captions_room(c, &room, s->dim, e) < 0 ||
			    caption_add(c, s, st_string_at(&d->caption, at),
					e) < 0)
				break;
		if (!e->code)
			c->first[i + 1] = c->count;
	}
	if (e->code)
		embed_captions_free(c);
	return e->code;
}

void embed_captions_free(struct embed_captions *c)
{
	mem_free(c->vectors);
	mem_free(c->first);
	*c = (struct embed_captions){ 0 };
}
