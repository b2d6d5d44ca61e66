/*
 * last.h - the ids of the last result of each index, for IMG_n.
 *
 * Kept in $XDG_STATE_HOME/seesay/last.json (default ~/.local/state), one entry
 * per index path, newest first.
 */
#ifndef LAST_H
#define LAST_H

#include "base/buf.h"
#include "base/error.h"
#include "base/str.h"

struct last {
	const char **id;	/* [count] */
	size_t count;
	struct buf text;	/* what id points into */
};

/* The last result of the index at `path`; none is no error, it is empty. */
int last_load(struct last *l, const char *path, struct error *e);
void last_free(struct last *l);
/* Remembers ids [count] as the last result of the index at `path`. */
int last_save(const char *path, const struct str *id, size_t count,
	      struct error *e);

#endif
