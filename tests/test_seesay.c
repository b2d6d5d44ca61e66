/* test_seesay.c - the public API over a small space that is learned here:
 * answers, shares, notes, messages, what must not open. */
#include <math.h>

#include "base/base.h"
#include "format/png.h"
#include "seesay.h"
#include "spaces.h"

/* The first number of one tensor may be put in place of another. */
static void put_changed(struct st_writer *w, const struct st_tensor *t,
			float number, struct error *e)
{
	float *v = mem_new((size_t)t->count, sizeof(*v), e);

	memcpy(v, t->data, (size_t)t->count * sizeof(*v));
	v[0] = number;
	st_put(w, t->name, t->type, t->rank, t->shape, v, e);
	mem_free(v);
}

/* `changed` may be NULL. */
static int copy_space(struct st_writer *w, const struct st_file *f,
		      const char *changed, float number, struct error *e)
{
	for (size_t i = 0; i < st_meta_count(f); i++) {
		const char *key, *value;

		st_meta_at(f, i, &key, &value);
		if (strncmp(key, "sum.", 4) && strncmp(key, "format", 6) &&
		    strcmp(key, "program"))
			st_put_meta(w, key, value, e);
	}
	for (size_t i = 0; i < st_count(f); i++) {
		const struct st_tensor *t = st_at(f, i);

		if (changed && !strcmp(t->name, changed))
			put_changed(w, t, number, e);
		else if (strncmp(t->name, "pad.", 4))
			st_put(w, t->name, t->type, t->rank, t->shape, t->data,
			       e);
	}
	return e->code;
}

static struct seesay_space *space_of;	/* of the session opened last */

static struct seesay_session *open_with(const char *name,
					const struct seesay_space_options *o,
					int threads)
{
	const struct seesay_session_options how = { .size = sizeof(how),
						    .threads = threads };
	char *path = path_of(name);
	struct seesay_session *s = NULL;
	struct seesay_error e;

	if (!CHECK(seesay_space_open(&space_of, path, o, &e) == SEESAY_OK &&
		   seesay_session_open(&s, space_of, &how, &e) == SEESAY_OK))
		fprintf(stderr, "\t%s\n", e.text);
	mem_free(path);
	return s;
}

static struct seesay_session *open_index(const char *name)
{
	return open_with(name, NULL, SEESAY_ALL_CPUS);
}

static void close_index(struct seesay_session *s, struct seesay_space *space)
{
	seesay_session_close(s);
	seesay_space_close(space);
}

static void drop(struct seesay_answer **a)
{
	seesay_answer_free(*a);
	*a = NULL;
}

/* ---- searching ----------------------------------------------------------- */

static struct seesay_answer *ask(struct seesay_session *s, const char *text, size_t k)
{
	struct seesay_request r = { .size = sizeof(r), .text = text, .k = k };
	struct seesay_answer *a = NULL;
	struct seesay_error e;

	if (!CHECK(seesay_search(s, &r, &a, &e) == SEESAY_OK))
		fprintf(stderr, "\t%s: %s\n", text, e.text);
	return a;
}

static void check_answer(const struct seesay_answer *a, int unit)
{
	for (size_t i = 0; i < a->result_count; i++) {
		const struct seesay_result *r = a->result[i];
		double sum = 0;

		for (size_t t = 0; t < a->term_count; t++)
			sum += (double)r->share[t];
		CHECK(fabs(sum - (double)r->score) < 1e-5);
		CHECK(!unit || fabsf(r->score) < 1.0001f);
		CHECK(i == 0 || a->result[i - 1]->score >= r->score);
	}
}

static void test_answers(struct seesay_session *s, int unit)
{
	static const char *const texts[] = {
		"beach", "beach-sunrise", "beach+sunrise", "2:beach + dog - car",
		"-(dog+car)", "\"beach sunrise\"-dog", "dog dog+car",
		"id:\"scene-000007\"-dog", "Beach + DOG",
	};

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct seesay_answer *a = ask(s, texts[i], 15);

		CHECK(a && a->result_count == 15);
		if (a)
			check_answer(a, unit);
		drop(&a);
	}
}

