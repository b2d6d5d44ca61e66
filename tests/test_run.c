/*
 * test_run.c - a run of a toy (src/run/run.h): what it is, what it finds, what
 * it leaves; the schedules.
 *
 * The toy counts: step s adds s + 1 to `sum`.
 */
#include "test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/base.h"
#include "run/checkpoint.h"
#include "run/numerics.h"
#include "run/run.h"
#include "run/schedule.h"

enum { EPOCH = 5 };

static char folder[200], out[300], checkpoint[320], best[320];
static struct error err;
static char said[2000];			/* all notes */

struct toy {
	uint64_t sum;
	uint64_t steps_taken;
	uint64_t stop_at, break_at, bad_file;
	uint64_t bad_at;		/* a check says so from then on */
	uint64_t best_sum;		/* a validation likes sums near it */
};

static int toy_step(void *state, uint64_t step, struct error *why)
{
	struct toy *t = state;

	t->sum += step + 1;
	t->steps_taken++;
	if (t->break_at != step + 1)
		return 0;
	fail(why, ERROR_FAILED, "the toy is in two");
	return RUN_BROKEN;
}

static uint64_t toy_work(const void *state, uint64_t steps)
{
	(void)state;
	return steps;
}

static void toy_tell(const void *state, uint64_t steps, char *text,
		     size_t room)
{
	(void)state, (void)steps;
	snprintf(text, room, "toy");
}

static int toy_check(void *state, struct error *why)
{
	struct toy *t = state;

	if (!t->bad_at || t->steps_taken < t->bad_at)
		return 0;
	fail(why, ERROR_FAILED, "the toy is bent");
	return RUN_BROKEN;
}

static int toy_validate(void *state, double *value, struct error *why)
{
	struct toy *t = state;

	(void)why;
	*value = -fabs((double)t->sum - (double)t->best_sum);
	return 0;
}

static int toy_save(void *state, struct st_writer *w, struct error *e)
{
	struct toy *t = state;

	return st_put(w, "sum", ST_U64, 1, (uint64_t[]){ 1 }, &t->sum, e);
}

static int toy_load(void *state, const struct st_file *f, struct error *e)
{
	struct toy *t = state;
	const struct st_tensor *s = st_need(f, "sum", ST_U64, 1, NULL, e);

	if (s)
		t->sum = *(const uint64_t *)s->data;
	return e->code;
}

static int toy_read(void *state, struct st_file *f, struct error *e)
{
	struct toy *t = state;

	CHECK(strcmp(st_path(f), out) == 0);
	return t->bad_file ? fail(e, ERROR_DATA, "'%s' is a bad toy",
				  st_path(f)) : 0;
}

static const struct run_model toy = {
	.name = "toy", .format = "seesay toy",
	.checkpoint_format = "seesay toy checkpoint", .step = toy_step,
	.work = toy_work, .tell = toy_tell, .check = toy_check,
	.validate = toy_validate,
	.save = toy_save, .load = toy_load, .write = toy_save,
	.read = toy_read,
};

static void take_note(void *context, const char *text)
{
	(void)context;
	snprintf(said + strlen(said), sizeof(said) - strlen(said), "%s\n",
		 text);
}

static int told_to_stop(void *context)
{
	const struct toy *t = context;

	return t->stop_at && t->steps_taken >= t->stop_at;
}

struct options {
	int epochs, seed, restart, any_length;
	struct validation validation;
};

static int toy_run(struct toy *t, const struct options *o)
{
	const struct talk talk = { .note = take_note, .stop = told_to_stop,
				   .context = t };
	struct run r = { .model = &toy, .state = t, .talk = &talk, .out = out,
			 .checkpoint_every_s = 1e9, .restart = o->restart,
			 .length = o->any_length ? "--epochs" : NULL,
			 .epoch_steps = EPOCH, .validation = o->validation,
			 .steps = (uint64_t)(EPOCH * o->epochs) };
	int made = 0;

	said[0] = 0;
	error_clear(&err);
	CHECK(run_lock(&r, &err) == 0);
	identity_number(&r.identity, "--epochs", (uint64_t)o->epochs, &err);
	identity_number(&r.identity, "--seed", (uint64_t)o->seed, &err);
	identity_sum(&r.identity, "posts", 0xabc, &err);
	if (run_begin(&r, &made, &err) == 0 && !made)
		run_train(&r, &err);
	run_close(&r);
	return err.code;
}

