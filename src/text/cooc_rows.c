/*
 * cooc_rows.c - counting pairs, one range of words at a time.
 *
 * Row r is the pairs whose larger word is r: its neighbours are mostly
 * frequent words, small numbers, so the sums of a row stay in cache.  A range
 * of rows is one item for the pool: it reads all tokens and keeps the
 * neighbours of its own words, then adds them up row after row in an array of
 * sums over the smaller words.  Ranges are as large as memory allows; nothing
 * is hashed, sorted or merged.
 *
 * Two ways: rows of frequent words add at once to a triangle of sums ("dense");
 * those of others first list their neighbours, row by row.
 */
#include "text/cooc_rows.h"

#include <string.h>

enum {
	LCM_WINDOW = 22,	/* lcm is 2.3e8: 7.9e10 neighbours fit */
	DISTANCE_BITS = 6,
	DISTANCES = 1 << DISTANCE_BITS,
	MAX_WORDS = 1 << (32 - DISTANCE_BITS),
	PIECE = 1 << 14,	/* tokens read at once */
	DENSE_SUMS = 1 << 17,	/* a megabyte: half of them in a level 2 cache */
	DENSE_PAYS = 4,		/* a pass costs as much as a quarter of the
				 * tokens' neighbours in lists */
	RANGE_BYTES = 256 << 20,	/* more at a time is no faster */
	SCAN_PAYS = 16,		/* one sum of so many touched: look at all */
	ITEMS_PER_THREAD = 4,
};

struct range {
	uint32_t from, to;	/* rows */
	int dense;
	uint64_t near;		/* most neighbours */
	uint64_t pairs;		/* most pairs */
};

struct seen {
	uint32_t word;
	float x;
};

/* What a thread works with. */
struct worker {
	uint64_t *sums;		/* [max(words, dense_sums)] */
	uint32_t *touched;	/* [words + 1] sums that are not 0 */
	uint64_t *bits, *tops;	/* [words / 64 + 1], [words / 4096 + 1] */
	size_t *ends;		/* [rows] of lists while they are filled */
	uint32_t *seen_ends;	/* [rows] */
	void *space;		/* lists of neighbours; later sorted pairs */
	struct seen *seen;	/* pairs, row by row */
	size_t seen_count;
	uint32_t *parts;	/* [blocks, blocks] */
	uint32_t *tokens;	/* [PIECE + 2 * window] when read from a file */
	struct error error;
};

struct counter {
	const struct vocab *v;
	const struct cooc_options *o;
	const struct machine *machine;
	size_t window;
	uint64_t unit;
	uint64_t units[DISTANCES];	/* by distance */
	uint32_t same;			/* 0 or 1 */
	int shift;			/* log2(blocks) */
	uint64_t *near;			/* [words] most neighbours of a row */
	struct range *ranges;
	size_t range_count, ranges_room;
	struct worker *workers;		/* [threads] */
	size_t threads;
	uint64_t dense_sums;		/* most of a range of several rows */
	uint64_t range_bytes;		/* for lists and pairs of a range */
	struct pairs *pairs;
};

/* Some tokens and those around them. */
struct piece {
	const uint32_t *tokens;
	size_t count, before, after;	/* before, after: at most window */
};

static uint64_t lcm_up_to(uint64_t n)
{
	uint64_t lcm = 1;

	for (uint64_t i = 2; i <= n; i++) {
		uint64_t a = lcm, b = i;

		while (b) {
			uint64_t rest = a % b;

			a = b;
			b = rest;
		}
		lcm = lcm / a * i;
	}
	return lcm;
}

static void units_set(struct counter *k)
{
	k->unit = k->window <= LCM_WINDOW ? lcm_up_to(k->window) :
		  UINT64_C(1) << 32;
	for (size_t d = 1; d <= k->window; d++)
		k->units[d] = (k->unit + d / 2) / d;
}

