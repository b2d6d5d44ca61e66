/*
 * test_glove.c - training: a step against plain arithmetic, the same bytes on
 * all tables and thread counts, and going on after a stop.
 */
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/stop.h"
#include "base/sum.h"
#include "test.h"
#include "text/fit.h"
#include "topics.h"

static uint64_t file_sum(const char *path)
{
	struct error e = {0};
	struct buf b = {0};
	uint64_t sum;

	if (file_read(&b, path, SIZE_MAX / 4, &e) < 0)
		return 0;
	sum = sum64(b.data, b.bytes, 0);
	buf_free(&b);
	return sum;
}

/* ---- the numbers --------------------------------------------------------- */

/* One pair, trained once, against plain arithmetic in double. */
static void one_step(void)
{
	enum { DIM = 37 };
	struct train_options o;
	struct machine m = { .kernels = kernels_find(NULL) };
	struct error e = {0};
	struct cooc c = { .unit = 2520, .count = 1 };
	double a[DIM], b[DIM], dot = 0, x = 3 * 2520.0 + 840, error, weight;
	struct fit f;

	options_for(&o, "", 1);
	o.dim = DIM;
	c.part[0].entries = mem_new(1, sizeof(struct cooc_entry), &e);
	c.part[0].entries[0] = (struct cooc_entry){ cooc_key(0, 1),
						    3 * 2520 + 840 };
	c.part[0].count = 1;
	for (int i = 1; i < COOC_BLOCKS; i++)
		c.part[0].ends[i] = 1;
	if (!CHECK(fit_open(&f, 2, &c, &o, &m, &e) == 0))
		return;
	*fit_bias(&f, 0) = 0.25f;
	*fit_bias(&f, 1) = -0.5f;
	for (int i = 0; i < DIM; i++) {
		a[i] = (double)fit_vector(&f, 0)[i];
		b[i] = (double)fit_vector(&f, 1)[i];
		dot += a[i] * b[i];
		CHECK(fabs(a[i]) <= 0.5 / DIM && fit_squares(&f, 0)[i] == 1);
	}
	x /= 2520;
	weight = pow(x / 100, 0.75);
	error = weight * (dot + 0.25 - 0.5 - log(x));
	for (int round = 0; round < FIT_ROUNDS; round++)
		fit_round(&f, 0, round);
	for (int i = 0; i < DIM; i++) {
		double da = error * b[i], db = error * a[i];

		CHECK(fabs((double)fit_vector(&f, 0)[i] -
			   (a[i] - 0.05 * da)) < 1e-8);
		CHECK(fabs((double)fit_vector(&f, 1)[i] -
			   (b[i] - 0.05 * db)) < 1e-8);
		CHECK(fabs((double)fit_squares(&f, 0)[i] - 1 - da * da) < 2e-7);
	}
	CHECK(fabs((double)*fit_bias(&f, 0) - 0.25 + 0.05 * error) < 1e-7);
	CHECK(fabs((double)*fit_bias(&f, 1) + 0.5 + 0.05 * error) < 1e-7);
	CHECK(fabs((double)*fit_bias_square(&f, 1) - 1 - error * error) < 1e-6);
	CHECK(fabs(fit_loss(&f) - error * error / weight / 2) < 1e-6);
	CHECK(fit_check(&f) == 2);
	fit_vector(&f, 1)[3] = NAN;
	CHECK(fit_check(&f) == 1);
	fit_close(&f);
}

/* An error beyond the clip moves the bias by rate * clip, no more. */
static void clipped_step(void)
{
	struct train_options o;
	struct machine m = { .kernels = kernels_find(NULL) };
	struct error e = {0};
	struct cooc c = { .unit = 1, .count = 1 };
	struct fit f;

	options_for(&o, "", 1);
	o.dim = 3;
	o.clip = 0.5f;
	c.part[1].entries = mem_new(1, sizeof(struct cooc_entry), &e);
	c.part[1].entries[0] = (struct cooc_entry){ cooc_key(1, 17), 5000 };
	c.part[1].count = 1;
	for (int i = 1; i < COOC_BLOCKS; i++)
		c.part[1].ends[i] = 1;
	if (!CHECK(fit_open(&f, 18, &c, &o, &m, &e) == 0))
		return;
	CHECK(f.pairs[0].weight == 1);
	CHECK(fit_round_pairs(&f, 0) == 1 && fit_round_pairs(&f, 1) == 0);
	fit_round(&f, 0, 0);
	CHECK(*fit_bias(&f, 1) == fmaf(0.05f, 0.5f, 0));
	CHECK(*fit_bias(&f, 17) == fmaf(0.05f, 0.5f, 0));
	CHECK(*fit_bias(&f, 0) == 0);
	fit_close(&f);
}

