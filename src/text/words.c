/*
 * words.c - a words file in memory: load, find, copy, suggest.
 *
 * Nothing from the file is trusted: shapes agree with each other, words are
 * different, df is at most the number of documents, each vector has a length
 * that a float can hold, and so has a sum of many.
 */
#include "text/words.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "base/table.h"

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

static int load_stop(struct words *w, const struct st_file *f,
		     const char *prefix, struct error *e)
{
	struct buf key = {0};
	struct st_strings list;
	int code = 0;

	if (!prefixed(&key, prefix, "stop.ends", e))
		return e->code;
	if (st_find(f, key.data)) {
		w->stop = table_new(e);
		if (!w->stop || !prefixed(&key, prefix, "stop", e) ||
		    st_strings(&list, f, key.data, e) < 0)
			code = e->code;
		for (size_t i = 0; code == 0 && i < list.count; i++)
			if (table_add(w->stop, st_string_at(&list, i), e) ==
			    TABLE_NONE)
				code = e->code;
	}
	w->clean.stop = w->stop;
	buf_free(&key);
	return code;
}

static int load_tensors(struct words *w, const struct st_file *f,
			const char *prefix, struct error *e)
{
	const struct st_tensor *count, *df, *vectors, *bias;
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
	bias = need(f, prefix, "bias", ST_F32, 1, shape, e);
	if (!count || !df || !vectors || !bias)
		return e->code;
	if (vectors->shape[1] < 1 || vectors->shape[1] > 1 << 16)
		return fail(e, ERROR_DATA, "'%s' has vectors of %" PRIu64
			    " numbers", st_path(f), vectors->shape[1]);
	w->count = w->word.count;
	w->dim = (size_t)vectors->shape[1];
	w->occurrences = count->data;
	w->df = df->data;
	w->vectors = vectors->data;
	w->bias = bias->data;
	return 0;
}

/* Whatever the dimension, squares of these sizes add up to a normal float. */
#define VECTOR_MOST 1e15f
#define VECTOR_LEAST 1e-15f

static int vector_is_sound(const float *v, size_t dim)
{
	int small = 1, large = 0;

	for (size_t i = 0; i < dim; i++) {
		large |= !(fabsf(v[i]) <= VECTOR_MOST);
		small &= !(fabsf(v[i]) >= VECTOR_LEAST);
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
		if (w->df[i] > w->documents || !w->df[i])
			fail(e, ERROR_DATA, "'%s': a word is in %" PRIu64
			     " of %" PRIu64 " documents", st_path(f),
			     w->df[i], w->documents);
	}
done:
	mem_free(entries);
	return e->code;
}

int words_load(struct words *w, const struct st_file *f, const char *prefix,
	       struct error *e)
{
	*w = (struct words){0};
	if (load_tensors(w, f, prefix, e) < 0 ||
	    load_meta(w, f, prefix, e) < 0 ||
	    load_stop(w, f, prefix, e) < 0 || make_order(w, f, e) < 0 ||
	    check_vectors(w, f, e) < 0) {
		words_free(w);
		return e->code;
	}
	return 0;
}

void words_free(struct words *w)
{
	table_free(w->stop);
	mem_free(w->order);
	*w = (struct words){0};
}

/* ---- copying ------------------------------------------------------------- */

/* Metadata that is about a whole file, not about the words in it. */
static int is_of_file(const char *key)
{
	return strcmp(key, "format") == 0 ||
	       strcmp(key, "format_version") == 0 ||
	       strncmp(key, "sum.", 4) == 0;
}

static int copy_meta(const char *from_prefix, const struct st_file *from,
		     struct st_writer *to, const char *prefix,
		     struct error *e)
{
	size_t skip = strlen(from_prefix);
	struct buf name = {0};
	const char *key, *value;
	int code = 0;

	for (size_t i = 0; code == 0 && i < st_meta_count(from); i++) {
		st_meta_at(from, i, &key, &value);
		if (is_of_file(key) || strncmp(key, from_prefix, skip) != 0)
			continue;
		code = prefixed(&name, prefix, key + skip, e) ?
		       st_put_meta(to, name.data, value, e) : e->code;
	}
	buf_free(&name);
	return code;
}

