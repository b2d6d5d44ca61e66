/*
 * test_vectors.c - word vectors read from and written to the files of other
 * programs: round trips by bits, odd files, wrong files, damage, and every
 * allocation failing in turn.
 */
#include <math.h>

#include "fail_each.h"
#include "vector_files.h"

enum { MOST = 64 };

/* All rows of a file. */
struct read {
	size_t count, dim;
	char words[MOST][80];
	uint64_t counts[MOST];
	float rows[MOST][8];
	enum vectors_format format;
};

static int read_rows(struct read *r, struct vectors_in *in, struct error *e)
{
	struct str word;
	float *row = mem_new(in->dim, sizeof(*row), e);
	int code = -1;

	while (row && (code = vectors_next(in, &word, row, e)) > 0 &&
	       r->count < MOST && in->dim <= 8) {
		snprintf(r->words[r->count], sizeof(r->words[0]), "%.*s",
			 (int)MIN(word.bytes, (size_t)79), word.data);
		memcpy(r->rows[r->count], row, in->dim * sizeof(*row));
		r->counts[r->count++] = in->count;
	}
	mem_free(row);
	return code;
}

static int read_all(struct read *r, const struct vectors_source *s,
		    struct error *e)
{
	struct vectors_in in;

	memset(r, 0, sizeof(*r));
	if (vectors_open(&in, s, e) < 0)
		return e->code;
	r->dim = in.dim;
	r->format = in.format;
	read_rows(r, &in, e);
	vectors_close(&in);
	return e->code;
}

static int read_text(struct read *r, const char *text, struct error *e)
{
	const struct vectors_source s = { .path = text_put("t", text) };

	memset(e, 0, sizeof(*e));
	return read_all(r, &s, e);
}

/* ---- round trips --------------------------------------------------------- */

static int is_sample(const struct read *r, int with_counts)
{
	int same = r->count == SAMPLE_WORDS && r->dim == SAMPLE_DIM;

	for (size_t i = 0; same && i < SAMPLE_WORDS; i++) {
		same &= str_equal(str_of(r->words[i]), sample_words[i]);
		same &= r->counts[i] == (with_counts ? sample_counts[i] : 0);
		same &= memcmp(r->rows[i], sample + i * SAMPLE_DIM,
			       SAMPLE_DIM * sizeof(float)) == 0;
	}
	return same;
}

static void round_trips(void)
{
	static const enum vectors_format formats[] = {
		VECTORS_GLOVE, VECTORS_WORD2VEC, VECTORS_FASTTEXT_VEC,
		VECTORS_WORD2VEC_BIN, VECTORS_GLOVE_BIN, VECTORS_NPY,
	};

	for (size_t i = 0; i < ARRAY_LEN(formats); i++) {
		struct vectors_source s = { .path = file_at("x") };
		struct vectors_out o;
		struct error e = {0};
		struct read r;
		int beside = formats[i] == VECTORS_GLOVE_BIN ||
			     formats[i] == VECTORS_NPY;

		sample_out(&o, "x", formats[i]);
		CHECK(vectors_write(&o, &e) == 0);
		if (beside)
			s.words = o.list;
		for (int told = 0; told < 2; told++) {
			s.format = told ? formats[i] : VECTORS_AUTO;
			if (!CHECK(read_all(&r, &s, &e) == 0))
				fprintf(stderr, "%s\n", e.text);
			CHECK(is_sample(&r, formats[i] == VECTORS_GLOVE_BIN));
			CHECK(r.format == formats[i] ||
			      formats[i] == VECTORS_FASTTEXT_VEC);
		}
		if (!beside)
			continue;
		s.words = NULL;
		CHECK(read_all(&r, &s, &e) == ERROR_USAGE);
		o.list = NULL;
		memset(&e, 0, sizeof(e));
		CHECK(vectors_write(&o, &e) == ERROR_USAGE);
	}
}

