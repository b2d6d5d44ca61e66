/*
 * test_words.c - words files: what they answer after training, copies, damage
 * and lies, every allocation failing in turn, and real captions.
 */
#include <math.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/rng.h"
#include "base/string_map.h"
#include "format/safetensors.h"
#include "test.h"
#include "text/words/word_near.h"
#include "topics.h"

/* ---- answers ------------------------------------------------------------- */

struct model {
	struct st_file *file;
	struct words words;
};

static int model_open(struct model *m, const char *path, struct error *e)
{
	m->file = st_open(path, WORDS_FORMAT, e);
	if (m->file && words_load(&m->words, m->file, "", e) == 0)
		return 0;
	st_close(m->file);
	return e->code;
}

static void model_close(struct model *m)
{
	words_free(&m->words);
	st_close(m->file);
}

/* Is `want` among the k words nearest to the expression? */
static int is_near(const struct words *w, const char *expression,
		   const char *want, size_t k)
{
	const struct kernels *kernels = kernels_find(NULL);
	struct word_near_query q = {0};
	struct word_near_hit hits[32];
	struct error e = {0};
	float target[128];
	int found = 0;

	if (word_near_add(&q, w, str_of(expression), kernels, &e) < 0)
		return 0;
	word_near_target(&q, w, target, kernels);
	k = word_near_find(&q, w, target, hits, k, kernels);
	for (size_t i = 0; i < k; i++) {
		found |= str_equal(words_at(w, hits[i].id), str_of(want));
		CHECK(i == 0 || hits[i].cosine <= hits[i - 1].cosine);
	}
	word_near_free(&q);
	return found;
}

static void learning(void)
{
	struct error e = {0};
	struct model first, last;

	CHECK(train(path_of("short"), 1, NULL, 1, &e) == 0);
	CHECK(train(path_of("long"), 40, NULL, 2, &e) == 0);
	if (!CHECK(model_open(&first, path_of("short"), &e) == 0) ||
	    !CHECK(model_open(&last, path_of("long"), &e) == 0))
		return;
	CHECK(atof(st_meta(last.file, "loss")) <
	      atof(st_meta(first.file, "loss")) / 10);
	CHECK(is_near(&last.words, "sofa", "couch", 3));
	CHECK(is_near(&last.words, "couch", "sofa", 3));
	CHECK(is_near(&last.words, "t3w5", "t3w6", 9));
	CHECK(!is_near(&last.words, "t3w5", "t4w1", 9));
	CHECK(is_near(&last.words, "sofa - t3w1 + t4w1", "t4w2", 16));
	CHECK(!is_near(&last.words, "sofa", "sofa", 16));
	model_close(&first);
	model_close(&last);
}

static void unknown_words(const struct words *w)
{
	const struct kernels *k = kernels_find(NULL);
	struct word_near_query q = {0};
	struct error e = {0};
	uint32_t ids[8];
	size_t n = words_suggest(w, str_of("coach"), ids, 8);

	CHECK(n >= 1 && str_equal(words_at(w, ids[0]), str_of("couch")));
	n = words_suggest(w, str_of("t3w"), ids, 3);
	CHECK(n == 3 && words_at(w, ids[0]).bytes == 4);
	CHECK(words_suggest(w, str_of("zzzzzz"), ids, 8) == 0);
	CHECK(words_suggest(w, str_of(""), ids, 8) == 0);
	CHECK(word_near_add(&q, w, str_of("Coach"), k, &e) == ERROR_UNKNOWN);
	CHECK_STR(e.text, "'coach' is not in the vocabulary (82 words)");
	CHECK(strncmp(e.hint, "closest words: couch", 20) == 0);
	error_clear(&e);
	CHECK(word_near_add(&q, w, str_of(" +-"), k, &e) == ERROR_USAGE);
	error_clear(&e);
	CHECK(word_near_add(&q, w, str_of("SOFA-couch"), k, &e) == 0);
	CHECK(q.count == 2 && q.signs[0] == 1 && q.signs[1] == -1);
	CHECK(word_near_check(&q, w, &e) == 0);
	q.count = 0;
	CHECK(word_near_add(&q, w, str_of("sofa-t3w1+t3w1-sofa"), k, &e) == 0);
	CHECK(word_near_check(&q, w, &e) == ERROR_FAILED);
	CHECK_STR(e.text, "the words cancel each other, nothing is left to "
		  "look for");
	error_clear(&e);
	/* what cancels halfway need not in the end */
	q.count = 0;
	CHECK(word_near_add(&q, w, str_of("sofa"), k, &e) == 0);
	CHECK(word_near_add(&q, w, str_of("-sofa"), k, &e) == 0);
	CHECK(word_near_check(&q, w, &e) == ERROR_FAILED);
	error_clear(&e);
	CHECK(word_near_add(&q, w, str_of("t3w1"), k, &e) == 0);
	CHECK(word_near_check(&q, w, &e) == 0);
	word_near_free(&q);
}

