/*
 * train.c - a text model as a run (run/run.h): the vocabulary, the identity,
 * the words file; see train.h.
 *
 * Owns the vocabulary and the words file; what is learned is the model's.
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/hash.h"
#include "run/run.h"
#include "text/models/train_model.h"

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
		return fail(e, ERROR_USAGE, "--dim %d is out of range (1 to "
			    "65536)", o->dim);
	if (o->epochs < 1 || o->min_count < 1)
		return fail(e, ERROR_USAGE,
			    "--epochs and --min-count must be 1 "
			    "or more");
	return models[o->model]->check(o, e);
}

/* A run of a text model. */
struct text_run {
	struct train t;
	const struct train_model *model;
	struct run run;
};

static uint64_t vocab_sum(const struct vocab *v)
{
	unsigned char count[8];
	struct hash64 s;

	hash64_start(&s, 0);
	for (size_t i = 0; i < v->count; i++) {
		hash64_add(&s, v->word[i].data, v->word[i].bytes);
		for (int j = 0; j < 8; j++)
			count[j] = (unsigned char)(v->occurrences[i] >> 8 * j);
		hash64_add(&s, count, sizeof(count));
	}
	return hash64_end(&s);
}

static int identity_make(struct text_run *r, struct error *e)
{
	const struct train_options *o = r->t.options;
	struct identity *id = &r->run.identity;
	int bad = 0;

	bad |= identity_text(id, "--model", r->model->name, e);
	bad |= identity_number(id, "--dim", (uint64_t)o->dim, e);
	bad |= identity_number(id, "--min-count", (uint64_t)o->min_count, e);
	if (o->rate > 0)
		bad |= identity_real(id, "--rate", o->rate, e);
	bad |= identity_number(id, "--epochs", (uint64_t)o->epochs, e);
	bad |= identity_number(id, "--seed", o->seed, e);
	bad |= identity_text(id, "--clean", clean_kind_names[o->clean.kind],
			     e);
	bad |= identity_text(id, "--stem", o->clean.stem ? "yes" : "no", e);
	bad |= identity_text(id, "--stop", o->stop_name, e);
	bad |= r->model->identity(o, id, e);
	if (r->t.init_file)
		bad |= identity_sum(id, "--init", st_sum(r->t.init_file), e);
	bad |= identity_sum(id, "input", r->t.source->sum, e);
	bad |= identity_sum(id, "vocabulary", vocab_sum(&r->t.vocab), e);
	return bad ? e->code : 0;
}

/* ---- the words file ------------------------------------------------------ */

int train_check_negatives(const struct train_options *o, struct error *e)
{
	if (o->negatives < 1 || o->negatives > 1000)
		return fail(e, ERROR_USAGE, "--negatives %d is out of range "
			    "(1 to 1000)", o->negatives);
	if (!(o->rate > 0 && o->rate < 1e3f) || !(o->rate_end >= 0) ||
	    !(o->rate_end <= o->rate))
		return fail(e, ERROR_USAGE, "--rate must be above 0, and "
			    "--rate-end no larger than --rate");
	if (!(o->subsample >= 0 && o->subsample <= 1))
		return fail(e, ERROR_USAGE, "--subsample is out of range (0 to "
			    "1)");
	return 0;
}

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

static int put_meta(struct st_writer *w, const struct text_run *r,
		    struct error *e)
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

static int put_stop(struct st_writer *w, const struct string_map *stop,
		    struct error *e)
{
	size_t count = stop ? string_map_count(stop) : 0;
	struct str *list;
	int code;

	if (!count)
		return 0;
	list = mem_new(count, sizeof(*list), e);
	if (!list)
		return e->code;
	for (size_t i = 0; i < count; i++)
		list[i] = string_map_at(stop, (uint32_t)i);
	code = st_put_strings(w, "stop", list, count, e);
	mem_free(list);
	return code;
}

static int model_write(void *state, struct st_writer *w, struct error *e)
{
	const struct text_run *r = state;
	const struct vocab *v = &r->t.vocab;
	uint64_t count = v->count;

	if (put_meta(w, r, e) < 0 ||
	    st_put_strings(w, "word", v->word, v->count, e) < 0 ||
	    st_put(w, "count", ST_U64, 1, &count, v->occurrences, e) < 0 ||
	    st_put(w, "df", ST_U64, 1, &count, v->df, e) < 0 ||
	    put_stop(w, r->t.options->clean.stop, e) < 0)
		return e->code;
	return r->model->result(&r->t, w, e);
}

static int model_read(void *state, struct st_file *f, struct error *e)
{
	struct words w;
	int code = words_load(&w, f, "", e);

	(void)state;
	words_free(&w);
	return code;
}

/* ---- the model's part of a run ------------------------------------------- */

