/*
 * test_base.c - src/base without files: each module against published values,
 * a plain reference, and a failure of every allocation it makes.
 */
#include <errno.h>
#include <stdlib.h>

#include "base/le.h"
#include "base/pool.h"
#include "base/rng.h"
#include "base/str.h"
#include "base/hash.h"
#include "base/string_map.h"
#include "base/utf8.h"
#include "fail_each.h"

/* ---- error --------------------------------------------------------------- */

static void test_error(void)
{
	struct error e = {0};
	char name[2000];

	CHECK(fail(&e, ERROR_DATA, "bad '%s'", "a\nb\033[2J") == ERROR_DATA);
	CHECK_STR(e.text, "bad 'a?b?[2J'");
	CHECK(fail(&e, ERROR_USAGE, "second") == ERROR_DATA);
	CHECK_STR(e.text, "bad 'a?b?[2J'");
	CHECK(hint(&e, "try %d", 2) == ERROR_DATA);
	hint(&e, "another");
	CHECK_STR(e.hint, "try 2");
	error_clear(&e);
	CHECK(e.code == 0 && !e.text[0] && !e.hint[0]);
	CHECK(hint(&e, "of nothing") == 0 && !e.hint[0]);
	memset(name, 'x', sizeof(name));
	name[sizeof(name) - 1] = 0;
	errno = ENOENT;
	CHECK(fail_errno(&e, "cannot open '%s'", name) == ERROR_FAILED);
	CHECK(strlen(e.text) < sizeof(e.text));
	CHECK(strstr(e.text, strerror(ENOENT)) != NULL);
	CHECK(fail(NULL, ERROR_DATA, "nobody asks") == ERROR_DATA);
}

/* ---- mem ----------------------------------------------------------------- */

static void test_mem(void)
{
	struct error e = {0};
	unsigned char *block = mem_new(1000, 3, &e);
	size_t product = 7, room = 0;
	uint32_t *list = NULL;
	int zero = 1;

	CHECK(block && (uintptr_t)block % MEM_ALIGN == 0);
	for (int i = 0; i < 3000; i++)
		zero &= block[i] == 0;
	CHECK(zero);
	mem_free(block);
	mem_free(NULL);
	block = mem_new(0, 8, &e);
	CHECK(block != NULL);
	mem_free(block);
	CHECK(mem_product(SIZE_MAX, 1, &product) && product == SIZE_MAX);
	CHECK(!mem_product(SIZE_MAX / 2 + 1, 2, &product));
	CHECK(mem_product(0, SIZE_MAX, &product) && product == 0);
	CHECK(!mem_new(SIZE_MAX / 4, 8, &e) && e.code == ERROR_FAILED);
	error_clear(&e);
	for (uint32_t i = 0; i < 1000; i++) {
		CHECK(mem_grow(&list, &room, i + 1, sizeof(*list), &e) == 0);
		CHECK(list[i] == 0);
		list[i] = i + 1;
	}
	CHECK(room >= 1000 && list[999] == 1000 && list[0] == 1);
	CHECK(mem_grow(&list, &room, SIZE_MAX / 2, 4, &e) == ERROR_FAILED);
	CHECK(list[999] == 1000);
	mem_free(list);
}

static int buf_work(struct error *e)
{
	struct buf b = {0};
	int code = 0;

	for (int i = 0; i < 50 && code == 0; i++)
		code = buf_addf(&b, e, "%d,", i);
	if (code == 0)
		code = buf_add(&b, "end", 4, e);
	buf_free(&b);
	return code;
}

static void test_buf(void)
{
	struct error e = {0};
	struct buf b = {0};

	CHECK(buf_add(&b, NULL, 0, &e) == 0 && b.data && b.data[0] == 0);
	CHECK(buf_add(&b, "a\0b", 3, &e) == 0 && b.bytes == 3);
	CHECK(buf_addf(&b, &e, "%s-%d", "c", 5) == 0 && b.bytes == 6);
	CHECK(memcmp(b.data, "a\0bc-5", 7) == 0);
	buf_clear(&b);
	CHECK(b.bytes == 0 && b.data[0] == 0);
	CHECK(buf_add(&b, "x", SIZE_MAX, &e) == ERROR_FAILED);
	buf_free(&b);
	buf_free(&b);
	CHECK(!b.data && !b.room);
	fail_each("buf", buf_work);
}

/* ---- le, sum ------------------------------------------------------------- */

