/*
 * plan.h - what the planning of a pass knows, between net_plan.c (memory),
 * net_buffers.c (what shares it) and net_steps.c (the order of work, and what
 * is recomputed to save memory).
 */
#ifndef PLAN_H
#define PLAN_H

#include "nn/layer.h"

#define NO_BUFFER SIZE_MAX
/* Buffers start on cache lines. */
enum { LINE = MEM_ALIGN / sizeof(float) };

/* The first and last step that touch something; none if first > last. */
struct steps {
	size_t first, last;
};

/* An array of the pass.  What is recomputed lives twice: split. */
struct buffer {
	size_t floats;
	int whole;			/* holds the batch */
	struct steps lifetime[2];	/* the second if split: backward */
	int split;
	size_t offset;
	int placed;
};

struct lifetime {			/* of one layer */
	struct steps forward, backward;
	struct steps again;		/* forward a second time */
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
	size_t segments;	/* wanted; 1: nothing is computed again */
	size_t *cut;		/* [cuts] last layers of those but the last */
	size_t cuts;
	struct recompute *recompute;	/* [n->count] */
	size_t recomputes;
	size_t end;		/* after the last step */
	size_t arena;		/* floats of all buffers together */
	size_t total;		/* floats carved so far */
	struct error *e;
};

/* The message: max_n images do not fit in memory. */
void plan_too_large(struct plan *p);
/* A buffer for each output. */
void buffers_outputs(struct plan *p);
/* What the steps touch, and buffers for the gradients. */
void buffers_lifetimes(struct plan *p);
/* Places all; sets arena and n->worker_floats. */
void buffers_place(struct plan *p);
/* Whether each worker has its own. */
int buffer_apart(const struct plan *p, const struct buffer *b);
/* Sets n->micro_segments and each layer's images; the steps are not known
 * yet. */
void steps_micro_segments(struct plan *p);
/* Sets cut and recompute, for buffers that are known, and each layer's
 * `again`. */
void steps_cut(struct plan *p);
/* The steps of n and each lifetime's forward, again and backward. */
void steps_make(struct plan *p);

#endif
