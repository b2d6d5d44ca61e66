/*
 * check_bench.c - how fast the kernels are, and of what limit.
 *
 * First the machine: its own multiply-add peak for each instruction set, by a
 * loop with more independent chains than latency x units, and its copy and
 * read speed.  Then each kernel on data in the first cache: 30 samples of at
 * least a millisecond, two sets of buffers in turn, fastest and median.
 */
#include "check.h"

#include <fnmatch.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#if defined(__x86_64__) || defined(__i386__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

enum { SAMPLES = 30, SAMPLE_NS = 1000000, PEAK_STEPS = 4096,
       MEMORY_BYTES = 64 << 20, CACHE_BYTES = 8192 };

static double now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

struct timing { double fastest, median; };	/* ns per call */

static int compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double sample(void (*f)(void *, size_t), void *own, size_t calls)
{
	double start = now_ns();

	for (size_t i = 0; i < calls; i++)
		f(own, i);
	return now_ns() - start;
}

static struct timing measure(void (*f)(void *, size_t), void *own)
{
	double ns[SAMPLES];
	size_t calls = 1;

	while (sample(f, own, calls) < SAMPLE_NS)
		calls *= 2;
	for (int i = 0; i < SAMPLES; i++)
		ns[i] = sample(f, own, calls) / (double)calls;
	qsort(ns, SAMPLES, sizeof(*ns), compare_doubles);
	return (struct timing){ ns[0], ns[SAMPLES / 2] };
}

/* For the machine's limits, which a busy machine must not hide: again. */
static double fastest_ns(void (*f)(void *, size_t), void *own)
{
	double best = INFINITY;

	for (int i = 0; i < 6; i++)
		best = fmin(best, measure(f, own).fastest);
	return best;
}

/* ---- the machine's limits -------------------------------------------------
 * CHAINS multiply-adds that do not wait for each other, PEAK_STEPS times. */

static volatile float peak_sink;

