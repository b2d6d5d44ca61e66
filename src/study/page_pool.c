/* page_pool.c - see page_pool.h. */
#include "study/page_pool.h"

#include <math.h>

#include "base/le.h"
#include "format/html.h"
#include "format/jpeg_write.h"
#include "format/json.h"

/* ---- vectors ------------------------------------------------------------- */

/* The row in whole numbers of -127 .. 127: v = scale * byte, nearly. */
static float row_quantise(char *to, const float *v, size_t dim)
{
	float most = 0, scale;

	for (size_t i = 0; i < dim; i++)
		most = MAX(most, fabsf(v[i]));
	scale = most / 127;
	for (size_t i = 0; i < dim; i++) {
		float x = scale > 0 ? v[i] / scale : 0;

		to[i] = (char)(int)(x < 0 ? x - 0.5f : x + 0.5f);
	}
	return scale;
}

/* "NAME8": bytes [count, dim]; "NAMEScale": floats, little end first. */
static int put_vectors(struct buf *b, const char *name, const float *v,
		       size_t count, size_t dim, struct error *e)
{
	char *bytes = mem_new(count, dim, e);
	unsigned char *scales = mem_new(count, 4, e);

	for (size_t i = 0; bytes && scales && i < count; i++) {
		float scale = row_quantise(bytes + i * dim, v + i * dim, dim);
		uint32_t bits;

		memcpy(&bits, &scale, sizeof(bits));
		le32_put(scales + i * 4, bits);
	}
	if (!e->code) {
		buf_addf(b, e, ",\n\"%s8\":\"", name);
		html_base64(b, bytes, count * dim, e);
		buf_addf(b, e, "\",\n\"%sScale\":\"", name);
		html_base64(b, scales, count * 4, e);
		html_put(b, "\"", e);
	}
	mem_free(bytes);
	mem_free(scales);
	return e->code;
}

/* ---- lists --------------------------------------------------------------- */

static int put_strings(struct buf *b, const char *name, const struct str *s,
		       size_t count, struct error *e)
{
	buf_addf(b, e, ",\n\"%s\":[", name);
	for (size_t i = 0; i < count && !e->code; i++) {
		html_put(b, i ? "," : "", e);
		json_put_string(b, s[i], e);
	}
	return html_put(b, "]", e);
}

static int put_concepts(struct buf *b, const struct page_pool *p,
			struct error *e)
{
	html_put(b, ",\n\"concept\":[", e);
	for (size_t i = 0; p->concept[i]; i++) {
		html_put(b, i ? "," : "", e);
		json_put_string(b, str_of(p->concept[i]), e);
	}
	html_put(b, "],\n\"shows\":[", e);
	for (size_t i = 0; i < p->count && !e->code; i++) {
		const char *comma = "";

		html_put(b, i ? ",[" : "[", e);
		for (unsigned bit = 0; bit < 64; bit++)
			if (p->concepts[i] >> bit & 1) {
				buf_addf(b, e, "%s%u", comma, bit);
				comma = ",";
			}
		html_put(b, "]", e);
	}
	return html_put(b, "]", e);
}

/* One head for all pictures, then what follows it of each. */
static int put_pictures(struct buf *b, const struct page_pool *p,
			struct error *e)
{
	struct buf jpeg = { 0 };

	for (size_t i = 0; i < p->count && !e->code; i++) {
		buf_clear(&jpeg);
		if (jpeg_write(&jpeg, p->rgb[i], p->side, p->side,
			       PAGE_QUALITY, e) < 0)
			break;
		if (!i) {
			html_put(b, ",\n\"head\":\"", e);
			html_base64(b, jpeg.data, JPEG_HEAD_BYTES, e);
			html_put(b, "\",\n\"jpeg\":[", e);
		}
		html_put(b, i ? ",\n\"" : "\"", e);
		html_base64(b, jpeg.data + JPEG_HEAD_BYTES,
			    jpeg.bytes - JPEG_HEAD_BYTES, e);
		html_put(b, "\"", e);
	}
	buf_free(&jpeg);
	return p->count ? html_put(b, "]", e) : e->code;
}

int page_pool_write(struct buf *b, const struct page_pool *p, struct error *e)
{
	buf_addf(b, e, "{\"dim\":%zu,\"side\":%zu", p->dim, p->side);
	put_strings(b, "word", p->word, p->words, e);
	put_vectors(b, "word", p->word_vectors, p->words, p->dim, e);
	put_strings(b, "stop", p->stop, p->stops, e);
	put_strings(b, "id", p->id, p->count, e);
	put_strings(b, "caption", p->caption, p->count, e);
	put_concepts(b, p, e);
	put_vectors(b, "picture", p->vectors, p->count, p->dim, e);
	put_pictures(b, p, e);
	return html_put(b, "}", e);
}