static void test_terms(struct seesay_session *s)
{
	struct seesay_answer *a = ask(s, "2:\"beach boat\"-dog", 3);

	if (!a)
		return;
	CHECK(a->term_count == 2 && a->note_count == 0);
	CHECK_STR(a->term[0]->text, "\"beach boat\"");
	CHECK(a->term[0]->kind == SEESAY_PHRASE && a->term[0]->weight == 2);
	CHECK_STR(a->term[1]->text, "dog");
	CHECK(a->term[1]->weight == -1 && a->term[1]->known);
	drop(&a);
	a = ask(s, "beach", 2);
	CHECK(a->result[0]->share[0] == a->result[0]->score);
	CHECK(strstr(a->result[0]->id, "scene-") == a->result[0]->id);
	CHECK(a->result[0]->path[0] && a->result[0]->caption[0]);
	drop(&a);
	a = ask(s, "beach", 0);
	CHECK(a->result_count == 12);
	drop(&a);
	a = ask(s, "beach", 1000);
	CHECK(a->result_count == POSTS);
	CHECK(a->scored == POSTS && a->read_bytes > 0);
	drop(&a);
}

/* A picture finds itself; IMG_n is the n-th id given. */
static void test_pictures(struct seesay_session *s)
{
	static const char *const ids[] = { "scene-000004", "scene-000009",
					   "gone" };
	struct seesay_request r = { .size = sizeof(r), .text = "IMG_2", .k = 1, .previous = ids,
				    .previous_count = 3 };
	struct seesay_answer *a = NULL;
	struct seesay_error e;

	CHECK(seesay_search(s, &r, &a, &e) == SEESAY_OK);
	CHECK_STR(a->result[0]->id, "scene-000009");
	CHECK(fabsf(a->result[0]->score - 1) < 1e-5f);
	CHECK_STR(a->term[0]->text, "IMG_2");
	drop(&a);
	r.text = "[IMG_1]+[IMG_2]-dog";
	CHECK(seesay_search(s, &r, &a, &e) == SEESAY_OK);
	drop(&a);
	r.text = "IMG_4";
	CHECK(seesay_search(s, &r, &a, &e) == SEESAY_FAILED && !a);
	CHECK_STR(e.text, "IMG_4: the previous result has 3 pictures");
	r.text = "IMG_3";
	CHECK(seesay_search(s, &r, &a, &e) == SEESAY_FAILED);
	CHECK_STR(e.text, "there is no picture 'gone' in this index");
	r.previous_count = 0;
	CHECK(seesay_search(s, &r, &a, &e) == SEESAY_FAILED);
	CHECK(strstr(e.text, "no previous result") && e.hint[0]);
}

static void check_message(struct seesay_session *s, const char *text, int code,
			  const char *message, const char *hint_part)
{
	struct seesay_request r = { .size = sizeof(r), .text = text };
	struct seesay_answer *a = NULL;
	struct seesay_error e;

	CHECK(seesay_search(s, &r, &a, &e) == code && !a);
	if (!CHECK(strstr(e.text, message) && strstr(e.hint, hint_part)))
		fprintf(stderr, "\t%s: %s / %s\n", text, e.text, e.hint);
	CHECK(seesay_search(s, &r, &a, NULL) == code);
}

static void test_messages(struct seesay_session *s)
{
	check_message(s, "baech", SEESAY_UNKNOWN,
		      "'baech' is not in the vocabulary (", "beach");
	check_message(s, "\"qqqq wwww\"", SEESAY_UNKNOWN,
		      "'qqqq wwww' has no word of the vocabulary", "");
	check_message(s, "dog-dog", SEESAY_FAILED, "cancel", "weight");
	check_message(s, "dog)", SEESAY_USAGE, "character 4", "");
	check_message(s, NULL, SEESAY_USAGE, "no text is given", "");
	check_message(s, "id:scene-000001", SEESAY_FAILED,
		      "there is no picture 'scene'", "quotes");
	check_message(s, "@gone-1.png", SEESAY_FAILED, "'gone'", "quotes");
	check_message(s, "@/dev/null", SEESAY_USAGE, "without pictures", "");
}