static int run_plain(const struct options *o)
{
	return toy_run(&(struct toy){0}, o);
}

/* A run of two epochs that stops after `steps`. */
static void leave_checkpoint(uint64_t steps)
{
	const struct options o = { .epochs = 2, .seed = 1 };

	unlink(out);
	unlink(checkpoint);
	CHECK(toy_run(&(struct toy){ .stop_at = steps }, &o) == ERROR_STOPPED);
	CHECK(file_exists(checkpoint) && !file_exists(out));
}

static uint64_t made_sum(void)
{
	struct st_file *f = st_open(out, "seesay toy", &err);
	uint64_t sum = 0;

	if (CHECK(f != NULL))
		sum = *(const uint64_t *)st_find(f, "sum")->data;
	st_close(f);
	return sum;
}

/* ---- tests --------------------------------------------------------------- */

static void whole_and_in_parts(void)
{
	const struct options o = { .epochs = 2, .seed = 1 };
	struct toy t = {0};
	struct st_file *f;
	char numerics[16];

	CHECK(toy_run(&t, &o) == 0 && t.steps_taken == 10);
	CHECK(made_sum() == 55 && !file_exists(checkpoint));
	f = st_open(out, "seesay toy", &err);
	snprintf(numerics, sizeof(numerics), "%d", NUMERICS_VERSION);
	CHECK(f && strcmp(st_meta(f, "numerics"), numerics) == 0);
	CHECK(f && strstr(st_meta(f, "run"), " --epochs=2 --seed=1 posts="));
	st_close(f);
	/* it is there */
	t = (struct toy){0};
	CHECK(toy_run(&t, &o) == 0 && t.steps_taken == 0);
	CHECK(strstr(said, "is already what this command would make"));
	leave_checkpoint(3);
	CHECK(strstr(err.text, "stopped after 0.60 of 2 epochs"));
	t = (struct toy){0};
	CHECK(toy_run(&t, &o) == 0 && t.steps_taken == 7 && made_sum() == 55);
	CHECK(strstr(said, "after 0.60 of 2 epochs"));
	CHECK(!file_exists(checkpoint));
}

/* A run that stops after each step until it is done; the steps it took. */
static uint64_t in_pieces(const struct toy *like, const struct options *o)
{
	uint64_t taken = 0;
	int code = ERROR_STOPPED;

	unlink(out);
	while (code == ERROR_STOPPED && taken < 99) {
		struct toy t = *like;

		t.stop_at = 1;
		code = toy_run(&t, o);
		taken += t.steps_taken;
	}
	CHECK(code == 0);
	return taken;
}

/* Sums after the steps are 1 3 6 10 15 21 28 36 45 55. */
static void validations(void)
{
	static const struct {
		uint64_t every, patience, like, taken, sum;
		int best;
	} cases[] = {
		{ 1, 0, 14, 10, 15, 1 },	/* the best of all */
		{ 1, 0, 14, 10, 55, 0 },	/* the last */
		{ 2, 0, 14, 10, 10, 1 },	/* of every second */
		{ 1, 2, 14, 7, 15, 1 },		/* two that are worse */
		{ 1, 2, 14, 7, 28, 0 },
		{ 3, 1, 1, 6, 6, 1 },
		{ 5, 3, 99, 10, 55, 1 },	/* the last is the best */
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct toy like = { .best_sum = cases[i].like };
		const struct options o = { .epochs = 2, .seed = 1,
			.validation = { .every = cases[i].every,
					.patience = cases[i].patience,
					.keep_best = cases[i].best } };
		struct toy t = like;

		unlink(out);
		CHECK(toy_run(&t, &o) == 0 && t.steps_taken == cases[i].taken);
		CHECK(made_sum() == cases[i].sum);
		CHECK(in_pieces(&like, &o) == cases[i].taken);
		CHECK(made_sum() == cases[i].sum);
		CHECK(!file_exists(checkpoint) && !file_exists(best));
	}
}

