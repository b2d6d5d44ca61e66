/*
 * test_page.c - the demo's page: whole in itself, everything escaped, and the
 * pool of its box holds what it was given.
 */
#include <math.h>
#include <stdlib.h>

#include "fail_each.h"
#include "base/utf8.h"
#include "format/html.h"
#include "format/jpeg_write.h"
#include "format/json.h"
#include "study/page.h"
#include "test.h"

static const char evil[] =
	"\"></script><script>alert('x')</script><!--&\xff\x01 é\xf0\x9f\x90\xb6";

static size_t count_of(const char *text, const char *part)
{
	size_t n = 0;

	while ((text = strstr(text, part))) {
		text += strlen(part);
		n++;
	}
	return n;
}

/* ---- pool ---------------------------------------------------------------- */

enum { COUNT = 2, DIM = 5, SIDE = 8, WORDS = 3 };

static unsigned char rgb[COUNT][SIDE * SIDE * 3];
static const float vectors[COUNT][DIM] = {
	{ 0.5f, -0.5f, 0.25f, 0.6f, -0.1f }, { 0, 0, 0, 0, 0 }
};
static const float word_vectors[WORDS][DIM] = {
	{ 1, 0, 0, 0, 0 }, { -1, 1e-3f, 0.004f, 0.5f, 0 },
	{ 0, 1e-20f, 0, 0, -1e-20f }
};
static struct str id[COUNT], caption[COUNT], word[WORDS];
static const uint64_t concepts[COUNT] = { 1, 6 };
static const char *const concept[] = { "car", "dog", evil, NULL };
static const unsigned char *const pictures[COUNT] = { rgb[0], rgb[1] };

static struct page_pool pool_make(void)
{
	id[0] = str_of("a/1"), id[1] = str_of(evil);
	caption[0] = str_of(evil), caption[1] = str_of("");
	word[0] = str_of("car"), word[1] = str_of(evil);
	word[2] = str_of("\xe2\x80\xa8");	/* a line end in a script */
	return (struct page_pool){
		.dim = DIM, .side = SIDE, .count = COUNT, .vectors = *vectors,
		.id = id, .caption = caption, .concepts = concepts,
		.rgb = pictures, .words = WORDS, .word_vectors = *word_vectors,
		.word = word, .stops = WORDS, .stop = word,
		.concept = concept,
	};
}

static unsigned char *base64_take(struct str text)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789+/";
	unsigned char *out = calloc(text.bytes + 3, 1);
	unsigned held = 0;

	for (size_t i = 0, n = 0; i < text.bytes; i++) {
		const char *at = text.data[i] == '=' ? digits :
				 strchr(digits, text.data[i]);

		held = held << 6 | (unsigned)(at - digits);
		if (i % 4 == 3) {
			out[n++] = (unsigned char)(held >> 16);
			out[n++] = (unsigned char)(held >> 8);
			out[n++] = (unsigned char)held;
			held = 0;
		}
	}
	return out;
}

