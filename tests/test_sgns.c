/*
 * test_sgns.c - negative sampling: the draw, one step against plain
 * arithmetic, the windows of a text, and word2vec and fastText trained on made
 * up captions: the same bytes on all tables and thread counts, going on after
 * a stop, what they learn, and their golden numbers.
 */
#include "training.h"

#include <math.h>

#include "text/models/sgns_text.h"

/* ---- the draw ------------------------------------------------------------ */

/* The share of each word, read off the table. */
static void draw_shares(const uint64_t *counts, size_t count)
{
	struct error e = {0};
	struct negatives n;
	double share[64] = { 0 }, sum = 0;

	if (!CHECK(negatives_open(&n, counts, count, &e) == 0))
		return;
	for (size_t i = 0; i < count; i++) {
		double own = (double)n.entry[i].keep / 0x1p32;

		share[i] += own / (double)count;
		share[n.entry[i].other] += (1 - own) / (double)count;
		sum += pow((double)counts[i], 0.75);
	}
	for (size_t i = 0; i < count; i++)
		CHECK(fabs(share[i] - pow((double)counts[i], 0.75) / sum) <
		      1e-6);
	CHECK(negatives_draw(&n, 0) < count);
	CHECK(negatives_draw(&n, UINT64_MAX) < count);
	negatives_close(&n);
}

static void draws(void)
{
	static const uint64_t one = 7, equal[] = { 3, 3, 3 },
		zipf[] = { 100000, 5000, 300, 77, 77, 20, 5, 5, 5, 1 };

	draw_shares(&one, 1);
	draw_shares(equal, 3);
	draw_shares(zipf, ARRAY_LEN(zipf));
}

/* ---- one step ------------------------------------------------------------ */

enum { WORDS = 9, ROWS = 14, DIM = 69, STRIDE = 80, NEGATIVES = 4 };

struct plain {
	double in[ROWS][DIM], out[WORDS][DIM], g[WORDS][DIM], s[WORDS][DIM];
	double loss;
	size_t pairs;
	int calmed;
};

static const uint64_t counts[WORDS] = { 90, 80, 40, 30, 9, 8, 7, 6, 5 };
/* word w has row w, some have more, one has a row twice */
static const uint64_t bag_ends[WORDS] = { 1, 4, 5, 8, 9, 10, 13, 14, 15 };
static const uint32_t bag_rows[] = { 0, 1, 9, 10, 2, 3, 10, 10, 4, 5, 6, 11,
				     13, 7, 8 };
static const uint32_t text[] = { 0, 1, 3, 0, 6, 2, 1, 8, 0, 3 };
static const struct sgns_window windows[] = {
	{ .word = 0, .from = 0, .to = 3, .skip = 0, .draw = 0 },
	{ .word = 1, .from = 0, .to = 4, .skip = 1, .draw = 1 },
	{ .word = 0, .from = 2, .to = 6, .skip = 3, .draw = 5 },
	{ .word = 7, .from = 4, .to = 10, .skip = SGNS_NONE, .draw = 6 },
	{ .word = 3, .from = 8, .to = 9, .skip = 9, .draw = 9 },
};

static size_t rows_of(int bags, uint32_t word, const uint32_t **rows)
{
	*rows = bag_rows + (word ? bag_ends[word - 1] : 0);
	return bags ? bag_ends[word] - (word ? bag_ends[word - 1] : 0) : 1;
}

static double product(const double *a, const double *b)
{
	double sum = 0;

	for (int i = 0; i < DIM; i++)
		sum += a[i] * b[i];
	return sum;
}

/* A pair: h against the word and its negative samples, by rows as in `frozen`
 * for the errors, by p's for the rest; the gradient is added to g. */
static void plain_pair(struct plain *p, const struct plain *frozen,
		       const double *h, const uint32_t *samples, double rate,
		       double *g, int counts_too)
{
	for (int i = 0; i <= NEGATIVES; i++) {
		double *o = p->out[samples[i]];
		double s = 1 / (1 + exp(-product(h, frozen->out[samples[i]])));
		double e = rate * ((i == 0) - s);

		if (i && samples[i] == samples[0])
			continue;
		p->loss -= counts_too ? log(i ? 1 - s : s) : 0;
		for (int j = 0; j < DIM; j++) {
			g[j] += e * o[j];
			o[j] += e * h[j];
		}
	}
	p->pairs++;
}