/* Where the best state is gone, nothing takes its place. */
static void best_lost(void)
{
	const struct options o = { .epochs = 2, .seed = 1,
		.validation = { .every = 1, .keep_best = 1 } };

	unlink(out);
	CHECK(toy_run(&(struct toy){ .best_sum = 14, .stop_at = 8 }, &o) ==
	      ERROR_STOPPED);
	CHECK(file_exists(best));
	unlink(best);
	CHECK(toy_run(&(struct toy){ .best_sum = 14 }, &o) == ERROR_DATA);
	CHECK(strstr(err.text, "the best state, is not there"));
	CHECK(!file_exists(out));
	unlink(checkpoint);
}

/* Two runs of other options: neither takes or drops the other's work. */
static void other_options(void)
{
	struct options o = { .epochs = 2, .seed = 2 };
	struct toy t = {0};

	leave_checkpoint(3);
	CHECK(toy_run(&t, &o) == ERROR_USAGE && t.steps_taken == 0);
	CHECK(strstr(err.text, "is of another run: --seed 1 there, 2 here"));
	CHECK(strstr(err.hint, "--restart") && strstr(err.hint, "-o"));
	o = (struct options){ .epochs = 3, .seed = 2 };
	CHECK(run_plain(&o) == ERROR_USAGE);
	CHECK(strstr(err.text, "--epochs 2 there, 3 here; --seed 1 there, 2"));
	/* what is refused is still there */
	o = (struct options){ .epochs = 2, .seed = 1 };
	CHECK(toy_run(&t, &o) == 0 && t.steps_taken == 7);
	/* a finished file is replaced, with a note */
	o.seed = 2;
	CHECK(run_plain(&o) == 0);
	CHECK(strstr(said, "--seed 1 there, 2 here; this run will replace it"));
	/* made, and another run's checkpoint beside it: both stay */
	CHECK(toy_run(&(struct toy){ .stop_at = 2 }, &(struct options){
	      .epochs = 3, .seed = 1 }) == ERROR_STOPPED);
	CHECK(run_plain(&o) == 0 && strstr(said, "is already"));
	CHECK(file_exists(checkpoint));
}

static void restarted(void)
{
	struct options o = { .epochs = 2, .seed = 2, .restart = 1 };
	struct toy t = {0};

	leave_checkpoint(3);
	CHECK(toy_run(&t, &o) == 0 && t.steps_taken == 10);
	CHECK(!file_exists(checkpoint));
	/* also of what is made, or would be resumed */
	t = (struct toy){0};
	CHECK(toy_run(&t, &o) == 0 && t.steps_taken == 10);
	leave_checkpoint(3);
	o.seed = 1;
	t = (struct toy){0};
	CHECK(toy_run(&t, &o) == 0 && t.steps_taken == 10);
}

/* The number of epochs may change where no step depends on it. */
static void lengths(void)
{
	struct options o = { .epochs = 4, .seed = 1, .any_length = 1 };
	struct toy t = {0};

	leave_checkpoint(8);
	CHECK(toy_run(&t, &o) == 0 && t.steps_taken == 12);
	CHECK(made_sum() == 210);
	leave_checkpoint(8);
	o.epochs = 1;
	CHECK(run_plain(&o) == ERROR_USAGE);
	CHECK(strstr(err.text, "is of 1.60 epochs, more than the 1 of this"));
	CHECK(file_exists(checkpoint));
}

/* A file of `format` as another version or hand would have left it. */
static void write_file(const char *path, const char *format, const char *run,
		       const char *step)
{
	struct error e = {0};
	struct st_writer *w = st_create(path, format, &e);
	uint64_t sum = 6;

	if (run)
		CHECK(st_put_meta(w, "run", run, &e) == 0);
	if (step)
		CHECK(st_put_meta(w, "step", step, &e) == 0);
	CHECK(st_put(w, "sum", ST_U64, 1, (uint64_t[]){ 1 }, &sum, &e) == 0);
	CHECK(st_commit(w, &e) == 0);
}

