/*
 * test_rate.c - the rate of a corpus in its order: by words or by captions,
 * whichever is less far.
 */
#include "test.h"
#include "text/models/rate.h"

#include <math.h>

enum { MOST = 200000 };

static uint32_t tokens[MOST];
static size_t token_count;

static void captions(size_t count, size_t words)
{
	for (size_t i = 0; i < count; i++) {
		for (size_t j = 0; j < words; j++)
			tokens[token_count++] = 0;
		tokens[token_count++] = VOCAB_END;
	}
}

static struct rate opened(int epochs)
{
	struct vocab v = { .count = 1, .tokens = tokens,
			   .token_count = token_count };
	struct train_options o = { .rate = 1, .rate_end = 0,
				   .epochs = epochs };
	struct error e = {0};
	struct rate r;

	CHECK(rate_open(&r, &v, &o, &e) == 0);
	return r;
}

static double done(const struct rate *r, uint64_t epoch, size_t at)
{
	return 1 - (double)rate_at(r, epoch, at);
}

/* It never rises, and ends at rate_end. */
static void falls(const struct rate *r, int epochs)
{
	float last = rate_at(r, 0, 0);

	CHECK(last == 1);
	for (int i = 0; i < epochs; i++)
		for (size_t at = 0; at < token_count; at += 97) {
			float now = rate_at(r, (uint64_t)i, at);

			CHECK(now <= last);
			last = now;
		}
	CHECK(rate_at(r, (uint64_t)epochs - 1, token_count) == 0);
}

static void alike(void)
{
	struct rate r;

	token_count = 0;
	captions(5000, 9);
	r = opened(2);
	falls(&r, 2);
	for (size_t at = 0; at < token_count; at += 1000)
		CHECK(fabs(done(&r, 1, at) - 0.5 - (double)at /
			   (double)token_count / 2) < 1e-3);
}

static void mixed(void)
{
	struct rate r;

	token_count = 0;
	captions(10, 4999);
	captions(5000, 9);
	r = opened(1);
	falls(&r, 1);
	/* half of the words, 10 of 5,010 captions */
	CHECK(fabs(done(&r, 0, 50000) - 10 / 5010.0) < 1e-3);
	CHECK(fabs(done(&r, 0, 75000) - 2510 / 5010.0) < 1e-3);

	token_count = 0;
	captions(5000, 9);
	captions(10, 4999);
	r = opened(1);
	falls(&r, 1);
	/* nearly all captions, half of the words */
	CHECK(fabs(done(&r, 0, 50000) - 0.5) < 1e-6);
	CHECK(fabs(done(&r, 0, 75000) - 0.75) < 1e-6);
}

/* A corpus that is one line is told by its words; a line of one word more than
 * RATE_CAPTION is two captions, one without words none. */
static void one_line(void)
{
	struct rate r;

	token_count = 0;
	captions(1, 19 * RATE_CAPTION);
	r = opened(1);
	falls(&r, 1);
	CHECK(fabs(done(&r, 0, token_count / 2) - 0.5) < 1.0 / 19);

	token_count = 0;
	captions(1, RATE_CAPTION + 1);
	captions(7, 0);
	captions(2, 1);
	r = opened(1);
	CHECK(r.mark[RATE_MARKS] == 4);

	token_count = 0;
	captions(3, 0);
	r = opened(1);
	CHECK(rate_at(&r, 0, 2) == 1);
}

int main(void)
{
	alike();
	mixed();
	one_line();
	return test_end("rate");
}
