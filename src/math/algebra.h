/*
 * algebra.h - small dense algebra in double: products of rows, Cholesky, and
 * the eigenvalues and eigenvectors of a symmetric matrix.
 *
 * For closed-form solutions of a few thousand unknowns.  Matrices are row-major
 * and dense.  Everything is made of two operations on rows (Golub and Van Loan,
 * Matrix Computations, chapters 4 and 8):
 *	dot	8 lanes: product i is added to lane i mod 8, the last group is
 *		padded with +0; lanes fold 8 -> 4 -> 2 -> 1 by l[i] += l[i + w]
 *	axpy	y[i] = y[i] + (s * x[i])
 * Product and sum are rounded one by one: no instruction set that seesay is
 * built for by default fuses doubles, and fma() is then a call that computes
 * the sum in software.  Threads divide rows or columns of the result, so they
 * change no bit.
 */
#ifndef ALGEBRA_H
#define ALGEBRA_H

#include "math/machine.h"

double algebra_dot(const double *a, const double *b, size_t n);
void algebra_axpy(double *restrict y, double s, const double *restrict x,
		  size_t n);

/* c [m, n] = a [m, k] * transpose(b [n, k]). */
void algebra_rows(const struct machine *machine, double *c, const double *a,
		  const double *b, size_t m, size_t n, size_t k);
/* out [n, m] = transpose(a [m, n]). */
void algebra_transpose(double *out, const double *a, size_t m, size_t n);

/* a [n, n] symmetric, of which the lower half is read, becomes L with
 * L transpose(L) = a, zeros above the diagonal.  ERROR_FAILED if a pivot is not
 * positive or not finite. */
int algebra_cholesky(const struct machine *machine, double *a, size_t n,
		     struct error *e);
/* Each row x of b [rows, n] becomes the solution y of L y = x, or of
 * transpose(L) y = x. */
void algebra_solve_lower(const struct machine *machine, const double *l,
			 size_t n, double *b, size_t rows);
void algebra_solve_upper(const struct machine *machine, const double *l,
			 size_t n, double *b, size_t rows);

/* The `count` largest eigenvalues of a [n, n], symmetric, in descending order,
 * and their eigenvectors as rows of vectors [count, n]: of unit length, the
 * component of the largest magnitude (the first of equals) positive.  Uses
 * another 8 n^2 bytes; a is overwritten.  ERROR_FAILED if a number is not
 * finite. */
int algebra_eigen(const struct machine *machine, double *a, size_t n,
		  size_t count, double *values, double *vectors,
		  struct error *e);

#endif
