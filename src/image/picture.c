/*
 * picture.c - what a file is by its first bytes, and whether its size is sane.
 *
 * Names do not count: a WebP called x.jpg is a WebP.  What cannot be decoded
 * is refused by name, so that the user knows what to convert.
 */
#include "image/jpeg.h"

#include <string.h>

static const struct magic {
	size_t at;
	size_t bytes;
	const char *text;
	const char *name;
} magics[] = {
	{ 0, 4, "GIF8", "GIF" },
	{ 8, 4, "WEBP", "WebP" },
	{ 0, 2, "BM", "BMP" },
	{ 0, 4, "II*\0", "TIFF" },
	{ 0, 4, "MM\0*", "TIFF" },
	{ 4, 8, "ftypavif", "AVIF" },
	{ 4, 8, "ftypavis", "AVIF" },
	{ 4, 7, "ftyphei", "HEIC" },
	{ 4, 7, "ftyphev", "HEIC" },
	{ 4, 8, "ftypmif1", "HEIC" },
	{ 4, 8, "ftypmsf1", "HEIC" },
	{ 4, 4, "ftyp", "video (MP4)" },
	{ 0, 2, "\xff\x0a", "JPEG XL" },
	{ 4, 4, "JXL ", "JPEG XL" },
	{ 4, 4, "jP  ", "JPEG 2000" },
	{ 0, 4, "\xff\x4f\xff\x51", "JPEG 2000" },
	{ 0, 4, "8BPS", "Photoshop" },
	{ 0, 4, "\0\0\1\0", "ICO" },
	{ 0, 4, "%PDF", "PDF" },
	{ 0, 4, "<svg", "SVG" },
};

/* Pages that a server sent instead of the picture. */
static const char *const pages[] = {
	"<!doctype", "<html", "<head", "<body", "<?xml", "{\"", "<!--",
};

static int has_text(const unsigned char *data, size_t bytes, size_t at,
		    const char *text, size_t length)
{
	return bytes >= at + length && memcmp(data + at, text, length) == 0;
}

static int is_page(const unsigned char *data, size_t bytes)
{
	while (bytes && (*data == ' ' || (*data >= '\t' && *data <= '\r')))
		data++, bytes--;
	for (size_t i = 0; i < ARRAY_LEN(pages); i++) {
		size_t n = 0;
		while (n < bytes && pages[i][n]) {
			unsigned char c = data[n];
			if (c >= 'A' && c <= 'Z')
				c = (unsigned char)(c + 32);
			if (c != (unsigned char)pages[i][n])
				break;
			n++;
		}
		if (!pages[i][n])
			return 1;
	}
	return 0;
}

int picture_detect(enum picture_kind *kind, const unsigned char *data,
		   size_t bytes, struct error *e)
{
	if (bytes == 0)
		return fail(e, ERROR_DATA, "the file is empty");
	if (bytes > PICTURE_MAX_BYTES)
		return fail(e, ERROR_DATA, "the file has %zu MB, more than %d",
			    bytes >> 20, PICTURE_MAX_BYTES >> 20);
	if (has_text(data, bytes, 0, "\xff\xd8\xff", 3)) {
		*kind = PICTURE_JPEG;
		return 0;
	}
	if (has_text(data, bytes, 0, "\x89PNG\r\n\x1a\n", 8)) {
		*kind = PICTURE_PNG;
		return 0;
	}
	if (has_text(data, bytes, 0, "\x89PNG", 4) && bytes >= 8)
		return fail(e, ERROR_DATA, "corrupt PNG: line ends were "
			    "changed by a transfer as text");
	for (size_t i = 0; i < ARRAY_LEN(magics); i++)
		if (has_text(data, bytes, magics[i].at, magics[i].text,
			     magics[i].bytes))
			return fail(e, ERROR_DATA, "%s is not supported; "
				    "convert it to JPEG or PNG",
				    magics[i].name);
	if (is_page(data, bytes))
		return fail(e, ERROR_DATA, "a web page or text, not a picture");
	return fail(e, ERROR_DATA, "neither JPEG nor PNG");
}

int picture_check_size(const char *format, size_t width, size_t height,
		       struct error *e)
{
	if (width == 0 || height == 0)
		return fail(e, ERROR_DATA, "corrupt %s: no pixels (%zu x %zu)",
			    format, width, height);
	if (width > PICTURE_MAX_SIDE || height > PICTURE_MAX_SIDE ||
	    width * height > PICTURE_MAX_PIXELS)
		return fail(e, ERROR_DATA, "too large: %zu x %zu pixels "
			    "(limits: %d a side, %d million in all)",
			    width, height, PICTURE_MAX_SIDE,
			    PICTURE_MAX_PIXELS >> 20);
	return 0;
}

static void picture_fits_jpeg(struct picture *p, const struct jpeg *j)
{
	p->width = j->out_width;
	p->height = j->out_height;
	p->orientation = j->orientation;
	p->memory = jpeg_memory(j);
	p->block = j->size;
}

int picture_prepare(struct buf *out, struct picture *p,
		    const unsigned char *data, size_t bytes, size_t side,
		    struct error *e)
{
	struct jpeg j;

	*p = (struct picture){
		.channels = 3, .orientation = 1, .plain = data,
		.plain_bytes = bytes
	};
	buf_clear(out);
	if (picture_detect(&p->kind, data, bytes, e) < 0)
		return e->code;
	if (p->kind == PICTURE_JPEG) {
		if (jpeg_header(&j, data, bytes, e) < 0)
			return e->code;
		jpeg_size_for(&j, side);
		picture_fits_jpeg(p, &j);
		return 0;
	}
	if (png_filter(out, p, data, bytes, e) < 0)
		return e->code;
	p->plain = out->data;
	p->plain_bytes = out->bytes;
	return 0;
}

int picture_probe(struct picture *p, const unsigned char *data, size_t bytes,
		  struct error *e)
{
	struct buf filtered = {0};
	struct jpeg j;

	*p = (struct picture){ .channels = 3, .orientation = 1 };
	if (picture_detect(&p->kind, data, bytes, e) < 0)
		return e->code;
	if (p->kind == PICTURE_PNG) {
		png_filter(&filtered, p, data, bytes, e);
	} else if (jpeg_header(&j, data, bytes, e) == 0) {
		p->width = j.width;
		p->height = j.height;
		p->orientation = j.orientation;
	}
	buf_free(&filtered);
	return e->code;
}
