/*
 * test_glove.c - training: a step against plain arithmetic in both forms, the
 * same bytes on all tables, thread counts and memory limits, going on after a
 * stop and from a words file.
 */
#include <math.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "base/hash.h"
#include "test.h"
#include "text/corpus/cooc.h"
#include "text/models/glove_fit.h"
#include "topics.h"

static uint64_t file_sum(const char *path)
{
	struct error e = {0};
	struct buf b = {0};
	uint64_t sum;

	if (file_read(&b, path, SIZE_MAX / 4, &e) < 0)
		return 0;
	sum = hash64(b.data, b.bytes, 0);
	buf_free(&b);
	return sum;
}

/* ---- the numbers --------------------------------------------------------- */

static struct machine machine;

/* Words 0 and 1 with X between them, and (same) word 1 with itself, in blocks
 * for `words`. */
static struct pairs *pairs_few(size_t blocks, float x, int same)
{
	struct error e = {0};
	struct pairs *p = pairs_new(blocks, SIZE_MAX, NULL, NULL, &e);
	uint32_t *ends = mem_new(blocks * blocks, sizeof(*ends), &e);
	struct pair list[2] = { { 0, 0, x }, { 0, 0, x } };

	/* larger word 1 of block 1, smaller word 0 of block 0 */
	for (size_t i = blocks; i < blocks * blocks; i++)
		ends[i] = 1;
	for (size_t i = blocks + 1; same && i < blocks * blocks; i++)
		ends[i] = 2;
	CHECK(pairs_put(p, 0, list, ends, &e) == 0);
	mem_free(ends);
	pairs_finish(p);
	return p;
}

static int fit_few(struct glove_fit *f, struct train_options *o, float x,
		   int same)
{
	struct error e = {0};

	return CHECK(glove_fit_open(f, 2, pairs_few(16, x, same), o, &machine,
				    &e) == 0);
}

static void fit_epoch(struct glove_fit *f, int epoch)
{
	struct error e = {0};

	for (size_t step = 0; step < f->steps; step++)
		CHECK(glove_fit_step(f, epoch, step, &e) == 0);
}

/* One pair, trained once, against plain arithmetic in double. */
static void one_step(void)
{
	enum { DIM = 37 };
	struct train_options o;
	double a[DIM], b[DIM], dot = 0, x = 10 / 3.0, error, weight;
	struct glove_fit f;

	options_for(&o, "", 1);
	o.dim = DIM;
	if (!fit_few(&f, &o, (float)x, 0))
		return;
	glove_fit_row(&f, 0, 0)[DIM] = 0.25f;
	glove_fit_row(&f, 0, 1)[DIM] = -0.5f;
	for (int i = 0; i < DIM; i++) {
		a[i] = (double)glove_fit_row(&f, 0, 0)[i];
		b[i] = (double)glove_fit_row(&f, 0, 1)[i];
		dot += a[i] * b[i];
		CHECK(fabs(a[i]) <= 0.5 / DIM &&
		      glove_fit_roots(&f, 0, 0)[i] == 1);
	}
	weight = pow(x / 100, 0.75);
	error = weight * (dot + 0.25 - 0.5 - log(x));
	fit_epoch(&f, 0);
	for (int i = 0; i < DIM; i++) {
		double da = error * b[i], db = error * a[i];

		CHECK(fabs((double)glove_fit_row(&f, 0, 0)[i] -
			   (a[i] - 0.05 * da)) < 1e-8);
		CHECK(fabs((double)glove_fit_row(&f, 0, 1)[i] -
			   (b[i] - 0.05 * db)) < 1e-8);
		CHECK(fabs((double)glove_fit_roots(&f, 0, 0)[i] -
			   1 / sqrt(1 + da * da)) < 2e-7);
	}
	CHECK(fabs((double)glove_fit_row(&f, 0, 0)[DIM] - 0.25 + 0.05 * error) <
	      1e-7);
	CHECK(fabs((double)glove_fit_row(&f, 0, 1)[DIM] + 0.5 + 0.05 * error) <
	      1e-7);
	CHECK(fabs((double)glove_fit_roots(&f, 0, 1)[DIM] -
		   1 / sqrt(1 + error * error)) < 3e-7);
	CHECK(fabs(glove_fit_loss(&f) - error * error / weight / 2) < 1e-6);
	CHECK(glove_fit_check(&f) == 2);
	glove_fit_row(&f, 0, 1)[3] = NAN;
	CHECK(glove_fit_check(&f) == 1);
	glove_fit_close(&f);
}

