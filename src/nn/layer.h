/*
 * layer.h - the inside of a net, shared by the files of src/nn.
 *
 * A net is a list of layers in the order of its text; a layer reads layers
 * above it only, so forward walks the list down and backward walks it up.
 * What a layer does is its struct layer_type; each type's file opens with the
 * definition of every float it makes.
 *
 * A pass over a layer has up to two stages.  The whole stage sees the batch
 * (convolution, the statistics of batch norm) and threads itself.  The image
 * stage touches one image only, so the images of several layers in a row run
 * as one item of the pool while their data is in the cache; forward it is told
 * which lines of the output to make, so that a small batch still gives every
 * thread something.  Neither stage allocates.
 *
 * A layer may have no stage of its own because a convolution does its work on
 * the way to the store, and an output may be part of a concat's: net_fuse.c.
 *
 * Gradients: an edge is one input of one layer.  The gradient dy of a layer's
 * output is the sum over the edges that read it, in backward order: descending
 * by reader and slot: dy = ((dx3 + dx2) + dx1).  The first edge writes
 * dy; a convolution accumulates onto it (math/conv.h); any other has its own
 * dx, which is added.  A ReLU's backward is fused into the backward of the last
 * layer that reads it, if that layer supports it: net_fuse.c.  Layers with nothing
 * to learn at or above them (rate = 0) have no gradient and are not walked.
 */
#ifndef LAYER_H
#define LAYER_H

#include "math/conv.h"
#include "nn/net.h"

enum { LAYER_NAME = 64, LAYER_INPUTS = 16 };

/* No output above 2^31 floats per image: sizes stay far from overflow and
 * a typing error is met by a message. */
#define LAYER_MAX_FLOATS ((size_t)1 << 31)

struct shape {
	size_t h, w, c;
};

static inline size_t shape_floats(struct shape s)
{
	return s.h * s.w * s.c;	/* checked by layer_shape */
}

struct layer_channels {		/* one number for all channels, or three */
	float at[3];
	size_t count;		/* 0: the fallback */
};

static inline float layer_channel(const struct layer_channels *v, size_t i)
{
	return v->at[v->count > 1 ? i : 0];
}

/* What a layer's line of the text says is in a struct of its type, which its
 * table of options fills.  Types with tensors begin theirs with the multipliers
 * of learning rate and decay. */
struct layer_rates {
	float rate, decay;
};
struct relu_settings {		/* others fuse it */
	float max;		/* INFINITY: none */
};

enum layer_value {
	VALUE_SIZE,		/* size_t */
	VALUE_OUT,		/* the same, or @dim */
	VALUE_FLOAT,
	VALUE_YES,		/* int: yes or no */
	VALUE_ORDER,		/* int: rgb 0, bgr 1 */
	VALUE_CHANNELS,		/* struct layer_channels */
};

struct layer_option {		/* a table ends with a NULL name */
	const char *name;
	enum layer_value value;
	size_t offset;		/* in the settings */
	double low, high;
	double fallback;	/* below `low`: the text must give it */
};

struct layer;

/* What becomes of dx of an edge. */
enum layer_edge {
	EDGE_FIRST,		/* it is dy of what the edge reads */
	EDGE_ACCUMULATE,	/* the layer adds it to that */
	EDGE_ADD,		/* it is added to that */
};

enum layer_place {
	PLACE_OWN,		/* y has its own memory */
	PLACE_SHARED_RUN,	/* y may be x[0] unless training */
	PLACE_SHARED,		/* y may be x[0] */
};

