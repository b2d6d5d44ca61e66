/*
 * test_ingest.c - posts to a dataset: the k-th caption stays with the k-th
 * picture whatever is left out around it, every skip has its reason, and
 * neither threads nor decoder children change a byte.
 */
#include <dirent.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "format/png.h"
#include "joint/ingest.h"
#include "stopping.h"
#include "test.h"

static char top[200];

static const char *at(const char *name)
{
	static char path[4][400];
	static int turn;
	char *p = path[turn++ % 4];

	snprintf(p, sizeof(path[0]), "%s/%s", top, name);
	return p;
}

static void put(const char *name, const void *data, size_t bytes)
{
	FILE *f = fopen(at(name), "wb");

	if (!f || fwrite(data, 1, bytes, f) != bytes || fclose(f)) {
		fprintf(stderr, "cannot write %s\n", name);
		exit(1);
	}
}

static void put_text(const char *name, const char *text)
{
	put(name, text, strlen(text));
}

/* 8 x 8, one grey of 128: every coefficient is 0, so one table of ones and
 * two Huffman tables of one code do. */
static size_t jpeg_make(unsigned char *to)
{
	static const unsigned char rest[] = {
		0xFF, 0xC0, 0, 11, 8, 0, 8, 0, 8, 1, 1, 0x11, 0,
		0xFF, 0xC4, 0, 20, 0x00, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		0, 0, 0, 0,
		0xFF, 0xC4, 0, 20, 0x10, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		0, 0, 0, 0,
		0xFF, 0xDA, 0, 8, 1, 1, 0, 0, 63, 0, 0x3F, 0xFF, 0xD9,
	};
	static const unsigned char begin[] = { 0xFF, 0xD8, 0xFF, 0xDB, 0, 67,
					       0 };

	memcpy(to, begin, sizeof(begin));
	memset(to + sizeof(begin), 1, 64);
	memcpy(to + sizeof(begin) + 64, rest, sizeof(rest));
	return sizeof(begin) + 64 + sizeof(rest);
}

/* 5 x 3 of one colour. */
static void put_png(const char *name, int red, size_t cut)
{
	unsigned char rgb[5 * 3 * 3];
	struct buf b = { 0 };
	struct error e = { 0 };

	for (size_t i = 0; i < sizeof(rgb); i++)
		rgb[i] = i % 3 ? 7 : (unsigned char)red;
	png_write(&b, rgb, 5, 3, &e);
	put(name, b.data, b.bytes - cut);
	buf_free(&b);
}

static struct decoder *decoder[2];	/* of 1 and of 3 children */
static struct machine machine[2];

static int ingest(const char *source, const char *out,
		  const struct ingest_options *base, int many,
		  struct ingest_result *r, struct error *e)
{
	struct ingest_options o = *base;

	o.out = at(out);
	o.size = 8;
	o.children = many ? 3 : 1;
	return ingest_source(at(source), NULL, &o, decoder[many],
			     &machine[many], r, e);
}

static int same_files(const char *a, const char *b)
{
	struct buf x = { 0 }, y = { 0 };
	struct error e = { 0 };
	int same = file_read(&x, at(a), 1 << 24, &e) == 0 &&
		   file_read(&y, at(b), 1 << 24, &e) == 0 &&
		   x.bytes == y.bytes && !memcmp(x.data, y.data, x.bytes);

	buf_free(&x);
	buf_free(&y);
	return same;
}

static size_t reason_of(const struct ingest_result *r, const char *text)
{
	for (size_t i = 0; i < r->reasons; i++)
		if (!strcmp(r->reason[i].text, text))
			return r->reason[i].count;
	return 0;
}

static const struct ingest_options plain = { .licence = "CC0" };

static void tree_make(void)
{
	unsigned char jpeg[256];
	size_t bytes = jpeg_make(jpeg);
	struct error e = { 0 };

	file_make_folders(at("t"), &e);
	put("t/a.jpg", jpeg, bytes);
	put_png("t/b.png", 200, 0);
	put("t/c.jpg", jpeg, bytes - 3);
	put_png("t/d.png", 40, 0);
	put_text("t/e.gif", "GIF89a............................");
	put_png("t/f.png", 200, 0);
	put_text("t/g.jpg", "<html><body>not found</body></html>");
	put_png("t/h.png", 90, 0);
	put_png("t/i.png", 90, 24);
	put_png("t/j.png", 60, 0);
	put_text("t/k.png", "");
	put_png("t/l.png", 70, 0);
	for (char c = 'a'; c <= 'l'; c++) {
		char name[16], text[16];

		snprintf(name, sizeof(name), "t/%c.txt", c);
		snprintf(text, sizeof(text), "caption %c", c);
		if (c != 'h')
			put_text(name, text);
	}
	put_text("t/z.txt", "alone");
}

