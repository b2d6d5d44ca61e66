/*
 * test_lists.c - what is in a list of posts is used or listed: odd texts,
 * encodings, quotes, columns, paths, links, JSON of other programs.  The cost
 * of a table is counted in bytes looked at.
 */
#include <sys/stat.h>

#include "base/rng.h"
#include "posts/posts_records.h"
#include "posts/posts_text.h"
#include "posts_made.h"

#define MARK "\xEF\xBB\xBF"

static void clean_into(struct buf *b, struct str s)
{
	struct error e = { 0 };

	buf_clear(b);
	CHECK(buf_add(b, "", 0, &e) == 0 && posts_text_clean(b, s, &e) == 0);
}

/* clean(clean(x)) == clean(x), for texts put together from odd pieces. */
static void clean_twice(void)
{
	static const char *const pieces[] = {
		MARK, MARK, " ", "\n", "\t", "a", "\xC3\xA9", "\xEF\xBB",
		"\xFF", "\xED\xA0\x80", "\xF0\x9F\x98\x80", "\r", "\x01",
	};
	struct buf text = { 0 }, once = { 0 }, twice = { 0 };
	struct error e = { 0 };
	uint64_t key = rng_key(15, rng_stream(RNG_TEST, 0, 0)), draw = 0;

	for (int i = 0; i < 5000; i++) {
		buf_clear(&text);
		for (uint64_t n = rng_draw_below(key, draw++, 9); n; n--) {
			const char *piece = pieces[rng_draw_below(key, draw++,
						   ARRAY_LEN(pieces))];

			buf_add(&text, piece, strlen(piece), &e);
		}
		clean_into(&once, (struct str){ text.data, text.bytes });
		clean_into(&twice, (struct str){ once.data, once.bytes });
		if (!CHECK(once.bytes == twice.bytes &&
			   !memcmp(once.data, twice.data, once.bytes)))
			break;
	}
	buf_free(&text);
	buf_free(&once);
	buf_free(&twice);
}

/* Tags of which cleaning leaves nothing give no caption, wherever they are. */
static void tags_of_marks(void)
{
	struct posts p;

	put("marks.tsv", "image\ttags\na.jpg\t" MARK MARK "\n"
	    "b.jpg\tsea\nc.jpg\t" MARK " " MARK "\nd.jpg\tsun\n"
	    "e.jpg\t" MARK MARK MARK "\n");
	CHECK(reading(&p, "marks.tsv", NULL) == 0);
	CHECK(p.count == 2 && p.captions == 2 && p.skips == 3);
	CHECK(is(caption(&p, 0, 0), "sea") && is(caption(&p, 1, 0), "sun"));
	CHECK(skip_is(&p, 0, "a.jpg", "no caption", 0));
	posts_free(&p);
	put("marks.jsonl", "{\"image\":\"a.jpg\",\"tags\":"
	    "\"\\ufeff\\ufeff\"}\n{\"image\":\"b.jpg\",\"tags\":"
	    "[\"\\ufeff\",\"\\ufeff\\ufeff\"]}\n");
	CHECK(reading(&p, "marks.jsonl", NULL) == 0);
	CHECK(p.count == 0 && p.captions == 0 && p.skips == 2);
	posts_free(&p);
}

/* A caption is whole or it is listed. */
static void long_caption(void)
{
	struct posts p;
	size_t n = (1 << 20) + 1;
	char *text = malloc(n + 1);

	memset(text, 'a', n);
	memcpy(text + n - 7, "needle", 6);
	text[n - 1] = 0;
	put("long/a.jpg", "?");
	put("long/a.txt", text);
	CHECK(reading(&p, "long", NULL) == 0 && p.captions == 1 && !p.skips);
	CHECK(p.captions && p.caption[0].bytes == n - 1 &&
	      !memcmp(p.caption[0].data + n - 7, "needle", 6));
	posts_free(&p);
	put_bytes("long/a.txt", text, n);
	CHECK(reading(&p, "long", NULL) == 0 && p.count == 0);
	CHECK(skip_is(&p, 0, "a.jpg", "its text of more than 1 MB", 0));
	posts_free(&p);
	free(text);
}

