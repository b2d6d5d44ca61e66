/*
 * vector_files.h - little files of word vectors in a folder that goes away,
 * for tests.
 */
#ifndef VECTOR_FILES_H
#define VECTOR_FILES_H

#include <stdlib.h>

#include "base/file.h"
#include "base/le.h"
#include "base/rng.h"
#include "format/vectors.h"
#include "test.h"

static char files_folder[512];

static inline const char *file_at(const char *name)
{
	static char paths[8][600];
	static int next;
	char *p = paths[next++ % 8];

	snprintf(p, sizeof(paths[0]), "%s/%s", files_folder, name);
	return p;
}

static inline int files_open(void)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(files_folder, sizeof(files_folder), "%s/seesay-files-XXXXXX",
		 tmp && *tmp ? tmp : "/tmp");
	return mkdtemp(files_folder) ? 0 : -1;
}

static inline void files_close(void)
{
	char command[600];

	snprintf(command, sizeof(command), "rm -rf '%s'", files_folder);
	CHECK(system(command) == 0);
}

static inline const char *file_put(const char *name, const void *data,
				   size_t bytes)
{
	const char *path = file_at(name);
	FILE *f = fopen(path, "wb");

	if (CHECK(f != NULL)) {
		fwrite(data, 1, bytes, f);
		fclose(f);
	}
	return path;
}

static inline const char *text_put(const char *name, const char *text)
{
	return file_put(name, text, strlen(text));
}

/* ---- a little model ------------------------------------------------------ */

enum { SAMPLE_WORDS = 4, SAMPLE_DIM = 3 };

static const struct str sample_words[SAMPLE_WORDS] = {
	{ "the", 3 }, { "na\303\257ve", 6 }, { "7", 1 }, { "\xE9t\xE9", 3 },
};
static const uint64_t sample_counts[SAMPLE_WORDS] = { 90, 12, 12, 5 };
static const float sample[SAMPLE_WORDS * SAMPLE_DIM] = {
	0.1f, -2.5f, 1e-7f,	3.14159274f, 1.17549435e-38f, -0.0f,
	16777216, 1e15f, 1e-45f,	-0.333333343f, 2, 1e-15f,
};

static inline void sample_out(struct vectors_out *o, const char *name,
			      enum vectors_format format)
{
	*o = (struct vectors_out){
		.path = file_at(name), .format = format,
		.list = file_at("list"), .words = sample_words,
		.counts = sample_counts, .vectors = sample,
		.count = SAMPLE_WORDS, .dim = SAMPLE_DIM,
	};
}

/* ---- a fastText model ---------------------------------------------------- */

enum { FT_WORDS = 3, FT_LABELS = 1, FT_BUCKETS = 37, FT_DIM = 2,
       FT_MIN = 2, FT_MAX = 4 };

static const char *const ft_words[FT_WORDS + FT_LABELS] = {
	"</s>", "caf\303\251", "ab", "__label__x",
};

static inline void put_i32(struct buf *b, int32_t v)
{
	unsigned char bytes[4];
	struct error e = {0};

	le32_put(bytes, (uint32_t)v);
	buf_add(b, bytes, 4, &e);
}

static inline void put_i64(struct buf *b, int64_t v)
{
	put_i32(b, (int32_t)(uint32_t)v);
	put_i32(b, (int32_t)(v >> 32));
}

/* Row i of the input matrix: words, then buckets. */
static inline float ft_value(size_t row, size_t j)
{
	return (float)(rng_below(8, row, j, 2001)) / 1000 - 1;
}

static inline void put_matrix(struct buf *b, size_t rows)
{
	struct error e = {0};

	buf_add(b, "", 1, &e);		/* not quantised */
	put_i64(b, (int64_t)rows);
	put_i64(b, FT_DIM);
	for (size_t i = 0; i < rows * FT_DIM; i++) {
		float v = ft_value(i / FT_DIM, i % FT_DIM);
		int32_t bits;

		memcpy(&bits, &v, sizeof(bits));
		put_i32(b, bits);
	}
}

static inline void ft_put_rows(struct buf *b, int32_t version, int64_t pruned,
			       int64_t rows)
{
	const int32_t options[12] = { FT_DIM, 5, 1, 1, 5, 1, 2, 2, FT_BUCKETS,
				      FT_MIN, FT_MAX, 100 };
	struct error e = {0};

	put_i32(b, 793712314);
	put_i32(b, version);
	for (size_t i = 0; i < 12; i++)
		put_i32(b, options[i]);
	put_i64(b, 0);			/* double t */
	put_i32(b, FT_WORDS + FT_LABELS);
	put_i32(b, FT_WORDS);
	put_i32(b, FT_LABELS);
	put_i64(b, 1000);
	put_i64(b, pruned);
	for (size_t i = 0; i < FT_WORDS + FT_LABELS; i++) {
		buf_add(b, ft_words[i], strlen(ft_words[i]) + 1, &e);
		put_i64(b, (int64_t)(50 - i));
		buf_add(b, i < FT_WORDS ? "\0" : "\1", 1, &e);
	}
	put_matrix(b, (size_t)rows);
	put_matrix(b, FT_WORDS);
}

static inline void ft_put(struct buf *b, int32_t version, int64_t pruned)
{
	ft_put_rows(b, version, pruned, FT_WORDS + FT_BUCKETS);
}

/* fastText's Dictionary::hash and computeSubwords, over a real string. */
static inline size_t ft_ngrams(const char *word, uint32_t *ids)
{
	char text[80];
	size_t length, count = 0;

	snprintf(text, sizeof(text), "<%s>", word);
	length = strlen(text);
	for (size_t i = 0; i < length; i++) {
		uint32_t h = 2166136261u;
		size_t j = i;

		if ((text[i] & 0xC0) == 0x80)
			continue;
		for (int n = 1; j < length && n <= FT_MAX; n++) {
			do {
				uint32_t byte = (uint32_t)(int8_t)text[j++];

				h = (h ^ byte) * 16777619u;
			} while (j < length && (text[j] & 0xC0) == 0x80);
			if (n >= FT_MIN &&
			    !(n == 1 && (i == 0 || j == length)))
				ids[count++] = h % FT_BUCKETS;
		}
	}
	return count;
}

#endif
