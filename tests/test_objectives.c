/*
 * test_objectives.c - every objective with every setting: gradients of both
 * sides and of what is learned besides against differences, at odd sizes, with
 * two rows of one post; all kernel tables and threads against each other;
 * zeros and NaN.
 */
#include "test.h"

#include <math.h>

#include "base/base.h"
#include "base/rng.h"
#include "joint/objective.h"
#include "joint/objective_parts.h"

enum { ROWS = 7, DIM = 33, FLOATS = ROWS * DIM };

static void fill(float *x, uint64_t stream, float low, float high)
{
	for (size_t i = 0; i < FLOATS; i++)
		x[i] = low + (high - low) * rng_uniform(5, stream, i);
}

static double distance(const float *t, size_t a, size_t b)
{
	double sum = 0;

	for (size_t j = 0; j < DIM; j++) {
		double d = (double)t[a * DIM + j] - (double)t[b * DIM + j];

		sum += d * d;
	}
	return sum;
}

/* ---- every objective, every setting ------------------------------------- */

enum { CASES = 29 };
struct objective_case {
	enum objective_kind kind;
	struct objective_settings settings;
	double tolerance;		/* of a derivative; 0: 2e-4 */
};
static const struct objective_case cases[CASES] = {
	{ OBJECTIVE_REGRESS, { .margin = 0 }, 0 },
	{ OBJECTIVE_MSE, { .margin = 0 }, 0 },
	{ OBJECTIVE_COSINE, { .norm = OBJECTIVE_UNIT }, 0 },
	{ OBJECTIVE_PAIRWISE, { .margin = 4.5f,
			       .negatives = OBJECTIVE_SOFT }, 0 },
	{ OBJECTIVE_PAIRWISE, { .margin = 4.5f,
			       .negatives = OBJECTIVE_FARTHEST }, 0 },
	{ OBJECTIVE_PAIRWISE, { .margin = 1.4f, .negatives = OBJECTIVE_SOFT,
			       .norm = OBJECTIVE_UNIT }, 0 },
	{ OBJECTIVE_PAIRWISE, { .margin = 1.4f, .negatives = OBJECTIVE_RANDOM,
			       .norm = OBJECTIVE_RELU }, 0 },
	{ OBJECTIVE_PAIRWISE, { .margin = 4.5f, .negatives = OBJECTIVE_BEST,
			       .draws = 9 }, 0 },
	{ OBJECTIVE_TRIPLET, { .margin = 2,
			       .negatives = OBJECTIVE_ALL }, 0 },
	{ OBJECTIVE_TRIPLET, { .margin = 2,
			       .negatives = OBJECTIVE_SOFT }, 0 },
	{ OBJECTIVE_TRIPLET, { .margin = 50,
			       .negatives = OBJECTIVE_SOFT }, 0 },
	{ OBJECTIVE_TRIPLET, { .margin = 2,
			       .negatives = OBJECTIVE_FARTHEST }, 0 },
	{ OBJECTIVE_TRIPLET, { .margin = 2,
			       .negatives = OBJECTIVE_RANDOM }, 0 },
	{ OBJECTIVE_TRIPLET, { .margin = 2, .negatives = OBJECTIVE_BEST,
			       .draws = 9 }, 0 },
	{ OBJECTIVE_TRIPLET, { .margin = 2,
			       .negatives = OBJECTIVE_WORD }, 0 },
	{ OBJECTIVE_TRIPLET, { .margin = 0.1f, .negatives = OBJECTIVE_SOFT,
			       .norm = OBJECTIVE_RELU }, 0 },
	{ OBJECTIVE_TRIPLET, { .margin = 0.05f, .negatives = OBJECTIVE_FARTHEST,
			       .norm = OBJECTIVE_RELU }, 0 },
	{ OBJECTIVE_TRIPLET, { .margin = 0.4f, .negatives = OBJECTIVE_ALL,
			       .norm = OBJECTIVE_UNIT }, 0 },
	{ OBJECTIVE_HINGE, { .margin = 0.2f, .negatives = OBJECTIVE_ALL,
			       .norm = OBJECTIVE_UNIT }, 0 },
	{ OBJECTIVE_HINGE, { .margin = 0.2f, .negatives = OBJECTIVE_HARDEST,
			       .norm = OBJECTIVE_UNIT }, 0 },
	{ OBJECTIVE_HINGE, { .margin = 3, .negatives = OBJECTIVE_ALL,
			       .norm = OBJECTIVE_RAW }, 1e-3 },
	{ OBJECTIVE_HINGE, { .margin = 3, .negatives = OBJECTIVE_HARDEST,
			       .norm = OBJECTIVE_RAW }, 1e-3 },
	{ OBJECTIVE_INFONCE, { .norm = OBJECTIVE_UNIT, .temperature = 0.07f },
	  4e-4 },
	{ OBJECTIVE_INFONCE, { .norm = OBJECTIVE_UNIT, .temperature = 0.5f,
			       .fixed = 1 }, 0 },
	{ OBJECTIVE_INFONCE, { .norm = OBJECTIVE_UNIT, .temperature = 3 }, 0 },
	{ OBJECTIVE_SIGLIP, { .norm = OBJECTIVE_UNIT, .temperature = 0.1f },
	  0 },
	{ OBJECTIVE_SIGLIP, { .norm = OBJECTIVE_UNIT, .temperature = 1 }, 0 },
	{ OBJECTIVE_SIGLIP, { .norm = OBJECTIVE_UNIT, .temperature = 0.02f },
	  8e-4 },
	{ OBJECTIVE_SIGLIP, { .norm = OBJECTIVE_UNIT, .temperature = 2,
			      .fixed = 1 }, 0 },
};

