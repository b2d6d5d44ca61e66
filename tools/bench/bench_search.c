/*
 * bench_search.c - exact search: data to measure on, and its measurement; run
 * by bench-search.
 *
 *	bench_search make PREFIX VECTORS DIM QUERIES
 *		PREFIX.base.f32, PREFIX.query.f32 (floats, row after row) and
 *		PREFIX.index, of clustered vectors of length 1
 *	bench_search first PREFIX
 *		opens the index, answers one query: two times, in seconds
 *	bench_search serve PREFIX THREADS [KERNELS [CODES]]
 *		reads commands, a line each, and answers with a line each:
 *		"codes FIRST N" or "floats FIRST N": N queries from FIRST on
 *		at once, k = 10: seconds, vectors scored, bytes, then all ids
 *		"read": seconds to read the floats once, their bytes
 *
 * The vectors: 2,000 centres around 64 others, noise that lies in 48 dimensions
 * and some in all.  Queries are made the same way.
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/rng.h"
#include "search/index.h"

enum { K = 10, MOST = 1000, CENTRES = 2000, ABOVE = 64, RANK = 48 };
enum { CHUNK = 1 << 16 };	/* floats a thread reads at a time */

static int stop(const struct error *e)
{
	fprintf(stderr, "bench_search: %s\n", e->text);
	return 1;
}

static const char *path_of(const char *prefix, const char *end)
{
	static char path[4096];

	snprintf(path, sizeof(path), "%s.%s", prefix, end);
	return path;
}

/* ---- data ---------------------------------------------------------------- */

/* Nearly normal: a sum of four uniforms, of variance 1. */
static float noise(uint64_t key, uint64_t i)
{
	uint64_t bits = rng_draw(key, i);
	float sum = 0;

	for (int k = 0; k < 4; k++, bits >>= 16)
		sum += (float)(bits & 0xFFFF) * 0x1p-16f - 0.5f;
	return sum * 1.7320508f;
}

static void normalise(float *v, size_t dim)
{
	double sum = 0;

	for (size_t p = 0; p < dim; p++)
		sum += (double)v[p] * (double)v[p];
	for (size_t p = 0; p < dim; p++)
		v[p] = (float)((double)v[p] / sqrt(sum));
}

struct data {
	size_t dim;
	float *centre, *mix;	/* [CENTRES, dim], [RANK, dim] */
	float *out;
	uint64_t first;
};

static void draw_centres(struct data *d)
{
	const float share = 1 / sqrtf((float)d->dim);

	for (size_t i = 0; i < CENTRES; i++) {
		float *c = d->centre + i * d->dim;

		for (size_t p = 0; p < d->dim; p++)
			c[p] = share * (noise(1, i % ABOVE * d->dim + p) +
					0.9f * noise(2, i * d->dim + p));
		normalise(c, d->dim);
	}
	for (size_t i = 0; i < RANK * d->dim; i++)
		d->mix[i] = noise(3, i) * share / sqrtf(RANK);
}

static void draw_vector(void *context, size_t item, int thread)
{
	const struct data *d = context;
	const uint64_t i = d->first + item;
	float u = rng_uniform(4, 0, i), *v = d->out + item * d->dim;
	const float *c = d->centre + (size_t)(CENTRES * u * u) * d->dim;
	float z[RANK];

	(void)thread;
	for (size_t r = 0; r < RANK; r++)
		z[r] = 0.5f * noise(5, i * RANK + r);
	for (size_t p = 0; p < d->dim; p++)
		v[p] = c[p] + 0.2f * noise(6, i * d->dim + p) /
		       sqrtf((float)d->dim);
	for (size_t r = 0; r < RANK; r++)
		for (size_t p = 0; p < d->dim; p++)
			v[p] += z[r] * d->mix[r * d->dim + p];
	normalise(v, d->dim);
}

