/*
 * check_math.c - exp, log, tanh, sigmoid, pow, exp_digamma, softmax.
 *
 * Bits against the same tree in scalar C, as everywhere; and, since equal bits
 * may be equally wrong, the distance from the true value over the whole range
 * of floats (every 4001st; --exhaustive: every one).
 */
#include "check.h"

#include <math.h>
#include <string.h>

enum { BLOCK = 4096 };

static void one_shape(struct check_case *c)
{
	c->operands = 2;
	c->operand[0] = (struct check_operand){ CHECK_OUT, 1, c->n, c->n, 0 };
	c->operand[1] = (struct check_operand){ CHECK_IN, 1, c->n, c->n, 0 };
}

static void softmax_shape(struct check_case *c)
{
	if (!c->n)
		c->n = 1;
	one_shape(c);
}

#define CALL(function)                                                        \
	static void function##_call(const struct kernels *k,                  \
				    const struct check_case *c,               \
				    const struct check_args *x)               \
	{                                                                     \
		k->function(x->p[0], x->p[1], c->n);                          \
	}
CALL(exp)
CALL(log)
CALL(tanh)
CALL(sigmoid)
CALL(exp_digamma)
CALL(softmax)

static void pow_call(const struct kernels *k, const struct check_case *c,
		     const struct check_args *x)
{
	k->pow(x->p[0], x->p[1], c->a, c->n);
}

/* ---- accuracy ----------------------------------------------------------- */

static double true_sigmoid(double x) { return 1.0 / (1.0 + exp(-x)); }

/* Distance of got from right in units of the float spacing at right. */
static double ulps(float got, double right)
{
	int e;

	if (isnan(right) || isinf((float)right) || isinf(got) || isnan(got))
		return check_same(got, (float)right) ? 0.0 : INFINITY;
	frexp(right, &e);
	return fabs((double)got - right) / ldexp(1.0, e < -125 ? -149 : e - 24);
}

static void limits(struct check *ck, void (*f)(float *, const float *, size_t),
		   const float (*pairs)[2], size_t count)
{
	for (size_t i = 0; i < count; i++) {
		float y;

		f(&y, &pairs[i][0], 1);
		ck->cases++;
		if (!check_same(y, pairs[i][1]))
			check_failed(ck, "at %a: got %a, want %a",
				     (double)pairs[i][0], (double)y,
				     (double)pairs[i][1]);
	}
}

/* All floats, `step` apart, no further than 2 ulps from the true value. */
static void sweep(struct check *ck, void (*f)(float *, const float *, size_t),
		  double (*truth)(double))
{
	static float x[BLOCK], y[BLOCK];
	uint64_t step = ck->exhaustive ? 1 : ck->quick ? 400009 : 4001;
	uint64_t bits = 0;
	double worst = 0;
	float at = 0;

	while (bits >> 32 == 0) {
		size_t n = 0;

		for (; n < BLOCK && bits >> 32 == 0; bits += step)
			x[n++] = check_float((uint32_t)bits);
		f(y, x, n);
		for (size_t i = 0; i < n; i++) {
			double u = ulps(y[i], truth((double)x[i]));
			if (u > worst) {
				worst = u;
				at = x[i];
			}
		}
	}
	ck->cases++;
	ck->worst_ulps = worst;
	if (worst > 2.0)
		check_failed(ck, "at %a: %.3f ulps from the true value",
			     (double)at, worst);
}

static void exp_sweep(struct check *ck)
{
	static const float pairs[][2] = {
		{ 0.0f, 1.0f }, { -0.0f, 1.0f }, { INFINITY, INFINITY },
		{ -INFINITY, 0.0f }, { NAN, NAN }, { 89.0f, INFINITY },
		{ 0x1.62e42ep+6f, 0x1.ffff08p+127f },	/* the last finite */
		{ 0x1.62e43p+6f, INFINITY }, { -104.0f, 0.0f },
		{ -0x1.9fe368p+6f, 0x1p-149f },		/* the last not 0 */
		{ -0x1.9fe36ap+6f, 0.0f }, { 3e38f, INFINITY },
		{ -3e38f, 0.0f }, { 0x1p-149f, 1.0f },
	};

	limits(ck, ck->k->exp, pairs, sizeof(pairs) / sizeof(*pairs));
	sweep(ck, ck->k->exp, exp);
}

static void log_sweep(struct check *ck)
{
	static const float pairs[][2] = {
		{ 1.0f, 0.0f }, { 0.0f, -INFINITY }, { -0.0f, -INFINITY },
		{ -1.0f, NAN }, { -INFINITY, NAN }, { -0x1p-149f, NAN },
		{ INFINITY, INFINITY }, { NAN, NAN },
		{ 0x1p-149f, -0x1.9d1dap+6f },
		{ 0x1.fffffep+127f, 0x1.62e43p+6f },
	};

	limits(ck, ck->k->log, pairs, sizeof(pairs) / sizeof(*pairs));
	sweep(ck, ck->k->log, log);
}

