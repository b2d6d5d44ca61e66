/*
 * glove.c - GloVe (Pennington et al. 2014) as a text model: co-occurrence,
 * steps of glove_fit.c, its tensors.
 *
 * With --init, known words start from the file's rows, and keep them if the new
 * text does not have them; AdaGrad's accumulators start anew.  A file of two
 * tables has the sums of words' and contexts' rows, and the contexts' rows, so
 * both can be restored; if contexts are not known, each table takes half.
 */
#include <inttypes.h>
#include <string.h>

#include "text/corpus/cooc.h"
#include "text/models/glove_fit.h"
#include "text/models/train_model.h"

static int check(const struct train_options *o, struct error *e)
{
	if (o->window < 1 || o->window > COOC_MAX_WINDOW)
		return fail(e, ERROR_USAGE, "a window of %d words: 1 to %d "
			    "are possible", o->window, COOC_MAX_WINDOW);
	if (!(o->rate > 0 && o->rate < 1e3f) || !(o->x_max > 0) ||
	    !(o->alpha > 0) || !(o->clip >= 0))
		return fail(e, ERROR_USAGE, "rate, x_max and alpha are above "
			    "0, clip is not below");
	return 0;
}

/* ---- starting from a words file ------------------------------------------ */

/* The numbers of one word, of the file or of its contexts. */
struct given {
	const float *vectors, *bias;	/* bias may be NULL: 0 */
};

static void row_take(struct glove_fit *f, size_t table, size_t word, size_t id,
		     const struct given *all, const struct given *context)
{
	float *row = glove_fit_row(f, table, word);

	for (size_t i = 0; i <= f->dim; i++) {
		size_t at = i < f->dim ? id * f->dim + i : id;
		const float *from = i < f->dim ? all->vectors : all->bias;
		const float *part = i < f->dim ? context->vectors :
				    context->bias;
		float x = from ? from[at] : 0;
		float y = part ? part[at] : 0.5f * x;

		row[i] = f->tables == 1 ? x : table ? y : x - y;
	}
}

static int rows_take(struct train *t, struct error *e)
{
	const struct words *w = &t->init;
	struct glove_fit *f = t->state;
	uint64_t shape[2] = { w->count, w->dim };
	const struct st_tensor *v = NULL, *b = NULL;
	struct given all = { w->vectors, w->bias }, context = {0};

	if (st_find(t->init_file, "context")) {
		v = st_need(t->init_file, "context", ST_F32, 2, shape, e);
		b = st_need(t->init_file, "context_bias", ST_F32, 1, shape, e);
		if (!v || !b)
			return e->code;
		context = (struct given){ v->data, b->data };
	}
	for (size_t i = 0; i < t->vocab.count; i++) {
		uint32_t id = words_find(w, t->vocab.word[i]);

		for (size_t j = 0; id != WORDS_NONE && j < f->tables; j++)
			row_take(f, j, i, id, &all, &context);
	}
	return 0;
}

/* ---- the run ------------------------------------------------------------- */

static struct pairs *count_pairs(struct train *t, struct error *e)
{
	const struct train_options *o = t->options;
	uint64_t used = vocab_bytes(&t->vocab);
	uint64_t left = o->memory_bytes > used ? o->memory_bytes - used : 0;
	uint64_t rows = glove_fit_bytes(t->vocab.count, o);
	struct cooc_options c = {
		.window = o->window,
		.blocks = MAX(glove_fit_blocks(t->vocab.count, o),
			      cooc_blocks(t->vocab.count)),
		.with_same = o->two_tables,
		.memory_bytes = left,
		.keep_bytes = left > rows ? left - rows : 0,
		.folder = o->tmpdir, .beside = o->out,
	};

	return cooc_pairs(&t->vocab, &c, t->machine, e);
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
	struct glove_fit *f = mem_new(1, sizeof(*f), e);
	struct pairs *pairs;

	t->state = f;
	if (!f)
		return e->code;
	pairs = count_pairs(t, e);
	vocab_drop_tokens(&t->vocab);
	if (!pairs)
		return e->code;
	if (pairs_count(pairs) == 0) {
		pairs_free(pairs);
		return no_pairs(e);
	}
	if (glove_fit_open(f, t->vocab.count, pairs, t->options, t->machine,
			   e) < 0 ||
	    (t->init_file && rows_take(t, e) < 0))
		return e->code;
	t->epoch_steps = f->steps;
	t->epoch_work = f->done[f->steps];
	talk_note(t->machine->talk, "%zu words, %" PRIu64 " pairs",
		  t->vocab.count, pairs_count(f->pairs));
	return 0;
}

static void close_run(struct train *t)
{
	glove_fit_close(t->state);
	mem_free(t->state);
}

static int identity(const struct train_options *o, struct identity *id,
		    struct error *e)
{
	int bad = 0;

	bad |= identity_number(id, "--window", (uint64_t)o->window, e);
	bad |= identity_text(id, "--two-tables", o->two_tables ? "yes" : "no",
			     e);
	bad |= identity_real(id, "x-max", o->x_max, e);
	bad |= identity_real(id, "alpha", o->alpha, e);
	bad |= identity_real(id, "clip", glove_fit_clip(o), e);
	return bad ? e->code : 0;
}

static int step(struct train *t, uint64_t number, struct error *e)
{
	return glove_fit_step(t->state, (int)(number / t->epoch_steps),
			      (size_t)(number % t->epoch_steps), e);
}

static uint64_t work(const struct train *t, uint64_t steps)
{
	return ((const struct glove_fit *)t->state)->done[steps];
}

