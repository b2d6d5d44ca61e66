/*
 * check_epilogue.c - what the slots of convolutions share: the epilogue,
 * pointers to rows, and the error bound of a sum.
 */
#include "check.h"

#include <math.h>

static const float zeros[CHECK_ZEROS];	/* im2col's padding */

unsigned check_epilogue_kind(size_t i)
{
	static const unsigned clamps[] = {
		0, CHECK_EPILOGUE_CLAMP,
		CHECK_EPILOGUE_CLAMP | CHECK_EPILOGUE_SIX,
		CHECK_EPILOGUE_GATE, CHECK_EPILOGUE_GATE | CHECK_EPILOGUE_SIX,
		CHECK_EPILOGUE_GATE | CHECK_EPILOGUE_CLAMP,
		CHECK_EPILOGUE_GATE | CHECK_EPILOGUE_CLAMP | CHECK_EPILOGUE_SIX,
	};
	size_t kind = i % CHECK_EPILOGUE_KINDS;

	if (!kind)
		return 0;
	kind--;
	return CHECK_EPILOGUE | clamps[kind / 8] |
	       (kind & 1 ? CHECK_EPILOGUE_START : 0u) |
	       (kind & 2 ? CHECK_EPILOGUE_SCALE : 0u) |
	       (kind & 4 ? CHECK_EPILOGUE_ADD : 0u);
}

void check_epilogue_shape(struct check_case *c, size_t rows)
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

struct epilogue check_epilogue(const struct check_case *c,
			    const struct check_args *x)
{
	struct epilogue epi = { .high = INFINITY };

	if (c->epi & CHECK_EPILOGUE_START)
		epi.start = x->p[3];
	if (c->epi & CHECK_EPILOGUE_SCALE) {
		epi.scale = x->p[4];
		epi.shift = x->p[5];
	}
	if (c->epi & CHECK_EPILOGUE_ADD) {
		epi.add = x->p[6];
		epi.add_step = c->operand[6].stride;
	}
	if (c->epi & CHECK_EPILOGUE_GATE)
		epi.gate = x->p[7];
	epi.clamp = (c->epi & CHECK_EPILOGUE_CLAMP) != 0;
	if (c->epi & CHECK_EPILOGUE_SIX)
		epi.high = 6.0f;
	return epi;
}

double check_epilogue_truth(const struct check_case *c,
			    const struct check_args *x, size_t r, size_t j,
			    double value, double *size)
{
	double high = c->epi & CHECK_EPILOGUE_SIX ? 6 : (double)INFINITY;

	if (c->epi & CHECK_EPILOGUE_SCALE) {
		double scale = (double)x->p[4][j], shift = (double)x->p[5][j];

		value = value * scale + shift;
		*size = *size * fabs(scale) + fabs(shift);
	}
	if (c->epi & CHECK_EPILOGUE_ADD) {
		double add = (double)x->p[6][r * c->operand[6].stride + j];

		value += add;
		*size += fabs(add);
	}
	if (c->epi & CHECK_EPILOGUE_CLAMP) {
		value = fmax(value, 0);
		value = fmin(value, high);
	}
	if (c->epi & CHECK_EPILOGUE_GATE) {
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