struct all_floats {
	float x[2 * FLOATS], g[2 * FLOATS], drawn[FLOATS];
	struct objective_batch b;
	struct objective j;
};

/* Rows 1 and 4 are of one post; ROWS rows of DIM. */
static void all_open(struct all_floats *a, const struct objective_case *c,
		     const struct machine *m)
{
	static const uint32_t post[ROWS] = { 0, 1, 2, 3, 1, 5, 6 };
	struct error e = { 0 };

	fill(a->x, 3, -1, 1);
	fill(a->x + FLOATS, 4, -1, 1);
	fill(a->drawn, 5, -1, 1);
	a->b = (struct objective_batch){ .out = a->x,
		.target = a->x + FLOATS, .gradient = a->g, .n = ROWS };
	a->b.post = post;
	a->b.drawn = a->drawn;
	a->b.target_gradient = a->g + FLOATS;
	if (c->settings.negatives >= OBJECTIVE_BEST)
		a->b.target_gradient = NULL;
	a->j = (struct objective){
		.type = objective_type_of(c->kind), .settings = c->settings,
		.machine = m, .most = ROWS + 2, .dim = DIM, .seed = 4,
	};
	CHECK(objective_check(c->kind, &c->settings, &e) == 0);
	CHECK(objective_open(&a->j, &e) == 0);
}

/* Half the difference of the loss, *at moved up and down. */
static double slope(struct all_floats *a, const struct objective_batch *b,
		    float *at)
{
	const float step = 1.0f / 512, was = *at;
	double loss[2];

	for (int up = 0; up < 2; up++) {
		*at = up ? was + step : was - step;
		loss[up] = objective_loss(&a->j, b);
	}
	*at = was;
	return (loss[1] - loss[0]) * 256;
}

static void check_slopes(const struct objective_case *c,
			 const struct machine *m)
{
	static float unused[2 * FLOATS];
	static struct all_floats a;
	double most = 0, allowed = c->tolerance > 0 ? c->tolerance : 2e-4;
	struct objective_batch b;
	float params[OBJECTIVE_PARAMS];
	double size = 0;

	all_open(&a, c, m);
	CHECK(isfinite(objective_loss(&a.j, &a.b)));
	memcpy(params, a.j.param_gradient, sizeof(params));
	b = a.b;
	b.gradient = unused;
	if (b.target_gradient)
		b.target_gradient = unused + FLOATS;
	for (size_t i = 0; i < (b.target_gradient ? 2 : 1) * FLOATS; i++) {
		most = fmax(most, fabs(slope(&a, &b, &a.x[i]) -
				       (double)a.g[i]));
		size = fmax(size, fabs((double)a.g[i]));
	}
	for (size_t i = 0; i < objective_params(&a.j); i++)
		most = fmax(most, fabs(slope(&a, &b, &a.j.param[i]) -
				       (double)params[i]));
	if (!CHECK(most < allowed) || !CHECK(size > 10 * allowed))
		fprintf(stderr, "%s, case %zu: derivatives %g off, up to %g\n",
			objective_names[c->kind], (size_t)(c - cases), most,
			size);
	objective_close(&a.j);
}

/* Fixed texts change nothing of the pictures' gradient, nor do tables and
 * threads. */
