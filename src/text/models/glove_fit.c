/*
 * glove_fit.c - GloVe's stochastic gradient, in an order that no thread
 * changes.
 *
 * Pennington, Socher, Manning 2014, equation 8:
 *	J = sum f(X) (w_a.w_b + b_a + b_b - ln X)^2 / 2
 * by AdaGrad, in parallel by blocks as in Gemulla et al. 2011 (stratified SGD).
 * The update is kernels->glove, in one of two forms:
 *	one table (glove-python): a and b are rows of one table, each unordered
 *	pair is trained once; the weighted error f(X) (...) is clipped; the
 *	learning rate multiplies AdaGrad's step
 *	two tables (Stanford): a is a word's row, b a context's; each pair is
 *	trained in both orders, and a word with itself too; components of
 *	gradients are clipped; the learning rate multiplies the gradient before
 *	it is squared, but for the bias
 * Why an epoch has passes: while a bucket is trained, nothing ties its rows to
 * the other rows.  They drift together, and more the longer it takes.  So each
 * pass trains a part of every bucket.
 */
#include "text/models/glove_fit.h"

#include <math.h>
#include <string.h>

#include "base/rng.h"

enum {
	CHUNK = 512,		/* pairs whose ln and f are found at once */
	LINE_FLOATS = 16,
	BLOCKS_MIN = 16,
	/* rows of a block: two of them and the pairs in 1 MiB */
	BLOCK_BYTES = 448 << 10,
	GROUP_BLOCKS = 4,	/* at least 16 groups, for as many threads */
	PASSES_MAX = 4,
};

/* Floats of half a row: vector and bias, whole cache lines. */
static size_t half_row(size_t dim)
{
	return (dim / LINE_FLOATS + 1) * LINE_FLOATS;
}

float glove_fit_clip(const struct train_options *options)
{
	if (options->clip > 0)
		return options->clip;
	return options->two_tables ? 100 : 10;
}

uint64_t glove_fit_bytes(size_t words, const struct train_options *options)
{
	return 2 * half_row((size_t)options->dim) * sizeof(float) *
	       (uint64_t)words * (options->two_tables ? 2 : 1);
}

size_t glove_fit_blocks(size_t words, const struct train_options *options)
{
	uint64_t row = 2 * half_row((size_t)options->dim) * sizeof(float);
	size_t blocks = BLOCKS_MIN;

	while (blocks < PAIRS_MAX_BLOCKS &&
	       words / blocks * row > BLOCK_BYTES)
		blocks *= 2;
	return blocks;
}

/* ---- who meets whom ------------------------------------------------------ */

/* Item `item` of a round trains the groups *p of rows and *q of columns.  One
 * table: round 0 is each group with itself; the others follow the circle method
 * of round-robin tournaments, where the last group is fixed and the others
 * rotate. */
static void meeting(const struct glove_fit *f, size_t round, size_t item,
		    size_t *p, size_t *q)
{
	size_t turning = f->groups - 1, r = round - 1;

	*p = item;
	*q = (item + round) & (f->groups - 1);
	if (f->tables == 2 || round == 0)
		return;
	*p = item ? (r + item) % turning : turning;
	*q = item ? (r + turning - item) % turning : r;
}

static size_t round_items(const struct glove_fit *f, size_t round)
{
	return f->tables == 2 || round == 0 ? f->groups : f->groups / 2;
}

/* One bucket as an item of a round sees it. */
struct tile {
	size_t p, q;		/* blocks of rows and of columns */
	size_t bucket;
	int turned;		/* the bucket is (q, p), not (p, q) */
	int twice;		/* train pairs in both orders: a block with
				 * itself, two tables */
};

/* Bucket number `i` of the groups p and q.  Blocks of columns ascend and
 * descend by turns, so that the last one, still in the cache, is used again.
 * Returns 0 if another i is the same bucket. */
static int tile_at(const struct glove_fit *f, size_t p, size_t q, size_t i,
		   struct tile *t)
{
	size_t side = f->blocks / f->groups, row = i / side, column = i % side;

	if (row & 1)
		column = side - 1 - column;
	t->p = p + row * f->groups;
	t->q = q + column * f->groups;
	t->turned = t->p > t->q;
	t->twice = f->tables == 2 && t->p == t->q;
	t->bucket = pairs_bucket(f->pairs, MIN(t->p, t->q), MAX(t->p, t->q));
	return f->tables == 2 || p != q || !t->turned;
}

static size_t tiles(const struct glove_fit *f)
{
	return f->blocks / f->groups * (f->blocks / f->groups);
}

/* ---- preparation --------------------------------------------------------- */

static size_t in_pass(const struct glove_fit *f, size_t count, size_t pass)
{
	return (count + f->passes - 1 - pass) / f->passes;
}

/* A row should be used a few times each time it is read from memory: as many
 * passes as leave a pair for each word of a bucket's two blocks. */
