/*
 * subword.h - words as bags of character n-grams (Bojanowski et al. 2017), cut
 * and hashed as fastText does (format/fasttext_bin.h).
 */
#ifndef SUBWORD_H
#define SUBWORD_H

#include "text/words/words.h"

/* The rows of a vocabulary: row i is that of word i, row count + k that of
 * bucket ids[k].  Only buckets that some n-gram of the vocabulary falls into
 * have one, so memory is bounded by the vocabulary, not by the buckets. */
struct subword_bags {
	size_t count;			/* words */
	uint64_t *ends;			/* [count] */
	uint32_t *rows; /* [ends[count - 1]] the word's row, then
					 * its n-grams in fastText's order */
	size_t buckets;
	uint32_t *ids;			/* [buckets] ascending */
};

int subword_bags_make(struct subword_bags *b, const struct str *words,
		      size_t count, int min_n, int max_n, uint32_t buckets,
		      struct error *e);
void subword_bags_free(struct subword_bags *b);

/* The row of a bucket among ids [count], or count. */
size_t subword_find(const uint32_t *ids, size_t count, uint32_t bucket);

/* Has the model the row of some n-gram of the word? */
int subword_knows(const struct words *w, struct str word);
/* out [dim]: the vector of a word by its n-grams alone, the mean (pool_sum) of
 * the rows of those whose buckets the model has; zeros if there are none.
 * fastText and gensim also count buckets that no word of the vocabulary fell
 * into: these hold the random numbers they began with, so they are left out
 * here.  Returns how many n-grams took part, or an error. */
int subword_vector(const struct words *w, struct str word, float *out,
		   const struct kernels *kernels, struct error *e);

#endif
