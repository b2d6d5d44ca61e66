/*
 * words_export.h - a words file as the file of another program.
 */
#ifndef EXPORT_H
#define EXPORT_H

#include "format/vectors.h"
#include "text/words/words.h"

struct words_export_options {
	const char *out;
	const char *list;		/* glove-bin, npy: where the words go */
	enum vectors_format format;	/* all but safetensors */
	/* fasttext-bin: how it was trained, what is known of it; and the output
	 * rows [count, dim], or NULL: zeros, as a training begins with */
	struct fasttext_options fasttext;
	const float *outputs;
};

/* fasttext-bin holds a row for each word beside those of its n-grams: the one
 * that makes their mean the word's vector.  Buckets that no word fell into are
 * zero.  In other formats a model's n-grams are lost. */
int words_export_file(const struct words *w,
		      const struct words_export_options *o, struct error *e);

#endif
