/*
 * query_lex.h - a query's characters to its tokens.  For query.c alone.
 */
#ifndef QUERY_LEX_H
#define QUERY_LEX_H

#include "search/query.h"

enum lex_kind { LEX_END, LEX_PLUS, LEX_MINUS, LEX_OPEN, LEX_CLOSE, LEX_WEIGHT,
		LEX_ATOM };

struct lex {
	const char *at, *end;
	size_t character;	/* of *at, counted from 1 */
};

struct lex_token {
	enum lex_kind kind;
	size_t character;	/* where it starts */
	struct query_term atom;	/* ATOM; text points into the input */
	float weight;		/* WEIGHT */
};

/* Refuses text with controls or bytes that are not UTF-8. */
int lex_start(struct lex *l, struct str text, struct error *e);
int lex_next(struct lex *l, struct lex_token *t, struct error *e);

#endif
