/*
 * query_lex.c - a query's characters to its tokens.
 *
 * Outside quotes the typographic forms that phones and editors put in count as
 * the plain ones: minus signs and dashes as '-', full-width signs as ASCII,
 * curly quotes as '"', and all kinds of blanks, ',' ';' and '#' as a blank.
 * Everything else is part of a word, so words of all scripts and emoji pass.
 */
#include "search/query_lex.h"

/* Longest number that a double holds exactly; more digits say nothing. */
enum { MAX_DIGITS = 15 };

/* The code point that `code` counts as. */
static uint32_t fold(uint32_t code)
{
	switch (code) {
	case '\t': case '\n': case '\v': case '\f': case '\r':
	case ',': case ';': case '#':
	case 0xA0: case 0x202F: case 0x205F: case 0x3000: case 0xFEFF:
	case 0x3001: case 0xFF0C: case 0xFF03: case 0xFF1B:
		return ' ';
	case 0x2212: case 0xFE58: case 0xFE63: case 0xFF0D:
		return '-';
	case 0xFE62: case 0xFF0B:
		return '+';
	case 0x201C: case 0x201D: case 0x201E: case 0x201F:
	case 0xFF02:
		return '"';
	case 0xFF08: case 0xFF09: case 0xFF0A: case 0xFF1A: case 0xFF20:
	case 0xFF3B: case 0xFF3D:
		return code - 0xFEE0;
	}
	if (code >= 0x2010 && code <= 0x2015)
		return '-';
	return code >= 0x2000 && code <= 0x200B ? ' ' : code;
}

/* What stands at the place, folded; 0 at the end. */
static uint32_t peek(const struct lex *l)
{
	const char *at = l->at;

	return at < l->end ? fold(utf8_next(&at, l->end)) : 0;
}

static void skip(struct lex *l)
{
	utf8_next(&l->at, l->end);
	l->character++;
}

static void skip_blanks(struct lex *l)
{
	while (peek(l) == ' ')
		skip(l);
}

static int is_digit(uint32_t c)
{
	return c >= '0' && c <= '9';
}

/* Ends a word: an operator, a quote, a blank, the end. */
static int is_break(uint32_t c)
{
	return c == 0 || c == ' ' || c == '+' || c == '-' || c == '(' ||
	       c == ')' || c == '"';
}

static int is_word(uint32_t c)
{
	return !is_break(c) && c != ':' && c != '*' && c != '[' && c != ']';
}

/* number (':' | '*'), blanks allowed before and after the sign; 1 if there. */
static int take_weight(struct lex *l, struct lex_token *t)
{
	struct lex at = *l;
	double value = 0, unit = 1;
	int digits = 0, point = 0;

	for (;; skip(&at)) {
		uint32_t c = peek(&at);

		if (c == '.' && !point) {
			point = 1;
		} else if (is_digit(c) && digits < MAX_DIGITS) {
			digits++;
			value = value * 10 + (double)(c - '0');
			if (point)
				unit = unit * 10;
		} else {
			break;
		}
	}
	skip_blanks(&at);
	if (!digits || (peek(&at) != ':' && peek(&at) != '*'))
		return 0;
	skip(&at);
	t->kind = LEX_WEIGHT;
	t->weight = (float)(value / unit);
	*l = at;
	return 1;
}

/* The opening quote is at l; *text becomes what is inside. */
static int take_quoted(struct lex *l, struct str *text, struct error *e)
{
	size_t open = l->character;

	skip(l);
	text->data = l->at;
	while (peek(l) != 0 && peek(l) != '"')
		skip(l);
	text->bytes = (size_t)(l->at - text->data);
	if (peek(l) == 0) {
		fail(e, ERROR_USAGE, "query: the quote at character %zu is "
		     "never closed", open);
		return e->code;
	}
	skip(l);
	if (str_trim(*text).bytes == 0)
		return fail(e, ERROR_USAGE, "query: nothing between the quotes "
			    "at character %zu", open);
	return 0;
}

static struct str take_while(struct lex *l, int (*is)(uint32_t c))
{
	const char *from = l->at;

	while (is(peek(l)))
		skip(l);
	return (struct str){ from, (size_t)(l->at - from) };
}

static int is_name(uint32_t c)
{
	return !is_break(c);
}

/* A path or a key: quoted, or up to the next break. */
static int take_name(struct lex *l, const char *what, struct str *text,
		     struct error *e)
{
	if (peek(l) == '"')
		return take_quoted(l, text, e);
	*text = take_while(l, is_name);
	if (text->bytes == 0)
		return fail(e, ERROR_USAGE, "query: %s is missing at character "
			    "%zu", what, l->character);
	return 0;
}

