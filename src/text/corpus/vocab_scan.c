/*
 * vocab_scan.c - see vocab_scan.h.
 *
 * Each thread keeps the words it met last in a small cache, so that most
 * tokens are known without a lock: three numbers of eight letters and a hash
 * of them say which word it is.  Longer words always ask the tables.
 */
#include "text/corpus/vocab_scan.h"

#include "base/clock.h"
#include "base/le.h"
#include "base/hash.h"

enum {
	PIECE_BYTES = 1 << 17,		/* of text: some ms of work */
	PIECES_PER_THREAD = 4,
	KEY_BYTES = 24,
	CACHE_BITS = 16,		/* two megabytes: level 2 and 3 */
	CACHE_PART = 32,		/* of the memory, for all threads */
	FETCH_AHEAD = 16,
	FINISH_S = 5,
};

struct key {
	uint64_t part[KEY_BYTES / 8];	/* letters, then zeros */
};

struct cached {
	struct key key;			/* zeros: empty */
	uint32_t id;
};

/* A part of the corpus: from byte `from` of caption `first` to byte `end`
 * of caption `last`; whole_end: that is its end. */
struct piece {
	size_t first, last, from, end;
	int whole_end;
	uint32_t *ids;			/* [count], VOCAB_END after captions */
	size_t count, room;
};

struct reader {				/* of one thread */
	struct buf words;
	struct cached *cache;		/* [1 << cache_bits] */
	int cache_bits;
	struct error error;
};

struct pass {
	struct scan *s;
	struct reader *readers;		/* [threads] */
	size_t threads;
	struct piece *pieces;		/* [piece_room] */
	size_t piece_count, piece_room;
	size_t caption, byte;		/* where the next piece begins */
	uint64_t bytes, all_bytes;	/* read so far, of the corpus */
	struct talk_bar bar;
};

/* ---- words --------------------------------------------------------------- */

/* Reads the word at `at`, of which at least KEY_BYTES + 1 bytes may be read;
 * its length, or KEY_BYTES + 1 if it is longer than a key. */
static size_t key_read(const char *at, struct key *key)
{
	const uint64_t ones = UINT64_C(0x0101010101010101);
	size_t bytes = 0;

	*key = (struct key){0};
	for (size_t i = 0; i < ARRAY_LEN(key->part); i++) {
		uint64_t x = le64_get(at + 8 * i);
		uint64_t zeros = (x - ones) & ~x & ones << 7;
		int letters;

		if (!zeros) {
			key->part[i] = x;
			bytes += 8;
			continue;
		}
		letters = __builtin_ctzll(zeros) / 8;
		if (letters)
			key->part[i] = x & ~UINT64_C(0) >> (64 - 8 * letters);
		return bytes + (size_t)letters;
	}
	return at[KEY_BYTES] ? KEY_BYTES + 1 : KEY_BYTES;
}

/* Multiplicative hashing; the top bits are good. */
static uint64_t key_hash(const struct key *key)
{
	uint64_t h = key->part[0] * UINT64_C(0x9E3779B97F4A7C15);

	h = (h ^ h >> 29 ^ key->part[1]) * UINT64_C(0xBF58476D1CE4E5B9);
	h = (h ^ h >> 32 ^ key->part[2]) * UINT64_C(0x94D049BB133111EB);
	return h ^ h >> 31;
}

static uint32_t table_ask(struct scan *s, struct str word, uint64_t hash,
			  struct error *e)
{
	size_t shard = hash % SCAN_SHARDS;
	struct scan_shard *t = &s->shards[shard];
	uint32_t id;

	pthread_mutex_lock(&t->lock);
	id = string_map_add(t->table, word, e);
	pthread_mutex_unlock(&t->lock);
	if (id >= UINT32_MAX / SCAN_SHARDS) {
		fail(e, ERROR_DATA, "too many different words");
		return VOCAB_END;
	}
	return id * SCAN_SHARDS + (uint32_t)shard;
}

