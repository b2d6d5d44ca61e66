/*
 * net_import.h - weights of other programs for a net of ours.
 *
 * import_open tells formats apart.  A reader gives a list of named tensors and
 * what the file says of itself (import_safetensors.c, import_pth.c,
 * import_caffe.c, import_onnx.c).  import_text fits the net's text to that:
 * input, padding, batch norm.  import_match pairs the tensors, net_import does
 * all of it and fills the net.
 *
 * Pairs: tensors of one module (names without weight, bias, running_mean ...)
 * are a unit.  Units are paired with those of the same kind and shape only: a
 * layer with weights=NAME with that one; then by name, if all names of the
 * shape agree (. / _ count as equal); else in the order of the layers, and
 * there must be as many of the shape in the file as in the net.
 */
#ifndef NET_IMPORT_H
#define NET_IMPORT_H

#include "base/file.h"
#include "nn/net.h"

enum import_layout {
	IMPORT_OIHW,		/* [out, in / groups, h, w], [out, in] */
	IMPORT_HWIO,		/* [h, w, in / groups, out], [in, out]: ours */
};

struct import_tensor {
	const char *name;
	enum st_type type;
	enum import_layout layout;
	int rank;
	uint64_t shape[ST_MAX_RANK];
	const void *data;		/* at any address */
	int is_big;			/* bytes of a number, most first */
	int strided;			/* by `stride`, else dense */
	uint64_t stride[ST_MAX_RANK];	/* in numbers */
};

/* What a file says of its weights, or the user does; NULL: nothing. */
struct import_facts {
	const char *licence, *source;
	const char *size, *order, *mean, *scale, *padding, *epsilon;
};

struct import_source {
	const char *path;
	struct import_tensor *tensors;		/* owned */
	size_t count, room;
	int ordered;		/* they come in the order of the layers */
	struct import_facts facts;
	struct st_file *file;			/* what tensors are views of */
	struct file_view view;
	void **owned;				/* blocks beside the file */
	size_t owned_count, owned_room;
};

/* Of any format that is known. */
int import_open(struct import_source *s, const char *path, struct error *e);
void import_source_free(struct import_source *s);
/* import_caffe.c: the mean of each channel of a .binaryproto picture, in its
 * order, as "104.1,116.7,122.7". */
int import_mean(struct buf *mean, const char *path, struct error *e);

struct import_options {
	struct import_facts facts;	/* win over the file's */
	int features;			/* without the net's last layer */
	size_t dim;			/* for @dim */
};

/* The net of `text` with the weights of s, as net_close frees it; NULL and *e
 * set if a tensor of the net has none.  *out is the text as it became, *report
 * what was changed, paired and left over. */
struct net *net_import(const struct import_source *s, struct str text,
		       const char *name, const struct import_options *o,
		       struct buf *out, struct buf *report, struct error *e);

/* ---- between the files --------------------------------------------------- */

/* Readers; s->view is open, but for safetensors. */
int import_safetensors(struct import_source *s, struct error *e);
int import_pth(struct import_source *s, struct error *e);
int import_caffe(struct import_source *s, struct error *e);
int import_onnx(struct import_source *s, struct error *e);
int import_is_pth(const void *data, size_t bytes);

/* import_open.c: a new tensor MODULE + ENDING, valid until the next. */
struct import_tensor *import_add(struct import_source *s, struct str module,
				 const char *ending, struct error *e);
/* s frees the block, on failure at once. */
int import_own(struct import_source *s, void *block, struct error *e);
uint64_t import_count(const struct import_tensor *t);
/* All numbers of a tensor, row-major. */
void import_floats(float *to, const struct import_tensor *t);

enum import_role { IMPORT_WEIGHT, IMPORT_BIAS, IMPORT_MEAN, IMPORT_VARIANCE,
		   IMPORT_ROLES };

struct import_unit {
	struct str name;		/* of the module, or weights= */
	int named;			/* by weights= */
	const struct import_tensor *part[IMPORT_ROLES];
	int is_norm;
	uint64_t dims[4];		/* out, in, h, w; norm: channels */
	const struct import_unit *pair;
};

struct import_units {
	struct import_unit *unit;
	size_t count, room;
	const struct import_tensor **other;	/* of no role */
	size_t others, others_room;
};

/* import_names.c */
/* Parts NAME; IMPORT_ROLES if it is of no role. */
enum import_role import_role_of(const char *name, struct str *module);
/* Before, equal, after in the order of layers. */
int import_name_order(struct str a, struct str b);
int import_name_same(struct str a, struct str b);

/* import_match.c */
int import_units_make(struct import_units *u, const struct import_tensor *t,
		      size_t count, int ordered, struct error *e);
void import_units_free(struct import_units *u);
int import_match(struct import_units *net, struct import_units *file,
		 const char *net_name, const char *path, struct error *e);
/* "[64, 3, 3, 3]" */
int import_put_shape(struct buf *b, const struct import_tensor *t,
		     struct error *e);

/* import_text.c: how the text changes; `fold`: convolutions take the bias of
 * the batch norm behind them, which goes. */
int import_text(struct buf *out, struct str text, const struct net *n,
		const struct import_facts *facts, int fold, int features,
		struct buf *report, struct error *e);

#endif
