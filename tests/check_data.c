/* check_data.c - random numbers and classes of data for checkkernels. */
#include "check.h"

#include <math.h>
#include <string.h>

/* splitmix64 (Steele, Lea, Flood 2014) */
uint64_t check_random(uint64_t *state)
{
	uint64_t z = *state += 0x9E3779B97F4A7C15u;

	z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
	z = (z ^ z >> 27) * 0x94D049BB133111EBu;
	return z ^ z >> 31;
}

size_t check_below(uint64_t *state, size_t n)
{
	return (size_t)(check_random(state) % n);
}

/* One of 2^24 values in [-1, 1), exact. */
float check_uniform(uint64_t *state)
{
	return (float)(int32_t)(check_random(state) >> 40) * 0x1p-23f - 1.0f;
}

uint32_t check_bits(float x)
{
	uint32_t bits;

	memcpy(&bits, &x, sizeof(bits));
	return bits;
}

float check_float(uint32_t bits)
{
	float x;

	memcpy(&x, &bits, sizeof(x));
	return x;
}

static int is_nan(uint32_t bits)
{
	return (bits & 0x7FFFFFFF) > 0x7F800000;
}

int check_same(float a, float b)
{
	uint32_t x = check_bits(a), y = check_bits(b);

	return x == y || (is_nan(x) && is_nan(y));
}

/* Floats between a and b, along the line from -inf to inf. */
int64_t check_ulps(float a, float b)
{
	uint32_t x = check_bits(a), y = check_bits(b);
	int64_t i = x & 0x7FFFFFFF, j = y & 0x7FFFFFFF;

	return (x >> 31 ? -i : i) - (y >> 31 ? -j : j);
}

static float wide(uint64_t *state, int low, int high)
{
	int e = low + (int)check_below(state, (size_t)(high - low + 1));
	float f = check_uniform(state);

	return ldexpf(f < 0 ? f - 0.5f : f + 0.5f, e);
}

static float special(uint64_t *state)
{
	static const uint32_t bits[] = { 0x7F800000, 0xFF800000, 0x7FC00000,
					 0xFFC00001, 0x7F800001, 0x7F7FFFFF,
					 0x00000000, 0x80000000 };

	return check_float(bits[check_below(state, 8)]);
}

static float draw(enum check_kind kind, int which, uint64_t *state)
{
	float u = check_uniform(state), f;

	switch (kind) {
	case CHECK_WIDE:	/* the sum of two: the middle is likely */
		f = wide(state, -40, 40);
		return ldexpf(f, (int)check_below(state, 81) - 40);
	case CHECK_INTEGER:
		return floorf(u * 8.0f);
	case CHECK_SUBNORMAL:
		return wide(state, -149, -124);
	case CHECK_UNDERFLOW:
		return (which & 1 ? 1.0f : -1.0f) * 0x1p-90f * (1.5f + u);
	case CHECK_ZERO:
		return u < 0.0f ? -0.0f : 0.0f;
	case CHECK_SPECIAL:
		return check_below(state, 8) ? u : special(state);
	case CHECK_SPREAD:
		return u * 110.0f;
	default:
		return u;
	}
}

/* `which` is the operand's number: it sets the sign of class underflow. */
void check_fill(float *x, size_t n, enum check_kind kind, int which,
		uint64_t *state)
{
	float equal = check_uniform(state);

	for (size_t i = 0; i < n; i++)
		x[i] = kind == CHECK_EQUAL ? equal : draw(kind, which, state);
	if (kind != CHECK_CANCEL)
		return;
	for (size_t i = 0; i < n / 4; i++) {
		float big = check_uniform(state) * 0x1p20f;
		x[i] = big;
		x[n - 1 - i] = -big;
	}
}
