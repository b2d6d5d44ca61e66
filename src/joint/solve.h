/*
 * solve.h - a space in closed form: ridge regression or canonical correlation
 * from the features of a trunk that stays as it is.
 *
 * There is no rate, no epoch and no seed.  The pictures' side is the trunk, its
 * features' mean over the views at unit length, and a linear map.  The texts'
 * side is a words model as it is (ridge, solve_ridge.c), or a weighted bag of
 * words and a linear map (cca, solve_cca.c).
 */
#ifndef SOLVE_H
#define SOLVE_H

#include "joint/space.h"

enum solve_kind { SOLVE_NONE, SOLVE_RIDGE, SOLVE_CCA };
extern const char *const solve_names[];		/* NULL at the end */

struct solve_options {
	enum solve_kind kind;
	const char *posts, *out;	/* files */
	const char *words;		/* ridge's; NULL for cca */
	const char *trunk;		/* weights */
	const char *features;		/* file of them; NULL: beside posts */
	int views;
	enum words_caption caption;	/* ridge: how a post's words become a
					 * vector */
	int bag_words;			/* cca: words of the vocabulary */
	int dim;			/* cca: of the space, at most */
	/* Ridge of a covariance, as a multiple of its mean eigenvalue; both
	 * below 0: chosen on posts kept aside. */
	float picture_ridge, text_ridge;
	int restart;			/* drops what is there (run/run.h) */
};
void solve_defaults(struct solve_options *o);

int solve_run(const struct solve_options *o, const struct machine *machine,
	      struct error *e);

#endif
