/* test_text.c - cleaning, stop words, vocabulary. */
#include "base/rng.h"
#include "base/string_map.h"
#include "test.h"
#include "base/utf8.h"
#include "text/clean/unicode.h"
#include "text/corpus/vocab.h"

/* Tokens with a blank between them, in a static buffer. */
static const char *tokens_n(enum clean_kind kind, const struct string_map *stop,
			    const char *text, size_t bytes)
{
	static char joined[4096];
	struct clean c = { .kind = kind, .stop = stop };
	struct error e = {0};
	struct buf out = {0};
	size_t count = 0, at = 0;

	joined[0] = 0;
	if (clean_tokens(&c, (struct str){ text, bytes }, &out, &count, &e) < 0)
		return "error";
	for (size_t i = 0; i < count; i++) {
		at += (size_t)snprintf(joined + strlen(joined),
				       sizeof(joined) - strlen(joined), "%s%s",
				       i ? " " : "", out.data + at) -
		      (i != 0) + 1;
	}
	if (at != out.bytes)
		return "bytes left";
	buf_free(&out);
	return joined;
}

static const char *tokens(enum clean_kind kind, const char *text)
{
	return tokens_n(kind, NULL, text, strlen(text));
}

struct example {
	const char *text, *want;
};

static void check_examples(enum clean_kind kind, const struct example *x,
			   size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const char *got = tokens(kind, x[i].text);

		if (!CHECK(strcmp(got, x[i].want) == 0))
			fprintf(stderr, "  '%s' gave '%s', not '%s'\n",
				x[i].text, got, x[i].want);
	}
}

static void unicode_words(void)
{
	static const struct example x[] = {
		{ "", "" },
		{ " ,.!", "" },
		{ "Hello, World", "hello world" },
		{ "don't", "dont" },
		{ "don\xE2\x80\x99t", "dont" },
		{ "don&#39;t &amp; &quot;so&quot; a&lt;b&gt;c &apos;",
		  "dont so a b c" },
		{ "&amplifier &copy;", "amplifier copy" },
		{ "'quoted' -x- rock'n'roll", "quoted x rocknroll" },
		{ "well-known dog--cat", "wellknown dog cat" },
		{ "#BeachLife #sun#sea", "beachlife sun sea" },
		{ "a_b 3rd 2017", "a b 3rd 2017" },
		{ "line\none\ttwo", "line one two" },
		{ "see http://t.co/xyz?a=1 now", "see now" },
		{ "(HTTPS://x.y/z) www.nice.com ok", "ok" },
		{ "link:http://x", "link" },
		{ "gluedhttp://x.y z", "glued z" },
		{ "awww.so cute", "awww so cute" },
		{ "by @some.one_1 here", "by here" },
		{ "@ the beach, me@home.org", "the beach me home org" },
		{ "www. www wwww.x Www.x y", "www wwww x y" },
		{ "a.b...c d- 'e' -- f:g h#i*j k&l m&lt;n",
		  "a b c d e f g h i j k l m n" },
		{ "http http: http:/a xHTTP://b?c d", "http http http a x d" },
		{ "one\xFFtwo three\xC3\xA9 four\xC2\xADth",
		  "one two three\xC3\xA9 fourth" },
	};
	static const struct example scripts[] = {
		{ "\xC3\x89T\xC3\x89 \xC3\x87" "a va", "\xC3\xA9t\xC3\xA9 "
		  "\xC3\xA7" "a va" },			/* Latin-1 */
		{ "\xC5\x81\xC3\x93" "D\xC5\xB9", "\xC5\x82\xC3\xB3" "d"
		  "\xC5\xBA" },				/* Extended-A */
		{ "\xC4\xB0zmir", "izmir" },
		{ "\xCE\x91\xCE\x98\xCE\x97\xCE\x9D\xCE\x91",
		  "\xCE\xB1\xCE\xB8\xCE\xB7\xCE\xBD\xCE\xB1" },	/* Greek */
		{ "\xD0\x9C\xD0\x9E\xD0\xA0\xD0\x95 \xD0\x81",
		  "\xD0\xBC\xD0\xBE\xD1\x80\xD0\xB5 \xD1\x91" },
		{ "\xD4\xB1\xD5\x96", "\xD5\xA1\xD6\x86" },	/* Armenian */
		{ "\xE1\xB2\x90", "\xE1\x83\x90" },		/* Georgian */
		{ "\xD7\xA9\xD7\x9C\xD7\x95\xD7\x9D",
		  "\xD7\xA9\xD7\x9C\xD7\x95\xD7\x9D" },		/* Hebrew */
		{ "\xD8\xA8\xD8\xAD\xD8\xB1\xD8\x8C x",
		  "\xD8\xA8\xD8\xAD\xD8\xB1 x" },	/* Arabic, its comma */
		{ "\xE0\xA4\xB9\xE0\xA4\xBF\xE0\xA4\xA8\xE0\xA5\x8D"
		  "\xE0\xA4\xA6\xE0\xA5\x80",
		  "\xE0\xA4\xB9\xE0\xA4\xBF\xE0\xA4\xA8\xE0\xA5\x8D"
		  "\xE0\xA4\xA6\xE0\xA5\x80" },	/* Devanagari with marks */
		{ "\xE0\xB9\x84\xE0\xB8\x97\xE0\xB8\xA2",
		  "\xE0\xB9\x84\xE0\xB8\x97\xE0\xB8\xA2" },	/* Thai */
		{ "\xED\x95\x9C\xEA\xB5\xAD \xEB\xB0\x94\xEB\x8B\xA4",
		  "\xED\x95\x9C\xEA\xB5\xAD \xEB\xB0\x94\xEB\x8B\xA4" },
		{ "cafe\xCC\x81", "caf\xC3\xA9" },	/* composed */
		{ "soft\xC2\xADhyphen", "softhyphen" },
	};

	check_examples(CLEAN_UNICODE, x, ARRAY_LEN(x));
	check_examples(CLEAN_UNICODE, scripts, ARRAY_LEN(scripts));
}

