/*
 * jpeg_scan.c - a scan: its header, and the walk through its blocks.
 *
 * Blocks of a sequential picture go to the planes at once, those of a
 * progressive one gather their coefficients first.  Either way every code is
 * read (T.81 annexes F and G), so a picture that ends early, has a code that is
 * none, runs out of a block or lost a restart marker is found here.
 *
 * What must hold: nothing is read past j->data + j->bytes; time is bounded by
 * the blocks of the scans, which are counted.
 */
#include "image/jpeg_bits.h"

#include <string.h>

enum {
	MAX_SCANS = 100,
	/* Blocks decoded in all scans.  The largest picture allowed has 24
	 * million blocks; a usual progressive one visits each 5 times. */
	MAX_VISITS = 150000000,
	/* ... and what a file of n bytes may ask for: a usual one visits at
	 * most 40 blocks per byte, a bomb many thousands. */
	FREE_VISITS = 4000000,
	VISITS_PER_BYTE = 64,
	MAX_MCU_BLOCKS = 10,	/* T.81 B.2.3 */
	LEAP_BLOCKS = 200,	/* below, making the table takes longer */
	/* A surplus behind the data of a scan is dropped: zeros of any length
	 * (some cameras pad), other bytes up to this many, and any before the
	 * end of the picture. */
	SURPLUS_MAX = 64,
};

/* ---- the header ---------------------------------------------------------- */

static int scan_component(const struct jpeg *j, struct jpeg_scan *s, int i,
			  const unsigned char *b, struct error *e)
{
	int c = 0;

	while (c < j->components && j->component[c].id != b[0])
		c++;
	s->component[i] = c;
	s->dc[i] = b[1] >> 4;
	s->ac[i] = b[1] & 15;
	if (c == j->components || s->dc[i] > 3 || s->ac[i] > 3)
		return jpeg_corrupt(e, "scan of an unknown component or table");
	for (int k = 0; k < i; k++)
		if (s->component[k] == c)
			return jpeg_corrupt(e, "a scan has a component twice");
	return 0;
}

static int scan_header(const struct jpeg *j, struct jpeg_scan *s,
		       const unsigned char *data, size_t bytes,
		       struct error *e)
{
	s->count = bytes ? data[0] : 0;
	if (s->count < 1 || s->count > j->components ||
	    bytes != 4 + 2 * (size_t)s->count)
		return jpeg_corrupt(e, "bad scan header");
	for (int i = 0; i < s->count; i++)
		if (scan_component(j, s, i, data + 1 + 2 * i, e) < 0)
			return e->code;
	const unsigned char *tail = data + 1 + 2 * s->count;
	s->first = tail[0];
	s->last = tail[1];
	s->high = tail[2] >> 4;
	s->low = tail[2] & 15;
	return 0;
}

static int scan_check_sequential(struct jpeg *j, struct jpeg_scan *s,
				 struct error *e)
{
	/* what some encoders write there means nothing */
	s->first = s->high = s->low = 0;
	s->last = 63;
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

/* Tables that the scan needs must be there; the others become table 0.  A
 * component keeps the quantisation that its first scan found. */
static int scan_check_tables(struct jpeg *j, struct jpeg_scan *s,
			     struct error *e)
{
	int need_dc = s->first == 0 && s->high == 0;
	int need_ac = !j->progressive || s->first > 0;

	for (int i = 0; i < s->count; i++) {
		struct jpeg_component *c = &j->component[s->component[i]];
		s->dc[i] = need_dc ? s->dc[i] : 0;
		s->ac[i] = need_ac ? s->ac[i] : 0;
		struct jpeg_huffman *dc = &j->tables->dc[s->dc[i]];
		struct jpeg_huffman *ac = &j->tables->ac[s->ac[i]];
		if ((need_dc && !dc->defined) || (need_ac && !ac->defined))
			return jpeg_corrupt(e, "no Huffman table");
		if ((need_dc && jpeg_huffman_make(dc, 15, e) < 0) ||
		    (need_ac && jpeg_huffman_make(ac, 255, e) < 0))
			return e->code;
		if (!j->progressive && c->size == 1 &&
		    c->width * c->height > LEAP_BLOCKS)
			jpeg_huffman_leap(ac);
		if (!j->quantised[c->table])
			return jpeg_corrupt(e, "no quantisation table");
		if (!c->latched)
			memcpy(c->quantiser, j->quantiser[c->table],
			       sizeof(c->quantiser));
		c->latched = 1;
	}
	return 0;
}

static int scan_check_budget(struct jpeg *j, const struct jpeg_scan *s,
			     struct error *e)
{
	uint64_t budget = FREE_VISITS + VISITS_PER_BYTE * (uint64_t)j->bytes;
	int per_mcu = 0;

