/*
 * fasttext.c - CBOW and skip-gram on words and their character n-grams
 * (Bojanowski et al. 2017, "Enriching word vectors with subword information")
 * as a text model.
 *
 * An input is a bag: the word's row and those of its n-grams (subword.h).  The
 * vector of a word is the mean of its bag.  The words file has "vectors",
 * "subword_ids" and "subwords" for words that are not in the vocabulary, and
 * the output rows as "outputs"; the word's own row follows from its vector and
 * its n-grams, so it is not kept.
 */
#include "text/models/sgns_text.h"
#include "text/models/subword.h"

static int check(const struct train_options *o, struct error *e)
{
	if (o->min_n < 1 || o->max_n < o->min_n || o->max_n > 100)
		return fail(e, ERROR_USAGE, "--min-n %d and --max-n %d: they "
			    "are 1 to 100, the first no larger than the "
			    "second", o->min_n, o->max_n);
	if (o->buckets < 1)
		return fail(e, ERROR_USAGE, "--buckets must be 1 or more");
	return sgns_text_check(o, e);
}

static struct sgns *engine(const struct train *t)
{
	return &((struct sgns_text *)t->state)->sgns;
}

static const struct subword_bags *bags_of(const struct train *t)
{
	return ((const struct sgns_text *)t->state)->own;
}

/* ---- starting from a words file ------------------------------------------ */

static int take_subwords(struct train *t, struct error *e)
{
	const struct train_options *o = t->options;
	const struct words *w = &t->init;
	const struct subword_bags *b = bags_of(t);
	struct sgns *s = engine(t);

	if (!w->subword_count)
		return 0;
	if (w->min_n != o->min_n || w->max_n != o->max_n ||
	    w->buckets != (uint32_t)o->buckets) {
		fail(e, ERROR_USAGE, "'%s' has other n-grams", o->init);
		return hint(e, "--min-n %d --max-n %d --buckets %u", w->min_n,
			    w->max_n, (unsigned)w->buckets);
	}
	for (size_t i = 0; i < b->buckets; i++) {
		size_t at = subword_find(w->subword_ids, w->subword_count,
					 b->ids[i]);

		if (at < w->subword_count)
			sgns_set(s, SGNS_INPUT, b->count + i,
				 w->subwords + at * w->dim);
	}
	return 0;
}

/* A word's own row, so that the mean of its bag is v: n v - sum of the others,
 * a chain of fmas in the order of the n-grams. */
static void take_word(const struct train *t, size_t word, const float *v)
{
	const struct subword_bags *b = bags_of(t);
	const struct kernels *k = t->machine->kernels;
	uint64_t from = word ? b->ends[word - 1] : 0, end = b->ends[word];
	struct sgns *s = engine(t);
	float *row = s->way, *other = s->sum;	/* free between steps */

	k->scale(row, (float)(end - from), v, s->shape.dim);
	for (uint64_t r = from + 1; r < end; r++) {
		sgns_get(s, SGNS_INPUT, b->rows[r], other);
		k->axpy(row, -1.0f, other, s->shape.dim);
	}
	sgns_set(s, SGNS_INPUT, word, row);
}

static int take(struct train *t, struct error *e)
{
	if (take_subwords(t, e) < 0 ||
	    sgns_text_take(t, "outputs", SGNS_OUTPUT, e) < 0)
		return e->code;
	for (size_t i = 0; i < t->vocab.count; i++) {
		uint32_t id = words_find(&t->init, t->vocab.word[i]);

		if (id != WORDS_NONE)
			take_word(t, i, words_vector(&t->init, id));
	}
	return 0;
}

/* ---- the run ------------------------------------------------------------- */

static int open_run(struct train *t, struct error *e)
{
	const struct train_options *o = t->options;
	struct sgns_text *x = t->state = mem_new(1, sizeof(*x), e);
	struct subword_bags *b = mem_new(1, sizeof(*b), e);
	struct sgns_shape shape = {0};

	if (x)
		x->own = b;
	if (!x || !b ||
	    subword_bags_make(b, t->vocab.word, t->vocab.count, o->min_n,
			      o->max_n, (uint32_t)o->buckets, e) < 0)
		return e->code;
	shape.rows = b->count + b->buckets;
	shape.bags = b->count;
	shape.bag_ends = b->ends;
	shape.bag_rows = b->rows;
	if (sgns_text_open(t, &shape, e) < 0)
		return e->code;
	return t->init_file ? take(t, e) : 0;
}

static void close_run(struct train *t)
{
	struct sgns_text *x = t->state;

	if (x->own)
		subword_bags_free(x->own);
	sgns_text_close(t);
}

static int identity(const struct train_options *o, struct identity *id,
		    struct error *e)
{
	int bad = sgns_text_identity(o, id, e);

	bad |= identity_number(id, "--min-n", (uint64_t)o->min_n, e);
	bad |= identity_number(id, "--max-n", (uint64_t)o->max_n, e);
	bad |= identity_number(id, "--buckets", (uint64_t)o->buckets, e);
	return bad ? e->code : 0;
}

static int meta(const struct train *t, struct st_writer *w, struct error *e)
{
	const struct train_options *o = t->options;
	int bad = sgns_text_meta(t, w, e);

	bad |= train_put_number(w, "min_n", (uint64_t)o->min_n, e);
	bad |= train_put_number(w, "max_n", (uint64_t)o->max_n, e);
	bad |= train_put_number(w, "buckets", (uint64_t)o->buckets, e);
	return bad ? e->code : 0;
}

/* The mean of each word's bag; the step's sums are free by now, and the first
 * of them serves as the row. */
static int put_vectors(const struct train *t, struct st_writer *w,
		       struct error *e)
{
	const struct sgns *s = engine(t);
	uint64_t shape[2] = { t->vocab.count, s->shape.dim };

	if (st_begin(w, "vectors", ST_F32, e) < 0)
		return e->code;
	for (size_t i = 0; i < t->vocab.count; i++) {
		sgns_mean(s, (uint32_t)i, s->sum);
		if (st_rows(w, s->sum, s->shape.dim, e) < 0)
			return e->code;
	}
	return st_end(w, 2, shape, e);
}

static int result(const struct train *t, struct st_writer *w, struct error *e)
{
	const struct sgns *s = engine(t);
	const struct subword_bags *b = bags_of(t);
	uint64_t buckets = b->buckets;

	if (sgns_put(s, w, "outputs", SGNS_OUTPUT, 0, t->vocab.count, e) < 0 ||
	    st_put(w, "subword_ids", ST_U32, 1, &buckets, b->ids, e) < 0 ||
	    sgns_put(s, w, "subwords", SGNS_INPUT, b->count, b->buckets,
		     e) < 0)
		return e->code;
	return put_vectors(t, w, e);
}

const struct train_model train_fasttext = {
	.name = "fasttext", .check = check, .open = open_run,
	.close = close_run, .identity = identity, .step = sgns_text_step,
	.work = sgns_text_work, .loss = sgns_text_loss,
	.broken = sgns_text_broken, .save = sgns_text_save,
	.load = sgns_text_load, .meta = meta, .result = result,
};
