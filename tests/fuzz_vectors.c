/*
 * fuzz_vectors.c - any bytes as a file of word vectors, or as a set of pairs
 * and analogies.  The first byte tells which; a list of two words is beside.
 *
 *	clang -g -O1 -fsanitize=fuzzer,address,undefined -Isrc -Isimd \
 *	    tests/fuzz_vectors.c build/libseesay.a -lm -pthread
 *
 * With -DREPLAY (and no fuzzer) the program takes the files it is given.
 */
#include <math.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "format/vectors.h"
#include "text/score.h"

enum { FORMATS = VECTORS_SAFETENSORS + 1 };

static void put(const char *path, const void *data, size_t bytes)
{
	FILE *f = fopen(path, "wb");

	if (!f)
		bug("cannot write '%s'", path);
	fwrite(data, 1, bytes, f);
	fclose(f);
}

static void try_rows(struct vectors_in *in, struct error *e)
{
	float *row = mem_new(in->dim, sizeof(*row), e);
	struct str word;
	int code;

	while (row && (code = vectors_next(in, &word, row, e)) > 0) {
		if (!word.bytes || memchr(word.data, 0, word.bytes))
			bug("a row without a word");
		for (size_t j = 0; j < in->dim; j++)
			if (!isfinite(row[j]))
				bug("a number that is not finite");
	}
	if (row && code != e->code)
		bug("an error without its code");
	mem_free(row);
}

static void try_vectors(const char *path, const char *list,
			enum vectors_format format)
{
	const struct vectors_source s = { .path = path, .words = list,
					  .format = format };
	struct vectors_in in;
	struct error e = {0};

	if (vectors_open(&in, &s, &e) == 0) {
		try_rows(&in, &e);
		vectors_close(&in);
	}
	if (e.code && !*e.text)
		bug("an error without a text");
}

static void try_score(const char *path)
{
	struct score_set s;
	struct error e = {0};

	if (score_read(&s, path, &e) < 0)
		return;
	for (size_t i = 0; i < s.count; i++)
		for (int j = 0; j < (s.kind == SCORE_PAIRS ? 2 : 4); j++)
			if (!s.items[i].word[j].bytes)
				bug("a question without a word");
	score_free(&s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	static char path[64], list[64];

	if (bytes < 1)
		return 0;
	if (!*path) {
		snprintf(path, sizeof(path), "fuzz.%ld", (long)getpid());
		snprintf(list, sizeof(list), "fuzz.%ld.list", (long)getpid());
		put(list, "a 2\nb 1\n", 8);
	}
	put(path, data + 1, bytes - 1);
	if (*data % (FORMATS + 1) == FORMATS)
		try_score(path);
	else
		try_vectors(path, list,
			    (enum vectors_format)(*data % (FORMATS + 1)));
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
