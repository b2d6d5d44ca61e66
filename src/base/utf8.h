/*
 * utf8.h - code points of UTF-8: read, checked, written.
 */
#ifndef UTF8_H
#define UTF8_H

#include <stdint.h>

#include "base/str.h"

/* Reads one code point at *at and moves *at past it.  Bytes that are not
 * UTF-8 (overlong, surrogate, past U+10FFFF, cut) give UTF8_BAD and move by
 * one byte.  Never reads at or past `end`. */
#define UTF8_BAD 0xFFFFFFFFu
uint32_t utf8_next(const char **at, const char *end);
int utf8_valid(struct str s);
/* Writes 1..4 bytes at `out`, returns how many. */
size_t utf8_put(uint32_t code, char out[4]);

/* Would it move the cursor, end the line or turn the text around?  Controls
 * (C0, DEL, C1), line and paragraph ends, marks of direction. */
int utf8_unsafe(uint32_t code);

#endif
