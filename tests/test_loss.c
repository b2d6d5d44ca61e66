/*
 * test_loss.c - losses against plain double formulas with libm, gradients
 * against differences, and all kernel tables against each other.
 */
#include "test.h"

#include <math.h>
#include <stdlib.h>

#include "base/rng.h"
#include "joint/objective.h"
#include "joint/objective_parts.h"

enum { ROWS = 7, DIM = 33, FLOATS = ROWS * DIM };

static void fill(float *x, uint64_t stream, float low, float high)
{
	for (size_t i = 0; i < FLOATS; i++)
		x[i] = low + (high - low) * rng_uniform(5, stream, i);
}

/* x, t and the gradient by x; the texts are fixed. */
static struct objective_batch batch_of(const float *x, const float *t,
				       float *g, size_t n, uint64_t step)
{
	return (struct objective_batch){ .out = x, .target = t, .gradient = g,
					 .n = n, .step = step };
}

static double given(float *g, const float *x, const float *t,
		    const uint32_t *q, float margin, size_t *violated)
{
	struct objective_batch b = batch_of(x, t, g, ROWS, 0);

	return objective_triplet_given(&b, q, margin, DIM, violated);
}

static double against_all(float *g, const float *x, const float *t,
			  float margin, size_t n, size_t *violated,
			  float *scratch, const struct kernels *k)
{
	struct objective_batch b = batch_of(x, t, g, n, 0);

	return objective_triplet_all(&b, margin, DIM, violated, scratch, k);
}

static void soft(uint32_t *q, const float *t, uint64_t seed, uint64_t step,
		 float *scratch, const struct kernels *k)
{
	struct objective_batch b = batch_of(NULL, t, NULL, ROWS, step);

	objective_choose(q, OBJECTIVE_SOFT, &b, DIM, seed, scratch, k);
}

static double sigmoid_plain(const float *x, const float *t)
{
	double sum = 0;

	for (size_t i = 0; i < FLOATS; i++) {
		double a = x[i], p = t[i];

		/* log s(x) = -log1p(exp(-x)) */
		sum += p * log1p(exp(-a)) + (1 - p) * log1p(exp(a));
	}
	return sum / ROWS;
}

static void test_sigmoid(const struct kernels *k)
{
	float x[FLOATS], t[FLOATS], g[FLOATS], scratch[2 * DIM];
	double loss, plain;

	fill(x, 1, -8, 8);
	fill(t, 2, 0, 1);
	loss = objective_regress_loss(g, x, t, ROWS, DIM, scratch, k);
	plain = sigmoid_plain(x, t);
	CHECK(fabs(loss - plain) < 1e-6 * plain);
	for (size_t i = 0; i < FLOATS; i++) {
		double want = (1 / (1 + exp(-(double)x[i])) - (double)t[i]) /
			      ROWS;

		/* two roundings of values below 1, 2 ulp of the sigmoid */
		CHECK(fabs((double)g[i] - want) < 4e-7 / ROWS);
	}
}

static void test_sigmoid_far(const struct kernels *k)
{
	const float x[4] = { 1e4f, -1e4f, 1e4f, 0 }, t[4] = { 1, 0, 0, 0.5f };
	float g[4], scratch[8];
	double loss = objective_regress_loss(g, x, t, 1, 4, scratch, k);

	CHECK(fabs(loss - (1e4 + log(2.0))) < 1e-6);
	CHECK(g[0] == 0 && g[1] == 0 && g[2] == 1 && g[3] == 0);
	CHECK(objective_regress_loss(g, x, t, 0, 4, scratch, k) == 0);
}

static double triplet_plain(const float *x, const float *t, const uint32_t *q,
			    double margin)
{
	double sum = 0;

	for (size_t i = 0; i < ROWS; i++) {
		double d = margin;

		if (q[i] == UINT32_MAX)
			continue;
		for (size_t j = 0; j < DIM; j++) {
			double a = x[i * DIM + j];
			double near = a - (double)t[i * DIM + j];
			double far = a - (double)t[q[i] * DIM + j];

			d += near * near - far * far;
		}
		sum += d > 0 ? d : 0;
	}
	return sum / (2 * ROWS);
}

