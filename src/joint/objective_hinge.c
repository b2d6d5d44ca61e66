/*
 * objective_hinge.c - a picture ranks its text, and a text its picture, above
 * others by a margin (Kiros et al. 2014; with the hardest one only, VSE++,
 * Faghri et al. 2018).  With s the similarity of picture and text:
 *	all:	 L = 1/n sum_i sum_j max(0, m - s_ii + s_ij) and both ways
 *	hardest: L = 1/n sum_i max_j max(0, m - s_ii + s_ij) and both ways
 * j over other posts.  Theirs are sums over the batch, n times ours.  With the
 * norm "none" and all others this is Karpathy's global ranking objective
 * (2014).
 */
#include "joint/objective_pairs.h"

#include <string.h>

static double hinge_all(const struct objective_row *r)
{
	float margin = r->j->settings.margin, each = 1.0f / (float)r->n;
	size_t count = 0;
	double sum = 0;

	for (size_t i = 0; i < r->n; i++) {
		float v = (margin - r->s[r->own]) + r->s[i];

		r->g[i] = 0;
		/* a NaN goes on and shows in the sum */
		if (v <= 0 || !objective_row_other(r, i))
			continue;
		r->g[i] = each;
		sum += (double)v;
		count++;
	}
	r->g[r->own] = -(each * (float)count);
	return sum / (double)r->n;
}

static double hinge_hardest(const struct objective_row *r)
{
	float margin = r->j->settings.margin, each = 1.0f / (float)r->n, v;
	size_t worst = r->own;

	memset(r->g, 0, r->n * sizeof(*r->g));
	for (size_t i = 0; i < r->n; i++)
		if (objective_row_other(r, i) &&
		    (worst == r->own || r->s[i] > r->s[worst]))
			worst = i;
	v = (margin - r->s[r->own]) + r->s[worst];
	if (worst == r->own || v <= 0)
		return 0;
	r->g[worst] = each;
	r->g[r->own] = -each;
	return (double)v / (double)r->n;
}

static double hinge_row(const struct objective_row *r)
{
	return r->j->settings.negatives == OBJECTIVE_HARDEST ?
	       hinge_hardest(r) : hinge_all(r);
}

const struct objective_type objective_hinge = {
	.defaults = { .margin = 0.2f, .norm = OBJECTIVE_UNIT },
	.negatives = 1u << OBJECTIVE_ALL | 1u << OBJECTIVE_HARDEST,
	.norms = 7, .has_margin = 1, .row = hinge_row,
};
