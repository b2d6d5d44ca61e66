/*
 * test_algebra.c - dense algebra in double: against plain sums, by residuals
 * and by orthogonality, for odd sizes and repeated eigenvalues, with the same
 * bits for each number of threads.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/le.h"
#include "base/mem.h"
#include "base/rng.h"
#include "golden.h"
#include "math/algebra.h"
#include "test.h"

static const size_t sizes[] = { 1, 2, 3, 4, 7, 8, 9, 17, 31, 64, 65, 90, 131 };

static double *matrix(size_t m, size_t n)
{
	double *a = calloc(m * n + 1, sizeof(*a));

	if (!a)
		exit(2);
	return a;
}

static double draw(uint64_t stream, size_t i)
{
	return (double)rng_uniform(7, rng_stream(RNG_TEST, stream, 0), i) - 0.5;
}

/* Symmetric; positive definite if `definite`. */
static double *symmetric(size_t n, int definite)
{
	double *a = matrix(n, n), *x = matrix(n, n);

	for (size_t i = 0; i < n * n; i++)
		x[i] = draw(n, i);
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < n; j++) {
			double sum = definite && i == j ? 0.01 : 0;

			for (size_t k = 0; definite && k < n; k++)
				sum += x[i * n + k] * x[j * n + k];
			a[i * n + j] = definite ? sum : x[i * n + j] +
							x[j * n + i];
		}
	free(x);
	return a;
}

static double *copy(const double *a, size_t count)
{
	double *b = matrix(count, 1);

	memcpy(b, a, count * sizeof(*b));
	return b;
}

/* The largest |a[i] - b[i]|. */
static double apart(const double *a, const double *b, size_t count)
{
	double most = 0;

	for (size_t i = 0; i < count; i++)
		most = fmax(most, fabs(a[i] - b[i]));
	return most;
}

static double norm(const double *a, size_t count)
{
	double sum = 0;

	for (size_t i = 0; i < count; i++)
		sum += a[i] * a[i];
	return sqrt(sum);
}

/* ---- rows ---------------------------------------------------------------- */

static void test_rows(const struct machine *m)
{
	for (size_t s = 0; s < ARRAY_LEN(sizes); s++) {
		size_t n = sizes[s], k = n + 3;
		double *a = matrix(n, k), *b = matrix(5, k), *c = matrix(n, 5);
		double *t = matrix(k, n), most = 0;

		for (size_t i = 0; i < n * k; i++)
			a[i] = draw(1, i);
		for (size_t i = 0; i < 5 * k; i++)
			b[i] = draw(2, i);
		algebra_rows(m, c, a, b, n, 5, k);
		for (size_t i = 0; i < n; i++)
			for (size_t j = 0; j < 5; j++) {
				long double sum = 0;

				for (size_t p = 0; p < k; p++)
					sum += (long double)a[i * k + p] *
					       (long double)b[j * k + p];
				most = fmax(most, fabs(c[i * 5 + j] -
						       (double)sum));
			}
		CHECK(most < 1e-15 * (double)k);
		algebra_transpose(t, a, n, k);
		for (size_t i = 0; i < n * k; i++)
			if (t[i % k * n + i / k] != a[i])
				most = 1;
		CHECK(most < 1);
		free(a);
		free(b);
		free(c);
		free(t);
	}
}

/* ---- Cholesky ------------------------------------------------------------ */

static void factor(const struct machine *m, size_t n)
{
	struct error e = { 0 };
	double *a = symmetric(n, 1), *l = copy(a, n * n), *back;
	double *b = matrix(11, n), *x, *got = matrix(11, n), above = 0;

	CHECK(algebra_cholesky(m, l, n, &e) == 0);
	back = matrix(n, n);
	algebra_rows(m, back, l, l, n, n, n);
	CHECK(apart(back, a, n * n) < 1e-15 * (double)n * norm(a, n * n));
	for (size_t i = 0; i < n; i++)
		for (size_t j = i + 1; j < n; j++)
			above = fmax(above, fabs(l[i * n + j]));
	CHECK(above == 0);
	for (size_t i = 0; i < 11 * n; i++)
		b[i] = draw(3, i);
	x = copy(b, 11 * n);
	algebra_solve_lower(m, l, n, x, 11);
	algebra_solve_upper(m, l, n, x, 11);
	algebra_rows(m, got, x, a, 11, n, n);
	CHECK(apart(got, b, 11 * n) <
	      1e-14 * (double)n * norm(a, n * n) * (norm(x, 11 * n) + 1));
	free(a);
	free(l);
	free(back);
	free(b);
	free(x);
	free(got);
}

