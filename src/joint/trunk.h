/*
 * trunk.h - a net that stays as it is: features of a picture, or of several
 * views of it.
 *
 * The net's weights are a file as 'net import' and 'net init' write it; its
 * text and what it wants to see travel in it.  A view is a part of the square
 * picture, perhaps mirrored, resized to the net's input:
 *	1: the whole; 2: and mirrored; 7: and the middle and the four corners,
 *	13/16 of the side each, the second and third corner mirrored.
 */
#ifndef TRUNK_H
#define TRUNK_H

#include "image/image.h"
#include "nn/net.h"

enum { TRUNK_BATCH = 16, TRUNK_VIEWS = 7 };

struct trunk {
	struct buf text;		/* of the net */
	char dim_text[24];		/* what @dim is in it */
	struct net *net;
	const struct machine *machine;
	size_t side, dim;		/* of the input; floats of a view */
	uint64_t sum;			/* of text and weights */
	size_t views;
	struct image *room;		/* [TRUNK_BATCH]: resized views */
	struct error *bad;		/* [TRUNK_BATCH] */
};

/* From a file of weights, or from tensors "trunk." of a space. */
int trunk_open(struct trunk *t, const struct st_file *f, const char *prefix,
	       size_t views, const struct machine *machine, struct error *e);
void trunk_close(struct trunk *t);	/* takes an empty one */
int trunk_put_meta(const struct trunk *t, struct st_writer *w,
		   struct error *e);
/* out [count, views, dim] of pictures [side, side, 3]. */
int trunk_run(struct trunk *t, const unsigned char *const *pixels, size_t side,
	      size_t count, float *out, struct error *e);
/* Which numbers of views there are: "1", "2", "7". */
int trunk_has_views(size_t views);

#endif
