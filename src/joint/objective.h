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

enum objective_kind {
#define OBJECTIVE(NAME, name) OBJECTIVE_##NAME,
#include "joint/objective_types.h"
#undef OBJECTIVE
};
enum objective_negatives {
	OBJECTIVE_ALL,			/* all others of the batch */
	OBJECTIVE_SOFT,			/* one, farther than the mean */
};
/* By their enums, NULL at the end: for options, identities and metadata. */
extern const char *const objective_names[], *const objective_negatives_names[];

struct objective_settings {
	float margin;
	enum objective_negatives negatives;
};
void objective_defaults(struct objective_settings *s);
/* ERROR_USAGE if there is no such objective, or none so set. */
int objective_check(enum objective_kind kind,
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
	size_t n;
	uint64_t step;			/* whatever is random depends on it */
};
static inline int objective_same_post(const struct objective_batch *b,
				      size_t i, size_t j)
{
	return i == j || (b->post && b->post[i] == b->post[j]);
}

struct objective;

struct objective_type {
	int has_negatives;		/* settings.negatives matters */
	/* A picture's vector is the logistic function of the net's output. */
	int is_logistic;
	/* Bytes for `most` rows; NULL: none. */
	size_t (*scratch_bytes)(size_t most, size_t dim);
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
	void *scratch;
};

/* The fields above are set, but for scratch. */
int objective_open(struct objective *j, struct error *e);
void objective_close(struct objective *j);	/* takes an empty one */

#endif