static void text_bytes(void)
{
	static const struct str words[] = { { "beach", 5 }, { "h\303\251", 3 } };
	static const float rows[] = { 1, -0.1f, 16777217.0f, 1e-45f,
				      3.14159274f, 0 };
	struct vectors_out o = { .path = file_at("b"), .words = words,
				 .format = VECTORS_WORD2VEC, .vectors = rows,
				 .count = 2, .dim = 3 };
	const struct str bad[] = { { "a 5", 3 }, { "", 0 }, { "a\n", 2 },
				   { " a", 2 }, { "a ", 2 }, { "a\tb", 3 },
				   { "a nan", 5 } };
	struct error e = {0};
	struct buf b = {0};

	CHECK(vectors_write(&o, &e) == 0);
	CHECK(file_read(&b, o.path, 1000, &e) == 0);
	CHECK_STR(b.data, "2 3\nbeach 1 -0.100000001 16777216\n"
		  "h\303\251 1.40129846e-45 3.14159274 0\n");
	o.count = 1;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		o.words = &bad[i];
		CHECK(vectors_write(&o, &e) == ERROR_DATA);
		memset(&e, 0, sizeof(e));
	}
	buf_clear(&b);
	CHECK(file_read(&b, o.path, 1000, &e) == 0 && b.data[0] == '2');
	buf_free(&b);
}

/* Words with blanks inside, where a format has room for them. */
static void blanks(void)
{
	static const struct str words[SAMPLE_WORDS] = {
		{ "new york", 8 }, { ". . .", 5 }, { "x", 1 }, { "5 a", 3 },
	};

	for (int f = VECTORS_GLOVE; f <= VECTORS_NPY; f++) {
		int fine = f == VECTORS_GLOVE || f == VECTORS_WORD2VEC ||
			   f == VECTORS_FASTTEXT_VEC || f == VECTORS_NPY;
		struct vectors_source s = { .path = file_at("x") };
		struct vectors_out o;
		struct error e = {0};
		struct read r;

		if (f == VECTORS_FASTTEXT_BIN)
			continue;
		sample_out(&o, "x", (enum vectors_format)f);
		o.words = words;
		CHECK(vectors_write(&o, &e) == (fine ? 0 : ERROR_DATA));
		if (!fine)
			continue;
		if (f == VECTORS_NPY)
			s.words = o.list;
		CHECK(read_all(&r, &s, &e) == 0 && r.count == SAMPLE_WORDS);
		for (size_t i = 0; i < SAMPLE_WORDS; i++)
			CHECK(str_equal(str_of(r.words[i]), words[i]) &&
			      memcmp(r.rows[i], sample + i * SAMPLE_DIM,
				     SAMPLE_DIM * sizeof(float)) == 0);
	}
}

/* ---- odd files that are right -------------------------------------------- */

static void odd_texts(void)
{
	static const struct {
		const char *text;
		size_t count, dim;
		const char *last;	/* the last word */
		float number;		/* and its last number */
	} cases[] = {
		{ "a 1 2\nb 3 4\n", 2, 2, "b", 4 },
		{ "a 1 2\nb 3 4", 2, 2, "b", 4 },
		{ "a 1 2\r\nb 3 4\r\n", 2, 2, "b", 4 },
		{ "a\t1\t2\nb  3   4 \n\n\n", 2, 2, "b", 4 },
		{ "2 2\na 1 2 \nb 3 4 \n", 2, 2, "b", 4 },
		{ "2 2\r\na 1 2\r\nb 3 4", 2, 2, "b", 4 },
		{ "2 2\na 1 2\nb 3 4\n<unk> 5 6\n", 3, 2, "<unk>", 6 },
		{ "a 1 2\n<unk> 5 6\n", 2, 2, "<unk>", 6 },
		{ "a 1 2\n. . . 3 4\nat x@y.z 5 6\n", 3, 2, "at x@y.z", 6 },
		{ "new york 1 2\nb 3 4\n", 2, 2, "b", 4 },
		{ "3 1 2\n4 3 4\n", 2, 2, "4", 4 },
		{ "3 9\n4 3\nx 5\n", 3, 1, "x", 5 },
		{ "1 1\nx 5\n", 1, 1, "x", 5 },
		{ "nan 1 2\ninf 3 4\n", 2, 2, "inf", 4 },
		{ "\xEF\xBB\xBF" "a 1 2\n", 1, 2, "a", 2 },
		{ "\xC2\xA0 1 2\nx\xC2\xA0y 3 4\n", 2, 2, "x\xC2\xA0y", 4 },
		{ "a 1e-3 +2.\nb .5 -4E1\n", 2, 2, "b", -40 },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct error e;
		struct read r;

		if (!CHECK(read_text(&r, cases[i].text, &e) == 0)) {
			fprintf(stderr, "%zu: %s\n", i, e.text);
			continue;
		}
		CHECK(r.count == cases[i].count && r.dim == cases[i].dim);
		CHECK_STR(r.words[r.count - 1], cases[i].last);
		CHECK(r.rows[r.count - 1][r.dim - 1] == cases[i].number);
	}
}

