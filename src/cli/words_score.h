/*
 * words_score.h - seesay words score.
 */
#ifndef WORDS_SCORE_H
#define WORDS_SCORE_H

#include "base/error.h"

/* measure: an enum score_measure. */
int words_score(int count, char **operands, int measure, int json,
		struct error *e);

#endif
