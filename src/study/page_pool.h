/*
 * page_pool.h - what the page's box searches: pictures, words, their vectors.
 *
 * A vector is 8 bits a dimension and one scale; the words' and the pictures'
 * are brought to length 1 again by the page, so a score is off by about .002
 * and the order of close pictures may be another than the program's.
 */
#ifndef PAGE_POOL_H
#define PAGE_POOL_H

#include "base/buf.h"
#include "base/str.h"

enum {
	PAGE_QUALITY = 80,	/* of JPEG */
	PAGE_POOL_MOST = 3000,	/* pictures: some 2.5 KB each */
};

struct page_pool {
	size_t dim, side;
	size_t count;			/* pictures */
	const float *vectors;		/* [count, dim] */
	const struct str *id, *caption;	/* [count] */
	const uint64_t *concepts;	/* [count]: what they show */
	const unsigned char *const *rgb;	/* [count] of [side, side, 3] */
	size_t words;
	const float *word_vectors;	/* [words, dim] */
	const struct str *word;		/* [words] */
	size_t stops;
	const struct str *stop;		/* [stops]: words left out of queries */
	const char *const *concept;	/* names of the bits, NULL ends them */
};

/* Appends one JSON object, safe inside a script element. */
int page_pool_write(struct buf *b, const struct page_pool *p, struct error *e);

#endif
