/*
 * decimal.h - floats as decimal text, exactly rounded both ways, whatever the
 * locale of the process says about the decimal point.
 */
#ifndef DECIMAL_H
#define DECIMAL_H

#include <stddef.h>

enum { DECIMAL_ROOM = 24 };

/* Reads a number ("-1.5e-3"; also "nan", "inf", "infinity" in any case) at
 * `at`: the float nearest to it, ties to even, as strtof gives in the C
 * locale.  Returns where it ends, or NULL if no number stands there. */
const char *decimal_read(const char *at, const char *end, float *value);
/* Writes v as printf's %.9g does in the C locale: enough digits to come back
 * to the same bits.  Returns how many bytes; no 0 byte is added. */
size_t decimal_put(char out[DECIMAL_ROOM], float v);

#endif
