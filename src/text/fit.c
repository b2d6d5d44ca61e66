/*
 * fit.c - GloVe's stochastic gradient, in an order that no thread changes.
 *
 * Pennington, Socher, Manning 2014, equation 8, with one table of vectors:
 *	J = sum f(X) (w_a.w_b + b_a + b_b - ln X)^2 / 2
 * by AdaGrad; parallel by blocks as in Gemulla et al. 2011 (stratified SGD).
 * Each float has one expression tree (docs/numerics.md):
 *	d = ((dot(w_a, w_b) + b_a) + b_b) - ln X,  e = f(X) d within +-clip
 *	b = fma(-rate, e / sqrt(s), b), s = fma(e, e, s)	(each bias)
 * and the vectors by kernels->glove.
 */
#include "text/fit.h"

#include <math.h>

#include "base/rng.h"

enum {
	CHUNK = 1024,		/* pairs whose ln and f are found at once */
	AHEAD_PAIRS = 16,	/* fetched before use: a pair takes 0.2 us, a */
	AHEAD_ROWS = 3,		/* line from memory about 0.1 us */
	LINE_FLOATS = 16,
};

/* Number of the bucket of blocks p <= q. */
static size_t bucket_of(size_t p, size_t q)
{
	return p * COOC_BLOCKS - p * (p + 1) / 2 + q;
}

/* The blocks that meet as number `item` in a round.  Round 0: each block with
 * itself.  Then the circle method: block 15 stays, the others turn. */
static void meeting(int round, size_t item, size_t *p, size_t *q)
{
	enum { TURNING = COOC_BLOCKS - 1 };
	size_t r = (size_t)round - 1, x, y;

	if (round == 0) {
		*p = *q = item;
		return;
	}
	x = item ? (r + item) % TURNING : TURNING;
	y = item ? (r + TURNING - item) % TURNING : r;
	*p = MIN(x, y);
	*q = MAX(x, y);
}

static size_t round_items(int round)
{
	return round == 0 ? COOC_BLOCKS : COOC_BLOCKS / 2;
}

static size_t bucket_first(const struct fit *f, size_t bucket)
{
	return bucket ? f->ends[bucket - 1] : 0;
}

/* ---- preparation --------------------------------------------------------- */

/* Copies the entries of row block p and column block q to pairs[at ...]. */
static size_t take(struct fit *f, const struct cooc *c, size_t p, size_t q,
		   size_t at, float *x)
{
	const struct cooc_part *part = &c->part[p];
	size_t from = q ? part->ends[q - 1] : 0;

	for (size_t i = from; i < part->ends[q]; i++, at++) {
		const struct cooc_entry *entry = &part->entries[i];

		f->pairs[at].a = cooc_a(entry->key);
		f->pairs[at].b = cooc_b(entry->key);
		x[at] = (float)((double)entry->units / (double)c->unit);
	}
	return at;
}

struct weigh {
	struct fit *f;
	const float *x;		/* [pair_count] */
};

/* ln X, and f(X) = (X / x_max)^alpha, at most 1. */
static void weigh_chunk(void *context, size_t chunk, int thread)
{
	const struct weigh *w = context;
	const struct kernels *k = w->f->machine->kernels;
	float x_max = w->f->options->x_max;
	size_t from = chunk * CHUNK;
	size_t n = MIN(w->f->pair_count - from, CHUNK);
	float log_x[CHUNK], weight[CHUNK];

	(void)thread;
	k->log(log_x, w->x + from, n);
	for (size_t i = 0; i < n; i++)
		weight[i] = w->x[from + i] / x_max;
	k->pow(weight, weight, w->f->options->alpha, n);
	for (size_t i = 0; i < n; i++) {
		w->f->pairs[from + i].log_x = log_x[i];
		w->f->pairs[from + i].weight =
			w->x[from + i] < x_max ? weight[i] : 1.0f;
	}
}

static int pairs_make(struct fit *f, const struct cooc *c, struct error *e)
{
	struct weigh w = { .f = f };
	float *x = mem_new(c->count, sizeof(*x), e);
	size_t at = 0, longest = 0;

	f->pair_count = c->count;
	f->pairs = mem_new(c->count, sizeof(*f->pairs), e);
	if (!x || !f->pairs) {
		mem_free(x);
		return e->code;
	}
	for (size_t p = 0; p < COOC_BLOCKS; p++)
		for (size_t q = p; q < COOC_BLOCKS; q++) {
			size_t from = at;

			at = take(f, c, p, q, at, x);
			if (p != q)
				at = take(f, c, q, p, at, x);
			f->ends[bucket_of(p, q)] = at;
			longest = MAX(longest, at - from);
		}
	w.x = x;
	pool_run(f->machine->pool, (c->count + CHUNK - 1) / CHUNK, weigh_chunk,
		 &w);
	mem_free(x);
	f->order_room = longest;
	return longest > UINT32_MAX ?
	       fail(e, ERROR_DATA, "too many pairs of words") : 0;
}

