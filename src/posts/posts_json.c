/*
 * posts_json.c - JSON documents, read record by record:
 *
 *	an array	[{"image": "a.jpg", "caption": "..."}, ...]
 *	COCO		{"images": [{"id": 1, "file_name": "a.jpg"}, ...],
 *			 "annotations": [{"image_id": 1, "caption": "..."},
 *			 ...]}
 *	Karpathy	{"images": [{"filename": "a.jpg", "split": "train",
 *			 "sentences": [{"raw": "..."}, ...]}, ...]}
 *	a map		{"a.jpg": "..." or ["...", "..."] or a record, ...}
 *	one record	{"image": "a.jpg", "caption": "..."}
 */
#include <stdio.h>

#include "base/string_map.h"
#include "format/json_items.h"
#include "posts/posts_json.h"
#include "posts/posts_text.h"

struct document {
	struct posts_json json;
	const char *name;		/* of the list */
	struct str images, annotations;	/* arrays, or empty */
	struct string_map *ids;		/* of COCO's images */
	struct str *path;		/* [ids] */
	size_t path_room;
};

/* "coco.json:annotations[17]" */
static int where_of(struct document *d, const char *array, size_t item,
		    struct str *where, struct error *e)
{
	struct buf *b = &d->json.list->where;
	const char *slash = strrchr(d->name, '/');

	buf_clear(b);
	if (buf_addf(b, e, "%s%s%s[%zu]", slash ? slash + 1 : d->name,
		     *array ? ":" : "", array, item) < 0)
		return e->code;
	*where = (struct str){ b->data, b->bytes };
	return 0;
}

/* Each item of `array` to `take`. */
static int items_each(struct document *d, struct str array, const char *name,
		      int (*take)(struct document *d, struct str item,
				  struct str where, struct error *e),
		      struct error *e)
{
	struct json_items items;
	struct str key, item, where;
	int got;

	if (!array.bytes)
		return 0;
	json_items_start(&items, array);
	while ((got = json_items_next(&items, &key, &item, e)) > 0)
		if (where_of(d, name, items.count - 1, &where, e) < 0 ||
		    take(d, item, where, e) < 0)
			return e->code;
	return got;
}

static int record_take(struct document *d, struct str item, struct str where,
		       struct error *e)
{
	return posts_json_record(&d->json, item, where, e);
}

/* ---- COCO ---------------------------------------------------------------- */

/* Numbers are compared as they are written. */
static struct str id_of(const struct json *object, const char *name)
{
	const struct json *id = json_get(object, name);

	return id && (id->type == JSON_NUMBER || id->type == JSON_STRING)
	       ? id->text : (struct str){ "", 0 };
}

static int path_keep(struct document *d, struct str id, struct str path,
		     struct error *e)
{
	uint32_t known = string_map_count(d->ids),
		 at = string_map_add(d->ids, id, e);

	if (at == STRING_MAP_NONE ||
	    mem_grow(&d->path, &d->path_room, at + (size_t)1,
		     sizeof(*d->path), e) < 0)
		return e->code;
	return at < known ? 0 : posts_keep(d->json.list->posts, path,
					   &d->path[at], e);
}

/* A post without captions so far. */
static int image_take(struct document *d, struct str item, struct str where,
		      struct error *e)
{
	struct json_tree *tree = posts_json_tree(&d->json, item, where, e);
	const struct json *image = tree ? json_root(tree) : NULL;
	struct str id = id_of(image, "id"), path = id_of(image, "file_name");

	if (!image)
		return e->code;
	if (id.bytes && path.bytes)
		path_keep(d, id, path, e);
	if (!e->code)
		posts_json_row(&d->json, image, (struct str){ "", 0 }, where,
			       e);
	json_free(tree);
	return e->code;
}

static int annotation_take(struct document *d, struct str item,
			   struct str where, struct error *e)
{
	struct json_tree *tree = posts_json_tree(&d->json, item, where, e);
	uint32_t at;

	if (!tree)
		return e->code;
	at = string_map_find(d->ids, id_of(json_root(tree), "image_id"));
	if (at == STRING_MAP_NONE)
		posts_list_skip(d->json.list, where, e,
				"no image has its image_id");
	else
		posts_json_row(&d->json, json_root(tree), d->path[at], where,
			       e);
	json_free(tree);
	return e->code;
}

static int coco_read(struct document *d, struct error *e)
{
	d->json.no_id = 1;
	d->ids = string_map_new(e);
	if (!d->ids || items_each(d, d->images, "images", image_take, e) < 0)
		return e->code;
	return items_each(d, d->annotations, "annotations", annotation_take,
			  e);
}

/* ---- a map --------------------------------------------------------------- */

/* "a.jpg": a caption, captions or a record. */
static int member_take(struct document *d, struct str key, struct str value,
		       struct str where, struct error *e)
{
	struct error bad = { 0 };
	struct json_tree *name = json_parse(key, &bad), *tree = NULL;
	struct posts_row row = { .where = where, .split = POSTS_SPLITS };

