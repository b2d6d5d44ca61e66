/*
 * posts_jsonl.c - one JSON object a line, and what such an object tells; see
 * posts_json.h.
 */
#include <stdio.h>

#include "posts/posts_json.h"
#include "posts/posts_text.h"

void posts_json_free(struct posts_json *j)
{
	mem_free(j->caption);
	buf_free(&j->tags);
	buf_free(&j->path);
}

/* The first of the names that the object has. */
static const struct json *get_any(const struct json *object,
				  const char *const *names)
{
	const struct json *found = NULL;

	while (!found && *names)
		found = json_get(object, *names++);
	return found;
}

/* A string, or a number as it is written; null is nothing. */
static struct str text_of(struct posts_json *j, const struct json *value,
			  const char *name)
{
	if (!value || value->type == JSON_NULL)
		return (struct str){ "", 0 };
	if (value->type == JSON_STRING || value->type == JSON_NUMBER)
		return value->text;
	snprintf(j->reason, sizeof(j->reason), "'%s' is not a string", name);
	return (struct str){ "", 0 };
}

static int caption_add(struct posts_json *j, struct str text, struct error *e)
{
	if (mem_grow(&j->caption, &j->room, j->captions + 1,
		     sizeof(*j->caption), e) < 0)
		return e->code;
	j->caption[j->captions++] = text;
	return 0;
}

/* One caption, or an array of them; each may be an object with a "raw". */
static int captions_add(struct posts_json *j, const struct json *value,
			const char *name, struct error *e)
{
	const struct json *one = value;

	if (!value)
		return 0;
	if (value->type == JSON_ARRAY)
		one = value->first;
	for (; one; one = one == value ? NULL : one->next) {
		const struct json *raw = one->type == JSON_OBJECT
					 ? json_get(one, "raw") : NULL;

		if (caption_add(j, text_of(j, raw ? raw : one, name), e) < 0)
			return e->code;
	}
	return 0;
}

static int captions_read(struct posts_json *j, const struct json *object,
			 struct error *e)
{
	static const char *const names[] = {
		"caption", "text", "captions", "sentences", "title", "comment",
		"sentence",
	};

	j->captions = 0;
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (captions_add(j, json_get(object, names[i]), names[i],
				 e) < 0)
			return e->code;
	return 0;
}

static int tags_read(struct posts_json *j, const struct json *object,
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

/* "filepath" is the folder of "filename" in Karpathy's lists. */
static int path_read(struct posts_json *j, const struct json *object,
		     struct str *path, struct error *e)
{
	static const char *const names[] = { "image", "file_name", "filename",
					     NULL };
	struct str folder;

	*path = text_of(j, get_any(object, names), "image");
	if (json_get(object, "image") || !json_get(object, "filename"))
		return 0;
	folder = text_of(j, json_get(object, "filepath"), "filepath");
	if (!folder.bytes || !path->bytes)
		return 0;
	buf_clear(&j->path);
	if (buf_add(&j->path, folder.data, folder.bytes, e) < 0 ||
	    buf_add(&j->path, "/", 1, e) < 0 ||
	    buf_add(&j->path, path->data, path->bytes, e) < 0)
		return e->code;
	*path = (struct str){ j->path.data, j->path.bytes };
	return 0;
}

int posts_json_row(struct posts_json *j, const struct json *object,
		   struct str path, struct str where, struct error *e)
{
	struct posts_row row = { .where = where, .path = path };

	j->reason[0] = 0;
	if (object->type != JSON_OBJECT)
		return posts_list_skip(j->list, where, e, "not an object");
	if (captions_read(j, object, e) < 0 || tags_read(j, object, e) < 0 ||
	    (!path.bytes && path_read(j, object, &row.path, e) < 0))
		return e->code;
	if (!j->no_id)
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

int posts_json_captions(struct posts_json *j, const struct json *value,
			struct posts_row *row, struct error *e)
{
	j->reason[0] = 0;
	j->captions = 0;
	if (captions_add(j, value, "caption", e) < 0)
		return e->code;
	row->caption = j->caption;
	row->captions = j->captions;
	if (j->reason[0])
		return posts_list_skip(j->list, row->where, e, "%s",
				       j->reason);
	return posts_list_row(j->list, row, e);
}

struct json_tree *posts_json_tree(struct posts_json *j, struct str text,
				  struct str where, struct error *e)
{
	struct error bad = { 0 };
	struct json_tree *tree = NULL;

	if (text.bytes > POSTS_LINE_BYTES) {
		posts_list_skip(j->list, where, e, "line of more than 1 MB");
		return NULL;
	}
	tree = json_parse(text, &bad);
	if (bad.code == ERROR_DATA)
		posts_list_skip(j->list, where, e, "bad JSON: %s", bad.text);
	else if (!tree)
		fail(e, bad.code, "%s", bad.text);
	return tree;
}

int posts_json_record(struct posts_json *j, struct str text, struct str where,
		      struct error *e)
{
	struct json_tree *tree = posts_json_tree(j, text, where, e);

	if (tree)
		posts_json_row(j, json_root(tree), (struct str){ "", 0 },
			       where, e);
	json_free(tree);
	return e->code;
}

static int jsonl_read(struct posts_list *l, const struct posts_source *from,
		      struct error *e)
{
	struct posts_json j = { .list = l };
	struct posts_text_lines lines;
	struct str line, where;

	posts_text_start(&lines, from->text);
	while (posts_text_line(&lines, &line)) {
		line = str_trim(line);
		if (line.bytes &&
		    (posts_where(l, from->name, lines.number, &where, e) < 0 ||
		     posts_json_record(&j, line, where, e) < 0))
			break;
	}
	posts_json_free(&j);
	return e->code;
}

static int jsonl_is(const struct posts_source *from, struct str text)
{
	return text.bytes && (*text.data == '{' || *text.data == '[') &&
	       !posts_json_is(from, text);
}

const struct posts_layout_type posts_layout_jsonl = {
	.suffixes = "|.jsonl|.ndjson|", .is_text = jsonl_is,
	.read_text = jsonl_read,
};
