/*
 * weights_made.h - files of weights as other programs write them, made byte by
 * byte: a small net's in every format, for tests and fuzzers.
 */
#ifndef WEIGHTS_MADE_H
#define WEIGHTS_MADE_H

#include <stdio.h>

#include "base/base.h"
#include "base/buf.h"
#include "base/le.h"
#include "format/crc.h"
#include "format/deflate.h"

enum { MADE_WEIGHTS = 9 };

static const char made_text[] =
	"image = input h=2 w=2 c=3\n"
	"a = conv out=4 kernel=1 bias=no\n"
	"a/bn = bn\n"
	"b = conv out=4 kernel=1 groups=4\n"
	"fc = dense out=@dim\n";

static const struct made_weight {
	const char *module, *part;
	int rank;
	uint64_t shape[4];
	size_t from;		/* in the numbers of all */
} made_weights[MADE_WEIGHTS] = {
	{ "a", "weight", 4, { 4, 3, 1, 1 }, 0 },
	{ "a.bn", "weight", 1, { 4 }, 12 },
	{ "a.bn", "bias", 1, { 4 }, 16 },
	{ "a.bn", "running_mean", 1, { 4 }, 20 },
	{ "a.bn", "running_var", 1, { 4 }, 24 },
	{ "b", "weight", 4, { 4, 1, 1, 1 }, 28 },
	{ "b", "bias", 1, { 4 }, 32 },
	{ "fc", "weight", 2, { 2, 16 }, 36 },
	{ "fc", "bias", 1, { 2 }, 68 },
};

/* Eighths, which 16 bits hold; variances are positive. */
static inline float made_number(size_t i)
{
	return (float)(i * 7 % 31 + 1) / 8;
}

static inline size_t made_count(const struct made_weight *w)
{
	size_t count = 1;

	for (int i = 0; i < w->rank; i++)
		count *= (size_t)w->shape[i];
	return count;
}

static inline void made_put(struct buf *b, const void *data, size_t bytes)
{
	struct error e = {0};

	if (buf_add(b, data, bytes, &e) < 0)
		bug("%s", e.text);
}

static inline void made_le(struct buf *b, uint64_t v, int bytes)
{
	for (int i = 0; i < bytes; i++)
		made_put(b, &(unsigned char){ (unsigned char)
			 (i < 8 ? v >> 8 * i : 0) }, 1);
}

/* Numbers from .. of all, as floats or as 16 bits (IEEE 754 binary16). */
static inline void made_floats(struct buf *b, size_t from, size_t count,
			       int half)
{
	for (size_t i = from; i < from + count; i++) {
		float v = made_number(i);
		uint32_t bits;

		memcpy(&bits, &v, sizeof(bits));
		if (half)
			made_le(b, ((bits >> 23) - 112) << 10 |
				(bits >> 13 & 1023), 2);
		else
			made_le(b, bits, 4);
	}
}

/* ---- PyTorch ------------------------------------------------------------- */

struct made_pth {
	int legacy, half, nested, turned;	/* turned: strides swapped */
	int deflated;
};

static inline void made_text_op(struct buf *b, const char *s)
{
	made_put(b, "X", 1);
	made_le(b, strlen(s), 4);
	made_put(b, s, strlen(s));
}

static inline void made_int_op(struct buf *b, uint64_t v)
{
	made_put(b, "J", 1);
	made_le(b, v, 4);
}

#define MADE_REBUILD "ctorch._utils\n_rebuild_tensor_v2\n"
#define MADE_DICT "ccollections\nOrderedDict\n)R"

/* A turned matrix lies in the file column by column, see made_storage. */
static inline void made_tensor_op(struct buf *b, const struct made_weight *w,
				  size_t key, const struct made_pth *o)
{
	uint64_t stride = made_count(w);
	char text[16];

	snprintf(text, sizeof(text), "%zu", key);
	made_put(b, MADE_REBUILD "((", sizeof(MADE_REBUILD "((") - 1);
	made_text_op(b, "storage");
	made_put(b, o->half ? "ctorch\nHalfStorage\n" :
		 "ctorch\nFloatStorage\n", o->half ? 19 : 20);
	made_text_op(b, text);
	made_text_op(b, "cpu");
	made_int_op(b, made_count(w));
	if (o->legacy)
		made_put(b, "N", 1);
	made_put(b, "tQ", 2);
	made_int_op(b, 0);
	made_put(b, "(", 1);
	for (int i = 0; i < w->rank; i++)
		made_int_op(b, w->shape[i]);
	made_put(b, "t(", 2);
	for (int i = 0; i < w->rank; i++) {
		stride /= w->shape[i];
		made_int_op(b, !o->turned || w->rank != 2 ? stride :
			    i ? w->shape[0] : 1);
	}
	made_put(b, "t\x89" MADE_DICT "tR", sizeof("t\x89" MADE_DICT "tR") - 1);
}

