/*
 * vocab_scan.h - one pass over the captions: words, counts, tokens.
 *
 * Threads clean pieces of the corpus and look the words up in shared tables;
 * counts and tokens are then taken over piece by piece in order.  Ids are of
 * arrival and may differ from run to run; whoever numbers words must not let
 * that show.
 */
#ifndef VOCAB_SCAN_H
#define VOCAB_SCAN_H

#include <pthread.h>

#include "text/corpus/token_store.h"
#include "text/corpus/vocab.h"

enum { SCAN_SHARDS = 16 };	/* id = number in the table * shards + shard */

struct scan_word {
	uint64_t count, df;
	uint64_t last;		/* last caption that had it, from 1 */
};

struct scan_shard {
	pthread_mutex_t lock;
	struct string_map *table;
};

struct scan {
	const struct text_source *source;
	const struct vocab_options *options;
	struct scan_shard shards[SCAN_SHARDS];
	struct scan_word *words;	/* [ids], some of no word */
	size_t ids, words_room;
	struct token_store tokens;
	uint64_t captions;		/* that have words, and are over */
	int ended;			/* the last token ends a caption */
};

/* Reads all; *s is to be freed in any case. */
int scan_run(struct scan *s, struct error *e);
void scan_free(struct scan *s);

static inline struct str scan_word_at(const struct scan *s, size_t id)
{
	return string_map_at(s->shards[id % SCAN_SHARDS].table,
			     (uint32_t)(id / SCAN_SHARDS));
}

#endif