/* An error beyond the clip moves the bias by rate * clip, no more. */
static void clipped_step(void)
{
	struct train_options o;
	struct glove_fit f;

	options_for(&o, "", 1);
	o.dim = 3;
	o.clip = 0.5f;
	if (!fit_few(&f, &o, 5000, 0))
		return;
	CHECK(f.done[f.steps] == 1);
	fit_epoch(&f, 0);
	CHECK(glove_fit_row(&f, 0, 0)[3] == fmaf(0.05f, 0.5f, 0));
	CHECK(glove_fit_row(&f, 0, 1)[3] == fmaf(0.05f, 0.5f, 0));
	glove_fit_close(&f);
}

/* ---- Stanford's form, as its glove.c has it, in double ------------------- */

enum { S_DIM = 18 };

struct plain {
	double w[2][2][S_DIM + 1], g[2][2][S_DIM + 1];	/* table, word */
	double cost;
};

static void plain_start(struct plain *s, const struct glove_fit *f)
{
	s->cost = 0;
	for (size_t t = 0; t < 2; t++)
		for (size_t word = 0; word < 2; word++)
			for (int i = 0; i <= S_DIM; i++) {
				s->w[t][word][i] =
					(double)glove_fit_row(f, t, word)[i];
				s->g[t][word][i] = 1;
			}
}

static double plain_clip(double x, double limit)
{
	return fmin(fmax(x, -limit), limit);
}

static void plain_step(struct plain *s, int word1, int word2, double x,
		       double limit)
{
	double *a = s->w[0][word1], *b = s->w[1][word2];
	double *ga = s->g[0][word1], *gb = s->g[1][word2];
	double diff = a[S_DIM] + b[S_DIM] - log(x), f;

	for (int i = 0; i < S_DIM; i++)
		diff += a[i] * b[i];
	f = x > 100 ? diff : pow(x / 100, 0.75) * diff;
	s->cost += 0.5 * f * diff;
	for (int i = 0; i < S_DIM; i++) {
		double ta = plain_clip(f * b[i], limit) * 0.05;
		double tb = plain_clip(f * a[i], limit) * 0.05;

		a[i] -= ta / sqrt(ga[i]);
		b[i] -= tb / sqrt(gb[i]);
		ga[i] += ta * ta;
		gb[i] += tb * tb;
	}
	a[S_DIM] -= f / sqrt(ga[S_DIM]);
	b[S_DIM] -= f / sqrt(gb[S_DIM]);
	ga[S_DIM] += f * f;
	gb[S_DIM] += f * f;
}

/* Twelve epochs of (1, 1), then (0, 1) and (1, 0): in this order, since the
 * first is in round 0, the others are in rounds 1 and 15.  Large X, so that
 * steps are large and roots are drawn. */
static void two_tables(float x, float limit)
{
	struct train_options o;
	struct plain s;
	struct glove_fit f;

	options_for(&o, "", 1);
	o.dim = S_DIM;
	o.two_tables = 1;
	o.clip = limit;
	if (!fit_few(&f, &o, x, 1))
		return;
	CHECK(f.done[f.steps] == 3 && f.groups == 16);
	plain_start(&s, &f);
	CHECK(s.w[0][0][S_DIM] != 0 && s.w[0][0][0] != s.w[1][0][0]);
	for (int epoch = 0; epoch < 12; epoch++) {
		s.cost = 0;
		plain_step(&s, 1, 1, (double)x, (double)limit);
		plain_step(&s, 0, 1, (double)x, (double)limit);
		plain_step(&s, 1, 0, (double)x, (double)limit);
		fit_epoch(&f, epoch);
		CHECK(fabs(glove_fit_loss(&f) - s.cost / 3) <=
		      1e-5 * (1 + s.cost));
	}
	for (size_t t = 0; t < 2; t++)
		for (size_t word = 0; word < 2; word++)
			for (int i = 0; i <= S_DIM; i++) {
				CHECK(fabs((double)glove_fit_row(&f, t,
								 word)[i] -
					   s.w[t][word][i]) < 1e-5);
				CHECK(fabs((double)glove_fit_roots(&f, t,
								   word)[i] *
						   sqrt(s.g[t][word][i]) -
					   1) < 1e-5);
			}
	glove_fit_close(&f);
}

