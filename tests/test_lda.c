/*
 * test_lda.c - LDA: updates against plain arithmetic in double, topics that
 * are there are found, inference, the same bytes everywhere, going on.
 */
#include <math.h>

#include "base/string_map.h"
#include "test.h"
#include "text/models/lda.h"
#include "topics.h"
#include "training.h"

static struct train_options options_lda(int topics, int epochs, int chunk)
{
	struct train_options o;

	train_defaults(&o, WORDS_LDA);
	o.dim = topics;
	o.epochs = epochs;
	o.chunk = chunk;
	o.min_count = 1;
	return o;
}

/* ---- the algorithm in double --------------------------------------------- */

enum { WORDS = 82, MOST_TOPICS = 60 };

static double digamma(double x)
{
	double sum = 0, z;

	for (; x < 20; x += 1)
		sum -= 1 / x;
	z = 1 / (x * x);
	return sum + log(x) - 0.5 / x -
	       z * (1. / 12 - z * (1. / 120 - z * (1. / 252 - z / 240)));
}

/* What Hoffman et al. and gensim write down, dense. */
struct plain {
	size_t words, topics;
	double alpha, lambda[WORDS][MOST_TOPICS], beta[WORDS][MOST_TOPICS];
	double gained[WORDS][MOST_TOPICS], bound;
};

static void plain_beta(struct plain *p)
{
	for (size_t k = 0; k < p->topics; k++) {
		double sum = 0;

		for (size_t w = 0; w < p->words; w++)
			sum += p->lambda[w][k];
		for (size_t w = 0; w < p->words; w++)
			p->beta[w][k] = exp(digamma(p->lambda[w][k]) -
					    digamma(sum));
	}
}

static void plain_theta(const struct plain *p, const double *gamma,
			double *theta)
{
	double sum = 0;

	for (size_t k = 0; k < p->topics; k++)
		sum += gamma[k];
	for (size_t k = 0; k < p->topics; k++)
		theta[k] = exp(digamma(gamma[k]) - digamma(sum));
}

static double plain_norm(const struct plain *p, const double *theta, size_t w)
{
	double norm = 0;

	for (size_t k = 0; k < p->topics; k++)
		norm += theta[k] * p->beta[w][k];
	return norm;
}

/* times [words]; gamma is the start, and the result. */
static void plain_document(struct plain *p, const double *times, double *gamma)
{
	double theta[MOST_TOPICS], next[MOST_TOPICS], change;

	plain_theta(p, gamma, theta);
	for (int i = 0; i < 50; i++) {
		change = 0;
		for (size_t k = 0; k < p->topics; k++) {
			next[k] = p->alpha;
			for (size_t w = 0; w < p->words; w++)
				next[k] += theta[k] * p->beta[w][k] *
					   times[w] / plain_norm(p, theta, w);
			change += fabs(next[k] - gamma[k]);
		}
		memcpy(gamma, next, sizeof(next));
		plain_theta(p, gamma, theta);
		if (change / (double)p->topics < 0.001)
			break;
	}
	for (size_t w = 0; w < p->words; w++) {
		double norm = plain_norm(p, theta, w);

		for (size_t k = 0; k < p->topics; k++)
			p->gained[w][k] += times[w] * theta[k] *
					   p->beta[w][k] / norm;
	}
}

/* The documents' part of the bound, as gensim's bound() has it. */
static double plain_bound(const struct plain *p, const double *times,
			  const double *gamma)
{
	double theta[MOST_TOPICS], sum = 0, bound = 0, n = (double)p->topics;

	plain_theta(p, gamma, theta);
	for (size_t w = 0; w < p->words; w++)
		bound += times[w] * log(plain_norm(p, theta, w));
	for (size_t k = 0; k < p->topics; k++) {
		sum += gamma[k];
		bound += (p->alpha - gamma[k]) * log(theta[k]) +
			 lgamma(gamma[k]) - lgamma(p->alpha);
	}
	return bound + lgamma(n * p->alpha) - lgamma(sum);
}

static void plain_times(const struct lda *l, size_t document, double *times)
{
	const uint32_t *tokens =
		l->vocab->tokens + l->documents.first[document];

	memset(times, 0, WORDS * sizeof(*times));
	for (size_t i = 0; i < l->documents.length[document]; i++)
		times[tokens[i]] += 1;
}