static void tanh_sweep(struct check *ck)
{
	static const float pairs[][2] = {
		{ 0.0f, 0.0f }, { INFINITY, 1.0f }, { -INFINITY, -1.0f },
		{ NAN, NAN }, { 50.0f, 1.0f }, { -50.0f, -1.0f },
		{ 0x1p-149f, 0x1p-149f }, { -0x1p-149f, -0x1p-149f },
	};

	limits(ck, ck->k->tanh, pairs, sizeof(pairs) / sizeof(*pairs));
	sweep(ck, ck->k->tanh, tanh);
}

static void sigmoid_sweep(struct check *ck)
{
	static const float pairs[][2] = {
		{ 0.0f, 0.5f }, { -0.0f, 0.5f }, { INFINITY, 1.0f },
		{ -INFINITY, 0.0f }, { NAN, NAN }, { 50.0f, 1.0f },
		{ -200.0f, 0.0f },
	};

	limits(ck, ck->k->sigmoid, pairs, sizeof(pairs) / sizeof(*pairs));
	sweep(ck, ck->k->sigmoid, true_sigmoid);
}

/* pow promises a relative error of (2 + |p log x|) 2^-23, and half the least
 * subnormal. */
static void pow_sweep(struct check *ck)
{
	static const float powers[] = { 0.75f, 0.5f, 1.0f, 2.0f, -1.0f, -0.5f,
					3.7f, 0.01f };
	static float x[BLOCK], y[BLOCK];
	uint32_t step = ck->quick ? 0x7F800000 / 512 : 0x7F800000 / BLOCK;

	for (size_t p = 0; p < sizeof(powers) / sizeof(*powers); p++) {
		double power = (double)powers[p];
		size_t n = 0;

		for (uint32_t bits = 1 + (uint32_t)p; bits < 0x7F800000 &&
		     n < BLOCK; bits += step)
			x[n++] = check_float(bits);
		ck->k->pow(y, x, powers[p], n);
		ck->cases++;
		for (size_t i = 0; i < n; i++) {
			double right = pow((double)x[i], power);
			double off = fabs((double)y[i] - right);
			double t = fabs(power * log((double)x[i]));

			if (isinf((float)right) && isinf(y[i]))
				continue;
			if (!(off <= (2 + t) * 0x1p-23 * right + 0x1p-149))
				check_failed(ck, "%a to the power %g: got %a, "
					     "true value %a", (double)x[i],
					     power, (double)y[i], right);
		}
	}
}

/* Above 20 by Stirling's series (next term 1e-16), below by
 * psi(x) = psi(x + 1) - 1 / x. */
static double digamma(double x)
{
	double sum = 0, z;

	for (; x < 20; x += 1)
		sum -= 1 / x;
	z = 1 / (x * x);
	return sum + log(x) - 0.5 / x -
	       z * (1. / 12 - z * (1. / 120 - z * (1. / 252 - z * (1. / 240 -
								  z / 132))));
}

static void exp_digamma_sweep(struct check *ck)
{
	static const float pairs[][2] = {
		{ 0.0f, 0.0f }, { 0x1p-149f, 0.0f }, { NAN, NAN },
		{ INFINITY, INFINITY }, { 0x1p100f, 0x1p100f },
		{ 20000.0f, 19999.5f },
	};
	uint32_t step = ck->quick ? 40009 : 401;

	limits(ck, ck->k->exp_digamma, pairs, sizeof(pairs) / sizeof(*pairs));
	ck->cases++;
	for (uint32_t bits = 1; bits < 0x7F800000; bits += step) {
		float x = check_float(bits), y;
		double right = exp(digamma((double)x));
		double allowed = (2 + 4 / (double)x) * 0x1p-23 * right;

		ck->k->exp_digamma(&y, &x, 1);
		if (!(fabs((double)y - right) <= allowed) &&
		    !(y == 0.0f && right < 0x1.001p-60))
			check_failed(ck, "at %a: got %a, true value %a",
				     (double)x, (double)y, right);
	}
}

/* Shares must add up to 1 and be near the true ones. */
static void softmax_sweep(struct check *ck)
{
	static float x[300], y[300];
	uint64_t random = 5;
	double total = 0, sum = 0;

	check_fill(x, 300, CHECK_UNIFORM, 0, &random);
	ck->k->softmax(y, x, 300);
	for (int i = 0; i < 300; i++) {
		total += exp((double)x[i]);
		sum += (double)y[i];
	}
	ck->cases++;
	for (int i = 0; i < 300; i++) {
		double right = exp((double)x[i]) / total;
		if (fabs((double)y[i] - right) > 32 * 0x1p-24 * right)
			check_failed(ck, "element %d: got %a, true value %a",
				     i, (double)y[i], right);
	}
	if (fabs(sum - 1.0) > 32 * 0x1p-24)
		check_failed(ck, "shares add up to %.9f", sum);
}

#define TEST(function, form)                                                  \
	{ .name = #function, .slot = offsetof(struct kernels, function),      \
	  .cases = check_sizes, .shape = form, .call = function##_call,       \
	  .sweep = function##_sweep, .aliases = 1u << 1 }

const struct check_test check_math[] = {
	TEST(exp, one_shape),
	TEST(log, one_shape),
	TEST(tanh, one_shape),
	TEST(sigmoid, one_shape),
	TEST(pow, one_shape),
	TEST(exp_digamma, one_shape),
	TEST(softmax, softmax_shape),
	{ .name = NULL },
};
