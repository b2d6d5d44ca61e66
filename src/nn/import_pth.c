/*
 * import_pth.c - weights that PyTorch's torch.save wrote, for net_import: the
 * zip file of 1.6 and later, and the chain of pickles before it.
 *
 * Zip: STEM/data.pkl names the tensors, STEM/data/KEY are the bytes of their
 * storages.  Before: pickles of a magic number, a version, facts of the
 * machine, the object, and the list of keys; then for each key a count of eight
 * bytes and the numbers.  A file may hold the names themselves, or have them in
 * a dict called state_dict, model or the like.
 */
#include "nn/net_import.h"

#include <string.h>

#include "base/le.h"
#include "format/pickle.h"
#include "format/zip.h"

struct pth {
	struct import_source *s;
	struct pickle object;
	struct zip zip;
	struct buf stem;		/* "archive/" */
	struct string_map *keys;	/* legacy: of storages */
	struct str *bytes;		/* [keys] */
	size_t bytes_room;
	int is_big;
	struct error *e;
};

/* ---- storages ------------------------------------------------------------ */

static int storage_zip(struct pth *p, struct str key, struct str *out)
{
	struct buf name = {0};

	if (buf_add(&name, p->stem.data, p->stem.bytes, p->e) == 0 &&
	    buf_add(&name, "data/", 5, p->e) == 0 &&
	    buf_add(&name, key.data, key.bytes, p->e) == 0)
		zip_read(&p->zip, (struct str){ name.data, name.bytes }, out,
			 p->e);
	buf_free(&name);
	return p->e->code;
}

/* The bytes of a storage: as many as it says, or more. */
static int storage_find(struct pth *p, uint32_t storage, struct str *out)
{
	const struct pickle_value *v = pickle_at(&p->object, storage);
	struct str key = pickle_text(&p->object, v->is.storage.key);
	uint64_t numel = (uint64_t)pickle_at(&p->object,
					     v->is.storage.numel)->is.number;
	size_t size = st_type_bytes(pickle_storage_type(&p->object, storage));

	if (p->keys) {
		uint32_t id = string_map_find(p->keys, key);

		*out = id == STRING_MAP_NONE ? (struct str){ "", 0 } :
		       p->bytes[id];
	} else if (storage_zip(p, key, out) < 0) {
		return p->e->code;
	}
	if (out->bytes / size < numel)
		return fail(p->e, ERROR_DATA, "'%s': storage '%.*s' is cut",
			    p->s->path, (int)MIN(key.bytes, (size_t)60),
			    key.data);
	out->bytes = (size_t)numel * size;
	return 0;
}

/* ---- tensors ------------------------------------------------------------- */

static int is_float(enum st_type type)
{
	return type == ST_F32 || type == ST_F16 || type == ST_BF16 ||
	       type == ST_F64;
}

/* All that shape and strides reach is within `count`, and no more than that. */
static int view_fits(const struct import_tensor *t, uint64_t offset,
		     uint64_t count)
{
	uint64_t last = offset, numbers = 1;

	for (int i = 0; i < t->rank; i++)
		if (t->shape[i] == 0)
			return offset <= count;
	for (int i = 0; i < t->rank; i++) {
		uint64_t steps = t->shape[i] - 1;

		if (t->shape[i] > count / numbers)
			return 0;	/* one number at several places */
		numbers *= t->shape[i];
		if (steps && t->stride[i] > count / steps)
			return 0;
		last += steps * t->stride[i];
		if (last >= count)
			return 0;
	}
	return last < count;
}

/* Strides of rows one after the other need no care. */
static int is_plain(const struct import_tensor *t)
{
	uint64_t step = 1;

	for (int i = t->rank - 1; i >= 0; i--) {
		if (t->shape[i] != 1 && t->stride[i] != step)
			return 0;
		step *= t->shape[i];
	}
	return 1;
}

