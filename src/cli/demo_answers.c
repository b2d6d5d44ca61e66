/*
 * demo_answers.c - asks the 24 queries of the papers and shows the answers.
 *
 * A picture is right if all of the query's concepts can be seen in its scene:
 * the small world knows.  Beside our ranking stand two that learn nothing:
 * text search in the captions of the same pictures (which ours never reads),
 * and chance.
 */
#include "cli/demo_answers.h"

#include <stdio.h>

#include "base/file.h"
#include "cli/cli.h"
#include "cli/log.h"
#include "posts/posts.h"
#include "seesay.h"
#include "study/baseline.h"
#include "world/world.h"
#include "world/world_posts.h"

enum { COUNTED = 5, SHOWN = 10 };	/* P@5; pictures on the page */

/* Everything the answers are made of. */
struct answers {
	const struct demo *demo;
	struct dataset posts;
	struct seesay *seesay;
	size_t count;			/* pictures kept aside */
	size_t *scene;			/* [count]: their numbers */
	uint64_t *concepts;		/* [count]: what they show */
	struct str *caption;		/* [count] */
	struct buf *shows;		/* [WORLD_QUERIES * SHOWN]: alt texts */
	struct page_result *result;	/* [WORLD_QUERIES, SHOWN] */
	struct page_query query[WORLD_QUERIES];
	struct seesay_answer *answer[WORLD_QUERIES];
	size_t right[WORLD_QUERIES];	/* pictures that show it */
};

/* Truth is the same at any size: the smallest is painted. */
static uint64_t concepts_of(const struct demo *d, uint64_t scene)
{
	unsigned char rgb[3];
	struct world_scene seen;

	world_paint(rgb, 1, d->seed, scene, &seen);
	return seen.concepts;
}

static int open_answers(struct answers *a, struct error *e)
{
	const struct seesay_options options = {
		cli_kernels(), cli_threads(), 0
	};
	struct seesay_error err;

	if (seesay_open(&a->seesay, a->demo->index, &options, &err) < 0)
		return fail(e, (enum error_code)err.code, "%s", err.text);
	if (dataset_open(&a->posts, a->demo->posts, e) < 0)
		return e->code;
	a->scene = mem_new(a->posts.count, sizeof *a->scene, e);
	a->concepts = mem_new(a->posts.count, sizeof *a->concepts, e);
	a->caption = mem_new(a->posts.count, sizeof *a->caption, e);
	a->shows = mem_new(WORLD_QUERIES * SHOWN, sizeof *a->shows, e);
	a->result = mem_new(WORLD_QUERIES * SHOWN, sizeof *a->result, e);
	if (e->code)
		return e->code;
	for (size_t i = 0; i < a->posts.count; i++) {
		if (a->posts.split[i] != POSTS_TEST)
			continue;
		a->scene[a->count] = i;
		a->concepts[a->count] = concepts_of(a->demo, i);
		a->caption[a->count++] = st_string_at(&a->posts.caption, i);
	}
	return 0;
}

static void close_answers(struct answers *a)
{
	for (size_t i = 0; i < WORLD_QUERIES; i++)
		seesay_answer_free(a->answer[i]);
	for (size_t i = 0; a->shows && i < WORLD_QUERIES * SHOWN; i++)
		buf_free(&a->shows[i]);
	seesay_close(a->seesay);
	dataset_close(&a->posts);
	mem_free(a->scene);
	mem_free(a->concepts);
	mem_free(a->caption);
	mem_free(a->shows);
	mem_free(a->result);
}

/* ---- one query ----------------------------------------------------------- */

static size_t is_right(const struct world_query *q, uint64_t concepts)
{
	return (concepts & q->concepts) == q->concepts;
}

/* "scene with beach, dog": for those who do not see it. */
static int shows_write(struct buf *b, uint64_t concepts, struct error *e)
{
	const char *before = "scene with ";

	for (size_t c = 0; world_word(c); c++) {
		if (!(concepts >> c & 1))
			continue;
		if (buf_addf(b, e, "%s%s", before, world_word(c)) < 0)
			return e->code;
		before = ", ";
	}
	return 0;
}

/* Chance: the share of right pictures; text search: right ones of its best. */
static int others_rank(struct answers *a, size_t i, struct error *e)
{
	const struct world_query *q = &world_queries()[i];
	uint32_t best[COUNTED] = { 0 };
	struct buf words = { 0 };
	size_t n = MIN(a->count, (size_t)COUNTED), right = 0;

	for (size_t p = 0; p < a->count; p++)
		a->right[i] += is_right(q, a->concepts[p]);
	if (buf_addf(&words, e, "%s", q->text) < 0)
		goto done;
	for (size_t at = 0; at < words.bytes; at++)
		if (words.data[at] == '+')
			words.data[at] = ' ';
	if (baseline_words(a->caption, a->count, str_of(words.data), COUNTED,
			   best, e) < 0)
		goto done;
	for (size_t r = 0; r < n; r++)
		right += is_right(q, a->concepts[best[r]]);
	a->query[i].words = (int)(right * 1000 / COUNTED);
	a->query[i].chance = a->count ? (int)((a->right[i] * 1000 +
		a->count / 2) / a->count) : 0;
done:
	buf_free(&words);
	return e->code;
}

