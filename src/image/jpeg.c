/*
 * jpeg.c - JPEG: the segments of a file.
 *
 * The program reads the header of a file, up to its first scan, to know size
 * and orientation.  The same code reads it again in a confined child, which
 * then decodes.  A whole picture ends the reading: what lies behind it, such as
 * a second picture, is not looked at.  Thumbnails lie inside of segments, which
 * are passed over.
 *
 * Colour follows libjpeg: JFIF means YCbCr; else Adobe's APP14 says; else
 * components named R, G, B are RGB (jpeg_rows.c).
 *
 * Reference: ITU-T T.81.
 */
#include "image/arena.h"
#include "image/jpeg_bits.h"

#include <string.h>

#include "format/jpeg_tables.h"

struct segment {
	const unsigned char *data;
	size_t bytes;
};

int jpeg_corrupt(struct error *e, const char *what)
{
	return fail(e, ERROR_DATA, "corrupt JPEG: %s", what);
}

static int segment_dqt(struct jpeg *j, struct segment s, struct error *e)
{
	while (s.bytes) {
		int wide = s.data[0] >> 4, id = s.data[0] & 15;
		size_t size = wide ? 129 : 65;
		if (wide > 1 || id > 3 || s.bytes < size)
			return jpeg_corrupt(e, "bad quantisation table");
		for (size_t k = 0; k < 64; k++) {
			unsigned q = wide ? be16_get(s.data + 1 + 2 * k) :
					    s.data[1 + k];
			if (q == 0)
				return jpeg_corrupt(e, "quantisation by zero");
			j->quantiser[id][jpeg_zigzag[k]] = (uint16_t)q;
		}
		j->quantised[id] = 1;
		s.data += size;
		s.bytes -= size;
	}
	return 0;
}

static int segment_dht(struct jpeg *j, struct segment s, struct error *e)
{
	while (s.bytes) {
		size_t total = 0;
		int class = s.data[0] >> 4, id = s.data[0] & 15;
		if (class > 1 || id > 3 || s.bytes < 17)
			return jpeg_corrupt(e, "bad Huffman table");
		for (int i = 1; i <= 16; i++)
			total += s.data[i];
		if (total > 256 || s.bytes < 17 + total)
			return jpeg_corrupt(e, "Huffman table has too many "
					    "codes");
		if (j->decoding) {
			struct jpeg_huffman *h = class ? &j->tables->ac[id] :
							 &j->tables->dc[id];
			memcpy(h->counts, s.data + 1, 16);
			memset(h->symbols, 0, sizeof(h->symbols));
			memcpy(h->symbols, s.data + 17, total);
			h->defined = 1;
			h->made = 0;
		}
		s.data += 17 + total;
		s.bytes -= 17 + total;
	}
	return 0;
}

static int segment_dri(struct jpeg *j, struct segment s, struct error *e)
{
	if (s.bytes != 2)
		return jpeg_corrupt(e, "bad restart interval");
	j->interval = be16_get(s.data);
	return 0;
}

static void segment_app(struct jpeg *j, int marker, struct segment s)
{
	if (marker == 0xE0 && s.bytes >= 5 && !memcmp(s.data, "JFIF", 5))
		j->jfif = 1;
	if (marker == 0xEE && s.bytes >= 12 && !memcmp(s.data, "Adobe", 5))
		j->adobe = s.data[11];
	if (marker == 0xE1 && s.bytes >= 6 && j->orientation == 1 &&
	    !memcmp(s.data, "Exif\0\0", 6))
		j->orientation = exif_orientation(s.data + 6, s.bytes - 6);
}

int jpeg_is_whole(const struct jpeg *j)
{
	for (int i = 0; i < j->components; i++) {
		const struct jpeg_component *c = &j->component[i];
		if (!c->coded)
			return 0;
		for (int k = 0; j->progressive && k < 64; k++)
			if (c->level[k] != 0)
				return 0;
	}
	return j->components > 0;
}

/* A code that was not sent is that of video. */
static void huffman_default(struct jpeg_huffman *h,
			    const struct jpeg_code *code)
{
	if (h->defined)
		return;
	memcpy(h->counts, code->lengths, sizeof(h->counts));
	memcpy(h->symbols, code->values, sizeof(code->values));
	h->defined = 1;
}

/* What the first scan needs. */
static int decoding_begin(struct jpeg *j, struct error *e)
{
	for (int i = 0; i < 2; i++) {
		huffman_default(&j->tables->dc[i], &jpeg_code_dc[i]);
		huffman_default(&j->tables->ac[i], &jpeg_code_ac[i]);
	}
	jpeg_plan(j, j->size);
	return jpeg_frame_begin(j, e);
}

