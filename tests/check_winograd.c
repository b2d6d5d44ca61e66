/*
 * check_winograd.c - the five transforms of Winograd's F(4x4, 3x3).
 *
 * Bits against the trees; each transform against its matrices in double; and,
 * in the sweep, all of them together against a plain 3 x 3 convolution and its
 * gradient to the weights in double: the slot under test from its table, the
 * others from the reference.
 *
 * Operands: 0 the output, 1 the input or a pool of pixels, then the epilogue's.
 */
#include "check.h"
#include "reference.h"

#include <math.h>
#include <string.h>

enum { SMALL = 68, TERMS = 36 };

struct matrix {
	size_t rows, columns;
	double at[6][6];
};

static const struct matrix input_matrix = { 6, 6, {	/* B' */
	{ 4, 0, -5, 0, 1, 0 }, { 0, -4, -4, 1, 1, 0 }, { 0, 4, -4, -1, 1, 0 },
	{ 0, -2, -1, 2, 1, 0 }, { 0, 2, -1, -2, 1, 0 }, { 0, 4, 0, -5, 0, 1 },
} };
static const struct matrix output_matrix = { 4, 6, {	/* A' */
	{ 1, 1, 1, 1, 1, 0 }, { 0, 1, -1, 2, -2, 0 }, { 0, 1, 1, 4, 4, 0 },
	{ 0, 1, -1, 8, -8, 1 },
} };
static const struct matrix weights_matrix = { 6, 3, {	/* G */
	{ 1. / 4, 0, 0 }, { -1. / 6, -1. / 6, -1. / 6 },
	{ -1. / 6, 1. / 6, -1. / 6 }, { 1. / 24, 1. / 12, 1. / 6 },
	{ 1. / 24, -1. / 12, 1. / 6 }, { 0, 0, 1 },
} };

static struct matrix turned(const struct matrix *l)
{
	struct matrix t = { l->columns, l->rows, { { 0 } } };

	for (size_t y = 0; y < t.rows; y++)
		for (size_t x = 0; x < t.columns; x++)
			t.at[y][x] = l->at[x][y];
	return t;
}

/* Element (y, x) of L in L'; *size: the same sum without signs. */
static double element(const struct matrix *l, size_t y, size_t x,
		      const double *in, double *size)
{
	double total = 0;

	*size = 0;
	for (size_t a = 0; a < l->columns; a++)
		for (size_t b = 0; b < l->columns; b++) {
			double term = l->at[y][a] * l->at[x][b] *
				      in[a * l->columns + b];
			total += term;
			*size += fabs(term);
		}
	return total;
}

/* A transform rounds at most ten times on the way to an element; what falls
 * below the least subnormal is made up to 64 times larger. */
static double transform_truth(const struct matrix *l, size_t t,
			      const double *in, double *allowed)
{
	double size, value = element(l, t / l->rows, t % l->rows, in, &size);

	*allowed = check_bound(10, size) + 0x1p-140;
	return value;
}

static void matrix_cases(struct check *ck)
{
	static const size_t large[] = { 97, 128, 257, 1009 };
	size_t turn = 0, apart = ck->quick ? 7 : 1;

	for (size_t n = 0; n < SMALL + 4; n++)
		for (size_t kind = 0; kind < CHECK_KINDS; kind++) {
			struct check_case c = { .n = n < SMALL ? n :
						large[n - SMALL],
				.kind = (enum check_kind)kind,
				.gap = check_below(&ck->random, 4),
				.rows = 1 + turn % 4, .taps = 1 + turn / 4 % 4,
			};

			if (turn++ % apart == 0)
				check_case(ck, &c);
		}
}

static struct check_operand terms(const struct check_case *c,
				  enum check_role role, size_t count)
{
	return (struct check_operand){ role, count, c->n, c->n + c->gap, 0 };
}

/* ---- the block of outputs: rows x taps pixels of wider lines ------------- */

static size_t line_pixels(const struct check_case *c)
{
	return c->taps + c->gap / 2;
}

static void block_shape(struct check_case *c, int which, enum check_role role)
{
	c->rows = c->rows < 4 ? c->rows : 4;
	c->taps = c->taps < 4 ? c->taps : 4;
	c->operand[which] = terms(c, role, (c->rows - 1) * line_pixels(c) +
				  c->taps);
}

/* ---- winograd_input ------------------------------------------------------ */

static void winograd_input_shape(struct check_case *c)
{
	c->operands = 2;
	c->operand[0] = terms(c, CHECK_OUT, TERMS);
	c->operand[1] = check_pool(c, c->n);
}

static size_t winograd_input_pointers(const struct check_case *c)
{
	(void)c;
	return TERMS;
}

