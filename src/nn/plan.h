/*
 * plan.h - what the planning of a pass knows, between net_plan.c (memory) and
 * net_steps.c (the order of work, and what is computed again to save memory).
 */
#ifndef PLAN_H
#define PLAN_H

#include "nn/layer.h"

#define NO_SPAN SIZE_MAX

/* The first and last step that touch something; none if first > last. */
struct steps {
	size_t first, last;
};

/* An array of the pass.  What is computed again lives twice: split. */
struct span {
	size_t floats;
	int whole;			/* holds the batch */
	struct steps life[2];		/* the second if split: backward */
	int split;
	size_t offset;
	int placed;
};

struct life {				/* of one layer */
	struct steps forward, backward;
	struct steps again;		/* forward a second time */
	size_t y, dy;			/* spans */
	size_t dx[LAYER_INPUTS];
};

/* In the backward pass, before layer `at`, layers from .. to are recomputed. */
struct renewal {
	size_t at, from, to;
};

struct plan {
	struct net *n;
	struct life *life;	/* [n->count] */
	struct span *span;	/* [room] */
	size_t spans, room, edges;
	size_t segments;	/* wanted; 1: nothing is computed again */
	size_t *cut;		/* [cuts] last layers of those but the last */
	size_t cuts;
	struct renewal *renewal;	/* [n->count] */
	size_t renewals;
	size_t end;		/* after the last step */
	size_t arena;		/* floats of all spans together */
	size_t total;		/* floats carved so far */
	struct error *e;
};

/* Sets n->stretches and each layer's images; the steps are not known yet. */
void steps_stretch(struct plan *p);
/* Sets cut and renewal, for spans that are known, and each layer's `again`. */
void steps_cut(struct plan *p);
/* The steps of n and each life's forward, again and backward. */
void steps_make(struct plan *p);

#endif
