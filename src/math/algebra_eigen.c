/*
 * algebra_eigen.c - eigenvalues and eigenvectors of a symmetric matrix.
 *
 * Householder's reflections H_k = I - b_k v_k transpose(v_k) make it
 * tridiagonal; the implicit QL algorithm with Wilkinson's shift makes that
 * diagonal by plane rotations (Golub and Van Loan 8.3; Bowdler, Martin,
 * Reinsch and Wilkinson 1968).  The rotations act on the rows of Z.
 * Row i begins as H_0 H_1 ... e_i; it becomes an eigenvector.
 *
 * The matrix is scaled by a power of two, so that its largest magnitude is in
 * [1/2, 1).  An element beside the diagonal is 0 once it is at most 2^-52 of
 * the two beside it on the diagonal, or 2^-60.
 */
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "math/algebra.h"

enum {
	SWEEPS = 64,		/* of one eigenvalue, at most; 2 are usual */
	KEPT = 32,		/* rotations kept until applied, times n */
	COLUMNS = 64,		/* of Z in an item: in the second cache */
	VECTORS = 8,		/* of an item: they share the reflections */
	LANES = 8,		/* for the compiler; they change no bit */
};

struct rotation {
	double c, s;
	size_t row;		/* this one and the next */
};

struct eigen {
	const struct machine *machine;
	double *a;			/* [n, n]; v_k in row k from k + 1 on */
	size_t n;
	double *z;			/* [n, n] */
	double *d, *off, *beta, *v, *w, *p;	/* [n] */
	struct rotation *kept;
	size_t kept_count;
	size_t *order;			/* [n]: rows of z by eigenvalue */
	size_t step;
};

/* ---- to three diagonals -------------------------------------------------- */

/* Row `row` of a minus v transpose(w) + w transpose(v), from column `from`. */
static void reflect_row(const struct eigen *g, size_t row, size_t from)
{
	double *restrict x = g->a + row * g->n;
	double v = g->v[row], w = g->w[row];
	const double *restrict vs = g->v, *restrict ws = g->w;
	size_t i = from;

	for (; i + LANES <= g->n; i += LANES)
		for (size_t l = i; l < i + LANES; l++)
			x[l] = x[l] - (v * ws[l] + w * vs[l]);
	for (; i < g->n; i++)
		x[i] = x[i] - (v * ws[i] + w * vs[i]);
}

/* Makes the reflection of row k, in place; off[k] and beta[k]. */
static void reflect_make(struct eigen *g, size_t k)
{
	double *x = g->a + k * g->n + k + 1;
	size_t m = g->n - k - 1;
	double rest = algebra_dot(x + 1, x + 1, m - 1), length, first = x[0];

	g->off[k] = first;
	g->beta[k] = 0;
	if (rest == 0)
		return;
	length = sqrt(first * first + rest);
	g->off[k] = first > 0 ? -length : length;
	x[0] = first - g->off[k];
	g->beta[k] = 2 / (x[0] * x[0] + rest);
}

/* The pending reflection, and the row's product with the next one. */
static void reflect_item(void *context, size_t item, int thread)
{
	const struct eigen *g = context;
	size_t k = g->step, first = k + 1 + item * VECTORS;
	const double *v = g->a + k * g->n;

	(void)thread;
	for (size_t row = first; row < MIN(first + VECTORS, g->n); row++) {
		reflect_row(g, row, k + 1);
		g->p[row] = algebra_dot(g->a + row * g->n + k + 1, v + k + 1,
					g->n - k - 1);
	}
}

/* v and w of the reflection of row k, from beta a v = p. */
static void reflect_pend(struct eigen *g, size_t k)
{
	size_t m = g->n - k - 1;
	double *v = g->v + k + 1, *w = g->w + k + 1, half;

	memcpy(v, g->a + k * g->n + k + 1, m * sizeof(*v));
	for (size_t i = 0; i < m; i++)
		w[i] = g->beta[k] * g->p[k + 1 + i];
	half = g->beta[k] / 2 * algebra_dot(w, v, m);
	algebra_axpy(w, -half, v, m);
}