static void winograd_input_point(const struct check_case *c,
				 struct check_args *x)
{
	check_point(c, x, TERMS, 1, 1);
}

static void winograd_input_call(const struct kernels *k,
				const struct check_case *c,
				const struct check_args *x)
{
	k->winograd_input(x->p[0], c->operand[0].stride, x->row, c->n);
}

static double winograd_input_truth(const struct check_case *c,
				   const struct check_args *x, size_t r,
				   size_t j, double *allowed)
{
	double in[TERMS];

	(void)c;
	for (size_t t = 0; t < TERMS; t++)
		in[t] = (double)x->row[t][j];
	return transform_truth(&input_matrix, r, in, allowed);
}

/* ---- winograd_output ----------------------------------------------------- */

static void winograd_output_shape(struct check_case *c)
{
	c->epi = CHECK_EPILOGUE_START |
		  check_epilogue_kind(1 + c->seed % (CHECK_EPILOGUE_KINDS - 1));
	block_shape(c, 0, CHECK_INOUT);
	c->operand[1] = terms(c, CHECK_IN, TERMS);
	c->operand[2] = (struct check_operand){ .role = CHECK_IN };
	check_epilogue_shape(c, c->operand[0].rows);
}

static void winograd_output_call(const struct kernels *k,
				 const struct check_case *c,
				 const struct check_args *x)
{
	struct epilogue epi = check_epilogue(c, x);
	size_t step = c->operand[0].stride;

	epi.add_line = line_pixels(c) * epi.add_step;
	k->winograd_output(x->p[0], line_pixels(c) * step, step, c->rows,
			   c->taps, x->p[1], c->operand[1].stride, c->n,
			   &epi);
}

static double winograd_output_truth(const struct check_case *c,
				    const struct check_args *x, size_t r,
				    size_t j, double *allowed)
{
	size_t line = r / line_pixels(c), across = r % line_pixels(c);
	double in[TERMS], size, value;

	*allowed = 0;
	if (across >= c->taps)		/* between the block's lines */
		return (double)x->p[0][r * c->operand[0].stride + j];
	for (size_t t = 0; t < TERMS; t++)
		in[t] = (double)x->p[1][t * c->operand[1].stride + j];
	value = element(&output_matrix, line, across, in, &size) +
		(double)x->p[3][j];
	size += fabs((double)x->p[3][j]);
	value = check_epilogue_truth(c, x, r, j, value, &size);
	*allowed = check_bound(14, size) + 0x1p-140;
	return value;
}

/* ---- winograd_weights ---------------------------------------------------- */

static void winograd_weights_shape(struct check_case *c)
{
	c->operands = 2;
	c->operand[0] = terms(c, CHECK_OUT, TERMS);
	c->operand[1] = terms(c, CHECK_IN, 9);
}

/* Every other case has the taps turned round. */
static int is_turned(const struct check_case *c) { return c->seed & 1; }

static void winograd_weights_call(const struct kernels *k,
				  const struct check_case *c,
				  const struct check_args *x)
{
	size_t step = c->operand[1].stride;

	if (is_turned(c))
		k->winograd_weights(x->p[0], c->operand[0].stride,
				    x->p[1] + 8 * step, -(ptrdiff_t)step,
				    c->n);
	else
		k->winograd_weights(x->p[0], c->operand[0].stride, x->p[1],
				    (ptrdiff_t)step, c->n);
}

static double winograd_weights_truth(const struct check_case *c,
				     const struct check_args *x, size_t r,
				     size_t j, double *allowed)
{
	double in[9];

	for (size_t t = 0; t < 9; t++)
		in[t] = (double)x->p[1][(is_turned(c) ? 8 - t : t) *
					c->operand[1].stride + j];
	return transform_truth(&weights_matrix, r, in, allowed);
}

/* ---- winograd_gradient --------------------------------------------------- */

static void winograd_gradient_shape(struct check_case *c)
{
	c->operands = 2;
	c->operand[0] = terms(c, CHECK_OUT, TERMS);
	block_shape(c, 1, CHECK_IN);
}

static void winograd_gradient_call(const struct kernels *k,
				   const struct check_case *c,
				   const struct check_args *x)
{
	size_t step = c->operand[1].stride;

	k->winograd_gradient(x->p[0], c->operand[0].stride, x->p[1],
			     line_pixels(c) * step, step, c->rows, c->taps,
			     c->n);
}

static double winograd_gradient_truth(const struct check_case *c,
				      const struct check_args *x, size_t r,
				      size_t j, double *allowed)
{
	struct matrix gradient = turned(&output_matrix);
	double in[16];

	for (size_t t = 0; t < 16; t++) {
		size_t pixel = t / 4 * line_pixels(c) + t % 4;

		in[t] = t / 4 < c->rows && t % 4 < c->taps ?
			(double)x->p[1][pixel * c->operand[1].stride + j] : 0;
	}
	return transform_truth(&gradient, r, in, allowed);
}

