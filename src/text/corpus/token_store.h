/*
 * token_store.h - the tokens of a corpus while its words are counted: a queue
 * in memory that may move to a temporary file.
 */
#ifndef TOKEN_STORE_H
#define TOKEN_STORE_H

#include "base/tmpfile.h"

struct token_store {
	uint32_t **chunks;	/* [chunk_count] full ones, in memory */
	size_t chunk_count, chunks_room;
	uint32_t *chunk;	/* the one being filled; NULL: none yet */
	size_t used, room;	/* of it */
	uint64_t count;		/* in all */
	struct tmpfile file;	/* once open, holds all full chunks */
};

/* Memory for `count` tokens, with that of finishing. */
uint64_t token_store_bytes(uint64_t count);
int token_store_put(struct token_store *t, const uint32_t *tokens,
		    size_t count, struct error *e);
/* Moves to a file (see tmpfile_open). */
int token_store_spill(struct token_store *t, const char *folder,
		      const char *beside, struct error *e);
/* Replaces each token t by new_of[t], one that becomes UINT32_MAX goes;
 * UINT32_MAX itself stays.  There are `left` of them then: in *tokens, or in
 * t->file.  t is empty but for the file. */
int token_store_finish(struct token_store *t, const uint32_t *new_of,
		       uint64_t left, uint32_t **tokens, struct error *e);
void token_store_free(struct token_store *t);

#endif
