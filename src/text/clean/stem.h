/*
 * stem.h - English words to their stems ("beaches", "beach" -> "beach").
 */
#ifndef STEM_H
#define STEM_H

#include <stddef.h>

/* Stems a word of lower case ASCII letters and digits in place and returns its
 * new length, which is never larger.  Words with any other byte and those over
 * 64 letters stay. */
size_t stem_porter(char *word, size_t bytes);

#endif