static void test_le(void)
{
	unsigned char bytes[9] = { 0, 1, 2, 3, 4, 5, 6, 7, 8 };
	uint16_t pair[2] = { 0x0102, 0xA0B0 };
	uint32_t one = 0x01020304;
	uint64_t wide = UINT64_C(0x0102030405060708);
	uint8_t byte = 7;

	CHECK(le16_get(bytes + 1) == 0x0201);
	CHECK(le32_get(bytes + 1) == 0x04030201);
	CHECK(le64_get(bytes + 1) == UINT64_C(0x0807060504030201));
	le64_put(bytes + 1, UINT64_C(0xF1F2F3F4F5F6F7F8));
	CHECK(bytes[0] == 0 && bytes[1] == 0xF8 && bytes[8] == 0xF1);
	CHECK(le64_get(bytes + 1) == UINT64_C(0xF1F2F3F4F5F6F7F8));
	le32_put(bytes + 3, 0xDEADBEEF);
	CHECK(le32_get(bytes + 3) == 0xDEADBEEF && bytes[7] == 0xF2);
	le_swap(pair, 2, 2);
	CHECK(pair[0] == 0x0201 && pair[1] == 0xB0A0);
	le_swap(&one, 1, 4);
	CHECK(one == 0x04030201);
	le_swap(&wide, 1, 8);
	CHECK(wide == UINT64_C(0x0807060504030201));
	le_swap(&byte, 1, 1);
	CHECK(byte == 7);
}

/* The first seven from xxHash's own test programme and users' documents; the
 * long ones from the reference implementation's sanity buffer. */
static void test_sum(void)
{
	static const struct {
		const char *text;
		uint64_t seed, sum;
	} known[] = {
		{ "", 0, UINT64_C(0xEF46DB3751D8E999) },
		{ "", 2654435761u, UINT64_C(0xAC75FDA2929B17EF) },
		{ "a", 0, UINT64_C(0xD24EC4F1A98C6E5B) },
		{ "as", 0, UINT64_C(0x1C330FB2D66BE179) },
		{ "asd", 0, UINT64_C(0x631C37CE72A97393) },
		{ "asdf", 0, UINT64_C(0x415872F599CEA71E) },
		{ "Call me Ishmael. Some years ago--never mind how long "
		  "precisely-", 0, UINT64_C(0x02A2E85470D6FD96) },
		{ "Nobody inspects the spammish repetition", 0,
		  UINT64_C(0xFBCEA83C8A378BF1) },
	};
	unsigned char sanity[222];
	uint64_t generator = 2654435761u;

	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		CHECK(hash64(known[i].text, strlen(known[i].text),
			     known[i].seed) == known[i].sum);
	for (size_t i = 0; i < sizeof(sanity); i++) {
		sanity[i] = (unsigned char)(generator >> 56);
		generator *= UINT64_C(11400714785074694797);
	}
	CHECK(hash64(sanity, 222, 0) == UINT64_C(0xB641AE8CB691C174));
	CHECK(hash64(sanity, 222, 2654435761u) ==
	      UINT64_C(0x20CB8AB7AE10C14A));
	for (size_t bytes = 0; bytes <= sizeof(sanity); bytes++)
		for (size_t piece = 1; piece < 70; piece += 7) {
			struct hash64 s;

			hash64_start(&s, 5);
			for (size_t at = 0; at < bytes; at += piece)
				hash64_add(&s, sanity + at,
					   MIN(piece, bytes - at));
			CHECK(hash64_end(&s) == hash64(sanity, bytes, 5));
		}
}

/* ---- rng ----------------------------------------------------------------- */

static int ones(uint64_t x)
{
	int count = 0;

	for (; x; x &= x - 1)
		count++;
	return count;
}

/* Flipping any one of the 192 bits asked with flips each bit of the answer in
 * about half of 4096 cases: the deviation of a fair coin is 32. */
static void test_rng_avalanche(void)
{
	enum { CASES = 4096 };
	int worst = 0;

	for (int in = 0; in < 192; in++) {
		int flips[64] = {0};
		uint64_t d = UINT64_C(1) << in % 64;

		for (uint64_t i = 0; i < CASES; i++) {
			uint64_t x = rng_bits(3, i / 64, i % 64) ^
				     rng_bits(3 ^ (in < 64 ? d : 0),
					      i / 64 ^ (in / 64 == 1 ? d : 0),
					      i % 64 ^ (in > 127 ? d : 0));

			for (int bit = 0; bit < 64; bit++)
				flips[bit] += (int)(x >> bit & 1);
		}
		for (int bit = 0; bit < 64; bit++)
			worst = MAX(worst, abs(flips[bit] - CASES / 2));
	}
	/* 12288 coins: beyond 5 deviations once in 140 such tests */
	CHECK(worst < 200);
}

