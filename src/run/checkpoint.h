/*
 * checkpoint.h - the state of a run that is not over, "OUT.checkpoint".
 *
 * A safetensors file of the format that the run names: the state's tensors, and
 * in the metadata "run" (identity.h), "numerics" and "step".  One that another
 * run left is refused with what differs; nobody but the user can know what it
 * is worth.
 */
#ifndef CHECKPOINT_H
#define CHECKPOINT_H

#include "format/safetensors.h"
#include "run/identity.h"

/* The metadata of all that a run writes. */
int checkpoint_put_identity(struct st_writer *w, const struct identity *id,
			    struct error *e);
int checkpoint_put_step(struct st_writer *w, uint64_t step, struct error *e);

/* NULL without an error if there is none at `path`; else its checksums are
 * right and it is of this run, but for the item `except` (or NULL). */
struct st_file *checkpoint_open(const char *path, const char *format,
				const struct identity *id, const char *except,
				struct error *e);
/* 1 to `steps`, of which `epoch_steps` are an epoch. */
int checkpoint_step(const struct st_file *f, uint64_t steps,
		    uint64_t epoch_steps, uint64_t *step, struct error *e);

#endif