/* Of slots apart that all say the same, each counts less; *calmed counts such
 * windows. */
static double plain_rate(const struct plain *p, const struct sgns_window *w,
			 int *calmed)
{
	double u[DIM] = { 0 }, q, n = 0;

	for (uint32_t j = w->from; j < w->to; j++) {
		n += j != w->skip;
		for (int i = 0; j != w->skip && i < DIM; i++)
			u[i] += p->s[text[j]][i];
	}
	q = 0.5 * product(u, u) / n;
	*calmed += n > 1 && q > 4;
	return n > 1 && q > 4 ? 0.5 * 4 / q : 0.5;
}

static void plain_window(struct plain *p, const struct plain *frozen,
			 const struct sgns_window *w, const uint32_t *samples,
			 int bags, int together, int counts_too)
{
	double h[DIM] = { 0 }, g[DIM] = { 0 };
	double rate = together ? 0.5 : plain_rate(p, w, &p->calmed);
	size_t n = 0;
	const uint32_t *rows;

	for (uint32_t j = w->from; j < w->to; j++) {
		if (j == w->skip)
			continue;
		n += rows_of(bags, text[j], &rows);
		for (int i = 0; i < DIM; i++)
			h[i] += p->s[text[j]][i];
		if (!together)
			plain_pair(p, frozen, p->s[text[j]], samples, rate,
				   p->g[text[j]], counts_too);
	}
	for (int i = 0; together && i < DIM; i++)
		h[i] /= (double)n;
	if (together)
		plain_pair(p, frozen, h, samples, rate, g, counts_too);
	for (uint32_t j = w->from; together && j < w->to; j++)
		for (int i = 0; j != w->skip && i < DIM; i++)
			p->g[text[j]][i] += g[i];
}

static void plain_step(struct plain *p, const struct sgns *s, int bags,
		       int together)
{
	static struct plain frozen;
	const uint32_t *rows;

	for (uint32_t w = 0; w < WORDS; w++) {
		size_t n = rows_of(bags, w, &rows);

		for (size_t r = 0; r < n; r++)
			for (int i = 0; i < DIM; i++)
				p->s[w][i] += p->in[bags ? rows[r] : w][i] /
					      (together ? 1 : (double)n);
	}
	frozen = *p;
	for (size_t t = 0; t < ARRAY_LEN(windows); t++) {
		if (t == 1)
			p->loss /= (double)p->pairs;	/* every 16th counts */
		plain_window(p, &frozen, &windows[t],
			     s->step->samples + t * (1 + NEGATIVES), bags,
			     together, t == 0);
	}
	for (uint32_t w = 0; w < WORDS; w++) {
		size_t n = rows_of(bags, w, &rows);

		for (size_t r = 0; r < n; r++)
			for (int i = 0; i < DIM; i++)
				p->in[bags ? rows[r] : w][i] += p->g[w][i];
	}
}

static void row_fill(struct sgns *s, enum sgns_table table, size_t row,
		     float size, double *to)
{
	float x[DIM];

	for (size_t i = 0; i < DIM; i++) {
		x[i] = (rng_uniform(1, 2 + table, row * DIM + i) - 0.5f) * size;
		to[i] = (double)x[i];
	}
	sgns_set(s, table, row, x);
}

static void some_rows(struct sgns *s, struct plain *p, float size)
{
	for (size_t r = 0; r < ROWS; r++)
		row_fill(s, SGNS_INPUT, r, size, p->in[r]);
	for (size_t r = 0; r < WORDS; r++)
		row_fill(s, SGNS_OUTPUT, r, 1, p->out[r]);
}

static void row_check(const struct sgns *s, enum sgns_table table, size_t row,
		      const double *want)
{
	float x[STRIDE];

	sgns_get(s, table, row, x);
	for (size_t i = 0; i < DIM; i++)
		CHECK(fabs((double)x[i] - want[i]) < 4e-6);
}