/* The roots after many steps of all sizes. */
static void roots_stay_right(void)
{
	enum { STEPS = 20000 };
	struct glove_rule rule = { .n = 1, .half = 16, .scale = 1, .rate = 0,
				   .clip = INFINITY, .part = INFINITY };
	float rows[2][32] = { { 1, 0 }, { 1, 0 } }, *a = rows[0], *b = rows[1];
	double square = 1, loss = 0;

	rows[0][16] = rows[1][16] = rows[0][17] = rows[1][17] = 1;
	for (uint64_t i = 0; i < STEPS; i++) {
		float log_x = 1 - rng_uniform(3, 1, i) *
			      (rng_below(3, 2, i, 50) ? 1.0f : 30.0f);
		float weight = 1;
		double e = (double)(1 - log_x);

		machine.kernels->glove(&loss, &a, &b, &log_x, &weight, 1,
				       &rule);
		square += e * e;
	}
	CHECK(fabs((double)rows[0][16] * sqrt(square) - 1) < 1e-5);
	CHECK(fabs((double)rows[1][17] * sqrt(square) - 1) < 1e-5);
	CHECK(rows[0][0] == 1 && square > 1e4);
}

/* ---- order --------------------------------------------------------------- */

enum { MANY = 300, MANY_BLOCKS = 128 };

static unsigned char seen[MANY][MANY];
static const struct glove_fit *seen_by;

/* In place of kernels->glove. */
static void see(double *loss, float *const *a, float *const *b,
		const float *log_x, const float *weight, size_t pairs,
		const struct glove_rule *s)
{
	const struct glove_fit *f = seen_by;
	const float *columns = glove_fit_row(f, f->tables - 1, 0);

	(void)s;
	for (size_t i = 0; i < pairs; i++) {
		size_t p = (size_t)(a[i] - f->rows) / f->stride;
		size_t q = (size_t)(b[i] - columns) / f->stride;

		if (f->tables == 1 && p > q)
			seen[q][p]++;
		else
			seen[p][q]++;
		/* X is p + q + 1 */
		CHECK(fabs(exp((double)log_x[i]) - (double)(p + q + 1)) < 1e-2);
		CHECK(weight[i] > 0 && weight[i] <= 1);
	}
	*loss += (double)pairs;
}

/* Part P of rows, Q of columns: word Q of each pair is the smaller one. */
static size_t part_fill(struct pair *list, size_t P, size_t Q, size_t blocks,
			int same)
{
	size_t n = 0;

	for (size_t w = P; w < MANY; w += blocks)
		for (size_t v = Q; v < w + (size_t)same && v < MANY;
		     v += blocks) {
			uint16_t large = (uint16_t)(w / blocks);
			uint16_t small = (uint16_t)(v / blocks);

			list[n++] = P < Q ?
				(struct pair){ large, small,
					       (float)(w + v + 1) } :
				(struct pair){ small, large,
					       (float)(w + v + 1) };
		}
	return n;
}

static struct pairs *pairs_all(size_t blocks, int same)
{
	static struct pair list[MANY * MANY];
	static uint32_t ends[MANY_BLOCKS * MANY_BLOCKS];
	struct error e = {0};
	struct pairs *p = pairs_new(blocks, SIZE_MAX, NULL, NULL, &e);
	size_t n = 0;

	for (size_t P = 0; P < blocks; P++)
		for (size_t Q = 0; Q < blocks; Q++) {
			n += part_fill(list + n, P, Q, blocks, same);
			ends[P * blocks + Q] = (uint32_t)n;
		}
	CHECK(pairs_put(p, 0, list, ends, &e) == 0);
	pairs_finish(p);
	return p;
}

/* An epoch trains every pair once, or both ways. */
static void all_pairs(size_t blocks, size_t passes, int two)
{
	struct kernels kernels = *machine.kernels;
	struct machine m = { .kernels = &kernels };
	struct train_options o;
	struct error e = {0};
	struct glove_fit f;

	options_for(&o, "", 1);
	o.two_tables = two;
	kernels.glove = see;
	if (!CHECK(glove_fit_open(&f, MANY, pairs_all(blocks, two), &o, &m,
				  &e) == 0))
		return;
	CHECK(f.groups == MAX(16, blocks / 4));
	CHECK(f.passes == passes && f.steps == f.groups * passes);
	CHECK(f.done[f.steps] ==
	      (two ? MANY * MANY : MANY * (MANY - 1) / 2));
	memset(seen, 0, sizeof(seen));
	seen_by = &f;
	for (int epoch = 1; epoch < 3; epoch++) {
		fit_epoch(&f, epoch);
		CHECK(glove_fit_loss(&f) == 0.5);
		for (size_t p = 0; p < MANY; p++)
			for (size_t q = 0; q < MANY; q++)
				CHECK(seen[p][q] == (two || p < q ? epoch : 0));
	}
	glove_fit_close(&f);
}

