/*
 * sgns.c - negative sampling; see sgns.h.
 *
 * A step allocates nothing and has three parts, each shared out by the pool:
 * sums by inputs, errors by windows, updates by columns.  In the last every
 * thread walks all windows in the same order, on columns of its own, so no two
 * threads write one float and no list has to be sorted.
 */
#include "text/sgns.h"

#include <math.h>

#include "base/rng.h"
#include "text/words.h"

enum {
	CHUNK = 32,		/* inputs or windows a thread takes at once */
	AHEAD = 2,		/* windows whose rows are fetched before use */
	ALONE = 128,		/* windows that are not worth sharing out */
	LOSS_EVERY = 16,	/* a logarithm costs as much as a pair */
	LINE_FLOATS = 16,
};
#define LEAST 1e-30f		/* probability for the loss */
#define MOST_AT_ONCE 4.0f	/* q, see sgns.h */

/* ---- memory -------------------------------------------------------------- */

static void row_start(void *context, size_t row, int thread)
{
	const struct sgns *s = context;
	uint64_t stream = rng_stream(RNG_INIT, 0, 0), seed = s->shape.seed;
	size_t dim = s->shape.dim;
	float *to = sgns_input(s, row);

	(void)thread;
	for (size_t i = 0; i < dim; i++) {
		float u = rng_uniform(seed, stream, row * dim + i);

		to[i] = (u - 0.5f) / (float)dim;
	}
}

static size_t chunks_of(size_t count)
{
	return (count + CHUNK - 1) / CHUNK;
}

static size_t largest_bag(const struct sgns_shape *p)
{
	uint64_t largest = 1, from = 0;

	for (size_t i = 0; p->bag_ends && i < p->bags; i++) {
		largest = MAX(largest, p->bag_ends[i] - from);
		from = p->bag_ends[i];
	}
	return (size_t)largest;
}

static int step_open(struct sgns *s, struct error *e)
{
	const struct sgns_shape *p = &s->shape;
	size_t row = s->stride * sizeof(float), each = 1 + p->negatives;
	size_t reach = p->together ? 1 : p->max_reach;
	size_t threads = (size_t)pool_threads(s->machine->pool);

	s->scratch_room = each + MAX(p->max_reach, largest_bag(p));
	s->place = mem_new(p->bags, sizeof(*s->place), e);
	s->bag = mem_new(p->max_slots, sizeof(*s->bag), e);
	s->slot = mem_new(p->max_slots, sizeof(*s->slot), e);
	s->window = mem_new(p->max_windows, sizeof(*s->window), e);
	s->sum = mem_new(p->bag_ends ? p->max_slots : 0, row, e);
	s->gradient = mem_new(p->max_slots, row, e);
	s->hidden = mem_new(p->together ? p->max_windows : 0, row, e);
	s->error = mem_new(p->max_windows * reach, each * sizeof(float), e);
	s->drawn = mem_new(p->max_windows, each * sizeof(*s->drawn), e);
	s->losses = mem_new(chunks_of(p->max_windows), sizeof(*s->losses), e);
	s->way = mem_new(threads, row, e);
	s->scratch = mem_new(threads, s->scratch_room * sizeof(*s->scratch),
			     e);
	return e->code;
}

int sgns_open(struct sgns *s, const struct sgns_shape *shape,
	      const struct machine *machine, struct error *e)
{
	*s = (struct sgns){ .shape = *shape, .machine = machine };
	s->stride = (shape->dim + LINE_FLOATS - 1) / LINE_FLOATS * LINE_FLOATS;
	s->input = mem_new(shape->rows, s->stride * sizeof(float), e);
	s->output = mem_new(shape->words, s->stride * sizeof(float), e);
	if (e->code < 0 || step_open(s, e) < 0 ||
	    negatives_open(&s->negatives, shape->counts, shape->words,
			   e) < 0) {
		sgns_close(s);
		return e->code;
	}
	pool_run(machine->pool, shape->rows, row_start, s);
	return 0;
}

void sgns_close(struct sgns *s)
{
	negatives_close(&s->negatives);
	mem_free(s->input);
	mem_free(s->output);
	mem_free(s->place);
	mem_free(s->bag);
	mem_free(s->slot);
	mem_free(s->window);
	mem_free(s->sum);
	mem_free(s->gradient);
	mem_free(s->hidden);
	mem_free(s->error);
	mem_free(s->drawn);
	mem_free(s->losses);
	mem_free(s->way);
	mem_free(s->scratch);
	*s = (struct sgns){0};
}

