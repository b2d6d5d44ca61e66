/*
 * world_posts.h - the small world as a dataset file.
 */
#ifndef WORLD_POSTS_H
#define WORLD_POSTS_H

#include "base/str.h"
#include "math/machine.h"

struct world_options {
	size_t posts;
	size_t size;			/* pixels a side */
	uint64_t seed;
};

/* Scenes 0 .. posts-1 with one caption each, split 80/5/15, as a dataset at
 * `path`.  Post i's id is "scene-" and i in six digits. */
int world_write(const char *path, const struct world_options *o,
		const struct machine *m, struct error *e);
/* The scene a post with this id shows. */
uint64_t world_scene_of(struct str id);

#endif
