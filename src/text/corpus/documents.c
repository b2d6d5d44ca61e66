/*
 * documents.c - captions in the tokens of a corpus; see documents.h.
 */
#include "text/corpus/documents.h"

enum { READ_AT_ONCE = 1 << 14 };	/* tokens */

static int add(struct documents *d, uint64_t from, uint64_t end, size_t *rooms,
	       struct error *e)
{
	size_t need = d->count + 1;

	if (end == from)
		return 0;
	if (end - from > UINT32_MAX || need > UINT32_MAX)
		return fail(e, ERROR_DATA, "too many captions, or one is too "
			    "long");
	if (mem_grow(&d->first, &rooms[0], need, sizeof(*d->first), e) < 0 ||
	    mem_grow(&d->length, &rooms[1], need, sizeof(*d->length), e) < 0)
		return e->code;
	d->first[d->count] = from;
	d->length[d->count++] = (uint32_t)(end - from);
	d->longest = MAX(d->longest, (size_t)(end - from));
	return 0;
}

int documents_find(struct documents *d, const struct vocab *v, struct error *e)
{
	uint32_t *buffer = mem_new(READ_AT_ONCE, sizeof(*buffer), e);
	const uint32_t *tokens = buffer;
	size_t rooms[2] = { 0, 0 }, from = 0;

	*d = (struct documents){0};
	for (size_t at = 0, n; tokens && at < v->token_count; at += n) {
		n = MIN(v->token_count - at, READ_AT_ONCE);
		tokens = vocab_tokens(v, at, n, buffer, e);
		for (size_t i = 0; tokens && i < n; i++) {
			if (tokens[i] != VOCAB_END)
				continue;
			if (add(d, from, at + i, rooms, e) < 0)
				tokens = NULL;
			from = at + i + 1;
		}
	}
	mem_free(buffer);
	if (!tokens)
		documents_free(d);
	return tokens ? 0 : e->code;
}

void documents_free(struct documents *d)
{
	mem_free(d->first);
	mem_free(d->length);
	*d = (struct documents){0};
}
