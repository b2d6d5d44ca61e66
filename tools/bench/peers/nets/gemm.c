/*
 * gemm.c - square products: ours, OpenBLAS and oneDNN by turns in one process.
 *
 *	cc -O2 -pthread -Isrc -Isimd -o gemm tools/bench/peers/nets/gemm.c \
 *		build/libseesay.a -lm -ldl
 *	gemm THREADS KERNELS ROUNDS SECONDS N...
 *
 * C += A * B in row-major floats, packing included for all; B is packed anew
 * by every call.  The libraries are opened when they are there (Debian:
 * libopenblas0, libdnnl2); OPENBLAS_CORETYPE and ONEDNN_MAX_CPU_ISA say which
 * of their kernels run.  Results are compared before anything is timed.  A
 * line of JSON for each N: GFLOP/s of each round.
 */
#include <dlfcn.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "math/gemm.h"

enum { SIDES = 3, MAX_ROUNDS = 99 };

static struct machine machine;
static float *a, *b, *c, *packed;

/* Which library, whether it is there, and one product. */
static struct side {
	const char *name;
	int there;
	void (*multiply)(int n);
	double rate[MAX_ROUNDS];
} sides[SIDES];

static void (*cblas_sgemm)(int order, int ta, int tb, int m, int n, int k,
			   float alpha, const float *x, int lda, const float *y,
			   int ldb, float beta, float *z, int ldc);
static int (*dnnl_sgemm)(char ta, char tb, long m, long n, long k, float alpha,
			 const float *x, long lda, const float *y, long ldb,
			 float beta, float *z, long ldc);
static const char *core = "", *config = "";
static char dnnl_text[40];

static void ours(int n)
{
	size_t s = (size_t)n;

	gemm_pack(machine.kernels, packed, b, s, 1, s, s);
	gemm(&machine, c, s, a, s, packed, s, s, s);
}

static void openblas(int n)
{
	cblas_sgemm(101, 111, 111, n, n, n, 1, a, n, b, n, 1, c, n);
}

static void onednn(int n)
{
	dnnl_sgemm('N', 'N', n, n, n, 1, a, n, b, n, 1, c, n);
}

/* The address of a function as a pointer to one: POSIX allows it, C does not
 * say it. */
static int symbol(void *library, const char *name, void *target)
{
	void *at = library ? dlsym(library, name) : NULL;

	memcpy(target, &at, sizeof(at));
	return at != NULL;
}

static void *open_any(const char *const *names)
{
	void *library = NULL;

	for (; *names && !library; names++)
		library = dlopen(*names, RTLD_NOW | RTLD_LOCAL);
	return library;
}

static void libraries_open(int threads)
{
	static const char *const blas[] = { "libopenblas.so.0",
					    "libopenblas.so", NULL };
	static const char *const dnnl[] = { "libdnnl.so.3", "libdnnl.so.2",
					    "libdnnl.so", NULL };
	void (*set_threads)(int);
	char *(*text)(void);
	const int *(*numbers)(void);	/* the struct begins with three */
	void *library = open_any(blas);

	if (symbol(library, "openblas_set_num_threads", &set_threads))
		set_threads(threads);
	if (symbol(library, "openblas_get_corename", &text))
		core = text();
	if (symbol(library, "openblas_get_config", &text))
		config = text();
	sides[0] = (struct side){ .name = "ours", 1, ours };
	sides[1] = (struct side){ .name = "openblas", .multiply = openblas };
	sides[1].there = symbol(library, "cblas_sgemm", &cblas_sgemm);
	library = open_any(dnnl);
	sides[2] = (struct side){ .name = "onednn", .multiply = onednn };
	sides[2].there = symbol(library, "dnnl_sgemm", &dnnl_sgemm);
	if (symbol(library, "dnnl_version", &numbers))
		snprintf(dnnl_text, sizeof(dnnl_text), "%d.%d.%d",
			 numbers()[0], numbers()[1], numbers()[2]);
}

static void *floats(size_t count)
{
	struct error e = { 0 };
	void *p = mem_new(count, sizeof(float), &e);

	if (!p) {
		fprintf(stderr, "no memory for %zu floats\n", count);
		exit(1);
	}
	return p;
}

/* The largest difference between ours and another's result, as a share of the
 * largest value. */
static double compare(int n)
{
	size_t count = (size_t)n * (size_t)n;
	float *mine = floats(count);
	double worst = 0, largest = 0;

	memset(c, 0, count * sizeof(*c));
	ours(n);
	memcpy(mine, c, count * sizeof(*c));
	for (int i = 1; i < SIDES; i++) {
		if (!sides[i].there)
			continue;
		memset(c, 0, count * sizeof(*c));
		sides[i].multiply(n);
		for (size_t j = 0; j < count; j++) {
			worst = fmax(worst, fabs((double)c[j] -
						 (double)mine[j]));
			largest = fmax(largest, fabs((double)mine[j]));
		}
	}
	mem_free(mine);
	return largest > 0 ? worst / largest : 0;
}

static double rate(const struct side *s, int n, double seconds)
{
	double start = clock_now(), spent;
	long times = 0;

	do {
		s->multiply(n);
		times++;
		spent = clock_now() - start;
	} while (spent < seconds);
	return 2.0 * n * n * n * (double)times / spent * 1e-9;
}

static void measure(int n, int rounds, double seconds)
{
	size_t count = (size_t)n * (size_t)n;

	a = floats(count), b = floats(count), c = floats(count);
	packed = floats(gemm_packed_floats(machine.kernels, (size_t)n,
					   (size_t)n));
	for (size_t i = 0; i < count; i++) {
		a[i] = (float)(i * 7919 % 1009) / 504.5f - 1;
		b[i] = (float)(i * 6101 % 1013) / 506.5f - 1;
	}
	printf("{\"n\": %d, \"difference\": %.3g", n, compare(n));
	for (int r = 0; r < rounds; r++)
		for (int j = 0; j < SIDES; j++) {
			struct side *s = &sides[r % 2 ? SIDES - 1 - j : j];

			if (s->there)
				s->rate[r] = rate(s, n, seconds);
		}
	for (int i = 0; i < SIDES; i++) {
		if (!sides[i].there)
			continue;
		printf(", \"%s\": [", sides[i].name);
		for (int r = 0; r < rounds; r++)
			printf("%s%.3f", r ? ", " : "", sides[i].rate[r]);
		printf("]");
	}
	printf("}\n");
	fflush(stdout);
	mem_free(a), mem_free(b), mem_free(c), mem_free(packed);
}

int main(int argc, char **argv)
{
	struct error e = { 0 };
	int rounds;

	if (argc < 6)
		return 2;
	if (machine_open(&machine, argv[2], atoi(argv[1]), &e) < 0) {
		fprintf(stderr, "no kernels '%s'\n", argv[2]);
		return 1;
	}
	libraries_open(atoi(argv[1]));
	printf("{\"core\": \"%s\", \"config\": \"%s\", \"onednn\": \"%s\"}\n",
	       core, config, dnnl_text);
	rounds = atoi(argv[3]);
	if (rounds < 1 || rounds > MAX_ROUNDS)
		return 2;
	for (int i = 5; i < argc; i++)
		measure(atoi(argv[i]), rounds, atof(argv[4]));
	machine_close(&machine);
	return 0;
}
