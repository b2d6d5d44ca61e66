/*
 * words_load.c - a words file, checked and opened; see words.h.
 *
 * Nothing from the file is trusted: shapes agree with each other, words are
 * different, df is at most the number of documents, each vector has a length
 * that a float can hold, and so has a sum of many.
 */
#include "text/words/words.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "base/string_map.h"
#include "base/utf8.h"
#include "format/decimal.h"
#include "text/corpus/subsample.h"
#include "text/clean/unicode_normal.h"

/* prefix + name, in a buffer of the caller's. */
static const char *prefixed(struct buf *b, const char *prefix,
			    const char *name, struct error *e)
{
	buf_clear(b);
	return buf_addf(b, e, "%s%s", prefix, name) < 0 ? NULL : b->data;
}

static const struct st_tensor *need(const struct st_file *f,
				    const char *prefix, const char *name,
				    enum st_type type, int rank,
				    const uint64_t *shape, struct error *e)
{
	struct buf key = {0};
	const struct st_tensor *t = NULL;

	if (prefixed(&key, prefix, name, e))
		t = st_need(f, key.data, type, rank, shape, e);
	buf_free(&key);
	return t;
}

/* The metadata `name`, or NULL with *e set. */
static const char *need_meta(const struct st_file *f, const char *prefix,
			     const char *name, struct error *e)
{
	struct buf key = {0};
	const char *value = NULL;

	if (prefixed(&key, prefix, name, e)) {
		value = st_meta(f, key.data);
		if (!value)
			fail(e, ERROR_DATA, "'%s' has no '%s' in its metadata",
			     st_path(f), key.data);
	}
	buf_free(&key);
	return value;
}

static const char *const model_names[] = {
	[WORDS_GLOVE] = "glove", [WORDS_WORD2VEC] = "word2vec",
	[WORDS_FASTTEXT] = "fasttext", [WORDS_DOC2VEC] = "doc2vec",
	[WORDS_LDA] = "lda", [WORDS_FOREIGN] = "foreign",
};

const char *const words_model_names[] = {
	"glove", "word2vec", "fasttext", "doc2vec", "lda", NULL
};

const char *words_model_name(enum words_model model)
{
	return model_names[model];
}

static int load_model(struct words *w, const struct st_file *f,
		      const char *prefix, struct error *e)
{
	const char *model = need_meta(f, prefix, "model", e);

	for (size_t i = 0; model && i < ARRAY_LEN(model_names); i++)
		if (strcmp(model, model_names[i]) == 0) {
			w->model = (enum words_model)i;
			return 0;
		}
	return !model ? e->code :
	       fail(e, ERROR_DATA, "'%s': '%.40s' is not a kind of text model",
		    st_path(f), model);
}

static int load_meta(struct words *w, const struct st_file *f,
		     const char *prefix, struct error *e)
{
	const char *clean = need_meta(f, prefix, "clean", e);
	const char *documents = need_meta(f, prefix, "documents", e);
	char *end;

	if (!clean || !documents)
		return e->code;
	if (strcmp(clean, "seed") == 0)
		w->clean.kind = CLEAN_SEED;
	else if (strcmp(clean, "unicode") == 0)
		w->clean.kind = CLEAN_UNICODE;
	else
		return fail(e, ERROR_DATA, "'%s': '%.40s' is not a way to "
			    "clean text", st_path(f), clean);
	w->documents = strtoull(documents, &end, 10);
	if (*documents < '0' || *documents > '9' || *end)
		return fail(e, ERROR_DATA, "'%s': the number of documents is "
			    "'%.40s'", st_path(f), documents);
	return 0;
}

/* There is no "stem" where words stand as they are. */
static int load_stem(struct words *w, const struct st_file *f,
		     const char *prefix, struct error *e)
{
	struct buf key = {0};
	const char *stem = prefixed(&key, prefix, "stem", e) ?
			   st_meta(f, key.data) : NULL;

	buf_free(&key);
	w->clean.stem = stem != NULL;
	if (stem && strcmp(stem, "porter") != 0)
		fail(e, ERROR_DATA, "'%s': '%.40s' is not a way to stem words",
		     st_path(f), stem);
	return e->code;
}

