/*
 * posts_records.c - see posts_records.h.
 *
 * A record whose quote does not close is read to the end of the table, or to
 * the longest that a record may be, before that is known.  Were the next line
 * free to do so again, lines such as
 *
 *	xx","yy
 *
 * would each scan all that follow.  So after RECORDS_TRIES such records over
 * the same bytes, a record within them has to end on its own line.
 */
#include "posts/posts_records.h"

#include "posts/posts_text.h"

void records_start(struct records *r, struct str text, char mark)
{
	*r = (struct records){ .rest = text, .mark = mark, .next_line = 1,
			       .quotes = mark != '\t', .failed_to = SIZE_MAX };
}

void records_free(struct records *r)
{
	mem_free(r->field);
	buf_free(&r->unquoted);
	*r = (struct records){ 0 };
}

static void advance(struct records *r, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		r->next_line += r->rest.data[i] == '\n';
	r->rest.data += bytes;
	r->rest.bytes -= bytes;
	r->looked_at += bytes;
}

/* With its line end. */
static size_t line_bytes(const struct records *r)
{
	const char *end = memchr(r->rest.data, '\n', r->rest.bytes);

	return end ? (size_t)(end - r->rest.data) + 1 : r->rest.bytes;
}

static int field_add(struct records *r, struct str text, int doubled,
		     struct error *e)
{
	if (mem_grow(&r->field, &r->room, r->fields + 1, sizeof(*r->field),
		     e) < 0)
		return e->code;
	r->field[r->fields++] = (struct record_field){ text, doubled };
	return 0;
}

/* Past the closing quote of the field that opens at text[at]; 0 if it does
 * not close. */
static size_t quoted_end(struct str text, size_t at, int *doubled)
{
	for (at++; at < text.bytes; at++) {
		if (text.data[at] != '"')
			continue;
		if (at + 1 == text.bytes || text.data[at + 1] != '"')
			return at + 1;
		*doubled = 1;
		at++;
	}
	return 0;
}

static size_t plain_end(const struct records *r, struct str text, size_t at)
{
	while (at < text.bytes && text.data[at] != r->mark &&
	       text.data[at] != '\n')
		at++;
	return at;
}

/* At the end of a record: past its line end, else 0. */
static size_t record_end(struct str text, size_t at)
{
	if (at == text.bytes)
		return at;
	if (text.data[at] == '\r' && at + 1 == text.bytes)
		return at + 1;
	if (text.data[at] == '\r' && text.data[at + 1] == '\n')
		at++;
	return text.data[at] == '\n' ? at + 1 : 0;
}

/* The field that opens at text[from] and ends before `end`. */
static int field_keep(struct records *r, struct str text, size_t from,
		      size_t end, int quoted, int doubled, struct error *e)
{
	if (quoted)
		return field_add(r, (struct str){ text.data + from + 1,
						  end - from - 2 }, doubled,
				 e);
	if (end > from && end < text.bytes && text.data[end] == '\n' &&
	    text.data[end - 1] == '\r')
		end--;
	return field_add(r, (struct str){ text.data + from, end - from }, 0,
			 e);
}

/* Reads fields up to the end of the record, and gives its bytes; 0 if there
 * is none in `text`.  *seen: how far it looked. */
static size_t record_parse(struct records *r, struct str text, size_t *seen,
			   struct error *e)
{
	size_t at = 0;

	r->fields = 0;
	for (;; at++) {
		size_t from = at;
		int quoted = r->quotes && at < text.bytes &&
			     text.data[at] == '"', doubled = 0;

		at = quoted ? quoted_end(text, at, &doubled)
			    : plain_end(r, text, at);
		*seen = at ? at : quoted ? text.bytes : 0;
		if ((quoted && !at) ||
		    field_keep(r, text, from, at, quoted, doubled, e) < 0)
			return 0;
		if (at == text.bytes || text.data[at] != r->mark)
			return record_end(text, at);
	}
}

/* What stands doubled in quotes, once: all fields in one block. */
static int fields_unquote(struct records *r, size_t bytes, struct error *e)
{
	char *to = NULL;

	for (size_t i = 0; i < r->fields; i++) {
		struct record_field *field = &r->field[i];
		size_t n = 0;

		if (!field->doubled)
			continue;
		if (!to) {
			buf_clear(&r->unquoted);
			if (buf_add(&r->unquoted, r->rest.data, bytes, e) < 0)
				return e->code;
			to = r->unquoted.data;
		}
		for (size_t k = 0; k < field->text.bytes; k++) {
			to[n++] = field->text.data[k];
			k += field->text.data[k] == '"';
		}
		field->text = (struct str){ to, n };
		to += n;
	}
	return 0;
}

/* How far a record may go: the longest that is read, or, where too many
 * failed, its line. */
static struct str record_room(const struct records *r)
{
	size_t bytes = MIN(r->rest.bytes, (size_t)POSTS_LINE_BYTES);

	if (r->rest.bytes > r->failed_to && r->failed >= RECORDS_TRIES)
		bytes = MIN(bytes, line_bytes(r));
	return (struct str){ r->rest.data, bytes };
}

/* A scan over `seen` bytes gave no record. */
static void failure_note(struct records *r, size_t seen)
{
	if (r->rest.bytes <= r->failed_to)
		r->failed = 0;	/* past all that failed so far */
	r->failed++;
	r->failed_to = MIN(r->failed_to, r->rest.bytes - seen);
}

static const char *refuse(const struct records *r, struct str text,
			  size_t seen)
{
	if (seen < text.bytes)
		return "text after a closing quote";
	if (text.bytes == r->rest.bytes)
		return "quote without end";
	if (text.bytes == POSTS_LINE_BYTES)
		return "record of more than 1 MB";
	return "quote without end on its line";
}

/* The text was cut, and its end is not that of a record. */
static int goes_on(const struct records *r, struct str text, size_t bytes)
{
	return bytes == text.bytes && bytes < r->rest.bytes &&
	       text.data[bytes - 1] != '\n';
}

int records_next(struct records *r, const char **reason, struct error *e)
{
	while (r->rest.bytes) {
		struct str text = record_room(r);
		size_t seen = 0, bytes;

		r->line = r->next_line;
		bytes = record_parse(r, text, &seen, e);
		if (e->code)
			return e->code;
		r->looked_at += seen;
		if (!bytes || goes_on(r, text, bytes)) {
			*reason = refuse(r, text, seen);
			failure_note(r, seen);
			advance(r, line_bytes(r));
			return 2;
		}
		if (fields_unquote(r, bytes, e) < 0)
			return e->code;
		advance(r, bytes);
		if (r->fields > 1 || r->field[0].text.bytes)
			return 1;
	}
	return 0;
}
