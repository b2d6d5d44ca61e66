/*
 * posts_jsonl.c - one JSON object a line:
 *
 *	{"image": "a.jpg", "caption": "...", "captions": ["...", "..."],
 *	 "tags": ["...", "..."], "keyword": "...", "owner": "...",
 *	 "split": "train", "id": "..."}
 *
 * "file_name" and "text" do as well, as other tools write them.  Fields not
 * named here are ignored; a line that is not such an object is listed.
 */
#include <stdio.h>

#include "base/file.h"
#include "format/json.h"
#include "posts/posts_list.h"
#include "posts/posts_text.h"

struct jsonl {
	struct posts_list *list;
	struct str *caption;
	size_t captions, room;
	struct buf tags;
	char reason[200];	/* why the line is refused, or "" */
};

static const struct json *get_either(const struct json *object, const char *a,
				     const char *b)
{
	const struct json *found = json_get(object, a);

	return found ? found : json_get(object, b);
}

/* A string, or a number as it is written; null is nothing. */
static struct str text_of(struct jsonl *j, const struct json *value,
			  const char *name)
{
	if (!value || value->type == JSON_NULL)
		return (struct str){ "", 0 };
	if (value->type == JSON_STRING || value->type == JSON_NUMBER)
		return value->text;
	snprintf(j->reason, sizeof(j->reason), "'%s' is not a string", name);
	return (struct str){ "", 0 };
}

static int caption_add(struct jsonl *j, struct str text, struct error *e)
{
	if (mem_grow(&j->caption, &j->room, j->captions + 1,
		     sizeof(*j->caption), e) < 0)
		return e->code;
	j->caption[j->captions++] = text;
	return 0;
}

static int captions_read(struct jsonl *j, const struct json *object,
			 struct error *e)
{
	const struct json *one = get_either(object, "caption", "text");
	const struct json *many = json_get(object, "captions");

	j->captions = 0;
	if (one && caption_add(j, text_of(j, one, "caption"), e) < 0)
		return e->code;
	if (!many || many->type != JSON_ARRAY)
		return many ? caption_add(j, text_of(j, many, "captions"), e)
			    : 0;
	for (many = many->first; many; many = many->next)
		if (caption_add(j, text_of(j, many, "captions"), e) < 0)
			return e->code;
	return 0;
}

static int tags_read(struct jsonl *j, const struct json *object,
		     struct error *e)
{
	const struct json *tags = json_get(object, "tags");

	buf_clear(&j->tags);
	if (!tags || tags->type != JSON_ARRAY)
		return posts_text_tags(&j->tags, text_of(j, tags, "tags"), e);
	for (tags = tags->first; tags; tags = tags->next)
		if (posts_text_tag(&j->tags, text_of(j, tags, "tags"), e) < 0)
			return e->code;
	return 0;
}

static int object_row(struct jsonl *j, const struct json *object,
		      struct str where, struct error *e)
{
	struct posts_row row = { .where = where };

	if (object->type != JSON_OBJECT)
		return posts_list_skip(j->list, where, e, "not an object");
	if (captions_read(j, object, e) < 0 || tags_read(j, object, e) < 0)
		return e->code;
	row.path = text_of(j, get_either(object, "image", "file_name"),
			   "image");
	row.id = text_of(j, json_get(object, "id"), "id");
	row.keyword = text_of(j, json_get(object, "keyword"), "keyword");
	row.owner = text_of(j, json_get(object, "owner"), "owner");
	row.tags = (struct str){ j->tags.data, j->tags.bytes };
	row.caption = j->caption;
	row.captions = j->captions;
	if (!posts_split_of(text_of(j, json_get(object, "split"), "split"),
			    &row.split))
		return posts_list_skip(j->list, where, e,
				       "split is not train, val or test");
	if (j->reason[0])
		return posts_list_skip(j->list, where, e, "%s", j->reason);
	return posts_list_row(j->list, &row, e);
}

static int line_read(struct jsonl *j, struct str line, struct str where,
		     struct error *e)
{
	struct error bad = { 0 };
	struct json_tree *tree;

	j->reason[0] = 0;
	if (line.bytes > POSTS_LINE_BYTES)
		return posts_list_skip(j->list, where, e,
				       "line of more than 1 MB");
	tree = json_parse(line, &bad);
	if (tree)
		object_row(j, json_root(tree), where, e);
	else if (bad.code == ERROR_DATA)
		posts_list_skip(j->list, where, e, "bad JSON: %s", bad.text);
	else
		fail(e, bad.code, "%s", bad.text);
	json_free(tree);
	return e->code;
}

int posts_jsonl_read(struct posts_list *l, const char *source,
		     struct error *e)
{
	struct jsonl j = { .list = l };
	struct file_view view;
	struct posts_text_lines lines;
	struct str line, where;

	if (posts_root_set(l, source, e) < 0 ||
	    file_view_open(&view, source, e) < 0)
		return e->code;
	posts_text_start(&lines, (struct str){ (const char *)view.data,
					       view.bytes });
	while (posts_text_line(&lines, &line)) {
		line = str_trim(line);
		if (line.bytes &&
		    (posts_where(l, source, lines.number, &where, e) < 0 ||
		     line_read(&j, line, where, e) < 0))
			break;
	}
	mem_free(j.caption);
	buf_free(&j.tags);
	file_view_close(&view);
	return e->code;
}