static void tridiagonal(struct eigen *g)
{
	size_t n = g->n;

	for (size_t k = 0; k < n; k++) {
		reflect_row(g, k, k);
		g->d[k] = g->a[k * n + k];
		if (k + 1 == n)
			break;
		reflect_make(g, k);
		g->step = k;
		pool_run(g->machine->pool, CEIL_DIV(n - k - 1, VECTORS),
			 reflect_item, g);
		reflect_pend(g, k);
	}
}

static void basis_item(void *context, size_t item, int thread)
{
	const struct eigen *g = context;
	size_t n = g->n, first = item * VECTORS;
	size_t end = MIN(first + VECTORS, n);

	(void)thread;
	for (size_t k = end - 1; k-- > 0;)
		for (size_t i = MAX(first, k + 1); i < end; i++) {
			const double *v = g->a + k * n + k + 1;
			double *x = g->z + i * n + k + 1, s;

			s = g->beta[k] * algebra_dot(v, x, n - k - 1);
			algebra_axpy(x, -s, v, n - k - 1);
		}
}

/* Row i of z from the unit vector i; reflections from the i-th on leave that
 * as it is. */
static void basis(struct eigen *g)
{
	for (size_t i = 0; i < g->n; i++)
		g->z[i * g->n + i] = 1;
	pool_run(g->machine->pool, CEIL_DIV(g->n, VECTORS), basis_item, g);
}

/* ---- to one -------------------------------------------------------------- */

/* (a, b) becomes (c a - s b, s a + c b). */
static void rotate(double *restrict a, double *restrict b, double c, double s,
		   size_t n)
{
	size_t i = 0;

	for (; i + LANES <= n; i += LANES)
		for (size_t l = i; l < i + LANES; l++) {
			double x = a[l], y = b[l];

			a[l] = c * x - s * y;
			b[l] = s * x + c * y;
		}
	for (; i < n; i++) {
		double x = a[i], y = b[i];

		a[i] = c * x - s * y;
		b[i] = s * x + c * y;
	}
}

static void rotate_item(void *context, size_t item, int thread)
{
	const struct eigen *g = context;
	size_t from = item * COLUMNS, columns = MIN(g->n - from,
						    (size_t)COLUMNS);

	(void)thread;
	for (size_t r = 0; r < g->kept_count; r++) {
		const struct rotation *t = &g->kept[r];
		double *row = g->z + t->row * g->n + from;

		rotate(row, row + g->n, t->c, t->s, columns);
	}
}

static void rotate_kept(struct eigen *g)
{
	pool_run(g->machine->pool, CEIL_DIV(g->n, COLUMNS), rotate_item, g);
	g->kept_count = 0;
}

/* sqrt(a^2 + b^2) without overflow. */
static double length_of(double a, double b)
{
	double big = fabs(a) > fabs(b) ? fabs(a) : fabs(b);
	double part = fabs(a) > fabs(b) ? b / a : a / (b != 0 ? b : 1);

	return big * sqrt(1 + part * part);
}

/* One sweep over the block from l to m. */
static void sweep(struct eigen *g, size_t l, size_t m)
{
	double *d = g->d, *off = g->off, s = 1, c = 1, p = 0;
	double q = (d[l + 1] - d[l]) / (2 * off[l]), r = length_of(q, 1);

	q = d[m] - d[l] + off[l] / (q + (q < 0 ? -r : r));
	for (size_t i = m; i-- > l;) {
		double f = s * off[i], b = c * off[i];

		r = length_of(f, q);
		off[i + 1] = r;
		if (r == 0) {
			d[i + 1] -= p;
			off[m] = 0;
			return;
		}
		s = f / r;
		c = q / r;
		q = d[i + 1] - p;
		r = (d[i] - q) * s + 2 * c * b;
		p = s * r;
		d[i + 1] = q + p;
		q = c * r - b;
		g->kept[g->kept_count++] = (struct rotation){ c, s, i };
	}
	d[l] -= p;
	off[l] = q;
	off[m] = 0;
}

