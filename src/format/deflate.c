/*
 * deflate.c - packing bytes as zlib streams (RFC 1950, RFC 1951).
 *
 * Greedy LZ77 with one candidate per hash of three bytes, in blocks of
 * BLOCK_TOKENS tokens, each with its own Huffman codes.  Small and repeatable
 * before it is tight: no choice depends on anything but the data.
 */
#include "format/deflate.h"

#include <string.h>

enum {
	BLOCK_TOKENS = 1 << 14,
	HASH_BITS = 14,
	WINDOW = 32768,			/* RFC 1951: farthest distance */
	MATCH_MIN = 3,
	MATCH_MAX = 258,
	END = 256,			/* symbol that ends a block */
	LITERALS = 286,
	DISTANCES = 30,
	LENGTH_CODES = 19,
	CODE_MAX = 15,			/* bits of the longest code */
	LENGTH_CODE_MAX = 7,
};

/* A token is a byte, or IS_MATCH | length << 16 | distance - 1. */
#define IS_MATCH 0x80000000u

struct huffman {
	size_t count;			/* symbols */
	uint32_t used[LITERALS];	/* how often each occurs */
	unsigned char bits[LITERALS];	/* length of its code, 0: unused */
	uint16_t code[LITERALS];	/* reversed, ready to be sent */
};

struct deflate {
	struct buf *out;
	uint64_t pending;		/* bits not yet in `out` */
	unsigned pending_bits;
	size_t tokens;
	uint32_t token[BLOCK_TOKENS];
	size_t head[1 << HASH_BITS];	/* place + 1 of the latest such bytes */
	struct huffman literal, distance, length;
};

static const uint16_t length_base[29] = {
	3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51,
	59, 67, 83, 99, 115, 131, 163, 195, 227, 258
};
static const unsigned char length_extra[29] = {
	0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4,
	5, 5, 5, 5, 0
};
static const uint16_t distance_base[DISTANCES] = {
	1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385,
	513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577
};

static unsigned distance_extra(unsigned symbol)
{
	return symbol < 4 ? 0 : symbol / 2 - 1;
}

/* The last entry of base[] that is not above the value. */
static unsigned symbol_of(const uint16_t *base, unsigned count, unsigned value)
{
	unsigned s = 0;

	while (s + 1 < count && base[s + 1] <= value)
		s++;
	return s;
}

static int send(struct deflate *d, uint32_t value, unsigned bits,
		struct error *e)
{
	unsigned char ready[4];

	d->pending |= (uint64_t)value << d->pending_bits;
	d->pending_bits += bits;
	if (d->pending_bits < 32)
		return 0;
	for (int i = 0; i < 4; i++)
		ready[i] = (unsigned char)(d->pending >> 8 * i);
	d->pending >>= 32;
	d->pending_bits -= 32;
	return buf_add(d->out, ready, 4, e);
}

static int send_rest(struct deflate *d, struct error *e)
{
	unsigned char ready[4];
	unsigned bytes = (d->pending_bits + 7) / 8;

	for (unsigned i = 0; i < bytes; i++)
		ready[i] = (unsigned char)(d->pending >> 8 * i);
	d->pending = 0;
	d->pending_bits = 0;
	return buf_add(d->out, ready, bytes, e);
}

static int send_symbol(struct deflate *d, const struct huffman *h, size_t s,
		       struct error *e)
{
	return send(d, h->code[s], h->bits[s], e);
}

/* Used symbols in ascending order of weight, ties by number. */
static size_t symbols_sorted(const uint32_t *weight, size_t count,
			     uint16_t *order)
{
	size_t n = 0;

	for (size_t s = 0; s < count; s++) {
		size_t at = n;

		if (!weight[s])
			continue;
		for (; at && weight[order[at - 1]] > weight[s]; at--)
			order[at] = order[at - 1];
		order[at] = (uint16_t)s;
		n++;
	}
	return n;
}

/* Huffman's tree by two queues: leaves in order, then inner nodes as made.
 * Fills bits[] and returns the longest.  At least two weights are not 0. */
