/*
 * training.h - what must hold for every text model: the same bytes on all
 * tables and thread counts, going on after a stop at any step, and the golden
 * number.  On top of topics.h; the options say which model, o.out is set here.
 */
#ifndef TRAINING_H
#define TRAINING_H

#include "base/hash.h"
#include "stopping.h"
#include "golden.h"
#include "test.h"
#include "text/models/train.h"
#include "topics.h"

static inline uint64_t file_sum(const char *path)
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

/* Of the tensors alone: metadata is no result. */
static inline uint64_t tensors_sum(const char *path)
{
	struct error e = {0};
	struct st_file *f = st_open(path, NULL, &e);
	uint64_t sum = f && st_verify(f, &e) == 0 ? st_sum(f) : 0;

	st_close(f);
	return sum;
}

static inline int train_on(const struct text_source *source,
			   struct train_options o, const char *out,
			   const char *kernels, int threads, struct error *e)
{
	struct machine m;
	int code;

	o.out = out;
	if (machine_open(&m, kernels, threads, e) < 0)
		return e->code;
	m.talk = &stopping;
	code = train_words(source, &o, &m, e);
	machine_close(&m);
	return code;
}

/* Returns the checksum of the words file, which is left in "a". */
static inline uint64_t check_same_bytes(const struct train_options *o)
{
	static const int threads[] = { 1, 2, 3, 8 };
	struct error e = {0};
	uint64_t want;

	CHECK(train_on(&corpus, *o, path_of("a"), "scalar", 1, &e) == 0);
	want = file_sum(path_of("a"));
	CHECK(want != 0);
	for (const struct kernels *const *k = kernels_list(); *k; k++)
		for (size_t i = 0; i < ARRAY_LEN(threads); i++) {
			unlink(path_of("b"));
			CHECK(train_on(&corpus, *o, path_of("b"), (*k)->name,
				       threads[i], &e) == 0);
			CHECK(file_sum(path_of("b")) == want);
		}
	CHECK(!file_exists(path_of("b.checkpoint")));
	return want;
}

/* Told to stop from the beginning: each run does one step.  Exit status. */
static inline int train_stopped(const struct train_options *o, const char *out)
{
	struct error e = {0};
	int code;

	stopping_now = 1;
	code = train_on(&corpus, *o, out, NULL, 2, &e);
	stopping_now = 0;
	return -code;
}

/* A run of `steps` that is stopped after each ends with the bytes `want`; one
 * whose checkpoint was cut off does not begin, unless told to start again. */
static inline void check_going_on(const struct train_options *o, int steps,
				  uint64_t want)
{
	struct train_options again = *o;
	struct error e = {0};
	int runs = 0, status;

	do {
		status = train_stopped(o, path_of("parts"));
		runs++;
		if (status == 75)
			CHECK(file_exists(path_of("parts.checkpoint")));
	} while (status == 75 && runs < 1000);
	if (!CHECK(status == 0 && runs == steps))
		fprintf(stderr, "status %d after %d runs\n", status, runs);
	CHECK(file_sum(path_of("parts")) == want);
	CHECK(!file_exists(path_of("parts.checkpoint")));
	CHECK(train_stopped(o, path_of("cut")) == 75);
	CHECK(truncate(path_of("cut.checkpoint"), 500) == 0);
	CHECK(train_on(&corpus, *o, path_of("cut"), NULL, 1, &e) ==
	      ERROR_DATA);
	CHECK(strstr(e.text, "truncated") && strstr(e.hint, "--restart"));
	error_clear(&e);
	again.restart = 1;
	CHECK(train_on(&corpus, again, path_of("cut"), NULL, 1, &e) == 0);
	CHECK(file_sum(path_of("cut")) == want);
}

#endif
