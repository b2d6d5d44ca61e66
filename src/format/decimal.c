/*
 * decimal.c - floats to text and back, quickly where that is provably exact,
 * by the C library where not.
 *
 * Reading (Clinger 1990): digits below 2^53 and a power of ten up to 10^22 are
 * both exact doubles, so one multiplication or division gives the double
 * nearest to the text; the float nearest to that double is the one nearest to
 * the text, unless the double stands exactly between two floats.
 *
 * Writing: the nine digits are the nearest whole number to v * 10^k.  One
 * multiplication of doubles is off by 1e9 * 2^-53 at most, so the digits are
 * certain unless the product is that near to a half.
 *
 * What is left goes to strtof and printf without a decimal point in the text,
 * the one thing that locales change.
 */
#include "format/decimal.h"

#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	MAX_POWER = 22,		/* 10^22 = 5^22 * 2^22, and 5^22 < 2^53 */
	/* A value halfway between two floats has 113 digits at most; beyond
	 * these it only matters whether more follow. */
	MAX_DIGITS = 120,
	MAX_EXPONENT = 99999,
};

static const double tens[MAX_POWER + 1] = {
	1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12,
	1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22
};

/* ---- reading ------------------------------------------------------------- */

struct scan {
	uint64_t digits;	/* the first ones as a whole number */
	long exponent;		/* of ten */
	int are_all;		/* no digit is left out of `digits` */
	int is_negative;
	const char *from, *to;	/* digits and point */
	long written;		/* the exponent that the text has */
};

static int is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* "e-5" at `at`, if it stands there; else nothing is read. */
static const char *scan_exponent(struct scan *s, const char *at,
				 const char *end)
{
	const char *from = at;
	int negative = 0;
	long n = 0;

	if (at == end || (*at != 'e' && *at != 'E'))
		return from;
	at++;
	if (at < end && (*at == '-' || *at == '+'))
		negative = *at++ == '-';
	if (at == end || !is_digit(*at))
		return from;
	for (; at < end && is_digit(*at); at++)
		n = n > MAX_EXPONENT ? n : n * 10 + (*at - '0');
	s->written = negative ? -n : n;
	return at;
}

static const char *scan_digits(struct scan *s, const char *at,
			       const char *end, int fraction)
{
	for (; at < end && is_digit(*at); at++) {
		if (s->digits < UINT64_C(100000000000000000)) {
			s->digits = s->digits * 10 + (uint64_t)(*at - '0');
			s->exponent -= fraction;
		} else {
			s->are_all = 0;
		}
	}
	return at;
}

static const char *scan(struct scan *s, const char *at, const char *end)
{
	size_t digits;

	*s = (struct scan){ .are_all = 1 };
	if (at < end && (*at == '-' || *at == '+'))
		s->is_negative = *at++ == '-';
	s->from = at;
	at = scan_digits(s, at, end, 0);
	digits = (size_t)(at - s->from);
	if (at < end && *at == '.') {
		const char *point = at;

		at = scan_digits(s, at + 1, end, 1);
		digits += (size_t)(at - point - 1);
	}
	s->to = at;
	return digits ? scan_exponent(s, at, end) : NULL;
}

static int read_quickly(const struct scan *s, float *value)
{
	long power = s->exponent + s->written;
	uint64_t bits;
	double d;

	if (!s->are_all || s->digits > UINT64_C(1) << 53 ||
	    power < -MAX_POWER || power > MAX_POWER)
		return 0;
	d = (double)s->digits;
	d = power < 0 ? d / tens[-power] : d * tens[power];
	memcpy(&bits, &d, sizeof(bits));
	/* the 29 bits that a float has not: exactly one half? */
	if (d != 0 && (d < (double)FLT_MIN || d > (double)FLT_MAX ||
		       (bits & 0x1FFFFFFF) == 0x10000000))
		return 0;
	*value = (float)(s->is_negative ? -d : d);
	return 1;
}

/* "DIGITSeEXPONENT" for strtof, without a point. */
static void read_slowly(const struct scan *s, float *value)
{
	char text[MAX_DIGITS + 32];
	long power = s->written;
	int count = 0, more = 0, fraction = 0;

	for (const char *at = s->from; at < s->to; at++) {
		if (*at == '.') {
			fraction = 1;
			continue;
		}
		if (count == MAX_DIGITS) {
			more |= *at != '0';
			power += !fraction;
			continue;
		}
		power -= fraction;
		if (count || *at != '0')
			text[count++] = *at;
	}
	if (more) {
		text[count++] = '1';
		power--;
	}
	if (!count)
		text[count++] = '0';
	snprintf(text + count, sizeof(text) - (size_t)count, "e%ld", power);
	*value = strtof(text, NULL);
	if (s->is_negative)
		*value = -*value;
}

