/* answers.c - see answers.h. */
#include "study/answers.h"

#include "study/baseline.h"
#include "world/world_posts.h"

enum { ALL = WORLD_QUERIES + ANSWERS_MORE };

/* Truth is the same at any size: the smallest is painted. */
static uint64_t concepts_of(uint64_t seed, uint64_t scene)
{
	unsigned char rgb[3];
	struct world_scene seen;

	world_paint(rgb, 1, seed, scene, &seen);
	return seen.concepts;
}

/* ---- open and close ------------------------------------------------------ */

static int take_error(struct error *e, const struct seesay_error *from)
{
	return fail(e, (enum error_code)from->code, "%s", from->text);
}

static int answers_open(struct answers *a, struct error *e)
{
	const struct seesay_space_options options = {
		.size = sizeof(options), .kernels = a->machine->kernels->name,
	};
	const struct seesay_session_options session = {
		.size = sizeof(session),
		.threads = pool_threads(a->machine->pool),
	};
	struct seesay_error bad;

	if (seesay_space_open(&a->space, a->files->index, &options, &bad) < 0 ||
	    seesay_session_open(&a->session, a->space, &session, &bad) < 0)
		return take_error(e, &bad);
	if (dataset_open(&a->posts, a->files->posts, e) < 0)
		return e->code;
	a->scene = mem_new(a->posts.count, sizeof(*a->scene), e);
	a->concepts = mem_new(a->posts.count, sizeof(*a->concepts), e);
	a->caption = mem_new(a->posts.count, sizeof(*a->caption), e);
	a->shows = mem_new(ALL * ANSWERS_SHOWN, sizeof(*a->shows), e);
	a->result = mem_new(ALL * ANSWERS_SHOWN, sizeof(*a->result), e);
	if (e->code)
		return e->code;
	for (size_t i = 0; i < a->posts.count; i++) {
		if (a->posts.split[i] != POSTS_TEST)
			continue;
		a->scene[a->count] = i;
		a->concepts[a->count] = concepts_of(a->files->seed, i);
		a->caption[a->count++] = st_string_at(&a->posts.caption, i);
	}
	return 0;
}

void answers_free(struct answers *a)
{
	for (size_t i = 0; i < ALL; i++)
		seesay_answer_free(a->query[i].answer);
	for (size_t i = 0; a->shows && i < ALL * ANSWERS_SHOWN; i++)
		buf_free(&a->shows[i]);
	seesay_session_close(a->session);
	seesay_space_close(a->space);
	dataset_close(&a->posts);
	mem_free(a->scene);
	mem_free(a->concepts);
	mem_free(a->caption);
	mem_free(a->shows);
	mem_free(a->result);
}

/* ---- one query ----------------------------------------------------------- */

static int is_right(const struct answers_query *q, uint64_t concepts)
{
	return (concepts & q->yes) == q->yes && !(concepts & q->no);
}

/* Is the concept's word a word of another that shows, as "car" of "yellow
 * car"? */
static int is_said(size_t c, uint64_t concepts)
{
	const char *word = world_word(c);
	size_t bytes = strlen(word);

	for (size_t other = 0; world_word(other); other++) {
		const char *text = world_word(other);

		if (other == c || !(concepts >> other & 1))
			continue;
		for (; *text; text += strcspn(text, " "), text += *text == ' ')
			if (strcspn(text, " ") == bytes &&
			    memcmp(text, word, bytes) == 0)
				return 1;
	}
	return 0;
}

/* "scene with beach, dog": for those who do not see it. */
static int shows_write(struct buf *b, uint64_t concepts, struct error *e)
{
	const char *before = " with ";

	if (buf_addf(b, e, "scene") < 0)
		return e->code;
	for (size_t c = 0; world_word(c); c++) {
		if (!(concepts >> c & 1) || is_said(c, concepts))
			continue;
		if (buf_addf(b, e, "%s%s", before, world_word(c)) < 0)
			return e->code;
		before = ", ";
	}
	return 0;
}

/* The share of right pictures is what chance finds. */
static void chance_count(const struct answers *a, struct answers_query *q)
{
	for (size_t p = 0; p < a->count; p++)
		q->right += (size_t)is_right(q, a->concepts[p]);
	q->page.chance = a->count ? (int)((q->right * 1000 + a->count / 2) /
					  a->count) : 0;
}

/* Text search in the captions: right ones of its best. */
static int words_rank(const struct answers *a, struct answers_query *q,
		      struct error *e)
{
	uint32_t best[ANSWERS_COUNTED] = { 0 };
	size_t n = MIN(a->count, (size_t)ANSWERS_COUNTED), right = 0;
	struct buf words = { 0 };

	if (buf_addf(&words, e, "%s", q->page.text) < 0)
		goto done;
	for (size_t at = 0; at < words.bytes; at++)
		if (words.data[at] == '+')
			words.data[at] = ' ';
	if (baseline_words(a->caption, a->count, str_of(words.data),
			   ANSWERS_COUNTED, best, e) < 0)
		goto done;
	for (size_t r = 0; r < n; r++)
		right += (size_t)is_right(q, a->concepts[best[r]]);
	q->page.words = (int)(right * 1000 / ANSWERS_COUNTED);
done:
	buf_free(&words);
	return e->code;
}