/* gensim writes no line ends between the rows; a word may begin with the byte
 * of a line end only in our imagination. */
static void odd_binaries(void)
{
	static const char lines[] = "2 1\nab \0\0\200?\ncd \0\0\0@\n";
	static const char none[] = "2 1\nab \0\0\200?cd \0\0\0@";
	struct vectors_source s = {0};
	struct error e = {0};
	struct read r;

	for (int i = 0; i < 2; i++) {
		s.path = file_put("x", i ? none : lines,
				  (i ? sizeof(none) : sizeof(lines)) - 1);
		CHECK(read_all(&r, &s, &e) == 0);
		CHECK(r.format == VECTORS_WORD2VEC_BIN && r.count == 2);
		CHECK_STR(r.words[0], "ab");
		CHECK_STR(r.words[1], "cd");
		CHECK(r.rows[0][0] == 1 && r.rows[1][0] == 2);
	}
}

/* W and W~ of two words, one number each, with biases 9. */
static void glove_binary(void)
{
	static const double v[] = { 1, 9, 2, 9, 0.5, 9, 0.25, 9 };
	struct vectors_source s = { .words = text_put("l", "a\nb\n") };
	unsigned char bytes[sizeof(v)];
	struct error e = {0};
	struct read r;

	for (size_t i = 0; i < ARRAY_LEN(v); i++) {
		uint64_t bits;

		memcpy(&bits, &v[i], sizeof(bits));
		le64_put(bytes + 8 * i, bits);
	}
	s.path = file_put("x", bytes, sizeof(bytes));
	CHECK(read_all(&r, &s, &e) == 0 && r.format == VECTORS_GLOVE_BIN);
	CHECK(r.dim == 1 && r.rows[0][0] == 1.5f && r.rows[1][0] == 2.25f);
	s.without_context = 1;
	CHECK(read_all(&r, &s, &e) == 0);
	CHECK(r.rows[0][0] == 1 && r.rows[1][0] == 2);
	s.words = text_put("l", "a 7\nb 5\nc 3\n");
	CHECK(read_all(&r, &s, &e) == ERROR_DATA);
	CHECK(strstr(e.text, "64 bytes") && strstr(e.text, "3 words"));
}

static void safetensors(void)
{
	const uint64_t shape[] = { 2, 3 }, other[] = { 3, 2 };
	const double doubles[] = { 1, 2, 3, 4, 5, 6 };
	const float floats[] = { 7, 8, 9, 10, 11, 12 };
	struct vectors_source s = { .path = file_at("st") };
	struct error e = {0};
	struct st_writer *w = st_create(s.path, "test", &e);
	struct read r;

	st_put(w, "small", ST_F64, 2, shape, doubles, &e);
	st_put(w, "large", ST_F32, 2, shape, floats, &e);
	st_put(w, "turned", ST_F32, 2, other, floats, &e);
	CHECK(st_commit(w, &e) == 0);
	s.words = text_put("l", "a 5\r\nb 6");
	CHECK(read_all(&r, &s, &e) == ERROR_USAGE);
	CHECK(strstr(e.text, "3 matrices") && strstr(e.hint, "--tensor"));
	memset(&e, 0, sizeof(e));
	s.tensor = "none";
	CHECK(read_all(&r, &s, &e) == ERROR_DATA);
	memset(&e, 0, sizeof(e));
	s.tensor = "turned";
	CHECK(read_all(&r, &s, &e) == ERROR_DATA);
	CHECK(strstr(e.text, "3 vectors") && strstr(e.text, "2 words"));
	memset(&e, 0, sizeof(e));
	s.tensor = "small";
	CHECK(read_all(&r, &s, &e) == 0 && r.count == 2 && r.dim == 3);
	CHECK(r.rows[1][2] == 6 && r.counts[1] == 6);
	CHECK_STR(r.words[1], "b");
	s.tensor = "large";
	CHECK(read_all(&r, &s, &e) == 0 && r.rows[1][2] == 12);
}

/* ---- fastText ------------------------------------------------------------ */

