/*
 * targets.h - what pictures aim at: the vectors of posts' words.
 *
 * A tower that stays as it is gives a post's words one vector, whatever the
 * step, so all are made once, before the first step; where they are many, in a
 * temporary file.  A post's words are all its captions and tags, a blank
 * between.
 */
#ifndef TARGETS_H
#define TARGETS_H

#include "base/tmpfile.h"
#include "joint/tower.h"
#include "posts/posts.h"

struct targets {
	size_t dim;
	float *vectors;			/* [count, dim], or NULL: in the file */
	struct tmpfile file;
};

/* Of the posts numbered post[0 .. *count - 1]; those without a known word are
 * taken out of the list.  Vectors that may need more than `memory_bytes` are in
 * a file in the folder of `beside`. */
int targets_open(struct targets *t, const struct tower *text,
		 const struct dataset *posts, uint32_t *post, size_t *count,
		 uint64_t memory_bytes, const char *beside, struct error *e);
/* out [dim]: that of post[i]. */
int targets_get(const struct targets *t, size_t i, float *out,
		struct error *e);
/* All that a post says; what *text held goes. */
int targets_text(const struct dataset *d, size_t post, struct buf *text,
		 struct error *e);
void targets_close(struct targets *t);	/* takes an empty one */

#endif
