/*
 * test_normal.c - words that are the same in Unicode are one word: examples of
 * each kind, every code point and random texts cleaned twice, vocabularies that
 * are not normal.
 */
#include "base/rng.h"
#include "base/string_map.h"
#include "test.h"
#include "base/utf8.h"
#include "text/clean/unicode.h"
#include "text/clean/unicode_normal.h"
#include "text/words/words.h"

/* Tokens with a blank between them, appended to *joined; how many. */
static size_t clean_to(struct buf *joined, const struct string_map *stop,
		       struct str text)
{
	struct clean c = { .kind = CLEAN_UNICODE, .stop = stop };
	struct error e = {0};
	struct buf out = {0};
	size_t count = 0;

	CHECK(clean_tokens(&c, text, &out, &count, &e) == 0);
	buf_clear(joined);
	for (const char *at = out.data; at && at < out.data + out.bytes;
	     at += strlen(at) + 1) {
		if (joined->bytes)
			buf_add(joined, " ", 1, &e);
		buf_add(joined, at, strlen(at), &e);
	}
	buf_free(&out);
	return count;
}

/* ---- examples ------------------------------------------------------------ */

static const struct {
	const char *text, *other, *want;
} same[] = {
	/* canonically equal: one code point or a letter and marks */
	{ "caf\u00E9", "cafe\u0301", "caf\u00E9" },
	{ "\u00C5NGSTR\u00D6M", "A\u030ANGSTRO\u0308M", "\u00E5ngstr\u00F6m" },
	{ "\u212Bngstrom", "\u00C5ngstrom", "\u00E5ngstrom" },
	{ "VI\u1EC6T", "VIE\u0302\u0323T", "vi\u1EC7t" },
	{ "VI\u1EC6T", "VIE\u0323\u0302T", "vi\u1EC7t" },
	{ "\u0130zmir", "I\u0307zmir", "izmir" },
	{ "h\u0331", "H\u0331", "\u1E96" },
	{ "\uD55C\uAD6D", "\u1112\u1161\u11AB\u1100\u116E\u11A8",
	  "\uD55C\uAD6D" },
	{ "\u304C\u304E", "\u304B\u3099\u304D\u3099", "\u304C\u304E" },
	{ "\u0929", "\u0928\u093C", "\u0929" },
	{ "\u05E9\u05C1", "\uFB2A", "\u05E9\u05C1" },
	{ "a\u2260b", "a=\u0338b", "a b" },
	{ "\u0386\u03BD\u03C9", "\u0391\u0301\u03BD\u03C9",
	  "\u03AC\u03BD\u03C9" },
	{ "@jos\u00E9", "@jose\u0301", "\u00E9" },
	/* final sigma */
	{ "\u039F\u0394\u039F\u03A3", "\u03BF\u03B4\u03BF\u03C2",
	  "\u03BF\u03B4\u03BF\u03C3" },
	/* full and half width */
	{ "beach", "\uFF22\uFF45\uFF41\uFF43\uFF48", "beach" },
	{ "t-shirt", "\uFF54\uFF0D\uFF53\uFF48\uFF49\uFF52\uFF54", "tshirt" },
	{ "2024", "\uFF12\uFF10\uFF12\uFF14", "2024" },
	{ "\u30AC\u30A4\u30C9", "\uFF76\uFF9E\uFF72\uFF84\uFF9E",
	  "\u30AC\u30A4 \u30A4\u30C9" },
	{ "\uD558", "\uFFBE\uFFC2", "\uD558" },
	/* ligatures, other forms of letters */
	{ "office fish", "o\uFB03ce \uFB01sh", "office fish" },
	{ "beach", "\U0001D4EB\U0001D4EE\U0001D4EA\U0001D4EC\U0001D4F1",
	  "beach" },
	{ "\u0644\u0627", "\uFEFB", "\u0644\u0627" },
	{ "\u6F22", "\uFA47", "\u6F22" },
	{ "last", "la\u017Ft", "last" },
	{ "m2", "m\u00B2", "m2" },
	/* what parts words is not made letters */
	{ "nike run", "nike\u2122run", "nike run" },
	{ "stra\u00DFe", "STRA\u1E9EE", "stra\u00DFe" },
	{ "d\u0131\u015F", "d\u0131s\u0327", "d\u0131\u015F" },
};

static void examples(void)
{
	struct buf one = {0}, two = {0};

	for (size_t i = 0; i < ARRAY_LEN(same); i++) {
		clean_to(&one, NULL, str_of(same[i].text));
		clean_to(&two, NULL, str_of(same[i].other));
		if (!CHECK(!strcmp(one.data, same[i].want)) ||
		    !CHECK(!strcmp(two.data, same[i].want)))
			fprintf(stderr, "\t%s: '%s' and '%s', not '%s'\n",
				same[i].text, one.data, two.data,
				same[i].want);
	}
	/* a mark alone is no word, nor is the frame of no key */
	CHECK(clean_to(&one, NULL, str_of("\u0301 \u3099 \u20E3")) == 0);
	buf_free(&one);
	buf_free(&two);
}

/* A letter keeps 30 marks, however many there are, in linear time. */
static void many_marks(void)
{
	struct buf text = {0}, once = {0}, twice = {0};
	struct error e = {0};

	buf_add(&text, "e", 1, &e);
	for (size_t i = 0; i < 100000; i++)
		buf_addf(&text, &e, "%s", i % 2 ? "\u0323" : "\u0301");
	clean_to(&once, NULL, (struct str){ text.data, text.bytes });
	CHECK(once.bytes == 3 + 29 * 2);
	clean_to(&twice, NULL, (struct str){ once.data, once.bytes });
	CHECK_STR(twice.data, once.data);
	buf_free(&text);
	buf_free(&once);
	buf_free(&twice);
}