static void check_same(const struct objective_case *c, const struct machine *m)
{
	const struct kernels *const *all = kernels_list();
	static struct all_floats a, first;
	double loss;

	all_open(&first, c, m);
	loss = objective_loss(&first.j, &first.b);
	for (size_t i = 0; all[i]; i++) {
		struct machine other = *m;

		other.kernels = all[i];
		other.pool = i % 2 ? m->pool : NULL;
		all_open(&a, c, &other);
		if (i == 0)
			a.b.target_gradient = NULL;
		CHECK(objective_loss(&a.j, &a.b) == loss);
		CHECK(memcmp(a.g, first.g, (a.b.target_gradient ? 2u : 1u) *
					   FLOATS * sizeof(float)) == 0);
		CHECK(memcmp(a.j.param_gradient, first.j.param_gradient,
			     sizeof(a.j.param_gradient)) == 0);
		objective_close(&a.j);
	}
	objective_close(&first.j);
}

/* A NaN shows in the loss, rows of zeros do not. */
static void check_odd(const struct objective_case *c, const struct machine *m)
{
	static struct all_floats a;

	all_open(&a, c, m);
	memset(a.x + 2 * DIM, 0, DIM * sizeof(float));
	memset(a.x + FLOATS + 3 * DIM, 0, DIM * sizeof(float));
	CHECK(isfinite(objective_loss(&a.j, &a.b)));
	for (size_t i = 0; i < (a.b.target_gradient ? 2 : 1) * FLOATS; i++)
		CHECK(isfinite(a.g[i]));
	a.b.n = 1;
	CHECK(isfinite(objective_loss(&a.j, &a.b)));
	a.b.n = ROWS;
	a.x[0] = (float)NAN;
	CHECK(!isfinite(objective_loss(&a.j, &a.b)));
	objective_close(&a.j);
}

/* InfoNCE and SigLIP against double formulas with libm. */
static double pairs_plain(const struct all_floats *a, int siglip)
{
	double s[ROWS][ROWS], t = (double)a->j.settings.temperature, sum = 0;

	for (size_t i = 0; i < ROWS; i++)
		for (size_t k = 0; k < ROWS; k++) {
			double xy = 0, xx = 0, yy = 0;

			for (size_t d = 0; d < DIM; d++) {
				double x = a->x[i * DIM + d];
				double y = a->x[FLOATS + k * DIM + d];

				xy += x * y;
				xx += x * x;
				yy += y * y;
			}
			s[i][k] = xy / sqrt(xx * yy) / t;
		}
	for (size_t i = 0; i < ROWS; i++) {
		double row = 0, column = 0;

		for (size_t k = 0; k < ROWS; k++) {
			if (k != i && a->b.post[i] == a->b.post[k])
				continue;
			row += exp(s[i][k]);
			column += exp(s[k][i]);
			if (siglip)
				sum += log1p(exp(k == i ? 10 - s[i][k] :
						 s[i][k] - 10));
		}
		if (!siglip)
			sum += (log(row) + log(column)) / 2 - s[i][i];
	}
	return sum / ROWS;
}

static void test_pairs(const struct machine *m)
{
	for (size_t i = 0; i < CASES; i++) {
		static struct all_floats a;
		int siglip = cases[i].kind == OBJECTIVE_SIGLIP;
		double plain;

		if (cases[i].kind != OBJECTIVE_INFONCE && !siglip)
			continue;
		all_open(&a, &cases[i], m);
		plain = pairs_plain(&a, siglip);
		CHECK(fabs(objective_loss(&a.j, &a.b) - plain) < 1e-5 * plain);
		objective_close(&a.j);
	}
}

/* The scale stays at most 100: at the bound it may only fall. */
static void test_scale(const struct machine *m)
{
	const struct objective_case c = { OBJECTIVE_INFONCE,
		{ .norm = OBJECTIVE_UNIT, .temperature = 0.005f }, 0 };
	static struct all_floats a;

	all_open(&a, &c, m);
	CHECK(a.j.param[OBJECTIVE_SCALE] > 5);
	a.b.target_gradient = NULL;
	/* right already, others near: larger is better */
	for (size_t i = 0; i < FLOATS; i++)
		a.x[i] = a.x[i % DIM] + 0.1f * a.drawn[i];
	memcpy(a.x + FLOATS, a.x, FLOATS * sizeof(float));
	objective_loss(&a.j, &a.b);
	CHECK(a.j.param_gradient[OBJECTIVE_SCALE] == 0);
	for (size_t i = 0; i < FLOATS; i++)
		a.x[FLOATS + i] = -a.x[i];
	objective_loss(&a.j, &a.b);
	CHECK(a.j.param_gradient[OBJECTIVE_SCALE] > 0);
	objective_close(&a.j);
}

