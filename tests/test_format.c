/*
 * test_format.c - safetensors and word vectors: what is written comes back,
 * what is damaged is refused with the reason, nothing crashes.
 */
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "base/le.h"
#include "base/hash.h"
#include "fail_each.h"
#include "format/safetensors.h"

static char folder[256];		/* our own, removed at the end */
static char path[300];			/* the file all tests use */

/* ---- safetensors: what we write ------------------------------------------ */

static const float matrix[6] = { 1, -2, 3.5f, 0, 1e-40f, 6 };
static const double doubles[2] = { 1.0 / 3, -7 };

static int write_sample(struct error *e)
{
	static const struct str words[] = {
		{ "h\303\251llo", 6 }, { "", 0 }, { "x<y", 3 }, { NULL, 0 },
	};
	const uint64_t shape[] = { 2, 3 }, none[] = { 0, 5 };
	struct st_writer *w = st_create(path, "seesay test", e);

	if (!w)
		return -1;
	if (st_put_meta(w, "seed", "7", e) == 0 &&
	    st_put_strings(w, "words", words, 4, e) == 0 &&
	    st_put(w, "m", ST_F32, 2, shape, matrix, e) == 0 &&
	    st_put(w, "none", ST_I64, 2, none, NULL, e) == 0 &&
	    st_put(w, "scalar", ST_U16, 0, NULL, &(uint16_t){ 9 }, e) == 0 &&
	    st_begin(w, "d", ST_F64, e) == 0 &&
	    st_rows(w, doubles, 1, e) == 0 &&
	    st_rows(w, doubles + 1, 1, e) == 0 &&
	    st_end(w, 1, (uint64_t[]){ 2 }, e) == 0)
		return st_commit(w, e);
	st_discard(w);
	return -1;
}

static int read_sample(struct error *e)
{
	struct st_file *f = st_open(path, "seesay test", e);
	struct st_strings s;
	int code = f && st_strings(&s, f, "words", e) == 0 ? st_verify(f, e) :
		   -1;

	st_close(f);
	return code;
}

static void check_sample(const struct st_file *f)
{
	const struct st_tensor *t = st_find(f, "m");
	struct st_strings s;
	struct error e = {0};

	CHECK(t && t->type == ST_F32 && t->rank == 2 && t->shape[0] == 2 &&
	      t->shape[1] == 3 && t->count == 6 &&
	      !memcmp(t->data, matrix, sizeof(matrix)));
	t = st_find(f, "d");
	CHECK(t && t->count == 2 && !memcmp(t->data, doubles, 16));
	t = st_find(f, "scalar");
	CHECK(t && t->rank == 0 && t->count == 1 &&
	      *(const uint16_t *)t->data == 9);
	t = st_find(f, "none");
	CHECK(t && t->count == 0 && t->rank == 2 && t->data);
	CHECK(!st_find(f, "x") && !st_find(f, ""));
	CHECK(st_strings(&s, f, "words", &e) == 0 && s.count == 4);
	CHECK(str_equal(st_string_at(&s, 0), str_of("h\303\251llo")));
	CHECK(st_string_at(&s, 1).bytes == 0 && st_string_at(&s, 3).bytes == 0);
	CHECK(str_equal(st_string_at(&s, 2), str_of("x<y")));
	CHECK_STR(st_meta(f, "format"), "seesay test");
	CHECK_STR(st_meta(f, "format_version"), "1");
	CHECK_STR(st_meta(f, "program"), "seesay");
	CHECK_STR(st_meta(f, "seed"), "7");
	CHECK(!st_meta(f, "none") && st_meta(f, "sum.m"));
	CHECK_STR(st_path(f), path);
}

