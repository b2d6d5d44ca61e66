/*
 * cooc_plan.c - which rows are counted together, and in what memory.
 *
 * How many neighbours a row has is bounded by one look at all tokens, so that
 * its list has a place; how many pairs, by that and by the number of smaller
 * words.
 */
#include "text/corpus/cooc_parts.h"

#include <string.h>

enum {
	LCM_WINDOW = 22,	/* lcm is 2.3e8: 7.9e10 neighbours fit */
	DENSE_SUMS = 1 << 17,	/* a megabyte: a level 2 cache */
	DENSE_PAYS = 4,		/* a pass costs as much as a quarter of the
				 * tokens' neighbours in lists */
	RANGE_BYTES = 64 << 20,	/* more at a time is no faster */
	SEEN_ROOM = 2 << 20,	/* pairs of a run */
	ITEMS_PER_THREAD = 4,
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

static void units_set(struct cooc_count *k)
{
	k->unit = k->window <= LCM_WINDOW ? lcm_up_to(k->window) :
		  UINT64_C(1) << 32;
	for (size_t d = 1; d <= k->window; d++)
		k->units[d] = (k->unit + d / 2) / d;
}

int cooc_piece_at(const struct cooc_count *k, struct cooc_worker *w,
		  size_t from, struct cooc_piece *p)
{
	size_t count = k->v->token_count;
	const uint32_t *tokens;

	p->count = MIN(count - from, COOC_PIECE);
	p->before = MIN(from, k->window);
	p->after = MIN(count - from - p->count, k->window);
	tokens = vocab_tokens(k->v, from - p->before, p->before + p->count +
			      p->after, w->tokens, &w->error);
	p->tokens = tokens ? tokens + p->before : NULL;
	return w->error.code;
}

/* ---- most neighbours of each row ----------------------------------------- */

/* How many of the tokens around have smaller numbers, beyond the ends of the
 * caption too: a bound, but one that vectors find. */
static void near_count(const struct cooc_count *k, const struct cooc_piece *p,
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
	const struct cooc_count *k = context;
	struct cooc_worker *w = &k->workers[thread];
	uint32_t count[COOC_PIECE];
	uint64_t *sums = w->sums;
	struct cooc_piece p;

	if (w->error.code || cooc_piece_at(k, w, item * COOC_PIECE, &p) < 0)
		return;
	near_count(k, &p, count);
	for (size_t i = 0; i < p.count; i++)
		if (p.tokens[i] != VOCAB_END)
			sums[p.tokens[i]] += count[i];
}

static int near_count_all(struct cooc_count *k, struct error *e)
{
	size_t pieces = CEIL_DIV(k->v->token_count, COOC_PIECE);

	pool_run(k->machine->pool, pieces, near_piece, k);
	for (size_t i = 0; i < k->threads; i++) {
		uint64_t *sums = k->workers[i].sums;

		for (size_t row = 0; row < k->v->count; row++)
			k->near[row] += sums[row];
		memset(sums, 0, k->v->count * sizeof(*sums));
		if (k->workers[i].error.code && !e->code)
			*e = k->workers[i].error;
	}
	return e->code;
}

/* ---- ranges -------------------------------------------------------------- */

/* Room for its lists, each with one place more. */
static uint64_t range_bytes(const struct cooc_range *r)
{
	return (r->near + r->rows) * sizeof(uint32_t) +
	       r->rows * sizeof(size_t);
}

static void range_add(const struct cooc_count *k, struct cooc_range *r)
{
	r->near += k->near[r->from + r->rows];
	r->rows++;
}

/* The longest range from `from` that fits, or has `near`: one row at least. */
static struct cooc_range range_from(const struct cooc_count *k, size_t from,
				    uint64_t near)
{
	struct cooc_range dense = { .from = (uint32_t)from, .dense = 1 };
	struct cooc_range list = { .from = (uint32_t)from };
	size_t left = k->v->count - from;

	while (dense.rows < left && cooc_triangle(k, from + dense.rows + 1) -
	       cooc_triangle(k, from) <= k->dense_sums)
		range_add(k, &dense);
	if (dense.near > k->v->token_count / DENSE_PAYS)
		return dense;
	while (list.rows < left && list.near < near) {
		struct cooc_range more = list;

		range_add(k, &more);
		if (range_bytes(&more) > k->range_bytes)
			break;
		list = more;
	}
	if (!list.rows) {	/* there is always room for the sums of one */
		list.dense = 1;
		range_add(k, &list);
	}
	return list;
}

static int ranges_make(struct cooc_count *k, struct error *e)
{
	uint64_t most;

	for (size_t row = 0; row < k->v->count; row++)
		k->near_all += k->near[row];
	most = k->threads == 1 ? UINT64_MAX :
	       k->near_all / (k->threads * ITEMS_PER_THREAD) + 1;
	for (size_t row = 0; row < k->v->count;) {
		struct cooc_range r = range_from(k, row, most);

		if (mem_grow(&k->ranges, &k->ranges_room, k->range_count + 1,
			     sizeof(*k->ranges), e) < 0)
			return e->code;
		k->ranges[k->range_count++] = r;
		row += r.rows;
	}
	return 0;
}

/* ---- room ---------------------------------------------------------------- */

/* Memory of a thread, but for its ranges. */
static uint64_t worker_bytes(const struct cooc_count *k)
{
	uint64_t words = k->v->count, blocks = k->o->blocks;

	return (COOC_DISTANCES + MAX(words, k->dense_sums)) * sizeof(uint64_t) +
	       words * sizeof(uint32_t) + words / 4 +
	       blocks * blocks * sizeof(uint32_t) + sizeof(struct cooc_worker) +
	       (COOC_PIECE + 2 * k->window) * sizeof(uint32_t);
}

/* Room for pairs on their way is needed for one row at least. */
static size_t seen_least(const struct cooc_count *k)
{
	return k->v->count + k->same;
}

enum { SEEN_BYTES = sizeof(struct cooc_seen) + sizeof(struct pair) };

static int too_little(const struct cooc_count *k, uint64_t least,
		      struct error *e)
{
	fail(e, ERROR_FAILED, "counting pairs of %zu words with %zu threads "
	     "needs %.1f MB, %.1f MB are left", k->v->count, k->threads,
	     (double)least / 1e6, (double)k->o->memory_bytes / 1e6);
	return hint(e, "a larger --memory or --min-count%s would do",
		    k->threads > 1 ? ", or fewer --threads," : "");
}

/* Shares out the memory: of what is free a quarter at most for lists, a
 * quarter for pairs on their way. */
static int memory_plan(struct cooc_count *k, struct error *e)
{
	uint64_t fixed = k->v->count * sizeof(*k->near) +
			 k->threads * worker_bytes(k);
	uint64_t least = fixed + k->threads * seen_least(k) * SEEN_BYTES;
	uint64_t each;

	if (k->o->memory_bytes < least)
		return too_little(k, least, e);
	each = (k->o->memory_bytes - fixed) / k->threads / 4;
	k->range_bytes = MIN(each, RANGE_BYTES);
	k->seen_room = (size_t)MAX(seen_least(k),
				   MIN(each / SEEN_BYTES, SEEN_ROOM));
	return 0;
}

/* What is left for pairs while they are counted. */
static uint64_t keep_bytes(const struct cooc_count *k)
{
	uint64_t used = k->v->count * sizeof(*k->near) +
			k->threads * (worker_bytes(k) + k->range_bytes +
				      k->seen_room * SEEN_BYTES);
	uint64_t memory = k->o->memory_bytes;

	return memory > used ? MIN(k->o->keep_bytes, memory - used) : 0;
}

static int worker_open(const struct cooc_count *k, struct cooc_worker *w,
		       struct error *e)
{
	size_t words = k->v->count;
	size_t sums = MAX(words, (size_t)k->dense_sums);

