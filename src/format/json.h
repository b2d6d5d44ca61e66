/*
 * json.h - reading JSON strictly (RFC 8259) and writing it.
 *
 * Reading builds a tree that owns all it shows; depth at most 64, duplicate
 * keys and trailing bytes refused, strings checked to be UTF-8 and unescaped
 * (with a 0 byte after each, though one may hold 0 bytes too).
 */
#ifndef JSON_H
#define JSON_H

#include "base/buf.h"
#include "base/error.h"
#include "base/str.h"

enum json_type { JSON_NULL, JSON_FALSE, JSON_TRUE, JSON_NUMBER, JSON_STRING,
		 JSON_ARRAY, JSON_OBJECT };

struct json {
	enum json_type type;
	double number;
	struct str text; /* STRING: unescaped; NUMBER: as written */
	struct str key;			/* if the parent is an object */
	const struct json *first;	/* ARRAY, OBJECT: children, in order */
	const struct json *next;
};

struct json_tree;

/* Errors name the byte offset.  json_free(NULL) is fine. */
struct json_tree *json_parse(struct str text, struct error *e);
/* At most so many values, each costs up to 64 bytes: "[0,0,0" needs 32 times
 * the memory it takes in a file. */
struct json_tree *json_parse_most(struct str text, size_t most,
				  struct error *e);
const struct json *json_root(const struct json_tree *t);
void json_free(struct json_tree *t);
const struct json *json_get(const struct json *object, const char *key);

/* "text" with quotes and escapes; bytes that are not UTF-8 become U+FFFD.
 * '<', '>', '&' are escaped as \u003c ..., so the result is safe in HTML. */
int json_put_string(struct buf *b, struct str text, struct error *e);
/* As many digits as a float has; null for what JSON has no number for. */
int json_put_number(struct buf *b, double number, struct error *e);

#endif
