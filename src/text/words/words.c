/*
 * words.c - copying a words file, finding words in it; see words.h.
 */
#include "text/words/words.h"

#include "base/string_map.h"
#include "base/utf8.h"

/* prefix + name, in a buffer of the caller's. */
static const char *prefixed(struct buf *b, const char *prefix,
			    const char *name, struct error *e)
{
	buf_clear(b);
	return buf_addf(b, e, "%s%s", prefix, name) < 0 ? NULL : b->data;
}

/* ---- copying ------------------------------------------------------------- */

/* Metadata that is about a whole file, not about the words in it. */
static int is_of_file(const char *key)
{
	return strcmp(key, "format") == 0 ||
	       strcmp(key, "format_version") == 0 ||
	       strncmp(key, "sum.", 4) == 0;
}

struct words_copy {
	const struct words *w;
	const struct st_file *from;
	struct st_writer *to;
	const char *from_prefix, *prefix;
	const float *vectors;		/* [w->count, dim] instead; or NULL */
	size_t dim;
};

static int copy_meta(const struct words_copy *c, struct error *e)
{
	size_t skip = strlen(c->from_prefix);
	struct buf name = {0};
	const char *key, *value;
	int code = 0;

	for (size_t i = 0; code == 0 && i < st_meta_count(c->from); i++) {
		st_meta_at(c->from, i, &key, &value);
		if (is_of_file(key) ||
		    strncmp(key, c->from_prefix, skip) != 0)
			continue;
		if (c->vectors && strcmp(key + skip, "model") == 0)
			value = words_model_name(WORDS_FOREIGN);
		code = prefixed(&name, c->prefix, key + skip, e) ?
		       st_put_meta(c->to, name.data, value, e) : e->code;
	}
	buf_free(&name);
	return code;
}

/* Of a model of other vectors only what says which words there are. */
static int is_copied(const struct words_copy *c, const char *name)
{
	static const char *const kept[] = { "word.bytes", "word.ends",
		"count", "df", "vectors", "stop.bytes", "stop.ends" };
	size_t i = 0;

	if (!c->vectors)
		return strncmp(name, "pad.", 4) != 0;
	while (i < ARRAY_LEN(kept) && strcmp(name, kept[i]) != 0)
		i++;
	return i < ARRAY_LEN(kept);
}

static int copy_tensor(const struct words_copy *c, const struct st_tensor *t,
		       const char *own, struct error *e)
{
	uint64_t shape[2] = { c->w->count, c->dim };
	struct buf name = {0};
	int code = prefixed(&name, c->prefix, own, e) ? 0 : e->code;

	if (code == 0)
		code = c->vectors && strcmp(own, "vectors") == 0 ?
		       st_put(c->to, name.data, ST_F32, 2, shape, c->vectors,
			      e) :
		       st_put(c->to, name.data, t->type, t->rank, t->shape,
			      t->data, e);
	buf_free(&name);
	return code;
}

/* All tensors of the words; the writer puts its own padding. */
static int copy_tensors(const struct words_copy *c, struct error *e)
{
	size_t skip = strlen(c->from_prefix);
	int code = 0;

	for (size_t i = 0; code == 0 && i < st_count(c->from); i++) {
		const struct st_tensor *t = st_at(c->from, i);

		if (strncmp(t->name, c->from_prefix, skip) == 0 &&
		    is_copied(c, t->name + skip))
			code = copy_tensor(c, t, t->name + skip, e);
	}
	return code;
}

int words_copy_as(const struct words *w, const struct st_file *from,
		  struct st_writer *to, const char *prefix,
		  const float *vectors, size_t dim, struct error *e)
{
	struct words_copy c = { w, from, to, "words.", prefix, vectors, dim };

	if (st_find(from, "vectors"))
		c.from_prefix = "";
	if (copy_meta(&c, e) < 0)
		return e->code;
	return copy_tensors(&c, e);
}

int words_copy(const struct words *w, const struct st_file *from,
	       struct st_writer *to, const char *prefix, struct error *e)
{
	return words_copy_as(w, from, to, prefix, NULL, 0, e);
}

/* ---- finding ------------------------------------------------------------- */

uint32_t words_find(const struct words *w, struct str word)
{
	size_t low = 0, high = w->count;
	uint32_t at;

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
	at = w->alias ? string_map_find(w->alias, word) : STRING_MAP_NONE;
	return at == STRING_MAP_NONE ? WORDS_NONE : w->alias_of[at];
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
