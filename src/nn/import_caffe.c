/*
 * import_caffe.c - weights in a .caffemodel, for net_import, and the mean
 * picture of a .binaryproto.
 *
 * Field numbers are those of caffe.proto: a NetParameter has `layers` = 2 (its
 * type a number) or `layer` = 100 (its type a text).  A layer has blobs: weight
 * and bias.  BatchNorm has a mean, a variance and what both are to be divided
 * by; the Scale behind it has the factor and the bias of our bn.
 *
 * Caffe's pictures are blue, green, red, from 0 to 255.  What the file does not
 * say of them is as in its ImageNet nets.
 */
#include "nn/net_import.h"

#include <stdio.h>
#include <string.h>

#include "base/le.h"
#include "format/floats.h"
#include "format/proto.h"

enum { MOST_BLOBS = 4 };

struct blob {
	uint64_t shape[ST_MAX_RANK];
	int rank;
	uint64_t count;			/* of numbers that are there */
	enum st_type type;
	const void *data;
	int is_big;
};

enum layer_kind { CONVOLUTION, INNER_PRODUCT, BATCH_NORM, SCALE, OTHER };

struct caffe_layer {
	struct str name, bottom, top;
	enum layer_kind kind;
	struct blob blobs[MOST_BLOBS];
	int count, turned;		/* turned: [in, out] */
	int is_v1;
};

struct caffe {
	struct import_source *s;
	struct caffe_layer norm;	/* a BatchNorm whose Scale may come */
	int has_norm;
	float epsilon;			/* 0: not seen */
	float mean[3], scale;		/* of the data layer */
	int means;
	uint64_t crop;
	struct error *e;
};

static int caffe_fail(const struct caffe *c, struct str name, const char *why)
{
	return fail(c->e, ERROR_DATA, "'%s': layer '%.*s' %s", c->s->path,
		    (int)MIN(name.bytes, (size_t)100), name.data, why);
}

static int message_fail(const struct caffe *c)
{
	fail(c->e, ERROR_DATA, "'%s': damaged, or no net of Caffe",
	     c->s->path);
	return hint(c->e, "a .caffemodel is needed; a .prototxt has no "
		    "weights");
}

static float four_float(struct proto p)
{
	float v;

	floats_read(&v, p.at, ST_F32, 0, 1);
	return v;
}

/* ---- blobs --------------------------------------------------------------- */

/* Numbers that lie in several pieces become one block. */
static int blob_gather(struct import_source *s, struct blob *b,
		       struct proto message, struct error *e)
{
	float *to = mem_new((size_t)b->count, sizeof(*to), e);
	struct proto_field f;
	size_t n = 0;

	if (!to || import_own(s, to, e) < 0)
		return e->code;
	while (proto_next(&message, &f) > 0) {
		size_t count = proto_left(f.bytes) / sizeof(*to);

		if (f.number != 5 || (f.type != PROTO_BYTES &&
				      f.type != PROTO_FOUR))
			continue;
		floats_read(to + n, f.bytes.at, ST_F32, 0, count);
		n += count;
	}
	b->type = ST_F32;
	b->data = to;
	b->is_big = !le_is_native();
	return 0;
}

static int dims_read(struct blob *b, struct proto shape)
{
	struct proto_field f;
	int code;

	while ((code = proto_next(&shape, &f)) > 0) {
		struct proto list = f.bytes;
		uint64_t dim = f.value;

		if (f.number != 1)
			continue;
		if (f.type == PROTO_VARINT) {
			if (b->rank == ST_MAX_RANK)
				return -1;
			b->shape[b->rank++] = dim;
			continue;
		}
		while (f.type == PROTO_BYTES && list.at < list.end) {
			if (proto_varint(&list, &dim) < 0 ||
			    b->rank == ST_MAX_RANK)
				return -1;
			b->shape[b->rank++] = dim;
		}
	}
	return code;
}

/* The shape agrees with how many numbers there are. */
static int blob_whole(const struct blob *b)
{
	uint64_t count = 1;

	for (int i = 0; i < b->rank; i++) {
		if (b->shape[i] && count > b->count / b->shape[i])
			return 0;
		count *= b->shape[i];
	}
	return count == b->count;
}

