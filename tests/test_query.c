/* test_query.c - the query language: what parses, into what, and what does
 * not, where; and the query's vector. */
#include "search/query.h"

#include <math.h>

#include "base/base.h"
#include "test.h"
#include "text/clean/clean.h"

/* The terms as text: "1*beach -1*sunrise"; kinds marked as in the language. */
static int describe(struct buf *b, const struct query *q, struct error *e)
{
	static const char *const mark[] = { "", "~", "IMG_", "@", "id:" };

	buf_clear(b);
	buf_addf(b, e, "%s", "");
	for (size_t i = 0; i < q->count; i++) {
		const struct query_term *t = &q->term[i];

		buf_addf(b, e, "%s%g*%s", i ? " " : "", (double)t->weight,
			 mark[t->kind]);
		if (t->kind == QUERY_RESULT)
			buf_addf(b, e, "%zu", t->number);
		buf_add(b, t->text.data, t->text.bytes, e);
	}
	return e->code;
}

static const struct {
	const char *text, *terms;
} good[] = {
	/* the examples that the first demo promised */
	{ "america", "1*america" },
	{ "people+park", "1*people 1*park" },
	{ "bike+park", "1*bike 1*park" },
	{ "bike-park", "1*bike -1*park" },
	{ "beach+sunrise", "1*beach 1*sunrise" },
	{ "beach-sunrise", "1*beach -1*sunrise" },
	{ "car+yellow", "1*car 1*yellow" },
	{ "cold-snow", "1*cold -1*snow" },
	{ "train-car", "1*train -1*car" },
	{ "travel+paint", "1*travel 1*paint" },
	{ "fish", "1*fish" },
	{ "fish+food", "1*fish 1*food" },
	{ "fish fish+food", "2*fish 1*food" },
	{ "[IMG_1]+park", "1*IMG_1 1*park" },
	{ "[IMG_2]+dog", "1*IMG_2 1*dog" },
	{ "[IMG_3]-dog", "1*IMG_3 -1*dog" },
	{ "[IMG_1]+[IMG_10]", "1*IMG_1 1*IMG_10" },
	{ "[IMG_1]+park+park+park", "1*IMG_1 3*park" },
	{ "snow-leopard-plow", "1*snow -1*leopard -1*plow" },
	/* signs and blanks */
	{ "a+b-c", "1*a 1*b -1*c" },
	{ "beach - sunrise", "1*beach -1*sunrise" },
	{ "beach -sunrise", "1*beach -1*sunrise" },
	{ "  beach\t sunrise\n", "1*beach 1*sunrise" },
	{ "-dog", "-1*dog" },
	{ "+dog", "1*dog" },
	{ "cat + -dog", "1*cat -1*dog" },
	{ "people, park; dog", "1*people 1*park 1*dog" },
	{ "cat-cat", "0*cat" },
	{ "cat dog cat", "2*cat 1*dog" },
	/* weights */
	{ "2:cat", "2*cat" },
	{ "2*cat", "2*cat" },
	{ "2 * cat - 3 : dog", "2*cat -3*dog" },
	{ "-0.5:dog", "-0.5*dog" },
	{ "cat-.25:dog", "1*cat -0.25*dog" },
	{ "1.:cat", "1*cat" },
	{ "0:cat dog", "0*cat 1*dog" },
	{ "2:cat+0.5*cat", "2.5*cat" },
	{ "2:[IMG_1]", "2*IMG_1" },
	{ "2*\"south beach\"", "2*~south beach" },
	{ "2024", "1*2024" },
	{ "3d 4x4", "1*3d 1*4x4" },
	/* parentheses */
	{ "(cat)", "1*cat" },
	{ "((cat))", "1*cat" },
	{ "-(cat+dog)", "-1*cat -1*dog" },
	{ "2:(cat-dog)", "2*cat -2*dog" },
	{ "a-(b-(c-d))", "1*a -1*b 1*c -1*d" },
	{ "2:(cat 3*(dog-0.5:bird))", "2*cat 6*dog -3*bird" },
	{ "(a b)(c)d", "1*a 1*b 1*c 1*d" },
	{ "a(b)", "1*a 1*b" },
	{ "(-a)", "-1*a" },
	/* quotes, pictures, keys, paths */
	{ "\"new york\"", "1*~new york" },
	{ "\"t-shirt\"+red", "1*~t-shirt 1*red" },
	{ "\"a (b) + 2:c\"", "1*~a (b) + 2:c" },
	{ "IMG_3-dog", "1*IMG_3 -1*dog" },
	{ "img_3", "1*IMG_3" },
	{ "[ IMG_3 ]", "1*IMG_3" },
	{ "[IMG_1][IMG_2]", "1*IMG_1 1*IMG_2" },
	{ "IMG_", "1*IMG_" },
	{ "IMG_1x", "1*IMG_1x" },
	{ "@cat.jpg", "1*@cat.jpg" },
	{ "@a/b:c*d.jpg+park", "1*@a/b:c*d.jpg 1*park" },
	{ "@\"my cat-1.jpg\"-dog", "1*@my cat-1.jpg -1*dog" },
	{ "@12\"vinyl.jpg", "1*@12\"vinyl.jpg" },
	{ "@\"12\\\"vinyl.jpg\"-dog", "1*@12\"vinyl.jpg -1*dog" },
	{ "@\"12\"\"vinyl.jpg\"", "1*@12\"vinyl.jpg" },
	{ "id:\"a\\\\b\\n\\x41\\t\\q\" id:a\\b",
	  "1*id:a\\b\nA\t\\q 1*id:a\\b" },
	{ "@\"caf\\xE9.jpg\"", "1*@caf\xE9.jpg" },
	{ "id:\"12\xE2\x80\x9Dvinyl\"", "1*id:12\xE2\x80\x9Dvinyl" },
	{ "\"say \\\"hi\\\"\"", "1*~say \"hi\"" },
	{ "id:sydney/123-dog", "1*id:sydney/123 -1*dog" },
	{ "-2:id:\"a-b (c)\"", "-2*id:a-b (c)" },
	{ "idea", "1*idea" },
	/* other scripts and typography */
	{ "#sunset", "1*sunset" },
	{ "#beach#surf", "1*beach 1*surf" },
	{ "beach \xE2\x88\x92 sunrise", "1*beach -1*sunrise" },
	{ "beach\xE2\x80\x93sunrise", "1*beach -1*sunrise" },
	{ "beach\xEF\xBC\x8Bsun\xEF\xBC\x8D" "car", "1*beach 1*sun -1*car" },
	{ "\xEF\xBC\x88" "a b\xEF\xBC\x89", "1*a 1*b" },
	{ "2\xEF\xBC\x9A" "cat", "2*cat" },
	{ "\xE2\x80\x9Cnew york\xE2\x80\x9D", "1*~new york" },
	{ "caf\xC3\xA9\xC2\xA0m\xC3\xBCnchen\xE3\x80\x80x",
	  "1*caf\xC3\xA9 1*m\xC3\xBCnchen 1*x" },
	{ "\xF0\x9F\x90\xB6-\xF0\x9F\x90\xB1",
	  "1*\xF0\x9F\x90\xB6 -1*\xF0\x9F\x90\xB1" },
	{ "\xE6\x9D\xB1\xE4\xBA\xAC", "1*\xE6\x9D\xB1\xE4\xBA\xAC" },
	{ "don't", "1*don't" },
};