static void row_start(void *context, size_t word, int thread)
{
	const struct fit *f = context;
	uint64_t stream = rng_stream(RNG_INIT, 0, 0), seed = f->options->seed;
	float *vector = fit_vector(f, word), *squares = fit_squares(f, word);

	(void)thread;
	for (size_t i = 0; i < f->dim; i++) {
		float u = rng_uniform(seed, stream, word * f->dim + i);

		vector[i] = (u - 0.5f) / (float)f->dim;
		squares[i] = 1.0f;
	}
	*fit_bias_square(f, word) = 1.0f;
}

int fit_open(struct fit *f, size_t words, struct cooc *c,
	     const struct train_options *options,
	     const struct machine *machine, struct error *e)
{
	size_t dim = (size_t)options->dim;
	size_t threads = (size_t)pool_threads(machine->pool);
	size_t order;

	*f = (struct fit){ .options = options, .machine = machine,
			   .count = words, .dim = dim };
	/* both halves of a row begin on a cache line */
	f->squares_at = (dim + 2 + LINE_FLOATS - 1) / LINE_FLOATS * LINE_FLOATS;
	f->stride = 2 * f->squares_at;
	if (pairs_make(f, c, e) < 0)
		goto fail;
	cooc_free(c);
	if (!mem_product(threads, f->order_room, &order)) {
		fail(e, ERROR_FAILED, "too many pairs of words");
		goto fail;
	}
	f->order = mem_new(order, sizeof(*f->order), e);
	f->rows = mem_new(words, f->stride * sizeof(*f->rows), e);
	if (!f->order || !f->rows)
		goto fail;
	pool_run(machine->pool, words, row_start, f);
	return 0;
fail:
	fit_close(f);
	return e->code;
}

void fit_close(struct fit *f)
{
	mem_free(f->rows);
	mem_free(f->pairs);
	mem_free(f->order);
	*f = (struct fit){0};
}

/* ---- training ------------------------------------------------------------ */

static void fetch_row(const struct fit *f, uint32_t word)
{
	const float *row = f->rows + word * f->stride;

	for (size_t i = 0; i < f->stride; i += LINE_FLOATS)
		__builtin_prefetch(row + i, 1);
}

/* One AdaGrad step of a bias; s[0] is the bias, s[1] its accumulator. */
static void bias_step(float *s, float e, float rate)
{
	s[0] = fmaf(-rate, e / sqrtf(s[1]), s[0]);
	s[1] = fmaf(e, e, s[1]);
}

/* Trains one pair; returns its part of the loss, twice. */
static double pair_step(const struct fit *f, const struct fit_pair *pair)
{
	const struct kernels *k = f->machine->kernels;
	float rate = f->options->rate, clip = f->options->clip;
	float *a = fit_vector(f, pair->a), *b = fit_vector(f, pair->b);
	float d = k->dot(a, b, f->dim) + a[f->dim];
	float e;

	d = d + b[f->dim];
	d = d - pair->log_x;
	e = pair->weight * d;
	if (e > clip)
		e = clip;
	if (e < -clip)
		e = -clip;
	k->glove(a, b, a + f->squares_at, b + f->squares_at, e, rate, f->dim);
	bias_step(a + f->dim, e, rate);
	bias_step(b + f->dim, e, rate);
	return (double)pair->weight * ((double)d * (double)d);
}

static void bucket_train(void *context, size_t item, int thread)
{
	struct fit *f = context;
	uint32_t *order = f->order + (size_t)thread * f->order_room;
	const struct fit_pair *pairs;
	size_t p, q, bucket, n;
	double loss = 0;

	meeting(f->round, item, &p, &q);
	bucket = bucket_of(p, q);
	pairs = f->pairs + bucket_first(f, bucket);
	n = f->ends[bucket] - bucket_first(f, bucket);
	rng_shuffle(f->options->seed,
		    rng_stream(RNG_SHUFFLE, (uint64_t)f->epoch, bucket),
		    order, n);
	for (size_t i = 0; i < n; i++) {
		if (i + AHEAD_PAIRS < n)
			__builtin_prefetch(&pairs[order[i + AHEAD_PAIRS]]);
		if (i + AHEAD_ROWS < n) {
			fetch_row(f, pairs[order[i + AHEAD_ROWS]].a);
			fetch_row(f, pairs[order[i + AHEAD_ROWS]].b);
		}
		loss += pair_step(f, &pairs[order[i]]);
	}
	f->loss[bucket] = loss;
}

void fit_round(struct fit *f, int epoch, int round)
{
	f->epoch = epoch;
	f->round = round;
	pool_run(f->machine->pool, round_items(round), bucket_train, f);
}

size_t fit_round_pairs(const struct fit *f, int round)
{
	size_t n = 0, p, q, bucket;

	for (size_t i = 0; i < round_items(round); i++) {
		meeting(round, i, &p, &q);
		bucket = bucket_of(p, q);
		n += f->ends[bucket] - bucket_first(f, bucket);
	}
	return n;
}

double fit_loss(const struct fit *f)
{
	double sum = 0;

	for (size_t i = 0; i < FIT_BUCKETS; i++)
		sum += f->loss[i];
	return sum / 2 / (double)MAX(f->pair_count, 1);
}

size_t fit_check(const struct fit *f)
{
	for (size_t word = 0; word < f->count; word++) {
		const float *row = fit_vector(f, word);

		for (size_t i = 0; i < f->stride; i++)
			if (!isfinite(row[i]))
				return word;
	}
	return f->count;
}
