/* test_search.c - exact search against sorting everything, index files whole
 * and damaged, and retrieval metrics against counting one by one. */
#include <math.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/base.h"
#include "base/file.h"
#include "base/rng.h"
#include "search/index.h"
#include "search/topk.h"
#include "study/metrics.h"
#include "test.h"

static char folder[] = "/tmp/seesay-search-XXXXXX";

static float random_float(uint64_t stream, size_t i)
{
	return 2 * rng_uniform(7, stream, i) - 1;
}

/* Coarse values: many scores are equal. */
static float coarse_float(uint64_t stream, size_t i)
{
	return (float)rng_below(7, stream, i, 3) - 1;
}

static float *random_vectors(size_t n, size_t dim, uint64_t stream, int coarse)
{
	float *v = mem_new(n * dim, sizeof(*v), NULL);

	for (size_t i = 0; i < n * dim; i++)
		v[i] = coarse ? coarse_float(stream, i) :
				random_float(stream, i);
	return v;
}

/* ---- top-k --------------------------------------------------------------- */

static float *panels_of(const float *v, size_t n, size_t dim)
{
	size_t panels = (n + KERNELS_PANEL - 1) / KERNELS_PANEL;
	float *p = mem_new(panels * dim, KERNELS_PANEL * sizeof(*p), NULL);

	for (size_t i = 0; i < n; i++)
		for (size_t d = 0; d < dim; d++)
			p[(i / KERNELS_PANEL * dim + d) * KERNELS_PANEL +
			  i % KERNELS_PANEL] = v[i * dim + d];
	return p;
}

/* As the comment in index.h says it, and then sort by inserting. */
static void plain_search(const float *v, size_t n, size_t dim, const float *q,
			 size_t k, struct hit *hits)
{
	size_t have = 0;

	for (size_t i = 0; i < n; i++) {
		struct hit h = { (uint32_t)i, 0 };
		size_t at;

		for (size_t d = 0; d < dim; d++)
			h.score = fmaf(q[d], v[i * dim + d], h.score);
		if (isnan(h.score))
			h.score = -INFINITY;
		for (at = have; at > 0 && hits[at - 1].score < h.score; at--)
			if (at < k)
				hits[at] = hits[at - 1];
		if (at < k)
			hits[at] = h;
		have = MIN(have + (at < k || have < k), k);
	}
}

struct trial {
	size_t n, dim, q, k;
	int coarse;
	float *vectors, *panels, *queries;
	struct hit *want, *got;
	size_t *found;
};

static void trial_start(struct trial *t, uint64_t stream)
{
	t->vectors = random_vectors(t->n, t->dim, stream, t->coarse);
	t->panels = panels_of(t->vectors, t->n, t->dim);
	t->queries = random_vectors(t->q, t->dim, stream + 1, t->coarse);
	t->want = mem_new(t->q * t->k, sizeof(*t->want), NULL);
	t->got = mem_new(t->q * t->k, sizeof(*t->got), NULL);
	t->found = mem_new(t->q, sizeof(*t->found), NULL);
	for (size_t i = 0; i < t->q; i++)
		plain_search(t->vectors, t->n, t->dim, t->queries + i * t->dim,
			     t->k, t->want + i * t->k);
}

static void trial_end(struct trial *t)
{
	mem_free(t->vectors);
	mem_free(t->panels);
	mem_free(t->queries);
	mem_free(t->want);
	mem_free(t->got);
	mem_free(t->found);
}

/* The trial's queries, `batch` at a time. */
static int trial_agrees(struct trial *t, const struct machine *m, size_t batch)
{
	struct index x = { .count = t->n, .dim = t->dim, .panels = t->panels };
	void *workspace = mem_new(index_workspace_bytes(&x, m, batch, t->k), 1,
				  NULL);
	int ok = 1;

	memset(t->got, 0, t->q * t->k * sizeof(*t->got));
	for (size_t i = 0; i < t->q; i += batch)
		index_search(&x, m, t->queries + i * t->dim,
			     MIN(batch, t->q - i), t->k, -1, t->got + i * t->k,
			     t->found + i, workspace);
	for (size_t i = 0; i < t->q; i++)
		ok &= t->found[i] == MIN(t->n, t->k);
	mem_free(workspace);
	return ok && !memcmp(t->want, t->got, t->q * t->k * sizeof(*t->got));
}

