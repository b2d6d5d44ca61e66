/*
 * fasttext_bin.c - the layout of fastText's models, and its n-grams
 * (Bojanowski et al. 2017, "Enriching word vectors with subword information").
 *
 * Must hold: every count is compared with the bytes that are there before it
 * is used; after fasttext_bin_read the views need no more checks.
 */
#include "format/fasttext_bin.h"

#include "base/le.h"

#define MAGIC 793712314u

enum {
	MAX_DIM = 1 << 16,
	MAX_NGRAM = 255,	/* longer than any that is of use */
	MODEL_SUPERVISED = 3,
};

struct reader {
	const unsigned char *at;
	size_t left;
	const char *path;
	int is_cut;
};

static const unsigned char *take(struct reader *r, size_t bytes)
{
	const unsigned char *at = r->at;

	if (r->left < bytes) {
		r->is_cut = 1;
		return NULL;
	}
	r->at += bytes;
	r->left -= bytes;
	return at;
}

/* 0 when the file ends before it. */
static int32_t take_i32(struct reader *r)
{
	const unsigned char *p = take(r, 4);

	return p ? (int32_t)le32_get(p) : 0;
}

static int64_t take_i64(struct reader *r)
{
	const unsigned char *p = take(r, 8);

	return p ? (int64_t)le64_get(p) : 0;
}

static int take_byte(struct reader *r)
{
	const unsigned char *p = take(r, 1);

	return p ? *p : 0;
}

static int bad(const struct reader *r, const char *why, struct error *e)
{
	return fail(e, ERROR_DATA, "'%s' is not a readable fastText model: %s",
		    r->path, r->is_cut ? "it is truncated" : why);
}

static int quantised(const struct reader *r, struct error *e)
{
	bad(r, "it is quantised (.ftz)", e);
	return hint(e, "use the .bin file that it was made from");
}

int fasttext_bin_is(const void *bytes, size_t size)
{
	return size >= 4 && le32_get(bytes) == MAGIC;
}

static int read_options(struct fasttext_bin *f, struct reader *r,
			struct error *e)
{
	int32_t version, o[12];

	take_i32(r);
	version = take_i32(r);
	for (size_t i = 0; i < ARRAY_LEN(o); i++)
		o[i] = take_i32(r);
	take(r, 8);
	if (r->is_cut)
		return bad(r, "", e);
	if (version != 11 && version != 12)
		return fail(e, ERROR_DATA, "'%s' is a fastText model of "
			    "version %d, not 11 or 12", r->path, (int)version);
	if (o[0] < 1 || o[0] > MAX_DIM || o[8] < 0 || o[9] < 0 ||
	    o[9] > MAX_NGRAM || o[10] < 0 || o[10] > MAX_NGRAM)
		return bad(r, "its options make no sense", e);
	f->dim = (size_t)o[0];
	f->buckets = (uint32_t)o[8];
	f->min_n = o[9];
	f->max_n = o[10];
	/* as fastText does: those had no n-grams of characters */
	if (version == 11 && o[7] == MODEL_SUPERVISED)
		f->max_n = 0;
	return 0;
}

static int entry_read(struct reader *r, int *type, struct error *e)
{
	const unsigned char *zero = r->left ? memchr(r->at, 0, r->left) : NULL;

	if (!zero || zero == r->at) {
		r->is_cut = !zero;
		return bad(r, "a word is empty", e);
	}
	take(r, (size_t)(zero - r->at) + 1);
	if (take_i64(r) < 0)
		return bad(r, "a word's count is below 0", e);
	*type = take_byte(r);
	return r->is_cut ? bad(r, "", e) : 0;
}

static int read_entries(struct fasttext_bin *f, struct reader *r,
			struct error *e)
{
	int32_t size = take_i32(r), words = take_i32(r);
	int32_t labels = take_i32(r);
	int64_t pruned;
	int type = 0;

	take_i64(r);
	pruned = take_i64(r);
	if (r->is_cut || size < 1 || words < 1 || labels < 0 ||
	    words > size || size - words != labels)
		return bad(r, "its word counts contradict each other", e);
	f->entries = r->at;
	f->words = (size_t)words;
	for (int32_t i = 0; i < size; i++) {
		if (entry_read(r, &type, e) < 0)
			return e->code;
		if (type != (i >= words))
			return bad(r, "words and labels are mixed", e);
	}
	if (pruned == 0)
		f->max_n = 0;
	return pruned > 0 ? quantised(r, e) : 0;
}

static int read_matrix(struct reader *r, const unsigned char **floats,
		       uint64_t *rows, size_t dim, struct error *e)
{
	int64_t m, n;

	if (take_byte(r))
		return quantised(r, e);
	m = take_i64(r);
	n = take_i64(r);
	if (r->is_cut || m < 0 || n != (int64_t)dim ||
	    (uint64_t)m > r->left / 4 / dim) {
		r->is_cut |= m > 0 && n == (int64_t)dim;
		return bad(r, "a matrix has not the size of its vectors", e);
	}
	*rows = (uint64_t)m;
	*floats = take(r, (size_t)m * dim * 4);
	return 0;
}

int fasttext_bin_read(struct fasttext_bin *f, const void *bytes, size_t size,
		      const char *path, struct error *e)
{
	struct reader r = { bytes, size, path, 0 };
	const unsigned char *output;
	uint64_t rows, outputs;

	*f = (struct fasttext_bin){0};
	if (!fasttext_bin_is(bytes, size))
		return bad(&r, "it does not begin as one", e);
	if (read_options(f, &r, e) < 0 || read_entries(f, &r, e) < 0 ||
	    read_matrix(&r, &f->rows, &rows, f->dim, e) < 0)
		return e->code;
	if (rows != f->words + (uint64_t)f->buckets)
		return bad(&r, "its rows are not those of its words and "
			   "buckets", e);
	if (read_matrix(&r, &output, &outputs, f->dim, e) < 0)
		return e->code;
	return r.left ? bad(&r, "it has bytes after its end", e) : 0;
}

