/*
 * test_vocab.c - the vocabulary of a larger corpus against a plain count, for
 * any threads and memory: long captions that are read in pieces, long words,
 * tokens in a temporary file.
 */
#include <stdlib.h>

#include "base/rng.h"
#include "test.h"
#include "text/corpus/vocab.h"

enum { CAPTIONS = 400, LONG = 7, KINDS = 3000, MIN_COUNT = 3 };

/* ---- a corpus ------------------------------------------------------------ */

struct corpus {
	struct buf text;
	size_t ends[CAPTIONS];
};

/* Word i of the language: of exactly 8, 16, 24 and 25 bytes and others, some
 * outside ASCII. */
static int word_put(struct buf *b, uint64_t i, struct error *e)
{
	static const size_t lengths[] = { 4, 7, 8, 9, 16, 23, 24, 25, 40 };
	size_t bytes = lengths[i % ARRAY_LEN(lengths)];
	char word[40];

	for (size_t j = 0; j < bytes; j++, i /= 10)
		word[j] = (char)('a' + i % 10);
	if (word[0] == 'd' && buf_add(b, "\xC3\xA9", 2, e) < 0)
		return e->code;
	return buf_add(b, word, bytes, e);
}

/* Caption LONG alone is longer than several pieces; some are empty. */
static int corpus_make(struct corpus *c, struct error *e)
{
	for (size_t i = 0; i < CAPTIONS; i++) {
		size_t words = i == LONG ? 100000 :
			       (size_t)rng_below(1, 1, i, 30);

		for (size_t j = 0; j < words; j++) {
			uint64_t most = rng_below(2, i, j, KINDS) + 1;

			if (word_put(&c->text, rng_below(3, i, j, most), e) ||
			    buf_add(&c->text, j % 50 ? " " : ", ",
				    j % 50 ? 1 : 2, e) < 0)
				return e->code;
		}
		c->ends[i] = c->text.bytes;
	}
	return 0;
}

static struct str caption_at(const void *context, size_t i)
{
	const struct corpus *c = context;
	size_t from = i ? c->ends[i - 1] : 0;

	return (struct str){ c->text.data + from, c->ends[i] - from };
}

/* ---- the definition ------------------------------------------------------ */

struct plain {
	struct string_map *table;
	uint64_t count[2 * KINDS], df[2 * KINDS], last[2 * KINDS];
	struct buf tokens;		/* uint32_t: ids of the table */
};

static void plain_caption(struct plain *p, const struct clean *clean,
			  struct str text, uint64_t number, struct error *e)
{
	uint32_t end = VOCAB_END;
	struct buf out = {0};
	size_t count;

	CHECK(clean_tokens(clean, text, &out, &count, e) == 0);
	for (size_t i = 0, at = 0; i < count; i++) {
		struct str word = str_of(out.data + at);
		uint32_t id = string_map_add(p->table, word, e);

		at += word.bytes + 1;
		p->count[id]++;
		p->df[id] += p->last[id] != number;
		p->last[id] = number;
		buf_add(&p->tokens, &id, sizeof(id), e);
	}
	if (count)
		buf_add(&p->tokens, &end, sizeof(end), e);
	buf_free(&out);
}

static void plain_count(struct plain *p, const struct corpus *c,
			const struct clean *clean)
{
	struct error e = {0};

	memset(p, 0, sizeof(*p));
	p->table = string_map_new(&e);
	for (size_t i = 0; i < CAPTIONS; i++)
		plain_caption(p, clean, caption_at(c, i), i + 1, &e);
	CHECK(e.code == 0);
}

static void plain_free(struct plain *p)
{
	string_map_free(p->table);
	buf_free(&p->tokens);
}

/* ---- comparison ---------------------------------------------------------- */

static void compare_words(const struct vocab *v, const struct plain *p)
{
	size_t wrong = 0, kept = 0;

	for (uint32_t i = 0; i < string_map_count(p->table); i++)
		kept += p->count[i] >= MIN_COUNT;
	CHECK(v->count == kept && kept > 100);
	for (size_t i = 0; i < v->count; i++) {
		uint32_t id = string_map_find(p->table, v->word[i]);

		wrong += id == STRING_MAP_NONE || v->occurrences[i] !=
			 p->count[id] || v->df[i] != p->df[id];
		wrong += i && (v->occurrences[i] > v->occurrences[i - 1] ||
			       (v->occurrences[i] == v->occurrences[i - 1] &&
				str_compare(v->word[i - 1], v->word[i]) >= 0));
	}
	CHECK(wrong == 0 && v->documents == CAPTIONS);
}