static void try_all(struct trial *t, struct pool *const *pools, size_t n_pools)
{
	const struct kernels *const *list = kernels_list();

	for (; *list; list++) {
		for (size_t p = 0; p < n_pools; p++) {
			struct machine m = { .kernels = *list, .pool = pools[p] };

			CHECK(trial_agrees(t, &m, 1));
			CHECK(trial_agrees(t, &m, 3));
			CHECK(trial_agrees(t, &m, t->q));
		}
	}
}

static void test_topk(void)
{
	static const struct trial cases[] = {
		{ .n = 1, .dim = 1, .q = 1, .k = 1 },
		{ .n = 5, .dim = 3, .q = 2, .k = 9 },	/* k > n */
		{ .n = 16, .dim = 4, .q = 9, .k = 16, .coarse = 1 },
		{ .n = 17, .dim = 2, .q = 5, .k = 4, .coarse = 1 },
		{ .n = 2500, .dim = 3, .q = 7, .k = 40, .coarse = 1 },
		{ .n = 3001, .dim = 37, .q = 5, .k = 10 },
		{ .n = 1100, .dim = 5, .q = 150, .k = 3 },	/* two blocks */
		{ .n = 1500, .dim = 4, .q = 3, .k = 1500, .coarse = 1 },
	};
	struct pool *pools[5] = { NULL };
	static const int threads[] = { 1, 2, 3, 8 };
	struct error e = { 0 };

	for (size_t i = 0; i < 4; i++)
		CHECK((pools[i + 1] = pool_open(threads[i], &e)) != NULL);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct trial t = cases[i];

		trial_start(&t, 100 * (i + 1));
		try_all(&t, pools, ARRAY_LEN(pools));
		trial_end(&t);
	}
	for (size_t i = 1; i < 5; i++)
		pool_close(pools[i]);
}

/* Not a number is worse than everything and never upsets the order. */
static void test_nan(void)
{
	struct trial t = { .n = 40, .dim = 2, .q = 2, .k = 40, .coarse = 1 };
	struct machine m = { .kernels = kernels_find(NULL) };

	trial_start(&t, 900);
	for (size_t i = 0; i < 40; i += 3)
		t.vectors[2 * i] = NAN;
	mem_free(t.panels);
	t.panels = panels_of(t.vectors, t.n, t.dim);
	for (size_t i = 0; i < t.q; i++)
		plain_search(t.vectors, t.n, t.dim, t.queries + i * t.dim, t.k,
			     t.want + i * t.k);
	CHECK(t.want[39].score == -INFINITY && t.want[39].picture == 39);
	CHECK(trial_agrees(&t, &m, 1) && trial_agrees(&t, &m, 2));
	trial_end(&t);
}

/* Any order of offering gives the same list. */
static void test_offer_order(void)
{
	struct hit room[2][8];
	struct topk a, b;

	topk_start(&a, room[0], 8);
	topk_start(&b, room[1], 8);
	for (uint32_t i = 0; i < 50; i++) {
		uint32_t j = 49 - i;

		topk_offer(&a, i, coarse_float(5, i));
		topk_offer(&b, j, coarse_float(5, j));
	}
	topk_sort(&a);
	topk_sort(&b);
	CHECK(a.count == 8 && !memcmp(room[0], room[1], sizeof(room[0])));
}

/* ---- the file ------------------------------------------------------------ */

enum { N = 35, DIM = 6 };

