/*
 * index.c - exact search over panels of 16 vectors.
 *
 * An index with codes is searched by bounded.c; what follows is the plain scan,
 * for an index without, for very long lists of hits, and for queries that the
 * codes cannot serve.
 *
 * The scan walks the panels once per block of queries: a panel (dim x 16
 * floats, 19 KiB at 300 dimensions) comes from memory once and is scored by all
 * groups of tile_rows queries while it is in the first caches.
 *
 * Threads take stretches of panels from the pool and keep a heap per query
 * each.  Which thread saw which block is chance, but the k best under a total
 * order (topk.h) are the same list for every split, so the result is not.
 *
 * Must hold: vectors are finite when written; a score that is NaN or infinite
 * all the same (a damaged file, a broken query) cannot upset the order.
 */
#include "search/index.h"

#include <math.h>

#include "base/mem.h"
#include "search/bounded.h"
#include "search/topk.h"

enum {
	PANEL = KERNELS_PANEL,
	BLOCK = 64,		/* panels a thread takes at a time: 1.2 MiB */
	BLOCK_QUERIES = 128,	/* 150 KiB at 300 dimensions: second cache */
	BLOCK_HITS = 1 << 19,	/* 4 MiB of heaps per thread and block */
};

/* ---- search -------------------------------------------------------------- */

struct search {
	const struct index *x;
	const struct kernels *kernels;
	const float *queries;	/* [q, dim] of this block */
	size_t q, panels;
	int split;		/* -1: of all pictures */
	struct topk *heap;	/* [threads, q] */
};

/* Queries scored together: as many as keep the heaps small. */
static size_t block_queries(const struct machine *m, size_t q, size_t k)
{
	size_t fit = MIN(BLOCK_HITS / k, BLOCK_QUERIES);

	return MIN(q, MAX(fit, m->kernels->tile_rows));
}

static size_t thread_count(const struct machine *m)
{
	return m->pool ? (size_t)pool_threads(m->pool) : 1;
}

/* Pictures of other splits count as infinitely far. */
static void hide_others(const struct search *s, size_t first, float *score,
			size_t columns)
{
	for (size_t j = 0; j < columns; j++)
		if (s->x->split[first + j] != s->split)
			score[j] = -INFINITY;
}

static void score_panel(const struct search *s, struct topk *heap, size_t panel)
{
	const size_t dim = s->x->dim, rows = s->kernels->tile_rows;
	const float *at = s->x->panels + panel * dim * PANEL;
	const uint32_t first = (uint32_t)(panel * PANEL);
	const size_t columns = MIN(s->x->count - first, PANEL);

	for (size_t i = 0; i < s->q; i += rows) {
		float score[KERNELS_MAX_ROWS * PANEL];
		const float *query[KERNELS_MAX_ROWS];
		size_t n = MIN(s->q - i, rows);

		for (size_t r = 0; r < n; r++)
			query[r] = s->queries + (i + r) * dim;
		s->kernels->score(score, n, dim, query, at);
		for (size_t r = 0; r < n; r++) {
			if (s->split >= 0)
				hide_others(s, first, score + r * PANEL,
					    columns);
			topk_offer_panel(&heap[i + r], first,
					 score + r * PANEL, columns);
		}
	}
}

static void score_block(void *context, size_t item, int thread)
{
	const struct search *s = context;
	size_t end = MIN((item + 1) * BLOCK, s->panels);

	for (size_t panel = item * BLOCK; panel < end; panel++)
		score_panel(s, s->heap + (size_t)thread * s->q, panel);
}

/* One block: hits of query i go to hits + i * stride. */
static void search_block(struct search *s, const struct machine *m, size_t k,
			 struct hit *room, struct hit *hits, size_t stride)
{
	size_t threads = thread_count(m);

	for (size_t i = 0; i < threads * s->q; i++)
		topk_start(&s->heap[i], room + i * k, k);
	pool_run(m->pool, CEIL_DIV(s->panels, BLOCK), score_block,
		 s);
	for (size_t i = 0; i < s->q; i++) {
		struct topk *best = &s->heap[i];

		for (size_t t = 1; t < threads; t++)
			topk_merge(best, &s->heap[t * s->q + i]);
		topk_sort(best);
		memcpy(hits + i * stride, best->hit,
		       best->count * sizeof(*hits));
	}
}

float index_score(const struct index *x, const struct kernels *kernels,
		  size_t i, const float *query)
{
	float score[PANEL];

	kernels->score(score, 1, x->dim, &query,
		       x->panels + i / PANEL * x->dim * PANEL);
	return score[i % PANEL];
}

static size_t scan_bytes(const struct machine *m, size_t q, size_t k)
{
	const size_t heaps = thread_count(m) * block_queries(m, q, k);
	size_t each, bytes;

	if (!mem_product(k, sizeof(struct hit), &each) ||
	    !mem_product(each + sizeof(struct topk), heaps, &bytes))
		return SIZE_MAX;
	return bytes;
}

size_t index_workspace_bytes(const struct index *x, const struct machine *m,
			     size_t q, size_t k)
{
	size_t scan;

	k = MIN(k, x->count);
	if (k == 0 || q == 0)
		return 0;
	scan = scan_bytes(m, q, k);
	return bounded_serves(x, k) ?
	       MAX(scan, bounded_workspace_bytes(x, m, q, k)) : scan;
}

/* The plain scan of some queries. */
static void scan(const struct index *x, const struct machine *m,
		 const float *queries, size_t q, size_t k, int split,
		 struct hit *hits, size_t stride, struct index_cost *cost,
		 void *workspace)
{
	const size_t block = block_queries(m, q, k);
	struct topk *heap = workspace;
	struct hit *room = (struct hit *)(heap + thread_count(m) * block);

	for (size_t i = 0; i < q; i += block) {
		struct search s = {
			.x = x, .kernels = m->kernels,
			.queries = queries + i * x->dim,
			.q = MIN(q - i, block),
			.panels = CEIL_DIV(x->count, PANEL),
			.split = split, .heap = heap,
		};

		search_block(&s, m, k, room, hits + i * stride, stride);
		cost->scored += s.q * x->count;
		cost->bytes += s.panels * PANEL * x->dim * sizeof(float);
	}
}

/* By codes; then the plain scan of queries that they did not serve. */
static void search_coded(const struct index *x, const struct machine *m,
			 const float *queries, size_t q, size_t k, int split,
			 struct hit *hits, size_t stride,
			 struct index_cost *cost, void *workspace)
{
	unsigned char done[BLOCK_QUERIES];

	bounded_search(x, m, queries, q, k, split, hits, stride, done, cost,
		       workspace);
	for (size_t i = 0; i < q; i++)
		if (!done[i])
			scan(x, m, queries + i * x->dim, 1, k, split,
			     hits + i * stride, stride, cost, workspace);
}

struct index_cost index_search(const struct index *x, const struct machine *m,
			       const float *queries, size_t q, size_t k,
			       int split, struct hit *hits, size_t *found,
			       void *workspace)
{
	const size_t best = MIN(k, x->count);
	const int coded = bounded_serves(x, best);
	struct index_cost cost = { 0 };
	size_t block;

	for (size_t i = 0; i < q; i++)
		found[i] = best;
	if (best == 0 || q == 0)
		return cost;
	split = x->split ? split : -1;
	block = coded ? bounded_block(x, m, q, best) : q;
	for (size_t i = 0; i < q; i += block)
		(coded ? search_coded : scan)(
			x, m, queries + i * x->dim, MIN(q - i, block), best,
			split, hits + i * k, k, &cost, workspace);
	return cost;
}
