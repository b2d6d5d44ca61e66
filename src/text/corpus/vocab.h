/*
 * vocab.h - the words of a corpus, and the corpus as numbers of words.
 */
#ifndef VOCAB_H
#define VOCAB_H

#include "base/pool.h"
#include "base/string_map.h"
#include "base/talk.h"
#include "base/tmpfile.h"
#include "text/clean/clean.h"
#include "text/corpus/source.h"

#define VOCAB_END UINT32_MAX	/* closes a caption in the tokens */

/* Words are ordered by count, then by bytes: the most frequent is word 0. */
struct vocab {
	size_t count;
	struct str *word;	/* [count], in `letters` */
	uint64_t *occurrences;	/* [count] */
	uint64_t *df;		/* [count] captions that have the word */
	uint64_t documents;	/* captions, empty ones too */
	uint32_t *tokens;	/* [token_count] numbers of words, VOCAB_END;
				 * NULL: in `file` */
	size_t token_count;
	struct tmpfile file;
	char *letters;
};

struct vocab_options {
	const struct clean *clean;
	int min_count;		/* rarer words leave no gap in the tokens */
	uint64_t memory_bytes;	/* for all of it, while it is made; 0: any */
	/* Tokens that need more than a quarter of that go to a temporary file
	 * (see tmpfile_open); both NULL: never. */
	const char *folder, *beside;
	struct pool *pool;	/* NULL: one thread */
	const struct talk *talk;	/* NULL: nothing is said */
};

/* Fewer than two words are an error.  The same for any threads and memory. */
int vocab_make(struct vocab *v, const struct text_source *source,
	       const struct vocab_options *options, struct error *e);
/* In memory, whatever it takes. */
int vocab_build(struct vocab *v, const struct text_source *source,
		const struct clean *clean, int min_count, struct error *e);
void vocab_free(struct vocab *v);
/* Occurrences of all words that are kept. */
uint64_t vocab_occurrences(const struct vocab *v);

/* Tokens from ... from + count - 1, wherever they are: `buffer` [count] may be
 * used.  NULL on failure. */
const uint32_t *vocab_tokens(const struct vocab *v, size_t from, size_t count,
			     uint32_t *buffer, struct error *e);
void vocab_drop_tokens(struct vocab *v);	/* when no more needed */
uint64_t vocab_bytes(const struct vocab *v);	/* of memory */

#endif
