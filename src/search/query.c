/*
 * query.c - the query language: parsing, and the query's vector.
 *
 * Parsing keeps the open parentheses in an array of factors, so depth costs no
 * stack and has a bound.  The sign and the weight before '(' go to everything
 * inside: 2:(cat-dog) is 2:cat - 2:dog.
 *
 * Must hold: weights are finite; every term stands once, with the sum of its
 * weights, in the order of first appearance.
 */
#include "search/query.h"

#include <math.h>

#include "base/base.h"
#include "search/query_lex.h"

enum {
	MAX_BYTES = 16384,	/* of a query */
	MAX_TERMS = 256,
	MAX_DEPTH = 32,		/* of parentheses */
	MAX_WEIGHT = 1000000,	/* so that every product is finite */
};

struct parser {
	struct query *q;
	struct lex_token token;
	struct error *e;

	/* before the next operand */
	char sign;			/* '+', '-', or 0: none was written */
	size_t sign_at;			/* its character */
	float weight;
	size_t weight_at;		/* 0: none was written */

	size_t depth;
	float factor[MAX_DEPTH + 1];	/* of everything at this depth */
	size_t open_at[MAX_DEPTH + 1];	/* character of its '(' */
	int filled[MAX_DEPTH + 1];	/* something stands there */
};

/* ---- parsing ------------------------------------------------------------- */

static void start_operand(struct parser *p)
{
	p->sign = 0;
	p->weight = 1;
	p->weight_at = 0;
}

/* After an operand or before the end: nothing may be waiting for one. */
static int check_complete(struct parser *p)
{
	if (p->weight_at)
		return fail(p->e, ERROR_USAGE, "query: the weight at character "
			    "%zu has no term after it", p->weight_at);
	if (p->sign)
		return fail(p->e, ERROR_USAGE, "query: '%c' at character %zu "
			    "has no term after it", p->sign, p->sign_at);
	return 0;
}

static int take_sign(struct parser *p, char sign)
{
	/* "a + -b" is fine, "a - -b" is more likely a slip */
	if (p->weight_at || p->sign == '-' || (p->sign && sign == '+')) {
		check_complete(p);
		return p->e->code;
	}
	p->sign = sign;
	p->sign_at = p->token.character;
	return 0;
}

static int take_weight(struct parser *p)
{
	if (p->weight_at)
		return fail(p->e, ERROR_USAGE, "query: two weights in a row at "
			    "character %zu", p->token.character);
	p->weight = p->token.weight;
	p->weight_at = p->token.character;
	return 0;
}

/* The weight of the operand that starts here. */
static int operand_weight(struct parser *p, float *weight)
{
	float w = p->factor[p->depth] * p->weight;

	if (!(w >= -MAX_WEIGHT && w <= MAX_WEIGHT))
		return fail(p->e, ERROR_USAGE, "query: the weight at character "
			    "%zu is over %d", p->token.character,
			    (int)MAX_WEIGHT);
	*weight = p->sign == '-' ? -w : w;
	return 0;
}

static int take_open(struct parser *p)
{
	float weight = 1;

	if (p->depth == MAX_DEPTH)
		return fail(p->e, ERROR_USAGE, "query: more than %d '(' inside "
			    "each other at character %zu", (int)MAX_DEPTH,
			    p->token.character);
	if (operand_weight(p, &weight) < 0)
		return p->e->code;
	p->depth++;
	p->factor[p->depth] = weight;
	p->open_at[p->depth] = p->token.character;
	p->filled[p->depth] = 0;
	start_operand(p);
	return 0;
}

static int take_close(struct parser *p)
{
	if (p->depth == 0)
		return fail(p->e, ERROR_USAGE, "query: ')' without '(' at "
			    "character %zu", p->token.character);
	if (check_complete(p) < 0)
		return p->e->code;
	if (!p->filled[p->depth])
		return fail(p->e, ERROR_USAGE, "query: nothing between '(' and "
			    "')' at character %zu", p->open_at[p->depth]);
	p->depth--;
	p->filled[p->depth] = 1;
	return 0;
}

static struct query_term *find_term(const struct query *q,
				    const struct query_term *t)
{
	for (size_t i = 0; i < q->count; i++)
		if (q->term[i].kind == t->kind &&
		    q->term[i].number == t->number &&
		    str_equal(q->term[i].text, t->text))
			return &q->term[i];
	return NULL;
}

static int take_atom(struct parser *p)
{
	struct query_term *t = find_term(p->q, &p->token.atom);
	float weight = 1;

	if (operand_weight(p, &weight) < 0)
		return p->e->code;
	if (!t) {
		if (p->q->count == MAX_TERMS)
			return fail(p->e, ERROR_USAGE, "query: more than %d "
				    "different terms", (int)MAX_TERMS);
		if (mem_grow(&p->q->term, &p->q->room, p->q->count + 1,
			     sizeof(*t), p->e) < 0)
			return p->e->code;
		t = &p->q->term[p->q->count++];
		*t = p->token.atom;
		t->weight = 0;
	}
	t->weight = t->weight + weight;
	p->filled[p->depth] = 1;
	start_operand(p);
	return 0;
}

static int take_end(struct parser *p)
{
	if (check_complete(p) < 0)
		return p->e->code;
	if (p->depth)
		return fail(p->e, ERROR_USAGE, "query: '(' at character %zu is "
			    "never closed", p->open_at[p->depth]);
	if (!p->filled[0]) {
		fail(p->e, ERROR_USAGE, "query: it is empty");
		return hint(p->e, "write words, as in beach - sunrise");
	}
	return 0;
}

