/*
 * test_space.c - spaces of every combination of loss, caption and comparison.
 *
 * Each is learned on posts of the small world by the tiny net.  What must hold
 * for all of them: different queries find different pictures, and captions find
 * their own pictures better than chance does.
 * Environment: TMPDIR a folder.
 */
#include "test.h"

#include <math.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/base.h"
#include "base/file.h"
#include "joint/learn.h"
#include "joint/tower_net.h"
#include "posts/posts.h"
#include "study/metrics.h"
#include "text/models/train.h"
#include "world/world_posts.h"

enum { POSTS = 600, SIDE = 24, DIM = 16, TOP = 5 };

static char folder[200], posts[256], words[2][256], space[256];
static struct error err;
static struct machine machine;

static struct str caption_of(const void *context, size_t i)
{
	return st_string_at(&((const struct dataset *)context)->caption, i);
}

static void make_words(enum words_model kind, const char *out, int epochs)
{
	struct dataset d;
	struct train_options o;
	struct text_source source = { .caption = caption_of };

	if (!CHECK(dataset_open(&d, posts, &err) == 0))
		return;
	source.count = d.captions;
	source.context = &d;
	source.sum = d.sum;
	train_defaults(&o, kind);
	o.out = out;
	o.dim = DIM;
	o.epochs = epochs;
	o.min_count = 3;
	CHECK(train_words(&source, &o, &machine, &err) == 0);
	dataset_close(&d);
}

/* ---- what is asked of a space -------------------------------------------- */

struct sample {
	float *images, *captions;	/* [n, DIM], [m, DIM] */
	size_t *first;			/* [n + 1] */
	size_t n;
};

static void sample_make(struct sample *s, struct space *sp,
			const struct dataset *d)
{
	const unsigned char **pixels = mem_new(d->count, sizeof(*pixels), &err);
	size_t m = 0;

	s->images = mem_new(d->count * DIM, sizeof(float), &err);
	s->captions = mem_new(d->count * DIM, sizeof(float), &err);
	s->first = mem_new(d->count + 1, sizeof(size_t), &err);
	s->n = d->count;
	for (size_t i = 0; i < d->count; i++) {
		struct error unknown = { 0 };

		pixels[i] = dataset_pixels(d, i);
		m += space_caption(sp, st_string_at(&d->caption, i),
				   s->captions + m * DIM, &unknown) == 0;
		s->first[i + 1] = m;
	}
	CHECK(space_images(sp, pixels, d->size, d->count, s->images,
			   &err) == 0);
	mem_free(pixels);
}

static void sample_free(struct sample *s)
{
	mem_free(s->images);
	mem_free(s->captions);
	mem_free(s->first);
}

/* The TOP best pictures of a word, best first; ties by lower number. */
static void find_best(const struct sample *s, const float *query, size_t *best)
{
	for (size_t r = 0; r < TOP; r++) {
		float most = -INFINITY;

		for (size_t i = 0; i < s->n; i++) {
			float score = machine.kernels->dot(query, s->images +
							   i * DIM, DIM);
			size_t before = 0;

			while (before < r && best[before] != i)
				before++;
			if (before == r && score > most) {
				most = score;
				best[r] = i;
			}
		}
	}
}

/* How many of these words find other pictures than the words before. */
static size_t count_answers(const struct sample *s, const struct space *sp)
{
	static const char *const queries[] = { "beach", "snow", "night",
		"forest", "city", "car" };
	size_t best[ARRAY_LEN(queries)][TOP], different = 0;

	for (size_t q = 0; q < ARRAY_LEN(queries); q++) {
		float word[DIM];
		size_t same = 0;

		CHECK(space_word(sp, str_of(queries[q]), word, &err) == 0);
		find_best(s, word, best[q]);
		while (same < q && memcmp(best[same], best[q], sizeof(*best)))
			same++;
		different += same == q;
	}
	return different;
}

/* With the seeds' comparison a picture is a distribution over dimensions: no
 * number is below 0, and they sum to 1. */
static int are_distributions(const struct sample *s)
{
	for (size_t i = 0; i < s->n; i++) {
		double sum = 0;

		for (size_t j = 0; j < DIM; j++) {
			if (!(s->images[i * DIM + j] >= 0))
				return 0;
			sum += (double)s->images[i * DIM + j];
		}
		if (fabs(sum - 1) > 1e-5)
			return 0;
	}
	return 1;
}

/* ---- the combinations ---------------------------------------------------- */

