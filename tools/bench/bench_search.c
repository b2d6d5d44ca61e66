/*
 * bench_search.c - exact search beside what the memory can deliver.
 *
 *	cc -O2 -std=c11 -D_POSIX_C_SOURCE=200809L -D_XOPEN_SOURCE=700 \
 *		-D_DEFAULT_SOURCE -pthread -ffp-contract=off -Isrc -Isimd \
 *		-o bench_search tools/bench/bench_search.c build/libseesay.a -lm
 *	./bench_search [VECTORS [DIM [KERNELS]]]
 *
 * Random vectors, 1,000,000 x 300 by default (1.2 GB).  For 1 and 2 threads:
 * the time of reading the whole array (the best of several), of one query
 * (median and best) and its share of the read rate, and of 100 queries at once.
 * Speed does not depend on the values but for the heap, which random vectors
 * ask more of than a real query does.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/rng.h"
#include "search/index.h"

enum { READS = 7, SINGLES = 31, BATCH = 100, BATCHES = 3, K = 10 };
enum { CHUNK = 1 << 16 };	/* floats a thread reads at a time */

static struct hit hits[BATCH * K];
static size_t found[BATCH];

struct reading {
	const struct kernels *kernels;
	const float *data;
	size_t floats;
	float sum[64];		/* per thread, so that no read is left out */
};

/* A dot product with itself: one pass, fast enough to wait for memory only. */
static void read_chunk(void *context, size_t item, int thread)
{
	struct reading *r = context;
	size_t begin = item * CHUNK, end = MIN(begin + CHUNK, r->floats);

	r->sum[thread & 63] += r->kernels->dot(r->data + begin,
					       r->data + begin, end - begin);
}

static double time_read(struct reading *r, struct pool *pool)
{
	double start = clock_now();

	pool_run(pool, (r->floats + CHUNK - 1) / CHUNK, read_chunk, r);
	return clock_now() - start;
}

static double time_search(const struct index *x, const struct machine *m,
			  const float *queries, size_t q, void *workspace)
{
	double start = clock_now();

	index_search(x, m, queries, q, K, -1, hits, found, workspace);
	return clock_now() - start;
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void bench(const struct index *x, const struct machine *m,
		  const float *queries, const char *label)
{
	size_t floats = (x->count + KERNELS_PANEL - 1) / KERNELS_PANEL *
			x->dim * KERNELS_PANEL;
	double gb = (double)floats * 4e-9, single[SINGLES], read[READS];
	struct reading reading = { m->kernels, x->panels, floats, { 0 } };
	struct error e = { 0 };
	void *workspace = mem_new(index_workspace_bytes(x, m, BATCH, K), 1, &e);
	double batch[BATCHES];

	/* reads between the searches: both see the same neighbours */
	for (size_t i = 0; i < SINGLES; i++) {
		if (i % 5 == 0)
			read[i / 5] = time_read(&reading, m->pool);
		single[i] = time_search(x, m, queries + i * x->dim, 1,
					workspace);
	}
	for (size_t i = 0; i < BATCHES; i++)
		batch[i] = time_search(x, m, queries, BATCH, workspace);
	qsort(single, SINGLES, sizeof(*single), ascending);
	qsort(read, READS, sizeof(*read), ascending);
	qsort(batch, BATCHES, sizeof(*batch), ascending);
	printf("%s: read %.1f GB/s best, %.1f median; one query %.1f ms p50, "
	       "%.1f best, %.0f %% of the read rate (medians); %d queries "
	       "%.0f ms, %.1f GFLOP/s\n", label, gb / read[0],
	       gb / read[READS / 2], 1e3 * single[SINGLES / 2],
	       1e3 * single[0], 100 * read[READS / 2] / single[SINGLES / 2],
	       BATCH, 1e3 * batch[0], 0.5 * gb * BATCH / batch[0]);
	mem_free(workspace);
}

struct filling {
	float *data;
	size_t floats;
};

static void fill_chunk(void *context, size_t item, int thread)
{
	struct filling *f = context;
	size_t end = MIN((item + 1) * CHUNK, f->floats);

	(void)thread;
	for (size_t i = item * CHUNK; i < end; i++)
		f->data[i] = rng_uniform(1, rng_stream(RNG_TEST, 0, 0), i) -
			     0.5f;
}

int main(int argc, char **argv)
{
	size_t n = argc > 1 ? strtoul(argv[1], NULL, 10) : 1000000;
	size_t dim = argc > 2 ? strtoul(argv[2], NULL, 10) : 300;
	size_t panels = (n + KERNELS_PANEL - 1) / KERNELS_PANEL;
	struct error e = { 0 };
	float *data = mem_new(panels * KERNELS_PANEL * dim, sizeof(float), &e);
	float *queries = mem_new(BATCH * dim, sizeof(float), &e);
	struct index x = { .count = n, .dim = dim, .panels = data };

	if (!data || !queries) {
		fprintf(stderr, "%s\n", e.text);
		return 1;
	}
	for (int threads = 1; threads <= 2; threads++) {
		struct filling f[] = {
			{ data, panels * KERNELS_PANEL * dim },
			{ queries, BATCH * dim },
		};
		struct machine m;
		char label[64];

		if (machine_open(&m, argc > 3 ? argv[3] : NULL, threads,
				 &e) < 0) {
			fprintf(stderr, "%s\n", e.text);
			return 1;
		}
		for (size_t i = 0; threads == 1 && i < 2; i++)
			pool_run(m.pool, (f[i].floats + CHUNK - 1) / CHUNK,
				 fill_chunk, &f[i]);
		snprintf(label, sizeof(label), "%s, %d thread%s",
			 m.kernels->name, threads, threads > 1 ? "s" : "");
		bench(&x, &m, queries, label);
		machine_close(&m);
	}
	mem_free(queries);
	mem_free(data);
	return 0;
}
