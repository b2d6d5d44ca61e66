/* objective_pairs.c - see objective_pairs.h. */
#include "joint/objective_pairs.h"

#include <string.h>

#include "base/base.h"
#include "math/gemm.h"

/* CLIP's bound: 1 / temperature is at most 100. */
static const float scale_most = 4.6051702f;

struct pairs {
	struct objective *j;
	const struct objective_batch *b;
	size_t n;
	float scale, bias;
	float *s, *g, *turned;		/* [n, n] */
	float *packed;
};

static size_t packed_floats(const struct objective *j)
{
	const struct kernels *k = j->machine->kernels;

	return MAX(gemm_packed_floats(k, j->dim, j->most),
		   gemm_packed_floats(k, j->most, j->dim));
}

size_t objective_pairs_floats(const struct objective *j)
{
	return 3 * j->most * j->most + packed_floats(j);
}

static void pairs_start(struct pairs *p)
{
	struct objective *j = p->j;
	size_t floats = j->most * j->most;
	float log_scale = MIN(j->param[OBJECTIVE_SCALE], scale_most);

	p->s = j->pairs;
	p->g = p->s + floats;
	p->turned = p->g + floats;
	p->packed = p->turned + floats;
	p->bias = j->param[OBJECTIVE_BIAS];
	j->machine->kernels->exp(&p->scale, &log_scale, 1);
}

static void pairs_multiply(struct pairs *p)
{
	const struct objective *j = p->j;

	memset(p->s, 0, p->n * p->n * sizeof(*p->s));
	gemm_pack(j->machine->kernels, p->packed, p->b->target, 1, j->dim,
		  j->dim, p->n);
	gemm(j->machine, p->s, p->n, p->b->out, j->dim, p->packed, p->n, p->n,
	     j->dim);
}

static void pairs_row(void *context, size_t i, int thread)
{
	const struct pairs *p = context;
	const struct objective_row r = {
		p->j, p->b, p->n, i, p->s + i * p->n, p->g + i * p->n,
		p->scale, p->bias,
	};

	(void)thread;
	p->j->losses[i] = p->j->type->row(&r);
}

/* Column i as a row, while s is transposed. */
static void pairs_column(void *context, size_t i, int thread)
{
	const struct pairs *p = context;
	const struct objective_row r = {
		p->j, p->b, p->n, i, p->s + i * p->n, p->turned + i * p->n,
		p->scale, p->bias,
	};

	(void)thread;
	p->j->losses[p->n + i] = p->j->type->row(&r);
}

static void turn(float *x, size_t n)
{
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < i; j++) {
			float t = x[i * n + j];

			x[i * n + j] = x[j * n + i];
			x[j * n + i] = t;
		}
}

static void pairs_add(void *context, size_t i, int thread)
{
	const struct pairs *p = context;
	float *g = p->g + i * p->n;

	(void)thread;
	for (size_t k = 0; k < p->n; k++)
		g[k] = g[k] + p->turned[k * p->n + i];
}

static void pairs_back(struct pairs *p)
{
	const struct objective *j = p->j;
	const struct objective_batch *b = p->b;
	size_t n = p->n, bytes = n * j->dim * sizeof(float);

	memset(b->gradient, 0, bytes);
	gemm_pack(j->machine->kernels, p->packed, b->target, j->dim, 1, n,
		  j->dim);
	gemm(j->machine, b->gradient, j->dim, p->g, n, p->packed, n, j->dim, n);
	if (!b->target_gradient)
		return;
	memset(b->target_gradient, 0, bytes);
	gemm_outer(j->machine, b->target_gradient, j->dim, p->g, n, b->out,
		   j->dim, n, j->dim, n);
}

/* By the scale's logarithm sum g s; by the bias sum g / scale.  At its bound
 * the scale may only fall. */
static void pairs_params(struct pairs *p)
{
	const struct kernels *k = p->j->machine->kernels;
	float *out = p->j->param_gradient;
	double scale = 0, bias = 0;

	for (size_t i = 0; i < p->n; i++) {
		scale += (double)k->dot(p->g + i * p->n, p->s + i * p->n, p->n);
		bias += (double)k->sum(p->g + i * p->n, p->n);
	}
	out[OBJECTIVE_SCALE] = (float)scale;
	if (p->j->param[OBJECTIVE_SCALE] > scale_most && scale < 0)
		out[OBJECTIVE_SCALE] = 0;
	out[OBJECTIVE_BIAS] = (float)(bias / (double)p->scale);
}

double objective_pairs_loss(struct objective *j,
			    const struct objective_batch *b)
{
	struct pool *pool = j->machine->pool;
	struct pairs p = { .j = j, .b = b, .n = b->n };
	size_t terms = j->type->one_way ? b->n : 2 * b->n;
	double loss = 0;

	pairs_start(&p);
	pairs_multiply(&p);
	pool_run(pool, p.n, pairs_row, &p);
	if (!j->type->one_way) {
		turn(p.s, p.n);
		pool_run(pool, p.n, pairs_column, &p);
		turn(p.s, p.n);
		pool_run(pool, p.n, pairs_add, &p);
	}
	pairs_params(&p);
	pairs_back(&p);
	for (size_t i = 0; i < terms; i++)
		loss += j->losses[i];
	return loss;
}