/* Mean ranks at most `share` of chance's, `least` different answers. */
static void check_learned(const char *name, size_t least, double share)
{
	struct metrics_retrieval got, chance;
	struct sample s = { 0 };
	struct dataset d;
	struct space sp;

	if (!CHECK(space_open(&sp, space, &machine, &err) == 0 &&
		   dataset_open(&d, posts, &err) == 0))
		return;
	sample_make(&s, &sp, &d);
	CHECK(metrics_retrieval(&got, s.images, s.n, s.captions, s.first, DIM,
				&machine, &err) == 0);
	metrics_random(&chance, s.n, s.first);
	if (!CHECK(count_answers(&s, &sp) >= least) ||
	    !CHECK(got.text_to_image.mean < share * chance.text_to_image.mean) ||
	    /* what the seeds compare ranks pictures only */
	    !CHECK(sp.compare == SPACE_SEED ? are_distributions(&s) :
		   got.image_to_text.mean < share * chance.image_to_text.mean))
		fprintf(stderr, "%s: %zu different answers, mean rank %.1f and "
			"%.1f, by chance %.1f\n", name, count_answers(&s, &sp),
			got.text_to_image.mean, got.image_to_text.mean,
			chance.text_to_image.mean);
	sample_free(&s);
	dataset_close(&d);
	space_close(&sp);
}

static struct learn_options learn_small(enum objective_kind loss,
					enum objective_negatives negatives,
					int compare)
{
	struct learn_options o;

	learn_defaults(&o, loss);
	o.posts = posts;
	o.words = words[0];
	o.out = space;
	o.net = "tiny";
	o.epochs = 20;
	o.batch = 16;
	o.rate = 0.05f;
	o.settings.negatives = negatives;
	o.settings.margin = 10;
	o.compare = compare ? SPACE_SEED : SPACE_COSINE;
	return o;
}

/* GloVe's three ways with a caption, and LDA's own. */
static void check_combinations(void)
{
	static const struct {
		enum objective_kind loss;
		enum objective_negatives negatives;
	} losses[] = {
		{ OBJECTIVE_REGRESS, OBJECTIVE_ALL },
		{ OBJECTIVE_TRIPLET, OBJECTIVE_ALL },
		{ OBJECTIVE_TRIPLET, OBJECTIVE_SOFT },
	};
	static const char *const compares[] = { "cosine", "seed" };

	for (size_t i = 0; i < ARRAY_LEN(losses); i++)
		for (int compare = 0; compare < 2; compare++)
			for (int how = WORDS_MEAN; how <= WORDS_INFER; how++) {
				struct learn_options o = learn_small(
					losses[i].loss, losses[i].negatives,
					compare);
				char name[80];

				o.words = words[how == WORDS_INFER];
				o.caption = how == WORDS_INFER ? WORDS_AUTO :
					    (enum words_caption)how;
				snprintf(name, sizeof(name), "%s, %s, %s, %s",
					 objective_names[o.loss],
					 objective_negatives_names[o.settings.negatives],
					 words_captions[how],
					 compares[compare]);
				unlink(space);
				CHECK(learn_run(&o, &machine, &err) == 0);
				check_learned(name, 4, 0.85);
			}
}

/* The others, each with the settings that its papers have. */
static void check_objectives(void)
{
	static const struct {
		enum objective_kind loss;
		enum objective_negatives negatives;
		enum objective_norm norm;
		float margin, rate;
	} cases[] = {
		{ OBJECTIVE_MSE, 0, OBJECTIVE_RAW, 0, 0.01f },
		{ OBJECTIVE_COSINE, 0, OBJECTIVE_UNIT, 0, 0.5f },
		{ OBJECTIVE_PAIRWISE, OBJECTIVE_SOFT, OBJECTIVE_RAW, 1, 0.01f },
		{ OBJECTIVE_TRIPLET, OBJECTIVE_FARTHEST, OBJECTIVE_RAW, 10,
		  0.05f },
		{ OBJECTIVE_TRIPLET, OBJECTIVE_RANDOM, OBJECTIVE_RAW, 10,
		  0.05f },
		{ OBJECTIVE_TRIPLET, OBJECTIVE_BEST, OBJECTIVE_RAW, 10, 0.05f },
		{ OBJECTIVE_TRIPLET, OBJECTIVE_WORD, OBJECTIVE_RAW, 10, 0.05f },
		{ OBJECTIVE_TRIPLET, OBJECTIVE_SOFT, OBJECTIVE_RELU, 0.1f,
		  1.0f },
		{ OBJECTIVE_HINGE, OBJECTIVE_ALL, OBJECTIVE_UNIT, 0.2f, 0.5f },
		{ OBJECTIVE_INFONCE, 0, OBJECTIVE_UNIT, 0, 0.003f },
		{ OBJECTIVE_SIGLIP, 0, OBJECTIVE_UNIT, 0, 0.003f },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct learn_options o = learn_small(cases[i].loss,
						     cases[i].negatives, 0);
		char name[80];

		o.settings.margin = cases[i].margin;
		o.settings.norm = cases[i].norm;
		o.settings.draws = 9;
		o.rate = cases[i].rate;
		o.optimiser = o.rate < 0.005f ? OPTIM_ADAMW : OPTIM_SGD;
		o.text = LEARN_FIXED;
		o.steps.decay = 2e-4f;
		o.schedule = SCHEDULE_POLY;
		o.warm_up = 0;
		snprintf(name, sizeof(name), "%s, %s",
			 objective_names[o.loss],
			 objective_negatives_names[o.settings.negatives]);
		unlink(space);
		CHECK(learn_run(&o, &machine, &err) == 0);
		check_learned(name, 4, 0.92);
	}
}

