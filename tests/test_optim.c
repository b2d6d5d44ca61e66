/*
 * test_optim.c - steps of SGD, Adam and AdamW against their formulas in double,
 * clipping, factors of a parameter, and the state in a checkpoint.
 */
#include "test.h"

#include <math.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/rng.h"
#include "nn/optim.h"
#include "run/schedule.h"

enum { SMALL = 5, LARGE = 40000, STEPS = 12 };	/* large: several items */

static struct machine machine;
static struct error err;

struct values {
	float w[LARGE], g[LARGE], bias[SMALL], bias_g[SMALL];
};
static struct values run, other;

static void start(struct values *v)
{
	for (size_t i = 0; i < LARGE; i++)
		v->w[i] = rng_uniform(1, 1, i) - 0.5f;
	for (size_t i = 0; i < SMALL; i++)
		v->bias[i] = rng_uniform(1, 2, i) - 0.5f;
}

static void draw(struct values *v, uint64_t step)
{
	for (size_t i = 0; i < LARGE; i++)
		v->g[i] = rng_uniform(2, step, i) - 0.5f;
	for (size_t i = 0; i < SMALL; i++)
		v->bias_g[i] = rng_uniform(3, step, i) - 0.5f;
}

static void open_optim(struct optim *o, struct values *v, enum optim_kind kind,
		       float clip)
{
	const struct optim_settings s = {
		.momentum = 0.9f, .beta1 = 0.9f, .beta2 = 0.99f,
		.epsilon = 1e-4f, .decay = 0.1f, .clip = clip,
	};
	const struct optim_param p[2] = {
		{ "w", v->w, v->g, LARGE, 1, 1 },
		{ "bias", v->bias, v->bias_g, SMALL, 2, 0 },
	};

	CHECK(optim_open(o, kind, &s, p, 2, &machine, &err) == 0);
}

static double length_of(const struct values *v)
{
	double sum = 0;

	for (size_t i = 0; i < LARGE; i++)
		sum += (double)v->g[i] * (double)v->g[i];
	for (size_t i = 0; i < SMALL; i++)
		sum += (double)v->bias_g[i] * (double)v->bias_g[i];
	return sqrt(sum);
}

struct plain {
	double w, m, v;
};

static void plain_step(struct plain *p, enum optim_kind kind, double g,
		       double rate, double decay, int t)
{
	if (kind == OPTIM_SGD) {
		p->m = 0.9 * p->m + rate * (g + decay * p->w);
		p->w -= p->m;
		return;
	}
	if (kind == OPTIM_ADAM)
		g += decay * p->w;
	else
		p->w -= rate * decay * p->w;
	p->m = 0.9 * p->m + 0.1 * g;
	p->v = 0.99 * p->v + 0.01 * g * g;
	p->w -= rate * (p->m / (1 - pow(0.9, t))) /
		(sqrt(p->v / (1 - pow(0.99, t))) + 1e-4);
}

static void test_steps(enum optim_kind kind, float clip)
{
	struct plain w = { 0 }, bias = { 0 };
	struct optim o;

	start(&run);
	open_optim(&o, &run, kind, clip);
	w.w = (double)run.w[LARGE - 1];
	bias.w = (double)run.bias[2];
	for (int t = 1; t <= STEPS; t++) {
		double scale, length;

		draw(&run, (uint64_t)t);
		length = length_of(&run);
		scale = clip > 0 && length > (double)clip ?
			(double)clip / length : 1;
		plain_step(&w, kind, scale * (double)run.g[LARGE - 1], 0.01,
			   (double)0.1f, t);
		plain_step(&bias, kind, scale * (double)run.bias_g[2], 0.02, 0,
			   t);
		optim_step(&o, 0.01f);
	}
	CHECK(fabs((double)run.w[LARGE - 1] - w.w) < 2e-6);
	CHECK(fabs((double)run.bias[2] - bias.w) < 2e-6);
	optim_close(&o);
}