#define HAN1 "\xE6\xB5\xB7"
#define HAN2 "\xE6\xBB\xA9"
#define HAN3 "\xE6\x97\xA5"
#define WAVE "\xF0\x9F\x8C\x8A"
#define WOMAN "\xF0\x9F\x91\xA9"
#define TONE "\xF0\x9F\x8F\xBD"
#define ZWJ "\xE2\x80\x8D"
#define LAPTOP "\xF0\x9F\x92\xBB"
#define HEART "\xE2\x9D\xA4"
#define SELECTOR "\xEF\xB8\x8F"
#define FLAG "\xF0\x9F\x87\xAA\xF0\x9F\x87\xB8"

static void unicode_signs(void)
{
	static const struct example x[] = {
		{ HAN1, HAN1 },
		{ HAN1 HAN2, HAN1 HAN2 },
		{ HAN1 HAN2 HAN3, HAN1 HAN2 " " HAN2 HAN3 },
		{ "iPhone" HAN1 HAN2 "x", "iphone " HAN1 HAN2 " x" },
		{ HAN1 "\xE3\x80\x82" HAN2, HAN1 " " HAN2 },
		{ "\xE3\x81\x93\xE3\x82\x93\xE3\x81\xAB",	/* kana */
		  "\xE3\x81\x93\xE3\x82\x93 \xE3\x82\x93\xE3\x81\xAB" },
		{ "http://t.co/a" HAN1, HAN1 },
		{ "sea" WAVE WAVE "sun", "sea " WAVE " " WAVE " sun" },
		{ WOMAN TONE ZWJ LAPTOP "!", WOMAN TONE ZWJ LAPTOP },
		{ HEART SELECTOR " " HEART, HEART " " HEART },
		{ FLAG FLAG, FLAG " " FLAG },
		{ "1" SELECTOR "\xE2\x83\xA3" "2", "1\xE2\x83\xA3 2" },
		{ WAVE ZWJ "a", WAVE " a" },
	};
	static const struct example bad[] = {
		{ "a\xFF" "b", "a b" },
		{ "a\xC3", "a" },
		{ "\xC0\xAF x\xED\xA0\x80y", "x y" },
		{ "&", "" }, { "#", "" }, { "@", "" }, { "-", "" },
	};

	check_examples(CLEAN_UNICODE, x, ARRAY_LEN(x));
	check_examples(CLEAN_UNICODE, bad, ARRAY_LEN(bad));
	CHECK_STR(tokens_n(CLEAN_UNICODE, NULL, "a\0b", 3), "a b");
}

