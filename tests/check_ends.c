/*
 * check_ends.c - what the slots of convolutions share: how a chain starts and
 * ends, pointers to rows, and the error bound of a sum.
 */
#include "check.h"

#include <math.h>

static const float zeros[CHECK_ZEROS];	/* im2col's padding */

unsigned check_ends_kind(size_t i)
{
	static const unsigned clamps[] = {
		0, CHECK_ENDS_CLAMP, CHECK_ENDS_CLAMP | CHECK_ENDS_SIX,
		CHECK_ENDS_GATE, CHECK_ENDS_GATE | CHECK_ENDS_SIX,
		CHECK_ENDS_GATE | CHECK_ENDS_CLAMP,
		CHECK_ENDS_GATE | CHECK_ENDS_CLAMP | CHECK_ENDS_SIX,
	};
	size_t kind = i % CHECK_ENDS_KINDS;

	if (!kind)
		return 0;
	kind--;
	return CHECK_ENDS | clamps[kind / 8] |
	       (kind & 1 ? CHECK_ENDS_START : 0u) |
	       (kind & 2 ? CHECK_ENDS_SCALE : 0u) |
	       (kind & 4 ? CHECK_ENDS_ADD : 0u);
}

void check_ends_shape(struct check_case *c, size_t rows)
{
	c->operands = 8;
	for (int i = 3; i < 6; i++)
		c->operand[i] = (struct check_operand){ CHECK_IN, 1, c->n, c->n,
							0 };
	c->operand[6] = (struct check_operand){ CHECK_IN, rows, c->n,
						c->n + 2 * c->gap, 0 };
	c->operand[7] = (struct check_operand){ CHECK_IN, rows, c->n,
						c->operand[0].stride, 0 };
}

struct tile_ends check_ends(const struct check_case *c,
			    const struct check_args *x)
{
	struct tile_ends ends = { .high = INFINITY };

	if (c->ends & CHECK_ENDS_START)
		ends.start = x->p[3];
	if (c->ends & CHECK_ENDS_SCALE) {
		ends.scale = x->p[4];
		ends.shift = x->p[5];
	}
	if (c->ends & CHECK_ENDS_ADD) {
		ends.add = x->p[6];
		ends.add_step = c->operand[6].stride;
	}
	if (c->ends & CHECK_ENDS_GATE)
		ends.gate = x->p[7];
	ends.clamp = (c->ends & CHECK_ENDS_CLAMP) != 0;
	if (c->ends & CHECK_ENDS_SIX)
		ends.high = 6.0f;
	return ends;
}

double check_ends_truth(const struct check_case *c, const struct check_args *x,
			size_t r, size_t j, double value, double *size)
{
	double high = c->ends & CHECK_ENDS_SIX ? 6 : (double)INFINITY;

	if (c->ends & CHECK_ENDS_SCALE) {
		double scale = (double)x->p[4][j], shift = (double)x->p[5][j];

		value = value * scale + shift;
		*size = *size * fabs(scale) + fabs(shift);
	}
	if (c->ends & CHECK_ENDS_ADD) {
		double add = (double)x->p[6][r * c->operand[6].stride + j];

		value += add;
		*size += fabs(add);
	}
	if (c->ends & CHECK_ENDS_CLAMP) {
		value = fmax(value, 0);
		value = fmin(value, high);
	}
	if (c->ends & CHECK_ENDS_GATE) {
		double gate = (double)x->p[7][r * c->operand[7].stride + j];

		value = gate > 0 && gate < high ? value : 0;
	}
	return value;
}

struct check_operand check_pool(const struct check_case *c, size_t columns)
{
	return (struct check_operand){ CHECK_IN, CHECK_POOL, columns,
				       columns + c->gap, 0 };
}

void check_point(const struct check_case *c, struct check_args *x,
		 size_t count, size_t used, size_t step)
{
	size_t stride = c->operand[1].stride;
	uint64_t random = c->seed;

	for (size_t i = 0; i < count; i++) {
		size_t row = check_below(&random, CHECK_POOL + 1);
		const float *to = row == CHECK_POOL ? zeros :
				  x->p[1] + row * stride;
		x->row[i] = i % step < used ? to : check_memory_forbidden();
	}
	if (count)		/* the pool's last row ends at the page */
		x->row[0] = x->p[1] + (CHECK_POOL - 1) * stride;
}

double check_bound(size_t n, double size)
{
	double nu = (double)n * 0x1p-24;

	return nu / (1.0 - nu) * size + (double)n * 0x1p-150;
}