/* The id of the word at `at`, VOCAB_END on failure; *bytes is its length. */
static uint32_t word_id(struct scan *s, struct reader *r, const char *at,
			size_t *bytes)
{
	struct cached *c;
	struct key key;
	uint64_t hash;

	*bytes = key_read(at, &key);
	if (*bytes > KEY_BYTES) {
		*bytes = strlen(at);
		return table_ask(s, (struct str){ at, *bytes },
				 hash64(at, *bytes, 0), &r->error);
	}
	hash = key_hash(&key);
	c = &r->cache[hash >> (64 - r->cache_bits)];
	if (c->key.part[0] == key.part[0] && c->key.part[1] == key.part[1] &&
	    c->key.part[2] == key.part[2])
		return c->id;
	c->key = key;
	c->id = table_ask(s, (struct str){ at, *bytes }, hash, &r->error);
	return c->id;
}

/* ---- a piece, by any thread ---------------------------------------------- */

static int ids_room(struct piece *p, size_t more, struct error *e)
{
	return mem_grow(&p->ids, &p->room, p->count + more, sizeof(*p->ids),
			e);
}

static int text_read(struct pass *x, struct piece *p, struct reader *r,
		     struct str text)
{
	static const char zeros[KEY_BYTES + 1];
	size_t count, bytes;
	const char *at;

	if (clean_tokens(x->s->options->clean, text, &r->words, &count,
			 &r->error) < 0 ||
	    buf_add(&r->words, zeros, sizeof(zeros), &r->error) < 0 ||
	    ids_room(p, count + 1, &r->error) < 0)
		return r->error.code;
	at = r->words.data;
	for (size_t i = 0; i < count; i++) {
		p->ids[p->count++] = word_id(x->s, r, at, &bytes);
		at += bytes + 1;
	}
	return r->error.code;
}

static void piece_read(void *context, size_t item, int thread)
{
	struct pass *x = context;
	struct reader *r = &x->readers[thread];
	struct piece *p = &x->pieces[item];
	const struct text_source *source = x->s->source;

	p->count = 0;
	for (size_t i = p->first; i <= p->last && !r->error.code; i++) {
		struct str text = source->caption(source->context, i);

		if (i == p->last)
			text.bytes = p->end;
		if (i == p->first && p->from) {
			text.data += p->from;
			text.bytes -= p->from;
		}
		if (text_read(x, p, r, text) == 0 &&
		    (i < p->last || p->whole_end))
			p->ids[p->count++] = VOCAB_END;
	}
}

/* ---- the corpus in pieces ------------------------------------------------ */

/* Where a long text may be cut: at a blank, which always parts words and
 * carries nothing over.  At or past `at`. */
static size_t cut_at(struct str text, size_t at)
{
	const char *blank = memchr(text.data + at, ' ', text.bytes - at);

	return blank ? (size_t)(blank - text.data) : text.bytes;
}

/* The next piece; there is one. */
static void piece_next(struct pass *x, struct piece *p)
{
	const struct text_source *source = x->s->source;
	size_t room = PIECE_BYTES;

	p->first = x->caption;
	p->from = x->byte;
	for (;;) {
		struct str text = source->caption(source->context, x->caption);

		p->last = x->caption;
		if (text.bytes - x->byte > room) {
			p->end = cut_at(text, x->byte + room);
			p->whole_end = p->end == text.bytes;
		} else {
			p->end = text.bytes;
			p->whole_end = 1;
		}
		x->bytes += p->end - x->byte;
		room -= MIN(room, p->end - x->byte + 1);
		x->byte = p->whole_end ? 0 : p->end;
		x->caption += (size_t)p->whole_end;
		if (!room || !p->whole_end || x->caption == source->count)
			return;
	}
}

/* ---- taking over, in order ----------------------------------------------- */

