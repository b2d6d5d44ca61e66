/*
 * test_posts.c - every layout from small trees made here; what is left out is
 * named in its place; splits are exact; the dataset file gives back what went
 * in.  With SEESAY_TEST_DATA, a real list of captions too.
 */
#include "posts_made.h"

static void folder(void)
{
	struct posts p;
	struct posts_options o = { 0 };

	put("f/b/x.JPG", "?");
	put("f/b/x.txt", "\xEF\xBB\xBF  a dog\nruns \r\n");
	put("f/a.jpg", "?");
	put("f/a.png", "?");
	put("f/a.txt", "two");
	put("f/a-1.gif", "?");
	put("f/a-1.txt", " \n\t");
	put("f/lonely.txt", "x");
	put("f/mute.png", "?");
	put("f/notes.md", "x");
	put("f/c.webp", "?");
	put_bytes("f/c.txt", "bad \xFF\x00 text", 11);
	CHECK(reading(&p, "f", NULL) == 0);
	CHECK(p.count == 3 && p.skips == 4 && p.captions == 3);
	CHECK(is(p.post[0].path, "a.jpg") && is(p.post[0].id, "a"));
	CHECK(is(p.post[1].path, "a.png") && is(p.post[1].id, "a.png"));
	CHECK(is(p.post[2].path, "b/x.JPG") && is(p.post[2].id, "b/x"));
	CHECK(is(caption(&p, 2, 0), "a dog\nruns"));
	CHECK(skip_is(&p, 0, "a-1.gif", "no caption", 0));
	CHECK(skip_is(&p, 1, "c.webp", "its text is not text: it has zero", 3));
	CHECK(skip_is(&p, 2, "lonely.txt", "text without a picture", 3));
	CHECK(skip_is(&p, 3, "mute.png", "no caption", 3));
	posts_free(&p);
	o.lines = o.wordless = 1;
	CHECK(reading(&p, "f", &o) == 0);
	CHECK(p.count == 5 && p.captions == 4 && p.skips == 2);
	CHECK(is(caption(&p, 3, 1), "runs") && p.post[0].captions == 0);
	posts_free(&p);
}

static void instacities(void)
{
	struct posts p;
	size_t count[2][POSTS_SPLITS] = { { 0 } };
	char name[100];

	for (int i = 0; i < 60; i++) {
		const char *city = i < 40 ? "london" : "miami";

		snprintf(name, sizeof(name),
			 "w/img_resized_1M/cities_instagram/%s/%03d.jpg", city,
			 i);
		put(name, "?");
		snprintf(name, sizeof(name),
			 "w/captions_resized_1M/cities_instagram/%s/%03d.txt",
			 city, i);
		put(name, "#word");
	}
	CHECK(reading(&p, "w", NULL) == 0 && p.count == 60);
	CHECK(p.layout == POSTS_INSTACITIES);
	for (size_t i = 0; i < p.count; i++)
		count[i >= 40][p.post[i].split]++;
	CHECK(count[0][POSTS_TEST] == 6 && count[0][POSTS_VAL] == 2);
	CHECK(count[1][POSTS_TEST] == 3 && count[1][POSTS_VAL] == 1);
	CHECK(p.post[5].split == POSTS_TEST && p.post[6].split == POSTS_VAL &&
	      p.post[8].split == POSTS_TRAIN && p.post[40].split == POSTS_TEST);
	CHECK(is(p.post[41].id, "miami/041"));
	posts_free(&p);

	put("r/img/train/miami/1.jpg", "?");
	put("r/img/test/miami/2.jpg", "?");
	put("r/img/val/miami/3.jpg", "?");
	put("r/img/other/miami/4.jpg", "?");
	put("r/captions/train/miami/1.txt", "one");
	put("r/captions/test/miami/2.txt", "two");
	put("r/captions/val/miami/3.txt", "three");
	put("r/captions/val/miami/9.txt", "nine");
	CHECK(reading(&p, "r", NULL) == 0);
	CHECK(p.count == 3 && p.skips == 2);
	CHECK(is(p.post[0].id, "miami/2") && p.post[0].split == POSTS_TEST);
	CHECK(is(p.post[1].path, "img/train/miami/1.jpg"));
	CHECK(p.post[2].split == POSTS_VAL && is(caption(&p, 2, 0), "three"));
	CHECK(skip_is(&p, 0, "img/other/miami/4.jpg", "not under train", 0));
	CHECK(skip_is(&p, 1, "captions/val/miami/9.txt", "without", 3));
	posts_free(&p);
}