/* -1 if it is damaged, or *e is set. */
static int blob_read(struct import_source *s, struct blob *b,
		     struct proto message, struct error *e)
{
	struct proto all = message;
	uint64_t old[4] = { 1, 1, 1, 1 };
	struct proto_field f;
	int code, is_old = 0, pieces = 0;

	*b = (struct blob){ .type = ST_F32, .data = "" };
	while ((code = proto_next(&message, &f)) > 0) {
		int is_data = f.number == 5 || f.number == 8;

		if (f.number <= 4 && f.type == PROTO_VARINT) {
			old[f.number - 1] = f.value;
			is_old = 1;
		} else if (f.number == 7 && f.type == PROTO_BYTES) {
			if (dims_read(b, f.bytes) < 0)
				return -1;
		} else if (is_data && f.type != PROTO_VARINT) {
			b->type = f.number == 8 ? ST_F64 : ST_F32;
			b->count += proto_left(f.bytes) /
				    st_type_bytes(b->type);
			b->data = f.bytes.at;
			pieces++;
		}
	}
	if (code < 0)
		return -1;
	if (is_old) {
		b->rank = 4;
		memcpy(b->shape, old, sizeof(old));
	}
	if (!blob_whole(b) || (pieces > 1 && b->type != ST_F32))
		return -1;
	return pieces > 1 ? blob_gather(s, b, all, e) : 0;
}

/* ---- what a layer is ----------------------------------------------------- */

static enum layer_kind kind_of(struct str type)
{
	static const struct {
		const char *name;
		enum layer_kind kind;
	} kinds[] = {
		{ "Convolution", CONVOLUTION },
		{ "ConvolutionDepthwise", CONVOLUTION },
		{ "DepthwiseConvolution", CONVOLUTION },
		{ "InnerProduct", INNER_PRODUCT },
		{ "BatchNorm", BATCH_NORM }, { "Scale", SCALE },
	};

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (str_equal(type, str_of(kinds[i].name)))
			return kinds[i].kind;
	return OTHER;
}

static int transform_read(struct caffe *c, struct proto message)
{
	struct proto_field f;
	int code;

	while ((code = proto_next(&message, &f)) > 0) {
		if (f.number == 1 && f.type == PROTO_FOUR)
			c->scale = four_float(f.bytes);
		else if (f.number == 3 && f.type == PROTO_VARINT)
			c->crop = f.value;
		else if (f.number == 5 && f.type == PROTO_FOUR && c->means < 3)
			c->mean[c->means++] = four_float(f.bytes);
	}
	return code;
}

/* Of BatchNorm: its epsilon; of InnerProduct: transpose. */
static int param_read(struct caffe *c, struct caffe_layer *l,
		      struct proto message, int is_norm)
{
	struct proto_field f;
	int code;

	while ((code = proto_next(&message, &f)) > 0) {
		if (!is_norm && f.number == 6 && f.type == PROTO_VARINT)
			l->turned = f.value != 0;
		if (!is_norm || f.number != 3 || f.type != PROTO_FOUR)
			continue;
		if (c->epsilon != 0 && c->epsilon != four_float(f.bytes))
			return caffe_fail(c, l->name, "has another epsilon "
					  "than the layers before");
		c->epsilon = four_float(f.bytes);
	}
	return code;
}

static int field_read(struct caffe *c, struct caffe_layer *l,
		      const struct proto_field *f)
{
	uint32_t number = f->number;
	int v1 = l->is_v1;

	if (v1 && number == 5 && f->type == PROTO_VARINT)
		l->kind = f->value == 4 ? CONVOLUTION :
			  f->value == 14 ? INNER_PRODUCT : OTHER;
	if (f->type != PROTO_BYTES)
		return 0;
	if (v1 && number == 1)
		return caffe_fail(c, str_of("?"), "is in the format of before "
				  "2014, which is not read");
	if (number == (v1 ? 4u : 1u))
		l->name = proto_str(f->bytes);
	else if (!v1 && number == 2)
		l->kind = kind_of(proto_str(f->bytes));
	else if (number == (v1 ? 2u : 3u) && !l->bottom.bytes)
		l->bottom = proto_str(f->bytes);
	else if (number == (v1 ? 3u : 4u) && !l->top.bytes)
		l->top = proto_str(f->bytes);
	else if (number == (v1 ? 36u : 100u))
		return transform_read(c, f->bytes);
	else if (!v1 && (number == 139 || number == 117))
		return param_read(c, l, f->bytes, number == 139);
	else if (number == (v1 ? 6u : 7u) && l->count < MOST_BLOBS)
		return blob_read(c->s, &l->blobs[l->count++], f->bytes, c->e);
	return 0;
}