/* Room for what all tables may hold now. */
static int words_room(struct scan *s, struct error *e)
{
	for (size_t i = 0; i < SCAN_SHARDS; i++)
		s->ids = MAX(s->ids,
			     ((size_t)string_map_count(s->shards[i].table) *
			      SCAN_SHARDS));
	return mem_grow(&s->words, &s->words_room, s->ids, sizeof(*s->words),
			e);
}

/* Counts the ids of a piece; an end without words before it goes. */
static int piece_take(struct scan *s, struct piece *p, struct error *e)
{
	uint64_t open = s->tokens.count && !s->ended;
	size_t to = 0;

	for (size_t i = 0; i < p->count; i++) {
		uint32_t id = p->ids[i];

		if (i + FETCH_AHEAD < p->count &&
		    p->ids[i + FETCH_AHEAD] != VOCAB_END)
			__builtin_prefetch(&s->words[p->ids[i + FETCH_AHEAD]],
					   1);
		if (id != VOCAB_END) {
			struct scan_word *w = &s->words[id];

			w->count++;
			w->df += w->last != s->captions + 1;
			w->last = s->captions + 1;
			open = 1;
		} else if (open) {
			s->captions++;
			open = 0;
		} else {
			continue;
		}
		p->ids[to++] = id;
	}
	s->ended = !open;
	return token_store_put(&s->tokens, p->ids, to, e);
}

static uint64_t text_bytes(const struct text_source *source)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < source->count; i++)
		bytes += source->caption(source->context, i).bytes;
	return bytes;
}

/* Tokens of all the corpus, from those so far. */
static uint64_t tokens_expected(const struct pass *x)
{
	return (uint64_t)((double)x->s->tokens.count * (double)x->all_bytes /
			  (double)x->bytes);
}

static int spill(struct pass *x, struct error *e)
{
	const struct vocab_options *o = x->s->options;
	struct token_store *t = &x->s->tokens;

	if (token_store_spill(t, o->folder, o->beside, e) < 0)
		return e->code;
	return tmpfile_check(&t->file, (tokens_expected(x) - t->count) *
			     sizeof(uint32_t), "a larger --memory", e);
}

static uint64_t words_bytes(const struct scan *s)
{
	uint64_t bytes = s->words_room * sizeof(*s->words);

	for (size_t i = 0; i < SCAN_SHARDS; i++)
		bytes += string_map_bytes(s->shards[i].table);
	return bytes;
}

static int too_large(const struct pass *x, uint64_t words, struct error *e)
{
	uint64_t tokens = token_store_bytes(tokens_expected(x));
	uint64_t limit = x->s->options->memory_bytes;

	if (words > limit / 2)
		fail(e, ERROR_FAILED, "the different words need more than "
		     "%.1f MB after %.0f %% of the text", (double)words / 1e6,
		     100.0 * (double)x->bytes / (double)x->all_bytes);
	else
		fail(e, ERROR_FAILED, "the corpus as numbers of words needs "
		     "about %.1f MB", (double)tokens / 1e6);
	return hint(e, "--memory is %.1f MB, a larger one would do",
		    (double)limit / 1e6);
}

/* Words may take half of the memory; tokens the other half, or a quarter if
 * they may go to a file. */
static int memory_check(struct pass *x, struct error *e)
{
	const struct vocab_options *o = x->s->options;
	uint64_t words = words_bytes(x->s);
	uint64_t tokens = token_store_bytes(x->s->tokens.count);
	int may_spill = o->folder || o->beside;

	if (!o->memory_bytes)
		return 0;
	if (words > o->memory_bytes / 2)
		return too_large(x, words, e);
	if (x->s->tokens.file.folder)
		return 0;
	if (may_spill && tokens > o->memory_bytes / 4)
		return spill(x, e);
	return tokens > o->memory_bytes / 2 ? too_large(x, words, e) : 0;
}

/* ---- all ----------------------------------------------------------------- */