/* `from` in the file at `path` becomes `to`, as long. */
static void patch(const char *path, const char *from, const char *to)
{
	struct file_view v;
	FILE *f = fopen(path, "r+b");

	if (CHECK(f != NULL) &&
	    CHECK(file_view_open(&v, path, &err) == 0)) {
		size_t bytes = strlen(from), at = 0;

		while (at + bytes < v.bytes && memcmp(v.data + at, from, bytes))
			at++;
		CHECK(at + bytes < v.bytes);
		CHECK(fseek(f, (long)at, SEEK_SET) == 0 &&
		      fwrite(to, 1, bytes, f) == bytes);
		file_view_close(&v);
	}
	if (f)
		fclose(f);
}

/* As 8c537f2 wrote it: a space is mended, an index is refused. */
static void check_linear(void)
{
	struct learn_options o = learn_small(OBJECTIVE_TRIPLET,
					     OBJECTIVE_SOFT, 1);
	struct space s;

	o.epochs = 1;
	unlink(space);
	CHECK(learn_run(&o, &machine, &err) == 0);
	patch(space, "\"output\":\"sigmoid\"", "\"output\":\"linear\" ");
	CHECK(space_open(&s, space, &machine, &err) == 0 &&
	      tower_net_output(&s.pictures) == TOWER_SIGMOID);
	space_close(&s);
	patch(space, "seesay space", "seesay index");
	CHECK(space_open(&s, space, &machine, &err) == ERROR_DATA);
	CHECK_STR(err.hint, "index the space again");
	error_clear(&err);
}

/* The space again, with a line of metadata more. */
static void copy_with(const char *to, const char *key, const char *value)
{
	struct st_file *f = st_open(space, SPACE_FORMAT, &err);
	struct st_writer *w = f ? st_create(to, SPACE_FORMAT, &err) : NULL;

	if (!CHECK(w != NULL))
		return;
	for (size_t i = 0; i < st_meta_count(f); i++) {
		const char *name, *text;

		st_meta_at(f, i, &name, &text);
		if (strncmp(name, "sum.", 4) && strncmp(name, "format", 6) &&
		    strcmp(name, "program"))
			CHECK(st_put_meta(w, name, text, &err) == 0);
	}
	CHECK(st_put_meta(w, key, value, &err) == 0);
	for (size_t i = 0; i < st_count(f); i++) {
		const struct st_tensor *t = st_at(f, i);

		if (strncmp(t->name, "pad.", 4))
			CHECK(st_put(w, t->name, t->type, t->rank, t->shape,
				     t->data, &err) == 0);
	}
	CHECK(st_commit(w, &err) == 0);
	st_close(f);
}

/* A space names its towers, or has the usual ones. */
static void check_towers(void)
{
	static const char *const cases[][3] = {
		{ "text_tower", "words", NULL },
		{ "picture_tower", "net", NULL },
		{ "text_tower", "net",
		  "metadata 'text_tower' is 'net', which this version does "
		  "not know" },
		{ "picture_tower", "grid",
		  "metadata 'picture_tower' is 'grid', which this version "
		  "does not know" },
	};
	char path[300];

	snprintf(path, sizeof(path), "%s.tower", space);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const char *says = cases[i][2];
		struct space s;

		copy_with(path, cases[i][0], cases[i][1]);
		CHECK(space_open(&s, path, &machine, &err) ==
		      (says ? ERROR_DATA : 0));
		CHECK(!says || strstr(err.text, says));
		if (!says)
			space_close(&s);
		error_clear(&err);
	}
	unlink(path);
}

int main(void)
{
	const char *base = getenv("TMPDIR");
	struct world_options world = { POSTS, SIDE, 1 };

	snprintf(folder, sizeof(folder), "%.180s/seesayXXXXXX",
		 base ? base : "/tmp");
	if (!CHECK(mkdtemp(folder) != NULL))
		return test_end("space");
	snprintf(posts, sizeof(posts), "%s/posts", folder);
	snprintf(words[0], sizeof(words[0]), "%s/glove", folder);
	snprintf(words[1], sizeof(words[1]), "%s/lda", folder);
	snprintf(space, sizeof(space), "%s/space", folder);
	if (CHECK(machine_open(&machine, NULL, 2, &err) == 0)) {
		CHECK(world_write(posts, &world, &machine, &err) == 0);
		make_words(WORDS_GLOVE, words[0], 60);
		make_words(WORDS_LDA, words[1], 30);
		check_combinations();
	check_objectives();
		check_linear();
		patch(space, "seesay index", "seesay space");
		check_towers();
		machine_close(&machine);
	}
	if (!CHECK(!err.code))
		fprintf(stderr, "%s\n", err.text);
	unlink(posts), unlink(words[0]), unlink(words[1]), unlink(space);
	CHECK(rmdir(folder) == 0);
	return test_end("space");
}