static void test_unknown(struct seesay_session *s)
{
	struct seesay_request r = { .size = sizeof(r), .text = "qqqq + beach", .k = 2,
				    .skip_unknown = 1 };
	struct seesay_answer *a = NULL, *plain = ask(s, "beach", 2);
	struct seesay_error e;

	CHECK(seesay_search(s, &r, &a, &e) == SEESAY_OK);
	CHECK(a->term_count == 2 && !a->term[0]->known && a->term[1]->known);
	CHECK(a->note_count == 1 && strstr(a->note[0], "'qqqq'"));
	CHECK(a->result[0]->score == plain->result[0]->score);
	CHECK(a->result[0]->share[0] == 0);
	CHECK(a->result[0]->share[1] == a->result[0]->score);
	drop(&a);
	seesay_answer_free(plain);
	r.text = "qqqq";
	CHECK(seesay_search(s, &r, &a, &e) == SEESAY_UNKNOWN);
	CHECK(strstr(e.text, "no word of the query"));
}

static void test_joined(struct seesay_session *s)
{
	struct seesay_answer *a = ask(s, "t-shirt", 1);

	CHECK(a && a->note_count == 1 && strstr(a->note[0], "'tshirt'"));
	drop(&a);
	a = ask(s, "t - shirt", 1);
	CHECK(a && a->note_count == 0);
	drop(&a);
	a = ask(s, "\"t-shirt\"", 1);
	CHECK(a && a->note_count == 0 && a->term_count == 1);
	drop(&a);
}

/* Sentences as people type them: what is no word of the space is left out with
 * a note, or ends the search, and is never taken silently. */
static void test_sentences(struct seesay_session *s)
{
	struct seesay_answer *a = ask(s, "a dog on the beach & car", 2);
	struct seesay_answer *plain = ask(s, "dog beach car", 2);
	struct seesay_request r = { .size = sizeof(r), .text = "beach/zzzz", .k = 2,
				    .skip_unknown = 1 };
	struct seesay_error e;

	CHECK(a && a->note_count == 2 && a->term_count == 7);
	CHECK_STR(a->note[0], "stop words are left out: 'a', 'on', 'the'");
	CHECK_STR(a->note[1], "left out, since it contains no word: '&'");
	CHECK(!a->term[0]->known && a->term[1]->known && !a->term[5]->known);
	CHECK(a->result[0]->score == plain->result[0]->score);
	drop(&a);
	seesay_answer_free(plain);
	plain = ask(s, "beach", 2);
	CHECK(seesay_search(s, &r, &a, &e) == SEESAY_OK);
	CHECK(a && a->term_count == 2 && a->term[0]->known &&
	      !a->term[1]->known && a->note_count == 1);
	CHECK_STR(a->term[1]->text, "zzzz");
	CHECK(a->result[0]->score == plain->result[0]->score);
	drop(&a);
	seesay_answer_free(plain);
	check_message(s, "beach/zzzz", SEESAY_UNKNOWN, "'zzzz' is not", "");
	check_message(s, "zzzz.beach", SEESAY_UNKNOWN, "'zzzz' is not", "");
	check_message(s, "the", SEESAY_UNKNOWN, "'the' is a stop word",
		      "--stop none");
	check_message(s, "\"The on\"", SEESAY_UNKNOWN, "is a stop word", "");
	check_message(s, "&", SEESAY_UNKNOWN, "'&' contains no word", "");
	check_message(s, "the zzzz", SEESAY_UNKNOWN, "'zzzz' is not", "");
}

/* Names with quotes, backslashes and line ends can be asked for, and are shown
 * so that they can be asked for again. */
static void test_names(struct seesay_session *s)
{
	struct seesay_answer *a = ask(s, "beach", 1), *b = NULL;
	char text[300];

	snprintf(text, sizeof(text), "id:\"%s\"", a->result[0]->path);
	b = ask(s, text, 1);
	CHECK(b && b->result[0]->picture == a->result[0]->picture);
	drop(&a);
	seesay_answer_free(b);
	check_message(s, "id:\"12\\\"x\\n\\\\\"", SEESAY_FAILED,
		      "no picture '12\"x?\\'", "--json prints the ids");
}

