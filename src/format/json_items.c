/*
 * json_items.c - see json_items.h.
 */
#include "format/json_items.h"

static int is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Past the string that opens at text[at]; 0 if it does not close. */
static size_t string_end(struct str text, size_t at)
{
	for (at++; at < text.bytes; at++) {
		if (text.data[at] == '"')
			return at + 1;
		at += text.data[at] == '\\';
	}
	return 0;
}

static size_t word_end(struct str text, size_t at)
{
	while (at < text.bytes && !is_blank(text.data[at]) &&
	       !strchr(",:]}[{\"", text.data[at] ? text.data[at] : 'x'))
		at++;
	return at;
}

size_t json_value_bytes(struct str text)
{
	size_t at = 0, depth = 0;

	while (at < text.bytes) {
		char c = text.data[at];

		if (c == '"') {
			at = string_end(text, at);
			if (!at)
				return 0;
		} else if (c == '[' || c == '{') {
			depth++;
			at++;
		} else if (c == ']' || c == '}') {
			if (!depth)
				return 0;
			depth--;
			at++;
		} else if (!depth) {
			return word_end(text, at);
		} else {
			at++;
		}
		if (!depth)
			return at;
	}
	return 0;
}

void json_items_start(struct json_items *i, struct str text)
{
	*i = (struct json_items){ .text = text, .at = 1,
				  .is_object = text.data[0] == '{' };
}

static int fail_at(const struct json_items *i, const char *what,
		   struct error *e)
{
	return fail(e, ERROR_DATA, "bad JSON at byte %zu: %s", i->at, what);
}

static int next_is(struct json_items *i, char c)
{
	while (i->at < i->text.bytes && is_blank(i->text.data[i->at]))
		i->at++;
	return i->at < i->text.bytes && i->text.data[i->at] == c;
}

static int value_next(struct json_items *i, struct str *value,
		      struct error *e)
{
	struct str rest;
	size_t bytes;

	next_is(i, 0);
	rest = (struct str){ i->text.data + i->at, i->text.bytes - i->at };
	bytes = json_value_bytes(rest);
	if (!bytes)
		return fail_at(i, "a value was due, or it does not end", e);
	*value = (struct str){ rest.data, bytes };
	i->at += bytes;
	return 0;
}

static int key_next(struct json_items *i, struct str *key, struct error *e)
{
	if (!next_is(i, '"'))
		return fail_at(i, "a key in quotes was due", e);
	if (value_next(i, key, e) < 0)
		return e->code;
	if (!next_is(i, ':'))
		return fail_at(i, "':' was due", e);
	i->at++;
	return 0;
}

int json_items_next(struct json_items *i, struct str *key, struct str *value,
		    struct error *e)
{
	char close = i->is_object ? '}' : ']';

	if (next_is(i, close)) {
		i->at++;
		return 0;
	}
	if (i->count) {
		if (!next_is(i, ','))
			return fail_at(i, i->is_object ? "',' or '}' was due"
						       : "',' or ']' was due",
				       e);
		i->at++;
	}
	*key = (struct str){ "", 0 };
	if ((i->is_object && key_next(i, key, e) < 0) ||
	    value_next(i, value, e) < 0)
		return e->code;
	i->count++;
	return 1;
}
