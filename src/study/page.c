/*
 * page.c - one HTML page of queries and the pictures they found.
 *
 * The style is src/web/demo.css.  Right and wrong are told by a sign, a word
 * for readers that cannot see it, and a border; never by colour alone.
 */
#include "study/page.h"

#include "base/embedded.h"
#include "format/png.h"

static int put(struct buf *b, const char *text, struct error *e)
{
	return buf_add(b, text, strlen(text), e);
}

/* Text for HTML, also inside quotes; bytes that are not UTF-8 become U+FFFD,
 * control characters a blank. */
static int put_text(struct buf *b, struct str text, struct error *e)
{
	const char *at = text.data, *end = text.data + text.bytes;

	while (at < end) {
		uint32_t c = utf8_next(&at, end);
		char utf8[4];

		if (c == '&' || c == '<' || c == '>' || c == '"' || c == '\'')
			buf_addf(b, e, "&#%u;", (unsigned)c);
		else if (c < ' ' || c == 0x7f)
			buf_add(b, " ", 1, e);
		else
			buf_add(b, utf8, utf8_put(c == UTF8_BAD ? 0xfffd : c,
						  utf8), e);
		if (e->code)
			return e->code;
	}
	return 0;
}

static int put_words(struct buf *b, const char *text, struct error *e)
{
	return put_text(b, str_of(text), e);
}

