/*
 * doc2vec.c - PV-DBOW (Le and Mikolov 2014) as a text model: each caption has
 * a row that is trained to predict its words against negative samples.
 *
 * As gensim with dm=0: no word vectors but the output rows, which are the
 * "vectors" of the words file; with them the row of any text can be inferred
 * (words_doc2vec.c), so the captions' own rows are not kept.
 *
 * Captions are trained in groups; a step takes a few words of each caption of a
 * group.  All gradients of a step are computed from the rows before it, so all
 * words of a long caption at once would overshoot (sgns.h).  Tokens are
 * subsampled as in sgns_text.h.
 */
#include <math.h>

#include "base/rng.h"
#include "text/corpus/documents.h"
#include "text/models/sgns.h"
#include "text/corpus/subsample.h"
#include "text/models/train_model.h"

#define MOST_UPDATES 1.0	/* of a row in a step, times the rate */

struct doc2vec {
	struct sgns sgns;
	uint32_t *keep;			/* [words] of 2^32: stays */
	struct documents documents;
	size_t slice;			/* words of a caption in a step */
	size_t group, groups;		/* captions in each; how many */
	uint64_t *ends;			/* [groups] of their steps */
	uint32_t *tokens;		/* [slice] */
};

static int check(const struct train_options *o, struct error *e)
{
	if (o->init) {
		fail(e, ERROR_USAGE, "training of a doc2vec model cannot start "
		     "from another file");
		return hint(e, "glove, word2vec and fasttext can");
	}
	return train_check_negatives(o, e);
}

/* ---- opening ------------------------------------------------------------- */

/* Words of a step, by the most frequent word, which is word 0. */
static size_t step_words(const struct doc2vec *d, const struct train *t)
{
	const struct train_options *o = t->options;
	const struct vocab *v = &t->vocab;
	double stay = 0, weights = 0, first = 0;

	for (size_t i = v->count; i-- > 0;) {
		first = (double)v->occurrences[i] * (double)d->keep[i];
		stay += first;
		weights += negatives_weight(v->occurrences[i]);
	}
	/* a threshold near 0 leaves no word */
	return sgns_windows(&(struct sgns_share){
			    .output = stay > 0 ? first / stay : 1,
			    .negative = negatives_weight(v->occurrences[0]) /
				     weights, .pairs = 1,
			    .most = MOST_UPDATES },
			    (size_t)o->negatives, o->rate);
}

/* A row moves by up to `rate` for each of its words and their samples: as many
 * words as keep the sum within MOST_UPDATES. */
static size_t slice_words(const struct train_options *o)
{
	double words = MOST_UPDATES / ((double)o->rate * (1 + o->negatives));

	return words < 1 ? 1 : words > SGNS_MOST_WINDOWS ? SGNS_MOST_WINDOWS :
	       (size_t)words;
}

/* The steps that each group takes: as many slices as its longest caption. */
static int groups_make(struct doc2vec *d, const struct train *t,
		       struct error *e)
{
	uint64_t steps = 0;

	d->slice = slice_words(t->options);
	d->group = MAX(step_words(d, t) / d->slice, 1);
	d->groups = CEIL_DIV(d->documents.count, d->group);
	d->ends = mem_new(d->groups, sizeof(*d->ends), e);
	d->tokens = mem_new(d->slice, sizeof(*d->tokens), e);
	if (!d->ends || !d->tokens)
		return e->code;
	for (size_t g = 0; g < d->groups; g++) {
		size_t end = MIN((g + 1) * d->group, d->documents.count);
		size_t longest = 0;

		for (size_t i = g * d->group; i < end; i++)
			longest = MAX(longest, d->documents.length[i]);
		steps += CEIL_DIV(longest, d->slice);
		d->ends[g] = steps;
	}
	return 0;
}

static int open_run(struct train *t, struct error *e)
{
	const struct train_options *o = t->options;
	struct doc2vec *d = t->state = mem_new(1, sizeof(*d), e);
	struct sgns_shape shape = {
		.dim = (size_t)o->dim, .negatives = (size_t)o->negatives,
		.words = t->vocab.count, .counts = t->vocab.occurrences,
		.max_reach = 1, .seed = o->seed,
	};

	if (!d)
		return e->code;
	d->keep = subsample_keep(t->vocab.occurrences, t->vocab.count,
				 o->subsample, e);
	if (!d->keep || documents_find(&d->documents, &t->vocab, e) < 0 ||
	    groups_make(d, t, e) < 0)
		return e->code;
	shape.rows = shape.bags = d->documents.count;
	shape.max_slots = d->group;
	shape.max_windows = d->group * d->slice;
	if (sgns_open(&d->sgns, &shape, t->machine, e) < 0)
		return e->code;
	t->epoch_steps = d->ends[d->groups - 1];
	t->epoch_work = vocab_occurrences(&t->vocab);
	talk_note(t->machine->talk, "%zu words, %zu captions",
		  t->vocab.count, d->documents.count);
	return 0;
}

static void close_run(struct train *t)
{
	struct doc2vec *d = t->state;

	sgns_close(&d->sgns);
	documents_free(&d->documents);
	mem_free(d->keep);
	mem_free(d->ends);
	mem_free(d->tokens);
	mem_free(d);
}

/* ---- a step -------------------------------------------------------------- */

