/*
 * test_sides.c - both sides learn: gradients of words that learn, and a short
 * run of every objective and of every kind of side, which must give the same
 * bytes for every kernel table and thread count, when stopped and resumed, and
 * on every machine (lines "learn_..." of tests/signature.txt).
 * Environment: SEESAY_SIGNATURE names the signature file; TMPDIR a folder.
 */
#include "test.h"

#include <math.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/base.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/rng.h"
#include "golden.h"
#include "joint/embed.h"
#include "joint/features.h"
#include "joint/learn.h"
#include "joint/side.h"
#include "joint/tower_table.h"
#include "nn/net.h"
#include "stopping.h"
#include "text/models/train.h"
#include "world/world_posts.h"

enum { POSTS = 48, SIDE = 16, DIM = 12, WORD = 9, BATCH = 8 };

static char folder[200], posts[256], words[256], space[256], trunk[256];
static const char *program;
static struct error err;
static struct machine machine;

static struct str caption_of(const void *context, size_t i)
{
	return st_string_at(&((const struct dataset *)context)->caption, i);
}

static void make_files(void)
{
	const struct world_options world = { POSTS, SIDE, 1 };
	struct train_options o;
	struct text_source source = { .caption = caption_of };
	struct buf text = { 0 };
	struct st_writer *w;
	struct dataset d;
	struct net *net;

	CHECK(world_write(posts, &world, &machine, &err) == 0);
	if (!CHECK(dataset_open(&d, posts, &err) == 0))
		return;
	source.count = d.captions;
	source.context = &d;
	source.sum = d.sum;
	train_defaults(&o, WORDS_GLOVE);
	o.out = words;
	o.dim = DIM;
	o.epochs = 3;
	o.min_count = 2;
	CHECK(train_words(&source, &o, &machine, &err) == 0);
	dataset_close(&d);
	CHECK(net_text(&text, "tiny", &err) == 0);
	net = net_open((struct str){ text.data, text.bytes }, "tiny", 10,
		       &err);
	w = st_create(trunk, "seesay net", &err);
	CHECK(net && w && net_init(net, 5, &err) == 0 &&
	      st_put_meta(w, "net", text.data, &err) == 0 &&
	      st_put_meta(w, "dim", "10", &err) == 0 &&
	      net_save(net, w, "", &err) == 0 && st_commit(w, &err) == 0);
	net_close(net);
	buf_free(&text);
}

static struct learn_options options_of(enum objective_kind loss)
{
	struct learn_options o;

	learn_defaults(&o, loss);
	o.posts = posts;
	o.words = words;
	o.out = space;
	o.net = "tiny";
	o.epochs = 2;
	o.batch = BATCH;
	o.dim = 11;
	o.word_dim = WORD;
	return o;
}

/* ---- gradients of words that learn --------------------------------------- */

struct bench {
	struct dataset d;
	struct st_file *file;
	struct tower tower;
	struct side side;
	struct feed feed;
	float weight[BATCH * DIM];	/* of each output in the sum */
};

static double bench_sum(struct bench *b)
{
	const struct side_batch batch = { &b->feed, 3, 2, BATCH, 0, 5 };
	const float *out;
	double sum = 0;

	CHECK(b->side.type->forward(&b->side, &batch, &out, &err) == 0);
	for (size_t i = 0; i < BATCH * DIM; i++)
		sum += (double)b->weight[i] * (double)out[i];
	return sum;
}

static void bench_open(struct bench *b, const char *net,
		       enum words_caption caption)
{
	const struct side_table_settings set = { .word_dropout = 0.3f };

