/*
 * test_conv.c - convolution against plain loops (naive_conv.h), bit by bit.
 *
 * Every kernel table and thread count must agree exactly.  Then what bits do
 * not show: Winograd against double, the three passes against each other, an
 * image against itself in a batch.
 */
#include "naive_conv.h"

enum { MACHINES = 32, THREADS = 4 };

static struct machine machines[MACHINES];
static size_t machine_count;

static const struct shape shapes[] = {
	/* direct */
	{ 7, 5, 3, 17, 3, 3, 1, 1, 1, 1, 1, 1, 1, 0, 0, CONV_DIRECT },
	{ 9, 11, 9, 5, 3, 2, 2, 1, 1, 0, 1, 2, 0, 0, 0, CONV_DIRECT },
	{ 6, 6, 33, 40, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, CONV_DIRECT },
	{ 8, 7, 12, 16, 1, 1, 2, 1, 1, 0, 0, 0, 0, 0, 0, CONV_DIRECT },
	{ 13, 10, 3, 8, 7, 7, 3, 1, 1, 3, 3, 3, 3, 0, 0, CONV_DIRECT },
	{ 5, 4, 270, 3, 2, 2, 1, 1, 1, 0, 0, 0, 1, 0, 0, CONV_DIRECT },
	{ 3, 3, 1, 1, 3, 3, 5, 1, 1, 0, 0, 0, 0, 0, 0, CONV_DIRECT },
	{ 12, 12, 16, 32, 5, 5, 2, 1, 1, 2, 2, 2, 2, 0, 0, CONV_DIRECT },
	{ 3, 3, 20, 18, 3, 3, 1, 1, 1, 0, 0, 0, 0, 0, 0, CONV_DIRECT },
	{ 8, 9, 5, 6, 4, 7, 1, 1, 1, 0, 2, 1, 3, 0, 0, CONV_DIRECT },
	{ 4, 4, 2, 3, 16, 16, 1, 1, 1, 8, 9, 8, 7, 0, 0, CONV_DIRECT },
	{ 40, 33, 3, 24, 3, 3, 2, 1, 1, 1, 1, 1, 1, 0, 0, CONV_DIRECT },
	/* more pixels than a run of the gradient to weights; of many rows */
	{ 180, 179, 9, 20, 2, 3, 16, 1, 1, 0, 1, 0, 0, 0, 0, CONV_DIRECT },
	{ 179, 180, 8, 33, 3, 2, 16, 1, 1, 1, 0, 1, 0, 0, 0, CONV_DIRECT },
	{ 5, 5, 25, 70, 3, 3, 2, 1, 1, 1, 1, 1, 1, 0, 0, CONV_DIRECT },
	/* dilation */
	{ 9, 8, 10, 12, 3, 3, 1, 2, 1, 2, 2, 2, 2, 0, 0, CONV_DIRECT },
	{ 11, 12, 10, 7, 3, 3, 2, 3, 1, 3, 3, 3, 3, 0, 0, CONV_DIRECT },
	{ 10, 9, 9, 6, 3, 2, 2, 2, 1, 1, 0, 2, 1, 0, 0, CONV_DIRECT },
	{ 9, 9, 3, 5, 3, 3, 1, 3, 1, 3, 1, 2, 3, 0, 0, CONV_DIRECT },
	{ 8, 8, 17, 19, 2, 3, 3, 2, 1, 0, 2, 1, 2, 0, 0, CONV_DIRECT },
	{ 7, 8, 18, 16, 3, 3, 1, 2, 1, 2, 2, 2, 2, 0, 0, CONV_DIRECT },
	/* groups */
	{ 6, 5, 8, 6, 3, 3, 1, 1, 2, 1, 1, 1, 1, 0, 0, CONV_DIRECT },
	{ 9, 7, 9, 12, 5, 5, 2, 1, 3, 2, 2, 2, 2, 0, 0, CONV_DIRECT },
	{ 6, 7, 30, 51, 3, 3, 2, 1, 3, 1, 1, 1, 1, 0, 0, CONV_DIRECT },
	{ 5, 6, 6, 12, 3, 3, 1, 1, 6, 1, 1, 1, 1, 0, 0, CONV_DIRECT },
	{ 8, 8, 34, 40, 3, 3, 1, 1, 2, 1, 1, 1, 1, 0, 0, CONV_WINOGRAD },
	{ 9, 8, 48, 51, 3, 3, 1, 1, 3, 1, 0, 1, 2, 0, 0, CONV_WINOGRAD },
	/* part of wider pixels */
	{ 6, 5, 20, 9, 3, 3, 1, 1, 1, 1, 1, 1, 1, 7, 3, CONV_DIRECT },
	{ 6, 5, 3, 9, 3, 3, 2, 1, 1, 1, 1, 1, 1, 2, 5, CONV_DIRECT },
	{ 7, 6, 3, 20, 3, 3, 1, 1, 1, 1, 1, 1, 1, 0, 5, CONV_DIRECT },
	{ 7, 6, 12, 15, 3, 3, 2, 1, 3, 1, 1, 1, 1, 4, 1, CONV_DIRECT },
	{ 7, 9, 17, 33, 3, 3, 1, 1, 1, 1, 1, 1, 1, 3, 7, CONV_WINOGRAD },
	{ 5, 9, 34, 32, 3, 3, 1, 1, 2, 1, 1, 1, 1, 6, 9, CONV_WINOGRAD },
	{ 5, 6, 17, 17, 3, 3, 1, 1, 17, 1, 1, 1, 1, 3, 6, CONV_DEPTHWISE },
	/* depthwise */
	{ 8, 7, 17, 17, 3, 3, 1, 1, 17, 1, 1, 1, 1, 0, 0, CONV_DEPTHWISE },
	{ 9, 8, 70, 70, 3, 3, 2, 1, 70, 1, 0, 1, 1, 0, 0, CONV_DEPTHWISE },
	{ 7, 7, 33, 33, 5, 5, 1, 1, 33, 2, 2, 2, 2, 0, 0, CONV_DEPTHWISE },
	{ 9, 7, 20, 20, 3, 3, 1, 2, 20, 2, 2, 2, 2, 0, 0, CONV_DEPTHWISE },
	{ 9, 8, 20, 20, 3, 3, 2, 3, 20, 3, 2, 1, 3, 0, 0, CONV_DEPTHWISE },
	{ 3, 4, 270, 270, 1, 1, 1, 1, 270, 0, 0, 0, 0, 0, 0, CONV_DEPTHWISE },
	{ 2, 2, 16, 16, 1, 1, 3, 1, 16, 0, 0, 0, 0, 0, 0, CONV_DEPTHWISE },
	{ 9, 9, 5, 5, 8, 8, 1, 1, 5, 3, 4, 4, 3, 0, 0, CONV_DEPTHWISE },
	{ 9, 9, 4, 4, 9, 8, 1, 1, 4, 3, 4, 4, 3, 0, 0, CONV_DIRECT },
	/* Winograd */
	{ 5, 7, 16, 16, 3, 3, 1, 1, 1, 1, 1, 1, 1, 0, 0, CONV_WINOGRAD },
	{ 13, 9, 17, 70, 3, 3, 1, 1, 1, 1, 1, 1, 1, 0, 0, CONV_WINOGRAD },
	{ 6, 6, 70, 17, 3, 3, 1, 1, 1, 0, 0, 0, 0, 0, 0, CONV_WINOGRAD },
	{ 4, 4, 18, 31, 3, 3, 1, 1, 1, 2, 2, 2, 2, 0, 0, CONV_WINOGRAD },
	{ 1, 2, 19, 16, 3, 3, 1, 1, 1, 2, 1, 2, 1, 0, 0, CONV_WINOGRAD },
	{ 8, 5, 16, 33, 3, 3, 1, 1, 1, 2, 0, 1, 2, 0, 0, CONV_WINOGRAD },
	{ 4, 4, 270, 300, 3, 3, 1, 1, 1, 1, 1, 1, 1, 0, 0, CONV_WINOGRAD },
	/* several runs of blocks */
	{ 97, 98, 16, 17, 3, 3, 1, 1, 1, 1, 1, 1, 1, 0, 0, CONV_WINOGRAD },
	{ 60, 61, 270, 16, 3, 3, 1, 1, 1, 1, 1, 1, 1, 0, 0, CONV_WINOGRAD },
};

