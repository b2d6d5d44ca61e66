/*
 * test_world.c - the small world is the same everywhere, has answers for all
 * its queries, and tells the truth about most of them.
 */
#include <stdlib.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/utf8.h"
#include "study/baseline.h"
#include "world/world.h"
#include "world/world_posts.h"
#include "posts/posts.h"
#include "test.h"

enum { SCENES = 4000, SIZE = 72 };

/* ---- scenes -------------------------------------------------------------- */

/* Pixels and truth of the first scenes, in one number. */
static uint64_t scenes_sum(uint64_t seed, size_t size, uint64_t count)
{
	static unsigned char rgb[256 * 256 * 3];
	struct hash64 sum;

	hash64_start(&sum, 0);
	for (uint64_t i = 0; i < count; i++) {
		struct world_scene scene;
		unsigned char bits[8];

		world_paint(rgb, size, seed, i, &scene);
		for (int k = 0; k < 8; k++)
			bits[k] = (unsigned char)(scene.concepts >> 8 * k);
		hash64_add(&sum, rgb, size * size * 3);
		hash64_add(&sum, bits, 8);
	}
	return hash64_end(&sum);
}

static uint64_t captions_sum(uint64_t seed, uint64_t count)
{
	struct error e = { 0 };
	struct buf b = { 0 };
	uint64_t sum;

	for (uint64_t i = 0; i < count; i++)
		world_caption(&b, seed, i, &e);
	sum = hash64(b.data, b.bytes, 0);
	buf_free(&b);
	return e.code ? 0 : sum;
}

static void check_pinned(void)
{
	static const struct {
		uint64_t seed;
		size_t size;
		uint64_t count, sum;
	} pinned[] = {
		{ 1, 72, 200, UINT64_C(0xd8eddc8b286eb965) },
		{ 9, 64, 100, UINT64_C(0x109721efcaf52236) },
		{ 2, 33, 50, UINT64_C(0x5c63e5a8bcbd4c27) },
		{ 3, 256, 10, UINT64_C(0xc00e021e1d94160d) },
	};
	uint64_t captions;

	for (size_t i = 0; i < ARRAY_LEN(pinned); i++) {
		uint64_t sum = scenes_sum(pinned[i].seed, pinned[i].size,
					  pinned[i].count);

		if (!CHECK(sum == pinned[i].sum))
			fprintf(stderr, "size %zu: 0x%016llx\n",
				pinned[i].size, (unsigned long long)sum);
	}
	captions = captions_sum(1, 500);
	if (!CHECK(captions == UINT64_C(0xd559df3053c9826d)))
		fprintf(stderr, "captions: 0x%016llx\n",
			(unsigned long long)captions);
}

/* Every query has 1.5 to 15 % of the scenes; truth does not depend on the
 * size in pixels. */
static void check_rates(void)
{
	static unsigned char rgb[SIZE * SIZE * 3];
	const struct world_query *q = world_queries();
	size_t found[WORLD_QUERIES] = { 0 };

	for (uint64_t i = 0; i < SCENES; i++) {
		struct world_scene scene;

		world_paint(rgb, 8, 1, i, &scene);
		for (int k = 0; k < WORLD_QUERIES; k++)
			found[k] += (scene.concepts & q[k].concepts) ==
				q[k].concepts;
		if (i < 50) {
			struct world_scene large;

			world_paint(rgb, SIZE, 1, i, &large);
			CHECK(large.concepts == scene.concepts);
		}
	}
	for (int k = 0; k < WORLD_QUERIES; k++) {
		size_t low = q[k].simple ? SCENES * 4 / 100 : SCENES / 66;
		size_t high = q[k].simple ? SCENES * 15 / 100 : SCENES / 25;

		if (!CHECK(found[k] >= low && found[k] <= high))
			fprintf(stderr, "%s: %zu of %d\n", q[k].text, found[k],
				SCENES);
	}
}

static void check_queries(void)
{
	const struct world_query *q = world_queries();
	size_t concepts = 0, simple = 0;

	while (world_word(concepts))
		concepts++;
	CHECK(concepts > 30 && concepts <= WORLD_MAX_CONCEPTS);
	for (int i = 0; i < WORLD_QUERIES; i++) {
		simple += q[i].simple != 0;
		CHECK(q[i].concepts && q[i].concepts >> concepts == 0);
		CHECK((strchr(q[i].text, '+') == NULL) == q[i].simple);
	}
	CHECK(simple == 12);
}

/* ---- captions ------------------------------------------------------------ */

/* Is the word there, as a whole and in lower case? */
static int says(const char *caption, const char *word)
{
	size_t n = strlen(word);

	for (const char *at = caption; (at = strstr(at, word)); at += n) {
		char before = at == caption ? ' ' : at[-1], after = at[n];

		if ((before == ' ' || before == '#') &&
		    (after == ' ' || after == 0))
			return 1;
	}
	return 0;
}