	w->all_sums = mem_new(COOC_DISTANCES + sums, sizeof(*w->sums), e);
	w->sums = w->all_sums ? w->all_sums + COOC_DISTANCES : NULL;
	w->touched = mem_new(words + 1, sizeof(*w->touched), e);
	w->bits = mem_new(words / 64 + 1, sizeof(*w->bits), e);
	w->tops = mem_new(words / 4096 + 1, sizeof(*w->tops), e);
	if (!k->v->tokens)
		w->tokens = mem_new(COOC_PIECE + 2 * k->window,
				    sizeof(*w->tokens), e);
	w->parts = mem_new(k->o->blocks * k->o->blocks, sizeof(*w->parts), e);
	return e->code;
}

/* Room for the largest range. */
static int worker_room(const struct cooc_count *k, struct cooc_worker *w,
		       struct error *e)
{
	uint64_t places = 0, rows = 0;

	for (size_t i = 0; i < k->range_count; i++) {
		const struct cooc_range *r = &k->ranges[i];

		if (!r->dense)
			places = MAX(places, r->near + r->rows);
		rows = MAX(rows, r->rows);
	}
	w->lists = mem_new((size_t)places, sizeof(*w->lists), e);
	w->ends = mem_new((size_t)rows, sizeof(*w->ends), e);
	w->seen = mem_new(k->seen_room, sizeof(*w->seen), e);
	w->sorted = mem_new(k->seen_room, sizeof(*w->sorted), e);
	return e->code;
}

static void worker_close(struct cooc_worker *w)
{
	mem_free(w->all_sums);
	mem_free(w->touched);
	mem_free(w->bits);
	mem_free(w->tops);
	mem_free(w->ends);
	mem_free(w->lists);
	mem_free(w->seen);
	mem_free(w->sorted);
	mem_free(w->parts);
	mem_free(w->tokens);
}

int cooc_open(struct cooc_count *k, struct error *e)
{
	units_set(k);
	k->dense_sums = MIN(cooc_triangle(k, k->v->count), DENSE_SUMS);
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
	if (near_count_all(k, e) < 0 || ranges_make(k, e) < 0)
		return e->code;
	for (size_t i = 0; i < k->threads; i++)
		if (worker_room(k, &k->workers[i], e) < 0)
			return e->code;
	k->pairs = pairs_new(k->o->blocks, keep_bytes(k), k->o->folder,
			     k->o->beside, e);
	return k->pairs ? 0 : e->code;
}

void cooc_close(struct cooc_count *k)
{
	for (size_t i = 0; k->workers && i < k->threads; i++)
		worker_close(&k->workers[i]);
	mem_free(k->workers);
	mem_free(k->near);
	mem_free(k->ranges);
}

