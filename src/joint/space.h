/*
 * space.h - one space for pictures and words: two towers (tower.h), which give
 * vectors of pictures and of texts, and how the two are compared.
 *
 * File format "seesay space": what the towers keep there, two means and the
 * metadata "compare".  An index file contains a whole space, so it opens as one
 * too.  Search, eval and indexes see pictures and texts through this file only.
 *
 * How the two are compared (metadata "compare"):
 *   cosine  texts normalised as the targets were (divbymax: all in [0, 1]);
 *	     then each side minus its own mean over the training posts
 *	     ("text_center", "image_center"), and unit length.  A query is the
 *	     weighted sum of its terms, unit length again; the score is in
 *	     [-1, 1].
 *   seed    as the demo of the papers: minus min (text), the logistic
 *	     function (pictures, of either loss), then / sum; plain weighted
 *	     sums.
 */
#ifndef SPACE_H
#define SPACE_H

#include "joint/tower.h"

enum space_compare { SPACE_COSINE, SPACE_SEED };
extern const char *const space_compare_names[];	/* NULL at the end */

struct space {
	struct st_file *file;
	struct tower text, pictures;
	size_t dim;
	enum space_compare compare;
	const float *text_center, *image_center;	/* [dim] */
	const struct machine *machine;
};

int space_open(struct space *s, const char *path, const struct machine *machine,
	       struct error *e);
void space_close(struct space *s);
/* One side of a space whose file is owned by the caller; what needs the other
 * may not be asked of it. */
int space_open_side(struct space *s, enum tower_side side,
		    struct st_file *file, const struct machine *machine,
		    struct error *e);
void space_close_side(struct space *s);
/* Raw vectors [count, dim] of its pictures, ready to be compared. */
int space_pictures(const struct space *s, float *v, size_t count,
		   struct error *e);
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
/* pixels: count pictures [side, side, 3], side at least space_least_side; the
 * middle is cropped.  out [count, dim].  Not for several
 * threads at once. */
int space_images(struct space *s, const unsigned char *const *pixels,
		 size_t side, size_t count, float *out, struct error *e);
/* Those of a dataset from what is kept beside it (features.h): 1, 0 if nothing
 * is, or an error. */
int space_kept(struct space *s, const struct dataset *d, const size_t *rows,
	       size_t count, float *out, struct error *e);
/* The side a picture should be resized to before space_images. */
size_t space_side(const struct space *s);
size_t space_least_side(const struct space *s);
/* The vocabulary, and how texts are read. */
const struct words *space_words(const struct space *s);

#endif
