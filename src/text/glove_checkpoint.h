/*
 * glove_checkpoint.h - the state of training on the disk, to go on from.
 */
#ifndef GLOVE_CHECKPOINT_H
#define GLOVE_CHECKPOINT_H

#include "format/safetensors.h"
#include "text/fit.h"

#define GLOVE_CHECKPOINT_FORMAT "seesay words checkpoint"

/* `identity` is a line that tells runs apart: a checkpoint of another one is
 * never used.  `step` is how many rounds are done since the start. */
int glove_checkpoint_save(const char *path, const struct fit *f,
			  const char *identity, uint64_t step,
			  struct error *e);
/* Fills f and *step from the checkpoint, if there is one that fits and has at
 * most `steps` rounds; else leaves them, and warns if there is a file. */
void glove_checkpoint_load(const char *path, struct fit *f,
			   const char *identity, uint64_t steps,
			   uint64_t *step);

/* Column `at` .. `at + width` of the rows as the tensor `name`. */
int glove_put_rows(struct st_writer *w, const char *name, const struct fit *f,
		   size_t at, size_t width, struct error *e);

#endif