static void check_captions(void)
{
	static unsigned char rgb[8 * 8 * 3];
	const struct world_query *q = world_queries();
	struct error e = { 0 };
	struct buf b = { 0 };
	size_t seen[12] = { 0 }, said[12] = { 0 }, wrong = 0, tokens = 0;

	for (uint64_t i = 0; i < SCENES; i++) {
		struct world_scene scene;
		size_t words = 1;

		buf_clear(&b);
		CHECK(world_caption(&b, 1, i, &e) == 0);
		world_paint(rgb, 8, 1, i, &scene);
		for (size_t at = 0; at < b.bytes; at++)
			words += b.data[at] == ' ';
		tokens += words;
		CHECK(b.bytes > 0 && utf8_valid((struct str){ b.data,
							      b.bytes }));
		CHECK(!strchr(b.data, '\n') && !strstr(b.data, "scene-"));
		for (int k = 0; k < 12; k++) {
			int here = (scene.concepts & q[k].concepts) != 0;
			int told = says(b.data, q[k].text);

			seen[k] += here != 0;
			said[k] += here && told;
			wrong += !here && told;
		}
	}
	for (int k = 0; k < 12; k++)
		CHECK(said[k] * 100 > seen[k] * 45 && said[k] * 100 <
		      seen[k] * 85);
	/* noise, but not too much: about one caption in 20 names something
	 * of these that is not there */
	CHECK(wrong > SCENES / 60 && wrong < SCENES / 8);
	CHECK(tokens / SCENES >= 4 && tokens / SCENES <= 12);
	buf_free(&b);
}

/* ---- the dataset --------------------------------------------------------- */

static void check_dataset(void)
{
	const struct world_options o = { 300, 24, 5 };
	const char *base = getenv("TMPDIR");
	char folder[300], path[400];
	static unsigned char rgb[24 * 24 * 3];
	struct machine m = { 0 };
	struct error e = { 0 };
	struct dataset d;
	size_t split[POSTS_SPLITS] = { 0 };

	snprintf(folder, sizeof folder, "%.200s/test_worldXXXXXX",
		 base && *base ? base : "/tmp");
	if (!CHECK(mkdtemp(folder) != NULL))
		return;
	snprintf(path, sizeof path, "%s/posts", folder);
	CHECK(world_write(path, &o, &m, &e) == 0);
	if (!CHECK(dataset_open(&d, path, &e) == 0)) {
		fprintf(stderr, "%s\n", e.text);
		return;
	}
	CHECK(d.count == 300 && d.size == 24 && d.captions == 300);
	for (size_t i = 0; i < d.count; i++) {	/* over what was there before */
		struct world_scene scene;
		struct buf b = { 0 };
		struct str c = st_string_at(&d.caption, i);

		CHECK(world_scene_of(st_string_at(&d.id, i)) == i);
		world_paint(rgb, 24, 5, i, &scene);
		CHECK(memcmp(rgb, dataset_pixels(&d, i), sizeof rgb) == 0);
		world_caption(&b, 5, i, &e);
		CHECK(str_equal(c, (struct str){ b.data, b.bytes }));
		split[d.split[i]]++;
		buf_free(&b);
	}
	CHECK(split[POSTS_TRAIN] == 240 && split[POSTS_VAL] == 15 &&
	      split[POSTS_TEST] == 45);
	dataset_close(&d);
	remove(path);
	CHECK(rmdir(folder) == 0);
}

/* ---- baseline ------------------------------------------------------------ */

static void check_baseline(void)
{
	static const char *const captions[6] = {
		"nothing here", "a car and a bike", "#car", "Car! car bus",
		"car seat", "",
	};
	struct str list[6];
	struct error e = { 0 };
	uint32_t best[6];

	for (int i = 0; i < 6; i++)
		list[i] = str_of(captions[i]);
	CHECK(baseline_words(list, 6, str_of("car"), 6, best, &e) == 0);
	/* 1/1, 2/3, 1/2, 1/5, then by number */
	CHECK(best[0] == 2 && best[1] == 3 && best[2] == 4 && best[3] == 1 &&
	      best[4] == 0 && best[5] == 5);
	CHECK(baseline_words(list, 6, str_of("bike car"), 2, best, &e) == 0);
	CHECK(best[0] == 2 && best[1] == 3);
	CHECK(baseline_words(list, 2, str_of("bike"), 5, best, &e) == 0);
	CHECK(best[0] == 1 && best[1] == 0);
	CHECK(baseline_words(list, 0, str_of("bike"), 5, best, &e) == 0);
}

int main(void)
{
	check_pinned();
	check_rates();
	check_queries();
	check_captions();
	check_dataset();
	check_baseline();
	return test_end("world");
}
