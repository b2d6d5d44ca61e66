/*
 * seesay_search.c - searches of a session: a block of queries is parsed, then
 * the index is read once for all of them.
 *
 * All memory belongs to the session and stays for the next search.
 */
#include <math.h>

#include "base/mem.h"
#include "posts/posts.h"
#include "api/seesay_parts.h"

enum {
	DEFAULT_RESULTS = 12,		/* as the demo of the papers */
	BLOCK = 64,			/* queries that are asked at once */
};

void seesay_asking_free(struct asking *a)
{
	query_free(&a->all);
	mem_free(a->known);
	mem_free(a->used.term);
	mem_free(a->vector);
	mem_free(a->per_term);
	mem_free(a->hit);
	words_read_free(&a->read);
	buf_free(&a->tokens);
	buf_free(&a->notes);
}

size_t seesay_asking_bytes(const struct asking *a)
{
	return query_bytes(&a->all) +
	       a->used.room * sizeof(*a->used.term) +
	       a->known_room * sizeof(*a->known) +
	       (a->vector_room + a->per_term_room) * sizeof(float) +
	       a->hit_room * sizeof(*a->hit) +
	       a->read.room * sizeof(*a->read.token) + a->read.text.room +
	       a->read.stopped.room + a->tokens.room + a->notes.room;
}

/* ---- one query ----------------------------------------------------------- */

static int check_space(const struct seesay_space *s, struct error *e)
{
	if (s->index.count)
		return 0;
	fail(e, ERROR_USAGE, "'%s' is a space without pictures",
	     st_path(s->space.file));
	return hint(e, "seesay index SPACE PICTURES -o FILE makes an index of "
		       "it");
}

static int start(struct asking *a, struct seesay_space *s,
		 const struct seesay_request *request)
{
	struct error *e = &a->error;

	error_clear(e);
	a->s = s;
	a->request = &a->own;
	a->hits = a->note_count = a->used.count = 0;
	a->cost = (struct index_cost){ 0 };
	buf_clear(&a->notes);
	if (seesay_take(&a->own, sizeof(a->own), request,
			"seesay_request_init", e) < 0 ||
	    check_space(s, e) < 0)
		return e->code;
	if (!a->own.text)
		return fail(e, ERROR_USAGE, "query: no text is given");
	if (seesay_split(a->own.split, &a->split, e) < 0)
		return e->code;
	if (a->split >= 0 && !s->index.split)
		return fail(e, ERROR_USAGE, "this index does not store the "
			    "split of each picture");
	return seesay_ask(a, e);
}

static size_t results_of(const struct asking *a)
{
	return MIN(a->own.k ? a->own.k : DEFAULT_RESULTS, a->s->index.count);
}

/* Keeps the hits that were asked for.  A score that is not finite comes from
 * a damaged vector or another split and is no result. */
static int keep_hits(struct asking *a, const struct hit *hit, size_t n,
		     struct error *e)
{
	const float *least = a->own.min_score;

	if (mem_grow(&a->hit, &a->hit_room, n, sizeof(*hit), e) < 0)
		return e->code;
	for (size_t i = 0; i < n; i++)
		if (isfinite(hit[i].score) &&
		    (!least || hit[i].score >= *least))
			a->hit[a->hits++] = hit[i];
	return 0;
}

/* Why nothing of a split was found. */
static int note_split(struct asking *a, int split, struct error *e)
{
	const struct index *x = &a->s->index;
	size_t of[POSTS_SPLITS + 1] = { 0 };

	for (size_t i = 0; i < x->count; i++)
		of[MIN(x->split[i], POSTS_SPLITS)]++;
	if (of[split])
		return 0;
	buf_addf(&a->notes, e, "no picture of this index is of the split '%s':",
		 posts_split_names[split]);
	for (int i = 0; i < POSTS_SPLITS; i++)
		if (of[i])
			buf_addf(&a->notes, e, " %s has %zu",
				 posts_split_names[i], of[i]);
	a->note_count++;
	return buf_add(&a->notes, "", 1, e);
}

/* ---- some queries -------------------------------------------------------- */

static int make_room(struct seesay_session *s, size_t n, size_t k,
		     struct error *e)
{
	const struct index *x = &s->space->index;
	size_t bytes = index_workspace_bytes(x, &s->machine, n, k), hits;

