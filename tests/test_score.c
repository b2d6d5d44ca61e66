/*
 * test_score.c - sets of pairs and analogies as they are handed around, and
 * their scores against plain definitions.
 */
#include <math.h>

#include "base/string_map.h"
#include "fail_each.h"
#include "text/words/word_eval.h"
#include "vector_files.h"

/* ---- reading ------------------------------------------------------------- */

static int read_text(struct word_eval_set *s, const char *text, struct error *e)
{
	memset(e, 0, sizeof(*e));
	return word_eval_read(s, text_put("set", text), e);
}

static void pairs_read(void)
{
	static const struct {
		const char *text;
		size_t count;
		const char *second;	/* word of the last pair */
		float wanted;
	} cases[] = {
		{ "tiger\tcat\t7.35\nbook\tpaper\t7.46\n", 2, "paper", 7.46f },
		{ "tiger cat 7.35\nbook   paper 7.46", 2, "paper", 7.46f },
		{ "Word 1,Word 2,Human (mean)\r\ntiger,cat,7.35\r\n", 1, "cat",
		  7.35f },
		{ "tiger;cat;7\n\n# more\nbook; paper ;8\n", 2, "paper", 8 },
		{ "word1\tword2\tPOS\tSimLex999\tconc\nold\tnew\tA\t1.58\t2\n",
		  1, "new", 1.58f },
		{ "a b 5.88 5 7 4\nc d -1e-1 0 0 0\n", 2, "d", -0.1f },
		{ "\"new york\",\"big apple\",9\n", 1, "big apple", 9 },
		{ "\xEF\xBB\xBF" "a,b,1\n", 1, "b", 1 },
		{ "1 2 3\n4 5 6\n", 2, "5", 6 },
		{ "w1 w2 w3 w4\na b c 4\n", 1, "b", 4 },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct word_eval_set s;
		struct error e;

		if (!CHECK(read_text(&s, cases[i].text, &e) == 0)) {
			fprintf(stderr, "%zu: %s\n", i, e.text);
			continue;
		}
		CHECK(s.kind == WORD_EVAL_PAIRS && s.count == cases[i].count);
		CHECK(str_equal(s.items[s.count - 1].word[1],
				str_of(cases[i].second)));
		CHECK(s.items[s.count - 1].wanted == cases[i].wanted);
		word_eval_free(&s);
	}
}