/* A file that could be a space: a line and a tensor are copied. */
static struct st_file *make_space(const char *path, struct error *e)
{
	static const float one[] = { 1 };
	uint64_t shape[] = { 1 };
	struct st_writer *w = st_create(path, "seesay space", e);

	if (!w)
		return NULL;
	st_put_meta(w, "compare", "cosine", e);
	st_put(w, "center", ST_F32, 1, shape, one, e);
	return st_commit(w, e) < 0 ? NULL : st_open(path, "seesay space", e);
}

static int save(const char *path, const float *v, struct error *e)
{
	static const unsigned char split[N] = { [3] = 2, [20] = 2, [34] = 2 };
	struct st_file *space = make_space(path, e);
	struct str id[N], name[N], caption[N];
	struct index_content c = {
		.count = N, .dim = DIM, .vectors = v, .id = id, .path = name,
		.caption = caption, .split = split, .root = "pictures",
	};
	char text[N][24];

	for (int i = 0; i < N; i++) {
		snprintf(text[i], sizeof(text[i]), "p%d.jpg", i);
		name[i] = str_of(text[i]);
		id[i] = (struct str){ text[i], strlen(text[i]) - 4 };
		caption[i] = str_of(i % 2 ? "odd" : "");
	}
	if (space)
		index_write(path, space, &c, e);
	st_close(space);
	return e->code;
}

/* Only pictures of the split are found, at the scores that they have. */
static void check_split(const struct index *x, const float *query)
{
	struct machine m = { .kernels = kernels_find(NULL) };
	struct hit all[N], some[N];
	void *workspace = mem_new(index_workspace_bytes(x, &m, 1, N), 1, NULL);
	size_t found, at = 0;

	index_search(x, &m, query, 1, N, -1, all, &found, workspace);
	CHECK(found == N);
	for (size_t i = 0; i < N; i++)
		CHECK(index_score(x, m.kernels, all[i].picture, query) ==
		      all[i].score);
	index_search(x, &m, query, 1, 4, 2, some, &found, workspace);
	CHECK(found == 4 && some[3].score == -INFINITY);
	for (size_t i = 0; i < 3; i++) {
		while (at < N && all[at].picture != some[i].picture)
			at++;
		CHECK(at < N && all[at].score == some[i].score);
		CHECK(x->split[some[i].picture] == 2);
	}
	mem_free(workspace);
}

static void test_file(const char *path)
{
	float *v = random_vectors(N, DIM, 50, 0), back[DIM];
	struct error e = { 0 };
	struct index x;
	struct st_file *f;

	CHECK(save(path, v, &e) == 0);
	f = st_open(path, INDEX_FORMAT, &e);
	if (CHECK(f && index_load(&x, f, &e) == 0)) {
		CHECK(x.count == N && x.dim == DIM && x.codes && x.bounds);
		CHECK_STR(x.root, "pictures");
		CHECK(index_find(&x, str_of("p17")) == 17);
		CHECK(index_find(&x, str_of("p170")) == SIZE_MAX);
		CHECK(str_equal(st_string_at(&x.path, 34), str_of("p34.jpg")));
		CHECK(str_equal(st_string_at(&x.caption, 3), str_of("odd")));
		for (size_t i = 0; i < N; i++) {
			index_vector(&x, i, back);
			CHECK(!memcmp(back, v + i * DIM, sizeof(back)));
		}
		CHECK(st_verify(f, &e) == 0);
		CHECK(st_find(f, "center") != NULL);
		CHECK_STR(st_meta(f, "compare"), "cosine");
		check_split(&x, v);
	}
	st_close(f);
	v[DIM * 4 + 2] = NAN;
	CHECK(save(path, v, &e) == ERROR_DATA);
	CHECK_STR(e.text, "vector of 'p4': value 2 is not finite");
	error_clear(&e);
	v[DIM * 4 + 2] = INFINITY;
	CHECK(save(path, v, &e) == ERROR_DATA);
	mem_free(v);
}

