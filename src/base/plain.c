/*
 * plain.c - see plain.h.
 */
#include "base/plain.h"

#include "base/le.h"
#include "base/utf8.h"

enum { LOOKED_AT = 1 << 16 };	/* bytes; no text is binary only later */

static int starts(struct str s, const char *with, size_t bytes)
{
	return s.bytes >= bytes && !memcmp(s.data, with, bytes);
}

/* ---- what is no text ----------------------------------------------------- */

static const struct {
	const char *start;
	size_t bytes;
	const char *what, *tool;
} kinds[] = {
	{ "\x1f\x8b", 2, "compressed (gzip)", "gzip -dc" },
	{ "\xfd" "7zXZ", 5, "compressed (xz)", "xz -dc" },
	{ "BZh", 3, "compressed (bzip2)", "bzip2 -dc" },
	{ "\x28\xb5\x2f\xfd", 4, "compressed (zstd)", "zstd -dc" },
	{ "PK\3\4", 4, "compressed (zip)", "unzip -p" },
	{ "7z\xbc\xaf", 4, "compressed (7z)", NULL },
	{ "\xff\xd8\xff", 3, "a JPEG picture", NULL },
	{ "\x89PNG", 4, "a PNG picture", NULL },
	{ "GIF8", 4, "a GIF picture", NULL },
	{ "%PDF-", 5, "a PDF document", NULL },
	{ "PAR1", 4, "a Parquet table", NULL },
	{ "ARROW1", 6, "an Arrow table", NULL },
	{ "SQLite format 3", 15, "an SQLite database", NULL },
	{ "\xff\xfe\0\0", 4, "UTF-32, which is not taken", NULL },
	{ "\0\0\xfe\xff", 4, "UTF-32, which is not taken", NULL },
};

/* What starts like a kind is text all the same if no byte of it is odd:
 * "BZh..." may be a caption. */
static int is_odd(struct str s)
{
	for (size_t i = 0; i < MIN(s.bytes, (size_t)LOOKED_AT); i++)
		if (!s.data[i] || (unsigned char)s.data[i] >= 0x80)
			return 1;
	return 0;
}

static int fail_kind(struct error *e, const char *subject, const char *name,
		     size_t kind)
{
	fail(e, ERROR_DATA, "%s is %s", subject, kinds[kind].what);
	if (!name)
		return e->code;
	if (kinds[kind].tool)
		return hint(e, "decompress it into a pipe and read '-': %s "
			    "'%s' | seesay ...", kinds[kind].tool, name);
	if (strstr(kinds[kind].what, "picture"))
		return hint(e, "give the folder of the picture, or a list that "
			    "names it");
	return e->code;
}

/* Zero bytes in every other place only, in most of them. */
static int is_utf16(struct str s)
{
	size_t n = MIN(s.bytes, (size_t)LOOKED_AT) / 2, even = 0, odd = 0;

	for (size_t i = 0; i < n; i++) {
		even += !s.data[2 * i];
		odd += !s.data[2 * i + 1];
	}
	return (!even && odd > n / 2) || (!odd && even > n / 2);
}

static int check_text(struct str s, const char *subject, const char *name,
		      struct error *e)
{
	if (s.bytes > 9 && s.data[8] == '{' &&
	    le64_get(s.data) < UINT64_C(1) << 40)
		return fail(e, ERROR_DATA, "%s is not text: it is a "
			    "safetensors file", subject);
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (starts(s, kinds[i].start, kinds[i].bytes) && is_odd(s))
			return fail_kind(e, subject, name, i);
	if (!s.bytes || !memchr(s.data, 0, MIN(s.bytes, (size_t)LOOKED_AT)))
		return 0;
	if (is_utf16(s))
		return fail(e, ERROR_DATA, "%s is UTF-16 without a byte order "
			    "mark, which is not supported", subject);
	return fail(e, ERROR_DATA, "%s is not text: it has zero bytes",
		    subject);
}

/* ---- UTF-16 -------------------------------------------------------------- */

static uint32_t unit_at(struct str s, size_t i, int big)
{
	unsigned char a = (unsigned char)s.data[i];
	unsigned char b = (unsigned char)s.data[i + 1];

	return big ? (uint32_t)(a << 8 | b) : (uint32_t)(b << 8 | a);
}

