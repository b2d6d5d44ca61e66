/*
 * word_eval.c - what a model makes of pairs and analogies; see word_eval.h.
 *
 * Analogies: words go by in blocks of panels of 16 (kernels->score), and every
 * block is compared with all questions, whose targets stay.  Threads take
 * groups of questions; each keeps the best word so far, and blocks go by in
 * order, so the first of equals wins whatever the number of threads.
 */
#include "text/words/word_eval.h"

#include <math.h>
#include <stdlib.h>

#include "base/string_map.h"
#include "text/words/word_near.h"

enum {
	PANEL = KERNELS_PANEL,
	BLOCK_WORDS = 4096,	/* 1.6 MB at 100 dimensions: L2 */
	GROUP = 64,		/* questions that a thread takes */
	MAX_ROWS = 3,		/* targets of a question: a, b, c of mul */
};

const char *const word_eval_measure_names[] = { "add", "mul", NULL };

/* ---- Spearman ------------------------------------------------------------ */

struct value {
	float value;
	uint32_t index;
};

static int by_value(const void *x, const void *y)
{
	const struct value *a = x, *b = y;

	if (a->value < b->value || a->value > b->value)
		return a->value < b->value ? -1 : 1;
	return (a->index > b->index) - (a->index < b->index);
}

/* out[i]: twice its rank, minus n + 1: whole numbers, exact. */
static void ranks(double *out, const float *x, size_t n, struct value *room)
{
	size_t next;

	for (size_t i = 0; i < n; i++)
		room[i] = (struct value){ x[i], (uint32_t)i };
	qsort(room, n, sizeof(*room), by_value);
	for (size_t i = 0; i < n; i = next) {
		for (next = i; next < n && !(room[next].value >
					     room[i].value);)
			next++;
		for (size_t j = i; j < next; j++)
			out[room[j].index] = (double)(i + 1 + next) -
					     (double)(n + 1);
	}
}

int word_eval_spearman(double *rho, const float *x, const float *y, size_t n,
		       struct error *e)
{
	struct value *room = mem_new(n, sizeof(*room), e);
	double *of_x = mem_new(n, sizeof(*of_x), e);
	double *of_y = mem_new(n, sizeof(*of_y), e);
	double xy = 0, xx = 0, yy = 0;

	*rho = NAN;
	if (!room || !of_x || !of_y)
		goto done;
	ranks(of_x, x, n, room);
	ranks(of_y, y, n, room);
	for (size_t i = 0; i < n; i++) {
		xy = xy + of_x[i] * of_y[i];
		xx = xx + of_x[i] * of_x[i];
		yy = yy + of_y[i] * of_y[i];
	}
	if (xx > 0 && yy > 0)
		*rho = xy / sqrt(xx * yy);
done:
	mem_free(room);
	mem_free(of_x);
	mem_free(of_y);
	return e->code;
}

/* ---- pairs --------------------------------------------------------------- */

/* The vector of a word as the model spells it: 1, or 0 if it knows none. */
static int vector_of(float *v, const struct words *w, struct str text,
		     const struct kernels *kernels, struct error *e)
{
	struct buf form = {0};
	int known = word_near_word(w, text, &form, e);

	if (known > 0)
		known = word_near_vector(w,
					 (struct str){ form.data, form.bytes },
					 v, kernels, e);
	buf_free(&form);
	return known;
}

static float cosine(const float *a, const float *b, size_t dim,
		    const struct kernels *kernels)
{
	float by = sqrtf(kernels->dot(a, a, dim)) *
		   sqrtf(kernels->dot(b, b, dim));

	return by > 0 ? kernels->dot(a, b, dim) / by : 0;
}

static int pairs_run(struct word_eval_result *r, const struct word_eval_set *s,
		     const struct words *w, const struct kernels *kernels,
		     struct error *e)
{
	float *v = mem_new(2 * w->dim, sizeof(*v), e);
	float *got = mem_new(s->count, sizeof(*got), e);
	float *wanted = mem_new(s->count, sizeof(*wanted), e);
	size_t known = 0;