/* ---- how much at once ---------------------------------------------------- */

size_t sgns_windows(const struct sgns_share *share, size_t negatives,
		    float rate)
{
	double in = share->input * (double)(1 + negatives);
	double out = share->output + (double)negatives * share->drawn;
	double updates = MAX(in, out) * share->pairs;
	double windows = SGNS_MOST / ((double)rate * updates);

	return windows < SGNS_LEAST_WINDOWS ? SGNS_LEAST_WINDOWS :
	       windows > SGNS_MOST_WINDOWS ? SGNS_MOST_WINDOWS :
	       (size_t)windows;
}

/* ---- what a step is made of ---------------------------------------------- */

void sgns_clear(struct sgns *s)
{
	s->inputs = s->slots = s->windows = s->pairs = 0;
}

uint32_t sgns_slot(struct sgns *s, uint32_t bag)
{
	uint32_t at = s->place[bag];

	if (at >= s->inputs || s->bag[at] != bag) {
		at = s->place[bag] = (uint32_t)s->inputs++;
		s->bag[at] = bag;
	}
	s->slot[s->slots] = at;
	return (uint32_t)s->slots++;
}

void sgns_window(struct sgns *s, const struct sgns_window *window)
{
	struct sgns_window *w = &s->window[s->windows++];
	int skips = window->skip >= window->from && window->skip < window->to;

	*w = *window;
	w->pair = (uint32_t)s->pairs;
	s->pairs += s->shape.together ? 1 :
		    w->to - w->from - (uint32_t)skips;
}

/* The rows of a bag. */
static size_t rows_of_bag(const struct sgns *s, const uint32_t *bag,
			  const uint32_t **rows)
{
	const struct sgns_shape *p = &s->shape;
	uint64_t from;

	*rows = bag;
	if (!p->bag_ends)
		return 1;
	from = *bag ? p->bag_ends[*bag - 1] : 0;
	*rows = p->bag_rows + from;
	return (size_t)(p->bag_ends[*bag] - from);
}

/* The rows of input i. */
static size_t rows_of(const struct sgns *s, size_t i, const uint32_t **rows)
{
	return rows_of_bag(s, &s->bag[i], rows);
}

static void fetch(const float *row, size_t floats, int write)
{
	for (size_t i = 0; i < floats; i += LINE_FLOATS)
		if (write)
			__builtin_prefetch(row + i, 1);
		else
			__builtin_prefetch(row + i, 0);
}

static float **scratch_of(const struct sgns *s, int thread)
{
	return s->scratch + (size_t)thread * s->scratch_room;
}

/* ---- sums, by inputs ----------------------------------------------------- */

static void fetch_input(const struct sgns *s, size_t i, size_t from, size_t n,
			int write)
{
	const uint32_t *rows;
	size_t count;

	if (i >= s->inputs)
		return;
	count = rows_of(s, i, &rows);
	for (size_t r = 0; r < count; r++)
		fetch(sgns_input(s, rows[r]) + from, n, write);
}

/* S of a bag, at `to`; `at` has room for pointers to its rows. */
static void sum_bag(const struct sgns *s, uint32_t bag, int mean, float *to,
		    float **at)
{
	const uint32_t *rows;
	size_t n = rows_of_bag(s, &bag, &rows);

	for (size_t r = 0; r < n; r++)
		at[r] = sgns_input(s, rows[r]);
	s->machine->kernels->pool_sum(to, n, (const float *const *)at,
				      mean ? 1.0f / (float)n : 1.0f,
				      s->stride);
}

void sgns_mean(const struct sgns *s, uint32_t bag, float *to)
{
	sum_bag(s, bag, 1, to, s->scratch);
}

static void sum_chunk(void *context, size_t chunk, int thread)
{
	struct sgns *s = context;
	size_t end = MIN((chunk + 1) * CHUNK, s->inputs);

	fetch_input(s, chunk * CHUNK, 0, s->stride, 0);
	for (size_t i = chunk * CHUNK; i < end; i++) {
		fetch_input(s, i + 1, 0, s->stride, 0);
		sum_bag(s, s->bag[i], !s->shape.together,
			s->sum + i * s->stride, scratch_of(s, thread));
	}
}

/* ---- errors, by windows -------------------------------------------------- */

