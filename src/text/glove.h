/*
 * glove.h - vocabulary, co-occurrence and GloVe (Pennington et al. 2014) in
 * the deterministic parallel scheme of docs/numerics.md.
 */
#ifndef GLOVE_H
#define GLOVE_H

#include "math/machine.h"
#include "text/clean.h"

struct glove_options {
	const char *out;		/* words file; checkpoint is out + ".checkpoint" */
	const char *vectors_text;	/* also GloVe text here, or NULL */
	struct clean clean;
	const char *stop_name;		/* for the metadata */
	int dim, window, epochs, min_count;
	float rate, x_max, alpha, clip;
	uint64_t seed;
	double checkpoint_every_s;
	uint64_t memory_bytes;		/* counting pairs stays below this */
};
void glove_defaults(struct glove_options *o);

/* Source of captions: gives caption i < count. */
struct glove_source {
	size_t count;
	struct str (*caption)(const void *context, size_t i);
	const void *context;
	uint64_t sum;			/* identifies the input */
};

/* Trains (or goes on from a checkpoint) and writes the words file.
 * ERROR_STOPPED after Ctrl-C, with a checkpoint written. */
int glove_train(const struct glove_source *source,
		const struct glove_options *options,
		const struct machine *machine, struct error *e);

#endif
