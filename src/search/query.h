/*
 * query.h - the query language.
 *
 *	query  := term { op term }	op := '+' | '-' | blank between words
 *	term   := [ weight ] atom	weight := number ':' | number '*'
 *	atom   := word | '"' phrase '"' | '[IMG_' n ']' | 'IMG_' n
 *		| '@' path | 'id:' key | '(' query ')'
 *
 * '+', '-', '(' and ')' are operators outside quotes; repeating a term adds to
 * its weight; Unicode minus, plus and full-width forms count as ASCII; '#'
 * before a word is dropped.  Parsing gives a flat list of signed terms.
 */
#ifndef QUERY_H
#define QUERY_H

#include "base/buf.h"
#include "base/error.h"
#include "base/str.h"

enum query_kind { QUERY_WORD, QUERY_PHRASE, QUERY_RESULT, QUERY_FILE,
		  QUERY_ID };

struct query_term {
	enum query_kind kind;
	struct str text;	/* word, phrase, path, id */
	size_t number;		/* QUERY_RESULT: n of [IMG_n] */
	float weight;		/* signed */
};

struct query {
	struct query_term *term;
	size_t count;
	struct buf text;	/* what the terms point into */
};

/* Errors are ERROR_USAGE and name the place: "query: ')' without '(' at
 * character 7". */
int query_parse(struct query *q, struct str text, struct error *e);
void query_free(struct query *q);

/* How a term becomes a vector: filled in by the caller (src/seesay.c). */
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
