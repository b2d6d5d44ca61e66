/*
 * fuzz_vectors.c - any bytes as a file of word vectors, or as a set of pairs
 * and analogies.  The first byte tells which; a list of two words is beside.
 */
#include <math.h>

#include "base/mem.h"
#include "format/vectors.h"
#include "fuzz.h"
#include "text/words/word_eval.h"

enum { FORMATS = VECTORS_SAFETENSORS + 1 };

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
	struct word_eval_set s;
	struct error e = {0};

	if (word_eval_read(&s, path, &e) < 0)
		return;
	for (size_t i = 0; i < s.count; i++)
		for (int j = 0; j < (s.kind == WORD_EVAL_PAIRS ? 2 : 4); j++)
			if (!s.items[i].word[j].bytes)
				bug("a question without a word");
	word_eval_free(&s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	const char *path, *list;

	if (bytes < 1)
		return 0;
	list = fuzz_file(1, "a 2\nb 1\n", 8);
	path = fuzz_file(0, data + 1, bytes - 1);
	if (*data % (FORMATS + 1) == FORMATS)
		try_score(path);
	else
		try_vectors(path, list,
			    (enum vectors_format)(*data % (FORMATS + 1)));
	return 0;
}