static void draw(struct sgns *s, size_t from, size_t end)
{
	size_t each = 1 + s->shape.negatives;

	for (size_t t = from; t < end; t++) {
		const struct sgns_window *w = &s->window[t];
		uint32_t *to = s->drawn + t * each;

		to[0] = w->word;
		for (size_t i = 1; i < each; i++)
			to[i] = negatives_draw(&s->negatives,
				rng_bits(s->shape.seed, s->stream,
					 w->draw * each + i));
	}
}

/* S of input i: where a bag is one row, that row. */
static float *sum_of(const struct sgns *s, size_t i)
{
	return s->shape.bag_ends ? s->sum + i * s->stride :
				   sgns_input(s, s->bag[i]);
}

static void fetch_outputs(const struct sgns *s, size_t t, size_t from,
			  size_t n, int write)
{
	size_t each = 1 + s->shape.negatives;

	for (size_t i = 0; i < each; i++)
		fetch(sgns_output(s, s->drawn[t * each + i]) + from, n, write);
}

/* The S of a window's slots, and how many rows are in them. */
static size_t window_sums(const struct sgns *s, const struct sgns_window *w,
			  float **at, size_t *rows)
{
	const uint32_t *list;
	size_t n = 0;

	*rows = 0;
	for (uint32_t j = w->from; j < w->to; j++) {
		if (j == w->skip)
			continue;
		*rows += rows_of(s, s->slot[j], &list);
		at[n++] = sum_of(s, s->slot[j]);
	}
	return n;
}

/* The rate for a window of n slots apart whose h are at `at`; `sum` has room
 * for one. */
static float calm(const struct sgns *s, float **at, size_t n, float *sum)
{
	const struct kernels *k = s->machine->kernels;
	float q;

	if (n < 2)
		return s->rate;
	k->pool_sum(sum, n, (const float *const *)at, 1.0f, s->stride);
	q = s->rate * k->dot(sum, sum, s->stride) / (float)n;
	return q > MOST_AT_ONCE ? s->rate * MOST_AT_ONCE / q : s->rate;
}

/* Scores of window t, at its errors, and its rate. */
static void score(struct sgns *s, size_t t, int thread)
{
	const struct kernels *k = s->machine->kernels;
	struct sgns_window *w = &s->window[t];
	float **outputs = scratch_of(s, thread);
	size_t each = 1 + s->shape.negatives, n, rows;
	float **at = outputs + each;
	float *to = s->error + w->pair * each, *h;

	for (size_t i = 0; i < each; i++)
		outputs[i] = sgns_output(s, s->drawn[t * each + i]);
	n = window_sums(s, w, at, &rows);
	if (s->shape.together) {
		h = s->hidden + t * s->stride;
		k->pool_sum(h, n, (const float *const *)at,
			    1.0f / (float)rows, s->stride);
		at[0] = h;
		n = 1;
	}
	w->rate = calm(s, at, n, s->way + (size_t)thread * s->stride);
	for (size_t j = 0; j < n; j++)
		k->dots(to + j * each, at[j], (const float *const *)outputs,
			each, s->stride);
}

static size_t pair_end(const struct sgns *s, size_t t)
{
	return t + 1 < s->windows ? s->window[t + 1].pair : s->pairs;
}

/* Sum over the pairs of window t, whose errors still are sigmoids, of
 * -log(s) for the word and -log(1 - s) for drawn ones that are not the word;
 * in order, in double. */
static double window_loss(const struct sgns *s, size_t t)
{
	size_t each = 1 + s->shape.negatives;
	const uint32_t *drawn = s->drawn + t * each;
	const float *e = s->error + s->window[t].pair * each;
	size_t count = (pair_end(s, t) - s->window[t].pair) * each;
	double sum = 0;
	float x[64];

	for (size_t from = 0, n; from < count; from += n) {
		n = MIN(count - from, ARRAY_LEN(x));
		for (size_t i = 0; i < n; i++) {
			size_t which = (from + i) % each;
			float p = which ? 1.0f - e[from + i] : e[from + i];

			if (which && drawn[which] == drawn[0])
				p = 1.0f;
			x[i] = p > LEAST ? p : LEAST;
		}
		s->machine->kernels->log(x, x, n);
		for (size_t i = 0; i < n; i++)
			sum -= (double)x[i];
	}
	return sum;
}

/* Every LOSS_EVERY-th window of a chunk counts for the loss. */
static void chunk_loss(struct sgns *s, size_t chunk, size_t from, size_t end)
{
	struct sgns_loss *loss = &s->losses[chunk];

	*loss = (struct sgns_loss){0};
	for (size_t t = from; t < end; t += LOSS_EVERY) {
		loss->sum += window_loss(s, t);
		loss->pairs += pair_end(s, t) - s->window[t].pair;
	}
}

