/*
 * fuzz_text.c - any bytes as a text to learn from: its words are counted, and a
 * text model learns them for an epoch (not GloVe, whose counting takes
 * memory that is too slow to get for this).
 *
 * The first two bytes are options; the rest is a text of one caption a line.
 * Counts and tokens must agree, the rate must not rise, and what was learned
 * must be finite.
 */
#include <string.h>

#include "base/mem.h"
#include "fuzz.h"
#include "text/models/rate.h"
#include "text/models/sgns_text.h"
#include "text/models/train_model.h"

enum { MOST_LINES = 256, MOST_BYTES = 1024, DIM = 50 };

static const struct train_model *const models[] = {
	&train_word2vec, &train_fasttext, &train_doc2vec,
};
static const enum words_model kinds[] = {
	WORDS_WORD2VEC, WORDS_FASTTEXT, WORDS_DOC2VEC,
};

struct lines {
	struct str line[MOST_LINES];
	size_t count;
};

static struct str line_at(const void *context, size_t i)
{
	return ((const struct lines *)context)->line[i];
}

static void part(struct lines *l, const char *at, const char *end)
{
	const char *from = at;

	l->count = 0;
	for (; at < end && l->count < MOST_LINES - 1; at++)
		if (*at == '\n') {
			l->line[l->count++] = (struct str){ from,
				(size_t)(at - from) };
			from = at + 1;
		}
	l->line[l->count++] = (struct str){ from, (size_t)(end - from) };
}

static void check_vocab(const struct vocab *v, const struct train_options *o)
{
	uint64_t words = 0, ends = 0, sum = 0;

	for (size_t i = 0; i < v->token_count; i++) {
		ends += v->tokens[i] == VOCAB_END;
		words += v->tokens[i] != VOCAB_END;
		if (v->tokens[i] != VOCAB_END && v->tokens[i] >= v->count)
			bug("a token is no word");
	}
	for (size_t i = 0; i < v->count; i++) {
		sum += v->occurrences[i];
		if (v->occurrences[i] < (uint64_t)o->min_count || !v->df[i] ||
		    v->df[i] > v->occurrences[i] || v->df[i] > v->documents ||
		    !v->word[i].bytes)
			bug("word %zu is counted wrong", i);
		if (i && v->occurrences[i] > v->occurrences[i - 1])
			bug("words are out of order");
	}
	if (words != sum || ends > v->documents)
		bug("%llu tokens, %llu counted", (unsigned long long)words,
		    (unsigned long long)sum);
}

static void check_rate(const struct vocab *v, const struct train_options *o)
{
	struct error e = {0};
	struct rate r;
	float last = o->rate;

	if (rate_open(&r, v, o, &e) < 0)
		bug("%s", e.text);
	for (size_t at = 0; at <= v->token_count; at++) {
		float now = rate_at(&r, 0, at);

		if (!(now <= last) || !(now >= o->rate_end))
			bug("the rate rises or falls too far");
		last = now;
	}
}

static void learn(const struct train_model *m, struct train *t)
{
	struct error e = {0};

	if (m->open(t, &e) == 0) {
		for (uint64_t s = 0; s < t->epoch_steps; s++)
			if (m->step(t, s, &e) < 0)
				bug("%s", e.text);
		if (m->broken(t) != t->vocab.count)
			bug("a vector is not finite");
	}
	if (t->state)
		m->close(t);
}

static void options_of(struct train_options *o, const uint8_t *data)
{
	train_defaults(o, kinds[(data[0] & 3) % 3]);
	o->dim = data[0] & 4 ? DIM : 3;
	o->skipgram = data[0] >> 3 & 1;
	o->clean.kind = data[0] & 16 ? CLEAN_SEED : CLEAN_UNICODE;
	o->clean.stem = data[0] >> 5 & 1;
	o->epochs = 1;
	o->min_count = 1 + (data[0] >> 7);
	o->window = 1 + (data[1] & 7);
	o->negatives = 1 + (data[1] >> 3 & 7);
	o->subsample = data[1] & 64 ? 0.001f : 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	static struct lines lines;
	static struct machine machine;
	struct text_source source = { .caption = line_at, .context = &lines };
	struct train_options o;
	struct train t = { .source = &source, .options = &o,
			   .machine = &machine };
	struct error e = {0};

	if (bytes < 2 || bytes > MOST_BYTES)
		return 0;
	if (!machine.kernels)
		machine.kernels = kernels_find(NULL);
	options_of(&o, data);
	part(&lines, (const char *)data + 2, (const char *)data + bytes);
	source.count = lines.count;
	if (vocab_build(&t.vocab, &source, &o.clean, o.min_count, &e) == 0) {
		check_vocab(&t.vocab, &o);
		check_rate(&t.vocab, &o);
		learn(models[(data[0] & 3) % 3], &t);
	}
	vocab_free(&t.vocab);
	return 0;
}
