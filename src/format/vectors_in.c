/*
 * vectors_in.c - word vectors of any file: what kind it is, and its rows.
 *
 * Must hold: every size is compared with the bytes that are there before it is
 * used, and nothing is allocated but a row and the list of words, which is as
 * long as a file.
 */
#include "format/vectors_in.h"

#include <inttypes.h>
#include <math.h>

#include "base/le.h"
#include "base/hash.h"
#include "base/utf8.h"
#include "format/floats.h"
#include "format/npy.h"

const char *const vectors_format_names[] = {
	"auto", "glove", "word2vec", "fasttext-vec", "word2vec-bin",
	"glove-bin", "fasttext-bin", "npy", "safetensors", NULL
};

const char *vectors_format_name(enum vectors_format format)
{
	return vectors_format_names[format];
}

int vectors_dim(struct vectors_in *in, uint64_t dim, struct error *e)
{
	in->dim = (size_t)dim;
	if (dim >= 1 && dim <= VECTORS_MAX_DIM)
		return 0;
	return fail(e, ERROR_DATA, "'%s' has %" PRIu64 " dimensions as "
		    "%s, 1 to %d are possible", in->source.path, dim,
		    vectors_format_names[in->format], (int)VECTORS_MAX_DIM);
}

/* ---- what kind of file it is --------------------------------------------- */

/* A NUL, or no UTF-8, within the first bytes at `at`? */
static int is_binary(const char *at, const char *end)
{
	enum { LOOK = 4096 };

	if (end - at > LOOK)
		for (end = at + LOOK; end > at && (*end & 0xC0) == 0x80;)
			end--;
	return memchr(at, 0, (size_t)(end - at)) ||
	       !utf8_valid((struct str){ at, (size_t)(end - at) });
}

static enum vectors_format recognise(const struct vectors_in *in)
{
	struct vectors_bytes file = in->file;
	size_t size = (size_t)(file.end - file.at);
	uint64_t count, dim;
	struct str line;

	if (npy_is(file.at, size))
		return VECTORS_NPY;
	if (fasttext_bin_is(file.at, size))
		return VECTORS_FASTTEXT_BIN;
	if (size > 9 && file.at[8] == '{' && le64_get(file.at) <= size - 8)
		return VECTORS_SAFETENSORS;
	if (vectors_has_header(in))
		return VECTORS_WORD2VEC;
	if (vectors_line(&file, &line) && vectors_header(line, &count, &dim) &&
	    is_binary(file.at, file.end))
		return VECTORS_WORD2VEC_BIN;
	if (in->source.words && is_binary(in->file.at, in->file.end))
		return VECTORS_GLOVE_BIN;
	return VECTORS_GLOVE;
}

/* ---- matrices beside a list of words ------------------------------------- */

static int need_list(struct vectors_in *in, struct error *e)
{
	if (in->source.words)
		return vectors_list_open(&in->list, in->source.words, e);
	fail(e, ERROR_USAGE, "'%s' has vectors but no words",
	     in->source.path);
	return hint(e, "--words LIST names a file that has them, one a line");
}

static int matrix_take(struct vectors_in *in, uint64_t rows, uint64_t dim,
		       struct error *e)
{
	if (rows != in->list.count)
		return fail(e, ERROR_DATA, "'%s' has %" PRIu64 " vectors, "
			    "'%s' has %zu words", in->source.path, rows,
			    in->source.words, in->list.count);
	return vectors_dim(in, dim, e);
}

static int npy_start(struct vectors_in *in, struct error *e)
{
	struct npy n;

	if (npy_read(&n, in->file.at, (size_t)(in->file.end - in->file.at),
		     in->source.path, e) < 0 || need_list(in, e) < 0)
		return e->code;
	in->rows = n.data;
	in->type = n.type;
	in->is_big = n.is_big;
	return matrix_take(in, n.rows, n.columns, e);
}

static int is_matrix(const struct st_tensor *t)
{
	return t->rank == 2 && (t->type == ST_F32 || t->type == ST_F64 ||
				t->type == ST_F16 || t->type == ST_BF16);
}

/* The tensor that was named, or the only one that can be meant. */
static const struct st_tensor *tensor_find(const struct vectors_in *in,
					   struct error *e)
{
	const struct st_tensor *t = NULL;
	size_t found = 0;

	if (in->source.tensor) {
		t = st_find(in->st, in->source.tensor);
		if (t && is_matrix(t))
			return t;
		fail(e, ERROR_DATA, "'%s' has no matrix of floats '%s'",
		     in->source.path, in->source.tensor);
		return NULL;
	}
	for (size_t i = 0; i < st_count(in->st); i++)
		if (is_matrix(st_at(in->st, i))) {
			t = st_at(in->st, i);
			found++;
		}
	if (found == 1)
		return t;
	fail(e, found ? ERROR_USAGE : ERROR_DATA, "'%s' has %zu matrices of "
	     "floats", in->source.path, found);
	if (found)
		hint(e, "--tensor NAME selects one; 'seesay info -v' lists "
		     "them");
	return NULL;
}

