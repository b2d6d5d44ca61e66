/*
 * answers_page.c - the demo's page from its answers: the pool holds the
 * pictures kept aside, with the vectors of the index, and the words of its
 * space.
 */
#include "study/answers.h"

#include <stdio.h>

#include "base/string_map.h"
#include "joint/space.h"
#include "search/index.h"

/* Everything the pool of the page points to. */
struct box {
	struct page_pool page;
	struct space space;
	struct index index;
	float *vectors, *word_vectors;
	struct str *id, *word, *stop;
	const unsigned char **rgb;
	const char *concept[WORLD_MAX_CONCEPTS + 1];
};

static void box_close(struct box *p)
{
	space_close(&p->space);
	mem_free(p->vectors);
	mem_free(p->word_vectors);
	mem_free(p->id);
	mem_free(p->word);
	mem_free(p->stop);
	mem_free(p->rgb);
}

static int box_pictures(struct box *p, const struct answers *a,
			 struct error *e)
{
	size_t n = MIN(a->count, (size_t)PAGE_POOL_MOST);

	p->vectors = mem_new(n * p->space.dim, sizeof(float), e);
	p->id = mem_new(n, sizeof(*p->id), e);
	p->rgb = mem_new(n, sizeof(*p->rgb), e);
	for (size_t i = 0; !e->code && i < n; i++) {
		size_t at;

		p->id[i] = st_string_at(&a->posts.id, a->scene[i]);
		p->rgb[i] = dataset_pixels(&a->posts, a->scene[i]);
		at = index_find(&p->index, p->id[i]);
		if (at == SIZE_MAX)
			return fail(e, ERROR_DATA, "'%s' lacks picture '%.*s'",
				    a->files->index, (int)p->id[i].bytes,
				    p->id[i].data);
		index_vector(&p->index, at, p->vectors + i * p->space.dim);
	}
	p->page.count = n;
	return e->code;
}

static int box_words(struct box *p, struct error *e)
{
	size_t n = space_words(&p->space)->count, dim = p->space.dim;

	p->word_vectors = mem_new(n * dim, sizeof(float), e);
	p->word = mem_new(n, sizeof(*p->word), e);
	for (size_t i = 0; !e->code && i < n; i++) {
		p->word[i] = words_at(space_words(&p->space), (uint32_t)i);
		if (space_word(&p->space, p->word[i],
			       p->word_vectors + i * dim, e) < 0)
			return e->code;
	}
	p->page.words = n;
	return e->code;
}

static int box_stops(struct box *p, struct error *e)
{
	const struct string_map *stop = space_words(&p->space)->stop;
	size_t n = stop ? string_map_count(stop) : 0;

	p->stop = mem_new(n, sizeof(*p->stop), e);
	for (size_t i = 0; p->stop && i < n; i++)
		p->stop[i] = string_map_at(stop, (uint32_t)i);
	p->page.stops = n;
	return e->code;
}

static int box_open(struct box *p, const struct answers *a, struct error *e)
{
	if (space_open(&p->space, a->files->index, a->machine, e) < 0 ||
	    index_load(&p->index, p->space.file, e) < 0 ||
	    box_pictures(p, a, e) < 0 || box_words(p, e) < 0 ||
	    box_stops(p, e) < 0)
		return e->code;
	for (size_t c = 0; world_word(c); c++)
		p->concept[c] = world_word(c);
	p->page.dim = p->space.dim;
	p->page.side = a->posts.size;
	p->page.vectors = p->vectors;
	p->page.id = p->id;
	p->page.caption = a->caption;
	p->page.concepts = a->concepts;
	p->page.rgb = p->rgb;
	p->page.word_vectors = p->word_vectors;
	p->page.word = p->word;
	p->page.stop = p->stop;
	p->page.concept = p->concept;
	return 0;
}

/* No times here: the same world makes the same page. */
static int page_put(struct buf *html, const struct answers *a, struct page *p,
		    struct error *e)
{
	struct page_query query[WORLD_QUERIES + ANSWERS_MORE];
	char posts[32], kept[32], seed[32];
	const struct page_fact facts[] = {
		{ "posts", posts },
		{ "of these kept aside and searched", kept },
		{ "seed", seed },
	};

	for (size_t i = 0; i < a->asked; i++)
		query[i] = a->query[i].page;
	p->query = query;
	p->queries = WORLD_QUERIES;
	p->more = query + WORLD_QUERIES;
	p->mores = a->asked - WORLD_QUERIES;
	p->fact = facts;
	p->facts = ARRAY_LEN(facts);
	snprintf(posts, sizeof(posts), "%zu", a->posts.count);
	snprintf(kept, sizeof(kept), "%zu", a->count);
	snprintf(seed, sizeof(seed), "%llu",
		 (unsigned long long)a->files->seed);
	return page_write(html, p, e);
}

int answers_page(struct buf *html, const struct answers *a,
		 const char *program, const char *index, struct error *e)
{
	struct page page = {
		.title = "seesay demo: pictures found by words",
		.about = "All posts were drawn and captioned by the program "
			"itself. It learned from noisy captions which words "
			"go with which pictures; the pictures below were kept "
			"aside, and their captions were not used to find them. "
			"A result is right if everything the query names can "
			"be seen in it.",
		.program = program, .index = index,
		.side = a->posts.size, .counted = ANSWERS_COUNTED,
	};
	struct box box = { 0 };

	if (box_open(&box, a, e) == 0) {
		page.pool = &box.page;
		page_put(html, a, &page, e);
	}
	box_close(&box);
	return e->code;
}