static inline void made_object(struct buf *b, const struct made_pth *o)
{
	char name[64];

	made_put(b, "\x80\x02", 2);
	if (o->nested) {
		made_put(b, "}(", 2);
		made_text_op(b, "epoch");
		made_put(b, "K\x03", 2);
		made_text_op(b, "state_dict");
	}
	made_put(b, MADE_DICT "q\0(", sizeof(MADE_DICT "q\0(") - 1);
	for (size_t i = 0; i < MADE_WEIGHTS; i++) {
		const struct made_weight *w = &made_weights[i];

		snprintf(name, sizeof(name), "%s%s.%s",
			 o->nested ? "module." : "", w->module, w->part);
		made_text_op(b, name);
		made_tensor_op(b, w, i, o);
	}
	made_put(b, o->nested ? "uu." : "u.", o->nested ? 3 : 2);
}

static inline void made_storage(struct buf *b, const struct made_weight *w,
				const struct made_pth *o)
{
	size_t rows = (size_t)w->shape[0], columns = (size_t)w->shape[1];

	if (!o->turned || w->rank != 2) {
		made_floats(b, w->from, made_count(w), o->half);
		return;
	}
	for (size_t c = 0; c < columns; c++)
		for (size_t r = 0; r < rows; r++)
			made_floats(b, w->from + r * columns + c, 1, o->half);
}

/* One member, sizes in the directory only, as PyTorch does. */
static inline void made_member(struct buf *zip, struct buf *directory,
			       const char *name, const struct buf *data,
			       int deflated)
{
	size_t at = zip->bytes, packed = data->bytes;
	struct buf zlib = {0};
	struct error e = {0};

	if (deflated && deflate_zlib(&zlib, (unsigned char *)data->data,
				     data->bytes, &e) < 0)
		bug("%s", e.text);
	if (deflated)		/* without zlib's head and checksum */
		packed = zlib.bytes - 6;

	made_put(zip, "PK\3\4", 4);
	made_le(zip, 0x08080000, 6);
	made_le(zip, 0, 16);
	made_le(zip, strlen(name), 4);
	made_put(zip, name, strlen(name));
	made_put(zip, deflated ? zlib.data + 2 : data->data, packed);
	made_put(directory, "PK\1\2", 4);
	made_le(directory, 0x08080000, 6);
	made_le(directory, deflated ? 8 : 0, 6);
	made_le(directory, crc_of(data->data, data->bytes), 4);
	made_le(directory, packed, 4);
	made_le(directory, data->bytes, 4);
	made_le(directory, strlen(name), 4);
	made_le(directory, 0, 10);
	made_le(directory, at, 4);
	made_put(directory, name, strlen(name));
	buf_free(&zlib);
}

static inline void made_zip_end(struct buf *zip, struct buf *directory,
				size_t members)
{
	size_t at = zip->bytes;

	made_put(zip, directory->data, directory->bytes);
	made_put(zip, "PK\5\6\0\0\0\0", 8);
	made_le(zip, members, 2);
	made_le(zip, members, 2);
	made_le(zip, directory->bytes, 4);
	made_le(zip, at, 4);
	made_le(zip, 0, 2);
	buf_free(directory);
}

/* The zip file with `pickle`, or the object's own where it is NULL. */
static inline void made_zip(struct buf *b, const struct made_pth *o,
			    const struct buf *pickle)
{
	struct buf directory = {0}, data = {0};
	char name[64];

	if (!pickle)
		made_object(&data, o);
	made_member(b, &directory, "w/data.pkl", pickle ? pickle : &data,
		    o->deflated);
	for (size_t i = 0; i < MADE_WEIGHTS; i++) {
		buf_clear(&data);
		made_storage(&data, &made_weights[i], o);
		snprintf(name, sizeof(name), "w/data/%zu", i);
		made_member(b, &directory, name, &data, o->deflated);
	}
	made_zip_end(b, &directory, MADE_WEIGHTS + 1);
	buf_free(&data);
}