static void analogies_read(void)
{
	static const struct {
		const char *text;
		size_t count;
		const char *section, *fourth;	/* of the last question */
	} cases[] = {
		{ ": capitals\nA B C D\n: more of it \r\nE F G H\r\n", 2,
		  "more of it", "H" },
		{ "good better rough rougher\nbig bigger tall taller", 2, "",
		  "taller" },
		{ "good better rough rougher JJ_JJR\n", 1, "JJ_JJR",
		  "rougher" },
		{ "JJ_JJR good better rough rougher\n", 1, "JJ_JJR",
		  "rougher" },
		{ "a\tb\tc\td\n", 1, "", "d" },
		{ "# from somewhere\n\n:x\n1 2 3 4\n", 1, "x", "4" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct word_eval_set s;
		struct error e;
		const struct word_eval_item *last;

		if (!CHECK(read_text(&s, cases[i].text, &e) == 0)) {
			fprintf(stderr, "%zu: %s\n", i, e.text);
			continue;
		}
		CHECK(s.kind == WORD_EVAL_ANALOGIES &&
		      s.count == cases[i].count);
		last = &s.items[s.count - 1];
		CHECK(str_equal(last->word[3], str_of(cases[i].fourth)));
		CHECK(str_equal(string_map_at(s.sections, last->section),
				str_of(cases[i].section)));
		word_eval_free(&s);
	}
}

static void refused(void)
{
	static const struct {
		const char *text, *says;
	} cases[] = {
		{ "", "is empty" }, { "\n# nothing\n", "no questions" },
		{ ": a section\n", "no questions" },
		{ "header of it\n", "line 1: neither" },
		{ "one\ntwo\n", "line 1: neither" },
		{ "\n#\na b c d e f\n", "line 3: neither" },
		{ "a b 1\nc d\n", "line 2: two words and their score" },
		{ "a b 1\nc d x\n", "line 2: two words and their score" },
		{ "a b 1\nc d nan\n", "line 2: two words and their score" },
		{ "a,b,1\n,d,2\n", "line 2: two words and their score" },
		{ ": x\na b c\n", "line 2: the four words" },
		{ "a b c d\ne f g h i j\n", "line 2: the four words" },
		{ "a\tb\tc\td\ne\t\tg\th\n", "line 2: a word is empty" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct word_eval_set s;
		struct error e;

		CHECK(read_text(&s, cases[i].text, &e) == ERROR_DATA);
		if (!CHECK(strstr(e.text, cases[i].says) != NULL))
			fprintf(stderr, "%zu: %s\n", i, e.text);
	}
}

static void damaged(void)
{
	static const char *const good[] = {
		"word1,word2,score\ntiger,cat,7.35\nold,new,1.58\n",
		": a\nA B C D\n: b\nE F G H I_J\nK L M N\n",
	};

	for (uint64_t i = 0; i < 500; i++) {
		struct word_eval_set s;
		struct error e = {0};
		char text[80];
		size_t bytes = strlen(good[i % 2]);

		memcpy(text, good[i % 2], bytes);
		for (uint64_t j = 0; j < i % 5; j++)
			text[rng_below(1, i, 2 * j, bytes)] =
				(char)rng_bits(1, i, 2 * j + 1);
		if (i % 5 == 0)
			bytes = i / 10 % bytes;
		if (word_eval_read(&s, file_put("set", text, bytes), &e) == 0)
			word_eval_free(&s);
		else
			CHECK(e.code == ERROR_DATA);
	}
}

/* ---- Spearman ------------------------------------------------------------ */

/* By the definition: a rank is 1 + how many are less + half of the others that
 * are equal. */
static double rank_of(const float *x, size_t n, size_t i)
{
	double rank = 1;

	for (size_t j = 0; j < n; j++)
		rank += x[j] < x[i] ? 1 : j != i && x[j] == x[i] ? 0.5 : 0;
	return rank;
}

static double spearman(const float *x, const float *y, size_t n)
{
	double m = (double)(n + 1) / 2, xy = 0, xx = 0, yy = 0;

	for (size_t i = 0; i < n; i++) {
		double a = rank_of(x, n, i) - m, b = rank_of(y, n, i) - m;

		xy += a * b;
		xx += a * a;
		yy += b * b;
	}
	return xy / sqrt(xx * yy);
}

static void ranks(void)
{
	static const float up[] = { 1, 2, 3, 10 }, down[] = { 9, 5, 0, -1 };
	static const float same[] = { 2, 2, 2, 2 };
	/* 1 - 6 * sum d^2 / (n (n^2 - 1)): IQ and hours of television */
	static const float iq[] = { 106, 86, 100, 101, 99, 103, 97, 113, 112,
				    110 };
	static const float tv[] = { 7, 0, 27, 50, 28, 29, 20, 12, 6, 17 };
	struct error e = {0};
	double rho;

	CHECK(word_eval_spearman(&rho, up, up, 4, &e) == 0 && rho == 1);
	CHECK(word_eval_spearman(&rho, up, down, 4, &e) == 0 && rho == -1);
	CHECK(word_eval_spearman(&rho, up, same, 4, &e) == 0 && isnan(rho));
	CHECK(word_eval_spearman(&rho, up, down, 1, &e) == 0 && isnan(rho));
	CHECK(word_eval_spearman(&rho, up, down, 0, &e) == 0 && isnan(rho));
	CHECK(word_eval_spearman(&rho, iq, tv, 10, &e) == 0);
	CHECK(fabs(rho - -29.0 / 165) < 1e-12);
	for (uint64_t i = 0; i < 50; i++) {
		float x[40], y[40];
		size_t n = 3 + i % 37;

		for (uint64_t j = 0; j < n; j++) {
			x[j] = (float)rng_below(2, i, 2 * j, 5 + i);
			y[j] = (float)rng_below(2, i, 2 * j + 1, 7);
		}
		CHECK(word_eval_spearman(&rho, x, y, n, &e) == 0);
		CHECK(isnan(rho) ? isnan(spearman(x, y, n)) :
		      fabs(rho - spearman(x, y, n)) < 1e-12);
	}
}

/* ---- a model ------------------------------------------------------------- */

enum { WORDS = 5000, DIM = 7, QUESTIONS = 100 };

struct model {
	struct st_file *file;
	struct words words;
	char text[WORDS][8];
};

static int model_make(struct model *m, struct error *e)
{
	static float vectors[WORDS][DIM];
	static uint64_t zeros[WORDS];
	static struct str words[WORDS];
	const uint64_t shape[] = { WORDS, DIM };
	struct st_writer *w = st_create(file_at("words"), WORDS_FORMAT, e);

	for (size_t i = 0; i < WORDS; i++) {
		snprintf(m->text[i], sizeof(m->text[i]), "w%zu", i);
		words[i] = str_of(m->text[i]);
		/* some words are others at another length: ties */
		for (size_t j = 0; j < DIM; j++)
			vectors[i][j] = i % 10 == 9 ? 4 * vectors[i / 2][j] :
				(float)rng_below(5, i, j, 2001) / 1000 - 1;
	}
	st_put_meta(w, "model", "foreign", e);
	st_put_meta(w, "clean", "unicode", e);
	st_put_meta(w, "documents", "0", e);
	st_put_strings(w, "word", words, WORDS, e);
	st_put(w, "count", ST_U64, 1, shape, zeros, e);
	st_put(w, "df", ST_U64, 1, shape, zeros, e);
	st_put(w, "vectors", ST_F32, 2, shape, vectors, e);
	if (e->code || st_commit(w, e) < 0)
		return e->code;
	m->file = st_open(file_at("words"), WORDS_FORMAT, e);
	return m->file ? words_load(&m->words, m->file, "", e) : e->code;
}

static void model_close(struct model *m)
{
	words_free(&m->words);
	st_close(m->file);
}

/* The chain that kernels->score is. */
static float chain(const float *a, const float *b)
{
	float sum = 0;

	for (size_t j = 0; j < DIM; j++)
		sum = fmaf(a[j], b[j], sum);
	return sum;
}

/* The answer to a : b = c : ? by going through all words. */
static uint32_t answer(const struct words *w, const uint32_t *id,
		       enum word_eval_measure measure)
{
	const struct kernels *k = kernels_find(NULL);
	float u[3][DIM], target[DIM], x[DIM], best = -INFINITY;
	uint32_t found = WORDS_NONE;

	for (size_t i = 0; i < 3; i++) {
		const float *v = words_vector(w, id[i]);

		for (size_t j = 0; j < DIM; j++)
			u[i][j] = v[j] / sqrtf(k->dot(v, v, DIM));
	}
	for (size_t j = 0; j < DIM; j++)
		target[j] = u[1][j] - u[0][j] + u[2][j];
	for (uint32_t i = 0; i < w->count; i++) {
		const float *v = words_vector(w, i);
		float s;

		for (size_t j = 0; j < DIM; j++)
			x[j] = v[j] / sqrtf(k->dot(v, v, DIM));
		s = measure == WORD_EVAL_ADD ? chain(target, x) :
		    (chain(u[1], x) + 1) / 2 * ((chain(u[2], x) + 1) / 2) /
		    ((chain(u[0], x) + 1) / 2 + 0.001f);
		if (s > best && i != id[0] && i != id[1] && i != id[2]) {
			best = s;
			found = i;
		}
	}
	return found;
}

/* Questions of which those of even number have the answer given above. */
static void questions_put(const struct model *m, enum word_eval_measure measure)
{
	struct error e = {0};
	struct buf b = {0};

	for (uint64_t i = 0; i < QUESTIONS; i++) {
		uint32_t id[4];

		for (uint64_t j = 0; j < 3; j++)
			id[j] = (uint32_t)rng_below(6, i, j, WORDS);
		id[3] = answer(&m->words, id, measure);
		if (i % 2)
			id[3] = id[3] ? 0 : 1;
		if (i == 40)
			buf_addf(&b, &e, ": second\n");
		buf_addf(&b, &e, "W%u w%u w%u %s%u\n", id[0], id[1], id[2],
			 i == 7 ? "unknown" : "w", id[3]);
	}
	file_put("set", b.data, b.bytes);
	buf_free(&b);
}

static void analogies(const struct model *m)
{
	for (int measure = WORD_EVAL_ADD; measure <= WORD_EVAL_MUL; measure++) {
		const struct kernels *const *table = kernels_list();
		struct error e = {0};
		struct word_eval_set s;

		questions_put(m, (enum word_eval_measure)measure);
		if (!CHECK(word_eval_read(&s, file_at("set"), &e) == 0))
			return;
		for (int threads = 1; *table; table++, threads++) {
			struct machine machine;
			struct word_eval_result r;

			if (!CHECK(machine_open(&machine, (*table)->name,
						threads, &e) == 0))
				break;
			CHECK(word_eval_run(&r, &s, &m->words,
					    (enum word_eval_measure)measure,
					    &machine, &e) == 0);
			CHECK(r.count == 2 && isnan(r.rho));
			CHECK(r.sections[0].total == 40 &&
			      r.sections[0].known == 39);
			CHECK(r.sections[0].right == 20);
			CHECK(r.sections[1].right == 30);
			CHECK(r.all.total == QUESTIONS && r.all.right == 50);
			mem_free(r.sections);
			machine_close(&machine);
		}
		word_eval_free(&s);
	}
}

static void pairs(const struct model *m)
{
	const struct kernels *k = kernels_find(NULL);
	struct machine machine = { .kernels = k };
	float x[50], y[50];
	struct error e = {0};
	struct buf b = {0};
	struct word_eval_set s;
	struct word_eval_result r;

	for (uint32_t i = 0; i < 50; i++) {
		const float *u = words_vector(&m->words, i);
		const float *v = words_vector(&m->words, 2 * i + 1);

		x[i] = k->dot(u, v, DIM) / (sqrtf(k->dot(u, u, DIM)) *
					    sqrtf(k->dot(v, v, DIM)));
		y[i] = (float)rng_below(3, i, 0, 20);
		buf_addf(&b, &e, "w%u\tW%u\t%g\n", i, 2 * i + 1, (double)y[i]);
	}
	buf_addf(&b, &e, "w1\tnone\t3\n");
	CHECK(word_eval_read(&s, file_put("set", b.data, b.bytes), &e) == 0);
	CHECK(word_eval_run(&r, &s, &m->words, WORD_EVAL_ADD, &machine, &e) ==
	      0);
	CHECK(r.all.total == 51 && r.all.known == 50 && r.count == 1);
	CHECK(fabs(r.rho - spearman(x, y, 50)) < 1e-12);
	mem_free(r.sections);
	word_eval_free(&s);
	buf_free(&b);
}

/* ---- memory -------------------------------------------------------------- */

static const struct model *failing;

static int score_work(struct error *e)
{
	struct machine machine = { .kernels = kernels_find(NULL) };
	struct word_eval_set s;
	struct word_eval_result r = {0};

	if (word_eval_read(&s, file_at("set"), e) < 0)
		return e->code;
	word_eval_run(&r, &s, &failing->words, WORD_EVAL_MUL, &machine, e);
	mem_free(r.sections);
	word_eval_free(&s);
	return e->code;
}

static void allocation_failures(const struct model *m)
{
	failing = m;
	text_put("set", ": a\nW1 w2 w3 w4\nx y z w1\n");
	fail_each("score of analogies", score_work);
	text_put("set", "w1 W2 3\nw2 w3 4\nw3 none 7\n");
	fail_each("score of pairs", score_work);
}

int main(void)
{
	static struct model m;
	struct error e = {0};

	if (files_open() < 0)
		return 1;
	pairs_read();
	analogies_read();
	refused();
	damaged();
	ranks();
	if (CHECK(model_make(&m, &e) == 0)) {
		pairs(&m);
		analogies(&m);
		allocation_failures(&m);
		model_close(&m);
	} else {
		fprintf(stderr, "%s\n", e.text);
	}
	files_close();
	return test_end("score");
}