static void one_step(int bags, int together, int threads, float size)
{
	static struct plain p;
	struct error e = {0};
	struct machine m;
	struct sgns s;
	float row[STRIDE];
	struct sgns_shape shape = {
		.dim = DIM, .negatives = NEGATIVES, .words = WORDS,
		.counts = counts, .rows = ROWS, .bags = WORDS,
		.bag_ends = bags ? bag_ends : NULL,
		.bag_rows = bags ? bag_rows : NULL, .together = together,
		.max_slots = 10, .max_windows = 5, .max_reach = 6, .seed = 3,
	};

	if (!CHECK(machine_open(&m, NULL, threads, &e) == 0) ||
	    !CHECK(sgns_open(&s, &shape, &m, &e) == 0))
		return;
	memset(&p, 0, sizeof(p));
	sgns_get(&s, SGNS_INPUT, 3, row);
	CHECK(row[5] != 0 && fabsf(row[5]) <= 1.0f / DIM);
	CHECK(s.pieces == 2 && s.groups == (threads > 1 ? 2 : 1));
	some_rows(&s, &p, size);
	sgns_clear(&s, 0);
	for (uint32_t i = 0; i < ARRAY_LEN(text); i++)
		CHECK(sgns_slot(&s, text[i]) == i);
	for (size_t i = 0; i < ARRAY_LEN(windows); i++)
		sgns_window(&s, &windows[i]);
	sgns_run(&s, 0.5f, NULL, NULL);
	sgns_epoch(&s);
	plain_step(&p, &s, bags, together);
	CHECK(p.pairs == (together ? 5 : 15));
	CHECK(together || (size > 1 ? p.calmed > 0 && p.calmed < 4 :
			   p.calmed == 0));
	for (size_t r = 0; r < ROWS; r++)
		row_check(&s, SGNS_INPUT, r, p.in[r]);
	for (size_t r = 0; r < WORDS; r++)
		row_check(&s, SGNS_OUTPUT, r, p.out[r]);
	CHECK(fabs(s.loss - p.loss) < 1e-5);
	CHECK(sgns_broken(&s) == SIZE_MAX);
	sgns_get(&s, SGNS_INPUT, 12, row);
	row[DIM - 1] = NAN;
	sgns_set(&s, SGNS_INPUT, 12, row);
	CHECK(sgns_broken(&s) == 12);
	sgns_close(&s);
	machine_close(&m);
}

/* ---- windows ------------------------------------------------------------- */

static void options_sgns(struct train_options *o, enum words_model model,
			 const char *out, int epochs, int skipgram)
{
	train_defaults(o, model);
	o->out = out;
	o->dim = 20;
	o->epochs = epochs;
	o->skipgram = skipgram;
	o->window = 4;
	o->subsample = 0;
	o->rate = 0.05f;
}

/* The windows of an epoch as a text: the word, what is around it. */
static void collect(struct buf *b, const struct train *t)
{
	const struct sgns *s = &((const struct sgns_text *)t->state)->sgns;
	struct error e = {0};

	for (size_t i = 0; i < s->step->windows; i++) {
		const struct sgns_window *w = &s->step->window[i];

		buf_addf(b, &e, "%u %u:", (unsigned)w->draw,
			 (unsigned)w->word);
		for (uint32_t j = w->from; j < w->to; j++)
			buf_addf(b, &e, j == w->skip ? " |" : " %u",
				 (unsigned)s->step->bag[s->step->slot[j]]);
		buf_addf(b, &e, "\n");
	}
}

/* step_tokens 0: as the model has it. */
static void windows_of(struct buf *b, uint64_t step_tokens, float subsample)
{
	struct error e = {0};
	struct machine m = { .kernels = kernels_find(NULL) };
	struct train_options o;
	struct train t = { .source = &corpus, .options = &o, .machine = &m };
	struct sgns_text *x;

	options_sgns(&o, WORDS_WORD2VEC, "", 1, 1);
	o.subsample = subsample;
	if (!CHECK(vocab_build(&t.vocab, &corpus, &o.clean, 1, &e) == 0) ||
	    !CHECK(train_word2vec.open(&t, &e) == 0))
		return;
	x = t.state;
	CHECK(step_tokens < x->step_tokens);
	if (step_tokens)
		x->step_tokens = step_tokens;
	t.epoch_steps = (t.vocab.token_count + x->step_tokens - 1) /
			x->step_tokens;
	for (uint64_t step = 0; step < t.epoch_steps; step++) {
		sgns_text_step(&t, step, &e);
		collect(b, &t);
	}
	CHECK(train_word2vec.work(&t, t.epoch_steps) == t.epoch_work);
	train_word2vec.close(&t);
	vocab_free(&t.vocab);
}

