/*
 * sgns_text.c - captions as steps of negative sampling; see sgns_text.h.
 */
#include "text/models/sgns_text.h"

#include <inttypes.h>

#include "base/rng.h"
#include "text/corpus/subsample.h"

enum { MOST_TOKENS = 1 << 14 };	/* of a step, if hardly any stays */

/* 1, 2, 4 and 8 differ less than two seeds in what the vectors are worth, of
 * text in any order, the loss of skip-gram by 0.5, 1.3 and 6 %; two threads
 * need steps that are not too short. */
#define MOST_UPDATES 4.0

/* A token that stayed. */
struct sgns_mark {
	uint64_t at;			/* its place in the corpus */
	uint32_t word, reach;
};

/* ---- options ------------------------------------------------------------- */

int sgns_text_check(const struct train_options *o, struct error *e)
{
	if (o->window < 1 || o->window > SGNS_TEXT_MAX_WINDOW)
		return fail(e, ERROR_USAGE, "a window of %d words: 1 to %d "
			    "are possible", o->window, SGNS_TEXT_MAX_WINDOW);
	return train_check_negatives(o, e);
}

/* ---- opening ------------------------------------------------------------- */

/* How often a word's S is moved, by each slot that has one of its rows, in
 * slots: the most over all words.  stay[w] is how many of word w stay, moved
 * [rows] is room. */
static double input_share(const struct sgns_shape *p, const double *stay,
			  double total, double *moved)
{
	double most = 0;

	if (!p->bag_ends)
		return stay[0] / total;
	for (size_t w = 0; w < p->bags; w++)
		for (uint64_t r = w ? p->bag_ends[w - 1] : 0;
		     r < p->bag_ends[w]; r++)
			moved[p->bag_rows[r]] += stay[w] / total;
	for (size_t w = 0; w < p->bags; w++) {
		uint64_t from = w ? p->bag_ends[w - 1] : 0;
		double sum = 0;

		for (uint64_t r = from; r < p->bag_ends[w]; r++)
			sum += moved[p->bag_rows[r]];
		most = MAX(most, sum / (double)(p->bag_ends[w] - from));
	}
	return most;
}

/* Tokens of a step.  Word 0 is the most frequent one, whatever was left
 * out. */
static uint64_t step_tokens(const struct sgns_text *x, const struct train *t,
			    const struct sgns_shape *p, double *stay,
			    double *moved)
{
	const struct train_options *o = t->options;
	double total = 0, weights = 0, tokens;
	struct sgns_share most;

	for (size_t i = 0; i < p->words; i++) {
		stay[i] = (double)p->counts[i] * ((double)x->keep[i] / 0x1p32);
		total += stay[i];
		weights += negatives_weight(p->counts[i]);
	}
	most = (struct sgns_share){
		.input = input_share(p, stay, total, moved),
		.output = stay[0] / total,
		.negative = negatives_weight(p->counts[0]) / weights,
		.pairs = o->skipgram ? o->window + 1 : 1,
		.most = MOST_UPDATES,
	};
	tokens = (double)sgns_windows(&most, p->negatives, o->rate) *
		 ((double)vocab_occurrences(&t->vocab) / total);
	return tokens < MOST_TOKENS ? (uint64_t)tokens : MOST_TOKENS;
}

static int step_make(struct sgns_text *x, const struct train *t,
		     struct sgns_shape *p, struct error *e)
{
	double *stay = mem_new(p->words, sizeof(*stay), e);
	double *moved = mem_new(p->rows, sizeof(*moved), e);

	if (stay && moved)
		x->step_tokens = step_tokens(x, t, p, stay, moved);
	mem_free(stay);
	mem_free(moved);
	p->max_windows = MIN(x->step_tokens, t->vocab.token_count);
	p->max_slots = MIN(x->step_tokens + 2 * (size_t)t->options->window,
			   t->vocab.token_count);
	p->max_reach = 2 * (size_t)t->options->window;
	return e->code;
}

int sgns_text_open(struct train *t, struct sgns_shape *shape, struct error *e)
{
	const struct train_options *o = t->options;
	struct sgns_text *x = t->state;

	shape->dim = (size_t)o->dim;
	shape->negatives = (size_t)o->negatives;
	shape->words = t->vocab.count;
	shape->counts = t->vocab.occurrences;
	shape->together = !o->skipgram;
	shape->seed = o->seed;
	x->keep = subsample_keep(t->vocab.occurrences, t->vocab.count,
				 o->subsample, e);
	if (!x->keep || rate_open(&x->rate, &t->vocab, o, e) < 0 ||
	    step_make(x, t, shape, e) < 0)
		return e->code;
	x->mark = mem_new(shape->max_slots, sizeof(*x->mark), e);
	x->tokens = mem_new((size_t)x->step_tokens + 2 * SGNS_TEXT_HALO,
			    sizeof(*x->tokens), e);
	if (!x->mark || !x->tokens ||
	    sgns_open(&x->sgns, shape, t->machine, e) < 0)
		return e->code;
	t->epoch_steps = (t->vocab.token_count + x->step_tokens - 1) /
			 x->step_tokens;
	t->epoch_work = vocab_occurrences(&t->vocab);
	talk_note(t->machine->talk, "%zu words, %" PRIu64 " occurrences",
		  t->vocab.count, t->epoch_work);
	return 0;
}

