/*
 * test_cooc.c - counting of pairs against all pairs of positions, the same
 * bytes for any memory, threads and place of the pairs.
 */
#include <stdlib.h>
#include <sys/resource.h>
#include <signal.h>

#include "base/rng.h"
#include "base/hash.h"
#include "test.h"
#include "text/corpus/cooc.h"

enum { WORDS = 300, TOKENS = 6000 };

/* A corpus of numbers: small ones often, captions of 0 to 40 tokens. */
static void corpus_make(struct vocab *v, uint32_t *tokens)
{
	size_t left = 0, caption = 0;

	for (size_t i = 0; i < TOKENS; i++) {
		uint64_t most = rng_below(1, 1, i, WORDS) + 1;

		if (left-- == 0) {
			tokens[i] = VOCAB_END;
			left = (size_t)rng_below(1, 2, caption++, 41);
		} else {
			tokens[i] = (uint32_t)rng_below(1, 3, i, most);
		}
	}
	*v = (struct vocab){ .count = WORDS, .tokens = tokens,
			     .token_count = TOKENS };
}

/* X of all pairs. */
static void brute_force(const struct vocab *v, int window, int same,
			double *x)
{
	double unit = window <= 22 ? 232792560 : 1;	/* lcm(1 .. 22) */

	memset(x, 0, WORDS * WORDS * sizeof(*x));
	for (size_t i = 0; i < v->token_count; i++)
		for (size_t j = i + 1; j <= i + (size_t)window &&
		     j < v->token_count; j++) {
			uint32_t a = v->tokens[i], b = v->tokens[j];

			if (b == VOCAB_END || a == VOCAB_END)
				break;
			if (a != b || same)
				x[MIN(a, b) * WORDS + MAX(a, b)] +=
					(a == b ? 2 : 1) * unit /
					(double)(j - i);
		}
	for (size_t i = 0; i < WORDS * WORDS; i++)
		x[i] /= unit;
}

/* Every pair once with its X, in the order of pairs.h. */
static void bucket_check(const struct pairs *p, size_t P, size_t Q, double *x,
			 double tolerance)
{
	size_t blocks = pairs_blocks(p), bucket = pairs_bucket(p, P, Q);
	size_t count = (size_t)pairs_in(p, bucket), wrong = 0, order = 0;
	struct error e = {0};
	struct pair *list = mem_new(count, sizeof(*list), &e);
	uint64_t last = 0;

	CHECK(pairs_read(p, bucket, list, &e) == 0);
	for (size_t i = 0; i < count; i++) {
		uint64_t a = list[i].p * blocks + P, b = list[i].q * blocks + Q;
		uint64_t large = MAX(a, b), small = MIN(a, b), key;
		double *want = &x[small * WORDS + large];

		if (large >= WORDS) {
			wrong++;
			continue;
		}
		wrong += list[i].x < (float)(*want * (1 - tolerance)) ||
			 list[i].x > (float)(*want * (1 + tolerance));
		wrong += P == Q && a > b;
		*want = 0;
		key = (large % blocks == P ? 0 : UINT64_C(1) << 60) |
		      large << 30 | small;
		order += i && key <= last;
		last = key;
	}
	CHECK(wrong == 0 && order == 0);
	mem_free(list);
}

static void all_check(const struct pairs *p, double *x, double tolerance)
{
	size_t blocks = pairs_blocks(p), left = 0;
	uint64_t count = 0;

	for (size_t P = 0; P < blocks; P++)
		for (size_t Q = P; Q < blocks; Q++) {
			bucket_check(p, P, Q, x, tolerance);
			count += pairs_in(p, pairs_bucket(p, P, Q));
		}
	for (size_t i = 0; i < WORDS * WORDS; i++)
		left += x[i] != 0;
	CHECK(left == 0 && count == pairs_count(p));
}

static void against_definition(const struct vocab *v)
{
	static double x[WORDS * WORDS];
	static const int windows[] = { 1, 2, 5, 10, 15, 22, 23, 63 };

	for (size_t i = 0; i < 2 * ARRAY_LEN(windows); i++) {
		int window = windows[i / 2];
		struct cooc_options o = { .window = window, .blocks = 16,
					  .with_same = i % 2,
					  .memory_bytes = 1 << 20,
					  .keep_bytes = 1 << 20 };
		struct machine m = { .kernels = NULL };
		struct error e = {0};
		struct pairs *p = cooc_pairs(v, &o, &m, &e);

		if (!CHECK(p != NULL))
			return;
		brute_force(v, window, i % 2, x);
		all_check(p, x, window <= 22 ? 0 : 0x1p-23);
		pairs_free(p);
	}
}

static uint64_t pairs_sum(const struct pairs *p)
{
	size_t blocks = pairs_blocks(p);
	uint64_t sum = 0;
	struct error e = {0};

	for (size_t i = 0; i < blocks * (blocks + 1) / 2; i++) {
		size_t count = (size_t)pairs_in(p, i);
		struct pair *list = mem_new(count, sizeof(*list), &e);

		CHECK(pairs_read(p, i, list, &e) == 0);
		sum = hash64(list, count * sizeof(*list), sum);
		mem_free(list);
	}
	return sum;
}

