/*
 * test_bounded.c - search by codes gives what the plain scan gives: ids, order
 * and bits, for every table of kernels and of codes, with any threads.
 *
 *	test_bounded [TIMES]	that many times the queries, other data each
 */
#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/rng.h"
#include "search/bounded.h"
#include "search/index_codes.h"
#include "search/topk.h"
#include "test.h"

enum { PANEL = KERNELS_PANEL, MOST_K = 40, QUERIES = 48 };

static uint64_t stream;

static float uniform(size_t i)
{
	return 2 * rng_uniform(5, stream, i) - 1;
}

static uint64_t below(size_t i, uint64_t n)
{
	return rng_below(5, stream + 1, i, n);
}

/* ---- kinds of data: component p of vector i ------------------------------ */

static float kind_uniform(size_t i, size_t p, size_t at)
{
	(void)i;
	(void)p;
	return uniform(at);
}

/* Around one of 20 centres: what bounds are good at. */
static float kind_clusters(size_t i, size_t p, size_t at)
{
	float centre = 2 * rng_uniform(6, i * 7 % 20, p) - 1;

	return centre + 0.1f * uniform(at);
}

/* Three values: ties everywhere. */
static float kind_ties(size_t i, size_t p, size_t at)
{
	(void)i;
	(void)p;
	return (float)below(at, 3) - 1;
}

/* Nine of ten are the same vector. */
static float kind_same(size_t i, size_t p, size_t at)
{
	return i % 10 ? rng_uniform(8, 1, p) - 0.4f : uniform(at);
}

static float kind_zeros(size_t i, size_t p, size_t at)
{
	(void)p;
	return i % 3 ? (at % 2 ? -0.0f : 0.0f) : uniform(at);
}

static float kind_subnormal(size_t i, size_t p, size_t at)
{
	(void)p;
	return uniform(at) * (i % 4 ? 0x1p-140f : 0x1p-126f);
}

/* Products and sums that underflow, codes of subnormal scale. */
static float kind_underflow(size_t i, size_t p, size_t at)
{
	(void)p;
	return ldexpf(uniform(at), -60 - (int)(i % 90));
}

static float kind_huge(size_t i, size_t p, size_t at)
{
	(void)p;
	return uniform(at) * (i % 3 == 0 ? 3e38f : i % 3 == 1 ? 0x1p59f : 1);
}

/* Every exponent in one vector. */
static float kind_wide(size_t i, size_t p, size_t at)
{
	(void)i;
	(void)p;
	return ldexpf(uniform(at), (int)below(at, 80) - 60);
}

/* One large component, nearly the same in all: codes say little. */
static float kind_constant(size_t i, size_t p, size_t at)
{
	(void)i;
	return p == 0 ? 100 : 0.001f * uniform(at);
}

/* Large terms that cancel: the score is all rounding. */
static float kind_cancel(size_t i, size_t p, size_t at)
{
	float x = 1e6f * (2 * rng_uniform(9, i, p / 2) - 1);

	return (p % 2 ? -x : x) + 0.01f * uniform(at);
}

/* A damaged file: what is no number counts as minus infinity. */
static float kind_damaged(size_t i, size_t p, size_t at)
{
	if (i % 50 == 7 && p == 1)
		return i % 100 == 7 ? NAN : INFINITY;
	return uniform(at);
}

static float (*const kinds[])(size_t i, size_t p, size_t at) = {
	kind_uniform, kind_clusters, kind_ties, kind_same, kind_zeros,
	kind_subnormal, kind_underflow, kind_huge, kind_wide, kind_constant,
	kind_cancel, kind_damaged,
};
enum { KINDS = sizeof(kinds) / sizeof(*kinds) };

/* ---- an index in memory -------------------------------------------------- */

struct world {
	struct index x, plain;		/* with codes, and without */
	float *panels, *bounds, *queries;
	unsigned char *codes, *split;
	int kind;
};

static void *room(size_t count, size_t size)
{
	void *p = mem_new(count ? count : 1, size, NULL);

	if (!p)
		abort();
	return p;
}