#define MADE_MAGIC "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19." \
	"\x80\x02M\xe9\x03."

static inline void made_chain(struct buf *b, const struct made_pth *o)
{
	char key[16];

	made_put(b, MADE_MAGIC "\x80\x02}(", sizeof(MADE_MAGIC "\x80\x02}(") -
		 1);
	made_text_op(b, "little_endian");
	made_put(b, "\x88u.", 3);
	made_object(b, o);
	made_put(b, "\x80\x02](", 4);
	for (size_t i = 0; i < MADE_WEIGHTS; i++) {
		snprintf(key, sizeof(key), "%zu", i);
		made_text_op(b, key);
	}
	made_put(b, "e.", 2);
	for (size_t i = 0; i < MADE_WEIGHTS; i++) {
		made_le(b, made_count(&made_weights[i]), 8);
		made_storage(b, &made_weights[i], o);
	}
}

/* ---- protocol buffers ---------------------------------------------------- */

static inline void made_varint(struct buf *b, uint64_t v)
{
	for (; v > 127; v >>= 7)
		made_le(b, (v & 127) | 128, 1);
	made_le(b, v, 1);
}

static inline void made_bytes(struct buf *b, uint64_t field, const void *data,
			      size_t bytes)
{
	made_varint(b, field << 3 | 2);
	made_varint(b, bytes);
	made_put(b, data, bytes);
}

static inline void made_string(struct buf *b, uint64_t field, const char *s)
{
	made_bytes(b, field, s, strlen(s));
}

static inline void made_int(struct buf *b, uint64_t field, uint64_t v)
{
	made_varint(b, field << 3);
	made_varint(b, v);
}

/* A message as a field of another; the message is freed. */
static inline void made_message(struct buf *b, uint64_t field, struct buf *m)
{
	made_bytes(b, field, m->data, m->bytes);
	buf_free(m);
}

/* ---- Caffe --------------------------------------------------------------- */

struct made_caffe {
	int v1, split;		/* split: a tag for each number */
};

static inline void made_blob(struct buf *layer, const struct made_caffe *o,
			     const struct made_weight *w)
{
	struct buf blob = {0}, data = {0}, shape = {0};
	uint64_t old[4] = { 1, 1, 1, 1 };

	for (int i = 0; i < w->rank; i++)
		old[4 - w->rank + i] = w->shape[i];
	for (uint64_t i = 0; o->v1 && i < 4; i++)
		made_int(&blob, i + 1, old[i]);
	made_floats(&data, w->from, made_count(w), 0);
	for (size_t i = 0; o->split && i < made_count(w); i++) {
		made_varint(&blob, 5 << 3 | 5);
		made_put(&blob, data.data + 4 * i, 4);
	}
	if (o->split)
		buf_free(&data);
	else
		made_message(&blob, 5, &data);
	for (int i = 0; !o->v1 && i < w->rank; i++)
		made_varint(&shape, w->shape[i]);
	if (!o->v1) {
		struct buf list = {0};

		made_message(&list, 1, &shape);
		made_message(&blob, 7, &list);
	}
	made_message(layer, o->v1 ? 6 : 7, &blob);
}

static inline void made_one(struct buf *layer)
{
	static const unsigned char one[] = { 0x2A, 4, 0, 0, 0x80, 0x3F,
					     0x3A, 3, 0x0A, 1, 1 };

	made_bytes(layer, 7, one, sizeof(one));
}

static inline void made_layer(struct buf *net, const struct made_caffe *o,
			      const char *name, const char *type,
			      const int *blobs)
{
	struct buf layer = {0};

	made_string(&layer, o->v1 ? 4 : 1, name);
	if (o->v1)
		made_int(&layer, 5, *type == 'C' ? 4 : 14);
	else
		made_string(&layer, 2, type);
	made_string(&layer, o->v1 ? 2 : 3, "x");
	made_string(&layer, o->v1 ? 3 : 4, "x");
	for (; *blobs >= 0; blobs++)
		made_blob(&layer, o, &made_weights[*blobs]);
	if (*type == 'B')
		made_one(&layer);
	made_message(net, o->v1 ? 2 : 100, &layer);
}