/* UTF-16 of either order is read, in every kind of list; what is neither it
 * nor UTF-8 is listed with the record it is in. */
static size_t utf16(char *to, const char *text, int big)
{
	size_t n = 0;

	to[n++] = big ? '\xFE' : '\xFF';
	to[n++] = big ? '\xFF' : '\xFE';
	for (; *text; text++) {
		to[n + (size_t)big] = *text;
		to[n + (size_t)!big] = 0;
		n += 2;
	}
	return n;
}

static void encodings(void)
{
	static const char *const lists[][2] = {
		{ "u.csv", "image,caption\na.jpg,sea\nb.jpg,sun\n" },
		{ "u.tsv", "image\tcaption\na.jpg\tsea\nb.jpg\tsun\n" },
		{ "u.jsonl", "{\"image\":\"a.jpg\",\"caption\":\"sea\"}\n"
		  "{\"image\":\"b.jpg\",\"caption\":\"sun\"}\n" },
		{ "u.json", "{\"a.jpg\":\"sea\",\"b.jpg\":\"sun\"}" },
		{ "u.txt", "a.jpg#0\tsea\nb.jpg#0\tsun\n" },
	};
	struct posts p;
	struct error e = { 0 };
	struct posts_options o = { 0 };
	char bytes[400], names[500];
	size_t n;

	for (int big = 0; big < 2; big++) {
		for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
			n = utf16(bytes, lists[i][1], big);
			put_bytes(lists[i][0], bytes, n);
			CHECK(reading(&p, lists[i][0], NULL) == 0);
			CHECK(p.count == 2 && is(caption(&p, 0, 0), "sea") &&
			      is(caption(&p, 1, 0), "sun"));
			posts_free(&p);
		}
		put("utf/a.jpg", "?");
		put_bytes("utf/a.txt", bytes, utf16(bytes, "sea", big));
		CHECK(reading(&p, "utf", NULL) == 0 && p.count == 1 &&
		      is(caption(&p, 0, 0), "sea"));
		posts_free(&p);
		put_bytes("u.list", bytes, utf16(bytes, "a.jpg\n", big));
		put("u.csv", lists[0][1]);
		snprintf(names, sizeof(names), "%s,,", at("u.list"));
		o.split_lists = names;
		CHECK(reading(&p, "u.csv", &o) == 0 && p.count == 1);
		posts_free(&p);
	}
	put_bytes("utf/a.txt", "s\0e\0a\0", 6);
	put("utf/b.jpg", "?");
	put("utf/b.txt", "caf\xE9");
	put("utf/c.jpg", "?");
	put_bytes("utf/c.txt", "\xFF\xFE" "a\0\0\xD8" "b\0", 8);
	put("utf/d.jpg", "?");
	put_bytes("utf/d.txt", "\xFF\xFE\0\0a\0\0\0", 8);
	CHECK(reading(&p, "utf", NULL) == 0 && p.count == 0 && p.skips == 4);
	CHECK(skip_is(&p, 0, "a.jpg", "UTF-16 without a byte order mark", 0));
	CHECK(skip_is(&p, 1, "b.jpg", "text is not UTF-8", 0));
	CHECK(skip_is(&p, 2, "c.jpg", "text is not UTF-8", 0));
	CHECK(skip_is(&p, 3, "d.jpg", "its text is UTF-32", 0));
	posts_free(&p);
	put("u.csv", "image,caption,tags\na.jpg,caf\xE9,\nb.jpg,b,\xC3\n"
	    "\xE9.jpg,c,\n");
	CHECK(reading(&p, "u.csv", NULL) == 0 && p.count == 1);
	CHECK(is(p.post[0].path, "\xE9.jpg"));
	CHECK(skip_is(&p, 0, "u.csv:2", "text is not UTF-8", 0) &&
	      skip_is(&p, 1, "u.csv:3", "text is not UTF-8", 0));
	posts_free(&p);
	put_bytes("u.csv", "\x1F\x8B\x08\0\0", 5);
	CHECK(posts_read(&p, at("u.csv"), NULL, &e) == ERROR_DATA &&
	      strstr(e.text, "u.csv' is compressed (gzip)") &&
	      strstr(e.hint, "gzip -dc"));
	error_clear(&e);
	put_bytes("u.csv", "\xFF\xD8\xFF\xE0\0", 5);
	CHECK(posts_read(&p, at("u.csv"), NULL, &e) == ERROR_DATA &&
	      strstr(e.text, "is a JPEG picture"));
	error_clear(&e);
	put_bytes("u.csv", "\x7F" "ELF\2\1\1\0\0\0\0\0", 12);
	CHECK(posts_read(&p, at("u.csv"), NULL, &e) == ERROR_DATA &&
	      strstr(e.text, "is not text: it has zero bytes"));
}