/* A file whose tensors do not fit each other. */
static int load_odd(const char *path, size_t panels, size_t ids, size_t paths,
		    size_t width)
{
	static const float zeros[4096];
	uint64_t shape[] = { panels, 4, width };
	struct str strings[64] = { { NULL, 0 } };
	struct error e = { 0 };
	struct st_writer *w = st_create(path, INDEX_FORMAT, &e);
	struct st_file *f = NULL;
	struct index x;

	for (size_t i = 0; i < ARRAY_LEN(strings); i++)
		strings[i] = str_of("s");
	st_put(w, "index.panels", ST_F32, 3, shape, zeros, &e);
	st_put_strings(w, "index.id", strings, ids, &e);
	st_put_strings(w, "index.path", strings, paths, &e);
	st_put_strings(w, "index.caption", strings, ids, &e);
	if (st_commit(w, &e) == 0 && (f = st_open(path, INDEX_FORMAT, &e)))
		index_load(&x, f, &e);
	st_close(f);
	return e.code;
}

/* 32 vectors of 4 dimensions with codes of this kind and these sizes. */
static int load_coded(const char *path, const char *kind, size_t panels,
		      size_t groups, size_t rows, int *coded)
{
	static const float zeros[4096];
	const uint64_t shape[] = { 2, 4, 16 };
	const uint64_t codes[] = { panels, groups, 16, 4 };
	const uint64_t bounds[] = { panels, rows, 16 };
	struct str strings[32] = { { NULL, 0 } };
	struct error e = { 0 };
	struct st_writer *w = st_create(path, INDEX_FORMAT, &e);
	struct st_file *f = NULL;
	struct index x = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(strings); i++)
		strings[i] = str_of("s");
	st_put_meta(w, "index.codes", kind, &e);
	st_put(w, "index.panels", ST_F32, 3, shape, zeros, &e);
	st_put(w, "index.codes", ST_U8, 4, codes, zeros, &e);
	st_put(w, "index.bounds", ST_F32, 3, bounds, zeros, &e);
	st_put_strings(w, "index.id", strings, 32, &e);
	st_put_strings(w, "index.path", strings, 32, &e);
	st_put_strings(w, "index.caption", strings, 32, &e);
	if (st_commit(w, &e) == 0 && (f = st_open(path, INDEX_FORMAT, &e)))
		index_load(&x, f, &e);
	*coded = x.codes != NULL;
	st_close(f);
	return e.code;
}

static void test_codes(const char *path)
{
	int coded;

	CHECK(load_coded(path, "int8 1", 2, 1, 3, &coded) == 0 && coded);
	CHECK(load_coded(path, "int8 2", 2, 1, 3, &coded) == 0 && !coded);
	CHECK(load_coded(path, "int8 2", 1, 7, 1, &coded) == 0 && !coded);
	CHECK(load_coded(path, "int8 1", 1, 1, 3, &coded) == ERROR_DATA);
	CHECK(load_coded(path, "int8 1", 2, 2, 3, &coded) == ERROR_DATA);
	CHECK(load_coded(path, "int8 1", 2, 1, 2, &coded) == ERROR_DATA);
}

/* Cut anywhere, or one byte changed in the header: an error or the truth. */
static void test_damage(const char *path)
{
	float *v = random_vectors(N, DIM, 50, 0);
	struct buf whole = { 0 };
	struct error e = { 0 };

	CHECK(load_odd(path, 2, 32, 32, 16) == 0);
	CHECK(load_odd(path, 2, 33, 33, 16) == ERROR_DATA);
	CHECK(load_odd(path, 2, 16, 16, 16) == ERROR_DATA);
	CHECK(load_odd(path, 2, 32, 31, 16) == ERROR_DATA);
	CHECK(load_odd(path, 2, 32, 32, 8) == ERROR_DATA);
	CHECK(save(path, v, &e) == 0);
	CHECK(file_read(&whole, path, 1 << 20, &e) == 0);
	for (size_t i = 0; i < whole.bytes; i += 1 + i / 16) {
		struct file_out out;
		struct st_file *f;
		struct index x;

		error_clear(&e);
		CHECK(file_out_open(&out, path, &e) == 0);
		file_out_write(&out, whole.data, i, &e);
		CHECK(file_out_commit(&out, &e) == 0);
		f = st_open(path, INDEX_FORMAT, &e);
		CHECK(!f || index_load(&x, f, &e) < 0);
		CHECK(e.code == ERROR_DATA);
		st_close(f);
	}
	buf_free(&whole);
	mem_free(v);
}