/* IMG_n in any case: 1 and the number, else 0. */
static int is_result(struct str s, size_t *number)
{
	static const char name[] = "img_";
	size_t n = 0, i;

	for (i = 0; i < 4; i++)
		if (i >= s.bytes || (i < 3 ? s.data[i] | 0x20 : s.data[i])
		    != name[i])
			return 0;
	if (s.bytes == 4 || s.bytes > 4 + 9)	/* 9 digits fit everywhere */
		return 0;
	for (; i < s.bytes; i++) {
		if (!is_digit((unsigned char)s.data[i]))
			return 0;
		n = n * 10 + (size_t)(s.data[i] - '0');
	}
	*number = n;
	return 1;
}

static int check_result(struct lex_token *t, struct error *e)
{
	if (t->atom.number > 0)
		return 0;
	return fail(e, ERROR_USAGE, "query: IMG_0 at character %zu: results "
		    "are counted from 1", t->character);
}

static int take_bracket(struct lex *l, struct lex_token *t, struct error *e)
{
	skip(l);
	skip_blanks(l);
	t->atom.kind = QUERY_RESULT;
	if (!is_result(take_while(l, is_word), &t->atom.number))
		goto bad;
	skip_blanks(l);
	if (peek(l) != ']')
		goto bad;
	skip(l);
	return check_result(t, e);
bad:
	fail(e, ERROR_USAGE, "query: '[' at character %zu does not open "
	     "[IMG_n]", t->character);
	return hint(e, "[IMG_3] is the third picture of the last result");
}

static int stray(struct lex *l, struct error *e)
{
	uint32_t c = peek(l);

	fail(e, ERROR_USAGE, "query: '%c' at character %zu has no place there",
	     (int)c, l->character);
	if (c == ']')
		return e->code;
	return hint(e, "weights stand before the word, as in 2:cat or 2*cat; "
		    "quote words that hold a '%c'", (int)c);
}

static int take_word(struct lex *l, struct lex_token *t, struct error *e)
{
	struct str word = take_while(l, is_word);

	if (word.bytes == 0)
		return stray(l, e);
	if (is_result(word, &t->atom.number)) {
		t->atom.kind = QUERY_RESULT;
		return check_result(t, e);
	}
	if (peek(l) == ':' && str_equal(word, str_of("id"))) {
		skip(l);
		t->atom.kind = QUERY_ID;
		return take_name(l, "the key after 'id:'", &t->atom.text, e);
	}
	t->atom.kind = QUERY_WORD;
	t->atom.text = word;
	return 0;
}

static int take_atom(struct lex *l, struct lex_token *t, struct error *e)
{
	t->kind = LEX_ATOM;
	switch (peek(l)) {
	case '"':
		t->atom.kind = QUERY_PHRASE;
		return take_quoted(l, &t->atom.text, e);
	case '@':
		skip(l);
		t->atom.kind = QUERY_FILE;
		return take_name(l, "the path after '@'", &t->atom.text, e);
	case '[':
		return take_bracket(l, t, e);
	}
	return take_word(l, t, e);
}

int lex_start(struct lex *l, struct str text, struct error *e)
{
	struct lex at = { text.data, text.data + text.bytes, 1 };

	for (*l = at; at.at < at.end; skip(&at)) {
		uint32_t c = peek(&at);

		if (c == UTF8_BAD)
			return fail(e, ERROR_USAGE, "query: character %zu is "
				    "not UTF-8", at.character);
		if (c < ' ' || c == 0x7F)
			return fail(e, ERROR_USAGE, "query: control code %u at "
				    "character %zu", (unsigned)c, at.character);
	}
	return 0;
}

int lex_next(struct lex *l, struct lex_token *t, struct error *e)
{
	static const char sign[] = "+-()";
	static const enum lex_kind kind[] = { LEX_PLUS, LEX_MINUS, LEX_OPEN,
					      LEX_CLOSE };
	uint32_t c;

	skip_blanks(l);
	c = peek(l);
	*t = (struct lex_token){ .kind = LEX_END, .character = l->character };
	if (c == 0)
		return 0;
	for (size_t i = 0; i < 4; i++) {
		if (c == (unsigned char)sign[i]) {
			t->kind = kind[i];
			skip(l);
			return 0;
		}
	}
	return take_weight(l, t) ? 0 : take_atom(l, t, e);
}