static void caption_vectors(const struct words *w)
{
	const struct kernels *k = kernels_find(NULL);
	const float *s = words_vector(w, words_find(w, str_of("sofa")));
	const float *c = words_vector(w, words_find(w, str_of("couch")));
	struct str caption = str_of("Sofa, unknown sofa #couch");
	struct error e = {0};
	float v[128], most = -1, sum = 0;
	double ws, wc, norm;

	CHECK(words_caption_vector(w, caption, WORDS_MEAN, WORDS_RAW, v, k,
				   &e) == 3);
	for (size_t i = 0; i < w->dim; i++)
		CHECK(fabs((2 * (double)s[i] + (double)c[i]) / 3 -
			   (double)v[i]) < 1e-6);
	ws = 2 * log2((double)w->documents /
		      (double)w->df[words_find(w, str_of("sofa"))]);
	wc = log2((double)w->documents /
		  (double)w->df[words_find(w, str_of("couch"))]);
	norm = sqrt(ws * ws + wc * wc);
	CHECK(words_caption_vector(w, caption, WORDS_TFIDF, WORDS_RAW, v, k,
				   &e) == 3);
	for (size_t i = 0; i < w->dim; i++)
		CHECK(fabs((ws * (double)s[i] + wc * (double)c[i]) / norm -
			   (double)v[i]) < 1e-6);
	words_normalise(v, w->dim, WORDS_DIVBYMAX, k);
	for (size_t i = 0; i < w->dim; i++) {
		CHECK(v[i] >= 0 && v[i] <= 1);
		most = v[i] > most ? v[i] : most;
	}
	CHECK(most == 1);
	words_normalise(v, w->dim, WORDS_L1, k);
	for (size_t i = 0; i < w->dim; i++)
		sum += v[i];
	CHECK(fabsf(sum - 1) < 1e-5f);
	words_normalise(v, w->dim, WORDS_L2, k);
	CHECK(fabsf(k->dot(v, v, w->dim) - 1) < 1e-5f);
	CHECK(words_caption_vector(w, str_of("? nothing"), WORDS_TFIDF,
				   WORDS_DIVBYMAX, v, k, &e) == 0);
	for (size_t i = 0; i < w->dim; i++)
		CHECK(v[i] == 0);
}

