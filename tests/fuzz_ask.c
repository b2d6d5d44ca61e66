/*
 * fuzz_ask.c - libFuzzer: any bytes as a query to an index with a vocabulary,
 * stop words, joined words and pictures.
 *
 * The first byte says whether unknown words are skipped.  What is answered must
 * hold together: shares sum to scores, an unknown term has none, every term as
 * it is shown can be asked again and is the same term.
 */
#include <math.h>

#include "fuzz.h"
#include "search/query.h"
#include "seesay.h"
#include "spaces.h"

static struct seesay_session *open_once(void)
{
	static struct seesay_session *s;
	struct machine m = { .kernels = kernels_find(NULL) };
	struct seesay_space *space;
	struct error e = {0};
	char *path;

	if (s)
		return s;
	if (!mkdtemp(folder) || make_all(&m, &e) < 0)
		bug("%s", e.text);
	path = path_of("index");
	if (seesay_space_open(&space, path, NULL, NULL) != SEESAY_OK ||
	    seesay_session_open(&s, space, NULL, NULL) != SEESAY_OK)
		bug("the index does not open");
	remove_all();
	mem_free(path);
	return s;
}

static int is_grammar(const struct query *q, const struct seesay_term *t)
{
	return q->count == 1 && (int)q->term[0].kind == (int)t->kind &&
	       q->term[0].weight == 1;
}

/* Words may be taken otherwise when they stand alone: only names must be read
 * as they were. */
static void check_term(const struct seesay_term *t)
{
	struct error e = {0};
	struct query q = { 0 };

	if (!isfinite(t->weight) || !t->text[0])
		bug("a term without a weight or a text");
	if (t->kind == SEESAY_WORD)
		return;
	if (query_parse(&q, str_of(t->text), NULL, &e) < 0)
		bug("a term cannot be asked again: %s", e.text);
	if (!is_grammar(&q, t))
		bug("a term is another when it is asked again");
	query_free(&q);
}

static void check_answer(const struct seesay_answer *a)
{
	for (size_t t = 0; t < a->term_count; t++)
		check_term(a->term[t]);
	for (size_t i = 0; i < a->note_count; i++)
		if (!a->note[i][0])
			bug("an empty note");
	for (size_t i = 0; i < a->result_count; i++) {
		double sum = 0, size = 1;

		for (size_t t = 0; t < a->term_count; t++) {
			double share = (double)a->result[i]->share[t];

			if (!a->term[t]->known && share != 0)
				bug("an unknown term has a share");
			sum += share;
			size += fabs(share);
		}
		if (!(fabs(sum - (double)a->result[i]->score) < 1e-4 * size))
			bug("shares do not sum to the score");
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	static const char *const previous[] = { "scene-000004",
						"scene-000009" };
	struct seesay_session *s = open_once();
	struct seesay_request ask = {
		.size = sizeof(ask), .k = 3, .previous = previous, .previous_count = 2,
		.skip_unknown = bytes && (data[0] & 1),
	};
	static struct seesay_answer *a;	/* its memory is used again */
	struct seesay_error e;
	struct buf text = {0};
	struct error none = {0};

	if (!bytes)
		return 0;
	buf_add(&text, data + 1, bytes - 1, &none);
	ask.text = text.data;
	if (seesay_search(s, &ask, &a, &e) == SEESAY_OK)
		check_answer(a);
	else if (!e.text[0] || e.code == SEESAY_DATA)
		bug("an error without words: %s", e.text);
	buf_free(&text);
	return 0;
}