static int load_stop(struct words *w, const struct st_file *f,
		     const char *prefix, struct error *e)
{
	struct buf key = {0};
	struct st_strings list;
	int code = 0;

	if (!prefixed(&key, prefix, "stop.ends", e))
		return e->code;
	if (st_find(f, key.data)) {
		w->stop = string_map_new(e);
		if (!w->stop || !prefixed(&key, prefix, "stop", e) ||
		    st_strings(&list, f, key.data, e) < 0)
			code = e->code;
		for (size_t i = 0; code == 0 && i < list.count; i++)
			code = clean_stop_add(w->stop, st_string_at(&list, i),
					      e);
	}
	w->clean.stop = w->stop;
	buf_free(&key);
	return code;
}

static int load_bias(struct words *w, const struct st_file *f,
		     const char *prefix, struct error *e)
{
	const uint64_t shape[1] = { w->count };
	const struct st_tensor *bias;

	if (w->model != WORDS_GLOVE)
		return 0;
	bias = need(f, prefix, "bias", ST_F32, 1, shape, e);
	w->bias = bias ? bias->data : NULL;
	return bias ? 0 : e->code;
}

static int meta_number(const struct st_file *f, const char *prefix,
		       const char *name, uint32_t least, uint32_t most,
		       uint32_t *number, struct error *e)
{
	const char *text = need_meta(f, prefix, name, e);
	unsigned long long value;
	char *end;

	if (!text)
		return e->code;
	value = strtoull(text, &end, 10);
	if (*text < '0' || *text > '9' || *end || value < least ||
	    value > most)
		return fail(e, ERROR_DATA, "'%s': '%s' is '%.40s', %u to %u "
			    "are possible", st_path(f), name, text, least,
			    most);
	*number = (uint32_t)value;
	return 0;
}

static int check_subwords(const struct words *w, const struct st_file *f,
			  struct error *e)
{
	for (size_t i = 0; i < w->subword_count; i++)
		if (w->subword_ids[i] >= w->buckets ||
		    (i && w->subword_ids[i] <= w->subword_ids[i - 1]))
			return fail(e, ERROR_DATA, "'%s': the buckets of "
				    "n-grams are not in order", st_path(f));
	for (size_t i = 0; i < w->subword_count * w->dim; i++)
		if (!(fabsf(w->subwords[i]) <= WORDS_VECTOR_MOST))
			return fail(e, ERROR_DATA, "'%s': number %zu of the "
				    "n-grams' vectors is not finite or too "
				    "large", st_path(f), i);
	return 0;
}

static int load_subwords(struct words *w, const struct st_file *f,
			 const char *prefix, struct error *e)
{
	const struct st_tensor *ids, *rows;
	uint64_t shape[2] = { 0, w->dim };
	uint32_t min_n, max_n;

	if (w->model != WORDS_FASTTEXT)
		return 0;
	ids = need(f, prefix, "subword_ids", ST_U32, 1, NULL, e);
	if (!ids)
		return e->code;
	shape[0] = ids->shape[0];
	rows = need(f, prefix, "subwords", ST_F32, 2, shape, e);
	if (!rows || meta_number(f, prefix, "min_n", 0, 255, &min_n, e) < 0 ||
	    meta_number(f, prefix, "max_n", 0, 255, &max_n, e) < 0 ||
	    meta_number(f, prefix, "buckets", 0, UINT32_MAX, &w->buckets,
			e) < 0)
		return e->code;
	w->min_n = (int)min_n;
	w->max_n = (int)max_n;
	w->subword_count = (size_t)ids->shape[0];
	w->subword_ids = ids->data;
	w->subwords = rows->data;
	return check_subwords(w, f, e);
}