static void test_rng_even(void)
{
	int cells[256] = {0}, bits = 0;
	double chi = 0, sum = 0, lag = 0;
	float before = 0;

	for (uint64_t i = 0; i < 256 * 1000; i++) {
		float u = rng_uniform(1, 2, i);

		CHECK(u >= 0 && u < 1 && u * 0x1p24f == (float)(int)
		      (u * 0x1p24f));
		cells[(int)(u * 256)]++;
		sum += (double)u;
		lag += ((double)u - 0.5) * ((double)before - 0.5);
		before = u;
		bits += ones(rng_bits(1, 3, i)) - 32;
	}
	for (int i = 0; i < 256; i++)
		chi += (cells[i] - 1000.0) * (cells[i] - 1000.0) / 1000;
	/* mean 255, deviation 22.6 */
	CHECK(chi > 170 && chi < 340);
	CHECK(sum > 256000 * 0.4975 && sum < 256000 * 0.5025);
	CHECK(lag / 256000 < 0.0007 && lag / 256000 > -0.0007);
	CHECK(abs(bits) < 4 * 4 * 506);
}

static void test_rng_below(void)
{
	uint32_t order[1000], seen[1000] = {0};
	int counts[7] = {0};
	int same = 0;

	for (uint64_t i = 0; i < 70000; i++) {
		uint64_t x = rng_below(9, 9, i, 7);

		CHECK(x < 7);
		counts[x % 7]++;
	}
	for (int i = 0; i < 7; i++)
		CHECK(abs(counts[i] - 10000) < 500);
	CHECK(rng_below(1, 1, 1, 1) == 0);
	CHECK(rng_below(1, 1, 1, UINT64_MAX) <= rng_bits(1, 1, 1));
	CHECK(rng_below(1, 1, 5, UINT64_C(1) << 63) ==
	      rng_bits(1, 1, 5) >> 1);
	rng_shuffle(4, 4, order, 1000);
	for (uint32_t i = 0; i < 1000; i++) {
		seen[order[i]]++;
		same += order[i] == i;
	}
	for (uint32_t i = 0; i < 1000; i++)
		CHECK(seen[i] == 1);
	CHECK(same < 10);
	rng_shuffle(4, 4, order, 0);
	rng_shuffle(4, 4, order, 1);
	CHECK(order[0] == 0);
}

/* A change here changes every trained model: see docs/changes.md. */
static void test_rng_fixed(void)
{
	uint32_t order[8];
	uint64_t all = 0;

	CHECK(rng_bits(0, 0, 0) == UINT64_C(0xACE2D2E79CBE270F));
	CHECK(rng_bits(1, 2, 3) == UINT64_C(0x1C94BD280F0E08A0));
	CHECK(rng_stream(RNG_INIT, 3, 0) == UINT64_C(0xD5A4958862CC0A69));
	CHECK(rng_stream(RNG_AUGMENT, 17, 2) == UINT64_C(0x147B6990A46DEDE3));
	CHECK(rng_uniform(1, 2, 3) == (float)0x1C94BD * 0x1p-24f);
	rng_shuffle(1, 1, order, 8);
	for (int i = 0; i < 8; i++)
		all = all << 4 | order[i];
	CHECK(all == 0x45376210);
}

/* ---- str ----------------------------------------------------------------- */

/* By Unicode's definition, with no table: decode by the bits, then refuse what
 * has a shorter form, is a surrogate or is too large. */
static uint32_t reference_utf8(const unsigned char *p, size_t bytes,
			       size_t *used)
{
	static const uint32_t least[5] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t length = p[0] < 0x80 ? 1 : p[0] >> 5 == 6 ? 2 :
			p[0] >> 4 == 14 ? 3 : p[0] >> 3 == 30 ? 4 : 0;
	uint32_t code = length == 1 ? p[0] : p[0] & (0xFFu >> (length + 1));

	*used = 1;
	if (!length || length > bytes)
		return UTF8_BAD;
	for (size_t i = 1; i < length; i++) {
		if (p[i] >> 6 != 2)
			return UTF8_BAD;
		code = code << 6 | (p[i] & 63u);
	}
	if (code < least[length] || code > 0x10FFFF ||
	    (code >= 0xD800 && code <= 0xDFFF))
		return UTF8_BAD;
	*used = length;
	return code;
}