/* ---- all machines against the definition --------------------------------- */

/* What lies between the pixels of the results must stay. */
struct wanted {
	float *y, *dx, *dw;			/* before */
	float *y_want[ENDS], *dx_want[BACKWARDS], *dw_want;
	size_t kinds;
};

static void wanted_fill(struct wanted *r, const struct test *t, size_t kinds)
{
	int wino = t->c.way == CONV_WINOGRAD;

	r->kinds = kinds;
	r->y = numbers(t->out, 21), r->dx = numbers(t->in, 22);
	r->dw = numbers(t->weights, 23);
	for (size_t i = 0; i < kinds; i++) {
		r->y_want[i] = copy(r->y, t->out);
		(wino ? wino_forward : naive_forward)(t, r->y_want[i], i);
	}
	for (size_t i = 0; i < BACKWARDS; i++) {
		r->dx_want[i] = copy(r->dx, t->in);
		(wino ? wino_back_input : naive_back_input)(t, r->dx_want[i],
							    i);
	}
	r->dw_want = copy(r->dw, t->weights);
	(wino ? wino_back_weights : naive_back_weights)(t, r->dw_want);
}

static void wanted_free(struct wanted *r)
{
	for (size_t i = 0; i < r->kinds; i++)
		mem_free(r->y_want[i]);
	for (size_t i = 0; i < BACKWARDS; i++)
		mem_free(r->dx_want[i]);
	mem_free(r->dw_want);
	mem_free(r->y), mem_free(r->dx), mem_free(r->dw);
}