#define PEAK(name, attributes, type, lanes, chains, set, fma, first)          \
	attributes static void peak_##name(void *own, size_t call)            \
	{                                                                     \
		type c[chains], m = set(0.999f);                              \
		(void)own, (void)call;                                        \
		for (int i = 0; i < chains; i++)                              \
			c[i] = set((float)i);                                 \
		for (int s = 0; s < PEAK_STEPS; s++)                          \
			UNROLL for (int i = 0; i < chains; i++)               \
				c[i] = fma(c[i], m, m);                       \
		for (int i = 1; i < chains; i++)                              \
			c[0] = fma(c[i], m, c[0]);                            \
		peak_sink = first(c[0]);                                      \
	}                                                                     \
	enum { peak_##name##_flops = 2 * (lanes) * (chains) * PEAK_STEPS };

#ifdef __clang__
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 32")
#endif

#define SELF(x) (x)
PEAK(scalar, , float, 1, 8, SELF, fmaf, SELF)
#if defined(__x86_64__) || defined(__i386__)
PEAK(avx2, __attribute__((target("avx2,fma"))), __m256, 8, 12, _mm256_set1_ps,
     _mm256_fmadd_ps, _mm256_cvtss_f32)
#endif
#if defined(__x86_64__)
PEAK(avx512, __attribute__((target("avx512f"))), __m512, 16, 16,
     _mm512_set1_ps, _mm512_fmadd_ps, _mm512_cvtss_f32)
#endif
#if defined(__aarch64__)
#define NEON_FMA(a, b, c) vfmaq_f32(c, a, b)
#define NEON_FIRST(v) vgetq_lane_f32(v, 0)
PEAK(neon, , float32x4_t, 4, 24, vdupq_n_f32, NEON_FMA, NEON_FIRST)
#endif

/* GFLOP/s */
static double peak_of(const char *name)
{
	(void)name;
#if defined(__x86_64__) || defined(__i386__)
	if (!strcmp(name, "avx2"))
		return peak_avx2_flops / fastest_ns(peak_avx2, NULL);
#endif
#if defined(__x86_64__)
	if (!strcmp(name, "avx512"))
		return peak_avx512_flops / fastest_ns(peak_avx512, NULL);
#endif
#if defined(__aarch64__)
	if (!strcmp(name, "neon"))
		return peak_neon_flops / fastest_ns(peak_neon, NULL);
#endif
	return peak_scalar_flops / fastest_ns(peak_scalar, NULL);
}

struct block { char *to, *from; size_t bytes; };

static void copy_call(void *own, size_t call)
{
	struct block *b = own;

	(void)call;
	memcpy(b->to, b->from, b->bytes);
	__asm__ volatile("" : : "r"(b->to) : "memory");
}

static volatile uint64_t read_sink;

static void read_call(void *own, size_t call)
{
	struct block *b = own;
	uint64_t sum[4] = { 0 }, word[4];

	(void)call;
	for (size_t i = 0; i + 32 <= b->bytes; i += 32) {
		memcpy(word, b->from + i, 32);
		for (int j = 0; j < 4; j++)
			sum[j] += word[j];
	}
	read_sink = sum[0] + sum[1] + sum[2] + sum[3];
}

/* Read and written bytes both count.  GB/s */
static double copy_speed(size_t bytes)
{
	static _Alignas(64) char small[2][CACHE_BYTES];
	struct block b = { small[0], small[1], bytes };
	double ns;

	if (bytes <= CACHE_BYTES)
		return 2.0 * (double)bytes / fastest_ns(copy_call, &b);
	b.to = calloc(2, bytes);
	if (!b.to)
		return 0;
	memset(b.to, 1, 2 * bytes);
	b.from = b.to + bytes;
	ns = fastest_ns(copy_call, &b);
	free(b.to);
	return 2.0 * (double)bytes / ns;
}

static double read_speed(size_t bytes)
{
	struct block b = { NULL, malloc(bytes), bytes };
	double ns;

	if (!b.from)
		return 0;
	memset(b.from, 1, bytes);
	ns = fastest_ns(read_call, &b);
	free(b.from);
	return (double)bytes / ns;
}

/* ---- the kernels ----------------------------------------------------------
 * flops and floats moved (read or written) per inner element; the elements
 * are n x rows x taps x depth, what is 0 left out.  Rows of a matrix tile and
 * its columns are the table's. */

struct shape {
	const char *test;
	size_t n, rows, taps, depth;
	double flops, floats;
	int tiled, by_copy;	/* by_copy: the limit is copying */
};

static const struct shape shapes[] = {
	{ "dot", 300, 0, 0, 0, 2, 2, 0, 0 },
	{ "dot", 1024, 0, 0, 0, 2, 2, 0, 0 },
	{ "sum", 1024, 0, 0, 0, 1, 1, 0, 0 },
	{ "tile", 0, 0, 1, 256, 2, 0, 1, 0 },
	{ "tile", 0, 0, 9, 64, 2, 0, 1, 0 },
	{ "outer", 0, 0, 0, 256, 2, 0, 1, 0 },
	{ "score", 16, 0, 0, 300, 2, 0, 1, 0 },
	{ "depthwise", 128, 0, 3, 3, 2, 0, 1, 0 },
	{ "depthwise", 128, 0, 5, 5, 2, 0, 1, 0 },
	{ "depthwise_outer", 64, 0, 0, 128, 2, 0, 0, 0 },
	{ "winograd_input", 64, 0, 0, 0, 0, 72, 0, 1 },
	{ "winograd_output", 64, 4, 4, 0, 0, 53.0 / 16, 0, 1 },
	{ "winograd_weights", 64, 0, 0, 0, 0, 45, 0, 1 },
	{ "winograd_gradient", 64, 4, 4, 0, 0, 52.0 / 16, 0, 1 },
	{ "winograd_weights_back", 64, 0, 0, 0, 0, 54, 0, 1 },
	{ "axpy", 1024, 0, 0, 0, 2, 3, 0, 1 },
	{ "scale", 1024, 0, 0, 0, 1, 2, 0, 1 },
	{ "add", 1024, 0, 0, 0, 1, 3, 0, 1 },
	{ "mul", 1024, 0, 0, 0, 1, 3, 0, 1 },
	{ "relu", 1024, 0, 0, 0, 0, 2, 0, 1 },
	{ "relu_back", 1024, 0, 0, 0, 0, 3, 0, 1 },
	{ "sum_rows", 64, 16, 0, 0, 1, 1, 0, 1 },
	{ "square_rows", 64, 16, 0, 0, 3, 1, 0, 1 },
	{ "dot_rows", 64, 16, 0, 0, 2, 2, 0, 1 },
	{ "affine_rows", 64, 16, 0, 0, 2, 2, 0, 1 },
	{ "affine2_rows", 64, 16, 0, 0, 4, 3, 0, 1 },
	{ "pool_max", 128, 0, 9, 0, 0, 1, 0, 1 },
	{ "pool_max_back", 128, 0, 9, 0, 0, 3, 0, 1 },
	{ "pool_sum", 128, 0, 9, 0, 1, 1, 0, 1 },
	{ "lrn", 96, 8, 0, 0, 0, 2, 0, 1 },
	{ "lrn_back", 96, 8, 0, 0, 0, 4, 0, 1 },
	{ "exp", 1024, 0, 0, 0, 0, 2, 0, 1 },
	{ "log", 1024, 0, 0, 0, 0, 2, 0, 1 },
	{ "tanh", 1024, 0, 0, 0, 0, 2, 0, 1 },
	{ "sigmoid", 1024, 0, 0, 0, 0, 2, 0, 1 },
	{ "pow", 1024, 0, 0, 0, 0, 2, 0, 1 },
	{ "exp_digamma", 1024, 0, 0, 0, 0, 2, 0, 1 },
	{ "softmax", 1024, 0, 0, 0, 0, 2, 0, 1 },
	{ "glove", 100, 0, 16, 0, 0, 8, 0, 1 },
	{ "glove", 300, 0, 8, 0, 0, 8, 0, 1 },
	{ "dots", 112, 0, 6, 0, 2, 1, 0, 0 },
	{ "sgns", 112, 0, 6, 0, 4, 2, 0, 0 },
	{ "spread", 112, 0, 9, 0, 1, 2, 0, 1 },
	{ "lda", 200, 0, 0, 0, 0, 7, 0, 1 },
	{ "sgd", 1024, 0, 0, 0, 6, 5, 0, 1 },
	{ "adam", 1024, 0, 0, 0, 14, 7, 0, 1 },
};

struct bench {
	const struct kernels *k;
	const struct check_test *t;
	struct check_case c;
	struct check_args x[2];
};

static void bench_call(void *own, size_t call)
{
	struct bench *b = own;

	b->t->call(b->k, &b->c, &b->x[call & 1]);
}

static void bench_fill(struct bench *b)
{
	/* APART: operands do not share the low address bits, or loads would
	 * wait for stores 4096 bytes apart. */
	enum { APART = 80, ROOM = 9 * 256 * KERNELS_MAX_COLUMNS };
	static _Alignas(64) float data[2][CHECK_OPERANDS]
				      [ROOM + APART * CHECK_OPERANDS];
	static const float *row[2][CHECK_POINTERS];
	uint64_t random = 42;

	for (int set = 0; set < 2; set++) {
		for (int i = 0; i < b->c.operands; i++) {
			float *p = b->x[set].p[i] = data[set][i] + APART * i;
			size_t n = check_operand_floats(&b->c.operand[i]);

			for (size_t j = 0; j < n; j++)
				p[j] = fabsf(check_uniform(&random)) + 0x1p-20f;
		}
		b->x[set].row = row[set];
		if (b->t->point)
			b->t->point(&b->c, &b->x[set]);
	}
}

static struct timing bench_shape(const struct kernels *k, const struct shape *s,
				 double *elements)
{
	struct bench b = { .k = k, .t = check_find(s->test) };

	b.c = (struct check_case){ .n = s->n, .rows = s->rows, .taps = s->taps,
				   .depth = s->depth, .a = 0.01f, .b = 0.05f,
				   .c = 1e-4f, .seed = 1 };
	if (s->tiled) {
		b.c.rows = b.c.step = k->tile_rows;
		b.c.panel = k->tile_columns;
		if (!s->n)
			b.c.n = k->tile_columns;
	}
	*elements = (double)b.c.n * (double)(b.c.rows ? b.c.rows : 1) *
		    (double)(s->taps ? s->taps : 1) *
		    (double)(s->depth ? s->depth : 1);
	b.t->shape(&b.c);
	bench_fill(&b);
	return measure(bench_call, &b);
}

static const char *shape_name(const struct shape *s, const struct kernels *k)
{
	static char text[64];

	if (s->tiled)
		snprintf(text, sizeof(text), "%zux%zu d%zu t%zu", k->tile_rows,
			 s->n ? s->n : k->tile_columns,
			 s->depth ? s->depth : 1, s->taps ? s->taps : 1);
	else if (s->rows || s->taps || s->depth)
		snprintf(text, sizeof(text), "%zux%zu",
			 s->rows ? s->rows * (s->taps ? s->taps : 1) :
			 s->taps ? s->taps : s->depth, s->n);
	else
		snprintf(text, sizeof(text), "%zu", s->n);
	return text;
}

/* Per cent of the multiply-add peak, or of copying. */
static void print_line(const struct kernels *k, const struct shape *s,
		       struct timing t, double elements, double scalar_ns,
		       double peak, double copy, int csv)
{
	double gflops = s->flops * elements / t.fastest;
	double gbytes = s->floats * 4 * elements / t.fastest;
	double percent = s->by_copy ? 100 * gbytes / copy :
			 100 * gflops / peak;

	printf(csv ? "%s,%s,%s,%.1f,%.1f,%.2f,%.2f,%.2f,%.1f\n" :
	       "%-7s %-21s %-12s %9.1f %9.1f %8.2f %8.2f %8.2f %6.1f\n",
	       k->name, s->test, shape_name(s, k), t.fastest, t.median, gflops,
	       gbytes, scalar_ns / t.fastest, percent);
}

/* One shape on all tables; work per ns is compared, since tiles differ. */
static void bench_tables(const struct shape *s, const char *kernels,
			 const double *peaks, double copy, int csv)
{
	double scalar_ns = 0, scalar_elements = 1, elements;

	for (size_t i = 0; kernels_list()[i]; i++) {
		const struct kernels *k = kernels_list()[i];
		struct timing t;

		if (i && fnmatch(kernels, k->name, 0))
			continue;
		t = bench_shape(k, s, &elements);
		if (!i) {
			scalar_ns = t.fastest;
			scalar_elements = elements;
		}
		if (!fnmatch(kernels, k->name, 0))
			print_line(k, s, t, elements,
				   scalar_ns * elements / scalar_elements,
				   peaks[i], copy, csv);
	}
}

void check_bench(const char *kernels, const char *tests, int csv)
{
	double peaks[8] = { 0 }, copy = copy_speed(CACHE_BYTES);
	const char *mark = csv ? "# " : "";

	for (size_t i = 0; kernels_list()[i] && i < 8; i++) {
		peaks[i] = peak_of(kernels_list()[i]->name);
		printf("%smultiply-add peak, %s: %.1f GFLOP/s\n", mark,
		       kernels_list()[i]->name, peaks[i]);
	}
	printf("%scopy in the first cache: %.1f GB/s\n", mark, copy);
	printf("%scopy in memory: %.1f GB/s\n", mark, copy_speed(MEMORY_BYTES));
	printf("%sread of memory: %.1f GB/s\n", mark, read_speed(MEMORY_BYTES));
	printf(csv ? "kernels,test,shape,fastest_ns,median_ns,gflops,gbytes,"
		     "times_scalar,percent_of_limit\n" :
		     "kernels test                  shape          fastest    "
		     "median  GFLOP/s     GB/s  xscalar  limit\n");
	for (size_t i = 0; i < sizeof(shapes) / sizeof(*shapes); i++)
		if (!fnmatch(tests, shapes[i].test, 0))
			bench_tables(&shapes[i], kernels, peaks, copy, csv);
}
