/*
 * index.c - exact search over panels of 16 vectors, and the index's tensors.
 *
 * Search walks the panels once per block of queries: a panel (dim x 16 floats,
 * 19 KiB at 300 dimensions) comes from memory once and is scored by all groups
 * of tile_rows queries while it is in the first caches.
 *
 * Threads take stretches of panels from the pool and keep a heap per query
 * each.  Which thread saw which stretch is chance, but the k best under a total
 * order (topk.h) are the same list for every split, so the result is not.
 *
 * Must hold: vectors are finite when written; a score that is NaN or infinite
 * all the same (a damaged file, a broken query) cannot upset the order.
 */
#include "search/index.h"

#include <math.h>

#include "search/topk.h"

enum {
	PANEL = KERNELS_PANEL,
	STRETCH = 64,		/* panels a thread takes at a time: 1.2 MiB */
	BLOCK_QUERIES = 128,	/* 150 KiB at 300 dimensions: second cache */
	BLOCK_HITS = 1 << 19,	/* 4 MiB of heaps per thread and block */
};

/* ---- the file ------------------------------------------------------------ */

static int check_strings(const struct st_strings *s, const char *name,
			 const struct index *x, const struct st_file *f,
			 struct error *e)
{
	if (s->count == x->count)
		return 0;
	return fail(e, ERROR_DATA, "'%s': index has %zu pictures but %zu %ss",
		    st_path(f), x->count, s->count, name);
}

int index_load(struct index *x, const struct st_file *f, struct error *e)
{
	static const uint64_t shape[] = { 0, 0, PANEL };
	const struct st_tensor *t;
	const char *root = st_meta(f, "index.root");

	*x = (struct index){ .root = root ? root : "" };
	t = st_need(f, "index.panels", ST_F32, 3, shape, e);
	if (!t || st_strings(&x->id, f, "index.id", e) < 0 ||
	    st_strings(&x->path, f, "index.path", e) < 0 ||
	    st_strings(&x->caption, f, "index.caption", e) < 0)
		return e->code;
	x->count = x->id.count;
	x->dim = (size_t)t->shape[1];
	x->panels = t->data;
	if (x->count > UINT32_MAX || x->dim == 0 ||
	    t->shape[0] != x->count / PANEL + (x->count % PANEL != 0))
		return fail(e, ERROR_DATA,
			    "'%s': %zu pictures do not fit index.panels "
			    "[%llu, %zu, %d]", st_path(f), x->count,
			    (unsigned long long)t->shape[0], x->dim,
			    (int)PANEL);
	if (check_strings(&x->path, "path", x, f, e) < 0)
		return e->code;
	return check_strings(&x->caption, "caption", x, f, e);
}

/* Vectors [columns, dim] side by side; spare columns become zeros. */
static void fill_panel(float *panel, const float *vectors, size_t columns,
		       size_t dim)
{
	for (size_t p = 0; p < dim; p++)
		for (size_t j = 0; j < PANEL; j++)
			panel[p * PANEL + j] =
				j < columns ? vectors[j * dim + p] : 0.0f;
}

static int check_finite(const float *v, size_t dim, struct str id,
			struct error *e)
{
	for (size_t p = 0; p < dim; p++)
		if (!isfinite(v[p]))
			return fail(e, ERROR_DATA,
				    "vector of '%.*s': value %zu is not finite",
				    (int)MIN(id.bytes, 200), id.data, p);
	return 0;
}

static int save_panels(struct st_writer *w, const float *vectors, size_t count,
		       size_t dim, struct error *e)
{
	uint64_t shape[] = { (count + PANEL - 1) / PANEL, dim, PANEL };
	float *panel = mem_new(dim, PANEL * sizeof(*panel), e);

	if (!panel || st_begin(w, "index.panels", ST_F32, e) < 0)
		goto done;
	for (size_t i = 0; i < count; i += PANEL) {
		fill_panel(panel, vectors + i * dim, MIN(count - i, PANEL),
			   dim);
		if (st_rows(w, panel, dim * PANEL, e) < 0)
			goto done;
	}
	st_end(w, 3, shape, e);
done:
	mem_free(panel);
	return e->code;
}

