/* posts_text.c - see posts_text.h. */
#include "posts/posts_text.h"

#include "base/utf8.h"

static struct str after_mark(struct str s)
{
	if (s.bytes >= 3 && !memcmp(s.data, "\xEF\xBB\xBF", 3))
		return (struct str){ s.data + 3, s.bytes - 3 };
	return s;
}

int posts_text_clean(struct buf *b, struct str s, struct error *e)
{
	const char *at, *end;
	size_t before;

	do {	/* a mark may stand behind blanks, or behind another */
		before = s.bytes;
		s = str_trim(after_mark(s));
	} while (s.bytes < before);
	at = s.data;
	end = str_end(s);
	while (at < end) {
		char put[4];
		uint32_t code = utf8_next(&at, end);
		size_t n = utf8_put(code == UTF8_BAD || !code ? 0xFFFD : code,
				    put);

		if (buf_add(b, put, n, e) < 0)
			return e->code;
	}
	return 0;
}

struct str posts_text_suffix(struct str path)
{
	for (size_t i = path.bytes; i > 0 && path.data[i - 1] != '/'; i--)
		if (path.data[i - 1] == '.' && i > 1 && path.data[i - 2] != '/')
			return (struct str){ path.data + i - 1,
					     path.bytes - i + 1 };
	return (struct str){ str_end(path), 0 };
}

struct str posts_text_stem(struct str path)
{
	return (struct str){ path.data,
			     path.bytes - posts_text_suffix(path).bytes };
}

struct str posts_text_folder(struct str path)
{
	const char *slash = path.bytes ? memchr(path.data, '/', path.bytes)
				       : NULL;

	return (struct str){ path.data,
			     slash ? (size_t)(slash - path.data) : 0 };
}

int posts_text_suffixed(struct str path, const char *list)
{
	struct str suffix = posts_text_suffix(path);
	char word[16] = "|";

	if (!suffix.bytes || suffix.bytes > sizeof(word) - 3)
		return 0;
	for (size_t i = 0; i < suffix.bytes; i++) {
		char c = suffix.data[i];

		if (!c || c == '|')
			return 0;
		word[i + 1] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
	}
	word[suffix.bytes + 1] = '|';
	word[suffix.bytes + 2] = 0;
	return strstr(list, word) != NULL;
}

/* Kinds the decoder does not know are pictures too: it says so for each,
 * where leaving them out here would lose them without a word. */
int posts_text_is_picture(struct str path)
{
	return posts_text_suffixed(path, "|.jpg|.jpeg|.jpe|.jfif|.png|.gif|"
				   ".webp|.bmp|.tif|.tiff|.heic|.heif|.avif|"
				   ".jxl|.jp2|.ppm|.pgm|.pbm|.pnm|.tga|.cr2|"
				   ".cr3|.nef|.arw|.dng|.orf|.rw2|.raf|");
}

int posts_text_is_inside(struct str path)
{
	size_t from = 0;

	if (!path.bytes || memchr(path.data, 0, path.bytes))
		return 0;
	for (size_t i = 0; i <= path.bytes; i++) {
		const char *part = path.data + from;
		size_t n = i - from;

		if (i < path.bytes && path.data[i] != '/')
			continue;
		if (!n || (n == 2 && part[0] == '.' && part[1] == '.'))
			return 0;
		from = i + 1;
	}
	return 1;
}

void posts_text_start(struct posts_text_lines *l, struct str text)
{
	l->rest = text;
	l->number = 0;
}

int posts_text_line(struct posts_text_lines *l, struct str *line)
{
	const char *end;
	size_t n = l->rest.bytes;

	if (!n)
		return 0;
	end = memchr(l->rest.data, '\n', n);
	if (end)
		n = (size_t)(end - l->rest.data);
	*line = (struct str){ l->rest.data, n };
	if (n && line->data[n - 1] == '\r')
		line->bytes--;
	n += end != NULL;
	l->rest.data += n;
	l->rest.bytes -= n;
	l->number++;
	return 1;
}

static int is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

int posts_text_tags(struct buf *b, struct str s, struct error *e)
{
	int marks = 0;
	size_t from = 0;

	if (!s.bytes)
		return 0;	/* and its data may be NULL */
	for (size_t i = 0; i < s.bytes; i++)
		marks |= s.data[i] == ',' || s.data[i] == ';';
	for (size_t i = 0; i <= s.bytes; i++) {
		char c = i < s.bytes ? s.data[i] : ';';
		struct str tag = { s.data + from, i - from };

		if (i < s.bytes && !(marks ? c == ',' || c == ';'
					   : is_blank(c)))
			continue;
		from = i + 1;
		if (posts_text_tag(b, tag, e) < 0)
			return e->code;
	}
	return 0;
}

int posts_text_tag(struct buf *b, struct str tag, struct error *e)
{
	tag = str_trim(tag);
	if (!tag.bytes)
		return 0;
	if (b->bytes && buf_add(b, "\n", 1, e) < 0)
		return e->code;
	for (size_t i = 0; i < tag.bytes; i++)
		if (buf_add(b, tag.data[i] == '\n' ? " " : tag.data + i, 1,
			    e) < 0)
			return e->code;
	return 0;
}
