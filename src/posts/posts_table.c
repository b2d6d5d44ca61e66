/*
 * posts_table.c - tables: CSV (RFC 4180: quotes, doubled quotes, line ends in
 * quotes, CR LF) and TSV (no quotes), one row per picture and caption.
 *
 * Columns are named by the first record or by the user: image caption tags
 * keyword owner split id; others are ignored, several may be captions.  A
 * record that cannot be read is listed with its line and reading goes on with
 * the line after its first, so one stray quote cannot swallow the file.
 */
#include <stdio.h>

#include "base/file.h"
#include "posts/posts_list.h"
#include "posts/posts_text.h"

enum column { COLUMN_NONE, COLUMN_IMAGE, COLUMN_CAPTION, COLUMN_TAGS,
	      COLUMN_KEYWORD, COLUMN_OWNER, COLUMN_SPLIT, COLUMN_ID, COLUMNS };

struct sheet {
	struct posts_list *list;
	const char *source;
	char mark;			/* between fields: , ; | or TAB */
	int quotes;			/* CSV */
	struct str rest;
	size_t line;			/* of the record, from 1 */
	size_t next_line;
	struct str *field;		/* of the record */
	size_t fields, field_room;
	char *unquoted;			/* [POSTS_LINE_BYTES + 1] */
	enum column *column;		/* [columns] */
	size_t columns, column_room;
	struct str *caption;
	size_t captions, caption_room;
	struct buf tags;
};

/* ---- records ----------------------------------------------------------- */

static void advance(struct sheet *s, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		s->next_line += s->rest.data[i] == '\n';
	s->rest.data += bytes;
	s->rest.bytes -= bytes;
}

static void advance_line(struct sheet *s)
{
	const char *end = memchr(s->rest.data, '\n', s->rest.bytes);

	advance(s, end ? (size_t)(end - s->rest.data) + 1 : s->rest.bytes);
}

static int field_add(struct sheet *s, const char *data, size_t bytes,
		     struct error *e)
{
	if (mem_grow(&s->field, &s->field_room, s->fields + 1,
		     sizeof(*s->field), e) < 0)
		return e->code;
	s->field[s->fields++] = (struct str){ data, bytes };
	return 0;
}

/* Past the closing quote of the field that opens at text[at], its contents in
 * `to`; 0 if it does not close. */
static size_t quoted_end(struct str text, size_t at, char *to, size_t *bytes)
{
	for (at++; at < text.bytes; at++) {
		if (text.data[at] == '"') {
			if (at + 1 == text.bytes || text.data[at + 1] != '"')
				return at + 1;
			at++;
		}
		to[(*bytes)++] = text.data[at];
	}
	return 0;
}

static size_t plain_end(const struct sheet *s, struct str text, size_t at)
{
	while (at < text.bytes && text.data[at] != s->mark &&
	       text.data[at] != '\n')
		at++;
	return at;
}

/* At the end of a record: past its line end, else 0. */
static size_t record_end(struct str text, size_t at)
{
	if (at == text.bytes)
		return at;
	if (text.data[at] == '\r' && at + 1 < text.bytes &&
	    text.data[at + 1] == '\n')
		at++;
	return text.data[at] == '\n' ? at + 1 : 0;
}

/* Reads the fields of one record; *reason says why it could not. */
static int record_parse(struct sheet *s, const char **reason, struct error *e)
{
	struct str text = s->rest;
	size_t at = 0, used = 0;
	int cut = text.bytes > POSTS_LINE_BYTES;

	text.bytes = MIN(text.bytes, (size_t)POSTS_LINE_BYTES);
	s->fields = 0;
	for (;; at++) {
		size_t from = at, to = used, end;
		int quoted = s->quotes && at < text.bytes &&
			     text.data[at] == '"';

		at = quoted ? quoted_end(text, at, s->unquoted, &used)
			    : plain_end(s, text, at);
		if (quoted && !at)
			*reason = cut ? "record of more than 1 MB"
				      : "quote without end";
		else if (cut && at == text.bytes)
			*reason = "record of more than 1 MB";
		if (*reason)
			return 0;
		end = at;
		if (!quoted && end > from && end < text.bytes &&
		    text.data[end] == '\n' && text.data[end - 1] == '\r')
			end--;
		if ((quoted ? field_add(s, s->unquoted + to, used - to, e)
			    : field_add(s, text.data + from, end - from,
					e)) < 0)
			return e->code;
		if (at < text.bytes && text.data[at] == s->mark)
			continue;
		end = record_end(text, at);
		if (end || at == text.bytes)
			advance(s, end);
		else
			*reason = "text after a closing quote";
		return 0;
	}
}

