/*
 * sgns.h - models trained by negative sampling (Mikolov et al. 2013), in steps
 * that run in parallel without locks and give the same bits for every number of
 * threads.
 *
 * There are input rows and output rows, one output row per word.  An input is
 * a bag of input rows: one row (word2vec: a word, doc2vec: a document) or
 * several (fastText: a word and its n-grams).  A step has a list of slots and a
 * list of windows.  A slot is one occurrence of an input: a token of the text,
 * or a document.  A window predicts a word against `negatives` negative samples
 * (negatives.h), from a range of slots:
 *	together	from h, the mean of all rows of the range (CBOW)
 *	else		from each slot separately, h the mean of its rows
 *			(skip-gram, doc2vec); all slots of a window share the
 *			negative samples (Ji et al. 2016)
 * What a step does, in this order, and every float's expression tree:
 *	S = pool_sum of a bag's rows, by 1, or by 1 / n where not together
 *	h = S, or together pool_sum of the range's S by 1 / rows in all
 *	s = sigmoid(dot(h, o)), o the output rows of the word and the samples
 *	r = rate; not together, of a window of n > 1 slots whose sum of
 *		rate * dot(h, h) is above 4: u = pool_sum of their h by 1,
 *		q = rate * dot(u, u) / n, r = rate * 4 / q if q > 4
 *	e = r * (1 - s) for the word, -(r * s) for a negative sample, 0 for a
 *		sample that is the word itself
 *	windows in order, slots in order: g and o by kernels->sgns with e, h
 *		as above and the rows o as they have become; g is the slot's
 *		gradient G, or, together, starts at +0 and is added to the G
 *		of each slot of the range
 *	inputs in order of their first slot: G is added to each of its rows
 * An input that is in several slots has one S and one G.
 *
 * Columns are cut into pieces, as sgns_pieces says.  Each piece of dot(h, o)
 * and of dot(h, h) is a kernels->dots, and the pieces are added in order.  All
 * other operations work column by column.  So a thread owns some columns of
 * every row and processes all windows on them: only scores move between cores,
 * rows never do.  Errors, and dot(u, u), are split by windows.
 *
 * Why r: an output row moves by the errors of all slots of a window at once.
 * If their h are alike, their scores move by up to q / 4 times their errors.
 * Above 2, each step overshoots more than the last one.  Inputs that share
 * n-grams are alike; for rows of words q is hardly ever above 4.  The sum of
 * rate * dot(h, h) is never below q, so most windows need no q.
 *
 * word2vec.c and gensim skip or clamp scores beyond +-6; here all count.  Each
 * row of a bag or window gets the whole gradient, not divided by their number,
 * as in word2vec.c, gensim (cbow_mean 1) and fastText.
 */
#ifndef SGNS_H
#define SGNS_H

#include "format/safetensors.h"
#include "math/machine.h"
#include "text/models/negatives.h"

#define SGNS_NONE UINT32_MAX

struct sgns_shape {
	size_t dim, negatives;
	size_t words;			/* output rows */
	const uint64_t *counts; /* [words] for the choice of negatives */
	size_t rows;			/* input rows */
	/* Bag b is row b; or rows bag_rows[bag_ends[b - 1] .. bag_ends[b]),
	 * which must stay while training lasts. */
	size_t bags;
	const uint64_t *bag_ends;	/* [bags] or NULL */
	const uint32_t *bag_rows;
	int together;
	size_t max_slots, max_windows;	/* of a step */
	size_t max_reach;		/* slots of a window */
	uint64_t seed;
};

enum {
	SGNS_LINE = 16,			/* floats; columns are cut at lines */
	SGNS_PIECES = 16,		/* at most */
	SGNS_CHUNK = 32,		/* windows a thread takes at once */
};
/* 1 below 49 dimensions, then 2, more for long vectors. */
size_t sgns_pieces(size_t dim);

/*
 * A group: pieces first .. last - 1, columns from .. from + n - 1 of all rows.
 * In each table the columns of a group are contiguous, [rows, n].  A hardware
 * prefetcher also loads the cache lines after those that a core reads; they
 * must not be written by another core.
 */
struct sgns_columns {
	size_t first, last, from, n;
};
static inline float *sgns_cell(float *table, size_t rows,
			       const struct sgns_columns *c, size_t row)
{
	return table + rows * c->from + row * c->n;
}

struct sgns_window {
	uint32_t word;
	uint32_t from, to;		/* slots from .. to - 1 */
	uint32_t skip;			/* except this one, or SGNS_NONE */
	uint64_t draw;			/* its number in the epoch */
	uint32_t pair;			/* set by sgns_window */
};

struct sgns_loss {
	double sum;
	uint64_t pairs;
};

