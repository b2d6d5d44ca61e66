/*
 * test_old.c - a program that was compiled with the header of version 0.2 runs
 * with the library of today.
 *
 * Only the header in tests/old is seen here; of a later version, it stays.
 */
#include "old/seesay-0.2.h"
#include "spaces.h"

static struct seesay_space *space;
static struct seesay_session *session;

static int ready(void *context, const char *what, size_t done, size_t total)
{
	CHECK(*what && done <= total);
	(*(int *)context)++;
	return 0;
}

static void test_search(void)
{
	static const char *const previous[] = { "scene-000003" };
	struct seesay_request r;
	struct seesay_answer *a = NULL;
	struct seesay_error e;
	const float least = -1;

	seesay_request_init(&r);
	r.text = "IMG_1 + 2:beach - qqqq";
	r.k = 5;
	r.min_score = &least;
	r.split = "train";
	r.previous = previous;
	r.previous_count = 1;
	r.skip_unknown = 1;
	CHECK(seesay_search(session, &r, &a, &e) == SEESAY_OK);
	CHECK(a->result_count == 5 && a->term_count == 3 && a->note_count > 0);
	CHECK(a->term[0]->kind == SEESAY_RESULT && a->term[1]->weight == 2);
	CHECK_STR(a->term[1]->text, "beach");
	CHECK(!a->term[2]->known);
	for (size_t i = 0; i < 5; i++) {
		const struct seesay_result *x = a->result[i];

		CHECK(x->id[0] && x->path[0] && x->picture < POSTS);
		CHECK(x->score >= least && x->share[2] == 0);
	}
	r.skip_unknown = 0;
	CHECK(seesay_search(session, &r, &a, &e) == SEESAY_UNKNOWN);
	CHECK(e.code == SEESAY_UNKNOWN && strstr(e.text, "qqqq") && e.hint);
	seesay_answer_free(a);
}

static void test_many(int *calls)
{
	struct seesay_answer *a[2] = { NULL, NULL };
	struct seesay_error each[2];
	struct seesay_request r[2];
	const struct seesay_request *all[] = { &r[0], &r[1] };

	for (int i = 0; i < 2; i++) {
		seesay_request_init(&r[i]);
		r[i].text = i ? "dog" : "qqqq";
	}
	CHECK(seesay_search_many(session, all, 2, a, each, NULL) == SEESAY_OK);
	CHECK(each[0].code == SEESAY_UNKNOWN && each[1].code == SEESAY_OK);
	CHECK(a[1]->result_count == 12 && *calls == 1);
	seesay_answer_free(a[0]);
	seesay_answer_free(a[1]);
}

static void test_index(const char *out)
{
	struct seesay_picture p;
	struct seesay_index *x;
	float v[20];

	CHECK(seesay_index_new(&x, session, NULL) == SEESAY_OK);
	CHECK(seesay_embed_text(session, "beach", v, NULL) == SEESAY_OK);
	seesay_picture_init(&p);
	p.id = p.path = p.caption = "one";
	p.split = "test";
	p.vector = v;
	CHECK(seesay_index_add(x, &p, NULL) == SEESAY_OK);
	CHECK(seesay_index_write(x, out, "folder", NULL) == SEESAY_OK);
	seesay_index_free(x);
}

int main(void)
{
	struct machine m = { .kernels = kernels_find(NULL) };
	struct seesay_session_options session_options;
	struct seesay_space_options options;
	struct error bad = { 0 };
	struct seesay_error e;
	char *path, *out;
	int calls = 0;

	if (!mkdtemp(folder) || !CHECK(make_all(&m, &bad) == 0))
		return test_end("old");
	path = path_of("index");
	out = path_of("seed_index");
	seesay_space_options_init(&options);
	options.kernels = "scalar";
	seesay_session_options_init(&session_options);
	session_options.threads = 2;
	session_options.progress = ready;
	session_options.context = &calls;
	if (CHECK(seesay_space_open(&space, path, &options, &e) == SEESAY_OK &&
		  seesay_session_open(&session, space, &session_options,
				      &e) == SEESAY_OK)) {
		test_search();
		test_many(&calls);
		test_index(out);
	}
	seesay_session_close(session);
	seesay_space_close(space);
	mem_free(path);
	mem_free(out);
	remove_all();
	return test_end("old");
}
