/*
 * test_train.c - the whole pipeline in small, and its one golden number.
 *
 * Posts of the small world, words, a tiny net: the space file must have the
 * same bytes for every kernel table and thread count, and the checksum of its
 * tensors must be the "training" line of tests/signature.txt on every machine.
 * The file also has to come out the same when training is cut short and
 * resumed.  Environment: SEESAY_SIGNATURE names the signature file; TMPDIR a
 * folder.
 */
#include "test.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/base.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/le.h"
#include "golden.h"
#include "image/augment.h"
#include "joint/learn.h"
#include "joint/space.h"
#include "joint/tower_net.h"
#include "nn/net.h"
#include "posts/posts.h"
#include "stopping.h"
#include "text/models/train.h"
#include "world/world_posts.h"

enum { POSTS = 60, SIDE = 24, DIM = 16 };

static char folder[200], posts[256], words[256], space[256];
static struct error err;

static uint64_t file_sum(const char *path)
{
	struct file_view v;
	uint64_t sum;

	if (!CHECK(file_view_open(&v, path, &err) == 0))
		return 0;
	sum = hash64(v.data, v.bytes, 0);
	file_view_close(&v);
	return sum;
}

/* ---- the three steps ----------------------------------------------------- */

static struct str caption_of(const void *context, size_t i)
{
	return ((const struct str *)context)[i];
}

static void make_words(const struct machine *m)
{
	struct dataset d;
	struct str *text;
	struct train_options o;
	struct text_source source = { .caption = caption_of };

	if (!CHECK(dataset_open(&d, posts, &err) == 0))
		return;
	text = mem_new(d.captions, sizeof(*text), &err);
	for (size_t i = 0; i < d.captions; i++)
		text[i] = st_string_at(&d.caption, i);
	source.count = d.captions;
	source.context = text;
	source.sum = d.sum;
	train_defaults(&o, WORDS_GLOVE);
	o.out = words;
	o.dim = DIM;
	o.epochs = 3;
	o.min_count = 2;
	CHECK(train_words(&source, &o, m, &err) == 0);
	mem_free(text);
	dataset_close(&d);
}

static struct learn_options learn_small(void)
{
	struct learn_options o;

	learn_defaults(&o, OBJECTIVE_REGRESS);
	o.posts = posts;
	o.words = words;
	o.out = space;
	o.net = "tiny";
	o.epochs = 2;
	o.batch = 8;
	return o;
}

static uint64_t whole_pipeline(const struct machine *m)
{
	struct world_options world = { POSTS, SIDE, 1 };
	struct learn_options o = learn_small();

	unlink(words), unlink(space);	/* or they would be found made */
	CHECK(world_write(posts, &world, m, &err) == 0);
	make_words(m);
	CHECK(learn_run(&o, m, &err) == 0);
	if (err.code)
		fprintf(stderr, "%s\n", err.text);
	return file_sum(space);
}

/* ---- checks -------------------------------------------------------------- */

/* Of the tensors alone: metadata is no result. */
static uint64_t tensors_sum(const char *path)
{
	struct st_file *f = st_open(path, SPACE_FORMAT, &err);
	uint64_t sum = f && st_verify(f, &err) == 0 ? st_sum(f) : 0;

	st_close(f);
	return sum;
}

/* Returns the checksum of the whole file. */
static uint64_t check_everywhere(uint64_t tensors)
{
	static const int threads[] = { 1, 2, 3, 8 };
	uint64_t want = 0;

	for (const struct kernels *const *k = kernels_list(); *k; k++)
		for (size_t t = 0; t < ARRAY_LEN(threads); t++) {
			struct machine m;
			uint64_t sum;

			if (!CHECK(machine_open(&m, (*k)->name, threads[t],
						&err) == 0))
				continue;
			sum = whole_pipeline(&m);
			want = want ? want : sum;
			if (!CHECK(sum == want &&
				   tensors_sum(space) == tensors))
				fprintf(stderr, "%s, %d threads: training "
					"%016llx\n", (*k)->name, threads[t],
					(unsigned long long)tensors_sum(space));
			machine_close(&m);
		}
	return want;
}

