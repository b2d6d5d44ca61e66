/* algebra.c - rows, and what Cholesky's factor solves; see algebra.h. */
#include "math/algebra.h"

#include <math.h>

#include "base/base.h"

enum {
	LANES = 8,
	BLOCK = 64,		/* pivots whose rows stay in the cache */
	ROWS = 8,		/* of an item: they share the factor's rows */
};

/* Named lanes, since an array of them would stay in memory. */
double algebra_dot(const double *a, const double *b, size_t n)
{
	double l0 = 0, l1 = 0, l2 = 0, l3 = 0, l4 = 0, l5 = 0, l6 = 0, l7 = 0;
	double tail[LANES] = { 0 };
	size_t i = 0;

	for (; i + LANES <= n; i += LANES) {
		const double *x = a + i, *y = b + i;

		l0 += x[0] * y[0];
		l1 += x[1] * y[1];
		l2 += x[2] * y[2];
		l3 += x[3] * y[3];
		l4 += x[4] * y[4];
		l5 += x[5] * y[5];
		l6 += x[6] * y[6];
		l7 += x[7] * y[7];
	}
	for (size_t l = 0; i + l < n; l++)
		tail[l] = a[i + l] * b[i + l];
	l0 = (l0 + tail[0]) + (l4 + tail[4]);
	l1 = (l1 + tail[1]) + (l5 + tail[5]);
	l2 = (l2 + tail[2]) + (l6 + tail[6]);
	l3 = (l3 + tail[3]) + (l7 + tail[7]);
	return (l0 + l2) + (l1 + l3);
}

void algebra_axpy(double *restrict y, double s, const double *restrict x,
		  size_t n)
{
	size_t i = 0;

	for (; i + LANES <= n; i += LANES)
		for (size_t l = 0; l < LANES; l++)
			y[i + l] += s * x[i + l];
	for (; i < n; i++)
		y[i] += s * x[i];
}

/* ---- products ------------------------------------------------------------ */

struct rows_job {
	double *c;
	const double *a, *b;
	size_t m, n, k;
};

/* ROWS rows of a meet each row of b while it is in the cache. */
static void rows_item(void *context, size_t item, int thread)
{
	const struct rows_job *j = context;
	size_t first = item * ROWS, end = MIN(first + ROWS, j->m);

	(void)thread;
	for (size_t col = 0; col < j->n; col++)
		for (size_t row = first; row < end; row++)
			j->c[row * j->n + col] =
				algebra_dot(j->a + row * j->k,
					    j->b + col * j->k, j->k);
}

void algebra_rows(const struct machine *machine, double *c, const double *a,
		  const double *b, size_t m, size_t n, size_t k)
{
	struct rows_job j = { c, a, b, m, n, k };

	pool_run(machine->pool, CEIL_DIV(m, ROWS), rows_item, &j);
}

void algebra_transpose(double *out, const double *a, size_t m, size_t n)
{
	for (size_t i = 0; i < m; i += LANES)
		for (size_t j = 0; j < n; j++)
			for (size_t l = i; l < MIN(i + LANES, m); l++)
				out[j * m + l] = a[l * n + j];
}

/* ---- Cholesky ------------------------------------------------------------ */

struct factor_job {
	double *a;
	size_t n, first, end;		/* pivots of this block */
};

/* Columns `first` up to `end` of a row below them. */
static void factor_row(const struct factor_job *j, size_t row, size_t end)
{
	double *x = j->a + row * j->n;

	for (size_t col = j->first; col < end; col++) {
		const double *l = j->a + col * j->n;

		x[col] = (x[col] - algebra_dot(x, l, col)) / l[col];
	}
}

static void factor_item(void *context, size_t item, int thread)
{
	const struct factor_job *j = context;
	size_t first = j->end + item * ROWS;

	(void)thread;
	for (size_t row = first; row < MIN(first + ROWS, j->n); row++)
		factor_row(j, row, j->end);
}

/* The square at the diagonal: 0, or the message of its bad pivot. */
static int factor_square(const struct factor_job *j, struct error *e)
{
	for (size_t row = j->first; row < j->end; row++) {
		double *x = j->a + row * j->n, pivot;

		factor_row(j, row, row);
		pivot = x[row] - algebra_dot(x, x, row);
		if (!(pivot > 0) || !isfinite(pivot))
			return fail(e, ERROR_FAILED, "a matrix of %zu rows is "
				    "not positive definite at row %zu", j->n,
				    row + 1);
		x[row] = sqrt(pivot);
	}
	return 0;
}

int algebra_cholesky(const struct machine *machine, double *a, size_t n,
		     struct error *e)
{
	struct factor_job j = { a, n, 0, 0 };

	for (; j.first < n; j.first = j.end) {
		j.end = MIN(j.first + BLOCK, n);
		if (factor_square(&j, e) < 0)
			return e->code;
		pool_run(machine->pool, CEIL_DIV(n - j.end, ROWS), factor_item,
			 &j);
	}
	for (size_t row = 0; row < n; row++)
		for (size_t col = row + 1; col < n; col++)
			a[row * n + col] = 0;
	return 0;
}

/* ---- what the factor solves ---------------------------------------------- */

struct solve_job {
	const double *l;
	double *b;
	size_t n, rows;
};

static void lower_item(void *context, size_t item, int thread)
{
	const struct solve_job *j = context;
	size_t first = item * ROWS, end = MIN(first + ROWS, j->rows);

	(void)thread;
	for (size_t i = 0; i < j->n; i++) {
		const double *l = j->l + i * j->n;

		for (size_t row = first; row < end; row++) {
			double *x = j->b + row * j->n;

			x[i] = (x[i] - algebra_dot(l, x, i)) / l[i];
		}
	}
}

static void upper_item(void *context, size_t item, int thread)
{
	const struct solve_job *j = context;
	size_t first = item * ROWS, end = MIN(first + ROWS, j->rows);

	(void)thread;
	for (size_t i = j->n; i-- > 0;) {
		const double *l = j->l + i * j->n;

		for (size_t row = first; row < end; row++) {
			double *x = j->b + row * j->n;

			x[i] = x[i] / l[i];
			algebra_axpy(x, -x[i], l, i);
		}
	}
}

void algebra_solve_lower(const struct machine *machine, const double *l,
			 size_t n, double *b, size_t rows)
{
	struct solve_job j = { l, b, n, rows };

	pool_run(machine->pool, CEIL_DIV(rows, ROWS), lower_item, &j);
}

void algebra_solve_upper(const struct machine *machine, const double *l,
			 size_t n, double *b, size_t rows)
{
	struct solve_job j = { l, b, n, rows };

	pool_run(machine->pool, CEIL_DIV(rows, ROWS), upper_item, &j);
}