void sgns_text_close(struct train *t)
{
	struct sgns_text *x = t->state;

	sgns_close(&x->sgns);
	mem_free(x->keep);
	mem_free(x->mark);
	mem_free(x->tokens);
	mem_free(x->own);
	mem_free(x);
}

/* ---- a step -------------------------------------------------------------- */

/* What a step walks over. */
struct walk {
	struct sgns_text *x;
	const uint32_t *tokens;		/* of places first .. last */
	uint64_t first, last;
	uint64_t from, end;		/* the step's own */
	uint64_t key, epoch;
	uint32_t window;
	size_t caption;			/* first slot of the caption */
};

/* Does the token at `at` stay?  Then *reach is its b. */
static int stays(const struct walk *k, uint64_t at, uint32_t *reach)
{
	uint64_t bits = rng_draw(k->key, at);
	uint32_t keep = k->x->keep[k->tokens[at - k->first]];

	*reach = 1 + (uint32_t)((bits & UINT32_MAX) * k->window >> 32);
	return keep == SUBSAMPLE_ALWAYS || (uint32_t)(bits >> 32) < keep;
}

/* Where to begin so that the first window is whole. */
static uint64_t before(const struct walk *k)
{
	uint64_t at = k->from;
	uint32_t found = 0, reach;

	while (at > k->first && found < k->window &&
	       k->tokens[at - 1 - k->first] != VOCAB_END) {
		at--;
		found += (uint32_t)stays(k, at, &reach);
	}
	return at;
}

/* Windows of the caption, or of the part of it that was walked over. */
static void caption_close(struct walk *k)
{
	struct sgns *s = &k->x->sgns;
	size_t first = k->caption, end = s->next->slots;

	k->caption = end;
	for (size_t i = first; i < end; i++) {
		const struct sgns_mark *m = &k->x->mark[i];
		size_t left = i - first < m->reach ? first : i - m->reach;
		size_t right = MIN(i + m->reach + 1, end);

		if (m->at < k->from || m->at >= k->end || right - left < 2)
			continue;
		sgns_window(s, &(struct sgns_window){
			    .word = m->word, .from = (uint32_t)left,
			    .to = (uint32_t)right, .skip = (uint32_t)i,
			    .draw = m->at });
	}
}

static void plan(struct walk *k)
{
	uint32_t behind = 0, reach;

	sgns_clear(&k->x->sgns, k->epoch);
	for (uint64_t at = before(k); at < k->last && behind < k->window;
	     at++) {
		uint32_t word = k->tokens[at - k->first];

		if (word == VOCAB_END) {
			if (at >= k->end)
				break;
			caption_close(k);
		} else if (stays(k, at, &reach)) {
			behind += at >= k->end;
			k->x->mark[sgns_slot(&k->x->sgns, word)] =
				(struct sgns_mark){ at, word, reach };
		}
	}
	caption_close(k);
}

/* The tokens of a step and what lies around it. */
static int walk_open(struct walk *k, const struct train *t, uint64_t step,
		     struct error *e)
{
	const struct vocab *v = &t->vocab;
	struct sgns_text *x = t->state;
	uint64_t from = step % t->epoch_steps * x->step_tokens;

	*k = (struct walk){
		.x = x,
		.epoch = step / t->epoch_steps,
		.key = rng_key(
			t->options->seed,
			rng_stream(RNG_WINDOW, step / t->epoch_steps, 0)),
		.window = (uint32_t)t->options->window,
		.first = from - MIN(from, SGNS_TEXT_HALO),
		.from = from,
		.end = MIN(from + x->step_tokens, v->token_count),
	};
	k->last = MIN(k->end + SGNS_TEXT_HALO, v->token_count);
	k->tokens = vocab_tokens(v, (size_t)k->first,
				 (size_t)(k->last - k->first), x->tokens, e);
	return k->tokens ? 0 : e->code;
}