/* Each byte is looked at a bounded number of times, whatever the quotes. */
/* Line ends of CR alone, in whatever is plain text; marks before a list. */
static void line_ends(void)
{
	struct posts p;
	struct posts_options lines = { .lines = 1 };
	struct error e = { 0 };

	put("cr.csv", "image,caption\ra.jpg,red\rb.jpg,\"blue\"\r");
	CHECK(reading(&p, "cr.csv", NULL) == 0 && p.count == 2 && !p.skips);
	CHECK(is(caption(&p, 1, 0), "blue"));
	posts_free(&p);
	put("cr.jsonl", "{\"image\":\"a.jpg\",\"caption\":\"x\"}\r"
	    "{\"image\":\"b.jpg\",\"caption\":\"y\"}");
	CHECK(reading(&p, "cr.jsonl", NULL) == 0 && p.count == 2);
	posts_free(&p);
	put("crs/a.jpg", "?");
	put("crs/a.txt", "one\rtwo\r\rthree");
	CHECK(posts_read(&p, at("crs"), &lines, &e) == 0);
	CHECK(p.captions == 3 && is(caption(&p, 0, 2), "three"));
	posts_free(&p);
	put_bytes("cr16.csv", "\xFF\xFEi\0m\0a\0g\0e\0,\0t\0e\0x\0t\0\r\0a\0"
		  ".\0j\0p\0g\0,\0x\0\r\0", 40);
	CHECK(reading(&p, "cr16.csv", NULL) == 0 && p.count == 1);
	posts_free(&p);
	/* the last line end is cut in two */
	put("half.csv", "image,caption\r\na.jpg,\"red\"\r");
	CHECK(reading(&p, "half.csv", NULL) == 0 && p.count == 1 && !p.skips);
	posts_free(&p);
	put("marks.csv", MARK MARK "image,caption\na.jpg,red\n");
	CHECK(reading(&p, "marks.csv", NULL) == 0 && p.count == 1);
	posts_free(&p);
	put("marks2.jsonl", MARK MARK MARK "{\"image\":\"a.jpg\","
	    "\"caption\":\"x\"}\n");
	CHECK(reading(&p, "marks2.jsonl", NULL) == 0 && p.count == 1);
	posts_free(&p);
}

/* A first line that is no record is no header either, and the next is none. */
static void header_unread(void)
{
	struct posts p;
	struct error e = { 0 };

	put("head.csv", "\"image\" , \"caption\"\nimage,caption\n"
	    "a.jpg,red\n");
	CHECK(posts_read(&p, at("head.csv"), NULL, &e) == ERROR_DATA);
	CHECK(strstr(e.text, "the first line of") &&
	      strstr(e.text, "text after a closing quote"));
}