static void test_st_write(void)
{
	struct error e = {0};
	struct buf first = {0}, again = {0};
	struct st_file *f;

	CHECK(write_sample(&e) == 0);
	CHECK(file_read(&first, path, 100000, &e) == 0);
	CHECK((8 + le64_get(first.data)) % 64 == 0);
	/* the same bytes on every machine; a change is a change of format */
	CHECK(hash64(first.data, first.bytes, 0) ==
	      UINT64_C(0x40675ED4A6D1C944));
	f = st_open(path, "seesay other|seesay test", &e);
	if (!CHECK(f != NULL)) {
		fprintf(stderr, "%s\n", e.text);
		return;
	}
	check_sample(f);
	CHECK(st_verify(f, &e) == 0);
	for (size_t i = 0; i < st_count(f); i++) {
		const struct st_tensor *t = st_at(f, i);

		CHECK((uintptr_t)t->data % st_type_bytes(t->type) == 0);
	}
	/* replaced while open: the old file stays readable */
	CHECK(write_sample(&e) == 0);
	check_sample(f);
	st_close(f);
	CHECK(file_read(&again, path, 100000, &e) == 0);
	CHECK(first.bytes == again.bytes &&
	      !memcmp(first.data, again.data, first.bytes));
	buf_free(&first);
	buf_free(&again);
	fail_each("st_write", write_sample);
	CHECK(write_sample(&e) == 0);
	fail_each("st_read", read_sample);
}

/* Names for more than the room that is kept: the header outgrows it, and
 * the data (several pieces of it) has to move. */
static void test_st_move(void)
{
	enum { COUNT = 40000 };
	float *data = mem_new(COUNT, sizeof(*data), NULL);
	struct error e = {0};
	struct st_writer *w = st_create(path, "seesay test", &e);
	struct st_file *f;

	for (int i = 0; i < COUNT; i++)
		data[i] = (float)i;
	for (uint64_t i = 0; i < 100; i++) {
		char name[200];
		const uint64_t size = i * 401;

		snprintf(name, sizeof(name), "a.rather.long.name.of.a.tensor."
			 "that.needs.room.in.the.header.%d", (int)i);
		CHECK(st_put(w, name, i % 3 ? ST_F32 : ST_U8, 1, &size, data,
			     &e) == 0);
	}
	CHECK(st_commit(w, &e) == 0);
	f = st_open(path, "seesay test", &e);
	CHECK(f && st_verify(f, &e) == 0 && st_count(f) > 100);
	for (size_t i = 0; f && i < st_count(f); i++) {
		const struct st_tensor *t = st_at(f, i);

		if (t->type == ST_F32)
			CHECK(!memcmp(t->data, data, t->count * 4));
	}
	st_close(f);
	mem_free(data);
}

static void test_st_empty(void)
{
	struct error e = {0};
	struct st_writer *w = st_create(path, "seesay test", &e);
	struct st_file *f;

	CHECK(st_commit(w, &e) == 0);
	f = st_open(path, NULL, &e);
	CHECK(f && st_count(f) == 0 && st_meta_count(f) == 3);
	CHECK(f && st_verify(f, &e) == 0);
	st_close(f);
	CHECK(!st_create("-", "seesay test", &e) && e.code == ERROR_USAGE);
	error_clear(&e);
	w = st_create(path, "seesay other", &e);
	st_discard(w);		/* leaves the old one */
	f = st_open(path, "seesay test", &e);
	CHECK(f != NULL);
	st_close(f);
	st_discard(NULL);
	st_close(NULL);
}

/* ---- safetensors: what others write -------------------------------------- */

static void put_file(const void *data, size_t bytes)
{
	FILE *f = fopen(path, "wb");

	CHECK(f && fwrite(data, 1, bytes, f) == bytes && fclose(f) == 0);
}

/* A file of this header and `data` bytes 0, 1, 2 ... */
static void put_header(const char *header, size_t data_bytes)
{
	struct error e = {0};
	struct buf b = {0};
	unsigned char length[8];

	le64_put(length, strlen(header));
	CHECK(buf_add(&b, length, 8, &e) == 0);
	CHECK(buf_add(&b, header, strlen(header), &e) == 0);
	for (size_t i = 0; i < data_bytes; i++) {
		unsigned char byte = (unsigned char)i;

		CHECK(buf_add(&b, &byte, 1, &e) == 0);
	}
	put_file(b.data, b.bytes);
	buf_free(&b);
}

