/*
 * posts_pairs.c - pictures and texts that belong together by name: a.jpg and
 * a.txt.  What has no partner is listed, in the order of the two walks.
 */
#include "base/input.h"
#include "base/plain.h"
#include "base/string_map.h"
#include "posts/posts_list.h"
#include "posts/posts_text.h"

struct pairs {
	struct posts_list *list;
	const struct posts_pairs *from;
	struct string_map *picture_stems;
	struct string_map *text_stems;
	struct str *text;		/* [text stems]: path of each */
	size_t text_room;
	struct buf path, body, decoded;
	struct str *line;		/* captions of one text */
	size_t lines, line_room;
};

/* A folder that the walk did not enter: see file_walk. */
static int is_left_out(struct str path)
{
	return path.data[path.bytes - 1] == '/';
}

/* The next path of a walk that is a picture (or a text), or was left out; {0}
 * at the end. */
static struct str walk_next(const char **at, size_t *left, int pictures)
{
	while (*left) {
		struct str path = str_of(*at);

		*at += path.bytes + 1;
		--*left;
		if (is_left_out(path) ||
		    (pictures ? posts_text_is_picture(path)
			      : posts_text_suffixed(path, "|.txt|")))
			return path;
	}
	return (struct str){ NULL, 0 };
}

static int stems_collect(struct pairs *s, struct error *e)
{
	const char *at = s->from->pictures;
	size_t left = s->from->picture_count;
	struct str path;

	while ((path = walk_next(&at, &left, 1)).bytes)
		if (string_map_add(s->picture_stems, posts_text_stem(path),
				   e) == STRING_MAP_NONE)
			return e->code;
	at = s->from->texts;
	left = s->from->text_count;
	while ((path = walk_next(&at, &left, 0)).bytes) {
		uint32_t known = string_map_count(s->text_stems);
		uint32_t i =
			string_map_add(s->text_stems, posts_text_stem(path), e);

		if (i == STRING_MAP_NONE ||
		    mem_grow(&s->text, &s->text_room, i + (size_t)1,
			     sizeof(*s->text), e) < 0)
			return e->code;
		if (i == known)
			s->text[i] = path;
	}
	return 0;
}

static int path_set(struct pairs *s, const char *folder, struct str path,
		    struct error *e)
{
	buf_clear(&s->path);
	if (buf_add(&s->path, folder, strlen(folder), e) < 0 ||
	    buf_add(&s->path, path.data, path.bytes, e) < 0)
		return e->code;
	return 0;
}

static struct str path_now(const struct pairs *s)
{
	return (struct str){ s->path.data, s->path.bytes };
}

/* The captions of a text: the whole, or each of its lines. */
static int captions_split(struct pairs *s, struct str body, struct error *e)
{
	struct str line = body;
	struct posts_text_lines lines;
	int whole = !s->list->options->lines;

	s->lines = 0;
	posts_text_start(&lines, body);
	while (whole ? !s->lines : posts_text_line(&lines, &line)) {
		if (mem_grow(&s->line, &s->line_room, s->lines + 1,
			     sizeof(*s->line), e) < 0)
			return e->code;
		s->line[s->lines++] = line;
	}
	return 0;
}

/* Reads the text that belongs to the stem; none is an empty one. */
static int text_read(struct pairs *s, struct str stem, struct error *e)
{
	uint32_t i = string_map_find(s->text_stems, stem);
	struct str body = { "", 0 };
	char *path;

	if (i == STRING_MAP_NONE)
		return captions_split(s, body, e);
	if (path_set(s, s->from->text_folder, s->text[i], e) < 0)
		return e->code;
	path = file_join(s->list->posts->root, s->path.data, e);
	if (path && input_read(&s->body, path, " its text", POSTS_LINE_BYTES,
			       NULL, e) == 0) {
		body = (struct str){ s->body.data, s->body.bytes };
		if (plain_decode(&body, &s->decoded, NULL, e) == 0)
			captions_split(s, body, e);
	}
	mem_free(path);
	return e->code;
}

static int picture_row(struct pairs *s, struct str path, struct error *e)
{
	struct str stem = posts_text_stem(path);
	struct posts_row row = { .split = POSTS_SPLITS };
	const char *refused = s->from->place ? s->from->place(&row, stem)
					     : NULL;
	struct error unread = { 0 };
	int read = refused ? 0 : text_read(s, stem, &unread);

	if (read < 0 && unread.code != ERROR_DATA) {
		*e = unread;
		return e->code;
	}
	if (path_set(s, s->from->picture_folder, path, e) < 0)
		return e->code;
	row.path = path_now(s);
	if (refused)
		return posts_list_skip(s->list, row.path, e, "%s", refused);
	if (read < 0)
		return posts_list_skip(s->list, row.path, e, "%s",
				       unread.text);
	row.caption = s->line;
	row.captions = s->lines;
	return posts_list_row(s->list, &row, e);
}

/* A text that is no picture's, or not the one that is taken for its name. */
static int text_row(struct pairs *s, struct str path, struct error *e)
{
	struct str stem = posts_text_stem(path);
	int partner =
		string_map_find(s->picture_stems, stem) != STRING_MAP_NONE;

	if (partner &&
	    s->text[string_map_find(s->text_stems, stem)].data == path.data)
		return 0;
	if (path_set(s, s->from->text_folder, path, e) < 0)
		return e->code;
	return posts_list_skip(s->list, path_now(s), e, partner ?
			       "another text has the same name" :
			       "text without a picture");
}

static int folder_row(struct pairs *s, const char *folder, struct str path,
		      struct error *e)
{
	if (path_set(s, folder, path, e) < 0)
		return e->code;
	return posts_list_skip(s->list, path_now(s), e,
			       "link to a folder that is read already");
}

/* One path of the walk of pictures, or of that of texts; a folder that both
 * walks met is listed once. */
static int row_add(struct pairs *s, struct str path, int is_picture,
		   struct error *e)
{
	if (!is_left_out(path))
		return is_picture ? picture_row(s, path, e)
				  : text_row(s, path, e);
	if (is_picture)
		return folder_row(s, s->from->picture_folder, path, e);
	return s->from->pictures == s->from->texts ? 0 :
	       folder_row(s, s->from->text_folder, path, e);
}

static int rows_merge(struct pairs *s, struct error *e)
{
	const char *at_p = s->from->pictures, *at_t = s->from->texts;
	size_t left_p = s->from->picture_count, left_t = s->from->text_count;
	struct str picture = walk_next(&at_p, &left_p, 1);
	struct str text = walk_next(&at_t, &left_t, 0);

	while (picture.bytes || text.bytes) {
		if (!text.bytes || (picture.bytes &&
				    strcmp(picture.data, text.data) < 0)) {
			if (row_add(s, picture, 1, e) < 0)
				return e->code;
			picture = walk_next(&at_p, &left_p, 1);
		} else {
			if (row_add(s, text, 0, e) < 0)
				return e->code;
			text = walk_next(&at_t, &left_t, 0);
		}
	}
	return 0;
}

int posts_pairs_read(struct posts_list *l, const struct posts_pairs *pairs,
		     struct error *e)
{
	struct pairs s = { .list = l, .from = pairs };

	s.picture_stems = string_map_new(e);
	s.text_stems = string_map_new(e);
	if (s.picture_stems && s.text_stems && stems_collect(&s, e) == 0)
		rows_merge(&s, e);
	string_map_free(s.picture_stems);
	string_map_free(s.text_stems);
	mem_free(s.text);
	mem_free(s.line);
	buf_free(&s.path);
	buf_free(&s.body);
	buf_free(&s.decoded);
	return e->code;
}