/* ---- winograd_weights_back ----------------------------------------------- */

static void winograd_weights_back_shape(struct check_case *c)
{
	c->operands = 2;
	c->operand[0] = terms(c, CHECK_INOUT, 9);
	c->operand[1] = terms(c, CHECK_IN, TERMS);
}

static void winograd_weights_back_call(const struct kernels *k,
				       const struct check_case *c,
				       const struct check_args *x)
{
	k->winograd_weights_back(x->p[0], c->operand[0].stride, x->p[1],
				 c->operand[1].stride, c->n);
}

static double winograd_weights_back_truth(const struct check_case *c,
					  const struct check_args *x, size_t r,
					  size_t j, double *allowed)
{
	struct matrix back = turned(&weights_matrix);
	double in[TERMS], size, value;
	double before = (double)x->p[0][r * c->operand[0].stride + j];

	for (size_t t = 0; t < TERMS; t++)
		in[t] = (double)x->p[1][t * c->operand[1].stride + j];
	value = element(&back, r / 3, r % 3, in, &size);
	*allowed = check_bound(12, size + fabs(before)) + 0x1p-140;
	return before + value;
}

/* ---- all together -------------------------------------------------------- */

enum { IN = 20, OUT = 17, BLOCKS = 3 };

static struct {
	float x[BLOCKS][TERMS][IN], dy[BLOCKS][16][OUT];
	float w[9][IN][OUT], bias[OUT];
	float v[BLOCKS][TERMS][IN], d[BLOCKS][TERMS][OUT];
	float u[TERMS][IN][OUT], m[TERMS][OUT];
	float y[16][OUT], dw[9][IN][OUT];
} whole;

/* The reference, but for the slot under test. */
static struct kernels with_slot(const struct check *ck)
{
	struct kernels k = *reference_like(ck->k);
	size_t slot = ck->test->slot;

	memcpy((char *)&k + slot, (const char *)ck->k + slot,
	       sizeof(void (*)(void)));
	return k;
}

static void whole_fill(const struct kernels *k)
{
	uint64_t random = 31;
	const float *row[TERMS];

	check_fill(&whole.x[0][0][0], BLOCKS * TERMS * IN, CHECK_UNIFORM, 0,
		   &random);
	check_fill(&whole.dy[0][0][0], BLOCKS * 16 * OUT, CHECK_UNIFORM, 0,
		   &random);
	check_fill(&whole.w[0][0][0], 9 * IN * OUT, CHECK_UNIFORM, 0, &random);
	check_fill(whole.bias, OUT, CHECK_UNIFORM, 0, &random);
	memset(whole.u, 0, sizeof(whole.u));
	memset(whole.dw, 0, sizeof(whole.dw));
	for (size_t b = 0; b < BLOCKS; b++) {
		for (size_t t = 0; t < TERMS; t++)
			row[t] = whole.x[b][t];
		k->winograd_input(whole.v[b][0], IN, row, IN);
		k->winograd_gradient(whole.d[b][0], OUT, whole.dy[b][0],
				     4 * OUT, OUT, 4, 4, OUT);
	}
}

static void compare(struct check *ck, const char *what, size_t at, float got,
		    double right, double allowed)
{
	if (!(fabs((double)got - right) <= allowed))
		check_failed(ck, "%s %zu of the whole: got %a, true value %a, "
			     "off by %g, allowed %g", what, at, (double)got,
			     right, fabs((double)got - right), allowed);
}

/* All elements of |L| |in| |L'|. */
static void sizes(double *to, const struct matrix *l, const double *in)
{
	for (size_t t = 0; t < l->rows * l->rows; t++)
		element(l, t / l->rows, t % l->rows, in, &to[t]);
}

/* The same of floats `step` apart. */
static void sizes_of(double *to, const struct matrix *l, const float *from,
		     size_t step)
{
	double in[TERMS];

	for (size_t t = 0; t < l->columns * l->columns; t++)
		in[t] = (double)from[t * step];
	sizes(to, l, in);
}

static double true_output(size_t pixel, size_t o)
{
	double total = (double)whole.bias[o];

	for (size_t t = 0; t < 9; t++)
		for (size_t i = 0; i < IN; i++)
			total += (double)whole.x[0][(pixel / 4 + t / 3) * 6 +
						    pixel % 4 + t % 3][i] *
				 (double)whole.w[t][i][o];
	return total;
}

