/*
 * jpeg_block.c - the codes of one block, of any kind of scan.
 *
 * Every code is read, whatever size the picture is decoded to: a block that
 * has a bad code, or too many values, is found, and so is the end of the data.
 *
 * What must hold: a block reads at most 64 codes with their values; values are
 * clamped to what the transform takes, so wild files are decoded the same
 * everywhere.
 */
#include "image/jpeg_bits.h"

#include "format/jpeg_tables.h"

static const char too_many[] = "a block has too many values";

static int block_fault(struct jpeg_walk *w, const char *fault)
{
	w->fault = jpeg_bits_short(&w->bits) ? "" : fault;
	return -1;
}

/* A code that is none; perhaps because there are no more bits. */
static int code_fault(struct jpeg_walk *w)
{
	w->fault = jpeg_bits_left(&w->bits) < 16 ? "" : "bad Huffman code";
	return -1;
}

static int block_end(struct jpeg_walk *w, int last)
{
	return jpeg_bits_short(&w->bits) ? block_fault(w, "") : last;
}

static int16_t clamped(int64_t v, int most)
{
	return (int16_t)(v < -most ? -most : v > most ? most : v);
}

/* The next DC value of a component, which is coded as a difference. */
static int dc_take(struct jpeg_walk *w, int part, struct jpeg_component *c)
{
	jpeg_bits_need(&w->bits);
	int bits = jpeg_bits_symbol(&w->bits,
			&w->jpeg->tables->dc[w->scan->dc[part]]);
	if (bits < 0)
		return code_fault(w);
	c->dc = clamped(c->dc + jpeg_bits_value(&w->bits, bits), 32767);
	return 0;
}

/* The next AC value and how far k moves; negative if a code is none.  At least
 * 56 bits are there before the first of two calls. */
static inline int value_take(struct jpeg_bits *b,
			     const struct jpeg_huffman *ac, int *value)
{
	uint32_t step = ac->step[b->window >> (64 - JPEG_LOOK_BITS)];

	if (!step) {
		int rs = jpeg_bits_symbol_slowly(b, ac);
		if (rs < 0)
			return -1;
		*value = jpeg_bits_value(b, rs & 15);
		jpeg_bits_need(b);
		return (rs & 15) || rs == 0xF0 ? (rs >> 4) + 1 : 128;
	}
	int size = (int)(step >> 16 & 255);
	*value = jpeg_bits_extend((int)(b->window << (step >> 24) >> 1 >>
					(63 - size)), size);
	jpeg_bits_drop(b, (int)(step & 255));
	return (int)(step >> 8 & 255);
}

static int values_end(struct jpeg_walk *w, int k, int move, int last)
{
	if (move < 0)
		return code_fault(w);
	return k > 63 && k < 128 ? block_fault(w, too_many) :
				   block_end(w, last);
}

/* Passes over codes as far as one look goes; k stays below 63, since a block
 * that is full has no end mark.  0: no way, 1: passed, 2: the block ended. */
static inline int values_leap(struct jpeg_bits *b,
			      const struct jpeg_huffman *ac, int *k)
{
	unsigned leap = ac->leap ?
			ac->leap[b->window >> (64 - JPEG_LEAP_BITS)] : 0;
	int to = *k + (int)(leap >> 6 & 127);

	if (!leap || to >= 63)
		return 0;
	jpeg_bits_drop(b, (int)(leap & 63));
	*k = to;
	return leap & JPEG_LEAP_END ? 2 : 1;
}

/* Reads values as block_values does, but keeps none. */
static int block_skip(struct jpeg_walk *w, const struct jpeg_huffman *ac)
{
	struct jpeg_bits b = w->bits;
	int k = 0, value, move = 0, way = 1;

	while (way != 2) {
		jpeg_bits_need(&b);
		way = values_leap(&b, ac, &k);
		if (way == 1)
			way = values_leap(&b, ac, &k);
		if (way)
			continue;
		jpeg_bits_need(&b);
		move = value_take(&b, ac, &value);
		k += move;
		if (move < 0 || k >= 63)
			break;
	}
	w->bits = b;
	return values_end(w, way == 2 ? 0 : k, move, 0);
}

static void value_put(int16_t *x, const uint16_t *quantiser, int k, int value)
{
	int at = jpeg_zigzag[k];

	x[at] = clamped(value * (int64_t)quantiser[at], PIXELS_MOST);
}

/* Gives the last k that was coded, or -1. */
static int block_values(struct jpeg_walk *w, const struct jpeg_huffman *ac,
			const uint16_t *quantiser, int16_t *x)
{
	struct jpeg_bits b = w->bits;
	int k = 0, last = 0, value, move;

	for (;;) {
		jpeg_bits_need(&b);
		move = value_take(&b, ac, &value);
		k += move;
		if (move < 0 || k >= 63)
			break;
		value_put(x, quantiser, last = k, value);
		move = value_take(&b, ac, &value);
		k += move;
		if (move < 0 || k >= 63)
			break;
		value_put(x, quantiser, last = k, value);
	}
	w->bits = b;
	if (move > 0 && k == 63)
		value_put(x, quantiser, last = k, value);
	return values_end(w, k, move, last);
}

