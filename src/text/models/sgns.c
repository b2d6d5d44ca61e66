/*
 * sgns.c - negative sampling: its memory, what a step is made of, its state;
 * see sgns.h, and sgns_run.c for what a step does.
 */
#include "text/models/sgns.h"

#include <math.h>

#include "base/rng.h"
#include "text/words/words.h"

/* ---- memory -------------------------------------------------------------- */

static size_t rows_in(const struct sgns *s, enum sgns_table table)
{
	return table == SGNS_INPUT ? s->shape.rows : s->shape.words;
}

void sgns_get(const struct sgns *s, enum sgns_table table, size_t row,
	      float *to)
{
	for (size_t g = 0; g < s->groups; g++) {
		const struct sgns_columns *c = &s->group[g];

		memcpy(to + c->from, sgns_cell(s->table[table],
					       rows_in(s, table), c, row),
		       c->n * sizeof(*to));
	}
}

void sgns_set(struct sgns *s, enum sgns_table table, size_t row,
	      const float *from)
{
	size_t dim = s->shape.dim;

	for (size_t g = 0; g < s->groups; g++) {
		const struct sgns_columns *c = &s->group[g];
		size_t n = dim > c->from ? MIN(c->n, dim - c->from) : 0;

		memcpy(sgns_cell(s->table[table], rows_in(s, table), c, row),
		       from + c->from, n * sizeof(*from));
	}
}

static void row_start(void *context, size_t row, int thread)
{
	struct sgns *s = context;
	uint64_t stream = rng_stream(RNG_INIT, 0, 0), seed = s->shape.seed;
	float *to = s->way + (size_t)thread * s->stride;
	size_t dim = s->shape.dim;

	for (size_t i = 0; i < dim; i++) {
		float u = rng_uniform(seed, stream, row * dim + i);

		to[i] = 2.0f * (u - 0.5f) / (float)dim;
	}
	sgns_set(s, SGNS_INPUT, row, to);
}

