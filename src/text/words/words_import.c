/*
 * words_import.c - from a row of another program's file to a row of a words
 * file; see words_import.h.
 *
 * Vectors stream from file to file; what is held is the words.
 */
#include "text/words/words_import.h"

#include <inttypes.h>
#include <math.h>

#include "base/string_map.h"
#include "base/utf8.h"
#include "format/floats.h"
#include "format/npy.h"
#include "text/words/words.h"

struct import {
	struct vectors_in in;
	struct string_map *words;
	uint64_t *counts;		/* [string_map_count(words)] */
	size_t counts_room;
	struct st_writer *w;
	float *row;			/* [dim] */
	struct words_import_report *report;
};

static int has_subwords(const struct import *m)
{
	return m->in.format == VECTORS_FASTTEXT_BIN &&
	       m->in.ngrams.max_n > 0 && m->in.ngrams.buckets > 0;
}

static int put_number(struct st_writer *w, const char *key, uint64_t value,
		      struct error *e)
{
	char text[32];

	snprintf(text, sizeof(text), "%" PRIu64, value);
	return st_put_meta(w, key, text, e);
}

static int put_meta(struct import *m, enum clean_kind clean, struct error *e)
{
	char sum[20];

	snprintf(sum, sizeof(sum), "%016" PRIx64, vectors_sum(&m->in));
	st_put_meta(m->w, "model", has_subwords(m) ? "fasttext" : "foreign",
		    e);
	st_put_meta(m->w, "source", vectors_format_name(m->in.format), e);
	st_put_meta(m->w, "clean", clean == CLEAN_SEED ? "seed" : "unicode",
		    e);
	st_put_meta(m->w, "documents", "0", e);
	st_put_meta(m->w, "input", sum, e);
	if (has_subwords(m)) {
		put_number(m->w, "min_n", (uint64_t)m->in.ngrams.min_n, e);
		put_number(m->w, "max_n", (uint64_t)m->in.ngrams.max_n, e);
		put_number(m->w, "buckets", m->in.ngrams.buckets, e);
	}
	return e->code;
}


static int is_large(const float *v, size_t dim)
{
	int large = 0;

	for (size_t j = 0; j < dim; j++)
		large |= !(fabsf(v[j]) <= WORDS_VECTOR_MOST);
	return large;
}

static int is_zero(const float *v, size_t dim)
{
	int zero = 1;

	for (size_t j = 0; j < dim; j++)
		zero &= !(fabsf(v[j]) >= WORDS_VECTOR_LEAST);
	return zero;
}

/* The word's number if it is new; STRING_MAP_NONE if not, or with *e set. */
static uint32_t word_take(struct import *m, struct str word, struct error *e)
{
	struct words_import_report *r = m->report;
	uint32_t id = string_map_find(m->words, word);

	if (id != STRING_MAP_NONE) {
		if (!r->repeated++)
			snprintf(r->first, sizeof(r->first), "%.*s",
				 (int)MIN(word.bytes, sizeof(r->first)),
				 word.data);
		return STRING_MAP_NONE;
	}
	r->not_utf8 += !utf8_valid(word);
	id = string_map_add(m->words, word, e);
	if (id == STRING_MAP_NONE ||
	    mem_grow(&m->counts, &m->counts_room, (size_t)id + 1,
		     sizeof(*m->counts), e) < 0)
		return STRING_MAP_NONE;
	m->counts[id] = m->in.count;
	return id;
}

static int row_take(struct import *m, struct str word, struct error *e)
{
	if (is_large(m->row, m->in.dim))
		return fail(e, ERROR_DATA, "'%s': the vector of '%.*s' (word "
			    "%zu) is too large", m->in.source.path,
			    (int)MIN(word.bytes, 100), word.data, m->in.row);
	if (is_zero(m->row, m->in.dim)) {
		m->report->zero++;
		return 0;
	}
	if (word_take(m, word, e) == STRING_MAP_NONE)
		return e->code;
	return st_rows(m->w, m->row, m->in.dim, e);
}

