/*
 * test_doc2vec.c - PV-DBOW: inference against plain arithmetic in double,
 * captions find those of their topic and themselves, the same bytes
 * everywhere, going on.
 */
#include <math.h>

#include "base/string_map.h"
#include "test.h"
#include "text/corpus/subsample.h"
#include "text/models/train_model.h"
#include "topics.h"
#include "training.h"

enum { DIM = 24 };

static struct train_options options_doc2vec(int epochs, int negatives)
{
	struct train_options o;

	train_defaults(&o, WORDS_DOC2VEC);
	CHECK(o.negatives == 5 && o.min_count == 10 && o.epochs == 50);
	o.dim = DIM;
	o.epochs = epochs;
	o.negatives = negatives;
	o.subsample = 0;
	o.min_count = 1;
	return o;
}

static int words_open(struct words *w, struct st_file **f, const char *path)
{
	struct error e = {0};

	*f = st_open(path, WORDS_FORMAT, &e);
	return CHECK(*f && words_load(w, *f, "", &e) == 0);
}

/* ---- inference ----------------------------------------------------------- */

static double plain_dot(const double *h, const float *o)
{
	double dot = 0;

	for (int j = 0; j < DIM; j++)
		dot += h[j] * (double)o[j];
	return dot;
}

/* What words_doc2vec.c says, for ids in ascending order. */
static void plain_infer(const struct words *w, const uint32_t *ids, size_t n,
			double *h)
{
	uint64_t seed = 0, start = rng_stream(RNG_INIT, 0, 0), draw = 0;
	uint64_t stream = rng_stream(RNG_NEGATIVE, 0, 0);

	for (size_t i = 0; i < n; i++)
		seed = rng_bits(seed, ids[i], i);
	for (int j = 0; j < DIM; j++)
		h[j] = ((double)rng_uniform(seed, start, (uint64_t)j) - 0.5) /
		       DIM;
	for (int pass = 0; pass < 5; pass++) {
		double rate = 0.1 - pass * (0.1 - 0.0001) / 4;

		for (size_t i = 0; i < n; i++, draw++) {
			double g[DIM] = { 0 }, p = w->keep[ids[i]] / 0x1p32;

			for (uint64_t r = 0; r <= (uint64_t)w->negative_samples; r++) {
				uint32_t id = r == 0 ? ids[i] : negatives_draw(
					&w->negatives, rng_bits(seed, stream,
					draw * ((uint64_t)w->negative_samples + 1) + r));
				const float *o = words_vector(w, id);
				double s = 1 / (1 + exp(-plain_dot(h, o)));
				double e = rate * p * ((r == 0) - s);

				for (int j = 0; j < DIM; j++)
					if (r == 0 || id != ids[i])
						g[j] += e * (double)o[j];
			}
			for (int j = 0; j < DIM; j++)
				h[j] += g[j];
		}
	}
}

/* x, inferred for "t1w1 t1w1 t1w3 t4w2", is what plain arithmetic gives. */
static void near_plain(const struct words *w, const float *x)
{
	uint32_t ids[4];
	double h[DIM], size = 0;

	ids[0] = words_find(w, str_of("t1w1"));
	ids[1] = words_find(w, str_of("t1w3"));
	ids[2] = words_find(w, str_of("t4w2"));
	ids[3] = ids[0];
	for (int i = 0; i < 4; i++)
		for (int j = 3; j > i; j--)
			if (ids[j] < ids[j - 1]) {
				uint32_t t = ids[j];

				ids[j] = ids[j - 1];
				ids[j - 1] = t;
			}
	plain_infer(w, ids, 4, h);
	for (int j = 0; j < DIM; j++)
		size += h[j] * h[j];
	for (int j = 0; j < DIM; j++)
		CHECK(fabs(h[j] - (double)x[j]) < 3e-6 * sqrt(size));
}

static void inference(void)
{
	struct train_options o = options_doc2vec(5, 5);
	const struct kernels *k = kernels_find(NULL);
	struct error e = {0};
	struct st_file *f;
	struct words w;
	float x[DIM], y[DIM];

	o.subsample = 0.01f;
	CHECK(train_on(&corpus, o, path_of("i"), NULL, 2, &e) == 0);
	if (!words_open(&w, &f, path_of("i")))
		return;
	CHECK(w.negative_samples == 5 && w.keep[0] != SUBSAMPLE_ALWAYS);
	CHECK(words_caption_vector(&w, str_of("t1w3 t1w1, t1w1 unseen t4w2"),
				   WORDS_MEAN, WORDS_RAW, x, k, &e) == 4);
	CHECK(words_caption_vector(&w, str_of("t4w2 t1w1 t1w3 t1w1"),
				   WORDS_INFER, WORDS_RAW, y, k, &e) == 4);
	CHECK(memcmp(x, y, sizeof(x)) == 0);
	near_plain(&w, x);
	/* one word is a caption of one word */
	CHECK(words_word_vector(&w, str_of("t1w1"), x, k, &e) == 1);
	CHECK(words_caption_vector(&w, str_of("t1w1"), WORDS_INFER, WORDS_RAW,
				   y, k, &e) == 1);
	CHECK(memcmp(x, y, sizeof(x)) == 0);
	CHECK(words_caption_vector(&w, str_of("unseen"), WORDS_INFER,
				   WORDS_DIVBYMAX, y, k, &e) == 0);
	CHECK(y[0] == 0 && y[DIM - 1] == 0);
	words_free(&w);
	st_close(f);
}

/* ---- what is learned ----------------------------------------------------- */