static int tensor_add(struct pth *p, struct str name, uint32_t value)
{
	const struct pickle_value *v = pickle_at(&p->object, value);
	uint32_t storage = v->is.tensor.storage;
	uint64_t offset = (uint64_t)pickle_at(&p->object,
					      v->is.tensor.offset)->is.number;
	enum st_type type = pickle_storage_type(&p->object, storage);
	uint64_t shape[ST_MAX_RANK], stride[ST_MAX_RANK];
	struct import_tensor *t;
	struct str bytes;
	int rank = pickle_numbers(&p->object, v->is.tensor.size, shape);

	if (!is_float(type))
		return 0;		/* counters */
	if (rank < 0 ||
	    pickle_numbers(&p->object, v->is.tensor.stride, stride) != rank)
		return fail(p->e, ERROR_DATA, "'%s': the shape of '%.*s' is "
			    "damaged", p->s->path,
			    (int)MIN(name.bytes, (size_t)100), name.data);
	if (storage_find(p, storage, &bytes) < 0)
		return p->e->code;
	t = import_add(p->s, name, "", p->e);
	if (!t)
		return p->e->code;
	t->type = type;
	t->rank = rank;
	t->is_big = p->is_big;
	memcpy(t->shape, shape, sizeof(t->shape));
	memcpy(t->stride, stride, sizeof(t->stride));
	if (!view_fits(t, offset, bytes.bytes / st_type_bytes(type)))
		return fail(p->e, ERROR_DATA, "'%s': '%.100s' reaches beyond "
			    "its storage", p->s->path, t->name);
	t->data = bytes.data + offset * st_type_bytes(type);
	t->strided = !is_plain(t);
	return 0;
}

/* Tensors of a dict; how many. */
static size_t dict_tensors(const struct pickle *p, uint32_t dict)
{
	const struct pickle_value *v = pickle_at(p, dict);
	size_t count = 0;

	if (v->kind != PICKLE_DICT)
		return 0;
	for (uint32_t i = v->is.items.first; i; i = p->items[i].next)
		count += pickle_at(p, p->items[i].value)->kind ==
			 PICKLE_TENSOR;
	return count;
}

/* The dict that has the tensors: the object, or one that it names. */
static uint32_t state_find(const struct pickle *p, uint32_t object)
{
	static const char *const names[] = {
		"state_dict", "model_state_dict", "model", "net", "module",
		"params", "weights"
	};

	if (dict_tensors(p, object))
		return object;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		uint32_t dict = pickle_find(p, object, names[i]);

		if (dict && dict_tensors(p, dict))
			return dict;
	}
	return 0;
}

static int tensors_add(struct pth *p, uint32_t object)
{
	uint32_t dict = state_find(&p->object, object);
	const struct pickle_value *v = pickle_at(&p->object, dict);

	if (!dict) {
		fail(p->e, ERROR_DATA, "'%s' has no tensors by name, as a "
		     "state_dict has", p->s->path);
		return hint(p->e, "torch.save(model.state_dict(), "
			    "'weights.pth') writes them");
	}
	p->s->ordered = 1;
	for (uint32_t i = v->is.items.first; i;) {
		const struct pickle_item *key = &p->object.items[i];
		const struct pickle_item *value = &p->object.items[key->next];
		struct str name = pickle_text(&p->object, key->value);

		if (name.bytes && pickle_at(&p->object, value->value)->kind ==
				  PICKLE_TENSOR &&
		    tensor_add(p, name, value->value) < 0)
			return p->e->code;
		i = value->next;
	}
	return 0;
}

/* ---- the two files ------------------------------------------------------- */

/* The folder of the member that ends in "/data.pkl". */
static int stem_find(struct pth *p)
{
	static const char end[] = "data.pkl";

	for (uint32_t i = 0; i < p->zip.count; i++) {
		struct str name = string_map_at(p->zip.names, i);
		size_t stem = name.bytes - MIN(name.bytes, sizeof(end) - 1);

		if (str_equal((struct str){ name.data + stem,
					    name.bytes - stem },
			      str_of(end)) &&
		    (!stem || name.data[stem - 1] == '/'))
			return buf_add(&p->stem, name.data, stem, p->e);
	}
	return fail(p->e, ERROR_DATA, "'%s' is a zip file without data.pkl, so "
		    "none of PyTorch's", p->s->path);
}

/* Members of the stem; an absent byteorder is little. */
static int member_read(struct pth *p, const char *name, struct str *out)
{
	struct buf path = {0};

	if (buf_add(&path, p->stem.data, p->stem.bytes, p->e) == 0 &&
	    buf_add(&path, name, strlen(name), p->e) == 0) {
		struct str whole = { path.data, path.bytes };

		*out = (struct str){ "", 0 };
		if (strcmp(name, "byteorder") != 0 ||
		    string_map_find(p->zip.names, whole) != STRING_MAP_NONE)
			zip_read(&p->zip, whole, out, p->e);
	}
	buf_free(&path);
	return p->e->code;
}

static int zip_take(struct pth *p)
{
	struct str pickle, order;
	uint32_t object;

	if (zip_open(&p->zip, p->s->view.data, p->s->view.bytes, p->s->path,
		     p->e) < 0 ||
	    stem_find(p) < 0 || member_read(p, "data.pkl", &pickle) < 0 ||
	    member_read(p, "byteorder", &order) < 0)
		return p->e->code;
	p->is_big = str_equal(order, str_of("big"));
	object = pickle_read(&p->object, pickle.data, pickle.bytes,
			     p->s->path, p->e);
	return p->e->code ? p->e->code : tensors_add(p, object);
}

