/*
 * documents.h - where the captions of a corpus lie in its tokens, for models
 * that take them one by one.
 */
#ifndef DOCUMENTS_H
#define DOCUMENTS_H

#include "text/corpus/vocab.h"

/* Captions with at least one word of the vocabulary, in order. */
struct documents {
	size_t count;
	size_t longest;			/* words of the longest */
	uint64_t *first;		/* [count] in the tokens */
	uint32_t *length;		/* [count] words */
};

int documents_find(struct documents *d, const struct vocab *v,
		   struct error *e);
void documents_free(struct documents *d);

#endif