/* The number of the scene among those kept aside. */
static size_t picture_of(const struct answers *a, size_t scene)
{
	size_t low = 0, high = a->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (a->scene[middle] < scene)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static int results_fill(struct answers *a, size_t i, struct error *e)
{
	struct answers_query *q = &a->query[i];
	struct page_result *result = a->result + i * ANSWERS_SHOWN;
	struct buf *shows = a->shows + i * ANSWERS_SHOWN;
	size_t right = 0;

	for (size_t r = 0; r < q->answer->result_count; r++) {
		const struct seesay_result *found = q->answer->result[r];
		uint64_t scene = world_scene_of(str_of(found->id));
		uint64_t seen = concepts_of(a->files->seed, scene);

		if (shows_write(&shows[r], seen, e) < 0)
			return e->code;
		result[r] = (struct page_result){
			.caption = str_of(found->caption),
			.shows = shows[r].data,
			.rgb = dataset_pixels(&a->posts, (size_t)scene),
			.score = found->score, .right = is_right(q, seen),
			.picture = picture_of(a, (size_t)scene),
		};
		right += r < ANSWERS_COUNTED && result[r].right;
		q->page.results++;
	}
	q->page.result = result;
	q->page.ours = (int)(right * 1000 / ANSWERS_COUNTED);
	return 0;
}

/* A query of unknown words counts as nothing found. */
static int query_ask(struct answers *a, size_t i, const char *const *previous,
		     size_t previous_count, struct error *e)
{
	struct answers_query *q = &a->query[i];
	const struct seesay_request request = {
		.size = sizeof(request),
		.text = q->page.text,
		.k = ANSWERS_SHOWN,
		.skip_unknown = 1,
		.previous = previous,
		.previous_count = previous_count,
	};
	struct seesay_error bad;

	a->asked = i + 1;
	chance_count(a, q);
	if (seesay_search(a->session, &request, &q->answer, &bad) < 0) {
		if (bad.code != SEESAY_UNKNOWN)
			return take_error(e, &bad);
		talk_warn(a->machine->talk, "%s", bad.text);
		return 0;
	}
	return results_fill(a, i, e);
}

/* ---- arithmetic ---------------------------------------------------------- */

/* What the papers' demo shows beside words: subtraction, a picture as query,
 * pictures and words.  IMG_1 is the first picture that `from` finds. */
static const struct {
	const char *text, *from, *about;
	const char *yes[2], *no;
} more[ANSWERS_MORE] = {
	{ "beach - sunrise", NULL, "A right picture shows a beach without "
	  "sunrise.", { "beach" }, "sunrise" },
	{ "snow - mountain", NULL, "A right picture shows snow without a "
	  "mountain.", { "snow" }, "mountain" },
	{ "[IMG_1]", "bike", "IMG_1 is the first picture that bike finds; a "
	  "right picture shows a bike.", { "bike" }, NULL },
	{ "[IMG_1] + park", "bike", "IMG_1 is the first picture that bike "
	  "finds; a right picture shows a bike in a park.",
	  { "bike", "park" }, NULL },
	{ "[IMG_1] + snow + snow", "car", "IMG_1 is the first picture that car "
	  "finds; a right picture shows a car and snow.",
	  { "car", "snow" }, NULL },
};

static uint64_t concept_of(const char *word)
{
	for (size_t c = 0; word && world_word(c); c++)
		if (strcmp(world_word(c), word) == 0)
			return UINT64_C(1) << c;
	return 0;
}

static int more_ask(struct answers *a, size_t i, struct error *e)
{
	struct answers_query *q = &a->query[WORLD_QUERIES + i];
	const char *first = NULL;

	*q = (struct answers_query){
		.page = { .text = more[i].text, .about = more[i].about,
			  .words = -1 },
		.yes = concept_of(more[i].yes[0]) | concept_of(more[i].yes[1]),
		.no = concept_of(more[i].no),
	};
	for (size_t j = 0; more[i].from && j < WORLD_QUERIES; j++)
		if (strcmp(a->query[j].page.text, more[i].from) == 0 &&
		    a->query[j].page.results)
			first = a->query[j].answer->result[0]->id;
	if (more[i].from && !first) {
		a->asked = WORLD_QUERIES + i + 1;
		chance_count(a, q);
		return 0;
	}
	return query_ask(a, WORLD_QUERIES + i, &first, first ? 1 : 0, e);
}

int answers_ask(struct answers *a, const struct answers_files *files,
		int with_more, const struct machine *m, struct error *e)
{
	*a = (struct answers){ .files = files, .machine = m };
	if (answers_open(a, e) < 0)
		return e->code;
	for (size_t i = 0; i < WORLD_QUERIES; i++) {
		const struct world_query *w = &world_queries()[i];

		a->query[i] = (struct answers_query){
			.page = { .text = w->text, .simple = w->simple },
			.yes = w->concepts,
		};
		if (words_rank(a, &a->query[i], e) < 0 ||
		    query_ask(a, i, NULL, 0, e) < 0)
			return e->code;
	}
	for (size_t i = 0; with_more && i < ANSWERS_MORE; i++)
		if (more_ask(a, i, e) < 0)
			return e->code;
	return 0;
}

struct answers_score answers_score(const struct answers *a,
				   enum page_column column)
{
	struct page_query query[WORLD_QUERIES];
	const struct page p = { .query = query, .queries = WORLD_QUERIES };

	for (size_t i = 0; i < WORLD_QUERIES; i++)
		query[i] = a->query[i].page;
	return (struct answers_score){ page_mean(&p, PAGE_SIMPLE, column),
				       page_mean(&p, PAGE_COMPLEX, column),
				       page_mean(&p, PAGE_ALL, column) };
}
