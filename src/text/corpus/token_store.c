/*
 * token_store.c - chunks of tokens; see token_store.h.
 */
#include "text/corpus/token_store.h"

#include <string.h>

#include "base/mem.h"

enum { CHUNK = 1 << 18 };	/* tokens: a megabyte */

uint64_t token_store_bytes(uint64_t count)
{
	return 2 * count * sizeof(uint32_t);	/* old and new side by side */
}

/* Puts the full chunk away. */
static int chunk_end(struct token_store *t, struct error *e)
{
	if (t->file.folder)
		return tmpfile_write(&t->file, (t->count - t->used) *
				     sizeof(*t->chunk), t->chunk,
				     t->used * sizeof(*t->chunk), e);
	if (mem_grow(&t->chunks, &t->chunks_room, t->chunk_count + 1,
		     sizeof(*t->chunks), e) < 0)
		return e->code;
	t->chunks[t->chunk_count++] = t->chunk;
	t->chunk = NULL;
	t->room = 0;
	return 0;
}

int token_store_put(struct token_store *t, const uint32_t *tokens,
		    size_t count, struct error *e)
{
	while (count) {
		size_t n;

		if (t->used == CHUNK) {
			if (chunk_end(t, e) < 0)
				return e->code;
			t->used = 0;
		}
		n = MIN(count, CHUNK - t->used);
		if (mem_grow(&t->chunk, &t->room, t->used + n,
			     sizeof(*t->chunk), e) < 0)
			return e->code;
		memcpy(t->chunk + t->used, tokens, n * sizeof(*tokens));
		t->used += n;
		t->count += n;
		tokens += n;
		count -= n;
	}
	return 0;
}

int token_store_spill(struct token_store *t, const char *folder,
		      const char *beside, struct error *e)
{
	if (tmpfile_open(&t->file, folder, beside, e) < 0)
		return e->code;
	for (size_t i = 0; i < t->chunk_count; i++) {
		if (tmpfile_write(&t->file, (uint64_t)i * CHUNK *
				  sizeof(*t->chunk), t->chunks[i],
				  CHUNK * sizeof(*t->chunk), e) < 0)
			return e->code;
		mem_free(t->chunks[i]);
		t->chunks[i] = NULL;
	}
	t->chunk_count = 0;
	return 0;
}

/* In place; returns how many stay. */
static size_t renumber(uint32_t *tokens, size_t count, const uint32_t *new_of)
{
	size_t to = 0;

	for (size_t i = 0; i < count; i++) {
		uint32_t old = tokens[i];
		uint32_t new = old == UINT32_MAX ? old : new_of[old];

		tokens[to] = new;
		to += new != UINT32_MAX || old == UINT32_MAX;
	}
	return to;
}

static int finish_memory(struct token_store *t, const uint32_t *new_of,
			 uint64_t left, uint32_t **tokens, struct error *e)
{
	size_t at = 0;

	*tokens = mem_new((size_t)left, sizeof(**tokens), e);
	if (!*tokens)
		return e->code;
	for (size_t i = 0; i <= t->chunk_count; i++) {
		int last = i == t->chunk_count;
		uint32_t *chunk = last ? t->chunk : t->chunks[i];
		size_t n = renumber(chunk, last ? t->used : CHUNK, new_of);

		if (n)
			memcpy(*tokens + at, chunk, n * sizeof(*chunk));
		at += n;
		mem_free(chunk);
		if (!last)
			t->chunks[i] = NULL;
	}
	t->chunk = NULL;
	t->room = 0;
	return 0;
}

/* What stays is never behind what is read. */
static int finish_file(struct token_store *t, const uint32_t *new_of,
		       struct error *e)
{
	uint64_t at = 0, n;

	if (chunk_end(t, e) < 0 ||
	    mem_grow(&t->chunk, &t->room, (size_t)MIN(t->count, CHUNK),
		     sizeof(*t->chunk), e) < 0)
		return e->code;
	for (uint64_t from = 0; from < t->count; from += CHUNK) {
		n = MIN(t->count - from, CHUNK);
		if (tmpfile_read(&t->file, from * sizeof(*t->chunk), t->chunk,
				 (size_t)n * sizeof(*t->chunk), e) < 0)
			return e->code;
		n = renumber(t->chunk, (size_t)n, new_of);
		if (tmpfile_write(&t->file, at * sizeof(*t->chunk), t->chunk,
				  (size_t)n * sizeof(*t->chunk), e) < 0)
			return e->code;
		at += n;
	}
	return 0;
}

int token_store_finish(struct token_store *t, const uint32_t *new_of,
		       uint64_t left, uint32_t **tokens, struct error *e)
{
	if (t->file.folder)
		return finish_file(t, new_of, e);
	return finish_memory(t, new_of, left, tokens, e);
}

void token_store_free(struct token_store *t)
{
	for (size_t i = 0; i < t->chunk_count; i++)
		mem_free(t->chunks[i]);
	mem_free(t->chunks);
	mem_free(t->chunk);
	tmpfile_close(&t->file);
	*t = (struct token_store){0};
}
