/*
 * bench_gemm.c - gemm against the machine's FMA limit.
 *
 *	cc -O2 -pthread -Isrc -Isimd tools/bench/bench_gemm.c build/libseesay.a -lm
 *	a.out [THREADS]
 *
 * For every kernel table: square products, fastest and median of alternating
 * runs, beside the rate of a loop of nothing but fmas
 * (the tile kernel at a depth where all of A and B sit in the first cache is
 * not that limit: the loop here keeps everything in registers).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "math/gemm.h"

enum { RUNS = 15 };

/* 12 chains of fmas that start from different values, so that a compiler
 * cannot merge them. */
#define FMA_LOOP(NAME, TARGET, TYPE, SET, FMA, FLOATS)                        \
	TARGET static double NAME(long steps)                                \
	{                                                                    \
		TYPE x = SET(0.999f), y = SET(1e-6f), a[12];                 \
		double start;                                                \
									     \
		for (int i = 0; i < 12; i++)                                 \
			a[i] = SET(steps_value + (float)i);                  \
		start = clock_now();                                         \
		for (long s = 0; s < steps; s++) {                           \
			a[0] = FMA(a[0], x, y), a[1] = FMA(a[1], x, y);      \
			a[2] = FMA(a[2], x, y), a[3] = FMA(a[3], x, y);      \
			a[4] = FMA(a[4], x, y), a[5] = FMA(a[5], x, y);      \
			a[6] = FMA(a[6], x, y), a[7] = FMA(a[7], x, y);      \
			a[8] = FMA(a[8], x, y), a[9] = FMA(a[9], x, y);      \
			a[10] = FMA(a[10], x, y), a[11] = FMA(a[11], x, y);  \
		}                                                            \
		for (int i = 1; i < 12; i++)                                 \
			a[0] = FMA(a[0], a[i], y);                           \
		memcpy(fma_sink, &a[0], sizeof(a[0]));                       \
		return 24.0 * FLOATS * (double)steps /                       \
		       (clock_now() - start) * 1e-9;                         \
	}

static volatile float steps_value = 1;
float fma_sink[16];		/* seen from outside: the work must be done */

#if defined(__x86_64__)
#include <immintrin.h>
FMA_LOOP(limit_avx2, __attribute__((target("avx2,fma"))), __m256,
	 _mm256_set1_ps, _mm256_fmadd_ps, 8)
FMA_LOOP(limit_avx512, __attribute__((target("avx512f"))), __m512,
	 _mm512_set1_ps, _mm512_fmadd_ps, 16)
#elif defined(__aarch64__)
#include <arm_neon.h>
#define NEON_FMA(a, b, c) vfmaq_f32(c, a, b)
FMA_LOOP(limit_neon, , float32x4_t, vdupq_n_f32, NEON_FMA, 4)
#endif

/* GFLOP/s of nothing but fmas on one thread, 0 where it is not known. */
static double limit(const char *name)
{
#if defined(__x86_64__)
	if (!strcmp(name, "avx2"))
		return limit_avx2(2000000);
	if (!strcmp(name, "avx512"))
		return limit_avx512(2000000);
#elif defined(__aarch64__)
	if (!strcmp(name, "neon"))
		return limit_neon(2000000);
#endif
	(void)name;
	return 0;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void report(const char *what, double *rate, const double *top)
{
	double best[RUNS];

	memcpy(best, top, sizeof(best));
	qsort(rate, RUNS, sizeof(*rate), by_value);
	qsort(best, RUNS, sizeof(*best), by_value);
	printf("  %-22s median %7.1f  best %7.1f GFLOP/s", what,
	       rate[RUNS / 2], rate[RUNS - 1]);
	if (best[RUNS / 2] > 0)
		printf("  limit %7.1f  median is %5.1f %%", best[RUNS / 2],
		       100 * rate[RUNS / 2] / best[RUNS / 2]);
	printf("\n");
	fflush(stdout);
}

static void bench_square(const struct machine *m, size_t n)
{
	struct error e = { 0 };
	float *a = mem_new(n * n, 4, &e), *b = mem_new(n * n, 4, &e);
	float *c = mem_new(n * n, 4, &e);
	float *packed = mem_new(gemm_packed_floats(m->kernels, n, n), 4, &e);
	double rate[RUNS], top[RUNS], flops = 2.0 * (double)(n * n * n);
	int threads = pool_threads(m->pool);
	char what[64];

	for (size_t i = 0; i < n * n; i++)
		a[i] = b[i] = (float)(i % 13) - 6;
	for (int r = 0; r < RUNS; r++) {
		int times = 0;
		double start = clock_now(), spent;

		do {
			gemm_pack(m->kernels, packed, b, n, 1, n, n);
			gemm(m, c, n, a, n, packed, n, n, n);
			times++;
			spent = clock_now() - start;
		} while (spent < 0.02);
		rate[r] = flops * times / spent * 1e-9;
		top[r] = limit(m->kernels->name) * threads;
	}
	snprintf(what, sizeof(what), "gemm %zu^3, packing too", n);
	report(what, rate, top);
	mem_free(a), mem_free(b), mem_free(c), mem_free(packed);
}

int main(int argc, char **argv)
{
	for (const struct kernels *const *k = kernels_list(); *k; k++) {
		struct error e = { 0 };
		struct machine m;

		if (machine_open(&m, (*k)->name, argc > 1 ? atoi(argv[1]) : 1,
				 &e) < 0)
			return 1;
		printf("%s, %d thread%s\n", (*k)->name, pool_threads(m.pool),
		       pool_threads(m.pool) == 1 ? "" : "s");
		for (size_t n = 128; n <= 1024; n *= 2)
			if ((*k)->tile_rows > 4 || n < 256)
				bench_square(&m, n);
		machine_close(&m);
	}
	return 0;
}
