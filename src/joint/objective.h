/*
 * objective.h - from a batch's outputs of both sides to a loss and its
 * gradients.
 *
 * An objective is a file objective_*.c, its formula and source on top, with one
 * struct objective_type, and a line in objective_types.h.  It sees rows of
 * floats and knows no side: where the texts are fixed, nobody asks for their
 * gradient.  A setting that only it has is a field of objective_settings and an
 * option of learn; a number that it learns (a temperature) is one of its
 * parameters.
 */
#ifndef OBJECTIVE_H
#define OBJECTIVE_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "math/machine.h"
#include "run/identity.h"

enum objective_kind {
#define OBJECTIVE(NAME, name) OBJECTIVE_##NAME,
#include "joint/objective_types.h"
#undef OBJECTIVE
};
/* Which texts of others a row is told apart from. */
enum objective_negatives {
	OBJECTIVE_ALL,			/* all others of the batch */
	OBJECTIVE_SOFT,			/* one, farther than the mean */
	OBJECTIVE_HARDEST,		/* the one that is nearest */
	OBJECTIVE_FARTHEST,		/* the farthest text from the own */
	OBJECTIVE_RANDOM,		/* any one of the batch */
	OBJECTIVE_BEST,			/* the farthest of some of the set */
	OBJECTIVE_WORD,			/* a word of another caption, against a
					 * word of the own one */
};
/* What is done to both sides' vectors first. */
enum objective_norm {
	OBJECTIVE_RAW,
	OBJECTIVE_UNIT,			/* unit length */
	OBJECTIVE_RELU,			/* pictures' through a ReLU before */
};
/* By their enums, NULL at the end: for options, identities and metadata. */
extern const char *const objective_names[], *const objective_negatives_names[],
	*const objective_norm_names[];

struct objective_settings {
	float margin;
	enum objective_negatives negatives;
	enum objective_norm norm;
	int draws;			/* for OBJECTIVE_BEST */
	float temperature;		/* at first */
	int fixed;			/* the temperature stays */
};
/* Those of its own where it has any. */
void objective_defaults(enum objective_kind kind, struct objective_settings *s);
/* ERROR_USAGE if there is no such objective, or none so set. */
int objective_check(enum objective_kind kind,
		    const struct objective_settings *s, struct error *e);

/* All that matters of it. */
int objective_identity(struct identity *id, enum objective_kind kind,
		       const struct objective_settings *s, struct error *e);

/* Row i of both is one post's. */
struct objective_batch {
	const float *out, *target;	/* [n, dim]: of pictures, of texts */
	float *gradient;		/* [n, dim] of the loss, by out */
	float *target_gradient;		/* [n, dim] by target; NULL: the texts
					 * are fixed */
	/* [n]: rows of one post are no negatives of each other; NULL: each row
	 * is of another post */
	const uint32_t *post;
	const float *drawn;		/* [n, dim]: each row's negative, where
					 * they are not of the batch */
	size_t n;
	uint64_t step;			/* whatever is random depends on it */
};
static inline int objective_same_post(const struct objective_batch *b,
				      size_t i, size_t j)
{
	return i == j || (b->post && b->post[i] == b->post[j]);
}

struct objective;
struct objective_row;

/* Numbers that an objective learns. */
enum objective_param {
	OBJECTIVE_SCALE,		/* log of 1 / temperature */
	OBJECTIVE_BIAS,
	OBJECTIVE_PARAMS
};
extern const char *const objective_param_names[OBJECTIVE_PARAMS];

struct objective_type {
	struct objective_settings defaults;
	unsigned negatives, norms;	/* bits of the choices that it has */
	int has_margin;
	size_t params;			/* the first so many are learned */
	float bias;			/* the second at first */
	/* A picture's vector is the logistic function of the net's output. */
	int is_logistic;
	/* Directions count, lengths do not: whatever norm says. */
	int is_cosine;
	/* Rows of similarities (objective_pairs.h): NULL, or loss is. */
	double (*row)(const struct objective_row *r);
	int one_way;			/* rows only, no columns */
	/* Floats for `most` rows; NULL: none. */
	size_t (*scratch)(size_t most, size_t dim);
	/* Returns the loss, fills the gradients. */
	double (*loss)(const struct objective *j,
		       const struct objective_batch *b);
};
const struct objective_type *objective_type_of(enum objective_kind kind);

struct objective {
	const struct objective_type *type;
	struct objective_settings settings;
	const struct machine *machine;
	size_t most, dim;		/* most rows of a batch */
	uint64_t seed;

	/* the objective's own */
	float param[OBJECTIVE_PARAMS];
	float param_gradient[OBJECTIVE_PARAMS];
	float *scratch;			/* of the type */
	float *unit[2], *length[2];	/* [most, dim], [most] of out, target */
	float *pairs;			/* objective_pairs.c's */
	double *losses;			/* [2 most] of rows */
};

/* What is learned begins at its first value. */
int objective_open(struct objective *j, struct error *e);
void objective_close(struct objective *j);	/* takes an empty one */
/* How many of the params are learned. */
size_t objective_params(const struct objective *j);
/* Returns the loss, fills the gradients, also of the params. */
double objective_loss(struct objective *j, const struct objective_batch *b);
/* Do both sides end in unit vectors, so that no mean is to be taken off? */
int objective_is_cosine(enum objective_kind kind,
			const struct objective_settings *s);

#endif
