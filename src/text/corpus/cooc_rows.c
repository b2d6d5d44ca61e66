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
#include "text/corpus/cooc_parts.h"

#include <string.h>

#include "base/clock.h"

enum {
	FINISH_S = 5,
	SAMPLED = 16,		/* one of so many neighbours is looked at */
	SCAN_PAYS = 16,		/* one sum of so many touched: look at all */
	MAX_WORDS = 1 << (32 - COOC_DISTANCE_BITS),
};

/* ---- neighbours of a range ----------------------------------------------- */

static size_t room_left(const struct cooc_count *k, const struct cooc_piece *p,
			size_t at)
{
	return MIN(p->before + at, k->window);
}

static size_t room_right(const struct cooc_count *k, const struct cooc_piece *p,
			 size_t at)
{
	return MIN(p->after + p->count - 1 - at, k->window);
}

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
		*out = word << COOC_DISTANCE_BITS | (uint32_t)d;
		out += word < limit;
	}
	return out;
}

static void list_piece(const struct cooc_count *k, struct cooc_worker *w,
		       const struct cooc_range *r, const struct cooc_piece *p)
{
	uint32_t *lists = w->lists;

	for (size_t i = 0; i < w->own_count; i++) {
		size_t at = w->own[i];
		const uint32_t *t = p->tokens + at;
		size_t *end = &w->ends[*t - r->from];
		uint32_t *out = lists + *end;

		out = list_side(t, -1, room_left(k, p, at), *t + k->same, out);
		out = list_side(t, 1, room_right(k, p, at), *t + k->same, out);
		*end = (size_t)(out - lists);
	}
}

/* All bits or none, so that no branch is made of it: which of two words is
 * the larger cannot be foreseen. */
static size_t mask_of(int condition)
{
	return (size_t)0 - (size_t)condition;
}

/* As list_side, but adds, at `base` + word; sums[distance] takes what is not
 * smaller. */
static void add_side(const struct cooc_count *k, const uint32_t *t,
		     ptrdiff_t step, size_t room, uint32_t limit,
		     uint64_t *sums, size_t base)
{
	for (size_t d = 1; d <= room; d++) {
		size_t less;

		t += step;
		if (*t == VOCAB_END)
			break;
		less = mask_of(*t < limit);
		sums[((base + *t) & less) | (d & ~less)] += k->units[d];
	}
}

static void add_piece(const struct cooc_count *k, struct cooc_worker *w,
		      const struct cooc_range *r, const struct cooc_piece *p)
{
	uint64_t first = cooc_triangle(k, r->from);

	for (size_t i = 0; i < w->own_count; i++) {
		size_t at = w->own[i];
		const uint32_t *t = p->tokens + at;
		size_t base = COOC_DISTANCES +
			      (size_t)(cooc_triangle(k, *t) - first);

		add_side(k, t, -1, room_left(k, p, at), *t + k->same,
			 w->all_sums, base);
		add_side(k, t, 1, room_right(k, p, at), *t + k->same,
			 w->all_sums, base);
	}
}

/* The range from word 0: its neighbours are its own words too, so one side
 * tells all. */
static void add_square(const struct cooc_count *k, struct cooc_worker *w,
		       const struct cooc_range *r, const struct cooc_piece *p)
{
	for (size_t i = 0; i < w->own_count; i++) {
		size_t at = w->own[i], room = room_left(k, p, at);
		const uint32_t *t = p->tokens + at;
		size_t a = *t;

		for (size_t d = 1; d <= room; d++) {
			size_t b = *--t, in, row, sum;

			if (b == VOCAB_END)
				break;
			in = mask_of(b < r->rows && (a != b || k->same));
			row = (b & mask_of(b > a)) | (a & mask_of(b <= a));
			sum = COOC_DISTANCES + cooc_triangle(k, row) + a + b -
			      row;
			w->all_sums[(sum & in) | (d & ~in)] +=
				k->units[d] << (a == b);
		}
	}
}

/* Lists the tokens of a piece that are of the range, without a branch. */
static void own_find(struct cooc_worker *w, const struct cooc_range *r,
		     const struct cooc_piece *p)
{
	uint32_t rows = r->rows;
	size_t count = 0;

	for (size_t i = 0; i < p->count; i++) {
		w->own[count] = (uint16_t)i;
		count += p->tokens[i] - r->from < rows;
	}
	w->own_count = count;
}

static void read_tokens(const struct cooc_count *k, struct cooc_worker *w,
			const struct cooc_range *r)
{
	for (size_t from = 0; from < k->v->token_count; from += COOC_PIECE) {
		struct cooc_piece p;

		if (cooc_piece_at(k, w, from, &p) < 0)
			return;
		own_find(w, r, &p);
		if (r->dense && r->from == 0)
			add_square(k, w, r, &p);
		else if (r->dense)
			add_piece(k, w, r, &p);
		else
			list_piece(k, w, r, &p);
	}
}

