/*
 * test_answer_page.c - the page of an answer: hostile names and captions stay
 * text, pictures are inside, what cannot be shown says why.
 * Environment: TMPDIR a folder.
 */
#include <math.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/str.h"
#include "fail_each.h"
#include "format/png.h"
#include "test.h"
#include "base/utf8.h"
#include "web/answer_page.h"

enum { COUNT = 4, WIDE = 400, HIGH = 30 };

static const char evil[] =
	"\" onerror=\"alert(1)\"><script>alert('x')</script>`&\xff\xe2\x80\xae";
static const char odd_name[] = "a'b\"<c> %41#?&\n.png";

static char folder[200], path[600];
static struct error err;

static size_t count_of(const char *text, const char *part)
{
	size_t n = 0;

	while ((text = strstr(text, part))) {
		text += strlen(part);
		n++;
	}
	return n;
}

static void write_file(const char *name, const void *data, size_t bytes)
{
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	f = fopen(path, "wb");
	if (CHECK(f != NULL)) {
		CHECK(fwrite(data, 1, bytes, f) == bytes);
		fclose(f);
	}
}

static void write_picture(const char *name)
{
	static unsigned char rgb[WIDE * HIGH * 3];
	struct buf png = { 0 };

	for (size_t i = 0; i < sizeof(rgb); i++)
		rgb[i] = (unsigned char)(i * 31);
	CHECK(png_write(&png, rgb, WIDE, HIGH, &err) == 0);
	write_file(name, png.data, png.bytes);
	buf_free(&png);
}

static const float shares[2] = { 0.75f, -0.25f };
static const struct seesay_term terms[2] = {
	{ .text = "beach", .weight = 1, .known = 1 },
	{ .text = evil, .weight = -1, .known = 1 },
};
static struct seesay_result results[COUNT] = {
	{ .score = 0.5f, .id = "1", .path = odd_name, .caption = evil,
	  .share = shares },
	{ .score = 0.25f, .id = evil, .path = "broken.png",
	  .caption = "", .share = shares },
	{ .score = -0.125f, .id = "3", .path = evil, .caption = "sea",
	  .share = shares },
	{ .score = -0.25f, .id = "4", .path = ".", .caption = "a folder",
	  .share = shares },
};

static void check_page(const char *html)
{
	CHECK(!strstr(html, "<script") && !strstr(html, " onerror=\""));
	CHECK(!strstr(html, "\xe2\x80\xae"));	/* turns no text around */
	CHECK(utf8_valid(str_of(html)));
	/* one picture, fitted: 400 x 30 becomes 320 x 24 */
	CHECK(count_of(html, "<img ") == 1);
	CHECK(count_of(html, " width=\"320\" height=\"24\"") == 1);
	CHECK(count_of(html, "src=\"data:image/jpeg;base64,/9j/") == 1);
	CHECK(count_of(html, "<span class=\"none\">") == 3);
	CHECK(strstr(html, "No such file") != NULL);
	/* links lead to files alone, every odd byte as a number */
	CHECK(count_of(html, "href=\"") == count_of(html, "href=\"file:///"));
	CHECK(strstr(html, "/a%27b%22%3Cc%3E%20%2541%23%3F%26%0A.png\"") !=
	      NULL);
	CHECK(count_of(html, "<li>beach <b>+0.750</b>") == COUNT);
	CHECK(count_of(html, " <b>&#8722;0.250</b>") == COUNT);
	CHECK(count_of(html, "<figure>") == COUNT &&
	      count_of(html, "</figure>") == COUNT);
	CHECK(!strstr(html, "http:") && !strstr(html, "https:"));
}

static const char *const note = evil;
static const struct seesay_term *const term[] = { &terms[0], &terms[1] };
static const struct seesay_result *const result[COUNT] = {
	&results[0], &results[1], &results[2], &results[3],
};
static const struct seesay_answer answer = {
	.term = term, .term_count = 2, .result = result,
	.result_count = COUNT, .note = &note, .note_count = 1,
};
static size_t shown;
static struct answer_page page = {
	.query = evil, .root = folder, .answer = &answer, .shown = &shown,
};

static int write_page(struct error *e)
{
	struct buf b = { 0 };
	int code = answer_page_write(&b, &page, e);

	buf_free(&b);
	return code;
}

/* A lack of memory is nothing that a page says of a picture. */
static void check_failing(void)
{
	fail_each("page of an answer", write_page);
	/* one alone, so that what follows would have memory again */
	for (uint64_t n = 1; n < 5000; n++) {
		struct error e = { 0 };
		uint64_t before = mem_count();
		int code;

		mem_fail_at(n, 0);
		code = write_page(&e);
		mem_fail_at(0, 0);
		if (!CHECK((code < 0) == (mem_count() - before >= n)))
			fprintf(stderr, "allocation %d: %d '%s'\n", (int)n,
				code, e.text);
		if (code == 0)
			break;
	}
}

static void check_answer(void)
{
	struct buf b = { 0 }, again = { 0 };

	write_picture(odd_name);
	write_file("broken.png", "\x89PNG\r\n\x1a\n<script>", 16);
	CHECK(answer_page_write(&b, &page, &err) == 0);
	CHECK(strlen(b.data) == b.bytes);
	check_page(b.data);
	CHECK(shown == 1);
	CHECK(answer_page_write(&again, &page, &err) == 0);
	check_failing();
	CHECK(again.bytes == b.bytes && !memcmp(again.data, b.data, b.bytes));
	buf_free(&b);
	buf_free(&again);
}

int main(void)
{
	const char *base = getenv("TMPDIR");
	struct decoder *d = decoder_open(1, &err);

	snprintf(folder, sizeof(folder), "%.180s/seesayXXXXXX",
		 base ? base : "/tmp");
	if (CHECK(d != NULL) && CHECK(mkdtemp(folder) != NULL)) {
		page.decoder = d;
		page.kernels = kernels_find(NULL);
		check_answer();
		snprintf(path, sizeof(path), "%s/broken.png", folder);
		unlink(path);
		snprintf(path, sizeof(path), "%s/%s", folder, odd_name);
		unlink(path);
		CHECK(rmdir(folder) == 0);
	}
	decoder_close(d);
	if (!CHECK(!err.code))
		fprintf(stderr, "%s\n", err.text);
	return test_end("answer_page");
}
