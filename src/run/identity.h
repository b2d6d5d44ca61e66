/*
 * identity.h - all that decides what a run makes, by name.
 *
 * A line "numerics=1 --epochs=20 --loss=regress posts=16 hex digits ...": the
 * version of the numerics, the options as a user writes them, and the inputs
 * by checksum; never the number of an enum, so that a list of choices may
 * grow.  It is the metadata "run" of all that the run writes, and a file whose
 * line differs is never taken for one of this run.
 */
#ifndef IDENTITY_H
#define IDENTITY_H

#include <stdint.h>

#include "base/buf.h"

/* Starts with the version of the numerics when the first item is added. */
struct identity {
	struct buf line;
};
/* Values have no blanks. */
int identity_text(struct identity *id, const char *name, const char *value,
		  struct error *e);
int identity_number(struct identity *id, const char *name, uint64_t value,
		    struct error *e);
/* The shortest decimal that gives the same float. */
int identity_real(struct identity *id, const char *name, float value,
		  struct error *e);
int identity_sum(struct identity *id, const char *name, uint64_t sum,
		 struct error *e);
void identity_free(struct identity *id);

enum identity_match {
	IDENTITY_SAME,
	IDENTITY_VERSION, /* other numerics, or from before them */
	IDENTITY_OTHER /* other options or inputs */
};
/* Compares the metadata "run" of a file, which may be NULL, with this run.
 * `except`, or NULL, names an item that may differ. */
enum identity_match identity_compare(const struct identity *id,
				     const char *run, const char *except);
/* What differs, as "--epochs 3 there, 4 here; other posts". */
int identity_differences(const struct identity *id, const char *run,
			 const char *except, struct buf *text,
			 struct error *e);

#endif
