/* answer_page.c - see answer_page.h.  The style is answer.css. */
#include "web/answer_page.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/input.h"
#include "base/mem.h"
#include "format/html.h"
#include "format/jpeg_write.h"

enum {
	FILE_BYTES = 32 << 20,	/* the decoder takes no more either */
	QUALITY = 85,
	DOTS = 160,		/* smaller pictures are enlarged as dots */
};

static int put_words(struct buf *b, const char *text, struct error *e)
{
	return html_text(b, str_of(text), e);
}

/* ---- pictures ------------------------------------------------------------ */

static int picture_read(struct image *out, const struct answer_page *p,
			const char *path, struct error *e)
{
	struct buf bytes = { 0 };

	if (input_read(&bytes, path, "", FILE_BYTES, NULL, e) == 0)
		decoder_decode_to(p->decoder, 0, out, bytes.data, bytes.bytes,
				  ANSWER_PAGE_SIDE, e);
	buf_free(&bytes);
	return e->code;
}

/* Not above ANSWER_PAGE_SIDE either way, the shape kept. */
static int picture_fit(struct image *i, const struct kernels *k,
		       struct error *e)
{
	size_t longer = MAX(i->width, i->height);
	struct image fitted = { 0 };

	if (longer <= ANSWER_PAGE_SIDE)
		return 0;
	if (image_resize(&fitted, i,
			 MAX(i->width * ANSWER_PAGE_SIDE / longer, (size_t)1),
			 MAX(i->height * ANSWER_PAGE_SIDE / longer, (size_t)1),
			 k, e) < 0)
		return e->code;
	image_free(i);
	*i = fitted;
	return 0;
}

/* The alternative text: the caption, or else the name. */
static int put_picture(struct buf *b, const struct image *i, const char *text,
		       struct error *e)
{
	struct buf jpeg = { 0 };

	buf_addf(b, e, "<img%s width=\"%zu\" height=\"%zu\" alt=\"",
		 MAX(i->width, i->height) < DOTS ? " class=\"dots\"" : "",
		 i->width, i->height);
	put_words(b, text, e);
	html_put(b, "\" src=\"data:image/jpeg;base64,", e);
	if (jpeg_write(&jpeg, i->rgb, i->width, i->height, QUALITY, e) == 0)
		html_base64(b, jpeg.data, jpeg.bytes, e);
	buf_free(&jpeg);
	return html_put(b, "\">", e);
}

/* A file as a URL: all but the plainest bytes as %XX, so that no name ends
 * the attribute or becomes another scheme. */
static int put_url(struct buf *b, const char *path, struct error *e)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
		"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/";

	html_put(b, "file://", e);
	for (const char *at = path; *at && !e->code; at++)
		buf_addf(b, e, strchr(plain, *at) ? "%c" : "%%%02X",
			 (unsigned char)*at);
	return e->code;
}

/* The picture, or why the file has none; a failure of the machine is one of
 * the page. */
static int put_inside(struct buf *b, const struct answer_page *p,
		      const struct seesay_result *r, const char *path,
		      struct error *e)
{
	struct image image = { 0 };
	struct error bad = { 0 };

	if (picture_read(&image, p, path, &bad) < 0) {
		if (bad.code != ERROR_DATA)
			return (*e = bad).code;
		html_put(b, "<span class=\"none\">", e);
		put_words(b, bad.text, e);
		return html_put(b, "</span>", e);
	}
	if (picture_fit(&image, p->kernels, e) == 0)
		put_picture(b, &image, r->caption[0] ? r->caption : r->path,
			    e);
	++*p->shown;
	image_free(&image);
	return e->code;
}

static int put_image(struct buf *b, const struct answer_page *p,
		     const struct seesay_result *r, const char *path,
		     int inside, struct error *e)
{
	char whole[PATH_MAX];
	int there = realpath(path, whole) != NULL;

	if (there) {
		html_put(b, "<a href=\"", e);
		put_url(b, whole, e);
		html_put(b, "\">", e);
	}
	if (inside)
		put_inside(b, p, r, path, e);
	else
		html_put(b, "<span class=\"none\">open</span>", e);
	return html_put(b, there ? "</a>" : "", e);
}

/* ---- results ------------------------------------------------------------- */

static int put_shares(struct buf *b, const struct answer_page *p,
		      const struct seesay_result *r, struct error *e)
{
	const struct seesay_answer *a = p->answer;

	html_put(b, "<ul class=\"shares\">", e);
	for (size_t t = 0; t < a->term_count; t++) {
		html_put(b, "<li>", e);
		put_words(b, a->term[t]->text, e);
		html_put(b, r->share[t] < 0 ? " <b>" : " <b>+", e);
		html_score(b, r->share[t], e);
		html_put(b, "</b></li>", e);
	}
	return html_put(b, "</ul>", e);
}

static int put_result(struct buf *b, const struct answer_page *p, size_t i,
		      struct error *e)
{
	const struct seesay_result *r = p->answer->result[i];
	char *path = file_join(p->root, r->path, e);

	if (!path)
		return e->code;
	html_put(b, "<li><figure>", e);
	put_image(b, p, r, path, i < ANSWER_PAGE_PICTURES, e);
	buf_addf(b, e, "<figcaption><span class=\"place\">%zu</span> "
		 "<span class=\"score\">", i + 1);
	html_score(b, r->score, e);
	html_put(b, "</span> <span class=\"path\">", e);
	put_words(b, r->path, e);
	html_put(b, "</span>", e);
	if (r->caption[0]) {
		html_put(b, "<q>", e);
		put_words(b, r->caption, e);
		html_put(b, "</q>", e);
	}
	put_shares(b, p, r, e);
	mem_free(path);
	return html_put(b, "</figcaption></figure></li>\n", e);
}

int answer_page_write(struct buf *b, const struct answer_page *p,
		      struct error *e)
{
	const struct seesay_answer *a = p->answer;

	html_begin(b, str_of(p->query), "src/web/answer.css", e);
	html_put(b, "<header>\n<h1>", e);
	put_words(b, p->query, e);
	buf_addf(b, e, "</h1>\n<p>%zu pictures, best first. Below each: place, "
		 "score, path, caption, and what each term of the query adds "
		 "to the score.</p>\n", a->result_count);
	for (size_t i = 0; i < a->note_count; i++) {
		html_put(b, "<p class=\"note\">", e);
		put_words(b, a->note[i], e);
		html_put(b, "</p>\n", e);
	}
	html_put(b, "</header>\n<main>\n<ol>\n", e);
	for (size_t i = 0; i < a->result_count && !e->code; i++)
		put_result(b, p, i, e);
	html_put(b, "</ol>\n</main>\n</body>\n</html>\n", e);
	return e->code;		/* a failed append leaves *e set */
}