/* What is no file is named: the text, not its picture. */
static void text_of_no_file(void)
{
	struct posts p;

	put("tf/a.jpg", "?");
	CHECK(mkfifo(at("tf/a.txt"), 0600) == 0);
	CHECK(reading(&p, "tf", NULL) == 0 && p.count == 0 && p.skips == 1);
	CHECK(skip_is(&p, 0, "a.jpg", "its text is not a file", 0));
	posts_free(&p);
}

/* A record's texts are captions under every name that a table may use. */
static void json_captions(void)
{
	struct posts p;

	put("names.jsonl", "{\"image\":\"a.jpg\",\"title\":\"t\","
	    "\"caption\":\"c\",\"text\":\"x\"}\n"
	    "{\"image\":\"b.jpg\",\"comment\":\"k\","
	    "\"sentence\":\"s\"}\n");
	CHECK(reading(&p, "names.jsonl", NULL) == 0 && p.count == 2);
	CHECK(p.captions == 5 && is(caption(&p, 0, 0), "c") &&
	      is(caption(&p, 0, 1), "x") && is(caption(&p, 0, 2), "t") &&
	      is(caption(&p, 1, 0), "k") && is(caption(&p, 1, 1), "s"));
	posts_free(&p);
}

static void table_budget(void)
{
	static const char *const lines[] = {
		"xx\",\"yy\n", "\"a\n", "a,\"b\n", "\"\n", ",\"\"\"\n",
	};
	size_t bytes = 3u << 20;
	char *text = malloc(bytes);
	struct error e = { 0 };

	for (size_t kind = 0; kind < 2 * ARRAY_LEN(lines); kind++) {
		const char *line = lines[kind / 2], *reason;
		size_t n = strlen(line), records = 0;
		struct records r;
		int got;

		for (size_t i = 0; i < bytes; i++)
			text[i] = line[i % n];
		if (kind % 2)	/* closes at the end, but not as it should */
			memcpy(text + (1 << 20) - 4, "\"z\n\n", 4);
		records_start(&r, (struct str){ text, bytes }, ',');
		while ((got = records_next(&r, &reason, &e)) > 0)
			records++;
		CHECK(got == 0 && records > 0 && r.rest.bytes == 0);
		CHECK(r.looked_at <= (RECORDS_TRIES + 4) * (uint64_t)bytes);
		records_free(&r);
	}
	free(text);
}

/* "image,caption" before rows of three: a note; a row of its own width is
 * listed. */
static void table_width(void)
{
	struct posts p;
	struct posts_options o = { .columns = "image,caption" };
	struct error e = { 0 };

	put("w.tsv", "a.jpg\tA child\twith a tab\nb.jpg\tplain\n");
	CHECK(reading(&p, "w.tsv", &o) == 0 && p.count == 1 && p.skips == 1);
	CHECK(is(caption(&p, 0, 0), "plain"));
	CHECK(skip_is(&p, 0, "w.tsv:1", "3, the table has 2", 0));
	posts_free(&p);
	put("w.tsv", "a.jpg\ta\t1\nb.jpg\tb\t2\nc.jpg\tc\td\t3\n");
	CHECK(reading(&p, "w.tsv", &o) == 0 && p.count == 2 && p.skips == 1);
	CHECK(skip_is(&p, 0, "w.tsv:3", "4, the table has 3", 2));
	posts_free(&p);
	put("results.csv", "image_name| comment_number| comment\n"
	    "a.jpg| 0| one\na.jpg| 1 two\nb.jpg| 0| has | a pipe\n");
	CHECK(reading(&p, "results.csv", NULL) == 0 && p.count == 1);
	CHECK(skip_is(&p, 0, "results.csv:3", "2, the table has 3", 1) &&
	      skip_is(&p, 1, "results.csv:4", "4, the table has 3", 1));
	posts_free(&p);
	o.columns = "image,caption,path";
	CHECK(posts_read(&p, at("w.tsv"), &o, &e) == ERROR_USAGE);
	CHECK(strstr(e.text, "names 'path' twice") != NULL);
}