/* Rows of zeros have a loss of ln 2 for a word and for each drawn one. */
static void warn_if_lost(const struct train *t, const struct sgns *s)
{
	double untrained = 0x1.62e42fefa39efp-1 * (1 + t->options->negatives);

	if (s->loss > untrained)
		talk_warn(t->machine->talk, "the loss is %.2f, that of an "
			  "untrained model %.2f: too few different words, or "
			  "too high a --rate", s->loss, untrained);
}

static int step_plan(const struct train *t, uint64_t step, struct error *e)
{
	struct walk k;

	if (walk_open(&k, t, step, e) < 0)
		return e->code;
	plan(&k);
	return 0;
}

/* The step after the one that runs; where it cannot be read, that is found out
 * when it is its turn. */
static void plan_ahead(void *context)
{
	struct sgns_text *x = context;
	struct error e = {0};

	if (step_plan(x->run, x->planned, &e) == 0)
		x->planned++;
}

int sgns_text_step(struct train *t, uint64_t step, struct error *e)
{
	struct sgns_text *x = t->state;
	struct sgns *s = &x->sgns;
	uint64_t epoch = step / t->epoch_steps;
	uint64_t from = step % t->epoch_steps * x->step_tokens;
	int is_last = step + 1 == t->epoch_steps * (uint64_t)t->options->epochs;

	if (x->planned != step + 1 && step_plan(t, step, e) < 0)
		return e->code;
	x->planned = step + 1;
	x->run = t;
	sgns_run(s, rate_at(&x->rate, epoch, from), is_last ? NULL : plan_ahead,
		 x);
	if ((step + 1) % t->epoch_steps == 0) {
		sgns_epoch(s);
		warn_if_lost(t, s);
	}
	return 0;
}

/* Words and ends of captions lie mixed: the share of the corpus, in words. */
uint64_t sgns_text_work(const struct train *t, uint64_t steps)
{
	const struct sgns_text *x = t->state;
	uint64_t tokens = MIN(steps * x->step_tokens, t->vocab.token_count);

	return (uint64_t)((double)tokens / (double)t->vocab.token_count *
			  (double)t->epoch_work);
}

double sgns_text_loss(const struct train *t)
{
	return ((const struct sgns_text *)t->state)->sgns.loss;
}

size_t sgns_text_broken(const struct train *t)
{
	size_t row = sgns_broken(&((const struct sgns_text *)t->state)->sgns);

	return row == SIZE_MAX ? t->vocab.count : MIN(row, t->vocab.count - 1);
}

/* ---- files --------------------------------------------------------------- */

int sgns_text_identity(const struct train_options *o, struct identity *id,
		       struct error *e)
{
	int bad = 0;

	bad |= identity_text(id, "--skipgram", o->skipgram ? "yes" : "no", e);
	bad |= identity_number(id, "--window", (uint64_t)o->window, e);
	bad |= identity_number(id, "--negatives", (uint64_t)o->negatives, e);
	bad |= identity_real(id, "--rate-end", o->rate_end, e);
	bad |= identity_real(id, "--subsample", o->subsample, e);
	return bad ? e->code : 0;
}

int sgns_text_save(const struct train *t, struct st_writer *w,
		   struct error *e)
{
	return sgns_save(&((const struct sgns_text *)t->state)->sgns, w, e);
}

int sgns_text_load(struct train *t, const struct st_file *f, struct error *e)
{
	return sgns_load(&((struct sgns_text *)t->state)->sgns, f, e);
}

int sgns_text_meta(const struct train *t, struct st_writer *w,
		   struct error *e)
{
	const struct train_options *o = t->options;
	int bad = 0;

	bad |= st_put_meta(w, "method", o->skipgram ? "skip-gram" : "cbow", e);
	bad |= train_put_number(w, "window", (uint64_t)o->window, e);
	bad |= train_put_number(w, "negatives", (uint64_t)o->negatives, e);
	bad |= train_put_real(w, "rate_end", (double)o->rate_end, e);
	bad |= train_put_real(w, "subsample", (double)o->subsample, e);
	return bad ? e->code : 0;
}

int sgns_text_take(struct train *t, const char *name, enum sgns_table table,
		   struct error *e)
{
	struct sgns *s = &((struct sgns_text *)t->state)->sgns;
	uint64_t shape[2] = { t->init.count, t->init.dim };
	const struct st_tensor *from;

	if (!st_find(t->init_file, name))
		return 0;
	from = st_need(t->init_file, name, ST_F32, 2, shape, e);
	if (!from)
		return e->code;
	for (size_t i = 0; i < t->vocab.count; i++) {
		uint32_t id = words_find(&t->init, t->vocab.word[i]);

		if (id != WORDS_NONE)
			sgns_set(s, table, i, (const float *)from->data +
				 id * t->init.dim);
	}
	return 0;
}