	for (int i = 0; i < s->count; i++) {
		const struct jpeg_component *c =
			&j->component[s->component[i]];
		per_mcu += c->h * c->v;
		j->visits += s->count == 1 ? c->width * c->height :
					     c->across * c->down;
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

/* ---- blocks -------------------------------------------------------------- */

static void block_flat(unsigned char *to, size_t stride, int size, int dc)
{
	int v = 128 + ((dc + 4) >> 3);

	v = v < 0 ? 0 : v > 255 ? 255 : v;
	for (int y = 0; y < size; y++, to += stride)
		memset(to, v, (size_t)size);
}

/* Coefficients to samples of the plane. */
static void block_paint(const struct jpeg *j, const struct jpeg_component *c,
			size_t row, size_t column, const int16_t *x, int last)
{
	size_t size = (size_t)c->size;
	unsigned char *to = c->plane + row * size * c->stride + column * size;

	if (last == 0 || size == 1)
		block_flat(to, c->stride, c->size, x[0]);
	else if (size == 8)
		j->pixels->idct8(to, c->stride, x);
	else if (size == 4)
		j->pixels->idct4(to, c->stride, x);
	else
		j->pixels->idct2(to, c->stride, x);
}

static int block_take(struct jpeg_walk *w, int part, size_t row, size_t column)
{
	struct jpeg *j = w->jpeg;
	const struct jpeg_component *c =
		&j->component[w->scan->component[part]];
	int16_t x[64] __attribute__((aligned(32)));

	if (j->progressive)
		return jpeg_block_progressive(w, part,
					      row * c->across + column);
	memset(x, 0, sizeof(x));
	int last = jpeg_block_sequential(w, part, x);
	if (last >= 0)
		block_paint(j, c, row, column, x, last);
	return last;
}

/* One MCU: a block in a scan of one component, else h x v of each. */
static int mcu_take(struct jpeg_walk *w, size_t row, size_t column)
{
	const struct jpeg_scan *s = w->scan;

	if (s->count == 1)
		return block_take(w, 0, row, column);
	for (int i = 0; i < s->count; i++) {
		const struct jpeg_component *c =
			&w->jpeg->component[s->component[i]];
		size_t h = (size_t)c->h, v = (size_t)c->v;
		for (size_t y = 0; y < v; y++)
			for (size_t x = 0; x < h; x++)
				if (block_take(w, i, row * v + y,
					       column * h + x) < 0)
					return -1;
	}
	return 0;
}

/* A progressive block's coefficients, dequantised; the last that is not 0. */
static int block_dequantise(const struct jpeg_component *c, size_t index,
			    int16_t *x)
{
	uint64_t nonzero = c->nonzero[index];

	if (c->size == 1 || !nonzero) {
		int64_t dc = c->coefficient[index * (c->size == 1 ? 1 : 64)] *
			     (int64_t)c->quantiser[0];
		x[0] = (int16_t)(dc < -PIXELS_MOST ? -PIXELS_MOST :
				 dc > PIXELS_MOST ? PIXELS_MOST : dc);
		return 0;
	}
	for (int k = 0; k < 64; k++) {
		int64_t v = c->coefficient[index * 64 + (size_t)k] *
			    (int64_t)c->quantiser[k];
		x[k] = (int16_t)(v < -PIXELS_MOST ? -PIXELS_MOST :
				 v > PIXELS_MOST ? PIXELS_MOST : v);
	}
	return 63;
}

void jpeg_planes_fill(struct jpeg *j)
{
	int16_t x[64] __attribute__((aligned(32)));

	for (int i = 0; i < j->components; i++) {
		const struct jpeg_component *c = &j->component[i];
		for (size_t row = 0; row < c->down; row++)
			for (size_t column = 0; column < c->across; column++) {
				size_t index = row * c->across + column;
				int last = block_dequantise(c, index, x);
				block_paint(j, c, row, column, x, last);
			}
	}
}

/* ---- the walk ------------------------------------------------------------ */

/* At the end of some data: there must be a marker, and little before it. */
static int surplus_check(const struct jpeg *j, const struct jpeg_bits *b,
			 struct error *e)
{
	if (j->bytes - j->at < 2)
		return fail(e, ERROR_DATA, "truncated JPEG: no end of image");
	if (j->data[j->at + 1] != 0xD9 && jpeg_bits_surplus(b) > SURPLUS_MAX)
		return fail(e, ERROR_DATA, "corrupt JPEG: scan %d has more "
			    "data than blocks", j->scans);
	return 0;
}

static void walk_reset(struct jpeg_walk *w)
{
	w->run = 0;
	for (int i = 0; i < w->jpeg->components; i++)
		w->jpeg->component[i].dc = 0;
}

/* Takes restart marker number `index` and starts anew behind it. */
static int restart_take(struct jpeg_walk *w, unsigned index, struct error *e)
{
	struct jpeg *j = w->jpeg;

	if (surplus_check(j, &w->bits, e) < 0)
		return e->code;
	if (j->data[j->at + 1] != 0xD0 + index % 8)
		return fail(e, ERROR_DATA, "corrupt JPEG: restart marker %u of "
			    "scan %d is missing", index, j->scans);
	j->at += 2;
	jpeg_bits_open(&w->bits, j);
	walk_reset(w);
	return 0;
}

static int walk_fail(const struct jpeg_walk *w, size_t done, size_t all,
		     struct error *e)
{
	if (*w->fault)
		return fail(e, ERROR_DATA, "corrupt JPEG: %s (scan %d)",
			    w->fault, w->jpeg->scans);
	return fail(e, ERROR_DATA, "truncated JPEG: scan %d ends after %zu %%",
		    w->jpeg->scans, done * 100 / all);
}

/* Some encoders write a restart marker after the last block too. */
static int scan_leave(struct jpeg *j, struct jpeg_bits *b, struct error *e)
{
	if (surplus_check(j, b, e) < 0)
		return e->code;
	if (j->data[j->at + 1] < 0xD0 || j->data[j->at + 1] > 0xD7)
		return 0;
	j->at += 2;
	jpeg_bits_open(b, j);
	return surplus_check(j, b, e);
}

static int scan_walk(struct jpeg *j, const struct jpeg_scan *s,
		     struct error *e)
{
	const struct jpeg_component *c = &j->component[s->component[0]];
	size_t across = s->count == 1 ? c->width : j->mcus_across;
	size_t down = s->count == 1 ? c->height : j->mcus_down, done = 0;
	struct jpeg_walk w = { .jpeg = j, .scan = s, .fault = "" };
	unsigned restarts = 0, left = j->interval;

	jpeg_bits_open(&w.bits, j);
	walk_reset(&w);
	for (size_t row = 0; row < down; row++)
		for (size_t column = 0; column < across; column++, done++) {
			if (j->interval && left-- == 0) {
				left = j->interval - 1;
				if (restart_take(&w, restarts++, e) < 0)
					return e->code;
			}
			if (mcu_take(&w, row, column) < 0)
				return walk_fail(&w, done, across * down, e);
		}
	return jpeg_is_whole(j) ? 0 : scan_leave(j, &w.bits, e);
}

int jpeg_scan_read(struct jpeg *j, const unsigned char *data, size_t bytes,
		   struct error *e)
{
	struct jpeg_scan s = {0};

	if (scan_header(j, &s, data, bytes, e) < 0)
		return e->code;
	j->scans++;
	if ((j->progressive ? scan_check_progressive(j, &s, e) :
			      scan_check_sequential(j, &s, e)) < 0 ||
	    scan_check_tables(j, &s, e) < 0 || scan_check_budget(j, &s, e) < 0)
		return e->code;
	return scan_walk(j, &s, e);
}
