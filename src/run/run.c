/*
 * run.c - see run.h.
 *
 * Owns the lock, the checkpoint and the file that is made.  Nothing but the
 * checkpoint is written before the last step is done.
 */
#include "run/run.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/base.h"
#include "base/clock.h"
#include "run/checkpoint.h"

int run_lock(struct run *r, struct error *e)
{
	r->lock.fd = -1;
	r->checkpoint = file_side(r->out, FILE_CHECKPOINT, e);
	r->best = r->checkpoint ? file_side(r->out, FILE_BEST, e) : NULL;
	return r->best ? file_lock_take(&r->lock, r->out, e) : e->code;
}

void run_close(struct run *r)
{
	st_close(r->resumed);
	file_lock_drop(&r->lock);
	identity_free(&r->identity);
	mem_free(r->checkpoint);
	mem_free(r->best);
}

/* ---- what is there already ----------------------------------------------- */

static int note_replaced(const struct run *r, const char *run,
			 enum identity_match match, struct error *e)
{
	struct buf text = {0};

	if (match == IDENTITY_VERSION)
		buf_addf(&text, e, "was made by another version of seesay");
	else if (!run)
		buf_addf(&text, e, "is there");
	else if (buf_addf(&text, e, "is of another run: ") == 0)
		identity_differences(&r->identity, run, NULL, &text, e);
	if (!e->code)
		talk_note(r->talk, "'%s' %s; this run will replace it", r->out,
			  text.data);
	buf_free(&text);
	return e->code;
}

/* Is the file what this run would make? */
static int is_made(const struct run *r, struct error *e)
{
	struct error ignored = {0};
	struct st_file *f = st_open(r->out, r->model->format, &ignored);
	const char *run = f ? st_meta(f, "run") : NULL;
	enum identity_match match = IDENTITY_OTHER;
	int made = 0;

	if (f)
		match = identity_compare(&r->identity, run, NULL);
	if (match == IDENTITY_SAME)
		made = st_verify(f, &ignored) == 0;
	if (!made)
		note_replaced(r, match == IDENTITY_SAME ? NULL : run, match, e);
	st_close(f);
	return made;
}

/* A checkpoint of another run stays where it is. */
static void made_already(struct run *r)
{
	struct error other = {0};
	struct st_file *f = checkpoint_open(r->checkpoint,
					    r->model->checkpoint_format,
					    &r->identity, r->length, &other);

	if (f) {
		file_remove(r->checkpoint);
		file_remove(r->best);
	}
	st_close(f);
	talk_note(r->talk, "'%s' is already what this command would make",
		  r->out);
}

int run_begin(struct run *r, int *made, struct error *e)
{
	*made = 0;
	if (r->restart)
		return 0;
	if (file_exists(r->out))
		*made = is_made(r, e);
	if (*made)
		made_already(r);
	else if (!e->code)
		r->resumed = checkpoint_open(r->checkpoint,
					     r->model->checkpoint_format,
					     &r->identity, r->length, e);
	return e->code;
}

/* ---- checkpoints --------------------------------------------------------- */

static double epochs_done(const struct run *r)
{
	return (double)r->step / (double)r->epoch_steps;
}

static double epochs(const struct run *r)
{
	return (double)r->steps / (double)r->epoch_steps;
}

static int resume(struct run *r, struct error *e)
{
	struct error why = {0};

	if (checkpoint_step(r->resumed, r->steps, r->epoch_steps, &r->step,
			    e) < 0 ||
	    validation_load(&r->validation, r->resumed, r->step, e) < 0)
		return e->code;
	if (r->model->load(r->state, r->resumed, &why) < 0) {
		fail(e, why.code, "cannot resume: %s", why.text);
		return hint(e, "--restart deletes it and trains from scratch");
	}
	st_close(r->resumed);
	r->resumed = NULL;
	talk_note(r->talk, "resuming '%s' after %.2f of %.0f epochs",
		  r->checkpoint, epochs_done(r), epochs(r));
	return 0;
}

/* The epoch that the last step was of. */
static int broke_down(const struct run *r, const struct error *why,
		      struct error *e)
{
	fail(e, ERROR_FAILED, "training diverged in epoch %" PRIu64 ": %s",
	     (MAX(r->step, 1) - 1) / r->epoch_steps + 1, why->text);
	if (file_exists(r->checkpoint))
		return hint(e, "use a smaller --rate, with --restart; '%s' has "
			    "the last good state", r->checkpoint);
	return hint(e, "a smaller --rate usually helps");
}

/* What a step or a check of the model says. */
static int outcome(const struct run *r, int code, const struct error *why,
		   struct error *e)
{
	if (code == RUN_BROKEN)
		return broke_down(r, why, e);
	if (code < 0)
		*e = *why;
	return code;
}

static int check(const struct run *r, struct error *e)
{
	struct error why = {0};

	return outcome(r, r->model->check(r->state, &why), &why, e);
}

static int save_as(struct run *r, const char *path, struct error *e)
{
	struct st_writer *w;

	if (check(r, e) < 0)
		return e->code;
	w = st_create(path, r->model->checkpoint_format, e);
	if (!w)
		return e->code;
	if (checkpoint_put_identity(w, &r->identity, e) < 0 ||
	    checkpoint_put_step(w, r->step, e) < 0 ||
	    validation_put(&r->validation, w, e) < 0 ||
	    r->model->save(r->state, w, e) < 0) {
		st_discard(w);
		return e->code;
	}
	return st_commit(w, e);
}

