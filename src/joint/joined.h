/*
 * joined.h - several spaces side by side, as one: their vectors are
 * concatenated, so that scores add.
 *
 *	v = (f_0 v_0, f_1 v_1, ...), f_i = sqrt(w_i / sum of w)
 *	score = sum of w_i score_i / sum of w
 * with v_i as space i compares them; a text or word that space i does not know
 * has v_i = 0.
 *
 * In a space: space i's tensors and metadata under "i.", the metadata "joined",
 * how many there are, and "joined.weights".  If the trunks of all are equal,
 * it is there once, as "trunk.".  The vocabulary is the largest of the parts'.
 */
#ifndef JOINED_H
#define JOINED_H

#include "joint/space.h"

enum { JOINED_MOST = 8 };

struct joined_options {
	const char *const *spaces;	/* [count] files */
	size_t count;
	const char *weights;		/* "2,1"; NULL: all are 1 */
	const char *out;
};

/* Writes the space file. */
int joined_write(const struct joined_options *o, const struct machine *machine,
		 struct error *e);
/* "2,1", numbers above 0, into w [count]. */
int joined_weights(const char *text, size_t count, float *w, struct error *e);

#endif