/* Whatever ends below the root is in it; what does not is listed. */
static void paths(void)
{
	struct posts p;
	struct posts_options o = { 0 };
	struct buf list = { 0 };
	struct error e = { 0 };
	char root[400];

	put("ab/sub/images/a.jpg", "?");
	put("ab/sub/images/deep/b.jpg", "?");
	put("ab/lists/x", "?");
	buf_addf(&list, &e, "image,caption\n%s/ab/sub/images/a.jpg,a\n"
		 "../sub/images//deep/./b.jpg,b\nsub2/../c.jpg,c\n"
		 "%s/ab/sub/d.jpg,d\n../../e.jpg,e\n", top, top);
	put("ab/lists/l.csv", list.data);
	snprintf(root, sizeof(root), "%s", at("ab/sub/images"));
	o.root = root;
	CHECK(reading(&p, "ab/lists/l.csv", &o) == 0);
	CHECK(p.count == 3 && p.skips == 2 && is(p.post[0].path, "a.jpg") &&
	      is(p.post[1].path, "deep/b.jpg") && is(p.post[2].path, "c.jpg"));
	CHECK(p.skips && strstr(p.skip[0].reason.data, "--root DIR") != NULL);
	posts_free(&p);
	o.root = "/";
	CHECK(reading(&p, "ab/lists/l.csv", &o) == 0);
	CHECK(p.count == 5 && p.skips == 0 &&
	      is(p.post[0].path, at("ab/sub/images/a.jpg") + 1) &&
	      is(p.post[4].path, at("e.jpg") + 1));
	posts_free(&p);
	CHECK(reading(&p, "ab/lists/l.csv", NULL) == 0);
	CHECK(p.count == 1 && p.skips == 4 && is(p.post[0].path, "c.jpg"));
	posts_free(&p);
	o.root = root;
	CHECK(posts_read(&p, at("ab/sub"), &o, &e) == ERROR_USAGE);
	buf_free(&list);
}

/* Pictures in images/ beside the list, without being told. */
static void images_beside(void)
{
	struct posts p;

	put("ib/list.csv", "image,caption\nlost.jpg,x\na.jpg,a\n");
	put("ib/Images/a.jpg", "?");
	CHECK(reading(&p, "ib/list.csv", NULL) == 0 && p.count == 2);
	CHECK(p.root && strcmp(p.root, at("ib/Images")) == 0);
	posts_free(&p);
	put("upper/list.csv", "image,caption\na.jpg,a\n");
	put("upper/IMAGES/a.jpg", "?");
	CHECK(reading(&p, "upper/list.csv", NULL) == 0 && p.root &&
	      strcmp(p.root, at("upper/IMAGES")) == 0);
	posts_free(&p);
	put("ib/a.jpg", "?");
	CHECK(reading(&p, "ib/list.csv", NULL) == 0);
	CHECK(p.root && strcmp(p.root, at("ib")) == 0);
	posts_free(&p);
}