/* The piece from token `from`. */
static struct piece piece_at(const struct counter *k, size_t from)
{
	size_t count = k->v->token_count;
	struct piece p = { .count = MIN(count - from, PIECE),
			   .before = MIN(from, k->window) };

	p.after = MIN(count - from - p.count, k->window);
	p.tokens = k->v->tokens + from;
	return p;
}

/* ---- most neighbours of each row ----------------------------------------- */

/* How many of the tokens around have smaller numbers, beyond the ends of the
 * caption too: a bound, but one that vectors find. */
static void near_count(const struct counter *k, const struct piece *p,
		       uint32_t *count)
{
	const uint32_t *t = p->tokens;
	uint32_t same = k->same;

	memset(count, 0, p->count * sizeof(*count));
	for (size_t d = 1; d <= k->window; d++) {
		size_t first = d > p->before ? MIN(d - p->before, p->count) : 0;
		size_t end = p->count + p->after;

		end = end > d ? MIN(end - d, p->count) : 0;
		for (size_t i = first; i < p->count; i++)
			count[i] += *(t + i - d) < t[i] + same;
		for (size_t i = 0; i < end; i++)
			count[i] += t[i + d] < t[i] + same;
	}
}

static void near_piece(void *context, size_t item, int thread)
{
	const struct counter *k = context;
	uint64_t *sums = k->workers[thread].sums;
	struct piece p = piece_at(k, item * PIECE);
	uint32_t count[PIECE];

	near_count(k, &p, count);
	for (size_t i = 0; i < p.count; i++)
		if (p.tokens[i] != VOCAB_END)
			sums[p.tokens[i]] += count[i];
}

static void near_all(struct counter *k)
{
	pool_run(k->machine->pool, (k->v->token_count + PIECE - 1) / PIECE,
		 near_piece, k);
	for (size_t i = 0; i < k->threads; i++) {
		uint64_t *sums = k->workers[i].sums;

		for (size_t row = 0; row < k->v->count; row++)
			k->near[row] += sums[row];
		memset(sums, 0, k->v->count * sizeof(*sums));
	}
}

/* ---- ranges -------------------------------------------------------------- */

/* Sums of all rows before `row`. */
static uint64_t triangle(const struct counter *k, uint64_t row)
{
	return row * (row - 1 + 2 * k->same) / 2;
}

static uint64_t row_pairs(const struct counter *k, size_t row)
{
	return MIN(k->near[row], row + k->same);
}

/* Room for lists, or for pairs in order of blocks. */
static uint64_t space_bytes(const struct range *r)
{
	uint64_t lists = r->dense ? 0 : (r->near + r->to - r->from) *
				    sizeof(uint32_t);

	return MAX(lists, r->pairs * sizeof(struct pair));
}

static uint64_t range_bytes(const struct range *r)
{
	return space_bytes(r) + r->pairs * sizeof(struct seen) +
	       (r->to - r->from) * (sizeof(size_t) + sizeof(uint32_t));
}

static void range_add(const struct counter *k, struct range *r)
{
	r->near += k->near[r->to];
	r->pairs += row_pairs(k, r->to);
	r->to++;
}

/* The longest range from `from` that fits, or has `near`: one row at least. */
static struct range range_from(const struct counter *k, size_t from,
			       uint64_t near)
{
	struct range dense = { .from = (uint32_t)from, .to = (uint32_t)from,
			       .dense = 1 };
	struct range list = dense;

	while (dense.to < k->v->count && triangle(k, dense.to + 1) -
	       triangle(k, from) <= k->dense_sums)
		range_add(k, &dense);
	if (dense.near > k->v->token_count / DENSE_PAYS &&
	    range_bytes(&dense) <= k->range_bytes)
		return dense;
	list.dense = 0;
	while (list.to < k->v->count && list.near < near) {
		struct range more = list;

		range_add(k, &more);
		if (range_bytes(&more) > k->range_bytes)
			break;
		list = more;
	}
	if (list.to > list.from)
		return list;
	/* a row alone: there is always room for its sums */
	list.dense = 1;
	range_add(k, &list);
	return list;
}

