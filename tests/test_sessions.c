/*
 * test_sessions.c - one space and many sessions: threads, memory, many queries
 * at once, near words, an index that is written, structs of other versions.
 */
#include <math.h>
#include <pthread.h>
#include <stddef.h>

#include "fail_each.h"
#include "seesay.h"
#include "spaces.h"

enum { THREADS = 64, ROUNDS = 3 };

static const char *const queries[] = {
	"beach", "beach - dog", "\"beach sunrise\" + car", "id:\"scene-000007\"",
	"2:dog - car", "IMG_1 + beach",
};
enum { QUERIES = ARRAY_LEN(queries) };

static char *index_path, *space_path, *out_path;
static struct seesay_space *space;
static struct seesay_session *session;
static struct seesay_answer *want[QUERIES];
static const char *const previous[] = { "scene-000003" };

static struct seesay_request request_of(const char *text)
{
	struct seesay_request r;

	seesay_request_init(&r);
	r.text = text;
	r.k = 9;
	r.previous = previous;
	r.previous_count = 1;
	return r;
}

static int same(const struct seesay_answer *a, const struct seesay_answer *b)
{
	if (a->result_count != b->result_count ||
	    a->term_count != b->term_count)
		return 0;
	for (size_t i = 0; i < a->result_count; i++) {
		const struct seesay_result *x = a->result[i];
		const struct seesay_result *y = b->result[i];

		if (x->picture != y->picture || strcmp(x->id, y->id) ||
		    memcmp(&x->score, &y->score, sizeof(float)) ||
		    memcmp(x->share, y->share, a->term_count * sizeof(float)))
			return 0;
	}
	return 1;
}

/* ---- threads ------------------------------------------------------------- */

/* Counted here, since CHECK counts in plain integers. */
struct client {
	pthread_t thread;
	int number, good;
};

static void *ask_all(void *context)
{
	struct seesay_session *s = NULL;
	struct seesay_answer *a = NULL;
	struct client *c = context;

	if (seesay_session_open(&s, space, NULL, NULL) < 0)
		return NULL;
	for (int i = 0; i < ROUNDS * (int)QUERIES; i++) {
		size_t q = (size_t)(i + c->number) % QUERIES;
		struct seesay_request r = request_of(queries[q]);

		c->good += seesay_search(s, &r, &a, NULL) == SEESAY_OK &&
			   same(a, want[q]);
	}
	seesay_answer_free(a);
	seesay_session_close(s);
	return NULL;
}

/* A space of its own for each: opened, asked and closed. */
static void *open_own(void *context)
{
	struct seesay_request r = request_of(queries[0]);
	struct seesay_session *s = NULL;
	struct seesay_space *own = NULL;
	struct seesay_answer *a = NULL;
	struct client *c = context;

	for (int i = 0; i < ROUNDS; i++) {
		c->good += seesay_space_open(&own, index_path, NULL, NULL) ==
			   SEESAY_OK &&
			   seesay_session_open(&s, own, NULL, NULL) ==
			   SEESAY_OK &&
			   seesay_search(s, &r, &a, NULL) == SEESAY_OK &&
			   same(a, want[0]);
		seesay_session_close(s);
		seesay_space_close(own);
	}
	seesay_answer_free(a);
	return NULL;
}

static void run_clients(void *(*work)(void *), int clients, int each)
{
	struct client c[THREADS];

	for (int i = 0; i < clients; i++) {
		c[i] = (struct client){ .number = i };
		CHECK(pthread_create(&c[i].thread, NULL, work, &c[i]) == 0);
	}
	for (int i = 0; i < clients; i++) {
		pthread_join(c[i].thread, NULL);
		CHECK(c[i].good == each);
	}
}

/* Several sessions look at one picture file: they take turns. */
static void *see(void *context)
{
	struct client *c = context;
	struct seesay_session *s = NULL;
	float v[20];

	if (seesay_session_open(&s, space, NULL, NULL) == SEESAY_OK)
		c->good += seesay_embed_image(s, out_path, v, NULL) ==
			   SEESAY_DATA;
	seesay_session_close(s);
	return NULL;
}

/* ---- memory -------------------------------------------------------------- */

/* Allocations of one search. */
static uint64_t count_blocks(struct seesay_session *s, const char *text,
			     size_t k, struct seesay_answer **a)
{
	struct seesay_request r = request_of(text);
	uint64_t before = mem_count();

	r.k = k;
	CHECK(seesay_search(s, &r, a, NULL) == SEESAY_OK);
	return mem_count() - before;
}

/* Once the memory is there, a search takes none: only the text model takes some
 * for a phrase, for a moment, as much for any result. */