/* The exit status of a run that is told to stop at once. */
static int stopped_run(const struct learn_options *o)
{
	struct error e = { 0 };
	struct machine m;
	int code;

	if (machine_open(&m, NULL, 1, &e) < 0)
		return 1;
	m.talk = &stopping;
	stopping_now = 1;
	code = learn_run(o, &m, &e);
	stopping_now = 0;
	machine_close(&m);
	return -code;
}

/* It leaves a checkpoint, no space; the next run resumes from it. */
static void check_resume(uint64_t want)
{
	struct learn_options o = learn_small();
	char checkpoint[300];
	struct machine m;

	snprintf(checkpoint, sizeof(checkpoint), "%s.checkpoint", space);
	o.checkpoint_every_s = 0;
	unlink(space);
	CHECK(stopped_run(&o) == 75);
	CHECK(!file_exists(space) && file_exists(checkpoint));
	if (!CHECK(machine_open(&m, NULL, 1, &err) == 0))
		return;
	CHECK(learn_run(&o, &m, &err) == 0);
	CHECK(file_sum(space) == want && !file_exists(checkpoint));
	CHECK(learn_run(&o, &m, &err) == 0);	/* done: nothing to do */
	CHECK(file_sum(space) == want);
	machine_close(&m);
}

/* Writes the file at `path` again, with a bit of byte `at` changed. */
static void flip(const char *path, size_t at)
{
	struct buf b = { 0 };
	struct file_out f;

	if (!CHECK(file_read(&b, path, 1 << 26, &err) == 0 && at < b.bytes))
		return;
	b.data[at] ^= 1;
	CHECK(file_out_open(&f, path, &err) == 0 &&
	      file_out_write(&f, b.data, b.bytes, &err) == 0 &&
	      file_out_commit(&f, &err) == 0);
	buf_free(&b);
}

static size_t size_of(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 ? (size_t)st.st_size : 0;
}

/* A checkpoint that is damaged is not resumed from. */
static void check_damaged(void)
{
	struct learn_options o = learn_small();
	char checkpoint[300];
	struct machine m;

	snprintf(checkpoint, sizeof(checkpoint), "%s.checkpoint", space);
	unlink(space);
	CHECK(stopped_run(&o) == 75);
	if (!CHECK(machine_open(&m, NULL, 1, &err) == 0))
		return;
	flip(checkpoint, size_of(checkpoint) - 5);
	CHECK(learn_run(&o, &m, &err) == ERROR_DATA);
	CHECK(strstr(err.text, "cannot resume") && !file_exists(space));
	error_clear(&err);
	flip(checkpoint, size_of(checkpoint) - 5);
	CHECK(learn_run(&o, &m, &err) == 0 && file_exists(space));
	machine_close(&m);
}

/* Each option that decides the result, changed alone, makes another run, which
 * leaves the checkpoint of the first as it is. */
