/*
 * word_eval_read.c - sets of word pairs and of analogies as they are handed
 * around: WordSim-353, SimLex-999, MEN, RG-65 and their kin; Google's
 * questions-words.txt and Microsoft's lists.
 *
 * What parts the fields (tab, semicolon, comma or blanks), and for pairs which
 * column has the score, the first line with numbers decides for all.
 */
#include <math.h>

#include "base/string_map.h"
#include "format/decimal.h"
#include "text/words/word_eval.h"

enum { MAX_FIELDS = 32 };

struct fields {
	struct str field[MAX_FIELDS];
	size_t count;		/* MAX_FIELDS + 1: more */
};

struct reader {
	struct word_eval_set *set;
	struct vectors_bytes at;
	size_t line;		/* of the line last read */
	char between;		/* the fields; ' ': runs of blanks */
	size_t column;		/* of a pair's score; 0: there is none */
	size_t header;		/* a line to leave out */
	uint32_t section;
};

static struct str unquoted(struct str s)
{
	s = str_trim(s);
	if (s.bytes > 1 && s.data[0] == '"' && s.data[s.bytes - 1] == '"')
		return str_trim((struct str){ s.data + 1, s.bytes - 2 });
	return s;
}

static void split(struct fields *f, struct str line, char between)
{
	const char *at = line.data, *end = str_end(line), *from;

	f->count = 0;
	while (at < end && f->count <= MAX_FIELDS) {
		from = at;
		while (at < end && *at != between &&
		       !(between == ' ' && *at == '\t'))
			at++;
		if ((at > from || between != ' ') && f->count < MAX_FIELDS)
			f->field[f->count] = unquoted((struct str){ from,
						      (size_t)(at - from) });
		f->count += at > from || between != ' ';
		at += at < end;
	}
}

static char between_of(struct str line)
{
	static const char candidates[] = "\t;,";

	for (size_t i = 0; line.bytes && candidates[i]; i++) {
		const char *at = memchr(line.data, candidates[i], line.bytes);

		/* not within a question whose words have commas */
		if (at && at > line.data && at + 1 < str_end(line))
			return candidates[i];
	}
	return ' ';
}

static int is_number(struct str s, float *value)
{
	const char *end = str_end(s);

	return s.bytes && decimal_read(s.data, end, value) == end &&
	       isfinite(*value);
}

/* The first column behind two words that is a number; 0: none. */
static size_t score_column(const struct fields *f)
{
	float value;

	for (size_t i = 2; i < MIN(f->count, MAX_FIELDS); i++)
		if (is_number(f->field[i], &value))
			return i;
	return 0;
}

/* "JJ_JJR": what kind of question it is, in Microsoft's lists. */
static int is_tag(struct str s)
{
	int lines = 0;

	for (size_t i = 0; i < s.bytes; i++) {
		if (s.data[i] == '_')
			lines++;
		else if (s.data[i] < 'A' || s.data[i] > 'Z')
			return 0;
	}
	return lines > 0;
}

/* ---- lines --------------------------------------------------------------- */

/* The next line that says something; 0 at the end. */
static int line_next(struct reader *r, struct str *line)
{
	while (r->at.at < r->at.end) {
		const char *from = r->at.at;
		const char *to = memchr(from, '\n',
					(size_t)(r->at.end - from));

		to = to ? to : r->at.end;
		r->at.at = to + (to < r->at.end);
		r->line++;
		*line = str_trim((struct str){ from, (size_t)(to - from) });
		if (line->bytes && line->data[0] != '#')
			return 1;
	}
	return 0;
}

static int item_add(struct word_eval_set *s, struct word_eval_item item,
		    struct error *e)
{
	if (mem_grow(&s->items, &s->room, s->count + 1, sizeof(*s->items),
		     e) < 0)
		return e->code;
	s->items[s->count++] = item;
	return 0;
}

static int bad(const struct reader *r, const char *why, struct error *e)
{
	return fail(e, ERROR_DATA, "'%s', line %zu: %s", r->set->path,
		    r->line, why);
}