/* Sigmoids to errors, for the pairs of window t. */
static void weigh(const struct sgns *s, size_t t, size_t pairs)
{
	size_t each = 1 + s->shape.negatives;
	const uint32_t *drawn = s->drawn + t * each;
	float *e = s->error + s->window[t].pair * each;
	float rate = s->window[t].rate;

	for (size_t j = 0; j < pairs; j++, e += each) {
		e[0] = rate * (1.0f - e[0]);
		for (size_t i = 1; i < each; i++)
			e[i] = drawn[i] == drawn[0] ? 0.0f :
			       -(rate * e[i]);
	}
}

static void error_chunk(void *context, size_t chunk, int thread)
{
	struct sgns *s = context;
	size_t from = chunk * CHUNK, end = MIN(from + CHUNK, s->windows);
	size_t each = 1 + s->shape.negatives;
	size_t first = s->window[from].pair, last = pair_end(s, end - 1);
	float *e = s->error + first * each;

	draw(s, from, end);
	for (size_t t = from; t < MIN(from + AHEAD, end); t++)
		fetch_outputs(s, t, 0, s->stride, 0);
	for (size_t t = from; t < end; t++) {
		if (t + AHEAD < end)
			fetch_outputs(s, t + AHEAD, 0, s->stride, 0);
		score(s, t, thread);
	}
	s->machine->kernels->sigmoid(e, e, (last - first) * each);
	chunk_loss(s, chunk, from, end);
	for (size_t t = from; t < end; t++)
		weigh(s, t, pair_end(s, t) - s->window[t].pair);
}

/* ---- updates, by columns ------------------------------------------------- */

/* Window t on columns from .. from + n, together. */
static void update_mean(struct sgns *s, size_t t, size_t from, size_t n,
			float **outputs)
{
	const struct kernels *k = s->machine->kernels;
	const struct sgns_window *w = &s->window[t];
	size_t each = 1 + s->shape.negatives, count = 0;
	float **at = outputs + each, *way = s->way + from;

	memset(way, 0, n * sizeof(*way));
	k->sgns(way, s->hidden + t * s->stride + from,
		s->error + w->pair * each, outputs, each, n);
	for (uint32_t j = w->from; j < w->to; j++)
		if (j != w->skip)
			at[count++] = s->gradient + s->slot[j] * s->stride +
				      from;
	k->spread(at, way, count, n);
}

/* The same, each slot by itself. */
static void update_each(struct sgns *s, size_t t, size_t from, size_t n,
			float **outputs)
{
	const struct sgns_window *w = &s->window[t];
	size_t each = 1 + s->shape.negatives;
	const float *e = s->error + w->pair * each;

	for (uint32_t j = w->from; j < w->to; j++) {
		size_t i = s->slot[j];

		if (j == w->skip)
			continue;
		s->machine->kernels->sgns(s->gradient + i * s->stride + from,
					  sum_of(s, i) + from, e, outputs,
					  each, n);
		e += each;
	}
}

static void update(struct sgns *s, size_t t, size_t from, size_t n,
		   float **outputs)
{
	size_t each = 1 + s->shape.negatives;

	for (size_t i = 0; i < each; i++)
		outputs[i] = sgns_output(s, s->drawn[t * each + i]) + from;
	if (s->shape.together)
		update_mean(s, t, from, n, outputs);
	else
		update_each(s, t, from, n, outputs);
}

static void give(struct sgns *s, size_t i, size_t from, size_t n, float **at)
{
	const uint32_t *rows;
	size_t count = rows_of(s, i, &rows);

	for (size_t r = 0; r < count; r++)
		at[r] = sgns_input(s, rows[r]) + from;
	s->machine->kernels->spread(at, s->gradient + i * s->stride + from,
				    count, n);
}

/* The threads of a step.  A short one is done by one: rows that several have
 * just written cost more than the work. */
static struct pool *step_pool(const struct sgns *s)
{
	return s->windows < ALONE ? NULL : s->machine->pool;
}

/* Columns are shared out in whole lines. */
static size_t slices(const struct sgns *s)
{
	return MIN((size_t)pool_threads(step_pool(s)),
		   s->stride / LINE_FLOATS);
}