static int take(struct parser *p)
{
	switch (p->token.kind) {
	case LEX_PLUS:
		return take_sign(p, '+');
	case LEX_MINUS:
		return take_sign(p, '-');
	case LEX_WEIGHT:
		return take_weight(p);
	case LEX_OPEN:
		return take_open(p);
	case LEX_CLOSE:
		return take_close(p);
	case LEX_ATOM:
		return take_atom(p);
	case LEX_END:
		break;
	}
	return take_end(p);
}

static int lex_all(struct lex_list *list, struct query *q, struct error *e)
{
	struct lex lex;
	struct lex_token t;

	if (lex_start(&lex, (struct str){ q->text.data, q->text.bytes },
		      &q->text, e) < 0)
		return e->code;
	do {
		if (lex_next(&lex, &t, e) < 0 || lex_list_add(list, &t, e) < 0)
			return e->code;
	} while (t.kind != LEX_END);
	return 0;
}

/* The text, and room for its names and joined words behind it. */
static int keep_text(struct query *q, struct str text, struct error *e)
{
	if (text.bytes > MAX_BYTES)
		return fail(e, ERROR_USAGE, "query: %zu bytes are too many, "
			    "%d at most", text.bytes, (int)MAX_BYTES);
	if (mem_grow(&q->text.data, &q->text.room, 5 * text.bytes + 64, 1,
		     e) < 0)
		return e->code;
	return buf_add(&q->text, text.data, text.bytes, e);
}

int query_parse(struct query *q, struct str text,
		const struct query_lexicon *lexicon, struct error *e)
{
	struct parser p = { .q = q, .e = e, .weight = 1, .factor = { 1 } };
	struct query_room *own = &q->room_of;
	struct lex_list list = { .token = own->token, .room = own->token_room };

	q->count = q->note_count = 0;
	buf_clear(&q->text);
	buf_clear(&q->notes);
	if (keep_text(q, text, e) < 0 || lex_all(&list, q, e) < 0 ||
	    (lexicon && query_words(&list, q, lexicon, e) < 0))
		goto done;
	for (size_t i = 0; i < list.count; i++) {
		p.token = list.token[i];
		if (take(&p) < 0)
			break;
	}
done:
	own->token = list.token;
	own->token_room = list.room;
	if (e->code)
		query_free(q);
	return e->code;
}

size_t query_bytes(const struct query *q)
{
	return q->room * sizeof(*q->term) + q->text.room + q->notes.room +
	       (q->room_of.token_room + q->room_of.read_room) *
	       sizeof(struct lex_token) + q->room_of.piece_room;
}

void query_free(struct query *q)
{
	mem_free(q->term);
	mem_free(q->room_of.token);
	mem_free(q->room_of.read);
	mem_free(q->room_of.piece);
	buf_free(&q->text);
	buf_free(&q->notes);
	*q = (struct query){ 0 };
}

/* ---- the vector ---------------------------------------------------------- */

/* Squares are exact in double; the sum runs over ascending d. */
static double norm(const float *v, size_t dim)
{
	double sum = 0;

	for (size_t d = 0; d < dim; d++)
		sum = sum + (double)v[d] * (double)v[d];
	return sqrt(sum);
}

/* `longest`: of the terms' vectors. */
static int fail_zero(double longest, struct error *e)
{
	if (!(longest > 0)) {
		fail(e, ERROR_FAILED, "query: its terms have no direction: "
		     "they equal the mean of this space");
		return hint(e, "use other terms; are all pictures the same?");
	}
	fail(e, ERROR_FAILED, "query: its terms cancel each other");
	return hint(e, "leave a term out or change its weight");
}

/*
 * Sums below this share of what was added are rounding, not direction: a float
 * carries 2^-24, and up to MAX_TERMS of them are added.
 */
static const double least_share = 1e-5;

int query_vector(const struct query *q, const struct query_resolver *r,
		 int unit, float *out, float *per_term, struct error *e)
{
	const size_t dim = r->dim;
	float *room = per_term ? NULL : mem_new(dim, sizeof(*room), e);
	double added = 0, longest = 0, length;
	float factor = 1;

	if (!per_term && !room)
		return e->code;
	memset(out, 0, dim * sizeof(*out));
	for (size_t t = 0; t < q->count; t++) {
		float *term = per_term ? per_term + t * dim : room;
		const float w = q->term[t].weight;

		if (r->resolve(r->context, &q->term[t], term, e) < 0)
			goto done;
		length = norm(term, dim);
		longest = MAX(longest, length);
		added = added + fabs((double)w) * length;
		for (size_t d = 0; d < dim; d++)
			out[d] = fmaf(w, term[d], out[d]);
		for (size_t d = 0; per_term && d < dim; d++)
			term[d] = w * term[d];
	}
	length = norm(out, dim);
	if (!(length > least_share * added)) {
		fail_zero(longest, e);
		goto done;
	}
	if (unit)
		factor = (float)(1 / length);
	for (size_t d = 0; d < dim; d++)
		out[d] = out[d] * factor;
	for (size_t i = 0; per_term && i < q->count * dim; i++)
		per_term[i] = per_term[i] * factor;
done:
	mem_free(room);
	return e->code;
}