static int take_pair(struct reader *r, const struct fields *f,
		     struct error *e)
{
	struct word_eval_item item = { .section = r->section };

	if (f->count <= r->column || f->count > MAX_FIELDS ||
	    !f->field[0].bytes || !f->field[1].bytes ||
	    !is_number(f->field[r->column], &item.wanted))
		return bad(r, "two words and their score were due", e);
	item.word[0] = f->field[0];
	item.word[1] = f->field[1];
	return item_add(r->set, item, e);
}

static int take_section(struct reader *r, struct str name, struct error *e)
{
	r->section = string_map_add(r->set->sections, str_trim(name), e);
	return e->code;
}

static int take_question(struct reader *r, const struct fields *f,
			 struct error *e)
{
	int tag_first = f->count == 5 && is_tag(f->field[0]);
	struct word_eval_item item;

	if (f->count != 4 && f->count != 5)
		return bad(r, "the four words of an analogy were due", e);
	if (f->count == 5 &&
	    take_section(r, f->field[tag_first ? 0 : 4], e) < 0)
		return e->code;
	item = (struct word_eval_item){ .section = r->section };
	for (size_t i = 0; i < 4; i++) {
		item.word[i] = f->field[i + (size_t)tag_first];
		if (!item.word[i].bytes)
			return bad(r, "a word is empty", e);
	}
	return item_add(r->set, item, e);
}

static int take_line(struct reader *r, struct str line, struct error *e)
{
	struct fields f;

	if (r->set->kind == WORD_EVAL_ANALOGIES && line.data[0] == ':')
		return take_section(r, (struct str){ line.data + 1,
						     line.bytes - 1 }, e);
	if (r->line == r->header)
		return 0;
	split(&f, line, r->between);
	return r->set->kind == WORD_EVAL_PAIRS ? take_pair(r, &f, e) :
	       take_question(r, &f, e);
}

/* ---- what kind of set it is ---------------------------------------------- */

/* Decides by the first two lines; leaves r as it is otherwise. */
static int recognise(struct reader *r, struct error *e)
{
	struct reader look = *r;
	struct str line;
	struct fields f, next = {0};

	if (!line_next(&look, &line))
		return fail(e, ERROR_DATA, "'%s' has no questions",
			    r->set->path);
	r->set->kind = WORD_EVAL_ANALOGIES;
	r->between = ' ';
	if (line.data[0] == ':')
		return 0;
	r->between = between_of(line);
	split(&f, line, r->between);
	r->header = look.line;
	if (line_next(&look, &line))
		split(&next, line, r->between);
	r->column = score_column(&f);
	if (r->column)
		r->header = 0;
	else
		r->column = score_column(&next);
	if (r->column) {
		r->set->kind = WORD_EVAL_PAIRS;
		return 0;
	}
	look.line = r->header;
	r->header = 0;
	return f.count == 4 || f.count == 5 ? 0 :
	       bad(&look, "neither two words and their score nor the four "
		   "words of an analogy", e);
}

int word_eval_read(struct word_eval_set *s, const char *path, struct error *e)
{
	struct reader r = { .set = s };
	struct str line;

	*s = (struct word_eval_set){ .path = path };
	if (vectors_text_open(&s->file, path, e) < 0)
		goto done;
	s->sections = string_map_new(e);
	r.at = s->file;
	if (!s->sections || recognise(&r, e) < 0 ||
	    take_section(&r, str_of(""), e) < 0)
		goto done;
	while (line_next(&r, &line))
		if (take_line(&r, line, e) < 0)
			goto done;
	if (!s->count)
		fail(e, ERROR_DATA, "'%s' has no questions", path);
done:
	if (e->code)
		word_eval_free(s);
	return e->code;
}

void word_eval_free(struct word_eval_set *s)
{
	vectors_bytes_close(&s->file);
	string_map_free(s->sections);
	mem_free(s->items);
	*s = (struct word_eval_set){0};
}
