/*
 * test_subword.c - n-grams against a plain reading of their definition, rows of
 * a vocabulary, and vectors of words that are not in it.
 */
#include "test.h"

#include <math.h>

#include "text/models/subword.h"

enum { MIN_N = 3, MAX_N = 6, BUCKETS = 1000 };

static const char *const words[] = {
	"beach", "beaches", "a", "\303\274ber", "\346\265\267\350\276\271",
	"</s>", "aaaaaaaa", "\360\237\217\226\357\270\217",
};

/* FNV-1a of 32 bits; bytes as signed numbers, as fastText has them. */
static uint32_t hash(const char *s, size_t bytes)
{
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < bytes; i++) {
		int byte = (unsigned char)s[i];

		h ^= (uint32_t)(byte > 127 ? byte - 256 : byte);
		h *= 16777619u;
	}
	return h;
}

/* All runs of MIN_N to MAX_N characters of '<' word '>', by first character,
 * then by length. */
static size_t plain_ngrams(const char *word, uint32_t *buckets)
{
	char text[64];
	size_t start[64], count = 0, n = 0;

	snprintf(text, sizeof(text), "<%s>", word);
	for (size_t i = 0; text[i]; i++)
		if (((unsigned char)text[i] & 0xC0) != 0x80)
			start[count++] = i;
	start[count] = strlen(text);
	for (size_t i = 0; i < count; i++)
		for (size_t j = MIN_N; j <= MAX_N && i + j <= count; j++)
			buckets[n++] = hash(text + start[i],
					    start[i + j] - start[i]) % BUCKETS;
	return n;
}

static void hashes(void)
{
	CHECK(hash("", 0) == 0x811c9dc5u && hash("a", 1) == 0xe40c292cu);
	/* unsigned bytes would give 0x119dd44a */
	CHECK(hash("\303\274", 2) == 0x2ffa544au);
}

static void bags(void)
{
	struct subword_bags b;
	struct error e = {0};
	struct str list[ARRAY_LEN(words)];
	uint32_t want[128], total = 0;

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		list[i] = str_of(words[i]);
	if (!CHECK(subword_bags_make(&b, list, ARRAY_LEN(words), MIN_N, MAX_N,
				     BUCKETS, &e) == 0))
		return;
	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		uint64_t from = i ? b.ends[i - 1] : 0;
		size_t n = strcmp(words[i], "</s>") ?
			   plain_ngrams(words[i], want) : 0;

		CHECK(b.ends[i] - from == 1 + n && b.rows[from] == i);
		for (size_t j = 0; j < n; j++) {
			uint32_t row = b.rows[from + 1 + j];

			CHECK(row >= b.count && row < b.count + b.buckets &&
			      b.ids[row - b.count] == want[j]);
		}
		total += (uint32_t)n;
	}
	CHECK(b.buckets > 20 && b.buckets < total);	/* some share one */
	for (size_t k = 0; k < b.buckets; k++) {
		CHECK(b.ids[k] < BUCKETS && (!k || b.ids[k] > b.ids[k - 1]));
		CHECK(subword_find(b.ids, b.buckets, b.ids[k]) == k);
		if (k && b.ids[k] > b.ids[k - 1] + 1)
			CHECK(subword_find(b.ids, b.buckets,
					   b.ids[k] - 1) == b.buckets);
	}
	CHECK(subword_find(b.ids, b.buckets, UINT32_MAX) == b.buckets);
	CHECK(subword_find(NULL, 0, 3) == 0);
	subword_bags_free(&b);
}

/* A model that has every third bucket. */
static void vectors(void)
{
	enum { DIM = 5, KEPT = BUCKETS / 3 };
	static uint32_t ids[KEPT];
	static float rows[KEPT][DIM];
	struct words w = {
		.dim = DIM, .subword_count = KEPT, .subword_ids = ids,
		.subwords = &rows[0][0], .min_n = MIN_N, .max_n = MAX_N,
		.buckets = BUCKETS,
	};
	const struct kernels *k = kernels_find(NULL);
	struct error e = {0};
	float out[DIM];

	for (uint32_t i = 0; i < KEPT; i++) {
		ids[i] = 3 * i;
		for (uint32_t j = 0; j < DIM; j++)
			rows[i][j] = (float)(i * (j + 1) % 97) - 40;
	}
	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		uint32_t buckets[128];
		size_t n = plain_ngrams(words[i], buckets);
		double sum[DIM] = { 0 };
		int known = 0;

		for (size_t g = 0; g < n && strcmp(words[i], "</s>"); g++) {
			if (buckets[g] % 3 || buckets[g] / 3 >= KEPT)
				continue;
			known++;
			for (int j = 0; j < DIM; j++)
				sum[j] += (double)rows[buckets[g] / 3][j];
		}
		CHECK(subword_vector(&w, str_of(words[i]), out, k, &e) ==
		      known);
		CHECK(subword_knows(&w, str_of(words[i])) == (known > 0));
		for (int j = 0; j < DIM; j++)
			CHECK(fabs((double)out[j] - (known ? sum[j] / known :
						     0)) < 1e-4);
	}
	w.subword_count = 0;
	CHECK(subword_vector(&w, str_of("beach"), out, k, &e) == 0);
	CHECK(out[0] == 0 && out[DIM - 1] == 0);
	CHECK(!subword_knows(&w, str_of("beach")));
}

int main(void)
{
	hashes();
	bags();
	vectors();
	return test_end("subword");
}