static void ngrams(void)
{
	static const char *const words[] = { "a", "ab", "caf\303\251",
		"\346\227\245\346\234\254", "x\360\237\230\200y", "" };
	struct fasttext_ngrams g = { FT_MIN, FT_MAX, FT_BUCKETS, NULL, 0, 0 };
	struct error e = {0};
	uint32_t want[400];

	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		size_t n = ft_ngrams(words[i], want);

		CHECK(fasttext_ngrams_of(&g, str_of(words[i]), &e) == 0);
		CHECK(g.count == n &&
		      (!n || memcmp(g.ids, want, n * sizeof(*want)) == 0));
	}
	/* what fastText's own program makes of it with 2000000 buckets */
	g.min_n = g.max_n = 3;
	g.buckets = 2000000;
	CHECK(fasttext_ngrams_of(&g, str_of("\303\251t\303\251"), &e) == 0);
	CHECK(g.count == 3 && g.ids[0] == 1908133 && g.ids[1] == 187927 &&
	      g.ids[2] == 1291535);
	CHECK(fasttext_ngrams_of(&g, str_of("</s>"), &e) == 0 && !g.count);
	mem_free(g.ids);
}

static void fasttext(void)
{
	struct vectors_source s = {0};
	struct error e = {0};
	struct buf b = {0};
	struct read r;

	ft_put(&b, 12, -1);
	s.path = file_put("ft", b.data, b.bytes);
	CHECK(read_all(&r, &s, &e) == 0 && r.format == VECTORS_FASTTEXT_BIN);
	CHECK(r.count == FT_WORDS && r.dim == FT_DIM && r.counts[1] == 49);
	for (size_t i = 0; i < FT_WORDS; i++) {
		uint32_t ids[400];
		size_t n = i ? ft_ngrams(ft_words[i], ids) : 0;

		CHECK_STR(r.words[i], ft_words[i]);
		for (size_t j = 0; j < FT_DIM; j++) {
			float sum = ft_value(i, j);

			for (size_t k = 0; k < n; k++)
				sum = sum + ft_value(FT_WORDS + ids[k], j);
			CHECK(r.rows[i][j] ==
			      sum * (float)(1.0 / (double)(n + 1)));
		}
	}
	for (int i = 0; i < 3; i++) {
		static const char *const says[] = { "quantised", "version 13",
						    "after its end" };

		buf_clear(&b);
		ft_put(&b, i == 1 ? 13 : 12, i ? -1 : 4);
		s.path = file_put("ft", b.data, b.bytes + (i == 2));
		memset(&e, 0, sizeof(e));
		CHECK(read_all(&r, &s, &e) == ERROR_DATA);
		CHECK(strstr(e.text, says[i]) != NULL);
	}
	for (int more = -1; more <= 1; more += 2) {
		buf_clear(&b);
		ft_put_rows(&b, 12, -1, FT_WORDS + FT_BUCKETS + more);
		s.path = file_put("ft", b.data, b.bytes);
		memset(&e, 0, sizeof(e));
		CHECK(read_all(&r, &s, &e) == ERROR_DATA);
		CHECK(strstr(e.text, "its rows are not those") != NULL);
	}
	buf_free(&b);
}

/* ---- wrong files --------------------------------------------------------- */

