/*
 * sgns_run.c - what a step of negative sampling does; see sgns.h.
 *
 * A step allocates nothing and has three phases, each a run of the pool: scores
 * by pieces of the columns, errors by windows, updates by pieces.  The same
 * thread starts a piece in every step (pool.h), so its columns stay in that
 * thread's cache.  The first and the last phase have one more item, which
 * prepares the next step: its lists in the first, its negative samples in the
 * last.
 */
#include "text/models/sgns.h"

#include "base/rng.h"

enum {
	AHEAD = 2,		/* prefetch distance of rows, in windows */
	FAR = 8,		/* the same for what another core has written */
	ALONE = 16,		/* fewer windows are run by one thread */
	LOSS_EVERY = 16,	/* a logarithm costs as much as a pair */
};
#define LEAST 1e-30f		/* probability for the loss */
#define MOST_AT_ONCE 4.0f	/* q, see sgns.h */

/* ---- rows and columns ---------------------------------------------------- */

/* The threads of a step.  A short one is done by one. */
static struct pool *step_pool(const struct sgns *s)
{
	return s->step->windows < ALONE ? NULL : s->machine->pool;
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
	return rows_of_bag(s, &s->step->bag[i], rows);
}

static float *input_of(const struct sgns *s, const struct sgns_columns *c,
		       size_t row)
{
	return sgns_cell(s->table[SGNS_INPUT], s->shape.rows, c, row);
}

static float *output_of(const struct sgns *s, const struct sgns_columns *c,
			size_t word)
{
	return sgns_cell(s->table[SGNS_OUTPUT], s->shape.words, c, word);
}

static float *gradient_of(const struct sgns *s, const struct sgns_columns *c,
			  size_t i)
{
	return sgns_cell(s->gradient, s->shape.max_slots, c, i);
}

static float *hidden_of(const struct sgns *s, const struct sgns_columns *c,
			size_t t)
{
	return sgns_cell(s->hidden, s->shape.max_windows, c, t);
}

/* S of input i: where a bag is one row, that row. */
static float *sum_of(const struct sgns *s, const struct sgns_columns *c,
		     size_t i)
{
	return s->shape.bag_ends ?
	       sgns_cell(s->sum, s->shape.max_slots, c, i) :
	       input_of(s, c, s->step->bag[i]);
}

static void fetch(const float *row, size_t floats, int write)
{
	for (size_t i = 0; i < floats; i += SGNS_LINE)
		if (write)
			__builtin_prefetch(row + i, 1);
		else
			__builtin_prefetch(row + i, 0);
}

static void fetch_input(const struct sgns *s, size_t i,
			const struct sgns_columns *c, int write)
{
	const uint32_t *rows;
	size_t count;

	if (i >= s->step->inputs)
		return;
	count = rows_of(s, i, &rows);
	for (size_t r = 0; r < count; r++)
		fetch(input_of(s, c, rows[r]), c->n, write);
}

static const uint32_t *samples_of(const struct sgns *s, size_t t)
{
	return s->step->samples + t * (1 + s->shape.negatives);
}

static void fetch_outputs(const struct sgns *s, size_t t,
			  const struct sgns_columns *c, int write)
{
	const uint32_t *samples = samples_of(s, t);

	if (t >= s->step->windows)
		return;
	for (size_t i = 0; i <= s->shape.negatives; i++)
		fetch(output_of(s, c, samples[i]), c->n, write);
}

/* Prefetches the lists of window t, which another thread may have written. */
static void fetch_plan(const struct sgns *s, size_t t)
{
	const struct sgns_step *step = s->step;

	if (t >= step->windows)
		return;
	__builtin_prefetch(&step->window[t]);
	__builtin_prefetch(&step->window[t] + 1);
	__builtin_prefetch(samples_of(s, t));
	__builtin_prefetch(samples_of(s, t + 1) - 1);
}

static void outputs_of(const struct sgns *s, size_t t,
		       const struct sgns_columns *c, float **to)
{
	const uint32_t *samples = samples_of(s, t);

	for (size_t i = 0; i <= s->shape.negatives; i++)
		to[i] = output_of(s, c, samples[i]);
}

static float **pointers_of(const struct sgns *s, int thread)
{
	return s->pointers + (size_t)thread * s->pointers_room;
}

/* Scores of a piece, of the pairs from `pair` on. */
static float *part_of(const struct sgns *s, size_t piece, size_t pair)
{
	return s->part + (piece * s->most_pairs + pair) *
	       (1 + s->shape.negatives);
}

