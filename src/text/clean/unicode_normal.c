/*
 * unicode_normal.c - one spelling for words that are the same in Unicode
 * (Unicode Standard Annex 15; Hangul by section 3.12 of the standard).
 *
 * Decompose, put marks in order, compose; small letters; and once more, as a
 * small letter may compose where its capital does not.  The first round comes
 * before small letters, so that I with a dot above, in one or two code points,
 * is the same letter.
 */
#include "text/clean/unicode_normal.h"

#include "base/base.h"
#include "base/utf8.h"
#include "text/clean/unicode.h"
#include "text/clean/unicode_tables.h"

enum {
	CODE = 0x1FFFFF,
	MOST_MARKS = 30,	/* of UAX 15's stream-safe text */

	HANGUL = 0xAC00, HANGUL_COUNT = 11172,
	LEAD = 0x1100, LEAD_COUNT = 19,
	VOWEL = 0x1161, VOWEL_COUNT = 21,
	TAIL = 0x11A7, TAIL_COUNT = 28,	/* the first of them is none */
};

void normal_free(struct normal *n)
{
	mem_free(n->code);
	*n = (struct normal){0};
}

/* ---- tables -------------------------------------------------------------- */

/* The last of `rows` [count] of two numbers whose first, masked, is at most
 * `code`; count if none is. */
static size_t row_at(const uint32_t (*rows)[2], size_t count, uint32_t code)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if ((rows[middle][0] & CODE) <= code)
			low = middle + 1;
		else
			high = middle;
	}
	return low ? low - 1 : count;
}

/* Canonical combining class. */
static uint32_t mark_class(uint32_t code)
{
	size_t i;

	if (code < 0x300)
		return 0;
	i = row_at(normal_marks, ARRAY_LEN(normal_marks), code);
	return i < ARRAY_LEN(normal_marks) && code <= normal_marks[i][1] ?
	       normal_marks[i][0] >> 21 : 0;
}

uint32_t normal_code(uint32_t code)
{
	size_t i = row_at(normal_single, ARRAY_LEN(normal_single), code);
	uint32_t first;

	if (i == ARRAY_LEN(normal_single))
		return code;
	first = normal_single[i][0] & CODE;
	return code - first <= normal_single[i][0] >> 21 ?
	       normal_single[i][1] + (code - first) : code;
}

/* The code points that `code` decomposes to, one or more of them. */
static size_t decomposed(uint32_t code, uint32_t out[NORMAL_LONGEST])
{
	size_t low = 0, high = ARRAY_LEN(normal_several), count;

	if (code - HANGUL < HANGUL_COUNT) {
		code -= HANGUL;
		out[0] = LEAD + code / (VOWEL_COUNT * TAIL_COUNT);
		out[1] = VOWEL + code / TAIL_COUNT % VOWEL_COUNT;
		out[2] = TAIL + code % TAIL_COUNT;
		return code % TAIL_COUNT ? 3 : 2;
	}
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if ((normal_several[middle] & 0xFFFFFF) < code)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == ARRAY_LEN(normal_several) ||
	    (normal_several[low] & 0xFFFFFF) != code) {
		out[0] = normal_code(code);
		return 1;
	}
	count = normal_several[low] >> 24;
	memcpy(out, normal_pool + normal_at[low], count * sizeof(*out));
	return count;
}

int normal_is_mark(uint32_t code)
{
	uint32_t parts[NORMAL_LONGEST];

	if (code < 0x300)
		return 0;
	decomposed(code, parts);
	return mark_class(parts[0]) != 0;
}

static uint32_t composed_hangul(uint32_t a, uint32_t b)
{
	if (a - LEAD < LEAD_COUNT && b - VOWEL < VOWEL_COUNT)
		return HANGUL + ((a - LEAD) * VOWEL_COUNT + (b - VOWEL)) *
		       TAIL_COUNT;
	if (a - HANGUL < HANGUL_COUNT && (a - HANGUL) % TAIL_COUNT == 0 &&
	    b - TAIL - 1 < TAIL_COUNT - 1)
		return a + (b - TAIL);
	return 0;
}

/* What a and b compose to, or 0. */
static uint32_t composed(uint32_t a, uint32_t b)
{
	size_t low = 0, high = ARRAY_LEN(normal_pairs);

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const uint32_t *p = normal_pairs[middle];

		if (p[0] == a && p[1] == b)
			return p[2];
		if (p[0] < a || (p[0] == a && p[1] < b))
			low = middle + 1;
		else
			high = middle;
	}
	return composed_hangul(a, b);
}

uint32_t normal_kana(uint32_t kana, uint32_t mark)
{
	mark = normal_code(mark);
	return mark == 0x3099 || mark == 0x309A ?
	       composed(normal_code(kana), mark) : 0;
}

/* ---- a word -------------------------------------------------------------- */

/* Appends one code point of a decomposition in its place among the marks; what
 * is over MOST_MARKS goes.  *marks: in the run that ends the word. */
static int code_put(struct normal *n, uint32_t code, size_t *marks,
		    struct error *e)
{
	uint32_t class = mark_class(code);
	size_t to;

	*marks = class ? *marks + 1 : 0;
	if (*marks > MOST_MARKS)
		return 0;
	if (mem_grow(&n->code, &n->room, n->count + 1, sizeof(*n->code), e) < 0)
		return e->code;
	to = n->count++;
	for (size_t m = *marks; m > 1 && mark_class(n->code[to - 1]) > class;
	     m--, to--)
		n->code[to] = n->code[to - 1];
	n->code[to] = code;
	return 0;
}

static int decompose(struct normal *n, const struct buf *word,
		     struct error *e)
{
	const char *at = word->data;
	const char *end = str_end((struct str){ at, word->bytes });
	uint32_t parts[NORMAL_LONGEST];
	size_t marks = 0, count;

	n->count = 0;
	while (at < end) {
		count = decomposed(utf8_next(&at, end), parts);
		for (size_t i = 0; i < count; i++)
			if (code_put(n, parts[i], &marks, e) < 0)
				return e->code;
	}
	return 0;
}

/* A mark composes with its letter unless one of its class, or higher, stands
 * between; a letter with the letter right before it. */
static void compose(struct normal *n)
{
	size_t to = 0, starter = SIZE_MAX;
	uint32_t last = 0;

	for (size_t i = 0; i < n->count; i++) {
		uint32_t code = n->code[i], class = mark_class(code), whole = 0;

		if (starter != SIZE_MAX &&
		    (starter + 1 == to || (last && last < class)))
			whole = composed(n->code[starter], code);
		if (whole) {
			n->code[starter] = whole;
			continue;
		}
		if (!class)
			starter = to;
		last = class;
		n->code[to++] = code;
	}
	n->count = to;
}

static int word_put(const struct normal *n, struct buf *word, int small,
		    struct error *e)
{
	char utf8[4];

	buf_clear(word);
	for (size_t i = 0; i < n->count; i++) {
		uint32_t code = n->code[i];

		code = small ? unicode_lower(code) : code;
		if (buf_add(word, utf8, utf8_put(code, utf8), e) < 0)
			return e->code;
	}
	return 0;
}

int normal_word(struct normal *n, struct buf *word, struct error *e)
{
	for (int small = 1; small >= 0; small--) {
		if (decompose(n, word, e) < 0)
			return e->code;
		compose(n);
		if (word_put(n, word, small, e) < 0)
			return e->code;
	}
	return 0;
}
