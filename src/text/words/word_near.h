/*
 * word_near.h - the words nearest to an expression such as 'king-man+woman'.
 */
#ifndef NEAR_H
#define NEAR_H

#include "text/words/words.h"

enum { WORD_NEAR_MAX_TERMS = 64 };

/* A parsed expression; {0} is empty. */
struct word_near_query {
	uint32_t ids[WORD_NEAR_MAX_TERMS]; /* WORDS_NONE: built of n-grams */
	float signs[WORD_NEAR_MAX_TERMS];	/* 1 or -1 */
	float *vectors;			/* [count, dim], owned */
	size_t count, room;
	struct buf stopped;		/* stop words left out, a 0 byte after
					 * each; owned */
	struct buf notes;		/* for the user, in the same form */
};

struct word_near_hit {
	uint32_t id;
	float cosine;
};

/* Adds the terms of one expression: words parted by '+', '-' or blanks, taken
 * as words_read_word does.  A word that is not known is an error that names the
 * closest ones; stop words of the model are left out and listed; a word in
 * hyphens that the vocabulary has as one, but not all its parts, is that one,
 * with a note. */
int word_near_add(struct word_near_query *q, const struct words *w,
		  struct str text, const struct kernels *kernels,
		  struct error *e);
void word_near_free(struct word_near_query *q);
/* After all terms: an error if they are stop words alone, or nothing is left of
 * their sum. */
int word_near_check(const struct word_near_query *q, const struct words *w,
		    struct error *e);
/* target [dim]: the sum of sign * vector, vectors at length 1 (3CosAdd of Levy
 * and Goldberg 2014): rare words, which are short, weigh the same. */
void word_near_target(const struct word_near_query *q, const struct words *w,
		      float *target, const struct kernels *kernels);
/* The k words of largest cosine to the target, the terms of q left out; ties
 * by number.  Returns how many there are. */
size_t word_near_find(const struct word_near_query *q, const struct words *w,
		      const float *target, struct word_near_hit *hits, size_t k,
		      const struct kernels *kernels);
/* One word as the model spells it, appended to *form (words_read_word).  1; 0
 * if the model does not know it, or it is several. */
int word_near_word(const struct words *w, struct str text, struct buf *form,
		   struct error *e);
/* out [dim]: the word's row of the model, or what n-grams build; 1, or 0 if the
 * model does not know the word, or an error. */
int word_near_vector(const struct words *w, struct str word, float *out,
		     const struct kernels *kernels, struct error *e);
/* "'tioxins' is not in the vocabulary (71 290 words)", hint: closest words. */
int word_near_unknown(const struct words *w, struct str text, struct error *e);

#endif
