/*
 * string_map.h - strings to numbers 0, 1, 2, ... in order of arrival.
 *
 * Open addressing over XXH64; the table owns copies of its strings in one
 * block.  Iterate by id: the order in the hash never shows.
 */
#ifndef TABLE_H
#define TABLE_H

#include "base/error.h"
#include "base/str.h"

#define STRING_MAP_NONE UINT32_MAX

struct string_map;

struct string_map *string_map_new(struct error *e);
void string_map_free(struct string_map *t);
/* The id of s, added if new; STRING_MAP_NONE and *e set when out of memory. */
uint32_t string_map_add(struct string_map *t, struct str s, struct error *e);
uint32_t string_map_find(const struct string_map *t,
			 struct str s); /* or STRING_MAP_NONE */
struct str string_map_at(const struct string_map *t, uint32_t id);
uint32_t string_map_count(const struct string_map *t);
size_t string_map_bytes(const struct string_map *t);	/* of memory */

#endif
