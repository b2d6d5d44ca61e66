/*
 * table.h - strings to numbers 0, 1, 2, ... in order of arrival.
 *
 * Open addressing over XXH64; the table owns copies of its strings in one
 * block.  Iterate by id: the order in the hash never shows.
 */
#ifndef TABLE_H
#define TABLE_H

#include "base/error.h"
#include "base/str.h"

#define TABLE_NONE UINT32_MAX

struct table;

struct table *table_new(struct error *e);
void table_free(struct table *t);
/* The id of s, added if new; TABLE_NONE and *e set when out of memory. */
uint32_t table_add(struct table *t, struct str s, struct error *e);
uint32_t table_find(const struct table *t, struct str s); /* or TABLE_NONE */
struct str table_at(const struct table *t, uint32_t id);
uint32_t table_count(const struct table *t);
size_t table_bytes(const struct table *t);	/* of memory */

#endif