/* Rows come back within half a step of their scale. */
static void check_vectors(const struct json *root, const char *bytes,
			  const char *scales, const float *want, size_t rows)
{
	const struct json *b = json_get(root, bytes);
	const struct json *s = json_get(root, scales);
	unsigned char *byte, *scale;

	if (!CHECK(b && s))
		return;
	byte = base64_take(b->text);
	scale = base64_take(s->text);
	for (size_t i = 0; i < rows * DIM; i++) {
		const unsigned char *p = scale + i / DIM * 4;
		uint32_t bits = (uint32_t)p[0] | (uint32_t)p[1] << 8 |
				(uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
		float by;

		memcpy(&by, &bits, sizeof(by));
		CHECK(fabsf(by * (float)(signed char)byte[i] - want[i]) <=
		      0.51f * by);
	}
	free(byte);
	free(scale);
}

static void check_pool(void)
{
	const struct page_pool p = pool_make();
	struct error e = { 0 };
	struct buf b = { 0 }, jpeg = { 0 };
	const struct json *root, *list;
	struct json_tree *tree;
	unsigned char *head;

	CHECK(page_pool_write(&b, &p, &e) == 0);
	CHECK(!strchr(b.data, '<') && utf8_valid((struct str){ b.data,
							b.bytes }));
	tree = json_parse((struct str){ b.data, b.bytes }, &e);
	if (!CHECK(tree != NULL))
		return;
	root = json_root(tree);
	check_vectors(root, "word8", "wordScale", *word_vectors, WORDS);
	check_vectors(root, "picture8", "pictureScale", *vectors, COUNT);
	list = json_get(root, "id");
	CHECK(list && str_equal(list->first->text, str_of("a/1")));
	list = json_get(root, "stop");
	CHECK(list && str_equal(list->first->text, str_of("car")));
	list = json_get(root, "shows");
	CHECK(list && list->first->next && list->first->next->first->number == 1);
	/* head and body together are the picture */
	CHECK(jpeg_write(&jpeg, rgb[0], SIDE, SIDE, PAGE_QUALITY, &e) == 0);
	head = base64_take(json_get(root, "head")->text);
	CHECK(!memcmp(head, jpeg.data, JPEG_HEAD_BYTES));
	free(head);
	head = base64_take(json_get(root, "jpeg")->first->text);
	CHECK(!memcmp(head, jpeg.data + JPEG_HEAD_BYTES,
		      jpeg.bytes - JPEG_HEAD_BYTES));
	free(head);
	json_free(tree);
	buf_free(&jpeg);
	buf_free(&b);
}

/* ---- page ---------------------------------------------------------------- */

static struct page page_make(const struct page_query *query,
			     const struct page_fact *fact)
{
	return (struct page){
		.title = evil, .about = evil, .program = evil, .index = evil,
		.side = SIDE, .counted = 1, .query = query, .queries = 3,
		.more = query + 3, .mores = 1, .fact = fact, .facts = 1,
	};
}

static void check_structure(const char *html)
{
	CHECK(count_of(html, "<img ") == 4);
	CHECK(count_of(html, "<img width=\"8\" height=\"8\" alt=\"") == 4);
	CHECK(count_of(html, "<section id=\"q") == 4);
	CHECK(count_of(html, "<section ") == count_of(html, "</section>"));
	/* only what is wrong is marked; a place past the counted ones is below
	 * a line */
	CHECK(count_of(html, "<li class=\"wrong\">") == 1);
	CHECK(count_of(html, "class=\"unseen\">right<") == 3);
	CHECK(count_of(html, "<p class=\"line\">places 2 to 2, not counted") ==
	      1);
	CHECK(count_of(html, "<ol start=\"2\" class=\"rest\">") == 1);
	CHECK(strstr(html, ">0.813<") && strstr(html, ">&#8722;0.250<"));
	/* each query has its precision beside its link, weak ones a word */
	CHECK(strstr(html, "<a href=\"#q2\">a+b <span class=\"score\">"
		     "100&#8239;%"));
	CHECK(strstr(html, "<li class=\"weak\"><a href=\"#q3\">c <span class="
		     "\"score\"><span class=\"mark\">weak</span> 60&#8239;%"));
	CHECK(strstr(html, "It fails most at <a href=\"#q1\">"));
	CHECK(strstr(html, "<a href=\"#top\">") && strstr(html, "id=\"top\""));
}

static void check_page(void)
{
	struct page_result result[2] = {
		{ str_of(evil), evil, rgb[0], 0.8125f, 1, 0 },
		{ str_of("car"), "car", rgb[1], -0.25f, 0, 1 },
	};
	struct page_query query[4] = {
		{ evil, evil, 1, 400, 200, 31, result, 2 },
		{ "a+b", NULL, 0, 1000, 0, 20, result, 1 },
		{ "c", NULL, 1, 600, 201, 30, NULL, 0 },
		{ "a - b", "about", 0, 800, -1, 30, result, 1 },
	};
	struct page_fact fact = { evil, evil };
	struct page page = page_make(query, &fact);
	const struct page_pool pool = pool_make();
	struct error e = { 0 };
	struct buf b = { 0 };

	CHECK(page_mean(&page, PAGE_SIMPLE, PAGE_OURS) == 500);
	CHECK(page_mean(&page, PAGE_SIMPLE, PAGE_WORDS) == 201);
	CHECK(page_mean(&page, PAGE_COMPLEX, PAGE_OURS) == 1000);
	CHECK(page_mean(&page, PAGE_ALL, PAGE_CHANCE) == 27);
	CHECK(page_write(&b, &page, &e) == 0);
	CHECK(!strstr(b.data, "<script"));	/* nothing to ask with */
	check_structure(b.data);
	buf_clear(&b);
	page.pool = &pool;
	CHECK(page_write(&b, &page, &e) == 0);
	check_structure(b.data);
	CHECK(count_of(b.data, "<script") == 2);
	CHECK(count_of(b.data, "</script>") == 2);
	CHECK(count_of(b.data, "data-picture=\"0\"") == 3);
	CHECK(!strstr(b.data, "<script>alert") && !strstr(b.data, "<!--"));
	CHECK(utf8_valid((struct str){ b.data, b.bytes }));
	CHECK(strlen(b.data) == b.bytes && !strchr(b.data, 1));
	CHECK(!strstr(b.data, "http:") && !strstr(b.data, "https:") &&
	      !strstr(b.data, "url("));
	CHECK(strstr(b.data, "<html lang=\"en\">") != NULL);
	CHECK(strstr(b.data, "prefers-color-scheme: dark") != NULL);
	CHECK(strstr(b.data, "default-src 'none'") != NULL);
	/* pictograms are not shown as captions */
	CHECK(count_of(b.data, "\xf0\x9f\x90\xb6</q>") == 0);
	page.queries = 0;
	CHECK(page_mean(&page, PAGE_ALL, PAGE_OURS) == 0);
	buf_free(&b);
}

static int write_page(struct error *e)
{
	const struct page_pool pool = pool_make();
	struct page_result result = { str_of(evil), evil, rgb[0], 0.5f, 1, 0 };
	struct page_query query[4] = {
		{ evil, evil, 1, 400, 200, 31, &result, 1 },
	};
	struct page_fact fact = { evil, evil };
	struct page page = page_make(query, &fact);
	struct buf b = { 0 };
	int code;

	page.queries = 1;
	page.mores = 0;
	page.pool = &pool;
	code = page_write(&b, &page, e);
	buf_free(&b);
	return code;
}

static void check_text(void)
{
	struct error e = { 0 };
	struct buf b = { 0 };

	CHECK(html_text(&b, str_of("a\"'`<>&\xff\x01\xe2\x80\xae\xc3\xa9"),
			&e) == 0);
	CHECK_STR(b.data, "a&#34;&#39;&#96;&#60;&#62;&#38;\xef\xbf\xbd  "
		  "\xc3\xa9");
	buf_free(&b);
}

static void check_scores(void)
{
	static const struct {
		float score;
		const char *text;
	} known[] = {
		{ 0, "0.000" }, { 0.0004f, "0.000" }, { -1, "&#8722;1.000" },
		{ 1e30f, "-" }, { (float)NAN, "-" }, { 12.3456f, "12.346" },
		{ -0.0004f, "0.000" },
	};
	struct error e = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(known); i++) {
		struct buf b = { 0 };

		CHECK(html_score(&b, known[i].score, &e) == 0);
		CHECK_STR(b.data, known[i].text);
		buf_free(&b);
	}
}

int main(void)
{
	for (size_t i = 0; i < sizeof(rgb); i++)
		rgb[i / sizeof(*rgb)][i % sizeof(*rgb)] = (unsigned char)(i *
									  7);
	check_pool();
	check_page();
	fail_each("page", write_page);
	check_text();
	check_scores();
	return test_end("page");
}