static int ranges_make(struct counter *k, struct error *e)
{
	uint64_t near = 0, most;

	for (size_t row = 0; row < k->v->count; row++)
		near += k->near[row];
	most = k->threads > 1 ? near / (k->threads * ITEMS_PER_THREAD) + 1 :
	       UINT64_MAX;
	for (size_t row = 0; row < k->v->count;) {
		struct range r = range_from(k, row, most);

		if (mem_grow(&k->ranges, &k->ranges_room, k->range_count + 1,
			     sizeof(*k->ranges), e) < 0)
			return e->code;
		k->ranges[k->range_count++] = r;
		row = r.to;
	}
	return 0;
}

/* ---- neighbours of a range ----------------------------------------------- */

/* Lists smaller neighbours on one side; writes one past the last, too. */
static uint32_t *list_side(const uint32_t *t, ptrdiff_t step, size_t room,
			   uint32_t limit, uint32_t *out)
{
	for (size_t d = 1; d <= room; d++) {
		uint32_t word;

		t += step;
		word = *t;
		if (word == VOCAB_END)
			break;
		*out = word << DISTANCE_BITS | (uint32_t)d;
		out += word < limit;
	}
	return out;
}

static void list_piece(const struct counter *k, struct worker *w,
		       const struct range *r, const struct piece *p)
{
	uint32_t rows = r->to - r->from, *lists = w->space;

	for (size_t i = 0; i < p->count; i++) {
		const uint32_t *t = p->tokens + i;
		uint32_t row = *t - r->from, *out;
		size_t left = p->before + i, right = p->after + p->count - 1 - i;

		if (row >= rows)
			continue;
		out = lists + w->ends[row];
		out = list_side(t, -1, MIN(left, k->window), *t + k->same,
				out);
		out = list_side(t, 1, MIN(right, k->window), *t + k->same,
				out);
		w->ends[row] = (size_t)(out - lists);
	}
}

/* As list_side, but adds; `dump` takes what is not smaller. */
static void add_side(const uint64_t *units, const uint32_t *t, ptrdiff_t step,
		     size_t room, uint32_t limit, uint64_t *sums,
		     uint64_t *dump)
{
	for (size_t d = 1; d <= room; d++) {
		uint64_t *sum;

		t += step;
		if (*t == VOCAB_END)
			break;
		sum = *t < limit ? sums + *t : dump + d;
		*sum += units[d];
	}
}

static void add_piece(const struct counter *k, struct worker *w,
		      const struct range *r, const struct piece *p)
{
	uint64_t base = triangle(k, r->from);
	uint32_t rows = r->to - r->from;
	uint64_t dump[DISTANCES];

	for (size_t i = 0; i < p->count; i++) {
		const uint32_t *t = p->tokens + i;
		uint32_t row = *t - r->from;
		size_t left = p->before + i, right = p->after + p->count - 1 - i;
		uint64_t *sums;

		if (row >= rows)
			continue;
		sums = w->sums + (triangle(k, *t) - base);
		add_side(k->units, t, -1, MIN(left, k->window), *t + k->same,
			 sums, dump);
		add_side(k->units, t, 1, MIN(right, k->window), *t + k->same,
			 sums, dump);
	}
}

static void read_tokens(const struct counter *k, struct worker *w,
			const struct range *r)
{
	for (size_t from = 0; from < k->v->token_count; from += PIECE) {
		struct piece p = piece_at(k, from);

		if (r->dense)
			add_piece(k, w, r, &p);
		else
			list_piece(k, w, r, &p);
	}
}

/* ---- pairs of a range ---------------------------------------------------- */

/* Takes one sum over as a pair, and clears it. */
static void take_sum(const struct counter *k, struct worker *w, uint32_t row,
		     uint32_t word, uint64_t *sum)
{
	size_t mask = k->o->blocks - 1;

	w->seen[w->seen_count].word = word;
	w->seen[w->seen_count++].x = (float)((double)*sum / (double)k->unit);
	w->parts[(row & mask) << k->shift | (word & mask)]++;
	*sum = 0;
}

