/*
 * safetensors_read.c - opening a safetensors file that may be anyone's.
 *
 * Follows the format's description (huggingface/safetensors, "Format"): the
 * header's length, then strict JSON, then tensors that cover the rest of the
 * file exactly.  Every number is checked against the file before it is used.
 *
 * Tensors are kept in the order of their data.  Data is used where it is
 * mapped, unless it is not aligned for its type, has the other byte order, or
 * addresses other data (is_address): then the tensor owns a copy.
 */
#include "format/safetensors.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/le.h"
#include "base/hash.h"
#include "format/json.h"

/* The reference implementation's limit on the header.  Of the values in it as
 * many as 180,000 tensors of rank 4 with their checksums need; that is 128 MB
 * in memory, where "[0,0,0" could ask for 3 GB. */
#define MAX_HEADER_BYTES UINT64_C(100000000)
enum { MAX_VALUES = 2000000 };

struct entry {
	struct st_tensor tensor;
	uint64_t begin, end;		/* in the data part of the file */
	const unsigned char *raw;	/* as in the file */
	void *copy;			/* or NULL */
};

struct pair {
	const char *key, *value;
};

struct st_file {
	struct file_view view;
	char *path;
	struct json_tree *header;	/* owns all names and texts */
	struct entry *entries;		/* [count], by begin */
	const struct entry **by_name;	/* [count] */
	size_t count;
	struct pair *meta;		/* [meta_count] */
	const struct pair **by_key;	/* [meta_count] */
	size_t meta_count;
	const unsigned char *data;
	uint64_t data_bytes;
};

static const struct {
	const char *name;
	size_t bytes;
} types[] = {
	[ST_U8] = { "U8", 1 },		[ST_I32] = { "I32", 4 },
	[ST_U32] = { "U32", 4 },	[ST_F32] = { "F32", 4 },
	[ST_I64] = { "I64", 8 },	[ST_U64] = { "U64", 8 },
	[ST_F64] = { "F64", 8 },	[ST_F16] = { "F16", 2 },
	[ST_BF16] = { "BF16", 2 },	[ST_I8] = { "I8", 1 },
	[ST_U16] = { "U16", 2 },	[ST_I16] = { "I16", 2 },
	[ST_BOOL] = { "BOOL", 1 },
};

size_t st_type_bytes(enum st_type type)
{
	return types[type].bytes;
}

const char *st_type_name(enum st_type type)
{
	return types[type].name;
}

/* ---- one tensor of the header -------------------------------------------- */

static int fail_tensor(const struct st_file *f, const char *name,
		       const char *what, struct error *e)
{
	return fail(e, ERROR_DATA, "'%s': tensor '%s': %s", f->path, name,
		    what);
}

static int get_type(const struct json *node, enum st_type *type)
{
	if (!node || node->type != JSON_STRING)
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(types); i++)
		if (str_equal(node->text, str_of(types[i].name))) {
			*type = (enum st_type)i;
			return 1;
		}
	return 0;
}

/* A number written in digits alone, as sizes are. */
static int get_u64(const struct json *node, uint64_t *value)
{
	*value = 0;
	if (node->type != JSON_NUMBER)
		return 0;
	for (size_t i = 0; i < node->text.bytes; i++) {
		char c = node->text.data[i];
		uint64_t digit = (uint64_t)(c - '0');

		if (c < '0' || c > '9' || *value > (UINT64_MAX - digit) / 10)
			return 0;
		*value = *value * 10 + digit;
	}
	return 1;
}

/* An array of at most `most` sizes; how many, or -1. */
static int get_list(const struct json *node, uint64_t *list, int most)
{
	int count = 0;

	if (!node || node->type != JSON_ARRAY)
		return -1;
	for (const struct json *c = node->first; c; c = c->next)
		if (count == most || !get_u64(c, &list[count++]))
			return -1;
	return count;
}

/* The product of all sizes and of the type's bytes. */
static int get_bytes(struct st_tensor *t, uint64_t *bytes)
{
	uint64_t size = types[t->type].bytes;

	t->count = 1;
	for (int i = 0; i < t->rank; i++) {
		if (t->shape[i] && t->count > UINT64_MAX / t->shape[i])
			return 0;
		t->count *= t->shape[i];
	}
	*bytes = t->count * size;
	return t->count <= UINT64_MAX / size;
}

