/*
 * pickle.c - see pickle.h; opcodes as in Python's pickletools.
 *
 * What must hold: every opcode reads a byte and makes at most one value and one
 * item for each value on the stack, so memory is bounded by the input; values
 * refer to earlier ones or hold items that are walked once and one level deep.
 */
#include "format/pickle.h"

#include <string.h>

#include "base/le.h"

enum { MOST_VALUES = 1 << 20 };

enum global_is { IS_STORAGE, IS_DICT, IS_TENSOR, IS_PARAMETER, IS_SIZE };

static const struct {
	const char *module, *name;
	enum global_is is;
	enum st_type type;
} globals[] = {
	{ "torch", "FloatStorage", IS_STORAGE, ST_F32 },
	{ "torch", "HalfStorage", IS_STORAGE, ST_F16 },
	{ "torch", "BFloat16Storage", IS_STORAGE, ST_BF16 },
	{ "torch", "DoubleStorage", IS_STORAGE, ST_F64 },
	{ "torch", "LongStorage", IS_STORAGE, ST_I64 },
	{ "torch", "IntStorage", IS_STORAGE, ST_I32 },
	{ "torch", "ShortStorage", IS_STORAGE, ST_I16 },
	{ "torch", "CharStorage", IS_STORAGE, ST_I8 },
	{ "torch", "ByteStorage", IS_STORAGE, ST_U8 },
	{ "torch", "BoolStorage", IS_STORAGE, ST_BOOL },
	{ "collections", "OrderedDict", IS_DICT, ST_U8 },
	{ "torch._utils", "_rebuild_tensor_v2", IS_TENSOR, ST_U8 },
	{ "torch._utils", "_rebuild_tensor", IS_TENSOR, ST_U8 },
	{ "torch._utils", "_rebuild_parameter", IS_PARAMETER, ST_U8 },
	{ "torch", "Size", IS_SIZE, ST_U8 },
};

/* ---- reading ------------------------------------------------------------- */

static int pickle_fail(struct pickle *p, const char *why)
{
	return fail(p->e, ERROR_DATA, "'%s': damaged pickle at byte %zu: %s",
		    p->path, p->at, why);
}

/* n bytes of the input, or NULL. */
static const unsigned char *take(struct pickle *p, uint64_t n)
{
	const unsigned char *at = p->data + p->at;

	if (n > p->bytes - p->at) {
		pickle_fail(p, "it is cut");
		return NULL;
	}
	p->at += (size_t)n;
	return at;
}

/* A little-endian number of n bytes, at most 8; 0 where there is none. */
static uint64_t number_take(struct pickle *p, size_t n)
{
	const unsigned char *at = take(p, n);
	uint64_t v = 0;

	for (size_t i = 0; at && i < n; i++)
		v |= (uint64_t)at[i] << 8 * i;
	return v;
}

static struct str line_take(struct pickle *p)
{
	const unsigned char *at = p->data + p->at;
	const unsigned char *end = memchr(at, '\n', p->bytes - p->at);
	size_t bytes = end ? (size_t)(end - at) : 0;

	if (!end)
		pickle_fail(p, "a line without an end");
	else
		p->at += bytes + 1;
	return (struct str){ (const char *)at, bytes };
}

/* ---- values -------------------------------------------------------------- */

static struct pickle_value *value_new(struct pickle *p, enum pickle_kind kind)
{
	struct pickle_value *v;

	if (p->count >= MOST_VALUES) {
		pickle_fail(p, "more values than weights have");
		return NULL;
	}
	if (mem_grow(&p->values, &p->room, p->count + 1, sizeof(*p->values),
		     p->e) < 0)
		return NULL;
	v = &p->values[p->count++];
	*v = (struct pickle_value){ .kind = kind };
	return v;
}

static int push(struct pickle *p, uint32_t i)
{
	if (p->depth >= MOST_VALUES)
		return pickle_fail(p, "too deep a stack");
	if (mem_grow(&p->stack, &p->stack_room, p->depth + 1,
		     sizeof(*p->stack), p->e) < 0)
		return p->e->code;
	p->stack[p->depth++] = i;
	return 0;
}

