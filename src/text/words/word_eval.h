/*
 * word_eval.h - how well word vectors agree with people: pairs of words with
 * the likeness people gave them, and analogies ("a is to b as c is to ?").
 *
 * Pairs: the cosines of the pairs and the given scores, compared by Spearman's
 * rho: both become ranks 1 .. n, equal values the mean of their ranks, and rho
 * is the correlation of the ranks, sum((x - m)(y - m)) / sqrt(sum((x - m)^2) *
 * sum((y - m)^2)) with m = (n + 1) / 2.  Pairs with an unknown word do not
 * count.
 *
 * Analogies (Levy and Goldberg 2014), all vectors of length 1:
 *	add (3CosAdd): the word x of largest (b - a + c) . x
 *	mul (3CosMul): that of largest B * C / (A + 0.001), where A, B, C are
 *	(x . a + 1) / 2 and so on
 * x is any word of the vocabulary but a, b, c; ties by number.  It is right if
 * it is d.  Questions with a word that is not in the vocabulary do not count.
 */
#ifndef SCORE_H
#define SCORE_H

#include "format/vectors.h"
#include "text/words/words.h"

/* ---- a set of questions -------------------------------------------------- */

enum word_eval_kind { WORD_EVAL_PAIRS, WORD_EVAL_ANALOGIES };

struct word_eval_item {
	struct str word[4];	/* two of a pair */
	float wanted;		/* of a pair */
	uint32_t section;	/* of an analogy */
};

struct word_eval_set {
	const char *path;
	enum word_eval_kind kind;
	struct vectors_bytes file;	/* the strings are in it */
	struct word_eval_item *items;	/* [count] */
	size_t count, room;
	struct string_map *sections;		/* names; pairs have one, "" */
};

/* Knows by the content what it is; a line that is neither is refused. */
int word_eval_read(struct word_eval_set *s, const char *path, struct error *e);
void word_eval_free(struct word_eval_set *s);

/* ---- what a model makes of it -------------------------------------------- */

enum word_eval_measure { WORD_EVAL_ADD, WORD_EVAL_MUL };
extern const char *const word_eval_measure_names[];	/* NULL at the end */

struct word_eval_section {
	struct str name;
	size_t total, known, right;
};
struct word_eval_result {
	struct word_eval_section *sections;	/* [count], owned: mem_free */
	size_t count;
	struct word_eval_section all;
	double rho;		/* of pairs; NAN if there is none */
};
int word_eval_run(struct word_eval_result *r, const struct word_eval_set *s,
		  const struct words *w, enum word_eval_measure measure,
		  const struct machine *machine, struct error *e);

/* Spearman's rho as above; NAN for fewer than two, or if all x or all y are
 * the same. */
int word_eval_spearman(double *rho, const float *x, const float *y, size_t n,
		       struct error *e);

#endif