static void seed_words(void)
{
	static const struct example x[] = {
		{ "don't", "dont" },
		{ "one\ntwo three", "onetwo three" },
		{ "tab\there", "tabhere" },
		{ "#NewYork#love", "newyork love" },
		{ "a bc 1st w0rd", "bc st rd" },
		{ "caf\xC3\xA9 ol\xC3\xA9", "caf ol" },
		{ "abcdefghijklmno abcdefghijklmnop", "abcdefghijklmno" },
		{ "http://t.co/x @me", "httptcox me" },
	};

	check_examples(CLEAN_SEED, x, ARRAY_LEN(x));
}

static void stop_words(void)
{
	static const char text[] = "Don't look, dont: the DOG isn\xE2\x80\x99t "
				   "well, we'll see";
	struct error e = {0};
	struct string_map *en = clean_stop_list("en", &e);
	struct string_map *none = clean_stop_list("none", &e);

	if (!CHECK(en != NULL && none != NULL))
		return;
	CHECK(string_map_count(en) == 174);
	CHECK(string_map_count(none) == 0);
	/* a contraction is known by its apostrophe, so "well" stays */
	CHECK_STR(tokens_n(CLEAN_UNICODE, en, text, strlen(text)),
		  "look dont dog well see");
	CHECK_STR(tokens_n(CLEAN_UNICODE, none, "the dog", 7), "the dog");
	/* the seed's scripts lose the apostrophe first */
	CHECK_STR(tokens_n(CLEAN_SEED, en, "don't see the dog", 17),
		  "dont see dog");
	string_map_free(en);
	string_map_free(none);
	CHECK(clean_stop_list("no such list", &e) == NULL);
	CHECK(e.code == ERROR_FAILED && *e.hint);
}

static void code_points(void)
{
	size_t changed = 0, wrong = 0;

	for (uint32_t c = 0; c < 0x110000; c++) {
		uint32_t small = unicode_lower(c);

		if (small == c)
			continue;
		changed++;
		/* lower case is final, and a letter stays one */
		wrong += unicode_lower(small) != small ||
			 (unicode_class(c) == UNICODE_WORD &&
			  unicode_class(small) != UNICODE_WORD);
	}
	CHECK(wrong == 0);
	CHECK(changed == 1407 + 26);
	CHECK(unicode_class(0x10FFFF + 1) == UNICODE_PARTING);
	CHECK(unicode_class(UTF8_BAD) == UNICODE_PARTING);
	CHECK(unicode_class(0x2028) == UNICODE_PARTING);
	CHECK(unicode_class(0xE000) == UNICODE_PARTING);
}

/* ---- vocabulary and pairs ------------------------------------------------ */

static struct str caption_at(const void *context, size_t i)
{
	return str_of(((const char *const *)context)[i]);
}

static int vocab_of(struct vocab *v, const char *const *captions, size_t count,
		    int min_count, struct error *e)
{
	struct text_source s = { count, caption_at, captions, 0 };
	struct clean c = { .kind = CLEAN_UNICODE };

	return vocab_build(v, &s, &c, min_count, e);
}