/* A new value on the stack; the constants are values 0, 1, 2. */
static struct pickle_value *push_new(struct pickle *p, enum pickle_kind kind)
{
	struct pickle_value *v = value_new(p, kind);

	return v && push(p, (uint32_t)p->count - 1) == 0 ? v : NULL;
}

static int push_int(struct pickle *p, int64_t number)
{
	if (!p->e->code && push_new(p, PICKLE_INT))
		p->values[p->count - 1].is.number = number;
	return p->e->code;
}

static int push_text(struct pickle *p, uint64_t bytes)
{
	const unsigned char *at = p->e->code ? NULL : take(p, bytes);
	struct pickle_value *v = at ? push_new(p, PICKLE_TEXT) : NULL;

	if (v) {
		v->is.text.at = (uint32_t)(at - p->data);
		v->is.text.bytes = (uint32_t)bytes;
	}
	return p->e->code;
}

/* The value on top, taken off; 0 and *e set if there is none. */
static uint32_t pop(struct pickle *p)
{
	if (!p->depth || p->values[p->stack[p->depth - 1]].kind ==
			 PICKLE_MARK) {
		pickle_fail(p, "nothing on the stack");
		return 0;
	}
	return p->stack[--p->depth];
}

/* Where the values above the last mark begin; the mark is taken off later. */
static size_t mark_find(struct pickle *p)
{
	size_t at = p->depth;

	while (at && p->values[p->stack[at - 1]].kind != PICKLE_MARK)
		at--;
	if (!at)
		pickle_fail(p, "no mark on the stack");
	return at;
}

static int item_add(struct pickle *p, uint32_t to, uint32_t value)
{
	struct pickle_value *v = &p->values[to];
	uint32_t i = (uint32_t)p->item_count;

	if (p->item_count >= 2 * (size_t)MOST_VALUES)
		return pickle_fail(p, "more items than weights have");
	if (mem_grow(&p->items, &p->item_room, p->item_count + 1,
		     sizeof(*p->items), p->e) < 0)
		return p->e->code;
	p->items[p->item_count++] = (struct pickle_item){ value, 0 };
	if (v->is.items.first)
		p->items[v->is.items.last].next = i;
	else
		v->is.items.first = i;
	v->is.items.last = i;
	return 0;
}

static int is_holder(const struct pickle *p, uint32_t i, enum pickle_kind kind)
{
	return p->values[i].kind == kind;
}

/* Takes all from stack[from] on into `to`, which lies below. */
static int items_take(struct pickle *p, size_t from, uint32_t to)
{
	for (size_t i = from; i < p->depth; i++)
		if (item_add(p, to, p->stack[i]) < 0)
			return p->e->code;
	p->depth = from;
	return 0;
}

/* The top `n` values become a tuple. */
static int tuple_make(struct pickle *p, size_t n, size_t drop)
{
	uint32_t tuple;

	if (p->e->code)
		return p->e->code;
	if (p->depth < n + drop)
		return pickle_fail(p, "nothing on the stack");
	if (!value_new(p, PICKLE_TUPLE))
		return p->e->code;
	tuple = (uint32_t)p->count - 1;
	if (items_take(p, p->depth - n, tuple) < 0)
		return p->e->code;
	p->depth -= drop;
	return push(p, tuple);
}

/* Items above the mark, or the top n, go into the value below them. */
static int holder_fill(struct pickle *p, enum pickle_kind kind, size_t n)
{
	size_t from = n ? p->depth - MIN(n, p->depth) : mark_find(p);
	size_t marks = n ? 0 : 1, count = p->depth - from;

	if (p->e->code)
		return p->e->code;
	if (from <= marks || !is_holder(p, p->stack[from - 1 - marks], kind) ||
	    (kind == PICKLE_DICT && count % 2))
		return pickle_fail(p, "items without what holds them");
	if (items_take(p, from, p->stack[from - 1 - marks]) < 0)
		return p->e->code;
	p->depth -= marks;
	return 0;
}

/* ---- memory of earlier values -------------------------------------------- */