static int read_entry(const struct st_file *f, struct entry *n,
		      const struct json *node, struct error *e)
{
	struct st_tensor *t = &n->tensor;
	const char *name = node->key.data;
	uint64_t bytes, offsets[2];

	t->name = name;
	if (strlen(name) != node->key.bytes)
		return fail_tensor(f, name, "a 0 byte in its name", e);
	if (node->type != JSON_OBJECT)
		return fail_tensor(f, name, "its entry is not an object", e);
	if (!get_type(json_get(node, "dtype"), &t->type))
		return fail_tensor(f, name, "its dtype is unknown here", e);
	t->rank = get_list(json_get(node, "shape"), t->shape, ST_MAX_RANK);
	if (t->rank < 0)
		return fail_tensor(f, name, "its shape is not a list of at "
				   "most 8 sizes", e);
	if (get_list(json_get(node, "data_offsets"), offsets, 2) != 2)
		return fail_tensor(f, name, "its data_offsets are not two "
				   "offsets", e);
	if (!get_bytes(t, &bytes))
		return fail_tensor(f, name, "its shape is too large", e);
	if (offsets[0] > offsets[1] || offsets[1] - offsets[0] != bytes)
		return fail(e, ERROR_DATA, "'%s': tensor '%s': its shape needs "
			    "%" PRIu64 " bytes, its offsets are %" PRIu64
			    " to %" PRIu64, f->path, name, bytes, offsets[0],
			    offsets[1]);
	n->begin = offsets[0];
	n->end = offsets[1];
	return 0;
}

/* ---- the whole header ---------------------------------------------------- */

static int read_meta(struct st_file *f, const struct json *meta,
		     struct error *e)
{
	size_t count = 0;

	if (meta->type != JSON_OBJECT)
		return fail(e, ERROR_DATA, "'%s': its metadata is not a JSON "
			    "object", f->path);
	for (const struct json *c = meta->first; c; c = c->next)
		count++;
	f->meta = mem_new(count, sizeof(*f->meta), e);
	if (!f->meta)
		return ERROR_FAILED;
	for (const struct json *c = meta->first; c; c = c->next) {
		if (c->type != JSON_STRING ||
		    strlen(c->text.data) != c->text.bytes ||
		    strlen(c->key.data) != c->key.bytes)
			return fail(e, ERROR_DATA, "'%s': metadata '%s' is not "
				    "a string", f->path, c->key.data);
		f->meta[f->meta_count++] =
			(struct pair){ c->key.data, c->text.data };
	}
	return 0;
}

static int is_meta(const struct json *node)
{
	return str_equal(node->key, str_of("__metadata__"));
}

static int read_entries(struct st_file *f, struct error *e)
{
	const struct json *root = json_root(f->header);
	size_t room = 0;
	int code = 0;

	if (root->type != JSON_OBJECT)
		return fail(e, ERROR_DATA, "'%s': its header is not a JSON "
			    "object", f->path);
	for (const struct json *c = root->first; code == 0 && c; c = c->next) {
		if (is_meta(c)) {
			code = read_meta(f, c, e);
			continue;
		}
		code = mem_grow(&f->entries, &room, f->count + 1,
				sizeof(*f->entries), e);
		if (code == 0)
			code = read_entry(f, &f->entries[f->count], c, e);
		f->count += code == 0;
	}
	return code;
}

/* By place; empty tensors share one, so then by name, which is unique. */
static int place_order(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	if (x->begin != y->begin)
		return x->begin < y->begin ? -1 : 1;
	if (x->end != y->end)
		return x->end < y->end ? -1 : 1;
	return strcmp(x->tensor.name, y->tensor.name);
}

static int name_order(const void *a, const void *b)
{
	const struct entry *const *x = a, *const *y = b;

	return strcmp((*x)->tensor.name, (*y)->tensor.name);
}

static int key_order(const void *a, const void *b)
{
	const struct pair *const *x = a, *const *y = b;

	return strcmp((*x)->key, (*y)->key);
}

static int sort_all(struct st_file *f, struct error *e)
{
	f->by_name = mem_new(f->count, sizeof(*f->by_name), e);
	f->by_key = mem_new(f->meta_count, sizeof(*f->by_key), e);
	if (!f->by_name || !f->by_key)
		return ERROR_FAILED;
	if (f->count)
		qsort(f->entries, f->count, sizeof(*f->entries), place_order);
	for (size_t i = 0; i < f->count; i++)
		f->by_name[i] = &f->entries[i];
	qsort(f->by_name, f->count, sizeof(*f->by_name), name_order);
	for (size_t i = 0; i < f->meta_count; i++)
		f->by_key[i] = &f->meta[i];
	qsort(f->by_key, f->meta_count, sizeof(*f->by_key), key_order);
	return 0;
}

static int fail_size(const struct st_file *f, uint64_t end, struct error *e)
{
	uint64_t before = f->view.bytes - f->data_bytes;

	if (end > UINT64_MAX - before)
		return fail(e, ERROR_DATA, "'%s': offset %" PRIu64 " is past "
			    "any file", f->path, end);
	if (end > f->data_bytes) {
		fail(e, ERROR_DATA, "'%s' is truncated: it should have %" PRIu64
		     " bytes and has %zu", f->path, before + end,
		     f->view.bytes);
		return hint(e, "copy or download it again");
	}
	return fail(e, ERROR_DATA, "'%s': %" PRIu64 " bytes after the last "
		    "tensor belong to none", f->path, f->data_bytes - end);
}