/* Every pair is in one round. */
static void all_rounds(void)
{
	struct train_options o;
	struct machine m = { .kernels = kernels_find(NULL) };
	struct error e = {0};
	struct vocab v;
	struct cooc c;
	struct fit f;
	size_t n = 0;

	options_for(&o, "", 1);
	if (!CHECK(vocab_build(&v, &corpus, &o.clean, 1, &e) == 0) ||
	    !CHECK(cooc_count(&c, &v, 10, 1 << 24, &m, &e) == 0) ||
	    !CHECK(fit_open(&f, v.count, &c, &o, &m, &e) == 0))
		return;
	CHECK(v.count == VOCABULARY);
	for (int round = 0; round < FIT_ROUNDS; round++)
		n += fit_round_pairs(&f, round);
	CHECK(n == f.pair_count && n > 250);
	fit_close(&f);
	vocab_free(&v);
}

static void same_bytes(void)
{
	static const int threads[] = { 1, 2, 3, 8 };
	struct error e = {0};
	uint64_t want;

	CHECK(train(path_of("a"), 3, "scalar", 1, &e) == 0);
	want = file_sum(path_of("a"));
	CHECK(want != 0);
	for (const struct kernels *const *k = kernels_list(); *k; k++)
		for (size_t i = 0; i < ARRAY_LEN(threads); i++) {
			CHECK(train(path_of("b"), 3, (*k)->name, threads[i],
				    &e) == 0);
			CHECK(file_sum(path_of("b")) == want);
		}
	CHECK(!file_exists(path_of("b.checkpoint")));
}

/* ---- going on ------------------------------------------------------------ */

/* In a process that was told to stop: each run does one round. */
static int train_stopped(const char *out, int epochs)
{
	struct error e = {0};
	int status;
	pid_t child = fork();

	if (child == 0) {
		stop_setup();
		raise(SIGTERM);
		_exit(train(out, epochs, NULL, 2, &e) == ERROR_STOPPED ? 75 :
		      e.code == 0 ? 0 : 1);
	}
	if (child < 0 || waitpid(child, &status, 0) != child ||
	    !WIFEXITED(status))
		return -1;
	return WEXITSTATUS(status);
}

static void going_on(void)
{
	struct error e = {0};
	int runs = 0, status;

	CHECK(train(path_of("whole"), 2, NULL, 1, &e) == 0);
	do {
		status = train_stopped(path_of("parts"), 2);
		runs++;
		if (status == 75)
			CHECK(file_exists(path_of("parts.checkpoint")));
	} while (status == 75 && runs < 100);
	CHECK(status == 0 && runs == 2 * FIT_ROUNDS);
	CHECK(file_sum(path_of("whole")) == file_sum(path_of("parts")));
	CHECK(!file_exists(path_of("parts.checkpoint")));
	/* a later end than the one that was asked for at first */
	CHECK(train_stopped(path_of("parts"), 1) == 75);
	CHECK(train(path_of("parts"), 2, NULL, 1, &e) == 0);
	CHECK(file_sum(path_of("whole")) == file_sum(path_of("parts")));
}

/* Checkpoints of other runs and broken ones are left aside. */
static void other_checkpoints(void)
{
	struct error e = {0};
	uint64_t want = file_sum(path_of("whole"));
	FILE *f;

	CHECK(train_stopped(path_of("x"), 2) == 75);
	CHECK(rename(path_of("x.checkpoint"), path_of("y.checkpoint")) == 0);
	CHECK(truncate(path_of("y.checkpoint"), 5000) == 0);
	CHECK(train(path_of("y"), 2, NULL, 1, &e) == 0);
	CHECK(file_sum(path_of("y")) == want);
	f = fopen(path_of("z.checkpoint"), "w");
	if (CHECK(f != NULL)) {
		fputs("not a checkpoint", f);
		fclose(f);
	}
	CHECK(train(path_of("z"), 2, NULL, 1, &e) == 0);
	CHECK(file_sum(path_of("z")) == want);
}

static void other_options(void)
{
	struct error e = {0};
	struct train_options o;
	struct machine m = { .kernels = kernels_find(NULL) };

	CHECK(train_stopped(path_of("seeds"), 2) == 75);
	options_for(&o, path_of("seeds"), 2);
	o.seed = 2;
	CHECK(train_words(&corpus, &o, &m, &e) == 0);
	CHECK(file_sum(path_of("seeds")) != file_sum(path_of("whole")));
	options_for(&o, path_of("clean"), 2);
	o.seed = 2;
	CHECK(train_words(&corpus, &o, &m, &e) == 0);
	CHECK(file_sum(path_of("seeds")) == file_sum(path_of("clean")));
	o.rate = NAN;
	CHECK(train_words(&corpus, &o, &m, &e) == ERROR_USAGE);
	error_clear(&e);
	o.rate = 900;
	o.clip = 1e30f;
	o.epochs = 50;
	CHECK(train_words(&corpus, &o, &m, &e) == ERROR_FAILED);
	CHECK(strstr(e.text, "training broke down in epoch"));
	CHECK(file_sum(path_of("seeds")) == file_sum(path_of("clean")));
}

int main(void)
{
	if (topics_open() < 0)
		return 1;
	one_step();
	clipped_step();
	all_rounds();
	same_bytes();
	going_on();
	other_checkpoints();
	other_options();
	topics_close();
	return test_end("glove");
}
