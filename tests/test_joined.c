/*
 * test_joined.c - joined spaces: scores are the weighted mean of their parts',
 * for words, captions and pictures; what cannot be joined; damaged files.
 */
#include <math.h>

#include "joint/embed.h"
#include "joint/joined.h"
#include "joint/solve.h"
#include "net_files.h"
#include "spaces.h"

static const char *const names[] = { "posts", "words", "weights", "cca",
	"ridge", "net", "seed", "two", "three", "bad" };
enum file { F_POSTS, F_WORDS, F_WEIGHTS, F_CCA, F_RIDGE, F_NET, F_SEED, F_TWO,
	    F_THREE, F_BAD, FILES };
static char *files[FILES];

static int solve(enum solve_kind kind, const char *out,
		 const struct machine *m, struct error *e)
{
	struct solve_options o;

	solve_defaults(&o);
	o.kind = kind;
	o.posts = files[F_POSTS];
	o.words = kind == SOLVE_RIDGE ? files[F_WORDS] : NULL;
	o.trunk = files[F_WEIGHTS];
	o.out = out;
	o.dim = 7;
	o.bag_words = 20;
	return solve_run(&o, m, e);
}

static int make_files(const struct machine *m, struct error *e)
{
	const struct world_options world = { POSTS, SIDE, 3 };

	if (world_write(files[F_POSTS], &world, m, e) < 0 ||
	    make_words(files[F_POSTS], files[F_WORDS], m, e) < 0 ||
	    net_file_make(files[F_WEIGHTS], 24, 3, e) < 0 ||
	    solve(SOLVE_CCA, files[F_CCA], m, e) < 0 ||
	    solve(SOLVE_RIDGE, files[F_RIDGE], m, e) < 0 ||
	    make_space(files[F_POSTS], files[F_WORDS], files[F_NET],
		       SPACE_COSINE, m, e) < 0)
		return e->code;
	return make_space(files[F_POSTS], files[F_WORDS], files[F_SEED],
			  SPACE_SEED, m, e);
}

static int join(const char *const *spaces, size_t count, const char *weights,
		const char *out, const struct machine *m, struct error *e)
{
	const struct joined_options o = { spaces, count, weights, out };

	return joined_write(&o, m, e);
}

/* ---- scores -------------------------------------------------------------- */

static float dot(const float *a, const float *b, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += (double)a[i] * (double)b[i];
	return (float)sum;
}

/* Of the text for picture `i` of the dataset; 0 where it is not known. */
static float score(struct space *s, const struct dataset *d, size_t i,
		   const char *text, int is_word)
{
	struct error e = { 0 };
	const unsigned char *pixels = dataset_pixels(d, i);
	float *v = mem_new(2, s->dim * sizeof(*v), &e), got = 0;

	if (!v || space_images(s, &pixels, d->size, 1, v, &e) < 0 ||
	    (is_word ? space_word : space_caption)(s, str_of(text), v + s->dim,
						   &e) < 0)
		CHECK(e.code == ERROR_UNKNOWN);
	else
		got = dot(v, v + s->dim, s->dim);
	mem_free(v);
	return got;
}

static void check_scores(const char *joined, const char *const *spaces,
			 const float *weight, size_t count,
			 const struct machine *m)
{
	static const char *const texts[] = { "beach", "a dog on the beach",
		"tshirt", "dog and qqqq" };
	struct error e = { 0 };
	struct space all, part[JOINED_MOST];
	struct dataset d;
	float sum = 0, most = 0;

	CHECK(dataset_open(&d, files[F_POSTS], &e) == 0);
	if (!CHECK(space_open(&all, joined, m, &e) == 0)) {
		fprintf(stderr, "%s\n", e.text);
		return;
	}
	for (size_t i = 0; i < count; i++) {
		CHECK(space_open(&part[i], spaces[i], m, &e) == 0);
		sum += weight[i];
	}
	for (size_t t = 0; t < ARRAY_LEN(texts); t++)
		for (size_t i = 0; i < 5; i++) {
			int is_word = !strchr(texts[t], ' ');
			float want = 0, known = 0;

			for (size_t p = 0; p < count; p++) {
				float s = score(&part[p], &d, i, texts[t],
						is_word);

				want += weight[p] / sum * s;
				known += s != 0 ? weight[p] / sum : 0;
			}
			/* a text's vector has length 1 over those that know
			 * it */
			want = known > 0 ? want / sqrtf(known) : 0;
			most = fmaxf(most, fabsf(want - score(&all, &d, i,
							      texts[t],
							      is_word)));
		}
	CHECK(most < 1e-5f);
	for (size_t i = 0; i < count; i++)
		space_close(&part[i]);
	space_close(&all);
	dataset_close(&d);
}