struct str fasttext_bin_word(const unsigned char **at, uint64_t *count)
{
	struct str word = str_of((const char *)*at);

	*count = le64_get(*at + word.bytes + 1);
	*at += word.bytes + 1 + 8 + 1;
	return word;
}

/* ---- writing ------------------------------------------------------------- */

enum { VERSION = 12, LOSS_NEGATIVES = 2, MODEL_CBOW = 1, MODEL_SKIPGRAM = 2,
       TOLD_EVERY = 100 };	/* words between fastText's looks at its rate */

static int put_i32(struct buf *b, uint64_t value, struct error *e)
{
	unsigned char bytes[4];

	le32_put(bytes, (uint32_t)value);
	return buf_add(b, bytes, sizeof(bytes), e);
}

static int put_i64(struct buf *b, uint64_t value, struct error *e)
{
	unsigned char bytes[8];

	le64_put(bytes, value);
	return buf_add(b, bytes, sizeof(bytes), e);
}

static int put_options(struct buf *b, const struct fasttext_options *o,
		       struct error *e)
{
	const uint64_t numbers[] = {
		MAGIC, VERSION, o->dim, (uint64_t)o->window,
		(uint64_t)o->epochs, (uint64_t)o->min_count,
		(uint64_t)o->negatives, 1, LOSS_NEGATIVES,
		o->skipgram ? MODEL_SKIPGRAM : MODEL_CBOW, o->buckets,
		(uint64_t)o->min_n, (uint64_t)o->max_n, TOLD_EVERY,
	};
	uint64_t bits;
	int bad = 0;

	for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
		bad |= put_i32(b, numbers[i], e);
	memcpy(&bits, &o->threshold, sizeof(bits));
	return bad | put_i64(b, bits, e);
}

int fasttext_bin_head(struct buf *b, const struct fasttext_options *o,
		      const struct str *words, const uint64_t *counts,
		      size_t count, struct error *e)
{
	uint64_t tokens = 0;
	int bad = put_options(b, o, e);

	for (size_t i = 0; i < count; i++)
		tokens += counts[i];
	bad |= put_i32(b, count, e);
	bad |= put_i32(b, count, e);
	bad |= put_i32(b, 0, e);
	bad |= put_i64(b, tokens, e);
	bad |= put_i64(b, UINT64_MAX, e);	/* -1: nothing was pruned */
	for (size_t i = 0; !bad && i < count; i++) {
		bad |= buf_add(b, words[i].data, words[i].bytes, e);
		bad |= buf_add(b, "", 1, e);
		bad |= put_i64(b, counts[i], e);
		bad |= buf_add(b, "", 1, e);
	}
	return bad ? e->code : 0;
}

int fasttext_bin_matrix(struct buf *b, uint64_t rows, size_t dim,
			struct error *e)
{
	int bad = buf_add(b, "", 1, e);		/* not quantised */

	bad |= put_i64(b, rows, e);
	return bad | put_i64(b, dim, e);
}

/* ---- n-grams ------------------------------------------------------------- */

/* Byte i of '<' word '>'. */
static unsigned char bracketed(struct str word, size_t i)
{
	return i == 0 ? '<' : i > word.bytes ? '>' :
	       (unsigned char)word.data[i - 1];
}

static int goes_on(struct str word, size_t i)
{
	return i < word.bytes + 2 && (bracketed(word, i) & 0xC0) == 0x80;
}

/* FNV-1a, with the bytes as signed ones: a slip of fastText's that its models
 * have inside. */
#define HASH_START 2166136261u

static uint32_t hash_step(uint32_t h, unsigned char byte)
{
	uint32_t wide = byte < 128 ? byte : 0xFFFFFF00u | byte;

	return (h ^ wide) * 16777619u;
}

void fasttext_walk_start(struct fasttext_walk *k, struct str word, int min_n,
			 int max_n, uint32_t buckets)
{
	int none = !buckets || str_equal(word, str_of("</s>"));

	*k = (struct fasttext_walk){ .word = word, .min_n = min_n,
				     .max_n = none ? 0 : max_n,
				     .buckets = buckets, .hash = HASH_START };
}

int fasttext_walk_next(struct fasttext_walk *k, uint32_t *bucket)
{
	size_t end = k->word.bytes + 2;

	do {
		if (k->at == end || k->n >= k->max_n) {
			do
				k->from++;
			while (goes_on(k->word, k->from));
			k->at = k->from;
			k->n = 0;
			k->hash = HASH_START;
		}
		if (k->from >= end || !k->max_n)
			return 0;
		do
			k->hash = hash_step(k->hash,
					    bracketed(k->word, k->at++));
		while (goes_on(k->word, k->at));
		k->n++;
	} while (k->n < k->min_n ||
		 (k->n == 1 && (k->from == 0 || k->at == end)));
	*bucket = k->hash % k->buckets;
	return 1;
}

int fasttext_ngrams_of(struct fasttext_ngrams *g, struct str word,
		       struct error *e)
{
	struct fasttext_walk walk;
	uint32_t bucket;

	g->count = 0;
	fasttext_walk_start(&walk, word, g->min_n, g->max_n, g->buckets);
	while (fasttext_walk_next(&walk, &bucket)) {
		if (mem_grow(&g->ids, &g->room, g->count + 1,
			     sizeof(*g->ids), e) < 0)
			return e->code;
		g->ids[g->count++] = bucket;
	}
	return 0;
}
