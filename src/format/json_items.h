/*
 * json_items.h - the items of a JSON document of any size, one after the other
 * and unparsed: a tree of the whole would take many times its memory.
 *
 * Only strings and brackets are looked at here; each item goes to json_parse,
 * which is strict.  The cost is linear in the text.
 */
#ifndef JSON_ITEMS_H
#define JSON_ITEMS_H

#include "format/json.h"

struct json_items {
	struct str text;
	size_t at;
	int is_object;
	size_t count;		/* items given so far */
};

/* Bytes of the value that `text` begins with; 0 if it does not end. */
size_t json_value_bytes(struct str text);
/* `text` begins with '[' or '{'. */
void json_items_start(struct json_items *i, struct str text);
/* 1: an item, and of an object its key, with its quotes; 0: the end of the
 * array or object; ERROR_DATA names the byte of `text`. */
int json_items_next(struct json_items *i, struct str *key, struct str *value,
		    struct error *e);

#endif