static void test_triplet(void)
{
	const uint32_t q[ROWS] = { 1, 2, UINT32_MAX, 0, 0, 3, 2 };
	float x[FLOATS], t[FLOATS], g[FLOATS], moved[FLOATS];
	size_t violated, none;
	const float step = 1.0f / 64;

	fill(x, 3, -1, 1);
	fill(t, 4, 0, 1);
	for (size_t j = 0; j < DIM; j++)	/* row 4 sits on its caption */
		x[4 * DIM + j] = t[4 * DIM + j];
	CHECK(fabs(given(g, x, t, q, 2, &violated) -
		   triplet_plain(x, t, q, 2)) < 1e-12);
	CHECK(violated > 0 && violated < ROWS - 1);
	for (size_t j = 0; j < DIM; j++)
		CHECK(g[2 * DIM + j] == 0 && g[4 * DIM + j] == 0);
	/* the loss is linear in x where it is not 0, so differences are exact
	 * up to the rounding of g itself */
	for (size_t i = 0; i < FLOATS; i++) {
		double up, down;

		memcpy(moved, x, sizeof(x));
		moved[i] = x[i] + step;
		up = triplet_plain(moved, t, q, 2);
		moved[i] = x[i] - step;
		down = triplet_plain(moved, t, q, 2);
		CHECK(fabs((up - down) / (2 * (double)step) - (double)g[i]) <
		      1e-5);
	}
	given(g, x, t, q, -1000, &none);
	CHECK(none == 0);
	x[0] = (float)NAN;
	CHECK(isnan(given(g, x, t, q, 2, &none)));
}

/* Row 3 has no text; rows 5 and 6 have the same. */
static double triplet_all_plain(const float *x, const float *t, double margin)
{
	double sum = 0;

	for (size_t i = 0; i < ROWS; i++) {
		double row = 0, violated = 0;

		for (size_t q = 0; i != 3 && q < ROWS; q++) {
			double v = margin;

			if (q == i || q == 3 || (i >= 5 && q >= 5))
				continue;
			for (size_t j = 0; j < DIM; j++) {
				double a = x[i * DIM + j];
				double near = a - (double)t[i * DIM + j];
				double far = a - (double)t[q * DIM + j];

				v += near * near - far * far;
			}
			row += v > 0 ? v : 0;
			violated += v > 0;
		}
		sum += violated ? row / violated : 0;
	}
	return sum / (2 * ROWS);
}

/* The loss is linear in x but where a pair begins or ends to violate: a step
 * of 2^-10 crosses no such place here. */