static void take_all(const struct counter *k, struct worker *w, uint32_t row,
		     uint64_t *sums)
{
	for (uint32_t word = 0; word < row + k->same; word++)
		if (sums[word])
			take_sum(k, w, row, word, &sums[word]);
}

static void take_word(const struct counter *k, struct worker *w, uint32_t row,
		      uint32_t group)
{
	for (uint64_t bits = w->bits[group]; bits; bits &= bits - 1) {
		uint32_t word = group * 64 + (uint32_t)__builtin_ctzll(bits);

		take_sum(k, w, row, word, &w->sums[word]);
	}
	w->bits[group] = 0;
}

/* The sums that were touched, in ascending order by two levels of bits. */
static void take_touched(const struct counter *k, struct worker *w,
			 uint32_t row, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		uint32_t word = w->touched[i];

		w->bits[word / 64] |= UINT64_C(1) << word % 64;
		w->tops[word / 4096] |= UINT64_C(1) << word / 64 % 64;
	}
	for (uint32_t top = 0; top <= row / 4096; top++) {
		for (uint64_t bits = w->tops[top]; bits; bits &= bits - 1)
			take_word(k, w, row, top * 64 +
				  (uint32_t)__builtin_ctzll(bits));
		w->tops[top] = 0;
	}
}

static void add_list(const struct counter *k, struct worker *w, uint32_t row,
		     const uint32_t *list, size_t count)
{
	size_t touched = 0;

	for (size_t i = 0; i < count; i++) {
		uint32_t word = list[i] >> DISTANCE_BITS;
		uint64_t sum = w->sums[word];

		w->touched[touched] = word;
		touched += sum == 0;
		w->sums[word] = sum + k->units[list[i] % DISTANCES];
	}
	if (touched > row / SCAN_PAYS)
		take_all(k, w, row, w->sums);
	else
		take_touched(k, w, row, touched);
}

static void lists_start(const struct counter *k, struct worker *w,
			const struct range *r)
{
	size_t at = 0;

	for (uint32_t row = r->from; row < r->to; row++) {
		w->ends[row - r->from] = at;
		at += (size_t)k->near[row] + 1;
	}
}

static void range_sum(const struct counter *k, struct worker *w,
		      const struct range *r)
{
	uint64_t *sums = w->sums;
	const uint32_t *list = w->space;

	w->seen_count = 0;
	memset(w->parts, 0, k->o->blocks * k->o->blocks * sizeof(*w->parts));
	for (uint32_t row = r->from; row < r->to; row++) {
		size_t near = (size_t)k->near[row] + 1, i = row - r->from;

		if (r->dense) {
			take_all(k, w, row, sums);
			sums += row + k->same;
		} else {
			add_list(k, w, row, list, w->ends[i] -
				 (size_t)(list - (uint32_t *)w->space));
			list += near;
		}
		w->seen_ends[i] = (uint32_t)w->seen_count;
	}
}

/* Counts of parts to where they begin. */
static void parts_begin(const struct counter *k, struct worker *w)
{
	uint32_t at = 0;

	for (size_t i = 0; i < k->o->blocks * k->o->blocks; i++) {
		uint32_t count = w->parts[i];

		w->parts[i] = at;
		at += count;
	}
}

/* Puts the pairs in order of parts; w->parts are then their ends. */
static void range_sort(const struct counter *k, struct worker *w,
		       const struct range *r)
{
	size_t mask = k->o->blocks - 1, i = 0;
	struct pair *out = w->space;

	parts_begin(k, w);
	for (uint32_t row = r->from; row < r->to; row++) {
		size_t block = row & mask;
		uint32_t *parts = w->parts + (block << k->shift);
		uint16_t large = (uint16_t)(row >> k->shift);

		for (; i < w->seen_ends[row - r->from]; i++) {
			const struct seen *s = &w->seen[i];
			size_t other = s->word & mask;
			uint16_t small = (uint16_t)(s->word >> k->shift);
			struct pair *pair = &out[parts[other]++];

			pair->p = block < other ? large : small;
			pair->q = block < other ? small : large;
			pair->x = s->x;
		}
	}
}

