/*
 * search_page.h - writes the page of `seesay search --page`.
 */
#ifndef SEARCH_PAGE_H
#define SEARCH_PAGE_H

#include "image/image.h"
#include "seesay.h"

/* `decoder` was opened before the answer's handle.  "-": standard output. */
int search_page_write(const char *page, const char *query, const char *root,
		      const struct seesay_answer *a, struct decoder *decoder,
		      struct error *e);

#endif