/* Bytes of each number of a storage, by the tensors that name it; or 0. */
static size_t key_size(const struct pickle *p, struct str key)
{
	for (uint32_t i = 0; i < p->count; i++) {
		const struct pickle_value *v = pickle_at(p, i);

		if (v->kind == PICKLE_STORAGE &&
		    str_equal(pickle_text(p, v->is.storage.key), key))
			return st_type_bytes(pickle_storage_type(p, i));
	}
	return 0;
}

static int keys_take(struct pth *p, const struct pickle *list, uint32_t keys,
		     size_t at)
{
	const unsigned char *data = p->s->view.data;
	const struct pickle_value *v = pickle_at(list, keys);
	uint32_t i = v->kind == PICKLE_LIST ? v->is.items.first : 0;

	for (; i; i = list->items[i].next) {
		struct str key = pickle_text(list, list->items[i].value);
		size_t left = p->s->view.bytes - at, size;
		uint64_t count = left < 8 ? 0 : le64_get(data + at);
		uint32_t id;

		size = key_size(&p->object, key);
		if (left < 8 || !size || count > (left - 8) / size)
			return fail(p->e, ERROR_DATA, "'%s': storage '%.*s' "
				    "is cut or belongs to nothing", p->s->path,
				    (int)MIN(key.bytes, (size_t)60), key.data);
		id = string_map_add(p->keys, key, p->e);
		if (id == STRING_MAP_NONE ||
		    mem_grow(&p->bytes, &p->bytes_room, (size_t)id + 1,
			     sizeof(*p->bytes), p->e) < 0)
			return p->e->code;
		p->bytes[id] = (struct str){ (const char *)data + at + 8,
					     (size_t)count * size };
		at += 8 + (size_t)count * size;
	}
	return 0;
}

/* One of the pickles one after the other, from *at on. */
static uint32_t chain_read(struct pth *p, struct pickle *to, size_t *at)
{
	uint32_t value = pickle_read(to, p->s->view.data + *at,
				     p->s->view.bytes - *at, p->s->path, p->e);

	*at += to->at;
	return value;
}

static int chain_take(struct pth *p)
{
	struct pickle part = {0};
	size_t at = 0;
	uint32_t object, keys;

	for (int i = 0; i < 3 && !p->e->code; i++) {
		uint32_t facts = chain_read(p, &part, &at);

		if (!p->e->code && i == 2) {
			uint32_t little = pickle_find(&part, facts,
						      "little_endian");

			p->is_big = pickle_at(&part, little)->kind ==
				    PICKLE_FALSE;
		}
		pickle_free(&part);
	}
	if (p->e->code)
		return p->e->code;
	object = chain_read(p, &p->object, &at);
	if (!p->e->code)
		keys = chain_read(p, &part, &at);
	p->keys = p->e->code ? NULL : string_map_new(p->e);
	if (p->keys && keys_take(p, &part, keys, at) == 0)
		tensors_add(p, object);
	pickle_free(&part);
	return p->e->code;
}

/* A chain begins with a pickle of 0x1950a86a20f9469cfc6c. */
static const unsigned char magic[] = {
	0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8,
	0x50, 0x19, '.'
};

int import_is_pth(const void *data, size_t bytes)
{
	return (bytes >= 4 && le32_get(data) == 0x04034b50) ||
	       (bytes >= 4 && memcmp(data, magic, 4) == 0);
}

int import_pth(struct import_source *s, struct error *e)
{
	struct pth p = { .s = s, .e = e };

	if (le32_get(s->view.data) == 0x04034b50)
		zip_take(&p);
	else if (s->view.bytes < sizeof(magic) ||
		 memcmp(s->view.data, magic, sizeof(magic)) != 0)
		fail(e, ERROR_DATA, "'%s' is a pickle, but none that "
		     "torch.save wrote", s->path);
	else
		chain_take(&p);
	pickle_free(&p.object);
	for (size_t i = 0; i < p.zip.count; i++)
		if (p.zip.members[i].unpacked &&
		    import_own(s, p.zip.members[i].unpacked, e) == 0)
			p.zip.members[i].unpacked = NULL;
	zip_close(&p.zip);
	buf_free(&p.stem);
	string_map_free(p.keys);
	mem_free(p.bytes);
	return e->code;
}