static void vocabulary(void)
{
	static const char *const captions[] = {
		"b a c", "b b rare a", "", "c d", "d zed",
	};
	static const char *const want[] = { "b", "a", "c", "d" };
	static const uint64_t count[] = { 3, 2, 2, 2 }, df[] = { 2, 2, 2, 2 };
	static const uint32_t tokens_want[] = {
		0, 1, 2, VOCAB_END, 0, 0, 1, VOCAB_END, 2, 3, VOCAB_END, 3,
		VOCAB_END,
	};
	struct error e = {0};
	struct vocab v;

	if (!CHECK(vocab_of(&v, captions, 5, 2, &e) == 0))
		return;
	CHECK(v.count == 4 && v.documents == 5);
	for (size_t i = 0; i < 4; i++) {
		CHECK(str_equal(v.word[i], str_of(want[i])));
		CHECK(v.occurrences[i] == count[i] && v.df[i] == df[i]);
	}
	CHECK(v.token_count == ARRAY_LEN(tokens_want) &&
	      memcmp(v.tokens, tokens_want, sizeof(tokens_want)) == 0);
	vocab_free(&v);
}

static void vocabulary_too_small(void)
{
	static const char *const nothing[] = { "", "...", "" };
	static const char *const one[] = { "dog", "dog dog" };
	static const char *const rare[] = { "dog cat", "dog cat dog", "bird" };
	struct error e = {0};
	struct vocab v;

	CHECK(vocab_of(&v, nothing, 0, 1, &e) == ERROR_FAILED);
	CHECK_STR(e.text, "no words in 0 captions");
	error_clear(&e);
	CHECK(vocab_of(&v, nothing, 3, 1, &e) == ERROR_FAILED);
	error_clear(&e);
	CHECK(vocab_of(&v, one, 2, 1, &e) == ERROR_FAILED);
	CHECK_STR(e.text, "the captions have only one word, 'dog'");
	error_clear(&e);
	CHECK(vocab_of(&v, rare, 3, 5, &e) == ERROR_FAILED);
	CHECK_STR(e.text, "only 0 of 3 words occur at least 5 times, two are "
		  "needed");
	CHECK_STR(e.hint, "--min-count 2 would do");
	CHECK(v.tokens == NULL && v.word == NULL);
}

enum { CAPTIONS = 60, CAPTION_BYTES = 100, VOCABULARY = 45 };

/* Captions of random words "w0" .. "w44". */
static const char *const *random_captions(void)
{
	static char text[CAPTIONS][CAPTION_BYTES];
	static const char *list[CAPTIONS];

	for (size_t i = 0; i < CAPTIONS; i++) {
		size_t n = (size_t)rng_below(1, 1, i, 18), at = 0;

		text[i][0] = 0;
		for (size_t j = 0; j < n; j++)
			at += (size_t)snprintf(text[i] + at,
				CAPTION_BYTES - at, "w%u ",
				(unsigned)rng_below(2, i, j, VOCABULARY));
		list[i] = text[i];
	}
	return list;
}

static void allocation_failures(void)
{
	static const char text[] = "Some #words, " HAN1 HAN2 " " WAVE " don't";
	struct clean c = { .kind = CLEAN_UNICODE };
	struct buf out = {0};
	struct error e;
	struct vocab v;
	size_t count;
	int code;

	for (uint64_t n = 1; n < 100; n++) {
		memset(&e, 0, sizeof(e));
		mem_fail_at(n, 0);
		code = clean_tokens(&c, str_of(text), &out, &count, &e);
		mem_fail_at(0, 0);
		buf_free(&out);
		CHECK(code == 0 ? count == 5 : code == ERROR_FAILED && e.code);
		if (code == 0)
			break;
	}
	CHECK(code == 0);
	for (uint64_t n = 1; n < 2000; n++) {
		memset(&e, 0, sizeof(e));
		mem_fail_at(n, 0);
		code = vocab_of(&v, random_captions(), 5, 1, &e);
		mem_fail_at(0, 0);
		if (code == 0)
			break;
		CHECK(code == ERROR_FAILED && e.code == ERROR_FAILED);
	}
	CHECK(code == 0);
	vocab_free(&v);
}

int main(void)
{
	unicode_words();
	unicode_signs();
	seed_words();
	stop_words();
	code_points();
	vocabulary();
	vocabulary_too_small();
	allocation_failures();
	return test_end("text");
}
