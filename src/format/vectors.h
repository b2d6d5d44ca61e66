/*
 * vectors.h - word vectors as text: GloVe's "word v0 v1 ..." lines, and the
 * same with word2vec's first line "COUNT DIM".
 */
#ifndef VECTORS_H
#define VECTORS_H

#include "base/error.h"
#include "base/str.h"

/* Writes `count` rows of `dim` floats with 9 significant digits (enough to
 * come back to the same bits).  header: word2vec's first line. */
int vectors_write(const char *path, const struct str *words,
		  const float *vectors, size_t count, size_t dim, int header,
		  struct error *e);

#endif
