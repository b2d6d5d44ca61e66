/*
 * jpeg_scan.c - walk through the entropy-coded data of a scan.
 *
 * Every Huffman code is read as a decoder would (T.81 annexes F and G), but
 * no value is kept: of progressive pictures only which coefficients are not
 * zero, since refinement depends on it.  So a picture that ends early, has a
 * code that is none, runs out of a block or lost a restart marker is found
 * here, and stb only sees streams that decode to the last block.
 *
 * What must hold: nothing is read past j->data + j->bytes; time is bounded by
 * the blocks of the scan, which jpeg.c has counted.
 */
#include "image/jpeg.h"

#include <string.h>

/* A surplus behind the data of a scan is dropped: zeros of any length (some
 * cameras pad), other bytes up to this many, and any before the end of the
 * picture. */
enum { SURPLUS_MAX = 64 };

/* Bits not read yet are the top `count` of `window`; stuffing is removed. */
struct bits {
	const unsigned char *at, *end;
	uint64_t window;
	int count;
};

struct walk {
	struct jpeg *jpeg;
	const struct jpeg_scan *scan;
	struct bits bits;
	uint32_t run;			/* blocks still to skip (EOBRUN) */
	const char *fault;		/* why it stopped */
};

int jpeg_huffman_make(struct jpeg_huffman *h, struct error *e)
{
	uint32_t code = 0;
	int32_t index = 0;

	memset(h->fast, 0, sizeof(h->fast));
	for (int length = 1; length <= 16; length++) {
		int n = h->counts[length - 1];
		h->delta[length] = index - (int32_t)code;
		if (code + (uint32_t)n > 1u << length)
			return fail(e, ERROR_DATA, "corrupt JPEG: Huffman "
				    "table has too many codes of %d bits",
				    length);
		for (int i = 0; i < n; i++, code++, index++) {
			if (length > JPEG_FAST_BITS)
				continue;
			int spare = JPEG_FAST_BITS - length;
			for (uint32_t k = 0; k < 1u << spare; k++)
				h->fast[(code << spare) + k] = (uint16_t)
					(length << 8 | h->symbols[index]);
		}
		h->limit[length] = code << (16 - length);
		code <<= 1;
	}
	h->limit[17] = UINT32_MAX;
	h->defined = 1;
	return 0;
}

static void bits_fill(struct bits *b)
{
	while (b->count <= 56 && b->at < b->end) {
		uint64_t byte = *b->at;
		if (byte == 0xFF) {
			if (b->end - b->at < 2 || b->at[1] != 0)
				return;
			b->at++;
		}
		b->at++;
		b->window |= byte << (56 - b->count);
		b->count += 8;
	}
}

static int bits_skip(struct walk *w, int n)
{
	struct bits *b = &w->bits;
	if (b->count < n) {
		bits_fill(b);
		if (b->count < n) {
			w->fault = "";
			return -1;
		}
	}
	b->window <<= n;
	b->count -= n;
	return 0;
}

/* The next n (1 .. 16) bits as a number, or -1. */
static int bits_take(struct walk *w, int n)
{
	if (w->bits.count < n)
		bits_fill(&w->bits);
	int value = (int)(w->bits.window >> (64 - n));
	return bits_skip(w, n) < 0 ? -1 : value;
}

/* The next symbol, or -1. */
static int symbol_take(struct walk *w, const struct jpeg_huffman *h)
{
	struct bits *b = &w->bits;
	if (b->count < 16)
		bits_fill(b);
	unsigned fast = h->fast[b->window >> (64 - JPEG_FAST_BITS)];
	if (fast)
		return bits_skip(w, (int)(fast >> 8)) < 0 ?
			-1 : (int)(fast & 255);
	uint32_t top = (uint32_t)(b->window >> 48);
	int length = JPEG_FAST_BITS + 1;
	while (top >= h->limit[length])
		length++;
	if (length > 16) {
		w->fault = b->count < 16 ? "" : "bad Huffman code";
		return -1;
	}
	int32_t code = (int32_t)(top >> (16 - length));
	if (bits_skip(w, length) < 0)
		return -1;
	return h->symbols[(code + h->delta[length]) & 255];
}

static int block_dc(struct walk *w, const struct jpeg_huffman *h)
{
	int bits = symbol_take(w, h);
	return bits < 0 ? -1 : bits_skip(w, bits);
}