static double loss(const struct train *t)
{
	return glove_fit_loss(t->state);
}

static size_t broken(const struct train *t)
{
	return glove_fit_check(t->state);
}

/* ---- tensors ------------------------------------------------------------- */

/* Columns of the rows of a table as a tensor: what and where.  One of rank 1
 * has a number for each word, one of rank 2 a vector, which may be as short. */
struct column {
	const char *name;
	size_t table, at, width;
	int rank;
};

/* The whole state; returns how many columns. */
static size_t columns(const struct glove_fit *f, struct column *c)
{
	static const char *const names[2][4] = {
		{ "vectors", "bias", "roots", "bias_root" },
		{ "context", "context_bias", "context_roots",
		  "context_bias_root" },
	};
	size_t n = 0;

	for (size_t t = 0; t < f->tables; t++)
		for (size_t i = 0; i < 4; i++)
			c[n++] = (struct column){
				names[t][i], t, (i & 1 ? f->dim : 0) +
				(i & 2 ? f->rule.half : 0),
				i & 1 ? 1 : f->dim, i & 1 ? 1 : 2 };
	return n;
}

static int put_column(struct st_writer *w, const struct glove_fit *f,
		      const struct column *c, struct error *e)
{
	uint64_t shape[2] = { f->count, c->width };

	if (st_begin(w, c->name, ST_F32, e) < 0)
		return e->code;
	for (size_t i = 0; i < f->count; i++)
		if (st_rows(w, glove_fit_row(f, c->table, i) + c->at, c->width,
			    e) < 0)
			return e->code;
	return st_end(w, c->rank, shape, e);
}

static int get_column(const struct st_file *file, const struct glove_fit *f,
		      const struct column *c, int store, struct error *e)
{
	uint64_t shape[2] = { f->count, c->width };
	const struct st_tensor *t = st_need(file, c->name, ST_F32,
					    c->rank, shape, e);
	const float *data;

	if (!t)
		return e->code;
	data = t->data;
	for (size_t i = 0; store && i < f->count; i++)
		memcpy(glove_fit_row(f, c->table, i) + c->at,
		       data + i * c->width, c->width * sizeof(*data));
	return 0;
}

static int save(const struct train *t, struct st_writer *w, struct error *e)
{
	const struct glove_fit *f = t->state;
	uint64_t shape[2] = { f->groups, f->groups };
	struct column c[8];
	size_t n = columns(f, c);

	for (size_t i = 0; i < n; i++)
		if (put_column(w, f, &c[i], e) < 0)
			return e->code;
	return st_put(w, "loss", ST_F64, 2, shape, f->loss, e);
}

/* Checks all tensors (store 0) or copies them (store 1). */
static int get_all(struct glove_fit *f, const struct st_file *file, int store,
		   struct error *e)
{
	uint64_t shape[2] = { f->groups, f->groups };
	const struct st_tensor *t = st_need(file, "loss", ST_F64, 2, shape, e);
	struct column c[8];
	size_t n = columns(f, c);

	if (!t)
		return e->code;
	for (size_t i = 0; i < n; i++)
		if (get_column(file, f, &c[i], store, e) < 0)
			return e->code;
	if (store)
		memcpy(f->loss, t->data,
		       f->groups * f->groups * sizeof(*f->loss));
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
	const struct glove_fit *f = t->state;
	int bad = 0;

	bad |= train_put_number(w, "pairs", pairs_count(f->pairs), e);
	bad |= train_put_number(w, "tables", f->tables, e);
	bad |= train_put_number(w, "window", (uint64_t)o->window, e);
	bad |= train_put_real(w, "x_max", (double)o->x_max, e);
	bad |= train_put_real(w, "alpha", (double)o->alpha, e);
	bad |= train_put_real(w, "clip", (double)glove_fit_clip(o), e);
	return bad ? e->code : 0;
}

/* A column of words plus that of contexts. */
static int put_sum(struct st_writer *w, const struct glove_fit *f,
		   const struct column *c, struct error *e)
{
	uint64_t shape[2] = { f->count, c->width };
	float *sum = mem_new(c->width, sizeof(*sum), e);
	int code = sum ? st_begin(w, c->name, ST_F32, e) : e->code;

	for (size_t i = 0; i < f->count && code == 0; i++) {
		const float *x = glove_fit_row(f, 0, i) + c->at;
		const float *y = glove_fit_row(f, 1, i) + c->at;

		for (size_t j = 0; j < c->width; j++)
			sum[j] = x[j] + y[j];
		code = st_rows(w, sum, c->width, e);
	}
	mem_free(sum);
	return code < 0 ? code : st_end(w, c->rank, shape, e);
}

static int result(const struct train *t, struct st_writer *w, struct error *e)
{
	const struct glove_fit *f = t->state;
	struct column c[8];

	columns(f, c);
	if (f->tables == 2)
		return put_sum(w, f, &c[1], e) < 0 ||
		       put_sum(w, f, &c[0], e) < 0 ||
		       put_column(w, f, &c[5], e) < 0 ||
		       put_column(w, f, &c[4], e) < 0 ? e->code : 0;
	return put_column(w, f, &c[1], e) < 0 ||
	       put_column(w, f, &c[0], e) < 0 ? e->code : 0;
}

const struct train_model train_glove = {
	.name = "glove",
	.check = check,
	.open = open_run,
	.close = close_run,
	.identity = identity,
	.any_epochs = 1,
	.step = step,
	.work = work,
	.loss = loss,
	.broken = broken,
	.save = save,
	.load = load,
	.meta = meta,
	.result = result,
};
