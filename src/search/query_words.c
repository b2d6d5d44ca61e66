/*
 * query_words.c - the words of a query as people mean them.
 *
 * People type one word as several ("t-shirt", "new york" where the captions
 * have tshirt and newyork) and several as one ("shoes/boots", "dog|cat").  A
 * run is words with hyphens (glued minus signs) or blanks between:
 *
 *	1. What cleaning parts becomes several words, in parentheses, so that a
 *	   sign or a weight before it is for all.
 *	2. Two to MOST_JOINED of a run are taken as one word where that is known
 *	   and one of them is not; where all are known, a note says that the one
 *	   word is known, too.
 *	3. Hyphens between words of which one is a stop word count as blanks.
 *	4. Where unknown words are left out, a word in hyphens whose first part
 *	   is unknown is left out as a whole: its other parts, negated, would
 *	   ask for the opposite.
 *
 *	5. A sign before a stop word is for the word after it.
 *
 * Every one of 2 and 3 is told by a note.
 */
#include "base/base.h"
#include "base/utf8.h"
#include "search/query_lex.h"
#include "text/clean/unicode.h"

enum { MOST_JOINED = 4 };

/* One word of a run. */
struct piece {
	struct lex_token token;		/* an ATOM that is a word */
	struct str span;		/* as it was typed */
	enum query_known known;
	enum lex_gap gap;		/* GLUED: by a hyphen; COMMA: by a sign
					 * that parts words */
	int parted;			/* cleaning parts it: stands alone */
};

struct run {
	struct piece *piece;
	size_t count, room;
	struct lex_list out;
	const struct lex_token *next;	/* the token after the run */
	struct query *q;
	const struct query_lexicon *lexicon;
	struct error *e;
};

static int look(struct run *r, struct str word, size_t *words)
{
	return r->lexicon->look(r->lexicon->context, word, words, r->e);
}

static int shown(struct str s)
{
	return (int)MIN(s.bytes, (size_t)200);
}

static struct str span_of(const struct piece *first, const struct piece *last)
{
	return (struct str){ first->span.data,
			     (size_t)(str_end(last->span) -
				      first->span.data) };
}

/* ---- notes --------------------------------------------------------------- */

static int note_end(struct run *r)
{
	r->q->note_count++;
	return buf_add(&r->q->notes, "", 1, r->e);
}

static int note_joined(struct run *r, struct str span, struct str word)
{
	buf_addf(&r->q->notes, r->e, "'%.*s' was taken as one word, '%.*s'",
		 shown(span), span.data, shown(word), word.data);
	return note_end(r);
}

/* All parts are known, and so is the one word. */
static int note_also(struct run *r, const struct piece *p, size_t n,
		     struct str word)
{
	struct str span = span_of(p, p + n - 1), last = p[n - 1].span;

	if (n > 2 || p[1].gap != LEX_GLUED)
		buf_addf(&r->q->notes, r->e, "'%.*s' was taken as %zu words; "
			 "'%.*s' is also one: write that to mean it",
			 shown(span), span.data, n, shown(word), word.data);
	else
		buf_addf(&r->q->notes, r->e, "'%.*s' was taken as %.*s minus "
			 "%.*s; '%.*s' is also one word: quote it to mean that",
			 shown(span), span.data, shown(p->span), p->span.data,
			 shown(last), last.data, shown(word), word.data);
	return note_end(r);
}

/* ---- a word that cleaning parts ------------------------------------------ */

/* Of what kind the letters of a piece are; 0 parts. */
static int letter_kind(uint32_t code)
{
	switch (unicode_class(code)) {
	case UNICODE_WORD:
	case UNICODE_JOINING:
	case UNICODE_INVISIBLE:
		return 1;
	case UNICODE_IDEOGRAPH:
		return 2;
	case UNICODE_EMOJI:
		return 3;
	case UNICODE_PARTING:
		break;
	}
	return 0;
}

