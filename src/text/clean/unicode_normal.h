/* unicode_normal.h - one spelling for words that are the same in Unicode. */
#ifndef UNICODE_NORMAL_H
#define UNICODE_NORMAL_H

#include "base/mem.h"
#include "base/str.h"

/* Room for a word on its way; {0} at first. */
struct normal {
	uint32_t *code;			/* [count] */
	size_t count, room;
};
void normal_free(struct normal *n);

/* *word, letters and marks in UTF-8, becomes its normal form: NFKC of what is
 * letters, digits and marks, in small letters, a final sigma as any other.  A
 * letter keeps its first 30 marks.  Done twice it is as done once. */
int normal_word(struct normal *n, struct buf *word, struct error *e);

/* Is it, or does it begin with, a mark that goes with the letter before it (of
 * combining class not 0)? */
int normal_is_mark(uint32_t code);
/* The one code point that a kana and the voiced sound mark after it are, in any
 * width; 0 if none. */
uint32_t normal_kana(uint32_t kana, uint32_t mark);
/* What one code point alone is in the normal form, if that is one. */
uint32_t normal_code(uint32_t code);

#endif