/* ---- tensors ------------------------------------------------------------- */

/* A blob with the last `rank` sizes of its shape; all before must be 1. */
static int blob_add(struct caffe *c, const struct caffe_layer *l,
		    const struct blob *b, int rank, const char *ending)
{
	struct import_tensor *t;
	int extra = b->rank - rank;

	for (int i = 0; i < extra; i++)
		if (b->shape[i] != 1)
			return caffe_fail(c, l->name, "has a blob of another "
					  "shape than its kind has");
	if (extra < 0)
		return caffe_fail(c, l->name, "has a blob of too few axes");
	t = import_add(c->s, l->name, ending, c->e);
	if (!t)
		return c->e->code;
	t->type = b->type;
	t->rank = rank;
	t->data = b->data;
	t->is_big = b->is_big;
	for (int i = 0; i < rank; i++)
		t->shape[i] = b->shape[extra + i];
	t->layout = rank == 2 && l->turned ? IMPORT_HWIO : IMPORT_OIHW;
	return 0;
}

/* A blob of n numbers: b times `scale`, or all `fill` where b is NULL. */
static int blob_make(struct caffe *c, struct blob *to, const struct blob *b,
		     uint64_t n, float scale)
{
	float *v = mem_new((size_t)n, sizeof(*v), c->e);

	if (!v || import_own(c->s, v, c->e) < 0)
		return c->e->code;
	if (b && n)
		floats_read(v, b->data, b->type, b->is_big, (size_t)n);
	for (size_t i = 0; i < n; i++)
		v[i] = b ? v[i] * scale : scale;
	*to = (struct blob){ .shape = { n }, .rank = 1, .count = n,
			     .type = ST_F32, .data = v,
			     .is_big = !le_is_native() };
	return 0;
}

/* The BatchNorm that waits, with its Scale or without. */
static int norm_add(struct caffe *c, const struct caffe_layer *scale)
{
	const struct caffe_layer *l = &c->norm;
	const struct blob *b = l->blobs, *from = scale ? scale->blobs : NULL;
	uint64_t n = b[0].count;
	struct blob made[4];
	float factor;

	c->has_norm = 0;
	if (l->count < 3 || b[1].count != n || b[2].count != 1 ||
	    (scale && (scale->count < 1 || from[0].count != n ||
		       (scale->count > 1 && from[1].count != n))))
		return caffe_fail(c, l->name, "has no mean and variance of one "
				  "size");
	floats_read(&factor, b[2].data, b[2].type, b[2].is_big, 1);
	factor = factor == 0 ? 0 : 1 / factor;
	if (blob_make(c, &made[0], scale ? &from[0] : NULL, n, 1) < 0 ||
	    blob_make(c, &made[1], scale && scale->count > 1 ? &from[1] : NULL,
		      n, scale && scale->count > 1 ? 1 : 0) < 0 ||
	    blob_make(c, &made[2], &b[0], n, factor) < 0 ||
	    blob_make(c, &made[3], &b[1], n, factor) < 0 ||
	    blob_add(c, l, &made[0], 1, ".weight") < 0 ||
	    blob_add(c, l, &made[1], 1, ".bias") < 0 ||
	    blob_add(c, l, &made[2], 1, ".running_mean") < 0)
		return c->e->code;
	return blob_add(c, l, &made[3], 1, ".running_var");
}

static int other_add(struct caffe *c, const struct caffe_layer *l)
{
	char ending[16];

	for (int i = 0; i < l->count; i++) {
		snprintf(ending, sizeof(ending), ".blob%d", i);
		if (blob_add(c, l, &l->blobs[i], l->blobs[i].rank, ending) < 0)
			return c->e->code;
	}
	return 0;
}