int index_save(struct st_writer *w, const float *vectors, size_t count,
	       size_t dim, const struct str *id, const struct str *path,
	       const struct str *caption, struct error *e)
{
	if (count == 0)
		return fail(e, ERROR_FAILED, "there are no pictures to index");
	if (count > UINT32_MAX)
		return fail(e, ERROR_USAGE, "%zu pictures are too many for "
			    "one index", count);
	for (size_t i = 0; i < count; i++)
		if (check_finite(vectors + i * dim, dim, id[i], e) < 0)
			return e->code;
	if (save_panels(w, vectors, count, dim, e) < 0 ||
	    st_put_strings(w, "index.id", id, count, e) < 0 ||
	    st_put_strings(w, "index.path", path, count, e) < 0)
		return e->code;
	return st_put_strings(w, "index.caption", caption, count, e);
}

void index_vector(const struct index *x, size_t i, float *out)
{
	const float *at = x->panels + i / PANEL * x->dim * PANEL + i % PANEL;

	for (size_t p = 0; p < x->dim; p++)
		out[p] = at[p * PANEL];
}

size_t index_find(const struct index *x, struct str id)
{
	for (size_t i = 0; i < x->count; i++)
		if (str_equal(st_string_at(&x->id, i), id))
			return i;
	return SIZE_MAX;
}

/* ---- search -------------------------------------------------------------- */

struct search {
	const struct index *x;
	const struct kernels *kernels;
	const float *queries;	/* [q, dim] of this block */
	size_t q, panels;
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
		for (size_t r = 0; r < n; r++)
			topk_offer_panel(&heap[i + r], first,
					 score + r * PANEL, columns);
	}
}

static void score_stretch(void *context, size_t item, int thread)
{
	const struct search *s = context;
	size_t end = MIN((item + 1) * STRETCH, s->panels);

	for (size_t panel = item * STRETCH; panel < end; panel++)
		score_panel(s, s->heap + (size_t)thread * s->q, panel);
}

/* One block: hits of query i go to hits + i * stride. */
static void search_block(struct search *s, const struct machine *m, size_t k,
			 struct hit *room, struct hit *hits, size_t stride)
{
	size_t threads = thread_count(m);

	for (size_t i = 0; i < threads * s->q; i++)
		topk_start(&s->heap[i], room + i * k, k);
	pool_run(m->pool, (s->panels + STRETCH - 1) / STRETCH, score_stretch,
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

size_t index_scratch_bytes(const struct index *x, const struct machine *m,
			   size_t q, size_t k)
{
	size_t each, bytes, heaps;

	k = MIN(k, x->count);
	if (k == 0 || q == 0)
		return 0;
	heaps = thread_count(m) * block_queries(m, q, k);
	if (!mem_product(k, sizeof(struct hit), &each) ||
	    !mem_product(each + sizeof(struct topk), heaps, &bytes))
		return SIZE_MAX;
	return bytes;
}

void index_search(const struct index *x, const struct machine *m,
		  const float *queries, size_t q, size_t k, struct hit *hits,
		  size_t *found, void *scratch)
{
	const size_t best = MIN(k, x->count);

	for (size_t i = 0; i < q; i++)
		found[i] = best;
	if (best == 0 || q == 0)
		return;
	const size_t block = block_queries(m, q, best);
	struct topk *heap = scratch;
	struct hit *room = (struct hit *)(heap + thread_count(m) * block);

	for (size_t i = 0; i < q; i += block) {
		struct search s = {
			.x = x, .kernels = m->kernels,
			.queries = queries + i * x->dim,
			.q = MIN(q - i, block),
			.panels = (x->count + PANEL - 1) / PANEL,
			.heap = heap,
		};

		search_block(&s, m, best, room, hits + i * k, k);
	}
}
