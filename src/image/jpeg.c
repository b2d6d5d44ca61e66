/*
 * jpeg.c - the JPEG filter: read every segment, pass on only what was
 * understood.
 *
 * stb_image 2.27, which distributions still ship, writes outside its tables
 * on crafted DHT segments (CVE-2022-28042) and burns seconds on files of a few
 * kilobytes with many scans.  It never sees such files: what goes out is
 * written anew from parsed fields, in one fixed form
 *
 *	SOI  (DQT DHT DRI)  SOF  (DQT DHT DRI)  APP14  SOS  data ...  EOI
 *
 * with component numbers 1, 2, 3, no other APPn, no comments, no surplus.
 * Colour: the rule of libjpeg (JFIF means YCbCr; else Adobe's APP14 says; else
 * components named R, G, B are RGB) is applied here and told to stb by an
 * APP14 with transform 0 for RGB and none for YCbCr.
 *
 * Reference: ITU-T T.81.
 */
#include "image/jpeg.h"

#include <string.h>

enum {
	MAX_SCANS = 100,
	/* Blocks decoded in all scans.  The largest picture allowed has 3
	 * million blocks and a usual progressive one visits each 5 times. */
	MAX_VISITS = 50000000,
	/* ... and what a file of n bytes may ask for: a usual one visits at
	 * most 40 blocks per byte, a bomb many thousands. */
	FREE_VISITS = 4000000,
	VISITS_PER_BYTE = 64,
	MAX_MCU_BLOCKS = 10,	/* T.81 B.2.3 */
};

struct segment {
	const unsigned char *data;
	size_t bytes;
};

static int jpeg_emit(struct jpeg *j, int marker, const void *data,
		     size_t bytes, struct error *e)
{
	size_t length = bytes + 2;
	const unsigned char head[4] = {
		0xFF, (unsigned char)marker,
		(unsigned char)(length >> 8), (unsigned char)length
	};
	if (buf_add(j->out, head, 4, e) < 0)
		return e->code;
	return buf_add(j->out, data, bytes, e);
}

static int jpeg_corrupt(struct error *e, const char *what)
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
		for (size_t i = 1; i < size; i += wide ? 2 : 1)
			if (s.data[i] == 0 && (!wide || s.data[i + 1] == 0))
				return jpeg_corrupt(e, "quantisation by zero");
		/* stb would use the last one for all scans */
		if (j->progressive && j->scans && j->quantiser[id])
			return fail(e, ERROR_DATA, "JPEG with quantisation that"
				    " changes between scans is not supported");
		if (jpeg_emit(j, 0xDB, s.data, size, e) < 0)
			return e->code;
		j->quantiser[id] = 1;
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
		for (size_t i = 0; i < total; i++)
			if (class == 0 && s.data[17 + i] > 15)
				return jpeg_corrupt(e, "bad Huffman symbol");
		struct jpeg_huffman *h = class ? &j->ac[id] : &j->dc[id];
		memcpy(h->counts, s.data + 1, 16);
		memset(h->symbols, 0, sizeof(h->symbols));
		memcpy(h->symbols, s.data + 17, total);
		if (jpeg_huffman_make(h, e) < 0 ||
		    jpeg_emit(j, 0xC4, s.data, 17 + total, e) < 0)
			return e->code;
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
	return jpeg_emit(j, 0xDD, s.data, 2, e);
}

static void segment_app(struct jpeg *j, struct picture *p, int marker,
			struct segment s)
{
	if (marker == 0xE0 && s.bytes >= 5 && !memcmp(s.data, "JFIF", 5))
		j->jfif = 1;
	if (marker == 0xEE && s.bytes >= 12 && !memcmp(s.data, "Adobe", 5))
		j->adobe = s.data[11];
	if (marker == 0xE1 && s.bytes >= 6 && p->orientation == 1 &&
	    !memcmp(s.data, "Exif\0\0", 6))
		p->orientation = exif_orientation(s.data + 6, s.bytes - 6);
}