/* The lists of a step.  The next one is written while one is read. */
struct sgns_step {
	_Alignas(64) size_t inputs;
	size_t slots, windows, pairs;
	uint64_t stream;		/* of the draws */
	int sampled;
	uint32_t *bag;			/* [inputs] */
	uint32_t *slot;			/* [slots] index in bag */
	struct sgns_window *window;	/* [windows] */
	uint32_t *samples;		/* [windows, 1 + negatives] the word,
					 * then the negative samples */
};

struct sgns {
	struct sgns_shape shape;
	const struct machine *machine;
	struct negatives negatives;
	size_t stride;			/* floats from row to row */
	size_t pieces;			/* of the columns */
	size_t cut[SGNS_PIECES + 1];	/* piece p is columns cut[p] ..
					 * cut[p + 1] - 1 */
	size_t groups;			/* of pieces, one a thread */
	struct sgns_columns group[SGNS_PIECES];
	float *table[2];		/* [rows or words, stride] */
	double loss_sum, loss;		/* of the epoch so far, of the last */
	uint64_t loss_count;

	struct sgns_step steps[2];
	struct sgns_step *step;		/* that runs, or ran last */
	struct sgns_step *next;		/* that is put together */
	uint32_t *place;		/* [bags] index in next->bag, where it
					 * is */
	void (*ahead)(void *context);
	void *context;
	float rate;

	float *gradient;		/* [inputs, stride] */
	float *sum;			/* the same; where a bag is one row,
					 * that row */
	float *hidden;			/* [windows, stride], together */
	float *part;			/* [pieces, most_pairs, 1 + negatives]
					 * of scores; then piece 0 has the
					 * errors */
	size_t most_pairs;
	float *square;			/* [pieces, max_slots] of dot(h, h) by
					 * inputs; not together */
	struct sgns_loss *losses;	/* of each SGNS_CHUNK windows */
	float *way;			/* [threads, stride] a gradient on its
					 * way, a sum */
	float **pointers;		/* [threads, pointers_room] to rows */
	size_t pointers_room;
};

/*
 * How many windows a step may have.  The errors of a step are all computed from
 * the rows before it.  A row that is in many pairs of a step moves by the sum
 * of their errors, so it may overshoot and diverge.  So rate times the updates
 * of the most frequent row is kept below `most`.  Shares are of windows;
 * `pairs` is the number of slots of a window (1 if together).
 */
struct sgns_share {
	double input;			/* slots that are the same input */
	double output, negative;	/* its word; one of its negative
					 * samples */
	double pairs;
	double most;
};
enum { SGNS_LEAST_WINDOWS = 16, SGNS_MOST_WINDOWS = 1024 };
size_t sgns_windows(const struct sgns_share *share, size_t negatives,
		    float rate);

/* Output rows are zeros, input rows uniform in +-1 / dim, as in fastText and
 * gensim. */
int sgns_open(struct sgns *s, const struct sgns_shape *shape,
	      const struct machine *machine, struct error *e);
void sgns_close(struct sgns *s);

/* A row of the inputs or of the outputs; to [stride], from [dim].  Not while a
 * step runs. */
enum sgns_table { SGNS_INPUT, SGNS_OUTPUT };
void sgns_get(const struct sgns *s, enum sgns_table table, size_t row,
	      float *to);
void sgns_set(struct sgns *s, enum sgns_table table, size_t row,
	      const float *from);

/* A step: clear, then slots and windows, then run.  At most max_slots and
 * max_windows of them; the range of a window has one slot at least. */
void sgns_clear(struct sgns *s, uint64_t epoch);
uint32_t sgns_slot(struct sgns *s, uint32_t bag);	/* number of the slot */
void sgns_window(struct sgns *s, const struct sgns_window *window);
/* ahead, which may be NULL, is called while the step runs, by any thread, to
 * put the step after it together. */
void sgns_run(struct sgns *s, float rate, void (*ahead)(void *context),
	      void *context);
/* Between two epochs: takes the mean loss of a pair, over every 16th window:
 * -log(s) of the word - log(1 - s) of each negative sample. */
void sgns_epoch(struct sgns *s);

/* to [stride]: the mean of a bag's rows.  Not while a step runs. */
void sgns_mean(const struct sgns *s, uint32_t bag, float *to);

/* The index of the first row of either table with a value that is not finite,
 * or SIZE_MAX. */
size_t sgns_broken(const struct sgns *s);

/* The state: tensors "inputs", "outputs", "loss". */
int sgns_save(const struct sgns *s, struct st_writer *w, struct error *e);
int sgns_load(struct sgns *s, const struct st_file *f, struct error *e);
/* Rows first .. first + count - 1 as the tensor `name` [count, dim]. */
int sgns_put(const struct sgns *s, struct st_writer *w, const char *name,
	     enum sgns_table table, size_t first, size_t count,
	     struct error *e);

#endif