static int memo_put(struct pickle *p, uint64_t id)
{
	if (p->e->code)
		return p->e->code;
	if (!p->depth || id >= MOST_VALUES || id >= p->bytes)
		return pickle_fail(p, "a value's number");
	if (mem_grow(&p->memo, &p->memo_room, (size_t)id + 1, sizeof(*p->memo),
		     p->e) < 0)
		return p->e->code;
	p->memo_count = MAX(p->memo_count, (size_t)id + 1);
	p->memo[id] = p->stack[p->depth - 1] + 1;
	return 0;
}

static int memo_get(struct pickle *p, uint64_t id)
{
	if (p->e->code)
		return p->e->code;
	if (id >= p->memo_count || !p->memo[id])
		return pickle_fail(p, "a value that is not there");
	return push(p, p->memo[id] - 1);
}

/* ---- globals ------------------------------------------------------------- */

static int push_global(struct pickle *p, struct str module, struct str name)
{
	struct pickle_value *v;

	if (p->e->code)
		return p->e->code;
	for (size_t i = 0; i < ARRAY_LEN(globals); i++) {
		if (!str_equal(module, str_of(globals[i].module)) ||
		    !str_equal(name, str_of(globals[i].name)))
			continue;
		v = push_new(p, PICKLE_GLOBAL);
		if (v)
			v->is.number = (int64_t)i;
		return p->e->code;
	}
	fail(p->e, ERROR_DATA, "'%s': the pickle asks for '%.*s.%.*s', which "
	     "weights do not need: nothing of it is run", p->path,
	     (int)MIN(module.bytes, (size_t)60), module.data,
	     (int)MIN(name.bytes, (size_t)60), name.data);
	return hint(p->e, "where the file is from, save the weights alone: "
		    "torch.save(model.state_dict(), 'weights.pth')");
}

static int stack_global(struct pickle *p)
{
	uint32_t name = pop(p), module = pop(p);

	if (p->e->code)
		return p->e->code;
	if (!is_holder(p, name, PICKLE_TEXT) ||
	    !is_holder(p, module, PICKLE_TEXT))
		return pickle_fail(p, "a global without a name");
	return push_global(p, pickle_text(p, module), pickle_text(p, name));
}

/* ('storage', type, key, device, numel[, None]) */
static int storage_make(struct pickle *p)
{
	uint32_t part[6] = {0}, tuple = pop(p);
	const struct pickle_value *v = &p->values[tuple];
	size_t n = 0;

	if (p->e->code)
		return p->e->code;
	if (v->kind == PICKLE_TUPLE)
		for (uint32_t i = v->is.items.first; i && n < 6;
		     i = p->items[i].next)
			part[n++] = p->items[i].value;
	if (n < 5 || !str_equal(pickle_text(p, part[0]), str_of("storage")) ||
	    !is_holder(p, part[1], PICKLE_GLOBAL) ||
	    globals[p->values[part[1]].is.number].is != IS_STORAGE ||
	    !is_holder(p, part[2], PICKLE_TEXT) ||
	    !is_holder(p, part[4], PICKLE_INT) ||
	    p->values[part[4]].is.number < 0 ||
	    p->values[part[5]].kind != PICKLE_NONE)
		return pickle_fail(p, "no storage of numbers");
	if (!push_new(p, PICKLE_STORAGE))
		return p->e->code;
	p->values[p->count - 1].is.storage.type = part[1];
	p->values[p->count - 1].is.storage.key = part[2];
	p->values[p->count - 1].is.storage.numel = part[4];
	return 0;
}

static int tensor_make(struct pickle *p, const uint32_t part[4])
{
	if (!is_holder(p, part[0], PICKLE_STORAGE) ||
	    !is_holder(p, part[1], PICKLE_INT) ||
	    !is_holder(p, part[2], PICKLE_TUPLE) ||
	    !is_holder(p, part[3], PICKLE_TUPLE))
		return pickle_fail(p, "no tensor");
	if (!push_new(p, PICKLE_TENSOR))
		return p->e->code;
	p->values[p->count - 1].is.tensor.storage = part[0];
	p->values[p->count - 1].is.tensor.offset = part[1];
	p->values[p->count - 1].is.tensor.size = part[2];
	p->values[p->count - 1].is.tensor.stride = part[3];
	return 0;
}