static int safetensors_start(struct vectors_in *in, struct error *e)
{
	const struct st_tensor *t;
	const char *format;

	if (strcmp(in->source.path, "-") == 0)
		return fail(e, ERROR_USAGE, "a .safetensors file cannot come "
			    "from standard input");
	in->st = st_open(in->source.path, NULL, e);
	if (!in->st)
		return e->code;
	format = st_meta(in->st, "format");
	if (format && strncmp(format, "seesay ", 7) == 0 && !in->source.tensor)
		return fail(e, ERROR_USAGE, "'%s' is a %s file already",
			    in->source.path, format);
	t = tensor_find(in, e);
	if (!t || need_list(in, e) < 0)
		return e->code;
	in->rows = t->data;
	in->type = t->type;
	in->is_big = !le_is_native();	/* it is swapped already */
	return matrix_take(in, t->shape[0], t->shape[1], e);
}

/* 2 * V * (dim + 1) doubles: rows of W with the bias at the end, then W~. */
static int glove_bin_start(struct vectors_in *in, struct error *e)
{
	size_t size = (size_t)(in->file.end - in->file.at), row;

	if (need_list(in, e) < 0)
		return e->code;
	row = in->list.count > SIZE_MAX / 16 ? 0 :
	      size / (16 * in->list.count);
	if (row < 2 || size % (16 * in->list.count))
		return fail(e, ERROR_DATA, "'%s' has %zu bytes, not two rows "
			    "of doubles for each of the %zu words of '%s'",
			    in->source.path, size, in->list.count,
			    in->source.words);
	in->rows = (const unsigned char *)in->file.at;
	return vectors_dim(in, row - 1, e);
}

static double double_at(const unsigned char *rows, size_t i)
{
	uint64_t bits = le64_get(rows + 8 * i);
	double v;

	memcpy(&v, &bits, sizeof(v));
	return v;
}

/* The sum is one of doubles, as GloVe writes it to its text. */
static void glove_bin_row(const struct vectors_in *in, float *row)
{
	size_t width = in->dim + 1, at = in->row * width;
	size_t context = at + in->list.count * width;

	for (size_t j = 0; j < in->dim; j++)
		row[j] = (float)(in->source.without_context ?
				 double_at(in->rows, at + j) :
				 double_at(in->rows, at + j) +
				 double_at(in->rows, context + j));
}

static int list_next(struct vectors_in *in, struct str *word, float *row)
{
	size_t width = in->dim * st_type_bytes(in->type);

	if (in->row == in->list.count)
		return 0;
	*word = in->list.words[in->row];
	in->count = in->list.counts ? in->list.counts[in->row] : 0;
	if (in->format == VECTORS_GLOVE_BIN)
		glove_bin_row(in, row);
	else
		floats_read(row, in->rows + in->row * width, in->type,
			    in->is_big, in->dim);
	return 1;
}

/* ---- word2vec's binary --------------------------------------------------- */

static int word2vec_bin_start(struct vectors_in *in, struct error *e)
{
	struct str line = {0};
	uint64_t dim;

	if (!vectors_line(&in->file, &line) ||
	    !vectors_header(line, &in->declared, &dim))
		return fail(e, ERROR_DATA, "'%s' does not begin with a line "
			    "of two whole numbers", in->source.path);
	return vectors_dim(in, dim, e);
}

/* "word", a blank, the floats; word2vec.c puts an end of line after them,
 * gensim does not. */
static int word2vec_bin_next(struct vectors_in *in, struct str *word,
			     float *row, struct error *e)
{
	struct vectors_bytes *f = &in->file;
	const char *blank;

	if (f->at < f->end && *f->at == '\n' && in->row)
		f->at++;
	if (in->row == in->declared)
		return f->at == f->end ? 0 :
		       fail(e, ERROR_DATA, "'%s' has more than the %" PRIu64 " "
			    "words that its first line declares",
			    in->source.path, in->declared);
	blank = f->at < f->end ?
		memchr(f->at, ' ', (size_t)(f->end - f->at)) : NULL;
	if (!blank || (size_t)(f->end - blank - 1) < in->dim * sizeof(*row))
		return fail(e, ERROR_DATA, "'%s' is truncated: it ends in word "
			    "%zu of the %" PRIu64 " that its first line "
			    "declares", in->source.path, in->row + 1,
			    in->declared);
	*word = (struct str){ f->at, (size_t)(blank - f->at) };
	floats_read(row, blank + 1, ST_F32, 0, in->dim);
	f->at = blank + 1 + in->dim * sizeof(*row);
	return 1;
}

/* ---- fastText's model ---------------------------------------------------- */

static int fasttext_start(struct vectors_in *in, struct error *e)
{
	struct fasttext_bin *f = &in->fasttext;

	if (fasttext_bin_read(f, in->file.at,
			      (size_t)(in->file.end - in->file.at),
			      in->source.path, e) < 0)
		return e->code;
	in->entry = f->entries;
	in->ngrams.min_n = f->min_n;
	in->ngrams.max_n = f->max_n;
	in->ngrams.buckets = f->buckets;
	in->other = mem_new(f->dim, sizeof(*in->other), e);
	return in->other ? vectors_dim(in, f->dim, e) : e->code;
}

