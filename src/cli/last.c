/*
 * last.c - the ids of the last result of each index, for IMG_n.
 *
 * The file is { "results": [ { "index": PATH, "ids": [ID, ...] }, ... ] }; a
 * name that is not UTF-8 is "hex:" and its bytes, as is one that begins so.
 * One that cannot be read is taken as none: it only serves convenience.
 */
#include "cli/last.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/utf8.h"
#include "format/json.h"

enum {
	MAX_BYTES = 16 << 20,
	MAX_ENTRIES = 16,	/* indexes that are remembered */
};

/* The folder, in a new block; NULL without an error when there is no home. */
static char *state_folder(struct error *e)
{
	const char *state = getenv("XDG_STATE_HOME");
	const char *home = getenv("HOME");

	if (state && state[0] == '/')
		return file_join(state, "seesay", e);
	if (!home || home[0] != '/')
		return NULL;
	return file_join(home, ".local/state/seesay", e);
}

static const char hex_mark[] = "hex:";

static int is_marked(struct str s)
{
	return s.bytes >= sizeof(hex_mark) - 1 &&
	       !memcmp(s.data, hex_mark, sizeof(hex_mark) - 1);
}

/* A name as the file has it. */
static int name_put(struct buf *b, struct str name, struct error *e)
{
	if (utf8_valid(name) && !is_marked(name))
		return buf_add(b, name.data, name.bytes, e);
	buf_addf(b, e, "%s", hex_mark);
	return str_put_hex(b, name, e);
}

/* And back; what is no hexadecimal number of bytes is no name. */
static int name_take(struct buf *b, struct str text, struct error *e)
{
	if (!is_marked(text))
		return buf_add(b, text.data, text.bytes, e);
	for (size_t i = sizeof(hex_mark) - 1; i < text.bytes; i += 2) {
		char pair[3] = { text.data[i],
				 i + 1 < text.bytes ? text.data[i + 1] : 0 };
		char *end, byte = (char)strtoul(pair, &end, 16);

		if (end != pair + 2 || !byte)
			return fail(e, ERROR_DATA, "an id is not a string");
		if (buf_add(b, &byte, 1, e) < 0)
			return e->code;
	}
	return 0;
}

/* The path that names the index from everywhere, as the file has it. */
static int full_path(struct buf *b, const char *path, struct error *e)
{
	char full[PATH_MAX];

	return name_put(b, str_of(realpath(path, full) ? full : path), e);
}

static struct json_tree *read_state(const char *folder, struct error *e)
{
	struct json_tree *tree = NULL;
	struct buf b = { 0 };
	char *path = file_join(folder, "last.json", e);

	if (path && file_exists(path) &&
	    file_read(&b, path, MAX_BYTES, e) == 0)
		tree = json_parse((struct str){ b.data, b.bytes }, e);
	buf_free(&b);
	mem_free(path);
	return tree;
}

/* The first entry, or NULL. */
static const struct json *entries(const struct json_tree *tree)
{
	const struct json *list;

	if (!tree || json_root(tree)->type != JSON_OBJECT)
		return NULL;
	list = json_get(json_root(tree), "results");
	return list && list->type == JSON_ARRAY ? list->first : NULL;
}

/* Its ids if the entry is of this index, else NULL. */
static const struct json *ids_of(const struct json *entry,
				 const struct buf *full)
{
	const struct json *index, *ids;

	if (entry->type != JSON_OBJECT)
		return NULL;
	index = json_get(entry, "index");
	ids = json_get(entry, "ids");
	if (!index || index->type != JSON_STRING || !ids ||
	    ids->type != JSON_ARRAY ||
	    !str_equal(index->text, (struct str){ full->data, full->bytes }))
		return NULL;
	return ids;
}

/* Strings one after the other, then pointers to them. */
static int take_ids(struct last *l, const struct json *ids, struct error *e)
{
	const char *at;

	for (const struct json *id = ids->first; id; id = id->next) {
		struct str s = id->text;

		if (id->type != JSON_STRING || memchr(s.data, 0, s.bytes))
			return fail(e, ERROR_DATA, "an id is not a string");
		if (name_take(&l->text, s, e) < 0 ||
		    buf_add(&l->text, "", 1, e) < 0)
			return e->code;
		l->count++;
	}
	l->id = mem_new(l->count, sizeof(*l->id), e);
	if (!l->id)
		return e->code;
	at = l->text.data;
	for (size_t i = 0; i < l->count; i++, at += strlen(at) + 1)
		l->id[i] = at;
	return 0;
}