static size_t lines_of(const struct buf *b)
{
	size_t n = 0;

	for (size_t i = 0; i < b->bytes; i++)
		n += b->data[i] == '\n';
	return n;
}

/* Where the steps end changes no window.  Captions have six words. */
static void same_windows(void)
{
	struct buf whole = {0}, parts = {0};
	size_t kept;

	windows_of(&whole, 0, 0);
	windows_of(&parts, 5, 0);
	CHECK(lines_of(&whole) == 6 * CAPTIONS);
	CHECK(whole.bytes == parts.bytes &&
	      memcmp(whole.data, parts.data, whole.bytes) == 0);
	buf_clear(&whole);
	buf_clear(&parts);
	/* words have a share of about 1 / 80: 0.45 of them stay */
	windows_of(&whole, 0, 0.0016f);
	windows_of(&parts, 3, 0.0016f);
	kept = lines_of(&whole);
	CHECK(kept > 6 * CAPTIONS * 2 / 5 && kept < 6 * CAPTIONS / 2);
	CHECK(whole.bytes == parts.bytes &&
	      memcmp(whole.data, parts.data, whole.bytes) == 0);
	buf_free(&whole);
	buf_free(&parts);
}

/* ---- models -------------------------------------------------------------- */

static int train_sgns(enum words_model model, const char *out, int epochs,
		      int skipgram, const char *kernels, int threads,
		      struct error *e)
{
	struct train_options o;

	options_sgns(&o, model, out, epochs, skipgram);
	return train_on(&corpus, o, out, kernels, threads, e);
}

/* Both ways of a model; its golden number is of both files. */
static void same_bytes(enum words_model model, const char *program)
{
	struct train_options o;
	uint64_t sums[2];
	char name[64];

	for (int skipgram = 0; skipgram < 2; skipgram++) {
		options_sgns(&o, model, NULL, 1, skipgram);
		check_same_bytes(&o);
		sums[skipgram] = tensors_sum(path_of("a"));
	}
	/* at a low rate steps are long enough for several threads */
	options_sgns(&o, model, NULL, 1, 0);
	o.rate = 0.005f;
	check_same_bytes(&o);
	o.dim = 256;			/* four pieces */
	o.skipgram = 1;
	check_same_bytes(&o);
	snprintf(name, sizeof(name), "training_%s", words_model_name(model));
	check_golden(program, name, sums[0] ^ sums[1] << 1);
}

/* Few tokens stay, so that there are few steps. */
static void going_on(enum words_model model, int steps)
{
	struct error e = {0};
	struct train_options o;

	options_sgns(&o, model, NULL, 2, 0);
	o.subsample = 1e-4f;
	CHECK(train_on(&corpus, o, path_of("whole"), NULL, 1, &e) == 0);
	check_going_on(&o, steps, file_sum(path_of("whole")));
}

/* How many words have a word of their own topic nearest. */
static int topic_nearest(const struct words *w)
{
	const struct kernels *k = kernels_find(NULL);
	int good = 0;

	for (uint32_t a = 0; a < w->count; a++) {
		const float *x = words_vector(w, a);
		float most = -2;
		uint32_t best = a;

		for (uint32_t b = 0; b < w->count; b++) {
			const float *y = words_vector(w, b);
			float c = k->dot(x, y, w->dim) /
				  sqrtf(k->dot(y, y, w->dim));

			if (b != a && c > most)
				most = c, best = b;
		}
		good += memcmp(words_at(w, a).data, words_at(w, best).data,
			       2) == 0;
	}
	return good;
}

static void learns(enum words_model model, int skipgram)
{
	struct error e = {0};
	struct train_options o;
	struct words w;
	struct st_file *f;

	options_sgns(&o, model, NULL, skipgram ? 4 : 6, skipgram);
	o.rate = 0.1f;
	CHECK(train_on(&corpus, o, path_of("good"), NULL, 2, &e) == 0);
	f = st_open(path_of("good"), WORDS_FORMAT, &e);
	if (!CHECK(f && words_load(&w, f, "", &e) == 0))
		return;
	/* all of ten topics; "sofa" and "couch" have no "t" */
	CHECK(topic_nearest(&w) >= TOPICS * TOPIC_WORDS - 2);
	CHECK(w.model == model && w.dim == 20);
	words_free(&w);
	st_close(f);
}

/* From a words file: one more epoch changes little, from scratch it
 * learns less. */
