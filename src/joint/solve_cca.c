/*
 * solve_cca.c - regularised canonical correlation analysis (Hotelling 1936;
 * Hardoon, Szedmak and Shawe-Taylor 2004), weighted as by Gong, Ke, Isard and
 * Lazebnik 2014.
 *
 * With covariances A of pictures, B of texts, C between them:
 *	A' = A + r_a mean(eig A) I = L transpose(L)
 *	B' = B + r_b mean(eig B) I = K transpose(K)
 *	M = inverse(L) C inverse(transpose(K)) = U S transpose(V)
 *	P = inverse(transpose(L)) U S, Q = inverse(transpose(K)) V S
 * of the `dim` largest singular values.  V and S^2 are eigenvectors and
 * eigenvalues of transpose(M) M, then U = M V inverse(S); or the other way
 * round where M has fewer rows than columns.
 */
#include <math.h>
#include <string.h>

#include "joint/solve_parts.h"
#include "math/algebra.h"

enum { LEAST = -40 };	/* S^2 below 2^-40 of the largest is rounding */

struct cca {
	const struct machine *machine;
	size_t a, b, dim;
	double *l, *k;			/* [a, a], [b, b] */
	double *m, *mt;			/* [a, b], [b, a] */
};

/* The words from `b` on are left out. */
static void take_part(double *out, const double *from, size_t rows,
		      size_t columns, size_t step)
{
	for (size_t i = 0; i < rows; i++)
		memcpy(out + i * columns, from + i * step,
		       columns * sizeof(*out));
}

static int whiten(struct cca *c, const struct solve_moments *m, double ra,
		  double rb, struct error *e)
{
	c->l = mem_new(c->a, c->a * sizeof(double), e);
	c->k = mem_new(c->b, c->b * sizeof(double), e);
	c->m = mem_new(c->a, c->b * sizeof(double), e);
	c->mt = mem_new(c->b, c->a * sizeof(double), e);
	if (e->code)
		return e->code;
	take_part(c->k, m->bb, c->b, c->b, m->b);
	if (solve_moments_ridge(c->l, m->aa, c->a, ra, "pictures", e) < 0 ||
	    solve_moments_ridge(c->k, c->k, c->b, rb, "texts", e) < 0 ||
	    algebra_cholesky(c->machine, c->l, c->a, e) < 0 ||
	    algebra_cholesky(c->machine, c->k, c->b, e) < 0)
		return e->code;
	take_part(c->m, m->ab, c->a, c->b, m->b);
	algebra_solve_lower(c->machine, c->k, c->b, c->m, c->a);
	algebra_transpose(c->mt, c->m, c->a, c->b);
	algebra_solve_lower(c->machine, c->l, c->a, c->mt, c->b);
	algebra_transpose(c->m, c->mt, c->b, c->a);
	return 0;
}

/* v [dim, n] and square [dim] of rows x [n, other]; u [dim, other] = v x. */
static int singular(const struct cca *c, const double *x, const double *xt,
		    size_t n, size_t other, double *v, double *u,
		    double *square, struct error *e)
{
	double *gram = mem_new(n, n * sizeof(*gram), e);

	if (!gram)
		return e->code;
	algebra_rows(c->machine, gram, x, x, n, n, other);
	if (algebra_eigen(c->machine, gram, n, c->dim, square, v, e) == 0)
		algebra_rows(c->machine, u, v, xt, c->dim, other, n);
	mem_free(gram);
	return e->code;
}

/* v has unit rows, u is s times a unit row: both become s times unit rows. */
static int scale(struct cca *c, struct solve_map *map, double *v, size_t n,
		 const double *square, struct error *e)
{
	size_t dim = 0;

	while (dim < c->dim && square[dim] > ldexp(square[0], LEAST))
		dim++;
	if (!dim)
		return fail(e, ERROR_FAILED, "pictures and texts have nothing "
			    "in common");
	for (size_t i = 0; i < dim; i++)
		for (size_t j = 0; j < n; j++)
			v[i * n + j] *= sqrt(square[i]);
	map->dim = dim;
	return 0;
}

static int find(struct cca *c, struct solve_map *map, struct error *e)
{
	int texts = c->b <= c->a;
	double *square = mem_new(c->dim, sizeof(*square), e);
	double *v = texts ? map->text : map->picture;
	double *u = texts ? map->picture : map->text;
	size_t n = MIN(c->a, c->b), other = MAX(c->a, c->b);

	if (square &&
	    singular(c, texts ? c->mt : c->m, texts ? c->m : c->mt, n, other,
		     v, u, square, e) == 0 &&
	    scale(c, map, v, n, square, e) == 0) {
		algebra_solve_upper(c->machine, c->l, c->a, map->picture,
				    map->dim);
		algebra_solve_upper(c->machine, c->k, c->b, map->text,
				    map->dim);
	}
	mem_free(square);
	return e->code;
}

int solve_cca(struct solve_map *map, const struct solve_moments *m,
	      size_t words, size_t dim, double picture_ridge, double text_ridge,
	      const struct machine *machine, struct error *e)
{
	struct cca c = { .machine = machine, .a = m->a,
			 .b = MIN(words, m->b) };

	c.dim = MIN(dim, MIN(c.a, c.b));
	*map = (struct solve_map){ .dim = 0 };
	map->picture = mem_new(c.dim, c.a * sizeof(double), e);
	map->text = mem_new(c.dim, c.b * sizeof(double), e);
	if (!e->code &&
	    whiten(&c, m, picture_ridge, text_ridge, e) == 0)
		find(&c, map, e);
	mem_free(c.l);
	mem_free(c.k);
	mem_free(c.m);
	mem_free(c.mt);
	if (e->code)
		solve_map_free(map);
	return e->code;
}

void solve_map_free(struct solve_map *map)
{
	mem_free(map->picture);
	mem_free(map->text);
	*map = (struct solve_map){ .dim = 0 };
}