/* Queries are like the vectors, or of another kind. */
static void make_queries(struct world *w, size_t dim)
{
	w->queries = room(QUERIES * dim, sizeof(float));
	for (size_t i = 0; i < QUERIES; i++) {
		int kind = i % 2 ? w->kind : (int)(i / 2 % KINDS);

		for (size_t p = 0; p < dim; p++)
			w->queries[i * dim + p] =
				kinds[kind](i, p, (1 << 28) + i * dim + p);
	}
}

static void world_make(struct world *w, int kind, size_t n, size_t dim)
{
	const size_t panels = CEIL_DIV(n, PANEL);
	float *v = room(n * dim, sizeof(*v));

	stream += 2;
	*w = (struct world){ .kind = kind };
	w->panels = room(panels * PANEL * dim, sizeof(float));
	w->codes = room(panels, index_codes_bytes(dim));
	w->bounds = room(panels, CODES_BOUNDS * PANEL * sizeof(float));
	w->split = room(n, 1);
	for (size_t i = 0; i < panels * PANEL * dim; i++)
		w->panels[i] = 0;
	for (size_t i = 0; i < n; i++) {
		w->split[i] = (unsigned char)below(i, 3);
		for (size_t p = 0; p < dim; p++) {
			float f = kinds[kind](i, p, i * dim + p);

			v[i * dim + p] = f;
			w->panels[(i / PANEL * dim + p) * PANEL + i % PANEL] = f;
		}
	}
	index_codes_make(NULL, v, n, dim, w->codes, w->bounds);
	make_queries(w, dim);
	w->plain = (struct index){ .count = n, .dim = dim,
				   .panels = w->panels, .split = w->split };
	w->x = w->plain;
	w->x.codes = w->codes;
	w->x.bounds = w->bounds;
	mem_free(v);
}

static void world_free(struct world *w)
{
	mem_free(w->panels);
	mem_free(w->codes);
	mem_free(w->bounds);
	mem_free(w->split);
	mem_free(w->queries);
}

/* ---- the same answer ----------------------------------------------------- */

struct asked {
	size_t q, k;
	int split;
};

static struct index_cost ask(const struct index *x, const struct machine *m,
			     const float *queries, const struct asked *a,
			     size_t batch, struct hit *hits)
{
	void *workspace = room(index_workspace_bytes(x, m, batch, a->k), 1);
	struct index_cost cost = { 0 };
	size_t found[QUERIES];

	memset(hits, 0, a->q * a->k * sizeof(*hits));
	for (size_t i = 0; i < a->q; i += batch) {
		struct index_cost c = index_search(
			x, m, queries + i * x->dim, MIN(batch, a->q - i), a->k,
			a->split, hits + i * a->k, found, workspace);

		cost.scored += c.scored;
		cost.bytes += c.bytes;
	}
	mem_free(workspace);
	return cost;
}

static void agree(const struct world *w, const struct machine *m,
		  const struct asked *a, const struct hit *want, size_t batch)
{
	struct hit got[QUERIES * MOST_K];

	ask(&w->x, m, w->queries, a, batch, got);
	if (!CHECK(!memcmp(got, want, a->q * a->k * sizeof(*got))))
		fprintf(stderr, "kind %d, %zu x %zu, k %zu, split %d, batch "
			"%zu, %s, %s\n", w->kind, w->x.count, w->x.dim, a->k,
			a->split, batch, m->kernels->name,
			m->codes ? m->codes->name : "best");
}

/* The plain scan, then all tables by codes. */
static void try_world(const struct world *w, const struct asked *a,
		      struct pool *pool)
{
	const struct kernels *const *kernels = kernels_list();
	const struct codes *list[CODES_MAX_TABLES];
	const size_t tables = codes_list(list);
	struct machine m = { .kernels = kernels_find(NULL) };
	struct hit want[QUERIES * MOST_K];

	ask(&w->plain, &m, w->queries, a, a->q, want);
	for (; *kernels; kernels++) {
		m = (struct machine){ .kernels = *kernels, .pool = pool };
		agree(w, &m, a, want, a->q);
	}
	for (size_t t = 0; t < tables; t++) {
		m = (struct machine){ .kernels = kernels_find(NULL),
				      .codes = list[t] };
		agree(w, &m, a, want, a->q);
		agree(w, &m, a, want, 1 + t);
	}
}