size_t sgns_pieces(size_t dim)
{
	enum { FEW = 4, EACH = 8 };
	size_t lines = CEIL_DIV(dim, SGNS_LINE);

	return lines < FEW ? 1 : MIN(MAX(lines / EACH, 1) * 2, SGNS_PIECES);
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

static int step_open(struct sgns_step *s, const struct sgns_shape *p,
		     struct error *e)
{
	s->bag = mem_new(p->max_slots, sizeof(*s->bag), e);
	s->slot = mem_new(p->max_slots, sizeof(*s->slot), e);
	s->window = mem_new(p->max_windows, sizeof(*s->window), e);
	s->samples = mem_new(p->max_windows,
			   (1 + p->negatives) * sizeof(*s->samples), e);
	return e->code;
}

static void step_close(struct sgns_step *s)
{
	mem_free(s->bag);
	mem_free(s->slot);
	mem_free(s->window);
	mem_free(s->samples);
}

static int room_open(struct sgns *s, struct error *e)
{
	const struct sgns_shape *p = &s->shape;
	size_t row = s->stride * sizeof(float), each = 1 + p->negatives;
	size_t threads = (size_t)pool_threads(s->machine->pool);
	size_t chunks = p->max_windows / SGNS_CHUNK + 1;

	s->most_pairs = p->max_windows * (p->together ? 1 : p->max_reach);
	s->pointers_room = each + MAX(p->max_reach, largest_bag(p));
	s->place = mem_new(p->bags, sizeof(*s->place), e);
	s->sum = mem_new(p->bag_ends ? p->max_slots : 0, row, e);
	s->gradient = mem_new(p->max_slots, row, e);
	s->hidden = mem_new(p->together ? p->max_windows : 0, row, e);
	s->part = mem_new(s->most_pairs, s->pieces * each * sizeof(float), e);
	s->square = mem_new(p->together ? 0 : p->max_slots,
			    s->pieces * sizeof(float), e);
	s->losses = mem_new(chunks, sizeof(*s->losses), e);
	s->way = mem_new(threads, row, e);
	s->pointers = mem_new(threads, s->pointers_room * sizeof(*s->pointers),
			     e);
	return e->code;
}

/* The first pieces are the longer ones: the last thread has more to do. */
static void columns_cut(struct sgns *s)
{
	size_t lines = s->stride / SGNS_LINE;

	s->pieces = sgns_pieces(s->shape.dim);
	for (size_t p = 0; p <= s->pieces; p++)
		s->cut[p] = CEIL_DIV(p * lines, s->pieces) *
			    SGNS_LINE;
	s->groups = MIN((size_t)pool_threads(s->machine->pool), s->pieces);
	for (size_t g = 0; g < s->groups; g++) {
		struct sgns_columns *c = &s->group[g];

		c->first = g * s->pieces / s->groups;
		c->last = (g + 1) * s->pieces / s->groups;
		c->from = s->cut[c->first];
		c->n = s->cut[c->last] - c->from;
	}
}

int sgns_open(struct sgns *s, const struct sgns_shape *shape,
	      const struct machine *machine, struct error *e)
{
	size_t row;

	*s = (struct sgns){ .shape = *shape, .machine = machine };
	s->stride = CEIL_DIV(shape->dim, SGNS_LINE) * SGNS_LINE;
	columns_cut(s);
	row = s->stride * sizeof(float);
	s->step = &s->steps[0];
	s->next = &s->steps[1];
	s->table[SGNS_INPUT] = mem_new(shape->rows, row, e);
	s->table[SGNS_OUTPUT] = mem_new(shape->words, row, e);
	if (e->code < 0 || room_open(s, e) < 0 ||
	    step_open(s->step, shape, e) < 0 ||
	    step_open(s->next, shape, e) < 0 ||
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
	mem_free(s->table[SGNS_INPUT]);
	mem_free(s->table[SGNS_OUTPUT]);
	step_close(&s->steps[0]);
	step_close(&s->steps[1]);
	mem_free(s->place);
	mem_free(s->sum);
	mem_free(s->gradient);
	mem_free(s->hidden);
	mem_free(s->part);
	mem_free(s->square);
	mem_free(s->losses);
	mem_free(s->way);
	mem_free(s->pointers);
	*s = (struct sgns){0};
}

/* ---- how much at once ---------------------------------------------------- */

size_t sgns_windows(const struct sgns_share *share, size_t negatives,
		    float rate)
{
	double in = share->input * (double)(1 + negatives);
	double out = share->output + (double)negatives * share->negative;
	double updates = MAX(in, out) * share->pairs;
	double windows = share->most / ((double)rate * updates);

	return windows < SGNS_LEAST_WINDOWS ? SGNS_LEAST_WINDOWS :
	       windows > SGNS_MOST_WINDOWS ? SGNS_MOST_WINDOWS :
	       (size_t)windows;
}

/* ---- what a step is made of ---------------------------------------------- */

void sgns_clear(struct sgns *s, uint64_t epoch)
{
	struct sgns_step *n = s->next;

	n->inputs = n->slots = n->windows = n->pairs = 0;
	n->stream = rng_stream(RNG_NEGATIVE, epoch, 0);
	n->sampled = 0;
}

uint32_t sgns_slot(struct sgns *s, uint32_t bag)
{
	struct sgns_step *n = s->next;
	uint32_t at = s->place[bag];

	if (at >= n->inputs || n->bag[at] != bag) {
		at = s->place[bag] = (uint32_t)n->inputs++;
		n->bag[at] = bag;
	}
	n->slot[n->slots] = at;
	return (uint32_t)n->slots++;
}

void sgns_window(struct sgns *s, const struct sgns_window *window)
{
	struct sgns_step *n = s->next;
	struct sgns_window *w = &n->window[n->windows++];
	int skips = window->skip >= window->from && window->skip < window->to;

	*w = *window;
	w->pair = (uint32_t)n->pairs;
	n->pairs += s->shape.together ? 1 :
		    w->to - w->from - (uint32_t)skips;
}

void sgns_epoch(struct sgns *s)
{
	s->loss = s->loss_count ? s->loss_sum / (double)s->loss_count : 0;
	s->loss_sum = 0;
	s->loss_count = 0;
}

/* ---- state --------------------------------------------------------------- */

static size_t first_broken(const struct sgns *s, enum sgns_table table)
{
	for (size_t i = 0; i < rows_in(s, table); i++) {
		sgns_get(s, table, i, s->way);
		for (size_t j = 0; j < s->shape.dim; j++)
			if (!(fabsf(s->way[j]) <= WORDS_VECTOR_MOST))
				return i;
	}
	return SIZE_MAX;
}

size_t sgns_broken(const struct sgns *s)
{
	return MIN(first_broken(s, SGNS_OUTPUT), first_broken(s, SGNS_INPUT));
}

int sgns_put(const struct sgns *s, struct st_writer *w, const char *name,
	     enum sgns_table table, size_t first, size_t count,
	     struct error *e)
{
	uint64_t shape[2] = { count, s->shape.dim };

	if (st_begin(w, name, ST_F32, e) < 0)
		return e->code;
	for (size_t i = 0; i < count; i++) {
		sgns_get(s, table, first + i, s->way);
		if (st_rows(w, s->way, s->shape.dim, e) < 0)
			return e->code;
	}
	return st_end(w, 2, shape, e);
}

int sgns_save(const struct sgns *s, struct st_writer *w, struct error *e)
{
	uint64_t three = 3;
	double loss[3] = { s->loss_sum, (double)s->loss_count, s->loss };

	if (sgns_put(s, w, "inputs", SGNS_INPUT, 0, s->shape.rows, e) < 0 ||
	    sgns_put(s, w, "outputs", SGNS_OUTPUT, 0, s->shape.words, e) < 0)
		return e->code;
	return st_put(w, "loss", ST_F64, 1, &three, loss, e);
}

static void take(struct sgns *s, enum sgns_table table,
		 const struct st_tensor *t)
{
	const float *data = t->data;

	for (size_t i = 0; i < t->shape[0]; i++)
		sgns_set(s, table, i, data + i * s->shape.dim);
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
	take(s, SGNS_INPUT, inputs);
	take(s, SGNS_OUTPUT, outputs);
	s->loss_sum = numbers[0];
	s->loss_count = (uint64_t)numbers[1];
	s->loss = numbers[2];
	return 0;
}
