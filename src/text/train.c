/*
 * train.c - the run that all text models share; see train.h.
 *
 * Owns the lock, the checkpoint and the words file; what is learned is the
 * model's.  Nothing is written until the run is over, but for the checkpoint.
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/sum.h"
#include "text/train_model.h"

#define CHECKPOINT_FORMAT "seesay words checkpoint"

static const struct train_model *const models[WORDS_FOREIGN + 1] = {
	[WORDS_GLOVE] = &train_glove,
	[WORDS_WORD2VEC] = &train_word2vec,
	[WORDS_FASTTEXT] = &train_fasttext,
	[WORDS_DOC2VEC] = &train_doc2vec,
	[WORDS_LDA] = &train_lda,
};

void train_defaults(struct train_options *o, enum words_model model)
{
	*o = (struct train_options){
		.model = model,
		.clean = { .kind = CLEAN_UNICODE },
		.stop_name = "none",
		.dim = 100, .window = 10, .epochs = 30, .min_count = 5,
		.rate = 0.05f, .x_max = 100, .alpha = 0.75f,
		.seed = 1,
		.checkpoint_every_s = 60,
		.memory_bytes = UINT64_C(4) << 30,
		.chunk = 5000, .decay = 0.5f, .offset = 1, .inner = 50,
	};
	if (model == WORDS_WORD2VEC || model == WORDS_FASTTEXT ||
	    model == WORDS_DOC2VEC) {
		o->window = 8;
		o->epochs = 25;
		o->rate = 0.025f;
		o->rate_end = 0.0001f;
		o->negatives = 5;
		o->subsample = 0.001f;
		o->min_n = 3;
		o->max_n = 6;
		o->buckets = 2000000;
	}
	if (model == WORDS_DOC2VEC) {
		o->epochs = 50;
		o->min_count = 10;
	}
	if (model == WORDS_LDA) {
		o->epochs = 1;
		o->rate = 0;	/* it has decay and offset */
	}
}

static int options_check(const struct train_options *o, struct error *e)
{
	if (!models[o->model])
		return fail(e, ERROR_USAGE, "a %s model cannot be trained",
			    words_model_name(o->model));
	if (o->dim < 1 || o->dim > 1 << 16)
		return fail(e, ERROR_USAGE, "vectors of %d numbers: 1 to "
			    "65536 are possible", o->dim);
	if (o->epochs < 1 || o->min_count < 1)
		return fail(e, ERROR_USAGE, "epochs and the minimal count are "
			    "1 or more");
	return models[o->model]->check(o, e);
}

/* A run and what goes with it. */
struct run {
	struct train t;
	const struct train_model *model;
	char *checkpoint;		/* path */
	struct buf identity;
	uint64_t step, steps;		/* done, in all */
	double saved_s;			/* when the last checkpoint was made */
};

static uint64_t vocab_sum(const struct vocab *v)
{
	unsigned char count[8];
	struct sum64 s;

	sum64_start(&s, 0);
	for (size_t i = 0; i < v->count; i++) {
		sum64_add(&s, v->word[i].data, v->word[i].bytes);
		for (int j = 0; j < 8; j++)
			count[j] = (unsigned char)(v->occurrences[i] >> 8 * j);
		sum64_add(&s, count, sizeof(count));
	}
	return sum64_end(&s);
}

/* All that decides the state after a given number of steps. */
static int identity_write(struct run *r, struct error *e)
{
	const struct train_options *o = r->t.options;

	if (buf_addf(&r->identity, e, "%s dim %d min-count %d rate %.9g seed %"
		     PRIu64 " input %016" PRIx64 " words %zu %016" PRIx64,
		     r->model->name, o->dim, o->min_count, (double)o->rate,
		     o->seed, r->t.source->sum, r->t.vocab.count,
		     vocab_sum(&r->t.vocab)) < 0)
		return e->code;
	if (r->t.init_file && buf_addf(&r->identity, e, " init %s",
				       st_meta(r->t.init_file,
					       "sum.vectors")) < 0)
		return e->code;
	return r->model->identity(&r->t, &r->identity, e);
}

/* ---- the checkpoint ------------------------------------------------------ */

static int checkpoint_save(const struct run *r, struct error *e)
{
	struct st_writer *w = st_create(r->checkpoint, CHECKPOINT_FORMAT,
					r->model->tensors, e);

	if (!w)
		return e->code;
	if (st_put_meta(w, "run", r->identity.data, e) < 0 ||
	    train_put_number(w, "step", r->step, e) < 0 ||
	    r->model->save(&r->t, w, e) < 0) {
		st_discard(w);
		return e->code;
	}
	return st_commit(w, e);
}