/* 0 if a pass on the machine gives anything else. */
static int check_machine(struct test *t, const struct wanted *r)
{
	float *dw = copy(r->dw, t->weights);
	int good = 1;

	for (size_t i = 0; i < r->kinds; i++) {
		float *y = copy(r->y, t->out);

		forward(t, y, t->x, t->n, i);
		good &= CHECK(same(y, r->y_want[i], t->out));
		mem_free(y);
	}
	for (size_t i = 0; i < BACKWARDS; i++) {
		float *dx = copy(r->dx, t->in);

		back_input(t, dx, t->dy, t->n, i);
		good &= CHECK(same(dx, r->dx_want[i], t->in));
		mem_free(dx);
	}
	conv_back_weights(&t->c, t->machine, dw, t->x, t->dy, t->scratch,
			  t->n);
	good &= CHECK(same(dw, r->dw_want, t->weights));
	mem_free(dw);
	return good;
}

static void check_shape(const struct shape *s, size_t n, size_t kinds,
			size_t first_machine)
{
	struct test t;
	struct wanted r;

	test_fill(&t, s, n);
	wanted_fill(&r, &t, kinds);
	for (size_t m = first_machine; m < machine_count; m++) {
		test_open(&t, &machines[m]);
		if (!check_machine(&t, &r))
			fprintf(stderr, "shape %td, n %zu, %s, %d threads\n",
				s - shapes, n, machines[m].kernels->name,
				pool_threads(machines[m].pool));
		test_close(&t);
	}
	wanted_free(&r);
	test_free(&t);
}

/* ---- what bits do not show ----------------------------------------------- */

static double product(const float *a, const float *b, size_t n, double *size)
{
	double total = 0;

	for (size_t i = 0; i < n; i++) {
		total += (double)a[i] * (double)b[i];
		*size += fabs((double)a[i] * (double)b[i]);
	}
	return total;
}

/* <dy, y> = <dx, x> = <dw, w>: the passes are each other's transposes. */
static void check_transposes(const struct shape *s)
{
	struct test t;
	float *y, *dx, *dw;
	double by_y, by_x, by_w, size = 0;

	test_fill(&t, s, 2);
	test_open(&t, &machines[machine_count - 1]);
	y = mem_new(t.out, sizeof(*y), &err);
	dx = mem_new(t.in, sizeof(*dx), &err);
	dw = mem_new(t.weights, sizeof(*dw), &err);
	forward(&t, y, t.x, 2, 0);
	back_input(&t, dx, t.dy, 2, 0);
	conv_back_weights(&t.c, t.machine, dw, t.x, t.dy, t.scratch, 2);
	by_y = product(t.dy, y, t.out, &size);
	by_x = product(t.x, dx, t.in, &size);
	by_w = product(t.w, dw, t.weights, &size);
	if (!CHECK(fabs(by_y - by_x) <= 1e-6 * size) ||
	    !CHECK(fabs(by_y - by_w) <= 1e-6 * size))
		fprintf(stderr, "shape %td\n", s - shapes);
	mem_free(y), mem_free(dx), mem_free(dw);
	test_close(&t), test_free(&t);
}

