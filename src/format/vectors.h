/*
 * vectors.h - word vectors in the files of other programs.
 *
 * A reader gives one row after the other and holds no more than one, so the
 * size of a file is no matter.  docs/formats.md has the layouts.
 */
#ifndef VECTORS_H
#define VECTORS_H

#include "base/file.h"
#include "base/str.h"
#include "format/fasttext_bin.h"
#include "format/safetensors.h"

enum vectors_format {
	VECTORS_AUTO,
	VECTORS_GLOVE,		/* text: "word v0 v1 ..." */
	VECTORS_WORD2VEC,	/* the same after a line "COUNT DIM" */
	VECTORS_FASTTEXT_VEC,	/* the same as word2vec's */
	VECTORS_WORD2VEC_BIN,
	VECTORS_GLOVE_BIN,	/* needs a list of words, as do the last two */
	VECTORS_FASTTEXT_BIN,
	VECTORS_NPY,
	VECTORS_SAFETENSORS,
};
extern const char *const vectors_format_names[];	/* NULL at the end */
const char *vectors_format_name(enum vectors_format format);

enum { VECTORS_MAX_DIM = 1 << 16 };

/* ---- reading ------------------------------------------------------------- */

struct vectors_source {
	const char *path;		/* "-": standard input */
	enum vectors_format format;
	const char *words;		/* a list of words, one a line, or lines
					 * "word count"; or NULL */
	const char *tensor;		/* of a .safetensors file, or NULL: its
					 * only matrix */
	int without_context;		/* GloVe's binary: W, not W + W~ */
};

/* A file as bytes, mapped or read; one that is empty is an error. */
struct vectors_bytes {
	struct file_view view;
	struct buf text, decoded;
	const char *at, *end;
	int has_view;
};
int vectors_bytes_open(struct vectors_bytes *b, const char *path,
		       struct error *e);
/* As base/plain.h has it: UTF-16 is decoded, what is no text is refused. */
int vectors_text_open(struct vectors_bytes *b, const char *path,
		      struct error *e);
void vectors_bytes_close(struct vectors_bytes *b);

struct vectors_list {
	struct vectors_bytes file;
	struct str *words;		/* [count] */
	uint64_t *counts;		/* [count], or NULL: it has none */
	size_t count;
};

struct vectors_in {
	struct vectors_source source;
	enum vectors_format format;	/* found */
	size_t dim;
	uint64_t count;			/* of the last row's word; 0: unknown */
	size_t row;			/* rows given so far */
	/* for the readers of the formats: */
	struct vectors_bytes file;	/* at: what is read next */
	size_t line;			/* of text */
	uint64_t declared;		/* rows its header tells */
	int has_header, has_unknown;	/* and GloVe's row `<unk>` */
	struct vectors_list list;
	struct st_file *st;
	const unsigned char *rows;	/* [list.count, dim] */
	enum st_type type;
	int is_big;
	const unsigned char *entry;
	struct fasttext_bin fasttext;
	struct fasttext_ngrams ngrams;
	float *other;			/* [dim] */
};

int vectors_open(struct vectors_in *in, const struct vectors_source *source,
		 struct error *e);
/* The next word and its vector [in->dim], all finite; 1, or 0 after the last,
 * or an error that names the file and the line or row.  The word lives until
 * the close. */
int vectors_next(struct vectors_in *in, struct str *word, float *row,
		 struct error *e);
uint64_t vectors_sum(const struct vectors_in *in);	/* of the whole file */
void vectors_close(struct vectors_in *in);

/* ---- writing ------------------------------------------------------------- */

struct vectors_out {
	const char *path;
	enum vectors_format format;	/* glove to npy; fasttext-bin is
					 * text/words/words_export.h's */
	const char *list;		/* glove-bin, npy: where the words go */
	const struct str *words;	/* [count] */
	const uint64_t *counts;		/* [count] */
	const float *vectors;		/* [count, dim] */
	const float *bias;		/* [count] for glove-bin, or NULL */
	size_t count, dim;
};
/* Can the format hold the word? */
int vectors_check_word(const struct vectors_out *o, struct str word,
		       struct error *e);
/* What was written to f[0], and its list of words to f[1], read again before
 * it is committed: the words are the same, and the bits where o has vectors. */
int vectors_read_back(const struct file_out f[2], const struct vectors_out *o,
		      struct error *e);
/* Text has 9 significant digits, enough to come back to the same bits. */
int vectors_write(const struct vectors_out *o, struct error *e);

#endif
