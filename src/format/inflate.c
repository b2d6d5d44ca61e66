/*
 * inflate.c - deflate backwards, a bit at a time.
 *
 * What must hold: nothing is read outside of `in` nor written outside of `out`;
 * every step reads a bit or writes a byte, so time is bounded by both.
 */
#include "format/inflate.h"

#include <stdint.h>
#include <string.h>

enum { LONGEST = 15, LITERALS = 288, DISTANCES = 30, DAMAGED = -1 };

struct inflate {
	const unsigned char *in;
	size_t bits, at;		/* of the input, in bits */
	unsigned char *out;
	size_t room, count;
};

/* A canonical code: how many have each length, and the symbols in order. */
struct huffman {
	uint16_t counts[LONGEST + 1];
	uint16_t symbols[LITERALS];
};

/* n bits, the lowest first; DAMAGED behind the end. */
static int bits_take(struct inflate *f, int n)
{
	int v = 0;

	if (f->bits - f->at < (size_t)n)
		return DAMAGED;
	for (int i = 0; i < n; i++, f->at++)
		v |= (f->in[f->at / 8] >> f->at % 8 & 1) << i;
	return v;
}

static void huffman_make(struct huffman *h, const unsigned char *lengths,
			 int n)
{
	uint16_t next[LONGEST + 2] = {0};

	memset(h->counts, 0, sizeof(h->counts));
	for (int i = 0; i < n; i++)
		h->counts[lengths[i]]++;
	h->counts[0] = 0;
	for (int i = 1; i <= LONGEST; i++)
		next[i + 1] = (uint16_t)(next[i] + h->counts[i]);
	for (int i = 0; i < n; i++)
		if (lengths[i])
			h->symbols[next[lengths[i]]++] = (uint16_t)i;
}

static int symbol_take(struct inflate *f, const struct huffman *h)
{
	int code = 0, first = 0, index = 0;

	for (int length = 1; length <= LONGEST; length++) {
		int bit = bits_take(f, 1);
		if (bit < 0)
			return DAMAGED;
		code |= bit;
		int count = h->counts[length];
		/* fewer than `first`: the lengths were no code */
		if (code >= first && code - first < count)
			return index + code - first < LITERALS ?
			       h->symbols[index + code - first] : DAMAGED;
		index += count;
		first = (first + count) * 2;
		code *= 2;
	}
	return DAMAGED;
}

static int stored_take(struct inflate *f)
{
	f->at = (f->at + 7) / 8 * 8;
	int n = bits_take(f, 16), check = bits_take(f, 16);

	if (n < 0 || check < 0 || (n ^ check) != 0xFFFF)
		return DAMAGED;
	for (; n > 0 && f->count < f->room; n--) {
		int byte = bits_take(f, 8);
		if (byte < 0)
			return DAMAGED;
		f->out[f->count++] = (unsigned char)byte;
	}
	return 0;
}

/* A string that was there before: length from symbol, distance follows. */
static int string_take(struct inflate *f, int symbol,
		       const struct huffman *distances)
{
	int s = symbol - 257, extra = s < 8 || s == 28 ? 0 : s / 4 - 1;
	int length = s < 8 ? s + 3 : s == 28 ? 258 :
		     ((4 + s % 4) << extra) + 3;
	int more = bits_take(f, extra), d = symbol_take(f, distances);

	if (s > 28 || more < 0 || d < 0 || d >= DISTANCES)
		return DAMAGED;
	length += more;
	extra = d < 4 ? 0 : d / 2 - 1;
	more = bits_take(f, extra);
	size_t back = (size_t)(d < 4 ? d + 1 : ((2 + d % 2) << extra) + 1);
	if (more < 0 || back + (size_t)more > f->count)
		return DAMAGED;
	back += (size_t)more;
	for (; length > 0 && f->count < f->room; length--, f->count++)
		f->out[f->count] = f->out[f->count - back];
	return 0;
}