	*b = (struct bench){ .file = st_open(words, WORDS_FORMAT, &err) };
	CHECK(dataset_open(&b->d, posts, &err) == 0);
	CHECK(tower_table_open(&b->tower, b->file, caption, WORD, str_of(net),
			       DIM, 1, &machine, &err) == 0);
	b->side = (struct side){ .tower = &b->tower, .machine = &machine,
				 .dim = DIM, .seed = 4 };
	CHECK(side_table_open(&b->side, &set, &b->d, &err) == 0);
	b->feed = (struct feed){ .type = &feed_pixels, .posts = &b->d,
		.machine = &machine, .side = SIDE, .seed = 4,
		.knows = side_table_knows, .texts = &b->side };
	CHECK(feed_open(&b->feed, POSTS_TRAIN, &err) == 0);
	CHECK(b->side.type->plan(&b->side, NET_TRAIN, BATCH, &err) == 0 &&
	      b->side.type->init(&b->side, &err) == 0);
	for (size_t i = 0; i < BATCH * DIM; i++)
		b->weight[i] = rng_uniform(9, 1, i) - 0.5f;
}

static void bench_close(struct bench *b)
{
	feed_close(&b->feed);
	side_close(&b->side);
	tower_close(&b->tower);
	dataset_close(&b->d);
	st_close(b->file);
}

static void check_gradients(const char *net, enum words_caption caption)
{
	struct side_params list = { 0 };
	struct bench b;
	double most = 0, size = 0;

	bench_open(&b, net, caption);
	CHECK(b.side.type->params(&b.side, &list, &err) == 0);
	CHECK(strcmp(list.param[0].name, "words") == 0);
	bench_sum(&b);
	b.side.type->backward(&b.side, b.weight);
	for (size_t p = 0; p < list.count; p++) {
		float *w = list.param[p].w;

		for (size_t i = 0; i < list.param[p].count; i += 7) {
			float was = w[i], step = 1.0f / 64;
			double up, down, g = (double)list.param[p].g[i];

			w[i] = was + step;
			up = bench_sum(&b);
			w[i] = was - step;
			down = bench_sum(&b);
			w[i] = was;
			most = fmax(most, fabs((up - down) * 32 - g));
			size = fmax(size, fabs(g));
		}
	}
	if (!CHECK(most < 2e-4 && size > 1e-2))
		fprintf(stderr, "derivatives %g off, up to %g\n", most, size);
	side_params_free(&list);
	bench_close(&b);
}

static void test_gradients(void)
{
	static const char linear[] = "x = input h=1 w=1 c=9\n"
		"y = dense out=@dim\n";
	static const char deep[] = "x = input h=1 w=1 c=9\n"
		"d = dropout p=0.3\nh = dense out=14\ny = dense out=@dim\n";

	check_gradients(linear, WORDS_TFIDF);
	check_gradients(linear, WORDS_MEAN);
	check_gradients(deep, WORDS_TFIDF);
}

/* ---- short runs ---------------------------------------------------------- */