#define T(name, type, shape, from, to) "\"" name "\":{\"dtype\":\"" type \
	"\",\"shape\":[" shape "],\"data_offsets\":[" #from "," #to "]}"

static void test_st_foreign(void)
{
	struct error e = {0};
	struct st_file *f;
	const struct st_tensor *t;

	/* order of the header is not that of the data; odd alignment */
	put_header("{" T("b", "F32", "2", 1, 9) "," T("a", "BOOL", "1", 0, 1)
		   ",\"__metadata__\":{\"k\":\"v\"}}   ", 9);
	f = st_open(path, NULL, &e);
	CHECK(f && st_count(f) == 2);
	if (f) {
		uint32_t bits;

		CHECK_STR(st_at(f, 0)->name, "a");
		CHECK_STR(st_at(f, 1)->name, "b");
		t = st_find(f, "b");
		CHECK((uintptr_t)t->data % 4 == 0);
		memcpy(&bits, t->data, 4);
		CHECK(bits == 0x04030201);
		CHECK_STR(st_meta(f, "k"), "v");
	}
	st_close(f);
	put_header("{" T("h", "BF16", "0", 0, 0) "," T("g", "F16", "", 0, 2)
		   "}", 2);
	f = st_open(path, NULL, &e);
	CHECK(f && st_find(f, "g")->count == 1);
	CHECK(f && st_meta_count(f) == 0);
	st_close(f);
}