static const struct {
	const char *text, *message;
} bad[] = {
	{ "", "query: it is empty" },
	{ "  # , ", "query: it is empty" },
	{ "cat+", "query: '+' at character 4 has no term after it" },
	{ "cat -", "query: '-' at character 5 has no term after it" },
	{ "-", "query: '-' at character 1 has no term after it" },
	{ "a--b", "query: '-' at character 2 has no term after it" },
	{ "a++b", "query: '+' at character 2 has no term after it" },
	{ "a-+b", "query: '-' at character 2 has no term after it" },
	{ "\xC3\xA9\xC3\xA9 + + b",
	  "query: '+' at character 4 has no term after it" },
	{ "2:", "query: the weight at character 1 has no term after it" },
	{ "2:-dog", "query: the weight at character 1 has no term after it" },
	{ "(2:)", "query: the weight at character 2 has no term after it" },
	{ "2:3:cat", "query: two weights in a row at character 3" },
	{ "2000000:cat", "query: the weight at character 9 is over 1000000" },
	{ "2000:(1 1000*(cat))",
	  "query: the weight at character 14 is over 1000000" },
	{ "beach)", "query: ')' without '(' at character 6" },
	{ "a (b", "query: '(' at character 3 is never closed" },
	{ "((a)", "query: '(' at character 1 is never closed" },
	{ "a ()", "query: nothing between '(' and ')' at character 3" },
	{ "(a-)", "query: '-' at character 3 has no term after it" },
	{ "\"new york", "query: the quote at character 1 is never closed" },
	{ "a \" \"", "query: nothing between the quotes at character 3" },
	{ "[IMG_0]",
	  "query: IMG_0 at character 1: results are counted from 1" },
	{ "a+IMG_0",
	  "query: IMG_0 at character 3: results are counted from 1" },
	{ "[dog]", "query: '[' at character 1 does not open [IMG_n]" },
	{ "[IMG_1", "query: '[' at character 1 does not open [IMG_n]" },
	{ "[IMG_1234567890]",
	  "query: the number of the result at character 1 is over 99999999" },
	{ "dog - IMG_99999999999999999999",
	  "query: the number of the result at character 7 is over 99999999" },
	{ "dog]", "query: ']' at character 4 is not expected there" },
	{ "cat*2", "query: '*' at character 4 is not expected there" },
	{ "a:b", "query: ':' at character 2 is not expected there" },
	{ "id:\"a\\x00b\"", "query: a 0 byte at character 6" },
	{ "id:\"a\\\"", "query: the quote at character 4 is never closed" },
	{ "@", "query: the path after '@' is missing at character 2" },
	{ "id:-a", "query: the key after 'id:' is missing at character 4" },
	{ "a\xFFz", "query: character 2 is not UTF-8" },
	{ "a\x01z", "query: control code 1 at character 2" },
	{ "\x7F", "query: control code 127 at character 1" },
};