struct run_case {
	const char *name;		/* of the line of the signature */
	enum objective_kind loss;
	enum objective_negatives negatives;
	enum objective_norm norm;
	enum learn_text text;
	int views, hidden;		/* views 0: from pixels */
	enum optim_kind optimiser;
};
static const struct run_case cases[] = {
	{ "mse", OBJECTIVE_MSE, 0, 0, LEARN_FIXED, 0, 0, OPTIM_SGD },
	{ "cosine", OBJECTIVE_COSINE, 0, OBJECTIVE_UNIT, LEARN_FIXED, 0, 0,
	  OPTIM_SGD },
	{ "pairwise", OBJECTIVE_PAIRWISE, OBJECTIVE_SOFT, 0, LEARN_FIXED, 0, 0,
	  OPTIM_ADAM },
	{ "soft", OBJECTIVE_TRIPLET, OBJECTIVE_SOFT, OBJECTIVE_RELU,
	  LEARN_FIXED, 0, 0, OPTIM_ADAM },
	{ "farthest", OBJECTIVE_TRIPLET, OBJECTIVE_FARTHEST, 0, LEARN_FIXED, 0,
	  0, OPTIM_SGD },
	{ "random", OBJECTIVE_TRIPLET, OBJECTIVE_RANDOM, 0, LEARN_FIXED, 0, 0,
	  OPTIM_SGD },
	{ "best", OBJECTIVE_TRIPLET, OBJECTIVE_BEST, OBJECTIVE_UNIT,
	  LEARN_FIXED, 0, 0, OPTIM_SGD },
	{ "word", OBJECTIVE_TRIPLET, OBJECTIVE_WORD, 0, LEARN_FIXED, 0, 0,
	  OPTIM_SGD },
	{ "hinge", OBJECTIVE_HINGE, OBJECTIVE_ALL, OBJECTIVE_UNIT, LEARN_TABLE,
	  0, 0, OPTIM_ADAM },
	{ "hardest", OBJECTIVE_HINGE, OBJECTIVE_HARDEST, OBJECTIVE_UNIT,
	  LEARN_WORDS, 0, 0, OPTIM_ADAM },
	{ "infonce", OBJECTIVE_INFONCE, 0, OBJECTIVE_UNIT, LEARN_TABLE, 0, 0,
	  OPTIM_ADAMW },
	{ "siglip", OBJECTIVE_SIGLIP, 0, OBJECTIVE_UNIT, LEARN_BRANCH, 0, 0,
	  OPTIM_ADAMW },
	{ "trunk", OBJECTIVE_INFONCE, 0, OBJECTIVE_UNIT, LEARN_TABLE, 7, 13,
	  OPTIM_ADAMW },
	{ "trunk_fixed", OBJECTIVE_REGRESS, 0, 0, LEARN_FIXED, 2, 0,
	  OPTIM_SGD },
};

static struct learn_options options_case(const struct run_case *c)
{
	struct learn_options o = options_of(c->loss);

	o.settings.negatives = c->negatives;
	o.settings.norm = c->norm;
	o.text = c->text;
	o.text_hidden = c->text == LEARN_BRANCH ? 10 : 0;
	o.text_dropout = 0.2f;
	o.word_dropout = 0.2f;
	o.optimiser = c->optimiser;
	o.steps.clip = c->optimiser == OPTIM_ADAM ? 1 : 0;
	o.rate = c->optimiser == OPTIM_SGD ? 0.01f : 0.003f;
	o.schedule = c->views ? SCHEDULE_COSINE : SCHEDULE_POLY;
	o.warm_up = c->views ? 0.2f : 0;
	o.steps.decay = 2e-4f;
	if (!c->views)
		return o;
	o.trunk = trunk;
	o.views = c->views;
	o.hidden = c->hidden;
	o.dropout = 0.3f;
	return o;
}

static uint64_t golden(const char *name)
{
	char line[80];

	snprintf(line, sizeof(line), "learn_%s", name);
	return golden_number(program, line);
}

static uint64_t tensors_sum(const char *path)
{
	struct st_file *f = st_open(path, SPACE_FORMAT, &err);
	uint64_t sum = f && st_verify(f, &err) == 0 ? st_sum(f) : 0;

	st_close(f);
	return sum;
}

static uint64_t run_sum(const struct learn_options *o, const char *kernels,
			int threads)
{
	struct machine m;

	unlink(space);
	if (!CHECK(machine_open(&m, kernels, threads, &err) == 0))
		return 0;
	if (!CHECK(learn_run(o, &m, &err) == 0))
		fprintf(stderr, "%s\n", err.text);
	machine_close(&m);
	return tensors_sum(space);
}

/* Stopped after each step, as often as it takes. */
static uint64_t stopped_sum(const struct learn_options *o)
{
	struct machine m;
	int code = ERROR_STOPPED, runs = 0;

	unlink(space);
	if (!CHECK(machine_open(&m, NULL, 2, &err) == 0))
		return 0;
	m.talk = &stopping;
	for (; code == ERROR_STOPPED && runs < 100; runs++) {
		struct error e = { 0 };

		stopping_now = 1;
		code = learn_run(o, &m, &e);
	}
	stopping_now = 0;
	CHECK(code == 0 && runs > 5);
	machine_close(&m);
	return tensors_sum(space);
}