/* A global and its arguments become what they would make. */
static int reduce(struct pickle *p)
{
	uint32_t part[4] = {0}, tuple = pop(p), what = pop(p);
	const struct pickle_value *v = &p->values[tuple];
	size_t n = 0;

	if (p->e->code)
		return p->e->code;
	if (v->kind != PICKLE_TUPLE || !is_holder(p, what, PICKLE_GLOBAL))
		return pickle_fail(p, "a call of something else than a global");
	for (uint32_t i = v->is.items.first; i && n < 4; i = p->items[i].next)
		part[n++] = p->items[i].value;
	switch (globals[p->values[what].is.number].is) {
	case IS_TENSOR:
		return tensor_make(p, part);
	case IS_DICT:
		if (n)
			return pickle_fail(p, "a dict made of something");
		push_new(p, PICKLE_DICT);
		return p->e->code;
	case IS_PARAMETER:
		if (!is_holder(p, part[0], PICKLE_TENSOR))
			return pickle_fail(p, "a parameter of no tensor");
		return push(p, part[0]);
	case IS_SIZE:
		if (!is_holder(p, part[0], PICKLE_TUPLE))
			return pickle_fail(p, "a size of no numbers");
		return push(p, part[0]);
	case IS_STORAGE:
		break;
	}
	return pickle_fail(p, "a call of a storage");
}

/* Attributes of a dict, which weights do not need, are dropped. */
static int build(struct pickle *p)
{
	pop(p);
	if (p->e->code)
		return p->e->code;
	if (!p->depth || !is_holder(p, p->stack[p->depth - 1], PICKLE_DICT))
		return pickle_fail(p, "attributes of something else than a "
				   "dict");
	return 0;
}

/* ---- opcodes ------------------------------------------------------------- */

static int push_long(struct pickle *p, size_t bytes)
{
	const unsigned char *at = p->e->code ? NULL : take(p, bytes);
	uint64_t v = 0;

	if (!at)
		return p->e->code;
	if (bytes && at[bytes - 1] & 128)
		v = UINT64_MAX;
	for (size_t i = 0; i < MIN(bytes, 8); i++)
		v = (v & ~((uint64_t)255 << 8 * i)) | (uint64_t)at[i] << 8 * i;
	return push_int(p, (int64_t)v);
}

static int op_scalar(struct pickle *p, unsigned char op)
{
	switch (op) {
	case 'N':
		return push(p, PICKLE_NONE);
	case 0x88:
		return push(p, PICKLE_TRUE);
	case 0x89:
		return push(p, PICKLE_FALSE);
	case 'J':
		return push_int(p, (int32_t)number_take(p, 4));
	case 'K':
		return push_int(p, (int64_t)number_take(p, 1));
	case 'M':
		return push_int(p, (int64_t)number_take(p, 2));
	case 0x8a:
		return push_long(p, (size_t)number_take(p, 1));
	case 'G':			/* its value is of no use here */
		if (take(p, 8))
			push_new(p, PICKLE_FLOAT);
		return p->e->code;
	case 'X': case 'T':
		return push_text(p, number_take(p, 4));
	case 0x8c: case 'U':
		return push_text(p, number_take(p, 1));
	}
	return 1;
}

static int op_holder(struct pickle *p, unsigned char op)
{
	size_t from;

	switch (op) {
	case '(':
		push_new(p, PICKLE_MARK);
		return p->e->code;
	case '}':
		push_new(p, PICKLE_DICT);
		return p->e->code;
	case ']':
		push_new(p, PICKLE_LIST);
		return p->e->code;
	case ')':
		return tuple_make(p, 0, 0);
	case 't':
		from = mark_find(p);
		return tuple_make(p, p->depth - from, 1);
	case 0x85: case 0x86: case 0x87:
		return tuple_make(p, op - 0x84u, 0);
	case 's':
		return holder_fill(p, PICKLE_DICT, 2);
	case 'u':
		return holder_fill(p, PICKLE_DICT, 0);
	case 'a':
		return holder_fill(p, PICKLE_LIST, 1);
	case 'e':
		return holder_fill(p, PICKLE_LIST, 0);
	}
	return 1;
}