/* Refuses by name the frames stb cannot decode. */
static int frame_check_kind(int marker, struct segment s, struct error *e)
{
	static const struct { int low, high; const char *name; } kinds[] = {
		{ 0xC3, 0xC3, "lossless JPEG" },
		{ 0xC5, 0xC7, "hierarchical JPEG" },
		{ 0xC8, 0xC8, "JPEG with extensions" },
		{ 0xC9, 0xCF, "JPEG with arithmetic coding" },
		{ 0xF7, 0xF7, "JPEG-LS" },
	};
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (marker >= kinds[i].low && marker <= kinds[i].high)
			return fail(e, ERROR_DATA, "%s is not supported",
				    kinds[i].name);
	if (s.bytes < 6 || s.bytes != 6 + 3 * (size_t)s.data[5])
		return jpeg_corrupt(e, "bad frame header");
	if (s.data[0] != 8)
		return fail(e, ERROR_DATA, "JPEG with %d bits is not supported",
			    s.data[0]);
	if (be16_get(s.data + 1) == 0)
		return fail(e, ERROR_DATA,
			    "JPEG without a height (DNL) is not supported");
	if (s.data[5] == 4)
		return fail(e, ERROR_DATA, "CMYK JPEG is not supported");
	if (s.data[5] != 1 && s.data[5] != 3)
		return fail(e, ERROR_DATA, "JPEG with %d components is not "
			    "supported", s.data[5]);
	return 0;
}

static int frame_component(struct jpeg *j, int i, const unsigned char *b,
			   struct error *e)
{
	struct jpeg_component *c = &j->component[i];

	c->id = b[0];
	c->h = b[1] >> 4;
	c->v = b[1] & 15;
	c->table = b[2];
	memset(c->level, JPEG_NOT_CODED, sizeof(c->level));
	if (c->h < 1 || c->h > 4 || c->v < 1 || c->v > 4 || c->table > 3)
		return jpeg_corrupt(e, "bad sampling or table number");
	for (int k = 0; k < i; k++)
		if (j->component[k].id == c->id)
			return jpeg_corrupt(e, "two components of one name");
	if (j->components == 1)		/* alone: sampling means nothing */
		c->h = c->v = 1;
	return 0;
}

/* Counts blocks; refuses sizes that the bytes of the file cannot hold. */
static int frame_measure(struct jpeg *j, struct picture *p, struct error *e)
{
	int h = 1, v = 1;
	size_t blocks = 0, padded = 0;

	for (int i = 0; i < j->components; i++) {
		h = MAX(h, j->component[i].h);
		v = MAX(v, j->component[i].v);
	}
	j->mcus_across = (j->width + 8 * (size_t)h - 1) / (8 * (size_t)h);
	j->mcus_down = (j->height + 8 * (size_t)v - 1) / (8 * (size_t)v);
	for (int i = 0; i < j->components; i++) {
		struct jpeg_component *c = &j->component[i];
		if (h % c->h || v % c->v)
			return fail(e, ERROR_DATA, "JPEG with sampling %dx%d "
				    "beside %dx%d is not supported", c->h, c->v,
				    h, v);
		size_t wide = (size_t)(h / c->h), high = (size_t)(v / c->v);
		c->width = CEIL_DIV(CEIL_DIV(j->width, wide), 8);
		c->height = CEIL_DIV(CEIL_DIV(j->height, high), 8);
		blocks += c->width * c->height;
		padded += j->mcus_across * j->mcus_down *
			  (size_t)(c->h * c->v);
	}
	/* every block takes at least one bit */
	if (blocks / 8 > j->bytes)
		return fail(e, ERROR_DATA, "truncated JPEG: %zu bytes cannot "
			    "hold %zu x %zu pixels", j->bytes, j->width,
			    j->height);
	p->memory = padded * 64 * (j->progressive ? 3 : 1) +
		    j->width * j->height * 3;
	return 0;
}