/* Trains as train.c does, and writes the captions' rows too. */
static int train_rows(const struct train_options *o, const char *path)
{
	struct machine m = { .kernels = kernels_find(NULL) };
	struct train t = { .source = &corpus, .options = o, .machine = &m };
	struct error e = {0};
	struct st_writer *w;

	m.pool = pool_open(1, &e);
	if (!CHECK(vocab_build(&t.vocab, &corpus, &o->clean, 1, &e) == 0) ||
	    !CHECK(train_doc2vec.open(&t, &e) == 0))
		return -1;
	for (uint64_t s = 0; s < t.epoch_steps * (uint64_t)o->epochs; s++)
		CHECK(train_doc2vec.step(&t, s, &e) == 0);
	CHECK(train_doc2vec.broken(&t) == t.vocab.count);
	CHECK(train_doc2vec.work(&t, t.epoch_steps) == 6 * CAPTIONS);
	w = st_create(path, "rows", &e);
	CHECK(w && train_doc2vec.save(&t, w, &e) == 0 &&
	      st_commit(w, &e) == 0);
	train_doc2vec.close(&t);
	vocab_free(&t.vocab);
	pool_close(m.pool);
	return 0;
}

static double cosine(const float *a, const float *b)
{
	double ab = 0, aa = 0, bb = 0;

	for (int j = 0; j < DIM; j++) {
		ab += (double)a[j] * (double)b[j];
		aa += (double)a[j] * (double)a[j];
		bb += (double)b[j] * (double)b[j];
	}
	return ab / sqrt(aa * bb);
}

/* Captions of one topic begin alike; those of mixed topics do not. */
static int same_topic(size_t a, size_t b)
{
	return strncmp(corpus_text[a], corpus_text[b], 2) == 0;
}

/* A text that was learned, inferred as if unseen, is near captions of its
 * topic and before all near itself. */
static void found_again(void)
{
	enum { ASKED = 150 };
	struct train_options o = options_doc2vec(8, 5);
	const struct kernels *k = kernels_find(NULL);
	const uint64_t shape[2] = { CAPTIONS, DIM };
	const struct st_tensor *rows;
	struct error e = {0};
	struct st_file *f, *g;
	struct words w;
	size_t right = 0, before = 0;
	float x[DIM];

	o.rate = 0.2f;
	if (train_rows(&o, path_of("rows")) < 0)
		return;
	CHECK(train_on(&corpus, o, path_of("w"), NULL, 2, &e) == 0);
	g = st_open(path_of("rows"), "rows", &e);
	rows = g ? st_need(g, "inputs", ST_F32, 2, shape, &e) : NULL;
	if (!CHECK(rows) || !words_open(&w, &f, path_of("w")))
		return;
	for (size_t i = 0; i < ASKED; i++) {
		const float *row = rows->data;
		double best = -2, own = 0;
		size_t nearest = 0;

		CHECK(words_caption_vector(&w, str_of(corpus_text[i]),
					   WORDS_INFER, WORDS_RAW, x, k,
					   &e) == 6);
		own = cosine(x, row + i * DIM);
		for (size_t j = 0; j < CAPTIONS; j++) {
			double c = cosine(x, row + j * DIM);

			before += c > own;
			nearest = c > best ? j : nearest;
			best = fmax(best, c);
		}
		right += (size_t)same_topic(i, nearest);
	}
	CHECK(right > ASKED * 9 / 10);
	CHECK(before < ASKED * CAPTIONS / 10);
	words_free(&w);
	st_close(f);
	st_close(g);
}

/* ---- odd input ----------------------------------------------------------- */

static struct str little_caption(const void *context, size_t i)
{
	static const char *const captions[] = { "", "the", "x b", "b b", "!" };

	(void)context;
	return str_of(captions[i]);
}

/* Hardly any token stays; the words still have vectors. */
static void little_corpus(void)
{
	const struct text_source little = { 5, little_caption, NULL, 1 };
	struct train_options o = options_doc2vec(1, 1);
	struct string_map *stop;
	struct error e = {0};
	struct st_file *f;
	struct words w;

	o.subsample = 1e-9f;
	stop = clean_stop_list("en", &e);
	o.clean.stop = stop;
	CHECK(train_on(&little, o, path_of("l"), NULL, 1, &e) == 0);
	if (!words_open(&w, &f, path_of("l")))
		return;
	CHECK(w.count == 2 && w.documents == 5 && w.negative_samples == 1);
	words_free(&w);
	st_close(f);
	string_map_free(stop);
}

static void refused(void)
{
	struct train_options good = options_doc2vec(1, 5), o;
	struct error e = {0};

	o = good;
	o.negatives = 0;
	CHECK(train_on(&corpus, o, path_of("r"), NULL, 1, &e) == ERROR_USAGE);
	error_clear(&e);
	o = good;
	o.rate_end = 1;
	CHECK(train_on(&corpus, o, path_of("r"), NULL, 1, &e) == ERROR_USAGE);
	error_clear(&e);
	o = good;
	o.subsample = NAN;
	CHECK(train_on(&corpus, o, path_of("r"), NULL, 1, &e) == ERROR_USAGE);
	error_clear(&e);
	o = good;
	o.init = path_of("w");
	CHECK(train_on(&corpus, o, path_of("r"), NULL, 1, &e) == ERROR_USAGE);
}

int main(int argc, char **argv)
{
	/* 20 negative samples make slices of one word, so 6 steps a group */
	struct train_options o = options_doc2vec(1, 20);
	uint64_t sum;

	(void)argc;
	if (topics_open() < 0)
		return 1;
	inference();
	found_again();
	little_corpus();
	refused();
	o.subsample = 0.05f;
	sum = check_same_bytes(&o);
	check_golden(argv[0], "training_doc2vec", tensors_sum(path_of("a")));
	check_going_on(&o, 114, sum);
	topics_close();
	return test_end("doc2vec");
}