/* The paragraph transform by plain arithmetic: "sofa" twice, "couch" once. */
static void paragraphs(const struct words *w)
{
	const struct kernels *k = kernels_find(NULL);
	uint32_t ids[2] = { words_find(w, str_of("couch")),
			    words_find(w, str_of("sofa")) };
	double x[2] = { 10, 20 }, p[128], squares[128];
	struct error e = {0};
	float v[128], again[128];
	struct words other = *w;

	if (ids[0] > ids[1]) {
		ids[1] = ids[0];
		ids[0] = words_find(w, str_of("sofa"));
		x[0] = 20;
		x[1] = 10;
	}
	for (size_t i = 0; i < w->dim; i++) {
		p[i] = ((double)words_vector(w, ids[0])[i] +
			(double)words_vector(w, ids[1])[i]) / 2;
		squares[i] = 1;
	}
	for (int step = 0; step < 2 * 50; step++) {
		uint32_t id = ids[step % 2];
		double error = (double)w->bias[id] - log(x[step % 2]);

		for (size_t i = 0; i < w->dim; i++)
			error += p[i] * (double)words_vector(w, id)[i];
		error *= pow(x[step % 2] / 100, 0.75);
		for (size_t i = 0; i < w->dim; i++) {
			double g = error * (double)words_vector(w, id)[i];

			p[i] -= 0.05 * g / sqrt(squares[i]);
			squares[i] += g * g;
		}
	}
	CHECK(words_caption_vector(w, str_of("Sofa, unknown sofa #couch"),
				   WORDS_PARAGRAPH, WORDS_RAW, v, k, &e) == 3);
	for (size_t i = 0; i < w->dim; i++)
		CHECK(fabs(p[i] - (double)v[i]) < 1e-5);
	CHECK(words_caption_vector(w, str_of("couch sofa sofa"),
				   WORDS_PARAGRAPH, WORDS_RAW, again, k,
				   &e) == 3);
	CHECK(memcmp(v, again, w->dim * sizeof(*v)) == 0);
	CHECK(words_caption_vector(w, str_of("unknown"), WORDS_PARAGRAPH,
				   WORDS_RAW, v, k, &e) == 0 && v[0] == 0);
	other.bias = NULL;
	CHECK(words_caption_vector(&other, str_of("sofa"), WORDS_PARAGRAPH,
				   WORDS_RAW, v, k, &e) == ERROR_FAILED);
	CHECK(strstr(e.text, "no biases"));
}

/* A copy under a prefix in another file answers the same. */
static void copied(const struct model *m)
{
	struct error e = {0};
	struct st_writer *w = st_create(path_of("space"), "test space", &e);
	struct st_file *f = NULL;
	struct words copy;

	if (!CHECK(w != NULL))
		return;
	CHECK(words_copy(&m->words, m->file, w, "words.", &e) == 0);
	CHECK(st_commit(w, &e) == 0);
	f = st_open(path_of("space"), "test space", &e);
	if (!CHECK(f != NULL) ||
	    !CHECK(words_load(&copy, f, "words.", &e) == 0))
		return;
	CHECK(st_verify(f, &e) == 0);
	CHECK(copy.count == m->words.count && copy.dim == m->words.dim);
	CHECK(copy.documents == CAPTIONS);
	CHECK(memcmp(copy.vectors, m->words.vectors,
		     copy.count * copy.dim * sizeof(float)) == 0);
	CHECK(copy.stop && string_map_count(copy.stop) == 174);
	CHECK(words_find(&copy, str_of("sofa")) ==
	      words_find(&m->words, str_of("sofa")));
	words_free(&copy);
	st_close(f);
}

static void answering(void)
{
	struct error e = {0};
	struct machine machine = { .kernels = kernels_find(NULL) };
	struct train_options o;
	struct model m;
	struct string_map *en = clean_stop_list("en", &e);

	options_for(&o, path_of("model"), 4);
	o.clean.stop = en;
	o.stop_name = "en";
	CHECK(train_words(&corpus, &o, &machine, &e) == 0);
	string_map_free(en);
	if (!CHECK(model_open(&m, path_of("model"), &e) == 0))
		return;
	CHECK(st_verify(m.file, &e) == 0);
	CHECK(m.words.count == VOCABULARY && m.words.dim == 20);
	for (uint32_t i = 0; i < m.words.count; i++) {
		CHECK(words_find(&m.words, words_at(&m.words, i)) == i);
		CHECK(i == 0 || m.words.occurrences[i] <=
		      m.words.occurrences[i - 1]);
	}
	CHECK(words_find(&m.words, str_of("sof")) == WORDS_NONE);
	CHECK(words_find(&m.words, str_of("")) == WORDS_NONE);
	CHECK_STR(st_meta(m.file, "stop"), "en");
	unknown_words(&m.words);
	caption_vectors(&m.words);
	paragraphs(&m.words);
	copied(&m);
	model_close(&m);
}

/* ---- damage -------------------------------------------------------------- */

