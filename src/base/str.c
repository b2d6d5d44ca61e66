/*
 * str.c - slices of bytes; see str.h.
 */
#include "base/str.h"

#include "base/base.h"
#include "base/utf8.h"

int str_equal(struct str a, struct str b)
{
	return a.bytes == b.bytes &&
	       (!a.bytes || memcmp(a.data, b.data, a.bytes) == 0);
}

int str_compare(struct str a, struct str b)
{
	size_t common = MIN(a.bytes, b.bytes);
	int order = common ? memcmp(a.data, b.data, common) : 0;

	if (order)
		return order < 0 ? -1 : 1;
	return (a.bytes > b.bytes) - (a.bytes < b.bytes);
}

static int is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

struct str str_trim(struct str s)
{
	while (s.bytes && is_blank(s.data[s.bytes - 1]))
		s.bytes--;
	while (s.bytes && is_blank(*s.data)) {
		s.data++;
		s.bytes--;
	}
	return s;
}

int str_put_safe(struct buf *b, struct str s, struct error *e)
{
	const char *at = s.data, *end = str_end(s);
	int bad = 0;

	while (at < end && !bad) {
		const char *here = at;
		uint32_t code = utf8_next(&at, end);

		if (code == UTF8_BAD || (code < 0x80 && utf8_unsafe(code)))
			bad = buf_addf(b, e, "\\x%02X",
				       (unsigned)(unsigned char)*here);
		else if (utf8_unsafe(code))
			bad = buf_addf(b, e, "\\u%04X", (unsigned)code);
		else
			bad = buf_add(b, here, (size_t)(at - here), e);
	}
	return bad;
}

int str_put_hex(struct buf *b, struct str s, struct error *e)
{
	for (size_t i = 0; i < s.bytes; i++)
		if (buf_addf(b, e, "%02x",
			     (unsigned)(unsigned char)s.data[i]) < 0)
			return e->code;
	return 0;
}
