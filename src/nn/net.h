/*
 * net.h - image nets from readable text files (docs/formats.md, data/nets/),
 * forward and backward, memory planned once.
 *
 * Activations are [n, h, w, c] floats (NHWC).  net_open parses the text and
 * computes all shapes; net_plan allocates the memory for a batch size, for
 * inference or for training; after that a step allocates nothing.
 */
#ifndef NET_H
#define NET_H

#include "base/str.h"
#include "format/safetensors.h"
#include "math/machine.h"

struct net;

struct net_info {
	size_t in_h, in_w, in_c;	/* what the net wants to see */
	size_t out_dim;			/* floats per image at the end */
	size_t parameters;		/* trained floats */
	uint64_t multiply_adds;		/* per image, forward */
};

/* `name` is for messages.  out_dim replaces "@dim" in the text. */
struct net *net_open(struct str text, const char *name, size_t out_dim,
		     struct error *e);
void net_close(struct net *n);
struct net_info net_info(const struct net *n);
/* A table of layers, shapes, parameters and multiply-adds. */
int net_describe(const struct net *n, struct buf *out, struct error *e);

/* A built-in net's text ("compact"), or that of a file, of text or of weights;
 * in *text. */
int net_text(struct buf *text, const char *name_or_path, struct error *e);
/* Names of the built-in nets, blanks between. */
int net_names(struct buf *out, struct error *e);

/* Fresh weights: f(seed, tensor, index). */
int net_init(struct net *n, uint64_t seed, struct error *e);

/* The tensors of the net, in the order of the file.  Batch norm's running mean
 * and variance are not trained. */
struct net_tensor {
	const char *name;		/* "conv1.weight" */
	int rank;
	uint64_t shape[4];
	size_t count;
	float *value;			/* NULL before net_init, net_load or
					 * net_plan */
	float *gradient;		/* NULL if not trained or not planned */
	float *velocity;		/* the same; part of a checkpoint */
	float rate, decay;		/* multipliers of the learning rate and
					 * of weight decay */
};
size_t net_tensors(const struct net *n);
/* Values may be written through it until the next net_forward. */
struct net_tensor *net_tensor(struct net *n, size_t i);
/* Of all tensors' values as little-endian bytes, in their order. */
uint64_t net_sum(const struct net *n, uint64_t seed);

/* Loads or saves the values as tensors called prefix + name.  Values in a file
 * must be finite and at most NET_VALUE_MOST, far above what training makes, and
 * variances not negative: a layer may turn a NaN into a number, so results
 * would not show it. */
#define NET_VALUE_MOST 1e15f
int net_load(struct net *n, const struct st_file *f, const char *prefix,
	     struct error *e);
/* 0 if the tensors called prefix + name are exactly this net's; else a message
 * with all that differs. */
int net_match(const struct net *n, const struct st_file *f, const char *prefix,
	      struct error *e);
int net_save(struct net *n, struct st_writer *w, const char *prefix,
	     struct error *e);

/* Layer `name` and all before it stay as they are in training, too: no
 * gradients, and batch norm by its running statistics.  Before any plan. */
int net_freeze(struct net *n, const char *name, struct error *e);

enum net_mode { NET_RUN, NET_TRAIN };
/* Plans for batches of up to max_n images.  May be called again for another
 * mode or size. */
int net_plan(struct net *n, const struct machine *machine, enum net_mode mode,
	     size_t max_n, struct error *e);
/* The next plans for training stay under `bytes` (0: no limit) by recomputing
 * outputs in the backward pass, as few as possible; the bits are the same.  If
 * even that needs more, net_plan fails. */
void net_limit(struct net *n, uint64_t bytes);
/* The bytes that such a plan would need.  Allocates nothing; drops the plan. */
int net_measure(struct net *n, const struct machine *machine,
		enum net_mode mode, size_t max_n, uint64_t *bytes,
		struct error *e);
size_t net_planned_bytes(const struct net *n);

/* The caller writes the batch here: [max_n, in_h, in_w, in_c], pixels 0..255
 * (the net subtracts its mean and scales).  They must stay until the backward
 * pass is done. */
float *net_input(struct net *n);
/* Runs the first `count` images; returns [count, out_dim] inside the net.
 * In NET_TRAIN batch norm uses the batch's statistics and dropout is on;
 * `step` seeds dropout. */
const float *net_forward(struct net *n, size_t count, uint64_t seed,
			 uint64_t step);
/* gradient [count, out_dim] of the loss with respect to the output of the last
 * net_forward (NET_TRAIN); fills all gradients. */
void net_backward(struct net *n, const float *gradient);
/* The next plans for training also give the gradient by the output of the
 * input layer, what it is after mean and scale: [count, in_h, in_w, in_c]. */
void net_want_input(struct net *n);
const float *net_input_gradient(const struct net *n);
/* While spent is not NULL, seconds spent in layer i are added to spent[2 * i]
 * forward and spent[2 * i + 1] backward.  [2 * net_layers(n)] */
void net_time(struct net *n, double *spent);
size_t net_layers(const struct net *n);
struct net_layer {
	const char *name, *type;
	size_t h, w, c;			/* output */
	size_t parameters;		/* trained floats */
	uint64_t multiply_adds;		/* per image, forward */
	const char *way;		/* of a planned conv: "direct" ...;
					 * else "" */
};
struct net_layer net_layer_at(const struct net *n, size_t i);

/* One step of SGD (Caffe's form, simd/kernels.h `sgd`) on all tensors. */
void net_step(struct net *n, float rate, float momentum, float decay);
/* 0, or an error that names the first tensor that net_load would refuse, or
 * whose gradient is not finite. */
int net_check(struct net *n, struct error *e);

#endif
