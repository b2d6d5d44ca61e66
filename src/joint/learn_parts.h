/*
 * learn_parts.h - a run of learn: what it consists of.  learn_open.c opens it
 * all, learn.c takes the steps and writes the space.
 */
#ifndef LEARN_PARTS_H
#define LEARN_PARTS_H

#include "joint/draws.h"
#include "joint/features.h"
#include "joint/learn.h"
#include "joint/side.h"
#include "run/run.h"

enum { CENTER_POSTS = 2048 };	/* that means are taken over */

struct learn {
	const struct learn_options *o;
	const struct machine *machine;
	struct dataset posts;
	struct st_file *words_file, *trunk_file;
	struct st_file *init_file;	/* or NULL */
	struct tower text, pictures;
	struct net *net;		/* of the pictures, that learns */
	struct features features;	/* with a trunk */
	struct side picture_side, text_side;
	struct feed train, val;
	struct draws draws;
	size_t dim, steps_per_epoch;
	struct schedule_settings schedule;
	/* [batch, dim]; the texts' is NULL where they are fixed */
	float *gradient, *text_gradient, *drawn;
	struct objective objective;
	struct side_params params;
	struct optim optim;
	float *text_center, *image_center;	/* [dim] */
	double loss_sum;		/* of the epoch's steps in this run */
	uint64_t loss_count;
	double val_loss;		/* when all is done */
	struct run run;
};


static inline int learn_has_table(const struct learn *l)
{
	return l->o->text != LEARN_FIXED;
}

/* What the net's output becomes in the space. */
enum tower_output learn_output(const struct learn_options *o);

/* Files, towers, identity; then, if there is something to do, the rest. */
int learn_open_files(struct learn *l, struct error *e);
int learn_open_run(struct learn *l, struct error *e);
/* Outputs of a batch: pictures [n, dim], texts [n, dim]. */
int learn_forward(struct learn *l, const struct side_batch *b,
		  const float **pictures, const float **texts,
		  struct error *e);
/* Of both sides, for batches. */
int learn_plan(struct learn *l, enum net_mode mode, struct error *e);
int learn_validate(void *state, double *value, struct error *why);
void learn_close(struct learn *l);	/* takes an empty one */

#endif
