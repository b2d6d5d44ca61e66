/*
 * query_lex.h - a query's characters to its tokens, and those to what is meant.
 * For query*.c alone.
 */
#ifndef QUERY_LEX_H
#define QUERY_LEX_H

#include "search/query.h"

enum lex_kind { LEX_END, LEX_PLUS, LEX_MINUS, LEX_OPEN, LEX_CLOSE, LEX_WEIGHT,
		LEX_ATOM };

/* What stands before a token. */
enum lex_gap { LEX_GLUED, LEX_BLANK, LEX_COMMA };

struct lex {
	const char *at, *end;
	size_t character;	/* of *at, counted from 1 */
	struct buf *keep;	/* has room for all names once more */
};

struct lex_token {
	enum lex_kind kind;
	enum lex_gap gap;
	size_t character;	/* where it starts */
	struct query_term atom;	/* ATOM; text points into the input or keep */
	float weight;		/* WEIGHT */
};

/* Refuses text with controls or bytes that are not UTF-8. */
int lex_start(struct lex *l, struct str text, struct buf *keep,
	      struct error *e);
int lex_next(struct lex *l, struct lex_token *t, struct error *e);

/* All tokens of a query, the last is LEX_END. */
struct lex_list {
	struct lex_token *token;
	size_t count, room;
};
int lex_list_add(struct lex_list *list, const struct lex_token *t,
		 struct error *e);
/* query_words.c: the words among the tokens as people mean them; *list becomes
 * another. */
int query_words(struct lex_list *list, struct query *q,
		const struct query_lexicon *lexicon, struct error *e);

#endif