/* The farthest, and a random one, with ids of posts. */
static void test_choice(const struct kernels *k)
{
	const uint32_t post[ROWS] = { 0, 1, 2, 3, 1, 5, 6 };
	unsigned seen[ROWS] = { 0 };
	float t[FLOATS], scratch[ROWS];
	uint32_t q[ROWS];
	struct objective_batch b = { .target = t, .n = ROWS };

	b.post = post;
	fill(t, 6, 0, 1);
	objective_choose(q, OBJECTIVE_FARTHEST, &b, DIM, 9, scratch, k);
	for (size_t i = 0; i < ROWS; i++) {
		CHECK(q[i] < ROWS && post[q[i]] != post[i]);
		for (size_t y = 0; y < ROWS; y++)
			CHECK(post[y] == post[i] ||
			      distance(t, i, y) <= distance(t, i, q[i]) + 1e-5);
	}
	for (b.step = 0; b.step < 500; b.step++) {
		objective_choose(q, OBJECTIVE_RANDOM, &b, DIM, 9, scratch, k);
		seen[q[1]]++;
	}
	for (size_t y = 0; y < ROWS; y++)
		CHECK(post[y] == 1 ? seen[y] == 0 : seen[y] > 60);
}

static void test_all(void)
{
	struct machine m;
	struct error e = { 0 };

	if (!CHECK(machine_open(&m, NULL, 3, &e) == 0))
		return;
	for (size_t i = 0; i < CASES; i++) {
		check_slopes(&cases[i], &m);
		check_same(&cases[i], &m);
		check_odd(&cases[i], &m);
	}
	test_pairs(&m);
	test_scale(&m);
	machine_close(&m);
}

/* Settings that make no sense are refused before a run begins. */
static void test_settings(void)
{
	static const struct {
		int kind;
		struct objective_settings settings;
		const char *says;
	} settings[] = {
		{ OBJECTIVE_TRIPLET, { .margin = 0, .negatives = OBJECTIVE_SOFT }, NULL },
		{ OBJECTIVE_REGRESS, { .margin = 1, .negatives = OBJECTIVE_ALL }, NULL },
		{ 99, { .margin = 1, .negatives = OBJECTIVE_ALL },
		  "there is no loss 99" },
		{ OBJECTIVE_TRIPLET, { .margin = -1, .negatives = OBJECTIVE_ALL },
		  "--margin -1 is not 0 or more" },
		{ OBJECTIVE_TRIPLET, { .margin = (float)NAN },
		  "margin" },
		{ OBJECTIVE_TRIPLET, { .negatives = (enum objective_negatives)7 },
		  "there is no --negatives 7" },
		{ OBJECTIVE_TRIPLET, { .margin = 1, .negatives = OBJECTIVE_HARDEST },
		  "--loss triplet has no --negatives hardest" },
		{ OBJECTIVE_PAIRWISE, { .margin = 1, .negatives = OBJECTIVE_ALL },
		  "negatives all" },
		{ OBJECTIVE_HINGE, { .margin = 1, .negatives = OBJECTIVE_SOFT },
		  "negatives soft" },
		{ OBJECTIVE_TRIPLET, { .margin = 1, .negatives = OBJECTIVE_BEST },
		  "--draws 0" },
		{ OBJECTIVE_TRIPLET, { .norm = (enum objective_norm)3 },
		  "there is no --normalise 3" },
		{ OBJECTIVE_INFONCE, { .norm = OBJECTIVE_UNIT },
		  "--temperature 0 is not" },
		{ OBJECTIVE_INFONCE, { .norm = OBJECTIVE_UNIT,
				       .temperature = (float)NAN },
		  "--temperature" },
	};

	for (size_t i = 0; i < ARRAY_LEN(settings); i++) {
		struct error e = { 0 };
		int code = objective_check(
			(enum objective_kind)settings[i].kind,
			&settings[i].settings, &e);

		CHECK(code == (settings[i].says ? ERROR_USAGE : 0));
		CHECK(!settings[i].says || strstr(e.text, settings[i].says));
	}
}

int main(void)
{
	test_settings();
	test_choice(kernels_find(NULL));
	test_all();
	return test_end("objectives");
}
