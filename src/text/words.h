/*
 * words.h - a trained text model: a vocabulary with a vector for each word,
 * and caption vectors made from them.
 *
 * The file is a .safetensors of format "seesay words": word strings, count and
 * df U64 [V] (occurrences, captions that have the word), vectors F32 [V, D],
 * bias F32 [V]; metadata says how it was cleaned and trained.  The same tensors
 * under the prefix "words." are part of a space and of an index.
 */
#ifndef WORDS_H
#define WORDS_H

#include "format/safetensors.h"
#include "math/machine.h"
#include "text/clean.h"

#define WORDS_FORMAT "seesay words"
#define WORDS_NONE UINT32_MAX

struct words {
	size_t count, dim;
	struct st_strings word;
	const uint64_t *occurrences;	/* [count] */
	const uint64_t *df;		/* [count] */
	uint64_t documents;
	const float *vectors;		/* [count, dim] */
	const float *bias;		/* [count] */
	struct clean clean;		/* as it was trained */
	struct table *stop;		/* owned, may be NULL */
	uint32_t *order;		/* owned: ids sorted by word */
};

/* From an open file whose tensors carry `prefix` ("" or "words."); the views
 * live as long as the file. */
int words_load(struct words *w, const struct st_file *f, const char *prefix,
	       struct error *e);
void words_free(struct words *w);
/* Copies the model (tensors and metadata) into another file under `prefix`. */
int words_copy(const struct words *w, const struct st_file *from,
	       struct st_writer *to, const char *prefix, struct error *e);

uint32_t words_find(const struct words *w, struct str word);
static inline struct str words_at(const struct words *w, uint32_t id)
{
	return st_string_at(&w->word, id);
}
static inline const float *words_vector(const struct words *w, uint32_t id)
{
	return w->vectors + (size_t)id * w->dim;
}
/* Ids of up to `max` known words closest in spelling (edit distance <= 2, then
 * by frequency). */
size_t words_suggest(const struct words *w, struct str word, uint32_t *ids,
		     size_t max);

/* ---- caption vectors ----------------------------------------------------
 * mean: sum of the vectors of known tokens / their number.
 * tfidf: sum of weight * vector, weight = tf * log2(D / df), L2-normalised
 * over the caption's distinct words. */
enum words_caption { WORDS_MEAN, WORDS_TFIDF };
enum words_norm {
	WORDS_RAW,
	WORDS_DIVBYMAX,		/* minus min, then / max: all in [0,1] */
	WORDS_L1,		/* minus min, then / sum */
	WORDS_L2,
};
void words_normalise(float *v, size_t dim, enum words_norm norm,
		     const struct kernels *kernels);
/* out [dim]; returns how many known tokens there were (0: out is all zeros),
 * or an error. */
int words_caption_vector(const struct words *w, struct str caption,
			 enum words_caption how, enum words_norm norm,
			 float *out, const struct kernels *kernels,
			 struct error *e);

#endif