/* Update `number`, which l has just done. */
static void plain_update(struct plain *p, const struct lda *l, uint64_t number)
{
	size_t from = lda_work(l, number % lda_steps(l));
	size_t to = lda_work(l, number % lda_steps(l) + 1);
	double pass = (double)(number / lda_steps(l));
	double chunk = (double)l->options->chunk;
	double all = (double)l->documents.count;
	double updates = pass > 0 ? all / chunk : (double)number;
	double rho = pow(1 + pass + updates, -0.5);
	double times[WORDS], gamma[MOST_TOPICS];

	plain_beta(p);
	memset(p->gained, 0, sizeof(p->gained));
	p->bound = 0;
	for (size_t d = from; d < to; d++) {
		const float *start = l->starts +
			rng_below(l->options->seed, l->stream, d - from,
				  LDA_STARTS);

		for (size_t k = 0; k < p->topics; k++)
			gamma[k] = (double)start[k];
		plain_times(l, l->order[d], times);
		plain_document(p, times, gamma);
		p->bound += plain_bound(p, times, gamma);
	}
	for (size_t w = 0; w < p->words; w++)
		for (size_t k = 0; k < p->topics; k++) {
			double mass = p->lambda[w][k] - p->alpha;

			p->lambda[w][k] = p->alpha + (1 - rho) * mass +
				rho * all / (double)(to - from) *
				p->gained[w][k];
		}
}

/* The greatest distance of exp(E[log beta]), in parts of the largest of all. */
static double worst_beta(struct plain *p, struct lda *l)
{
	float row[MOST_TOPICS];
	double worst = 0, most = 0;

	plain_beta(p);
	lda_scale(l);
	for (size_t w = 0; w < p->words; w++) {
		lda_vector(l, w, row);
		for (size_t k = 0; k < p->topics; k++) {
			worst = fmax(worst, fabs((double)row[k] -
						 p->beta[w][k]));
			most = fmax(most, p->beta[w][k]);
		}
	}
	return worst / most;
}

/* Updates over two passes, the last chunk of each smaller. */
static void plain_updates(int topics, int chunk)
{
	struct train_options o = options_lda(topics, 2, chunk);
	struct machine m = { .kernels = kernels_find(NULL) };
	const struct text_source few = { 40, corpus_caption, NULL, 7 };
	static struct plain p;
	struct error e = {0};
	struct vocab v;
	struct lda l;

	m.pool = pool_open(1, &e);
	if (!CHECK(vocab_build(&v, &few, &o.clean, 1, &e) == 0) ||
	    !CHECK(lda_open(&l, &v, &o, &m, &e) == 0))
		return;
	CHECK(v.count <= WORDS && l.documents.count == 40);
	p = (struct plain){ .words = v.count, .topics = (size_t)topics,
			    .alpha = 1. / topics };
	for (size_t w = 0; w < v.count; w++)
		for (size_t k = 0; k < p.topics; k++)
			p.lambda[w][k] = p.alpha +
				(double)l.mass[w * p.topics + k];
	for (uint64_t i = 0; i < 2 * lda_steps(&l); i++) {
		double before = i % lda_steps(&l) ? l.bound : 0;

		CHECK(lda_step(&l, i, &e) == 0);
		plain_update(&p, &l, i);
		CHECK(worst_beta(&p, &l) < 1e-3);
		CHECK(fabs(l.bound - before - p.bound) <
		      1e-4 * fabs(p.bound));
	}
	CHECK(lda_broken(&l) == v.count);
	l.mass[5] = NAN;
	CHECK(lda_broken(&l) == 5 / p.topics);
	lda_close(&l);
	vocab_free(&v);
	pool_close(m.pool);
}

/* ---- what is learned ----------------------------------------------------- */

static int words_open(struct words *w, struct st_file **f, const char *path)
{
	struct error e = {0};

	*f = st_open(path, WORDS_FORMAT, &e);
	return CHECK(*f && words_load(w, *f, "", &e) == 0);
}

static size_t top_topic(const struct words *w, const char *word)
{
	const float *v = words_vector(w, words_find(w, str_of(word)));
	size_t top = 0;

	for (size_t k = 1; k < w->dim; k++)
		top = v[k] > v[top] ? k : top;
	return top;
}

/* The words of one topic of the corpus have one topic of the model. */
static void topics_found(void)
{
	struct train_options o = options_lda(TOPICS, 6, 250);
	struct error e = {0};
	struct st_file *f;
	struct words w;
	size_t right = 0;

	o.inner = 12;
	CHECK(train_on(&corpus, o, path_of("t"), NULL, 2, &e) == 0);
	if (!words_open(&w, &f, path_of("t")))
		return;
	for (unsigned t = 0; t < TOPICS; t++) {
		size_t votes[TOPICS] = { 0 }, most = 0;
		char word[16];

		for (unsigned i = 0; i < TOPIC_WORDS; i++) {
			snprintf(word, sizeof(word), "t%uw%u", t, i);
			votes[top_topic(&w, word)]++;
		}
		for (size_t k = 0; k < TOPICS; k++)
			most = MAX(most, votes[k]);
		right += most;
	}
	CHECK(right >= 8 * TOPICS * TOPIC_WORDS / 10);
	words_free(&w);
	st_close(f);
}

static double sum_of(const float *v, size_t n)
{
	double sum = 0;

	for (size_t k = 0; k < n; k++)
		sum += (double)v[k];
	return sum;
}