static int post_is(const struct dataset *d, size_t i, const char *id, int red)
{
	char caption[32];
	size_t c = dataset_first_caption(d, i);

	snprintf(caption, sizeof(caption), "caption %s", id);
	return i < d->count && str_equal(st_string_at(&d->id, i), str_of(id)) &&
	       d->caption_ends[i] == c + 1 &&
	       str_equal(st_string_at(&d->caption, c), str_of(caption)) &&
	       dataset_pixels(d, i)[0] == red;
}

static void skips_and_order(void)
{
	struct ingest_result r;
	struct error e = { 0 };
	struct dataset d;
	struct buf list = { 0 };
	char *line, *next;
	static const char *const want[] = {
		"c.jpg\ttruncated JPEG", "e.gif\tcorrupt GIF",
		"f.png\trepeats 'b'", "g.jpg\t", "h.png\tno caption",
		"i.png\ttruncated PNG", "k.png\t", "z.txt\ttext without",
	};

	CHECK(ingest("t", "one", &plain, 0, &r, &e) == 0);
	if (e.code)
		fprintf(stderr, "%s\n", e.text);
	CHECK(r.posts == 13 && r.kept == 5 && r.skipped == 8);
	CHECK(reason_of(&r, "truncated JPEG") == 1);
	CHECK(reason_of(&r, "repeats") == 1);
	CHECK(reason_of(&r, "no caption") == 1);
	CHECK(dataset_open(&d, at("one"), &e) == 0);
	CHECK(d.count == 5 && d.captions == 5 && d.size == 8);
	CHECK(post_is(&d, 0, "a", 128) && post_is(&d, 1, "b", 200) &&
	      post_is(&d, 2, "d", 40) && post_is(&d, 3, "j", 60) &&
	      post_is(&d, 4, "l", 70));
	CHECK_STR(st_meta(d.file, "licence"), "CC0");
	CHECK_STR(st_meta(d.file, "layout"), "folder");
	dataset_close(&d);
	CHECK(file_read(&list, at("one.skipped.tsv"), 1 << 16, &e) == 0);
	line = list.data;
	for (size_t i = 0; i < ARRAY_LEN(want); i++, line = next) {
		next = strchr(line, '\n');
		if (!CHECK(next != NULL))
			break;
		*next++ = 0;
		if (!CHECK(!strncmp(line, want[i], strlen(want[i]))))
			fprintf(stderr, "%s\n", line);
	}
	CHECK(*line == 0);
	buf_free(&list);
}

static void same_bytes(void)
{
	struct ingest_result r;
	struct error e = { 0 };

	CHECK(ingest("t", "two", &plain, 0, &r, &e) == 0);
	CHECK(same_files("one", "two"));
	CHECK(ingest("t", "three", &plain, 1, &r, &e) == 0);
	CHECK(same_files("one", "three"));
	CHECK(same_files("one.skipped.tsv", "three.skipped.tsv"));
}

static void options(void)
{
	struct ingest_result r;
	struct ingest_options o = { .keep_repeats = 1 };
	struct error e = { 0 };

	CHECK(ingest("t", "keep", &o, 1, &r, &e) == 0 && r.kept == 6);
	CHECK(reason_of(&r, "repeats") == 0);
	o.strict = 1;
	CHECK(ingest("t", "strict", &o, 1, &r, &e) == ERROR_DATA);
	CHECK(r.skipped == 7 && strstr(e.text, "7 of 13 posts"));
	CHECK(!file_exists(at("strict")) &&
	      file_exists(at("strict.skipped.tsv")));
	/* A second run without skips takes the old list away. */
	error_clear(&e);
	file_make_folders(at("good"), &e);
	put_png("good/a.png", 1, 0);
	put_text("good/a.txt", "x");
	put_text("strict.skipped.tsv", "old");
	CHECK(ingest("good", "strict", &o, 0, &r, &e) == 0 && r.kept == 1);
	CHECK(!file_exists(at("strict.skipped.tsv")));
}

