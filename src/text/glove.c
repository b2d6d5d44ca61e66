/*
 * glove.c - from captions to a words file: vocabulary, pairs, training.
 *
 * Defaults are those of the InstaCities1M scripts (glove-python) but for the
 * size: dim 100 in place of 400, words seen at least 5 times.
 */
#include "text/glove.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "base/file.h"
#include "base/log.h"
#include "base/stop.h"
#include "base/sum.h"
#include "format/vectors.h"
#include "text/glove_checkpoint.h"
#include "text/words.h"

void glove_defaults(struct glove_options *o)
{
	*o = (struct glove_options){
		.clean = { .kind = CLEAN_UNICODE },
		.stop_name = "none",
		.dim = 100, .window = 10, .epochs = 30, .min_count = 5,
		.rate = 0.05f, .x_max = 100, .alpha = 0.75f, .clip = 10,
		.seed = 1,
		.checkpoint_every_s = 60,
		.memory_bytes = UINT64_C(4) << 30,
	};
}

static int options_check(const struct glove_options *o, struct error *e)
{
	if (o->dim < 1 || o->dim > 1 << 16)
		return fail(e, ERROR_USAGE, "vectors of %d numbers: 1 to "
			    "65536 are possible", o->dim);
	if (o->window < 1 || o->window > COOC_MAX_WINDOW)
		return fail(e, ERROR_USAGE, "a window of %d words: 1 to %d "
			    "are possible", o->window, COOC_MAX_WINDOW);
	if (o->epochs < 1 || o->min_count < 1)
		return fail(e, ERROR_USAGE, "epochs and the minimal count are "
			    "1 or more");
	if (!(o->rate > 0 && o->rate < 1e3f) || !(o->x_max > 0) ||
	    !(o->alpha > 0) || !(o->clip > 0))
		return fail(e, ERROR_USAGE, "rate, x_max, alpha and clip are "
			    "above 0");
	return 0;
}

/* One run of glove_train. */
struct run {
	const struct glove_source *source;
	const struct glove_options *options;
	const struct machine *machine;
	struct vocab vocab;
	struct fit fit;
	char *checkpoint;		/* path */
	struct buf identity;
	uint64_t step, steps;		/* rounds done, rounds in all */
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

/* All that decides the state after a given number of rounds.  Epochs do not:
 * a run may go on to a later or an earlier end. */
static int identity_write(struct run *r, struct error *e)
{
	const struct glove_options *o = r->options;

	return buf_addf(&r->identity, e,
			"glove dim %d window %d min-count %d rate %.9g "
			"x-max %.9g alpha %.9g clip %.9g seed %" PRIu64
			" input %016" PRIx64 " words %zu %016" PRIx64
			" pairs %zu", o->dim, o->window, o->min_count,
			(double)o->rate, (double)o->x_max, (double)o->alpha,
			(double)o->clip, o->seed, r->source->sum,
			r->vocab.count, vocab_sum(&r->vocab),
			r->fit.pair_count);
}

/* ---- the words file ------------------------------------------------------ */

static int put_number(struct st_writer *w, const char *key, uint64_t value,
		      struct error *e)
{
	char text[32];

	snprintf(text, sizeof(text), "%" PRIu64, value);
	return st_put_meta(w, key, text, e);
}

static int put_real(struct st_writer *w, const char *key, double value,
		    struct error *e)
{
	char text[32];