/* Progressive: one word of bits per block, for jpeg_scan.c. */
static int frame_plan(struct jpeg *j, struct error *e)
{
	size_t blocks = 0;

	for (int i = 0; i < j->components; i++)
		blocks += j->component[i].width * j->component[i].height;
	j->map = mem_new(blocks, sizeof(*j->map), e);
	if (!j->map)
		return e->code;
	uint64_t *next = j->map;
	for (int i = 0; i < j->components; i++) {
		struct jpeg_component *c = &j->component[i];
		c->nonzero = next;
		next += c->width * c->height;
	}
	return 0;
}

static int segment_sof(struct jpeg *j, struct picture *p, int marker,
		       struct segment s, struct error *e)
{
	unsigned char frame[6 + 9];

	if (frame_check_kind(marker, s, e) < 0)
		return e->code;
	if (j->frame)
		return jpeg_corrupt(e, "two frames");
	j->frame = marker;
	j->progressive = marker == 0xC2;
	j->height = be16_get(s.data + 1);
	j->width = be16_get(s.data + 3);
	j->components = s.data[5];
	if (picture_check_size("JPEG", j->width, j->height, e) < 0)
		return e->code;
	memcpy(frame, s.data, 6);
	for (int i = 0; i < j->components; i++) {
		unsigned char *out = frame + 6 + 3 * i;
		if (frame_component(j, i, s.data + 6 + 3 * i, e) < 0)
			return e->code;
		const struct jpeg_component *c = &j->component[i];
		out[0] = (unsigned char)(i + 1);
		out[1] = (unsigned char)(c->h << 4 | c->v);
		out[2] = (unsigned char)c->table;
	}
	if (frame_measure(j, p, e) < 0 ||
	    (j->progressive && frame_plan(j, e) < 0))
		return e->code;
	return jpeg_emit(j, marker, frame, s.bytes, e);
}

static int colour_is_rgb(const struct jpeg *j)
{
	if (j->components != 3 || j->jfif)
		return 0;
	if (j->adobe >= 0)
		return j->adobe == 0;
	return j->component[0].id == 'R' && j->component[1].id == 'G' &&
	       j->component[2].id == 'B';
}

static int colour_emit(struct jpeg *j, struct error *e)
{
	static const unsigned char rgb[12] = "Adobe\0\144\0\0\0\0";
	return colour_is_rgb(j) ? jpeg_emit(j, 0xEE, rgb, 12, e) : 0;
}

/* Reads the header of a scan; which bits it may hold is checked later. */
static int scan_read(const struct jpeg *j, struct jpeg_scan *s,
		     struct segment from, struct error *e)
{
	if (from.bytes < 1)
		return jpeg_corrupt(e, "bad scan header");
	s->count = from.data[0];
	if (s->count < 1 || s->count > j->components ||
	    from.bytes != 4 + 2 * (size_t)s->count)
		return jpeg_corrupt(e, "bad scan header");
	for (int i = 0; i < s->count; i++) {
		const unsigned char *b = from.data + 1 + 2 * i;
		int c = 0;
		while (c < j->components && j->component[c].id != b[0])
			c++;
		s->component[i] = c;
		s->dc[i] = b[1] >> 4;
		s->ac[i] = b[1] & 15;
		if (c == j->components || s->dc[i] > 3 || s->ac[i] > 3)
			return jpeg_corrupt(e, "scan of an unknown component "
					    "or table");
		/* the order of the frame; this also rules out doubles */
		if (i && s->component[i - 1] >= c)
			return jpeg_corrupt(e, "components of a scan are not "
					    "in order");
	}
	const unsigned char *tail = from.data + 1 + 2 * s->count;
	s->first = tail[0];
	s->last = tail[1];
	s->high = tail[2] >> 4;
	s->low = tail[2] & 15;
	return 0;
}