static void range_count(void *context, size_t item, int thread)
{
	const struct counter *k = context;
	const struct range *r = &k->ranges[item];
	struct worker *w = &k->workers[thread];

	if (w->error.code)
		return;
	if (!r->dense)
		lists_start(k, w, r);
	read_tokens(k, w, r);
	range_sum(k, w, r);
	range_sort(k, w, r);
	pairs_put(k->pairs, item, w->space, w->parts, &w->error);
}

/* ---- room ---------------------------------------------------------------- */

/* Memory of a thread, but for its ranges. */
static uint64_t worker_bytes(const struct counter *k)
{
	uint64_t words = k->v->count, blocks = k->o->blocks;

	return MAX(words, k->dense_sums) * sizeof(uint64_t) +
	       words * sizeof(uint32_t) + words / 4 +
	       blocks * blocks * sizeof(uint32_t) +
	       (PIECE + 2 * k->window) * sizeof(uint32_t);
}

/* A row alone: a sum is one pair, in two places. */
static uint64_t row_bytes(const struct counter *k)
{
	return (uint64_t)(k->v->count + 2) *
	       (sizeof(struct seen) + sizeof(struct pair));
}

static int too_little(const struct counter *k, uint64_t least,
		      struct error *e)
{
	fail(e, ERROR_FAILED, "counting pairs of %zu words with %zu threads "
	     "needs %.1f MB, %.1f MB are left", k->v->count, k->threads,
	     (double)least / 1e6, (double)k->o->memory_bytes / 1e6);
	return hint(e, "a larger --memory or --min-count%s would do",
		    k->threads > 1 ? ", or fewer --threads," : "");
}

/* Shares out the memory: half of what is free at most for ranges. */
static int memory_plan(struct counter *k, struct error *e)
{
	uint64_t fixed = k->v->count * sizeof(*k->near) +
			 k->threads * worker_bytes(k);
	uint64_t least = fixed + k->threads * row_bytes(k);
	uint64_t each;

	if (k->o->memory_bytes < least)
		return too_little(k, least, e);
	each = (k->o->memory_bytes - fixed) / k->threads / 2;
	k->range_bytes = MAX(row_bytes(k), MIN(each, RANGE_BYTES));
	return 0;
}

/* What is left for pairs while they are counted. */
static uint64_t keep_bytes(const struct counter *k)
{
	uint64_t parts = k->o->blocks * k->o->blocks;
	uint64_t used = k->v->count * sizeof(*k->near) +
			k->threads * (worker_bytes(k) + k->range_bytes) +
			k->range_count * (parts + 8) * sizeof(uint32_t);
	uint64_t memory = k->o->memory_bytes;

	return memory > used ? MIN(k->o->keep_bytes, memory - used) : 0;
}

static int worker_open(const struct counter *k, struct worker *w,
		       struct error *e)
{
	size_t words = k->v->count;

	w->sums = mem_new(MAX(words, (size_t)k->dense_sums),
			  sizeof(*w->sums), e);
	w->touched = mem_new(words + 1, sizeof(*w->touched), e);
	w->bits = mem_new(words / 64 + 1, sizeof(*w->bits), e);
	w->tops = mem_new(words / 4096 + 1, sizeof(*w->tops), e);
	w->parts = mem_new(k->o->blocks * k->o->blocks, sizeof(*w->parts), e);
	return e->code;
}

/* Room for the largest range. */
static int worker_room(const struct counter *k, struct worker *w,
		       struct error *e)
{
	uint64_t space = 0, pairs = 0, rows = 0;

