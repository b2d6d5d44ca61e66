/*
 * solve_ridge.c - ridge regression of the texts' vectors on the pictures'
 * features (Hoerl and Kennard 1970).
 *
 *	A' = A + r mean(eig A) I = L transpose(L), P = inverse(A') C
 * with the covariance A of the features and C of features and texts.
 */
#include <string.h>

#include "joint/solve_parts.h"
#include "math/algebra.h"

int solve_ridge(struct solve_map *map, const struct solve_moments *m,
		double picture_ridge, const struct machine *machine,
		struct error *e)
{
	double *l = mem_new(m->a, m->a * sizeof(*l), e);

	*map = (struct solve_map){ .dim = m->b };
	map->picture = mem_new(m->b, m->a * sizeof(double), e);
	if (!e->code &&
	    solve_moments_ridge(l, m->aa, m->a, picture_ridge, "pictures",
				e) == 0 &&
	    algebra_cholesky(machine, l, m->a, e) == 0) {
		algebra_transpose(map->picture, m->ab, m->a, m->b);
		algebra_solve_lower(machine, l, m->a, map->picture, m->b);
		algebra_solve_upper(machine, l, m->a, map->picture, m->b);
	}
	mem_free(l);
	if (e->code)
		solve_map_free(map);
	return e->code;
}