static void json_documents(void)
{
	struct posts p;
	struct error e = { 0 };

	put("coco.json", "{\"info\": {}, \"annotations\": [\n"
	    "{\"image_id\": 7, \"id\": 1, \"caption\": \"x y\"},\n"
	    "{\"image_id\": 8, \"id\": 2, \"caption\": \"z\"},\n"
	    "{\"image_id\": 9, \"id\": 3, \"caption\": \"none\"},\n"
	    "{\"image_id\": 7, \"id\": 4, \"caption\": \"y x\"}],\n"
	    "\"images\": [{\"id\": 7, \"file_name\": \"a.jpg\"},"
	    "{\"id\": 8, \"file_name\": \"b.jpg\"},"
	    "{\"id\": 10, \"file_name\": \"mute.jpg\"}]}");
	CHECK(reading(&p, "coco.json", NULL) == 0 && p.layout == POSTS_JSON);
	CHECK(p.count == 2 && p.captions == 3 && is(p.post[0].id, "a") &&
	      is(caption(&p, 0, 1), "y x") && is(caption(&p, 1, 0), "z"));
	CHECK(p.skips == 2 && skip_is(&p, 0, "mute.jpg", "no caption", 2) &&
	      skip_is(&p, 1, "coco.json:annotations[2]", "no image has", 2));
	posts_free(&p);
	put("dataset.json", "{\"images\": [{\"filepath\": \"val2014\","
	    "\"sentids\": [1, 2], \"filename\": \"a.jpg\", \"imgid\": 0,"
	    "\"split\": \"restval\", \"sentences\": [{\"tokens\": [\"a\"],"
	    "\"raw\": \"A dog.\"}, {\"raw\": \"Dog\"}]}], "
	    "\"dataset\": \"coco\"}");
	CHECK(reading(&p, "dataset.json", NULL) == 0 && p.count == 1);
	CHECK(p.count && is(p.post[0].path, "val2014/a.jpg") &&
	      p.post[0].captions == 2 && p.post[0].split == POSTS_TRAIN &&
	      is(caption(&p, 0, 0), "A dog."));
	posts_free(&p);
	put("array.json", "[{\"image\":\"a.jpg\",\"caption\":[\"x\",\"y\"]},"
	    "\n5, {\"image\":\"b.jpg\",\"caption\":\"y\"}\n]\n");
	CHECK(reading(&p, "array.json", NULL) == 0 && p.count == 2 &&
	      p.captions == 3);
	CHECK(skip_is(&p, 0, "array.json[1]", "not an object", 1));
	posts_free(&p);
	put("map.json", "{\"a.jpg\": \"x\", \"note\": \"?\",\n"
	    "\"b.jpg\": [\"y\", \"z\"], \"c.jpg\": {\"text\": \"w\"}}");
	CHECK(reading(&p, "map.json", NULL) == 0 && p.count == 3 &&
	      p.captions == 4);
	CHECK(skip_is(&p, 0, "map.json[1]", "not a picture's name", 1));
	posts_free(&p);
	put("one.json", "{\"image\": \"a.jpg\", \"caption\": \"x\"}\n");
	CHECK(reading(&p, "one.json", NULL) == 0 && p.count == 1);
	posts_free(&p);
	put("cut.json", "[{\"image\":\"a.jpg\",\"caption\":\"x\"},\n");
	CHECK(posts_read(&p, at("cut.json"), NULL, &e) == ERROR_DATA &&
	      strstr(e.text, "does not end"));
	error_clear(&e);
	put("odd.json", "[{\"image\":\"a.jpg\",\"caption\":\"x\"} 5]");
	CHECK(posts_read(&p, at("odd.json"), NULL, &e) == ERROR_DATA &&
	      strstr(e.text, "bad JSON at byte"));
	error_clear(&e);
	put("other.json", "{\"version\": 3}");
	CHECK(posts_read(&p, at("other.json"), NULL, &e) == ERROR_DATA &&
	      strstr(e.text, "not a list of pictures"));
}

/* Links to folders are followed, each folder once; none is lost unsaid. */
static void links(void)
{
	struct posts p;

	put("ln/set/real/1.jpg", "?");
	put("ln/set/real/1.txt", "one");
	put("ln/set/real/1.TXT", "other");
	put("ln/target/2.jpg", "?");
	put("ln/target/2.txt", "two");
	CHECK(symlink("../target", at("ln/set/linked")) == 0);
	CHECK(symlink("../real", at("ln/set/real/again")) == 0);
	CHECK(symlink("nowhere.jpg", at("ln/set/gone.jpg")) == 0);
	CHECK(symlink("nowhere.txt", at("ln/set/real/3.txt")) == 0);
	put("ln/set/real/3.jpg", "?");
	CHECK(reading(&p, "ln/set", NULL) == 0 && p.count == 2 &&
	      p.skips == 4);
	CHECK(is(p.post[0].path, "linked/2.jpg") &&
	      is(caption(&p, 0, 0), "two"));
	CHECK(skip_is(&p, 0, "gone.jpg", "no caption", 0));
	CHECK(skip_is(&p, 1, "real/1.txt", "another text has the same", 2));
	CHECK(skip_is(&p, 2, "real/3.jpg", "cannot open its text", 2));
	CHECK(skip_is(&p, 3, "real/again/", "read already", 2));
	posts_free(&p);
}