	for (size_t i = 0; i < k->range_count; i++) {
		const struct range *r = &k->ranges[i];

		space = MAX(space, space_bytes(r));
		pairs = MAX(pairs, r->pairs);
		rows = MAX(rows, r->to - r->from);
	}
	w->space = mem_new((size_t)space, 1, e);
	w->seen = mem_new((size_t)pairs, sizeof(*w->seen), e);
	w->ends = mem_new((size_t)rows, sizeof(*w->ends), e);
	w->seen_ends = mem_new((size_t)rows, sizeof(*w->seen_ends), e);
	return e->code;
}

static void worker_close(struct worker *w)
{
	mem_free(w->sums);
	mem_free(w->touched);
	mem_free(w->bits);
	mem_free(w->tops);
	mem_free(w->ends);
	mem_free(w->seen_ends);
	mem_free(w->space);
	mem_free(w->seen);
	mem_free(w->parts);
	mem_free(w->tokens);
}

static int counter_open(struct counter *k, struct error *e)
{
	k->dense_sums = MIN(triangle(k, k->v->count), DENSE_SUMS);
	k->dense_sums = MIN(k->dense_sums, k->o->memory_bytes / k->threads /
			    4 / sizeof(uint64_t));
	if (memory_plan(k, e) < 0)
		return e->code;
	k->near = mem_new(k->v->count, sizeof(*k->near), e);
	k->workers = mem_new(k->threads, sizeof(*k->workers), e);
	if (!k->near || !k->workers)
		return e->code;
	for (size_t i = 0; i < k->threads; i++)
		if (worker_open(k, &k->workers[i], e) < 0)
			return e->code;
	near_all(k);
	if (ranges_make(k, e) < 0)
		return e->code;
	for (size_t i = 0; i < k->threads; i++)
		if (worker_room(k, &k->workers[i], e) < 0)
			return e->code;
	k->pairs = pairs_new(k->o->blocks, k->range_count, keep_bytes(k),
			     k->o->folder, k->o->beside, e);
	return k->pairs ? 0 : e->code;
}

static void counter_close(struct counter *k)
{
	for (size_t i = 0; k->workers && i < k->threads; i++)
		worker_close(&k->workers[i]);
	mem_free(k->workers);
	mem_free(k->near);
	mem_free(k->ranges);
}

size_t cooc_blocks(size_t words)
{
	size_t blocks = 16;

	while (words > blocks * PAIRS_BLOCK_WORDS)
		blocks *= 2;
	return blocks;
}

struct pairs *cooc_pairs(const struct vocab *v, const struct cooc_options *o,
			 const struct machine *machine, struct error *e)
{
	struct counter k = { .v = v, .o = o, .machine = machine,
			     .window = (size_t)o->window,
			     .same = o->with_same != 0,
			     .threads = (size_t)pool_threads(machine->pool) };

	if (o->window < 1 || o->window > COOC_WINDOW_MAX)
		bug("a window of %d", o->window);
	while ((size_t)1 << k.shift < o->blocks)
		k.shift++;
	if (o->blocks < cooc_blocks(v->count) || o->blocks !=
	    (size_t)1 << k.shift)
		bug("%zu blocks", o->blocks);
	if (v->count > MAX_WORDS || o->blocks > PAIRS_MAX_BLOCKS) {
		fail(e, ERROR_DATA, "%zu words are too many", v->count);
		hint(e, "a larger --min-count leaves out rare ones");
		return NULL;
	}
	units_set(&k);
	if (counter_open(&k, e) == 0) {
		pool_run(machine->pool, k.range_count, range_count, &k);
		for (size_t i = 0; i < k.threads; i++)
			if (k.workers[i].error.code && !e->code)
				*e = k.workers[i].error;
	}
	if (e->code) {
		pairs_free(k.pairs);
		k.pairs = NULL;
	} else {
		pairs_finish(k.pairs);
	}
	counter_close(&k);
	return k.pairs;
}