static void test_good(void)
{
	struct buf b = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		struct error e = { 0 };
		struct query q = { 0 };
		int ok = query_parse(&q, str_of(good[i].text), NULL, &e) == 0;

		if (!CHECK(ok)) {
			fprintf(stderr, "\t%s: %s\n", good[i].text, e.text);
			continue;
		}
		CHECK(describe(&b, &q, &e) == 0);
		CHECK_STR(b.data, good[i].terms);
		if (strcmp(b.data, good[i].terms))
			fprintf(stderr, "\t%s: %s\n", good[i].text, b.data);
		query_free(&q);
	}
	buf_free(&b);
}

static void test_bad(void)
{
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct error e = { 0 };
		struct query q = { 0 };

		CHECK(query_parse(&q, str_of(bad[i].text), NULL, &e) ==
		      ERROR_USAGE);
		CHECK(q.count == 0 && q.term == NULL && q.text.data == NULL);
		CHECK_STR(e.text, bad[i].message);
		if (strcmp(e.text, bad[i].message))
			fprintf(stderr, "\t%s: %s\n", bad[i].text, e.text);
	}
}

/* n times `open`, then "a", then n times `close`. */
static int parse_nested(int n, const char *open, const char *close)
{
	struct error e = { 0 };
	struct buf b = { 0 };
	struct query q = { 0 };
	int code;

	for (int i = 0; i < n; i++)
		buf_addf(&b, &e, "%s", open);
	buf_addf(&b, &e, "a");
	for (int i = 0; i < n; i++)
		buf_addf(&b, &e, "%s", close);
	code = query_parse(&q, (struct str){ b.data, b.bytes }, NULL, &e);
	query_free(&q);
	buf_free(&b);
	return code;
}

static void test_limits(void)
{
	struct error e = { 0 };
	struct buf b = { 0 };
	struct query q = { 0 };

	CHECK(parse_nested(32, "(", ")") == 0);
	CHECK(parse_nested(33, "(", ")") == ERROR_USAGE);
	CHECK(parse_nested(5000, "(", "") == ERROR_USAGE);
	CHECK(parse_nested(20000, " ", "") == ERROR_USAGE);
	for (int i = 0; i < 256; i++)
		buf_addf(&b, &e, "w%d ", i);
	CHECK(query_parse(&q, (struct str){ b.data, b.bytes }, NULL, &e) == 0);
	CHECK(q.count == 256);
	query_free(&q);
	buf_addf(&b, &e, "w0 w256");
	CHECK(query_parse(&q, (struct str){ b.data, b.bytes }, NULL, &e) ==
	      ERROR_USAGE);
	CHECK(strstr(e.text, "more than 256") != NULL);
	error_clear(&e);
	CHECK(query_parse(&q, (struct str){ "a\0b", 3 }, NULL, &e) ==
	      ERROR_USAGE);
	CHECK_STR(e.text, "query: control code 0 at character 2");
	buf_free(&b);
}

