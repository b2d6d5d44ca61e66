/*
 * solve_parts.h - what the files of solve share: see solve.h.
 */
#ifndef SOLVE_PARTS_H
#define SOLVE_PARTS_H

#include "joint/bag.h"
#include "joint/solve.h"
#include "joint/targets.h"
#include "joint/tower_trunk.h"
#include "run/run.h"

/* Posts of one use, by number in the dataset, and in s->targets. */
struct solve_posts {
	uint32_t *post, *target;	/* [count] */
	size_t count;
};

/* Means, and covariances about them, of pictures (a) and texts (b). */
struct solve_moments {
	size_t a, b;			/* dimensions */
	double *mean_a, *mean_b;
	double *aa, *ab;		/* [a, a], [a, b] */
	double *bb;			/* [b, b]; NULL: ridge */
};

/* What is solved for: picture = (f - mean) P, text = t Q, rows as they lie. */
struct solve_map {
	size_t dim;
	double *picture;		/* [dim, a]: columns of P */
	double *text;			/* [dim, b]; NULL: texts as they are */
};

struct solve {
	const struct solve_options *o;
	const struct machine *machine;
	struct dataset posts;
	struct st_file *words_file, *trunk_file;
	struct tower text, pictures;	/* text: ridge; cca once it is made */
	struct bag bag;			/* cca */
	struct features features;
	struct targets targets;		/* ridge: of all posts below */
	struct solve_posts train, fit, held;	/* the last two to choose on;
						 * they may be empty */
	struct solve_moments moments;
	struct solve_map map;
	float picture_ridge, text_ridge;	/* as chosen */
	float *text_rows;		/* [words, dim] of a cca */
	float *text_center, *image_center;	/* [dim] */
	struct run run;
};

/* solve_data.c */
int solve_open(struct solve *s, struct error *e);
int solve_open_posts(struct solve *s, struct error *e);
/* Rows [words, dim] of the texts' map, a new block. */
float *solve_text_rows(const struct solve_map *map, size_t words,
		       struct error *e);
void solve_close(struct solve *s);
/* out [features]: of unit length. */
void solve_picture(const struct solve *s, size_t post, float *out);
/* out [moments.b]: the mean of the texts of p->post[i]. */
int solve_text(const struct solve *s, const struct solve_posts *p, size_t i,
	       struct bag_text *room, float *out, struct error *e);

/* solve_moments.c */
int solve_moments_make(struct solve_moments *m, const struct solve *s,
		       const struct solve_posts *p, struct error *e);
void solve_moments_free(struct solve_moments *m);
/* a [n, n] plus `ridge` times its mean eigenvalue; into out. */
int solve_moments_ridge(double *out, const double *a, size_t n, double ridge,
			const char *what, struct error *e);

/* solve_cca.c, solve_ridge.c; words: as many of the bag as are used. */
int solve_cca(struct solve_map *map, const struct solve_moments *m,
	      size_t words, size_t dim, double picture_ridge, double text_ridge,
	      const struct machine *machine, struct error *e);
int solve_ridge(struct solve_map *map, const struct solve_moments *m,
		double picture_ridge, const struct machine *machine,
		struct error *e);
void solve_map_free(struct solve_map *map);

/* solve_choose.c: sets the ridges, tried on s->held. */
int solve_choose(struct solve *s, struct error *e);

#endif
