/*
 * posts_table.c - tables: CSV and TSV, one row per picture and caption.
 *
 * Columns are named by the first record or by the user: image caption tags
 * keyword owner split id; others are ignored, several may be captions.  A
 * record with another number of fields than the table has columns is listed:
 * a mark within a caption would cut it, a field that is missing shift the
 * rest.
 */
#include <stdio.h>

#include "posts/posts_list.h"
#include "posts/posts_records.h"
#include "posts/posts_text.h"

enum column { COLUMN_NONE, COLUMN_IMAGE, COLUMN_CAPTION, COLUMN_TAGS,
	      COLUMN_KEYWORD, COLUMN_OWNER, COLUMN_SPLIT, COLUMN_ID, COLUMNS };

struct sheet {
	struct posts_list *list;
	const struct posts_source *from;
	struct records records;
	enum column *column;		/* [columns] */
	size_t columns, column_room;
	size_t width;			/* fields of a record */
	struct str *caption;
	size_t captions, caption_room;
	struct buf tags;
};

static struct str field(const struct sheet *s, size_t i)
{
	return s->records.field[i].text;
}

static int skip_line(struct sheet *s, struct error *e, const char *reason)
{
	struct str where;

	if (posts_where(s->list, s->from->name, s->records.line, &where,
			e) < 0)
		return e->code;
	return posts_list_skip(s->list, where, e, "%s", reason);
}

/* The next record that could be read, 0 at the end of the table. */
static int record_next(struct sheet *s, struct error *e)
{
	const char *reason;
	int got;

	while ((got = records_next(&s->records, &reason, e)) == 2)
		if (skip_line(s, e, reason) < 0)
			return e->code;
	return got;
}

/* ---- columns ----------------------------------------------------------- */

static const struct column_name {
	const char *name;
	enum column column;
} names[] = {
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

enum { NAME_BYTES = 15 };		/* of the longest, and more */

/* In small letters; "" if it is longer than any. */
static void name_lower(struct str name, char lower[NAME_BYTES + 1])
{
	memset(lower, 0, NAME_BYTES + 1);
	name = str_trim(name);
	for (size_t i = 0; name.bytes <= NAME_BYTES && i < name.bytes; i++) {
		char c = name.data[i];

		lower[i] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
	}
}

static enum column column_of(struct str name)
{
	char lower[NAME_BYTES + 1];

	name_lower(name, lower);
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (!strcmp(lower, names[i].name))
			return names[i].column;
	return COLUMN_NONE;
}

/* Letters to add, take away, change, or swap with the next, to make b of a. */
static size_t distance(const char *a, const char *b)
{
	size_t row[3][NAME_BYTES + 2] = { { 0 } };
	size_t n = strlen(a), m = strlen(b);

	for (size_t j = 0; j <= m; j++)
		row[0][j] = j;
	for (size_t i = 1; i <= n; i++) {
		size_t *now = row[i % 3], *last = row[(i + 2) % 3];
		const size_t *before = row[(i + 1) % 3];

		now[0] = i;
		for (size_t j = 1; j <= m; j++) {
			now[j] = MIN(MIN(now[j - 1], last[j]) + 1,
				     last[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1])
				now[j] = MIN(now[j], before[j - 2] + 1);
		}
	}
	return row[n % 3][m];
}

/* A name that is nearly one of ours was hardly meant to be left out. */
static void warn_near(const struct sheet *s, struct str name)
{
	char lower[NAME_BYTES + 1];

	name_lower(name, lower);
	for (size_t i = 0; i < ARRAY_LEN(names) && strlen(lower) > 2; i++)
		if (strlen(names[i].name) > 2 &&
		    distance(lower, names[i].name) == 1) {
			talk_warn(s->list->options->talk, "column '%.*s' of "
				  "'%s' is not read: is it '%s'?",
				  (int)name.bytes, name.data, s->from->name,
				  names[i].name);
			return;
		}
}

static int has_column(const struct sheet *s, enum column column)
{
	for (size_t i = 0; i < s->columns; i++)
		if (s->column[i] == column)
			return 1;
	return 0;
}

/* Captions may be several; of the others a second one is not read. */
static int column_add(struct sheet *s, struct str name, int given,
		      struct error *e)
{
	enum column column = column_of(name);

	if (column == COLUMN_NONE)
		warn_near(s, name);
	if (column != COLUMN_CAPTION && column != COLUMN_NONE &&
	    has_column(s, column)) {
		if (given)
			return fail(e, ERROR_USAGE, "--columns names '%.*s' "
				    "twice", (int)name.bytes, name.data);
		talk_warn(s->list->options->talk, "column '%.*s' of '%s' is "
			  "not read: another column means the same",
			  (int)name.bytes, name.data, s->from->name);
		column = COLUMN_NONE;
	}
	if (mem_grow(&s->column, &s->column_room, s->columns + 1,
		     sizeof(*s->column), e) < 0)
		return e->code;
	s->column[s->columns++] = column;
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
	     given ? "the columns given" : "the first line", s->from->name);
	return hint(e, "--columns names them in order, such as "
		    "image,caption,tags,keyword,owner,split,id");
}

