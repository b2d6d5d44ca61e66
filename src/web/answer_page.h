/*
 * answer_page.h - one HTML page of the answer to a query.
 *
 * Whole in itself: pictures are inside, scaled to PAGE_SIDE at most, and each
 * is a link to its file.  Whatever comes from an index or a user (paths,
 * captions, terms, notes) is escaped.  Picture files are untrusted: a confined
 * child decodes them, and one that cannot be shown says why.
 */
#ifndef ANSWER_PAGE_H
#define ANSWER_PAGE_H

#include "base/buf.h"
#include "image/image.h"
#include "seesay.h"

enum {
	ANSWER_PAGE_SIDE = 320,
	ANSWER_PAGE_PICTURES = 1000,	/* that are inside; others are links */
};

struct answer_page {
	const char *query;
	const char *root;		/* that paths begin with */
	const struct seesay_answer *answer;
	struct decoder *decoder;
	const struct kernels *kernels;
	size_t *shown;			/* counts the pictures inside */
};

/* Appends the page to b. */
int answer_page_write(struct buf *b, const struct answer_page *p,
		      struct error *e);

#endif