/* The tensors must cover the data exactly. */
static int check_places(const struct st_file *f, struct error *e)
{
	uint64_t end = 0;

	for (size_t i = 0; i < f->count; i++) {
		const struct entry *n = &f->entries[i];

		if (n->begin != end)
			return fail(e, ERROR_DATA, "'%s': tensor '%s' begins "
				    "at offset %" PRIu64 ", but the one before "
				    "it ends at %" PRIu64, f->path,
				    n->tensor.name, n->begin, end);
		end = n->end;
	}
	return end == f->data_bytes ? 0 : fail_size(f, end, e);
}

/* ---- data ---------------------------------------------------------------- */

/* Numbers that say where others are, or count: the file may be overwritten
 * while it is mapped, so what was checked must be what is used. */
static int is_address(const struct st_tensor *t)
{
	size_t bytes = strlen(t->name);

	return t->rank == 1 &&
	       ((bytes >= 4 && strcmp(t->name + bytes - 4, "ends") == 0) ||
		(bytes >= 5 && strcmp(t->name + bytes - 5, "split") == 0));
}

static int place_data(struct st_file *f, struct entry *n, struct error *e)
{
	size_t size = types[n->tensor.type].bytes;
	size_t bytes = (size_t)(n->end - n->begin);

	n->raw = f->data + n->begin;
	n->tensor.data = n->raw;
	if ((uintptr_t)n->raw % size == 0 && (size == 1 || le_is_native()) &&
	    !is_address(&n->tensor))
		return 0;
	n->copy = mem_new(bytes, 1, e);
	if (!n->copy)
		return ERROR_FAILED;
	if (bytes)
		memcpy(n->copy, n->raw, bytes);
	if (!le_is_native())
		le_swap(n->copy, bytes / size, size);
	n->tensor.data = n->copy;
	return 0;
}

static int read_header(struct st_file *f, struct error *e)
{
	const unsigned char *data = f->view.data;
	struct error inner = {0};
	uint64_t length;

	length = f->view.bytes >= 8 ? le64_get(data) : 0;
	if (length < 2 || length > MAX_HEADER_BYTES || f->view.bytes < 9 ||
	    data[8] != '{')
		return fail(e, ERROR_DATA, "'%s' is not a safetensors file",
			    f->path);
	if (length > f->view.bytes - 8)
		return fail(e, ERROR_DATA, "'%s' is truncated: its header "
			    "alone has %" PRIu64 " bytes, the file %zu",
			    f->path, length, f->view.bytes);
	f->header = json_parse_most((struct str){ (const char *)data + 8,
						  (size_t)length },
				    MAX_VALUES, &inner);
	if (!f->header)
		return fail(e, inner.code, "'%s': the header is damaged: %s",
			    f->path, inner.text);
	f->data = data + 8 + length;
	f->data_bytes = f->view.bytes - 8 - length;
	return 0;
}

static int file_load(struct st_file *f, struct error *e)
{
	int code = read_header(f, e);

	if (code == 0)
		code = read_entries(f, e);
	if (code == 0)
		code = sort_all(f, e);
	if (code == 0)
		code = check_places(f, e);
	for (size_t i = 0; code == 0 && i < f->count; i++)
		code = place_data(f, &f->entries[i], e);
	return code;
}

/* ---- what kind of file --------------------------------------------------- */

/* Is `kind` one of "a|b|c"? */
static int kind_is(const char *kind, const char *formats)
{
	size_t bytes = strlen(kind), length;

	for (; *formats; formats += length + (formats[length] == '|')) {
		length = strcspn(formats, "|");
		if (length == bytes && memcmp(formats, kind, bytes) == 0)
			return 1;
	}
	return 0;
}

static int check_kind(const struct st_file *f, const char *formats,
		      struct error *e)
{
	const char *kind = st_meta(f, "format");
	const char *version = st_meta(f, "format_version"), *bar;

	if (kind && kind_is(kind, formats)) {
		if (version && strcmp(version, "1") == 0)
			return 0;
		fail(e, ERROR_DATA, "'%s' has format version '%s', this "
		     "program reads '1'", f->path, version ? version : "");
		return hint(e, "a newer seesay may read it");
	}
	bar = strchr(formats, '|');
	return fail(e, ERROR_DATA, "'%s' is a %s file, not a %.*s%s%s", f->path,
		    kind ? kind : "safetensors", (int)strcspn(formats, "|"),
		    formats, bar ? " or " : "", bar ? bar + 1 : "");
}

struct st_file *st_open(const char *path, const char *format, struct error *e)
{
	struct st_file *f = mem_new(1, sizeof(*f), e);

