/*
 * vectors.c - word vectors written for the programs that read GloVe's,
 * word2vec's, fastText's and numpy's files.
 *
 * Must hold: what is written reads back to the same words and bits.
 */
#include "format/vectors.h"

#include <inttypes.h>

#include "base/le.h"
#include "format/decimal.h"
#include "format/npy.h"

/* Could the end of the word be taken for a number of the row? */
static int ends_in_number(struct str word)
{
	const char *end = str_end(word), *at = end;
	float value;

	while (at > word.data && at[-1] != ' ')
		at--;
	return decimal_read(at, end, &value) == end;
}

/* What ends a word in a format may not stand in one.  In lines that are read
 * from the right, and in a list, blanks inside are fine. */
int vectors_check_word(const struct vectors_out *o, struct str word,
		       struct error *e)
{
	int blanks = o->format != VECTORS_WORD2VEC_BIN &&
		     o->format != VECTORS_GLOVE_BIN;
	int bad = !word.bytes || word.data[0] == ' ' ||
		  word.data[word.bytes - 1] == ' ', inside = 0;

	for (size_t i = 0; i < word.bytes; i++) {
		inside |= word.data[i] == ' ';
		bad |= (unsigned char)word.data[i] < ' ';
	}
	if (!bad && (!inside || (blanks && !ends_in_number(word))))
		return 0;
	return fail(e, ERROR_DATA, "cannot write '%s': %s cannot hold the "
		    "word '%.*s'", o->path, vectors_format_name(o->format),
		    (int)MIN(word.bytes, 200), word.data ? word.data : "");
}

/* One row as bytes at the end of `b`. */
typedef int row_put(struct buf *b, const struct vectors_out *o, size_t i,
		    struct error *e);

static int put_text(struct buf *b, const struct vectors_out *o, size_t i,
		    struct error *e)
{
	const float *row = o->vectors + i * o->dim;
	char number[DECIMAL_ROOM + 1] = " ";

	if (buf_add(b, o->words[i].data, o->words[i].bytes, e) < 0)
		return e->code;
	for (size_t j = 0; j < o->dim; j++)
		if (buf_add(b, number, 1 + decimal_put(number + 1, row[j]),
			    e) < 0)
			return e->code;
	return buf_add(b, "\n", 1, e);
}

static int put_floats(struct buf *b, const struct vectors_out *o, size_t i,
		      struct error *e)
{
	return floats_put(b, o->vectors + i * o->dim, o->dim, e);
}

static int put_word2vec(struct buf *b, const struct vectors_out *o, size_t i,
			struct error *e)
{
	if (buf_add(b, o->words[i].data, o->words[i].bytes, e) < 0 ||
	    buf_add(b, " ", 1, e) < 0 || put_floats(b, o, i, e) < 0)
		return e->code;
	return buf_add(b, "\n", 1, e);
}

static int put_double(struct buf *b, double v, struct error *e)
{
	unsigned char bytes[8];
	uint64_t bits;

	memcpy(&bits, &v, sizeof(bits));
	le64_put(bytes, bits);
	return buf_add(b, bytes, sizeof(bytes), e);
}

/* W's row is the vector and its bias; W~'s are -0, the one number that changes
 * no other when it is added. */
static int put_glove_bin(struct buf *b, const struct vectors_out *o, size_t i,
			 struct error *e)
{
	for (size_t j = 0; j < o->dim; j++)
		if (put_double(b, (double)o->vectors[i * o->dim + j], e) < 0)
			return e->code;
	return put_double(b, o->bias ? (double)o->bias[i] : 0, e);
}

static int put_glove_context(struct buf *b, const struct vectors_out *o,
			     size_t i, struct error *e)
{
	(void)i;
	for (size_t j = 0; j <= o->dim; j++)
		if (put_double(b, -0.0, e) < 0)
			return e->code;
	return 0;
}

static int put_list(struct buf *b, const struct vectors_out *o, size_t i,
		    struct error *e)
{
	if (buf_add(b, o->words[i].data, o->words[i].bytes, e) < 0 ||
	    (o->format == VECTORS_GLOVE_BIN &&
	     buf_addf(b, e, " %" PRIu64, o->counts[i]) < 0))
		return e->code;
	return buf_add(b, "\n", 1, e);
}

static int rows_write(struct file_out *f, const struct vectors_out *o,
		      row_put *put, struct buf *b, struct error *e)
{
	for (size_t i = 0; i < o->count; i++) {
		if (put(b, o, i, e) < 0 ||
		    file_out_write(f, b->data, b->bytes, e) < 0)
			return e->code;
		buf_clear(b);
	}
	return 0;
}

/* `head` and the rows of one or two kinds. */
static int file_write(const char *path, const struct vectors_out *o,
		      struct buf *head, row_put *put, row_put *then,
		      struct error *e)
{
	struct file_out f = {0};
	int code = file_out_open(&f, path, e);

	if (code < 0)
		return code;
	if (head->bytes)
		code = file_out_write(&f, head->data, head->bytes, e);
	buf_clear(head);
	if (code == 0)
		code = rows_write(&f, o, put, head, e);
	if (code == 0 && then)
		code = rows_write(&f, o, then, head, e);
	if (code == 0)
		return file_out_commit(&f, e);
	file_out_discard(&f);
	return code;
}

static int head_put(struct buf *b, const struct vectors_out *o,
		    struct error *e)
{
	if (o->format == VECTORS_NPY)
		return npy_header(b, o->count, o->dim, e);
	if (o->format == VECTORS_GLOVE || o->format == VECTORS_GLOVE_BIN)
		return 0;
	return buf_addf(b, e, "%zu %zu\n", o->count, o->dim);
}

static int need_list(const struct vectors_out *o, struct error *e)
{
	if (o->list)
		return 0;
	fail(e, ERROR_USAGE, "%s has no room for the words",
	     vectors_format_name(o->format));
	return hint(e, "--words LIST names a file for them");
}

int vectors_write(const struct vectors_out *o, struct error *e)
{
	int beside = o->format == VECTORS_GLOVE_BIN ||
		     o->format == VECTORS_NPY;
	struct buf b = {0};

	for (size_t i = 0; i < o->count; i++)
		if (vectors_check_word(o, o->words[i], e) < 0)
			return e->code;
	if ((beside && need_list(o, e) < 0) || head_put(&b, o, e) < 0)
		goto done;
	if (o->format == VECTORS_NPY)
		file_write(o->path, o, &b, put_floats, NULL, e);
	else if (o->format == VECTORS_GLOVE_BIN)
		file_write(o->path, o, &b, put_glove_bin, put_glove_context,
			   e);
	else if (o->format == VECTORS_WORD2VEC_BIN)
		file_write(o->path, o, &b, put_word2vec, NULL, e);
	else
		file_write(o->path, o, &b, put_text, NULL, e);
	if (!e->code && beside)
		file_write(o->list, o, &b, put_list, NULL, e);
done:
	buf_free(&b);
	return e->code;
}
