/*
 * lda_chunk.c - bags of words of some documents; see lda_chunk.h.
 */
#include "text/models/lda_chunk.h"

#include <string.h>

int lda_chunk_open(struct lda_chunk *c, size_t words, struct error *e)
{
	*c = (struct lda_chunk){0};
	c->slot_of = mem_new(words, sizeof(*c->slot_of), e);
	if (!c->slot_of)
		return e->code;
	memset(c->slot_of, 0xFF, words * sizeof(*c->slot_of));
	return 0;
}

void lda_chunk_close(struct lda_chunk *c)
{
	mem_free(c->ends);
	mem_free(c->slot);
	mem_free(c->document);
	mem_free(c->times);
	mem_free(c->word);
	mem_free(c->slot_ends);
	mem_free(c->found);
	mem_free(c->slot_of);
	mem_free(c->last);
	*c = (struct lda_chunk){0};
}

void lda_chunk_clear(struct lda_chunk *c)
{
	for (size_t s = 0; s < c->slots; s++)
		c->slot_of[c->word[s]] = LDA_NONE;
	c->documents = c->entries = c->slots = c->longest = 0;
}

static int slot_make(struct lda_chunk *c, uint32_t word, struct error *e)
{
	size_t need = c->slots + 1;

	if (mem_grow(&c->word, &c->rooms[0], need, sizeof(*c->word), e) < 0 ||
	    mem_grow(&c->last, &c->rooms[1], need, sizeof(*c->last), e) < 0)
		return e->code;
	c->word[c->slots] = word;
	c->last[c->slots] = 0;
	c->slot_of[word] = (uint32_t)c->slots++;
	return 0;
}

static int entry_make(struct lda_chunk *c, uint32_t slot, struct error *e)
{
	size_t n = c->entries, need = n + 1;

	if (need > UINT32_MAX || c->documents >= UINT32_MAX)
		return fail(e, ERROR_USAGE, "too many words in a chunk of "
			    "documents");
	if (mem_grow(&c->slot, &c->rooms[2], need, sizeof(*c->slot), e) < 0 ||
	    mem_grow(&c->document, &c->rooms[3], need, sizeof(*c->document),
		     e) < 0 ||
	    mem_grow(&c->times, &c->rooms[4], need, sizeof(*c->times), e) < 0)
		return e->code;
	c->slot[n] = slot;
	c->document[n] = (uint32_t)c->documents;
	c->times[n] = 1.0f;
	c->last[slot] = c->entries = need;
	return 0;
}

int lda_chunk_add(struct lda_chunk *c, const uint32_t *tokens, size_t count,
		  struct error *e)
{
	size_t first = c->entries;

	for (size_t i = 0; i < count; i++) {
		uint32_t slot;

		if (c->slot_of[tokens[i]] == LDA_NONE &&
		    slot_make(c, tokens[i], e) < 0)
			return e->code;
		slot = c->slot_of[tokens[i]];
		if (c->last[slot] > first)
			c->times[c->last[slot] - 1] += 1.0f;
		else if (entry_make(c, slot, e) < 0)
			return e->code;
	}
	if (mem_grow(&c->ends, &c->rooms[5], c->documents + 1,
		     sizeof(*c->ends), e) < 0)
		return e->code;
	c->ends[c->documents++] = c->entries;
	c->longest = MAX(c->longest, c->entries - first);
	return 0;
}

int lda_chunk_end(struct lda_chunk *c, struct error *e)
{
	size_t at = 0;

	if (mem_grow(&c->slot_ends, &c->rooms[6], c->slots,
		     sizeof(*c->slot_ends), e) < 0 ||
	    mem_grow(&c->found, &c->rooms[7], c->entries, sizeof(*c->found),
		     e) < 0)
		return e->code;
	memset(c->slot_ends, 0, c->slots * sizeof(*c->slot_ends));
	for (size_t i = 0; i < c->entries; i++)
		c->slot_ends[c->slot[i]]++;
	for (size_t s = 0; s < c->slots; s++) {
		size_t n = c->slot_ends[s];

		c->slot_ends[s] = at;
		at += n;
	}
	/* each end begins as the slot's first and walks to its last */
	for (size_t i = 0; i < c->entries; i++)
		c->found[c->slot_ends[c->slot[i]]++] = (uint32_t)i;
	return 0;
}
