/*
 * posts_records.h - the records of a table in memory: CSV (RFC 4180: quotes,
 * doubled quotes, line ends in quotes, CR LF) and TSV (no quotes).
 *
 * A record that cannot be read costs its line: reading resumes with the next,
 * so one stray quote cannot swallow the table.  The cost is linear in the
 * table whatever is in it: each byte is looked at RECORDS_TRIES + 4 times at
 * most, which `looked_at` counts.
 */
#ifndef POSTS_RECORDS_H
#define POSTS_RECORDS_H

#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"

enum {
	RECORDS_TRIES = 8,	/* records without end over the same bytes */
};

struct records {
	char mark;		/* between fields: , ; | or TAB */
	int quotes;		/* CSV */
	struct str rest;
	size_t line;		/* of the record, from 1 */
	size_t next_line;
	size_t fields;		/* of the record */
	struct record_field {
		struct str text;	/* what stands between the quotes */
		int doubled;		/* has quotes inside */
	} *field;
	size_t room;
	struct buf unquoted;
	size_t failed_to;	/* bytes left where the longest failure ended */
	int failed;		/* records that failed before that place */
	uint64_t looked_at;	/* bytes, again and again */
};

void records_start(struct records *r, struct str text, char mark);
/* 1: a record; 0: the end; 2: a line that is none, *reason says why; < 0 out
 * of memory.  Empty lines are passed over. */
int records_next(struct records *r, const char **reason, struct error *e);
void records_free(struct records *r);

#endif