static void flickr(void)
{
	struct posts p;
	struct posts_options o = { .layout = POSTS_FLICKR };

	put("fl/text/Flickr8k.token.txt",
	    "b.jpg#0\tA dog .\nb.jpg#1\tThe dog #2 .\n"
	    "a.jpg#0\tA cat .\nno tab here\nb.jpg#2\tDog\n"
	    "c.jpg#0\tA cow .\r\nd.jpg#0\tA hen .\n../e.jpg#0\tbad\n");
	put("fl/text/Flickr_8k.trainImages.txt", "b.jpg\n");
	put("fl/text/Flickr_8k.devImages.txt", "a.jpg\n");
	put("fl/text/Flickr_8k.testImages.txt", "c.jpg\n");
	put("fl/Flicker8k_Dataset/a.jpg", "?");
	CHECK(reading(&p, "fl/text/Flickr8k.token.txt", NULL) == 0 &&
	      p.layout == POSTS_FLICKR);
	posts_free(&p);
	CHECK(reading(&p, "fl/text", &o) == 0);
	CHECK(p.count == 3 && p.captions == 5 && p.skips == 3);
	CHECK(is(p.post[0].id, "b") && p.post[0].captions == 3);
	CHECK(is(caption(&p, 0, 2), "Dog") && is(caption(&p, 2, 0), "A cow ."));
	CHECK(p.post[0].split == POSTS_TRAIN && p.post[1].split == POSTS_VAL &&
	      p.post[2].split == POSTS_TEST);
	CHECK(skip_is(&p, 0, "Flickr8k.token.txt:4", "not a line", 2));
	CHECK(skip_is(&p, 1, "d.jpg", "in none of the split lists", 3));
	CHECK(skip_is(&p, 2, "../e.jpg", "below the root", 3));
	CHECK(strstr(p.root, "Flicker8k_Dataset") != NULL);
	posts_free(&p);

	put("k/captions.txt", "image,caption\na.jpg,\"A dog , big .\"\n"
	    "a.jpg,A dog .\nb.jpg,A cat .\n");
	put("k/Images/a.jpg", "?");
	CHECK(reading(&p, "k", NULL) == 0 && p.layout == POSTS_FLICKR);
	CHECK(p.count == 2 && p.captions == 3 && p.skips == 0);
	CHECK(is(caption(&p, 0, 0), "A dog , big ."));
	CHECK(strstr(p.root, "Images") != NULL);
	posts_free(&p);
}