/* ---- words as people type them --------------------------------------------
 * */

static const char vocabulary[] = " shirt tshirt red blue beach newyork dog cat "
	"shoes black man snow leopard sun glasses sunglasses usa house "
	"beachhouse caf\u00E9 dont men \u6D77\u6EE9 \U0001F30A ";
static const char stops[] = " a the in of and ";

static int is_in(const char *list, const char *word)
{
	char padded[300];

	snprintf(padded, sizeof(padded), " %s ", word);
	return strstr(list, padded) != NULL;
}

/* As seesay_ask.c: cleaned, then looked up. */
static int look(void *context, struct str word, size_t *words,
		struct error *e)
{
	const struct clean clean = { .kind = CLEAN_UNICODE };
	int known = QUERY_NO_WORD, *calls = context;
	struct buf tokens = { 0 };
	const char *at;

	++*calls;
	if (clean_tokens(&clean, word, &tokens, words, e) < 0) {
		buf_free(&tokens);
		return e->code;
	}
	at = tokens.data;
	for (size_t i = 0; i < *words; i++, at += strlen(at) + 1) {
		int one = is_in(vocabulary, at) ? QUERY_KNOWN :
			  is_in(stops, at) ? QUERY_STOP : QUERY_UNKNOWN;

		known = i ? MAX(known, one) : one;
	}
	buf_free(&tokens);
	return known;
}