static void test_st_bad(void)
{
	static const struct {
		const char *header;
		size_t data_bytes;
		const char *reason;
	} cases[] = {
		{ "[]", 0, "is not a safetensors file" },
		{ " {}", 0, "is not a safetensors file" },
		{ "{}", 1, "1 bytes after the last tensor belong to none" },
		{ "{} x", 0, "bad JSON at byte 3" },
		{ "{" T("a", "F32", "2", 0, 8) "}", 7, "is truncated: it "
		  "should have 70 bytes and has 69" },
		{ "{" T("a", "F32", "2", 0, 8) "}", 9, "after the last" },
		{ "{" T("a", "F32", "2", 0, 7) "}", 7, "needs 8 bytes" },
		{ "{" T("a", "F32", "2", 8, 0) "}", 8, "needs 8 bytes" },
		{ "{" T("a", "U8", "2", 1, 3) "}", 3, "begins at offset 1" },
		{ "{" T("a", "U8", "2", 0, 2) "," T("b", "U8", "2", 3, 5) "}",
		  5, "begins at offset 3, but the one before it ends at 2" },
		{ "{" T("a", "U8", "2", 0, 2) "," T("b", "U8", "2", 1, 3) "}",
		  3, "begins at offset 1, but the one before it ends at 2" },
		{ "{" T("a", "U8", "2", 0, 2) "," T("a", "U8", "2", 2, 4) "}",
		  4, "key 'a' twice" },
		{ "{" T("a", "F8", "2", 0, 2) "}", 2, "dtype is unknown" },
		{ "{" T("a", "U8", "1,1,1,1,1,1,1,1,1", 0, 1) "}", 1,
		  "shape is not" },
		{ "{" T("a", "U8", "-1", 0, 1) "}", 1, "shape is not" },
		{ "{" T("a", "U8", "1.0", 0, 1) "}", 1, "shape is not" },
		{ "{" T("a", "U8", "1e0", 0, 1) "}", 1, "shape is not" },
		{ "{" T("a", "U8", "18446744073709551617", 0, 1) "}", 1,
		  "shape is not" },
		{ "{" T("a", "F32", "4294967296,4294967296", 0, 0) "}", 0,
		  "shape is too large" },
		{ "{" T("a", "F32", "4611686018427387904", 0, 0) "}", 0,
		  "shape is too large" },
		{ "{" T("a", "U8", "18446744073709551615", 0,
			18446744073709551615) "}", 4, "is past any file" },
		{ "{\"a\":1}", 0, "its entry is not an object" },
		{ "{\"a\":{\"dtype\":\"U8\",\"shape\":[1]}}", 1,
		  "data_offsets are not" },
		{ "{\"a\":{\"dtype\":\"U8\",\"data_offsets\":[0,1]}}", 1,
		  "shape is not" },
		{ "{\"a\":{\"shape\":[1],\"data_offsets\":[0,1]}}", 1,
		  "dtype is unknown" },
		{ "{\"a\\u0000b\":{\"dtype\":\"U8\",\"shape\":[1],"
		  "\"data_offsets\":[0,1]}}", 1, "a 0 byte in its name" },
		{ "{\"__metadata__\":[]}", 0, "metadata is not a JSON object" },
		{ "{\"__metadata__\":{\"k\":1}}", 0, "is not a string" },
		{ "{\"__metadata__\":{\"k\":\"a\\u0000\"}}", 0,
		  "is not a string" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct error e = {0};
		struct st_file *f;

		put_header(cases[i].header, cases[i].data_bytes);
		f = st_open(path, NULL, &e);
		if (!CHECK(!f && e.code == ERROR_DATA &&
			   strstr(e.text, cases[i].reason) &&
			   strstr(e.text, path)))
			fprintf(stderr, "%s: %s\n", cases[i].header, e.text);
		st_close(f);
	}
}

/* Little text that would be much memory. */
static void test_st_many(void)
{
	const size_t values = 2000000;
	struct error e = {0};
	char *header = mem_new(2 * values + 16, 1, &e);
	struct st_file *f;

	strcpy(header, "{\"a\":[0");
	for (size_t i = 0; i < values; i++)
		memcpy(header + 7 + 2 * i, ",0", 2);
	strcpy(header + 7 + 2 * values, "]}");
	put_header(header, 0);
	f = st_open(path, NULL, &e);
	CHECK(!f && e.code == ERROR_DATA);
	CHECK(strstr(e.text, "more values than are taken"));
	mem_free(header);
}

/* Metadata in no order: each is found, what is between them is not. */
static void test_st_meta(void)
{
	struct error e = {0};
	struct buf b = {0};
	struct st_file *f;
	char key[16], value[16];

	buf_addf(&b, &e, "{\"__metadata__\":{");
	for (unsigned i = 0; i < 500; i++)
		buf_addf(&b, &e, "%s\"k%u\":\"%u\"", i ? "," : "",
			 i * 7 % 500 * 2, i);
	buf_addf(&b, &e, "}}");
	put_header(b.data, 0);
	f = st_open(path, NULL, &e);
	CHECK(f && st_meta_count(f) == 500);
	for (unsigned i = 0; f && i < 500; i++) {
		const char *found, *at;

		snprintf(key, sizeof(key), "k%u", i * 7 % 500 * 2);
		snprintf(value, sizeof(value), "%u", i);
		found = st_meta(f, key);
		CHECK(found && strcmp(found, value) == 0);
		st_meta_at(f, i, &at, &found);
		CHECK(strcmp(at, key) == 0 && strcmp(found, value) == 0);
		snprintf(key, sizeof(key), "k%u", 2 * i + 1);
		CHECK(!st_meta(f, key));
	}
	CHECK(f && !st_meta(f, "") && !st_meta(f, "z"));
	st_close(f);
	buf_free(&b);
}

/* ---- safetensors: damage ------------------------------------------------- */

/* Opens and, if it opens, reads all there is. */
static int survives(struct error *e)
{
	struct st_file *f = st_open(path, NULL, e);
	struct st_strings s;
	uint64_t sum = 0;
	int code;

	if (!f)
		return 0;
	for (size_t i = 0; i < st_count(f); i++) {
		const struct st_tensor *t = st_at(f, i);
		const unsigned char *data = t->data;

		for (size_t b = 0; b < t->count * st_type_bytes(t->type); b++)
			sum += data[b];
	}
	if (st_strings(&s, f, "words", e) == 0)
		for (size_t i = 0; i < s.count; i++)
			sum += st_string_at(&s, i).bytes;
	error_clear(e);
	code = st_verify(f, e);
	st_close(f);
	return code == 0 && sum > 0;
}

static void test_st_truncated(void)
{
	struct error e = {0};
	struct buf whole = {0};

	CHECK(write_sample(&e) == 0);
	CHECK(file_read(&whole, path, 100000, &e) == 0);
	for (size_t bytes = whole.bytes; bytes-- > 0;) {
		struct st_file *f;

		error_clear(&e);
		CHECK(truncate(path, (off_t)bytes) == 0);
		f = st_open(path, NULL, &e);
		CHECK(!f && e.code == ERROR_DATA);
		st_close(f);
		if (bytes > 16)
			CHECK(strstr(e.text, "is truncated") && e.text[0]);
	}
	buf_free(&whole);
}

/* Every bit of the header's text, every byte of the data: never a crash, and
 * no change of the data goes by unnoticed. */
static void test_st_flipped(void)
{
	struct error e = {0};
	struct buf whole = {0};
	uint64_t header;

	CHECK(write_sample(&e) == 0);
	CHECK(file_read(&whole, path, 100000, &e) == 0);
	header = 8 + le64_get(whole.data);
	for (size_t at = 0; at < whole.bytes; at++) {
		int blank = at > 8 && whole.data[at] == ' ' &&
			    whole.data[at - 1] == ' ';

		for (int bit = 0; bit < 8 && !(blank && bit); bit++) {
			FILE *f = fopen(path, "r+b");

			fseek(f, (long)at, SEEK_SET);
			fputc((unsigned char)whole.data[at] ^ 1 << bit, f);
			fclose(f);
			error_clear(&e);
			if (survives(&e))
				CHECK(at < header);
			f = fopen(path, "r+b");
			fseek(f, (long)at, SEEK_SET);
			fputc((unsigned char)whole.data[at], f);
			fclose(f);
		}
	}
	error_clear(&e);
	CHECK(survives(&e));
	buf_free(&whole);
}

static void test_st_kind(void)
{
	struct error e = {0};
	struct st_file *f;

	CHECK(write_sample(&e) == 0);
	CHECK(!st_open(path, "seesay index", &e) && e.code == ERROR_DATA);
	CHECK(strstr(e.text, "is a seesay test file, not a seesay index"));
	error_clear(&e);
	CHECK(!st_open(path, "seesay tes|seesay testx", &e));
	error_clear(&e);
	put_header("{}", 0);
	CHECK(!st_open(path, "seesay index", &e) && e.code == ERROR_DATA);
	CHECK(strstr(e.text, "is a safetensors file, not a seesay index"));
	error_clear(&e);
	put_header("{\"__metadata__\":{\"format\":\"seesay index\","
		   "\"format_version\":\"2\"}}", 0);
	CHECK(!st_open(path, "seesay index", &e) && e.code == ERROR_DATA);
	CHECK(strstr(e.text, "has format version '2'") && e.hint[0]);
	f = st_open(path, NULL, &(struct error){0});
	CHECK(f != NULL);
	st_close(f);
	error_clear(&e);
	put_file("plain text, and long enough", 27);
	CHECK(!st_open(path, NULL, &e) && e.code == ERROR_DATA);
	error_clear(&e);
	put_file("\377\377\377\377\377\377\377\377{", 9);
	CHECK(!st_open(path, NULL, &e) && e.code == ERROR_DATA);
	error_clear(&e);
	unlink(path);
	CHECK(!st_open(path, NULL, &e) && e.code == ERROR_FAILED);
}

static void test_st_need(void)
{
	const uint64_t any[] = { 0, 3 }, wrong[] = { 2, 4 };
	struct error e = {0};
	struct st_file *f;

	CHECK(write_sample(&e) == 0);
	f = st_open(path, NULL, &e);
	CHECK(st_need(f, "m", ST_F32, 2, NULL, &e) != NULL);
	CHECK(st_need(f, "m", ST_F32, 2, any, &e) == st_find(f, "m"));
	CHECK(!st_need(f, "m", ST_F32, 2, wrong, &e) && e.code == ERROR_DATA);
	CHECK(strstr(e.text, "tensor 'm' is F32 [2, 3], not F32 [2, 4]"));
	error_clear(&e);
	CHECK(!st_need(f, "m", ST_F64, 1, NULL, &e));
	CHECK(strstr(e.text, "is F32 [2, 3], not F64 [?]"));
	error_clear(&e);
	CHECK(!st_need(f, "q", ST_F64, 1, NULL, &e));
	CHECK(strstr(e.text, "has no tensor 'q'") && strstr(e.text, path));
	st_close(f);
}

/* Ends that fall, that pass the bytes, or that leave some over. */
static void test_st_strings(void)
{
	static const uint64_t ends[][3] = {
		{ 1, 3, 5 }, { 3, 1, 5 }, { 1, 3, 6 }, { 1, 3, 4 },
		{ UINT64_MAX, 3, 5 }, { 2, 1, 5 }, { 1, 6, 5 },
	};

	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		struct error e = {0};
		struct st_writer *w = st_create(path, "seesay test", &e);
		struct st_file *f;
		struct st_strings s;

		CHECK(st_put(w, "s.bytes", ST_U8, 1, (uint64_t[]){ 5 },
			     "abcde", &e) == 0);
		CHECK(st_put(w, "s.ends", ST_U64, 1, (uint64_t[]){ 3 },
			     ends[i], &e) == 0);
		CHECK(st_commit(w, &e) == 0);
		f = st_open(path, NULL, &e);
		CHECK((st_strings(&s, f, "s", &e) == 0) == (i == 0));
		CHECK(i == 0 || (e.code == ERROR_DATA && s.count == 0));
		error_clear(&e);
		CHECK(st_strings(&s, f, "none", &e) == ERROR_DATA);
		st_close(f);
	}
}

