/*
 * test_codes.c - the kernels of codes: every table against the definition in
 * codes.h, and the codes of vectors against what they promise.
 */
#include <math.h>
#include <stdlib.h>

#include "base/hash.h"
#include "base/mem.h"
#include "base/rng.h"
#include "golden.h"
#include "search/index_codes.h"
#include "test.h"

enum { GROUPS = 80, DIM = 4 * GROUPS, PANEL = CODES_PANEL };

static uint64_t drawn;

static uint64_t draw(uint64_t n)
{
	return rng_below(11, rng_stream(RNG_TEST, 20, 0), drawn++, n);
}

/* ---- the kernels --------------------------------------------------------- */

struct scan {
	int8_t code[CODES_MAX_ROWS][DIM];
	struct codes_query q[CODES_MAX_ROWS];
	float reach[CODES_MAX_ROWS];
	unsigned char panel[DIM * PANEL];
	float bounds[CODES_BOUNDS * PANEL];
};

static float some_float(int special)
{
	static const float odd[] = { 0, INFINITY, NAN, 1e-45f, 3e38f, 1e-39f };

	if (special && draw(4) == 0)
		return odd[draw(6)];
	return ldexpf((float)draw(1 << 24) + 1, (int)draw(20) - 30);
}

/* Codes at their bounds, or of any size. */
static int some_code(int extreme)
{
	return extreme ? (draw(2) ? 127 : -127) : (int)draw(255) - 127;
}

static void fill(struct scan *s, int extreme, int special)
{
	for (int r = 0; r < CODES_MAX_ROWS; r++) {
		s->q[r] = (struct codes_query){
			.code = s->code[r], .scale = some_float(special),
			.rest = some_float(special),
			.size = some_float(special),
			.least = some_float(special),
		};
		s->reach[r] = draw(2) ? -some_float(special) :
					some_float(special);
		for (int p = 0; p < DIM; p++)
			s->code[r][p] = (int8_t)some_code(extreme);
	}
	for (int i = 0; i < DIM * PANEL; i++)
		s->panel[i] = (unsigned char)(some_code(extreme) + 128);
	for (int i = 0; i < CODES_BOUNDS * PANEL; i++)
		s->bounds[i] = some_float(special);
}

/* The definition. */
static unsigned plain_scan(struct codes_found *f, size_t rows, size_t groups,
			   const struct scan *s)
{
	unsigned some = 0;

	for (size_t r = 0; r < rows; r++) {
		f->mask[r] = 0;
		for (size_t j = 0; j < PANEL; j++) {
			const struct codes_query *q = &s->q[r];
			const float *b = s->bounds + j;
			int64_t sum = 0;
			float e, m;

			for (size_t p = 0; p < 4 * groups; p++)
				sum += q->code[p] *
				       (s->panel[p / 4 * 64 + j * 4 + p % 4] -
					128);
			e = ((float)sum * b[0]) * q->scale;
			m = fmaf(b[16], q->rest,
				 fmaf(b[32], q->size, q->least));
			f->upper[r * PANEL + j] = e + m;
			f->lower[r * PANEL + j] = e - m;
			if (!(e + m < s->reach[r]))
				f->mask[r] |= (uint16_t)(1u << j);
		}
		some |= f->mask[r];
	}
	return some;
}

static int same_floats(const float *a, const float *b)
{
	for (int j = 0; j < PANEL; j++)
		if (!(isnan(a[j]) && isnan(b[j])) &&
		    memcmp(&a[j], &b[j], sizeof(*a)))
			return 0;
	return 1;
}

static int same_found(const struct codes_found *a, const struct codes_found *b,
		      size_t rows)
{
	for (size_t r = 0; r < rows; r++)
		if (a->mask[r] != b->mask[r] ||
		    (a->mask[r] &&
		     (!same_floats(a->upper + r * PANEL, b->upper + r * PANEL) ||
		      !same_floats(a->lower + r * PANEL, b->lower + r * PANEL))))
			return 0;
	return 1;
}

static void try_scan(const struct codes *t, struct scan *s, size_t rows,
		     size_t groups)
{
	struct codes_found got, want;
	unsigned a, b;

	for (size_t r = 0; r < rows; r++) {
		s->q[r].sum = 0;
		for (size_t p = 0; p < 4 * groups; p++)
			s->q[r].sum += s->code[r][p];
	}
	a = t->scan(&got, rows, groups, s->q, s->reach, s->panel, s->bounds);
	b = plain_scan(&want, rows, groups, s);
	if (!CHECK(!a == !b && same_found(&got, &want, rows)))
		fprintf(stderr, "%s: %zu rows, %zu groups\n", t->name, rows,
			groups);
}

static void test_scan(struct scan *s)
{
	static const size_t groups[] = { 1, 2, 3, 16, GROUPS };
	const struct codes *list[CODES_MAX_TABLES];
	const size_t tables = codes_list(list);

	for (int kind = 0; kind < 6; kind++) {
		fill(s, kind % 3 == 2, kind % 2);
		for (size_t t = 0; t < tables; t++)
			for (size_t g = 0; g < 5; g++)
				for (size_t r = 1; r <= list[t]->rows; r++)
					try_scan(list[t], s, r, groups[g]);
	}
}