/* From features that are kept, and from pixels: the same bits. */
static void check_kept(const char *joined, int is_kept,
		       const struct machine *m)
{
	struct error e = { 0 };
	const size_t rows[3] = { 5, 0, 17 };
	const unsigned char *pixels[3];
	struct dataset d;
	struct space s;
	float *v;

	CHECK(space_open(&s, joined, m, &e) == 0);
	CHECK(dataset_open(&d, files[F_POSTS], &e) == 0);
	v = mem_new(6, s.dim * sizeof(*v), &e);
	for (size_t i = 0; i < 3; i++)
		pixels[i] = dataset_pixels(&d, rows[i]);
	CHECK(space_images(&s, pixels, d.size, 3, v, &e) == 0);
	CHECK(space_kept(&s, &d, rows, 3, v + 3 * s.dim, &e) == is_kept);
	CHECK(!is_kept || memcmp(v, v + 3 * s.dim, 3 * s.dim * sizeof(*v)) ==
			  0);
	mem_free(v);
	dataset_close(&d);
	space_close(&s);
}

static size_t count_trunks(const char *path)
{
	struct error e = { 0 };
	struct st_file *f = st_open(path, NULL, &e);
	size_t n = 0;

	for (size_t i = 0; f && i < st_count(f); i++)
		n += strstr(st_at(f, i)->name, "trunk.conv1.weight") ? 1 : 0;
	st_close(f);
	return n;
}

static void test_scores(const struct machine *m)
{
	const char *two[] = { files[F_CCA], files[F_RIDGE] };
	const char *three[] = { files[F_RIDGE], files[F_NET], files[F_CCA] };
	static const float equal[] = { 1, 1, 1 }, own[] = { 0.5f, 2, 1 };
	struct error e = { 0 };

	CHECK(join(two, 2, NULL, files[F_TWO], m, &e) == 0);
	check_scores(files[F_TWO], two, equal, 2, m);
	check_kept(files[F_TWO], 1, m);
	CHECK(count_trunks(files[F_TWO]) == count_trunks(files[F_CCA]));
	if (!CHECK(join(three, 3, "0.5,2,1", files[F_THREE], m, &e) == 0))
		fprintf(stderr, "%s\n", e.text);
	check_scores(files[F_THREE], three, own, 3, m);
	check_kept(files[F_THREE], 0, m);
}

/* ---- refused ------------------------------------------------------------- */

static void refuse(const char *const *spaces, size_t count,
		   const char *weights, const char *why,
		   const struct machine *m)
{
	struct error e = { 0 };

	CHECK(join(spaces, count, weights, files[F_BAD], m, &e) ==
	      ERROR_USAGE);
	if (!CHECK(strstr(e.text, why) != NULL))
		fprintf(stderr, "%s\n", e.text);
	CHECK(!file_exists(files[F_BAD]));
}

static void test_refused(const struct machine *m)
{
	const char *two[] = { files[F_CCA], files[F_RIDGE] };
	const char *seed[] = { files[F_CCA], files[F_SEED] };
	const char *again[] = { files[F_TWO], files[F_RIDGE] };
	const char *same[] = { files[F_CCA], files[F_BAD] };
	struct error e = { 0 };

	refuse(two, 1, NULL, "from 2 to 8", m);
	refuse(two, 2, "1", "weights", m);
	refuse(two, 2, "1,2,3", "weights", m);
	refuse(two, 2, "1,0", "weights", m);
	refuse(two, 2, "1,nan", "weights", m);
	refuse(two, 2, "", "weights", m);
	refuse(seed, 2, NULL, "as in the papers", m);
	refuse(again, 2, NULL, "joined already", m);
	CHECK(join(same, 2, NULL, files[F_CCA], m, &e) == ERROR_USAGE);
}

/* ---- damage -------------------------------------------------------------- */

/* Every eleventh byte of the header turned: opened or refused, never more. */
static void test_damage(const struct machine *m)
{
	struct error e = { 0 };
	struct buf b = { 0 };
	size_t opened = 0, header;

	CHECK(file_read(&b, files[F_TWO], SIZE_MAX / 4, &e) == 0);
	header = (size_t)(unsigned char)b.data[0] +
		 ((size_t)(unsigned char)b.data[1] << 8);
	for (size_t i = 8; i < header; i += 11) {
		struct error bad = { 0 };
		struct space s;
		FILE *f = fopen(files[F_BAD], "wb");

		b.data[i] ^= 1;
		if (CHECK(f != NULL)) {
			fwrite(b.data, 1, b.bytes, f);
			fclose(f);
		}
		if (space_open(&s, files[F_BAD], m, &bad) == 0) {
			space_close(&s);
			opened++;
		} else {
			CHECK(bad.text[0] != 0);
		}
		b.data[i] ^= 1;
	}
	CHECK(opened > 0);
	buf_free(&b);
}

int main(void)
{
	struct error e = { 0 };
	struct machine m;
	char command[200];

	if (!mkdtemp(folder) || machine_open(&m, NULL, 2, &e) < 0)
		return 1;
	for (size_t i = 0; i < FILES; i++)
		files[i] = path_of(names[i]);
	if (CHECK(make_files(&m, &e) == 0)) {
		test_scores(&m);
		test_refused(&m);
		test_damage(&m);
	} else {
		fprintf(stderr, "%s\n", e.text);
	}
	for (size_t i = 0; i < FILES; i++)
		mem_free(files[i]);
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	CHECK(system(command) == 0);
	machine_close(&m);
	return test_end("joined");
}