static void test_runs(void)
{
	const struct kernels *const *all = kernels_list();

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct learn_options o = options_case(&cases[i]);
		uint64_t want = golden(cases[i].name), sum = 0;
		int threads = 1;

		for (size_t k = 0; all[k]; k++, threads += 2) {
			sum = run_sum(&o, all[k]->name, threads);
			if (!CHECK(sum == want))
				fprintf(stderr, "learn_%s %016llx with %s, %d "
					"threads\n", cases[i].name,
					(unsigned long long)sum, all[k]->name,
					threads);
		}
		CHECK(stopped_sum(&o) == sum);
	}
}

/* The best of all validations is the state after one of the epochs, for any
 * threads and after any stop. */
static void test_best(enum measure measure, size_t which)
{
	struct learn_options o = options_case(&cases[which]);
	uint64_t after[4], best;
	int found = 0;

	o.schedule = SCHEDULE_STEP;	/* a rate that stays */
	o.warm_up = 0;
	o.step_every = 1000;
	o.measure = measure;
	for (o.epochs = 1; o.epochs <= 4; o.epochs++)
		after[o.epochs - 1] = run_sum(&o, NULL, 2);
	o.epochs = 4;
	o.keep_best = 1;
	best = run_sum(&o, NULL, 1);
	for (int i = 0; i < 4; i++)
		found += best == after[i];
	CHECK(found == 1);
	CHECK(run_sum(&o, NULL, 3) == best);
	CHECK(stopped_sum(&o) == best);
	o.patience = 1;
	o.validate_every = 3;
	CHECK(run_sum(&o, NULL, 2) == stopped_sum(&o));
}

static int same_values(const struct st_file *a, const struct st_file *b,
		       const char *name)
{
	const struct st_tensor *x = st_find(a, name), *y = st_find(b, name);

	return CHECK(x && y && x->count == y->count) &&
	       memcmp(x->data, y->data, x->count * sizeof(float)) == 0;
}

/* Frozen layers keep their bytes, batch norm's running statistics too; the
 * others learn; the same for any threads, memory and stops. */
static void test_freeze(void)
{
	struct learn_options o = options_case(&cases[0]);
	struct st_file *from, *to;
	char first[300];
	uint64_t sum;

	snprintf(first, sizeof(first), "%s/first", folder);
	run_sum(&o, NULL, 2);
	CHECK(rename(space, first) == 0);
	o.init = first;
	o.freeze = "relu2";
	sum = run_sum(&o, NULL, 1);
	from = st_open(first, SPACE_FORMAT, &err);
	to = st_open(space, SPACE_FORMAT, &err);
	if (CHECK(from && to)) {
		CHECK(same_values(from, to, "net.conv1.weight"));
		CHECK(same_values(from, to, "net.norm1.gamma"));
		CHECK(same_values(from, to, "net.norm1.mean"));
		CHECK(same_values(from, to, "net.norm1.variance"));
		CHECK(same_values(from, to, "net.conv2.weight"));
		CHECK(!same_values(from, to, "net.point.weight"));
		CHECK(!same_values(from, to, "net.out.weight"));
	}
	st_close(from);
	st_close(to);
	CHECK(run_sum(&o, "scalar", 3) == sum);
	CHECK(stopped_sum(&o) == sum);
	o.freeze = NULL;
	CHECK(run_sum(&o, NULL, 1) != sum);
	unlink(space);
	o.freeze = "nothing";
	CHECK(learn_run(&o, &machine, &err) == ERROR_USAGE);
	error_clear(&err);
	o.freeze = "out";
	CHECK(learn_run(&o, &machine, &err) == ERROR_USAGE);
	error_clear(&err);
	unlink(first);
}

/* ---- the spaces that result ---------------------------------------------- */

static double cosine_of(const float *a, const float *b, size_t dim)
{
	double sum = 0;

	for (size_t i = 0; i < dim; i++)
		sum += (double)a[i] * (double)b[i];
	return sum;
}