static int block_fault(struct walk *w, const char *fault)
{
	w->fault = fault;
	return -1;
}

static int block_sequential(struct walk *w, const struct jpeg_huffman *dc,
			    const struct jpeg_huffman *ac)
{
	if (block_dc(w, dc) < 0)
		return -1;
	for (int k = 1; k < 64; k++) {
		int rs = symbol_take(w, ac);
		if (rs < 0)
			return -1;
		int run = rs >> 4, bits = rs & 15;
		if (bits == 0 && run < 15)
			return 0;
		k += run;
		if (k > 63)
			return block_fault(w, "a block has too many values");
		if (bits_skip(w, bits) < 0)
			return -1;
	}
	return 0;
}

/* Reads the rest of an EOBn code: how many blocks end here, this one too. */
static int run_take(struct walk *w, int bits)
{
	int extra = bits ? bits_take(w, bits) : 0;
	if (extra < 0)
		return -1;
	w->run = (1u << bits) + (uint32_t)extra;
	return 0;
}

static int block_first(struct walk *w, const struct jpeg_huffman *ac,
		       uint64_t *nonzero)
{
	const struct jpeg_scan *s = w->scan;

	if (w->run) {
		w->run--;
		return 0;
	}
	for (int k = s->first; k <= s->last; k++) {
		int rs = symbol_take(w, ac);
		if (rs < 0)
			return -1;
		int run = rs >> 4, bits = rs & 15;
		if (bits == 0 && run < 15) {
			if (run_take(w, run) < 0)
				return -1;
			w->run--;
			return 0;
		}
		k += run;
		/* the value must stay in 16 bits, and so stay off zero */
		if (k > s->last || bits + s->low > 15)
			return block_fault(w, "a block has too many values");
		if (bits_skip(w, bits) < 0)
			return -1;
		if (bits)
			*nonzero |= (uint64_t)1 << k;
	}
	return 0;
}

/* Passes over `zeros` zero coefficients from *k on, reading a correction bit
 * for each that is not zero; stops on the zero after them. */
static int refine_pass(struct walk *w, uint64_t nonzero, int *k, int zeros)
{
	for (; *k <= w->scan->last; (*k)++) {
		if (nonzero >> *k & 1) {
			if (bits_skip(w, 1) < 0)
				return -1;
		} else if (zeros-- == 0) {
			break;
		}
	}
	return 0;
}

static int block_refine(struct walk *w, const struct jpeg_huffman *ac,
			uint64_t *nonzero)
{
	int k = w->scan->first, last = w->scan->last;

	for (; w->run == 0 && k <= last; k++) {
		int rs = symbol_take(w, ac);
		if (rs < 0)
			return -1;
		int run = rs >> 4, bits = rs & 15;
		if (bits > 1)
			return block_fault(w, "bad code in a refinement");
		if (bits == 0 && run < 15) {
			if (run_take(w, run) < 0)
				return -1;
			break;
		}
		if (bits_skip(w, bits) < 0 ||
		    refine_pass(w, *nonzero, &k, run) < 0)
			return -1;
		if (bits && k > last)
			return block_fault(w, "a block has too many values");
		if (bits)
			*nonzero |= (uint64_t)1 << k;
	}
	if (w->run) {
		w->run--;
		return refine_pass(w, *nonzero, &k, 64);
	}
	return 0;
}

static int block_walk(struct walk *w, int part, uint64_t *nonzero)
{
	const struct jpeg_scan *s = w->scan;
	const struct jpeg_huffman *dc = &w->jpeg->dc[s->dc[part]];
	const struct jpeg_huffman *ac = &w->jpeg->ac[s->ac[part]];

	if (!w->jpeg->progressive)
		return block_sequential(w, dc, ac);
	if (s->first == 0)
		return s->high ? bits_skip(w, 1) : block_dc(w, dc);
	return s->high ? block_refine(w, ac, nonzero) :
			 block_first(w, ac, nonzero);
}

/* One MCU: a block in a scan of one component, else h x v of each. */
static int mcu_walk(struct walk *w, size_t index)
{
	const struct jpeg_scan *s = w->scan;

	if (s->count == 1) {
		uint64_t *nonzero = w->jpeg->component[s->component[0]].nonzero;
		return block_walk(w, 0, nonzero ? nonzero + index : NULL);
	}
	for (int i = 0; i < s->count; i++) {
		const struct jpeg_component *c =
			&w->jpeg->component[s->component[i]];
		for (int k = 0; k < c->h * c->v; k++)
			if (block_walk(w, i, NULL) < 0)
				return -1;
	}
	return 0;
}