static int put_vectors(struct import *m, struct error *e)
{
	struct str word = {0};
	uint64_t shape[2];

	if (st_begin(m->w, "vectors", ST_F32, e) < 0)
		return e->code;
	while (vectors_next(&m->in, &word, m->row, e) > 0)
		if (row_take(m, word, e) < 0)
			return e->code;
	if (e->code)
		return e->code;
	shape[0] = string_map_count(m->words);
	shape[1] = m->in.dim;
	if (!shape[0])
		return fail(e, ERROR_DATA, "'%s' has no word with a vector",
			    m->in.source.path);
	return st_end(m->w, 2, shape, e);
}

static int put_words(struct import *m, struct error *e)
{
	uint64_t count = string_map_count(m->words);
	struct str *words = mem_new((size_t)count, sizeof(*words), e);
	uint64_t *df = mem_new((size_t)count, sizeof(*df), e);

	if (!words || !df)
		goto done;
	for (uint32_t i = 0; i < count; i++)
		words[i] = string_map_at(m->words, i);
	if (st_put_strings(m->w, "word", words, (size_t)count, e) == 0 &&
	    st_put(m->w, "count", ST_U64, 1, &count, m->counts, e) == 0)
		st_put(m->w, "df", ST_U64, 1, &count, df, e);
done:
	mem_free(words);
	mem_free(df);
	return e->code;
}

/* All buckets, since a word not seen may fall into any of them. */
static int put_subwords(struct import *m, struct error *e)
{
	const struct fasttext_bin *f = &m->in.fasttext;
	const uint64_t shape[2] = { f->buckets, f->dim };
	size_t width = f->dim * sizeof(*m->row);

	if (!has_subwords(m))
		return 0;
	if (st_begin(m->w, "subword_ids", ST_U32, e) < 0)
		return e->code;
	for (uint32_t i = 0; i < f->buckets; i++)
		if (st_rows(m->w, &i, 1, e) < 0)
			return e->code;
	if (st_end(m->w, 1, shape, e) < 0 ||
	    st_begin(m->w, "subwords", ST_F32, e) < 0)
		return e->code;
	for (uint32_t i = 0; i < f->buckets; i++) {
		floats_read(m->row, f->rows + (f->words + i) * width, ST_F32,
			    0, f->dim);
		if (is_large(m->row, f->dim))
			return fail(e, ERROR_DATA, "'%s': row %" PRIu32 " of "
				    "the n-grams is not finite or too large",
				    m->in.source.path, i);
		if (st_rows(m->w, m->row, f->dim, e) < 0)
			return e->code;
	}
	m->report->buckets = f->buckets;
	return st_end(m->w, 2, shape, e);
}

static int read_back(struct st_file *f, void *context, struct error *e)
{
	struct words w;
	int code = words_load(&w, f, "", e);

	(void)context;
	words_free(&w);
	return code;
}

int words_import_file(const struct words_import_options *o,
		      struct words_import_report *r, struct error *e)
{
	struct import m = { .report = r };

	*r = (struct words_import_report){0};
	if (vectors_open(&m.in, &o->source, e) < 0)
		return e->code;
	m.words = string_map_new(e);
	m.row = mem_new(m.in.dim, sizeof(*m.row), e);
	if (!m.words || !m.row)
		goto done;
	m.w = st_create(o->out, WORDS_FORMAT, e);
	if (!m.w || put_meta(&m, o->clean, e) < 0 ||
	    put_vectors(&m, e) < 0 || put_words(&m, e) < 0 ||
	    put_subwords(&m, e) < 0)
		goto done;
	r->format = m.in.format;
	r->count = string_map_count(m.words);
	r->dim = m.in.dim;
	st_commit_read(m.w, read_back, NULL, e);
	m.w = NULL;
done:
	st_discard(m.w);
	vectors_close(&m.in);
	string_map_free(m.words);
	mem_free(m.counts);
	mem_free(m.row);
	return e->code;
}