static int load_tensors(struct words *w, const struct st_file *f,
			const char *prefix, struct error *e)
{
	const struct st_tensor *count, *df, *vectors;
	struct buf key = {0};
	uint64_t shape[2] = {0};
	int code;

	code = prefixed(&key, prefix, "word", e) ?
	       st_strings(&w->word, f, key.data, e) : e->code;
	buf_free(&key);
	if (code < 0)
		return code;
	shape[0] = w->word.count;
	if (w->word.count < 1 || w->word.count >= WORDS_NONE)
		return fail(e, ERROR_DATA, "'%s' has %zu words", st_path(f),
			    w->word.count);
	count = need(f, prefix, "count", ST_U64, 1, shape, e);
	df = need(f, prefix, "df", ST_U64, 1, shape, e);
	vectors = need(f, prefix, "vectors", ST_F32, 2, shape, e);
	if (!count || !df || !vectors)
		return e->code;
	if (vectors->shape[1] < 1 || vectors->shape[1] > 1 << 16)
		return fail(e, ERROR_DATA, "'%s' has vectors of %" PRIu64
			    " numbers", st_path(f), vectors->shape[1]);
	w->count = w->word.count;
	w->dim = (size_t)vectors->shape[1];
	w->occurrences = count->data;
	w->df = df->data;
	w->vectors = vectors->data;
	if (load_bias(w, f, prefix, e) < 0)
		return e->code;
	return load_subwords(w, f, prefix, e);
}

static int meta_real(const struct st_file *f, const char *prefix,
		     const char *name, float least, float most, float *number,
		     struct error *e)
{
	const char *text = need_meta(f, prefix, name, e), *end;

	if (!text)
		return e->code;
	end = decimal_read(text, text + strlen(text), number);
	if (end && !*end && *number >= least && *number <= most)
		return 0;
	return fail(e, ERROR_DATA, "'%s': '%s' is '%.40s', %g to %g are "
		    "possible", st_path(f), name, text, (double)least,
		    (double)most);
}

/* LDA's vectors are probabilities that are not yet divided by their sum. */
static int load_topics(struct words *w, const struct st_file *f,
		       const char *prefix, struct error *e)
{
	uint32_t inner;
	int bad = 0;

	if (w->model != WORDS_LDA)
		return 0;
	if (meta_number(f, prefix, "inner", 1, 1 << 20, &inner, e) < 0 ||
	    meta_real(f, prefix, "prior", 1e-6f, 1e3f, &w->prior, e) < 0)
		return e->code;
	w->inner = (int)inner;
	for (size_t i = 0; i < w->count * w->dim; i++)
		bad |= !(w->vectors[i] >= 0);
	return bad ? fail(e, ERROR_DATA, "'%s' has topics with a word below 0",
			  st_path(f)) : 0;
}

static int load_draws(struct words *w, const struct st_file *f,
		      const char *prefix, struct error *e)
{
	uint32_t samples;
	float threshold;

	if (w->model != WORDS_DOC2VEC)
		return 0;
	if (meta_number(f, prefix, "negatives", 1, 1000, &samples, e) < 0 ||
	    meta_real(f, prefix, "subsample", 0, 1, &threshold, e) < 0)
		return e->code;
	for (size_t i = 0; i < w->count; i++)
		if (!w->occurrences[i])
			return fail(e, ERROR_DATA, "'%s' has a word that "
				    "never occurs", st_path(f));
	w->negative_samples = (int)samples;
	w->keep = subsample_keep(w->occurrences, w->count, threshold, e);
	if (!w->keep)
		return e->code;
	return negatives_open(&w->negatives, w->occurrences, w->count, e);
}

static int vector_is_sound(const float *v, size_t dim)
{
	int small = 1, large = 0;

	for (size_t i = 0; i < dim; i++) {
		large |= !(fabsf(v[i]) <= WORDS_VECTOR_MOST);
		small &= !(fabsf(v[i]) >= WORDS_VECTOR_LEAST);
	}
	return !small && !large;
}

