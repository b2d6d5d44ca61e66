/* floats.c - see floats.h. */
#include "format/floats.h"

#include <string.h>

#include "base/base.h"
#include "base/le.h"

/* IEEE 754 binary16: sign, 5 bits of exponent, 10 of fraction. */
static float half_float(uint16_t half)
{
	uint32_t sign = (uint32_t)(half & 0x8000) << 16;
	uint32_t exponent = half >> 10 & 31, fraction = half & 1023, bits;
	float v;

	if (exponent == 0) {	/* fraction * 2^-24, exact */
		v = (float)fraction * 0x1p-24f;
		return sign ? -v : v;
	}
	bits = sign | fraction << 13 |
	       (exponent == 31 ? 255 : exponent + 112) << 23;
	memcpy(&v, &bits, sizeof(v));
	return v;
}

static float double_float(uint64_t bits)
{
	double v;

	memcpy(&v, &bits, sizeof(v));
	return (float)v;
}

static float word_float(uint32_t bits)
{
	float v;

	memcpy(&v, &bits, sizeof(v));
	return v;
}

void floats_read(float *out, const void *from, enum st_type type, int is_big,
		 size_t n)
{
	size_t size = st_type_bytes(type);
	const unsigned char *at = from;
	unsigned char item[8];

	if (type == ST_F32 && is_big != le_is_native()) {
		memcpy(out, from, n * sizeof(*out));
		return;
	}
	for (size_t i = 0; i < n; i++, at += size) {
		for (size_t j = 0; j < size; j++)
			item[j] = at[is_big ? size - 1 - j : j];
		switch (type) {
		case ST_F16:
			out[i] = half_float(le16_get(item));
			break;
		case ST_BF16:
			out[i] = word_float((uint32_t)le16_get(item) << 16);
			break;
		case ST_F32:
			out[i] = word_float(le32_get(item));
			break;
		case ST_F64:
			out[i] = double_float(le64_get(item));
			break;
		default:
			bug("no floats of type %d", type);
		}
	}
}

int floats_put(struct buf *b, const float *v, size_t n, struct error *e)
{
	unsigned char bytes[4];
	uint32_t bits;

	for (size_t i = 0; i < n; i++) {
		memcpy(&bits, &v[i], sizeof(bits));
		le32_put(bytes, bits);
		if (buf_add(b, bytes, sizeof(bytes), e) < 0)
			return e->code;
	}
	return 0;
}