static int utf8_agrees(const unsigned char *p, size_t bytes)
{
	const char *at = (const char *)p;
	size_t used;
	uint32_t want = reference_utf8(p, bytes, &used);

	return utf8_next(&at, (const char *)p + bytes) == want &&
	       at == (const char *)p + used;
}

static void test_utf8(void)
{
	int good = 1;
	char out[4];

	for (uint32_t i = 0; i < 1u << 24; i++) {
		unsigned char p[3] = { (unsigned char)(i >> 16),
			(unsigned char)(i >> 8), (unsigned char)i };

		good &= utf8_agrees(p, 3);
		if (!p[2])
			good &= utf8_agrees(p, 2);
		if (!p[1] && !p[2])
			good &= utf8_agrees(p, 1);
	}
	CHECK(good);
	for (uint32_t i = 0; i < 1u << 22; i++) {
		unsigned char p[4] = { (unsigned char)(0xF0 | i >> 18),
			(unsigned char)(i >> 10), (unsigned char)(i >> 2),
			(unsigned char)(0x7F + (i & 3) * 0x21) };

		good &= utf8_agrees(p, 4);
	}
	CHECK(good);
	for (uint32_t code = 0; code <= 0x10FFFF; code++) {
		const char *at = out;
		size_t bytes = utf8_put(code, out);
		uint32_t back = utf8_next(&at, out + bytes);

		good &= code >= 0xD800 && code <= 0xDFFF ? back == UTF8_BAD :
			back == code && at == out + bytes;
	}
	CHECK(good);
	CHECK(utf8_valid(str_of("h\303\251llo \360\237\214\212")));
	CHECK(!utf8_valid(str_of("h\351llo")));
	CHECK(utf8_valid((struct str){ NULL, 0 }));
}

static void test_str(void)
{
	struct str none = { NULL, 0 };

	CHECK(str_equal(str_of("ab"), str_of("ab")));
	CHECK(!str_equal(str_of("ab"), str_of("abc")));
	CHECK(str_equal(none, str_of("")) && str_compare(none, none) == 0);
	CHECK(str_compare(str_of("a"), str_of("b")) < 0);
	CHECK(str_compare(str_of("ab"), str_of("a")) > 0);
	CHECK(str_compare(str_of("\303"), str_of("a")) > 0);
	CHECK(str_equal(str_trim(str_of(" \t a b\r\n")), str_of("a b")));
	CHECK(str_trim(str_of(" \v\f ")).bytes == 0);
	CHECK(str_trim(str_of("\302\240x")).bytes == 3);
	CHECK(str_trim(none).bytes == 0);
}

/* ---- table --------------------------------------------------------------- */

static int safe_work(struct error *e)
{
	struct buf b = {0};
	int code = str_put_safe(&b, str_of("a\n\342\200\256\303\251"), e);

	buf_free(&b);
	return code;
}

static void test_safe(void)
{
	struct buf b = {0};
	struct error e = {0};

	CHECK(str_put_safe(&b, (struct str){ NULL, 0 }, &e) == 0 && !b.bytes);
	CHECK(str_put_safe(&b, str_of("h\303\251llo \\ \360\237\214\212"),
			   &e) == 0);
	CHECK_STR(b.data, "h\303\251llo \\ \360\237\214\212");
	buf_clear(&b);
	/* tab, escape, delete, C1 as UTF-8, C1 as a byte, Latin-1 */
	CHECK(str_put_safe(&b, (struct str){ "\t\033[2J\177\302\233\233\351\0.",
			   12 }, &e) == 0);
	CHECK_STR(b.data, "\\x09\\x1B[2J\\x7F\\u009B\\x9B\\xE9\\x00.");
	buf_clear(&b);
	/* right-to-left override, isolate, line separator, Arabic letter mark
	 * */
	CHECK(str_put_safe(&b, str_of("\342\200\256a\342\201\247b\342\200\250"
			   "\330\234"), &e) == 0);
	CHECK_STR(b.data, "\\u202Ea\\u2067b\\u2028\\u061C");
	buf_free(&b);
	/* messages keep their length */
	fail(&e, ERROR_FAILED, "a\033\302\233\342\200\256\233\351\303\251");
	CHECK_STR(e.text, "a???????\351\303\251");
	fail_each("safe", safe_work);
}