struct layer_type {
	const char *name;
	const struct layer_option *options;
	size_t settings_bytes;	/* of the struct that options fill; or 0 */
	size_t min_inputs, max_inputs;
	enum layer_place place;
	int back_in_place;	/* dx[0] may be dy */
	int back_reads_x, back_reads_y;
	int back_accumulates;	/* can add to what dx[0] holds */
	int back_gates;		/* can do the backward pass of l->gate, if
				 * alone or accumulating onto dx[0] */
	/* Sets the output's shape and adds the tensors. */
	int (*shape)(struct net *n, struct layer *l, struct error *e);
	/* Below: NULL where there is nothing to do. */
	/* Sets packed, state and scratch floats. */
	int (*plan)(struct net *n, struct layer *l, struct error *e);
	/* After weights have changed; of layers with packed floats, when
	 * training, before each forward. */
	void (*pack)(struct net *n, struct layer *l);
	void (*forward)(struct net *n, struct layer *l);
	/* Lines top .. bottom - 1 of the output of one image. */
	void (*forward_lines)(const struct net *n, const struct layer *l,
			      size_t image, size_t top, size_t bottom);
	void (*backward)(struct net *n, struct layer *l);
	void (*backward_image)(const struct net *n, const struct layer *l,
			       size_t image);
};

#define LAYER(x) extern const struct layer_type layer_##x;
#include "nn/layer_types.h"
#undef LAYER
extern const struct layer_type *const layer_types[];	/* NULL at the end */

struct layer {
	char name[LAYER_NAME];
	const struct layer_type *type;
	size_t line;			/* of the text */
	size_t index;
	size_t from[LAYER_INPUTS], inputs;
	size_t readers;			/* edges that read the output */
	void *settings;			/* [type->settings_bytes], owned; a
					 * worker borrows it */
	struct shape in, out;		/* in: of the first input */
	uint64_t multiply_adds;		/* per image */
	size_t tensor, tensors;		/* n->tensors[tensor ...] */

	/* set by net_fuse */
	size_t head;			/* the layer that makes the output */
	size_t within;			/* whose output it is a part of, */
	size_t channel, step;		/* from this channel on; floats from
					 * pixel to pixel of y and dy */
	const struct layer *fused_bn, *fused_add, *fused_relu;	/* conv only */
	size_t add_from;
	enum layer_edge edge[LAYER_INPUTS];
	const struct layer *gate;	/* a ReLU whose backward is in dx[0],
					 * and its output x[0]; or NULL */
	int gated;		/* relu: a reader does its backward */

	/* set by net_plan */
	struct conv conv;		/* conv only */
	size_t images;			/* at a time */
	size_t image_step;		/* of y: floats from image to image;
					 * 0: y holds those at work only */
	int learns;			/* has a gradient */
	int again;			/* computed a second time, backward */
	size_t packed_floats, state_floats, scratch_floats;
	size_t worker_scratch_floats;
	float *packed;			/* training: in the net's scratch */
	float *state;
	float *all;			/* y of the batch's first image */
	const float *x[LAYER_INPUTS];	/* each [images, h, w, c] */
	float *y;			/* from the first image at work on */
	float *dy;			/* NULL if it does not learn */
	float *dx[LAYER_INPUTS];	/* NULL where nobody above learns */
};

enum tensor_start { START_HE, START_XAVIER, START_ZERO, START_ONE };

struct tensor {
	struct net_tensor view;
	char name[LAYER_NAME + 16];
	enum tensor_start start;
	size_t fan_in;
	int learned;			/* 0: a running average */
};

/* A stage of one layer, or the image stages of several in a row, walked
 * downwards in the backward pass. */
struct step {
	int images;
	int again;		/* recomputed in the backward pass */
	size_t from, to;		/* both inclusive; whole: from only */
};

/* Layers from .. to, through which a batch goes `images` at a time; in each
 * worker, where there are several. */
struct micro_segment {
	size_t from, to;
	size_t first, end;	/* steps first .. end - 1 */
	size_t images;
};

struct net {
	char *name;			/* of the text, for messages */
	struct layer *layers;
	size_t count, room;
	struct tensor *tensors;
	size_t tensor_count, tensor_room;
	float *values;			/* of all tensors */
	float *learning;		/* gradients, velocities; kept over plans */
	size_t value_floats, learning_floats;

	uint64_t limit_bytes;		/* of a plan, if it can be; 0: none */