/* Does this continue an emoji: a tone, or what a joiner binds? */
static int goes_on(uint32_t before, uint32_t code)
{
	return before == 0x200D || code == 0x200D || code == 0xFE0F ||
	       code == 0xFE0E || code == 0x20E3 ||
	       (code >= 0x1F3FB && code <= 0x1F3FF) ||
	       (code >= 0xE0020 && code <= 0xE007F);
}

static int is_flag(uint32_t code)
{
	return code >= 0x1F1E6 && code <= 0x1F1FF;
}

/* The next letters of one kind, or one emoji; empty at the end. */
static struct str next_part(const char **at, const char *end)
{
	const char *from = *at, *next = *at;
	uint32_t before = 0, code = 0;
	int kind = 0, letters = 0;

	while (next < end && !kind) {
		from = next;
		kind = letter_kind(code = utf8_next(&next, end));
	}
	if (!kind)
		from = next;
	for (*at = next, letters = 1; *at < end; *at = next, letters++) {
		int other;

		before = code;
		code = utf8_next(&next, end);
		other = letter_kind(code);
		if (kind == 3 ? !goes_on(before, code) &&
				!(letters == 1 && is_flag(before) &&
				  is_flag(code)) :
		    other != kind && !(other == 1 && goes_on(0, code)))
			break;
	}
	return (struct str){ from, (size_t)(*at - from) };
}

static int put_sign(struct run *r, enum lex_kind kind, size_t character)
{
	struct lex_token t = { .kind = kind, .character = character };

	return lex_list_add(&r->out, &t, r->e);
}

/* How many parts there are, 2 for more. */
static int count_parts(struct str word)
{
	const char *at = word.data, *end = str_end(word);
	int parts = 0;

	while (at < end && parts < 2)
		parts += next_part(&at, end).bytes > 0;
	return parts;
}

/* ---- several that are one word ------------------------------------------- */

/* n words with `between` them, in the query's text. */
static struct str put_together(struct run *r, const struct piece *p, size_t n,
			       const char *between)
{
	struct buf *keep = &r->q->text;
	size_t from = keep->bytes;

	for (size_t i = 0; i < n; i++) {
		buf_addf(keep, r->e, "%s", i ? between : "");
		buf_add(keep, p[i].span.data, p[i].span.bytes, r->e);
	}
	return (struct str){ keep->data + from, keep->bytes - from };
}

/* What n words are as one: their letters, else with '_', else with '-' between,
 * as vocabularies of other programs have it. */
static enum query_known look_joined(struct run *r, const struct piece *p,
				    size_t n, struct str *word)
{
	static const char *const between[] = { "", "_", "-" };
	size_t from = r->q->text.bytes, words;

	for (size_t way = 0; way < ARRAY_LEN(between); way++) {
		int known;

		r->q->text.bytes = from;
		*word = put_together(r, p, n, between[way]);
		known = r->e->code ? r->e->code : look(r, *word, &words);
		if (known < 0)
			break;
		if (known >= QUERY_BUILT && words == 1)
			return (enum query_known)known;
	}
	r->q->text.bytes = from;
	return QUERY_UNKNOWN;
}

/* Are these n bound alike, and does the way they are known allow it? */
static int may_join(const struct piece *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i].parted || (i > 1 && p[i].gap != p[1].gap) ||
		    (p[1].gap == LEX_BLANK && (p[i].known == QUERY_STOP ||
					       p[i].known == QUERY_NO_WORD)))
			return 0;
	return 1;
}

/* How many words, counted from p, are one; that to *word. */
static size_t find_joined(struct run *r, struct piece *p, size_t count,
			  struct str *word)
{
	for (size_t n = MIN(count, (size_t)MOST_JOINED); n > 1; n--) {
		size_t kept = r->q->text.bytes, strange = 0;
		enum query_known known;

		if (!may_join(p, n))
			continue;
		known = look_joined(r, p, n, word);
		for (size_t i = 0; i < n; i++)
			strange += p[i].known < QUERY_KNOWN;
		if ((known == QUERY_KNOWN && strange) ||
		    (known == QUERY_BUILT && p[1].gap == LEX_GLUED &&
		     p[0].known < QUERY_KNOWN))
			return n;
		if (known == QUERY_KNOWN)
			note_also(r, p, n, *word);
		r->q->text.bytes = kept;
	}
	return 1;
}