/* The old format has no batch norm: `norms` leaves it out there. */
static inline void made_caffemodel(struct buf *b, const struct made_caffe *o)
{
	made_string(b, 1, "net");
	made_layer(b, o, "a", "Convolution", (const int[]){ 0, -1 });
	if (!o->v1) {
		made_layer(b, o, "a/bn", "BatchNorm",
			   (const int[]){ 3, 4, -1 });
		made_layer(b, o, "a/scale", "Scale",
			   (const int[]){ 1, 2, -1 });
	}
	made_layer(b, o, "b", "Convolution", (const int[]){ 5, 6, -1 });
	made_layer(b, o, "fc", "InnerProduct", (const int[]){ 7, 8, -1 });
}

/* ---- ONNX ---------------------------------------------------------------- */

struct made_onnx {
	int half, pieces, nodes, external;
};

static inline void made_initial(struct buf *graph, const struct made_onnx *o,
				const struct made_weight *w)
{
	struct buf t = {0}, data = {0};
	char name[64];

	for (int i = 0; i < w->rank; i++)
		made_int(&t, 1, w->shape[i]);
	made_int(&t, 2, o->half ? 10 : 1);
	made_floats(&data, w->from, made_count(w), o->half);
	if (o->pieces) {
		made_bytes(&t, 4, data.data, 4);
		made_bytes(&t, 4, data.data + 4, data.bytes - 4);
		buf_free(&data);
	} else {
		made_message(&t, 9, &data);
	}
	snprintf(name, sizeof(name), o->nodes ? "onnx::%s_%s" : "%s.%s",
		 w->module, w->part);
	made_string(&t, 8, name);
	if (o->external)
		made_int(&t, 14, 1);
	made_message(graph, 5, &t);
}

static inline void made_node(struct buf *graph, const char *type, int first,
			     int count)
{
	struct buf node = {0}, attribute = {0};
	char name[64];

	made_string(&node, 1, "x");
	for (int i = first; i < first + count; i++) {
		snprintf(name, sizeof(name), "onnx::%s_%s",
			 made_weights[i].module, made_weights[i].part);
		made_string(&node, 1, name);
	}
	made_string(&node, 2, "x");
	made_string(&node, 3, made_weights[first].module);
	made_string(&node, 4, type);
	made_string(&attribute, 1, "transB");
	made_int(&attribute, 3, 1);
	made_message(&node, 5, &attribute);
	made_message(graph, 1, &node);
}

static inline void made_model(struct buf *b, const struct made_onnx *o)
{
	struct buf graph = {0};

	if (o->nodes) {
		made_node(&graph, "Conv", 0, 1);
		made_node(&graph, "BatchNormalization", 1, 4);
		made_node(&graph, "Conv", 5, 2);
		made_node(&graph, "Gemm", 7, 2);
	}
	for (size_t i = 0; i < MADE_WEIGHTS; i++)
		made_initial(&graph, o, &made_weights[i]);
	made_int(b, 1, 8);
	made_message(b, 7, &graph);
}

/* ---- all ----------------------------------------------------------------- */

enum { MADE_FILES = 11 };

/* File i of those that hold all of the net's weights. */
static inline const char *made_file(struct buf *b, int i)
{
	static const struct made_pth pth[] = {
		{ .deflated = 1 }, { .half = 1, .nested = 1 }, { .turned = 1 },
		{ .legacy = 1 }, { .legacy = 1, .half = 1, .nested = 1 },
	};
	static const struct made_caffe caffe[] = { {0}, { .split = 1 } };
	static const struct made_onnx onnx[] = {
		{0}, { .half = 1 }, { .pieces = 1 }, { .nodes = 1 },
	};

	buf_clear(b);
	if (i < 3)
		made_zip(b, &pth[i], NULL);
	else if (i < 5)
		made_chain(b, &pth[i]);
	else if (i < 7)
		made_caffemodel(b, &caffe[i - 5]);
	else
		made_model(b, &onnx[i - 7]);
	return i < 5 ? "pth" : i < 7 ? "caffemodel" : "onnx";
}

#endif
