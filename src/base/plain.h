/*
 * plain.h - the door for plain text: lists, captions, corpora, stop lists.
 *
 * What comes through it is UTF-8 without a byte order mark, its lines ended by
 * LF, with or without a CR.  Lines that end in CR alone are mended.  UTF-16
 * with its mark is decoded; other UTF-16, UTF-32, packed files, pictures and
 * anything with zero bytes are refused by name.  Single bytes that are not
 * UTF-8 pass: readers see to the record they are in.  So does half of a
 * surrogate pair, as three bytes that are not UTF-8.
 */
#ifndef PLAIN_H
#define PLAIN_H

#include "base/file.h"
#include "base/str.h"

struct plain {
	struct str text;	/* what to read */
	struct file_view view;
	struct buf bytes;	/* of a pipe or standard input */
	struct buf decoded;
};
/* Path "-" is standard input.  max_bytes 0: of any size.  To be closed even
 * after a failure. */
int plain_open(struct plain *p, const char *path, size_t max_bytes,
	       struct error *e);
void plain_close(struct plain *p);

/* The same for bytes in memory: *text moves past its marks or into *decoded.
 * Messages begin with the quoted name, or with "its text". */
int plain_decode(struct str *text, struct buf *decoded, const char *name,
		 struct error *e);
/* How many lines hold bytes that are not UTF-8; *first is the first, from 1. */
size_t plain_bad_lines(struct str text, size_t *first);

#endif
