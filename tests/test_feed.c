/*
 * test_feed.c - what a step is given: the posts that have known words, each
 * once an epoch, with the vector that the text tower makes of its words.
 */
#include "fail_each.h"
#include "joint/feed.h"
#include "joint/tower_words.h"
#include "spaces.h"

enum { CROP = 16, FLOATS = CROP * CROP * 3, DIMS = 20, IN_MEMORY = 1 << 20 };

static struct machine machine;
static struct dataset data;
static struct tower text;
static char *words_path;

static struct feed feed_of(uint64_t memory_bytes)
{
	return (struct feed){
		.type = &feed_pixels, .posts = &data, .text = &text,
		.machine = &machine, .side = CROP, .seed = 5,
		.beside = words_path, .memory_bytes = memory_bytes,
	};
}

/* What a step is given. */
static int feed_fill(struct feed *f, uint64_t epoch, size_t first, size_t n,
		     int still, float *input, float *target, struct error *e)
{
	feed_see(f, epoch, first, n, still, input);
	return feed_targets(f, epoch, first, n, still, target, e);
}

/* All of a post's captions and tags, by the words model itself. */
static void plain_target(size_t post, float *out, struct error *e)
{
	struct buf all = { 0 };

	for (size_t c = dataset_first_caption(&data, post);
	     c < data.caption_ends[post]; c++) {
		struct str s = st_string_at(&data.caption, c);

		buf_addf(&all, e, "%.*s ", (int)s.bytes, s.data);
	}
	buf_addf(&all, e, "%.*s", (int)st_string_at(&data.tags, post).bytes,
		 st_string_at(&data.tags, post).data);
	CHECK(words_caption_vector(text.type->words(&text), str_of(all.data),
				   tower_words_caption(&text), WORDS_DIVBYMAX,
				   out, machine.kernels, e) > 0);
	buf_free(&all);
}

/* In memory and in a file, the same as a caption made on its own. */
static void test_targets(uint64_t memory_bytes)
{
	static float input[POSTS * FLOATS], target[POSTS * DIMS];
	struct feed f = feed_of(memory_bytes);
	struct error e = { 0 };

	if (!CHECK(feed_open(&f, POSTS_TRAIN, &e) == 0 && f.count > 10))
		return;
	CHECK((f.targets.vectors != NULL) == (memory_bytes == IN_MEMORY));
	CHECK(feed_fill(&f, 0, 0, f.count, 1, input, target, &e) == 0);
	for (size_t i = 0; i < f.count; i++) {
		float want[DIMS];

		plain_target(f.post[i], want, &e);
		CHECK(!memcmp(want, target + i * DIMS, sizeof(want)));
	}
	feed_close(&f);
	CHECK(!e.code);
}

/* Every post once an epoch, in another order in the next, with its target. */
static void test_order(void)
{
	static float input[POSTS * FLOATS], target[POSTS * DIMS];
	static float still[POSTS * DIMS];
	struct feed f = feed_of(IN_MEMORY);
	uint32_t first[POSTS];
	struct error e = { 0 };

	if (!CHECK(feed_open(&f, POSTS_TRAIN, &e) == 0))
		return;
	CHECK(feed_fill(&f, 0, 0, f.count, 1, input, still, &e) == 0);
	for (uint64_t epoch = 0; epoch < 2; epoch++) {
		int seen[POSTS] = { 0 };

		CHECK(feed_fill(&f, epoch, 0, f.count, 0, input, target,
				&e) == 0);
		for (size_t i = 0; i < f.count; i++) {
			size_t at = f.order[i];

			CHECK(at < f.count && !seen[at]++);
			CHECK(!memcmp(target + i * DIMS, still + at * DIMS,
				      DIMS * sizeof(float)));
		}
		if (epoch)
			CHECK(memcmp(first, f.order,
				     f.count * sizeof(*first)) != 0);
		memcpy(first, f.order, f.count * sizeof(*first));
	}
	feed_close(&f);
}

/* Posts without a known word are left out and counted; no neighbour moves. */
static void test_unknown(void)
{
	struct words *w = (struct words *)(uintptr_t)text.type->words(&text);
	struct feed all = feed_of(IN_MEMORY), few = feed_of(IN_MEMORY);
	size_t count = w->count, at = 0;
	struct error e = { 0 };

	CHECK(feed_open(&all, POSTS_TRAIN, &e) == 0);
	w->count = 1;			/* only the first of them in order */
	CHECK(feed_open(&few, POSTS_TRAIN, &e) == 0);
	for (size_t i = 0; i < few.count; i++) {
		float want[DIMS];	/* checks that the post has a word */

		plain_target(few.post[i], want, &e);
		CHECK(!memcmp(want, few.targets.vectors + i * DIMS,
			      sizeof(want)));
	}
	w->count = count;
	CHECK(few.no_words > 0 && few.count + few.no_words ==
	      all.count + all.no_words);
	for (size_t i = 0; i < few.count; i++) {
		while (at < all.count && all.post[at] != few.post[i])
			at++;
		CHECK(at < all.count);
	}
	feed_close(&all);
	feed_close(&few);
	CHECK(!e.code);
}

static void test_small(void)
{
	struct feed f = feed_of(IN_MEMORY);
	struct error e = { 0 };

	f.side = SIDE + 1;
	CHECK(feed_open(&f, POSTS_TRAIN, &e) == ERROR_USAGE);
	CHECK(strstr(e.text, "holds pictures of 24x24, the net wants 25x25"));
	CHECK_STR(e.hint, "make the posts with --size 32 or more");
}

/* ---- no memory ----------------------------------------------------------- */

static int open_in(uint64_t memory_bytes, struct error *e)
{
	struct feed f = feed_of(memory_bytes);

	if (feed_open(&f, POSTS_VAL, e) == 0)
		feed_close(&f);
	return e->code;
}

static int in_memory(struct error *e)
{
	return open_in(IN_MEMORY, e);
}

static int in_file(struct error *e)
{
	return open_in(0, e);
}

int main(void)
{
	const struct world_options o = { POSTS, SIDE, 3 };
	struct error e = { 0 };
	struct st_file *f = NULL;
	char *posts;

	if (!mkdtemp(folder) || machine_open(&machine, NULL, 2, &e) < 0)
		return 1;
	posts = path_of("posts");
	words_path = path_of("words");
	CHECK(world_write(posts, &o, &machine, &e) == 0 &&
	      make_words(posts, words_path, &machine, &e) == 0);
	f = st_open(words_path, WORDS_FORMAT, &e);
	if (CHECK(f && dataset_open(&data, posts, &e) == 0 &&
		  tower_words_open(&text, f, WORDS_AUTO, &machine, &e) == 0)) {
		test_targets(IN_MEMORY);
		test_targets(0);
		test_order();
		test_unknown();
		test_small();
		machine_close(&machine);
		machine = (struct machine){ .kernels = kernels_find(NULL) };
		fail_each("targets in memory", in_memory);
		fail_each("targets in a file", in_file);
	}
	if (e.code)
		fprintf(stderr, "\t%s\n", e.text);
	tower_close(&text);
	dataset_close(&data);
	st_close(f);
	mem_free(posts);
	mem_free(words_path);
	remove_all();
	return test_end("feed");
}