/* A file that is written over while it is open may give other bytes, but no
 * string reaches out of it. */
static void test_st_overwritten(void)
{
	struct error e = {0};
	struct st_file *f;
	struct st_strings s;
	struct file_view v;
	FILE *out;

	CHECK(write_sample(&e) == 0);
	f = st_open(path, NULL, &e);
	if (!CHECK(f && st_strings(&s, f, "words", &e) == 0))
		return;
	out = fopen(path, "r+b");
	CHECK(file_view_open(&v, path, &e) == 0);
	for (size_t i = 0; i < v.bytes; i++)
		fputc(0x7f, out);
	fclose(out);
	file_view_close(&v);
	CHECK(s.count == 4 && st_string_at(&s, 0).bytes == 6);
	CHECK(st_string_at(&s, 1).bytes == 0 && st_string_at(&s, 2).bytes == 3);
	CHECK(st_string_at(&s, 3).data == s.bytes + 9);
	st_close(f);
}

int main(void)
{
	const char *tmp = getenv("TMPDIR");
	char command[300];

	snprintf(folder, sizeof(folder), "%s/test_format.XXXXXX",
		 tmp && *tmp ? tmp : "/tmp");
	if (!CHECK(mkdtemp(folder) != NULL))
		return test_end("format");
	snprintf(path, sizeof(path), "%s/x.safetensors", folder);
	test_st_write();
	test_st_move();
	test_st_empty();
	test_st_foreign();
	test_st_bad();
	test_st_many();
	test_st_meta();
	test_st_truncated();
	test_st_flipped();
	test_st_kind();
	test_st_need();
	test_st_strings();
	test_st_overwritten();
	snprintf(command, sizeof(command), "rm -rf '%s'", folder);
	CHECK(system(command) == 0);
	return test_end("format");
}