static int table_work(struct error *e)
{
	struct string_map *t = string_map_new(e);
	int code = t ? 0 : -1;
	char name[16];

	for (uint32_t i = 0; code == 0 && i < 300; i++) {
		snprintf(name, sizeof(name), "w%u", (unsigned)i);
		if (string_map_add(t, str_of(name), e) != i)
			code = -1;
	}
	/* what was added before the failure is still there, and whole */
	for (uint32_t i = 0; t && i < string_map_count(t); i++)
		CHECK(string_map_find(t, string_map_at(t, i)) == i);
	string_map_free(t);
	return code;
}

static void test_table(void)
{
	struct error e = {0};
	struct string_map *t = string_map_new(&e);
	char name[16];

	CHECK(string_map_find(t, str_of("x")) == STRING_MAP_NONE);
	for (uint32_t i = 0; i < 50000; i++) {
		snprintf(name, sizeof(name), "%x", (unsigned)i * 7919u);
		CHECK(string_map_add(t, str_of(name), &e) == i);
	}
	for (uint32_t i = 0; i < 50000; i++) {
		snprintf(name, sizeof(name), "%x", (unsigned)i * 7919u);
		CHECK(string_map_find(t, str_of(name)) == i);
		CHECK(str_equal(string_map_at(t, i), str_of(name)));
	}
	CHECK(string_map_add(t, str_of("0"), &e) == 0);
	CHECK(string_map_count(t) == 50000);
	CHECK(string_map_add(t, (struct str){ NULL, 0 }, &e) == 50000);
	CHECK(string_map_find(t, str_of("")) == 50000);
	CHECK(string_map_at(t, 50000).bytes == 0);
	CHECK(string_map_add(t, (struct str){ "a\0b", 3 }, &e) == 50001);
	CHECK(string_map_find(t, str_of("a")) == STRING_MAP_NONE);
	string_map_free(t);
	string_map_free(NULL);
	fail_each("table", table_work);
}

/* ---- pool ---------------------------------------------------------------- */

struct count {
	unsigned char done[3000];
	int threads, bad_thread;
};

static void count_item(void *context, size_t item, int thread)
{
	struct count *c = context;

	c->done[item]++;
	if (thread < 0 || thread >= c->threads)
		c->bad_thread = 1;
}

static void test_pool(void)
{
	static const int threads[] = { 1, 2, 3, 8, 0 };
	struct error e = {0};

	for (size_t t = 0; t < ARRAY_LEN(threads); t++) {
		static struct count c;
		struct pool *p = pool_open(threads[t], &e);
		int good = 1;

		c = (struct count){ .threads = pool_threads(p) };
		CHECK(threads[t] ? c.threads == threads[t] : c.threads >= 1);
		for (size_t run = 0; run < 200; run++)
			pool_run(p, run * 15, count_item, &c);
		for (size_t i = 0; i < sizeof(c.done); i++)
			good &= c.done[i] == 199 - i / 15;
		CHECK(good && !c.bad_thread);
		pool_close(p);
	}
	CHECK(pool_threads(NULL) == 1 && pool_cpus() >= 1);
	CHECK(!pool_open(-1, &e) && e.code == ERROR_USAGE);
	error_clear(&e);
	CHECK(!pool_open(100000, &e) && e.code == ERROR_USAGE);
	pool_close(NULL);
}

static int pool_work(struct error *e)
{
	struct pool *p = pool_open(3, e);

	pool_close(p);
	return p ? 0 : -1;
}

static void note_order(void *context, size_t item, int thread)
{
	size_t *next = context;

	CHECK(item == *next && thread == 0);
	++*next;
}

static void test_pool_alone(void)
{
	size_t next = 0;

	pool_run(NULL, 10, note_order, &next);
	CHECK(next == 10);
	fail_each("pool", pool_work);
}

int main(void)
{
	test_error();
	test_mem();
	test_buf();
	test_le();
	test_sum();
	test_rng_fixed();
	test_rng_avalanche();
	test_rng_even();
	test_rng_below();
	test_str();
	test_utf8();
	test_safe();
	test_table();
	test_pool();
	test_pool_alone();
	return test_end("base");
}
