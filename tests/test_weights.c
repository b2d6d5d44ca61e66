/*
 * test_weights.c - readers of other programs' files of weights: each format
 * gives the same numbers; what is damaged, cut or forbidden is refused with one
 * clear line, and nothing of a pickle is run.
 */
#include <fcntl.h>
#include <unistd.h>

#include "nets.h"
#include "nn/net_import.h"
#include "vector_files.h"
#include "weights_made.h"

static struct net *bring(const struct import_source *s, const char *text,
			 struct buf *report, struct error *e)
{
	const struct import_options o = { .dim = 2 };
	struct buf out = {0};
	struct net *n = net_import(s, str_of(text), "made", &o, &out, report,
				   e);

	buf_free(&out);
	return n;
}

/* The net's numbers against those that were written, in the file's order. */
static void check_numbers(struct net *n, size_t from)
{
	static const struct { const char *name; size_t at; } plain[] = {
		{ "a/bn.gamma", 12 }, { "a/bn.beta", 16 }, { "a/bn.mean", 20 },
		{ "a/bn.variance", 24 }, { "b.bias", 32 }, { "fc.bias", 68 },
	};
	struct net_tensor *t = tensor_named(n, "a.weight");

	for (size_t i = 0; CHECK(t) && i < 12; i++)
		CHECK(t->value[i] == made_number(i % 4 * 3 + i / 4));
	t = tensor_named(n, "fc.weight");	/* [2 x 2, 4, 2] */
	for (size_t i = 0; CHECK(t) && i < 32; i++)
		CHECK(t->value[i] == made_number(36 + i % 2 * 16 +
						 i / 2 % 4 * 4 + i / 8));
	for (size_t i = from; i < ARRAY_LEN(plain); i++) {
		t = tensor_named(n, plain[i].name);
		for (size_t j = 0; CHECK(t) && j < t->count; j++)
			CHECK(t->value[j] == made_number(plain[i].at + j));
	}
}

static void check_file(const char *path, const char *text, size_t from)
{
	struct import_source s = {0};
	struct buf report = {0};
	struct error e = {0};
	struct net *n = NULL;

	if (import_open(&s, path, &e) == 0)
		n = bring(&s, text, &report, &e);
	if (CHECK(n != NULL))
		check_numbers(n, from);
	else
		fprintf(stderr, "%s: %s\n", path, e.text);
	net_close(n);
	import_source_free(&s);
	buf_free(&report);
}

static void test_formats(void)
{
	struct buf b = {0};

	for (int i = 0; i < MADE_FILES; i++) {
		const char *name = made_file(&b, i);

		check_file(file_put(name, b.data, b.bytes), made_text, 0);
	}
	buf_free(&b);
}

static void test_old_caffe(void)
{
	static const char text[] =
		"image = input h=2 w=2 c=3\n"
		"a = conv out=4 kernel=1 bias=no\n"
		"b = conv out=4 kernel=1 groups=4\n"
		"fc = dense out=@dim\n";
	const struct made_caffe o = { .v1 = 1 };
	struct buf b = {0};

	made_caffemodel(&b, &o);
	check_file(file_put("v1", b.data, b.bytes), text, 4);
	buf_free(&b);
}

/* weights= decides where two layers have one shape. */
static void test_named(void)
{
	static const char both[] =
		"image = input h=1 w=1 c=2\n"
		"p = conv out=2 kernel=1 bias=no weights=second\n"
		"q = conv out=2 kernel=1 bias=no weights=first\n";
	static const float one[4] = { 1, 1, 1, 1 }, two[4] = { 2, 2, 2, 2 };
	struct import_tensor t[] = {
		{ .name = "first.weight", .rank = 4, .type = ST_F32,
		  .shape = { 2, 2, 1, 1 }, .data = one },
		{ .name = "second.weight", .rank = 4, .type = ST_F32,
		  .shape = { 2, 2, 1, 1 }, .data = two },
	};
	const struct import_source s = { .path = "made", .tensors = t,
					 .count = 2 };
	struct buf report = {0};
	struct error e = {0};
	struct net *n = bring(&s, both, &report, &e);

	if (CHECK(n != NULL)) {
		CHECK(tensor_named(n, "p.weight")->value[0] == 2);
		CHECK(tensor_named(n, "q.weight")->value[0] == 1);
	}
	net_close(n);
	t[1].name = "third.weight";
	CHECK(!bring(&s, both, &report, &e) && strstr(e.text, "'second'"));
	buf_free(&report);
}

static void refused(const struct buf *b, const char *why)
{
	const char *path = file_put("refused", b->data, b->bytes);
	struct import_source s = {0};
	struct error e = {0};

	CHECK(import_open(&s, path, &e) == ERROR_DATA);
	if (!CHECK(strstr(e.text, why) != NULL))
		fprintf(stderr, "%s\n", e.text);
	import_source_free(&s);
}

/* ---- pickles ------------------------------------------------------------- */

#define PICKLE(s) "\x80" s, sizeof("\x80" s) - 1

