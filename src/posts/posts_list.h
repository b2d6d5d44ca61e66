/*
 * posts_list.h - building a list of posts, whatever the layout.
 *
 * Rows arrive in the order of the source.  Rows that name the same picture
 * become one post; a row that cannot be believed becomes a skip in its place.
 * posts_list_end() groups captions by post and drops posts without words.
 */
#ifndef POSTS_LIST_H
#define POSTS_LIST_H

#include "posts/posts.h"

struct string_map;

struct posts_list {
	struct posts *posts;
	const struct posts_options *options;
	struct string_map *paths;		/* string i: path of post i */
	struct string_map *ids;
	struct posts_list_caption {
		size_t post;
		struct str text;
	} *caption;			/* as they arrived */
	struct posts_list_caption *more;	/* tags of later rows */
	size_t mores, more_room;
	size_t *arrival;		/* [posts->count] */
	size_t arrivals;		/* rows and skips so far */
	size_t captions;
	size_t post_room, arrival_room, caption_room, skip_room;
	size_t other_answers;		/* fields told before, and otherwise */
	struct buf text;		/* reused for each text */
	struct buf where;		/* "captions.csv:12" */
	struct buf path;		/* below the root */
	/* from '/' and without "..": the root, the same past links, and the
	 * folder of the list */
	struct buf root_full, root_real, beside_full;
	char *split_lists;		/* found beside the source, or NULL */
};

/* A list of posts: what it is called, and what is in it. */
struct posts_source {
	const char *name;
	struct str text;		/* UTF-8 without a mark */
};

/* One row: what is not told is empty.  Views, copied where kept. */
struct posts_row {
	struct str where;		/* "captions.csv:12" for messages */
	struct str path;
	struct str id;			/* "": the path without suffix */
	const struct str *caption;
	size_t captions;
	struct str tags;		/* '\n' between them */
	struct str keyword, owner;
	enum posts_split split;		/* POSTS_SPLITS: not told */
};

int posts_list_start(struct posts_list *l, struct posts *p,
		     const struct posts_options *options, struct error *e);
int posts_list_row(struct posts_list *l, const struct posts_row *row,
		   struct error *e);
int posts_list_skip(struct posts_list *l, struct str path, struct error *e,
		    const char *format, ...)
	__attribute__((format(printf, 4, 5)));
struct posts_lists;
/* lists may be NULL; with it, posts in none of them are left out. */
int posts_list_end(struct posts_list *l, const struct posts_lists *lists,
		   struct error *e);
void posts_list_free(struct posts_list *l);	/* not the posts */

/* ---- splits (posts_split.c) -------------------------------------------- */

/* "train", "val", "test" and their usual other names; "" is POSTS_SPLITS.
 * False if the word is none of them. */
int posts_split_of(struct str word, enum posts_split *split);
int posts_split_check(const struct posts_options *o, struct error *e);
/* What the shares of `o` make of n posts. */
void posts_split_shares(const struct posts_options *o, size_t n, size_t *val,
			size_t *test);
/* Gives posts without a split one. */
int posts_split_rank(struct posts *p, const struct posts_options *o,
		     struct error *e);

/* Lists of names, "train.txt,val.txt,test.txt"; NULL and *e on failure. */
struct posts_lists *posts_lists_open(const char *files, struct error *e);
struct posts_lists *posts_lists_new(struct error *e);
int posts_lists_add(struct posts_lists *lists, const struct posts_source *list,
		    enum posts_split split, struct error *e);
void posts_lists_free(struct posts_lists *lists);
/* By path, file name or id, the last two with or without suffix. */
int posts_lists_find(const struct posts_lists *lists, const struct post *post,
		     enum posts_split *split);
/* How many names no post had so far; *first is the first of them. */
size_t posts_lists_unused(const struct posts_lists *lists, struct str *first);

/* ---- layouts ------------------------------------------------------------ */

/* A layout of folders reads a folder, one of lists a text.  What a layout has
 * no use for is NULL or 0. */
struct posts_layout_type {
	int lines;			/* --lines is for it */
	int columns;			/* --columns is for it */

	/* Folders.  Is the folder laid out so?  NULL: if no other is.
	 * `read_folder` sets posts->root and adds rows. */
	int (*is_folder)(const char *source);
	int (*read_folder)(struct posts_list *l, const char *source,
			   struct error *e);

	/* Lists.  What their names end in: "|.csv|.tsv|"; else how they begin,
	 * `text` without blanks around it; NULL: if no other is.  `read_text`
	 * adds rows; paths are below the root. */
	const char *suffixes;
	int (*is_text)(const struct posts_source *from, struct str text);
	int (*read_text)(struct posts_list *l,
			 const struct posts_source *from, struct error *e);
	/* The list of a folder laid out so, or NULL (and *e set if the machine
	 * fails); what such a list is called. */
	char *(*find)(const char *folder, struct error *e);
	const char *list, *list_names;
	/* Sets l->split_lists to those beside the list. */
	int (*find_splits)(struct posts_list *l, const char *list,
			   struct error *e);

	/* The layout's own split of posts that have none. */
	void (*split)(struct posts *p, const struct posts_options *o);
};

/* Is the text one JSON value, no value a line? */
int posts_json_is(const struct posts_source *from, struct str text);
int posts_table_read(struct posts_list *l, const struct posts_source *from,
		     struct error *e);

/* ---- the root (posts_root.c) ------------------------------------------- */

/* Sets posts->root to options->root (as given, or beside the file `source`),
 * or to the folder of the file. */
int posts_root_set(struct posts_list *l, const char *source,
		   struct error *e);
/* *inside is `path` below the root (kept in l->path), empty if it is not. */
int posts_root_path(struct posts_list *l, struct str path, struct str *inside,
		    struct error *e);
/* Where no root was told and none of the first pictures is in it: a folder
 * beside the list where some are, such as images/. */
int posts_root_find(struct posts_list *l, const char *source, struct error *e);

/* "x/captions.csv" and 12 make "captions.csv:12" (kept in l->where). */
int posts_where(struct posts_list *l, const char *source, size_t line,
		struct str *where, struct error *e);

/* Pictures and texts with equal stems, both in the order of file_walk. */
struct posts_pairs {
	const char *pictures;		/* paths, a 0 byte after each */
	size_t picture_count;
	const char *picture_folder;	/* "img/", below posts->root, or "" */
	const char *texts;
	size_t text_count;
	const char *text_folder;
	/* Sets id and split of a row; NULL, or why the row is refused. */
	const char *(*place)(struct posts_row *row, struct str stem);
};
int posts_pairs_read(struct posts_list *l, const struct posts_pairs *pairs,
		     struct error *e);

#endif
