/*
 * import_onnx.c - weights of an ONNX model, for net_import.
 *
 * Field numbers are those of onnx.proto3.  Weights are the initialisers of the
 * graph.  Exporters rename many of them, so a node tells what each is: inputs
 * of Conv and Gemm are weight and bias, those of BatchNormalization all four;
 * MatMul has a weight [in, out], and an Add behind it the bias.  Nodes come in
 * the order of the layers.  Initialisers that no such node reads keep their
 * names.
 */
#include "nn/net_import.h"

#include <string.h>

#include "base/le.h"
#include "base/string_map.h"
#include "format/floats.h"
#include "format/proto.h"

enum { NODE_INPUTS = 5 };

struct initial {		/* an initialiser */
	struct str name;
	enum st_type type;
	int is_float, used, is_big;
	int rank;
	uint64_t shape[ST_MAX_RANK];
	const void *data;
};

struct node {
	struct str type, name, in[NODE_INPUTS], out;
	size_t inputs;
	int64_t turned_b;		/* transB */
	float epsilon;
};

struct onnx {
	struct import_source *s;
	struct string_map *names;
	struct initial *initials;	/* [names] */
	size_t room;
	struct str product, product_name;	/* of the last MatMul */
	float epsilon;
	struct error *e;
};

static int onnx_fail(const struct onnx *o)
{
	return fail(o->e, ERROR_DATA, "'%s': damaged, or no model of ONNX",
		    o->s->path);
}

/* ---- initialisers -------------------------------------------------------- */

struct tensor_fields {
	struct initial t;
	uint64_t type, location;
	struct proto raw, floats, halves;	/* the last piece of each */
	size_t raws, float_pieces;
	uint64_t float_count;
	struct proto message;
};

static int dims_read(struct initial *t, const struct proto_field *f)
{
	struct proto list = f->bytes;
	uint64_t dim = f->value;

	if (f->type == PROTO_VARINT) {
		if (t->rank == ST_MAX_RANK)
			return -1;
		t->shape[t->rank++] = dim;
		return 0;
	}
	while (f->type == PROTO_BYTES && list.at < list.end) {
		if (proto_varint(&list, &dim) < 0 || t->rank == ST_MAX_RANK)
			return -1;
		t->shape[t->rank++] = dim;
	}
	return 0;
}

static int tensor_fields_read(struct tensor_fields *t, struct proto message)
{
	struct proto_field f;
	int code;

	t->message = message;
	while ((code = proto_next(&message, &f)) > 0) {
		if (f.number == 1 && dims_read(&t->t, &f) < 0)
			return -1;
		if (f.number == 2 && f.type == PROTO_VARINT)
			t->type = f.value;
		if (f.number == 14 && f.type == PROTO_VARINT)
			t->location = f.value;
		if (f.number == 8 && f.type == PROTO_BYTES)
			t->t.name = proto_str(f.bytes);
		if (f.number == 9 && f.type == PROTO_BYTES) {
			t->raw = f.bytes;
			t->raws++;
		}
		if (f.number == 5 && f.type == PROTO_BYTES)
			t->halves = f.bytes;
		if (f.number == 10 && f.type == PROTO_BYTES && t->type == 11) {
			t->raw = f.bytes;	/* double_data, packed */
			t->raws++;
		}
		if (f.number == 4 && (f.type == PROTO_BYTES ||
				      f.type == PROTO_FOUR)) {
			t->floats = f.bytes;
			t->float_pieces++;
			t->float_count += proto_left(f.bytes) / 4;
		}
	}
	return code;
}

/* float_data in pieces: one block. */
static int floats_gather(struct onnx *o, struct tensor_fields *t)
{
	float *to = mem_new((size_t)t->float_count, sizeof(*to), o->e);
	struct proto message = t->message;
	struct proto_field f;
	size_t n = 0;

	if (!to || import_own(o->s, to, o->e) < 0)
		return o->e->code;
	while (proto_next(&message, &f) > 0) {
		if (f.number != 4 || (f.type != PROTO_BYTES &&
				      f.type != PROTO_FOUR))
			continue;
		floats_read(to + n, f.bytes.at, ST_F32, 0,
			    proto_left(f.bytes) / 4);
		n += proto_left(f.bytes) / 4;
	}
	t->t.data = to;
	t->t.is_big = !le_is_native();
	return 0;
}

/* int32_data holds 16 bits of a float in each varint. */
static int halves_gather(struct onnx *o, struct tensor_fields *t,
			 uint64_t *count)
{
	struct proto list = t->halves;
	unsigned char *to = mem_new(2 * proto_left(list), 1, o->e);
	uint64_t v;

	if (!to || import_own(o->s, to, o->e) < 0)
		return o->e->code;
	for (*count = 0; list.at < list.end; ++*count) {
		if (proto_varint(&list, &v) < 0)
			return onnx_fail(o);
		to[2 * *count] = (unsigned char)v;
		to[2 * *count + 1] = (unsigned char)(v >> 8);
	}
	t->t.data = to;
	return 0;
}

