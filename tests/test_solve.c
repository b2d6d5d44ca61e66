/*
 * test_solve.c - spaces in closed form: what the equations must give, pictures
 * that are found, the same bytes for threads and kernels, damaged features.
 */
#include <math.h>

#include "base/hash.h"
#include "base/rng.h"
#include "golden.h"
#include "joint/embed.h"
#include "joint/solve_parts.h"
#include "math/algebra.h"
#include "net_files.h"
#include "spaces.h"
#include "study/retrieval.h"

/* ---- equations ----------------------------------------------------------- */

/* Covariances of `count` drawn rows of a + b numbers that have some in
 * common. */
static void draw_moments(struct solve_moments *m, size_t a, size_t b,
			 struct error *e)
{
	enum { ROWS = 60 };
	size_t n = a + b;
	double *x = mem_new(ROWS, n * sizeof(*x), e), *all;

	for (size_t i = 0; i < ROWS * n; i++)
		x[i] = (double)rng_uniform(1, rng_stream(RNG_TEST, a, b), i) +
		       (double)rng_uniform(2, i / n, i % 3) - 1;
	all = mem_new(n, n * sizeof(*all), e);
	for (size_t r = 0; r < ROWS; r++)
		for (size_t i = 0; i < n * n; i++)
			all[i] += x[r * n + i / n] * x[r * n + i % n] / ROWS;
	*m = (struct solve_moments){ .a = a, .b = b };
	m->aa = mem_new(a, a * sizeof(double), e);
	m->ab = mem_new(a, b * sizeof(double), e);
	m->bb = mem_new(b, b * sizeof(double), e);
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < n; j++)
			*(i < a && j < a ? &m->aa[i * a + j] :
			  i < a ? &m->ab[i * b + j - a] :
			  j < a ? &all[i * n + j] :
				  &m->bb[(i - a) * b + j - a]) =
				all[i * n + j];
	mem_free(all);
	mem_free(x);
}

/* p [k, a] x [a, b] transpose(q [k, b]), element (i, j). */
static double form(const double *p, const double *x, const double *q, size_t a,
		   size_t b)
{
	double sum = 0;

	for (size_t i = 0; i < a; i++)
		for (size_t j = 0; j < b; j++)
			sum += p[i] * x[i * b + j] * q[j];
	return sum;
}

/* transpose(P) A' P = transpose(Q) B' Q = S^2, transpose(P) C Q = S^3. */
static void check_cca(const struct machine *machine, size_t a, size_t b,
		      size_t dim)
{
	struct error e = { 0 };
	struct solve_moments m;
	struct solve_map map;
	double *aa, *bb, off = 0, before = 1e300;

	draw_moments(&m, a, b, &e);
	aa = mem_new(a, a * sizeof(*aa), &e);
	bb = mem_new(b, b * sizeof(*bb), &e);
	CHECK(solve_cca(&map, &m, b, dim, 0.5, 1, machine, &e) == 0);
	CHECK(map.dim == MIN(dim, MIN(a, b)));
	CHECK(solve_moments_ridge(aa, m.aa, a, 0.5, "a", &e) == 0);
	CHECK(solve_moments_ridge(bb, m.bb, b, 1, "b", &e) == 0);
	for (size_t i = 0; i < map.dim; i++)
		for (size_t j = 0; j < map.dim; j++) {
			const double *p = map.picture + i * a;
			const double *q = map.text + j * b;
			double pp = form(p, aa, map.picture + j * a, a, a);
			double qq = form(map.text + i * b, bb, q, b, b);
			double pq = form(p, m.ab, q, a, b);
			double s = sqrt(pp);

			if (i != j) {
				off = fmax(off, fabs(pp) + fabs(qq) +
					   fabs(pq));
				continue;
			}
			CHECK(fabs(qq - pp) < 1e-9);
			CHECK(fabs(pq - s * pp) < 1e-9);
			CHECK(pp <= before && s < 1);
			before = pp;
		}
	CHECK(off < 1e-9);
	solve_map_free(&map);
	solve_moments_free(&m);
	mem_free(aa);
	mem_free(bb);
}

/* A' P = C. */
static void check_ridge(const struct machine *machine, size_t a, size_t b)
{
	struct error e = { 0 };
	struct solve_moments m;
	struct solve_map map;
	double *aa = mem_new(a, a * sizeof(*aa), &e), most = 0;

	draw_moments(&m, a, b, &e);
	CHECK(solve_ridge(&map, &m, 0.1, machine, &e) == 0);
	CHECK(map.dim == b && !map.text);
	CHECK(solve_moments_ridge(aa, m.aa, a, 0.1, "a", &e) == 0);
	for (size_t i = 0; i < a; i++)
		for (size_t j = 0; j < b; j++)
			most = fmax(most, fabs(algebra_dot(aa + i * a,
				    map.picture + j * a, a) -
				    m.ab[i * b + j]));
	CHECK(most < 1e-12);
	solve_map_free(&map);
	solve_moments_free(&m);
	mem_free(aa);
}