static int save(const char *path, const float *v, size_t n, size_t dim)
{
	FILE *f = fopen(path, "wb");
	int bad = !f || fwrite(v, dim * sizeof(*v), n, f) != n;

	bad |= f && fclose(f) != 0;
	if (bad)
		fprintf(stderr, "bench_search: '%s': cannot be written\n",
			path);
	return bad;
}

/* An index without a space around it: what is measured needs none. */
static int save_index(const char *prefix, const float *v, size_t n, size_t dim,
		      struct pool *pool, struct error *e)
{
	struct str *text = mem_new(n, sizeof(*text), e);
	struct index_content c = { .count = n, .dim = dim, .vectors = v,
				   .id = text, .path = text, .caption = text,
				   .pool = pool };
	struct st_file *none = NULL;
	struct st_writer *w;

	for (size_t i = 0; text && i < n; i++)
		text[i] = str_of("");
	w = text ? st_create(path_of(prefix, "index"), "none", e) : NULL;
	if (w && st_commit(w, e) == 0)
		none = st_open(path_of(prefix, "index"), "none", e);
	if (none)
		index_write(path_of(prefix, "index"), none, &c, e);
	st_close(none);
	mem_free(text);
	return e->code;
}

static int make(const char *prefix, size_t n, size_t dim, size_t q)
{
	struct error e = { 0 };
	struct data d = {
		.dim = dim,
		.centre = mem_new(CENTRES * dim, sizeof(float), &e),
		.mix = mem_new(RANK * dim, sizeof(float), &e),
		.out = mem_new(n * dim, sizeof(float), &e),
	};
	struct pool *pool = pool_open(0, &e);
	double start;
	int bad = 1;

	if (e.code)
		return stop(&e);
	draw_centres(&d);
	d.first = n;
	pool_run(pool, q, draw_vector, &d);
	if (save(path_of(prefix, "query.f32"), d.out, q, dim))
		goto done;
	d.first = 0;
	pool_run(pool, n, draw_vector, &d);
	if (save(path_of(prefix, "base.f32"), d.out, n, dim))
		goto done;
	start = clock_now();
	bad = save_index(prefix, d.out, n, dim, pool, &e) < 0 && stop(&e);
	printf("written in %.1f s\n", clock_now() - start);
done:
	mem_free(d.centre);
	mem_free(d.mix);
	mem_free(d.out);
	pool_close(pool);
	return bad;
}

/* ---- measurement --------------------------------------------------------- */

static struct hit hits[MOST * K];
static size_t found[MOST];

struct bench {
	struct st_file *file;
	struct index x;
	struct machine m;
	float *queries;
	size_t count;			/* of queries */
	char *workspace;
};

static int bench_open(struct bench *b, const char *prefix, struct error *e)
{
	b->file = st_open(path_of(prefix, "index"), INDEX_FORMAT, e);
	return b->file ? index_load(&b->x, b->file, e) : e->code;
}

static int bench_queries(struct bench *b, const char *prefix, struct error *e)
{
	FILE *f = fopen(path_of(prefix, "query.f32"), "rb");

	b->queries = mem_new(MOST * b->x.dim, sizeof(float), e);
	if (f && b->queries)
		b->count = fread(b->queries, b->x.dim * sizeof(float), MOST, f);
	if (f)
		fclose(f);
	b->workspace = mem_new(index_workspace_bytes(&b->x, &b->m, MOST, K), 1,
			       e);
	return e->code || b->count ? e->code :
	       fail(e, ERROR_FAILED, "'%s.query.f32' cannot be read", prefix);
}

static struct index_cost search(const struct bench *b, int codes, size_t first,
				size_t n)
{
	struct index x = b->x;

	if (!codes)
		x.codes = NULL;
	return index_search(&x, &b->m, b->queries + first * x.dim, n, K, -1,
			    hits, found, b->workspace);
}

/* Per thread, so that no read is left out. */
static float sums[64];