static int save(struct run *r, struct error *e)
{
	int code = save_as(r, r->checkpoint, e);

	r->saved_s = clock_now();
	return code;
}

/* ---- validation ---------------------------------------------------------- */

static int validate(struct run *r, struct error *e)
{
	struct error why = {0};
	double value = 0;
	int code = r->model->validate(r->state, &value, &why);

	if (code)
		return outcome(r, code, &why, e);
	if (validation_add(&r->validation, r->step, value) &&
	    r->validation.keep_best)
		return save_as(r, r->best, e);
	return 0;
}

/* The state becomes the best one.  That file may be of a later step than the
 * checkpoint that was resumed, but then this run came to that step again. */
static int take_best(struct run *r, struct error *e)
{
	struct validation *v = &r->validation;
	struct st_file *f;
	uint64_t step;

	if (!v->keep_best || !v->best_step || v->best_step == r->step)
		return 0;
	f = checkpoint_open(r->best, r->model->checkpoint_format, &r->identity,
			    r->length, e);
	if (!f && !e->code) {
		fail(e, ERROR_DATA, "'%s', the best state, is not there",
		     r->best);
		hint(e, "--restart trains from scratch");
	}
	if (f && checkpoint_step(f, r->steps, r->epoch_steps, &step, e) == 0) {
		if (step != v->best_step)
			fail(e, ERROR_DATA, "'%s' is not the best state of "
			     "this run", r->best);
		else if (r->model->load(r->state, f, e) == 0)
			talk_note(r->talk, "the best state was after %.2f "
				  "epochs", (double)step /
				  (double)r->epoch_steps);
	}
	st_close(f);
	return e->code;
}

/* ---- steps --------------------------------------------------------------- */

/* After a step: watch the numbers, save if it is time, stop if told to. */
static int pause_after(struct run *r, struct error *e)
{
	int epoch_ends = r->step % r->epoch_steps == 0;

	if (epoch_ends && check(r, e) < 0)
		return e->code;
	if (validation_is_due(&r->validation, r->step) && validate(r, e) < 0)
		return e->code;
	if (r->step == r->steps || validation_is_over(&r->validation))
		return 0;
	if (talk_stops(r->talk)) {
		if (save(r, e) < 0)
			return e->code;
		fail(e, ERROR_STOPPED, "stopped after %.2f of %.0f epochs",
		     epochs_done(r), epochs(r));
		return hint(e, r->restart ?
			    "run the same command again without --restart to "
			    "resume" : "run the same command again to resume");
	}
	if ((epoch_ends || r->checkpoint_every_s > 0) &&
	    clock_now() - r->saved_s >= r->checkpoint_every_s)
		return save(r, e);
	return 0;
}

static int steps(struct run *r, struct error *e)
{
	const struct run_model *m = r->model;
	struct error why = {0};
	char text[64] = "";
	struct talk_bar bar;
	int code = 0;

	talk_bar_start(&bar, r->talk, m->name, m->work(r->state, r->steps),
		       m->work(r->state, r->step));
	while (code == 0 && r->step < r->steps &&
	       !validation_is_over(&r->validation)) {
		code = m->step(r->state, r->step++, &why);
		if (code)
			break;
		m->tell(r->state, r->step, text, sizeof(text));
		talk_bar_step(&bar, m->work(r->state, r->step), text);
		code = pause_after(r, e);
	}
	talk_bar_end(&bar, m->work(r->state, r->step), text);
	return e->code ? e->code : outcome(r, code, &why, e);
}

/* ---- the file ------------------------------------------------------------ */

static int finish(struct run *r, struct error *e)
{
	struct error why = {0};

	if (!r->model->finish)
		return 0;
	return outcome(r, r->model->finish(r->state, &why), &why, e);
}

static int read_back(struct st_file *f, void *context, struct error *e)
{
	const struct run *r = context;

	return r->model->read(r->state, f, e);
}

/* What cannot be read is a state that no check before had found. */
static int publish(struct run *r, struct error *e)
{
	struct error why = {0};
	struct st_writer *w = st_create(r->out, r->model->format, e);
	int code;

	if (!w)
		return e->code;
	if (checkpoint_put_identity(w, &r->identity, e) < 0 ||
	    r->model->write(r->state, w, e) < 0) {
		st_discard(w);
		return e->code;
	}
	code = st_commit_read(w, read_back, r, &why);
	if (code == ERROR_DATA)
		return broke_down(r, &why, e);
	if (code < 0)
		*e = why;
	return code;
}

int run_train(struct run *r, struct error *e)
{
	if (r->restart) {
		file_remove(r->checkpoint);
		file_remove(r->best);
	}
	if (r->resumed && resume(r, e) < 0)
		return e->code;
	r->saved_s = clock_now();
	if (steps(r, e) < 0 || take_best(r, e) < 0 || finish(r, e) < 0 ||
	    publish(r, e) < 0)
		return e->code;
	if (validation_is_over(&r->validation))
		talk_note(r->talk, "stopped early after %.2f of %.0f epochs",
			  epochs_done(r), epochs(r));
	file_remove(r->checkpoint);
	file_remove(r->best);
	return 0;
}