static void test_filters(struct seesay_session *s)
{
	struct seesay_answer *all = ask(s, "beach", POSTS), *a = NULL;
	struct seesay_request r = { .size = sizeof(r), .text = "beach", .k = POSTS,
				    .split = "val" };
	struct seesay_error e;
	float least = all->result[9]->score;
	size_t at = 0;

	CHECK(seesay_search(s, &r, &a, &e) == SEESAY_OK);
	CHECK(a->result_count > 0 && a->result_count < POSTS / 4);
	for (size_t i = 0; i < a->result_count; i++) {
		while (at < POSTS && all->result[at]->picture !=
				     a->result[i]->picture)
			at++;
		CHECK(at < POSTS);
	}
	drop(&a);
	r.k = 1;
	CHECK(seesay_search(s, &r, &a, &e) == SEESAY_OK);
	CHECK(a->result_count == 1);
	drop(&a);
	r = (struct seesay_request){ .size = sizeof(r), .text = "beach", .k = POSTS,
				     .min_score = &least };
	CHECK(seesay_search(s, &r, &a, &e) == SEESAY_OK);
	CHECK(a->result_count == 10);
	drop(&a);
	r.split = "other";
	CHECK(seesay_search(s, &r, &a, &e) == SEESAY_USAGE);
	seesay_answer_free(all);
}

/* The same bits with every table and thread count. */
static void test_machines(void)
{
	const struct kernels *const *list = kernels_list();
	struct seesay_session *first = open_index("index");
	struct seesay_space *first_space = space_of;
	struct seesay_answer *want = ask(first, "beach - 2:dog", POSTS);

	for (; *list; list++) {
		const struct seesay_space_options o = {
			.size = sizeof(o), .kernels = (*list)->name,
		};
		struct seesay_session *s = open_with("index", &o, 3);
		struct seesay_answer *a = ask(s, "beach - 2:dog", POSTS);

		for (size_t i = 0; i < POSTS; i++) {
			const struct seesay_result *x = a->result[i];
			const struct seesay_result *y = want->result[i];

			CHECK(x->picture == y->picture &&
			      !memcmp(&x->score, &y->score, sizeof(float)) &&
			      !memcmp(x->share, y->share, 2 * sizeof(float)));
		}
		drop(&a);
		close_index(s, space_of);
	}
	close_index(first, first_space);	/* the answer lives on */
	CHECK(want->result_count == POSTS && want->result[0]->id[0] == 's');
	seesay_answer_free(want);
}

/* A picture from a file gets the vector it has in the index. */
static void test_files(void)
{
	const struct seesay_space_options o = {
		.size = sizeof(o), .pictures = 1, .threads = 2,
	};
	struct seesay_session *s = open_with("index", &o, 2);
	char *posts = path_of("posts"), *path = path_of("a-b.png");
	struct error e = { 0 };
	struct seesay_answer *a;
	struct file_out out;
	struct buf b = { 0 };
	struct dataset d;
	char text[128];

	CHECK(dataset_open(&d, posts, &e) == 0);
	png_write(&b, dataset_pixels(&d, 11), SIDE, SIDE, &e);
	CHECK(file_out_open(&out, path, &e) == 0);
	file_out_write(&out, b.data, b.bytes, &e);
	CHECK(file_out_commit(&out, &e) == 0);
	snprintf(text, sizeof(text), "@\"%s\"", path);
	a = ask(s, text, 1);
	CHECK(a && !strcmp(a->result[0]->id, "scene-000011"));
	CHECK(a && a->term[0]->kind == SEESAY_PICTURE);
	drop(&a);
	float *v = mem_new(2 * seesay_space_dim(space_of), sizeof(*v), &e);
	float *w = v + seesay_space_dim(space_of);
	CHECK(seesay_embed_image(s, path, v, NULL) == SEESAY_OK);
	CHECK(seesay_embed_bytes(s, b.data, b.bytes, w, NULL) == SEESAY_OK);
	CHECK(!memcmp(v, w, seesay_space_dim(space_of) * sizeof(*v)));
	CHECK(seesay_embed_bytes(s, b.data, 20, w, NULL) == SEESAY_DATA);
	CHECK(seesay_embed_text(s, "beach dog", v, NULL) == SEESAY_OK);
	CHECK(seesay_embed_text(s, "qqqq", v, NULL) == SEESAY_UNKNOWN);
	mem_free(v);
	unlink(path);
	buf_free(&b);
	dataset_close(&d);
	mem_free(posts);
	mem_free(path);
	close_index(s, space_of);
}

