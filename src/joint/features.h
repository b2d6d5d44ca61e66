/*
 * features.h - what a frozen trunk gives for the pictures of a dataset,
 * computed once and kept in a file.
 *
 * File format "seesay features": "rows" F32 [pictures, views, dim], and in the
 * metadata what they were computed from: "posts" and "trunk" by checksum,
 * "views", "numerics".  A file of other posts, another trunk or other views is
 * made anew under its own name, POSTS.<16 hex digits>.features.  A damaged one
 * of that name is made again; one that the user named is refused.
 */
#ifndef FEATURES_H
#define FEATURES_H

#include "joint/trunk.h"
#include "posts/posts.h"

#define FEATURES_FORMAT "seesay features"

struct features {
	struct st_file *file;
	const float *rows;		/* [count, views, dim] */
	size_t count, views, dim;
};

/* Computes them first if they are not there.  `path` NULL: beside the posts. */
int features_open(struct features *f, const struct dataset *d, struct trunk *t,
		  const char *path, struct error *e);
/* Those beside the posts: 1, 0 if there are none, or an error. */
int features_find(struct features *f, const struct dataset *d,
		  const struct trunk *t, struct error *e);
/* out [dim]: the mean of views [views, dim], one after the other; out may be
 * the first of them. */
void features_mean(const float *rows, size_t views, size_t dim, float *out);
void features_close(struct features *f);	/* takes an empty one */

#endif
