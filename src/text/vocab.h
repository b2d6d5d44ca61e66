/*
 * vocab.h - the words of a corpus, and the corpus as numbers of words.
 */
#ifndef VOCAB_H
#define VOCAB_H

#include "base/scratch.h"
#include "base/table.h"
#include "text/clean.h"
#include "text/source.h"

#define VOCAB_END UINT32_MAX	/* closes a caption in the tokens */

/* Words are ordered by count, then by bytes: the most frequent is word 0. */
struct vocab {
	struct table *table;	/* owns the strings */
	size_t count;
	struct str *word;	/* [count] */
	uint64_t *occurrences;	/* [count] */
	uint64_t *df;		/* [count] captions that have the word */
	uint64_t documents;	/* captions, empty ones too */
	uint32_t *tokens;	/* [token_count] numbers of words, VOCAB_END;
				 * NULL: in `file` */
	size_t token_count;
	struct scratch file;
};

/* Words that occur at least min_count times; rarer ones leave no gap in the
 * tokens.  Fewer than two words are an error. */
int vocab_build(struct vocab *v, const struct text_source *source,
		const struct clean *clean, int min_count, struct error *e);
void vocab_free(struct vocab *v);

/* Tokens from ... from + count - 1, wherever they are: `buffer` [count] may be
 * used.  NULL on failure. */
const uint32_t *vocab_tokens(const struct vocab *v, size_t from, size_t count,
			     uint32_t *buffer, struct error *e);
/* No more needed. */
void vocab_drop_tokens(struct vocab *v);

#endif