static void test_refused(const struct machine *m)
{
	double bad[4] = { 1, 2, 2, 1 }, none[4] = { 1, NAN, NAN, 1 };
	double zero[1] = { 0 }, value, vector[2];
	struct error e = { 0 };

	CHECK(algebra_cholesky(m, bad, 2, &e) < 0);
	CHECK(strstr(e.text, "row 2") != NULL);
	error_clear(&e);
	CHECK(algebra_cholesky(m, none, 2, &e) < 0);
	error_clear(&e);
	CHECK(algebra_cholesky(m, zero, 1, &e) < 0);
	error_clear(&e);
	CHECK(algebra_eigen(m, none, 2, 1, &value, vector, &e) < 0);
	CHECK(strstr(e.text, "finite") != NULL);
}

/* ---- eigenvalues --------------------------------------------------------- */

/* Those of a by Jacobi's rotations, descending: another algorithm. */
static void jacobi(double *a, size_t n, double *values)
{
	for (int pass = 0; pass < 30; pass++)
		for (size_t p = 0; p < n; p++)
			for (size_t q = p + 1; q < n; q++) {
				double apq = a[p * n + q], t, c, s;
				double h = a[q * n + q] - a[p * n + p];

				if (fabs(apq) < 1e-300)
					continue;
				t = h / (2 * apq);
				t = (t < 0 ? -1 : 1) /
				    (fabs(t) + sqrt(t * t + 1));
				c = 1 / sqrt(t * t + 1);
				s = t * c;
				for (size_t k = 0; k < n; k++) {
					double x = a[k * n + p];
					double y = a[k * n + q];

					a[k * n + p] = c * x - s * y;
					a[k * n + q] = s * x + c * y;
				}
				for (size_t k = 0; k < n; k++) {
					double x = a[p * n + k];
					double y = a[q * n + k];

					a[p * n + k] = c * x - s * y;
					a[q * n + k] = s * x + c * y;
				}
			}
	for (size_t i = 0; i < n; i++) {
		size_t at = i;

		for (; at && values[at - 1] < a[i * n + i]; at--)
			values[at] = values[at - 1];
		values[at] = a[i * n + i];
	}
}

/* Of a, which goes: residual, orthogonality, order, sign. */
static void eigen(const struct machine *m, double *a, size_t n, size_t count)
{
	struct error e = { 0 };
	double *was = copy(a, n * n), size = norm(a, n * n);
	double *values = matrix(n, 1), *x = matrix(n, n), *y = matrix(n, n);
	double *one = matrix(n, n), bound = 4e-16 * (double)n, most = 0;
	int ordered = 1;

	CHECK(algebra_eigen(m, a, n, count, values, x, &e) == 0);
	algebra_rows(m, y, x, was, count, n, n);
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < n; j++)
			most = fmax(most, fabs(y[i * n + j] -
					       values[i] * x[i * n + j]));
	CHECK(most <= bound * size);
	algebra_rows(m, one, x, x, count, count, n);
	for (size_t i = 0; i < count; i++)
		one[i * count + i] -= 1;
	CHECK(norm(one, count * count) <= bound * 4);
	for (size_t i = 0; i < count; i++) {
		size_t big = 0;

		for (size_t j = 1; j < n; j++)
			if (fabs(x[i * n + j]) > fabs(x[i * n + big]))
				big = j;
		ordered &= x[i * n + big] > 0 &&
			   (i == 0 || values[i - 1] >= values[i]);
	}
	CHECK(ordered);
	if (n <= 40 && count == n && size < 1e100 && size > 1e-100) {
		double *also = matrix(n, 1);

		jacobi(was, n, also);
		CHECK(apart(also, values, n) <= bound * 4 * (size + 1e-300));
		free(also);
	}
	free(was);
	free(values);
	free(x);
	free(y);
	free(one);
	free(a);
}