static unsigned tree_bits(const uint32_t *weight, size_t count,
			  unsigned char *bits)
{
	uint16_t order[LITERALS], parent[2 * LITERALS];
	uint32_t sum[2 * LITERALS];
	unsigned char depth[2 * LITERALS];
	size_t n = symbols_sorted(weight, count, order);
	size_t leaf = 0, inner = n;

	if (n < 2)
		bug("a tree of %zu symbols", n);
	for (size_t i = 0; i < n; i++)
		sum[i] = weight[order[i]];
	for (size_t next = n; next + 1 < 2 * n; next++) {
		sum[next] = 0;
		for (int child = 0; child < 2; child++) {
			size_t take = leaf < n && (inner == next ||
				sum[leaf] <= sum[inner]) ? leaf++ : inner++;

			sum[next] += sum[take];
			parent[take] = (uint16_t)next;
		}
	}
	memset(bits, 0, count);
	depth[2 * n - 2] = 0;
	for (size_t i = 2 * n - 2; i-- > 0; ) {
		depth[i] = (unsigned char)(depth[parent[i]] + 1);
		if (i < n)
			bits[order[i]] = depth[i];
	}
	return depth[0];
}

/* Canonical codes, bits reversed since deflate sends them from the top. */
static void codes_number(struct huffman *h)
{
	uint16_t next[CODE_MAX + 2] = { 0 };

	for (size_t s = 0; s < h->count; s++)
		next[h->bits[s] + 1]++;
	next[1] = 0;
	for (unsigned b = 1; b <= CODE_MAX; b++)
		next[b + 1] = (uint16_t)((next[b] + next[b + 1]) << 1);
	for (size_t s = 0; s < h->count; s++) {
		unsigned code = h->bits[s] ? next[h->bits[s]]++ : 0;

		h->code[s] = 0;
		for (unsigned b = 0; b < h->bits[s]; b++)
			h->code[s] = (uint16_t)(h->code[s] |
				(code >> b & 1) << (h->bits[s] - 1 - b));
	}
}

/* Codes of at most `longest` bits for the symbols used.  At least two symbols
 * are given codes: a lone code of one bit is not understood everywhere.  A
 * tree that is too deep is flattened by halving the weights. */
static void huffman_make(struct huffman *h, unsigned longest)
{
	uint32_t weight[LITERALS];
	size_t used = 0;

	for (size_t s = 0; s < h->count; s++)
		used += h->used[s] > 0;
	for (size_t s = 0; used < 2; s++)
		if (!h->used[s]) {
			h->used[s] = 1;
			used++;
		}
	memcpy(weight, h->used, sizeof weight);
	while (tree_bits(weight, h->count, h->bits) > longest)
		for (size_t s = 0; s < h->count; s++)
			weight[s] = (weight[s] + 1) / 2;
	codes_number(h);
}

static void block_count(struct deflate *d)
{
	memset(d->literal.used, 0, sizeof d->literal.used);
	memset(d->distance.used, 0, sizeof d->distance.used);
	d->literal.count = LITERALS;
	d->distance.count = DISTANCES;
	d->literal.used[END] = 1;
	for (size_t i = 0; i < d->tokens; i++) {
		uint32_t t = d->token[i];

		if (!(t & IS_MATCH)) {
			d->literal.used[t]++;
			continue;
		}
		d->literal.used[257 + symbol_of(length_base, 29,
						t >> 16 & 0x1ff)]++;
		d->distance.used[symbol_of(distance_base, DISTANCES,
					   (t & 0xffff) + 1)]++;
	}
	huffman_make(&d->literal, CODE_MAX);
	huffman_make(&d->distance, CODE_MAX);
}

/* The two tables of code lengths, themselves Huffman coded one by one (the
 * format's run codes would save some 20 bytes a block). */
static int block_head(struct deflate *d, int last, struct error *e)
{
	static const unsigned char sent[LENGTH_CODES] = {
		16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15
	};
	struct huffman *h = &d->length;

	memset(h, 0, sizeof *h);
	h->count = LENGTH_CODES;
	for (size_t s = 0; s < LITERALS; s++)
		h->used[d->literal.bits[s]]++;
	for (size_t s = 0; s < DISTANCES; s++)
		h->used[d->distance.bits[s]]++;
	huffman_make(h, LENGTH_CODE_MAX);
	if (send(d, (uint32_t)last | 2 << 1, 3, e) < 0 ||
	    send(d, LITERALS - 257, 5, e) < 0 ||
	    send(d, DISTANCES - 1, 5, e) < 0 ||
	    send(d, LENGTH_CODES - 4, 4, e) < 0)
		return e->code;
	for (size_t i = 0; i < LENGTH_CODES; i++)
		if (send(d, h->bits[sent[i]], 3, e) < 0)
			return e->code;
	for (size_t s = 0; s < LITERALS; s++)
		if (send_symbol(d, h, d->literal.bits[s], e) < 0)
			return e->code;
	for (size_t s = 0; s < DISTANCES; s++)
		if (send_symbol(d, h, d->distance.bits[s], e) < 0)
			return e->code;
	return 0;
}

