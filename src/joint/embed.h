/*
 * embed.h - the pictures and captions of a dataset as vectors of a space.
 */
#ifndef EMBED_H
#define EMBED_H

#include "joint/space.h"
#include "posts/posts.h"

/* "train", "val", "test", "all", NULL; the last of them means every post. */
extern const char *const embed_split_names[];
enum { EMBED_ALL = POSTS_SPLITS };

/* The posts of one split, in order: *rows [*count], a new block.  None at all
 * is an error. */
int embed_rows(const struct dataset *d, int split, size_t **rows,
	       size_t *count, struct error *e);
/* out [count, space dim]; shows progress; ERROR_FAILED when stopped. */
int embed_pictures(struct space *s, const struct dataset *d,
		   const size_t *rows, size_t count, float *out,
		   struct error *e);

/* Of the captions of some posts: those of post i are first[i] up to
 * first[i + 1].  A caption without a known word has no vector. */
struct embed_captions {
	float *vectors;			/* [count, space dim] */
	size_t *first;			/* [posts + 1] */
	size_t count, left_out;
};
/* Any failure but a caption of unknown words is one of the whole. */
int embed_captions(struct embed_captions *c, const struct space *s,
		   const struct dataset *d, const size_t *rows, size_t count,
		   struct error *e);
void embed_captions_free(struct embed_captions *c);

#endif