/* Gives back whole bytes that were loaded but belong to no code. */
static void bits_rewind(struct bits *b)
{
	for (; b->count >= 8; b->count -= 8) {
		b->at--;
		if (b->at[0] == 0 && b->at[-1] == 0xFF)
			b->at--;
	}
	b->count = 0;
	b->window = 0;
}

/* Copies the data from `from` up to the last code that was read. */
static int segment_copy(struct walk *w, const unsigned char *from,
			struct error *e)
{
	bits_rewind(&w->bits);
	return buf_add(w->jpeg->out, from, (size_t)(w->bits.at - from), e);
}

/* The next marker at or behind `at`; NULL if too much lies before it. */
static const unsigned char *surplus_skip(const struct jpeg *j,
					 const unsigned char *at,
					 struct error *e)
{
	const unsigned char *end = j->data + j->bytes;
	size_t surplus = 0;

	for (;; at++) {
		if (end - at < 2) {
			fail(e, ERROR_DATA, "truncated JPEG: no end of image");
			return NULL;
		}
		if (at[0] == 0xFF && at[1] == 0xFF)
			continue;
		if (at[0] == 0xFF && at[1] != 0)
			break;
		surplus += at[0] != 0;
	}
	if (surplus <= SURPLUS_MAX || at[1] == 0xD9)
		return at;
	fail(e, ERROR_DATA, "corrupt JPEG: scan %d has more data than blocks",
	     j->scans);
	return NULL;
}

/* Takes restart marker number `index` and starts anew behind it. */
static int restart_take(struct walk *w, unsigned index, struct error *e)
{
	struct bits *b = &w->bits;
	const unsigned char marker[2] = {
		0xFF, (unsigned char)(0xD0 + index % 8)
	};
	b->at = surplus_skip(w->jpeg, b->at, e);
	if (!b->at)
		return e->code;
	if (b->at[1] != marker[1])
		return fail(e, ERROR_DATA, "corrupt JPEG: restart marker %u of "
			    "scan %d is missing", index, w->jpeg->scans);
	b->at += 2;
	w->run = 0;
	return buf_add(w->jpeg->out, marker, 2, e);
}

static int walk_fail(const struct walk *w, size_t done, size_t all,
		     struct error *e)
{
	if (*w->fault)
		return fail(e, ERROR_DATA, "corrupt JPEG: %s (scan %d)",
			    w->fault, w->jpeg->scans);
	return fail(e, ERROR_DATA, "truncated JPEG: scan %d ends after %zu %%",
		    w->jpeg->scans, done * 100 / all);
}

int jpeg_scan_walk(struct jpeg *j, const struct jpeg_scan *s, struct error *e)
{
	struct walk w = { .jpeg = j, .scan = s };
	const struct jpeg_component *c = &j->component[s->component[0]];
	size_t mcus = s->count == 1 ? c->width * c->height :
				      j->mcus_across * j->mcus_down;
	unsigned restarts = 0;

	w.bits.at = j->data + j->at;
	w.bits.end = j->data + j->bytes;
	const unsigned char *from = w.bits.at;
	for (size_t i = 0; i < mcus; i++) {
		if (j->interval && i && i % j->interval == 0) {
			if (segment_copy(&w, from, e) < 0 ||
			    restart_take(&w, restarts++, e) < 0)
				return e->code;
			from = w.bits.at;
		}
		if (mcu_walk(&w, i) < 0)
			return walk_fail(&w, i, mcus, e);
	}
	if (segment_copy(&w, from, e) < 0)
		return e->code;
	j->at = (size_t)(w.bits.at - j->data);
	return 0;
}

int jpeg_scan_leave(struct jpeg *j, struct error *e)
{
	const unsigned char *at = surplus_skip(j, j->data + j->at, e);

	/* some encoders write a restart marker after the last block too */
	if (at && at[1] >= 0xD0 && at[1] <= 0xD7)
		at = surplus_skip(j, at + 2, e);
	if (!at)
		return e->code;
	j->at = (size_t)(at - j->data);
	return 0;
}