	/* set by net_plan */
	struct machine machine;
	enum net_mode mode;
	size_t max_n;
	float *block;			/* everything else */
	size_t block_floats;
	struct micro_segment *micro_segments;
	size_t micro_segment_count;
	struct step *steps;		/* forward ones, then backward ones */
	size_t forward_steps, backward_steps;
	float *input;			/* [max_n, h, w, c] */
	float *scratch;			/* of one whole stage at a time */
	struct net *workers;		/* [worker_count], net_workers.c */
	size_t worker_count;		/* 1: none */
	size_t worker_floats;		/* from one's arrays to the next's */
	size_t worker_scratch_floats;
	int stale;			/* weights not packed yet */

	double *spent;			/* see net_time; or NULL */
	double *spent_here;		/* a worker's own */
	int again;			/* a recomputation */

	/* of the last forward */
	size_t first, batch;		/* the images at work */
	uint64_t seed, at_step;
};

/* Message with file, line and layer; ERROR_DATA. */
int layer_fail(const struct net *n, const struct layer *l, struct error *e,
	       const char *format, ...) __attribute__((format(printf, 4, 5)));
/* Sets l->out after checking it. */
int layer_shape(const struct net *n, struct layer *l, size_t h, size_t w,
		size_t c, struct error *e);
/* Adds l->name.NAME to the net. */
int layer_tensor(struct net *n, struct layer *l, const char *name, int rank,
		 const size_t *shape, enum tensor_start start, size_t fan_in,
		 struct error *e);
static inline struct net_tensor *layer_tensor_at(const struct net *n,
						 const struct layer *l,
						 size_t i)
{
	return &n->tensors[l->tensor + i].view;
}

/* The bound of a relu. */
static inline float layer_relu_max(const struct layer *relu)
{
	return ((const struct relu_settings *)relu->settings)->max;
}

/* net.c: the floats that l trains */
size_t layer_parameters(const struct net *n, const struct layer *l);
/* net.c: memory for the tensors' values, zeros, if there is none yet. */
int net_values(struct net *n, struct error *e);

/* net_parse.c: fills n->layers and n->tensors. */
int net_parse(struct net *n, struct str text, size_t out_dim, struct error *e);

/* Rows of out.c floats in a bn's state that a convolution reads for it. */
enum { LAYER_BN_SLOPE, LAYER_BN_OFFSET };

/* net_fuse.c: for n->mode. */
void net_fuse(struct net *n);

/* net_workers.c: a view of the planned net for each of n->worker_count
 * threads. */
int net_workers_make(struct net *n, struct error *e);
void net_workers_free(struct net *n);
/* As many of the first `count` images as all workers share evenly go down a
 * segment; how many. */
size_t net_workers_run(struct net *n, const struct micro_segment *segment,
		       size_t count);
/* net_run.c: `count` images from `first` on go down a segment, as many at a
 * time as there is room for. */
void net_pass(struct net *n, const struct micro_segment *segment, size_t first,
	      size_t count);

/* net_plan.c: frees all that net_plan made. */
void net_plan_free(struct net *n);

/* Rounded up to whole cache lines, so that what follows begins on one. */
static inline size_t layer_whole_lines(size_t floats)
{
	size_t line = MEM_ALIGN / sizeof(float);

	return (floats + line - 1) / line * line;
}

/* Whether l has an image stage forward, as it lies in n; whether backward. */
int layer_has_lines(const struct net *n, const struct layer *l);
int layer_has_back_image(const struct layer *l);
/* Where line `top` of image `image` starts in l's output; count floats up to
 * line `bottom`, where pixels follow each other. */
static inline size_t layer_lines(const struct layer *l, size_t image,
				 size_t top, size_t bottom, size_t *count)
{
	*count = (bottom - top) * l->out.w * l->out.c;
	return (image * l->out.h + top) * l->out.w * l->out.c;
}

/* layer_conv.c, for dense too: db = per-image sums of dy (kernels->sum_rows
 * from +0), joined over images ascending in double, rounded once; pixels of
 * dy are `step` floats apart.  Uses batch * c floats of scratch. */
void layer_bias_gradient(const struct net *n, float *db, const float *dy,
			 size_t rows, size_t c, size_t step);

#endif