static void jsonl(void)
{
	struct posts p;

	put("j.jsonl",
	    "{\"image\":\"a.jpg\",\"caption\":\"caf\\u00e9\",\"x\":[1]}\n"
	    "{\"image\":\"b.jpg\",\"captions\":[\"one\",\"\",\"two\"],"
	    "\"tags\":[\"red car\",\"sea\"],\"keyword\":\"k\",\"owner\":7,"
	    "\"split\":\"test\",\"id\":\"B\"}\n"
	    "{\"image\":\"c.jpg\",\"caption\":\"cut\n"
	    "\r\n"
	    "[1]\n"
	    "{\"caption\":\"none\"}\n"
	    "{\"image\":\"d.jpg\",\"caption\":{}}\n"
	    "{\"image\":\"e.jpg\",\"caption\":\"e\",\"split\":\"best\"}\n"
	    "{\"image\":\"f.jpg\",\"caption\":\"f\",\"id\":\"B\"}\n"
	    "{\"image\":\"/etc/g.jpg\",\"caption\":\"g\"}\n"
	    "{\"image\":\"a/../../h.jpg\",\"caption\":\"h\"}\n"
	    "{\"image\":\"i.jpg\"}\n"
	    "{\"file_name\":\"./j.jpg\",\"text\":\"j\"}\n"
	    "{\"image\":\"t.jpg\",\"tags\":[\"sun\",\"beach\"]}");
	CHECK(reading(&p, "j.jsonl", NULL) == 0);
	CHECK(p.count == 4 && p.captions == 5 && p.skips == 9);
	CHECK(is(caption(&p, 0, 0), "caf\xC3\xA9"));
	CHECK(p.post[1].captions == 2 && is(caption(&p, 1, 1), "two"));
	CHECK(is(p.post[1].tags, "red car\nsea") && is(p.post[1].id, "B") &&
	      is(p.post[1].keyword, "k") && is(p.post[1].owner, "7") &&
	      p.post[1].split == POSTS_TEST);
	CHECK(skip_is(&p, 0, "j.jsonl:3", "bad JSON", 2));
	CHECK(skip_is(&p, 1, "j.jsonl:5", "not an object", 2));
	CHECK(skip_is(&p, 2, "j.jsonl:6", "no picture named", 2));
	CHECK(skip_is(&p, 3, "j.jsonl:7", "'caption' is not a string", 2));
	CHECK(skip_is(&p, 4, "j.jsonl:8", "split is not", 2));
	CHECK(skip_is(&p, 5, "f.jpg", "id is already taken", 2));
	CHECK(skip_is(&p, 6, "/etc/g.jpg", "below the root", 2));
	CHECK(skip_is(&p, 7, "a/../../h.jpg", "below the root", 2));
	CHECK(skip_is(&p, 8, "i.jpg", "no caption", 2));
	CHECK(is(p.post[2].path, "j.jpg") && is(p.post[2].id, "j"));
	CHECK(is(caption(&p, 3, 0), "sun beach") &&
	      is(p.post[3].tags, "sun\nbeach"));
	posts_free(&p);
}

static void table_csv(void)
{
	struct posts p;

	put("t.csv",
	    "Caption,ignored,image,tags,split,id\r\n"
	    "\"a, \"\"b\"\"\r\nc\",x,1.jpg,red;big sea,train,one\r\n"
	    ",,2.jpg,,,\r\n"
	    "\r\n"
	    "\"quoted\"x,,3.jpg,,,\r\n"
	    "mid \"quote\",,4.jpg,\"a b\",dev,\r\n"
	    "more,,1.jpg,,,\r\n"
	    "lost,,1.jpg\r\n"
	    "a, b,,1.jpg,,,\r\n"
	    "x,,5.jpg,,oops,\r\n"
	    "\"never closed,,6.jpg,,,\r\n"
	    "last,,7.jpg,,test,");
	CHECK(reading(&p, "t.csv", NULL) == 0);
	CHECK(p.count == 3 && p.captions == 4 && p.skips == 6);
	CHECK(is(p.post[0].id, "one") && p.post[0].captions == 2);
	CHECK(is(caption(&p, 0, 0), "a, \"b\"\r\nc"));
	CHECK(is(caption(&p, 0, 1), "more"));
	CHECK(is(p.post[0].tags, "red\nbig sea") &&
	      p.post[0].split == POSTS_TRAIN);
	CHECK(is(caption(&p, 1, 0), "mid \"quote\"") &&
	      is(p.post[1].tags, "a\nb") && p.post[1].split == POSTS_VAL);
	CHECK(is(caption(&p, 2, 0), "last") && p.post[2].split == POSTS_TEST);
	CHECK(skip_is(&p, 0, "2.jpg", "no caption", 1));
	CHECK(skip_is(&p, 1, "t.csv:6", "text after a closing quote", 1));
	CHECK(skip_is(&p, 2, "t.csv:9", "another number of fields: 3, the "
		      "table has 6 columns", 2));
	CHECK(skip_is(&p, 3, "t.csv:10", "another number of fields: 7", 2));
	CHECK(skip_is(&p, 4, "t.csv:11", "split is not", 2));
	CHECK(skip_is(&p, 5, "t.csv:12", "quote without end", 2));
	posts_free(&p);
}