/* ---- pairs of a range ---------------------------------------------------- */

/* Takes one sum over as a pair, and clears it. */
static void take_sum(const struct cooc_count *k, struct cooc_worker *w,
		     uint32_t row, uint32_t word, uint64_t *sum)
{
	size_t mask = k->o->blocks - 1;

	w->seen[w->seen_count].word = word;
	w->seen[w->seen_count++].x = (float)((double)*sum / (double)k->unit);
	w->parts[(row & mask) << k->shift | (word & mask)]++;
	*sum = 0;
}

static void take_all(const struct cooc_count *k, struct cooc_worker *w,
		     uint32_t row, uint64_t *sums)
{
	for (uint32_t word = 0; word < row + k->same; word++)
		if (sums[word])
			take_sum(k, w, row, word, &sums[word]);
}

static void take_word(const struct cooc_count *k, struct cooc_worker *w,
		      uint32_t row, uint32_t group)
{
	for (uint64_t bits = w->bits[group]; bits; bits &= bits - 1) {
		uint32_t word = group * 64 + (uint32_t)__builtin_ctzll(bits);

		take_sum(k, w, row, word, &w->sums[word]);
	}
	w->bits[group] = 0;
}

/* The sums that were touched, in ascending order by two levels of bits. */
static void take_touched(const struct cooc_count *k, struct cooc_worker *w,
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

static void add_list(const struct cooc_count *k, struct cooc_worker *w,
		     uint32_t row, const uint32_t *list, size_t count)
{
	size_t touched = 0;

	for (size_t i = 0; i < count; i++) {
		uint32_t word = list[i] >> COOC_DISTANCE_BITS;
		uint64_t sum = w->sums[word];

		w->touched[touched] = word;
		touched += sum == 0;
		w->sums[word] = sum + k->units[list[i] % COOC_DISTANCES];
	}
	if (touched > row / SCAN_PAYS)
		take_all(k, w, row, w->sums);
	else
		take_touched(k, w, row, touched);
}

/* Counts of parts to where they begin. */
static void parts_begin(const struct cooc_count *k, struct cooc_worker *w)
{
	uint32_t at = 0;

	for (size_t i = 0; i < k->o->blocks * k->o->blocks; i++) {
		uint32_t count = w->parts[i];

		w->parts[i] = at;
		at += count;
	}
}

/* Puts the pairs seen in order of parts; w->parts are then their ends. */
static void seen_sort(const struct cooc_count *k, struct cooc_worker *w)
{
	size_t mask = k->o->blocks - 1, i = 0;

	parts_begin(k, w);
	for (uint32_t row = w->first; row < w->first + w->rows; row++) {
		size_t block = row & mask;
		uint32_t *parts = w->parts + (block << k->shift);
		uint16_t large = (uint16_t)(row >> k->shift);

		for (; i < w->seen_ends[row - w->first]; i++) {
			const struct cooc_seen *s = &w->seen[i];
			size_t other = s->word & mask;
			uint16_t small = (uint16_t)(s->word >> k->shift);
			struct pair *pair = &w->sorted[parts[other]++];

			pair->p = block < other ? large : small;
			pair->q = block < other ? small : large;
			pair->x = s->x;
		}
	}
}

/* Hands over the rows seen so far; the next is `row`. */
static void seen_flush(const struct cooc_count *k, struct cooc_worker *w,
		       uint32_t row)
{
	if (k->sampling) {
		w->sampled += w->seen_count;
	} else if (w->seen_count && !w->error.code) {
		seen_sort(k, w);
		pairs_put(k->pairs, w->first, w->sorted, w->parts, &w->error);
	}
	memset(w->parts, 0, k->o->blocks * k->o->blocks * sizeof(*w->parts));
	w->seen_count = 0;
	w->first = row;
	w->rows = 0;
}

static void lists_start(const struct cooc_count *k, struct cooc_worker *w,
			const struct cooc_range *r)
{
	size_t at = 0;

	for (uint32_t i = 0; i < r->rows; i++) {
		w->ends[i] = at;
		at += (size_t)k->near[r->from + i] + 1;
	}
}

/* Adds the rows of a range up and hands them over. */
static void range_sum(const struct cooc_count *k, struct cooc_worker *w,
		      const struct cooc_range *r)
{
	uint64_t *sums = w->sums;
	const uint32_t *list = w->lists;

	for (uint32_t i = 0; i < r->rows; i++) {
		uint32_t row = r->from + i;

		if (i == 0 || w->rows == COOC_ROWS || w->seen_count +
		    cooc_row_pairs(k, row) > k->seen_room)
			seen_flush(k, w, row);
		if (r->dense) {
			take_all(k, w, row, sums);
			sums += row + k->same;
		} else {
			add_list(k, w, row, list,
				 (size_t)(w->lists + w->ends[i] - list));
			list += k->near[row] + 1;
		}
		w->seen_ends[w->rows++] = (uint32_t)w->seen_count;
	}
	seen_flush(k, w, 0);
}

static void range_do(const struct cooc_count *k, struct cooc_worker *w,
		     const struct cooc_range *r)
{
	if (w->error.code)
		return;
	if (!r->dense)
		lists_start(k, w, r);
	read_tokens(k, w, r);
	if (!w->error.code)
		range_sum(k, w, r);
}

/* There is no checkpoint yet: what is short is finished first. */
static void may_go_on(const struct cooc_count *k, struct error *e)
{
	if (talk_stops(k->bar.talk) && clock_now() > k->bar.start_s + FINISH_S)
		fail(e, ERROR_STOPPED, "stopped while pairs were counted: run "
		     "again to begin anew");
}

static void range_count(void *context, size_t item, int thread)
{
	struct cooc_count *k = context;
	struct cooc_worker *w = &k->workers[thread];
	const struct cooc_range *r = &k->ranges[item];
	uint64_t done;

	range_do(k, w, r);
	may_go_on(k, &w->error);
	done = atomic_fetch_add(&k->near_done, r->near) + r->near;
	if (thread == 0)
		talk_bar_step(&k->bar, done, "");
}

/* ---- room on the disk ---------------------------------------------------- */

static uint64_t range_pairs(const struct cooc_count *k,
			    const struct cooc_range *r)
{
	uint64_t pairs = 0;

	for (uint32_t i = 0; i < r->rows; i++)
		pairs += cooc_row_pairs(k, r->from + i);
	return pairs;
}

/* Counts the first rows of a range, and concludes from them and the most
 * pairs there can be. */
static void range_sample(void *context, size_t item, int thread)
{
	const struct cooc_count *k = context;
	struct cooc_worker *w = &k->workers[thread];
	struct cooc_range r = k->ranges[item];
	uint64_t before = w->sampled, most = range_pairs(k, &r), near = 0;
	uint32_t rows = 0;

	while (rows < r.rows && near * SAMPLED <= r.near)
		near += k->near[r.from + rows++];
	r.rows = rows;
	range_do(k, w, &r);
	w->sampled = before + (uint64_t)((double)(w->sampled - before) *
		     (double)most / (double)MAX(range_pairs(k, &r), 1));
}

static uint64_t run_all(struct cooc_count *k, struct error *e,
			void (*work)(void *context, size_t item, int thread))
{
	uint64_t sampled = 0;

	pool_run(k->machine->pool, k->range_count, work, k);
	for (size_t i = 0; i < k->threads; i++) {
		sampled += k->workers[i].sampled;
		if (k->workers[i].error.code && !e->code)
			*e = k->workers[i].error;
	}
	return sampled;
}

/* Is there room for the pairs?  If not for the most there can be, a part of
 * the corpus tells how many they are. */
static int room_check(struct cooc_count *k, struct error *e)
{
	struct error unsure = {0};
	uint64_t pairs = 0;

	for (size_t i = 0; i < k->range_count; i++)
		pairs += range_pairs(k, &k->ranges[i]);
	if (pairs_check(k->pairs, pairs, &unsure) == 0)
		return 0;
	k->sampling = 1;
	pairs = run_all(k, e, range_sample);
	k->sampling = 0;
	return e->code ? e->code : pairs_check(k->pairs, pairs, e);
}

/* ---- all ----------------------------------------------------------------- */

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
	struct cooc_count k = { .v = v, .o = o, .machine = machine,
			     .window = (size_t)o->window,
			     .same = o->with_same != 0,
			     .threads = (size_t)pool_threads(machine->pool) };

	if (o->window < 1 || o->window > COOC_MAX_WINDOW)
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
	if (cooc_open(&k, e) == 0 && room_check(&k, e) == 0) {
		talk_bar_start(&k.bar, machine->talk, "pairs", k.near_all, 0);
		run_all(&k, e, range_count);
		talk_bar_close(&k.bar, k.near_done);
	}
	if (e->code) {
		pairs_free(k.pairs);
		k.pairs = NULL;
	} else {
		pairs_finish(k.pairs);
	}
	cooc_close(&k);
	return k.pairs;
}