static int layer_add(struct caffe *c, const struct caffe_layer *l)
{
	if (c->has_norm && l->kind == SCALE &&
	    str_equal(l->bottom, c->norm.top))
		return norm_add(c, l);
	if (c->has_norm && norm_add(c, NULL) < 0)
		return c->e->code;
	if (l->kind == BATCH_NORM && l->count) {
		c->norm = *l;
		c->has_norm = 1;
		return 0;
	}
	if (l->kind != CONVOLUTION && l->kind != INNER_PRODUCT)
		return other_add(c, l);
	if (l->count > 0 &&
	    blob_add(c, l, &l->blobs[0], l->kind == CONVOLUTION ? 4 : 2,
		     ".weight") < 0)
		return c->e->code;
	return l->count > 1 ? blob_add(c, l, &l->blobs[1], 1, ".bias") : 0;
}

static int layer_read(struct caffe *c, struct proto message, int is_v1)
{
	struct caffe_layer l = { .name = { "", 0 }, .bottom = { "", 0 },
				 .top = { "", 0 }, .kind = OTHER,
				 .is_v1 = is_v1 };
	struct proto_field f;
	int code;

	while ((code = proto_next(&message, &f)) > 0)
		if (field_read(c, &l, &f) < 0)
			return c->e->code ? c->e->code : message_fail(c);
	if (code < 0)
		return message_fail(c);
	return layer_add(c, &l);
}

/* ---- the file ------------------------------------------------------------ */

/* Texts of the facts live with the source. */
static int facts_make(struct caffe *c)
{
	enum { ROOM = 64 };
	struct import_facts *facts = &c->s->facts;
	char *text = mem_new(4 * ROOM, 1, c->e);

	if (!text || import_own(c->s, text, c->e) < 0)
		return c->e->code;
	facts->order = "bgr";
	facts->mean = "104.00699,116.66877,122.67892";
	if (c->means == 1)
		snprintf(text, ROOM, "%.7g", (double)c->mean[0]);
	else if (c->means == 3)
		snprintf(text, ROOM, "%.7g,%.7g,%.7g", (double)c->mean[0],
			 (double)c->mean[1], (double)c->mean[2]);
	if (c->means)
		facts->mean = text;
	snprintf(text + ROOM, ROOM, "%.9g", (double)c->scale);
	facts->scale = text + ROOM;
	if (c->crop && c->crop < 10000) {
		snprintf(text + 2 * ROOM, ROOM, "%u", (unsigned)c->crop);
		facts->size = text + 2 * ROOM;
	}
	if (c->epsilon != 0) {
		snprintf(text + 3 * ROOM, ROOM, "%.9g", (double)c->epsilon);
		facts->epsilon = text + 3 * ROOM;
	}
	return 0;
}

int import_caffe(struct import_source *s, struct error *e)
{
	struct caffe c = { .s = s, .scale = 1, .e = e };
	struct proto all = proto_of(s->view.data, s->view.bytes);
	struct proto_field f;
	int code;

	s->ordered = 1;
	while ((code = proto_next(&all, &f)) > 0)
		if (f.type == PROTO_BYTES &&
		    (f.number == 2 || f.number == 100) &&
		    layer_read(&c, f.bytes, f.number == 2) < 0)
			return e->code;
	if (code < 0)
		return message_fail(&c);
	if (c.has_norm && norm_add(&c, NULL) < 0)
		return e->code;
	return facts_make(&c);
}

int import_mean(struct buf *mean, const char *path, struct error *e)
{
	struct import_source s = { .path = path, .view.fd = -1 };
	struct blob b;
	float value;

	if (file_view_open(&s.view, path, e) == 0 &&
	    (blob_read(&s, &b, proto_of(s.view.data, s.view.bytes), e) < 0 ||
	     b.rank < 3 || b.shape[b.rank - 3] != 3 || b.count < 3))
		fail(e, ERROR_DATA, "'%s' is no mean picture of three "
		     "channels, as a .binaryproto has", path);
	for (size_t i = 0; i < 3 && !e->code; i++) {
		size_t pixels = (size_t)b.count / 3;
		const char *at = b.data;
		double sum = 0;

		at += i * pixels * st_type_bytes(b.type);
		for (size_t p = 0; p < pixels; p++) {
			floats_read(&value, at + p * st_type_bytes(b.type),
				    b.type, b.is_big, 1);
			sum += (double)value;
		}
		buf_addf(mean, e, "%s%.7g", i ? "," : "",
			 sum / (double)pixels);
	}
	import_source_free(&s);
	return e->code;
}