	if (!f)
		return NULL;
	f->path = file_join("", path, e);
	if (!f->path || file_view_open(&f->view, path, e) < 0 ||
	    file_load(f, e) < 0 || (format && check_kind(f, format, e) < 0)) {
		st_close(f);
		return NULL;
	}
	return f;
}

struct st_file *st_open_written(int fd, const char *path, struct error *e)
{
	struct st_file *f = mem_new(1, sizeof(*f), e);

	if (!f)
		return NULL;
	f->path = file_join("", path, e);
	if (!f->path || file_view_written(&f->view, fd, path, e) < 0 ||
	    file_load(f, e) < 0) {
		st_close(f);
		return NULL;
	}
	return f;
}

static void part_fill(struct st_file *f, const struct st_file *from,
		      const char *prefix, const char *shared)
{
	size_t skip = strlen(prefix);

	for (size_t i = 0; i < from->count; i++) {
		const struct entry *n = &from->entries[i];
		const char *name = n->tensor.name;
		int own = strncmp(name, prefix, skip) == 0;

		if (!own && strncmp(name, shared, strlen(shared)) != 0)
			continue;
		f->entries[f->count] = *n;
		f->entries[f->count].copy = NULL;
		f->entries[f->count++].tensor.name += own ? skip : 0;
	}
	for (size_t i = 0; i < from->meta_count; i++)
		if (strncmp(from->meta[i].key, prefix, skip) == 0)
			f->meta[f->meta_count++] = (struct pair){
				from->meta[i].key + skip, from->meta[i].value };
}

struct st_file *st_part(const struct st_file *from, const char *prefix,
			const char *shared, struct error *e)
{
	struct st_file *f = mem_new(1, sizeof(*f), e);

	if (!f)
		return NULL;
	f->path = file_join("", from->path, e);
	f->entries = mem_new(from->count, sizeof(*f->entries), e);
	f->meta = mem_new(from->meta_count, sizeof(*f->meta), e);
	if (!e->code)
		part_fill(f, from, prefix, shared);
	if (!e->code && sort_all(f, e) == 0)
		return f;
	st_close(f);
	return NULL;
}

void st_close(struct st_file *f)
{
	if (!f)
		return;
	for (size_t i = 0; i < f->count; i++)
		mem_free(f->entries[i].copy);
	mem_free(f->entries);
	mem_free(f->by_name);
	mem_free(f->meta);
	mem_free(f->by_key);
	json_free(f->header);
	file_view_close(&f->view);
	mem_free(f->path);
	mem_free(f);
}

/* ---- checksums ----------------------------------------------------------- */

static int verify_one(const struct st_file *f, const struct pair *sum,
		      struct error *e)
{
	const char *name = sum->key + 4;
	const struct st_tensor *t = st_find(f, name);
	const struct entry *n = (const struct entry *)t;
	char found[17];

	if (!t)
		return fail(e, ERROR_DATA, "'%s': its metadata has a checksum "
			    "of tensor '%s', which is missing", f->path, name);
	snprintf(found, sizeof(found), "%016" PRIx64,
		 hash64(n->raw, (size_t)(n->end - n->begin), 0));
	if (strcmp(found, sum->value) == 0)
		return 0;
	fail(e, ERROR_DATA, "'%s': tensor '%s' at offset %" PRIu64 " is "
	     "damaged: its checksum is %s and should be %.16s", f->path, name,
	     n->begin, found, sum->value);
	return hint(e, "copy the file again, or make it again");
}

int st_verify(const struct st_file *f, struct error *e)
{
	for (size_t i = 0; i < f->meta_count; i++)
		if (strncmp(f->meta[i].key, "sum.", 4) == 0 &&
		    verify_one(f, &f->meta[i], e) < 0)
			return ERROR_DATA;
	return 0;
}

/* ---- looking around ------------------------------------------------------ */

const char *st_path(const struct st_file *f)
{
	return f->path;
}

const char *st_meta(const struct st_file *f, const char *key)
{
	size_t low = 0, high = f->meta_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(key, f->by_key[middle]->key);

		if (order == 0)
			return f->by_key[middle]->value;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

size_t st_meta_count(const struct st_file *f)
{
	return f->meta_count;
}

void st_meta_at(const struct st_file *f, size_t i, const char **key,
		const char **value)
{
	*key = f->meta[i].key;
	*value = f->meta[i].value;
}

size_t st_count(const struct st_file *f)
{
	return f->count;
}

const struct st_tensor *st_at(const struct st_file *f, size_t i)
{
	return &f->entries[i].tensor;
}

const struct st_tensor *st_find(const struct st_file *f, const char *name)
{
	size_t low = 0, high = f->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct st_tensor *t = &f->by_name[middle]->tensor;
		int order = strcmp(name, t->name);

		if (order == 0)
			return t;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}
