/*
 * space.h - one space for pictures and words: a text model and the image net
 * that learned to land on its caption vectors.
 *
 * File format "seesay space": the words model under "words.", the net's
 * tensors under "net.", its text and how to read it in the metadata.  An index
 * file contains a whole space, so it opens as one too.
 *
 * Text side: the words model's vector of a text, normalised as the targets
 * were (divbymax: all in [0, 1]).  Image side: the net's output, through the
 * logistic function if it was trained by regression or is compared as seed
 * (metadata "output").
 *
 * How the two are compared (metadata "compare"):
 *   cosine  each side minus its own mean over the training posts ("text_center",
 *	     "image_center"), then unit length.  A query is the weighted sum of
 *	     its terms, unit length again; the score is in [-1, 1].
 *   seed    as the demo of the papers: minus min (text), the logistic
 *	     function (pictures, of either loss), then / sum; plain weighted
 *	     sums.
 */
#ifndef SPACE_H
#define SPACE_H

#include "math/machine.h"
#include "nn/net.h"
#include "text/words.h"

#define SPACE_FORMAT "seesay space"

enum space_compare { SPACE_COSINE, SPACE_SEED };
extern const char *const space_compare_names[];	/* NULL at the end */

struct space {
	struct st_file *file;
	struct words words;
	struct net *net;
	size_t dim;
	enum words_caption caption;	/* how a text becomes a vector */
	enum space_compare compare;
	int sigmoid;			/* the net's output goes through it */
	const float *text_center, *image_center;	/* [dim] */
	const struct machine *machine;
};

int space_open(struct space *s, const char *path, const struct machine *machine,
	       struct error *e);
void space_close(struct space *s);
/* Would space_open take this file?  For who writes one. */
int space_try(struct st_file *file, const struct machine *machine,
	      struct error *e);

/* out [dim], ready to be compared.  A word that is not in the vocabulary, a
 * caption without any known word: ERROR_UNKNOWN that names it (see
 * words_suggest for a hint).  A vector that is not finite, as damaged weights
 * give it: ERROR_DATA. */
int space_word(const struct space *s, struct str word, float *out,
	       struct error *e);
int space_caption(const struct space *s, struct str caption, float *out,
		  struct error *e);
/* pixels: count pictures [side, side, 3], side at least what the net wants
 * (space_side); the middle is cropped.  out [count, dim].  Not for several
 * threads at once. */
int space_images(struct space *s, const unsigned char *const *pixels,
		 size_t side, size_t count, float *out, struct error *e);
/* The side a picture should be resized to before space_images. */
size_t space_side(const struct space *s);

#endif