/* Words that are one are put in the place of their first. */
static int join(struct run *r)
{
	size_t to = 0, n;

	for (size_t i = 0; i < r->count && !r->e->code; i += n) {
		struct piece *p = &r->piece[i];
		struct str word, span;

		n = find_joined(r, p, r->count - i, &word);
		if (n > 1) {
			span = span_of(p, p + n - 1);
			note_joined(r, span, word);
			p->token.atom.text = word;
			p->token.atom.known = p->known = QUERY_KNOWN;
			p->span = span;
		}
		r->piece[to++] = *p;
	}
	r->count = to;
	return r->e->code;
}

/* ---- words in hyphens ---------------------------------------------------- */

static int add_piece(struct run *r, const struct lex_token *t,
		     enum lex_gap gap)
{
	struct piece p = { .token = *t, .span = t->atom.text, .gap = gap };
	size_t words = 0;
	int known = look(r, p.span, &words);

	if (known < 0 || mem_grow(&r->piece, &r->room, r->count + 1, sizeof(p),
				  r->e) < 0)
		return r->e->code;
	p.known = (enum query_known)known;
	p.parted = words > 1 && count_parts(p.span) > 1;
	r->piece[r->count++] = p;
	return 0;
}

/* The parts of a word, as if blanks were between them. */
static int put_parts(struct run *r, const struct piece *whole)
{
	const char *at = whole->span.data, *end = str_end(whole->span);
	struct run parts = { .q = r->q, .lexicon = r->lexicon, .e = r->e };
	struct lex_token t = whole->token;

	while (at < end && !r->e->code) {
		t.atom.text = next_part(&at, end);
		if (t.atom.text.bytes)
			add_piece(&parts, &t, LEX_COMMA);
	}
	put_sign(r, LEX_OPEN, t.character);
	if (!r->e->code && join(&parts) == 0)
		for (size_t i = 0; i < parts.count; i++) {
			t = parts.piece[i].token;
			t.atom.known = parts.piece[i].known;
			lex_list_add(&r->out, &t, r->e);
		}
	put_sign(r, LEX_CLOSE, t.character);
	mem_free(parts.piece);
	return r->e->code;
}

static int put_piece(struct run *r, const struct piece *p)
{
	struct lex_token t = p->token;

	if (p->parted)
		return put_parts(r, p);
	t.atom.known = p->known;
	return lex_list_add(&r->out, &t, r->e);
}

static int put_as_words(struct run *r, const struct piece *p, size_t n)
{
	struct str span = span_of(p, p + n - 1);
	size_t character = p->token.character;

	buf_addf(&r->q->notes, r->e, "'%.*s' was taken as %zu words, none of "
		 "them subtracted", shown(span), span.data, n);
	note_end(r);
	put_sign(r, LEX_OPEN, character);
	for (size_t i = 0; i < n && !r->e->code; i++)
		put_piece(r, p + i);
	return put_sign(r, LEX_CLOSE, character);
}

/* n words with hyphens between, of which none was joined. */
static int put_chain(struct run *r, const struct piece *p, size_t n)
{
	struct piece whole = *p;
	int left_out = 0;

	for (size_t i = 0; i < n; i++)
		left_out |= p[i].known == QUERY_STOP ||
			    p[i].known == QUERY_NO_WORD;
	if (n > 1 && left_out)
		return put_as_words(r, p, n);
	if (n > 1 && r->lexicon->skips && p->known == QUERY_UNKNOWN) {
		whole.token.atom.text = span_of(p, p + n - 1);
		whole.parted = 0;
		return put_piece(r, &whole);
	}
	for (size_t i = 0; i < n; i++)
		if ((i &&
		     put_sign(r, LEX_MINUS, p[i].token.character - 1) < 0) ||
		    put_piece(r, p + i) < 0)
			return r->e->code;
	return 0;
}