static int cache_bits(const struct pass *x)
{
	uint64_t memory = x->s->options->memory_bytes;
	uint64_t most = memory / CACHE_PART / x->threads;
	int bits = CACHE_BITS;

	while (memory && bits > 1 && sizeof(struct cached) << bits > most)
		bits--;
	while (bits > 1 && UINT64_C(1) << (bits - 1) > x->all_bytes)
		bits--;
	return bits;
}

static int pass_open(struct pass *x, struct error *e)
{
	x->threads = (size_t)pool_threads(x->s->options->pool);
	x->piece_room = x->threads > 1 ? x->threads * PIECES_PER_THREAD : 1;
	x->readers = mem_new(x->threads, sizeof(*x->readers), e);
	x->pieces = mem_new(x->piece_room, sizeof(*x->pieces), e);
	if (!x->readers || !x->pieces)
		return e->code;
	for (size_t i = 0; i < x->threads; i++) {
		struct reader *r = &x->readers[i];

		r->cache_bits = cache_bits(x);
		r->cache = mem_new((size_t)1 << r->cache_bits,
				   sizeof(*r->cache), e);
		if (!r->cache)
			return e->code;
	}
	return 0;
}

static void pass_close(struct pass *x)
{
	for (size_t i = 0; x->readers && i < x->threads; i++) {
		buf_free(&x->readers[i].words);
		mem_free(x->readers[i].cache);
	}
	for (size_t i = 0; x->pieces && i < x->piece_room; i++)
		mem_free(x->pieces[i].ids);
	mem_free(x->readers);
	mem_free(x->pieces);
}

/* There is no checkpoint yet: what is short is finished first. */
static int may_go_on(const struct pass *x, struct error *e)
{
	if (!talk_stops(x->bar.talk) || clock_now() < x->bar.start_s + FINISH_S)
		return 0;
	return fail(e, ERROR_STOPPED, "stopped while words were counted: run "
		    "again to begin anew");
}

/* Some pieces at a time: read by all threads, taken over by this one. */
static int pass_step(struct pass *x, struct error *e)
{
	const struct text_source *source = x->s->source;

	x->piece_count = 0;
	while (x->piece_count < x->piece_room && x->caption < source->count)
		piece_next(x, &x->pieces[x->piece_count++]);
	pool_run(x->s->options->pool, x->piece_count, piece_read, x);
	for (size_t i = 0; i < x->threads; i++)
		if (x->readers[i].error.code && !e->code)
			*e = x->readers[i].error;
	if (e->code || words_room(x->s, e) < 0)
		return e->code;
	for (size_t i = 0; i < x->piece_count; i++)
		if (piece_take(x->s, &x->pieces[i], e) < 0)
			return e->code;
	talk_bar_step(&x->bar, x->bytes, "");
	return memory_check(x, e) < 0 ? e->code : may_go_on(x, e);
}

int scan_run(struct scan *s, struct error *e)
{
	struct pass x = { .s = s };
	int code = 0;

	for (size_t i = 0; i < SCAN_SHARDS; i++) {
		if (pthread_mutex_init(&s->shards[i].lock, NULL) != 0)
			bug("a mutex cannot be made");
		s->shards[i].table = string_map_new(e);
		if (!s->shards[i].table)
			code = e->code;
	}
	x.all_bytes = text_bytes(s->source);
	if (code == 0)
		code = pass_open(&x, e);
	talk_bar_start(&x.bar, s->options->talk, "reading", x.all_bytes, 0);
	while (code == 0 && x.caption < s->source->count)
		code = pass_step(&x, e);
	talk_bar_close(&x.bar, x.bytes);
	pass_close(&x);
	return code;
}

void scan_free(struct scan *s)
{
	for (size_t i = 0; i < SCAN_SHARDS; i++) {
		string_map_free(s->shards[i].table);
		pthread_mutex_destroy(&s->shards[i].lock);
	}
	mem_free(s->words);
	token_store_free(&s->tokens);
}
