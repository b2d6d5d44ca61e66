/*
 * fuzz_posts.c - any bytes as a list of posts: a table with or without named
 * columns, JSON Lines, a JSON document, a token file, a list of names of a
 * split, the text beside a picture.  The first byte tells which.
 *
 *	clang -g -O1 -fsanitize=fuzzer,address,undefined -Isrc -Isimd \
 *	    tests/fuzz_posts.c build/libseesay.a -lm -pthread
 *
 * With -DFUZZ_KIND=CSV (or another) one reader gets all bytes but the first.
 * With -DREPLAY (and no fuzzer) the program takes the files it is given.
 * Nothing is written, and no file but the working folder is looked at.
 */
#include <stdlib.h>

#include "base/file.h"
#include "base/plain.h"
#include "base/utf8.h"
#include "posts/posts_list.h"
#include "posts/posts_records.h"
#include "posts/posts_text.h"

enum kind { CSV, TSV, CSV_COLUMNS, TSV_COLUMNS, GUESSED, JSONL, JSON, FLICKR,
	    SPLIT_LIST, CAPTION, KINDS };

static const struct {
	const char *name;
	struct posts_options options;
} lists[] = {
	[CSV] = { "f.csv", { .layout = POSTS_TABLE } },
	[TSV] = { "f.tsv", { .layout = POSTS_TABLE } },
	[CSV_COLUMNS] = { "f.csv", { .layout = POSTS_TABLE,
				     .columns = "image,caption,tags" } },
	[TSV_COLUMNS] = { "f.tsv", { .layout = POSTS_TABLE, .wordless = 1,
				     .columns = "image,caption,-,split,id" } },
	[GUESSED] = { "f.txt", { .layout = POSTS_AUTO } },
	[JSONL] = { "f.jsonl", { .layout = POSTS_JSONL } },
	[JSON] = { "f.json", { .layout = POSTS_JSON } },
	[FLICKR] = { "f.token", { .layout = POSTS_FLICKR } },
};

/* Clean text: UTF-8, and cleaning it again changes nothing. */
static void check_text(struct str s)
{
	struct buf b = { 0 };
	struct error e = { 0 };

	if (!utf8_valid(s) || s.bytes > POSTS_LINE_BYTES)
		bug("a text that is not UTF-8, or too long");
	if (posts_text_clean(&b, s, &e) < 0 ||
	    !str_equal((struct str){ b.data, b.bytes }, s))
		bug("cleaning changes what is clean");
	buf_free(&b);
}

static void check_posts(const struct posts *p, int wordless)
{
	size_t captions = 0, before = 0;

	for (size_t i = 0; i < p->count; i++) {
		const struct post *post = &p->post[i];

		if (!posts_text_is_inside(post->path) || !post->id.bytes)
			bug("a picture outside its root, or without a name");
		if (post->first_caption != captions ||
		    (!post->captions && !wordless))
			bug("captions that are not its own");
		if (post->split >= POSTS_SPLITS)
			bug("a post without a split");
		captions += post->captions;
		check_text(post->tags);
		check_text(post->keyword);
		check_text(post->owner);
	}
	if (captions != p->captions)
		bug("captions of no post");
	for (size_t i = 0; i < captions; i++) {
		if (!p->caption[i].bytes)
			bug("an empty caption");
		check_text(p->caption[i]);
	}
	for (size_t i = 0; i < p->skips; i++) {
		if (!p->skip[i].reason.bytes || p->skip[i].before < before ||
		    p->skip[i].before > p->count)
			bug("a skip without a reason, or out of order");
		before = p->skip[i].before;
	}
}

static void try_list(enum kind kind, struct str text)
{
	struct posts p;
	struct error e = { 0 };
	int code = posts_read_text(&p, lists[kind].name, text,
				   &lists[kind].options, &e);

	if (code != e.code || (code && !*e.text))
		bug("an error without its code or text");
	if (code == ERROR_FAILED)
		bug("%s", e.text);	/* no failure is due here */
	if (!code) {
		check_posts(&p, lists[kind].options.wordless);
		posts_free(&p);
	}
}

/* No record costs more than its share: see posts_records.h. */
static void try_records(struct str text)
{
	struct records r;
	struct error e = { 0 };
	const char *reason;

	records_start(&r, text, ',');
	while (records_next(&r, &reason, &e) > 0)
		;
	if (e.code || r.rest.bytes ||
	    r.looked_at > (RECORDS_TRIES + 4) * (uint64_t)text.bytes)
		bug("records at more than they may cost");
	records_free(&r);
}

static void try_split_list(struct str text)
{
	struct error e = { 0 };
	struct posts_lists *lists = posts_lists_new(&e);
	const struct posts_source from = { "f.txt", text };
	const struct post post = { .path = { "a/b.jpg", 7 },
				   .id = { "a/b", 3 } };
	enum posts_split split = POSTS_SPLITS;

	if (!lists || posts_lists_add(lists, &from, POSTS_VAL, &e) < 0)
		bug("%s", e.text);
	if (posts_lists_find(lists, &post, &split) && split != POSTS_VAL)
		bug("a split that no list told");
	posts_lists_free(lists);
}

static void try_caption(struct str text)
{
	struct posts_options o = { .lines = 1 };
	struct posts p = { 0 };
	struct posts_list l;
	struct posts_text_lines lines;
	struct posts_row row = { .path = { "a.jpg", 5 }, .captions = 1,
				 .split = POSTS_TRAIN };
	struct str line;
	struct error e = { 0 };

	row.caption = &line;
	posts_list_start(&l, &p, &o, &e);
	posts_text_start(&lines, text);
	while (posts_text_line(&lines, &line))
		if (posts_list_row(&l, &row, &e) < 0)
			bug("%s", e.text);
	if (posts_list_end(&l, NULL, &e) < 0)
		bug("%s", e.text);
	check_posts(&p, 0);
	posts_list_free(&l);
	posts_free(&p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	struct str text = { (const char *)data + 1, bytes - 1 };
	struct buf decoded = { 0 };
	struct error e = { 0 };
	enum kind kind;

	if (bytes < 1)
		return 0;
#ifdef FUZZ_KIND
	kind = FUZZ_KIND;
#else
	kind = (enum kind)(*data % KINDS);
#endif
	if (kind == CSV)
		try_records(text);
	if (plain_decode(&text, &decoded, "f", &e) < 0)
		;
	else if (kind == SPLIT_LIST)
		try_split_list(text);
	else if (kind == CAPTION)
		try_caption(text);
	else
		try_list(kind, text);
	buf_free(&decoded);
	return 0;
}

#ifdef REPLAY
int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		struct error e = {0};
		struct file_view v;

		if (file_view_open(&v, argv[i], &e) < 0)
			return 1;
		LLVMFuzzerTestOneInput(v.data, v.bytes);
		file_view_close(&v);
	}
	return 0;
}
#endif