/* An image gives the same alone and in a batch of five. */
static void check_batch(const struct shape *s)
{
	struct test t;
	float *y, *one;
	size_t in, out;

	test_fill(&t, s, 5);
	test_open(&t, &machines[machine_count - 1]);
	in = t.c.in_h * t.c.in_w * t.c.in_step;
	out = t.c.out_h * t.c.out_w * t.c.out_step;
	y = numbers(5 * out, 31), one = numbers(5 * out, 31);
	forward(&t, y, t.x, 5, 2);
	for (size_t i = 0; i < 5; i++)
		forward(&t, one + i * out, t.x + i * in, 1, 2);
	CHECK(same(y, one, t.out));
	mem_free(y), mem_free(one);
	y = numbers(5 * in, 31), one = numbers(5 * in, 31);
	back_input(&t, y, t.dy, 5, 1);
	for (size_t i = 0; i < 5; i++)
		back_input(&t, one + i * in, t.dy + i * out, 1, 1);
	CHECK(same(y, one, t.in));
	mem_free(y), mem_free(one);
	test_close(&t), test_free(&t);
}

#define NEAR (64 * 0x1p-24)

/* A sum of products in double, and the same without signs; the largest of
 * these, and how far a result was off at most. */
struct near {
	double total, size, largest, worst;
};

static void near_end(struct near *a, float got)
{
	a->largest = fmax(a->largest, a->size);
	a->worst = fmax(a->worst, fabs((double)got - a->total));
	a->total = a->size = 0;
}

static void word_near_add(struct near *a, float x, float y)
{
	a->total += (double)x * (double)y;
	a->size += fabs((double)x * (double)y);
}

static void near_forward(const struct test *t, struct near *a)
{
	const struct conv *c = &t->c;
	size_t depth = c->in_c / c->groups, columns = c->out_c / c->groups;
	float *y = numbers(t->out, 21);

	forward(t, y, t->x, t->n, 0);
	for (size_t at = 0; at < t->n * c->out_h * c->out_w * c->out_c; at++) {
		size_t i = at / c->out_c, o = at % c->out_c;

		for (size_t k = 0; k < 9; k++) {
			const float *p = pixel(c, t->x, i, k);

			for (size_t j = 0; p && j < depth; j++)
				word_near_add(
					a, p[o / columns * depth + j],
					t->w[(k * depth + j) * c->out_c + o]);
		}
		near_end(a, y[i * c->out_step + o]);
	}
	mem_free(y);
}

static void near_back_input(const struct test *t, struct near *a)
{
	const struct conv *c = &t->c;
	size_t depth = c->in_c / c->groups, columns = c->out_c / c->groups;
	float *dx = numbers(t->in, 22);

	back_input(t, dx, t->dy, t->n, 0);
	for (size_t at = 0; at < t->n * c->in_h * c->in_w * c->in_c; at++) {
		size_t i = at / c->in_c, j = at % c->in_c;
		size_t first = j / depth * columns;

		for (size_t k = 0; k < 9; k++) {
			int reaches;
			const float *p = back_pixel(c, t->dy, i, k, &reaches);
			const float *w = t->w + (k * depth + j % depth) *
						c->out_c + first;

			for (size_t o = 0; p && o < columns; o++)
				word_near_add(a, p[first + o], w[o]);
		}
		near_end(a, dx[i * c->in_step + j]);
	}
	mem_free(dx);
}