static size_t passes_for(const struct glove_fit *f)
{
	uint64_t n = pairs_count(f->pairs) / f->blocks / f->count;

	return (size_t)MIN(MAX(n, 1), PASSES_MAX);
}

static int same_words(const struct pair *pair, const struct tile *t)
{
	return t->p == t->q && pair->p == pair->q;
}

/* Reads the bucket of a tile to out and keeps the pairs of the pass: every
 * passes-th, with p as the row, and also in the other order if `twice`.
 * Returns how many, or an error. */
static int64_t tile_read(const struct glove_fit *f, const struct tile *t,
			 size_t pass, struct pair *out, struct error *e)
{
	size_t n = (size_t)pairs_in(f->pairs, t->bucket), kept = 0, more;

	if (pairs_read(f->pairs, t->bucket, out, e) < 0)
		return e->code;
	for (size_t i = pass; i < n; i += f->passes) {
		struct pair x = out[i];

		out[kept++] = t->turned ? (struct pair){ x.q, x.p, x.x } : x;
	}
	more = kept;
	for (size_t i = 0; t->twice && i < kept; i++)
		if (!same_words(&out[i], t))
			out[more++] = (struct pair){ out[i].q, out[i].p,
						     out[i].x };
	return (int64_t)more;
}

/* Pairs that a tile trains in a pass. */
static int64_t tile_count(struct glove_fit *f, const struct tile *t,
			  size_t pass, struct error *e)
{
	if (t->twice)
		return tile_read(f, t, pass, f->buffers, e);
	return (int64_t)in_pass(f, (size_t)pairs_in(f->pairs, t->bucket), pass);
}

static int64_t step_count(struct glove_fit *f, size_t step, struct error *e)
{
	size_t round = step % f->groups, p, q;
	int64_t sum = 0, n;
	struct tile t;

	for (size_t item = 0; item < round_items(f, round); item++) {
		meeting(f, round, item, &p, &q);
		for (size_t i = 0; i < tiles(f); i++) {
			if (!tile_at(f, p, q, i, &t))
				continue;
			n = tile_count(f, &t, step / f->groups, e);
			if (n < 0)
				return n;
			sum += n;
		}
	}
	return sum;
}

static int steps_count(struct glove_fit *f, struct error *e)
{
	for (size_t step = 0; step < f->steps; step++) {
		int64_t n = step_count(f, step, e);

		if (n < 0)
			return (int)n;
		f->done[step + 1] = f->done[step] + (uint64_t)n;
	}
	return 0;
}

static int buffers_make(struct glove_fit *f, struct error *e)
{
	size_t threads = (size_t)pool_threads(f->machine->pool), all;

	for (size_t q = 0; q < f->blocks; q++)
		for (size_t p = 0; p <= q; p++) {
			size_t bucket = pairs_bucket(f->pairs, p, q);
			size_t n = (size_t)pairs_in(f->pairs, bucket);

			/* both ways: see tile_read */
			f->room = MAX(f->room, p == q ? 2 * n : n);
		}
	if (!mem_product(threads, f->room, &all))
		return fail(e, ERROR_FAILED, "too many pairs of words");
	f->buffers = mem_new(all, sizeof(*f->buffers), e);
	return f->buffers ? 0 : e->code;
}

static void row_start(void *context, size_t i, int thread)
{
	const struct glove_fit *f = context;
	uint64_t stream = rng_stream(RNG_INIT, 0, 0);
	/* glove-python's biases start from 0 */
	size_t numbers = f->dim + f->tables - 1;
	float *row = f->rows + i * f->stride;

	(void)thread;
	for (size_t j = 0; j < f->rule.half; j++) {
		float u = j < numbers ? rng_uniform(f->options->seed, stream,
						    i * numbers + j) : 0.5f;

		row[j] = (u - 0.5f) / (float)f->dim;
		row[f->rule.half + j] = 1.0f;
	}
}

static void rule_make(struct glove_fit *f)
{
	const struct train_options *o = f->options;
	float none = INFINITY, clip = glove_fit_clip(o);

	f->rule = f->tables == 1 ?
		(struct glove_rule){ .scale = 1, .rate = o->rate,
				     .clip = clip, .part = none } :
		(struct glove_rule){ .scale = o->rate, .rate = 1,
				     .clip = none, .part = clip };
	f->rule.n = f->dim;
	f->rule.half = half_row(f->dim);
	f->stride = 2 * f->rule.half;
}

int glove_fit_open(struct glove_fit *f, size_t words, struct pairs *pairs,
		   const struct train_options *options,
		   const struct machine *machine, struct error *e)
{
	*f = (struct glove_fit){ .options = options, .machine = machine,
			   .count = words, .dim = (size_t)options->dim,
			   .tables = options->two_tables ? 2 : 1,
			   .pairs = pairs, .blocks = pairs_blocks(pairs) };
	f->groups = MAX(BLOCKS_MIN, f->blocks / GROUP_BLOCKS);
	f->passes = passes_for(f);
	f->steps = f->passes * f->groups;
	rule_make(f);
	f->done = mem_new(f->steps + 1, sizeof(*f->done), e);
	f->loss = mem_new(f->groups * f->groups, sizeof(*f->loss), e);
	f->errors = mem_new(f->groups, sizeof(*f->errors), e);
	f->rows = mem_new(words, f->tables * f->stride * sizeof(*f->rows), e);
	if (!f->done || !f->loss || !f->errors || !f->rows ||
	    buffers_make(f, e) < 0 || steps_count(f, e) < 0) {
		glove_fit_close(f);
		return e->code;
	}
	pool_run(machine->pool, f->tables * words, row_start, f);
	return 0;
}

