/* html.c - see html.h. */
#include "format/html.h"

#include <math.h>
#include <string.h>

#include "base/embedded.h"
#include "base/utf8.h"

int html_put(struct buf *b, const char *markup, struct error *e)
{
	return buf_add(b, markup, strlen(markup), e);
}

int html_text(struct buf *b, struct str text, struct error *e)
{
	const char *at = text.data, *end = text.data + text.bytes;

	while (at < end) {
		uint32_t c = utf8_next(&at, end);
		char utf8[4];

		if (c == '&' || c == '<' || c == '>' || c == '"' ||
		    c == '\'' || c == '`')
			buf_addf(b, e, "&#%u;", (unsigned)c);
		else if (c != UTF8_BAD && utf8_unsafe(c))
			buf_add(b, " ", 1, e);
		else
			buf_add(b, utf8, utf8_put(c == UTF8_BAD ? 0xfffd : c,
						  utf8), e);
		if (e->code)
			return e->code;
	}
	return 0;
}

int html_base64(struct buf *b, const void *data, size_t bytes,
		struct error *e)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789+/";
	const unsigned char *p = data;

	for (size_t i = 0; i < bytes; i += 3) {
		size_t n = MIN(bytes - i, (size_t)3);
		uint32_t v = (uint32_t)p[i] << 16;
		char four[4] = "====";

		v |= n > 1 ? (uint32_t)p[i + 1] << 8 : 0;
		v |= n > 2 ? p[i + 2] : 0;
		for (size_t k = 0; k <= n; k++)
			four[k] = digits[v >> (18 - 6 * k) & 63];
		if (buf_add(b, four, 4, e) < 0)
			return e->code;
	}
	return 0;
}

int html_file(struct buf *b, const char *name, struct error *e)
{
	for (const struct embedded *f = embedded_files; f->name; f++)
		if (strcmp(f->name, name) == 0)
			return buf_add(b, f->data, f->bytes, e);
	bug("a file of a page is not in the program");
}

int html_begin(struct buf *b, struct str title, const char *style,
	       struct error *e)
{
	html_put(b, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
		 "<meta charset=\"utf-8\">\n"
		 "<meta http-equiv=\"Content-Security-Policy\" content=\""
		 "default-src 'none'; img-src data:; style-src "
		 "'unsafe-inline'; script-src 'unsafe-inline'\">\n"
		 "<meta name=\"viewport\" "
		 "content=\"width=device-width, initial-scale=1\">\n"
		 "<meta name=\"color-scheme\" content=\"light dark\">\n"
		 "<title>", e);
	html_text(b, title, e);
	html_put(b, "</title>\n<style>\n", e);
	html_file(b, "src/web/page.css", e);
	html_file(b, style, e);
	return html_put(b, "</style>\n</head>\n<body>\n", e);
}

int html_score(struct buf *b, float score, struct error *e)
{
	long n;

	if (!isfinite(score) || fabsf(score) > 1e6f)
		return html_put(b, "-", e);
	n = (long)(score * 1000 + (score < 0 ? -0.5f : 0.5f));
	return buf_addf(b, e, "%s%ld.%03ld", n < 0 ? "&#8722;" : "",
			(n < 0 ? -n : n) / 1000, (n < 0 ? -n : n) % 1000);
}
