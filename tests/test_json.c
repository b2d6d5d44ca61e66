/*
 * test_json.c - what RFC 8259 allows is taken, all else refused, and strings
 * that are written can be read.
 */
#include <math.h>

#include "fail_each.h"
#include "format/json.h"

static int json_takes(const char *text, size_t bytes, struct error *e)
{
	/* a block of just that size: reading past it is seen by sanitizers */
	char *exact = mem_new(bytes, 1, e);
	struct json_tree *t;

	memcpy(exact, text, bytes);
	t = json_parse((struct str){ exact, bytes }, e);
	mem_free(exact);
	json_free(t);
	return t != NULL;
}

/* After JSONTestSuite (Nicolas Seriot): y_ must be taken, n_ refused. */
static void test_json_good(void)
{
	static const char *const good[] = {
		"{}", "[]", " [ ] \n", "null", "true", "false", "0", "-0",
		"-0.0e-0", "1E+2", "1e-999", "\"\"", "[1,2]", "[[],[[]]]",
		"{\"a\":1,\"b\":{\"a\":2}}", "{\"\":0}", "[\"\\u0000\"]",
		"[\"\\ud83c\\uDF0A\"]", "\"\177\"", "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"",
		"\"\303\251\342\202\254\360\237\214\212\"", "[1\t,\r\n2]",
		"123456789012345678901234567890", "\"\342\200\250\"",
		"{\"a\":1,\"A\":1}", "[0.1,0,0e1]",
	};

	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		struct error e = {0};

		if (!CHECK(json_takes(good[i], strlen(good[i]), &e)))
			fprintf(stderr, "%s: %s\n", good[i], e.text);
	}
}

static void test_json_bad(void)
{
	static const char *const bad[] = {
		"", " ", "{", "[", "]", "}", "[1", "[1,", "[1,]", "[,1]",
		"[,]", "{,}", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}",
		"{'a':1}", "{1:1}", "{\"a\" 1}", "{\"a\":1 \"b\":2}", "[1 2]",
		"1 2", "[] []", "nul", "nulll", "True", "NaN", "Infinity",
		"-", "+1", "01", "-01", "1.", ".5", "1e", "1e+", "0x1", "1.e1",
		"- 1", "1e999", "-1e999", "\"", "\"a", "\"\\", "\"\\x\"",
		"\"\\u12\"", "\"\\u12g4\"", "\"\\ud800\"", "\"\\udc00\"",
		"\"\\ud800\\u0041\"", "\"\\ud800\\n\"", "\"\\ud800\\ud800\"",
		"\"\\ud800\\ue000\"",
		"\"\t\"", "\"\n\"", "\"\001\"", "\"\351\"", "\"\355\240\200\"",
		"\"\300\200\"", "\"\364\220\200\200\"", "\357\273\277[]",
		"[1]x", "[\v1]", "[\f]", "//\n1", "/**/1", "{\"a\":1,\"a\":2}",
		"{\"b\":0,\"a\":1,\"\\u0061\":2}", "[\"a\":1]", "{\"a\",1}",
		"\177", "\303\251", "[1,2", "{\"a\":[}",
	};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct error e = {0};

		if (!CHECK(!json_takes(bad[i], strlen(bad[i]), &e) &&
			   e.code == ERROR_DATA))
			fprintf(stderr, "taken: %s\n", bad[i]);
	}
	CHECK(!json_takes("[\0]", 3, &(struct error){0}));
	CHECK(!json_takes("\"\0\"", 3, &(struct error){0}));
	CHECK(!json_takes("[1]\0", 4, &(struct error){0}));
}

static void test_json_depth(void)
{
	char deep[200];
	struct error e = {0};

	memset(deep, '[', 100);
	memset(deep + 64, ']', 64);
	CHECK(json_takes(deep, 128, &e));
	memset(deep, '[', 65);
	memset(deep + 65, ']', 65);
	CHECK(!json_takes(deep, 130, &e));
	CHECK_STR(e.text, "bad JSON at byte 64: nested too deep");
	CHECK(!json_parse((struct str){ NULL, 0 }, &(struct error){0}));
}