static void read_chunk(void *context, size_t item, int thread)
{
	const struct bench *b = context;
	const float *at = b->x.panels + item * CHUNK;

	sums[thread & 63] += b->m.kernels->dot(at, at, CHUNK);
}

static void serve_read(struct bench *b)
{
	size_t chunks = b->x.count * b->x.dim / CHUNK;
	double start = clock_now();

	pool_run(b->m.pool, chunks, read_chunk, b);
	printf("%.6f %zu\n", clock_now() - start, chunks * CHUNK * 4);
}

static void serve_search(struct bench *b, int codes, size_t first, size_t n)
{
	double start = clock_now(), seconds;
	struct index_cost cost = search(b, codes, first, n);

	seconds = clock_now() - start;
	printf("%.6f %" PRIu64 " %" PRIu64, seconds, cost.scored, cost.bytes);
	for (size_t i = 0; i < n * K; i++)
		printf(" %" PRIu32, hits[i].picture);
	printf("\n");
}

static void serve_lines(struct bench *b)
{
	char line[100], what[20];

	while (fgets(line, sizeof(line), stdin)) {
		size_t first = 0, n = 0;

		if (sscanf(line, "%19s %zu %zu", what, &first, &n) == 3 &&
		    first + n <= b->count)
			serve_search(b, strcmp(what, "codes") == 0, first, n);
		else if (strcmp(what, "read") == 0)
			serve_read(b);
		else
			printf("?\n");
		fflush(stdout);
	}
}

static int serve(const char *prefix, int threads, const char *kernels,
		 const char *codes)
{
	const struct codes *list[CODES_MAX_TABLES];
	struct bench b = { 0 };
	struct error e = { 0 };

	if (machine_open(&b.m, kernels, threads, &e) < 0 ||
	    bench_open(&b, prefix, &e) < 0 ||
	    bench_queries(&b, prefix, &e) < 0)
		return stop(&e);
	for (size_t i = codes_list(list); codes && i-- > 0;)
		if (strcmp(list[i]->name, codes) == 0)
			b.m.codes = list[i];
	printf("%s %s %zu %zu\n", b.m.kernels->name, b.m.codes ?
	       b.m.codes->name : codes_find(b.m.kernels->name)->name,
	       b.x.count, b.x.dim);
	fflush(stdout);
	serve_lines(&b);
	mem_free(b.workspace);
	mem_free(b.queries);
	st_close(b.file);
	machine_close(&b.m);
	return 0;
}

static int first(const char *prefix)
{
	struct bench b = { 0 };
	struct error e = { 0 };
	double start = clock_now(), opened;

	if (machine_open(&b.m, NULL, 0, &e) < 0 ||
	    bench_open(&b, prefix, &e) < 0)
		return stop(&e);
	opened = clock_now();
	if (bench_queries(&b, prefix, &e) < 0)
		return stop(&e);
	search(&b, 1, 0, 1);
	printf("%.6f %.6f %" PRIu32 "\n", opened - start, clock_now() - start,
	       hits[0].picture);
	mem_free(b.workspace);
	mem_free(b.queries);
	st_close(b.file);
	machine_close(&b.m);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 6 && strcmp(argv[1], "make") == 0)
		return make(argv[2], strtoul(argv[3], NULL, 10),
			    strtoul(argv[4], NULL, 10),
			    MIN(strtoul(argv[5], NULL, 10), (size_t)MOST));
	if (argc == 3 && strcmp(argv[1], "first") == 0)
		return first(argv[2]);
	if (argc >= 4 && strcmp(argv[1], "serve") == 0)
		return serve(argv[2], atoi(argv[3]), argc > 4 ? argv[4] : NULL,
			     argc > 5 ? argv[5] : NULL);
	fprintf(stderr, "usage: bench_search make PREFIX VECTORS DIM QUERIES | "
		"first PREFIX | serve PREFIX THREADS [KERNELS [CODES]]\n");
	return 2;
}