	snprintf(text, sizeof(text), "%.9g", value);
	return st_put_meta(w, key, text, e);
}

static int put_meta(struct st_writer *w, const struct run *r, struct error *e)
{
	const struct glove_options *o = r->options;
	char input[20];
	int bad = 0;

	snprintf(input, sizeof(input), "%016" PRIx64, r->source->sum);
	bad |= st_put_meta(w, "model", "glove", e);
	bad |= st_put_meta(w, "clean", o->clean.kind == CLEAN_SEED ? "seed" :
			   "unicode", e);
	bad |= st_put_meta(w, "stop", o->stop_name, e);
	bad |= st_put_meta(w, "input", input, e);
	bad |= put_number(w, "documents", r->vocab.documents, e);
	bad |= put_number(w, "pairs", r->fit.pair_count, e);
	bad |= put_number(w, "window", (uint64_t)o->window, e);
	bad |= put_number(w, "min_count", (uint64_t)o->min_count, e);
	bad |= put_number(w, "epochs", (uint64_t)o->epochs, e);
	bad |= put_real(w, "rate", (double)o->rate, e);
	bad |= put_real(w, "x_max", (double)o->x_max, e);
	bad |= put_real(w, "alpha", (double)o->alpha, e);
	bad |= put_real(w, "clip", (double)o->clip, e);
	bad |= put_number(w, "seed", o->seed, e);
	bad |= put_real(w, "loss", fit_loss(&r->fit), e);
	return bad ? e->code : 0;
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
	const struct vocab *v = &r->vocab;
	const struct fit *f = &r->fit;
	struct st_writer *w = st_create(r->options->out, WORDS_FORMAT, 8, e);
	uint64_t count = v->count;

	if (!w)
		return e->code;
	if (put_meta(w, r, e) < 0 ||
	    st_put_strings(w, "word", v->word, v->count, e) < 0 ||
	    st_put(w, "count", ST_U64, 1, &count, v->occurrences, e) < 0 ||
	    st_put(w, "df", ST_U64, 1, &count, v->df, e) < 0 ||
	    put_stop(w, r->options->clean.stop, e) < 0 ||
	    glove_put_rows(w, "bias", f, f->dim, 1, e) < 0 ||
	    glove_put_rows(w, "vectors", f, 0, f->dim, e) < 0) {
		st_discard(w);
		return e->code;
	}
	return st_commit(w, e);
}

/* GloVe's text, from the file just written: needs no second copy. */
static int text_write(const struct run *r, struct error *e)
{
	struct st_file *file = st_open(r->options->out, WORDS_FORMAT, e);
	const struct st_tensor *vectors = NULL;

	if (file)
		vectors = st_need(file, "vectors", ST_F32, 2, NULL, e);
	if (vectors)
		vectors_write(r->options->vectors_text, r->vocab.word,
			      vectors->data, r->vocab.count, r->fit.dim, 0, e);
	st_close(file);
	return e->code;
}

/* ---- training ------------------------------------------------------------ */

static int run_check(const struct run *r, struct error *e)
{
	size_t word = fit_check(&r->fit);
	struct str s;

	if (word == r->fit.count && isfinite(fit_loss(&r->fit)))
		return 0;
	s = r->vocab.word[MIN(word, r->fit.count - 1)];
	fail(e, ERROR_FAILED, "training broke down in epoch %" PRIu64
	     ": the vector of '%.*s' is not finite",
	     (r->step - 1) / FIT_ROUNDS + 1, (int)MIN(s.bytes, 100), s.data);
	return hint(e, "a smaller --rate may help");
}

static int run_save(struct run *r, struct error *e)
{
	if (run_check(r, e) < 0 ||
	    glove_checkpoint_save(r->checkpoint, &r->fit, r->identity.data,
				  r->step, e) < 0)
		return e->code;
	r->saved_s = log_clock();
	return 0;
}

/* After a round: watch the numbers, save if it is time, stop if asked to. */
static int run_pause(struct run *r, struct error *e)
{
	if (r->step % FIT_ROUNDS == 0 && run_check(r, e) < 0)
		return e->code;
	if (r->step == r->steps)
		return 0;
	if (stop_requested()) {
		if (run_save(r, e) < 0)
			return e->code;
		return fail(e, ERROR_STOPPED, "stopped after epoch %" PRIu64
			    " of %d, run again to go on",
			    r->step / FIT_ROUNDS, r->options->epochs);
	}
	if (r->step % FIT_ROUNDS == 0 && log_clock() - r->saved_s >=
	    r->options->checkpoint_every_s)
		return run_save(r, e);
	return 0;
}

static uint64_t pairs_done(const struct run *r)
{
	uint64_t done = r->step / FIT_ROUNDS * r->fit.pair_count;

	for (int i = 0; i < (int)(r->step % FIT_ROUNDS); i++)
		done += fit_round_pairs(&r->fit, i);
	return done;
}

static int run_fit(struct run *r, struct error *e)
{
	uint64_t done = pairs_done(r);
	char extra[64] = "";
	struct log_bar bar;
	int code = 0;

	log_bar_start(&bar, "words", (uint64_t)r->options->epochs *
		      r->fit.pair_count, done);
	while (code == 0 && r->step < r->steps) {
		int round = (int)(r->step % FIT_ROUNDS);

		fit_round(&r->fit, (int)(r->step / FIT_ROUNDS), round);
		r->step++;
		done += fit_round_pairs(&r->fit, round);
		if (r->step % FIT_ROUNDS == 0)
			snprintf(extra, sizeof(extra), "epoch %d  loss %.4f",
				 (int)(r->step / FIT_ROUNDS),
				 fit_loss(&r->fit));
		log_bar_step(&bar, done, extra);
		code = run_pause(r, e);
	}
	log_bar_end(&bar, done, extra);
	return code;
}

/* Captions to pairs to a state that is ready to train or to go on. */
static int run_prepare(struct run *r, struct error *e)
{
	const struct glove_options *o = r->options;
	struct cooc cooc = {0};
	int code = vocab_build(&r->vocab, r->source, &o->clean, o->min_count,
			       e);

	if (code == 0)
		code = cooc_count(&cooc, &r->vocab, o->window,
				  o->memory_bytes, r->machine, e);
	if (code == 0 && cooc.count == 0) {
		fail(e, ERROR_FAILED, "no two different words stand together "
		     "in a caption");
		code = hint(e, "captions of several words are needed, one "
			    "caption a line");
	}
	if (code == 0)
		code = fit_open(&r->fit, r->vocab.count, &cooc, o, r->machine,
				e);
	cooc_free(&cooc);
	mem_free(r->vocab.tokens);
	r->vocab.tokens = NULL;
	return code < 0 ? code : identity_write(r, e);
}

static int run_all(struct run *r, struct error *e)
{
	if (run_prepare(r, e) < 0)
		return e->code;
	log_note("%zu words, %zu pairs", r->vocab.count, r->fit.pair_count);
	r->steps = (uint64_t)r->options->epochs * FIT_ROUNDS;
	glove_checkpoint_load(r->checkpoint, &r->fit, r->identity.data,
			      r->steps, &r->step);
	if (r->step)
		log_note("going on from '%s', after epoch %" PRIu64 " of %d",
			 r->checkpoint, r->step / FIT_ROUNDS,
			 r->options->epochs);
	r->saved_s = log_clock();
	if (run_fit(r, e) < 0 || file_write(r, e) < 0)
		return e->code;
	file_remove(r->checkpoint);
	return r->options->vectors_text ? text_write(r, e) : 0;
}

int glove_train(const struct glove_source *source,
		const struct glove_options *options,
		const struct machine *machine, struct error *e)
{
	struct run r = { .source = source, .options = options,
			 .machine = machine };
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
	fit_close(&r.fit);
	vocab_free(&r.vocab);
	buf_free(&r.identity);
	mem_free(r.checkpoint);
	return code;
}