static int has_word(const char *at, const char *end, const char *word)
{
	for (; *word; word++, at++)
		if (at == end || (*at | 0x20) != *word)
			return 0;
	return 1;
}

static const char *read_special(const char *at, const char *end, float *value)
{
	int negative = 0;

	if (at < end && (*at == '-' || *at == '+'))
		negative = *at++ == '-';
	if (has_word(at, end, "nan")) {
		*value = NAN;
		return at + 3;
	}
	*value = negative ? -INFINITY : INFINITY;
	if (has_word(at, end, "infinity"))
		return at + 8;
	return has_word(at, end, "inf") ? at + 3 : NULL;
}

const char *decimal_read(const char *at, const char *end, float *value)
{
	struct scan s;
	const char *to = scan(&s, at, end);

	if (!to)
		return read_special(at, end, value);
	if (!read_quickly(&s, value))
		read_slowly(&s, value);
	return to;
}

/* ---- writing ------------------------------------------------------------- */

enum { DIGITS = 9 };

/* v > 0 as nine digits and the power of ten of the first; 0 if unsure. */
static int put_quickly(double v, uint32_t *digits, int *power)
{
	int two;
	double scaled, whole;

	frexp(v, &two);
	/* 10^power <= 2^(two - 1) <= v; log10(2) = 0.30103 */
	*power = (int)floor((two - 1) * 0.30103);
	for (;; ++*power) {
		int k = DIGITS - 1 - *power;

		if (k < -MAX_POWER || k > MAX_POWER)
			return 0;
		scaled = k < 0 ? v / tens[-k] : v * tens[k];
		if (scaled < 1e9)
			break;
	}
	whole = floor(scaled);
	if (whole < 1e8 || fabs(scaled - whole - 0.5) < 1e-6)
		return 0;
	*digits = (uint32_t)whole + (scaled - whole > 0.5);
	if (*digits == 1000000000) {
		*digits = 100000000;
		++*power;
	}
	return 1;
}

static void put_slowly(double v, uint32_t *digits, int *power)
{
	char text[40];
	const char *at = text;

	snprintf(text, sizeof(text), "%.8e", v);
	*digits = 0;
	for (; *at != 'e'; at++)
		if (is_digit(*at))
			*digits = *digits * 10 + (uint32_t)(*at - '0');
	*power = (int)strtol(at + 1, NULL, 10);
}

/* As %g: plain between 1e-4 and 1e9, else with an exponent; no zeros at the
 * end. */
static size_t put_digits(char *out, uint32_t digits, int power)
{
	char text[DIGITS];
	int count = DIGITS, plain = power >= -4 && power < DIGITS;
	char *to = out;

	for (int i = DIGITS - 1; i >= 0; i--, digits /= 10)
		text[i] = (char)('0' + digits % 10);
	while (count > 1 && text[count - 1] == '0')
		count--;
	if (plain && power < 0) {
		memcpy(to, "0.000", 5);
		to += 1 - power;
	}
	for (int i = 0; i < count; i++) {
		if (i == (plain ? power + 1 : 1) && i)
			*to++ = '.';
		*to++ = text[i];
	}
	for (int i = count; plain && i <= power; i++)
		*to++ = '0';
	if (!plain)
		to += snprintf(to, 8, "e%c%02d", power < 0 ? '-' : '+',
			       abs(power));
	return (size_t)(to - out);
}

size_t decimal_put(char out[DECIMAL_ROOM], float v)
{
	uint32_t digits;
	size_t bytes = 0;
	int power;

	if (!isfinite(v))
		return (size_t)snprintf(out, DECIMAL_ROOM, "%.9g", (double)v);
	if (signbit(v))
		out[bytes++] = '-';
	if (v == 0) {
		out[bytes++] = '0';
		return bytes;
	}
	if (!put_quickly(fabs((double)v), &digits, &power))
		put_slowly(fabs((double)v), &digits, &power);
	return bytes + put_digits(out + bytes, digits, power);
}