static void test_memory(void)
{
	struct seesay_answer *a = NULL;
	struct seesay_session *s;
	size_t bytes;

	CHECK(seesay_session_open(&s, space, NULL, NULL) == SEESAY_OK);
	for (size_t i = 0; i < QUERIES; i++)
		count_blocks(s, queries[i], POSTS, &a);
	bytes = seesay_session_bytes(s);
	for (size_t i = 0; i < QUERIES; i++) {
		uint64_t few = count_blocks(s, queries[i], 1, &a);

		CHECK(count_blocks(s, queries[i], POSTS, &a) == few);
		if (!CHECK(few <= (strstr(queries[i], "sunrise") ? 8 : 0)))
			fprintf(stderr, "\t%s: %d blocks\n", queries[i],
				(int)few);
	}
	CHECK(seesay_session_bytes(s) == bytes);
	if (!CHECK(bytes < 64 << 10))
		fprintf(stderr, "\t%zu bytes\n", bytes);
	seesay_answer_free(a);
	seesay_session_close(s);
}

/* ---- many at once -------------------------------------------------------- */

enum { MANY = 150 };

static struct seesay_answer *many[MANY];
static int progress_calls, progress_stop;

static int count_progress(void *context, const char *what, size_t done,
			  size_t total)
{
	CHECK(context == &progress_calls && total == MANY && done <= MANY);
	CHECK_STR(what, "search");
	return ++progress_calls == progress_stop;
}

static int ask_many(struct seesay_session *s, const char *odd,
		    struct seesay_error *each, struct seesay_error *e)
{
	static struct seesay_request r[MANY];
	const struct seesay_request *all[MANY];

	for (size_t i = 0; i < MANY; i++) {
		r[i] = request_of(i == 70 ? odd : queries[i % QUERIES]);
		all[i] = &r[i];
	}
	return seesay_search_many(s, all, MANY, many, each, e);
}

static void test_many(void)
{
	static struct seesay_error each[MANY];
	const struct seesay_session_options o = {
		.size = sizeof(o), .progress = count_progress,
		.context = &progress_calls, .threads = 3,
	};
	struct seesay_session *s;
	struct seesay_error e;

	CHECK(seesay_session_open(&s, space, &o, &e) == SEESAY_OK);
	CHECK(ask_many(s, "qqqq", each, &e) == SEESAY_OK);
	CHECK(progress_calls == 3);
	for (size_t i = 0; i < MANY; i++)
		CHECK(i == 70 ? each[i].code == SEESAY_UNKNOWN && !many[i] :
		      each[i].code == 0 && same(many[i], want[i % QUERIES]));
	CHECK(ask_many(s, "qqqq", NULL, &e) == SEESAY_UNKNOWN);
	progress_calls = 0;
	progress_stop = 2;
	CHECK(ask_many(s, "dog", each, &e) == SEESAY_STOPPED);
	CHECK(strstr(e.text, "128 of 150") != NULL);
	CHECK(many[127]->result_count == 9 && many[128]->result_count == 0);
	seesay_session_close(s);
	for (size_t i = 0; i < MANY; i++) {
		seesay_answer_free(many[i]);
		many[i] = NULL;
	}
}

/* One block with every split, and another k each. */
static void test_splits(void)
{
	static const char *const split[] = { NULL, "train", "val", "test" };
	struct seesay_answer *a[8] = { NULL }, *one = NULL;
	const struct seesay_request *all[8];
	struct seesay_request r[8];
	size_t found = 0;

	for (size_t i = 0; i < 8; i++) {
		r[i] = request_of("beach");
		r[i].split = split[i % 4];
		r[i].k = i < 4 ? POSTS : i;
		all[i] = &r[i];
	}
	CHECK(seesay_search_many(session, all, 8, a, NULL, NULL) == SEESAY_OK);
	for (size_t i = 0; i < 8; i++) {
		CHECK(seesay_search(session, &r[i], &one, NULL) == SEESAY_OK);
		CHECK(same(one, a[i]));
		found += i && i < 4 ? a[i]->result_count : 0;
		seesay_answer_free(a[i]);
	}
	CHECK(found == POSTS);
	seesay_answer_free(one);
}

/* ---- words --------------------------------------------------------------- */

static void test_near(void)
{
	const char *word[5];
	float cosine[5];
	struct seesay_error e;
	size_t n;

	CHECK(seesay_near(session, "beach", 5, word, cosine, &n, &e) == 0);
	CHECK(n == 5);
	for (size_t i = 0; i < n; i++) {
		CHECK(*word[i] && strcmp(word[i], "beach") != 0);
		CHECK(cosine[i] <= 1.0001f);
		CHECK(i == 0 || cosine[i] <= cosine[i - 1]);
	}
	CHECK(seesay_near(session, "dog - car + boat", 3, word, NULL, &n,
			  NULL) == 0 && n == 3);
	CHECK(seesay_near(session, "qqqq", 5, word, cosine, &n, &e) ==
	      SEESAY_UNKNOWN && n == 0);
}