static int query_ask(struct answers *a, size_t i, struct error *e)
{
	const struct world_query *q = &world_queries()[i];
	const struct seesay_request request = {
		.text = q->text, .k = SHOWN, .skip_unknown = 1,
	};
	struct page_result *result = a->result + i * SHOWN;
	struct seesay_error err;
	size_t right = 0;

	a->query[i] = (struct page_query){ .text = q->text,
		.simple = q->simple, .result = result };
	if (others_rank(a, i, e) < 0)
		return e->code;
	if (seesay_search(a->seesay, &request, &a->answer[i], &err) < 0) {
		log_warn("%s", err.text);	/* counts as nothing found */
		return 0;
	}
	for (size_t r = 0; r < a->answer[i]->result_count; r++) {
		const struct seesay_result *found = &a->answer[i]->result[r];
		uint64_t scene = world_scene_of(str_of(found->id));
		uint64_t seen = concepts_of(a->demo, scene);

		if (shows_write(&a->shows[i * SHOWN + r], seen, e) < 0)
			return e->code;
		result[r] = (struct page_result){
			.caption = str_of(found->caption),
			.shows = a->shows[i * SHOWN + r].data,
			.rgb = dataset_pixels(&a->posts, (size_t)scene),
			.score = found->score, .right = is_right(q, seen) != 0,
		};
		right += r < COUNTED && result[r].right;
		a->query[i].results++;
	}
	a->query[i].ours = (int)(right * 1000 / COUNTED);
	return 0;
}

/* ---- what is shown ------------------------------------------------------- */

static void print_percent(int thousandths)
{
	printf("  %5d.%d", thousandths / 10, thousandths % 10);
}

static void print_table(const struct answers *a, const struct page *p)
{
	static const char *const rows[3] = {
		"one concept", "two concepts", "all"
	};

	printf("%-16s  %6s  %7s  %7s  %7s\n", "P@5 in percent", "shown",
	       "seesay", "words", "random");
	for (size_t i = 0; i < WORLD_QUERIES; i++) {
		printf("%-16s  %6zu", a->query[i].text, a->right[i]);
		print_percent(a->query[i].ours);
		print_percent(a->query[i].words);
		print_percent(a->query[i].chance);
		printf("\n");
	}
	for (int row = PAGE_SIMPLE; row <= PAGE_ALL; row++) {
		printf("%-16s  %6s", rows[row], "");
		for (int column = PAGE_OURS; column <= PAGE_CHANCE; column++)
			print_percent(page_mean(p, (enum page_row)row,
						(enum page_column)column));
		printf("\n");
	}
}

static int file_put(const char *path, const struct buf *b, struct error *e)
{
	struct file_out f;

	if (file_out_open(&f, path, e) < 0)
		return e->code;
	if (file_out_write(&f, b->data, b->bytes, e) < 0) {
		file_out_discard(&f);
		return e->code;
	}
	return file_out_commit(&f, e);
}

static int page_put(const struct answers *a, const struct page *p,
		    struct error *e)
{
	struct buf html = { 0 };

	if (page_write(&html, p, e) == 0)
		file_put(a->demo->page, &html, e);
	buf_free(&html);
	return e->code;
}

/* No times here: the same world makes the same page. */
static int answers_show(const struct answers *a, struct error *e)
{
	const struct demo *d = a->demo;
	char posts[32], kept[32], seed[32];
	const struct page_fact facts[] = {
		{ "posts", posts },
		{ "of these kept aside and searched", kept },
		{ "seed", seed },
	};
	const struct page page = {
		.title = "seesay demo: pictures found by words",
		.about = "All posts were drawn and captioned by the program "
			"itself. It learned from noisy captions which words "
			"go with which pictures; the pictures below were kept "
			"aside, and their captions were not used to find them. "
			"A result is right if everything the query names can "
			"be seen in it.",
		.side = a->posts.size, .counted = COUNTED, .query = a->query,
		.queries = WORLD_QUERIES, .fact = facts,
		.facts = ARRAY_LEN(facts),
	};

	snprintf(posts, sizeof posts, "%zu", a->posts.count);
	snprintf(kept, sizeof kept, "%zu", a->count);
	snprintf(seed, sizeof seed, "%llu", (unsigned long long)d->seed);
	print_table(a, &page);
	return page_put(a, &page, e);
}

static int ask_all(struct answers *a, struct error *e)
{
	if (open_answers(a, e) < 0)
		return e->code;
	for (size_t i = 0; i < WORLD_QUERIES; i++)
		if (query_ask(a, i, e) < 0)
			return e->code;
	return 0;
}

int demo_answer(const struct demo *d, struct error *e)
{
	struct answers a = { .demo = d };

	if (ask_all(&a, e) == 0)
		answers_show(&a, e);
	close_answers(&a);
	return e->code;
}

static struct demo_score score_of(const struct page *p, enum page_column c)
{
	return (struct demo_score){ page_mean(p, PAGE_SIMPLE, c),
				    page_mean(p, PAGE_COMPLEX, c),
				    page_mean(p, PAGE_ALL, c) };
}

int demo_count(const struct demo *d, struct demo_scores *s, struct error *e)
{
	struct answers a = { .demo = d };

	if (ask_all(&a, e) == 0) {
		const struct page p = { .query = a.query,
					.queries = WORLD_QUERIES };

		s->ours = score_of(&p, PAGE_OURS);
		s->words = score_of(&p, PAGE_WORDS);
		s->chance = score_of(&p, PAGE_CHANCE);
	}
	close_answers(&a);
	return e->code;
}