static int model_step(void *state, uint64_t step, struct error *why)
{
	struct text_run *r = state;

	return r->model->step(&r->t, step, why);
}

static uint64_t model_work(const void *state, uint64_t steps)
{
	const struct text_run *r = state;

	return steps / r->t.epoch_steps * r->t.epoch_work +
	       r->model->work(&r->t, steps % r->t.epoch_steps);
}

static void model_tell(const void *state, uint64_t steps, char *text,
		       size_t room)
{
	const struct text_run *r = state;

	if (steps % r->t.epoch_steps == 0)
		snprintf(text, room, "epoch %" PRIu64 "  loss %.4f",
			 steps / r->t.epoch_steps, r->model->loss(&r->t));
}

static int model_check(void *state, struct error *why)
{
	const struct text_run *r = state;
	const struct vocab *v = &r->t.vocab;
	size_t word = r->model->broken(&r->t);

	if (word < v->count)
		fail(why, ERROR_FAILED, "the vector of '%.*s' is not finite "
		     "or too large", (int)MIN(v->word[word].bytes, 100),
		     v->word[word].data);
	else if (!isfinite(r->model->loss(&r->t)))
		fail(why, ERROR_FAILED, "the loss is not finite");
	return why->code ? RUN_BROKEN : 0;
}

static int model_save(void *state, struct st_writer *w, struct error *e)
{
	const struct text_run *r = state;

	return r->model->save(&r->t, w, e);
}

static int model_load(void *state, const struct st_file *f, struct error *e)
{
	struct text_run *r = state;

	return r->model->load(&r->t, f, e);
}

static const struct run_model text_run_model = {
	.name = "words", .format = WORDS_FORMAT,
	.checkpoint_format = CHECKPOINT_FORMAT,
	.step = model_step, .work = model_work, .tell = model_tell,
	.check = model_check, .save = model_save, .load = model_load,
	.write = model_write, .read = model_read,
};

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
			    "from which training cannot continue", o->init,
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
		fail(e, ERROR_USAGE, "'%s' was trained with other cleaning of "
		     "text", o->init);
		return hint(e, "--clean %s and %s--stem would do as it did",
			    t->init.clean.kind == CLEAN_SEED ? "seed" :
			    "unicode", t->init.clean.stem ? "" : "no ");
	}
	if (t->init.dim != (size_t)o->dim) {
		fail(e, ERROR_USAGE, "'%s' has %zu dimensions, this has %d",
		     o->init, t->init.dim, o->dim);
		return hint(e, "--dim %zu", t->init.dim);
	}
	return 0;
}

/* The words of `init` that `known` lacks, after the others: they occur 0 times
 * and count as rare as can be for tf-idf. */
static int words_append(struct vocab *v, const struct words *init,
			const struct string_map *known, struct error *e)
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

		if (string_map_find(known, word) != STRING_MAP_NONE)
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
	struct string_map *known = string_map_new(e);
	int code = known ? 0 : e->code;

	for (size_t i = 0; i < v->count && code == 0; i++)
		if (string_map_add(known, v->word[i], e) == STRING_MAP_NONE)
			code = e->code;
	if (code == 0)
		code = words_append(v, init, known, e);
	string_map_free(known);
	return code;
}

static int words_count(struct text_run *r, struct error *e)
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

static int run_all(struct text_run *r, struct error *e)
{
	struct train *t = &r->t;
	int made;

	if (run_lock(&r->run, e) < 0 || init_open(t, e) < 0 ||
	    words_count(r, e) < 0 || identity_make(r, e) < 0 ||
	    run_begin(&r->run, &made, e) < 0 || made ||
	    r->model->open(t, e) < 0)
		return e->code;
	r->run.epoch_steps = t->epoch_steps;
	r->run.steps = (uint64_t)t->options->epochs * t->epoch_steps;
	return run_train(&r->run, e);
}

int train_words(const struct text_source *source,
		const struct train_options *options,
		const struct machine *machine, struct error *e)
{
	const struct train_model *model = models[options->model];
	struct text_run r = {
		.t = { .source = source, .options = options,
		       .machine = machine },
		.model = model,
		.run = { .model = &text_run_model, .talk = machine->talk,
			 .out = options->out, .restart = options->restart,
			 .checkpoint_every_s = options->checkpoint_every_s },
	};
	int code = options_check(options, e);

	if (code < 0)
		return code;
	r.run.state = &r;
	r.run.length = model->any_epochs ? "--epochs" : NULL;
	code = run_all(&r, e);
	run_close(&r.run);
	if (r.t.state)
		model->close(&r.t);
	words_free(&r.t.init);
	st_close(r.t.init_file);
	vocab_free(&r.t.vocab);
	return code;
}