/* ---- an index ------------------------------------------------------------ */

static int add_all(struct seesay_index *x, struct seesay_error *e)
{
	struct seesay_request r = request_of("beach");
	struct seesay_answer *a = NULL;
	struct seesay_picture p;
	float v[20];
	int code;

	r.k = POSTS;
	code = seesay_search(session, &r, &a, e);
	seesay_picture_init(&p);
	for (size_t i = 0; code == 0 && i < a->result_count; i++) {
		p.id = a->result[i]->id;
		p.path = a->result[i]->path;
		p.caption = i % 2 ? a->result[i]->caption : NULL;
		p.vector = v;
		if (seesay_vector(space, a->result[i]->picture, v, e) < 0 ||
		    seesay_index_add(x, &p, e) < 0)
			code = e->code;
	}
	seesay_answer_free(a);
	return code;
}

static int write_new(struct seesay_error *e)
{
	struct seesay_index *x;
	int code = seesay_index_new(&x, session, e);

	if (code == 0 && (code = add_all(x, e)) == 0)
		code = seesay_index_write(x, out_path, "there", e);
	seesay_index_free(x);
	return code;
}

/* The same pictures from another file: the same scores. */
static void test_index(void)
{
	struct seesay_request r = request_of(queries[1]);
	struct seesay_session *s = NULL;
	struct seesay_space *new = NULL;
	struct seesay_answer *a = NULL;
	struct seesay_error e;

	CHECK(write_new(&e) == SEESAY_OK);
	CHECK(seesay_space_open(&new, out_path, NULL, &e) == SEESAY_OK &&
	      seesay_session_open(&s, new, NULL, &e) == SEESAY_OK);
	CHECK(seesay_space_count(new) == POSTS);
	CHECK_STR(seesay_space_root(new), "there");
	CHECK(seesay_search(s, &r, &a, &e) == SEESAY_OK);
	for (size_t i = 0; i < a->result_count; i++) {
		CHECK_STR(a->result[i]->id, want[1]->result[i]->id);
		CHECK(a->result[i]->score == want[1]->result[i]->score);
	}
	r.split = "val";
	CHECK(seesay_search(s, &r, &a, &e) == SEESAY_USAGE);
	CHECK(a->result_count == 0);
	seesay_answer_free(a);
	seesay_session_close(s);
	seesay_space_close(new);
}

static void refuse(struct seesay_index *x, const struct seesay_picture *p,
		   int code, const char *part)
{
	struct seesay_error e;

	CHECK(seesay_index_add(x, p, &e) == code);
	CHECK(strstr(e.text, part) != NULL);
}

static void test_index_refused(void)
{
	float v[20] = { 1 }, bad[20] = { [3] = NAN };
	struct seesay_picture p = { .size = sizeof(p), .vector = v };
	struct seesay_index *x;
	struct seesay_error e;

	CHECK(seesay_index_new(&x, session, &e) == SEESAY_OK);
	CHECK(seesay_index_write(x, out_path, NULL, &e) == SEESAY_FAILED);
	refuse(x, &p, SEESAY_USAGE, "has no id");
	p.id = "one";
	CHECK(seesay_index_add(x, &p, &e) == SEESAY_OK);
	refuse(x, &p, SEESAY_USAGE, "'one': two pictures");
	p.id = "two";
	p.vector = NULL;
	refuse(x, &p, SEESAY_USAGE, "has no vector");
	p.vector = bad;
	refuse(x, &p, SEESAY_DATA, "value 3 is not finite");
	p.vector = v;
	p.split = "other";
	refuse(x, &p, SEESAY_USAGE, "no split 'other'");
	p.split = "val";
	CHECK(seesay_index_add(x, &p, &e) == SEESAY_OK);
	CHECK(seesay_index_write(x, out_path, NULL, &e) == SEESAY_USAGE);
	CHECK(strstr(e.text, "1 of 2 pictures") != NULL);
	seesay_index_free(x);
	seesay_index_free(NULL);
	CHECK(seesay_vector(space, POSTS, v, &e) == SEESAY_USAGE);
}

/* ---- other versions ------------------------------------------------------ */

/* A program of long ago, whose request ended at `split`, has anything behind
 * it; one of the future has more, which must be zero here. */
