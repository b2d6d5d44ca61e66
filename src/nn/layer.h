/*
 * layer.h - the inside of a net, shared by the files of src/nn.
 *
 * A net is a list of layers in the order of its text.  A layer reads layers
 * above it only, so forward walks the list down and backward walks it up.
 * struct layer_type says what a layer does.  Each type's file opens with the
 * definition of every float it makes.
 *
 * A pass over a layer has up to two stages.  The whole stage sees the batch
 * (convolution, the statistics of batch norm) and runs its own threads.  The
 * image stage sees one image, so the image stages of several layers in a row
 * are one item of the pool, while their data is in the cache.  Forward it makes
 * a range of output lines, so that even one image is work for all threads.
 * Neither stage allocates.
 *
 * A layer has no stage of its own if a convolution fuses it into its epilogue.
 * An output may lie inside that of a concat.  net_fuse.c decides both.
 *
 * Gradients: an edge is one input of one layer.  The gradient dy of a layer's
 * output is the sum of dx over the edges that read it, in backward order:
 * descending by reader, then by input number: dy = ((dx3 + dx2) + dx1).  The
 * first edge writes dy.  A convolution accumulates into it (math/conv.h).  Any
 * other edge has its own dx, which is added.  A ReLU's backward is fused into
 * the backward of the last layer that reads it, if that layer supports it
 * (net_fuse.c).  A layer with nothing to learn at or above it (rate = 0) has no
 * gradient and no backward pass.
 */
#ifndef LAYER_H
#define LAYER_H

#include "math/conv.h"
#include "nn/net.h"

enum { LAYER_NAME = 64, LAYER_INPUTS = 16, LAYER_WEIGHTS = 128 };

/* An output has at most 2^31 floats per image, so that products of sizes cannot
 * overflow and a typing error in a net's text gets a message. */
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

/* Each type has a struct of settings, which its table of options fills from the
 * layer's line of the text.  Types with tensors begin it with the multipliers
 * of learning rate and weight decay. */
struct layer_rates {
	float rate, decay;
};
struct relu_settings {		/* here because convolutions fuse it */
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

/* How dx of an edge becomes part of dy of the layer that the edge reads. */
enum layer_edge {
	EDGE_FIRST,		/* dx is dy */
	EDGE_ACCUMULATE,	/* the layer's backward accumulates into dy */
	EDGE_ADD,		/* dx has its own memory and is added to dy */
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
	int back_accumulates;	/* can accumulate into dx[0] */
	int back_gates;		/* can fuse the backward pass of l->gate, if
				 * edge 0 is the only one or accumulates */
	/* Sets the output's shape and adds the tensors. */
	int (*shape)(struct net *n, struct layer *l, struct error *e);
	/* Below: NULL where there is nothing to do. */
	/* Sets packed_floats, state_floats and scratch_floats. */
	int (*plan)(struct net *n, struct layer *l, struct error *e);
	/* Called after weights have changed; when training, before each
	 * forward of a layer with packed floats. */
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
	char weights[LAYER_WEIGHTS];	/* their name in other programs, or "" */
	size_t index;
	size_t from[LAYER_INPUTS], inputs;
	size_t readers;			/* edges that read the output */
	void *settings;			/* [type->settings_bytes], owned; a
					 * worker borrows it */
	struct shape in, out;		/* in: of the first input */
	uint64_t multiply_adds;		/* per image */
	size_t tensor, tensors;		/* n->tensors[tensor ...] */

	/* set by net_fuse */
	size_t head;			/* the layer whose pass makes y: itself,
					 * or the convolution that fuses it */
	size_t within;			/* the layer in whose output y lies: */
	size_t channel;			/* y begins at this channel of it */
	size_t step;			/* floats between pixels of y and dy */
	const struct layer *fused_bn, *fused_add, *fused_relu;	/* conv only */
	size_t add_from;
	enum layer_edge edge[LAYER_INPUTS];
	const struct layer *gate;	/* NULL; or a ReLU with output x[0],
					 * whose backward is fused into dx[0] */
	int gated;			/* relu: a reader fuses its backward */