/* 0 when it failed. */
static uint64_t counted(const struct vocab *v, size_t blocks, int threads,
			uint64_t memory, uint64_t keep)
{
	struct cooc_options o = { .window = 10, .blocks = blocks,
				  .memory_bytes = memory, .keep_bytes = keep,
				  .folder = "/tmp" };
	struct machine m;
	struct error e = {0};
	struct pairs *p;
	uint64_t sum = 0;

	if (!CHECK(machine_open(&m, NULL, threads, &e) == 0))
		return 0;
	p = cooc_pairs(v, &o, &m, &e);
	if (p)
		sum = pairs_sum(p);
	pairs_free(p);
	machine_close(&m);
	return sum;
}

static void same_bytes(const struct vocab *v)
{
	static const uint64_t memory[] = { 200 << 10, 300 << 10, 1 << 20 };

	for (size_t blocks = 16; blocks <= 64; blocks *= 4) {
		uint64_t want = counted(v, blocks, 1, 1 << 30, 1 << 30);

		CHECK(want != 0);
		for (int threads = 1; threads <= 3; threads += 2)
			for (size_t i = 0; i < ARRAY_LEN(memory); i++) {
				uint64_t m = memory[i] * (uint64_t)threads;

				CHECK(counted(v, blocks, threads, m, m) ==
				      want);
				CHECK(counted(v, blocks, threads, m, 0) ==
				      want);
			}
	}
}

static void too_little_memory(const struct vocab *v)
{
	struct cooc_options o = { .window = 10, .blocks = 16,
				  .memory_bytes = 1 << 10 };
	struct machine m = { .kernels = NULL };
	struct error e = {0};

	CHECK(cooc_pairs(v, &o, &m, &e) == NULL);
	CHECK(e.code == ERROR_FAILED && strstr(e.text, "needs") &&
	      strstr(e.hint, "--memory"));
}

static void no_room_on_disk(const struct vocab *v)
{
	struct rlimit old, none = { 0, 0 };
	struct cooc_options o = { .window = 10, .blocks = 16,
				  .memory_bytes = 1 << 20, .keep_bytes = 0,
				  .folder = "/tmp" };
	struct machine m = { .kernels = NULL };
	struct error e = {0};

	signal(SIGXFSZ, SIG_IGN);
	if (!CHECK(getrlimit(RLIMIT_FSIZE, &old) == 0))
		return;
	none.rlim_max = old.rlim_max;
	setrlimit(RLIMIT_FSIZE, &none);
	CHECK(cooc_pairs(v, &o, &m, &e) == NULL);
	setrlimit(RLIMIT_FSIZE, &old);
	CHECK(e.code == ERROR_FAILED && strstr(e.text, "'/tmp'") &&
	      strstr(e.hint, "--tmpdir"));
	error_clear(&e);
	o.folder = "/no/such/folder";
	CHECK(cooc_pairs(v, &o, &m, &e) == NULL);
	CHECK(strstr(e.text, "/no/such/folder") != NULL);
}

static void allocation_failures(const struct vocab *v)
{
	struct cooc_options o = { .window = 3, .blocks = 16,
				  .memory_bytes = 1 << 20,
				  .keep_bytes = 1 << 13, .folder = "/tmp" };
	struct machine m = { .kernels = NULL };
	struct pairs *p = NULL;
	struct error e;

	for (uint64_t n = 1; !p && n < 200; n++) {
		memset(&e, 0, sizeof(e));
		mem_fail_at(n, 0);
		p = cooc_pairs(v, &o, &m, &e);
		mem_fail_at(0, 0);
		CHECK(p || e.code == ERROR_FAILED);
	}
	CHECK(p != NULL);
	pairs_free(p);
}

static void hardly_any(void)
{
	static uint32_t tokens[] = { 0, VOCAB_END, 1, VOCAB_END, VOCAB_END };
	struct vocab v = { .count = 2, .tokens = tokens, .token_count = 5 };
	struct cooc_options o = { .window = 63, .blocks = 16,
				  .memory_bytes = 1 << 20,
				  .keep_bytes = 1 << 20 };
	struct machine m = { .kernels = NULL };
	struct error e = {0};
	struct pairs *p = cooc_pairs(&v, &o, &m, &e);

	CHECK(p && pairs_count(p) == 0);
	pairs_free(p);
	tokens[1] = 1;
	p = cooc_pairs(&v, &o, &m, &e);
	CHECK(p && pairs_count(p) == 1 && pairs_in(p, 1) == 1);
	pairs_free(p);
	v.token_count = 0;
	p = cooc_pairs(&v, &o, &m, &e);
	CHECK(p && pairs_count(p) == 0);
	pairs_free(p);
	CHECK(cooc_blocks(2) == 16 && cooc_blocks(16 << 16) == 16 &&
	      cooc_blocks((16 << 16) + 1) == 32);
}

int main(void)
{
	static uint32_t tokens[TOKENS];
	struct vocab v;

	corpus_make(&v, tokens);
	against_definition(&v);
	same_bytes(&v);
	too_little_memory(&v);
	no_room_on_disk(&v);
	allocation_failures(&v);
	hardly_any();
	return test_end("cooc");
}