static void test_sizes(void)
{
	struct {
		struct seesay_request known;
		int more[4];
	} future = { .more = { 0 } };
	struct seesay_request r = request_of("beach");
	struct seesay_answer *a = NULL;
	struct seesay_error e;

	memset((char *)&r + offsetof(struct seesay_request, split), 0x55,
	       sizeof(r) - offsetof(struct seesay_request, split));
	r.size = offsetof(struct seesay_request, split);
	CHECK(seesay_search(session, &r, &a, &e) == SEESAY_OK);
	CHECK(same(a, want[0]));
	future.known = request_of("beach");
	future.known.size = sizeof(future);
	CHECK(seesay_search(session, &future.known, &a, &e) == SEESAY_OK);
	future.more[2] = 1;
	CHECK(seesay_search(session, &future.known, &a, &e) == SEESAY_USAGE);
	CHECK(strstr(e.text, "newer") != NULL && a->result_count == 0);
	r = request_of("beach");
	r.size = 0;
	CHECK(seesay_search(session, &r, &a, &e) == SEESAY_USAGE);
	CHECK(strstr(e.text, "seesay_request_init()") != NULL);
	seesay_answer_free(a);
}

/* ---- no memory ----------------------------------------------------------- */

static int give(struct error *to, const struct seesay_error *from)
{
	return from->code ? fail(to, (enum error_code)from->code, "%s",
				 from->text) : 0;
}

static int work_open(struct error *e)
{
	struct seesay_session *s = NULL;
	struct seesay_space *new = NULL;
	struct seesay_error bad = { 0 };

	if (seesay_space_open(&new, index_path, NULL, &bad) == SEESAY_OK)
		seesay_session_open(&s, new, NULL, &bad);
	seesay_session_close(s);
	seesay_space_close(new);
	return give(e, &bad);
}

static int work_search(struct error *e)
{
	struct seesay_request r = request_of("\"beach sunrise\" + dog - car");
	struct seesay_session *s = NULL;
	struct seesay_answer *a = NULL;
	struct seesay_error bad = { 0 };

	if (seesay_session_open(&s, space, NULL, &bad) == SEESAY_OK &&
	    seesay_search(s, &r, &a, &bad) < 0)
		CHECK(!a || a->result_count == 0);
	seesay_answer_free(a);
	seesay_session_close(s);
	return give(e, &bad);
}

static int work_near(struct error *e)
{
	struct seesay_error bad = { 0 };
	const char *word[3];
	size_t n;

	seesay_near(session, "dog - car", 3, word, NULL, &n, &bad);
	return give(e, &bad);
}

static int work_index(struct error *e)
{
	struct seesay_error bad = { 0 };

	write_new(&bad);
	return give(e, &bad);
}

/* ---- the whole ----------------------------------------------------------- */

static int open_all(void)
{
	const struct seesay_space_options o = { .size = sizeof(o),
						.pictures = 1 };
	struct machine m = { .kernels = kernels_find(NULL) };
	struct error e = { 0 };

	if (!mkdtemp(folder) || !CHECK(make_all(&m, &e) == 0))
		return 0;
	index_path = path_of("index");
	space_path = path_of("space");
	out_path = path_of("seed_index");	/* goes with the others */
	if (!CHECK(seesay_space_open(&space, index_path, &o, NULL) == 0 &&
		   seesay_session_open(&session, space, NULL, NULL) == 0))
		return 0;
	for (size_t i = 0; i < QUERIES; i++) {
		struct seesay_request r = request_of(queries[i]);

		struct seesay_error bad;

		if (!CHECK(seesay_search(session, &r, &want[i], &bad) == 0)) {
			fprintf(stderr, "\t%s: %s\n", queries[i], bad.text);
			return 0;
		}
		CHECK(want[i]->result_count == 9);
	}
	return 1;
}

static void close_all(void)
{
	for (size_t i = 0; i < QUERIES; i++)
		seesay_answer_free(want[i]);
	seesay_session_close(session);
	seesay_space_close(space);
	mem_free(index_path);
	mem_free(space_path);
	mem_free(out_path);
	remove_all();
}

int main(void)
{
	if (!open_all())
		return test_end("sessions");
	run_clients(ask_all, THREADS, ROUNDS * (int)QUERIES);
	run_clients(open_own, 8, ROUNDS);
	run_clients(see, 8, 1);
	test_memory();
	test_many();
	test_splits();
	test_near();
	test_index();
	test_index_refused();
	test_sizes();
	fail_each("open", work_open);
	fail_each("search", work_search);
	fail_each("near", work_near);
	fail_each("index", work_index);
	close_all();
	return test_end("sessions");
}
