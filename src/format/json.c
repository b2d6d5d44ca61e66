/*
 * json.c - reading JSON strictly (RFC 8259) and writing strings of it.
 *
 * Nodes come from blocks that double, so they never move and memory follows
 * what was read, not what a number in the file says.  Unescaped texts lie in
 * one block as long as the input: none is longer than it was written.
 */
#include "format/json.h"

#include <math.h>
#include <stdlib.h>

#include "base/utf8.h"

enum { MAX_DEPTH = 64, FIRST_NODES = 16 };

struct block {
	struct block *next;
	size_t used, room;
	struct json nodes[];		/* [room] */
};

struct json_tree {
	struct block *blocks;		/* newest first */
	struct json *root;
	char *texts;			/* [bytes of the input + 1] */
	size_t texts_used;
	size_t count, most;		/* values read, and allowed */
};

struct reader {
	struct json_tree *tree;
	const char *start, *at, *end;
	int depth;
	struct error *e;
};

static int fail_at(const struct reader *r, const char *at, const char *what)
{
	return fail(r->e, ERROR_DATA, "bad JSON at byte %zu: %s",
		    (size_t)(at - r->start), what);
}

static struct json *node_new(struct reader *r)
{
	struct block *b = r->tree->blocks;
	size_t room = b ? b->room * 2 : FIRST_NODES;

	if (r->tree->count++ == r->tree->most) {
		fail_at(r, r->at, "more values than are taken");
		return NULL;
	}
	if (!b || b->used == b->room) {
		b = mem_new(1, sizeof(*b) + room * sizeof(b->nodes[0]), r->e);
		if (!b)
			return NULL;
		b->room = room;
		b->next = r->tree->blocks;
		r->tree->blocks = b;
	}
	return &b->nodes[b->used++];
}

static void skip_blanks(struct reader *r)
{
	while (r->at < r->end && (*r->at == ' ' || *r->at == '\t' ||
				  *r->at == '\n' || *r->at == '\r'))
		r->at++;
}

static int next_is(const struct reader *r, char c)
{
	return r->at < r->end && *r->at == c;
}

/* ---- strings ------------------------------------------------------------- */

static int read_hex4(struct reader *r, uint32_t *code)
{
	*code = 0;
	for (int i = 0; i < 4; i++, r->at++) {
		char c = r->at < r->end ? *r->at : 0;
		int digit = c >= '0' && c <= '9' ? c - '0' :
			    c >= 'a' && c <= 'f' ? c - 'a' + 10 :
			    c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;

		if (digit < 0)
			return fail_at(r, r->at, "four hex digits were due");
		*code = *code << 4 | (uint32_t)digit;
	}
	return 0;
}

/* After "\u": one unit, or two that make a pair. */
static int read_unicode(struct reader *r, uint32_t *code)
{
	const char *start = r->at - 2;
	uint32_t low;

	if (read_hex4(r, code) < 0)
		return ERROR_DATA;
	if (*code < 0xD800 || *code > 0xDFFF)
		return 0;
	if (*code > 0xDBFF || r->end - r->at < 2 || r->at[0] != '\\' ||
	    r->at[1] != 'u')
		return fail_at(r, start, "half of a surrogate pair");
	r->at += 2;
	if (read_hex4(r, &low) < 0)
		return ERROR_DATA;
	if (low < 0xDC00 || low > 0xDFFF)
		return fail_at(r, start, "half of a surrogate pair");
	*code = 0x10000 + ((*code - 0xD800) << 10) + (low - 0xDC00);
	return 0;
}

static int read_escape(struct reader *r, uint32_t *code)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	const char *found;

	if (r->at == r->end)
		return fail_at(r, r->at, "the text ends within a string");
	if (*r->at == 'u') {
		r->at++;
		return read_unicode(r, code);
	}
	found = *r->at ? strchr(from, *r->at) : NULL;
	if (!found)
		return fail_at(r, r->at, "unknown escape");
	r->at++;
	*code = (unsigned char)to[found - from];
	return 0;
}

/* At the opening quote.  Each of our bytes took at least one of the input, and
 * the quotes leave room for the 0 byte. */