enum { LOOKED_AT = 1000 };	/* records, for the number of columns */

/* Columns may be named up to the last that is wanted: if none of the first
 * records has as many fields as names, the table is as wide as its first. */
static int width_find(struct sheet *s, struct error *e)
{
	struct records all = s->records;
	const char *reason;
	size_t first = 0;
	int got = 1, fits = 0;

	for (int i = 0; i < LOOKED_AT && !fits && got > 0; i++) {
		got = records_next(&all, &reason, e);
		if (got == 1) {
			first = first ? first : all.fields;
			fits = all.fields == s->columns;
		}
	}
	s->records.field = all.field;
	s->records.room = all.room;
	s->records.unquoted = all.unquoted;
	s->width = s->columns;
	if (got < 0 || fits || first <= s->columns)
		return e->code;
	s->width = first;
	talk_warn(s->list->options->talk, "'%s' has %zu columns, --columns "
		  "names %zu: the others are not read", s->from->name, first,
		  s->columns);
	return 0;
}

/* From "image,caption,-,tags". */
static int columns_given(struct sheet *s, const char *given, struct error *e)
{
	for (;;) {
		size_t n = strcspn(given, ",");

		if (column_add(s, (struct str){ given, n }, 1, e) < 0)
			return e->code;
		if (!given[n])
			break;
		given += n + 1;
	}
	return columns_check(s, 1, e) < 0 ? e->code : width_find(s, e);
}

static int columns_header(struct sheet *s, struct error *e)
{
	const char *reason;
	int got = records_next(&s->records, &reason, e);

	if (got < 0)
		return got;
	if (got == 2) {
		fail(e, ERROR_DATA, "the first line of '%s' cannot be read: %s",
		     s->from->name, reason);
		return hint(e, "it names the columns, or --columns does");
	}
	for (size_t i = 0; got && i < s->records.fields; i++)
		if (column_add(s, field(s, i), 0, e) < 0)
			return e->code;
	s->width = s->columns;
	return columns_check(s, 0, e);
}

/* With columns given, a first record that just repeats them is a header. */
static int is_header(const struct sheet *s)
{
	if (s->records.line != 1)
		return 0;
	for (size_t i = 0; i < s->columns; i++)
		if (s->column[i] && (i >= s->records.fields ||
				     column_of(field(s, i)) != s->column[i]))
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

/* What the fields of the record tell, by their columns. */
static int values_read(struct sheet *s, struct str *value, struct error *e)
{
	s->captions = 0;
	for (size_t i = 0; i < s->columns; i++) {
		value[s->column[i]] = str_trim(field(s, i));
		if (s->column[i] == COLUMN_CAPTION &&
		    caption_add(s, field(s, i), e) < 0)
			return e->code;
	}
	buf_clear(&s->tags);
	return posts_text_tags(&s->tags, value[COLUMN_TAGS], e);
}

static int record_row(struct sheet *s, struct error *e)
{
	struct str value[COLUMNS] = { { 0 } };
	struct posts_row row = { .split = POSTS_SPLITS };

	if (posts_where(s->list, s->from->name, s->records.line, &row.where,
			e) < 0)
		return e->code;
	if (s->records.fields != s->width)
		return posts_list_skip(s->list, row.where, e, "another number "
				       "of fields: %zu, the table has %zu "
				       "columns", s->records.fields,
				       s->width);
	if (values_read(s, value, e) < 0)
		return e->code;
	if (!posts_split_of(value[COLUMN_SPLIT], &row.split))
		return posts_list_skip(s->list, row.where, e,
				       "split is not train, val or test");
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

/* The mark between fields, by the list's name or by its first line. */
static char mark_find(const struct posts_source *from)
{
	struct str text = from->text, name = str_of(from->name);
	const char *end = text.bytes ? memchr(text.data, '\n', text.bytes)
				     : NULL;
	size_t n = end ? (size_t)(end - text.data) : text.bytes;

	if (posts_text_suffixed(name, "|.tsv|.tab|"))
		return '\t';
	if (!n || (posts_text_suffixed(name, "|.csv|") &&
		   memchr(text.data, ',', n)))
		return ',';
	for (const char *marks = "\t,;|"; *marks; marks++)
		if (memchr(text.data, *marks, n))
			return *marks;
	return ',';
}

int posts_table_read(struct posts_list *l, const struct posts_source *from,
		     struct error *e)
{
	const char *columns = l->options->columns;
	struct sheet s = { .list = l, .from = from };

	records_start(&s.records, from->text, mark_find(from));
	if ((columns ? columns_given(&s, columns, e)
		     : columns_header(&s, e)) == 0)
		rows_read(&s, columns != NULL, e);
	records_free(&s.records);
	mem_free(s.column);
	mem_free(s.caption);
	buf_free(&s.tags);
	return e->code;
}

const struct posts_layout_type posts_layout_table = {
	.columns = 1, .suffixes = "|.csv|.tsv|.tab|",
	.read_text = posts_table_read,
};
