/*
 * net_number.c - a number in the text of a net, in any locale.
 *
 * Up to 15 digits and a power of ten up to 22 are exact in a double, so one
 * operation rounds correctly.
 */
#include "nn/layer.h"

static int digits_read(struct str *s, double *value, int *count)
{
	for (; s->bytes && *s->data >= '0' && *s->data <= '9'; ++*count) {
		*value = *value * 10.0 + (*s->data - '0');
		s->data++;
		s->bytes--;
	}
	return *count;
}

int net_number(struct str s, double *value)
{
	double m = 0, exponent = 0, power = 1;
	int minus = s.bytes && *s.data == '-', down = 0, digits = 0, whole;
	int shift = 0, none = 0;

	s.data += minus;
	s.bytes -= (size_t)minus;
	whole = digits_read(&s, &m, &digits);
	if (s.bytes && *s.data == '.') {
		s.data++;
		s.bytes--;
		shift = digits_read(&s, &m, &digits) - whole;
	}
	if (s.bytes > 1 && (*s.data == 'e' || *s.data == 'E')) {
		down = s.data[1] == '-';
		s.data += 1 + down;
		s.bytes -= 1 + (size_t)down;
		if (!digits_read(&s, &exponent, &none))
			return 0;
	}
	exponent = (down ? -exponent : exponent) - shift;
	if (s.bytes || !digits || digits > 15 || exponent > 22 ||
	    exponent < -22)
		return 0;
	for (double i = 0; i < exponent || i < -exponent; i++)
		power *= 10.0;
	m = exponent < 0 ? m / power : m * power;
	*value = minus ? -m : m;
	return 1;
}
