/*
 * posts_text.h - names of pictures, lines of files, words of people: the small
 * checks every layout needs before it believes its source.
 */
#ifndef POSTS_TEXT_H
#define POSTS_TEXT_H

#include "base/buf.h"
#include "base/error.h"
#include "base/str.h"

enum {
	POSTS_LINE_BYTES = 1 << 20,	/* a longer line, record or text is
					   listed, never cut */
};

/* Appends s without blanks at both ends; 0 bytes and bytes that are not UTF-8
 * become U+FFFD.  A byte order mark at the start is dropped.  Cleaning what is
 * clean changes nothing. */
int posts_text_clean(struct buf *b, struct str s, struct error *e);
/* Appends tags with '\n' between them.  In `s` they are parted by commas or
 * semicolons where there is one, else by blanks. */
int posts_text_tags(struct buf *b, struct str s, struct error *e);
int posts_text_tag(struct buf *b, struct str tag, struct error *e);

/* ".jpg", with the point; empty if the last part of the path has none. */
struct str posts_text_suffix(struct str path);
struct str posts_text_stem(struct str path);
/* The part before the first '/', empty if there is none. */
struct str posts_text_folder(struct str path);
/* The suffix is one of `list` ("|.jpg|.png|", lower case), in any case. */
int posts_text_suffixed(struct str path, const char *list);
int posts_text_is_picture(struct str path);
/* Relative, no "..", no empty part, no 0 byte: stays below its root. */
int posts_text_is_inside(struct str path);

/* Lines of a text in memory, without their LF or CR LF. */
struct posts_text_lines {
	struct str rest;
	size_t number;			/* of the line given last, from 1 */
};
void posts_text_start(struct posts_text_lines *l, struct str text);
int posts_text_line(struct posts_text_lines *l, struct str *line);

#endif
