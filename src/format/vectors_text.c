/*
 * vectors_text.c - word vectors as lines of text: GloVe's, word2vec's and
 * fastText's .vec.
 *
 * The last dim columns are the numbers and the rest is the word, which may
 * have blanks inside (glove.840B has such).  Without a first line "COUNT DIM"
 * the first row tells dim.  GloVe writes one row more than it tells: `<unk>`.
 *
 * Must hold: a line with a column too many or too few is refused, never taken
 * for something else; so the word of a line with blanks in it may not end in
 * another number.
 */
#include <math.h>

#include "format/decimal.h"
#include "format/vectors_in.h"

static int is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static const char *skip_blanks(const char *at, const char *end)
{
	while (at < end && is_blank(*at))
		at++;
	return at;
}

static const char *skip_field(const char *at, const char *end)
{
	while (at < end && !is_blank(*at))
		at++;
	return at;
}

/* The last field of the text that ends at *end; *end moves before it. */
static struct str last_field(const char *start, const char **end)
{
	const char *to = *end, *from;

	while (to > start && is_blank(to[-1]))
		to--;
	for (from = to; from > start && !is_blank(from[-1]);)
		from--;
	*end = from;
	return (struct str){ from, (size_t)(to - from) };
}

static int is_number(struct str field, float *value)
{
	const char *end = str_end(field);

	return field.bytes && decimal_read(field.data, end, value) == end;
}

static int is_whole(struct str field, uint64_t *value)
{
	*value = 0;
	for (size_t i = 0; i < field.bytes; i++) {
		if (field.data[i] < '0' || field.data[i] > '9')
			return 0;
		*value = *value * 10 + (uint64_t)(field.data[i] - '0');
	}
	return field.bytes && field.bytes < 19;
}

int vectors_header(struct str line, uint64_t *count, uint64_t *dim)
{
	const char *end = str_end(line);

	return is_whole(last_field(line.data, &end), dim) &&
	       is_whole(last_field(line.data, &end), count) &&
	       last_field(line.data, &end).bytes == 0;
}

/* A word without blanks, then exactly dim numbers. */
static int row_quickly(struct str line, size_t dim, struct str *word,
		       float *row)
{
	const char *end = str_end(line);
	const char *at = skip_field(line.data, end);

	*word = (struct str){ line.data, (size_t)(at - line.data) };
	for (size_t j = 0; j < dim; j++) {
		at = decimal_read(skip_blanks(at, end), end, &row[j]);
		if (!at || (at < end && !is_blank(*at)))
			return 0;
	}
	return word->bytes && skip_blanks(at, end) == end;
}

/* How many fields at the end are numbers; the others, trimmed, are left. */
static size_t numbers_at_end(struct str line, struct str *left)
{
	const char *end = str_end(line), *before = end;
	size_t count = 0;
	float value;

	while (is_number(last_field(line.data, &before), &value)) {
		end = before;
		count++;
	}
	*left = str_trim((struct str){ line.data, (size_t)(end - line.data) });
	return count;
}

/* A word that may have blanks inside, then dim numbers. */
static int row_from_right(struct str line, size_t dim, struct str *word,
			  float *row)
{
	const char *end = str_end(line);

	if (numbers_at_end(line, word) != dim || !word->bytes)
		return 0;
	for (size_t j = dim; j-- > 0;)
		is_number(last_field(line.data, &end), &row[j]);
	return 1;
}

/* A blank, then numbers: before them stands a word of no letter. */
static int is_wordless(struct str line, struct str word)
{
	return line.bytes && is_blank(*line.data) && !word.bytes;
}

static int is_row(struct str line, uint64_t dim)
{
	struct str word;
	size_t numbers = numbers_at_end(line, &word);

	return numbers == dim + !word.bytes ||
	       (numbers == dim && is_wordless(line, word));
}

static int row_bad(const struct vectors_in *in, struct str line,
		   struct error *e)
{
	struct str word;
	size_t numbers = numbers_at_end(line, &word);

