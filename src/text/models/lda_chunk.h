/*
 * lda_chunk.h - some documents as bags of words: what one update of LDA sees.
 *
 * The different words of the chunk have slots, in order of their first
 * appearance.  An entry is one word of one document; entries are in order of
 * the documents, and listed by slot too.
 */
#ifndef LDA_CHUNK_H
#define LDA_CHUNK_H

#include "base/mem.h"
#include "base/error.h"

struct lda_chunk {
	size_t documents, entries, slots;
	size_t *ends;			/* [documents] of their entries */
	uint32_t *slot;			/* [entries] */
	uint32_t *document;		/* [entries] */
	float *times;			/* [entries] the word is there */
	uint32_t *word;			/* [slots] */
	size_t *slot_ends;		/* [slots] of their part of found */
	uint32_t *found; /* [entries] entries by slot, ascending */
	size_t longest;			/* most entries of a document */

	uint32_t *slot_of;		/* [words] LDA_NONE: not in the chunk */
	size_t *last;			/* [slots] latest entry + 1 */
	size_t rooms[8];
};
#define LDA_NONE UINT32_MAX

/* For a vocabulary of `words`. */
int lda_chunk_open(struct lda_chunk *c, size_t words, struct error *e);
void lda_chunk_close(struct lda_chunk *c);

/* Empties it, then adds documents, then lists entries by slot. */
void lda_chunk_clear(struct lda_chunk *c);
int lda_chunk_add(struct lda_chunk *c, const uint32_t *tokens, size_t count,
		  struct error *e);
int lda_chunk_end(struct lda_chunk *c, struct error *e);

static inline size_t lda_chunk_first(const struct lda_chunk *c,
				     size_t document)
{
	return document ? c->ends[document - 1] : 0;
}
static inline size_t lda_chunk_slot_first(const struct lda_chunk *c,
					  size_t slot)
{
	return slot ? c->slot_ends[slot - 1] : 0;
}

#endif