static int says_nothing(const struct piece *p)
{
	return !p->parted && (p->known == QUERY_STOP ||
			      p->known == QUERY_NO_WORD);
}

/* Is what follows the run one more operand, for a sign that is moved there? */
static int is_operand(const struct run *r)
{
	const struct lex_list *out = &r->out;
	enum lex_kind next = r->next->kind;

	return next == LEX_ATOM || next == LEX_OPEN ||
	       (next == LEX_WEIGHT && out->count &&
		out->token[out->count - 1].kind != LEX_WEIGHT);
}

/* How many words that say nothing begin the run, before one that does. */
static size_t count_leading(const struct run *r)
{
	size_t n = 0;

	while (n < r->count && says_nothing(&r->piece[n]) &&
	       (!n || r->piece[n].gap == LEX_BLANK))
		n++;
	if (n < r->count)
		return r->piece[n].gap == LEX_BLANK ? n : 0;
	return is_operand(r) ? n : 0;
}

/* A sign or a weight before such words is for the word after them: "cat - the
 * dog" is without the dog. */
static int put_leading(struct run *r, size_t n)
{
	struct lex_list *out = &r->out;
	struct lex_token sign[4];
	size_t signs = 0;

	while (n && out->count && signs < ARRAY_LEN(sign) &&
	       (out->token[out->count - 1].kind == LEX_PLUS ||
		out->token[out->count - 1].kind == LEX_MINUS ||
		out->token[out->count - 1].kind == LEX_WEIGHT))
		sign[signs++] = out->token[--out->count];
	for (size_t i = 0; i < n; i++)
		put_piece(r, &r->piece[i]);
	while (signs && !r->e->code)
		lex_list_add(out, &sign[--signs], r->e);
	return r->e->code;
}

static int put_run(struct run *r)
{
	size_t n, first;

	if (join(r) < 0)
		return r->e->code;
	first = count_leading(r);
	if (put_leading(r, first) < 0)
		return r->e->code;
	for (size_t i = first; i < r->count; i += n) {
		for (n = 1; i + n < r->count &&
		     r->piece[i + n].gap == LEX_GLUED;)
			n++;
		if (put_chain(r, r->piece + i, n) < 0)
			return r->e->code;
	}
	r->count = 0;
	return 0;
}

/* ---- runs ---------------------------------------------------------------- */

static int is_word(const struct lex_token *t)
{
	return t->kind == LEX_ATOM && t->atom.kind == QUERY_WORD;
}

/* Takes the word at token i and what belongs to its run; returns the token
 * after it. */
static size_t take_run(struct run *r, const struct lex_list *list, size_t i)
{
	const struct lex_token *t = list->token;

	add_piece(r, &t[i], LEX_BLANK);
	for (i++; !r->e->code; i++) {
		if (is_word(&t[i]) && t[i].gap == LEX_BLANK) {
			add_piece(r, &t[i], LEX_BLANK);
		} else if (t[i].kind == LEX_MINUS && t[i].gap == LEX_GLUED &&
			   is_word(&t[i + 1]) && t[i + 1].gap == LEX_GLUED) {
			i++;
			add_piece(r, &t[i], LEX_GLUED);
		} else {
			break;
		}
	}
	return i;
}

int query_words(struct lex_list *list, struct query *q,
		const struct query_lexicon *lexicon, struct error *e)
{
	struct query_room *own = &q->room_of;
	struct run r = {
		.q = q, .lexicon = lexicon, .e = e, .piece = own->piece,
		.room = own->piece_room / sizeof(struct piece),
		.out = { .token = own->read, .room = own->read_room },
	};
	size_t i = 0;

	while (i < list->count && !e->code) {
		if (is_word(&list->token[i])) {
			i = take_run(&r, list, i);
			r.next = &list->token[i];
			if (!e->code)
				put_run(&r);
		} else {
			lex_list_add(&r.out, &list->token[i++], e);
		}
	}
	own->piece = r.piece;
	own->piece_room = r.room * sizeof(struct piece);
	own->read = list->token;
	own->read_room = list->room;
	*list = r.out;
	return e->code;
}