static void wrong_texts(void)
{
	static const struct {
		const char *text, *says;
	} cases[] = {
		{ "", "is empty" },
		{ "\n \n", "is blank" },
		{ "hello world\n", "first line does not end in numbers" },
		{ "1 2\n", "ends after 0 of the 1 words" },
		{ "a 1 2\nb 3\n", "line 2: expected a word and 2 numbers, "
		  "found 1 numbers" },
		{ "a 1 2\nb 3 4 5\n", "line 2: expected a word and 2 numbers, "
		  "found 3 numbers" },
		{ "a 1 2\nb 3 4x\n", "line 2: expected a word and 2" },
		{ "a 1 2\n 3 4\n", "line 2: the word is empty" },
		{ "a 1 2\n3 4\n", "line 2: expected a word and 2" },
		{ "2 3\n 1 2 3\nb 1 2 3\n", "line 2: the word is empty" },
		{ "2 3\n\t1\t2\t3\nb\t1\t2\t3\n", "line 2: the word is" },
		{ "2 3\nb 1 2 3\n  1 2 3\n", "line 3: the word is empty" },
		{ "2 1\r\n 1\r\nb 2\r\n", "line 2: the word is empty" },
		{ " 1 2 3\nb 1 2 3\n", "line 1: the word is empty" },
		{ "a 1 2\rb 3 4\r", "line 1: a carriage return" },
		{ "2 2\ra 1 2\rb 3 4", "line 1: a carriage return" },
		{ "\xFF\xFE" "a", "is UTF-16" },
		{ "\xFE\xFF" "a", "is UTF-16" },
		{ "a 1 2\n\nb 3 0x1p3\n", "line 3: expected a word and 2" },
		{ "a 1 2\nb 3,5 4\n", "line 2: expected a word and 2" },
		{ "a 1 nan\n", "line 1: dimension 2 of 'a' is not finite" },
		{ "a 1 2\nb -inf 2\n", "line 2: dimension 1 of 'b'" },
		{ "a 1 2\nb 1e39 2\n", "line 2: dimension 1 of 'b'" },
		{ "3 2\na 1 2\nb 3 4\n", "ends after 2 of the 3 words that its "
		  "first line declares" },
		{ "1 2\na 1 2\nb 3 4\n", "line 3: more words than the 1" },
		{ "1 2\na 1 2\n<unk> 3 4\n<unk> 5 6\n", "line 4: more words" },
		{ "9 99999999\na 1 2\n",
		  "line 2: expected a word and 1 numbers" },
		{ "PK\3\4xxxx", "compressed (zip)" },
		{ "\x1f\x8b\x08xxxx", "compressed (gzip)" },
	};
	struct error e;
	struct read r;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CHECK(read_text(&r, cases[i].text, &e) == ERROR_DATA);
		if (!CHECK(strstr(e.text, cases[i].says) != NULL))
			fprintf(stderr, "%zu: %s\n", i, e.text);
	}
}

static void wrong_lists(void)
{
	static const struct {
		const char *list, *says;
	} cases[] = {
		{ "", "is empty" },
		{ "a\n\nb\n", "line 2: the word is missing" },
		{ "a\nb\nc\n", "2 vectors" }, { "\n", "has no words" },
	};
	struct vectors_source s = { .path = file_at("m"),
				    .words = file_at("l") };
	struct vectors_out o;
	struct error e = {0};
	struct read r;

	sample_out(&o, "m", VECTORS_NPY);
	o.count = 2;
	CHECK(vectors_write(&o, &e) == 0);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		text_put("l", cases[i].list);
		memset(&e, 0, sizeof(e));
		CHECK(read_all(&r, &s, &e) == ERROR_DATA);
		if (!CHECK(strstr(e.text, cases[i].says) != NULL))
			fprintf(stderr, "%zu: %s\n", i, e.text);
	}
	memset(&e, 0, sizeof(e));
	s.words = file_at("nowhere");
	CHECK(read_all(&r, &s, &e) == ERROR_FAILED);
}

/* ---- damage -------------------------------------------------------------- */

/* Whatever the bytes: rows or a reason.  Returns whether it was read. */
static int survives(const struct buf *good, size_t bytes, uint64_t flip,
		    enum vectors_format format, const char *list)
{
	struct vectors_source s = { .words = list, .format = format };
	struct error e = {0};
	struct read r;
	char kept[4];
	size_t at[4];

	for (uint64_t i = 0; i < 4; i++) {
		at[i] = (size_t)rng_below(7, flip, 3 * i, good->bytes);
		kept[i] = good->data[at[i]];
		if (flip > i)
			good->data[at[i]] = (char)(kept[i] ^
				(rng_below(7, flip, 9, 2) ?
				 (int)rng_below(7, flip, 3 * i + 1, 256) :
				 1 << rng_below(7, flip, 3 * i + 2, 8)));
	}
	s.path = file_put("bad", good->data, bytes);
	for (size_t i = 4; i-- > 0;)
		good->data[at[i]] = kept[i];
	if (read_all(&r, &s, &e) == 0)
		return 1;
	CHECK((e.code == ERROR_DATA || e.code == ERROR_USAGE) && *e.text);
	return 0;
}

static void damage(enum vectors_format format, const struct buf *good,
		   const char *list)
{
	size_t whole = 0;

	CHECK(survives(good, good->bytes, 0, format, list));
	CHECK(survives(good, good->bytes, 0, VECTORS_AUTO, list));
	for (size_t i = 0; i < good->bytes; i++) {
		whole += (size_t)survives(good, i, 0, format, list);
		if (i % 8 == 0)
			survives(good, i, 0, VECTORS_AUTO, list);
	}
	/* a cut may fall behind all that counts, or after a row of text */
	CHECK(whole <= (format == VECTORS_GLOVE ? good->bytes / 2 : 12));
	for (uint64_t i = 1; i < 150; i++)
		survives(good, good->bytes, i, i % 2 ? format : VECTORS_AUTO,
			 list);
}

