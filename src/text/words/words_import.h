/*
 * words_import.h - the word vectors of another program as a words file.
 *
 * Only vectors are known then: counts are those of the file if it has any,
 * else 0, and in how many captions a word is stays unknown (documents 0).
 * A word met again is left out, and so is one whose vector is zero, which no
 * cosine can be made of.
 */
#ifndef IMPORT_H
#define IMPORT_H

#include "format/vectors.h"
#include "text/clean/clean.h"

struct words_import_options {
	struct vectors_source source;
	const char *out;
	enum clean_kind clean;		/* of the captions to come */
};

struct words_import_report {
	enum vectors_format format;
	size_t count, dim;		/* words written */
	size_t repeated, zero, not_utf8;
	uint32_t buckets;		/* rows of n-grams */
	char first[64];			/* the first repeated word, shortened */
};

int words_import_file(const struct words_import_options *o,
		      struct words_import_report *r, struct error *e);

#endif