/* ---- clean(clean(x)) == clean(x) ----------------------------------------- */

static int is_final(struct str text)
{
	struct buf once = {0}, twice = {0};
	int same_text;

	clean_to(&once, NULL, text);
	clean_to(&twice, NULL, (struct str){ once.data, once.bytes });
	same_text = once.bytes == twice.bytes &&
		    (!once.bytes || !memcmp(once.data, twice.data, once.bytes));
	buf_free(&once);
	buf_free(&twice);
	return same_text;
}

static void every_code_point(void)
{
	size_t wrong = 0;
	int passed = test_passed;

	for (uint32_t c = 1; c < 0x110000; c++) {
		char text[16] = "a";
		size_t n = 1 + utf8_put(c, text + 1);

		text[n++] = 'b';
		wrong += !is_final((struct str){ text, n }) ||
			 !is_final((struct str){ text + 1, n - 2 });
		if (c == 0xD7FF)
			c = 0xDFFF;	/* past the surrogates */
		if (c == 0x2FA20)
			c = 0xE0000 - 1;	/* past what has no meaning */
	}
	test_passed = passed;		/* of clean_to: not worth counting */
	CHECK(wrong == 0);
}

static void random_texts(void)
{
	static const uint32_t odd[] = {
		'a', 'I', 'E', 'w', '.', '\'', '-', '@', '#', '&', '1', ' ',
		0xAD, 0x301, 0x307, 0x323, 0x327, 0x338, 0x345, 0x3C2, 0xF73,
		0x1100, 0x1161, 0x11A8, 0x200D, 0x20E3, 0x304B, 0x3099, 0x309A,
		0xFE0F, 0xFF76, 0xFF9E, 0xFF21, 0x1F44D, 0x1F3FB, 0x1F1E6,
		0xE0067, 0x6D77, 0xB2, 0x1D538,
	};
	size_t wrong = 0;
	int passed = test_passed;

	for (size_t i = 0; i < 30000; i++) {
		size_t n = 0, letters = 1 + (size_t)rng_below(1, 1, i, 10);
		char text[64];

		for (size_t j = 0; j < letters; j++)
			n += utf8_put(odd[rng_below(2, i, j,
					  ARRAY_LEN(odd))], text + n);
		wrong += !is_final((struct str){ text, n });
	}
	test_passed = passed;
	CHECK(wrong == 0);
}

/* ---- lists and vocabularies ---------------------------------------------- */

static void stop_lists(void)
{
	struct error e = {0};
	struct string_map *t = string_map_new(&e);
	struct buf out = {0};

	CHECK(clean_stop_add(t, str_of("\uFEFFDE\u0301JA\u0300"), &e) == 0);
	CHECK(clean_stop_add(t, str_of("N\u2019Y"), &e) == 0);
	CHECK(clean_stop_add(t, str_of("\uFF34\uFF28\uFF25"), &e) == 0);
	CHECK(clean_to(&out, t, str_of("d\u00E9j\u00E0 n'y THE ny")) == 1);
	CHECK_STR(out.data, "ny");
	CHECK(clean_stop_add(t, str_of("\xFF"), &e) == ERROR_DATA);
	buf_free(&out);
	string_map_free(t);
}

/* Words of a file that are not in their normal form, as they were written
 * before there was one: both spellings find them. */
static void old_vocabulary(void)
{
	static const char path[] = "/tmp/seesay-normal.st";
	static const struct str word[] = {
		{ "cafe\u0301", 6 }, { "\u03BF\u03C2", 4 }, { "dog", 3 },
		{ "n\u0303", 3 }, { "\u00F1", 2 },
	};
	const uint64_t one = 5, two[] = { 5, 1 };
	const uint64_t count[] = { 9, 9, 9, 9, 9 };
	const float numbers[5] = { 1, 2, 3, 4, 5 };
	struct error e = {0};
	struct st_writer *w = st_create(path, WORDS_FORMAT, &e);
	struct words_read r = {0};
	struct st_file *f;
	struct words words;

	st_put_meta(w, "model", "foreign", &e);
	st_put_meta(w, "clean", "unicode", &e);
	st_put_meta(w, "documents", "9", &e);
	st_put_strings(w, "word", word, 5, &e);
	st_put(w, "count", ST_U64, 1, &one, count, &e);
	st_put(w, "df", ST_U64, 1, &one, count, &e);
	st_put(w, "vectors", ST_F32, 2, two, numbers, &e);
	if (!CHECK(st_commit(w, &e) == 0) ||
	    !CHECK((f = st_open(path, WORDS_FORMAT, &e)) != NULL) ||
	    !CHECK(words_load(&words, f, "", &e) == 0))
		return;
	CHECK(words_find(&words, word[0]) == 0);
	CHECK(words_find(&words, str_of("caf\u00E9")) == 0);
	CHECK(words_find(&words, str_of("\u03BF\u03C3")) == 1);
	CHECK(words_find(&words, word[3]) == 3);	/* as it stands first */
	CHECK(words_find(&words, word[4]) == 4);
	CHECK(words_find(&words, str_of("caf\u00E8")) == WORDS_NONE);
	CHECK(words_read(&r, &words, str_of("CAFE\u0301, Caf\u00E9 dog"),
			 &e) == 0);
	CHECK(r.count == 3 && r.known == 3 && r.token[0].id == 0 &&
	      r.token[1].id == 0 && r.token[2].id == 2);
	words_read_free(&r);
	words_free(&words);
	st_close(f);
	remove(path);
}

int main(void)
{
	examples();
	many_marks();
	every_code_point();
	random_texts();
	stop_lists();
	old_vocabulary();
	return test_end("normal");
}