static void update_slice(void *context, size_t slice, int thread)
{
	struct sgns *s = context;
	size_t lines = s->stride / LINE_FLOATS;
	size_t from = slice * lines / slices(s) * LINE_FLOATS;
	size_t n = (slice + 1) * lines / slices(s) * LINE_FLOATS - from;
	float **at = scratch_of(s, thread);

	for (size_t i = 0; i < s->inputs; i++)
		memset(s->gradient + i * s->stride + from, 0,
		       n * sizeof(float));
	for (size_t t = 0; t < s->windows; t++) {
		if (t + AHEAD < s->windows)
			fetch_outputs(s, t + AHEAD, from, n, 1);
		update(s, t, from, n, at);
	}
	for (size_t i = 0; i < s->inputs; i++) {
		fetch_input(s, i + 1, from, n, 1);
		give(s, i, from, n, at);
	}
}

void sgns_run(struct sgns *s, uint64_t epoch, float rate)
{
	struct pool *pool = step_pool(s);
	size_t chunks = chunks_of(s->windows);

	if (!s->windows)
		return;
	s->rate = rate;
	s->stream = rng_stream(RNG_NEGATIVE, epoch, 0);
	if (s->shape.bag_ends)
		pool_run(pool, chunks_of(s->inputs), sum_chunk, s);
	pool_run(pool, chunks, error_chunk, s);
	for (size_t i = 0; i < chunks; i++) {
		s->loss_sum += s->losses[i].sum;
		s->loss_count += s->losses[i].pairs;
	}
	pool_run(pool, slices(s), update_slice, s);
}

void sgns_epoch(struct sgns *s)
{
	s->loss = s->loss_count ? s->loss_sum / (double)s->loss_count : 0;
	s->loss_sum = 0;
	s->loss_count = 0;
}

/* ---- state --------------------------------------------------------------- */

static size_t first_broken(const struct sgns *s, const float *rows,
			   size_t count)
{
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < s->shape.dim; j++)
			if (!(fabsf(rows[i * s->stride + j]) <=
			      WORDS_VECTOR_MOST))
				return i;
	return SIZE_MAX;
}

size_t sgns_broken(const struct sgns *s)
{
	return MIN(first_broken(s, s->output, s->shape.words),
		   first_broken(s, s->input, s->shape.rows));
}

int sgns_put(const struct sgns *s, struct st_writer *w, const char *name,
	     const float *rows, size_t count, struct error *e)
{
	uint64_t shape[2] = { count, s->shape.dim };

	if (st_begin(w, name, ST_F32, e) < 0)
		return e->code;
	for (size_t i = 0; i < count; i++)
		if (st_rows(w, rows + i * s->stride, s->shape.dim, e) < 0)
			return e->code;
	return st_end(w, 2, shape, e);
}

int sgns_save(const struct sgns *s, struct st_writer *w, struct error *e)
{
	uint64_t three = 3;
	double loss[3] = { s->loss_sum, (double)s->loss_count, s->loss };

	if (sgns_put(s, w, "inputs", s->input, s->shape.rows, e) < 0 ||
	    sgns_put(s, w, "outputs", s->output, s->shape.words, e) < 0)
		return e->code;
	return st_put(w, "loss", ST_F64, 1, &three, loss, e);
}

static void take(const struct sgns *s, float *rows, const struct st_tensor *t)
{
	const float *data = t->data;
	size_t dim = s->shape.dim;

	for (size_t i = 0; i < t->shape[0]; i++)
		memcpy(rows + i * s->stride, data + i * dim,
		       dim * sizeof(*data));
}

int sgns_load(struct sgns *s, const struct st_file *f, struct error *e)
{
	uint64_t in[2] = { s->shape.rows, s->shape.dim };
	uint64_t out[2] = { s->shape.words, s->shape.dim }, three = 3;
	const struct st_tensor *inputs = st_need(f, "inputs", ST_F32, 2, in, e);
	const struct st_tensor *outputs = st_need(f, "outputs", ST_F32, 2, out,
						  e);
	const struct st_tensor *loss = st_need(f, "loss", ST_F64, 1, &three, e);
	const double *numbers;

	if (!inputs || !outputs || !loss)
		return e->code;
	numbers = loss->data;
	if (!(numbers[1] >= 0 && numbers[1] < 0x1p53))
		return fail(e, ERROR_DATA, "'%s': the loss is of %g pairs",
			    st_path(f), numbers[1]);
	take(s, s->input, inputs);
	take(s, s->output, outputs);
	s->loss_sum = numbers[0];
	s->loss_count = (uint64_t)numbers[1];
	s->loss = numbers[2];
	return 0;
}
