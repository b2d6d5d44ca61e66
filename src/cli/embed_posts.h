/*
 * embed_posts.h - the pictures of a dataset as vectors of a space.
 */
#ifndef EMBED_POSTS_H
#define EMBED_POSTS_H

#include "joint/space.h"
#include "posts/posts.h"

/* Choices of --split for opt.h; the last means every post. */
/* "train", "val", "test", "all" */
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

#endif