static void table_others(void)
{
	struct posts p;
	struct posts_options o = { .columns = "image,caption,-,tags" };
	struct error e = { 0 };

	put("p/plain.tsv", "a.jpg\t\"open quote\tx\tr g\nb.jpg\tb\tx\t\n");
	put("p/beside_p/a.jpg", "?");
	o.root = "beside_p";
	CHECK(reading(&p, "p/plain.tsv", &o) == 0);
	CHECK(p.count == 2 && is(caption(&p, 0, 0), "\"open quote"));
	CHECK(is(p.post[0].tags, "r\ng") && strstr(p.root, "p/beside_p"));
	posts_free(&p);
	o.root = "missing";
	CHECK(posts_read(&p, at("p/plain.tsv"), &o, &e) == ERROR_FAILED);
	CHECK(strstr(e.text, "no folder 'missing'") != NULL);
	error_clear(&e);
	CHECK(posts_read(&p, at("p/plain.tsv"), NULL, &e) == ERROR_DATA);
	CHECK(strstr(e.text, "no column 'image'") != NULL);
	error_clear(&e);
	o = (struct posts_options){ .columns = "image,colour" };
	CHECK(posts_read(&p, at("p/plain.tsv"), &o, &e) == ERROR_USAGE);
	error_clear(&e);
	put("bar.txt", "image_name| comment_number| comment\n"
	    "a.jpg| 0| Two men .\na.jpg| 1| They talk .\n");
	CHECK(reading(&p, "bar.txt", NULL) == 0);
	CHECK(p.count == 1 && is(caption(&p, 0, 1), "They talk ."));
	posts_free(&p);
	put("h.csv", "image,caption\na.jpg,x\n");
	o = (struct posts_options){ .columns = "image,caption" };
	CHECK(reading(&p, "h.csv", &o) == 0 && p.count == 1 && !p.skips);
	posts_free(&p);
	put("empty.csv", "");
	CHECK(posts_read(&p, at("empty.csv"), NULL, &e) == ERROR_DATA);
	error_clear(&e);
	CHECK(posts_read(&p, at("no such"), NULL, &e) == ERROR_FAILED);
}

/* A quote that never closes, in a file longer than a record may be. */
static void table_long(void)
{
	struct posts p;
	size_t n = 3u << 20, used = 0;
	char *text = malloc(n + 64);

	used += (size_t)sprintf(text, "image,caption\n0.jpg,\"stray\n");
	for (int i = 1; used < n; i++)
		used += (size_t)sprintf(text + used, "%d.jpg,word\n", i);
	put_bytes("long.csv", text, used);
	CHECK(reading(&p, "long.csv", NULL) == 0);
	CHECK(p.skips == 1 && p.count > 200000);
	CHECK(skip_is(&p, 0, "long.csv:2", "more than 1 MB", 0));
	CHECK(is(p.post[0].id, "1") && is(caption(&p, 0, 0), "word"));
	posts_free(&p);
	memset(text, 'x', n);
	memcpy(text, "image,caption\na.jpg,", 20);
	memcpy(text + n, "\nb.jpg,b\n", 9);
	put_bytes("wide.csv", text, n + 9);
	CHECK(reading(&p, "wide.csv", NULL) == 0);
	CHECK(p.count == 1 && p.skips == 1 && is(p.post[0].id, "b"));
	posts_free(&p);
	free(text);
}

