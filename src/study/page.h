/*
 * page.h - one HTML page of queries and the pictures they found, with a box to
 * ask more.
 *
 * The page is whole in itself: pictures, vectors, style and script are inside
 * it, nothing is asked from anywhere.  All text is escaped.  Without a script
 * it is a report, with one a search: the pictures of the pool are ranked by
 * vectors of 8 bits (page_pool.h).
 */
#ifndef PAGE_H
#define PAGE_H

#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/str.h"
#include "study/page_pool.h"

struct page_result {
	struct str caption;
	const char *shows;		/* what can be seen, for the alt text */
	const unsigned char *rgb;	/* [side, side, 3] */
	float score;
	int right;
	size_t picture;			/* its number in the pool */
};

/* A query and how it was answered; precisions are in thousandths. */
struct page_query {
	const char *text;
	const char *about;		/* a remark, or NULL */
	int simple;			/* of one concept */
	int ours, words, chance;	/* P@5: seesay's, text search, random;
					 * words is -1 where that cannot ask */
	const struct page_result *result;
	size_t results;
};

struct page {
	const char *title;
	const char *about;		/* a paragraph */
	const char *program, *index;	/* as one types them in a shell */
	size_t side;			/* of all pictures, in pixels */
	size_t counted;			/* results that the precision counts */
	const struct page_query *query;
	size_t queries;
	const struct page_query *more;	/* arithmetic; in no mean */
	size_t mores;
	const struct page_fact {
		const char *name, *value;
	} *fact;			/* "posts", "4000" */
	size_t facts;
	const struct page_pool *pool;	/* NULL: no box to ask */
};

enum page_column { PAGE_OURS, PAGE_WORDS, PAGE_CHANCE };
enum page_row { PAGE_SIMPLE, PAGE_COMPLEX, PAGE_ALL };
/* The mean precision of these queries, in thousandths; 0 if there are none. */
int page_mean(const struct page *p, enum page_row row, enum page_column column);

enum { PAGE_WEAK = 600 };		/* a precision up to this is marked */

/* Appends the page to b. */
int page_write(struct buf *b, const struct page *p, struct error *e);
/* Its sections, one a query (page_query.c). */
int page_put_query(struct buf *b, const struct page *p,
		   const struct page_query *q, size_t number, struct error *e);
/* Thousandths as percent. */
int page_put_percent(struct buf *b, int thousandths, struct error *e);

#endif
