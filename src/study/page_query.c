/*
 * page_query.c - the section of one query: its precision, the places that
 * count, and below a line those that do not.
 *
 * Only what is wrong is marked, by a sign, a word and a broken frame, never by
 * colour alone.
 */
#include "study/page.h"

#include "base/utf8.h"
#include "format/html.h"
#include "format/jpeg_write.h"

/* Pictograms are left out: where no font has them they are boxes. */
static int is_pictogram(uint32_t c)
{
	return (c >= 0x2300 && c < 0x2800) || (c >= 0x2b00 && c < 0x2c00) ||
	       (c >= 0xfe00 && c < 0xfe10) || c == 0x200d || c >= 0x1f000;
}

static int put_caption(struct buf *b, struct str caption, struct error *e)
{
	const char *at = caption.data, *end = at + caption.bytes;

	while (at < end && !e->code) {
		const char *from = at;

		if (!is_pictogram(utf8_next(&at, end)))
			html_text(b, (struct str){ from, (size_t)(at - from) },
				  e);
	}
	return e->code;
}

static int put_picture(struct buf *b, const struct page *p,
		       const struct page_result *r, struct error *e)
{
	struct buf jpeg = { 0 };

	buf_addf(b, e, "<img width=\"%zu\" height=\"%zu\" alt=\"", p->side,
		 p->side);
	html_text(b, str_of(r->shows), e);
	html_put(b, "\" src=\"data:image/jpeg;base64,", e);
	if (jpeg_write(&jpeg, r->rgb, p->side, p->side, PAGE_QUALITY, e) == 0)
		html_base64(b, jpeg.data, jpeg.bytes, e);
	buf_free(&jpeg);
	return html_put(b, "\">", e);
}

static int put_result(struct buf *b, const struct page *p,
		      const struct page_result *r, size_t place,
		      struct error *e)
{
	buf_addf(b, e, "<li%s><figure", r->right ? "" : " class=\"wrong\"");
	if (p->pool && r->picture < p->pool->count)
		buf_addf(b, e, " data-picture=\"%zu\"", r->picture);
	html_put(b, ">", e);
	put_picture(b, p, r, e);
	buf_addf(b, e, "<figcaption><span class=\"place\">%zu</span> %s"
		 "<span class=\"score\">", place, r->right ?
		 "<span class=\"unseen\">right</span> " :
		 "<span class=\"mark\">&#215; wrong</span> ");
	html_score(b, r->score, e);
	html_put(b, "</span> <q>", e);
	put_caption(b, r->caption, e);
	return html_put(b, "</q></figcaption></figure></li>\n", e);
}

/* Places first + 1 .. end. */
static int put_list(struct buf *b, const struct page *p,
		    const struct page_query *q, size_t first, size_t end,
		    struct error *e)
{
	buf_addf(b, e, "<ol start=\"%zu\"%s>\n", first + 1,
		 first ? " class=\"rest\"" : "");
	for (size_t r = first; r < end && !e->code; r++)
		put_result(b, p, &q->result[r], r + 1, e);
	return html_put(b, "</ol>\n", e);
}

static int put_precision(struct buf *b, const struct page *p,
			 const struct page_query *q, struct error *e)
{
	buf_addf(b, e, "<p>P@%zu <strong>", p->counted);
	page_put_percent(b, q->ours, e);
	html_put(b, "</strong>", e);
	if (q->words >= 0) {
		html_put(b, ", text search ", e);
		page_put_percent(b, q->words, e);
	}
	html_put(b, ", random ", e);
	page_put_percent(b, q->chance, e);
	if (q->about) {
		html_put(b, ". ", e);
		html_text(b, str_of(q->about), e);
	}
	return html_put(b, "</p>\n", e);
}

int page_put_query(struct buf *b, const struct page *p,
		   const struct page_query *q, size_t number, struct error *e)
{
	size_t counted = MIN(q->results, p->counted);

	buf_addf(b, e, "<section id=\"q%zu\" aria-labelledby=\"h%zu\">\n"
		 "<h2 id=\"h%zu\">", number, number, number);
	html_text(b, str_of(q->text), e);
	html_put(b, "</h2>\n", e);
	put_precision(b, p, q, e);
	put_list(b, p, q, 0, counted, e);
	if (q->results > counted) {
		buf_addf(b, e, "<p class=\"line\">places %zu to %zu, not "
			 "counted</p>\n", counted + 1, q->results);
		put_list(b, p, q, counted, q->results, e);
	}
	return html_put(b, "</section>\n", e);
}