static int check_vectors(const struct words *w, const struct st_file *f,
			 struct error *e)
{
	for (uint32_t i = 0; i < w->count; i++) {
		struct str word = words_at(w, i);

		if (vector_is_sound(words_vector(w, i), w->dim))
			continue;
		fail(e, ERROR_DATA, "'%s': the vector of '%.*s' (row %" PRIu32
		     ") is zero, not finite or too large", st_path(f),
		     (int)MIN(word.bytes, 100), word.data, i);
		return hint(e, "take another copy of the file, or make it "
			    "anew without that word");
	}
	return 0;
}

struct entry {
	struct str word;
	uint32_t id;
};

static int by_word(const void *x, const void *y)
{
	const struct entry *a = x, *b = y;
	int order = str_compare(a->word, b->word);

	return order ? order : (a->id > b->id) - (a->id < b->id);
}

static int make_order(struct words *w, const struct st_file *f,
		      struct error *e)
{
	struct entry *entries = mem_new(w->count, sizeof(*entries), e);

	w->order = mem_new(w->count, sizeof(*w->order), e);
	if (!entries || !w->order)
		goto done;
	for (uint32_t i = 0; i < w->count; i++)
		entries[i] = (struct entry){ words_at(w, i), i };
	qsort(entries, w->count, sizeof(*entries), by_word);
	for (size_t i = 0; i < w->count; i++) {
		w->order[i] = entries[i].id;
		if (i && str_equal(entries[i].word, entries[i - 1].word))
			fail(e, ERROR_DATA, "'%s' has a word twice",
			     st_path(f));
		if (w->df[i] > w->documents || (!w->df[i] && w->documents))
			fail(e, ERROR_DATA, "'%s': a word is in %" PRIu64
			     " of %" PRIu64 " documents", st_path(f),
			     w->df[i], w->documents);
	}
done:
	mem_free(entries);
	return e->code;
}

static int has_wide(struct str s)
{
	for (size_t i = 0; i < s.bytes; i++)
		if ((unsigned char)s.data[i] >= 0x80)
			return 1;
	return 0;
}

/* Files of other programs, and of this one before it normalised words, may have
 * words that are not in their normal form: cleaned text finds them by it. */
static int make_aliases(struct words *w, struct error *e)
{
	struct normal normal = {0};
	struct buf form = {0};
	size_t room = 0;

	w->alias = string_map_new(e);
	for (uint32_t i = 0; !e->code && i < w->count; i++) {
		struct str word = words_at(w, i), other;
		uint32_t at;

		if (!has_wide(word) || !utf8_valid(word))
			continue;
		buf_clear(&form);
		if (buf_add(&form, word.data, word.bytes, e) < 0 ||
		    normal_word(&normal, &form, e) < 0)
			break;
		other = (struct str){ form.data, form.bytes };
		if (words_find(w, other) != WORDS_NONE)
			continue;
		at = string_map_add(w->alias, other, e);
		if (at != STRING_MAP_NONE &&
		    mem_grow(&w->alias_of, &room, at + 1, sizeof(*w->alias_of),
			     e) == 0)
			w->alias_of[at] = i;
	}
	normal_free(&normal);
	buf_free(&form);
	return e->code;
}

int words_load(struct words *w, const struct st_file *f, const char *prefix,
	       struct error *e)
{
	*w = (struct words){0};
	if (load_model(w, f, prefix, e) < 0 ||
	    load_tensors(w, f, prefix, e) < 0 ||
	    load_meta(w, f, prefix, e) < 0 ||
	    load_topics(w, f, prefix, e) < 0 ||
	    load_draws(w, f, prefix, e) < 0 ||
	    load_stem(w, f, prefix, e) < 0 ||
	    load_stop(w, f, prefix, e) < 0 || make_order(w, f, e) < 0 ||
	    make_aliases(w, e) < 0 || check_vectors(w, f, e) < 0) {
		words_free(w);
		return e->code;
	}
	return 0;
}

void words_free(struct words *w)
{
	negatives_close(&w->negatives);
	mem_free(w->keep);
	string_map_free(w->stop);
	mem_free(w->order);
	string_map_free(w->alias);
	mem_free(w->alias_of);
	*w = (struct words){0};
}
