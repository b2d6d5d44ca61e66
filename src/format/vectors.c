/*
 * vectors.c - word vectors as text, for the tools that read GloVe's and
 * word2vec's files.
 */
#include "format/vectors.h"

#include "base/file.h"

/* A blank ends a word in this format, so no word may hold one. */
static int check_word(const char *path, struct str word, struct error *e)
{
	for (size_t i = 0; i < word.bytes; i++)
		if ((unsigned char)word.data[i] <= ' ')
			goto fail;
	if (word.bytes)
		return 0;
fail:
	return fail(e, ERROR_DATA, "cannot write '%s': the word '%.*s' is "
		    "empty or has a blank in it", path,
		    (int)MIN(word.bytes, 200), word.data ? word.data : "");
}

static int row_write(struct file_out *f, struct buf *line, struct str word,
		     const float *row, size_t dim, struct error *e)
{
	buf_clear(line);
	if (buf_add(line, word.data, word.bytes, e) < 0)
		return ERROR_FAILED;
	for (size_t j = 0; j < dim; j++)
		if (buf_addf(line, e, " %.9g", (double)row[j]) < 0)
			return ERROR_FAILED;
	if (buf_add(line, "\n", 1, e) < 0)
		return ERROR_FAILED;
	return file_out_write(f, line->data, line->bytes, e);
}

int vectors_write(const char *path, const struct str *words,
		  const float *vectors, size_t count, size_t dim, int header,
		  struct error *e)
{
	struct file_out f = {0};
	struct buf line = {0};
	int code = file_out_open(&f, path, e);

	if (code < 0)
		return code;
	if (header) {
		code = buf_addf(&line, e, "%zu %zu\n", count, dim);
		if (code == 0)
			code = file_out_write(&f, line.data, line.bytes, e);
	}
	for (size_t i = 0; code == 0 && i < count; i++) {
		code = check_word(path, words[i], e);
		if (code == 0)
			code = row_write(&f, &line, words[i],
					 vectors + i * dim, dim, e);
	}
	buf_free(&line);
	if (code == 0)
		return file_out_commit(&f, e);
	file_out_discard(&f);
	return code;
}