static int segment_sos(struct jpeg *j, struct segment s, struct error *e)
{
	if (!j->frame)
		return jpeg_corrupt(e, "scan before frame");
	if (!j->decoding)
		return 0;
	if (j->scans == 0 && decoding_begin(j, e) < 0)
		return e->code;
	return jpeg_scan_read(j, s.data, s.bytes, e);
}

/* The next marker, past fill bytes, and past stray ones as in libjpeg; negative
 * at the end of the file. */
static int marker_next(struct jpeg *j, struct error *e)
{
	const unsigned char *d = j->data;
	int marker = 0;

	while (!marker) {
		while (j->at < j->bytes && d[j->at] != 0xFF)
			j->at++;
		while (j->at < j->bytes && d[j->at] == 0xFF)
			j->at++;
		if (j->at >= j->bytes)
			return fail(e, ERROR_DATA,
				    "truncated JPEG: no end of image");
		marker = d[j->at++];
	}
	return marker;
}

/* The body of the segment at j->at, which is moved past it. */
static int segment_take(struct jpeg *j, struct segment *s, struct error *e)
{
	size_t left = j->bytes - j->at;
	size_t length = left < 2 ? 2 : be16_get(j->data + j->at);

	if (length < 2)
		return jpeg_corrupt(e, "bad segment length");
	if (left < 2 || length > left)
		return fail(e, ERROR_DATA, "truncated JPEG: a segment of %zu "
			    "bytes has %zu", length, left);
	s->data = j->data + j->at + 2;
	s->bytes = length - 2;
	j->at += length;
	return 0;
}

static int segment_read(struct jpeg *j, int marker, struct segment s,
			struct error *e)
{
	switch (marker) {
	case 0xDB:
		return segment_dqt(j, s, e);
	case 0xC4:
		return segment_dht(j, s, e);
	case 0xDD:
		return segment_dri(j, s, e);
	case 0xDA:
		return segment_sos(j, s, e);
	case 0xCC:		/* conditioning of arithmetic coding: unused */
	case 0xFE:
		return 0;
	case 0xDC:
		if (j->frame && s.bytes == 2 && be16_get(s.data) == j->height)
			return 0;
		return jpeg_corrupt(e, "bad DNL");
	}
	if (marker >= 0xE0 && marker <= 0xEF) {
		segment_app(j, marker, s);
		return 0;
	}
	if ((marker >= 0xC0 && marker <= 0xCF) || marker == 0xF7)
		return jpeg_frame_read(j, marker, s.data, s.bytes, e);
	return fail(e, ERROR_DATA, "corrupt JPEG: unknown marker %02X", marker);
}

/* Reads segments to the end, or to the first scan if only the header counts. */
static int segments_read(struct jpeg *j, struct error *e)
{
	struct segment s = {0};
	int marker = 0;

	while (!jpeg_is_whole(j) && !(marker == 0xDA && !j->decoding)) {
		marker = marker_next(j, e);
		if (marker < 0)
			return e->code;
		if (marker == 0xD9)
			break;
		/* TEM and a late restart marker have no body */
		if (marker == 0x01 || (marker >= 0xD0 && marker <= 0xD7))
			continue;
		if (marker == 0xD8)
			return jpeg_corrupt(e, "a second start of image");
		if (segment_take(j, &s, e) < 0 ||
		    segment_read(j, marker, s, e) < 0)
			return e->code;
	}
	return j->frame ? 0 : jpeg_corrupt(e, "no frame");
}

static void jpeg_begin(struct jpeg *j, const unsigned char *data, size_t bytes)
{
	*j = (struct jpeg){
		.data = data, .bytes = bytes, .at = 2, .adobe = -1,
		.orientation = 1
	};
}

int jpeg_header(struct jpeg *j, const unsigned char *data, size_t bytes,
		struct error *e)
{
	jpeg_begin(j, data, bytes);
	return segments_read(j, e);
}

int jpeg_decode(struct jpeg *j, const unsigned char *data, size_t bytes,
		int size, struct error *e)
{
	jpeg_begin(j, data, bytes);
	j->decoding = 1;
	j->size = size;
	j->pixels = pixels_find();
	j->tables = arena_new(sizeof(*j->tables));
	j->clean = arena_new(bytes + JPEG_BITS_TAIL);
	if (!j->tables || !j->clean)
		return fail(e, ERROR_DATA, "no room for tables");
	if (segments_read(j, e) < 0)
		return e->code;
	for (int i = 0; i < j->components; i++)
		if (!j->component[i].coded)
			return fail(e, ERROR_DATA, "truncated JPEG: component "
				    "%d has no data", i + 1);
	if (j->progressive)
		jpeg_planes_fill(j);
	return 0;
}