/* '?' unknown, '.' stop word, '&' no word. */
static const struct {
	const char *text;
	int skips;
	const char *terms, *note;	/* one, of those there are; "" none */
} typed[] = {
	{ "a man in a black shirt", 0, "2*.a 1*man 1*.in 1*black 1*shirt", "" },
	{ "t-shirt", 0, "1*tshirt", "'t-shirt' was taken as one word" },
	{ "t-shirt", 1, "1*tshirt", "'t-shirt' was taken as one word" },
	{ "T-Shirt", 0, "1*TShirt", "'T-Shirt' was taken as one word" },
	{ "t\u2010shirt", 0, "1*tshirt", "was taken as one word" },
	{ "t\u2013shirt", 0, "1*tshirt", "was taken as one word" },
	{ "\uFF54\uFF0D\uFF53hirt", 0, "1*\uFF54\uFF53hirt",
	  "was taken as one word" },
	{ "black t-shirt", 1, "1*black 1*tshirt", "'t-shirt' was" },
	{ "black-t-shirt", 0, "1*black -1*tshirt", "'t-shirt' was" },
	{ "-t-shirt", 0, "-1*tshirt", "'t-shirt' was" },
	{ "2:t-shirt - 3:dog", 0, "2*tshirt -3*dog", "'t-shirt' was" },
	{ "2:(cat - t-shirt)", 0, "2*cat -2*tshirt", "'t-shirt' was" },
	{ "t + t-shirt shirt", 0, "1*?t 1*tshirt 1*shirt", "'t-shirt' was" },
	{ "sun-glasses", 0, "1*sun -1*glasses",
	  "'sun-glasses' was taken as sun minus glasses; 'sunglasses' is also "
	  "one word: quote it to mean that" },
	{ "snow-leopard", 0, "1*snow -1*leopard", "" },
	{ "t - shirt", 0, "1*?t -1*shirt", "" },
	{ "e-shirt", 0, "1*?e -1*shirt", "" },
	{ "e-shirt", 1, "1*?e-shirt", "" },		/* as a whole */
	{ "e-shirt shirt", 1, "1*?e-shirt 1*shirt", "" },
	{ "shirt-e", 1, "1*shirt -1*?e", "" },
	{ "man-of-the-house", 0, "1*man 1*.of 1*.the 1*house",
	  "none of them subtracted" },
	{ "-man-of-the-house", 0, "-1*man -1*.of -1*.the -1*house",
	  "none of them subtracted" },
	{ "a-shirt", 1, "1*.a 1*shirt", "none of them subtracted" },
	{ "cat - the dog", 0, "1*cat 1*.the -1*dog", "" },
	{ "cat - of the 2:dog", 0, "1*cat 1*.of 1*.the -2*dog", "" },
	{ "cat - 2:the 3:dog", 0, "1*cat -2*.the 3*dog", "" },
	{ "cat - the (dog red)", 0, "1*cat 1*.the -1*dog -1*red", "" },
	{ "cat - the IMG_1", 0, "1*cat 1*.the -1*IMG_1", "" },
	{ "(cat - the)", 0, "1*cat -1*.the", "" },
	{ "cat - the + dog", 0, "1*cat -1*.the 1*dog", "" },
	{ "cat - 2:the dog", 0, "1*cat 1*.the -2*dog", "" },
	{ "cat - & t-shirt", 0, "1*cat 1*&& -1*tshirt", "'t-shirt' was" },
	{ "cat - the snow-leopard", 0, "1*cat 1*.the -1*snow -1*leopard", "" },
	{ "2:(the dog)", 0, "2*.the 2*dog", "" },
	{ "cat - the", 0, "1*cat -1*.the", "" },
	{ "new york", 0, "1*newyork", "'new york' was taken as one word" },
	{ "New York City", 1, "1*NewYork 1*?City", "'New York' was taken" },
	{ "cat - new york", 0, "1*cat -1*newyork", "'new york' was" },
	{ "new, york", 0, "1*?new 1*?york", "" },
	{ "beach house", 0, "1*beach 1*house",
	  "'beach house' was taken as 2 words; 'beachhouse' is also one" },
	{ "red & blue", 0, "1*red 1*&& 1*blue", "" },
	{ "red / blue", 0, "1*red 1*&/ 1*blue", "" },
	{ "red&blue", 0, "1*red 1*blue", "" },
	{ "shoes/boots", 0, "1*shoes 1*?boots", "" },
	{ "dog|cat", 0, "1*dog 1*cat", "" },
	{ "dog\uFF5Ccat\uFF0Fblue", 0, "1*dog 1*cat 1*blue", "" },
	{ "under_shoes", 0, "1*?under 1*shoes", "" },
	{ "zzz.shoes", 0, "1*?zzz 1*shoes", "" },
	{ "new_york", 0, "1*newyork", "'new_york' was taken as one word" },
	{ "U.S.A.", 0, "1*USA", "'U.S.A' was taken as one word" },
	{ "-dog/bird", 0, "-1*dog -1*?bird", "" },
	{ "2:dog/cat", 0, "2*dog 2*cat", "" },
	{ "the/dog", 0, "1*.the 1*dog", "" },
	{ "zzz/dog-cat", 1, "1*?zzz 1*dog -1*cat", "" },
	{ "zzz/xxx-cat", 1, "1*?zzz/xxx-cat", "" },
	{ "don't don\u2019t don\uFF07t", 0,
	  "1*don't 1*don\u2019t 1*don\uFF07t", "" },
	{ "cafe\u0301 CAF\u00C9", 0, "1*cafe\u0301 1*CAF\u00C9", "" },
	{ "\uFF22\uFF25\uFF21\uFF23\uFF28", 0,
	  "1*\uFF22\uFF25\uFF21\uFF23\uFF28", "" },
	{ "dog\U0001F30A\U0001F30A\u6D77\u6EE9", 0,
	  "1*dog 2*\U0001F30A 1*\u6D77\u6EE9", "" },
	{ "\U0001F44D\U0001F3FDdog", 0,
	  "1*?\U0001F44D\U0001F3FD 1*dog", "" },
	{ "dog!", 0, "1*dog!", "" },
	{ "\"t-shirt\" + [IMG_1]-red", 0, "1*~t-shirt 1*IMG_1 -1*red", "" },
};

static void mark_known(struct buf *b, const struct query *q, struct error *e)
{
	buf_clear(b);
	for (size_t i = 0; i < q->count; i++) {
		const struct query_term *t = &q->term[i];
		static const char *const mark[] = { "?", "&", ".", "", "" };

		buf_addf(b, e, "%s%g*%s%s", i ? " " : "", (double)t->weight,
			 mark[t->known], t->kind == QUERY_PHRASE ? "~" : "");
		if (t->kind == QUERY_RESULT)
			buf_addf(b, e, "IMG_%zu", t->number);
		buf_add(b, t->text.data, t->text.bytes, e);
	}
}

