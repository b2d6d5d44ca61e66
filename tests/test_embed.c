/*
 * test_embed.c - the vectors of a dataset, what is left out of them and what
 * fails: a caption of unknown words is one thing, no memory another.
 */
#include "fail_each.h"
#include "joint/embed.h"
#include "spaces.h"

static struct machine machine;
static struct space space;
static struct dataset data;
static char *index_path, *out_path;

/* ---- captions ------------------------------------------------------------ */

static int embed_all(struct embed_captions *c, struct error *e)
{
	size_t rows[POSTS];

	for (size_t i = 0; i < data.count; i++)
		rows[i] = i;
	return embed_captions(c, &space, &data, rows, data.count, e);
}

static void test_captions(void)
{
	struct error e = { 0 };
	struct embed_captions c;
	float v[20];
	size_t known = 0;

	CHECK(embed_all(&c, &e) == 0);
	CHECK(c.count + c.left_out == data.captions);
	for (size_t i = 0; i < data.count; i++) {
		struct error bad = { 0 };

		if (space_caption(&space, st_string_at(&data.caption, i), v,
				  &bad) == 0)
			CHECK(!memcmp(v, c.vectors + known++ * space.dim,
				      sizeof(v)));
		else
			CHECK(bad.code == ERROR_UNKNOWN);
		CHECK(c.first[i + 1] == known);
	}
	CHECK(known == c.count);
	embed_captions_free(&c);
}

static void test_unknown(void)
{
	struct error e = { 0 };
	float v[20];

	CHECK(space_caption(&space, str_of("qqqq"), v, &e) == ERROR_UNKNOWN);
	error_clear(&e);
	CHECK(space_word(&space, str_of("qqqq"), v, &e) == ERROR_UNKNOWN);
}

/* ---- no memory ----------------------------------------------------------- */

static int captions(struct error *e)
{
	struct embed_captions c;

	if (embed_all(&c, e) < 0)
		return e->code;
	embed_captions_free(&c);
	return 0;
}

static int pictures(struct error *e)
{
	float v[POSTS * 20];
	size_t *rows, n;

	if (embed_rows(&data, EMBED_ALL, &rows, &n, e) == 0)
		embed_pictures(&space, &data, rows, n, v, e);
	mem_free(rows);
	return e->code;
}

static int index_all(struct error *e)
{
	struct str text[POSTS];
	float v[POSTS * 20] = { 0 };
	const struct index_content c = {
		.count = POSTS, .dim = 20, .vectors = v, .id = text,
		.path = text, .caption = text, .split = data.split,
	};

	for (size_t i = 0; i < POSTS; i++)
		text[i] = st_string_at(&data.id, i);
	return index_write(out_path, space.file, &c, e);
}

static int load_index(struct error *e)
{
	struct st_file *f = st_open(index_path, INDEX_FORMAT, e);
	struct index x;

	if (f)
		index_load(&x, f, e);
	st_close(f);
	return e->code;
}

int main(void)
{
	struct error e = { 0 };
	char *path, *posts;

	machine.kernels = kernels_find(NULL);
	if (!mkdtemp(folder))
		return 1;
	if (!CHECK(make_all(&machine, &e) == 0)) {
		fprintf(stderr, "\t%s\n", e.text);
		return test_end("embed");
	}
	path = path_of("space");
	posts = path_of("posts");
	index_path = path_of("index");
	out_path = path_of("seed_index");
	CHECK(space_open(&space, path, &machine, &e) == 0);
	CHECK(dataset_open(&data, posts, &e) == 0);
	test_captions();
	test_unknown();
	fail_each("captions", captions);
	fail_each("pictures", pictures);
	fail_each("index", index_all);
	fail_each("opening an index", load_index);
	dataset_close(&data);
	space_close(&space);
	mem_free(path);
	mem_free(posts);
	mem_free(index_path);
	mem_free(out_path);
	remove_all();
	return test_end("embed");
}