/* 48 x 40 of four wide stripes, the first of which may be a bit brighter. */
static void put_stripes(const char *name, const char *levels, int more)
{
	unsigned char rgb[48 * 40 * 3];
	struct buf b = { 0 };
	struct error e = { 0 };

	for (size_t i = 0; i < sizeof(rgb); i++) {
		size_t stripe = i / 3 % 48 / 12;

		rgb[i] = (unsigned char)(levels[stripe] + (stripe ? 0 : more));
	}
	png_write(&b, rgb, 48, 40, &e);
	put(name, b.data, b.bytes);
	buf_free(&b);
}

static int text_is(const char *name, const char *text)
{
	struct error e = { 0 };
	struct buf b = { 0 };
	int same = file_read(&b, at(name), 1 << 20, &e) == 0 &&
		   b.bytes == strlen(text) && !memcmp(b.data, text, b.bytes);

	buf_free(&b);
	return same;
}

/* b and d look like a, whose split is another; c does not. */
static void near_repeats(void)
{
	static const char list[] = "image,caption,split\n"
		"a.png,one,test\nb.png,two,train\n"
		"c.png,three,train\nd.png,four,val\n";
	struct ingest_options o = plain;
	struct ingest_result r;
	struct error e = { 0 };
	struct dataset d;

	file_make_folders(at("near"), &e);
	put_text("near/list.csv", list);
	put_stripes("near/a.png", "\x10\x60\x20\x50", 0);
	put_stripes("near/b.png", "\x10\x60\x20\x50", 2);
	put_stripes("near/c.png", "\x60\x10\x50\x20", 0);
	put_stripes("near/d.png", "\x10\x60\x20\x50", 1);
	o.repeats = INGEST_KEEP;
	CHECK(ingest("near/list.csv", "nk", &o, 0, &r, &e) == 0);
	CHECK(r.kept == 4 && r.near == 2 && !r.skipped);
	CHECK(text_is("nk.repeats.tsv", "b.png\ta\nd.png\ta\n"));
	CHECK(dataset_open(&d, at("nk"), &e) == 0 &&
	      d.split[1] == POSTS_TRAIN && d.split[3] == POSTS_VAL);
	dataset_close(&d);
	o.repeats = INGEST_GROUP;
	CHECK(ingest("near/list.csv", "ng", &o, 1, &r, &e) == 0 &&
	      r.kept == 4 && r.near == 2);
	CHECK(dataset_open(&d, at("ng"), &e) == 0 &&
	      d.split[1] == POSTS_TEST && d.split[2] == POSTS_TRAIN &&
	      d.split[3] == POSTS_TEST);
	dataset_close(&d);
	o.repeats = INGEST_DROP;
	CHECK(ingest("near/list.csv", "nk", &o, 1, &r, &e) == 0);
	CHECK(r.kept == 2 && !r.near && reason_of(&r, "looks like") == 2);
	CHECK(text_is("nk.skipped.tsv", "b.png\tlooks like 'a'\n"
		      "d.png\tlooks like 'a'\n"));
	CHECK(!file_exists(at("nk.repeats.tsv")));
}

/* More than a batch, files that are not there, a pipe, an odd name. */
static void table_of_many(void)
{
	struct buf b = { 0 };
	struct ingest_result r;
	struct error e = { 0 };
	struct dataset d;
	char name[64];
	size_t k = 0;

	file_make_folders(at("m"), &e);
	buf_addf(&b, &e, "image,caption\n");
	for (int i = 0; i < 150; i++) {
		buf_addf(&b, &e, "%d.png,caption %d\n", i, i);
		snprintf(name, sizeof(name), "m/%d.png", i);
		if (i % 7)
			put_png(name, i, 0);
	}
	buf_addf(&b, &e, "pipe,x\n\"odd\tname\",x\n../t/b.png,x\n");
	/* C1, and an override of direction */
	buf_addf(&b, &e, "odd\302\233x\342\200\256y,x\n");
	put("m/list.csv", b.data, b.bytes);
	CHECK(mkfifo(at("m/pipe"), 0600) == 0);
	CHECK(ingest("m/list.csv", "many", &plain, 1, &r, &e) == 0);
	CHECK(r.kept == 128 && r.skipped == 26);
	CHECK(reason_of(&r, "cannot open") == 24);
	CHECK(reason_of(&r, "not a file") == 1);
	CHECK(reason_of(&r, "not a path below the root") == 1);
	CHECK(dataset_open(&d, at("many"), &e) == 0);
	for (int i = 0; i < 150; i++) {
		snprintf(name, sizeof(name), "%d", i);
		if (i % 7)
			CHECK(post_is(&d, k++, name, i));
	}
	CHECK(k == d.count);
	dataset_close(&d);
	buf_clear(&b);
	CHECK(file_read(&b, at("many.skipped.tsv"), 1 << 16, &e) == 0 &&
	      strstr(b.data, "\nodd\\x09name\t") &&
	      strstr(b.data, "\nodd\\u009Bx\\u202Ey\t"));
	buf_free(&b);
}