static void test_kinds(struct pool *pool)
{
	static const size_t counts[] = { 1, 15, 16, 33, 700, 5000 };
	static const size_t dims[] = { 1, 3, 4, 37, 64, 100 };
	static const size_t ks[] = { 1, 10, MOST_K };

	for (int kind = 0; kind < KINDS; kind++)
		for (size_t i = 0; i < 6; i++) {
			struct world w;
			struct asked a = { QUERIES, ks[i % 3], -1 };

			world_make(&w, kind, counts[i],
				   dims[((size_t)kind + i) % 6]);
			a.k = MIN(a.k, w.x.count);
			try_world(&w, &a, pool);
			a.split = 1;
			try_world(&w, &a, pool);
			world_free(&w);
		}
}

/* ---- the bounds themselves ----------------------------------------------- */

/* Every score lies within its bounds. */
static void check_bounds(const struct world *w, const struct codes *codes)
{
	const struct kernels *k = kernels_find(NULL);
	const size_t dim = w->x.dim, groups = CEIL_DIV(dim, 4);
	const float reach = -INFINITY;
	int8_t code[128];
	int inside = 1;

	for (size_t i = 0; i < QUERIES; i++) {
		struct codes_query q;
		struct codes_found f;

		if (!index_codes_query(w->queries + i * dim, dim, code, &q))
			continue;
		for (size_t j = 0; j < w->x.count; j++) {
			float s = index_score(&w->x, k, j,
					      w->queries + i * dim);

			codes->scan(&f, 1, groups, &q, &reach,
				    w->codes + j / 16 * groups * 64,
				    w->bounds + j / 16 * 48);
			inside &= isnan(s) || !(s > f.upper[j % 16]);
			inside &= isnan(s) || !(s < f.lower[j % 16]);
		}
	}
	CHECK(inside);
}

static void test_bounds(void)
{
	for (int kind = 0; kind < KINDS; kind++) {
		struct world w;

		world_make(&w, kind, 200, 61);
		check_bounds(&w, codes_find(NULL));
		world_free(&w);
	}
}

/* Where bounds help, few vectors are scored, and as many on every machine. */
static void test_cost(struct pool *pool)
{
	const struct codes *list[CODES_MAX_TABLES];
	const size_t tables = codes_list(list);
	const struct asked a = { QUERIES, 10, -1 };
	struct hit hits[QUERIES * MOST_K];
	struct index_cost first = { 0 }, cost;
	struct world w;

	world_make(&w, 1, 6000, 100);
	for (size_t i = 0; i < QUERIES; i += 2)	/* all of one kind */
		memcpy(w.queries + i * 100, w.queries + (i + 1) * 100,
		       100 * sizeof(float));
	for (size_t t = 0; t < tables; t++)
		for (int threads = 0; threads < 2; threads++) {
			struct machine m = { .kernels = kernels_find(NULL),
					     .codes = list[t],
					     .pool = threads ? pool : NULL };

			cost = ask(&w.x, &m, w.queries, &a, QUERIES, hits);
			if (t == 0 && !threads)
				first = cost;
			CHECK(cost.scored == first.scored);
			CHECK(cost.bytes == first.bytes);
		}
	CHECK(first.scored < 6000 * QUERIES / 10);
	CHECK(first.scored >= 10 * QUERIES);
	cost = ask(&w.plain, &(struct machine){ .kernels = kernels_find(NULL) },
		   w.queries, &a, QUERIES, hits);
	CHECK(cost.scored == 6000 * QUERIES);
	CHECK(cost.bytes == 6000 * 100 * sizeof(float));
	world_free(&w);
}

int main(int argc, char **argv)
{
	long times = argc > 1 ? strtol(argv[1], NULL, 10) : 1;
	struct pool *pool = pool_open(3, NULL);

	for (long i = 0; i < times; i++)
		test_kinds(pool);
	test_bounds();
	test_cost(pool);
	pool_close(pool);
	return test_end("bounded");
}