	if (!v || !got || !wanted)
		goto done;
	for (size_t i = 0; i < s->count; i++) {
		const struct word_eval_item *item = &s->items[i];
		int both = vector_of(v, w, item->word[0], kernels, e);

		if (both > 0)
			both = vector_of(v + w->dim, w, item->word[1],
					 kernels, e);
		if (both < 0)
			goto done;
		if (!both)
			continue;
		got[known] = cosine(v, v + w->dim, w->dim, kernels);
		wanted[known++] = item->wanted;
	}
	r->sections[0].total = s->count;
	r->sections[0].known = known;
	word_eval_spearman(&r->rho, got, wanted, known, e);
done:
	mem_free(v);
	mem_free(got);
	mem_free(wanted);
	return e->code;
}

/* ---- analogies ----------------------------------------------------------- */

struct question {
	uint32_t id[4], best;
	float score;			/* of the best so far */
	uint32_t section;
};

struct analogies {
	const struct words *w;
	const struct kernels *kernels;
	enum word_eval_measure measure;
	size_t rows;			/* targets of a question */
	struct question *questions;	/* [count], those known */
	size_t count;
	float *targets;			/* [count, rows, dim] */
	float *panels;			/* of the block */
	size_t first, words;		/* of the block */
};

static void unit(float *out, const struct words *w, uint32_t id,
		 const struct kernels *kernels)
{
	const float *v = words_vector(w, id);
	float by = sqrtf(kernels->dot(v, v, w->dim));

	for (size_t j = 0; j < w->dim; j++)
		out[j] = by > 0 ? v[j] / by : 0;
}

/* Sixteen words of length 1 side by side. */
static void panel_fill(void *context, size_t item, int thread)
{
	const struct analogies *a = context;
	size_t dim = a->w->dim, first = item * PANEL;
	float *panel = a->panels + first * dim;

	(void)thread;
	for (size_t j = 0; j < PANEL; j++) {
		const float *v = NULL;
		float by = 0;

		if (first + j < a->words) {
			v = words_vector(a->w, (uint32_t)(a->first + first +
							  j));
			by = sqrtf(a->kernels->dot(v, v, dim));
		}
		for (size_t p = 0; p < dim; p++)
			panel[p * PANEL + j] = by > 0 ? v[p] / by : 0;
	}
}

static float product(float a, float b, float c)
{
	return (((b + 1) / 2) * ((c + 1) / 2)) / ((a + 1) / 2 + 0.001f);
}

static void offer(struct question *q, const float *s, size_t first,
		  size_t columns)
{
	unsigned some = 0;

	for (size_t j = 0; j < PANEL; j++)
		some |= s[j] > q->score;
	for (size_t j = 0; some && j < columns; j++) {
		uint32_t id = (uint32_t)(first + j);

		if (!(s[j] > q->score) || id == q->id[0] || id == q->id[1] ||
		    id == q->id[2])
			continue;
		q->score = s[j];
		q->best = id;
	}
}

/* A group of questions and the panel that begins at word `at` of the block. */
static void group_panel(const struct analogies *a, struct question *q,
			size_t questions, const float *const *targets,
			size_t at)
{
	const struct kernels *k = a->kernels;
	const float *panel = a->panels + at * a->w->dim;
	size_t rows = questions * a->rows;
	float s[GROUP * MAX_ROWS * PANEL];

	for (size_t r = 0; r < rows; r += k->tile_rows)
		k->score(s + r * PANEL, MIN(k->tile_rows, rows - r),
			 a->w->dim, targets + r, panel);
	for (size_t i = 0; i < questions; i++) {
		float *of = s + i * a->rows * PANEL;

		for (size_t j = 0; a->measure == WORD_EVAL_MUL && j < PANEL;
		     j++)
			of[j] = product(of[j], of[PANEL + j],
					of[2 * PANEL + j]);
		offer(&q[i], of, a->first + at, MIN(a->words - at, PANEL));
	}
}

static void group_run(void *context, size_t item, int thread)
{
	const struct analogies *a = context;
	size_t first = item * GROUP, count = MIN(GROUP, a->count - first);
	const float *targets[GROUP * MAX_ROWS];

	(void)thread;
	for (size_t i = 0; i < count * a->rows; i++)
		targets[i] = a->targets + (first * a->rows + i) * a->w->dim;
	for (size_t at = 0; at < a->words; at += PANEL)
		group_panel(a, a->questions + first, count, targets, at);
}