static void block_numbers(void)
{
	struct train_options o;

	options_for(&o, "", 1);
	o.dim = 100;
	CHECK(glove_fit_blocks(10, &o) == 16 &&
	      glove_fit_blocks(7000, &o) == 16);
	CHECK(glove_fit_blocks(70000, &o) == 256);
	CHECK(glove_fit_blocks(10000000, &o) == PAIRS_MAX_BLOCKS);
	o.dim = 300;
	CHECK(glove_fit_blocks(7000, &o) == 64 &&
	      glove_fit_blocks(23000, &o) == 128);
}

/* ---- the same bytes ------------------------------------------------------ */

static int train_form(const char *out, const char *kernels, int threads,
		      int two, uint64_t memory)
{
	struct train_options o;
	struct error e = {0};
	struct machine m;
	int code;

	options_for(&o, out, 3);
	o.two_tables = two;
	o.memory_bytes = memory;
	if (machine_open(&m, kernels, threads, &e) < 0)
		return e.code;
	code = train_words(&corpus, &o, &m, &e);
	machine_close(&m);
	return code;
}

static void same_bytes(int two)
{
	static const int threads[] = { 1, 2, 3, 8 };
	uint64_t want, large = UINT64_C(4) << 30;

	CHECK(train_form(path_of("a"), "scalar", 1, two, large) == 0);
	want = file_sum(path_of("a"));
	CHECK(want != 0);
	for (const struct kernels *const *k = kernels_list(); *k; k++)
		for (size_t i = 0; i < ARRAY_LEN(threads); i++) {
			unlink(path_of("b"));
			CHECK(train_form(path_of("b"), (*k)->name, threads[i],
					 two, i & 1 ? large : 1 << 20) == 0);
			CHECK(file_sum(path_of("b")) == want);
		}
	CHECK(!file_exists(path_of("b.checkpoint")));
}

/* ---- going on ------------------------------------------------------------ */

/* Told to stop from the beginning: each run does one round.  Exit status. */
static int train_stopped(const char *out, int epochs)
{
	struct error e = {0};
	int code;

	stopping_now = 1;
	code = train(out, epochs, NULL, 2, &e);
	stopping_now = 0;
	return -code;
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
	} while (status == 75 && runs < 200);
	CHECK(status == 0 && runs == 2 * 16);
	CHECK(file_sum(path_of("whole")) == file_sum(path_of("parts")));
	CHECK(!file_exists(path_of("parts.checkpoint")));
	/* a later end than the one that was asked for at first */
	unlink(path_of("parts"));
	CHECK(train_stopped(path_of("parts"), 1) == 75);
	CHECK(train(path_of("parts"), 2, NULL, 1, &e) == 0);
	CHECK(file_sum(path_of("whole")) == file_sum(path_of("parts")));
}

/* `restart` with other options than the checkpoint's. */
static int train_anyway(const char *out, int restart, struct error *e)
{
	struct machine m = { .kernels = kernels_find(NULL) };
	struct train_options o;

	options_for(&o, out, 2);
	o.restart = restart;
	return train_words(&corpus, &o, &m, e);
}

/* Broken checkpoints are refused and stay. */
static void other_checkpoints(void)
{
	struct error e = {0};
	uint64_t want = file_sum(path_of("whole")), kept;
	FILE *f;

	CHECK(train_stopped(path_of("x"), 2) == 75);
	CHECK(rename(path_of("x.checkpoint"), path_of("y.checkpoint")) == 0);
	CHECK(truncate(path_of("y.checkpoint"), 5000) == 0);
	kept = file_sum(path_of("y.checkpoint"));
	CHECK(train_anyway(path_of("y"), 0, &e) == ERROR_DATA);
	CHECK(strstr(e.text, "is truncated") && strstr(e.hint, "--restart"));
	error_clear(&e);
	CHECK(file_sum(path_of("y.checkpoint")) == kept);
	CHECK(train_anyway(path_of("y"), 1, &e) == 0);
	CHECK(file_sum(path_of("y")) == want);
	f = fopen(path_of("z.checkpoint"), "w");
	if (CHECK(f != NULL)) {
		fputs("not a checkpoint", f);
		fclose(f);
	}
	CHECK(train_anyway(path_of("z"), 0, &e) == ERROR_DATA);
	error_clear(&e);
	CHECK(train_anyway(path_of("z"), 1, &e) == 0);
	CHECK(file_sum(path_of("z")) == want);
	/* more epochs done than asked for */
	CHECK(train_stopped(path_of("v"), 1) == 75);
	for (int i = 0; i < 20; i++)
		CHECK(train_stopped(path_of("v"), 2) == 75);
	CHECK(train(path_of("v"), 1, NULL, 1, &e) == ERROR_USAGE);
	CHECK(strstr(e.text, "more than the 1 of this run"));
}