/* Texts by the one call: shares that add up to 1, whatever the order. */
static void inference(void)
{
	const struct kernels *k = kernels_find(NULL);
	struct error e = {0};
	struct st_file *f;
	struct words w;
	float x[TOPICS], y[TOPICS], one[TOPICS];

	if (!words_open(&w, &f, path_of("t")))
		return;
	CHECK(words_target_norm(&w) == WORDS_RAW);
	CHECK(words_caption_vector(&w, str_of("t1w1 t1w2 #t1w3 t1w2 unseen"),
				   WORDS_MEAN, WORDS_RAW, x, k, &e) == 4);
	CHECK(fabs(sum_of(x, TOPICS) - 1) < 1e-5);
	CHECK(x[top_topic(&w, "t1w1")] > 0.7f);
	CHECK(words_caption_vector(&w, str_of("t1w2 t1w3 t1w2 t1w1"),
				   WORDS_INFER, WORDS_RAW, y, k, &e) == 4);
	CHECK(memcmp(x, y, sizeof(x)) == 0);
	/* two topics, half and half */
	CHECK(words_caption_vector(&w, str_of("t1w1 t1w2 t4w1 t4w2 t1w3 t4w4"),
				   WORDS_INFER, WORDS_RAW, y, k, &e) == 6);
	CHECK(y[top_topic(&w, "t1w1")] > 0.35f &&
	      y[top_topic(&w, "t4w1")] > 0.35f);
	/* one word: its row; the same for the word alone */
	CHECK(words_caption_vector(&w, str_of("t2w2 t2w2"), WORDS_INFER,
				   WORDS_RAW, x, k, &e) == 2);
	CHECK(words_word_vector(&w, str_of("t2w2"), one, k, &e) == 1);
	CHECK(memcmp(x, one, sizeof(x)) == 0);
	CHECK(fabs(sum_of(x, TOPICS) - 1) < 1e-5);
	CHECK(words_word_vector(&w, str_of("unseen"), one, k, &e) == 0);
	CHECK(words_caption_vector(&w, str_of("unseen"), WORDS_INFER,
				   WORDS_RAW, x, k, &e) == 0);
	CHECK(x[0] == 0 && x[TOPICS - 1] == 0);
	words_free(&w);
	st_close(f);
}

/* ---- odd input ----------------------------------------------------------- */

static struct str little_caption(const void *context, size_t i)
{
	static const char *const captions[] = { "", "the", "x b", "b b", "!" };

	(void)context;
	return str_of(captions[i]);
}

/* Two words, one document of them, one of one word, three of none. */
static void little_corpus(void)
{
	const struct text_source little = { 5, little_caption, NULL, 1 };
	struct train_options o = options_lda(5, 3, 1);
	struct string_map *stop;
	struct error e = {0};
	struct st_file *f;
	struct words w;

	stop = clean_stop_list("en", &e);
	o.clean.stop = stop;
	CHECK(train_on(&little, o, path_of("l"), NULL, 1, &e) == 0);
	if (!words_open(&w, &f, path_of("l")))
		return;
	CHECK(w.count == 2 && w.dim == 5 && w.documents == 5);
	CHECK(w.prior == 0.2f && w.inner == 50);
	words_free(&w);
	st_close(f);
	o.dim = 1;
	CHECK(train_on(&little, o, path_of("l"), NULL, 1, &e) == 0);
	string_map_free(stop);
}

static void refused(void)
{
	struct train_options good = options_lda(5, 1, 100), o;
	struct error e = {0};

	o = good;
	o.chunk = 0;
	CHECK(train_on(&corpus, o, path_of("r"), NULL, 1, &e) == ERROR_USAGE);
	error_clear(&e);
	o = good;
	o.decay = NAN;
	CHECK(train_on(&corpus, o, path_of("r"), NULL, 1, &e) == ERROR_USAGE);
	error_clear(&e);
	o = good;
	o.prior = -1;
	CHECK(train_on(&corpus, o, path_of("r"), NULL, 1, &e) == ERROR_USAGE);
	error_clear(&e);
	o = good;
	o.init = path_of("t");
	CHECK(train_on(&corpus, o, path_of("r"), NULL, 1, &e) == ERROR_USAGE);
}

int main(int argc, char **argv)
{
	struct train_options o = options_lda(50, 2, 400);
	uint64_t sum;

	(void)argc;
	if (topics_open() < 0)
		return 1;
	plain_updates(3, 16);
	plain_updates(17, 40);
	plain_updates(60, 13);
	topics_found();
	inference();
	little_corpus();
	refused();
	o.inner = 12;
	sum = check_same_bytes(&o);
	check_golden(argv[0], "training_lda", tensors_sum(path_of("a")));
	check_going_on(&o, 8, sum);
	topics_close();
	return test_end("lda");
}
