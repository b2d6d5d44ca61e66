/*
 * spaces.h - for tests of what searches: a small world, words and two spaces
 * learned from it, and their indexes, in a folder of their own.
 */
#ifndef SPACES_H
#define SPACES_H

#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "base/string_map.h"
#include "joint/learn.h"
#include "posts/posts.h"
#include "search/index.h"
#include "test.h"
#include "text/models/train.h"
#include "world/world_posts.h"

enum { POSTS = 60, SIDE = 24, EXTRA = 8 };

static char folder[] = "/tmp/seesay-api-XXXXXX";

static inline char *path_of(const char *name)
{
	return file_join(folder, name, NULL);
}

/* ---- a space and its index ----------------------------------------------- */

/* Words the tests ask for, in every sixteenth caption or so. */
static const char *const extra[EXTRA] = {
	"my tshirt at the beach", "a t and a shirt", "beach sunrise",
	"shirt and t on the beach", "tshirt weather", "boat beach dog",
	"dog and car", "car sunrise t",
};

static inline struct str caption_at(const void *context, size_t i)
{
	const struct dataset *d = context;

	if (i < d->captions)
		return st_string_at(&d->caption, i);
	return str_of(extra[(i - d->captions) % EXTRA]);
}

static inline int make_words(const char *posts, const char *out,
		      const struct machine *m, struct error *e)
{
	struct train_options o;
	struct string_map *stop;
	struct dataset d;

	if (dataset_open(&d, posts, e) < 0)
		return e->code;
	struct text_source source = { d.captions + 4 * EXTRA, caption_at, &d,
				       d.sum };
	train_defaults(&o, WORDS_GLOVE);
	o.out = out;
	o.dim = 20;
	o.epochs = 5;
	o.min_count = 2;
	o.clean.kind = CLEAN_UNICODE;
	o.stop_name = "en";
	stop = clean_stop_list(o.stop_name, e);
	o.clean.stop = stop;
	train_words(&source, &o, m, e);
	string_map_free(stop);
	dataset_close(&d);
	return e->code;
}

static inline int make_space(const char *posts, const char *words,
			     const char *out, enum space_compare compare,
			     const struct machine *m, struct error *e)
{
	struct learn_options o;

	learn_defaults(&o, OBJECTIVE_REGRESS);
	o.posts = posts;
	o.words = words;
	o.out = out;
	o.net = "tiny";
	o.epochs = 2;
	o.batch = 16;
	o.compare = compare;
	return learn_run(&o, m, e);
}

static inline int write_index(struct space *s, const struct dataset *d,
		       const char *out, struct error *e)
{
	float *v = mem_new(d->count, s->dim * sizeof(*v), e);
	struct str id[POSTS], path[POSTS], caption[POSTS];
	const struct index_content c = {
		.count = d->count, .dim = s->dim, .vectors = v, .id = id,
		.path = path, .caption = caption, .split = d->split,
		.root = "here",
	};

	for (size_t i = 0; i < d->count; i++) {
		const unsigned char *pixels = dataset_pixels(d, i);

		id[i] = st_string_at(&d->id, i);
		path[i] = st_string_at(&d->path, i);
		caption[i] = st_string_at(&d->caption, i);
		space_images(s, &pixels, d->size, 1, v + i * s->dim, e);
	}
	index_write(out, s->file, &c, e);
	mem_free(v);
	return e->code;
}

static inline int make_index(const char *space, const char *posts,
			     const char *out, const struct machine *m,
			     struct error *e)
{
	struct dataset d;
	struct space s;

	if (space_open(&s, space, m, e) < 0)
		return e->code;
	if (dataset_open(&d, posts, e) == 0) {
		write_index(&s, &d, out, e);
		dataset_close(&d);
	}
	space_close(&s);
	return e->code;
}

static inline int make_all(const struct machine *m, struct error *e)
{
	const struct world_options o = { POSTS, SIDE, 3 };
	char *posts = path_of("posts"), *words = path_of("words");
	char *space = path_of("space"), *seed = path_of("seed");
	char *index = path_of("index"), *seed_index = path_of("seed_index");

	if (world_write(posts, &o, m, e) == 0 &&
	    make_words(posts, words, m, e) == 0 &&
	    make_space(posts, words, space, SPACE_COSINE, m, e) == 0 &&
	    make_space(posts, words, seed, SPACE_SEED, m, e) == 0 &&
	    make_index(space, posts, index, m, e) == 0)
		make_index(seed, posts, seed_index, m, e);
	mem_free(posts);
	mem_free(words);
	mem_free(space);
	mem_free(seed);
	mem_free(index);
	mem_free(seed_index);
	return e->code;
}

static inline void remove_all(void)
{
	static const char *const names[] = { "posts", "words", "space", "seed",
					     "index", "seed_index" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		char *path = path_of(names[i]);

		unlink(path);
		mem_free(path);
	}
	rmdir(folder);
}

#endif