static void test_equations(const struct machine *machine)
{
	static const size_t sizes[][3] = { { 7, 5, 3 }, { 5, 7, 7 },
		{ 1, 1, 1 }, { 9, 2, 5 }, { 1, 6, 2 }, { 16, 16, 4 } };
	struct solve_moments none = { .a = 1, .b = 1 };
	struct error e = { 0 };
	struct solve_map map;
	double zero[1] = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		check_cca(machine, sizes[i][0], sizes[i][1], sizes[i][2]);
		check_ridge(machine, sizes[i][0], sizes[i][1]);
	}
	none.aa = none.ab = none.bb = zero;
	CHECK(solve_cca(&map, &none, 1, 1, 1, 1, machine, &e) < 0);
	CHECK(strstr(e.text, "alike") != NULL);
}

/* ---- spaces -------------------------------------------------------------- */

static const char *files[5];		/* posts, words, weights, space, other */

static struct solve_options options_of(enum solve_kind kind, const char *out)
{
	struct solve_options o;

	solve_defaults(&o);
	o.kind = kind;
	o.posts = files[0];
	o.words = kind == SOLVE_RIDGE ? files[1] : NULL;
	o.trunk = files[2];
	o.out = out;
	return o;
}

static uint64_t sum_of(const char *path)
{
	struct error e = { 0 };
	struct buf b = { 0 };
	uint64_t sum = 0;

	if (file_read(&b, path, SIZE_MAX / 4, &e) == 0)
		sum = hash64(b.data, b.bytes, 0);
	buf_free(&b);
	return sum;
}

static uint64_t tensors_of(const char *path)
{
	struct error e = { 0 };
	struct st_file *f = st_open(path, NULL, &e);
	uint64_t sum = f && st_verify(f, &e) == 0 ? st_sum(f) : 0;

	st_close(f);
	return sum;
}

static void remove_features(void)
{
	char command[200];

	snprintf(command, sizeof(command), "rm -f %s/*.features", folder);
	CHECK(system(command) == 0);
}

/* Of the posts that it was solved for: far more than chance. */
static void check_found(const char *path, const struct machine *machine)
{
	struct error e = { 0 };
	struct retrieval r;
	struct space s;
	struct dataset d;

	if (!CHECK(space_open(&s, path, machine, &e) == 0) ||
	    !CHECK(dataset_open(&d, files[0], &e) == 0)) {
		fprintf(stderr, "%s\n", e.text);
		return;
	}
	CHECK(retrieval_measure(&r, &s, &d, POSTS_TRAIN, machine, &e) == 0);
	CHECK(r.got.text_to_image.at10 > 1.5 * r.chance.text_to_image.at10);
	CHECK(r.got.image_to_text.at10 > 1.5 * r.chance.image_to_text.at10);
	dataset_close(&d);
	space_close(&s);
}

static void test_bytes(const char *program, enum solve_kind kind,
		       const char *golden)
{
	static const int threads[] = { 1, 2, 5 };
	uint64_t want = 0;

	for (const struct kernels *const *k = kernels_list(); *k; k++)
		for (size_t i = 0; i < ARRAY_LEN(threads); i++) {
			struct solve_options o = options_of(kind, files[4]);
			struct error e = { 0 };
			struct machine m;

			CHECK(machine_open(&m, (*k)->name, threads[i], &e) ==
			      0);
			unlink(files[4]);
			remove_features();
			if (!CHECK(solve_run(&o, &m, &e) == 0))
				fprintf(stderr, "%s\n", e.text);
			want = want ? want : sum_of(files[4]);
			CHECK(sum_of(files[4]) == want);
			machine_close(&m);
		}
	check_golden(program, golden, tensors_of(files[4]));
}

static void test_kinds(const char *program, const struct machine *machine)
{
	for (int kind = SOLVE_RIDGE; kind <= SOLVE_CCA; kind++) {
		struct solve_options o = options_of((enum solve_kind)kind,
						    files[3]);
		struct error e = { 0 };
		uint64_t made;

		unlink(files[3]);
		if (!CHECK(solve_run(&o, machine, &e) == 0))
			fprintf(stderr, "%s\n", e.text);
		check_found(files[3], machine);
		made = sum_of(files[3]);
		CHECK(solve_run(&o, machine, &e) == 0);
		CHECK(sum_of(files[3]) == made);
		o.picture_ridge = 2;
		CHECK(solve_run(&o, machine, &e) == 0);
		CHECK(sum_of(files[3]) != made);
	}
	test_bytes(program, SOLVE_RIDGE, "solve_ridge");
	test_bytes(program, SOLVE_CCA, "solve_cca");
}

/* ---- texts --------------------------------------------------------------- */

