/*
 * page.h - one HTML page of queries and the pictures they found.
 *
 * The page is whole in itself: pictures and style are inside it, nothing is
 * asked from anywhere.  All text is escaped.
 */
#ifndef PAGE_H
#define PAGE_H

#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/str.h"

struct page_result {
	struct str caption;
	const char *shows;		/* what can be seen, for the alt text */
	const unsigned char *rgb;	/* [side, side, 3] */
	float score;
	int right;
};

/* A query and how it was answered; precisions are in thousandths. */
struct page_query {
	const char *text;
	int simple;			/* of one concept */
	int ours, words, chance;	/* P@5: seesay's, text search, random */
	const struct page_result *result;
	size_t results;
};

struct page {
	const char *title;
	const char *about;		/* a paragraph */
	size_t side;			/* of all pictures, in pixels */
	size_t counted;			/* results that the precision counts */
	const struct page_query *query;
	size_t queries;
	const struct page_fact {
		const char *name, *value;
	} *fact;			/* "posts", "4000" */
	size_t facts;
};

enum page_column { PAGE_OURS, PAGE_WORDS, PAGE_CHANCE };
enum page_row { PAGE_SIMPLE, PAGE_COMPLEX, PAGE_ALL };
/* The mean precision of these queries, in thousandths; 0 if there are none. */
int page_mean(const struct page *p, enum page_row row, enum page_column column);

/* Appends the page to b. */
int page_write(struct buf *b, const struct page *p, struct error *e);

#endif