static void check_other_options(void)
{
	static const struct {
		const char *says;
		size_t at, bytes;	/* in struct learn_options */
		union { int i; float f; uint64_t u; } value;
	} cases[] = {
#define CASE(says, field, member, v) \
	{ says, offsetof(struct learn_options, field), \
	  sizeof(((struct learn_options *)0)->field), { .member = (v) } }
		CASE("--loss triplet there, regress", loss, i, OBJECTIVE_REGRESS),
		CASE("--negatives all there, soft", settings.negatives, i,
		     OBJECTIVE_SOFT),
		CASE("--normalise none there, relu", settings.norm, i,
		     OBJECTIVE_RELU),
		CASE("--margin 1 there, 0.5 here", settings.margin, f, 0.5f),
		CASE("--caption tfidf there, mean", caption, i, WORDS_MEAN),
		CASE("--compare cosine there, seed", compare, i, SPACE_SEED),
		CASE("--epochs 2 there, 3 here", epochs, i, 3),
		CASE("--batch 8 there, 9 here", batch, i, 9),
		CASE("--rate 0.02 there, 0.2 here", rate, f, 0.2f),
		CASE("--momentum 0.9 there, 0.8 here", steps.momentum, f, 0.8f),
		CASE("--decay 0.0002 there, 0 here", steps.decay, f, 0),
		CASE("--schedule poly there, step", schedule, i, SCHEDULE_STEP),
		CASE("--seed 1 there, 2 here", seed, u, 2),
#undef CASE
	};
	struct learn_options o = learn_small(), first;
	char checkpoint[300];
	struct machine m;
	uint64_t kept;

	o.loss = OBJECTIVE_TRIPLET;
	objective_defaults(o.loss, &o.settings);
	first = o;
	snprintf(checkpoint, sizeof(checkpoint), "%s.checkpoint", space);
	unlink(space);
	CHECK(stopped_run(&o) == 75);
	kept = file_sum(checkpoint);
	if (!CHECK(machine_open(&m, NULL, 1, &err) == 0))
		return;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		o = first;
		memcpy((char *)&o + cases[i].at, &cases[i].value,
		       cases[i].bytes);
		CHECK(learn_run(&o, &m, &err) == ERROR_USAGE);
		if (!CHECK(strstr(err.text, cases[i].says) != NULL))
			fprintf(stderr, "%s\n", err.text);
		error_clear(&err);
		CHECK(file_sum(checkpoint) == kept && !file_exists(space));
	}
	CHECK(learn_run(&first, &m, &err) == 0);
	o = learn_small();
	CHECK(learn_run(&o, &m, &err) == 0);
	machine_close(&m);
}

/* A tensor of the file at `path` and that of the space at `other`. */
static int same_tensor(const char *path, const char *other, const char *name)
{
	struct st_file *a = st_open(path, NULL, &err);
	struct st_file *b = st_open(other, NULL, &err);
	const struct st_tensor *x = a ? st_find(a, name) : NULL;
	const struct st_tensor *y = b ? st_find(b, name) : NULL;
	int same = x && y && x->count == y->count &&
		   !memcmp(x->data, y->data, x->count * sizeof(float));

	st_close(a);
	st_close(b);
	return same;
}

/* Where the first number of the net lies in the file at `path`. */
static size_t first_weight(const char *path)
{
	struct st_file *f = st_open(path, NULL, &err);
	const struct st_tensor *t = f ? st_find(f, "net.conv1.weight") : NULL;
	struct buf b = { 0 }, want = { 0 };
	size_t at = 0, bytes = t ? t->count * sizeof(float) : 1;

	CHECK(file_read(&b, path, 1 << 26, &err) == 0);
	CHECK(t && buf_add(&want, t->data, bytes, &err) == 0);
	if (!le_is_native())
		le_swap(want.data, bytes / sizeof(float), sizeof(float));
	while (t && at + bytes < b.bytes &&
	       memcmp(b.data + at, want.data, bytes) != 0)
		at++;
	CHECK(t && at + bytes < b.bytes);
	buf_free(&b);
	buf_free(&want);
	st_close(f);
	return at;
}

/* From given weights: a rate of 0 leaves them, another moves them, the same on
 * any number of threads; a file that does not fit is refused. */
