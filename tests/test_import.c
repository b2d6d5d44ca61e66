/*
 * test_import.c - other programs' vectors as words files: what is kept, what
 * is left out, what is refused, and that a failure leaves nothing behind.
 */
#include <math.h>

#include "base/string_map.h"
#include "fail_each.h"
#include "text/words/words_import.h"
#include "text/words/word_near.h"
#include "text/words/words.h"
#include "vector_files.h"

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

static int import_from(const char *path, const char *list,
		       struct words_import_report *r, struct error *e)
{
	const struct words_import_options o = {
		.source = { .path = path, .words = list },
		.out = file_at("words"), .clean = CLEAN_UNICODE,
	};

	return words_import_file(&o, r, e);
}

static void kept(void)
{
	struct words_import_report r;
	struct vectors_out o;
	struct error e = {0};
	struct model m;

	sample_out(&o, "in", VECTORS_GLOVE_BIN);
	CHECK(vectors_write(&o, &e) == 0);
	CHECK(import_from(o.path, o.list, &r, &e) == 0);
	CHECK(r.count == SAMPLE_WORDS && r.dim == SAMPLE_DIM);
	CHECK(r.format == VECTORS_GLOVE_BIN && r.not_utf8 == 1);
	CHECK(!r.repeated && !r.zero && !r.buckets);
	if (!CHECK(model_open(&m, file_at("words"), &e) == 0)) {
		fprintf(stderr, "%s\n", e.text);
		return;
	}
	CHECK(st_verify(m.file, &e) == 0);
	CHECK(m.words.model == WORDS_FOREIGN && m.words.documents == 0);
	CHECK(m.words.dim == SAMPLE_DIM && !m.words.bias);
	CHECK(memcmp(m.words.vectors, sample, sizeof(sample)) == 0);
	for (uint32_t i = 0; i < SAMPLE_WORDS; i++) {
		CHECK(str_equal(words_at(&m.words, i), sample_words[i]));
		CHECK(m.words.occurrences[i] == sample_counts[i]);
		CHECK(m.words.df[i] == 0);
		CHECK(words_find(&m.words, sample_words[i]) == i);
	}
	model_close(&m);
}

static void left_out(void)
{
	struct words_import_report r;
	struct error e = {0};
	struct model m;

	text_put("in", "a 1 2\nb 0 -0\na 3 4\nc 1e-16 0\nb 5 6\na 7 8\n");
	CHECK(import_from(file_at("in"), NULL, &r, &e) == 0);
	CHECK(r.count == 2 && r.repeated == 2 && r.zero == 2);
	CHECK_STR(r.first, "a");
	if (!CHECK(model_open(&m, file_at("words"), &e) == 0))
		return;
	CHECK(m.words.vectors[0] == 1 && m.words.vectors[2] == 5);
	CHECK_STR(st_meta(m.file, "source"), "glove");
	model_close(&m);
}

static void refused(void)
{
	static const struct {
		const char *text, *says;
	} cases[] = {
		{ "a 0 0\nb 0 0\n", "has no word with a vector" },
		{ "a 1 2\nb 3 2e15\n", "'b' (word 2) is too large" },
		{ "a 1 2\nb 3\n", "line 2" },
		{ "", "empty" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct words_import_report r;
		struct error e = {0};

		file_remove(file_at("words"));
		text_put("in", cases[i].text);
		CHECK(import_from(file_at("in"), NULL, &r, &e) == ERROR_DATA);
		CHECK(strstr(e.text, cases[i].says) != NULL);
		CHECK(!file_exists(file_at("words")));
	}
}

/* Words it never saw: the mean of the rows of their n-grams. */
static void built(const struct words *w)
{
	static const char *const words[] = { "abba", "x", "caf\303\251s" };
	const struct kernels *k = kernels_find(NULL);
	struct error e = {0};
	float v[FT_DIM], two[FT_DIM], mean;

	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		uint32_t ids[400], id;
		size_t n = ft_ngrams(words[i], ids);

		CHECK(words_look(w, str_of(words[i]), &id) != WORDS_UNKNOWN);
		CHECK(words_word_vector(w, str_of(words[i]), v, k, &e) == 1);
		for (size_t j = 0; j < FT_DIM; j++) {
			float sum = 0;

			for (size_t g = 0; g < n; g++)
				sum = sum + ft_value(FT_WORDS + ids[g], j);
			CHECK(v[j] == sum * (1.0f / (float)n));
		}
	}
	CHECK(words_word_vector(w, str_of("</s>"), v, k, &e) == 1);
	/* a caption of a known word and one that is built */
	CHECK(words_word_vector(w, str_of("abba"), v, k, &e) == 1);
	CHECK(words_caption_vector(w, str_of("ab abba"), WORDS_MEAN,
				   WORDS_RAW, two, k, &e) == 2);
	mean = (w->vectors[2 * FT_DIM] + v[0]) / 2;
	CHECK(two[0] == mean);
	CHECK(words_caption_vector(w, str_of("ab"), WORDS_TFIDF, WORDS_RAW,
				   two, k, &e) == ERROR_FAILED);
	CHECK(strstr(e.text, "in how many") && *e.hint);
}

