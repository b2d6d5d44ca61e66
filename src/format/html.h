/*
 * html.h - what every page needs: text made harmless, bytes as base64, files
 * that the program carries.
 *
 * Whatever is put by html_text stays text, between tags and inside quotes.
 */
#ifndef HTML_H
#define HTML_H

#include "base/buf.h"
#include "base/str.h"

/* Appends text; bytes that are not UTF-8 become U+FFFD, control characters a
 * blank. */
int html_text(struct buf *b, struct str text, struct error *e);
/* Markup of our own. */
int html_put(struct buf *b, const char *markup, struct error *e);
int html_base64(struct buf *b, const void *data, size_t bytes,
		struct error *e);
/* An embedded file, as it is: "src/web/demo.css". */
int html_file(struct buf *b, const char *name, struct error *e);

/* From the doctype up to the open <body>: a page that asks nothing of any
 * network.  style is an embedded file, put after page.css. */
int html_begin(struct buf *b, struct str title, const char *style,
	       struct error *e);

/* A score with three digits, whatever the locale. */
int html_score(struct buf *b, float score, struct error *e);

#endif