/* Prefetches the errors of window t, which another thread may have written. */
static void fetch_errors(const struct sgns *s, size_t t)
{
	const struct sgns_step *step = s->step;
	size_t end = t + 1 < step->windows ? step->window[t + 1].pair :
					     step->pairs;

	if (t < step->windows)
		fetch(part_of(s, 0, step->window[t].pair),
		      (end - step->window[t].pair) *
		      (1 + s->shape.negatives), 0);
}

static float *square_of(const struct sgns *s, size_t piece)
{
	return s->square + piece * s->shape.max_slots;
}

/* Only a window of several separate slots may have a lower rate than the
 * step's, and needs dot(h, h) for it. */
static int has_squares(const struct sgns *s)
{
	return !s->shape.together && s->shape.max_reach > 1;
}

/* ---- draws --------------------------------------------------------------- */

static void draw(const struct sgns *s, struct sgns_step *step)
{
	uint64_t key = rng_key(s->shape.seed, step->stream);
	size_t each = 1 + s->shape.negatives;

	for (size_t t = 0; t < step->windows && !step->sampled; t++) {
		const struct sgns_window *w = &step->window[t];
		uint32_t *to = step->samples + t * each;

		to[0] = w->word;
		for (size_t i = 1; i < each; i++)
			to[i] = negatives_draw(&s->negatives,
				rng_draw(key, w->draw * each + i));
	}
	step->sampled = 1;
}

/* ---- scores, by pieces --------------------------------------------------- */

/* S of a bag, on columns from .. from + n, at `to`; `at` has room for pointers
 * to its rows. */
static void sum_bag(const struct sgns *s, uint32_t bag,
		    const struct sgns_columns *c, int mean, float *to,
		    float **at)
{
	const uint32_t *rows;
	size_t n = rows_of_bag(s, &bag, &rows);

	for (size_t r = 0; r < n; r++)
		at[r] = input_of(s, c, rows[r]);
	s->machine->kernels->pool_sum(to, n, (const float *const *)at,
				      mean ? 1.0f / (float)n : 1.0f, c->n);
}

void sgns_mean(const struct sgns *s, uint32_t bag, float *to)
{
	for (size_t g = 0; g < s->groups; g++)
		sum_bag(s, bag, &s->group[g], 1, to + s->group[g].from,
			s->pointers);
}

/* dot(h, h) of input i, by pieces. */
static void square_input(const struct sgns *s, size_t i,
			 const struct sgns_columns *c)
{
	const float *h = sum_of(s, c, i);

	for (size_t p = c->first; p < c->last; p++) {
		size_t n = s->cut[p + 1] - s->cut[p];

		square_of(s, p)[i] = s->machine->kernels->dot(h, h, n);
		h += n;
	}
}

static void sum_inputs(struct sgns *s, const struct sgns_columns *c, float **at)
{
	fetch_input(s, 0, c, 0);
	for (size_t i = 0; i < s->step->inputs; i++) {
		fetch_input(s, i + 1, c, 0);
		if (s->shape.bag_ends)
			sum_bag(s, s->step->bag[i], c, !s->shape.together,
				sum_of(s, c, i), at);
		if (has_squares(s))
			square_input(s, i, c);
	}
}

/* The S of a window's slots, and how many rows are in them. */
static size_t window_sums(const struct sgns *s, const struct sgns_window *w,
			  const struct sgns_columns *c, float **at,
			  size_t *rows)
{
	const uint32_t *list;
	size_t n = 0;

	*rows = 0;
	for (uint32_t j = w->from; j < w->to; j++) {
		if (j == w->skip)
			continue;
		*rows += rows_of(s, s->step->slot[j], &list);
		at[n++] = sum_of(s, c, s->step->slot[j]);
	}
	return n;
}

/* Scores of window t by pieces: `n` rows at `at` against the outputs; all are
 * moved from piece to piece. */
static void score_rows(struct sgns *s, size_t t, const struct sgns_columns *c,
		       float **at, size_t n, float **outputs)
{
	size_t each = 1 + s->shape.negatives, from = 0;

	for (size_t p = c->first; p < c->last; p++) {
		float *to = part_of(s, p, s->step->window[t].pair);
		size_t width = s->cut[p + 1] - s->cut[p];

		for (size_t j = 0; j < n; j++, to += each)
			s->machine->kernels->dots(to, at[j] + from,
				(const float *const *)outputs, each, width);
		for (size_t i = 0; i < each; i++)
			outputs[i] += width;
		from += width;
	}
}