/* ---- metrics ------------------------------------------------------------- */

static float plain_score(const float *a, const float *b, size_t dim)
{
	float s = 0;

	for (size_t d = 0; d < dim; d++)
		s = fmaf(a[d], b[d], s);
	return s;
}

static int compare_sizes(const void *a, const void *b)
{
	size_t x = *(const size_t *)a, y = *(const size_t *)b;

	return (x > y) - (x < y);
}

static int same_recall(struct metrics_recall r, size_t *rank, size_t n)
{
	double at1 = 0, at5 = 0, at10 = 0, mean = 0;

	qsort(rank, n, sizeof(*rank), compare_sizes);
	for (size_t i = 0; i < n; i++) {
		at1 += rank[i] <= 1;
		at5 += rank[i] <= 5;
		at10 += rank[i] <= 10;
		mean += (double)rank[i];
	}
	return fabs(r.at1 - 100 * at1 / (double)n) < 1e-9 &&
	       fabs(r.at5 - 100 * at5 / (double)n) < 1e-9 &&
	       fabs(r.at10 - 100 * at10 / (double)n) < 1e-9 &&
	       fabs(r.mean - mean / (double)n) < 1e-9 &&
	       r.median == (double)((rank[(n - 1) / 2] + rank[n / 2]) / 2);
}

/* Ranks one by one, in the words of metrics.h. */
static void check_metrics(size_t n, const size_t *first, size_t dim,
			  int coarse, const struct machine *m)
{
	size_t captions = first[n], asking = 0;
	float *a = random_vectors(n, dim, 60, coarse);
	float *b = random_vectors(captions, dim, 61, coarse);
	size_t *rank = mem_new(n + captions, sizeof(*rank), NULL);
	struct metrics_retrieval r;
	struct error e = { 0 };

	CHECK(metrics_retrieval(&r, a, n, b, first, dim, m, &e) == 0);
	for (size_t i = 0; i < n; i++) {
		float best = -INFINITY;

		if (first[i] == first[i + 1])
			continue;
		for (size_t j = first[i]; j < first[i + 1]; j++)
			best = fmaxf(best, plain_score(a + i * dim, b + j * dim,
						       dim));
		rank[asking] = 1;
		for (size_t j = 0; j < captions; j++)
			rank[asking] += (j < first[i] || j >= first[i + 1]) &&
				plain_score(a + i * dim, b + j * dim, dim) >=
				best;
		asking++;
	}
	CHECK(same_recall(r.image_to_text, rank, asking));
	for (size_t i = 0; i < n; i++) {
		for (size_t j = first[i]; j < first[i + 1]; j++) {
			float own = plain_score(a + i * dim, b + j * dim, dim);

			rank[j] = 1;
			for (size_t o = 0; o < n; o++)
				rank[j] += o != i && plain_score(a + o * dim,
						b + j * dim, dim) >= own;
		}
	}
	CHECK(same_recall(r.text_to_image, rank, captions));
	mem_free(a);
	mem_free(b);
	mem_free(rank);
}

