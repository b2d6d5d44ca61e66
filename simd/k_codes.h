/*
 * k_codes.h - the scan of codes.h for one instruction set.
 *
 * The including file defines ISA, ISA_NAME, ISA_KERNELS and CODES_ROWS,
 * includes its dialect of vec16, and adds the words for bytes:
 *	sums16			16 sums of 32 bits
 *	bytes16			the bytes of one group, as c_dot wants them
 *	c_start(sum)		16 sums before the first group; sum is that of
 *				the query's codes
 *	c_load(p)		64 bytes
 *	c_dot(s, b, q)		s + the products with 4 codes of a query
 *	c_floats(s)		each to the nearest float
 *	c_reach(v, x)		a bit for each lane that is not below x
 *
 * One accumulator per query, as in k_score.h; the switch makes one copy for
 * each number of queries.
 */
#include <float.h>
#include <string.h>

#include "codes.h"

#if FLT_EVAL_METHOD != 0
#error "floats are kept wider than they are"
#endif

#define JOIN2(a, b) a##_##b
#define JOIN(a, b) JOIN2(a, b)
#define FN(name) JOIN(name, ISA)
#define ALWAYS_INLINE inline __attribute__((always_inline))
#ifdef __OPTIMIZE_SIZE__
#define UNROLL
#elif defined(__clang__)
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 16")
#endif

#define k_codes_scan FN(codes_scan)
#define k_codes_bounds FN(codes_bounds)

/* Row r's bounds from its sums; stores them where one reaches. */
static ALWAYS_INLINE unsigned k_codes_bounds(struct codes_found *f, int r,
					     sums16 sums,
					     const struct codes_query *q,
					     float reach, const float *bounds)
{
	vec16 e = v_mul(v_mul(c_floats(sums), v_load(bounds)),
			v_set1(q->scale));
	vec16 m = v_fma1(q->size, v_load(bounds + 32), v_set1(q->least));
	vec16 upper;

	m = v_fma1(q->rest, v_load(bounds + 16), m);
	upper = v_add(e, m);
	f->mask[r] = (uint16_t)c_reach(upper, reach);
	if (f->mask[r]) {
		v_store(f->upper + 16 * r, upper);
		v_store(f->lower + 16 * r, v_sub(e, m));
	}
	return f->mask[r];
}

static ALWAYS_INLINE unsigned k_codes_rows(const int rows,
					   struct codes_found *f, size_t groups,
					   const struct codes_query *q,
					   const float *reach,
					   const unsigned char *panel,
					   const float *bounds)
{
	const int8_t *code[CODES_ROWS];
	sums16 sums[CODES_ROWS];
	unsigned some = 0;

	UNROLL for (int r = 0; r < rows; r++) {
		code[r] = q[r].code;
		sums[r] = c_start(q[r].sum);
	}
	for (size_t g = 0; g < groups; g++, panel += 64) {
		bytes16 b = c_load(panel);

		UNROLL for (int r = 0; r < rows; r++)
			sums[r] = c_dot(sums[r], b, code[r] + 4 * g);
	}
	UNROLL for (int r = 0; r < rows; r++)
		some |= k_codes_bounds(f, r, sums[r], &q[r], reach[r], bounds);
	return some;
}

static unsigned k_codes_scan(struct codes_found *f, size_t rows, size_t groups,
			     const struct codes_query *q, const float *reach,
			     const unsigned char *panel, const float *bounds)
{
	switch (rows) {
#define CODES_CASE(r)                                                         \
	case r:                                                               \
		return k_codes_rows(r, f, groups, q, reach, panel, bounds);
	CODES_CASE(1)
	CODES_CASE(2)
	CODES_CASE(3)
	CODES_CASE(4)
#if CODES_ROWS > 4
	CODES_CASE(5)
	CODES_CASE(6)
#endif
#if CODES_ROWS > 6
	CODES_CASE(7)
	CODES_CASE(8)
	CODES_CASE(9)
	CODES_CASE(10)
	CODES_CASE(11)
	CODES_CASE(12)
#endif
	}
	return 0;
}

const struct codes FN(codes) = {
	.name = ISA_NAME,
	.kernels = ISA_KERNELS,
	.rows = CODES_ROWS,
	.scan = k_codes_scan,
};