static int read_step(const struct st_file *file, uint64_t steps,
		     uint64_t *step)
{
	const char *text = st_meta(file, "step");
	char *end;

	if (!text || *text < '0' || *text > '9')
		return 0;
	*step = strtoull(text, &end, 10);
	return *end == 0 && *step > 0 && *step <= steps;
}

/* Takes the checkpoint, if there is one that fits; else warns if there is a
 * file. */
static double epochs_done(const struct run *r)
{
	return (double)r->step / (double)r->t.epoch_steps;
}

static void checkpoint_load(struct run *r)
{
	const struct talk *talk = r->t.machine->talk;
	struct error why = {0};
	struct st_file *file;
	const char *run;
	uint64_t done;

	if (!file_exists(r->checkpoint))
		return;
	file = st_open(r->checkpoint, CHECKPOINT_FORMAT, &why);
	if (!file || st_verify(file, &why) < 0) {
		talk_warn(talk, "starting anew: %s", why.text);
		goto done;
	}
	run = st_meta(file, "run");
	if (!run || strcmp(run, r->identity.data) != 0 ||
	    !read_step(file, r->steps, &done)) {
		talk_warn(talk, "starting anew: '%s' is of another input or "
			  "other options", r->checkpoint);
		goto done;
	}
	if (r->model->load(&r->t, file, &why) < 0) {
		talk_warn(talk, "starting anew: %s", why.text);
		goto done;
	}
	r->step = done;
	talk_note(talk, "going on from '%s', after %.2f of %d epochs",
		  r->checkpoint, epochs_done(r), r->t.options->epochs);
done:
	st_close(file);
}

/* ---- the words file ------------------------------------------------------ */

int train_put_number(struct st_writer *w, const char *key, uint64_t value,
		     struct error *e)
{
	char text[32];

	snprintf(text, sizeof(text), "%" PRIu64, value);
	return st_put_meta(w, key, text, e);
}

int train_put_real(struct st_writer *w, const char *key, double value,
		   struct error *e)
{
	char text[32];

	for (int digits = 6; digits <= 9; digits++) {
		snprintf(text, sizeof(text), "%.*g", digits, value);
		if ((float)strtod(text, NULL) == (float)value)
			break;
	}
	return st_put_meta(w, key, text, e);
}

static int put_meta(struct st_writer *w, const struct run *r, struct error *e)
{
	const struct train_options *o = r->t.options;
	char input[20];
	int bad = 0;

	snprintf(input, sizeof(input), "%016" PRIx64, r->t.source->sum);
	bad |= st_put_meta(w, "model", r->model->name, e);
	bad |= st_put_meta(w, "clean", o->clean.kind == CLEAN_SEED ? "seed" :
			   "unicode", e);
	if (o->clean.stem)
		bad |= st_put_meta(w, "stem", "porter", e);
	bad |= st_put_meta(w, "stop", o->stop_name, e);
	bad |= st_put_meta(w, "input", input, e);
	bad |= train_put_number(w, "documents", r->t.vocab.documents, e);
	bad |= train_put_number(w, "min_count", (uint64_t)o->min_count, e);
	bad |= train_put_number(w, "epochs", (uint64_t)o->epochs, e);
	if (o->rate > 0)
		bad |= train_put_real(w, "rate", (double)o->rate, e);
	if (r->t.init_file)
		bad |= st_put_meta(w, "init", st_meta(r->t.init_file,
						      "sum.vectors"), e);
	bad |= train_put_number(w, "seed", o->seed, e);
	bad |= train_put_real(w, "loss", r->model->loss(&r->t), e);
	return bad ? e->code : r->model->meta(&r->t, w, e);
}

static int put_stop(struct st_writer *w, const struct table *stop,
		    struct error *e)
{
	size_t count = stop ? table_count(stop) : 0;
	struct str *list;
	int code;

	if (!count)
		return 0;
	list = mem_new(count, sizeof(*list), e);
	if (!list)
		return e->code;
	for (size_t i = 0; i < count; i++)
		list[i] = table_at(stop, (uint32_t)i);
	code = st_put_strings(w, "stop", list, count, e);
	mem_free(list);
	return code;
}

