/*
 * jpeg_bits.c - Huffman tables made ready, and the bytes of a scan.
 */
#include "image/arena.h"
#include "image/jpeg_bits.h"

#include <string.h>

enum { END_OF_BLOCK = 128 };	/* moves k beyond any coefficient */

static uint32_t step_of(unsigned length, unsigned symbol)
{
	unsigned size = symbol & 15;
	unsigned move = size || symbol == 0xF0 ? (symbol >> 4) + 1 :
						 END_OF_BLOCK;

	return (length + size) | move << 8 | size << 16 | length << 24;
}

int jpeg_huffman_make(struct jpeg_huffman *h, int most, struct error *e)
{
	uint32_t code = 0;
	int32_t index = 0;

	if (h->made)
		return 0;
	memset(h->look, 0, sizeof(h->look));
	memset(h->step, 0, sizeof(h->step));
	for (int length = 1; length <= 16; length++) {
		int n = h->counts[length - 1];
		h->delta[length] = index - (int32_t)code;
		if (code + (uint32_t)n > 1u << length)
			return fail(e, ERROR_DATA, "corrupt JPEG: Huffman "
				    "table has too many codes of %d bits",
				    length);
		for (int i = 0; i < n; i++, code++, index++) {
			if (h->symbols[index] > most)
				return jpeg_corrupt(e, "bad Huffman symbol");
			if (length > JPEG_LOOK_BITS)
				continue;
			int spare = JPEG_LOOK_BITS - length;
			uint32_t step = step_of((unsigned)length,
						h->symbols[index]);
			for (uint32_t k = 0; k < 1u << spare; k++) {
				h->look[(code << spare) + k] = (uint16_t)
					(length << 8 | h->symbols[index]);
				h->step[(code << spare) + k] = step;
			}
		}
		h->limit[length] = code << (16 - length);
		code <<= 1;
	}
	h->limit[17] = UINT32_MAX;
	h->made = 1;
	h->leap = NULL;
	return 0;
}

/* As many codes as begin and end in the n bits of `bits`, and the value of the
 * last, which is passed over unseen. */
static uint16_t leap_of(const struct jpeg_huffman *h, uint32_t bits)
{
	unsigned total = 0, move = 0, end = 0;

	while (total < JPEG_LEAP_BITS && !end) {
		uint32_t next = bits << total & ((1u << JPEG_LEAP_BITS) - 1);
		uint32_t step = h->step[next >> (JPEG_LEAP_BITS -
						 JPEG_LOOK_BITS)];
		unsigned moves = step >> 8 & 255;
		if (!step || (step >> 24) > JPEG_LEAP_BITS - total)
			break;
		if (moves != END_OF_BLOCK && move + moves > 63)
			break;
		end = moves == END_OF_BLOCK ? JPEG_LEAP_END : 0;
		move += end ? 0 : moves;
		total += step & 255;
	}
	return (uint16_t)(total | move << 6 | end);
}

void jpeg_huffman_leap(struct jpeg_huffman *h)
{
	if (h->leap)
		return;
	h->leap = arena_new(sizeof(*h->leap) << JPEG_LEAP_BITS);
	for (uint32_t i = 0; h->leap && i < 1u << JPEG_LEAP_BITS; i++)
		h->leap[i] = leap_of(h, i);
}

void jpeg_bits_open(struct jpeg_bits *b, struct jpeg *j)
{
	const unsigned char *from = j->data + j->at, *end = j->data + j->bytes;
	unsigned char *to = j->clean;

	while (from < end) {
		const unsigned char *stop = memchr(from, 0xFF,
						   (size_t)(end - from));
		size_t plain = (size_t)((stop ? stop : end) - from);
		memcpy(to, from, plain);
		to += plain;
		from += plain;
		if (!stop)
			break;
		while (end - from > 1 && from[1] == 0xFF)	/* fill */
			from++;
		if (end - from < 2 || from[1] != 0)
			break;
		*to++ = 0xFF;
		from += 2;
	}
	memset(to, 0, JPEG_BITS_TAIL);
	*b = (struct jpeg_bits){ .at = j->clean, .end = to };
	j->at = (size_t)(from - j->data);
}

size_t jpeg_bits_surplus(const struct jpeg_bits *b)
{
	ptrdiff_t whole = jpeg_bits_left(b) / 8;
	size_t surplus = 0;

	for (ptrdiff_t i = 1; i <= whole; i++)
		surplus += b->end[-i] != 0;
	return surplus;
}

int jpeg_bits_symbol_slowly(struct jpeg_bits *b, const struct jpeg_huffman *h)
{
	uint32_t top = (uint32_t)(b->window >> 48);
	int length = JPEG_LOOK_BITS + 1;

	while (top >= h->limit[length])
		length++;
	if (length > 16)
		return -1;
	int32_t code = (int32_t)(top >> (16 - length));
	jpeg_bits_drop(b, length);
	return h->symbols[(code + h->delta[length]) & 255];
}