	/* set by net_plan */
	struct conv conv;		/* conv only */
	size_t images;			/* of a micro-batch */
	size_t image_step;		/* of y: floats from image to image;
					 * 0: y holds one micro-batch only */
	int learns;			/* has a gradient */
	int frozen;			/* net_freeze */
	int again;			/* recomputed in the backward pass */
	size_t packed_floats, state_floats, scratch_floats;
	size_t worker_scratch_floats;
	float *packed;			/* training: in the net's scratch */
	float *state;
	float *all;			/* y of the batch's first image */
	const float *x[LAYER_INPUTS];	/* each [images, h, w, c] */
	float *y;			/* of the micro-batch's first image */
	float *dy;			/* NULL if the layer does not learn */
	float *dx[LAYER_INPUTS];	/* NULL where the input does not */
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
	int images;		/* 0: a whole stage */
	int again;		/* recomputed in the backward pass */
	size_t from, to;		/* both inclusive; whole: from only */
};

/* Layers from .. to, which run in micro-batches of `images`; in each worker, if
 * there are several. */
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
	float *learning;		/* gradients and velocities; kept over
					 * plans */
	size_t value_floats, learning_floats;

	uint64_t limit_bytes;		/* of a plan, if it can be; 0: none */
	int input_learns;		/* its gradient is wanted */

	/* set by net_plan */
	struct machine machine;
	enum net_mode mode;
	size_t max_n;
	float *block;			/* all arrays of the plan */
	size_t block_floats;
	struct micro_segment *micro_segments;
	size_t micro_segment_count;
	struct step *steps;		/* forward ones, then backward ones */
	size_t forward_steps, backward_steps;
	float *input;			/* [max_n, h, w, c] */
	float *scratch;			/* for one whole stage at a time */
	struct net *workers;		/* [worker_count], net_workers.c */
	size_t worker_count;		/* 1: none */
	size_t worker_floats;		/* from one worker's arrays to those of
					 * the next */
	size_t worker_scratch_floats;
	int stale;			/* weights not packed yet */

	double *spent;			/* see net_time; or NULL */
	double *spent_here;		/* a worker's own */
	int again;			/* while recomputing */

	/* of the last forward */
	size_t first, batch;		/* images of the micro-batch */
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

/* The upper bound of a ReLU. */
static inline float layer_relu_max(const struct layer *relu)
{
	return ((const struct relu_settings *)relu->settings)->max;
}

/* net.c: how many floats of l are trained */
size_t layer_parameters(const struct net *n, const struct layer *l);
/* net.c: allocates the tensors' values, as zeros, unless they are there. */
int net_values(struct net *n, struct error *e);

/* net_number.c: [-]digits[.digits][e[-]digits]; 0 if s is something else. */
int net_number(struct str s, double *value);

/* net_parse.c: fills n->layers and n->tensors. */
int net_parse(struct net *n, struct str text, size_t out_dim, struct error *e);

/* Rows of out.c floats in a bn's state that a convolution reads for it. */
enum { LAYER_BN_SLOPE, LAYER_BN_OFFSET };

/* net_fuse.c: for n->mode. */
void net_fuse(struct net *n);

/* net_workers.c: makes a view of the planned net for each of n->worker_count
 * threads. */
int net_workers_make(struct net *n, struct error *e);
void net_workers_free(struct net *n);
/* Runs a segment on as many of the first `count` images as all workers can
 * share evenly; returns how many. */
size_t net_workers_run(struct net *n, const struct micro_segment *segment,
		       size_t count);
/* net_run.c: runs a segment on `count` images from `first` on, one micro-batch
 * after the other. */
void net_pass(struct net *n, const struct micro_segment *segment, size_t first,
	      size_t count);

/* net_plan.c: frees what net_plan made. */
void net_plan_free(struct net *n);

/* Rounded up to whole cache lines, so that what follows begins on one. */
static inline size_t layer_whole_lines(size_t floats)
{
	size_t line = MEM_ALIGN / sizeof(float);

	return CEIL_DIV(floats, line) * line;
}

/* Whether l has an image stage forward after fusing; whether backward. */
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

/* layer_conv.c, for dense too: db = the sum over images, ascending in double
 * and rounded once, of per-image sums of dy (kernels->sum_rows from +0).
 * Pixels of dy are `step` floats apart.  Uses batch * c floats of scratch. */
void layer_bias_gradient(const struct net *n, float *db, const float *dy,
			 size_t rows, size_t c, size_t step);

#endif