/* A phrase is one text, a word a text of one word; both of unit length. */
static void check_texts(struct space *s)
{
	const struct words *w = space_words(s);
	float one[16], two[16];

	CHECK(w->dim == WORD && s->dim == 11);
	CHECK(space_word(s, words_at(w, 0), one, &err) == 0);
	CHECK(space_caption(s, words_at(w, 0), two, &err) == 0);
	CHECK(fabs(cosine_of(one, two, s->dim) - 1) < 1e-5);
	CHECK(space_caption(s, str_of("beach dog"), one, &err) == 0);
	CHECK(space_caption(s, str_of("dog beach"), two, &err) == 0);
	CHECK(memcmp(one, two, s->dim * sizeof(*one)) == 0);
	CHECK(space_word(s, str_of("zzz"), one, &err) == ERROR_UNKNOWN);
	error_clear(&err);
}

/* Pictures by the features that are kept, and by the trunk. */
static void check_kept(struct space *s)
{
	static float kept[POSTS * 16], seen[POSTS * 16];
	const unsigned char *pixels[POSTS];
	size_t rows[POSTS];
	struct dataset d;

	if (!CHECK(dataset_open(&d, posts, &err) == 0))
		return;
	for (size_t i = 0; i < d.count; i++) {
		rows[i] = i;
		pixels[i] = dataset_pixels(&d, i);
	}
	CHECK(space_kept(s, &d, rows, d.count, kept, &err) == 1);
	CHECK(space_images(s, pixels, d.size, d.count, seen, &err) == 0);
	CHECK(memcmp(kept, seen, d.count * s->dim * sizeof(*kept)) == 0);
	dataset_close(&d);
}

static void test_space(void)
{
	struct learn_options o = options_case(&cases[12]);
	struct space s;

	CHECK(strcmp(cases[12].name, "trunk") == 0);
	run_sum(&o, NULL, 2);
	if (!CHECK(space_open(&s, space, &machine, &err) == 0))
		return;
	check_texts(&s);
	check_kept(&s);
	space_close(&s);
}

/* Features of other views, or damaged, are not taken. */
static void test_features(void)
{
	struct learn_options o = options_case(&cases[12]);
	char path[300];

	snprintf(path, sizeof(path), "%s/own", folder);
	o.features = path;
	run_sum(&o, NULL, 1);
	CHECK(file_exists(path));
	unlink(space);
	o.views = 2;
	CHECK(learn_run(&o, &machine, &err) == ERROR_DATA);
	CHECK(strstr(err.text, "features of other posts") != NULL);
	error_clear(&err);
	o.views = 7;
	CHECK(truncate(path, 3000) == 0);
	CHECK(learn_run(&o, &machine, &err) == ERROR_DATA);
	CHECK(!file_exists(space));
	error_clear(&err);
	unlink(path);
}

static void remove_folder(void)
{
	char command[300];

	snprintf(command, sizeof(command), "rm -r '%s'", folder);
	CHECK(system(command) == 0);
}

int main(int argc, char **argv)
{
	const char *base = getenv("TMPDIR");

	(void)argc;
	program = argv[0];
	snprintf(folder, sizeof(folder), "%.180s/seesayXXXXXX",
		 base ? base : "/tmp");
	if (!CHECK(mkdtemp(folder) != NULL) ||
	    !CHECK(machine_open(&machine, NULL, 2, &err) == 0))
		return test_end("sides");
	snprintf(posts, sizeof(posts), "%s/posts", folder);
	snprintf(words, sizeof(words), "%s/words", folder);
	snprintf(space, sizeof(space), "%s/space", folder);
	snprintf(trunk, sizeof(trunk), "%s/trunk", folder);
	make_files();
	test_gradients();
	test_runs();
	test_freeze();
	test_best(MEASURE_R10, 0);
	test_best(MEASURE_RSUM, 12);
	test_best(MEASURE_LOSS, 12);
	test_space();
	test_features();
	CHECK(!err.code);
	machine_close(&machine);
	remove_folder();
	return test_end("sides");
}