static void splits(void)
{
	struct posts p;
	struct posts_options o = { .train = 50, .val = 20, .test = 30 };
	struct error e = { 0 };
	size_t all[POSTS_SPLITS] = { 0 }, here[POSTS_SPLITS] = { 0 };
	enum posts_split of_7 = POSTS_SPLITS;
	struct buf b = { 0 };

	buf_addf(&b, &e, "image,caption\n");
	for (int i = 0; i < 400; i++)
		buf_addf(&b, &e, "%c/%d.jpg,x\n", 'a' + i % 4, i);
	put("s.csv", b.data);
	CHECK(reading(&p, "s.csv", NULL) == 0 && p.count == 400);
	for (size_t i = 0; i < p.count; i++) {
		all[p.post[i].split]++;
		here[p.post[i].split] += p.post[i].path.data[0] == 'b';
		if (is(p.post[i].id, "d/7"))
			of_7 = p.post[i].split;
	}
	CHECK(all[0] == 320 && all[1] == 20 && all[2] == 60);
	CHECK(here[0] == 80 && here[1] == 5 && here[2] == 15);
	posts_free(&p);
	/* The other way round: the same posts in the same splits. */
	buf_clear(&b);
	buf_addf(&b, &e, "image,caption\n");
	for (int i = 399; i >= 0; i--)
		buf_addf(&b, &e, "%c/%d.jpg,x\n", 'a' + i % 4, i);
	put("s.csv", b.data);
	CHECK(reading(&p, "s.csv", NULL) == 0);
	for (size_t i = 0; i < p.count; i++)
		if (is(p.post[i].id, "d/7"))
			CHECK(p.post[i].split == of_7);
	posts_free(&p);
	/* 100 folders of one post each. */
	buf_clear(&b);
	buf_addf(&b, &e, "image,caption\n");
	for (int i = 0; i < 100; i++)
		buf_addf(&b, &e, "%d/x.jpg,x\n", i);
	put("s.csv", b.data);
	CHECK(reading(&p, "s.csv", &o) == 0);
	memset(all, 0, sizeof(all));
	for (size_t i = 0; i < p.count; i++)
		all[p.post[i].split]++;
	CHECK(all[0] == 50 && all[1] == 20 && all[2] == 30);
	posts_free(&p);
	o.train = 60;
	CHECK(posts_read(&p, at("s.csv"), &o, &e) == ERROR_USAGE);
	/* Half a post is rounded up: 5 percent of 10. */
	buf_clear(&b);
	error_clear(&e);
	buf_addf(&b, &e, "image,caption\n");
	for (int i = 0; i < 10; i++)
		buf_addf(&b, &e, "a/%d.jpg,x\n", i);
	put("s.csv", b.data);
	CHECK(reading(&p, "s.csv", NULL) == 0);
	memset(all, 0, sizeof(all));
	for (size_t i = 0; i < p.count; i++)
		all[p.post[i].split]++;
	CHECK(all[0] == 7 && all[1] == 1 && all[2] == 2);
	posts_free(&p);
	buf_free(&b);
}

static void split_lists(void)
{
	struct posts p;
	struct posts_options o = { 0 };
	struct error e = { 0 };
	char lists[1300];

	put("sl.csv", "image,caption\nd/a.jpg,a\nd/b.jpg,b\nc.jpg,c\n");
	put("l1", "a.jpg\n");
	put("l2", "d/b\n");
	put("l3", "c\n");
	snprintf(lists, sizeof(lists), "%s,%s,%s", at("l1"), at("l2"),
		 at("l3"));
	o.split_lists = lists;
	CHECK(reading(&p, "sl.csv", &o) == 0 && p.count == 3 && !p.skips);
	CHECK(p.count == 3 && p.post[0].split == POSTS_TRAIN &&
	      p.post[1].split == POSTS_VAL && p.post[2].split == POSTS_TEST);
	posts_free(&p);
	put("l3", "c\na.jpg\n");
	CHECK(posts_read(&p, at("sl.csv"), &o, &e) == ERROR_DATA);
	CHECK(strstr(e.text, "another list") != NULL);
}

