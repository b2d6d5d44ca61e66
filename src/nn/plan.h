/*
 * plan.h - the plan of a pass while it is made: shared by net_plan.c (memory),
 * net_buffers.c (which arrays share it) and net_steps.c (the order of work, and
 * what is recomputed to save memory).
 */
#ifndef PLAN_H
#define PLAN_H

#include "nn/layer.h"

#define NO_BUFFER SIZE_MAX
/* Buffers start on cache lines. */
enum { LINE = MEM_ALIGN / sizeof(float) };

/* The first and last step that use an array; none if first > last. */
struct steps {
	size_t first, last;
};

/* An array of the pass.  One that is recomputed has two lifetimes: forward, and
 * from its recomputation on. */
struct buffer {
	size_t floats;
	int whole;			/* holds the batch, not a micro-batch */
	struct steps lifetime[2];	/* the second only if split */
	int split;			/* it is recomputed */
	size_t offset;
	int placed;
};

struct lifetime {			/* of one layer */
	struct steps forward, backward;
	struct steps again;		/* recomputed */
	size_t y, dy;			/* buffers */
	size_t dx[LAYER_INPUTS];
};

/* In the backward pass, before layer `at`, layers from .. to are recomputed. */
struct recompute {
	size_t at, from, to;
};

struct plan {
	struct net *n;
	struct lifetime *lifetime;	/* [n->count] */
	struct buffer *buffer;	/* [room] */
	size_t buffers, room, edges;
	size_t segments;	/* wanted; 1: no recomputation by segments */
	size_t *cut;		/* [cuts] the last layer of each segment but
				 * the last */
	size_t cuts;
	struct recompute *recompute;	/* [n->count] */
	size_t recomputes;
	size_t end;		/* after the last step */
	size_t arena;		/* floats of all buffers together */
	size_t total;		/* floats of the block handed out so far */
	struct error *e;
};

/* Sets the message that max_n images need too much memory. */
void plan_too_large(struct plan *p);
/* Makes a buffer for each output. */
void buffers_outputs(struct plan *p);
/* Sets all lifetimes; makes buffers for the gradients. */
void buffers_lifetimes(struct plan *p);
/* Places all buffers; sets arena and n->worker_floats. */
void buffers_place(struct plan *p);
/* Whether each worker has a copy of b. */
int buffer_apart(const struct plan *p, const struct buffer *b);
/* Sets n->micro_segments, but for their steps, and each layer's images. */
void steps_micro_segments(struct plan *p);
/* After buffers_outputs: sets cut and recompute, and each layer's `again`. */
void steps_cut(struct plan *p);
/* Makes the steps of n; sets each lifetime's forward, again and backward. */
void steps_make(struct plan *p);

#endif