static void test_json_most(void)
{
	static const char text[] = "{\"a\":[1,{}],\"b\":\"c\"}";
	struct error e = {0};
	struct json_tree *t = json_parse_most(str_of(text), 5, &e);

	CHECK(t && !e.code);
	json_free(t);
	CHECK(!json_parse_most(str_of(text), 4, &e));
	CHECK(e.code == ERROR_DATA);
	CHECK_STR(e.text, "bad JSON at byte 12: more values than are taken");
}

static void test_json_tree(void)
{
	static const char text[] =
		"{\"a\":[1,-2.5e1,\"x\\u00e9\\ud83c\\udf0a\\u0000z\"],"
		"\"k\\n\":{\"t\":true,\"f\":false,\"n\":null}}";
	struct error e = {0};
	struct json_tree *t = json_parse(str_of(text), &e);
	const struct json *root = json_root(t), *a = json_get(root, "a");
	const struct json *k = json_get(root, "k\n");

	CHECK(root->type == JSON_OBJECT && a->type == JSON_ARRAY);
	CHECK(a->first->number == 1 && a->first->next->number == -25);
	CHECK(str_equal(a->first->next->text, str_of("-2.5e1")));
	CHECK(a->first->next->next->text.bytes == 9);
	CHECK(!memcmp(a->first->next->next->text.data,
		      "x\303\251\360\237\214\212\0z", 10));
	CHECK(!a->first->next->next->next && a->next == k && !k->next);
	CHECK(json_get(k, "t")->type == JSON_TRUE);
	CHECK(json_get(k, "f")->type == JSON_FALSE);
	CHECK(json_get(k, "n")->type == JSON_NULL);
	CHECK(!json_get(k, "x") && !json_get(a, "a") && !json_get(NULL, "a"));
	json_free(t);
	json_free(NULL);
}

static int json_work(struct error *e)
{
	struct json_tree *t = json_parse(str_of(
		"[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,{\"a\":1,"
		"\"b\":2,\"c\":{\"d\":[],\"e\":\"x\"}}]"), e);
	struct buf b = {0};
	int code = t ? json_put_string(&b, str_of("a<b\n\351"), e) : -1;

	json_free(t);
	buf_free(&b);
	return code;
}

static void test_json_put(void)
{
	static const struct {
		struct str text;
		const char *want;
	} cases[] = {
		{ { "", 0 }, "\"\"" },
		{ { NULL, 0 }, "\"\"" },
		{ { "a\"b\\c", 5 }, "\"a\\\"b\\\\c\"" },
		{ { "\n\t\0\037", 4 }, "\"\\n\\u0009\\u0000\\u001f\"" },
		{ { "</script>&", 10 }, "\"\\u003c/script\\u003e\\u0026\"" },
		{ { "\303\251\351\342\202", 5 },
		  "\"\303\251\357\277\275\357\277\275\357\277\275\"" },
		{ { "\342\200\250\342\200\251", 6 }, "\"\\u2028\\u2029\"" },
	};
	struct error e = {0};
	struct buf b = {0};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		buf_clear(&b);
		CHECK(json_put_string(&b, cases[i].text, &e) == 0);
		CHECK_STR(b.data, cases[i].want);
		CHECK(json_takes(b.data, b.bytes, &e));
	}
	buf_clear(&b);
	json_put_number(&b, (double)0.1f, &e);
	json_put_number(&b, -INFINITY, &e);
	json_put_number(&b, NAN, &e);
	CHECK_STR(b.data, "0.100000001nullnull");
	buf_free(&b);
	fail_each("json", json_work);
}

int main(void)
{
	test_json_good();
	test_json_bad();
	test_json_depth();
	test_json_most();
	test_json_tree();
	test_json_put();
	return test_end("json");
}