/* add: (b - a) + c; mul: a, b, c. */
static void targets_fill(void *context, size_t item, int thread)
{
	const struct analogies *a = context;
	const uint32_t *id = a->questions[item].id;
	size_t dim = a->w->dim;
	float *t = a->targets + item * a->rows * dim;

	(void)thread;
	if (a->measure == WORD_EVAL_MUL) {
		for (size_t i = 0; i < MAX_ROWS; i++)
			unit(t + i * dim, a->w, id[i], a->kernels);
		return;
	}
	for (size_t i = 0; i < 3; i++) {
		const float *v = words_vector(a->w, id[i == 2 ? 2 : 1 - i]);
		float by = sqrtf(a->kernels->dot(v, v, dim));

		for (size_t j = 0; by > 0 && j < dim; j++)
			t[j] = i == 0 ? v[j] / by : i == 1 ?
			       t[j] - v[j] / by : t[j] + v[j] / by;
	}
}

static uint32_t id_of(const struct words *w, struct str text, struct error *e)
{
	struct buf form = {0};
	uint32_t id = WORDS_NONE;

	if (word_near_word(w, text, &form, e) > 0)
		id = words_find(w, (struct str){ form.data, form.bytes });
	buf_free(&form);
	return id;
}

/* Those whose words are all in the vocabulary. */
static int questions_take(struct analogies *a, const struct word_eval_set *s,
			  struct word_eval_result *r, struct error *e)
{
	for (size_t i = 0; i < s->count; i++) {
		struct question q = { .section = s->items[i].section,
				      .best = WORDS_NONE, .score = -INFINITY };
		int known = 1;

		for (size_t j = 0; known && j < 4; j++) {
			q.id[j] = id_of(a->w, s->items[i].word[j], e);
			known = q.id[j] != WORDS_NONE;
		}
		if (e->code)
			return e->code;
		r->sections[q.section].total++;
		if (!known)
			continue;
		r->sections[q.section].known++;
		a->questions[a->count++] = q;
	}
	return 0;
}

static int analogies_run(struct word_eval_result *r,
			 const struct word_eval_set *s, const struct words *w,
			 enum word_eval_measure measure,
			 const struct machine *machine, struct error *e)
{
	struct analogies a = { .w = w,
			       .kernels = machine->kernels,
			       .measure = measure,
			       .rows = measure == WORD_EVAL_MUL ? MAX_ROWS :
								  1 };

	a.questions = mem_new(s->count, sizeof(*a.questions), e);
	a.panels = mem_new(w->dim, BLOCK_WORDS * sizeof(*a.panels), e);
	if (!a.questions || !a.panels || questions_take(&a, s, r, e) < 0)
		goto done;
	a.targets = mem_new(a.count, a.rows * w->dim * sizeof(*a.targets), e);
	if (!a.targets)
		goto done;
	pool_run(machine->pool, a.count, targets_fill, &a);
	for (a.first = 0; a.first < w->count; a.first += BLOCK_WORDS) {
		a.words = MIN(w->count - a.first, BLOCK_WORDS);
		pool_run(machine->pool, CEIL_DIV(a.words, PANEL),
			 panel_fill, &a);
		pool_run(machine->pool, CEIL_DIV(a.count, GROUP),
			 group_run, &a);
	}
	for (size_t i = 0; i < a.count; i++)
		r->sections[a.questions[i].section].right +=
			a.questions[i].best == a.questions[i].id[3];
done:
	mem_free(a.questions);
	mem_free(a.panels);
	mem_free(a.targets);
	return e->code;
}

/* ---- either -------------------------------------------------------------- */

int word_eval_run(struct word_eval_result *r, const struct word_eval_set *s,
		  const struct words *w, enum word_eval_measure measure,
		  const struct machine *machine, struct error *e)
{
	*r = (struct word_eval_result){ .count = string_map_count(s->sections),
				    .rho = NAN };
	r->sections = mem_new(r->count, sizeof(*r->sections), e);
	if (!r->sections)
		return e->code;
	for (size_t i = 0; i < r->count; i++)
		r->sections[i].name = string_map_at(s->sections, (uint32_t)i);
	if (s->kind == WORD_EVAL_PAIRS)
		pairs_run(r, s, w, machine->kernels, e);
	else
		analogies_run(r, s, w, measure, machine, e);
	for (size_t i = 0; i < r->count; i++) {
		r->all.total += r->sections[i].total;
		r->all.known += r->sections[i].known;
		r->all.right += r->sections[i].right;
	}
	return e->code;
}
