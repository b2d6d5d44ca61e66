/*
 * index_codes.c - codes of vectors and queries, see index_codes.h.
 *
 * Must hold: every number in `bounds` is rounded upwards, by UP relatively and
 * by LEAST; that covers the rounding of the sums in double, up to CODES_MAX_DIM
 * dimensions, and of the conversion.  It is at least LEAST, no subnormal: with
 * one of those a multiply-add takes a hundred cycles on some CPUs.
 */
#include "search/index_codes.h"

#include <float.h>
#include <math.h>

enum { PANEL = CODES_PANEL, GROUP = CODES_GROUP };

#define UP 0x1p-20		/* 16 times the rounding of a float */
#define TINY 0x1p-149		/* the smallest float */
#define LEAST 0x1p-126		/* the smallest normal one */
#define LONG 0x1p60		/* two such vectors have a score below 2^120 */

struct coded {
	float scale;
	double rest, size;
};

static float up(double x)
{
	return (float)(x * (1 + UP) + LEAST);
}

/* How far apart the bytes of one vector's groups are. */
struct bytes {
	unsigned char *at;
	size_t group;
};

static float largest(const float *x, size_t dim)
{
	float most = 0;

	for (size_t p = 0; p < dim; p++)
		most = MAX(most, fabsf(x[p]));
	return most;
}

/* The nearest code of v, with scale > 0, plus 128; any code for a v that is no
 * number, as of infinite values, whose margin is infinite too. */
static unsigned char nearest(float v, float scale)
{
	float c = v / scale;

	c = c > CODES_MOST ? CODES_MOST : c >= -CODES_MOST ? c : -CODES_MOST;
	return (unsigned char)(int)(c + 128.5f);
}

/* Codes x [dim] and measures what is left. */
static struct coded code_vector(const float *x, size_t dim, struct bytes to)
{
	struct coded v = { .scale = largest(x, dim) / CODES_MOST };
	double rest = 0, size = 0, about = 0;

	for (size_t p = 0; p < dim; p++) {
		unsigned char byte = v.scale > 0 ? nearest(x[p], v.scale) :
				     CODES_ZERO;
		double near = (double)v.scale * (byte - CODES_ZERO);
		double left = (double)x[p] - near;

		to.at[p / GROUP * to.group + p % GROUP] = byte;
		rest += left * left;
		size += (double)x[p] * (double)x[p];
		about += near * near;
	}
	v.rest = sqrt(rest);
	v.size = sqrt(MAX(size, about));
	return v;
}

/* ---- the vectors of an index --------------------------------------------- */

/* A vector that long is never left out: its margin is infinite. */
static void put_bounds(float *bounds, struct coded v)
{
	int fits = v.size < LONG;

	bounds[0] = fits ? v.scale : 0;
	bounds[PANEL] = fits ? up(v.rest) : INFINITY;
	bounds[2 * PANEL] = fits ? up(v.size) : 0;
}

struct making {
	const float *vectors;
	size_t count, dim;
	unsigned char *codes;
	float *bounds;
};

static void make_panel(void *context, size_t panel, int thread)
{
	const struct making *m = context;
	const size_t bytes = index_codes_bytes(m->dim);
	unsigned char *codes = m->codes + panel * bytes;
	float *bounds = m->bounds + panel * CODES_BOUNDS * PANEL;
	const size_t first = panel * PANEL, n = MIN(m->count - first, PANEL);

	(void)thread;
	memset(codes, CODES_ZERO, bytes);
	memset(bounds, 0, CODES_BOUNDS * PANEL * sizeof(*bounds));
	for (size_t j = 0; j < n; j++) {
		struct bytes to = { codes + j * GROUP, PANEL * GROUP };

		put_bounds(bounds + j,
			   code_vector(m->vectors + (first + j) * m->dim,
				       m->dim, to));
	}
}

void index_codes_make(struct pool *pool, const float *vectors, size_t count,
		      size_t dim, unsigned char *codes, float *bounds)
{
	struct making m = { vectors, count, dim, codes, bounds };

	pool_run(pool, CEIL_DIV(count, PANEL), make_panel, &m);
}

/* ---- a query ------------------------------------------------------------- */

/* The factors of a margin: m >= |q| rest + |r_q| size + rounding, where the
 * rounding is that of a chain of dim fmas, gamma |q| |x| + dim 2^-149, and of
 * the bound itself, which UP covers. */
static void put_factors(struct codes_query *q, struct coded v, size_t dim)
{
	const double each = (double)dim * (double)(FLT_EPSILON / 2);
	const double gamma = each / (1 - each);

	q->scale = v.scale;
	q->rest = up(v.size * (1 + UP));
	q->size = up((v.rest + (gamma + UP) * v.size) * (1 + UP));
	q->least = up(TINY * ((double)dim + (double)v.scale + 8));
}

int index_codes_query(const float *query, size_t dim, int8_t *code,
		      struct codes_query *q)
{
	const size_t padded = CEIL_DIV(dim, GROUP) * GROUP;
	unsigned char *bytes = (unsigned char *)code;
	struct coded v;

	*q = (struct codes_query){ .code = code };
	memset(bytes, 0, padded);
	for (size_t p = 0; p < dim; p++)
		if (!isfinite(query[p]))
			return 0;
	memset(bytes, CODES_ZERO, padded);
	v = code_vector(query, dim, (struct bytes){ bytes, GROUP });
	for (size_t p = 0; p < padded; p++) {
		code[p] = (int8_t)(bytes[p] - CODES_ZERO);
		q->sum += code[p];
	}
	put_factors(q, v, dim);
	return v.size < LONG;
}
