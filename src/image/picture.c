/*
 * picture.c - what a file is by its first bytes, and whether its size is sane.
 *
 * Names do not count: a WebP called x.jpg is a WebP.  What cannot be decoded
 * is refused by name, so that the user knows what to convert.
 */
#include "image/jpeg.h"
#include "image/picture_plain.h"

#include <string.h>

struct magic {
	size_t at;
	size_t bytes;
	const char *text;
};

static const struct {
	struct magic magic;
	enum picture_kind kind;
} kinds[] = {
	{ { 0, 3, "\xff\xd8\xff" }, PICTURE_JPEG },
	{ { 0, 8, "\x89PNG\r\n\x1a\n" }, PICTURE_PNG },
	{ { 0, 4, "GIF8" }, PICTURE_GIF },
	{ { 0, 2, "BM" }, PICTURE_BMP },
};

/* What cannot be decoded, and what makes FILE.png or FILE.jpg of it. */
static const struct {
	struct magic magic;
	const char *name, *command;
} others[] = {
	{ { 8, 4, "WEBP" }, "WebP", "dwebp FILE -o FILE.png" },
	{ { 0, 10, "II*\0\x10\0\0\0CR" }, "RAW (CR2)", "dcraw -e FILE" },
	{ { 4, 7, "ftypcrx" }, "RAW (CR3)", "darktable-cli FILE FILE.jpg" },
	{ { 0, 4, "IIRO" }, "RAW (ORF)", "dcraw -e FILE" },
	{ { 0, 4, "IIRS" }, "RAW (ORF)", "dcraw -e FILE" },
	{ { 0, 4, "IIU\0" }, "RAW (RW2)", "dcraw -e FILE" },
	{ { 0, 8, "FUJIFILM" }, "RAW (RAF)", "dcraw -e FILE" },
	{ { 0, 4, "FOVb" }, "RAW (X3F)", "dcraw -e FILE" },
	/* NEF, ARW, DNG and others look like TIFF */
	{ { 0, 4, "II*\0" }, "TIFF or RAW", "convert FILE FILE.png" },
	{ { 0, 4, "MM\0*" }, "TIFF or RAW", "convert FILE FILE.png" },
	{ { 4, 8, "ftypavif" }, "AVIF", "avifdec FILE FILE.png" },
	{ { 4, 8, "ftypavis" }, "AVIF", "avifdec FILE FILE.png" },
	{ { 4, 7, "ftyphei" }, "HEIC", "heif-convert FILE FILE.jpg" },
	{ { 4, 7, "ftyphev" }, "HEIC", "heif-convert FILE FILE.jpg" },
	{ { 4, 8, "ftypmif1" }, "HEIC", "heif-convert FILE FILE.jpg" },
	{ { 4, 8, "ftypmsf1" }, "HEIC", "heif-convert FILE FILE.jpg" },
	{ { 4, 4, "ftyp" }, "video (MP4)",
	  "ffmpeg -i FILE -frames:v 1 FILE.png" },
	{ { 0, 2, "\xff\x0a" }, "JPEG XL", "djxl FILE FILE.png" },
	{ { 4, 4, "JXL " }, "JPEG XL", "djxl FILE FILE.png" },
	{ { 4, 4, "jP  " }, "JPEG 2000", "opj_decompress -i FILE -o FILE.png" },
	{ { 0, 4, "\xff\x4f\xff\x51" }, "JPEG 2000",
	  "opj_decompress -i FILE -o FILE.png" },
	{ { 0, 4, "8BPS" }, "Photoshop", "convert FILE[0] FILE.png" },
	{ { 0, 4, "\0\0\1\0" }, "ICO", "icotool -x FILE" },
	{ { 0, 4, "%PDF" }, "PDF", "pdftoppm -png FILE PREFIX" },
	{ { 0, 4, "<svg" }, "SVG", "rsvg-convert FILE -o FILE.png" },
};

/* Pages that a server sent instead of the picture. */
static const char *const pages[] = {
	"<!doctype", "<html", "<head", "<body", "<?xml", "{\"", "<!--",
};

static int has_magic(const unsigned char *data, size_t bytes,
		     const struct magic *m)
{
	return bytes >= m->at + m->bytes &&
	       memcmp(data + m->at, m->text, m->bytes) == 0;
}