static int token_send(struct deflate *d, uint32_t t, struct error *e)
{
	unsigned length, distance, s;

	if (!(t & IS_MATCH))
		return send_symbol(d, &d->literal, t, e);
	length = t >> 16 & 0x1ff;
	distance = (t & 0xffff) + 1;
	s = symbol_of(length_base, 29, length);
	if (send_symbol(d, &d->literal, 257 + s, e) < 0 ||
	    send(d, length - length_base[s], length_extra[s], e) < 0)
		return e->code;
	s = symbol_of(distance_base, DISTANCES, distance);
	if (send_symbol(d, &d->distance, s, e) < 0)
		return e->code;
	return send(d, distance - distance_base[s], distance_extra(s), e);
}

static int block_send(struct deflate *d, int last, struct error *e)
{
	block_count(d);
	if (block_head(d, last, e) < 0)
		return e->code;
	for (size_t i = 0; i < d->tokens; i++)
		if (token_send(d, d->token[i], e) < 0)
			return e->code;
	d->tokens = 0;
	return send_symbol(d, &d->literal, END, e);
}

/* Length of the match at `at`, 0 if none; remembers the place. */
static size_t match_find(struct deflate *d, const unsigned char *data,
			 size_t bytes, size_t at, size_t *from)
{
	size_t most = MIN(bytes - at, (size_t)MATCH_MAX), n = 0;
	uint32_t key;
	size_t *head;

	if (most < MATCH_MIN)
		return 0;
	key = (uint32_t)data[at] | (uint32_t)data[at + 1] << 8 |
	      (uint32_t)data[at + 2] << 16;
	head = &d->head[key * 2654435761u >> (32 - HASH_BITS)];
	*from = *head - 1;
	if (*head && at - *from <= WINDOW)
		while (n < most && data[*from + n] == data[at + n])
			n++;
	*head = at + 1;
	return n < MATCH_MIN ? 0 : n;
}

static int deflate_blocks(struct deflate *d, const unsigned char *data,
			  size_t bytes, struct error *e)
{
	for (size_t at = 0; at < bytes; ) {
		size_t from = 0, skipped = 0;
		size_t n = match_find(d, data, bytes, at, &from);

		d->token[d->tokens++] = n ? IS_MATCH | (uint32_t)n << 16 |
			(uint32_t)(at - from - 1) : data[at];
		for (size_t i = 1; i < n; i++)
			match_find(d, data, bytes, at + i, &skipped);
		at += n ? n : 1;
		if (d->tokens == BLOCK_TOKENS && block_send(d, 0, e) < 0)
			return e->code;
	}
	return block_send(d, 1, e);
}

/* RFC 1950; 5552 is the most bytes before the sums could overflow. */
static uint32_t adler32(const unsigned char *data, size_t bytes)
{
	uint32_t a = 1, b = 0;

	while (bytes) {
		size_t n = MIN(bytes, (size_t)5552);

		for (size_t i = 0; i < n; i++) {
			a += data[i];
			b += a;
		}
		a %= 65521;
		b %= 65521;
		data += n;
		bytes -= n;
	}
	return b << 16 | a;
}

int deflate_zlib(struct buf *b, const unsigned char *data, size_t bytes,
		 struct error *e)
{
	/* deflate, 32 KB window; no dictionary, fastest */
	static const unsigned char header[2] = { 0x78, 0x01 };
	struct deflate *d = mem_new(1, sizeof *d, e);
	uint32_t sum = adler32(data, bytes);
	const unsigned char tail[4] = {
		(unsigned char)(sum >> 24), (unsigned char)(sum >> 16),
		(unsigned char)(sum >> 8), (unsigned char)sum
	};

	if (!d)
		return e->code;
	d->out = b;
	if (buf_add(b, header, 2, e) < 0 ||
	    deflate_blocks(d, data, bytes, e) < 0 || send_rest(d, e) < 0)
		goto done;
	buf_add(b, tail, 4, e);
done:
	mem_free(d);
	return e->code;
}