/* A quote within a word, or at the start, is no end of a kind of reason. */
static void kinds_of_reasons(void)
{
	struct ingest_result r;
	struct error e = { 0 };

	put_text("k.jsonl", "{\"image\": true, \"caption\": \"x\"}\n"
		 "{\"image\": [], \"caption\": \"x\"}\n{\n");
	CHECK(ingest("k.jsonl", "kinds", &plain, 0, &r, &e) == ERROR_DATA);
	CHECK(reason_of(&r, "'image' is not a string") == 2);
	CHECK(reason_of(&r, "bad JSON") == 1);
}

static int files_count(void)
{
	DIR *folder = opendir(top);
	int n = 0;

	while (folder && readdir(folder))
		n++;
	if (folder)
		closedir(folder);
	return n;
}

static void nothing_usable(void)
{
	struct ingest_result r;
	struct error e = { 0 };
	int before;

	file_make_folders(at("none"), &e);
	put_text("none/a.jpg", "rubbish");
	put_text("none/a.txt", "words");
	CHECK(ingest("none", "empty", &plain, 0, &r, &e) == ERROR_DATA);
	CHECK(!file_exists(at("empty")) && r.skipped == 1);
	error_clear(&e);
	file_make_folders(at("bare"), &e);
	before = files_count();
	CHECK(ingest("bare", "bare.out", &plain, 0, &r, &e) == ERROR_DATA);
	error_clear(&e);
	CHECK(ingest("t", "no/folder/x", &plain, 0, &r, &e) == ERROR_FAILED);
	CHECK(files_count() == before);
}

/* Out of memory anywhere: an error, no dataset, nothing left behind. */
static void memory(void)
{
	int before = files_count();

	for (uint64_t n = 1; n < 120; n += 3) {
		struct ingest_result r;
		struct error e = { 0 };

		mem_fail_at(n, 1);
		CHECK(ingest("t", "memory", &plain, 0, &r, &e) ==
		      ERROR_FAILED);
		mem_fail_at(0, 0);
		CHECK(files_count() == before);
	}
}

static void stopped(void)
{
	struct ingest_result r;
	struct error e = { 0 };
	int before = files_count();

	machine[1].talk = &stopping;
	stopping_now = 1;
	CHECK(ingest("t", "stopped", &plain, 1, &r, &e) == ERROR_FAILED);
	CHECK(strstr(e.text, "stopped before") != NULL);
	CHECK(files_count() == before);
	stopping_now = 0;
}

int main(void)
{
	struct error e = { 0 };
	const char *tmp = getenv("TMPDIR");
	char command[256];

	snprintf(top, sizeof(top), "%s/test_ingest.XXXXXX",
		 tmp && *tmp ? tmp : "/tmp");
	if (!mkdtemp(top))
		return 1;
	for (int i = 0; i < 2; i++)
		decoder[i] = decoder_open(i ? 3 : 1, &e);
	for (int i = 0; i < 2; i++)
		machine_open(&machine[i], NULL, i ? 3 : 1, &e);
	if (e.code) {
		fprintf(stderr, "%s\n", e.text);
		return 1;
	}
	tree_make();
	skips_and_order();
	same_bytes();
	options();
	near_repeats();
	table_of_many();
	kinds_of_reasons();
	nothing_usable();
	memory();
	stopped();
	for (int i = 0; i < 2; i++) {
		machine_close(&machine[i]);
		decoder_close(decoder[i]);
	}
	snprintf(command, sizeof(command), "rm -rf '%s'", top);
	if (system(command))
		return 1;
	return test_end("ingest");
}
