/*
 * vocab.c - one pass over the captions; see vocab.h.
 *
 * Tokens are kept as numbers in order of arrival, then renumbered once the
 * counts are known, so each caption is cleaned once.
 */
#include "text/vocab.h"

#include <stdlib.h>

struct entry {
	struct str word;
	uint64_t count, df;
	uint64_t last;		/* last caption that had it, from 1 */
	uint32_t id;		/* of arrival */
};

/* What one pass collects. */
struct scan {
	struct table *table;
	struct entry *entries;	/* [table_count(table)] by arrival */
	size_t entries_room;
	uint32_t *tokens;
	size_t token_count, tokens_room;
};

static int token_put(struct scan *s, uint32_t token, struct error *e)
{
	if (mem_grow(&s->tokens, &s->tokens_room, s->token_count + 1,
		     sizeof(*s->tokens), e) < 0)
		return e->code;
	s->tokens[s->token_count++] = token;
	return 0;
}

static int scan_word(struct scan *s, struct str word, uint64_t caption,
		     struct error *e)
{
	uint32_t id = table_add(s->table, word, e);
	struct entry *entry;

	if (id == TABLE_NONE ||
	    mem_grow(&s->entries, &s->entries_room, (size_t)id + 1,
		     sizeof(*s->entries), e) < 0)
		return e->code;
	entry = &s->entries[id];
	entry->count++;
	entry->df += entry->last != caption;
	entry->last = caption;
	return token_put(s, id, e);
}

static int scan_caption(struct scan *s, const struct buf *tokens, size_t count,
			uint64_t caption, struct error *e)
{
	const char *at = tokens->data;

	for (size_t i = 0; i < count; i++) {
		struct str word = str_of(at);

		if (scan_word(s, word, caption, e) < 0)
			return e->code;
		at += word.bytes + 1;
	}
	return count ? token_put(s, VOCAB_END, e) : 0;
}

static int scan_all(struct scan *s, const struct text_source *source,
		    const struct clean *clean, struct error *e)
{
	struct buf tokens = {0};
	size_t count;
	int code = 0;

	for (size_t i = 0; code == 0 && i < source->count; i++) {
		code = clean_tokens(clean, source->caption(source->context, i),
				    &tokens, &count, e);
		if (code == 0)
			code = scan_caption(s, &tokens, count, i + 1, e);
	}
	buf_free(&tokens);
	return code;
}

static int by_count(const void *x, const void *y)
{
	const struct entry *a = x, *b = y;

	if (a->count != b->count)
		return a->count < b->count ? 1 : -1;
	return str_compare(a->word, b->word);
}

static int too_few(const struct scan *s, const struct text_source *source,
		   size_t kept, int min_count, struct error *e)
{
	uint32_t words = table_count(s->table);

	if (!words) {
		fail(e, ERROR_FAILED, "no words in %zu captions",
		     source->count);
		return hint(e, "see what the input holds, and --clean and "
			    "--stop");
	}
	if (words == 1) {
		fail(e, ERROR_FAILED, "the captions have only one word, '%.*s'",
		     (int)MIN(s->entries[0].word.bytes, 100),
		     s->entries[0].word.data);
		return hint(e, "at least two are needed");
	}
	fail(e, ERROR_FAILED, "only %zu of %u words occur at least %d times, "
	     "two are needed", kept, (unsigned)words, min_count);
	return hint(e, "--min-count %llu would do",
		    (unsigned long long)s->entries[1].count);
}

/* Old numbers of words to new ones; words left out go without a gap. */
static void renumber(struct vocab *v, const struct scan *s, uint32_t *new_id)
{
	size_t to = 0;

	for (size_t i = 0; i < s->token_count; i++) {
		uint32_t t = s->tokens[i];

		t = t == VOCAB_END ? t : new_id[t];
		if (t != VOCAB_END || s->tokens[i] == VOCAB_END)
			s->tokens[to++] = t;
	}
	v->token_count = to;
}

/* Takes the sorted entries over into v. */
static int keep(struct vocab *v, const struct scan *s, struct error *e)
{
	size_t words = table_count(s->table);
	uint32_t *new_id = mem_new(words, sizeof(*new_id), e);

	v->word = mem_new(v->count, sizeof(*v->word), e);
	v->occurrences = mem_new(v->count, sizeof(*v->occurrences), e);
	v->df = mem_new(v->count, sizeof(*v->df), e);
	if (!new_id || !v->word || !v->occurrences || !v->df) {
		mem_free(new_id);
		return e->code;
	}
	for (size_t i = 0; i < words; i++) {
		const struct entry *entry = &s->entries[i];

		new_id[entry->id] = i < v->count ? (uint32_t)i : VOCAB_END;
		if (i >= v->count)
			continue;
		v->word[i] = entry->word;
		v->occurrences[i] = entry->count;
		v->df[i] = entry->df;
	}
	renumber(v, s, new_id);
	mem_free(new_id);
	return 0;
}

int vocab_build(struct vocab *v, const struct text_source *source,
		const struct clean *clean, int min_count, struct error *e)
{
	struct scan s = { .table = table_new(e) };
	uint32_t words;
	int code;

	*v = (struct vocab){ .table = s.table, .documents = source->count };
	code = s.table ? scan_all(&s, source, clean, e) : e->code;
	v->tokens = s.tokens;
	if (code < 0)
		goto done;
	words = table_count(s.table);
	for (uint32_t i = 0; i < words; i++) {
		s.entries[i].id = i;
		s.entries[i].word = table_at(s.table, i);
	}
	if (words)
		qsort(s.entries, words, sizeof(*s.entries), by_count);
	while (v->count < words &&
	       s.entries[v->count].count >= (uint64_t)MAX(min_count, 1))
		v->count++;
	code = v->count < 2 ? too_few(&s, source, v->count, min_count, e) :
	       keep(v, &s, e);
done:
	mem_free(s.entries);
	if (code < 0)
		vocab_free(v);
	return code;
}

void vocab_free(struct vocab *v)
{
	table_free(v->table);
	mem_free(v->word);
	mem_free(v->occurrences);
	mem_free(v->df);
	vocab_drop_tokens(v);
	*v = (struct vocab){0};
}

const uint32_t *vocab_tokens(const struct vocab *v, size_t from, size_t count,
			     uint32_t *buffer, struct error *e)
{
	if (v->tokens)
		return v->tokens + from;
	return scratch_read(&v->file, from * sizeof(*buffer), buffer,
			    count * sizeof(*buffer), e) < 0 ? NULL : buffer;
}

void vocab_drop_tokens(struct vocab *v)
{
	mem_free(v->tokens);
	v->tokens = NULL;
	scratch_close(&v->file);
}