/* tf-idf: a word that n-grams build weighs as one of df 1, after the rows, in
 * whatever order the text has them; stop words stay out though n-grams could
 * build them. */
static void built_weighs(const struct words *model)
{
	const struct kernels *k = kernels_find(NULL);
	struct error e = {0};
	struct words w = *model;
	uint64_t df[FT_WORDS];
	float v[FT_DIM], got[FT_DIM], back[FT_DIM];
	float weight[2] = { 2, 6 };		/* log2(8/2), 2 log2(8/1) */
	float norm = sqrtf(40);

	for (size_t i = 0; i < FT_WORDS; i++)
		df[i] = 2;
	w.documents = 8;
	w.df = df;
	w.stop = string_map_new(&e);
	w.clean.stop = w.stop;
	CHECK(string_map_add(w.stop, str_of("the"), &e) == 0);
	CHECK(words_word_vector(&w, str_of("abba"), v, k, &e) == 1);
	CHECK(words_caption_vector(&w, str_of("Abba the ab abba"), WORDS_TFIDF,
				   WORDS_RAW, got, k, &e) == 3);
	for (size_t j = 0; j < FT_DIM; j++)
		CHECK(fabsf(got[j] - (weight[0] / norm *
			    w.vectors[2 * FT_DIM + j] + weight[1] / norm *
			    v[j])) < 1e-4f * (1 + fabsf(got[j])));
	CHECK(words_caption_vector(&w, str_of("ab abba abba"), WORDS_AUTO,
				   WORDS_RAW, back, k, &e) == 3);
	CHECK(memcmp(got, back, sizeof(got)) == 0);
	CHECK(words_caption_vector(&w, str_of("the"), WORDS_TFIDF, WORDS_RAW,
				   back, k, &e) == 0);
	string_map_free(w.stop);
}

/* A word that is built can be asked with. */
static void neighbours(const struct words *w)
{
	const struct kernels *k = kernels_find(NULL);
	struct word_near_query q = {0};
	struct word_near_hit hits[FT_WORDS];
	struct error e = {0};
	float v[FT_DIM], target[FT_DIM];

	CHECK(word_near_add(&q, w, str_of("Abba - cafe"), k, &e) == 0);
	CHECK(q.count == 2 && q.ids[0] == WORDS_NONE && q.signs[1] == -1);
	CHECK(words_word_vector(w, str_of("abba"), v, k, &e) == 1);
	CHECK(memcmp(q.vectors, v, sizeof(v)) == 0);
	CHECK(word_near_check(&q, w, &e) == 0);
	word_near_target(&q, w, target, k);
	CHECK(word_near_find(&q, w, target, hits, FT_WORDS, k) == FT_WORDS);
	word_near_free(&q);
}

/* The rows of all buckets, and the vectors ready to use. */
static void subwords(void)
{
	struct words_import_report r;
	struct error e = {0};
	struct buf b = {0};
	struct model m;

	ft_put(&b, 12, -1);
	file_put("in", b.data, b.bytes);
	CHECK(import_from(file_at("in"), NULL, &r, &e) == 0);
	CHECK(r.count == FT_WORDS && r.buckets == FT_BUCKETS);
	if (CHECK(model_open(&m, file_at("words"), &e) == 0)) {
		const struct words *w = &m.words;

		CHECK(w->model == WORDS_FASTTEXT && w->min_n == FT_MIN);
		CHECK(w->max_n == FT_MAX && w->buckets == FT_BUCKETS);
		CHECK(w->subword_count == FT_BUCKETS);
		for (uint32_t i = 0; i < FT_BUCKETS; i++)
			for (size_t j = 0; j < FT_DIM; j++)
				CHECK(w->subword_ids[i] == i &&
				      w->subwords[i * FT_DIM + j] ==
				      ft_value(FT_WORDS + i, j));
		CHECK(w->vectors[0] == ft_value(0, 0));
		built(w);
		built_weighs(w);
		neighbours(w);
		model_close(&m);
	}
	buf_free(&b);
}

static int import_work(struct error *e)
{
	struct words_import_report r;

	return import_from(file_at("in"), NULL, &r, e);
}

int main(void)
{
	if (files_open() < 0)
		return 1;
	kept();
	left_out();
	refused();
	subwords();
	fail_each("import", import_work);
	files_close();
	return test_end("import");
}