/* 1 if the shape is that of `count` numbers. */
static int is_whole(const struct initial *t, uint64_t count)
{
	uint64_t n = 1;

	for (int i = 0; i < t->rank; i++) {
		if (t->shape[i] && n > count / t->shape[i])
			return 0;
		n *= t->shape[i];
	}
	return n == count;
}

static int values_find(struct onnx *o, struct tensor_fields *t)
{
	uint64_t count = 0;

	if (t->raws) {
		t->t.data = t->raw.at;
		count = proto_left(t->raw) / st_type_bytes(t->t.type);
	} else if (t->float_pieces && t->t.type == ST_F32) {
		count = t->float_count;
		t->t.data = t->floats.at;
		if (t->float_pieces > 1 && floats_gather(o, t) < 0)
			return o->e->code;
	} else if (t->halves.at && st_type_bytes(t->t.type) == 2 &&
		   halves_gather(o, t, &count) < 0) {
		return o->e->code;
	}
	if (!is_whole(&t->t, count))
		return fail(o->e, ERROR_DATA, "'%s': initialiser '%.*s' has "
			    "another count of numbers than its shape",
			    o->s->path,
			    (int)MIN(t->t.name.bytes, (size_t)100),
			    t->t.name.data);
	return 0;
}

static int initial_add(struct onnx *o, const struct initial *t)
{
	uint32_t id = string_map_add(o->names, t->name, o->e);

	if (id == STRING_MAP_NONE ||
	    mem_grow(&o->initials, &o->room, (size_t)id + 1,
		     sizeof(*o->initials), o->e) < 0)
		return o->e->code;
	o->initials[id] = *t;
	return 0;
}

static int initial_read(struct onnx *o, struct proto message)
{
	struct tensor_fields t = { .t = { .name = { "", 0 }, .data = "" } };

	if (tensor_fields_read(&t, message) < 0)
		return onnx_fail(o);
	if (t.location) {
		fail(o->e, ERROR_DATA, "'%s': the numbers of '%.*s' are in "
		     "another file, which is not read", o->s->path,
		     (int)MIN(t.t.name.bytes, (size_t)100), t.t.name.data);
		return hint(o->e, "onnx.save(onnx.load(FILE), NEW) writes one "
			    "file with all of them");
	}
	t.t.is_float = t.type == 1 || t.type == 10 || t.type == 11 ||
		       t.type == 16;
	t.t.type = t.type == 10 ? ST_F16 : t.type == 11 ? ST_F64 :
		   t.type == 16 ? ST_BF16 : ST_F32;
	if (!t.t.is_float)
		return 0;		/* shapes and counters */
	if (values_find(o, &t) < 0)
		return o->e->code;
	return initial_add(o, &t.t);
}

/* ---- nodes --------------------------------------------------------------- */

static int attribute_read(struct node *n, struct proto message)
{
	struct str name = { "", 0 };
	struct proto_field f;
	int64_t number = 0;
	float value = 0;
	int code;

	while ((code = proto_next(&message, &f)) > 0) {
		if (f.number == 1 && f.type == PROTO_BYTES)
			name = proto_str(f.bytes);
		if (f.number == 2 && f.type == PROTO_FOUR)
			floats_read(&value, f.bytes.at, ST_F32, 0, 1);
		if (f.number == 3 && f.type == PROTO_VARINT)
			number = (int64_t)f.value;
	}
	if (str_equal(name, str_of("transB")))
		n->turned_b = number;
	if (str_equal(name, str_of("epsilon")))
		n->epsilon = value;
	return code;
}

static int node_fields_read(struct node *n, struct proto message)
{
	struct proto_field f;
	int code;

	while ((code = proto_next(&message, &f)) > 0) {
		if (f.type != PROTO_BYTES)
			continue;
		if (f.number == 1 && n->inputs < NODE_INPUTS)
			n->in[n->inputs++] = proto_str(f.bytes);
		else if (f.number == 2 && !n->out.bytes)
			n->out = proto_str(f.bytes);
		else if (f.number == 3)
			n->name = proto_str(f.bytes);
		else if (f.number == 4)
			n->type = proto_str(f.bytes);
		else if (f.number == 5 && attribute_read(n, f.bytes) < 0)
			return -1;
	}
	return code;
}

static struct initial *initial_find(struct onnx *o, struct str name)
{
	uint32_t id = string_map_find(o->names, name);

	return id == STRING_MAP_NONE ? NULL : &o->initials[id];
}

static int initial_put(struct onnx *o, struct initial *from, struct str module,
		       const char *ending, enum import_layout layout)
{
	struct import_tensor *t = import_add(o->s, module, ending, o->e);

	if (!t)
		return o->e->code;
	from->used = 1;
	t->type = from->type;
	t->layout = layout;
	t->rank = from->rank;
	memcpy(t->shape, from->shape, sizeof(t->shape));
	t->data = from->data;
	t->is_big = from->is_big;
	return 0;
}