/* One tag a row, rows of one picture apart: none is lost, each is there once. */
static void tags_of_rows(void)
{
	struct posts p;

	put("tags.csv", "image,tags\na.jpg,red\nb.jpg,sea\na.jpg,sun\n"
	    "a.jpg,\"red;big car\"\nb.jpg,sea\na.jpg,sun\n");
	CHECK(reading(&p, "tags.csv", NULL) == 0 && p.count == 2);
	CHECK(is(p.post[0].tags, "red\nsun\nbig car") &&
	      is(p.post[1].tags, "sea"));
	CHECK(is(caption(&p, 0, 0), "red sun big car") && p.captions == 2);
	posts_free(&p);
}

static char said[400];		/* the last warning */

static void hear(void *context, const char *text)
{
	(void)context;
	snprintf(said, sizeof(said), "%s", text);
}

static void names_of_none(void)
{
	const struct talk talk = { .warn = hear };
	struct posts_options o = { .talk = &talk };
	struct posts p;
	char lists[500];

	put("ns.csv", "image,caption\na.jpg,a\nb.jpg,b\n");
	put("ns.train", "a.jpg\nc.jpg\n");
	put("ns.val", "b\nd\n");
	snprintf(lists, sizeof(lists), "%s,%s,", at("ns.train"), at("ns.val"));
	o.split_lists = lists;
	CHECK(reading(&p, "ns.csv", &o) == 0 && p.count == 2 && !p.skips);
	CHECK(strstr(said, "2 names") && strstr(said, "'c.jpg'"));
	posts_free(&p);
}

/* Out of memory anywhere, whatever the list: an error, and nothing is kept. */
static void memory(void)
{
	static const char *const lists[] = {
		"ib/list.csv", "coco.json", "map.json", "dataset.json",
		"array.json",
		"tags.csv", "marks.jsonl", "results.csv", "ab/lists/l.csv",
		"ln/set", "utf",
	};

	for (size_t i = 0; i < ARRAY_LEN(lists); i++)
		for (uint64_t n = 1; n < 120; n++) {
			struct error e = { 0 };
			struct posts p;
			int code;

			mem_fail_at(n, 1);
			code = posts_read(&p, at(lists[i]), NULL, &e);
			mem_fail_at(0, 0);
			posts_free(&p);
			if (code == 0)
				break;
			CHECK(code == ERROR_FAILED);
			CHECK(p.post == NULL && p.root == NULL);
		}
}

/* Another's wish to stop ends every kind of list and folder. */
static int at_once(void *context)
{
	(void)context;
	return 1;
}

static void stops(void)
{
	static const char *const lists[] = {
		"tags.csv", "coco.json", "marks.jsonl", "u.txt", "ln/set",
	};
	const struct talk talk = { .stop = at_once };
	const struct posts_options o = { .talk = &talk };

	for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
		struct posts p;
		struct error e = { 0 };

		CHECK(posts_read(&p, at(lists[i]), &o, &e) == ERROR_FAILED &&
		      strstr(e.text, "stopped before"));
	}
}

int main(void)
{
	if (made_begin("test_lists"))
		return 1;
	clean_twice();
	tags_of_marks();
	long_caption();
	encodings();
	line_ends();
	header_unread();
	text_of_no_file();
	json_captions();
	table_budget();
	table_width();
	paths();
	images_beside();
	json_documents();
	links();
	tags_of_rows();
	names_of_none();
	memory();
	stops();
	return made_end() ? 1 : test_end("lists");
}