static int scan_check_sequential(struct jpeg *j, struct jpeg_scan *s,
				 struct error *e)
{
	if (s->first != 0 || s->high != 0 || s->low != 0)
		return jpeg_corrupt(e, "bad scan header");
	s->last = 63;		/* some encoders write 0 */
	for (int i = 0; i < s->count; i++) {
		struct jpeg_component *c = &j->component[s->component[i]];
		if (c->coded)
			return jpeg_corrupt(e, "a component is coded twice");
		c->coded = 1;
	}
	return 0;
}

/* A coefficient is coded once and then refined one bit at a time
 * (T.81 G.1.1.1); this bounds the number of scans as well. */
static int scan_check_progressive(struct jpeg *j, const struct jpeg_scan *s,
				  struct error *e)
{
	if (s->first > s->last || s->last > 63 || s->high > 13 ||
	    s->low > 13 || (s->high && s->high != s->low + 1) ||
	    (s->first == 0 && s->last != 0) || (s->first && s->count != 1))
		return jpeg_corrupt(e, "bad progressive scan");
	for (int i = 0; i < s->count; i++) {
		struct jpeg_component *c = &j->component[s->component[i]];
		if (s->first && c->level[0] == JPEG_NOT_CODED)
			return jpeg_corrupt(e, "details before their base");
		for (int k = s->first; k <= s->last; k++) {
			int want = s->high ? s->high : JPEG_NOT_CODED;
			if (c->level[k] != want)
				return jpeg_corrupt(e, "progressive scans out "
						    "of order");
			c->level[k] = (signed char)s->low;
		}
		c->coded = 1;
	}
	return 0;
}

/* Tables that the scan needs must be there; the others become table 0. */
static int scan_check_tables(const struct jpeg *j, struct jpeg_scan *s,
			     struct error *e)
{
	int need_dc = s->first == 0 && s->high == 0;
	int need_ac = !j->progressive || s->first > 0;

	for (int i = 0; i < s->count; i++) {
		s->dc[i] = need_dc ? s->dc[i] : 0;
		s->ac[i] = need_ac ? s->ac[i] : 0;
		if ((need_dc && !j->dc[s->dc[i]].defined) ||
		    (need_ac && !j->ac[s->ac[i]].defined))
			return fail(e, ERROR_DATA, "JPEG without Huffman tables"
				    " (a video frame) is not supported");
		if (!j->quantiser[j->component[s->component[i]].table])
			return jpeg_corrupt(e, "no quantisation table");
	}
	return 0;
}

static int scan_check_budget(struct jpeg *j, const struct jpeg_scan *s,
			     struct error *e)
{
	uint64_t budget = FREE_VISITS + VISITS_PER_BYTE * (uint64_t)j->bytes;
	size_t per_mcu = 0;

	for (int i = 0; i < s->count; i++) {
		const struct jpeg_component *c =
			&j->component[s->component[i]];
		per_mcu += (size_t)(c->h * c->v);
		j->visits += s->count == 1 ? c->width * c->height :
			j->mcus_across * j->mcus_down * (size_t)(c->h * c->v);
	}
	if (s->count > 1 && per_mcu > MAX_MCU_BLOCKS)
		return jpeg_corrupt(e, "too many blocks in a unit");
	if (j->scans > MAX_SCANS || j->visits > MAX_VISITS ||
	    j->visits > budget)
		return fail(e, ERROR_DATA, "too many scans: %d of %zu x %zu "
			    "pixels in %zu bytes", j->scans, j->width,
			    j->height, j->bytes);
	return 0;
}

static int scan_emit(struct jpeg *j, const struct jpeg_scan *s,
		     struct error *e)
{
	unsigned char head[4 + 2 * 3];
	size_t n = 0;