static void score(struct sgns *s, size_t t, const struct sgns_columns *c,
		  float **outputs)
{
	const struct sgns_window *w = &s->step->window[t];
	float **at = outputs + 1 + s->shape.negatives;
	size_t n, rows;

	outputs_of(s, t, c, outputs);
	n = window_sums(s, w, c, at, &rows);
	if (s->shape.together) {
		float *h = hidden_of(s, c, t);

		s->machine->kernels->pool_sum(h, n, (const float *const *)at,
					      1.0f / (float)rows, c->n);
		at[0] = h;
		n = 1;
	}
	score_rows(s, t, c, at, n, outputs);
}

/* The group of an item.  Item 1 prepares the next step.  It is the first
 * thread's second item, or that of a thread that finishes earlier (pool.h). */
enum { BESIDE = 1 };
static const struct sgns_columns *group_of(const struct sgns *s, size_t item)
{
	return &s->group[item ? item - 1 : 0];
}

static void score_group(void *context, size_t item, int thread)
{
	struct sgns *s = context;
	float **at = pointers_of(s, thread);
	const struct sgns_columns *c = group_of(s, item);

	if (item == BESIDE) {
		if (s->ahead)
			s->ahead(s->context);
		return;
	}
	if (s->shape.bag_ends || has_squares(s))
		sum_inputs(s, c, at);
	for (size_t t = 0; t < FAR; t++)
		fetch_plan(s, t);
	for (size_t t = 0; t < AHEAD; t++)
		fetch_outputs(s, t, c, 0);
	for (size_t t = 0; t < s->step->windows; t++) {
		fetch_plan(s, t + FAR);
		fetch_outputs(s, t + AHEAD, c, 0);
		score(s, t, c, at);
	}
}

/* ---- errors, by windows -------------------------------------------------- */

static size_t pair_end(const struct sgns *s, size_t t)
{
	return t + 1 < s->step->windows ? s->step->window[t + 1].pair :
					  s->step->pairs;
}

/* The sum of dot(h, h) of a window's slots. */
static float squares(const struct sgns *s, const struct sgns_window *w)
{
	float sum = 0;

	for (uint32_t j = w->from; j < w->to; j++) {
		float one = 0;

		for (size_t p = 0; j != w->skip && p < s->pieces; p++)
			one += square_of(s, p)[s->step->slot[j]];
		sum += one;
	}
	return sum;
}

/* The rate for window t. */
static float limited_rate(const struct sgns *s, size_t t, int thread)
{
	const struct kernels *k = s->machine->kernels;
	const struct sgns_window *w = &s->step->window[t];
	float *u = s->way + (size_t)thread * s->stride, q;
	float **at = pointers_of(s, thread);
	size_t n = pair_end(s, t) - w->pair, rows;

	if (s->shape.together || n < 2 ||
	    s->rate * squares(s, w) <= MOST_AT_ONCE)
		return s->rate;
	for (size_t g = 0; g < s->groups; g++) {
		const struct sgns_columns *c = &s->group[g];

		n = window_sums(s, w, c, at, &rows);
		k->pool_sum(u + c->from, n, (const float *const *)at, 1.0f,
			    c->n);
	}
	q = s->rate * k->dot(u, u, s->stride) / (float)n;
	return q > MOST_AT_ONCE ? s->rate * MOST_AT_ONCE / q : s->rate;
}

/* Sum over the pairs of window t, whose errors still are sigmoids, of
 * -log(s) for the word and -log(1 - s) for samples that are not the word;
 * in order, in double. */
