/*
 * utf8.c - code points of UTF-8 (Unicode 15, table 3-7); see utf8.h.
 */
#include "base/utf8.h"

/* How many bytes a sequence has whose first is `first`, 0 for none, and
 * between which bounds the second byte must lie: the bounds shut out the
 * overlong (E0, F0), the surrogates (ED) and what is past U+10FFFF (F4). */
static int utf8_length(unsigned char first, unsigned char *low,
		       unsigned char *high)
{
	*low = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
	*high = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
	if (first < 0x80)
		return 1;
	if (first < 0xC2 || first > 0xF4)
		return 0;
	return first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
}

uint32_t utf8_next(const char **at, const char *end)
{
	const unsigned char *p = (const unsigned char *)*at;
	unsigned char low, high;
	int length = utf8_length(*p, &low, &high);
	uint32_t code;

	if (length == 0 || end - *at < length)
		goto bad;
	if (length == 1) {
		*at += 1;
		return *p;
	}
	if (p[1] < low || p[1] > high)
		goto bad;
	code = *p & (0x7Fu >> length);
	for (int i = 1; i < length; i++) {
		if ((p[i] & 0xC0) != 0x80)
			goto bad;
		code = code << 6 | (p[i] & 0x3Fu);
	}
	*at += length;
	return code;
bad:
	*at += 1;
	return UTF8_BAD;
}

int utf8_valid(struct str s)
{
	const char *at = s.data, *end = str_end(s);

	while (at < end)
		if (utf8_next(&at, end) == UTF8_BAD)
			return 0;
	return 1;
}

static char tail_byte(uint32_t code, int shift)
{
	return (char)(unsigned char)(0x80 | (code >> shift & 0x3F));
}

size_t utf8_put(uint32_t code, char out[4])
{
	if (code < 0x80) {
		out[0] = (char)code;
		return 1;
	}
	if (code < 0x800) {
		out[0] = (char)(unsigned char)(0xC0 | code >> 6);
		out[1] = tail_byte(code, 0);
		return 2;
	}
	if (code < 0x10000) {
		out[0] = (char)(unsigned char)(0xE0 | code >> 12);
		out[1] = tail_byte(code, 6);
		out[2] = tail_byte(code, 0);
		return 3;
	}
	out[0] = (char)(unsigned char)(0xF0 | (code >> 18 & 7));
	out[1] = tail_byte(code, 12);
	out[2] = tail_byte(code, 6);
	out[3] = tail_byte(code, 0);
	return 4;
}

int utf8_unsafe(uint32_t code)
{
	return code < 0x20 || (code >= 0x7F && code < 0xA0) ||
	       code == 0x061C || code == 0x200E || code == 0x200F ||
	       (code >= 0x2028 && code <= 0x202E) ||
	       (code >= 0x2066 && code <= 0x2069) || code == 0xFEFF;
}
