/*
 * posts.h - lists of posts: from the layouts people have, and as one dataset
 * file that everything after works on.
 *
 * A post is one picture with its words: one or more captions, tags, and where
 * the source tells them a keyword and an owner.  Posts keep the order of the
 * source (sorted by path for folders), so runs are repeatable.  Every post has
 * at least one caption (tags alone serve as one), unless posts without words
 * were asked for.
 */
#ifndef POSTS_H
#define POSTS_H

#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/talk.h"
#include "format/safetensors.h"

enum posts_split { POSTS_TRAIN, POSTS_VAL, POSTS_TEST, POSTS_SPLITS };
extern const char *const posts_split_names[POSTS_SPLITS];

/* One post while a source is read.  Strings live in the list's own block. */
struct post {
	struct str id;		/* unique: path without suffix, or given */
	struct str path;	/* picture, relative to the list's root */
	struct str tags;	/* '\n' between tags */
	struct str keyword;
	struct str owner;
	size_t first_caption, captions;	/* range in the list's captions */
	enum posts_split split;
};

enum posts_layout {
	POSTS_AUTO,		/* decide by what is there */
#define LAYOUT(NAME, name) POSTS_##NAME,
#include "posts/posts_layouts.h"
#undef LAYOUT
};

extern const char *const posts_layout_names[];	/* NULL at the end */

struct posts {
	char *root;		/* folder the paths are relative to */
	enum posts_layout layout;	/* that the source has */
	struct post *post;
	size_t count;
	struct str *caption;
	size_t captions;
	struct posts_skip {	/* what was left out while listing, and why */
		struct str path;
		struct str reason;
		size_t before;	/* index of the first post that follows it */
	} *skip;		/* in source order */
	size_t skips;
	/* what owns the strings; private */
	void *block;
};

struct posts_options {
	enum posts_layout layout;
	const char *root;	/* of pictures; NULL: beside the source */
	const char *columns; /* TABLE: "image,caption,tags" or NULL: header */
	const char
		*split_lists; /* FLICKR: "train.txt,val.txt,test.txt" or NULL */
	int train, val, test;	/* shares in percent; all 0: 80 5 15 */
	int lines;		/* each line of a NAME.txt is its own caption */
	int wordless;		/* keep pictures that have no words */
	const struct talk *talk;/* for warnings and the wish to stop, or NULL */
};

/* Source "-" is a list on standard input; a pipe is read once.  A picture path
 * that leaves the root, a line that cannot be read, a post without words:
 * listed in p->skip, never a failure of the whole. */
int posts_read(struct posts *p, const char *source,
	       const struct posts_options *options, struct error *e);
/* The list `name` from memory, as UTF-8; paths are taken from ".". */
int posts_read_text(struct posts *p, const char *name, struct str text,
		    const struct posts_options *options, struct error *e);
void posts_free(struct posts *p);
/* Copies s into the list's own block, with a 0 byte after it. */
int posts_keep(struct posts *p, struct str s, struct str *kept,
	       struct error *e);

/* ---- the dataset file -------------------------------------------------- */

#define POSTS_FORMAT "seesay posts"

/* Images [n]: pixels [n, size, size, 3] U8, id, path, tags, keyword, owner as
 * strings, split U8 [n], size.  Captions [m] as strings, grouped by image:
 * caption_ends U64 [n] is the end of each image's range. */
struct dataset {
	struct st_file *file;
	size_t count;			/* images */
	size_t size;			/* pixels per side */
	const unsigned char *pixels;
	const unsigned char *split;	/* enum posts_split */
	struct st_strings id, path, tags, keyword, owner;
	size_t captions;
	struct st_strings caption;
	const uint64_t *caption_ends;
	uint64_t sum;			/* identifies the contents */
};
int dataset_open(struct dataset *d, const char *path, struct error *e);
void dataset_close(struct dataset *d);

static inline size_t dataset_first_caption(const struct dataset *d, size_t i)
{
	return i ? (size_t)d->caption_ends[i - 1] : 0;
}
static inline const unsigned char *dataset_pixels(const struct dataset *d,
						  size_t i)
{
	return d->pixels + i * d->size * d->size * 3;
}

/* Writing: pictures in order, then the list of posts they belong to. */
struct dataset_writer;
struct dataset_writer *dataset_create(const char *path, size_t size,
				      struct error *e);
/* rgb is [size, size, 3] of post number `post` of the list given at the end;
 * call in ascending order, posts without a picture are left out. */
int dataset_put(struct dataset_writer *w, size_t post, const unsigned char *rgb,
		struct error *e);
/* One more line of metadata: "source", "licence", ...; before the commit. */
int dataset_meta(struct dataset_writer *w, const char *key, const char *value,
		 struct error *e);
/* Frees w in any case, as does dataset_discard. */
int dataset_commit(struct dataset_writer *w, const struct posts *p,
		   struct error *e);
void dataset_discard(struct dataset_writer *w);

#endif
