/*
 * fuzz_query.c - libFuzzer: any bytes as a query.
 *
 * What parses must keep what query.c promises: weights finite, texts inside
 * the query's own copy, no term twice.
 */
#include <math.h>
#include <stdlib.h>

#include "fuzz.h"
#include "base/utf8.h"
#include "search/query.h"

static void check_term(const struct query *q, size_t i)
{
	const struct query_term *t = &q->term[i];
	const char *end = q->text.data + q->text.bytes;

	if (!isfinite(t->weight))
		abort();
	if (t->kind == QUERY_RESULT) {
		if (t->number == 0 || t->text.bytes)
			abort();
	} else if (t->text.bytes == 0 || t->text.data < q->text.data ||
		   t->text.data + t->text.bytes > end) {
		abort();
	} else if (!t->quoted && !utf8_valid(t->text)) {
		abort();		/* escapes give any bytes */
	}
	for (size_t j = 0; j < i; j++)
		if (q->term[j].kind == t->kind &&
		    q->term[j].number == t->number &&
		    str_equal(q->term[j].text, t->text))
			abort();
}

/* Any answer will do: what a word is follows from its letters. */
static int look(void *context, struct str word, size_t *words,
		struct error *e)
{
	unsigned sum = 0;

	(void)context;
	(void)e;
	for (size_t i = 0; i < word.bytes; i++)
		sum = sum * 31 + (unsigned char)word.data[i];
	*words = sum / 8 % 3;
	return (int)(sum % 5);
}

static void ask(struct str text, int skips)
{
	const struct query_lexicon lexicon = { NULL, skips, look };
	struct error e = { 0 };
	struct query q = { 0 };
	size_t notes = 0;

	if (query_parse(&q, text, &lexicon, &e) < 0) {
		query_free(&q);
		return;
	}
	for (size_t i = 0; i < q.count; i++)
		check_term(&q, i);
	for (size_t i = 0; i < q.notes.bytes; i++)
		notes += !q.notes.data[i];
	if (notes != q.note_count)
		abort();
	query_free(&q);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	struct str text = { (const char *)data, bytes };
	struct error e = { 0 };
	struct query q = { 0 };

	if (query_parse(&q, text, NULL, &e) < 0) {
		if (e.code != ERROR_USAGE || !e.text[0] || q.term)
			abort();
		return 0;
	}
	if (q.count == 0)
		abort();
	for (size_t i = 0; i < q.count; i++)
		check_term(&q, i);
	query_free(&q);
	ask(text, 0);
	ask(text, 1);
	return 0;
}