static void near_back_weights(const struct test *t, struct near *a)
{
	const struct conv *c = &t->c;
	size_t depth = c->in_c / c->groups, columns = c->out_c / c->groups;
	float *dw = mem_new(t->weights, sizeof(*dw), &err);

	conv_back_weights(c, t->machine, dw, t->x, t->dy, t->scratch, t->n);
	for (size_t n = 0; n < t->weights; n++) {
		size_t o = n % c->out_c, j = n / c->out_c % depth;

		for (size_t i = 0; i < t->n * c->out_h * c->out_w; i++) {
			const float *p = pixel(c, t->x, i,
					       n / c->out_c / depth);

			if (p)
				word_near_add(a, p[o / columns * depth + j],
					      t->dy[i * c->out_step + o]);
		}
		near_end(a, dw[n]);
	}
	mem_free(dw);
}

/* Off by no more than NEAR of the largest sum without signs. */
static void check_near(const struct shape *s)
{
	struct near y = { 0 }, dx = { 0 }, dw = { 0 };
	struct test t;

	test_fill(&t, s, 1);
	test_open(&t, &machines[machine_count - 1]);
	near_forward(&t, &y);
	near_back_input(&t, &dx);
	near_back_weights(&t, &dw);
	CHECK(y.worst <= NEAR * y.largest);
	CHECK(dx.worst <= NEAR * dx.largest);
	CHECK(dw.worst <= NEAR * dw.largest);
	test_close(&t), test_free(&t);
}

static void check_refusals(void)
{
	static const struct shape refused[] = {
		{ 4, 4, 1, 1, 5, 5, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0 },
		{ 4, 4, 1, 1, 1, 1, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0 },
		{ 4, 4, 1, 1, 1, 1, 17, 1, 1, 0, 0, 0, 0, 0, 0, 0 },
		{ 4, 4, 1, 1, 3, 3, 1, 2, 1, 0, 0, 0, 0, 0, 0, 0 },
		{ 4, 4, 6, 4, 1, 1, 1, 1, 4, 0, 0, 0, 0, 0, 0, 0 },
		{ 4, 4, 6, 4, 1, 1, 1, 1, 3, 0, 0, 0, 0, 0, 0, 0 },
		{ 40, 40, 1, 1, 17, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0 },
	};

	for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
		struct conv c = conv_of(&refused[i]);
		struct error e = { 0 };

		CHECK(conv_plan(&c, scalar, &e) == ERROR_DATA);
		error_clear(&e);
		conv_free(&c);
	}
}

static void check_direct_wish(void)
{
	struct conv c = { .in_h = 8, .in_w = 8, .in_c = 16, .out_c = 16,
			  .kernel_h = 3, .kernel_w = 3, .stride = 1,
			  .direct = 1 };

	CHECK(conv_plan(&c, scalar, &err) == 0);
	CHECK(c.way == CONV_DIRECT && c.in_step == 16 && c.groups == 1);
	CHECK(conv_scratch_floats(&c, &machines[0], CONV_BACK_INPUT, 3) == 0);
	CHECK(conv_scratch_floats(&c, &machines[0], CONV_BACK_WEIGHTS, 3) == 0);
	conv_free(&c);
}

static void machines_open(void)
{
	static const int threads[THREADS] = { 1, 2, 3, 8 };

	for (const struct kernels *const *k = kernels_list(); *k; k++)
		for (size_t t = 0; t < THREADS; t++)
			if (CHECK(machine_open(&machines[machine_count],
					       (*k)->name, threads[t],
					       &err) == 0))
				machine_count++;
}

static void check_all(const struct shape *s)
{
	if (s->h * s->w * s->in_c > 20000) {	/* the best table will do */
		check_shape(s, 1, 1, machine_count - THREADS);
		return;
	}
	check_shape(s, 1, ENDS, 0);
	check_shape(s, 3, 1, 0);
	check_batch(s);
	check_transposes(s);
	if (s->way == CONV_WINOGRAD)
		check_near(s);
}

int main(void)
{
	scalar = kernels_find("scalar");
	machines_open();
	for (size_t i = 0; i < ARRAY_LEN(shapes); i++)
		check_all(&shapes[i]);
	check_refusals();
	check_direct_wish();
	for (size_t i = 0; i < machine_count; i++)
		machine_close(&machines[i]);
	CHECK(!err.code);
	return test_end("conv");
}
