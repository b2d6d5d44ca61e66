/*
 * clean.h - captions to tokens.
 *
 * CLEAN_UNICODE (default): text is taken as UTF-8 (bad bytes part words);
 * letters of all scripts are kept, in one spelling (unicode_normal.h): small
 * letters, composed, full-width forms and ligatures as plain letters; words
 * are maximal runs of letters, digits, marks, and inner apostrophes or hyphens
 * dropped ("don't" -> "dont"); '#' opens a hashtag and goes, so "#BeachLife"
 * gives "beachlife"; links and @mentions are dropped; each emoji is a word;
 * CJK text gives bigrams of characters.
 *
 * CLEAN_SEED: exactly what the InstaCities1M scripts do: '#' becomes a blank,
 * every byte that is not an ASCII letter, digit or blank is deleted (newlines
 * too), lower case, then maximal runs of letters of length 2 to 15.
 */
#ifndef CLEAN_H
#define CLEAN_H

#include "base/buf.h"
#include "base/error.h"
#include "base/str.h"

enum clean_kind { CLEAN_UNICODE, CLEAN_SEED };
extern const char *const clean_kind_names[];	/* NULL at the end */

struct clean {
	enum clean_kind kind;
	const struct string_map *stop;	/* words to drop; may be NULL */
	struct buf *stopped;		/* NULL, or gets the words dropped, each
					 * with a 0 byte after it */
	int stem;			/* then words to stems (stem.h) */
};

/* The tokens of one text, one after the other in `out` (cleared first) with a
 * 0 byte after each. */
int clean_tokens(const struct clean *c, struct str text, struct buf *out,
		 size_t *count, struct error *e);

/* Adds the words of a built-in list ("en", "none") or of a file (one a line)
 * to a table. */
struct string_map *clean_stop_list(const char *name_or_path, struct error *e);

/* One word to such a table: in the spelling of CLEAN_UNICODE, with one kind of
 * apostrophe. */
int clean_stop_add(struct string_map *t, struct str word, struct error *e);

#endif