/* Q D transpose(Q) with a reflection Q: D repeats three values. */
static double *repeated(size_t n)
{
	double *a = matrix(n, n), *v = matrix(n, 1), length = 0;

	for (size_t i = 0; i < n; i++) {
		v[i] = draw(4, i);
		length += v[i] * v[i];
	}
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < n; j++)
			for (size_t k = 0; k < n; k++) {
				double p = (i == k) - 2 * v[i] * v[k] / length;
				double q = (j == k) - 2 * v[j] * v[k] / length;

				a[i * n + j] += p * q * (double)(k % 3);
			}
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < i; j++)
			a[i * n + j] = a[j * n + i];
	free(v);
	return a;
}

static double *scaled(double *a, size_t count, double by)
{
	for (size_t i = 0; i < count; i++)
		a[i] *= by;
	return a;
}

static void test_eigen(const struct machine *m)
{
	for (size_t s = 0; s < ARRAY_LEN(sizes); s++) {
		size_t n = sizes[s];
		double *one = matrix(n, n);

		eigen(m, symmetric(n, 0), n, n);
		eigen(m, symmetric(n, 1), n, CEIL_DIV(n, 3));
		eigen(m, repeated(n), n, n);
		eigen(m, matrix(n, n), n, n);
		eigen(m, scaled(symmetric(n, 0), n * n, 1e150), n, n);
		eigen(m, scaled(symmetric(n, 0), n * n, 1e-150), n, n);
		for (size_t i = 0; i < n; i++)
			one[i * n + i] = i % 2 ? 3 : -3;
		eigen(m, one, n, n);
	}
}

/* Singular, graded, and split in blocks: 0 beside the diagonal here and
 * there. */
static void test_hard(const struct machine *m)
{
	size_t n = 48;
	double *low = matrix(n, n), *graded = matrix(n, n);
	double *blocks = symmetric(n, 0), *line = matrix(n, n);

	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < n; j++) {
			size_t apart_by = i > j ? i - j : j - i;

			low[i * n + j] = draw(5, i) * draw(5, j) +
					 draw(6, i) * draw(6, j);
			graded[i * n + j] = pow(10, -(double)(i + j) / 4);
			line[i * n + j] = apart_by == 1;
			if (i / 7 != j / 7)
				blocks[i * n + j] = 0;
		}
	eigen(m, low, n, n);
	eigen(m, graded, n, n);
	eigen(m, blocks, n, n);
	eigen(m, line, n, n);
}

/* ---- bits ---------------------------------------------------------------- */

static void add_doubles(struct hash64 *sum, const double *x, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		unsigned char bytes[8];
		uint64_t number;

		memcpy(&number, &x[i], sizeof(number));
		le64_put(bytes, number);
		hash64_add(sum, bytes, sizeof(bytes));
	}
}

static uint64_t bits(const struct machine *m)
{
	enum { N = 83 };
	static double a[N * N], l[N * N], values[N], vectors[N * N];
	struct error e = { 0 };
	double *made = symmetric(N, 1);
	struct hash64 sum;

	memcpy(a, made, sizeof(a));
	memcpy(l, made, sizeof(l));
	free(made);
	CHECK(algebra_eigen(m, a, N, N, values, vectors, &e) == 0);
	CHECK(algebra_cholesky(m, l, N, &e) == 0);
	hash64_start(&sum, 0);
	add_doubles(&sum, values, N);
	add_doubles(&sum, vectors, N * N);
	add_doubles(&sum, l, N * N);
	return hash64_end(&sum);
}

static void test_bits(const char *program)
{
	static const int threads[] = { 1, 2, 3, 8 };
	uint64_t sums[ARRAY_LEN(threads)];

	for (size_t i = 0; i < ARRAY_LEN(threads); i++) {
		struct error e = { 0 };
		struct machine m;

		CHECK(machine_open(&m, NULL, threads[i], &e) == 0);
		sums[i] = bits(&m);
		CHECK(sums[i] == sums[0]);
		machine_close(&m);
	}
	check_golden(program, "algebra", sums[0]);
}

int main(int argc, char **argv)
{
	struct error e = { 0 };
	struct machine m;

	(void)argc;
	CHECK(machine_open(&m, NULL, 2, &e) == 0);
	test_rows(&m);
	for (size_t s = 0; s < ARRAY_LEN(sizes); s++)
		factor(&m, sizes[s]);
	test_refused(&m);
	test_eigen(&m);
	test_hard(&m);
	machine_close(&m);
	test_bits(argv[0]);
	return test_end("algebra");
}