static int read_string(struct reader *r, struct str *text)
{
	char *out = r->tree->texts + r->tree->texts_used, *start = out;
	uint32_t code;

	for (r->at++; !next_is(r, '"');) {
		const char *here = r->at;

		if (here == r->end)
			return fail_at(r, here, "the text ends within a "
				       "string");
		code = utf8_next(&r->at, r->end);
		if (code == UTF8_BAD)
			return fail_at(r, here, "bytes that are not UTF-8");
		if (code < 0x20)
			return fail_at(r, here, "a control character in a "
				       "string");
		if (code == '\\' && read_escape(r, &code) < 0)
			return ERROR_DATA;
		out += utf8_put(code, out);
	}
	r->at++;
	*out = 0;
	*text = (struct str){ start, (size_t)(out - start) };
	r->tree->texts_used += text->bytes + 1;
	return 0;
}

/* ---- numbers ------------------------------------------------------------- */

static size_t skip_digits(struct reader *r)
{
	const char *start = r->at;

	while (r->at < r->end && *r->at >= '0' && *r->at <= '9')
		r->at++;
	return (size_t)(r->at - start);
}

static int skip_number(struct reader *r)
{
	if (next_is(r, '-'))
		r->at++;
	if (next_is(r, '0'))
		r->at++;
	else if (!skip_digits(r))
		return fail_at(r, r->at, "a value was due");
	if (next_is(r, '.')) {
		r->at++;
		if (!skip_digits(r))
			return fail_at(r, r->at, "a digit was due");
	}
	if (next_is(r, 'e') || next_is(r, 'E')) {
		r->at++;
		if (next_is(r, '-') || next_is(r, '+'))
			r->at++;
		if (!skip_digits(r))
			return fail_at(r, r->at, "a digit was due");
	}
	return 0;
}

static int read_number(struct reader *r, struct json *node)
{
	char *copy = r->tree->texts + r->tree->texts_used;
	const char *start = r->at;
	size_t bytes;

	if (skip_number(r) < 0)
		return ERROR_DATA;
	bytes = (size_t)(r->at - start);
	memcpy(copy, start, bytes);
	copy[bytes] = 0;	/* the next text may take this place */
	node->type = JSON_NUMBER;
	node->number = strtod(copy, NULL);
	if (!isfinite(node->number))
		return fail_at(r, start, "a number too large");
	node->text = (struct str){ copy, bytes };
	r->tree->texts_used += bytes;
	return 0;
}

/* ---- values -------------------------------------------------------------- */

static int keys_order(const void *a, const void *b)
{
	const struct json *const *x = a, *const *y = b;

	return str_compare((*x)->key, (*y)->key);
}

static int check_keys(struct reader *r, const struct json *object,
		      size_t count)
{
	const struct json **sorted;
	size_t i = 0;

	if (count < 2)
		return 0;
	sorted = mem_new(count, sizeof(*sorted), r->e);
	if (!sorted)
		return ERROR_FAILED;
	for (const struct json *c = object->first; c; c = c->next)
		sorted[i++] = c;
	qsort(sorted, count, sizeof(*sorted), keys_order);
	for (i = 1; i < count; i++)
		if (str_equal(sorted[i - 1]->key, sorted[i]->key))
			break;
	if (i < count)
		fail(r->e, ERROR_DATA, "bad JSON before byte %zu: key '%s' "
		     "twice in one object", (size_t)(r->at - r->start),
		     sorted[i]->key.data);
	mem_free(sorted);
	return i < count ? ERROR_DATA : 0;
}

static int read_value(struct reader *r, struct json *node);

static int read_key(struct reader *r, struct str *key)
{
	skip_blanks(r);
	if (!next_is(r, '"'))
		return fail_at(r, r->at, "a key in quotes was due");
	if (read_string(r, key) < 0)
		return ERROR_DATA;
	skip_blanks(r);
	if (!next_is(r, ':'))
		return fail_at(r, r->at, "':' was due");
	r->at++;
	return 0;
}

/* One member, with its key if it is an object's. */
static struct json *read_member(struct reader *r, int is_object)
{
	struct json *child = node_new(r);

	if (!child || (is_object && read_key(r, &child->key) < 0) ||
	    read_value(r, child) < 0)
		return NULL;
	skip_blanks(r);
	return child;
}

/* At '[' or '{'. */
static int read_members(struct reader *r, struct json *node)
{
	int is_object = *r->at++ == '{';
	char close = is_object ? '}' : ']';
	const struct json **link = &node->first;
	size_t count = 0;

	node->type = is_object ? JSON_OBJECT : JSON_ARRAY;
	if (++r->depth > MAX_DEPTH)
		return fail_at(r, r->at - 1, "nested too deep");
	skip_blanks(r);
	while (count || !next_is(r, close)) {
		struct json *child = read_member(r, is_object);

		if (!child)
			return ERROR_DATA;
		*link = child;
		link = &child->next;
		count++;
		if (!next_is(r, ','))
			break;
		r->at++;
	}
	if (!next_is(r, close))
		return fail_at(r, r->at, is_object ? "',' or '}' was due" :
			       "',' or ']' was due");
	r->at++;
	r->depth--;
	return is_object ? check_keys(r, node, count) : 0;
}