static int op_other(struct pickle *p, unsigned char op)
{
	struct str module;

	switch (op) {
	case 0x80:
		if (number_take(p, 1) > 5)
			return pickle_fail(p, "its protocol is unknown");
		return p->e->code;
	case 0x95:
		take(p, 8);
		return p->e->code;
	case 'h':
		return memo_get(p, number_take(p, 1));
	case 'j':
		return memo_get(p, number_take(p, 4));
	case 'q':
		return memo_put(p, number_take(p, 1));
	case 'r':
		return memo_put(p, number_take(p, 4));
	case 0x94:
		return memo_put(p, p->memo_count);
	case 'c':
		module = line_take(p);
		return push_global(p, module, line_take(p));
	case 0x93:
		return stack_global(p);
	case 'Q':
		return storage_make(p);
	case 'R':
		return reduce(p);
	case 'b':
		return build(p);
	}
	return 1;
}

static int op_run(struct pickle *p, unsigned char op)
{
	int code = op_scalar(p, op);

	code = code > 0 ? op_holder(p, op) : code;
	code = code > 0 ? op_other(p, op) : code;
	if (code <= 0)
		return code;
	return fail(p->e, ERROR_DATA, "'%s': opcode 0x%02X of the pickle, at "
		    "byte %zu, is none that weights need", p->path, op,
		    p->at - 1);
}

uint32_t pickle_read(struct pickle *p, const void *data, size_t bytes,
		     const char *path, struct error *e)
{
	uint32_t last = 0;

	*p = (struct pickle){ .path = path, .data = data, .e = e,
			      .bytes = MIN(bytes, (size_t)UINT32_MAX) };
	value_new(p, PICKLE_NONE);
	value_new(p, PICKLE_FALSE);
	value_new(p, PICKLE_TRUE);
	if (mem_grow(&p->items, &p->item_room, 1, sizeof(*p->items), e) == 0)
		p->item_count = 1;
	while (!e->code) {
		const unsigned char *op = take(p, 1);

		if (op && *op == '.') {
			last = pop(p);
			break;
		}
		if (op)
			op_run(p, *op);
	}
	return e->code ? 0 : last;
}

void pickle_free(struct pickle *p)
{
	mem_free(p->values);
	mem_free(p->items);
	mem_free(p->stack);
	mem_free(p->memo);
	*p = (struct pickle){0};
}

/* ---- what is asked ------------------------------------------------------- */

struct str pickle_text(const struct pickle *p, uint32_t i)
{
	const struct pickle_value *v = &p->values[i];

	if (v->kind != PICKLE_TEXT)
		return (struct str){ "", 0 };
	return (struct str){ (const char *)p->data + v->is.text.at,
			     v->is.text.bytes };
}

uint32_t pickle_find(const struct pickle *p, uint32_t dict, const char *key)
{
	const struct pickle_value *v = &p->values[dict];

	if (v->kind != PICKLE_DICT)
		return 0;
	for (uint32_t i = v->is.items.first; i;) {
		uint32_t value = p->items[i].next;

		if (p->values[p->items[i].value].kind == PICKLE_TEXT &&
		    str_equal(pickle_text(p, p->items[i].value), str_of(key)))
			return p->items[value].value;
		i = p->items[value].next;
	}
	return 0;
}

int pickle_numbers(const struct pickle *p, uint32_t tuple,
		   uint64_t to[ST_MAX_RANK])
{
	int n = 0;

	for (uint32_t i = p->values[tuple].is.items.first; i;
	     i = p->items[i].next) {
		const struct pickle_value *v = &p->values[p->items[i].value];

		if (v->kind != PICKLE_INT || v->is.number < 0 ||
		    n == ST_MAX_RANK)
			return -1;
		to[n++] = (uint64_t)v->is.number;
	}
	return n;
}

enum st_type pickle_storage_type(const struct pickle *p, uint32_t storage)
{
	uint32_t type = p->values[storage].is.storage.type;

	return globals[p->values[type].is.number].type;
}