void glove_fit_close(struct glove_fit *f)
{
	pairs_free(f->pairs);
	mem_free(f->rows);
	mem_free(f->buffers);
	mem_free(f->done);
	mem_free(f->loss);
	mem_free(f->errors);
	*f = (struct glove_fit){0};
}

/* ---- training ------------------------------------------------------------ */

static void shuffle(const struct glove_fit *f, const struct tile *t,
		    struct pair *list, size_t n)
{
	uint64_t place = (uint64_t)(t->p * f->blocks + t->q) * PASSES_MAX +
			 f->step / f->groups;
	uint64_t key = rng_key(f->options->seed,
			       rng_stream(RNG_SHUFFLE, (uint64_t)f->epoch,
					  place));

	for (size_t i = n; i-- > 1;) {
		size_t j = (size_t)rng_draw_below(key, i, i + 1);
		struct pair kept = list[i];

		list[i] = list[j];
		list[j] = kept;
	}
}

/* Pairs for one call of the kernel.  They may be of several tiles, so that the
 * kernel prefetches rows of the next tile too. */
struct chunk {
	double *loss;
	size_t count;
	float *a[CHUNK], *b[CHUNK], x[CHUNK];
};

/* ln X, f(X) = (X / x_max)^alpha, at most 1, and the rows. */
static void chunk_train(const struct glove_fit *f, struct chunk *c)
{
	const struct kernels *k = f->machine->kernels;
	float log_x[CHUNK], weight[CHUNK], x_max = f->options->x_max;

	k->log(log_x, c->x, c->count);
	for (size_t i = 0; i < c->count; i++)
		weight[i] = c->x[i] / x_max;
	k->pow(weight, weight, f->options->alpha, c->count);
	for (size_t i = 0; i < c->count; i++)
		weight[i] = c->x[i] < x_max ? weight[i] : 1.0f;
	k->glove(c->loss, c->a, c->b, log_x, weight, c->count, &f->rule);
	c->count = 0;
}

static void tile_train(const struct glove_fit *f, const struct tile *t,
		       int thread, struct chunk *c, struct error *e)
{
	struct pair *list = f->buffers + (size_t)thread * f->room;
	int64_t n = tile_read(f, t, f->step / f->groups, list, e);

	if (n < 0)
		return;
	shuffle(f, t, list, (size_t)n);
	for (int64_t i = 0; i < n; i++) {
		size_t at = c->count++;

		c->a[at] = glove_fit_row(f, 0, t->p + list[i].p * f->blocks);
		c->b[at] = glove_fit_row(f, f->tables - 1,
					 t->q + list[i].q * f->blocks);
		c->x[at] = list[i].x;
		if (c->count == CHUNK)
			chunk_train(f, c);
	}
}

static void item_train(void *context, size_t item, int thread)
{
	struct glove_fit *f = context;
	size_t round = f->step % f->groups, p, q;
	struct error *e = &f->errors[item];
	struct chunk c;
	struct tile t;

	c.loss = &f->loss[round * f->groups + item];
	c.count = 0;
	if (f->step == round)		/* the first pass */
		*c.loss = 0;
	meeting(f, round, item, &p, &q);
	for (size_t i = 0; i < tiles(f) && !e->code; i++)
		if (tile_at(f, p, q, i, &t))
			tile_train(f, &t, thread, &c, e);
	chunk_train(f, &c);
}

int glove_fit_step(struct glove_fit *f, int epoch, size_t step, struct error *e)
{
	size_t items = round_items(f, step % f->groups);

	f->epoch = epoch;
	f->step = step;
	pool_run(f->machine->pool, items, item_train, f);
	for (size_t i = 0; i < items && !e->code; i++)
		if (f->errors[i].code)
			*e = f->errors[i];
	return e->code;
}

double glove_fit_loss(const struct glove_fit *f)
{
	double sum = 0;

	for (size_t i = 0; i < f->groups * f->groups; i++)
		sum += f->loss[i];
	return sum / 2 / (double)MAX(f->done[f->steps], 1);
}

size_t glove_fit_check(const struct glove_fit *f)
{
	for (size_t i = 0; i < f->tables * f->count; i++) {
		const float *row = f->rows + i * f->stride;

		for (size_t j = 0; j < f->stride; j++)
			if (!(fabsf(row[j]) <= WORDS_VECTOR_MOST))
				return i % f->count;
	}
	return f->count;
}