static void test_typed(void)
{
	struct buf b = { 0 };
	int calls = 0;

	for (size_t i = 0; i < ARRAY_LEN(typed); i++) {
		const struct query_lexicon lexicon = { &calls, typed[i].skips,
						       look };
		struct error e = { 0 };
		struct query q = { 0 };

		if (!CHECK(query_parse(&q, str_of(typed[i].text), &lexicon,
				       &e) == 0)) {
			fprintf(stderr, "\t%s: %s\n", typed[i].text, e.text);
			continue;
		}
		mark_known(&b, &q, &e);
		if (!CHECK(!strcmp(b.data, typed[i].terms)) ||
		    !CHECK(typed[i].note[0] ? q.note_count == 1 &&
			   strstr(q.notes.data, typed[i].note) != NULL :
			   !q.note_count))
			fprintf(stderr, "\t%s: %s (%s)\n", typed[i].text,
				b.data, q.note_count ? q.notes.data : "");
		query_free(&q);
	}
	buf_free(&b);
}

/* No memory: an error, nothing leaks, nothing crashes. */
static void test_no_memory(void)
{
	int calls = 0;
	const struct query_lexicon lexicon = { &calls, 1, look };

	for (uint64_t n = 1; n < 40; n++) {
		struct error e = { 0 };
		struct query q = { 0 };

		mem_fail_at(n, n % 2);
		if (query_parse(&q, str_of("t-shirt - dog/zzz new york"),
				&lexicon, &e) == 0)
			query_free(&q);
		else
			CHECK(e.code == ERROR_FAILED);
		mem_fail_at(0, 0);
	}
}

enum { DIM = 3 };

/* "x", "y", "z" are the axes, "almost" is "x" but for rounding; "no" fails. */
static int resolve_axis(void *context, const struct query_term *t, float *out,
			struct error *e)
{
	int *calls = context;

	++*calls;
	if (str_equal(t->text, str_of("no")))
		return fail(e, ERROR_FAILED, "'no' is unknown");
	memset(out, 0, DIM * sizeof(*out));
	if (str_equal(t->text, str_of("mean")))
		return 0;
	if (str_equal(t->text, str_of("almost")))
		out[0] = 1.000001f;
	else
		out[t->text.data[0] - 'x'] = 1;
	return 0;
}

static int vector_of(const char *text, int unit, float *out, float *per_term,
		     struct error *e)
{
	int calls = 0;
	struct query_resolver r = { &calls, DIM, resolve_axis };
	struct query q = { 0 };

	if (query_parse(&q, str_of(text), NULL, e) < 0)
		return e->code;
	if (query_vector(&q, &r, unit, out, per_term, e) == 0)
		CHECK((size_t)calls == q.count);
	query_free(&q);
	return e->code;
}

static void test_vector(void)
{
	float v[DIM], part[2 * DIM];
	struct error e = { 0 };

	CHECK(vector_of("3:x-4:y", 1, v, part, &e) == 0);
	CHECK(fabsf(v[0] - 0.6f) < 1e-6f && fabsf(v[1] + 0.8f) < 1e-6f);
	CHECK(v[2] == 0 && part[0] == v[0] && part[DIM + 1] == v[1]);
	CHECK(part[1] == 0 && part[DIM] == 0);
	CHECK(vector_of("3:x-4:y", 0, v, NULL, &e) == 0);
	CHECK(v[0] == 3 && v[1] == -4 && v[2] == 0);
	CHECK(vector_of("x-x", 1, v, NULL, &e) == ERROR_FAILED);
	CHECK(strstr(e.text, "cancel") != NULL);
	error_clear(&e);
	CHECK(vector_of("0.1:x+0.2:x-0.3:x", 1, v, NULL, &e) == ERROR_FAILED);
	CHECK(strstr(e.text, "cancel") != NULL);
	error_clear(&e);
	CHECK(vector_of("x-almost", 1, v, NULL, &e) == ERROR_FAILED);
	CHECK(strstr(e.text, "cancel") != NULL);
	error_clear(&e);
	CHECK(vector_of("mean", 1, v, NULL, &e) == ERROR_FAILED);
	CHECK(strstr(e.text, "have no direction") != NULL);
	error_clear(&e);
	CHECK(vector_of("x-x+z", 1, v, NULL, &e) == 0);
	CHECK(v[0] == 0 && v[2] == 1);
	CHECK(vector_of("x+no", 1, v, NULL, &e) == ERROR_FAILED);
	CHECK_STR(e.text, "'no' is unknown");
}

int main(void)
{
	test_good();
	test_bad();
	test_typed();
	test_limits();
	test_no_memory();
	test_vector();
	return test_end("query");
}
