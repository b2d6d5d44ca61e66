/*
 * glove.c - GloVe (Pennington et al. 2014) as a text model: co-occurrence,
 * rounds of fit.c, its tensors.
 *
 * A step is one round of fit.c.
 */
#include <inttypes.h>

#include "base/log.h"
#include "text/fit.h"
#include "text/train_model.h"

static int check(const struct train_options *o, struct error *e)
{
	if (o->window < 1 || o->window > COOC_MAX_WINDOW)
		return fail(e, ERROR_USAGE, "a window of %d words: 1 to %d "
			    "are possible", o->window, COOC_MAX_WINDOW);
	if (!(o->rate > 0 && o->rate < 1e3f) || !(o->x_max > 0) ||
	    !(o->alpha > 0) || !(o->clip > 0))
		return fail(e, ERROR_USAGE, "rate, x_max, alpha and clip are "
			    "above 0");
	return 0;
}

static int no_pairs(struct error *e)
{
	fail(e, ERROR_FAILED, "no two different words stand together in a "
	     "caption");
	return hint(e, "captions of several words are needed, one caption a "
		    "line");
}

static int open_run(struct train *t, struct error *e)
{
	const struct train_options *o = t->options;
	struct cooc cooc = {0};
	struct fit *f = mem_new(1, sizeof(*f), e);
	int code = f ? cooc_count(&cooc, &t->vocab, o->window,
				  o->memory_bytes, t->machine, e) : e->code;

	t->state = f;
	if (code == 0 && cooc.count == 0)
		code = no_pairs(e);
	if (code == 0)
		code = fit_open(f, t->vocab.count, &cooc, o, t->machine, e);
	cooc_free(&cooc);
	mem_free(t->vocab.tokens);
	t->vocab.tokens = NULL;
	if (code < 0)
		return code;
	t->epoch_steps = FIT_ROUNDS;
	t->epoch_work = f->pair_count;
	log_note("%zu words, %zu pairs", t->vocab.count, f->pair_count);
	return 0;
}

static void close_run(struct train *t)
{
	fit_close(t->state);
	mem_free(t->state);
}

static int identity(const struct train *t, struct buf *line, struct error *e)
{
	const struct train_options *o = t->options;
	const struct fit *f = t->state;

	return buf_addf(line, e, " window %d x-max %.9g alpha %.9g clip %.9g "
			"pairs %zu", o->window, (double)o->x_max,
			(double)o->alpha, (double)o->clip, f->pair_count);
}

static int step(struct train *t, uint64_t number, struct error *e)
{
	(void)e;
	fit_round(t->state, (int)(number / FIT_ROUNDS),
		  (int)(number % FIT_ROUNDS));
	return 0;
}

static uint64_t work(const struct train *t, uint64_t steps)
{
	uint64_t pairs = 0;

	for (int i = 0; i < (int)steps; i++)
		pairs += fit_round_pairs(t->state, i);
	return pairs;
}

static double loss(const struct train *t)
{
	return fit_loss(t->state);
}

static size_t broken(const struct train *t)
{
	return fit_check(t->state);
}

/* ---- tensors ------------------------------------------------------------- */

/* Columns at .. at + width of the rows as the tensor `name`. */
static int put_rows(struct st_writer *w, const char *name, const struct fit *f,
		    size_t at, size_t width, struct error *e)
{
	uint64_t shape[2] = { f->count, width };

	if (st_begin(w, name, ST_F32, e) < 0)
		return e->code;
	for (size_t i = 0; i < f->count; i++)
		if (st_rows(w, f->rows + i * f->stride + at, width, e) < 0)
			return e->code;
	return st_end(w, width == 1 ? 1 : 2, shape, e);
}

static int get_rows(const struct st_file *file, const char *name,
		    struct fit *f, size_t at, size_t width, int store,
		    struct error *e)
{
	uint64_t shape[2] = { f->count, width };
	const struct st_tensor *t = st_need(file, name, ST_F32,
					    width == 1 ? 1 : 2, shape, e);
	const float *data;

	if (!t)
		return e->code;
	data = t->data;
	for (size_t i = 0; store && i < f->count; i++)
		memcpy(f->rows + i * f->stride + at, data + i * width,
		       width * sizeof(*data));
	return 0;
}

static int save(const struct train *t, struct st_writer *w, struct error *e)
{
	const struct fit *f = t->state;
	uint64_t buckets = FIT_BUCKETS;

	if (put_rows(w, "vectors", f, 0, f->dim, e) < 0 ||
	    put_rows(w, "bias", f, f->dim, 1, e) < 0 ||
	    put_rows(w, "bias_square", f, f->dim + 1, 1, e) < 0 ||
	    put_rows(w, "squares", f, f->squares_at, f->dim, e) < 0)
		return e->code;
	return st_put(w, "loss", ST_F64, 1, &buckets, f->loss, e);
}

/* Checks all tensors (store 0) or copies them (store 1). */
static int get_all(struct fit *f, const struct st_file *file, int store,
		   struct error *e)
{
	uint64_t buckets = FIT_BUCKETS;
	const struct st_tensor *t = st_need(file, "loss", ST_F64, 1, &buckets,
					    e);

	if (!t ||
	    get_rows(file, "vectors", f, 0, f->dim, store, e) < 0 ||
	    get_rows(file, "bias", f, f->dim, 1, store, e) < 0 ||
	    get_rows(file, "bias_square", f, f->dim + 1, 1, store, e) < 0 ||
	    get_rows(file, "squares", f, f->squares_at, f->dim, store, e) < 0)
		return e->code;
	if (store)
		memcpy(f->loss, t->data, sizeof(f->loss));
	return 0;
}

static int load(struct train *t, const struct st_file *file, struct error *e)
{
	if (get_all(t->state, file, 0, e) < 0)
		return e->code;
	return get_all(t->state, file, 1, e);
}

static int meta(const struct train *t, struct st_writer *w, struct error *e)
{
	const struct train_options *o = t->options;
	const struct fit *f = t->state;
	int bad = 0;

	bad |= train_put_number(w, "pairs", f->pair_count, e);
	bad |= train_put_number(w, "window", (uint64_t)o->window, e);
	bad |= train_put_real(w, "x_max", (double)o->x_max, e);
	bad |= train_put_real(w, "alpha", (double)o->alpha, e);
	bad |= train_put_real(w, "clip", (double)o->clip, e);
	return bad ? e->code : 0;
}

static int result(const struct train *t, struct st_writer *w, struct error *e)
{
	const struct fit *f = t->state;

	if (put_rows(w, "bias", f, f->dim, 1, e) < 0)
		return e->code;
	return put_rows(w, "vectors", f, 0, f->dim, e);
}

const struct train_model train_glove = {
	.name = "glove", .tensors = 5, .check = check, .open = open_run,
	.close = close_run, .identity = identity, .step = step, .work = work,
	.loss = loss, .broken = broken, .save = save, .load = load,
	.meta = meta, .result = result,
};