static void from_file(enum words_model model)
{
	struct error e = {0};
	struct train_options o;
	struct machine m = { .kernels = kernels_find(NULL) };
	struct st_file *f;
	double before, after, fresh;

	options_sgns(&o, model, path_of("more"), 1, 0);
	o.init = path_of("good");
	CHECK(train_words(&corpus, &o, &m, &e) == 0);
	CHECK(train_sgns(model, path_of("fresh"), 1, 0, NULL, 1, &e) == 0);
	f = st_open(path_of("good"), WORDS_FORMAT, &e);
	before = f ? atof(st_meta(f, "loss")) : 0;
	st_close(f);
	f = st_open(path_of("more"), WORDS_FORMAT, &e);
	after = f ? atof(st_meta(f, "loss")) : 0;
	st_close(f);
	f = st_open(path_of("fresh"), WORDS_FORMAT, &e);
	fresh = f ? atof(st_meta(f, "loss")) : 0;
	st_close(f);
	CHECK(before > 0 && after < before * 1.25 && after < fresh / 2);
}

static struct str two_words(const void *context, size_t i)
{
	(void)context;
	return str_of(i % 2 ? "sea sand sea" : "sand");
}

/* Two words, words alone in their captions, a word that is all negatives. */
static void small(enum words_model model, int skipgram)
{
	static const struct text_source tiny = { 7, two_words, NULL, 1 };
	struct error e = {0};
	struct train_options o;
	struct machine m = { .kernels = kernels_find(NULL) };

	options_sgns(&o, model, path_of("tiny"), 3, skipgram);
	o.min_count = 1;
	CHECK(train_words(&tiny, &o, &m, &e) == 0);
	o.window = 0;
	CHECK(train_words(&tiny, &o, &m, &e) == ERROR_USAGE);
	error_clear(&e);
	options_sgns(&o, model, path_of("tiny"), 3, skipgram);
	o.rate_end = 1;
	CHECK(train_words(&tiny, &o, &m, &e) == ERROR_USAGE);
	error_clear(&e);
	o.rate_end = 0;
	o.negatives = 0;
	CHECK(train_words(&tiny, &o, &m, &e) == ERROR_USAGE);
	error_clear(&e);
	options_sgns(&o, model, path_of("tiny"), 30, skipgram);
	o.min_count = 1;
	o.rate = 999;
	CHECK(train_words(&tiny, &o, &m, &e) == 0 || e.code == ERROR_FAILED);
}

/* A state that no words file may have, though it is finite, is not kept: the
 * run ends there, with the checkpoint before. */
static void last_good_state(void)
{
	struct error e = {0};
	struct train_options o;
	struct st_file *f;

	options_sgns(&o, WORDS_WORD2VEC, NULL, 60, 0);
	o.rate = 0.4f;
	o.checkpoint_every_s = 0;
	CHECK(train_on(&corpus, o, path_of("kept"), NULL, 1, &e) ==
	      ERROR_FAILED);
	CHECK(strstr(e.text, "is not finite or too large"));
	CHECK(!file_exists(path_of("kept")));
	error_clear(&e);
	f = st_open(path_of("kept.checkpoint"), NULL, &e);
	if (CHECK(f != NULL)) {
		CHECK(st_numbers(f, st_find(f, "inputs"), WORDS_VECTOR_MOST,
				 &e) == 0);
		CHECK(st_numbers(f, st_find(f, "outputs"), WORDS_VECTOR_MOST,
				 &e) == 0);
	}
	st_close(f);
}

int main(int argc, char **argv)
{
	static const enum words_model models[] = { WORDS_WORD2VEC,
						 WORDS_FASTTEXT };

	if (topics_open() < 0)
		return 1;
	draws();
	for (int i = 0; i < 8; i++)
		one_step(i & 1, i >> 1 & 1, i >> 2 ? 3 : 1, 0.55f);
	for (int i = 0; i < 4; i++)
		one_step(i & 1, 0, i >> 1 ? 3 : 1, 1.25f);
	same_windows();
	for (size_t i = 0; i < ARRAY_LEN(models); i++) {
		same_bytes(models[i], argc ? argv[0] : "");
		going_on(models[i], i ? 10 : 4);
		learns(models[i], 1);
		learns(models[i], 0);
		from_file(models[i]);
		small(models[i], 0);
		small(models[i], 1);
	}
	last_good_state();
	topics_close();
	return test_end("sgns");
}
