/*
 * vocab.c - the words that are kept, in their order; see vocab.h.
 *
 * vocab_scan.c counts them; here they are sorted, and the tokens renumbered,
 * so that nothing shows in which order they arrived.
 */
#include "text/corpus/vocab.h"

#include <stdlib.h>

#include "text/corpus/vocab_scan.h"

struct entry {
	struct str word;
	uint64_t count, df;
	uint32_t id;		/* of arrival */
};

static int by_count(const void *x, const void *y)
{
	const struct entry *a = x, *b = y;

	if (a->count != b->count)
		return a->count < b->count ? 1 : -1;
	return str_compare(a->word, b->word);
}

/* The words that occur at least min_count times, in order; NULL on failure. */
static struct entry *entries_sorted(const struct scan *s, uint64_t min_count,
				    size_t *count, struct error *e)
{
	struct entry *entries;
	size_t n = 0;

	for (size_t id = 0; id < s->ids; id++)
		n += s->words[id].count >= min_count;
	entries = mem_new(n, sizeof(*entries), e);
	if (!entries)
		return NULL;
	*count = n;
	n = 0;
	for (size_t id = 0; id < s->ids; id++) {
		const struct scan_word *w = &s->words[id];

		if (w->count >= min_count)
			entries[n++] = (struct entry){ scan_word_at(s, id),
				w->count, w->df, (uint32_t)id };
	}
	if (n)
		qsort(entries, n, sizeof(*entries), by_count);
	return entries;
}

static int too_few(const struct scan *s, size_t kept, struct error *e)
{
	size_t words;
	struct entry *entries = entries_sorted(s, 1, &words, e);

	if (!entries)
		return e->code;
	if (!words) {
		fail(e, ERROR_FAILED, "no words in %zu captions",
		     s->source->count);
		hint(e, "see what the input holds, and --clean and --stop");
	} else if (words == 1) {
		fail(e, ERROR_FAILED, "the captions have only one word, '%.*s'",
		     (int)MIN(entries[0].word.bytes, 100),
		     entries[0].word.data);
		hint(e, "at least two are needed");
	} else {
		fail(e, ERROR_FAILED, "only %zu of %zu words occur at least "
		     "%d times, two are needed", kept, words,
		     s->options->min_count);
		hint(e, "--min-count %llu would do",
		     (unsigned long long)entries[1].count);
	}
	mem_free(entries);
	return e->code;
}

/* Copies the sorted entries and their letters to v. */
static int words_keep(struct vocab *v, const struct entry *entries,
		      struct error *e)
{
	size_t bytes = 0;

	for (size_t i = 0; i < v->count; i++)
		bytes += entries[i].word.bytes;
	v->letters = mem_new(bytes, 1, e);
	v->word = mem_new(v->count, sizeof(*v->word), e);
	v->occurrences = mem_new(v->count, sizeof(*v->occurrences), e);
	v->df = mem_new(v->count, sizeof(*v->df), e);
	if (!v->letters || !v->word || !v->occurrences || !v->df)
		return e->code;
	bytes = 0;
	for (size_t i = 0; i < v->count; i++) {
		struct str word = entries[i].word;

		v->word[i] = (struct str){ v->letters + bytes, word.bytes };
		memcpy(v->letters + bytes, word.data, word.bytes);
		bytes += word.bytes;
		v->occurrences[i] = entries[i].count;
		v->df[i] = entries[i].df;
	}
	return 0;
}

/* Old numbers of the tokens to new ones. */
static int tokens_keep(struct vocab *v, struct scan *s,
		       const struct entry *entries, struct error *e)
{
	uint32_t *new_of = mem_new(s->ids, sizeof(*new_of), e);
	uint64_t left = s->captions + (s->tokens.count && !s->ended);
	int code;

	if (!new_of)
		return e->code;
	memset(new_of, 0xFF, s->ids * sizeof(*new_of));
	for (size_t i = 0; i < v->count; i++) {
		new_of[entries[i].id] = (uint32_t)i;
		left += entries[i].count;
	}
	code = token_store_finish(&s->tokens, new_of, left, &v->tokens, e);
	v->token_count = (size_t)left;
	v->file = s->tokens.file;
	s->tokens.file = (struct tmpfile){0};
	mem_free(new_of);
	return code;
}

int vocab_make(struct vocab *v, const struct text_source *source,
	       const struct vocab_options *options, struct error *e)
{
	struct scan s = { .source = source, .options = options };
	struct entry *entries = NULL;
	int code = scan_run(&s, e);

	*v = (struct vocab){ .documents = source->count };
	if (code == 0) {
		entries = entries_sorted(&s, (uint64_t)MAX(options->min_count,
							   1), &v->count, e);
		code = entries ? 0 : e->code;
	}
	if (code == 0 && v->count < 2)
		code = too_few(&s, v->count, e);
	if (code == 0)
		code = words_keep(v, entries, e);
	if (code == 0)
		code = tokens_keep(v, &s, entries, e);
	mem_free(entries);
	scan_free(&s);
	if (code < 0)
		vocab_free(v);
	return code;
}

int vocab_build(struct vocab *v, const struct text_source *source,
		const struct clean *clean, int min_count, struct error *e)
{
	struct vocab_options o = { .clean = clean, .min_count = min_count };

	return vocab_make(v, source, &o, e);
}

void vocab_free(struct vocab *v)
{
	mem_free(v->letters);
	mem_free(v->word);
	mem_free(v->occurrences);
	mem_free(v->df);
	vocab_drop_tokens(v);
	*v = (struct vocab){0};
}

uint64_t vocab_occurrences(const struct vocab *v)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < v->count; i++)
		sum += v->occurrences[i];
	return sum;
}

const uint32_t *vocab_tokens(const struct vocab *v, size_t from, size_t count,
			     uint32_t *buffer, struct error *e)
{
	if (v->tokens)
		return v->tokens + from;
	return tmpfile_read(&v->file, from * sizeof(*buffer), buffer,
			    count * sizeof(*buffer), e) < 0 ? NULL : buffer;
}

void vocab_drop_tokens(struct vocab *v)
{
	mem_free(v->tokens);
	v->tokens = NULL;
	tmpfile_close(&v->file);
}

uint64_t vocab_bytes(const struct vocab *v)
{
	uint64_t bytes = v->count * (sizeof(*v->word) + 2 * sizeof(uint64_t));

	for (size_t i = 0; i < v->count; i++)
		bytes += v->word[i].bytes;
	return bytes + (v->tokens ? v->token_count * sizeof(*v->tokens) : 0);
}
