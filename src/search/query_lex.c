/*
 * query_lex.c - a query's characters to its tokens.
 *
 * Outside quotes the typographic forms that phones and editors put in count as
 * the plain ones: minus signs and dashes as '-', full-width signs as ASCII,
 * curly quotes as '"', and all kinds of blanks, ',' ';' and '#' as a blank.
 * Everything else is part of a word, so words of all scripts and emoji pass.
 * What is quoted is copied to `keep`, its escapes replaced.
 */
#include "search/query_lex.h"

#include "base/utf8.h"

/* Longest number that a double holds exactly; more digits say nothing. */
enum { MAX_DIGITS = 15 };

/* Largest n of IMG_n; more results than any search gives. */
enum { MOST_RESULTS = 99999999 };

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

/* Counts as a blank, but parts more than a blank does. */
static int is_comma(uint32_t code)
{
	return code == ',' || code == ';' || code == '#' || code == 0x3001 ||
	       code == 0xFF0C || code == 0xFF03 || code == 0xFF1B;
}

static enum lex_gap skip_blanks(struct lex *l)
{
	enum lex_gap gap = LEX_GLUED;

	while (peek(l) == ' ') {
		const char *at = l->at;

		gap = is_comma(utf8_next(&at, l->end)) ? LEX_COMMA :
		      MAX(gap, LEX_BLANK);
		skip(l);
	}
	return gap;
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

static int hex_digit(char c)
{
	const char *digits = "0123456789abcdef", *at;

	at = c ? strchr(digits, c >= 'A' && c <= 'F' ? c + 32 : c) : NULL;
	return at ? (int)(at - digits) : -1;
}

/* The byte that the escape at `at` stands for, and how many it takes; 0 for
 * none, then the backslash is only that. */
static size_t escape(const char *at, const char *end, char *byte)
{
	static const char name[] = "\"\\nrt", value[] = "\"\\\n\r\t";
	const char *found;

	if (end - at >= 4 && at[1] == 'x' && hex_digit(at[2]) >= 0 &&
	    hex_digit(at[3]) >= 0) {
		*byte = (char)(hex_digit(at[2]) * 16 + hex_digit(at[3]));
		return 4;
	}
	found = end - at >= 2 && at[1] ? strchr(name, at[1]) : NULL;
	if (!found)
		return 0;
	*byte = value[found - name];
	return 2;
}

/* Is `at` the end of what the quote `open` began?  A plain quote is closed by a
 * plain one where there is one, so that names may hold curly ones. */
static int closes(const struct lex *l, uint32_t open)
{
	return open == '"' ? *l->at == '"' : peek(l) == '"';
}

/* One character of what is quoted to keep. */
static int keep_one(struct lex *l, struct error *e)
{
	const char *from = l->at;
	char byte;
	size_t n = *from == '\\' ? escape(from, l->end, &byte) : 0;

	if (!n) {
		skip(l);
		return buf_add(l->keep, from, (size_t)(l->at - from), e);
	}
	if (!byte)
		return fail(e, ERROR_USAGE, "query: a 0 byte at character %zu",
			    l->character);
	l->at += n;
	l->character += n;
	return buf_add(l->keep, &byte, 1, e);
}

static int close_is_plain(const struct lex *l)
{
	for (const char *at = l->at + 1; at < l->end; at++)
		if (*at == '"')
			return 1;
	return 0;
}

/* The opening quote is at l; *text becomes what is inside.  In a name two
 * quotes are one, too. */
static int take_quoted(struct lex *l, int is_a_name, struct str *text,
		       struct error *e)
{
	size_t opened = l->character, from = l->keep->bytes;
	uint32_t open = *l->at == '"' && close_is_plain(l) ? '"' : 0;

	skip(l);
	while (l->at < l->end && !e->code) {
		if (closes(l, open)) {
			skip(l);
			if (!is_a_name || l->at == l->end || *l->at != '"')
				goto closed;
		}
		keep_one(l, e);
	}
	return e->code ? e->code : fail(e, ERROR_USAGE, "query: the quote at "
					"character %zu is never closed",
					opened);
closed:
	*text = (struct str){ l->keep->data + from, l->keep->bytes - from };
	if (str_trim(*text).bytes == 0)
		return fail(e, ERROR_USAGE, "query: nothing between the quotes "
			    "at character %zu", opened);
	return 0;
}

static struct str take_while(struct lex *l, int (*is)(uint32_t c))
{
	const char *from = l->at;

	while (is(peek(l)))
		skip(l);
	return (struct str){ from, (size_t)(l->at - from) };
}

/* A quote within a name is a part of it. */
static int is_name(uint32_t c)
{
	return c == '"' || !is_break(c);
}

/* A path or a key: quoted, or up to the next break. */
static int take_name(struct lex *l, const char *what, struct query_term *t,
		     struct error *e)
{
	t->quoted = peek(l) == '"';
	if (t->quoted)
		return take_quoted(l, 1, &t->text, e);
	t->text = take_while(l, is_name);
	if (t->text.bytes == 0)
		return fail(e, ERROR_USAGE, "query: %s is missing at character "
			    "%zu", what, l->character);
	return 0;
}

/* IMG_n in any case: 1 and the number, MOST_RESULTS + 1 for a larger one. */
static int is_result(struct str s, size_t *number)
{
	static const char name[] = "img_";
	size_t n = 0, i;

	for (i = 0; i < 4; i++)
		if (i >= s.bytes || (i < 3 ? s.data[i] | 0x20 : s.data[i])
		    != name[i])
			return 0;
	if (s.bytes == 4)
		return 0;
	for (; i < s.bytes; i++) {
		if (!is_digit((unsigned char)s.data[i]))
			return 0;
		n = MIN(n * 10 + (size_t)(s.data[i] - '0'),
			(size_t)MOST_RESULTS + 1);
	}
	*number = n;
	return 1;
}

static int check_result(struct lex_token *t, struct error *e)
{
	if (t->atom.number > MOST_RESULTS)
		return fail(e, ERROR_USAGE, "query: the number of the result "
			    "at character %zu is over %d", t->character,
			    MOST_RESULTS);
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

	fail(e, ERROR_USAGE, "query: '%c' at character %zu is not expected "
	     "there", (int)c, l->character);
	if (c == ']')
		return e->code;
	return hint(e, "a weight comes before its word, as in 2:cat or 2*cat; "
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
		return take_name(l, "the key after 'id:'", &t->atom, e);
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
		t->atom.quoted = 1;
		return take_quoted(l, 0, &t->atom.text, e);
	case '@':
		skip(l);
		t->atom.kind = QUERY_FILE;
		return take_name(l, "the path after '@'", &t->atom, e);
	case '[':
		return take_bracket(l, t, e);
	}
	return take_word(l, t, e);
}

int lex_start(struct lex *l, struct str text, struct buf *keep,
	      struct error *e)
{
	struct lex at = { text.data, text.data + text.bytes, 1, keep };

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
	enum lex_gap gap = skip_blanks(l);
	uint32_t c = peek(l);

	*t = (struct lex_token){ .kind = LEX_END, .gap = gap,
				 .character = l->character };
	t->atom.known = QUERY_KNOWN;
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

int lex_list_add(struct lex_list *list, const struct lex_token *t,
		 struct error *e)
{
	if (mem_grow(&list->token, &list->room, list->count + 1, sizeof(*t),
		     e) < 0)
		return e->code;
	list->token[list->count++] = *t;
	return 0;
}