static void check_init(void)
{
	static const float rates[] = { 0, 0.02f, 0.02f };
	struct learn_options o = learn_small();
	uint64_t sums[3] = { 0 };
	char start[300];
	struct machine m;

	snprintf(start, sizeof(start), "%s.start", space);
	CHECK(rename(space, start) == 0);
	o.init = start;
	for (int i = 0; i < 3; i++) {
		o.rate = rates[i];
		unlink(space);
		if (!CHECK(machine_open(&m, NULL, 1 + i, &err) == 0))
			return;
		CHECK(learn_run(&o, &m, &err) == 0);
		machine_close(&m);
		sums[i] = file_sum(space);
		CHECK(same_tensor(space, start, "net.conv1.weight") == !i);
	}
	CHECK(sums[1] == sums[2]);
	if (!CHECK(machine_open(&m, NULL, 1, &err) == 0))
		return;
	/* one bit of the first weight makes another run */
	flip(start, first_weight(start));
	CHECK(learn_run(&o, &m, &err) == 0 && file_sum(space) != sums[2]);
	flip(start, first_weight(start));
	o.init = words;
	CHECK(learn_run(&o, &m, &err) == ERROR_DATA);
	CHECK(strstr(err.text, "does not fit net 'tiny': it lacks "
		     "'conv1.weight' and ") != NULL);
	error_clear(&err);
	machine_close(&m);
	CHECK(rename(start, space) == 0);
}

/* A picture's vector as space.h defines it, in double. */
static void check_picture(struct space *s, const unsigned char *pixels,
			  const float *got)
{
	struct net *net = tower_net_of(&s->pictures);
	size_t crop = net_info(net).in_h, from = (SIDE - crop) / 2;
	double want[DIM], length = 0, most = 0;
	const float *raw;

	augment_crop(net_input(net), pixels, SIDE, crop, from, from, 0);
	raw = net_forward(net, 1, 0, 0);
	for (size_t i = 0; i < DIM; i++) {
		want[i] = 1 / (1 + exp(-(double)raw[i])) -
			  (double)s->image_center[i];
		length += want[i] * want[i];
	}
	for (size_t i = 0; i < DIM; i++)
		most = fmax(most, fabs(want[i] / sqrt(length) -
				       (double)got[i]));
	CHECK(most < 1e-4);
}

/* Asking the space: every vector is finite, of length 1, and a picture's does
 * not depend on its neighbours. */
static void check_space(void)
{
	struct machine m;
	struct space s;
	struct dataset d;
	float together[2 * DIM], alone[DIM];
	const unsigned char *pixels[2];

	if (!CHECK(machine_open(&m, NULL, 1, &err) == 0))
		return;
	if (!CHECK(space_open(&s, space, &m, &err) == 0 &&
		   dataset_open(&d, posts, &err) == 0))
		return;
	pixels[0] = dataset_pixels(&d, 3);
	pixels[1] = dataset_pixels(&d, 4);
	CHECK(space_images(&s, pixels, d.size, 2, together, &err) == 0);
	CHECK(space_images(&s, pixels + 1, d.size, 1, alone, &err) == 0);
	CHECK(!memcmp(together + DIM, alone, sizeof(alone)));
	CHECK(m.kernels->dot(alone, alone, DIM) > 0.999f &&
	      m.kernels->dot(alone, alone, DIM) < 1.001f);
	check_picture(&s, pixels[1], alone);
	CHECK(space_word(&s, words_at(space_words(&s), 0), alone, &err) == 0);
	CHECK(space_word(&s, str_of("no such word"), alone, &err) ==
	      ERROR_UNKNOWN);
	error_clear(&err);
	CHECK(space_side(&s) == SIDE);
	dataset_close(&d);
	space_close(&s);
	machine_close(&m);
}

int main(int argc, char **argv)
{
	const char *base = getenv("TMPDIR");
	uint64_t want;

	(void)argc;
	snprintf(folder, sizeof(folder), "%.180s/seesayXXXXXX",
		 base ? base : "/tmp");
	if (!CHECK(mkdtemp(folder) != NULL))
		return test_end("train");
	snprintf(posts, sizeof(posts), "%s/posts", folder);
	snprintf(words, sizeof(words), "%s/words", folder);
	snprintf(space, sizeof(space), "%s/space", folder);
	want = golden_number(argv[0], "training");
	CHECK(want != 0);
	check_resume(check_everywhere(want));
	check_damaged();
	check_other_options();
	check_init();
	check_space();
	CHECK(!err.code);
	unlink(posts), unlink(words), unlink(space);
	CHECK(rmdir(folder) == 0);
	return test_end("train");
}