/* The first block's outputs; the error of each is within (channels + 30) u of
 * |A'| (sum of |G||g||G'| |B'||d||B|) |A|. */
static void whole_forward(struct check *ck, const struct kernels *k)
{
	struct epilogue epi = { .start = whole.bias };

	for (size_t i = 0; i < IN; i++)
		k->winograd_weights(whole.u[0][i], IN * OUT, whole.w[0][i],
				    IN * OUT, OUT);
	memset(whole.m, 0, sizeof(whole.m));
	for (size_t t = 0; t < TERMS; t++)
		for (size_t i = 0; i < IN; i++)
			for (size_t o = 0; o < OUT; o++)
				whole.m[t][o] = fmaf(whole.v[0][t][i],
						     whole.u[t][i][o],
						     whole.m[t][o]);
	k->winograd_output(whole.y[0], 4 * OUT, OUT, 4, 4, whole.m[0], OUT,
			   OUT, &epi);
	for (size_t o = 0; o < OUT; o++) {
		double sum[TERMS] = { 0 }, v[TERMS], u[TERMS], allowed[16];

		for (size_t i = 0; i < IN; i++) {
			sizes_of(v, &input_matrix, &whole.x[0][0][i], IN);
			sizes_of(u, &weights_matrix, &whole.w[0][i][o],
				 IN * OUT);
			for (size_t t = 0; t < TERMS; t++)
				sum[t] += v[t] * u[t];
		}
		sizes(allowed, &output_matrix, sum);
		for (size_t p = 0; p < 16; p++)
			compare(ck, "output", p * OUT + o, whole.y[p][o],
				true_output(p, o),
				check_bound(IN + 30, allowed[p] + 1));
	}
}

static double true_gradient(size_t tap, size_t i, size_t o)
{
	double total = 0;

	for (size_t b = 0; b < BLOCKS; b++)
		for (size_t p = 0; p < 16; p++)
			total += (double)whole.x[b][(p / 4 + tap / 3) * 6 +
						    p % 4 + tap % 3][i] *
				 (double)whole.dy[b][p][o];
	return total;
}

/* The same for the gradient to the weights of all blocks. */
static void whole_gradient(struct check *ck, const struct kernels *k)
{
	struct matrix gradient = turned(&output_matrix);
	struct matrix back = turned(&weights_matrix);

	memset(whole.u, 0, sizeof(whole.u));
	for (size_t t = 0; t < TERMS; t++)
		for (size_t b = 0; b < BLOCKS; b++)
			for (size_t n = 0; n < IN * OUT; n++)
				whole.u[t][n / OUT][n % OUT] =
					fmaf(whole.v[b][t][n / OUT],
					     whole.d[b][t][n % OUT],
					     whole.u[t][n / OUT][n % OUT]);
	for (size_t i = 0; i < IN; i++)
		k->winograd_weights_back(whole.dw[0][i], IN * OUT,
					 whole.u[0][i], IN * OUT, OUT);
	for (size_t n = 0; n < IN * OUT; n++) {
		double sum[TERMS] = { 0 }, v[TERMS], d[TERMS], allowed[9];
		size_t i = n / OUT, o = n % OUT;

		for (size_t b = 0; b < BLOCKS; b++) {
			sizes_of(v, &input_matrix, &whole.x[b][0][i], IN);
			sizes_of(d, &gradient, &whole.dy[b][0][o], OUT);
			for (size_t t = 0; t < TERMS; t++)
				sum[t] += v[t] * d[t];
		}
		sizes(allowed, &back, sum);
		for (size_t t = 0; t < 9; t++)
			compare(ck, "weight", t * IN * OUT + n,
				whole.dw[t][i][o], true_gradient(t, i, o),
				check_bound(BLOCKS + 30, allowed[t]));
	}
}

static void whole_sweep(struct check *ck)
{
	struct kernels k = with_slot(ck);

	whole_fill(&k);
	whole_forward(ck, &k);
	whole_gradient(ck, &k);
	ck->cases++;
}

#define TEST(function, row_count, row_point)                                  \
	{ .name = #function, .slot = offsetof(struct kernels, function),      \
	  .cases = matrix_cases, .shape = function##_shape,                   \
	  .pointers = row_count, .point = row_point,                          \
	  .call = function##_call, .truth = function##_truth,                 \
	  .sweep = whole_sweep }

const struct check_test check_winograd[] = {
	TEST(winograd_input, winograd_input_pointers, winograd_input_point),
	TEST(winograd_output, NULL, NULL),
	TEST(winograd_weights, NULL, NULL),
	TEST(winograd_gradient, NULL, NULL),
	TEST(winograd_weights_back, NULL, NULL),
	{ .name = NULL },
};