static void test_metrics(void)
{
	static const size_t none[] = { 0, 0 };
	const struct kernels *const *list = kernels_list();
	struct metrics_retrieval r;
	struct error e = { 0 };
	size_t first[41] = { 0 };
	struct pool *pool = pool_open(3, &e);
	float zero[4] = { 0 };

	for (size_t i = 0; i < 40; i++)
		first[i + 1] = first[i] + rng_below(9, 1, i, 6);
	for (; *list; list++) {
		struct machine m = { .kernels = *list, .pool = pool };

		check_metrics(40, first, 7, 0, &m);
		check_metrics(40, first, 3, 1, &m);
		m.pool = NULL;
		check_metrics(39, first, 3, 1, &m);
		CHECK(metrics_retrieval(&r, zero, 1, zero, none, 4, &m, &e) ==
		      ERROR_FAILED);
		error_clear(&e);
	}
	/* all equal: everything wrong stands before what is right */
	struct machine m = { .kernels = kernels_find(NULL), .pool = pool };
	static const size_t two[] = { 0, 1, 2 };
	CHECK(metrics_retrieval(&r, zero, 2, zero, two, 2, &m, &e) == 0);
	CHECK(r.image_to_text.at1 == 0 && r.image_to_text.mean == 2);
	CHECK(r.text_to_image.at1 == 0 && r.text_to_image.median == 2);
	pool_close(pool);
}

/* All orders of m captions for one image that owns the first c: the best rank
 * of its own, by going through all sets of places. */
static void enumerate(size_t m, size_t c, size_t *counts)
{
	memset(counts, 0, (m + 2) * sizeof(*counts));
	for (unsigned set = 0; set < 1u << m; set++) {
		size_t best = 0, size = 0;

		for (size_t i = m; i-- > 0;) {
			if (set >> i & 1) {
				best = i + 1;
				size++;
			}
		}
		if (size == c)
			counts[best]++;
	}
}

static void check_random(const size_t *first, size_t n)
{
	size_t m = first[n], counts[16];
	double at[16] = { 0 }, mean = 0;
	struct metrics_retrieval r;
	size_t median = 1;

	for (size_t i = 0; i < n; i++) {
		double sets = 0, within = 0;

		enumerate(m, first[i + 1] - first[i], counts);
		for (size_t k = 1; k <= m; k++)
			sets += (double)counts[k];
		for (size_t k = 1; k <= m; k++) {
			within += (double)counts[k];
			mean += (double)(k * counts[k]) / sets / (double)n;
			at[k] += within / sets / (double)n;
		}
	}
	while (at[median] < 0.5 - 1e-12)
		median++;
	metrics_random(&r, n, first);
	CHECK(fabs(r.image_to_text.at1 - 100 * at[1]) < 1e-9);
	CHECK(fabs(r.image_to_text.at5 - 100 * at[MIN(m, 5)]) < 1e-9);
	CHECK(fabs(r.image_to_text.at10 - 100 * at[MIN(m, 10)]) < 1e-9);
	CHECK(fabs(r.image_to_text.mean - mean) < 1e-9);
	CHECK(r.image_to_text.median == (double)median);
	CHECK(fabs(r.text_to_image.at1 - 100.0 / (double)n) < 1e-9);
	CHECK(fabs(r.text_to_image.at5 - 100.0 * (double)MIN(n, 5) /
		   (double)n) < 1e-9);
	CHECK(r.text_to_image.mean == (double)(n + 1) / 2);
}

static void test_random(void)
{
	static const size_t single[] = { 0, 1 };
	static const size_t five[] = { 0, 5, 10 };
	static const size_t mixed[] = { 0, 1, 4, 6, 7 };
	static const size_t ones[] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 };

	check_random(single, 1);
	check_random(five, 2);
	check_random(mixed, 4);
	check_random(ones, 11);
}

int main(void)
{
	char path[64];

	if (!mkdtemp(folder))
		return 1;
	snprintf(path, sizeof(path), "%s/index", folder);
	test_topk();
	test_nan();
	test_offer_order();
	test_file(path);
	test_codes(path);
	test_damage(path);
	test_metrics();
	test_random();
	unlink(path);
	rmdir(folder);
	return test_end("search");
}