/* Cut and flipped files are refused or read, but never crash. */
static void damaged(void)
{
	struct error e = {0};
	struct buf good = {0};
	struct model m;
	size_t refused = 0;

	if (!CHECK(file_read(&good, path_of("model"), 1 << 24, &e) == 0))
		return;
	for (size_t i = 0; i < 300; i++) {
		FILE *f = fopen(path_of("bad"), "w");
		size_t bytes = i < 100 ? good.bytes * i / 100 : good.bytes;
		size_t at = (size_t)rng_below(9, 1, i, MIN(good.bytes, 3000));
		char kept = good.data[at];

		if (i >= 100)
			good.data[at] = (char)rng_bits(9, 2, i);
		fwrite(good.data, 1, bytes, f);
		fclose(f);
		good.data[at] = kept;
		memset(&e, 0, sizeof(e));
		if (model_open(&m, path_of("bad"), &e) == 0)
			model_close(&m);
		else
			refused += e.code == ERROR_DATA;
		CHECK(i >= 100 || e.code == ERROR_DATA);
	}
	CHECK(refused > 110);
	buf_free(&good);
}

/* A file that lies: df above the number of documents, a word twice. */
static void lying(void)
{
	static const struct str same[] = { { "dog", 3 }, { "dog", 3 } };
	static const struct str both[] = { { "dog", 3 }, { "cat", 3 } };
	const uint64_t one = 2, two[] = { 2, 1 }, df[] = { 9, 9 };
	const uint64_t count[] = { 9, 9 };
	const float numbers[2] = { 1, 2 };

	for (int i = 0; i < 5; i++) {
		struct error e = {0};
		struct st_writer *w = st_create(path_of("lie"), WORDS_FORMAT, &e);
		struct model m;

		st_put_meta(w, "model", i == 4 ? "gold" : "glove", &e);
		st_put_meta(w, "clean", i == 2 ? "soap" : "unicode", &e);
		st_put_meta(w, "documents", i == 1 ? "8" : "9", &e);
		st_put_strings(w, "word", i == 0 ? same : both, 2, &e);
		st_put(w, "count", ST_U64, 1, &one, count, &e);
		st_put(w, "df", ST_U64, 1, &one, df, &e);
		st_put(w, "bias", ST_F32, 1, &one, numbers, &e);
		st_put(w, "vectors", ST_F32, 2, two, numbers, &e);
		CHECK(st_commit(w, &e) == 0);
		CHECK(model_open(&m, path_of("lie"), &e) ==
		      (i == 3 ? 0 : ERROR_DATA));
		if (i == 3)
			model_close(&m);
	}
}

/* Numbers that no cosine can be made of are refused, with the word. */
static void not_finite(void)
{
	static const struct str word[] = { { "dog", 3 }, { "cat", 3 } };
	static const float bad[] = { NAN, INFINITY, -INFINITY, 3e38f, -2e15f,
				     0, 1e-38f, -1e-15f, 1e15f };
	const uint64_t one = 2, two[] = { 2, 3 }, df[] = { 9, 9 };

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		const float v[6] = { 1, 2, 3, 0, bad[i], 0 };
		struct error e = {0};
		struct st_writer *w = st_create(path_of("lie"), WORDS_FORMAT, &e);
		struct model m;

		st_put_meta(w, "model", "glove", &e);
		st_put_meta(w, "clean", "unicode", &e);
		st_put_meta(w, "documents", "9", &e);
		st_put_strings(w, "word", word, 2, &e);
		st_put(w, "count", ST_U64, 1, &one, df, &e);
		st_put(w, "df", ST_U64, 1, &one, df, &e);
		st_put(w, "bias", ST_F32, 1, &one, v, &e);
		st_put(w, "vectors", ST_F32, 2, two, v, &e);
		CHECK(st_commit(w, &e) == 0);
		if (i >= 7) {
			CHECK(model_open(&m, path_of("lie"), &e) == 0);
			model_close(&m);
			continue;
		}
		CHECK(model_open(&m, path_of("lie"), &e) == ERROR_DATA);
		CHECK(strstr(e.text, path_of("lie")) &&
		      strstr(e.text, "the vector of 'cat' (row 1)"));
	}
}