int jpeg_block_sequential(struct jpeg_walk *w, int part, int16_t *x)
{
	struct jpeg_component *c =
		&w->jpeg->component[w->scan->component[part]];
	const struct jpeg_huffman *ac =
		&w->jpeg->tables->ac[w->scan->ac[part]];

	if (dc_take(w, part, c) < 0)
		return -1;
	x[0] = clamped(c->dc * (int64_t)c->quantiser[0], PIXELS_MOST);
	return c->size == 1 ? block_skip(w, ac) :
			      block_values(w, ac, c->quantiser, x);
}

/* Reads the rest of an EOBn code: how many blocks end here, this one too. */
static void run_take(struct jpeg_walk *w, int bits)
{
	w->run = (1u << bits) + (uint32_t)jpeg_bits_take(&w->bits, bits);
}

/* `x` is NULL if only the constant part of blocks is kept. */
static int block_first(struct jpeg_walk *w, const struct jpeg_huffman *ac,
		       int16_t *x, uint64_t *nonzero)
{
	const struct jpeg_scan *s = w->scan;

	if (w->run) {
		w->run--;
		return 0;
	}
	for (int k = s->first; k <= s->last; k++) {
		jpeg_bits_need(&w->bits);
		int rs = jpeg_bits_symbol(&w->bits, ac);
		if (rs < 0)
			return code_fault(w);
		int run = rs >> 4, bits = rs & 15;
		if (bits == 0 && run < 15) {
			run_take(w, run);
			w->run--;
			break;
		}
		k += run;
		/* the value must stay in 16 bits, and so stay off zero */
		if (k > s->last || bits + s->low > 15)
			return block_fault(w, too_many);
		int value = jpeg_bits_value(&w->bits, bits);
		if (bits) {
			*nonzero |= (uint64_t)1 << k;
			if (x)
				x[jpeg_zigzag[k]] =
					(int16_t)(value * (1 << s->low));
		}
	}
	return block_end(w, 0);
}

/* One more bit of a value that is not zero. */
static void value_refine(struct jpeg_walk *w, int16_t *x, int k)
{
	jpeg_bits_need(&w->bits);
	if (!jpeg_bits_take(&w->bits, 1) || !x)
		return;
	int16_t *value = &x[jpeg_zigzag[k]];
	*value = (int16_t)(*value + (*value < 0 ? -1 : 1) *
			   (1 << w->scan->low));
}

/* Passes over `zeros` zero coefficients from k on and refines the others;
 * gives the place of the zero after them, or last + 1. */
static int refine_pass(struct jpeg_walk *w, int16_t *x, uint64_t nonzero,
		       int k, int zeros)
{
	for (; k <= w->scan->last; k++) {
		if (nonzero >> k & 1)
			value_refine(w, x, k);
		else if (zeros-- == 0)
			break;
	}
	return k;
}

static int block_refine(struct jpeg_walk *w, const struct jpeg_huffman *ac,
			int16_t *x, uint64_t *nonzero)
{
	int k = w->scan->first, last = w->scan->last;

	for (; w->run == 0 && k <= last; k++) {
		jpeg_bits_need(&w->bits);
		int rs = jpeg_bits_symbol(&w->bits, ac);
		if (rs < 0)
			return code_fault(w);
		int run = rs >> 4, bits = rs & 15;
		if (bits > 1)
			return block_fault(w, "bad code in a refinement");
		if (bits == 0 && run < 15) {
			run_take(w, run);
			break;
		}
		int positive = jpeg_bits_take(&w->bits, bits);
		k = refine_pass(w, x, *nonzero, k, run);
		if (!bits)
			continue;
		if (k > last)
			return block_fault(w, too_many);
		*nonzero |= (uint64_t)1 << k;
		if (x)
			x[jpeg_zigzag[k]] = (int16_t)((positive ? 1 : -1) *
						      (1 << w->scan->low));
	}
	if (w->run) {
		w->run--;
		refine_pass(w, x, *nonzero, k, 64);
	}
	return block_end(w, 0);
}

static int block_base(struct jpeg_walk *w, int part, struct jpeg_component *c,
		      int16_t *x)
{
	int low = w->scan->low;

	if (!w->scan->high) {
		if (dc_take(w, part, c) < 0)
			return -1;
		x[0] = clamped(c->dc * ((int64_t)1 << low), 32767);
	} else {
		jpeg_bits_need(&w->bits);
		x[0] = (int16_t)(x[0] | jpeg_bits_take(&w->bits, 1) << low);
	}
	return block_end(w, 0);
}

int jpeg_block_progressive(struct jpeg_walk *w, int part, size_t index)
{
	const struct jpeg_scan *s = w->scan;
	struct jpeg_component *c = &w->jpeg->component[s->component[part]];
	const struct jpeg_huffman *ac = &w->jpeg->tables->ac[s->ac[part]];
	int16_t *x = c->coefficient + index * (c->size == 1 ? 1 : 64);

	if (s->first == 0)
		return block_base(w, part, c, x);
	if (c->size == 1)
		x = NULL;
	return s->high ? block_refine(w, ac, x, c->nonzero + index) :
			 block_first(w, ac, x, c->nonzero + index);
}