static void other_versions(void)
{
	static const char *const runs[] = {
		NULL, "", "posts 0123 loss 0 epochs 2",
		"numerics=0 --epochs=2 --seed=1 posts=0000000000000abc",
		"numerics=1000 --epochs=2 --seed=1 posts=0000000000000abc",
	};
	const struct options o = { .epochs = 2, .seed = 1 };
	struct toy t;

	for (size_t i = 0; i < ARRAY_LEN(runs); i++) {
		unlink(out);
		write_file(checkpoint, "seesay toy checkpoint", runs[i], "3");
		CHECK(run_plain(&o) == ERROR_USAGE);
		CHECK(strstr(err.text, "was made by another version"));
		CHECK(strstr(err.hint, "--restart"));
		unlink(checkpoint);
		write_file(out, "seesay toy", runs[i], NULL);
		t = (struct toy){0};
		CHECK(toy_run(&t, &o) == 0 && t.steps_taken == 10);
		CHECK(strstr(said, "was made by another version"));
		CHECK(made_sum() == 55);
	}
	unlink(out);
}

/* A step that this run cannot have come to. */
static void steps_read(void)
{
	static const char *const steps[] = {
		NULL, "", "0", "-1", " 3", "3 ", "3x", "1e1", "0x3",
		"18446744073709551615", "99999999999999999999999",
	};
	const struct options o = { .epochs = 2, .seed = 1 };
	char run[200];

	snprintf(run, sizeof(run), "numerics=%d --epochs=2 --seed=1 "
		 "posts=0000000000000abc", NUMERICS_VERSION);
	for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
		write_file(checkpoint, "seesay toy checkpoint", run, steps[i]);
		CHECK(run_plain(&o) == ERROR_DATA);
		CHECK(strstr(err.text, "its step is") && !file_exists(out));
	}
	write_file(checkpoint, "seesay toy checkpoint", run, "11");
	CHECK(run_plain(&o) == ERROR_USAGE && !file_exists(out));
	write_file(checkpoint, "seesay toy checkpoint", run, "3");
	CHECK(run_plain(&o) == 0 && made_sum() == 55);
	unlink(out);
}

/* A bit that fell over is no state of this run. */
static void damaged(void)
{
	const struct options o = { .epochs = 2, .seed = 1 };
	FILE *f;

	leave_checkpoint(3);
	f = fopen(checkpoint, "r+b");
	if (!CHECK(f && fseek(f, -1, SEEK_END) == 0))
		return;
	fputc(1, f);
	fclose(f);
	CHECK(run_plain(&o) == ERROR_DATA && !file_exists(out));
	CHECK(strstr(err.text, "cannot resume: ") &&
	      strstr(err.text, "is damaged"));
	CHECK(file_exists(checkpoint));
	unlink(checkpoint);
}

/* No file, and the last checkpoint, of a state that was good. */
static void broken(void)
{
	const struct options o = { .epochs = 2, .seed = 1 };
	struct toy t = { .break_at = 7 };

	CHECK(toy_run(&t, &o) == ERROR_FAILED && !file_exists(out));
	CHECK(strcmp(err.text, "training diverged in epoch 2: the toy is in "
		     "two") == 0);
	CHECK(strstr(err.hint, "--rate") && !strstr(err.hint, "checkpoint"));
	leave_checkpoint(3);
	t = (struct toy){ .break_at = 7 };
	CHECK(toy_run(&t, &o) == ERROR_FAILED && !file_exists(out));
	CHECK(strstr(err.hint, "has the last good state"));
	CHECK(file_exists(checkpoint));
	/* looked at after an epoch, and before it is saved */
	t = (struct toy){ .bad_at = 4 };
	unlink(checkpoint);
	CHECK(toy_run(&t, &o) == ERROR_FAILED && t.steps_taken == 5);
	CHECK(strcmp(err.text, "training diverged in epoch 1: the toy is "
		     "bent") == 0);
	t = (struct toy){ .bad_at = 2, .stop_at = 3 };
	CHECK(toy_run(&t, &o) == ERROR_FAILED && t.steps_taken == 3);
	CHECK(!file_exists(checkpoint));
	leave_checkpoint(3);
	/* what nobody could read is not there */
	t = (struct toy){ .bad_file = 1 };
	CHECK(toy_run(&t, &o) == ERROR_FAILED && !file_exists(out));
	CHECK(strstr(err.text, "training diverged in epoch 2: ") &&
	      strstr(err.text, "is a bad toy"));
	CHECK(file_exists(checkpoint));
	t = (struct toy){0};
	CHECK(toy_run(&t, &o) == 0 && t.steps_taken == 7);
}