/* P1 to P6, and a blank or a comment behind it. */
static int is_pnm(const unsigned char *data, size_t bytes)
{
	return bytes >= 3 && data[0] == 'P' && data[1] >= '1' &&
	       data[1] <= '6' && (data[2] == ' ' || data[2] == '#' ||
				  (data[2] >= '\t' && data[2] <= '\r'));
}

const char *picture_name(enum picture_kind kind)
{
	static const char *const names[PICTURE_KINDS] = {
		"JPEG", "PNG", "BMP", "GIF", "PNM"
	};
	return names[kind];
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
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		if (!has_magic(data, bytes, &kinds[i].magic))
			continue;
		*kind = kinds[i].kind;
		return 0;
	}
	if (is_pnm(data, bytes)) {
		*kind = PICTURE_PNM;
		return 0;
	}
	if (bytes >= 8 && memcmp(data, "\x89PNG", 4) == 0)
		return fail(e, ERROR_DATA, "corrupt PNG: line ends were "
			    "changed by a transfer as text");
	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		if (has_magic(data, bytes, &others[i].magic))
			return fail(e, ERROR_DATA, "%s is not supported; "
				    "convert it: %s", others[i].name,
				    others[i].command);
	if (is_page(data, bytes))
		return fail(e, ERROR_DATA, "a web page or text, not a picture");
	return fail(e, ERROR_DATA, "no picture of a known kind");
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
			    "(limit: %d million)", width, height,
			    PICTURE_MAX_PIXELS >> 20);
	return 0;
}

/* A JPEG's header, and into how much of it a child decodes. */
static int prepare_jpeg(struct picture *p, const unsigned char *data,
			size_t bytes, size_t side, struct error *e)
{
	struct jpeg j;

	if (jpeg_header(&j, data, bytes, e) < 0)
		return e->code;
	p->full_width = j.width;
	p->full_height = j.height;
	jpeg_size_for(&j, side);
	p->width = j.out_width;
	p->height = j.out_height;
	p->orientation = j.orientation;
	p->memory = jpeg_memory(&j);
	p->block = j.size;
	return 0;
}

static int prepare_plain(struct picture *p, const unsigned char *data,
			 size_t bytes, struct error *e)
{
	struct plain plain = { .data = data, .bytes = bytes };
	int code = p->kind == PICTURE_BMP ? bmp_header(&plain, e) :
		   p->kind == PICTURE_GIF ? gif_header(&plain, e) :
					    pnm_header(&plain, e);

	p->width = p->full_width = plain.width;
	p->height = p->full_height = plain.height;
	p->memory = plain.width * plain.height * 3;
	return code;
}

static int prepare_png(struct buf *out, struct picture *p,
		       const unsigned char *data, size_t bytes,
		       struct error *e)
{
	if (png_filter(out, p, data, bytes, e) < 0)
		return e->code;
	p->full_width = p->width;
	p->full_height = p->height;
	p->plain = out->data;
	p->plain_bytes = out->bytes;
	return 0;
}

int picture_prepare(struct buf *out, struct picture *p,
		    const unsigned char *data, size_t bytes, size_t side,
		    struct error *e)
{
	*p = (struct picture){
		.channels = 3, .orientation = 1, .plain = data,
		.plain_bytes = bytes
	};
	buf_clear(out);
	if (picture_detect(&p->kind, data, bytes, e) < 0)
		return e->code;
	if (p->kind == PICTURE_JPEG)
		return prepare_jpeg(p, data, bytes, side, e);
	if (p->kind == PICTURE_PNG)
		return prepare_png(out, p, data, bytes, e);
	return prepare_plain(p, data, bytes, e);
}

int picture_probe(struct picture *p, const unsigned char *data, size_t bytes,
		  struct error *e)
{
	struct buf none = {0};

	*p = (struct picture){ .channels = 3, .orientation = 1 };
	if (picture_detect(&p->kind, data, bytes, e) < 0)
		return e->code;
	if (p->kind != PICTURE_PNG)
		return picture_prepare(&none, p, data, bytes, 0, e);
	if (png_header(p, data, bytes, e) < 0)
		return e->code;
	p->full_width = p->width;
	p->full_height = p->height;
	return 0;
}
