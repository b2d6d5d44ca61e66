/*
 * query.h - the query language.
 *
 *	query  := [ sign ] term { op term }	op := '+' | '-' | blank
 *	term   := [ weight ] atom	weight := number ':' | number '*'
 *	atom   := word | '"' phrase '"' | '[IMG_' n ']' | 'IMG_' n
 *		| '@' path | 'id:' key | '(' query ')'
 *
 * '+', '-', '(' and ')' are operators outside quotes; repeating a term adds to
 * its weight; Unicode minus, plus and full-width forms count as ASCII; '#'
 * before a word is dropped.  In quotes \" \\ \n \r \t and \xHH stand for a
 * quote, a backslash, controls and any byte.  Parsing gives a flat list of
 * signed terms.
 *
 * Who knows which words there are (struct query_lexicon) has words read as
 * people type them (query_words.c): what cleaning parts is several words
 * (shoes/boots), and one word may be typed as several (t-shirt, new york).
 */
#ifndef QUERY_H
#define QUERY_H

#include "base/buf.h"
#include "base/error.h"
#include "base/str.h"

enum query_kind { QUERY_WORD, QUERY_PHRASE, QUERY_RESULT, QUERY_FILE,
		  QUERY_ID };

/* How a word is known; each is better than those before. */
enum query_known {
	QUERY_UNKNOWN,
	QUERY_NO_WORD,		/* no letter in it, as in '&' */
	QUERY_STOP,		/* a word that the model left out */
	QUERY_BUILT,		/* not in the vocabulary, but it has a vector */
	QUERY_KNOWN,
};

struct query_term {
	enum query_kind kind;
	enum query_known known;	/* of a word; else QUERY_KNOWN */
	int quoted;		/* it was written in quotes */
	struct str text;	/* word, phrase, path, id */
	size_t number;		/* QUERY_RESULT: n of [IMG_n] */
	float weight;		/* signed */
};

struct query {
	struct query_term *term;
	size_t count, room;
	struct buf text;	/* what the terms point into */
	struct buf notes;	/* about words, a 0 byte after each */
	size_t note_count;
	struct query_room {	/* the parser's, kept for the next text */
		void *token, *read, *piece;
		size_t token_room, read_room,
			piece_room; /* the last in bytes */
	} room_of;
};

struct query_lexicon {
	void *context;
	/* Words are left out where they are not known: then a word in hyphens
	 * that begins with one is left out as a whole. */
	int skips;
	/* enum query_known or an error; *words: as how many words it is read */
	int (*look)(void *context, struct str word, size_t *words,
		    struct error *e);
};

/* *q is {0} or an earlier query, whose memory is used again.  Errors of form
 * are ERROR_USAGE and name the place: "query: ')' without '(' at character 7".
 * Without a lexicon (NULL) all words are taken as known. */
int query_parse(struct query *q, struct str text,
		const struct query_lexicon *lexicon, struct error *e);
void query_free(struct query *q);
size_t query_bytes(const struct query *q);	/* of memory */

/* How a term becomes a vector: filled in by the caller
 * (src/api/seesay_ask.c). */
struct query_resolver {
	void *context;
	size_t dim;
	/* 0, or an error; out [dim] unit length (or the space's own norm) */
	int (*resolve)(void *context, const struct query_term *term, float *out,
		       struct error *e);
};

/* The query's vector: sum of weight * term vector, then unit length (if
 * `unit`).  per_term [count, dim] receives weight * vector * the same factor,
 * so that dot(per_term[t], picture) is term t's exact share of the score; may
 * be NULL.  A sum of zero is an error that says so. */
int query_vector(const struct query *q, const struct query_resolver *r,
		 int unit, float *out, float *per_term, struct error *e);

#endif