/* A text's vector is the weighted sum of its distinct words' rows. */
static void test_bag(const struct machine *machine)
{
	struct error e = { 0 };
	struct space s;
	const struct words *w;
	const struct tower_type *type;
	float *one, *two, *sum, ia, ib, most = 0;

	if (!CHECK(space_open(&s, files[4], machine, &e) == 0))
		return;
	w = space_words(&s);
	type = s.text.type;
	CHECK_STR(type->name, "bag");
	one = mem_new(3, s.dim * sizeof(*one), &e);
	two = one + s.dim;
	sum = two + s.dim;
	CHECK(type->word(&s.text, words_at(w, 0), one, &e) == 1);
	CHECK(memcmp(one, words_vector(w, 0), s.dim * sizeof(*one)) == 0);
	CHECK(type->text(&s.text, str_of("qqqq zzzz"), sum, &e) == 0);
	{
		char text[200];
		struct str a = words_at(w, 0), b = words_at(w, 5);

		snprintf(text, sizeof(text), "%.*s qqqq %.*s %.*s",
			 (int)b.bytes, b.data, (int)a.bytes, a.data,
			 (int)b.bytes, b.data);
		CHECK(type->text(&s.text, str_of(text), sum, &e) == 2);
	}
	ia = logf((float)(((double)w->documents + 1) / (double)w->df[0]));
	ib = logf((float)(((double)w->documents + 1) / (double)w->df[5]));
	for (size_t i = 0; i < s.dim; i++) {
		float want = (ia * words_vector(w, 0)[i] +
			      ib * words_vector(w, 5)[i]) /
			     sqrtf(ia * ia + ib * ib);

		most = fmaxf(most, fabsf(want - sum[i]));
	}
	CHECK(most < 1e-4f);
	mem_free(one);
	space_close(&s);
}

/* ---- features ------------------------------------------------------------ */

static void damage(const char *path)
{
	FILE *f = fopen(path, "r+b");
	int byte;

	if (!CHECK(f != NULL))
		return;
	fseek(f, -9, SEEK_END);
	byte = fgetc(f);
	fseek(f, -9, SEEK_END);
	fputc(byte ^ 1, f);
	fclose(f);
}

/* Named by the user they are not touched. */
static void test_features(const struct machine *machine)
{
	char *own = path_of("own.features");
	struct solve_options o = options_of(SOLVE_CCA, files[3]);
	struct error e = { 0 };
	uint64_t made;

	o.features = own;
	o.restart = 1;
	CHECK(solve_run(&o, machine, &e) == 0);
	made = sum_of(own);
	CHECK(made != 0);
	o.views = 2;
	CHECK(solve_run(&o, machine, &e) == ERROR_DATA);
	CHECK(strstr(e.text, "other views") != NULL);
	CHECK(sum_of(own) == made);
	error_clear(&e);
	o.views = 7;
	damage(own);
	CHECK(solve_run(&o, machine, &e) == ERROR_DATA);
	error_clear(&e);
	unlink(own);
	o.views = 3;
	CHECK(solve_run(&o, machine, &e) == ERROR_USAGE);
	mem_free(own);
}

/* Beside the posts they are made again. */
static void test_damaged(const struct machine *machine)
{
	struct solve_options o = options_of(SOLVE_CCA, files[3]);
	struct error e = { 0 };
	struct dataset d;
	struct st_file *weights = st_open(files[2], NULL, &e);
	struct trunk t;
	struct features f;
	char path[300] = "";
	uint64_t made;

	CHECK(dataset_open(&d, files[0], &e) == 0);
	CHECK(trunk_open(&t, weights, "", 7, machine, &e) == 0);
	CHECK(features_open(&f, &d, &t, NULL, &e) == 0);
	snprintf(path, sizeof(path), "%s", st_path(f.file));
	features_close(&f);
	made = sum_of(path);
	damage(path);
	CHECK(sum_of(path) != made);
	CHECK(features_find(&f, &d, &t, &e) == 0 && !e.code);
	o.restart = 1;
	CHECK(solve_run(&o, machine, &e) == 0);
	CHECK(sum_of(path) == made);
	CHECK(truncate(path, 100) == 0);
	CHECK(features_open(&f, &d, &t, NULL, &e) == 0);
	features_close(&f);
	CHECK(sum_of(path) == made);
	trunk_close(&t);
	st_close(weights);
	dataset_close(&d);
}

int main(int argc, char **argv)
{
	static const char *const names[5] = { "posts", "words", "weights",
					      "space", "other" };
	const struct world_options world = { POSTS, SIDE, 3 };
	struct error e = { 0 };
	struct machine m;

	(void)argc;
	if (!mkdtemp(folder) || machine_open(&m, NULL, 2, &e) < 0)
		return 1;
	for (size_t i = 0; i < 5; i++)
		files[i] = path_of(names[i]);
	test_equations(&m);
	CHECK(world_write(files[0], &world, &m, &e) == 0);
	CHECK(make_words(files[0], files[1], &m, &e) == 0);
	if (CHECK(net_file_make(files[2], 24, 3, &e) == 0)) {
		test_kinds(argv[0], &m);
		test_bag(&m);
		test_features(&m);
		test_damaged(&m);
	} else {
		fprintf(stderr, "%s\n", e.text);
	}
	remove_features();
	for (size_t i = 0; i < 5; i++) {
		unlink(files[i]);
		mem_free((char *)(uintptr_t)files[i]);
	}
	machine_close(&m);
	rmdir(folder);
	return test_end("solve");
}