static void check_refused(const char *path, int code, const char *part)
{
	struct seesay_error e;
	struct seesay_space *s;

	CHECK(seesay_space_open(&s, path, NULL, &e) == code && !s);
	CHECK(e.code == code && strstr(e.text, part));
	CHECK(seesay_space_open(&s, path, NULL, NULL) == code);
}

/* A space without pictures has words; it finds none. */
static void test_without_pictures(void)
{
	struct seesay_session *s = open_index("space");
	float v[20];

	check_message(s, "beach", SEESAY_USAGE, "without pictures", "seesay "
		      "index");
	CHECK(seesay_embed_text(s, "beach", v, NULL) == SEESAY_OK);
	CHECK(seesay_space_count(space_of) == 0);
	CHECK(seesay_space_dim(space_of) == 20);
	CHECK(seesay_space_words(space_of) > 20);
	close_index(s, space_of);
}

static void test_refused(void)
{
	char *posts = path_of("posts"), *none = path_of("none");
	struct seesay_space_options o = { .size = sizeof(o),
					  .kernels = "none" };
	char *index = path_of("index");
	struct seesay_space *s;

	check_refused(posts, SEESAY_DATA, "posts");
	check_refused(none, SEESAY_FAILED, "none");
	CHECK(seesay_space_open(&s, index, &o, NULL) == SEESAY_USAGE);
	o = (struct seesay_space_options){ .size = sizeof(o), .threads = -2 };
	CHECK(seesay_space_open(&s, index, &o, NULL) == SEESAY_USAGE && !s);
	seesay_space_close(NULL);
	seesay_session_close(NULL);
	seesay_answer_free(NULL);
	mem_free(posts);
	mem_free(index);
	mem_free(none);
}

/* Weights that training cannot have left are refused on opening, by name. */
static void test_not_finite(void)
{
	static const float number[] = { NAN, INFINITY, -3e38f };
	static const char *const names[] = {
		"words.vectors", "text_center", "image_center", NULL
	};
	char *index = path_of("index"), *bad = path_of("bad");
	struct error e = { 0 };
	struct st_file *f = st_open(index, NULL, &e);

	for (size_t n = 0; f && n < ARRAY_LEN(names); n++) {
		const char *name = names[n];

		for (size_t i = 0; !name; i++)
			if (!strncmp(st_at(f, i)->name, "net.", 4) &&
			    st_at(f, i)->type == ST_F32)
				name = st_at(f, i)->name;
		for (size_t i = 0; i < ARRAY_LEN(number); i++) {
			struct st_writer *w = st_create(bad, INDEX_FORMAT, &e);

			copy_space(w, f, name, number[i], &e);
			CHECK(st_commit(w, &e) == 0);
			check_refused(bad, SEESAY_DATA, n ? name : "(row 0)");
			check_refused(bad, SEESAY_DATA, "not finite");
		}
	}
	CHECK(f && !e.code);
	st_close(f);
	unlink(bad);
	mem_free(index);
	mem_free(bad);
}

int main(void)
{
	struct machine m = { .kernels = kernels_find(NULL) };
	struct error e = { 0 };
	struct seesay_session *s;

	if (!mkdtemp(folder))
		return 1;
	if (!CHECK(make_all(&m, &e) == 0)) {
		fprintf(stderr, "\t%s\n", e.text);
		return test_end("seesay");
	}
	test_files();
	s = open_index("index");
	CHECK(seesay_space_count(space_of) == POSTS && seesay_space_dim(space_of) == 20);
	CHECK_STR(seesay_space_root(space_of), "here");
	CHECK_STR(seesay_version(), SEESAY_VERSION);
	test_answers(s, 1);
	test_terms(s);
	test_pictures(s);
	test_messages(s);
	test_unknown(s);
	test_joined(s);
	test_sentences(s);
	test_names(s);
	test_filters(s);
	close_index(s, space_of);
	s = open_index("seed_index");
	test_answers(s, 0);
	close_index(s, space_of);
	test_machines();
	test_refused();
	test_without_pictures();
	test_not_finite();
	remove_all();
	return test_end("seesay");
}