static void differences(void)
{
	struct identity id = {0};
	struct buf b = {0};
	char other[200];

	snprintf(other, sizeof(other), "numerics=%d --loss=triplet --rate=0.1 "
		 "posts=00000000000000ff --margin=2", NUMERICS_VERSION);
	identity_text(&id, "--loss", "regress", &err);
	identity_real(&id, "--rate", 0.1f, &err);
	identity_real(&id, "--decay", 1 / 3.0f, &err);
	identity_sum(&id, "posts", 7, &err);
	identity_sum(&id, "--init", 8, &err);
	CHECK(strstr(id.line.data, " --rate=0.1 --decay=0.33333334 posts="));
	CHECK(identity_compare(&id, id.line.data, NULL) == IDENTITY_SAME);
	CHECK(identity_compare(&id, NULL, NULL) == IDENTITY_VERSION);
	/* an item more, an item less */
	b.bytes = 0;
	buf_addf(&b, &err, "%s --more=1", id.line.data);
	CHECK(identity_compare(&id, b.data, NULL) == IDENTITY_OTHER);
	CHECK(identity_compare(&id, b.data, "--more") == IDENTITY_SAME);
	*strrchr(b.data, ' ') = 0;
	*strrchr(b.data, ' ') = 0;
	CHECK(identity_compare(&id, b.data, NULL) == IDENTITY_OTHER);
	buf_free(&b);
	CHECK(identity_compare(&id, other, NULL) == IDENTITY_OTHER);
	CHECK(identity_differences(&id, other, "--decay", &b, &err) == 0);
	CHECK(strcmp(b.data, "--loss triplet there, regress here; other posts;"
		     " there without --init; --margin 2 only there") == 0);
	buf_free(&b);
	identity_free(&id);
}

static void schedules(void)
{
	static const float step[8] = { 1, 1, 1, 1, 0.1f, 0.1f, 0.01f, 0.01f };
	const struct schedule_settings steps = { .kind = SCHEDULE_STEP,
						 .factor = 0.1f };
	const struct schedule_settings poly = { .kind = SCHEDULE_POLY,
						.power = 1 };

	for (uint64_t i = 0; i < 8; i++) {
		float rate = schedule_rate(&steps, 1, i, 8);

		CHECK(fabsf(rate - step[i]) < 1e-6f);
		CHECK(schedule_rate(&poly, 8, i, 8) == 8 - (float)i);
	}
}

int main(void)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(folder, sizeof(folder), "%.150s/seesay-run.XXXXXX",
		 tmp && *tmp ? tmp : "/tmp");
	if (!CHECK(mkdtemp(folder) != NULL))
		return test_end("run");
	snprintf(out, sizeof(out), "%s/toy", folder);
	snprintf(checkpoint, sizeof(checkpoint), "%s.checkpoint", out);
	snprintf(best, sizeof(best), "%s.best", out);
	whole_and_in_parts();
	validations();
	best_lost();
	other_options();
	restarted();
	lengths();
	unlink(checkpoint);
	other_versions();
	steps_read();
	damaged();
	broken();
	differences();
	schedules();
	unlink(out), unlink(checkpoint);
	CHECK(rmdir(folder) == 0);
	return test_end("run");
}