	if (numbers == in->dim && is_wordless(line, word))
		return fail(e, ERROR_DATA, "'%s', line %zu: the word is empty",
			    in->source.path, in->line);
	/* a word that is a number itself */
	if (!word.bytes && numbers)
		numbers--;
	return fail(e, ERROR_DATA, "'%s', line %zu: expected a word and %zu "
		    "numbers, found %zu numbers", in->source.path, in->line,
		    in->dim, numbers);
}

/* The next line that is not blank; 0 at the end. */
static int line_next(struct vectors_in *in, struct str *line)
{
	do {
		if (!vectors_line(&in->file, line))
			return 0;
		in->line++;
	} while (!str_trim(*line).bytes);
	return 1;
}

/* Is the first line a header?  Then the next one has so many numbers. */
int vectors_has_header(const struct vectors_in *in)
{
	struct vectors_bytes file = in->file;
	struct str line;
	uint64_t count, dim;

	return vectors_line(&file, &line) &&
	       vectors_header(line, &count, &dim) &&
	       (!vectors_line(&file, &line) || is_row(line, dim));
}

static int utf16_refuse(const struct vectors_in *in, struct error *e)
{
	const char *at = in->file.at;

	if (in->file.end - at < 2 || (memcmp(at, "\xFF\xFE", 2) &&
				      memcmp(at, "\xFE\xFF", 2)))
		return 0;
	fail(e, ERROR_DATA, "'%s' is UTF-16, which is not taken here",
	     in->source.path);
	return hint(e, "iconv -f utf-16 -t utf-8 '%s' | seesay words import - "
		    "-o words.st", in->source.path);
}

int vectors_text_start(struct vectors_in *in, struct error *e)
{
	struct vectors_bytes kept = in->file;
	struct str line = {0}, word;
	uint64_t dim = 0;

	if (utf16_refuse(in, e) < 0)
		return e->code;
	in->has_header = in->format != VECTORS_GLOVE ||
			 vectors_has_header(in);
	if (!line_next(in, &line))
		return fail(e, ERROR_DATA, "'%s' is blank", in->source.path);
	if (in->has_header && !vectors_header(line, &in->declared, &dim))
		return fail(e, ERROR_DATA, "'%s' does not begin with a line "
			    "of two whole numbers", in->source.path);
	if (!in->has_header) {
		in->file = kept;
		in->line = 0;
		dim = numbers_at_end(line, &word);
		dim -= dim && !word.bytes && !is_wordless(line, word);
	}
	if (!dim) {
		fail(e, ERROR_DATA, "'%s' is not a known file of word vectors: "
		     "its first line does not end in numbers", in->source.path);
		return hint(e, "--format names its format; glove-bin needs "
			    "--words too");
	}
	return vectors_dim(in, dim, e);
}

static int text_end(const struct vectors_in *in, struct error *e)
{
	if (!in->has_header || in->row == in->declared)
		return 0;
	return fail(e, ERROR_DATA, "'%s' is truncated: it ends after %zu of "
		    "the %llu words that its first line declares",
		    in->source.path, in->row, (unsigned long long)in->declared);
}

/* Lines that end in CR alone look like one line: a word with all but the last
 * row in it. */
static int lines_refuse(const struct vectors_in *in, struct str word,
			struct error *e)
{
	if (!memchr(word.data, '\r', word.bytes) ||
	    skip_field(word.data, str_end(word)) == str_end(word))
		return 0;
	return fail(e, ERROR_DATA, "'%s', line %zu: a carriage return stands "
		    "within it; lines end in LF or CR LF", in->source.path,
		    in->line);
}

int vectors_text_next(struct vectors_in *in, struct str *word, float *row,
		      struct error *e)
{
	struct str line;

	if (!line_next(in, &line))
		return text_end(in, e);
	if (!row_quickly(line, in->dim, word, row) &&
	    !row_from_right(line, in->dim, word, row))
		return row_bad(in, line, e);
	if (lines_refuse(in, *word, e) < 0)
		return e->code;
	if (!in->has_header || in->row < in->declared)
		return 1;
	if (in->has_unknown || !str_equal(*word, str_of("<unk>")))
		return fail(e, ERROR_DATA, "'%s', line %zu: more words than "
			    "the %llu that its first line declares",
			    in->source.path, in->line,
			    (unsigned long long)in->declared);
	in->has_unknown = 1;
	in->declared++;
	return 1;
}