/* The next record that could be read, 0 at the end of the table. */
static int record_next(struct sheet *s, struct error *e)
{
	while (s->rest.bytes) {
		const char *reason = NULL;
		struct str where;

		s->line = s->next_line;
		if (record_parse(s, &reason, e) < 0)
			return e->code;
		if (!reason && (s->fields > 1 || s->field[0].bytes))
			return 1;
		if (!reason)
			continue;
		advance_line(s);
		if (posts_where(s->list, s->source, s->line, &where, e) < 0 ||
		    posts_list_skip(s->list, where, e, "%s", reason) < 0)
			return e->code;
	}
	return 0;
}

/* ---- columns ----------------------------------------------------------- */

static enum column column_of(struct str name)
{
	static const struct {
		const char *name;
		enum column column;
	} known[] = {
		{ "image", COLUMN_IMAGE }, { "file", COLUMN_IMAGE },
		{ "file_name", COLUMN_IMAGE }, { "filename", COLUMN_IMAGE },
		{ "path", COLUMN_IMAGE }, { "filepath", COLUMN_IMAGE },
		{ "image_path", COLUMN_IMAGE }, { "image_name", COLUMN_IMAGE },
		{ "caption", COLUMN_CAPTION }, { "captions", COLUMN_CAPTION },
		{ "text", COLUMN_CAPTION }, { "title", COLUMN_CAPTION },
		{ "comment", COLUMN_CAPTION }, { "sentence", COLUMN_CAPTION },
		{ "tags", COLUMN_TAGS }, { "keyword", COLUMN_KEYWORD },
		{ "owner", COLUMN_OWNER }, { "split", COLUMN_SPLIT },
		{ "id", COLUMN_ID },
	};
	char lower[16] = "";

	name = str_trim(name);
	if (name.bytes >= sizeof(lower))
		return COLUMN_NONE;
	for (size_t i = 0; i < name.bytes; i++) {
		char c = name.data[i];

		lower[i] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
	}
	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (!strcmp(lower, known[i].name))
			return known[i].column;
	return COLUMN_NONE;
}

static int column_add(struct sheet *s, struct str name, struct error *e)
{
	if (mem_grow(&s->column, &s->column_room, s->columns + 1,
		     sizeof(*s->column), e) < 0)
		return e->code;
	s->column[s->columns++] = column_of(name);
	return 0;
}

static int has_column(const struct sheet *s, enum column column)
{
	for (size_t i = 0; i < s->columns; i++)
		if (s->column[i] == column)
			return 1;
	return 0;
}

static int columns_check(struct sheet *s, int given, struct error *e)
{
	if (has_column(s, COLUMN_IMAGE) &&
	    (has_column(s, COLUMN_CAPTION) || has_column(s, COLUMN_TAGS) ||
	     s->list->options->wordless))
		return 0;
	fail(e, given ? ERROR_USAGE : ERROR_DATA,
	     "no column '%s' in %s of '%s'",
	     has_column(s, COLUMN_IMAGE) ? "caption" : "image",
	     given ? "the columns given" : "the first line", s->source);
	return hint(e, "--columns names them in order, such as "
		    "image,caption,tags,keyword,owner,split,id");
}

/* From "image,caption,-,tags". */
static int columns_given(struct sheet *s, const char *names, struct error *e)
{
	for (;;) {
		size_t n = strcspn(names, ",");

		if (column_add(s, (struct str){ names, n }, e) < 0)
			return e->code;
		if (!names[n])
			return columns_check(s, 1, e);
		names += n + 1;
	}
}

