/*
 * vectors_bytes.c - whole files as bytes, lines, and lists of words.
 */
#include "base/le.h"
#include "base/plain.h"
#include "format/vectors_in.h"

/* Archives are not ours to open; say so rather than "no numbers". */
int vectors_check_packed(const struct vectors_bytes *b, const char *path,
			 struct error *e)
{
	static const struct {
		const char *start, *kind, *tool;
	} packed[] = {
		{ "\x1f\x8b", "gzip", "gzip -dc" }, { "PK\3\4", "zip",
		"unzip -p" }, { "\xfd" "7zXZ", "xz", "xz -dc" },
		{ "BZh", "bzip2", "bzip2 -dc" },
		{ "\x28\xb5\x2f\xfd", "zstd", "zstd -dc" },
	};

	for (size_t i = 0; i < ARRAY_LEN(packed); i++) {
		size_t bytes = strlen(packed[i].start);

		if ((size_t)(b->end - b->at) <= bytes ||
		    memcmp(b->at, packed[i].start, bytes) != 0 ||
		    (i == 3 && !memchr(b->at, 0, MIN((size_t)(b->end - b->at),
						     (size_t)64))))
			continue;
		fail(e, ERROR_DATA, "'%s' is compressed (%s)", path,
		     packed[i].kind);
		return hint(e, "%s '%s' | seesay words import - -o words.st",
			    packed[i].tool, path);
	}
	return 0;
}

int vectors_bytes_open(struct vectors_bytes *b, const char *path,
		       struct error *e)
{
	*b = (struct vectors_bytes){0};
	if (strcmp(path, "-") == 0) {
		if (file_read(&b->text, path, SIZE_MAX / 4, e) < 0)
			return e->code;
		b->at = b->text.data;
		b->end = b->at + b->text.bytes;
	} else {
		if (file_view_open(&b->view, path, e) < 0)
			return e->code;
		b->has_view = 1;
		b->at = (const char *)b->view.data;
		b->end = b->view.bytes ? b->at + b->view.bytes : b->at;
	}
	if (b->at == b->end)
		return fail(e, ERROR_DATA, "'%s' is empty", path);
	if (b->end - b->at > 3 && memcmp(b->at, "\xEF\xBB\xBF", 3) == 0)
		b->at += 3;	/* the mark that editors put before UTF-8 */
	return 0;
}

int vectors_text_open(struct vectors_bytes *b, const char *path,
		      struct error *e)
{
	struct str text;

	if (vectors_bytes_open(b, path, e) < 0)
		return e->code;
	text = (struct str){ b->at, (size_t)(b->end - b->at) };
	if (plain_decode(&text, &b->decoded, path, e) < 0)
		return e->code;
	b->at = text.data;
	b->end = str_end(text);
	return 0;
}

void vectors_bytes_close(struct vectors_bytes *b)
{
	if (b->has_view)
		file_view_close(&b->view);
	buf_free(&b->text);
	buf_free(&b->decoded);
	*b = (struct vectors_bytes){0};
}

int vectors_line(struct vectors_bytes *b, struct str *line)
{
	const char *from = b->at, *to;

	if (from == b->end)
		return 0;
	to = memchr(from, '\n', (size_t)(b->end - from));
	b->at = to ? to + 1 : b->end;
	to = to ? to : b->end;
	if (to > from && to[-1] == '\r')
		to--;
	*line = (struct str){ from, (size_t)(to - from) };
	return 1;
}

/* ---- lists of words ------------------------------------------------------ */

/* "word 123": the word and its count. */
static int split_count(struct str line, struct str *word, uint64_t *count)
{
	const char *end = str_end(line), *at = end;

	while (at > line.data && at[-1] >= '0' && at[-1] <= '9')
		at--;
	if (at == end || end - at > 19 || at - line.data < 2 ||
	    (at[-1] != ' ' && at[-1] != '\t'))
		return 0;
	*word = str_trim((struct str){ line.data,
				       (size_t)(at - line.data) });
	for (*count = 0; at < end; at++)
		*count = *count * 10 + (uint64_t)(*at - '0');
	return word->bytes > 0;
}

static int list_read(struct vectors_list *list, const char *path,
		     struct error *e)
{
	size_t room = 0;
	struct str line;

	while (vectors_line(&list->file, &line)) {
		struct str word = str_trim(line);

		if (!word.bytes && list->file.at == list->file.end)
			break;
		if (!word.bytes)
			return fail(e, ERROR_DATA, "'%s', line %zu: the word "
				    "is missing", path, list->count + 1);
		if (mem_grow(&list->words, &room, list->count + 1,
			     sizeof(*list->words), e) < 0)
			return e->code;
		list->words[list->count++] = word;
	}
	return list->count ? 0 :
	       fail(e, ERROR_DATA, "'%s' has no words", path);
}

/* If every line ends in a count, those are no part of the words. */
static int list_split(struct vectors_list *list, struct error *e)
{
	struct str word;
	uint64_t count;
	size_t i = 0;

	while (i < list->count && split_count(list->words[i], &word, &count))
		i++;
	if (i < list->count)
		return 0;
	list->counts = mem_new(list->count, sizeof(*list->counts), e);
	for (i = 0; list->counts && i < list->count; i++)
		if (split_count(list->words[i], &word, &list->counts[i]))
			list->words[i] = word;
	return list->counts ? 0 : e->code;
}

int vectors_list_open(struct vectors_list *list, const char *path,
		      struct error *e)
{
	*list = (struct vectors_list){0};
	if (vectors_text_open(&list->file, path, e) < 0 ||
	    list_read(list, path, e) < 0)
		return e->code;
	return list_split(list, e);
}

void vectors_list_close(struct vectors_list *list)
{
	vectors_bytes_close(&list->file);
	mem_free(list->words);
	mem_free(list->counts);
	*list = (struct vectors_list){0};
}