static const struct {
	const char *pickle;
	size_t bytes;
	const char *why;
} hostile[] = {
	{ PICKLE("\x02" "cos\nsystem\n(X\4\0\0\0exittR."),
	  "os.system" },
	{ PICKLE("\x02" "cposix\nsystem\n(X\4\0\0\0exittR."),
	  "posix.system" },
	{ PICKLE("\x02" "c__builtin__\neval\n(X\1\0\0\0" "1tR."),
	  "__builtin__.eval" },
	{ PICKLE("\x04\x8c\x02os\x8c\x06system\x93."),
	  "os.system" },
	{ PICKLE("\x02" "ctorch.storage\n_load_from_bytes\n."),
	  "_load_from_bytes" },
	{ PICKLE("\x02(ios\nsystem\n."),
	  "opcode 0x69" },	/* INST */
	{ PICKLE("\x02(cos\n"),
	  "a line without an end" },
	{ PICKLE("\x02NN\x81."),
	  "opcode 0x81" },		/* NEWOBJ */
	{ PICKLE("\x02NP."),
	  "opcode 0x50" },		/* PERSID */
	{ PICKLE("\x02" "B\1\0\0\0x."),
	  "opcode 0x42" },
	{ PICKLE("\x02}N."),
	  "has no tensors" },
	{ PICKLE("\x02X\377\377\377\377"),
	  "it is cut" },
	{ PICKLE("\x02]Nr\377\377\377\177."),
	  "a value's number" },
	{ PICKLE("\x02j\1\0\0\0."),
	  "a value that is not there" },
	{ PICKLE("\x02u."),
	  "no mark" }, { PICKLE("\x02R."),
	  "nothing on the stack" },
	{ PICKLE("\x02(N}b."),
	  "attributes" }, { PICKLE("\x09."),
	  "protocol" },
	{ PICKLE("\x02NQ."),
	  "no storage" },
	{ PICKLE("\x02" "ctorch\nFloatStorage\n)R."),
	  "a call of a storage" },
};

static void test_hostile(void)
{
	const struct made_pth o = {0};

	for (size_t i = 0; i < ARRAY_LEN(hostile); i++) {
		struct buf b = {0}, pickle = {0};

		made_put(&pickle, hostile[i].pickle, hostile[i].bytes);
		made_zip(&b, &o, &pickle);
		refused(&b, hostile[i].why);
		buf_free(&b);
		buf_free(&pickle);
	}
}

/* Layers and initialisers without a name, and without a number. */
static void test_nameless(void)
{
	static const char caffe[] = "\xA2\6\x15\x12\13Convolution:\6"
		"*\4\0\0\0\0";
	static const char onnx[] = "\10\1:\4*\2\20\1";
	struct buf b = {0};

	made_put(&b, caffe, sizeof(caffe) - 1);
	refused(&b, "too few axes");
	buf_clear(&b);
	made_put(&b, onnx, sizeof(onnx) - 1);
	refused(&b, "another count");
	buf_free(&b);
}

static void test_refusals(void)
{
	const struct made_onnx external = { .external = 1 };
	const struct made_pth zip = {0};
	struct buf b = {0};

	made_model(&b, &external);
	refused(&b, "'a.weight' are in another file");
	buf_clear(&b);
	made_zip(&b, &zip, NULL);
	b.data[b.bytes / 2] ^= 1;
	refused(&b, "member 'w/data");
	buf_clear(&b);
	made_put(&b, "name: \"net\"\n", 12);
	refused(&b, "no format of weights");
	buf_clear(&b);
	made_put(&b, "", 0);
	refused(&b, "no format of weights");
	buf_free(&b);
}

/* ---- damage -------------------------------------------------------------- */

/* Read, or refused with one line; never out of memory. */
static int damage_fine(const char *path)
{
	struct import_source s = {0};
	struct buf report = {0};
	struct error e = {0};
	struct net *n = NULL;
	int fine;

	if (import_open(&s, path, &e) == 0)
		n = bring(&s, made_text, &report, &e);
	fine = n || (e.code == ERROR_DATA && *e.text &&
		     !strchr(e.text, '\n'));
	if (!fine)
		fprintf(stderr, "%d: %s\n", e.code, e.text);
	net_close(n);
	import_source_free(&s);
	buf_free(&report);
	return fine;
}

/* Flips in place, then cuts from the end. */
static size_t damage_each(const struct buf *b)
{
	const char *path = file_put("damaged", b->data, b->bytes);
	int fd = open(path, O_RDWR);
	size_t bad = fd < 0;

	for (size_t at = 0; at < b->bytes && !bad; at++)
		for (int bit = 0; bit < 9; bit++) {
			char byte = (char)(b->data[at] ^ (1 << bit & 255));

			if (pwrite(fd, &byte, 1, (off_t)at) != 1 ||
			    !damage_fine(path))
				bad++;
		}
	for (size_t bytes = b->bytes; bytes-- > 0 && !bad;)
		if (ftruncate(fd, (off_t)bytes) < 0 || !damage_fine(path))
			bad++;
	close(fd);
	return bad;
}

static void test_damage(void)
{
	static const int files[] = { 0, 1, 4, 5, 7, 10 };
	struct buf b = {0};

	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		made_file(&b, files[i]);
		CHECK(damage_each(&b) == 0);
	}
	buf_free(&b);
}

int main(void)
{
	struct error e = {0};

	if (files_open() < 0 || machine_open(&machine, NULL, 1, &e) < 0)
		return 1;
	test_formats();
	test_old_caffe();
	test_named();
	test_hostile();
	test_refusals();
	test_nameless();
	test_damage();
	machine_close(&machine);
	files_close();
	return test_end("weights");
}
