/*
 * side.h - one side of what learns: gives the outputs of a batch, takes their
 * gradient, and hands its parameters to the optimiser.
 *
 *	side_net	pictures, or features of them, through a net
 *	side_fixed	vectors of texts that stay (targets.h)
 *	side_table	words with vectors that learn, and a net on their sum
 *
 * A side trains a tower (tower.h), which is what a space keeps.
 */
#ifndef SIDE_H
#define SIDE_H

#include "joint/feed.h"
#include "joint/objective.h"
#include "nn/net.h"
#include "nn/optim.h"

struct side_batch {
	struct feed *feed;
	uint64_t epoch;
	size_t first, n;		/* entries of the epoch's order */
	int still;			/* no draws: the same at any step */
	uint64_t step;			/* for dropout */
};

struct side;
struct side_params;

struct side_type {
	void (*close)(struct side *s);
	/* For batches of up to `most`. */
	int (*plan)(struct side *s, enum net_mode mode, size_t most,
		    struct error *e);
	/* First weights, drawn or given. */
	int (*init)(struct side *s, struct error *e);
	/* out [n, dim], the side's own until the next batch. */
	int (*forward)(struct side *s, const struct side_batch *b,
		       const float **out, struct error *e);
	/* Of the last forward; NULL: nothing learns. */
	void (*backward)(struct side *s, const float *gradient);
	/* Adds to the list; may be NULL, as the next three may. */
	int (*params)(struct side *s, struct side_params *list,
		      struct error *e);
	/* Is something not finite? */
	int (*check)(struct side *s, struct error *e);
	/* All that params point to, in a checkpoint; load checks first. */
	int (*save)(struct side *s, struct st_writer *w, struct error *e);
	int (*load)(struct side *s, const struct st_file *f, struct error *e);
};

struct side {
	const struct side_type *type;	/* NULL: not open */
	struct tower *tower;
	const struct machine *machine;
	size_t dim;
	uint64_t seed;
	void *state;
};

/* Parameters of all sides; names are "net.conv1.weight" and so on. */
struct side_params {
	struct optim_param *param;	/* [count] */
	size_t count, room;
};
int side_params_add(struct side_params *list, const char *prefix,
		    const char *name, const struct optim_param *p,
		    struct error *e);
/* Those of a net. */
int side_params_net(struct side_params *list, const char *prefix,
		    struct net *net, struct error *e);
void side_params_free(struct side_params *list);
void side_close(struct side *s);	/* takes an empty one */

/* The net of a tower, "net." in checkpoints; `init` gives its first weights or
 * is NULL. */
int side_net_open(struct side *s, struct net *net, const struct st_file *init,
		  const char *init_prefix, struct error *e);

/* Targets less `center` [dim], which the owner may fill after opening. */
int side_fixed_open(struct side *s, const float *center, struct error *e);

struct side_table_settings {
	int frozen;			/* the words' vectors stay */
	float word_dropout;		/* share of words that are left out */
};
/* A tower_table; the posts' texts are read here. */
int side_table_open(struct side *s, const struct side_table_settings *set,
		    const struct dataset *posts, struct error *e);
int side_table_knows(const void *side, size_t post);

#endif