static void compare_tokens(const struct vocab *v, const struct plain *p)
{
	size_t count = p->tokens.bytes / sizeof(uint32_t), at = 0, wrong = 0;
	uint32_t id, got, room;
	struct error e = {0};

	for (size_t i = 0; i < count; i++) {
		const uint32_t *t;

		memcpy(&id, p->tokens.data + i * sizeof(id), sizeof(id));
		if (id != VOCAB_END && p->count[id] < MIN_COUNT)
			continue;
		t = vocab_tokens(v, at, 1, &room, &e);
		if (!CHECK(t != NULL && at < v->token_count))
			return;
		got = *t;
		at++;
		wrong += id == VOCAB_END ? got != id : got >= v->count ||
			 !str_equal(v->word[got], string_map_at(p->table, id));
	}
	CHECK(wrong == 0 && at == v->token_count);
}

static void against_definition(const struct corpus *c, enum clean_kind kind)
{
	static struct plain p;
	struct text_source source = { CAPTIONS, caption_at, c, 0 };
	struct clean clean = { .kind = kind };

	plain_count(&p, c, &clean);
	for (int i = 0; i < 4; i++) {
		struct vocab_options o = { .clean = &clean,
					   .min_count = MIN_COUNT };
		struct error e = {0};
		struct vocab v;

		if (i % 2)
			o.pool = pool_open(3, &e);
		if (i / 2) {
			o.folder = "/tmp";
			o.memory_bytes = 1500000;
		}
		if (CHECK(vocab_make(&v, &source, &o, &e) == 0)) {
			CHECK((v.tokens == NULL) == (i / 2));
			compare_words(&v, &p);
			compare_tokens(&v, &p);
			vocab_free(&v);
		}
		pool_close(o.pool);
	}
	plain_free(&p);
}

static void too_little_memory(const struct corpus *c)
{
	struct text_source source = { CAPTIONS, caption_at, c, 0 };
	struct clean clean = { .kind = CLEAN_UNICODE };
	struct vocab_options o = { .clean = &clean, .min_count = 1,
				   .memory_bytes = 100 << 10,
				   .folder = "/tmp" };
	struct error e = {0};
	struct vocab v;

	CHECK(vocab_make(&v, &source, &o, &e) == ERROR_FAILED);
	CHECK(strstr(e.text, "different words") && strstr(e.hint, "--memory"));
	error_clear(&e);
	o.memory_bytes = 1 << 20;
	o.folder = NULL;
	CHECK(vocab_make(&v, &source, &o, &e) == ERROR_FAILED);
	CHECK(strstr(e.text, "the corpus") && strstr(e.hint, "--memory"));
	error_clear(&e);
	o.folder = "/no/such/folder";
	CHECK(vocab_make(&v, &source, &o, &e) == ERROR_FAILED);
	CHECK(strstr(e.text, "/no/such/folder") && strstr(e.hint, "--tmpdir"));
}

static void allocation_failures(const struct corpus *c)
{
	struct text_source source = { CAPTIONS, caption_at, c, 0 };
	struct clean clean = { .kind = CLEAN_UNICODE };
	struct vocab_options o = { .clean = &clean, .min_count = 1,
				   .memory_bytes = 1500000,
				   .folder = "/tmp" };
	struct error e;
	struct vocab v;
	int code = -1;

	for (uint64_t n = 1; code < 0 && n < 1000000; n += 1 + n / 8) {
		memset(&e, 0, sizeof(e));
		mem_fail_at(n, 1);
		code = vocab_make(&v, &source, &o, &e);
		mem_fail_at(0, 0);
		CHECK(code == 0 || code == ERROR_FAILED);
	}
	CHECK(code == 0);
	vocab_free(&v);
}

int main(void)
{
	static struct corpus c;
	struct error e = {0};

	if (!CHECK(corpus_make(&c, &e) == 0))
		return 1;
	against_definition(&c, CLEAN_UNICODE);
	against_definition(&c, CLEAN_SEED);
	too_little_memory(&c);
	allocation_failures(&c);
	buf_free(&c.text);
	return test_end("vocab");
}