	if (!name && bad.code != ERROR_DATA)
		return fail(e, bad.code, "%s", bad.text);
	if (!name)
		return posts_list_skip(d->json.list, where, e, "%s", bad.text);
	row.path = json_root(name)->text;
	if (!posts_text_is_picture(row.path))
		posts_list_skip(d->json.list, where, e, "not a picture's name");
	else
		tree = posts_json_tree(&d->json, value, where, e);
	if (tree && json_root(tree)->type == JSON_OBJECT)
		posts_json_row(&d->json, json_root(tree), row.path, where, e);
	else if (tree)
		posts_json_captions(&d->json, json_root(tree), &row, e);
	json_free(tree);
	json_free(name);
	return e->code;
}

static int map_read(struct document *d, struct str text, struct error *e)
{
	struct json_items items;
	struct str key, value, where;
	int got;

	json_items_start(&items, text);
	while ((got = json_items_next(&items, &key, &value, e)) > 0)
		if (where_of(d, "", items.count - 1, &where, e) < 0 ||
		    member_take(d, key, value, where, e) < 0)
			return e->code;
	return got;
}

/* ---- the document -------------------------------------------------------- */

struct members {
	int pictures;		/* keys that name one */
	int is_record;
};

/* Finds the arrays; the text has been read to its end once after this. */
static int members_find(struct document *d, struct str text,
			struct members *m, struct error *e)
{
	struct json_items items;
	struct str key, value;
	int got;

	json_items_start(&items, text);
	while ((got = json_items_next(&items, &key, &value, e)) > 0) {
		struct str name = { key.data + 1, key.bytes - 2 };

		if (*value.data == '[' && str_equal(name, str_of("images")))
			d->images = value;
		if (*value.data == '[' &&
		    str_equal(name, str_of("annotations")))
			d->annotations = value;
		m->pictures |= posts_text_is_picture(name);
		m->is_record |= str_equal(name, str_of("image")) ||
				str_equal(name, str_of("file_name")) ||
				str_equal(name, str_of("filename"));
	}
	return got;
}

static int object_read(struct document *d, struct str text, struct error *e)
{
	struct members m = { 0, 0 };
	struct str where;

	if (members_find(d, text, &m, e) < 0)
		return e->code;
	if (d->images.bytes && d->annotations.bytes)
		return coco_read(d, e);
	d->json.no_id = d->images.bytes > 0;
	if (d->images.bytes)
		return items_each(d, d->images, "images", record_take, e);
	if (m.is_record)
		return where_of(d, "", 0, &where, e) < 0 ? e->code :
		       posts_json_record(&d->json, text, where, e);
	if (m.pictures)
		return map_read(d, text, e);
	fail(e, ERROR_DATA, "'%s' is JSON, but not a list of pictures",
	     d->name);
	return hint(e, "an array of records, COCO's or Karpathy's captions, or "
		    "{\"a.jpg\": \"caption\", ...}");
}

/* One value and nothing behind it. */
static int document_check(struct str text, const char *name, struct error *e)
{
	size_t bytes = text.bytes ? json_value_bytes(text) : 0;

	if (!text.bytes || (*text.data != '[' && *text.data != '{'))
		return fail(e, ERROR_DATA, "'%s' is not a JSON document", name);
	if (!bytes)
		return fail(e, ERROR_DATA, "'%s' is truncated: its JSON does "
			    "not end", name);
	if (bytes < text.bytes)
		return fail(e, ERROR_DATA, "'%s': bad JSON at byte %zu: more "
			    "text after the end", name, bytes);
	return 0;
}

static int document_read(struct posts_list *l,
			 const struct posts_source *from, struct error *e)
{
	struct document d = { .json = { .list = l }, .name = from->name };
	struct str text = str_trim(from->text);
	struct error bad = { 0 };

	if (document_check(text, from->name, e) < 0)
		return e->code;
	if (*text.data == '[')
		items_each(&d, text, "", record_take, &bad);
	else
		object_read(&d, text, &bad);
	if (bad.code && strstr(bad.text, "bad JSON") == bad.text)
		fail(e, bad.code, "'%s': %s", from->name, bad.text);
	else if (bad.code)
		*e = bad;
	string_map_free(d.ids);
	mem_free(d.path);
	posts_json_free(&d.json);
	return e->code;
}

/* An array, or a value that is alone in the text or longer than a line: no
 * JSON Lines. */
int posts_json_is(const struct posts_source *from, struct str text)
{
	const char *end = text.bytes ? memchr(text.data, '\n', text.bytes)
				     : NULL;
	size_t line = end ? (size_t)(end - text.data) : text.bytes, bytes;

	if (!text.bytes || (*text.data != '{' && *text.data != '['))
		return 0;
	if (*text.data == '[')
		return 1;
	bytes = json_value_bytes(text);
	return bytes ? bytes > line || bytes == text.bytes :
	       posts_text_suffixed(str_of(from->name), "|.json|");
}

const struct posts_layout_type posts_layout_json = {
	.is_text = posts_json_is, .read_text = document_read,
};
