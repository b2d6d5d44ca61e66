/*
 * fasttext_bin.h - fastText's models (.bin, versions 11 and 12): the words and
 * the input matrix, whose rows are the words and then the buckets of n-grams.
 *
 * Layout, all little-endian, no padding: magic 793712314, version; 12 int32
 * (dim ws epoch minCount neg wordNgrams loss model bucket minn maxn
 * lrUpdateRate), double t; int32 size nwords nlabels, int64 ntokens,
 * pruneidx_size; `size` entries { word, 0 byte, int64 count, int8 type };
 * byte quant_input; int64 rows, columns, floats; byte qout; the output matrix
 * too.  Quantised models (.ftz) are refused.
 */
#ifndef FASTTEXT_BIN_H
#define FASTTEXT_BIN_H

#include "base/error.h"
#include "base/str.h"

struct fasttext_bin {
	size_t words, dim;
	uint32_t buckets;
	int min_n, max_n;		/* max_n 0: no n-grams */
	const unsigned char *entries;	/* of the words */
	const unsigned char *rows;	/* [words + buckets, dim] ST_F32 */
};

int fasttext_bin_is(const void *bytes, size_t size);
/* A view into `bytes`; `path` is for messages. */
int fasttext_bin_read(struct fasttext_bin *f, const void *bytes, size_t size,
		      const char *path, struct error *e);
/* The entry at *at (begin with f->entries), which moves to the next one. */
struct str fasttext_bin_word(const unsigned char **at, uint64_t *count);

/* ---- writing ------------------------------------------------------------- */

/* What a model says of itself beside its words. */
struct fasttext_options {
	size_t dim;
	uint32_t buckets;
	int min_n, max_n;		/* max_n 0: no n-grams */
	int skipgram, window, epochs, min_count, negatives;
	double threshold;		/* of the subsampling */
};
/* Appends all that stands before the input matrix.  The rest is, twice,
 * fasttext_bin_matrix and the rows: the inputs, then as many outputs as there
 * are words. */
int fasttext_bin_head(struct buf *b, const struct fasttext_options *o,
		      const struct str *words, const uint64_t *counts,
		      size_t count, struct error *e);
int fasttext_bin_matrix(struct buf *b, uint64_t rows, size_t dim,
			struct error *e);

/* ---- n-grams ------------------------------------------------------------- */

/* The buckets of a word's n-grams one after the other, in fastText's order:
 * '<' word '>' cut into all runs of min_n to max_n characters, but for a lone
 * '<' or '>'; the end of a sentence, "</s>", has none. */
struct fasttext_walk {
	struct str word;
	int min_n, max_n, n;
	uint32_t buckets, hash;
	size_t from, at;		/* bytes of '<' word '>' */
};
void fasttext_walk_start(struct fasttext_walk *k, struct str word, int min_n,
			 int max_n, uint32_t buckets);
int fasttext_walk_next(struct fasttext_walk *k, uint32_t *bucket); /* 0: end */

/* The same as a list. */
struct fasttext_ngrams {
	int min_n, max_n;
	uint32_t buckets;
	uint32_t *ids;			/* [count], owned: mem_free */
	size_t count, room;
};
int fasttext_ngrams_of(struct fasttext_ngrams *g, struct str word,
		       struct error *e);

#endif