static void damaged(void)
{
	static const enum vectors_format formats[] = {
		VECTORS_GLOVE, VECTORS_WORD2VEC, VECTORS_WORD2VEC_BIN,
		VECTORS_GLOVE_BIN, VECTORS_NPY,
	};
	struct buf b = {0};
	struct error e = {0};
	struct vectors_out o;

	for (size_t i = 0; i < ARRAY_LEN(formats); i++) {
		sample_out(&o, "good", formats[i]);
		o.list = file_at("good.list");
		CHECK(vectors_write(&o, &e) == 0);
		buf_clear(&b);
		CHECK(file_read(&b, o.path, 4096, &e) == 0);
		damage(formats[i], &b, i > 2 ? file_at("good.list") : NULL);
	}
	buf_clear(&b);
	ft_put(&b, 12, -1);
	damage(VECTORS_FASTTEXT_BIN, &b, NULL);
	buf_free(&b);
}

/* No bytes at all are one of these files, or they are by chance. */
static void noise(void)
{
	const char *list = text_put("l", "a\nb\n");

	for (uint64_t i = 0; i < 600; i++) {
		unsigned char bytes[128];
		struct vectors_source s = { .words = list,
			.format = (enum vectors_format)(i % 9) };
		struct error e = {0};
		struct read r;

		for (uint64_t j = 0; j < sizeof(bytes); j++)
			bytes[j] = i % 2 ? (unsigned char)rng_bits(9, i, j) :
				   (unsigned char)"0123456789. \nax-e"
				   [rng_below(9, i, j, 17)];
		s.path = file_put("bad", bytes,
				  (size_t)rng_below(9, i, 200, 129));
		if (read_all(&r, &s, &e) < 0)
			CHECK(*e.text);
	}
}

/* ---- memory -------------------------------------------------------------- */

static struct vectors_source failing_source;
static struct vectors_out failing_out;

static int read_work(struct error *e)
{
	struct read r;

	return read_all(&r, &failing_source, e);
}

static int write_work(struct error *e)
{
	return vectors_write(&failing_out, e);
}

static void allocation_failures(void)
{
	for (int f = VECTORS_GLOVE; f <= VECTORS_NPY; f++) {
		struct error e = {0};
		struct buf b = {0};

		failing_source = (struct vectors_source){
			.path = file_at("f"), .format = (enum vectors_format)f
		};
		sample_out(&failing_out, "f", (enum vectors_format)f);
		if (f == VECTORS_FASTTEXT_BIN) {
			ft_put(&b, 12, -1);
			file_put("f", b.data, b.bytes);
		} else {
			CHECK(vectors_write(&failing_out, &e) == 0);
			if (f == VECTORS_WORD2VEC || f == VECTORS_NPY)
				fail_each("vectors_write", write_work);
		}
		if (f == VECTORS_GLOVE_BIN || f == VECTORS_NPY)
			failing_source.words = failing_out.list;
		fail_each("vectors_open", read_work);
		buf_free(&b);
	}
}

/* "3 1" is how a file of three words with one dimension begins: what nobody
 * would read as it was meant is not there. */
static void read_back(void)
{
	static const struct str words[] = { { "3", 1 }, { "4", 1 } };
	static const float rows[] = { 1, 2 };
	struct vectors_out o = { .path = file_at("m"), .words = words,
				 .format = VECTORS_GLOVE, .vectors = rows,
				 .count = 2, .dim = 1 };
	struct error e = {0};

	CHECK(vectors_write(&o, &e) == ERROR_DATA);
	CHECK(strstr(e.text, "the file reads back differently"));
	CHECK(!file_exists(o.path));
	error_clear(&e);
	o.format = VECTORS_WORD2VEC;
	CHECK(vectors_write(&o, &e) == 0 && file_exists(o.path));
}

int main(void)
{
	if (files_open() < 0)
		return 1;
	round_trips();
	text_bytes();
	blanks();
	odd_texts();
	odd_binaries();
	read_back();
	glove_binary();
	safetensors();
	ngrams();
	fasttext();
	wrong_texts();
	wrong_lists();
	damaged();
	noise();
	allocation_failures();
	files_close();
	return test_end("vectors");
}
