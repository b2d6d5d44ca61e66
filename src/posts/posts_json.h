/*
 * posts_json.h - one post as JSON tells it, by whichever program:
 *
 *	{"image": "a.jpg", "caption": "...", "captions": ["...", "..."],
 *	 "tags": ["...", "..."], "keyword": "...", "owner": "...",
 *	 "split": "train", "id": "..."}
 *
 * "file_name", "filename" (below "filepath") and "sentences" with a "raw" each
 * do as well, as other tools write them; "text", "title", "comment" and
 * "sentence" are captions, as in tables.  Other fields are ignored; what is not
 * such an object is listed.
 */
#ifndef POSTS_JSON_H
#define POSTS_JSON_H

#include "format/json.h"
#include "posts/posts_list.h"

struct posts_json {
	struct posts_list *list;
	struct str *caption;
	size_t captions, room;
	struct buf tags, path;
	int no_id;		/* "id" is a number of the data set's own */
	char reason[200];	/* why the record is refused, or "" */
};

/* The text of one record becomes a row or is listed at `where`. */
int posts_json_record(struct posts_json *j, struct str text, struct str where,
		      struct error *e);
/* Its tree for a caller that looks at it, too; NULL if it was listed, or *e. */
struct json_tree *posts_json_tree(struct posts_json *j, struct str text,
				  struct str where, struct error *e);
int posts_json_row(struct posts_json *j, const struct json *object,
		   struct str path, struct str where, struct error *e);
/* A caption or an array of them for the picture that the row names. */
int posts_json_captions(struct posts_json *j, const struct json *value,
			struct posts_row *row, struct error *e);
void posts_json_free(struct posts_json *j);

#endif