static int codes_take(struct inflate *f, const struct huffman *literals,
		      const struct huffman *distances)
{
	while (f->count < f->room) {
		int symbol = symbol_take(f, literals);
		if (symbol < 0)
			return DAMAGED;
		if (symbol == 256)
			return 0;
		if (symbol < 256)
			f->out[f->count++] = (unsigned char)symbol;
		else if (string_take(f, symbol, distances) < 0)
			return DAMAGED;
	}
	return 0;
}

static int fixed_take(struct inflate *f)
{
	unsigned char lengths[LITERALS + DISTANCES];
	struct huffman literals, distances;

	for (int i = 0; i < LITERALS; i++)
		lengths[i] = i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8;
	memset(lengths + LITERALS, 5, DISTANCES);
	huffman_make(&literals, lengths, LITERALS);
	huffman_make(&distances, lengths + LITERALS, DISTANCES);
	return codes_take(f, &literals, &distances);
}

/* Lengths of codes, themselves coded: 16 repeats, 17 and 18 are zeros. */
static int lengths_take(struct inflate *f, const struct huffman *h,
			unsigned char *lengths, int n)
{
	static const unsigned char bits[3] = { 2, 3, 7 };
	static const unsigned char least[3] = { 3, 3, 11 };

	for (int i = 0; i < n;) {
		int symbol = symbol_take(f, h);
		if (symbol < 0 || (symbol == 16 && i == 0))
			return DAMAGED;
		if (symbol < 16) {
			lengths[i++] = (unsigned char)symbol;
			continue;
		}
		int repeat = bits_take(f, bits[symbol - 16]);
		unsigned char value = symbol == 16 ? lengths[i - 1] : 0;
		if (repeat < 0)
			return DAMAGED;
		repeat += least[symbol - 16];
		if (repeat > n - i)
			return DAMAGED;
		memset(lengths + i, value, (size_t)repeat);
		i += repeat;
	}
	return 0;
}

static int dynamic_take(struct inflate *f)
{
	static const unsigned char order[19] = {
		16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15
	};
	unsigned char lengths[LITERALS + 32] = {0};
	struct huffman literals, distances;
	int n = bits_take(f, 5), m = bits_take(f, 5), k = bits_take(f, 4);

	if (n < 0 || m < 0 || k < 0 || n > 29 || m > 29)
		return DAMAGED;
	for (int i = 0; i < k + 4; i++) {
		int length = bits_take(f, 3);
		if (length < 0)
			return DAMAGED;
		lengths[order[i]] = (unsigned char)length;
	}
	huffman_make(&literals, lengths, 19);
	memset(lengths, 0, sizeof(lengths));
	if (lengths_take(f, &literals, lengths, n + 257 + m + 1) < 0)
		return DAMAGED;
	huffman_make(&literals, lengths, n + 257);
	huffman_make(&distances, lengths + n + 257, m + 1);
	return codes_take(f, &literals, &distances);
}

static size_t blocks_take(struct inflate *f)
{
	int last = 0;

	while (!last && f->count < f->room) {
		last = bits_take(f, 1);
		int kind = bits_take(f, 2);
		int code = kind == 0 ? stored_take(f) :
			   kind == 1 ? fixed_take(f) :
			   kind == 2 ? dynamic_take(f) : DAMAGED;
		if (last < 0 || code < 0)
			break;
	}
	return f->count;
}

size_t inflate_start(unsigned char *out, size_t room, const unsigned char *in,
		     size_t bytes)
{
	struct inflate f = {
		.in = in, .bits = 8 * bytes, .at = 16, .out = out, .room = room
	};

	if (bytes < 2 || (in[0] & 15) != 8 || (in[1] & 32))
		return 0;
	return blocks_take(&f);
}

size_t inflate_raw(unsigned char *out, size_t room, const unsigned char *in,
		   size_t bytes)
{
	struct inflate f = {
		.in = in, .bits = 8 * bytes, .out = out, .room = room
	};

	return blocks_take(&f);
}
