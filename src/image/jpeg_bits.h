/*
 * jpeg_bits.h - the bits of a scan, and Huffman codes and values of them.
 *
 * The bytes up to the next marker are copied first, without the stuffed zeros,
 * and JPEG_BITS_TAIL zeros are put behind them.  So a block, which reads fewer
 * than that, need not look at each step whether its bits are there: at its end
 * jpeg_bits_short says whether it went too far.
 *
 * Bits not read yet are the top `count` of `window`; those below are the next
 * ones or zeros.
 */
#ifndef JPEG_BITS_H
#define JPEG_BITS_H

#include "image/jpeg.h"

enum {
	JPEG_BITS_TAIL = 512,	/* 64 codes with their values have 248 bytes */
};

struct jpeg_bits {
	const unsigned char *at, *end;
	uint64_t window;
	int count;
};

/* The data of one scan, while its blocks are read. */
struct jpeg_walk {
	struct jpeg *jpeg;
	const struct jpeg_scan *scan;
	struct jpeg_bits bits;
	uint32_t run;			/* blocks still to skip (EOBRUN) */
	const char *fault;		/* why it stopped; "": no more bits */
};

/* Reads the next block of the scan's component number `part` (T.81 F.2.2) into
 * x, dequantised, in rows; x is zero before.  Gives the last k that was coded,
 * or -1.  Of a component whose blocks become one sample only x[0] is set. */
int jpeg_block_sequential(struct jpeg_walk *w, int part, int16_t *x);
/* The same for block `index` of a progressive picture (T.81 G): what the scan
 * adds to its coefficients. */
int jpeg_block_progressive(struct jpeg_walk *w, int part, size_t index);

/* Takes what lies at j->at up to the next marker, or to the end of the file,
 * and moves j->at there. */
void jpeg_bits_open(struct jpeg_bits *b, struct jpeg *j);
/* The bytes that no code has touched and that are not 0. */
size_t jpeg_bits_surplus(const struct jpeg_bits *b);
/* The next symbol of a code longer than JPEG_LOOK_BITS, or -1. */
int jpeg_bits_symbol_slowly(struct jpeg_bits *b, const struct jpeg_huffman *h);

/* Bits left; negative if more were read than there are. */
static inline ptrdiff_t jpeg_bits_left(const struct jpeg_bits *b)
{
	return (b->end - b->at) * 8 + b->count;
}

static inline int jpeg_bits_short(const struct jpeg_bits *b)
{
	return jpeg_bits_left(b) < 0;
}

/* Now there are at least 56: a code of 16 and a value of 15, and once more a
 * code of JPEG_LOOK_BITS with its value. */
static inline void jpeg_bits_need(struct jpeg_bits *b)
{
	uint64_t next = (uint64_t)be32_get(b->at) << 32 | be32_get(b->at + 4);

	b->window |= next >> b->count;
	b->at += (63 - b->count) >> 3;
	b->count |= 56;
}

static inline void jpeg_bits_drop(struct jpeg_bits *b, int n)
{
	b->window <<= n;
	b->count -= n;
}

/* The next n (0 .. 16) bits as a number. */
static inline int jpeg_bits_take(struct jpeg_bits *b, int n)
{
	int value = (int)(b->window >> 1 >> (63 - n));

	jpeg_bits_drop(b, n);
	return value;
}

/* The value that n (0 .. 15) bits code (T.81 F.2.2.1, EXTEND): those with a
 * leading 0 are negative. */
static inline int jpeg_bits_extend(int bits, int n)
{
	return bits + (((bits - (1 << n >> 1)) >> 31) & (1 - (1 << n)));
}

static inline int jpeg_bits_value(struct jpeg_bits *b, int n)
{
	return jpeg_bits_extend(jpeg_bits_take(b, n), n);
}

/* The next symbol, or -1; needs 16 bits. */
static inline int jpeg_bits_symbol(struct jpeg_bits *b,
				   const struct jpeg_huffman *h)
{
	unsigned look = h->look[b->window >> (64 - JPEG_LOOK_BITS)];

	if (!look)
		return jpeg_bits_symbol_slowly(b, h);
	jpeg_bits_drop(b, (int)(look >> 8));
	return (int)(look & 255);
}

#endif