/* The name of the weight without its ending, where it has one. */
static struct str module_of(struct str weight, struct str node)
{
	static const char *const endings[] = { ".weight", "/weight", ".gamma",
					       "/gamma", "_weight", "_gamma" };

	for (size_t i = 0; i < ARRAY_LEN(endings); i++) {
		size_t bytes = strlen(endings[i]);

		if (weight.bytes > bytes &&
		    memcmp(str_end(weight) - bytes, endings[i], bytes) == 0)
			return (struct str){ weight.data,
					     weight.bytes - bytes };
	}
	return node.bytes ? node : weight;
}

static int node_put(struct onnx *o, const struct node *n,
		    enum import_layout layout)
{
	static const char *const endings[] = { ".weight", ".bias",
					       ".running_mean",
					       ".running_var" };
	struct str module = module_of(n->in[1], n->name);

	for (size_t i = 1; i < n->inputs; i++) {
		struct initial *from = initial_find(o, n->in[i]);

		if (from && initial_put(o, from, module, endings[i - 1],
					i == 1 ? layout : IMPORT_OIHW) < 0)
			return o->e->code;
	}
	return 0;
}

/* An Add of an initialiser to the product before it: its bias. */
static int bias_put(struct onnx *o, const struct node *n)
{
	int first = str_equal(n->in[0], o->product);
	struct initial *from;

	if (!o->product.bytes || n->inputs != 2 ||
	    (!first && !str_equal(n->in[1], o->product)))
		return 0;
	from = initial_find(o, n->in[first]);
	o->product.bytes = 0;
	return from ? initial_put(o, from, o->product_name, ".bias",
				  IMPORT_OIHW) : 0;
}

static int node_read(struct onnx *o, struct proto message)
{
	const struct str none = { "", 0 };
	struct node n = { .type = none, .name = none, .out = none,
			  .in = { none, none, none, none, none },
			  .epsilon = 1e-5f };
	int is_norm;

	if (node_fields_read(&n, message) < 0)
		return onnx_fail(o);
	is_norm = str_equal(n.type, str_of("BatchNormalization"));
	if (str_equal(n.type, str_of("Add")))
		return bias_put(o, &n);
	if (n.inputs < 2 || !initial_find(o, n.in[1]))
		return 0;
	if (is_norm && o->epsilon != 0 && o->epsilon != n.epsilon)
		return fail(o->e, ERROR_DATA, "'%s': batch norms differ in "
			    "epsilon", o->s->path);
	if (is_norm)
		o->epsilon = n.epsilon;
	if (str_equal(n.type, str_of("MatMul"))) {
		o->product = n.out;
		o->product_name = module_of(n.in[1], n.name);
		n.inputs = 2;
		return node_put(o, &n, IMPORT_HWIO);
	}
	if (str_equal(n.type, str_of("Gemm")))
		return node_put(o, &n, n.turned_b ? IMPORT_OIHW : IMPORT_HWIO);
	if (is_norm || str_equal(n.type, str_of("Conv")))
		return node_put(o, &n, IMPORT_OIHW);
	return 0;
}

/* ---- the file ------------------------------------------------------------ */

/* All fields `number` of a graph. */
static int graph_each(struct onnx *o, struct proto graph, uint32_t number,
		      int (*each)(struct onnx *o, struct proto message))
{
	struct proto_field f;
	int code;

	while ((code = proto_next(&graph, &f)) > 0)
		if (f.number == number && f.type == PROTO_BYTES &&
		    each(o, f.bytes) < 0)
			return o->e->code;
	return code < 0 ? onnx_fail(o) : 0;
}

static int graph_read(struct onnx *o, struct proto graph)
{
	if (graph_each(o, graph, 5, initial_read) < 0 ||
	    graph_each(o, graph, 1, node_read) < 0)
		return o->e->code;
	o->s->ordered = o->s->count > 0;
	for (uint32_t i = 0; i < string_map_count(o->names); i++)
		if (!o->initials[i].used &&
		    initial_put(o, &o->initials[i], o->initials[i].name, "",
				IMPORT_OIHW) < 0)
			return o->e->code;
	return 0;
}

/* The text lives with the source. */
static int epsilon_tell(struct onnx *o)
{
	struct buf text = {0};

	if (o->epsilon == 0)
		return 0;
	if (buf_addf(&text, o->e, "%.9g", (double)o->epsilon) < 0)
		return o->e->code;
	o->s->facts.epsilon = text.data;
	return import_own(o->s, text.data, o->e);
}

int import_onnx(struct import_source *s, struct error *e)
{
	struct onnx o = { .s = s, .names = string_map_new(e), .e = e };
	struct proto all = proto_of(s->view.data, s->view.bytes);
	struct proto_field f;
	int code = 0;

	while (!e->code && (code = proto_next(&all, &f)) > 0)
		if (f.number == 7 && f.type == PROTO_BYTES)
			graph_read(&o, f.bytes);
	if (code < 0)
		onnx_fail(&o);
	if (!e->code)
		epsilon_tell(&o);
	string_map_free(o.names);
	mem_free(o.initials);
	return e->code;
}
