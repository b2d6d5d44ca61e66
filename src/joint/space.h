/*
 * space.h - one space for pictures and words: a text model and the image net
 * that learned to land on its caption vectors.
 *
 * File format "seesay space": the words model under "words.", the net's
 * tensors under "net.", its text and how to read it in the metadata.  An index
 * file contains a whole space, so it opens as one too.
 *
 * How vectors are compared (metadata "compare"):
 *   cosine  word: its vector minus the vocabulary's mean caption vector, unit
 *           length; image: likewise.  A query is the weighted sum of its
 *           terms, unit length again; score = dot product in [-1, 1].
 *   seed    as the demo of the papers: minus min, then / sum, plain sums.
 */
#ifndef SPACE_H
#define SPACE_H

#include "image/image.h"
#include "math/machine.h"
#include "nn/net.h"
#include "text/words.h"

#define SPACE_FORMAT "seesay space"

enum space_compare { SPACE_COSINE, SPACE_SEED };

struct space {
	struct st_file *file;
	struct words words;
	struct net *net;
	size_t dim;
	enum space_compare compare;
	const float *center;		/* [dim]: subtracted before comparing */
	size_t side;			/* pictures are resized to side x side */
};

int space_open(struct space *s, const char *path, const struct machine *machine,
	       struct error *e);
void space_close(struct space *s);

/* out [dim], ready to be compared. */
int space_word(const struct space *s, struct str word, float *out,
	       const struct kernels *k, struct error *e);
int space_caption(const struct space *s, struct str caption, float *out,
		  const struct kernels *k, struct error *e);
/* pixels: count pictures [side', side', 3]; out [count, dim]. */
int space_images(struct space *s, const unsigned char *const *pixels,
		 size_t side, size_t count, float *out, struct error *e);

#endif