static int file_write(const struct run *r, struct error *e)
{
	enum { COMMON = 6 };	/* word and stop are two each, count, df */
	const struct vocab *v = &r->t.vocab;
	struct st_writer *w = st_create(r->t.options->out, WORDS_FORMAT,
					r->model->tensors + COMMON, e);
	uint64_t count = v->count;

	if (!w)
		return e->code;
	if (put_meta(w, r, e) < 0 ||
	    st_put_strings(w, "word", v->word, v->count, e) < 0 ||
	    st_put(w, "count", ST_U64, 1, &count, v->occurrences, e) < 0 ||
	    st_put(w, "df", ST_U64, 1, &count, v->df, e) < 0 ||
	    put_stop(w, r->t.options->clean.stop, e) < 0 ||
	    r->model->result(&r->t, w, e) < 0) {
		st_discard(w);
		return e->code;
	}
	return st_commit(w, e);
}

/* ---- steps --------------------------------------------------------------- */

static int run_check(const struct run *r, struct error *e)
{
	const struct vocab *v = &r->t.vocab;
	size_t word = r->model->broken(&r->t);
	struct str s;

	if (word == v->count && isfinite(r->model->loss(&r->t)))
		return 0;
	s = v->word[MIN(word, v->count - 1)];
	fail(e, ERROR_FAILED, "training broke down in epoch %" PRIu64
	     ": the vector of '%.*s' is not finite",
	     (r->step - 1) / r->t.epoch_steps + 1, (int)MIN(s.bytes, 100),
	     s.data);
	return hint(e, "a smaller --rate may help");
}

static int run_save(struct run *r, struct error *e)
{
	if (run_check(r, e) < 0 || checkpoint_save(r, e) < 0)
		return e->code;
	r->saved_s = clock_now();
	return 0;
}

/* After a step: watch the numbers, save if it is time, stop if asked to. */
static int run_pause(struct run *r, struct error *e)
{
	int epoch_ends = r->step % r->t.epoch_steps == 0;

	if (epoch_ends && run_check(r, e) < 0)
		return e->code;
	if (r->step == r->steps)
		return 0;
	if (talk_stops(r->t.machine->talk)) {
		if (run_save(r, e) < 0)
			return e->code;
		return fail(e, ERROR_STOPPED, "stopped after %.2f of %d epochs, "
			    "run again to go on", epochs_done(r),
			    r->t.options->epochs);
	}
	if ((epoch_ends || r->t.options->checkpoint_every_s > 0) &&
	    clock_now() - r->saved_s >= r->t.options->checkpoint_every_s)
		return run_save(r, e);
	return 0;
}

static uint64_t work_done(const struct run *r)
{
	return r->step / r->t.epoch_steps * r->t.epoch_work +
	       r->model->work(&r->t, r->step % r->t.epoch_steps);
}

static int run_steps(struct run *r, struct error *e)
{
	char extra[64] = "";
	struct talk_bar bar;
	int code = 0;

	talk_bar_start(&bar, r->t.machine->talk, "words",
		       (uint64_t)r->t.options->epochs * r->t.epoch_work,
		       work_done(r));
	while (code == 0 && r->step < r->steps) {
		code = r->model->step(&r->t, r->step, e);
		if (code < 0)
			break;
		r->step++;
		if (r->step % r->t.epoch_steps == 0)
			snprintf(extra, sizeof(extra), "epoch %" PRIu64
				 "  loss %.4f", r->step / r->t.epoch_steps,
				 r->model->loss(&r->t));
		talk_bar_step(&bar, work_done(r), extra);
		code = run_pause(r, e);
	}
	talk_bar_end(&bar, work_done(r), extra);
	return code;
}

/* ---- the whole run ------------------------------------------------------- */