static void dataset(void)
{
	static unsigned char rgb[3][8 * 8 * 3];
	struct posts p;
	struct error e = { 0 };
	struct dataset d;
	struct dataset_writer *w;
	struct buf one = { 0 }, two = { 0 };
	uint64_t sum = 0;

	put("d.csv", "image,caption,tags,owner,split\na.jpg,a,,,val\n"
	    "b.jpg,b,t u,me,\nc.jpg,cc,,,\nc.jpg,c2,,,test\n");
	CHECK(reading(&p, "d.csv", NULL) == 0 && p.count == 3);
	for (int i = 0; i < 3; i++)
		memset(rgb[i], 10 * i + 1, sizeof(rgb[i]));
	for (int run = 0; run < 2; run++) {
		w = dataset_create(at("d.safetensors"), 8, &e);
		CHECK(w && dataset_put(w, 0, rgb[0], &e) == 0 &&
		      dataset_put(w, 2, rgb[2], &e) == 0 &&
		      dataset_meta(w, "licence", "CC0", &e) == 0 &&
		      dataset_commit(w, &p, &e) == 0);
		CHECK(file_read(run ? &two : &one, at("d.safetensors"),
				1 << 20, &e) == 0);
	}
	CHECK(one.bytes == two.bytes &&
	      !memcmp(one.data, two.data, one.bytes));
	posts_free(&p);
	if (!CHECK(dataset_open(&d, at("d.safetensors"), &e) == 0)) {
		fprintf(stderr, "%s\n", e.text);
		return;
	}
	CHECK(st_verify(d.file, &e) == 0);
	CHECK(d.count == 2 && d.size == 8 && d.captions == 3);
	CHECK(dataset_pixels(&d, 1)[5] == 21 && d.split[0] == POSTS_VAL &&
	      d.split[1] == POSTS_TEST);
	CHECK(is(st_string_at(&d.id, 1), "c") &&
	      is(st_string_at(&d.path, 1), "c.jpg") &&
	      is(st_string_at(&d.owner, 1), ""));
	CHECK(dataset_first_caption(&d, 1) == 1 && d.caption_ends[1] == 3 &&
	      is(st_string_at(&d.caption, 1), "cc") &&
	      is(st_string_at(&d.caption, 2), "c2"));
	CHECK_STR(st_meta(d.file, "licence"), "CC0");
	CHECK_STR(st_meta(d.file, "images"), "2");
	sum = d.sum;
	dataset_close(&d);
	CHECK(dataset_open(&d, at("d.safetensors"), &e) == 0 && d.sum == sum);
	dataset_close(&d);
	CHECK(dataset_create(at("x"), 20, &e) == NULL && e.code == ERROR_USAGE);
	buf_free(&one);
	buf_free(&two);
}

/* A failed allocation, with or without all after it, is an error: never a
 * crash, a loss, or a flaw of the source. */
static void memory(void)
{
	static const char *const sources[] = { "f", "t.csv", "m.json" };
	struct posts p;

	put("m.json", "{\"a.jpg\": \"x y\", \"b.jpg\": [\"z\", \"w\"],\n"
	    "\"c.jpg\": {\"caption\": \"v\"}}\n");
	for (uint64_t n = 1; n < 1200; n++) {
		struct error e = { 0 };

		mem_fail_at(n / 6 + 1, n % 2);
		if (posts_read(&p, at(sources[n / 2 % 3]), NULL, &e) == 0) {
			mem_fail_at(0, 0);
			if (!CHECK(p.count == 3))
				fprintf(stderr, "\t%s, allocation %d\n",
					sources[n / 2 % 3], (int)(n / 6 + 1));
			posts_free(&p);
		} else {
			mem_fail_at(0, 0);
			CHECK(e.code == ERROR_FAILED && p.post == NULL);
		}
	}
}

static void real_data(void)
{
	const char *data = getenv("SEESAY_TEST_DATA");
	struct posts_options o = { .columns = "image,caption",
				   .root = "images" };
	struct posts p;
	struct error e = { 0 };
	char path[1024];
	size_t five = 0;

	if (!data) {
		printf("skipped: real captions (SEESAY_TEST_DATA is not "
		       "set)\n");
		return;
	}
	snprintf(path, sizeof(path), "%s/flickr8k/dev.tsv", data);
	CHECK(posts_read(&p, path, &o, &e) == 0);
	CHECK(p.count == 1000 && p.captions == 5000 && p.skips == 0);
	for (size_t i = 0; i < p.count; i++)
		five += p.post[i].captions == 5;
	CHECK(five == 1000);
	posts_free(&p);
}

int main(void)
{
	if (made_begin("test_posts"))
		return 1;
	folder();
	instacities();
	flickr();
	jsonl();
	table_csv();
	table_others();
	table_long();
	splits();
	split_lists();
	dataset();
	memory();
	real_data();
	return made_end() ? 1 : test_end("posts");
}