static int columns_header(struct sheet *s, struct error *e)
{
	int got = record_next(s, e);

	if (got < 0)
		return got;
	for (size_t i = 0; got && i < s->fields; i++)
		if (column_add(s, s->field[i], e) < 0)
			return e->code;
	return columns_check(s, 0, e);
}

/* With columns given, a first record that just repeats them is a header. */
static int is_header(const struct sheet *s)
{
	if (s->line != 1)
		return 0;
	for (size_t i = 0; i < s->columns; i++)
		if (s->column[i] && (i >= s->fields ||
				     column_of(s->field[i]) != s->column[i]))
			return 0;
	return 1;
}

/* ---- rows -------------------------------------------------------------- */

static int caption_add(struct sheet *s, struct str text, struct error *e)
{
	if (mem_grow(&s->caption, &s->caption_room, s->captions + 1,
		     sizeof(*s->caption), e) < 0)
		return e->code;
	s->caption[s->captions++] = text;
	return 0;
}

static int record_row(struct sheet *s, struct error *e)
{
	struct str value[COLUMNS] = { { 0 } };
	struct posts_row row = { .split = POSTS_SPLITS };

	if (posts_where(s->list, s->source, s->line, &row.where, e) < 0)
		return e->code;
	s->captions = 0;
	for (size_t i = 0; i < s->fields && i < s->columns; i++) {
		value[s->column[i]] = str_trim(s->field[i]);
		if (s->column[i] == COLUMN_CAPTION &&
		    caption_add(s, s->field[i], e) < 0)
			return e->code;
	}
	if (!posts_split_of(value[COLUMN_SPLIT], &row.split))
		return posts_list_skip(s->list, row.where, e,
				       "split is not train, val or test");
	buf_clear(&s->tags);
	if (posts_text_tags(&s->tags, value[COLUMN_TAGS], e) < 0)
		return e->code;
	row.path = value[COLUMN_IMAGE];
	row.id = value[COLUMN_ID];
	row.caption = s->caption;
	row.captions = s->captions;
	row.tags = (struct str){ s->tags.data, s->tags.bytes };
	row.keyword = value[COLUMN_KEYWORD];
	row.owner = value[COLUMN_OWNER];
	return posts_list_row(s->list, &row, e);
}

static int rows_read(struct sheet *s, int given, struct error *e)
{
	int got;

	while ((got = record_next(s, e)) > 0)
		if (!(given && is_header(s)) && record_row(s, e) < 0)
			return e->code;
	return got;
}

/* The mark between fields, by the file's name or by its first line. */
static void mark_find(struct sheet *s)
{
	const char *end = s->rest.bytes ? memchr(s->rest.data, '\n',
						 s->rest.bytes) : NULL;
	size_t n = end ? (size_t)(end - s->rest.data) : s->rest.bytes;
	struct str name = str_of(s->source);
	const char *marks = "\t,;|";

	s->mark = ',';
	if (posts_text_suffixed(name, "|.tsv|.tab|"))
		s->mark = '\t';
	else if (n && (!posts_text_suffixed(name, "|.csv|") ||
		       !memchr(s->rest.data, ',', n)))
		for (; *marks; marks++)
			if (memchr(s->rest.data, *marks, n)) {
				s->mark = *marks;
				break;
			}
	s->quotes = s->mark != '\t';
}

int posts_table_read(struct posts_list *l, const char *source,
		     const char *columns, struct error *e)
{
	struct sheet s = { .list = l, .source = source, .next_line = 1 };
	struct posts_text_lines begin;
	struct file_view view;

	if (posts_root_set(l, source, e) < 0 ||
	    file_view_open(&view, source, e) < 0)
		return e->code;
	posts_text_start(&begin, (struct str){ (const char *)view.data,
					       view.bytes });
	s.rest = begin.rest;
	mark_find(&s);
	s.unquoted = mem_new(POSTS_LINE_BYTES + 1, 1, e);
	if (s.unquoted && (columns ? columns_given(&s, columns, e)
				   : columns_header(&s, e)) == 0)
		rows_read(&s, columns != NULL, e);
	mem_free(s.unquoted);
	mem_free(s.field);
	mem_free(s.column);
	mem_free(s.caption);
	buf_free(&s.tags);
	file_view_close(&view);
	return e->code;
}