static struct str little_caption(const void *context, size_t i)
{
	static const char *const text[] = { "red dog", "red cat", "dog cat" };

	(void)context;
	return str_of(text[i]);
}

static void allocation_failures(void)
{
	static const struct text_source little = { 3, little_caption, NULL,
						    1 };
	struct machine m = { .kernels = kernels_find(NULL) };
	struct train_options o;
	uint64_t n;
	int code = -1;

	options_for(&o, path_of("little"), 1);
	o.min_count = 1;
	for (n = 1; code < 0 && n < 5000; n++) {
		struct error e = {0};

		mem_fail_at(n, n % 2);
		code = train_words(&little, &o, &m, &e);
		mem_fail_at(0, 0);
		CHECK(code == 0 ? e.code == 0 : e.code == code && *e.text);
	}
	CHECK(code == 0 && n > 30);
	code = -1;
	for (n = 1; code < 0 && n < 5000; n++) {
		struct error e = {0};
		struct model model;

		mem_fail_at(n, 0);
		code = model_open(&model, o.out, &e);
		mem_fail_at(0, 0);
		if (code == 0)
			model_close(&model);
		else
			CHECK(e.code == code);
	}
	CHECK(code == 0);
}

/* ---- real captions ------------------------------------------------------- */

struct lines {
	struct buf text;
	struct str *line;	/* [count] */
	size_t count, room;
};

static struct str line_at(const void *context, size_t i)
{
	return ((const struct lines *)context)->line[i];
}

/* The second fields of a .tsv file. */
static int lines_read(struct lines *l, const char *path, struct error *e)
{
	const char *at, *end;

	if (file_read(&l->text, path, 1 << 28, e) < 0)
		return e->code;
	for (at = l->text.data, end = at + l->text.bytes; at < end; at++) {
		const char *tab = memchr(at, '\t', (size_t)(end - at));
		const char *stop = memchr(at, '\n', (size_t)(end - at));

		if (!tab || !stop || tab > stop)
			break;
		if (mem_grow(&l->line, &l->room, l->count + 1,
			     sizeof(*l->line), e) < 0)
			return e->code;
		l->line[l->count++] = (struct str){ tab + 1,
			(size_t)(stop - tab - 1) };
		at = stop;
	}
	return 0;
}

static void real_captions(void)
{
	const char *data = getenv("SEESAY_TEST_DATA");
	struct error e = {0};
	struct lines l = {0};
	struct text_source source = { .caption = line_at, .context = &l };
	struct train_options o;
	struct machine machine;
	struct model m;
	char path[600];

	if (!data) {
		puts("skipped: flickr8k captions, SEESAY_TEST_DATA is not set");
		return;
	}
	snprintf(path, sizeof(path), "%s/flickr8k/train.tsv", data);
	if (!CHECK(lines_read(&l, path, &e) == 0) || !CHECK(l.count == 30000) ||
	    !CHECK(machine_open(&machine, NULL, 0, &e) == 0))
		return;
	source.count = l.count;
	options_for(&o, path_of("flickr"), 20);
	o.dim = 50;
	o.clean.stop = clean_stop_list("en", &e);
	CHECK(train_words(&source, &o, &machine, &e) == 0);
	if (CHECK(model_open(&m, path_of("flickr"), &e) == 0)) {
		CHECK(is_near(&m.words, "dog", "bird", 25));
		CHECK(is_near(&m.words, "dog", "leash", 10));
		CHECK(is_near(&m.words, "girl", "boy", 5));
		CHECK(is_near(&m.words, "blue", "red", 5));
		CHECK(is_near(&m.words, "man-boy+girl", "woman", 10));
		model_close(&m);
	}
	string_map_free((struct string_map *)(uintptr_t)o.clean.stop);
	machine_close(&machine);
	mem_free(l.line);
	buf_free(&l.text);
}

int main(void)
{
	if (topics_open() < 0)
		return 1;
	learning();
	answering();
	damaged();
	lying();
	not_finite();
	allocation_failures();
	real_captions();
	topics_close();
	return test_end("words");
}
