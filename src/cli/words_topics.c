/*
 * words_topics.c - the topics of an LDA model by their first words.
 *
 * A word's weight is its share of what a topic says, exp(E[log beta]) divided
 * by the topic's sum.  A topic's share is that of all words of the corpus,
 * each word parted among the topics by its own row.
 */
#include <stdio.h>
#include <stdlib.h>

#include "cli/cli.h"
#include "cli/words_look.h"
#include "format/json.h"

struct entry {
	float weight;
	uint32_t id;
};

static int by_weight(const void *x, const void *y)
{
	const struct entry *a = x, *b = y;

	if (a->weight != b->weight)
		return a->weight < b->weight ? 1 : -1;
	return (a->id > b->id) - (a->id < b->id);
}

/* share [dim], adding up to 1; all 0 where no counts are known. */
static void shares(const struct words *w, double *share)
{
	double all = 0;

	for (uint32_t i = 0; i < w->count; i++) {
		const float *row = words_vector(w, i);
		double sum = 0;

		for (size_t k = 0; k < w->dim; k++)
			sum += (double)row[k];
		all += (double)w->occurrences[i];
		for (size_t k = 0; k < w->dim; k++)
			share[k] += (double)row[k] *
				    ((double)w->occurrences[i] / sum);
	}
	for (size_t k = 0; all > 0 && k < w->dim; k++)
		share[k] /= all;
}

/* All words by their weight in a topic, largest first. */
static void topic_sort(const struct words *w, size_t topic,
		       struct entry *entries)
{
	double sum = 0;

	for (uint32_t i = 0; i < w->count; i++)
		sum += (double)words_vector(w, i)[topic];
	for (uint32_t i = 0; i < w->count; i++)
		entries[i] = (struct entry){ (float)((double)
			words_vector(w, i)[topic] / sum), i };
	qsort(entries, w->count, sizeof(*entries), by_weight);
}

static int topic_text(struct buf *b, const struct words *w, size_t topic,
		      double share, const struct entry *entries, size_t n,
		      struct error *e)
{
	int bad = buf_addf(b, e, "%4zu %6.2f%% ", topic, 100 * share);

	for (size_t i = 0; !bad && i < n; i++) {
		bad |= buf_add(b, " ", 1, e);
		bad |= str_put_safe(b, words_at(w, entries[i].id), e);
	}
	bad |= buf_add(b, "\n", 1, e);
	return bad ? e->code : 0;
}

static int topic_json(struct buf *b, const struct words *w, size_t topic,
		      double share, const struct entry *entries, size_t n,
		      struct error *e)
{
	int bad = buf_addf(b, e, "%s{\"topic\":%zu,\"share\":%.6f,\"words\":[",
			   topic ? "," : "", topic, share);

	for (size_t i = 0; !bad && i < n; i++) {
		bad |= buf_addf(b, e, "%s{\"word\":", i ? "," : "");
		bad |= json_put_string(b, words_at(w, entries[i].id), e);
		bad |= buf_addf(b, e, ",\"weight\":%.6g}",
				(double)entries[i].weight);
	}
	bad |= buf_addf(b, e, "]}");
	return bad ? e->code : 0;
}

static int list(struct buf *b, const struct words *w,
		const struct words_show *show, struct error *e)
{
	struct entry *entries = mem_new(w->count, sizeof(*entries), e);
	double *share = mem_new(w->dim, sizeof(*share), e);
	size_t n = MIN((size_t)show->count, w->count);

	if (!entries || !share)
		goto done;
	shares(w, share);
	if (show->json)
		buf_addf(b, e, "{\"topics\":[");
	for (size_t k = 0; !e->code && k < w->dim; k++) {
		topic_sort(w, k, entries);
		(show->json ? topic_json : topic_text)(b, w, k, share[k],
						       entries, n, e);
	}
	if (show->json)
		buf_addf(b, e, "]}\n");
done:
	mem_free(entries);
	mem_free(share);
	return e->code;
}

static int topics_run(const void *values, int count, char **operands,
		      struct error *e)
{
	struct words_view v;
	struct buf b = {0};

	if (count != 1)
		return fail(e, ERROR_USAGE, "one words file is needed");
	if (words_view_open(&v, operands[0], e) < 0)
		return e->code;
	if (v.words.model != WORDS_LDA) {
		fail(e, ERROR_FAILED, "'%s' is a %s model: only lda has topics",
		     operands[0], words_model_name(v.words.model));
		hint(e, "seesay words INPUT -o FILE --model lda");
	} else if (list(&b, &v.words, values, e) == 0) {
		words_put_out(&b, e);
	}
	buf_free(&b);
	words_view_close(&v);
	return e->code;
}

static const struct opt options[] = { WORDS_COUNT, WORDS_JSON, OPT_END };

const struct opt_command cmd_words_topics = {
	.name = "topics", WORDS_VERB,
	.operands = "FILE",
	.purpose = "list the topics of an lda model with their top words",
	.options = options,
	.run = topics_run,
};