int last_load(struct last *l, const char *path, struct error *e)
{
	char *folder = state_folder(e);
	struct json_tree *tree = NULL;
	struct error bad = { 0 };
	struct buf full = { 0 };

	*l = (struct last){ 0 };
	if (!folder)
		return e->code;
	if (full_path(&full, path, &bad) == 0)
		tree = read_state(folder, &bad);
	for (const struct json *at = entries(tree); at; at = at->next) {
		const struct json *ids = ids_of(at, &full);

		if (!ids)
			continue;
		if (take_ids(l, ids, &bad) < 0)
			last_free(l);
		break;
	}
	json_free(tree);
	buf_free(&full);
	mem_free(folder);
	return 0;
}

void last_free(struct last *l)
{
	mem_free(l->id);
	buf_free(&l->text);
	*l = (struct last){ 0 };
}

static int add_name(struct buf *b, struct str name, struct error *e)
{
	struct buf text = { 0 };

	if (name_put(&text, name, e) == 0)
		json_put_string(b, (struct str){ text.data ? text.data : "",
						 text.bytes }, e);
	buf_free(&text);
	return e->code;
}

static int add_entry(struct buf *b, const struct buf *full,
		     const struct str *id, size_t count, struct error *e)
{
	if (buf_addf(b, e, "{\"results\": [\n{\"index\": ") < 0 ||
	    json_put_string(b, (struct str){ full->data, full->bytes },
			    e) < 0 ||
	    buf_addf(b, e, ", \"ids\": [") < 0)
		return e->code;
	for (size_t i = 0; i < count; i++)
		if ((i && buf_addf(b, e, ", ") < 0) ||
		    add_name(b, id[i], e) < 0)
			return e->code;
	return buf_addf(b, e, "]}");
}

/* An entry of another index, as it was. */
static int keep_entry(struct buf *b, const struct json *entry, struct error *e)
{
	const struct json *index, *ids;

	if (entry->type != JSON_OBJECT)
		return 0;
	index = json_get(entry, "index");
	ids = json_get(entry, "ids");
	if (!index || index->type != JSON_STRING || !ids ||
	    ids->type != JSON_ARRAY)
		return 0;
	if (buf_addf(b, e, ",\n{\"index\": ") < 0 ||
	    json_put_string(b, index->text, e) < 0 ||
	    buf_addf(b, e, ", \"ids\": [") < 0)
		return e->code;
	for (const struct json *id = ids->first; id; id = id->next)
		if (id->type == JSON_STRING &&
		    ((id != ids->first && buf_addf(b, e, ", ") < 0) ||
		     json_put_string(b, id->text, e) < 0))
			return e->code;
	return buf_addf(b, e, "]}");
}

static int write_state(const char *folder, const struct buf *b,
		       struct error *e)
{
	struct file_out out;
	char *path = file_join(folder, "last.json", e);

	if (!path || file_make_folders(folder, e) < 0 ||
	    file_out_open(&out, path, e) < 0)
		goto done;
	if (file_out_write(&out, b->data, b->bytes, e) < 0)
		file_out_discard(&out);
	else
		file_out_commit(&out, e);
done:
	mem_free(path);
	return e->code;
}

int last_save(const char *path, const struct str *id, size_t count,
	      struct error *e)
{
	char *folder = state_folder(e);
	struct json_tree *tree = NULL;
	struct error bad = { 0 };
	struct buf b = { 0 }, full = { 0 };
	int kept = 1;

	if (!folder)
		return e->code ? e->code :
		       fail(e, ERROR_FAILED, "HOME is not set");
	if (full_path(&full, path, e) == 0)
		add_entry(&b, &full, id, count, e);
	/* damage is replaced; what could not be read now is kept */
	tree = read_state(folder, &bad);
	if (bad.code == ERROR_FAILED && !e->code)
		*e = bad;
	for (const struct json *at = entries(tree); at; at = at->next)
		if (!ids_of(at, &full) && kept++ < MAX_ENTRIES)
			keep_entry(&b, at, e);
	buf_addf(&b, e, "\n]}\n");
	if (!e->code)
		write_state(folder, &b, e);
	buf_free(&b);
	buf_free(&full);
	json_free(tree);
	mem_free(folder);
	return e->code;
}
