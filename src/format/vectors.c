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
#include "format/floats.h"
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

/* `head` and the rows of one or two kinds, into f, which is opened. */
static int file_write(struct file_out *f, const char *path,
		      const struct vectors_out *o, struct buf *head,
		      row_put *put, row_put *then, struct error *e)
{
	int code = file_out_open(f, path, e);

	if (code == 0 && head->bytes)
		code = file_out_write(f, head->data, head->bytes, e);
	buf_clear(head);
	if (code == 0)
		code = rows_write(f, o, put, head, e);
	if (code == 0 && then)
		code = rows_write(f, o, then, head, e);
	return code;
}

/* Are the words in a file of their own? */
static int is_beside(const struct vectors_out *o)
{
	return o->format == VECTORS_GLOVE_BIN || o->format == VECTORS_NPY;
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
	fail(e, ERROR_USAGE, "%s has no place for the words",
	     vectors_format_name(o->format));
	return hint(e, "--words LIST writes them to a file of their own");
}

static int files_write(struct file_out f[2], const struct vectors_out *o,
		       struct error *e)
{
	row_put *put = put_text, *then = NULL;
	struct buf b = {0};
	int code = head_put(&b, o, e);

	if (o->format == VECTORS_NPY)
		put = put_floats;
	if (o->format == VECTORS_WORD2VEC_BIN)
		put = put_word2vec;
	if (o->format == VECTORS_GLOVE_BIN) {
		put = put_glove_bin;
		then = put_glove_context;
	}
	if (code == 0)
		code = file_write(&f[0], o->path, o, &b, put, then, e);
	if (code == 0 && is_beside(o))
		code = file_write(&f[1], o->list, o, &b, put_list, NULL, e);
	buf_free(&b);
	return code;
}

/* ---- before it is there -------------------------------------------------- */

static int rows_compare(struct vectors_in *in, const struct vectors_out *o,
			float *row, struct error *e)
{
	struct str word;
	size_t i = 0;

	while (vectors_next(in, &word, row, e) > 0) {
		if (i == o->count || !str_equal(word, o->words[i]) ||
		    (o->vectors && memcmp(row, o->vectors + i * o->dim,
					  o->dim * sizeof(*row))))
			return fail(e, ERROR_DATA, "row %zu differs", i + 1);
		i++;
	}
	if (!e->code && i < o->count)
		fail(e, ERROR_DATA, "it has %zu of %zu rows", i, o->count);
	return e->code;
}

int vectors_read_back(const struct file_out f[2], const struct vectors_out *o,
		      struct error *e)
{
	struct vectors_source source = { .path = f[0].temporary,
					 .format = o->format,
					 .words = f[1].temporary };
	struct error why = {0};
	struct vectors_in in;
	float *row;

	if (!f[0].temporary)	/* standard output is gone already */
		return 0;
	if (fflush(f[0].stream) != 0 ||
	    (f[1].stream && fflush(f[1].stream) != 0))
		return fail_errno(e, "cannot write '%s'", o->path);
	row = mem_new(o->dim, sizeof(*row), &why);
	if (row && vectors_open(&in, &source, &why) == 0) {
		if (in.dim != o->dim)
			fail(&why, ERROR_DATA, "it has %zu dimensions, not "
			     "%zu", in.dim, o->dim);
		else
			rows_compare(&in, o, row, &why);
		vectors_close(&in);
	}
	mem_free(row);
	if (!why.code)
		return 0;
	fail(e, why.code, "cannot write '%s' as %s: the file reads back "
	     "differently: %s", o->path, vectors_format_name(o->format),
	     why.text);
	return why.code == ERROR_DATA ?
	       hint(e, "try another --format") : e->code;
}

int vectors_write(const struct vectors_out *o, struct error *e)
{
	struct file_out f[2] = { {0}, {0} };

	for (size_t i = 0; i < o->count; i++)
		if (vectors_check_word(o, o->words[i], e) < 0)
			return e->code;
	if ((!is_beside(o) || need_list(o, e) == 0) &&
	    files_write(f, o, e) == 0 && vectors_read_back(f, o, e) == 0 &&
	    file_out_commit(&f[0], e) == 0 && is_beside(o))
		file_out_commit(&f[1], e);
	file_out_discard(&f[0]);
	file_out_discard(&f[1]);
	return e->code;
}