static int read_word(struct reader *r, struct json *node, const char *word,
		     enum json_type type)
{
	size_t bytes = strlen(word);

	if ((size_t)(r->end - r->at) < bytes ||
	    memcmp(r->at, word, bytes) != 0)
		return fail_at(r, r->at, "a value was due");
	r->at += bytes;
	node->type = type;
	return 0;
}

static int read_value(struct reader *r, struct json *node)
{
	skip_blanks(r);
	switch (r->at < r->end ? *r->at : 0) {
	case '{':
	case '[':
		return read_members(r, node);
	case '"':
		node->type = JSON_STRING;
		return read_string(r, &node->text);
	case 't':
		return read_word(r, node, "true", JSON_TRUE);
	case 'f':
		return read_word(r, node, "false", JSON_FALSE);
	case 'n':
		return read_word(r, node, "null", JSON_NULL);
	}
	return read_number(r, node);
}

struct json_tree *json_parse_most(struct str text, size_t most,
				  struct error *e)
{
	struct json_tree *t = mem_new(1, sizeof(*t), e);
	struct reader r = { .tree = t, .start = text.data, .at = text.data,
			    .end = str_end(text), .e = e };

	if (!t)
		return NULL;
	t->most = most;
	t->texts = mem_new(text.bytes + 1, 1, e);
	if (!t->texts)
		goto fail;
	t->root = node_new(&r);
	if (!t->root || read_value(&r, t->root) < 0)
		goto fail;
	skip_blanks(&r);
	if (r.at == r.end)
		return t;
	fail_at(&r, r.at, "more text after the end");
fail:
	json_free(t);
	return NULL;
}

struct json_tree *json_parse(struct str text, struct error *e)
{
	return json_parse_most(text, SIZE_MAX, e);
}

const struct json *json_root(const struct json_tree *t)
{
	return t->root;
}

void json_free(struct json_tree *t)
{
	if (!t)
		return;
	while (t->blocks) {
		struct block *next = t->blocks->next;

		mem_free(t->blocks);
		t->blocks = next;
	}
	mem_free(t->texts);
	mem_free(t);
}

const struct json *json_get(const struct json *object, const char *key)
{
	const struct json *child = object ? object->first : NULL;

	if (child && object->type != JSON_OBJECT)
		return NULL;
	while (child && !str_equal(child->key, str_of(key)))
		child = child->next;
	return child;
}

/* ---- writing ------------------------------------------------------------- */

/* U+2028 and U+2029 end a line in older JavaScript. */
static int needs_escape(uint32_t code)
{
	return code < 0x20 || code == '"' || code == '\\' || code == '<' ||
	       code == '>' || code == '&' || code == 0x2028 || code == 0x2029;
}

static int put_escape(struct buf *b, uint32_t code, struct error *e)
{
	if (code == '"' || code == '\\')
		return buf_addf(b, e, "\\%c", (int)code);
	if (code == '\n')
		return buf_add(b, "\\n", 2, e);
	return buf_addf(b, e, "\\u%04x", (unsigned)code);
}

int json_put_number(struct buf *b, double number, struct error *e)
{
	return isfinite(number) ? buf_addf(b, e, "%.9g", number) :
	       buf_addf(b, e, "null");
}

int json_put_string(struct buf *b, struct str text, struct error *e)
{
	const char *at = text.data, *end = str_end(text);
	const char *plain = at;		/* start of what needs no change */

	if (buf_add(b, "\"", 1, e) < 0)
		return ERROR_FAILED;
	while (at < end) {
		const char *here = at;
		uint32_t code = utf8_next(&at, end);

		if (code != UTF8_BAD && !needs_escape(code))
			continue;
		if (buf_add(b, plain, (size_t)(here - plain), e) < 0)
			return ERROR_FAILED;
		plain = at;
		if ((code == UTF8_BAD ? buf_add(b, "\xEF\xBF\xBD", 3, e) :
		     put_escape(b, code, e)) < 0)
			return ERROR_FAILED;
	}
	if (buf_add(b, plain, (size_t)(end - plain), e) < 0)
		return ERROR_FAILED;
	return buf_add(b, "\"", 1, e);
}