static void test_triplet_all(const struct kernels *k)
{
	float x[FLOATS], t[FLOATS], g[FLOATS], moved[FLOATS], scratch[ROWS];
	const double step = 1.0 / 1024;
	size_t violated, none;

	fill(x, 3, -1, 1);
	fill(t, 4, 0, 1);
	memset(t + 3 * DIM, 0, DIM * sizeof(*t));
	memcpy(t + 6 * DIM, t + 5 * DIM, DIM * sizeof(*t));
	CHECK(fabs(against_all(g, x, t, 0.5f, ROWS, &violated, scratch, k) -
		   triplet_all_plain(x, t, 0.5)) < 1e-5);
	CHECK(violated > ROWS && violated < 6 * 5 - 2);
	for (size_t i = 0; i < FLOATS; i++) {
		double up, down;

		memcpy(moved, x, sizeof(x));
		moved[i] = x[i] + (float)step;
		up = triplet_all_plain(moved, t, 0.5);
		moved[i] = x[i] - (float)step;
		down = triplet_all_plain(moved, t, 0.5);
		CHECK(fabs((up - down) / (2 * step) - (double)g[i]) < 1e-4);
	}
	for (size_t j = 0; j < DIM; j++)
		CHECK(g[3 * DIM + j] == 0);
	CHECK(against_all(g, x, t, -1000, ROWS, &none, scratch, k) == 0);
	CHECK(none == 0 && g[0] == 0);
	/* two rows of one text have no negatives */
	CHECK(against_all(g, x, t + 5 * DIM, 2, 2, &none, scratch, k) == 0);
	CHECK(none == 0);
	CHECK(against_all(g, x, t, 2, 0, &none, scratch, k) == 0);
	x[0] = (float)NAN;
	CHECK(isnan(against_all(g, x, t, 2, ROWS, &none, scratch, k)));
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

static void test_negatives(const struct kernels *k)
{
	float t[FLOATS], scratch[ROWS];
	uint32_t q[ROWS], again[ROWS];
	unsigned seen[ROWS] = {0};

	fill(t, 6, 0, 1);
	memset(t + 3 * DIM, 0, DIM * sizeof(*t));
	for (uint64_t step = 0; step < 200; step++) {
		soft(q, t, 9, step, scratch, k);
		for (size_t i = 0; i < ROWS; i++) {
			double mean = 0;

			if (i == 3) {
				CHECK(q[i] == UINT32_MAX);
				continue;
			}
			for (size_t y = 0; y < ROWS; y++)
				mean += distance(t, i, y) / ROWS;
			CHECK(q[i] < ROWS && distance(t, i, q[i]) > mean);
		}
		seen[q[0]]++;
	}
	/* the choice is uniform among the far rows of row 0 */
	for (size_t y = 0; y < ROWS; y++)
		CHECK(seen[y] == 0 || (seen[y] > 200 / ROWS - 20));
	soft(again, t, 9, 199, scratch, k);
	CHECK(memcmp(q, again, sizeof(q)) == 0);
	for (size_t i = 0; i < FLOATS; i++)	/* all alike: nobody is far */
		t[i] = t[i % DIM];
	soft(q, t, 9, 0, scratch, k);
	for (size_t i = 0; i < ROWS; i++)
		CHECK(q[i] == UINT32_MAX);
}

/* Both ways of the triplet by both sides, rows 1 and 4 being of one post, each
 * against differences. */
static void test_both_sides(const struct kernels *k)
{
	const uint32_t q[ROWS] = { 1, 2, 5, 0, 0, 3, OBJECTIVE_NONE };
	const uint32_t post[ROWS] = { 0, 1, 2, 3, 1, 5, 6 };
	float x[2 * FLOATS], g[2 * FLOATS], moved[2 * FLOATS], unused[FLOATS];
	float scratch[ROWS];
	size_t violated;

	fill(x, 3, -1, 1);
	fill(x + FLOATS, 4, -1, 1);
	for (int all = 0; all < 2; all++) {
		struct objective_batch b = batch_of(x, x + FLOATS, g, ROWS, 0);

		b.target_gradient = g + FLOATS;
		b.post = post;
		if (all)
			objective_triplet_all(&b, 2, DIM, &violated, scratch,
					      k);
		else
			objective_triplet_given(&b, q, 2, DIM, &violated);
		CHECK(violated > 0);
		b.out = moved;
		b.target = moved + FLOATS;
		b.gradient = unused;
		b.target_gradient = NULL;
		for (size_t i = 0; i < 2 * FLOATS; i++) {
			double loss[2];

			for (int up = 0; up < 2; up++) {
				memcpy(moved, x, sizeof(x));
				moved[i] = x[i] + (up ? 1 : -1) / 1024.0f;
				loss[up] = all ? objective_triplet_all(&b, 2,
					DIM, &violated, scratch, k) :
					objective_triplet_given(&b, q, 2, DIM,
							&violated);
			}
			CHECK(fabs((loss[1] - loss[0]) * 512 - (double)g[i]) <
			      2e-4);
		}
	}
}

static void test_same_post(const struct kernels *k)
{
	const uint32_t post[ROWS] = { 0, 1, 0, 1, 0, 1, 0 };
	float t[FLOATS], scratch[ROWS];
	uint32_t q[ROWS];
	struct objective_batch b = batch_of(NULL, t, NULL, ROWS, 0);

	fill(t, 6, 0, 1);
	b.post = post;
	for (b.step = 0; b.step < 50; b.step++) {
		objective_choose(q, OBJECTIVE_SOFT, &b, DIM, 9, scratch, k);
		for (size_t i = 0; i < ROWS; i++)
			CHECK(q[i] == OBJECTIVE_NONE || post[q[i]] != post[i]);
	}
}

static void test_tables(void)
{
	const struct kernels *const *all = kernels_list();
	float x[FLOATS], t[FLOATS], g[FLOATS], first[FLOATS], scratch[2 * DIM];
	float row[ROWS];
	uint32_t q[ROWS], first_q[ROWS];
	float all_g[FLOATS];
	size_t violated;
	double loss, triplet;

	fill(x, 1, -8, 8);
	fill(t, 2, 0, 1);
	loss = objective_regress_loss(first, x, t, ROWS, DIM, scratch, all[0]);
	triplet = against_all(all_g, x, t, 1, ROWS, &violated, row, all[0]);
	soft(first_q, t, 1, 1, row, all[0]);
	for (size_t i = 1; all[i]; i++) {
		CHECK(objective_regress_loss(g, x, t, ROWS, DIM, scratch, all[i]) ==
		      loss);
		CHECK(memcmp(g, first, sizeof(g)) == 0);
		CHECK(against_all(g, x, t, 1, ROWS, &violated, row, all[i]) == triplet);
		CHECK(memcmp(g, all_g, sizeof(g)) == 0);
		soft(q, t, 1, 1, row, all[i]);
		CHECK(memcmp(q, first_q, sizeof(q)) == 0);
	}
}

int main(void)
{
	const struct kernels *k = kernels_find(NULL);

	test_sigmoid(k);
	test_sigmoid_far(k);
	test_triplet();
	test_triplet_all(k);
	test_negatives(k);
	test_both_sides(k);
	test_same_post(k);
	test_tables();
	return test_end("loss");
}
