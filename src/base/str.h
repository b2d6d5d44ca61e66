/*
 * str.h - slices of bytes.
 */
#ifndef STR_H
#define STR_H

#include <stddef.h>
#include <string.h>

#include "base/buf.h"

struct str {			/* a view: never owns, no 0 byte at the end */
	const char *data;
	size_t bytes;
};

static inline struct str str_of(const char *s)
{
	return (struct str){ s, strlen(s) };
}
/* One past the last byte; adding to a null pointer is not allowed. */
static inline const char *str_end(struct str s)
{
	return s.bytes ? s.data + s.bytes : s.data;
}

int str_equal(struct str a, struct str b);
/* Order by bytes, shorter first: <0, 0, >0. */
int str_compare(struct str a, struct str b);
struct str str_trim(struct str s);	/* without ASCII blanks at both ends */

/* Appends s as it may be shown on a terminal or stand in one field of a line:
 * what is unsafe as \x0A or \u202E, a byte that is not UTF-8 as \xE9. */
int str_put_safe(struct buf *b, struct str s, struct error *e);
/* Appends two hexadecimal digits for each byte. */
int str_put_hex(struct buf *b, struct str s, struct error *e);

#endif