	if (!mem_product(n, k, &hits))
		hits = SIZE_MAX;
	if (mem_grow(&s->queries, &s->queries_room, n * x->dim,
		     sizeof(*s->queries), e) < 0 ||
	    mem_grow(&s->hits, &s->hits_room, hits, sizeof(*s->hits), e) < 0 ||
	    mem_grow(&s->found, &s->found_room, n, sizeof(*s->found), e) < 0)
		return e->code;
	return mem_grow(&s->workspace, &s->workspace_room, bytes, 1, e);
}

static int search_these(struct seesay_session *s, struct asking *const *a,
			size_t n, int split, struct error *e)
{
	const struct index *x = &s->space->index;
	struct index_cost cost;
	size_t k = 0;

	for (size_t i = 0; i < n; i++)
		k = MAX(k, results_of(a[i]));
	if (make_room(s, n, k, e) < 0)
		return e->code;
	for (size_t i = 0; i < n; i++)
		memcpy(s->queries + i * x->dim, a[i]->vector,
		       x->dim * sizeof(float));
	cost = index_search(x, &s->machine, s->queries, n, k, split, s->hits,
			    s->found, s->workspace);
	for (size_t i = 0; i < n && !e->code; i++) {
		a[i]->cost = cost;
		keep_hits(a[i], s->hits + i * k,
			  MIN(s->found[i], results_of(a[i])), e);
		if (!a[i]->hits && split >= 0)
			note_split(a[i], split, e);
	}
	return e->code;
}

/* Of the first `count` askings those of one split. */
static int search_split(struct seesay_session *s, size_t count, int split,
			struct error *e)
{
	struct asking *a[BLOCK];
	size_t n = 0;

	for (size_t i = 0; i < count; i++)
		if (!s->asking[i].error.code && s->asking[i].split == split)
			a[n++] = &s->asking[i];
	return n ? search_these(s, a, n, split, e) : 0;
}

/* At most BLOCK.  Failures of one query are left in its asking. */
static int search_block(struct seesay_session *s,
			const struct seesay_request *const *request,
			size_t count, struct seesay_answer **answer,
			struct error *e)
{
	if (mem_grow(&s->asking, &s->asking_room, count, sizeof(*s->asking),
		     e) < 0)
		return e->code;
	for (size_t i = 0; i < count; i++)
		start(&s->asking[i], s->space, request[i]);
	for (int split = -1; split < POSTS_SPLITS; split++)
		if (search_split(s, count, split, e) < 0)
			return e->code;
	for (size_t i = 0; i < count; i++) {
		struct asking *a = &s->asking[i];

		if (!a->error.code)
			seesay_answer_make(&answer[i], a, &a->error);
	}
	return 0;
}

/* ---- the calls ----------------------------------------------------------- */

int seesay_search(struct seesay_session *s,
		  const struct seesay_request *request,
		  struct seesay_answer **a, struct seesay_error *e)
{
	struct error err = { 0 };

	seesay_answer_clear(*a);
	if (search_block(s, &request, 1, a, &err) < 0)
		return seesay_give_error(e, &err);
	return seesay_give_error(e, &s->asking[0].error);
}

/* The first failure ends the call unless each is told. */
static int tell_each(const struct seesay_session *s, size_t count,
		     struct seesay_error *each, struct error *e)
{
	for (size_t i = 0; i < count; i++) {
		const struct error *one = &s->asking[i].error;

		if (each)
			seesay_give_error(&each[i], one);
		else if (one->code)
			return (*e = *one).code;
	}
	return 0;
}

static int tell_progress(const struct seesay_session *s, size_t done,
			 size_t total, struct error *e)
{
	const struct seesay_session_options *o = &s->options;

	if (o->progress && o->progress(o->context, "search", done, total))
		return fail(e, ERROR_STOPPED, "stopped after %zu of %zu "
			    "queries", done, total);
	return 0;
}

int seesay_search_many(struct seesay_session *s,
		       const struct seesay_request *const *request,
		       size_t count, struct seesay_answer **a,
		       struct seesay_error *each, struct seesay_error *e)
{
	struct error err = { 0 };
	size_t n;

	for (size_t i = 0; i < count; i++)
		seesay_answer_clear(a[i]);
	for (size_t i = 0; i < count && !err.code; i += n) {
		n = MIN(count - i, (size_t)BLOCK);
		if (search_block(s, request + i, n, a + i, &err) < 0 ||
		    tell_each(s, n, each ? each + i : NULL, &err) < 0)
			break;
		tell_progress(s, i + n, count, &err);
	}
	return seesay_give_error(e, &err);
}