static int init_open(struct train *t, struct error *e)
{
	const struct train_options *o = t->options;

	if (!o->init)
		return 0;
	t->init_file = st_open(o->init, WORDS_FORMAT, e);
	if (!t->init_file || st_verify(t->init_file, e) < 0 ||
	    words_load(&t->init, t->init_file, "", e) < 0)
		return e->code;
	if (t->init.model == WORDS_LDA || t->init.model == WORDS_DOC2VEC)
		return fail(e, ERROR_USAGE, "'%s' holds a model of kind %s, "
			    "which cannot be gone on from", o->init,
			    words_model_name(t->init.model));
	if (t->init.model != o->model && t->init.model != WORDS_FOREIGN) {
		fail(e, ERROR_USAGE, "'%s' holds a model of kind %s, this is "
		     "%s", o->init, words_model_name(t->init.model),
		     words_model_name(o->model));
		return hint(e, "--model %s", words_model_name(t->init.model));
	}
	if (t->init.model != WORDS_FOREIGN &&
	    (t->init.clean.kind != o->clean.kind ||
	     t->init.clean.stem != o->clean.stem)) {
		fail(e, ERROR_USAGE, "the words of '%s' were made of text in "
		     "another way", o->init);
		return hint(e, "--clean %s and %s--stem would do as it did",
			    t->init.clean.kind == CLEAN_SEED ? "seed" :
			    "unicode", t->init.clean.stem ? "" : "no ");
	}
	if (t->init.dim != (size_t)o->dim) {
		fail(e, ERROR_USAGE, "'%s' has vectors of %zu numbers, this "
		     "has %d", o->init, t->init.dim, o->dim);
		return hint(e, "--dim %zu", t->init.dim);
	}
	return 0;
}

/* The words of `init` that `known` lacks, after the others: they occur 0 times
 * and count as rare as can be for tf-idf. */
static int words_append(struct vocab *v, const struct words *init,
			const struct table *known, struct error *e)
{
	size_t all = v->count + init->count;
	size_t rooms[3] = { v->count, v->count, v->count };

	if (mem_grow(&v->word, &rooms[0], all, sizeof(*v->word), e) < 0 ||
	    mem_grow(&v->occurrences, &rooms[1], all,
		     sizeof(*v->occurrences), e) < 0 ||
	    mem_grow(&v->df, &rooms[2], all, sizeof(*v->df), e) < 0)
		return e->code;
	for (uint32_t i = 0; i < init->count; i++) {
		struct str word = words_at(init, i);

		if (table_find(known, word) != TABLE_NONE)
			continue;
		v->word[v->count] = word;
		v->occurrences[v->count] = 0;
		v->df[v->count++] = 1;
	}
	return 0;
}

static int words_keep(struct vocab *v, const struct words *init,
		      struct error *e)
{
	struct table *known = table_new(e);
	int code = known ? 0 : e->code;

	for (size_t i = 0; i < v->count && code == 0; i++)
		if (table_add(known, v->word[i], e) == TABLE_NONE)
			code = e->code;
	if (code == 0)
		code = words_append(v, init, known, e);
	table_free(known);
	return code;
}

static int words_count(struct run *r, struct error *e)
{
	const struct train_options *o = r->t.options;
	struct vocab_options vo = { .clean = &o->clean,
				    .min_count = o->min_count,
				    .memory_bytes = o->memory_bytes,
				    .folder = o->tmpdir, .beside = o->out,
				    .pool = r->t.machine->pool,
				    .talk = r->t.machine->talk };

	if (vocab_make(&r->t.vocab, r->t.source, &vo, e) < 0)
		return e->code;
	return r->t.init_file ? words_keep(&r->t.vocab, &r->t.init, e) : 0;
}

static int run_all(struct run *r, struct error *e)
{
	struct train *t = &r->t;

	if (init_open(t, e) < 0 || words_count(r, e) < 0 ||
	    r->model->open(t, e) < 0 || identity_write(r, e) < 0)
		return e->code;
	r->steps = (uint64_t)t->options->epochs * t->epoch_steps;
	checkpoint_load(r);
	r->saved_s = clock_now();
	if (run_steps(r, e) < 0 || file_write(r, e) < 0)
		return e->code;
	file_remove(r->checkpoint);
	return 0;
}

int train_words(const struct text_source *source,
		const struct train_options *options,
		const struct machine *machine, struct error *e)
{
	struct run r = { .t = { .source = source, .options = options,
				.machine = machine },
			 .model = models[options->model] };
	struct file_lock lock;
	int code = options_check(options, e);

	if (code < 0)
		return code;
	r.checkpoint = file_side(options->out, FILE_CHECKPOINT, e);
	code = r.checkpoint ? file_lock_take(&lock, options->out, e) :
	       ERROR_FAILED;
	if (code == 0) {
		code = run_all(&r, e);
		file_lock_drop(&lock);
	}
	if (r.t.state)
		r.model->close(&r.t);
	words_free(&r.t.init);
	st_close(r.t.init_file);
	vocab_free(&r.t.vocab);
	buf_free(&r.identity);
	mem_free(r.checkpoint);
	return code;
}