/* The end of the block that begins at l. */
static size_t block_end(const struct eigen *g, size_t l)
{
	size_t m = l;

	for (; m + 1 < g->n; m++) {
		double beside = fabs(g->d[m]) + fabs(g->d[m + 1]);

		if (fabs(g->off[m]) <= 0x1p-52 * beside ||
		    fabs(g->off[m]) <= 0x1p-60)
			break;
	}
	return m;
}

static int diagonal(struct eigen *g, struct error *e)
{
	for (size_t l = 0; l < g->n; l++) {
		size_t m, sweeps = 0;

		while ((m = block_end(g, l)) != l) {
			if (sweeps++ == SWEEPS)
				return fail(e, ERROR_FAILED, "the eigenvalues "
					    "of a matrix of %zu rows do not "
					    "converge", g->n);
			if (g->kept_count + (m - l) > KEPT * g->n)
				rotate_kept(g);
			sweep(g, l, m);
		}
	}
	rotate_kept(g);
	return 0;
}

/* ---- the answer ---------------------------------------------------------- */

static void put_sign(double *x, size_t n)
{
	size_t most = 0;

	for (size_t i = 1; i < n; i++)
		if (fabs(x[i]) > fabs(x[most]))
			most = i;
	for (size_t i = 0; x[most] < 0 && i < n; i++)
		if (i != most)
			x[i] = -x[i];
	x[most] = fabs(x[most]);
}

/* Descending; of equals the lower number first. */
static void put_order(struct eigen *g)
{
	for (size_t i = 0; i < g->n; i++) {
		size_t at = i;

		for (; at && g->d[g->order[at - 1]] < g->d[i]; at--)
			g->order[at] = g->order[at - 1];
		g->order[at] = i;
	}
}

/* The exponent that brings the largest magnitude below 1; -1 in *bad if one is
 * not finite. */
static int scale_of(const double *a, size_t n, int *bad)
{
	double most = 0;
	int exponent;

	for (size_t i = 0; i < n * n; i++) {
		*bad |= !isfinite(a[i]);
		most = fabs(a[i]) > most ? fabs(a[i]) : most;
	}
	frexp(most, &exponent);
	return exponent;
}

static int eigen_room(struct eigen *g, struct error *e)
{
	size_t n = g->n;

	g->z = mem_new(n * n, sizeof(*g->z), e);
	g->d = mem_new(n, 6 * sizeof(*g->d), e);
	g->kept = mem_new(n, KEPT * sizeof(*g->kept), e);
	g->order = mem_new(n, sizeof(*g->order), e);
	if (e->code)
		return e->code;
	g->off = g->d + n;
	g->beta = g->off + n;
	g->v = g->beta + n;
	g->w = g->v + n;
	g->p = g->w + n;
	return 0;
}

static void put_vectors(const struct eigen *g, size_t count, double *values,
			double *vectors, int exponent)
{
	for (size_t i = 0; i < count; i++) {
		double *x = vectors + i * g->n;

		values[i] = ldexp(g->d[g->order[i]], exponent);
		memcpy(x, g->z + g->order[i] * g->n, g->n * sizeof(*x));
		put_sign(x, g->n);
	}
}

int algebra_eigen(const struct machine *machine, double *a, size_t n,
		  size_t count, double *values, double *vectors,
		  struct error *e)
{
	struct eigen g = { .machine = machine, .a = a, .n = n };
	int bad = 0, exponent = scale_of(a, n, &bad);

	if (bad)
		return fail(e, ERROR_FAILED, "a matrix of %zu rows has a "
			    "number that is not finite", n);
	for (size_t i = 0; i < n * n; i++)
		a[i] = ldexp(a[i], -exponent);
	if (n && eigen_room(&g, e) == 0) {
		tridiagonal(&g);
		basis(&g);
		if (diagonal(&g, e) == 0) {
			put_order(&g);
			put_vectors(&g, count, values, vectors, exponent);
		}
	}
	mem_free(g.z);
	mem_free(g.d);
	mem_free(g.kept);
	mem_free(g.order);
	return e->code;
}