static double window_loss(const struct sgns *s, size_t t)
{
	size_t each = 1 + s->shape.negatives, pair = s->step->window[t].pair;
	const uint32_t *samples = samples_of(s, t);
	const float *e = part_of(s, 0, pair);
	size_t count = (pair_end(s, t) - pair) * each;
	double sum = 0;
	float x[64];

	for (size_t from = 0, n; from < count; from += n) {
		n = MIN(count - from, ARRAY_LEN(x));
		for (size_t i = 0; i < n; i++) {
			size_t which = (from + i) % each;
			float p = which ? 1.0f - e[from + i] : e[from + i];

			if (which && samples[which] == samples[0])
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
		loss->pairs += pair_end(s, t) - s->step->window[t].pair;
	}
}

/* Sigmoids to errors, for the pairs of window t. */
static void weigh(const struct sgns *s, size_t t, float rate)
{
	size_t each = 1 + s->shape.negatives, pair = s->step->window[t].pair;
	const uint32_t *samples = samples_of(s, t);
	float *e = part_of(s, 0, pair);

	for (; pair < pair_end(s, t); pair++, e += each) {
		e[0] = rate * (1.0f - e[0]);
		for (size_t i = 1; i < each; i++)
			e[i] = samples[i] == samples[0] ? 0.0f :
			       -(rate * e[i]);
	}
}

static void error_chunk(void *context, size_t chunk, int thread)
{
	struct sgns *s = context;
	const struct kernels *k = s->machine->kernels;
	size_t from = chunk * SGNS_CHUNK;
	size_t end = MIN(from + SGNS_CHUNK, s->step->windows);
	size_t first = s->step->window[from].pair;
	size_t count = (pair_end(s, end - 1) - first) *
		       (1 + s->shape.negatives);
	float *e = part_of(s, 0, first);

	for (size_t p = 0; p < s->pieces; p++)
		fetch(part_of(s, p, first), count, !p);
	for (size_t p = 1; p < s->pieces; p++)
		k->spread(&e, part_of(s, p, first), 1, count);
	k->sigmoid(e, e, count);
	chunk_loss(s, chunk, from, end);
	for (size_t t = from; t < end; t++)
		weigh(s, t, limited_rate(s, t, thread));
}

/* ---- updates, by pieces -------------------------------------------------- */

/* Window t, together. */
static void update_mean(struct sgns *s, size_t t, const struct sgns_columns *c,
			float **outputs, float *way)
{
	const struct kernels *k = s->machine->kernels;
	const struct sgns_window *w = &s->step->window[t];
	size_t each = 1 + s->shape.negatives, count = 0;
	float **at = outputs + each;

	memset(way, 0, c->n * sizeof(*way));
	k->sgns(way, hidden_of(s, c, t), part_of(s, 0, w->pair),
		outputs, each, c->n);
	for (uint32_t j = w->from; j < w->to; j++)
		if (j != w->skip)
			at[count++] = gradient_of(s, c, s->step->slot[j]);
	k->spread(at, way, count, c->n);
}

/* The same, each slot by itself. */
static void update_each(struct sgns *s, size_t t, const struct sgns_columns *c,
			float **outputs)
{
	const struct sgns_window *w = &s->step->window[t];
	size_t each = 1 + s->shape.negatives;
	const float *e = part_of(s, 0, w->pair);

	for (uint32_t j = w->from; j < w->to; j++) {
		size_t i = s->step->slot[j];

		if (j == w->skip)
			continue;
		s->machine->kernels->sgns(gradient_of(s, c, i), sum_of(s, c, i),
					  e, outputs, each, c->n);
		e += each;
	}
}

static void give(struct sgns *s, size_t i, const struct sgns_columns *c,
		 float **at)
{
	const uint32_t *rows;
	size_t count = rows_of(s, i, &rows);

	for (size_t r = 0; r < count; r++)
		at[r] = input_of(s, c, rows[r]);
	s->machine->kernels->spread(at, gradient_of(s, c, i), count, c->n);
}

static void update_group(void *context, size_t item, int thread)
{
	struct sgns *s = context;
	float **at = pointers_of(s, thread);
	float *way = s->way + (size_t)thread * s->stride;
	const struct sgns_columns *c = group_of(s, item);

	if (item == BESIDE) {
		draw(s, s->next);
		return;
	}
	for (size_t i = 0; i < s->step->inputs; i++)
		memset(gradient_of(s, c, i), 0, c->n * sizeof(float));
	for (size_t t = 0; t < FAR; t++)
		fetch_errors(s, t);
	for (size_t t = 0; t < s->step->windows; t++) {
		fetch_errors(s, t + FAR);
		fetch_outputs(s, t + AHEAD, c, 1);
		outputs_of(s, t, c, at);
		if (s->shape.together)
			update_mean(s, t, c, at, way);
		else
			update_each(s, t, c, at);
	}
	for (size_t i = 0; i < s->step->inputs; i++) {
		fetch_input(s, i + 1, c, 1);
		give(s, i, c, at);
	}
}

/* ---- a step -------------------------------------------------------------- */

static void loss_add(struct sgns *s)
{
	for (size_t i = 0; i < CEIL_DIV(s->step->windows, SGNS_CHUNK); i++) {
		s->loss_sum += s->losses[i].sum;
		s->loss_count += s->losses[i].pairs;
	}
}

void sgns_run(struct sgns *s, float rate, void (*ahead)(void *context),
	      void *context)
{
	struct sgns_step *step = s->next;
	struct pool *pool;

	s->next = s->step;
	s->step = step;
	s->next->windows = 0;
	s->rate = rate;
	s->ahead = ahead;
	s->context = context;
	draw(s, step);
	pool = step_pool(s);
	pool_run(pool, s->groups + 1, score_group, s);
	pool_run(pool, CEIL_DIV(step->windows, SGNS_CHUNK), error_chunk, s);
	loss_add(s);
	pool_run(pool, s->groups + 1, update_group, s);
}