/* Saved after half of the steps and loaded: the same bits at the end. */
static void test_resume(enum optim_kind kind, const char *path)
{
	struct optim o;
	struct st_writer *w;
	struct st_file *f;

	start(&run);
	open_optim(&o, &run, kind, 1);
	for (uint64_t t = 0; t < STEPS; t++) {
		if (t == STEPS / 2) {
			w = st_create(path, "test", &err);
			CHECK(w && optim_save(&o, w, &err) == 0 &&
			      st_commit(w, &err) == 0);
			other = run;
		}
		draw(&run, t);
		optim_step(&o, 0.01f);
	}
	optim_close(&o);
	open_optim(&o, &other, kind, 1);
	f = st_open(path, "test", &err);
	CHECK(f && optim_load(&o, f, STEPS / 2, &err) == 0);
	for (uint64_t t = STEPS / 2; t < STEPS; t++) {
		draw(&other, t);
		optim_step(&o, 0.01f);
	}
	CHECK(memcmp(run.w, other.w, sizeof(run.w)) == 0);
	CHECK(memcmp(run.bias, other.bias, sizeof(run.bias)) == 0);
	st_close(f);
	optim_close(&o);
	open_optim(&o, &other, kind == OPTIM_SGD ? OPTIM_ADAM : OPTIM_SGD, 1);
	f = st_open(path, "test", &err);
	CHECK(f && optim_load(&o, f, 1, &err) == ERROR_DATA);
	error_clear(&err);
	st_close(f);
	optim_close(&o);
	unlink(path);
}

static float rate_at(enum schedule kind, uint64_t warm, uint64_t step)
{
	struct schedule_settings s = { .kind = kind, .power = 1,
				       .factor = 0.1f, .warm = warm };

	return schedule_rate(&s, 2, step, 30);
}

static void test_schedules(void)
{
	const double pi = 3.14159265358979323846;

	for (uint64_t i = 0; i < 30; i++) {
		double want = (1 + cos(pi * (double)i / 30)) / 2;

		CHECK(fabs((double)rate_at(SCHEDULE_COSINE, 0, i) - 2 * want) <
		      3e-7);
	}
	CHECK(rate_at(SCHEDULE_COSINE, 4, 0) == 0.5f);
	CHECK(rate_at(SCHEDULE_POLY, 4, 3) == 2);
	CHECK(rate_at(SCHEDULE_POLY, 4, 4) == 2);
	CHECK(rate_at(SCHEDULE_STEP, 4, 29) < 0.021f);
}

/* poly beside pow; steps at an interval of one's own. */
static void test_schedule_settings(void)
{
	static const float powers[] = { 0, 0.3f, 0.5f, 0.9f, 1, 2, 3.7f };

	for (size_t p = 0; p < ARRAY_LEN(powers); p++)
		for (uint64_t i = 0; i <= 30; i++) {
			struct schedule_settings s = { SCHEDULE_POLY,
						       powers[p], 0, 0, 0 };
			double left = 1 - (double)i / 30;
			double want = pow(left, (double)powers[p]);

			CHECK(fabs((double)schedule_rate(&s, 1, i, 30) - want) <
			      2e-7);
		}
	for (uint64_t i = 2; i < 30; i++) {
		struct schedule_settings s = { SCHEDULE_STEP, 1, 0.5f, 7, 2 };
		double want = pow(0.5, (double)((i - 2) / 7));

		CHECK((double)schedule_rate(&s, 1, i, 30) == want);
	}
}

int main(void)
{
	const char *tmp = getenv("TMPDIR");
	char path[300];

	snprintf(path, sizeof(path), "%s/seesay-optim-%d", tmp ? tmp : "/tmp",
		 (int)getpid());
	if (!CHECK(machine_open(&machine, NULL, 3, &err) == 0))
		return 1;
	for (int kind = OPTIM_SGD; kind <= OPTIM_ADAMW; kind++) {
		test_steps((enum optim_kind)kind, 0);
		test_steps((enum optim_kind)kind, 3);
		test_resume((enum optim_kind)kind, path);
	}
	test_schedules();
	test_schedule_settings();
	machine_close(&machine);
	return test_end("optim");
}