static int put_base64(struct buf *b, const struct buf *data, struct error *e)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789+/";
	const unsigned char *p = (const unsigned char *)data->data;

	for (size_t i = 0; i < data->bytes; i += 3) {
		size_t n = MIN(data->bytes - i, (size_t)3);
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

static int put_style(struct buf *b, struct error *e)
{
	for (const struct embedded *f = embedded_files; f->name; f++)
		if (strcmp(f->name, "src/web/demo.css") == 0)
			return buf_add(b, f->data, f->bytes, e);
	bug("the page's style is not in the program");
}

/* Thousandths as percent. */
static int put_percent(struct buf *b, int thousandths, struct error *e)
{
	return buf_addf(b, e, "%d.%d&#8239;%%", thousandths / 10,
			thousandths % 10);
}

/* ---- summary ------------------------------------------------------------- */

static int precision_of(const struct page_query *q, enum page_column column)
{
	return column == PAGE_OURS ? q->ours :
	       column == PAGE_WORDS ? q->words : q->chance;
}

int page_mean(const struct page *p, enum page_row row, enum page_column column)
{
	int64_t sum = 0, n = 0;

	for (size_t i = 0; i < p->queries; i++) {
		const struct page_query *q = &p->query[i];

		if (row != PAGE_ALL && q->simple != (row == PAGE_SIMPLE))
			continue;
		sum += precision_of(q, column);
		n++;
	}
	return n ? (int)((sum + n / 2) / n) : 0;
}

static int put_summary(struct buf *b, const struct page *p, struct error *e)
{
	static const char *const names[3] = {
		"seesay, from the pictures alone",
		"text search in the captions", "random order",
	};

	buf_addf(b, e, "<table>\n<caption>Right pictures among the first %zu, "
		 "mean of the queries</caption>\n<thead><tr><th scope=\"col\">"
		 "ranking</th><th scope=\"col\">one concept</th>"
		 "<th scope=\"col\">two concepts</th>"
		 "<th scope=\"col\">all</th></tr></thead>\n<tbody>\n",
		 p->counted);
	for (int column = PAGE_OURS; column <= PAGE_CHANCE; column++) {
		buf_addf(b, e, "<tr><th scope=\"row\">%s</th>", names[column]);
		for (int row = PAGE_SIMPLE; row <= PAGE_ALL; row++) {
			put(b, "<td>", e);
			put_percent(b, page_mean(p, (enum page_row)row,
				(enum page_column)column), e);
			put(b, "</td>", e);
		}
		put(b, "</tr>\n", e);
	}
	return put(b, "</tbody>\n</table>\n", e);
}

static int put_facts(struct buf *b, const struct page *p, struct error *e)
{
	put(b, "<dl>\n", e);
	for (size_t i = 0; i < p->facts; i++) {
		put(b, "<div><dt>", e);
		put_words(b, p->fact[i].name, e);
		put(b, "</dt><dd>", e);
		put_words(b, p->fact[i].value, e);
		put(b, "</dd></div>\n", e);
	}
	return put(b, "</dl>\n", e);
}

static int put_contents(struct buf *b, const struct page *p, struct error *e)
{
	put(b, "<nav aria-label=\"queries\"><ul>\n", e);
	for (size_t i = 0; i < p->queries; i++) {
		buf_addf(b, e, "<li><a href=\"#q%zu\">", i + 1);
		put_words(b, p->query[i].text, e);
		put(b, "</a></li>\n", e);
	}
	return put(b, "</ul></nav>\n", e);
}

/* ---- a query ------------------------------------------------------------- */

static int put_picture(struct buf *b, const struct page_result *r, size_t side,
		       struct error *e)
{
	struct buf png = { 0 };

	buf_addf(b, e, "<img width=\"%zu\" height=\"%zu\" alt=\"", side, side);
	put_words(b, r->shows, e);
	put(b, "\" src=\"data:image/png;base64,", e);
	if (png_write(&png, r->rgb, side, side, e) == 0)
		put_base64(b, &png, e);
	buf_free(&png);
	return put(b, "\">", e);
}

/* A score with three digits, whatever the locale. */
static int put_score(struct buf *b, float score, struct error *e)
{
	int n = (int)(score * 1000 + (score < 0 ? -0.5f : 0.5f));
	int size = n < 0 ? -n : n;

	return buf_addf(b, e, "%s%d.%03d", n < 0 ? "&#8722;" : "", size / 1000,
			size % 1000);
}

static int put_result(struct buf *b, const struct page *p,
		      const struct page_result *r, size_t rank, struct error *e)
{
	buf_addf(b, e, "<li class=\"%s%s\"><figure>",
		 r->right ? "right" : "wrong",
		 rank < p->counted ? " counted" : "");
	put_picture(b, r, p->side, e);
	buf_addf(b, e, "<figcaption><span class=\"mark\">"
		 "<span aria-hidden=\"true\">%s</span> %s</span> "
		 "<span class=\"score\">",
		 r->right ? "&#10003;" : "&#10007;",
		 r->right ? "right" : "wrong");
	put_score(b, r->score, e);
	put(b, "</span> <q>", e);
	put_text(b, r->caption, e);
	return put(b, "</q></figcaption></figure></li>\n", e);
}

static int put_query(struct buf *b, const struct page *p, size_t i,
		     struct error *e)
{
	const struct page_query *q = &p->query[i];

	buf_addf(b, e, "<section id=\"q%zu\" aria-labelledby=\"h%zu\">\n"
		 "<h2 id=\"h%zu\">", i + 1, i + 1, i + 1);
	put_words(b, q->text, e);
	buf_addf(b, e, "</h2>\n<p>P@%zu <strong>", p->counted);
	put_percent(b, q->ours, e);
	put(b, "</strong>, text search ", e);
	put_percent(b, q->words, e);
	put(b, ", random ", e);
	put_percent(b, q->chance, e);
	put(b, "</p>\n<ol>\n", e);
	for (size_t r = 0; r < q->results && !e->code; r++)
		put_result(b, p, &q->result[r], r, e);
	return put(b, "</ol>\n</section>\n", e);
}

/* A failed append leaves *e set whatever comes after: one look at the end is
 * enough. */
int page_write(struct buf *b, const struct page *p, struct error *e)
{
	put(b, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
	    "<meta charset=\"utf-8\">\n<meta name=\"viewport\" "
	    "content=\"width=device-width, initial-scale=1\">\n"
	    "<meta name=\"color-scheme\" content=\"light dark\">\n<title>", e);
	put_words(b, p->title, e);
	put(b, "</title>\n<style>\n", e);
	put_style(b, e);
	put(b, "</style>\n</head>\n<body>\n<header>\n<h1>", e);
	put_words(b, p->title, e);
	put(b, "</h1>\n<p>", e);
	put_words(b, p->about, e);
	put(b, "</p>\n</header>\n<main>\n", e);
	put_summary(b, p, e);
	put_facts(b, p, e);
	put_contents(b, p, e);
	for (size_t i = 0; i < p->queries && !e->code; i++)
		put_query(b, p, i, e);
	put(b, "</main>\n</body>\n</html>\n", e);
	return e->code;
}
