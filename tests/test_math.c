/*
 * test_math.c - gemm against plain loops, bit by bit.
 *
 * The loops here are the definitions of math/gemm.h; every kernel table and
 * several thread counts must agree with them exactly.
 */
#include "numbers.h"

#include <math.h>

#include "math/gemm.h"

static void check_gemm(const struct machine *m, size_t rows, size_t n, size_t k)
{
	float *a = numbers(rows * k, 1), *b = numbers(k * n, 2);
	float *c = numbers(rows * n, 3), *want = numbers(rows * n, 3);
	float *outer = numbers(k * n, 4), *outer_want = numbers(k * n, 4);
	float *packed = mem_new(gemm_packed_floats(m->kernels, k, n),
				sizeof(*packed), &err);

	for (size_t i = 0; i < rows; i++)
		for (size_t j = 0; j < n; j++)
			for (size_t p = 0; p < k; p++)
				want[i * n + j] = fmaf(a[i * k + p],
						       b[p * n + j],
						       want[i * n + j]);
	gemm_pack(m->kernels, packed, b, n, 1, k, n);
	gemm(m, c, n, a, k, packed, rows, n, k);
	CHECK(same(c, want, rows * n));

	/* transpose(a) times c */
	for (size_t p = 0; p < k; p++)
		for (size_t j = 0; j < n; j++)
			for (size_t i = 0; i < rows; i++)
				outer_want[p * n + j] =
					fmaf(a[i * k + p], c[i * n + j],
					     outer_want[p * n + j]);
	gemm_outer(m, outer, n, a, k, c, n, k, n, rows);
	CHECK(same(outer, outer_want, k * n));
	mem_free(a), mem_free(b), mem_free(c), mem_free(want);
	mem_free(outer), mem_free(outer_want), mem_free(packed);
}

static void check_machine(const struct machine *m)
{
	check_gemm(m, 1, 1, 1);
	check_gemm(m, 5, 33, 7);
	check_gemm(m, 13, 17, 300);
	check_gemm(m, 120, 48, 70);
	check_gemm(m, 3, 100, 0);
}

int main(void)
{
	static const int threads[] = { 1, 3 };

	for (const struct kernels *const *k = kernels_list(); *k; k++)
		for (size_t t = 0; t < ARRAY_LEN(threads); t++) {
			struct machine m;

			if (!CHECK(machine_open(&m, (*k)->name, threads[t],
						&err) == 0))
				continue;
			check_machine(&m);
			machine_close(&m);
		}
	CHECK(machine_open(&(struct machine){ 0 }, "nonsense", 1,
			   &(struct error){ 0 }) == ERROR_USAGE);
	CHECK(!err.code);
	return test_end("math");
}
