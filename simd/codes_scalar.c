/* codes_scalar.c - the kernels of codes in plain C, for any machine. */
#include "vec_scalar.h"

#define ISA scalar
#define ISA_NAME "scalar"
#define ISA_KERNELS "scalar"
#define CODES_ROWS 4

typedef struct { int32_t l[16]; } sums16;
typedef const unsigned char *bytes16;

static inline sums16 c_start(int32_t sum)
{
	(void)sum;
	return (sums16){ { 0 } };
}

static inline bytes16 c_load(const unsigned char *p)
{
	return p;
}

static inline sums16 c_dot(sums16 s, bytes16 b, const int8_t *q)
{
	EACH(i) for (int k = 0; k < 4; k++)
		s.l[i] += q[k] * (b[4 * i + k] - 128);
	return s;
}

static inline vec16 c_floats(sums16 s)
{
	vec16 v;
	EACH(i) v.l[i] = (float)s.l[i];
	return v;
}

static inline unsigned c_reach(vec16 v, float x)
{
	unsigned mask = 0;
	EACH(i) mask |= (unsigned)!(v.l[i] < x) << i;
	return mask;
}

#include "k_codes.h"