/* Half of a pair becomes the three bytes that UTF-8 would have for it if it
 * had one; a last odd byte, 0xFF: neither is UTF-8. */
static int decode_utf16(struct buf *b, struct str s, int big, struct error *e)
{
	size_t i = 2;

	while (i + 1 < s.bytes) {
		uint32_t code = unit_at(s, i, big), low = 0;
		char put[4];

		i += 2;
		if (code >= 0xD800 && code < 0xDC00 && i + 1 < s.bytes)
			low = unit_at(s, i, big);
		if (low >= 0xDC00 && low < 0xE000) {
			code = 0x10000 + ((code - 0xD800) << 10) +
			       (low - 0xDC00);
			i += 2;
		}
		if (buf_add(b, put, utf8_put(code, put), e) < 0)
			return e->code;
	}
	return i < s.bytes ? buf_add(b, "\xFF", 1, e) : 0;
}

/* ---- lines --------------------------------------------------------------- */

/* Ends of lines as one system had them, CR alone, where no other is. */
static int lines_mend(struct str *text, struct buf *decoded, struct error *e)
{
	const char *end = str_end(*text), *at;
	char *to;

	if (!text->bytes || memchr(text->data, '\n', text->bytes))
		return 0;
	at = memchr(text->data, '\r', text->bytes);
	if (!at || at + 1 == end)
		return 0;
	if (!decoded->bytes || text->data < decoded->data ||
	    text->data >= decoded->data + decoded->bytes) {
		buf_clear(decoded);
		if (buf_add(decoded, text->data, text->bytes, e) < 0)
			return e->code;
		*text = (struct str){ decoded->data, decoded->bytes };
	}
	to = decoded->data + (text->data - decoded->data);
	for (size_t i = 0; i < text->bytes; i++)
		to[i] = to[i] == '\r' ? '\n' : to[i];
	return 0;
}

int plain_decode(struct str *text, struct buf *decoded, const char *name,
		 struct error *e)
{
	char subject[300] = "its text";
	int big = starts(*text, "\xFE\xFF", 2);

	if (name)
		snprintf(subject, sizeof(subject), "'%s'",
			 strcmp(name, "-") ? name : "standard input");
	if ((big || starts(*text, "\xFF\xFE", 2)) &&
	    !starts(*text, "\xFF\xFE\0\0", 4)) {
		buf_clear(decoded);
		if (buf_add(decoded, "", 0, e) < 0 ||
		    decode_utf16(decoded, *text, big, e) < 0)
			return e->code;
		*text = (struct str){ decoded->data, decoded->bytes };
	}
	while (starts(*text, "\xEF\xBB\xBF", 3))
		*text = (struct str){ text->data + 3, text->bytes - 3 };
	if (check_text(*text, subject, name, e) < 0)
		return e->code;
	return lines_mend(text, decoded, e);
}

/* ---- files --------------------------------------------------------------- */

int plain_open(struct plain *p, const char *path, size_t max_bytes,
	       struct error *e)
{
	*p = (struct plain){ .view = { .fd = -1 } };
	if (max_bytes || strcmp(path, "-") == 0) {
		if (file_read(&p->bytes, path, max_bytes ? max_bytes
							 : SIZE_MAX / 4,
			      e) < 0)
			return e->code;
		p->text = (struct str){ p->bytes.data, p->bytes.bytes };
	} else {
		if (file_view_open(&p->view, path, e) < 0)
			return e->code;
		p->text = (struct str){ (const char *)p->view.data,
					p->view.bytes };
	}
	return plain_decode(&p->text, &p->decoded, path, e);
}

void plain_close(struct plain *p)
{
	file_view_close(&p->view);
	buf_free(&p->bytes);
	buf_free(&p->decoded);
	*p = (struct plain){ .view = { .fd = -1 } };
}

size_t plain_bad_lines(struct str text, size_t *first)
{
	const char *at = text.data, *end = str_end(text);
	size_t line = 1, last = 0, bad = 0;

	while (at < end) {
		if ((unsigned char)*at < 0x80) {
			line += *at++ == '\n';
			continue;
		}
		if (utf8_next(&at, end) != UTF8_BAD || last == line)
			continue;
		last = line;
		if (!bad++)
			*first = line;
	}
	return bad;
}