static void other_options(void)
{
	struct error e = {0};
	struct train_options o;
	struct machine m = { .kernels = kernels_find(NULL) };

	CHECK(train_stopped(path_of("seeds"), 2) == 75);
	options_for(&o, path_of("seeds"), 2);
	o.seed = 2;
	CHECK(train_words(&corpus, &o, &m, &e) == ERROR_USAGE);
	CHECK(strstr(e.text, "is of another run: --seed 1 there, 2 here"));
	error_clear(&e);
	CHECK(!file_exists(path_of("seeds")));
	CHECK(unlink(path_of("seeds.checkpoint")) == 0);
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
	CHECK(strstr(e.text, "training diverged in epoch"));
	CHECK(file_sum(path_of("seeds")) == file_sum(path_of("clean")));
}

/* ---- from a words file --------------------------------------------------- */

static struct str other_caption(const void *context, size_t i)
{
	(void)context;
	return str_of(i % 2 ? "t1w1 t1w2 fresh t1w3" : "t2w1 newer fresh");
}

static const struct text_source other = { 40, other_caption, NULL, 9 };

static int words_open(struct words *w, struct st_file **f, const char *path)
{
	struct error e = {0};

	*f = st_open(path, WORDS_FORMAT, &e);
	return CHECK(*f && words_load(w, *f, "", &e) == 0);
}

static int rows_differ(const struct words *a, const struct words *b,
		       const char *word, double least)
{
	uint32_t i = words_find(a, str_of(word)), j;
	double most = 0;

	j = words_find(b, str_of(word));
	if (!CHECK(i != WORDS_NONE && j != WORDS_NONE))
		return 0;
	for (size_t d = 0; d < a->dim; d++)
		most = fmax(most, fabs((double)(words_vector(a, i)[d] -
						words_vector(b, j)[d])));
	return most > least;
}

/* Old words that are gone keep their row, known ones move on from theirs. */
static void from_words(int two)
{
	struct machine m = { .kernels = kernels_find(NULL) };
	struct error e = {0};
	struct train_options o;
	struct words old, new;
	struct st_file *files[2];

	CHECK(train_form(path_of("old"), NULL, 1, two, 1 << 30) == 0);
	options_for(&o, path_of("new"), 1);
	o.two_tables = two;
	o.init = path_of("old");
	o.rate = 1e-5f;
	CHECK(train_words(&other, &o, &m, &e) == 0);
	if (!words_open(&old, &files[0], path_of("old")) ||
	    !words_open(&new, &files[1], path_of("new")))
		return;
	CHECK(old.count == VOCABULARY && new.count == VOCABULARY + 2);
	CHECK(new.occurrences[words_find(&new, str_of("fresh"))] == 40);
	CHECK(new.occurrences[words_find(&new, str_of("t5w5"))] == 0);
	/* a sum of two may round once more */
	CHECK(!rows_differ(&old, &new, "t5w5", two ? 1e-7 : 0));
	CHECK(!rows_differ(&old, &new, "t1w1", 1e-3));
	CHECK(rows_differ(&old, &new, "t1w1", two ? 1e-7 : 0));
	/* a row that nothing moves is of the table that it was of */
	for (size_t d = 0; two && d < old.dim; d++) {
		uint32_t i = words_find(&old, str_of("t5w5"));
		uint32_t j = words_find(&new, str_of("t5w5"));
		const float *was = st_find(files[0], "context")->data;
		const float *is = st_find(files[1], "context")->data;

		CHECK(was[i * old.dim + d] == is[j * new.dim + d]);
	}
	words_free(&old);
	words_free(&new);
	st_close(files[0]);
	st_close(files[1]);
	o.dim = 21;
	CHECK(train_words(&other, &o, &m, &e) == ERROR_USAGE);
	CHECK(strstr(e.text, "has 20 dimensions"));
}

int main(void)
{
	machine.kernels = kernels_find(NULL);
	if (topics_open() < 0)
		return 1;
	one_step();
	clipped_step();
	two_tables(30, 100);
	two_tables(5000, 0.05f);
	roots_stay_right();
	all_pairs(MANY_BLOCKS, 1, 0);
	all_pairs(MANY_BLOCKS, 1, 1);
	all_pairs(64, 2, 0);
	all_pairs(64, 2, 1);
	all_pairs(16, 4, 1);
	block_numbers();
	same_bytes(0);
	same_bytes(1);
	going_on();
	other_checkpoints();
	other_options();
	from_words(0);
	from_words(1);
	topics_close();
	return test_end("glove");
}