static int copy_tensors(const char *from_prefix, const struct st_file *from,
			struct st_writer *to, const char *prefix,
			struct error *e)
{
	static const char *const names[] = { "word.bytes", "word.ends",
		"count", "df", "stop.bytes", "stop.ends", "bias", "vectors" };
	const struct st_tensor *t;
	struct buf name = {0};
	int code = 0;

	for (size_t i = 0; code == 0 && i < ARRAY_LEN(names); i++) {
		if (!prefixed(&name, from_prefix, names[i], e)) {
			code = e->code;
			break;
		}
		t = st_find(from, name.data);
		if (!t)
			continue;
		code = prefixed(&name, prefix, names[i], e) ?
		       st_put(to, name.data, t->type, t->rank, t->shape,
			      t->data, e) : e->code;
	}
	buf_free(&name);
	return code;
}

int words_copy(const struct words *w, const struct st_file *from,
	       struct st_writer *to, const char *prefix, struct error *e)
{
	const struct st_tensor *own = st_find(from, "vectors");
	const char *from_prefix = own && own->data == w->vectors ? "" :
				  "words.";

	if (copy_meta(from_prefix, from, to, prefix, e) < 0)
		return e->code;
	return copy_tensors(from_prefix, from, to, prefix, e);
}

/* ---- finding ------------------------------------------------------------- */

uint32_t words_find(const struct words *w, struct str word)
{
	size_t low = 0, high = w->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = str_compare(words_at(w, w->order[middle]), word);

		if (order == 0)
			return w->order[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return WORDS_NONE;
}

enum { SUGGEST_LETTERS = 48, SUGGEST_DISTANCE = 2 };

/* Code points of s; more than `room` are not told: room + 1 then. */
static size_t letters(struct str s, uint32_t *out, size_t room)
{
	const char *at = s.data, *end = s.data + s.bytes;
	size_t n = 0;

	while (at < end) {
		if (n == room)
			return room + 1;
		out[n++] = utf8_next(&at, end);
	}
	return n;
}

/* Letters to insert, delete or change between a and b (Levenshtein). */
static size_t edit_distance(const uint32_t *a, size_t na, const uint32_t *b,
			    size_t nb)
{
	size_t row[SUGGEST_LETTERS + 1];	/* distances to b[0 .. j) */

	for (size_t j = 0; j <= nb; j++)
		row[j] = j;
	for (size_t i = 1; i <= na; i++) {
		size_t corner = row[0];

		row[0] = i;
		for (size_t j = 1; j <= nb; j++) {
			size_t change = corner + (a[i - 1] != b[j - 1]);
			size_t other = MIN(row[j], row[j - 1]) + 1;

			corner = row[j];
			row[j] = MIN(change, other);
		}
	}
	return row[nb];
}

struct guess {
	uint32_t id;
	size_t distance;
};

static int guess_before(const struct words *w, struct guess a, struct guess b)
{
	if (a.distance != b.distance)
		return a.distance < b.distance;
	if (w->occurrences[a.id] != w->occurrences[b.id])
		return w->occurrences[a.id] > w->occurrences[b.id];
	return a.id < b.id;
}

size_t words_suggest(const struct words *w, struct str word, uint32_t *ids,
		     size_t max)
{
	enum { MOST = 16 };
	uint32_t want[SUGGEST_LETTERS], have[SUGGEST_LETTERS];
	size_t n = letters(word, want, SUGGEST_LETTERS), count = 0, to;
	struct guess best[MOST + 1];

	max = MIN(max, MOST);
	if (n > SUGGEST_LETTERS)
		return 0;
	for (uint32_t id = 0; id < w->count; id++) {
		size_t m = letters(words_at(w, id), have, SUGGEST_LETTERS);
		struct guess g = { .id = id };

		if (m > SUGGEST_LETTERS || m > n + SUGGEST_DISTANCE ||
		    n > m + SUGGEST_DISTANCE)
			continue;
		g.distance = edit_distance(want, n, have, m);
		/* a word with no letter kept is no suggestion */
		if (g.distance > SUGGEST_DISTANCE ||
		    g.distance >= MAX(n, m))
			continue;
		for (to = count; to && guess_before(w, g, best[to - 1]); to--)
			best[to] = best[to - 1];
		best[to] = g;
		count = MIN(count + 1, max);
	}
	for (size_t i = 0; i < count; i++)
		ids[i] = best[i].id;
	return count;
}