/* The mean of the rows of the word and its n-grams, added up in their order
 * (getWordVector): sum * (float)(1 / n). */
static int fasttext_next(struct vectors_in *in, struct str *word, float *row,
			 struct error *e)
{
	const struct fasttext_bin *f = &in->fasttext;
	size_t width = f->dim * sizeof(*row);
	float by;

	if (in->row == f->words)
		return 0;
	*word = fasttext_bin_word(&in->entry, &in->count);
	if (fasttext_ngrams_of(&in->ngrams, *word, e) < 0)
		return e->code;
	floats_read(row, f->rows + in->row * width, ST_F32, 0, f->dim);
	for (size_t i = 0; i < in->ngrams.count; i++) {
		floats_read(in->other, f->rows +
			    (f->words + in->ngrams.ids[i]) * width, ST_F32, 0,
			    f->dim);
		for (size_t j = 0; j < f->dim; j++)
			row[j] = row[j] + in->other[j];
	}
	by = (float)(1.0 / (double)(in->ngrams.count + 1));
	for (size_t j = 0; j < f->dim; j++)
		row[j] = row[j] * by;
	return 1;
}

/* ---- any of them --------------------------------------------------------- */

static int start(struct vectors_in *in, struct error *e)
{
	switch (in->format) {
	case VECTORS_WORD2VEC_BIN:
		return word2vec_bin_start(in, e);
	case VECTORS_GLOVE_BIN:
		return glove_bin_start(in, e);
	case VECTORS_FASTTEXT_BIN:
		return fasttext_start(in, e);
	case VECTORS_NPY:
		return npy_start(in, e);
	case VECTORS_SAFETENSORS:
		return safetensors_start(in, e);
	default:
		return vectors_text_start(in, e);
	}
}

/* What was asked for must be something that the format has. */
static int check_source(const struct vectors_in *in, struct error *e)
{
	const struct vectors_source *s = &in->source;
	int has_words = in->format != VECTORS_GLOVE_BIN &&
			in->format != VECTORS_NPY &&
			in->format != VECTORS_SAFETENSORS;
	const char *option = s->words && has_words ? "--words" :
		s->tensor && in->format != VECTORS_SAFETENSORS ? "--tensor" :
		s->without_context && in->format != VECTORS_GLOVE_BIN ?
		"--no-context" : NULL;

	return !option ? 0 :
	       fail(e, ERROR_USAGE, "%s does not apply to '%s', which has the "
		    "format %s", option, s->path,
		    vectors_format_names[in->format]);
}

int vectors_open(struct vectors_in *in, const struct vectors_source *source,
		 struct error *e)
{
	*in = (struct vectors_in){ .source = *source };
	if (vectors_bytes_open(&in->file, source->path, e) == 0 &&
	    vectors_check_packed(&in->file, source->path, e) == 0) {
		in->format = source->format ? source->format : recognise(in);
		if (check_source(in, e) == 0)
			start(in, e);
	}
	if (e->code)
		vectors_close(in);
	return e->code;
}

static int check_row(const struct vectors_in *in, struct str word,
		     const float *row, struct error *e)
{
	int bytes = (int)MIN(word.bytes, 100);
	char place[40];

	snprintf(place, sizeof(place), "%s %zu", in->line ? "line" : "word",
		 in->line ? in->line : in->row + 1);
	if (!word.bytes || memchr(word.data, 0, word.bytes))
		return fail(e, ERROR_DATA, "'%s', %s: the word is empty or "
			    "has a 0 byte", in->source.path, place);
	for (size_t j = 0; j < in->dim; j++)
		if (!isfinite(row[j]))
			return fail(e, ERROR_DATA, "'%s', %s: dimension %zu of "
				    "'%.*s' is not finite", in->source.path,
				    place, j + 1, bytes, word.data);
	return 0;
}

int vectors_next(struct vectors_in *in, struct str *word, float *row,
		 struct error *e)
{
	int code;

	switch (in->format) {
	case VECTORS_WORD2VEC_BIN:
		code = word2vec_bin_next(in, word, row, e);
		break;
	case VECTORS_GLOVE_BIN:
	case VECTORS_NPY:
	case VECTORS_SAFETENSORS:
		code = list_next(in, word, row);
		break;
	case VECTORS_FASTTEXT_BIN:
		code = fasttext_next(in, word, row, e);
		break;
	default:
		code = vectors_text_next(in, word, row, e);
	}
	if (code > 0 && check_row(in, *word, row, e) < 0)
		return e->code;
	in->row += code > 0;
	return code;
}

uint64_t vectors_sum(const struct vectors_in *in)
{
	const struct vectors_bytes *f = &in->file;

	return f->has_view ? hash64(f->view.data, f->view.bytes, 0) :
	       hash64(f->text.data, f->text.bytes, 0);
}

void vectors_close(struct vectors_in *in)
{
	vectors_list_close(&in->list);
	vectors_bytes_close(&in->file);
	st_close(in->st);
	mem_free(in->ngrams.ids);
	mem_free(in->other);
	*in = (struct vectors_in){0};
}