/* As many dimensions as the sums have room for, all codes at their bound. */
static void test_deep(void)
{
	const size_t groups = CODES_MAX_DIM / CODES_GROUP;
	const struct codes *list[CODES_MAX_TABLES];
	const size_t tables = codes_list(list);
	int8_t *code = mem_new(CODES_MAX_DIM, 1, NULL);
	unsigned char *panel = mem_new(CODES_MAX_DIM, PANEL, NULL);
	struct codes_query q = { .code = code, .scale = 1,
				 .sum = -127 * CODES_MAX_DIM };
	float bounds[CODES_BOUNDS * PANEL] = { 0 }, reach = -INFINITY;

	memset(code, -127, CODES_MAX_DIM);
	memset(panel, 128 + 127, CODES_MAX_DIM * PANEL);
	for (int j = 0; j < PANEL; j++)
		bounds[j] = 1;
	for (size_t t = 0; t < tables; t++) {
		struct codes_found f;

		CHECK(list[t]->scan(&f, 1, groups, &q, &reach, panel, bounds));
		CHECK(f.upper[0] == -127.0f * 127 * CODES_MAX_DIM &&
		      f.lower[15] == f.upper[0]);
	}
	mem_free(code);
	mem_free(panel);
}

/* ---- codes of vectors ---------------------------------------------------- */

enum { VECTORS = 37, SHORT = 21 };

/* What is left of vector i, measured again, and its length. */
static void measure(const float *x, const unsigned char *panel,
		    const float *bounds, size_t j, double *rest, double *size)
{
	*rest = *size = 0;
	for (size_t p = 0; p < SHORT; p++) {
		int c = panel[p / 4 * 64 + j * 4 + p % 4] - 128;
		double left = (double)x[p] - (double)bounds[j] * c;

		CHECK(c >= -127 && c <= 127);
		*rest += left * left;
		*size += (double)x[p] * (double)x[p];
	}
	*rest = sqrt(*rest);
	*size = sqrt(*size);
}

static void test_make(const char *program)
{
	const size_t bytes = index_codes_bytes(SHORT);
	float v[VECTORS * SHORT], bounds[3 * CODES_BOUNDS * PANEL];
	unsigned char codes[3 * 24 * PANEL];
	uint64_t sum;

	for (size_t i = 0; i < VECTORS * SHORT; i++)
		v[i] = ((float)draw(1 << 20) - (1 << 19)) * 0x1p-19f;
	memset(v, 0, SHORT * sizeof(*v));		/* the first: zeros */
	CHECK(bytes == 24 * PANEL);
	index_codes_make(NULL, v, VECTORS, SHORT, codes, bounds);
	for (size_t i = 0; i < VECTORS; i++) {
		const float *b = bounds + i / 16 * CODES_BOUNDS * PANEL;
		double rest, size;

		measure(v + i * SHORT, codes + i / 16 * bytes, b, i % 16,
			&rest, &size);
		CHECK((double)b[16 + i % 16] >= rest);
		CHECK((double)b[16 + i % 16] <= rest * 1.00001 + 1.2e-38);
		CHECK((double)b[32 + i % 16] >= size);
		CHECK(rest <= size / 127 * sqrt(SHORT) / 2 * 1.001);
	}
	for (size_t j = VECTORS % 16; j < PANEL; j++)	/* padding */
		CHECK(codes[2 * bytes + j * 4] == CODES_ZERO &&
		      bounds[2 * CODES_BOUNDS * PANEL + j] == 0);
	sum = hash64(codes, sizeof(codes), 0);
	check_golden(program, "codes", hash64(bounds, sizeof(bounds), sum));
}

static void test_query(void)
{
	float x[SHORT] = { 1, -2, 0.5f };
	int8_t code[24];
	struct codes_query q;

	CHECK(index_codes_query(x, SHORT, code, &q));
	CHECK(code[0] == 64 && code[1] == -127 && code[2] == 32 && !code[23]);
	CHECK(q.sum == 64 - 127 + 32);
	x[5] = 0x1p61f;
	CHECK(!index_codes_query(x, SHORT, code, &q));
	x[5] = NAN;
	CHECK(!index_codes_query(x, SHORT, code, &q));
	CHECK(q.code == code && code[1] == 0);
	x[5] = INFINITY;
	CHECK(!index_codes_query(x, SHORT, code, &q));
}

static void test_find(void)
{
	const struct codes *list[CODES_MAX_TABLES];
	size_t n = codes_list(list);

	CHECK(n >= 1 && !strcmp(list[0]->name, "scalar"));
	CHECK(codes_find("scalar") == list[0]);
	CHECK(codes_find(NULL) == list[n - 1]);
	CHECK(codes_find(kernels_find(NULL)->name) == list[n - 1]);
	for (size_t i = 0; i < n; i++)
		CHECK(list[i]->rows <= CODES_MAX_ROWS);
}

int main(int argc, char **argv)
{
	static struct scan s;

	(void)argc;
	test_find();
	test_scan(&s);
	test_deep();
	test_make(argv[0]);
	test_query();
	return test_end("codes");
}