	head[n++] = (unsigned char)s->count;
	for (int i = 0; i < s->count; i++) {
		head[n++] = (unsigned char)(s->component[i] + 1);
		head[n++] = (unsigned char)(s->dc[i] << 4 | s->ac[i]);
	}
	head[n++] = (unsigned char)s->first;
	head[n++] = (unsigned char)s->last;
	head[n++] = (unsigned char)(s->high << 4 | s->low);
	return jpeg_emit(j, 0xDA, head, n, e);
}

/* Every bit of every coefficient has been coded: no scan can follow. */
static int image_whole(const struct jpeg *j)
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

static int segment_sos(struct jpeg *j, struct segment from, struct error *e)
{
	struct jpeg_scan s = {0};

	if (!j->frame)
		return jpeg_corrupt(e, "scan before frame");
	if (scan_read(j, &s, from, e) < 0)
		return e->code;
	if (j->scans == 0 && colour_emit(j, e) < 0)
		return e->code;
	j->scans++;
	if ((j->progressive ? scan_check_progressive(j, &s, e) :
			      scan_check_sequential(j, &s, e)) < 0 ||
	    scan_check_tables(j, &s, e) < 0 ||
	    scan_check_budget(j, &s, e) < 0 || scan_emit(j, &s, e) < 0)
		return e->code;
	if (jpeg_scan_walk(j, &s, e) < 0)
		return e->code;
	return image_whole(j) ? 0 : jpeg_scan_leave(j, e);
}

static int image_end(struct jpeg *j, struct error *e)
{
	if (!j->frame)
		return jpeg_corrupt(e, "no frame");
	for (int i = 0; i < j->components; i++)
		if (!j->component[i].coded)
			return fail(e, ERROR_DATA, "truncated JPEG: component "
				    "%d has no data", i + 1);
	return buf_add(j->out, "\xFF\xD9", 2, e);
}

/* The next marker, past fill bytes; negative at the end of the file. */
static int marker_next(struct jpeg *j, struct error *e)
{
	const unsigned char *d = j->data;

	while (j->at < j->bytes && d[j->at] == 0)	/* padding, seen */
		j->at++;
	if (j->at < j->bytes && d[j->at] != 0xFF)
		return fail(e, ERROR_DATA, "corrupt JPEG: no marker at byte "
			    "%zu", j->at);
	while (j->at < j->bytes && d[j->at] == 0xFF)
		j->at++;
	if (j->at >= j->bytes)
		return fail(e, ERROR_DATA, "truncated JPEG: no end of image");
	return d[j->at++];
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

static int segment_pass(struct jpeg *j, struct picture *p, int marker,
			struct segment s, struct error *e)
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
		segment_app(j, p, marker, s);
		return 0;
	}
	if ((marker >= 0xC0 && marker <= 0xCF) || marker == 0xF7)
		return segment_sof(j, p, marker, s, e);
	return fail(e, ERROR_DATA, "corrupt JPEG: unknown marker %02X", marker);
}

int jpeg_filter(struct buf *out, struct picture *p, const unsigned char *data,
		size_t bytes, struct error *e)
{
	struct jpeg j = {
		.data = data, .bytes = bytes, .at = 2, .out = out, .adobe = -1
	};
	struct segment s = {0};
	int marker;

	if (buf_add(out, "\xFF\xD8", 2, e) < 0)
		goto done;
	/* what lies behind a whole picture is not looked at */
	while (!image_whole(&j)) {
		marker = marker_next(&j, e);
		if (marker < 0)
			goto done;
		if (marker == 0xD9)
			break;
		if (marker == 0x01)		/* TEM: no body */
			continue;
		if (marker >= 0xD0 && marker <= 0xD8) {
			jpeg_corrupt(e, "a marker out of place");
			goto done;
		}
		if (segment_take(&j, &s, e) < 0 ||
		    segment_pass(&j, p, marker, s, e) < 0)
			goto done;
	}
	p->width = j.width;
	p->height = j.height;
	image_end(&j, e);
done:
	mem_free(j.map);
	return e->code;
}