/* The group that `step` of an epoch belongs to. */
static size_t group_of(const struct doc2vec *d, uint64_t step)
{
	size_t low = 0, high = d->groups - 1;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (d->ends[middle] > step)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

/* Slice `slice` of caption i: a window for each word that stays. */
static int caption_take(struct doc2vec *d, const struct train *t, size_t i,
			uint64_t slice, uint64_t stream, struct error *e)
{
	uint64_t from = slice * d->slice, at = d->documents.first[i] + from;
	uint32_t slot = SGNS_NONE;
	const uint32_t *tokens;
	size_t n;

	if (from >= d->documents.length[i])
		return 0;
	n = (size_t)MIN(d->documents.length[i] - from, d->slice);
	tokens = vocab_tokens(&t->vocab, (size_t)at, n, d->tokens, e);
	if (!tokens)
		return e->code;
	for (size_t j = 0; j < n; j++) {
		uint32_t keep = d->keep[tokens[j]];

		if (keep != SUBSAMPLE_ALWAYS &&
		    rng_bits(t->options->seed, stream, at + j) >> 32 >= keep)
			continue;
		if (slot == SGNS_NONE)
			slot = sgns_slot(&d->sgns, (uint32_t)i);
		sgns_window(&d->sgns, &(struct sgns_window){
			    .word = tokens[j], .from = slot, .to = slot + 1,
			    .skip = SGNS_NONE, .draw = at + j });
	}
	return 0;
}

static int step(struct train *t, uint64_t number, struct error *e)
{
	const struct train_options *o = t->options;
	struct doc2vec *d = t->state;
	uint64_t epoch = number / t->epoch_steps;
	uint64_t in_epoch = number % t->epoch_steps;
	uint64_t stream = rng_stream(RNG_WINDOW, epoch, 0);
	size_t g = group_of(d, in_epoch);
	size_t end = MIN((g + 1) * d->group, d->documents.count);
	uint64_t slice = in_epoch - (g ? d->ends[g - 1] : 0);
	double rate = (double)o->rate, done = (double)number /
		      ((double)t->epoch_steps * o->epochs);

	sgns_clear(&d->sgns, epoch);
	for (size_t i = g * d->group; i < end; i++)
		if (caption_take(d, t, i, slice, stream, e) < 0)
			return e->code;
	sgns_run(&d->sgns, (float)(rate - (rate - (double)o->rate_end) * done),
		 NULL, NULL);
	if (in_epoch + 1 == t->epoch_steps)
		sgns_epoch(&d->sgns);
	return 0;
}

static uint64_t work(const struct train *t, uint64_t steps)
{
	return (uint64_t)((double)steps / (double)t->epoch_steps *
			  (double)t->epoch_work);
}

static double loss(const struct train *t)
{
	return ((const struct doc2vec *)t->state)->sgns.loss;
}

static size_t broken(const struct train *t)
{
	size_t row = sgns_broken(&((const struct doc2vec *)t->state)->sgns);

	return row == SIZE_MAX ? t->vocab.count : MIN(row, t->vocab.count - 1);
}

/* ---- files --------------------------------------------------------------- */

static int identity(const struct train_options *o, struct identity *id,
		    struct error *e)
{
	int bad = 0;

	bad |= identity_number(id, "--negatives", (uint64_t)o->negatives, e);
	bad |= identity_real(id, "--rate-end", o->rate_end, e);
	bad |= identity_real(id, "--subsample", o->subsample, e);
	return bad ? e->code : 0;
}

static int save(const struct train *t, struct st_writer *w, struct error *e)
{
	return sgns_save(&((const struct doc2vec *)t->state)->sgns, w, e);
}

static int load(struct train *t, const struct st_file *f, struct error *e)
{
	return sgns_load(&((struct doc2vec *)t->state)->sgns, f, e);
}

static int meta(const struct train *t, struct st_writer *w, struct error *e)
{
	const struct train_options *o = t->options;
	int bad = 0;

	bad |= train_put_number(w, "negatives", (uint64_t)o->negatives, e);
	bad |= train_put_real(w, "rate_end", (double)o->rate_end, e);
	bad |= train_put_real(w, "subsample", (double)o->subsample, e);
	return bad ? e->code : 0;
}

/* A word that was neither predicted nor sampled has a row of zeros, which no
 * words file may have. */
static void rows_fill(struct doc2vec *d)
{
	struct sgns *s = &d->sgns;
	float *row = s->way;		/* free between steps */

	for (size_t i = 0; i < s->shape.words; i++) {
		size_t j = 0;

		sgns_get(s, SGNS_OUTPUT, i, row);
		while (j < s->shape.dim && fabsf(row[j]) < WORDS_VECTOR_LEAST)
			j++;
		if (j < s->shape.dim)
			continue;
		row[0] = WORDS_VECTOR_LEAST;
		sgns_set(s, SGNS_OUTPUT, i, row);
	}
}

static int result(const struct train *t, struct st_writer *w, struct error *e)
{
	struct doc2vec *d = t->state;

	rows_fill(d);
	return sgns_put(&d->sgns, w, "vectors", SGNS_OUTPUT, 0,
			t->vocab.count, e);
}

const struct train_model train_doc2vec = {
	.name = "doc2vec", .check = check,
	.open = open_run, .close = close_run, .identity = identity,
	.step = step, .work = work, .loss = loss, .broken = broken,
	.save = save, .load = load, .meta = meta, .result = result,
};
