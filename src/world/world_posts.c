/*
 * world_posts.c - the small world as a dataset file.
 *
 * Scenes are painted a block at a time by all threads, then written in order.
 */
#include "world/world_posts.h"

#include "base/talk.h"
#include "posts/posts.h"
#include "posts/posts_list.h"
#include "world/world.h"

enum { BLOCK = 256 };			/* scenes painted before they are put */

static const char id_prefix[] = "scene-";

uint64_t world_scene_of(struct str id)
{
	uint64_t n = 0;

	for (size_t i = sizeof id_prefix - 1; i < id.bytes; i++)
		n = n * 10 + (uint64_t)(id.data[i] - '0');
	return n;
}

/* ---- words --------------------------------------------------------------- */

/* Ends of each post's id, path and caption in one text; strings are made when
 * it no longer moves. */
struct world_text {
	struct buf text;
	size_t (*end)[3];		/* [posts] */
};

static int text_write(struct world_text *t, const struct world_options *o,
		      struct error *e)
{
	t->end = mem_new(o->posts, sizeof *t->end, e);
	if (!t->end)
		return e->code;
	for (size_t i = 0; i < o->posts; i++) {
		if (buf_addf(&t->text, e, "%s%06zu", id_prefix, i) < 0)
			return e->code;
		t->end[i][0] = t->text.bytes;
		if (buf_addf(&t->text, e, "%s%06zu.png", id_prefix, i) < 0)
			return e->code;
		t->end[i][1] = t->text.bytes;
		if (world_caption(&t->text, o->seed, i, e) < 0)
			return e->code;
		t->end[i][2] = t->text.bytes;
	}
	return 0;
}

static struct str text_at(const struct world_text *t, size_t i, int part)
{
	size_t from = part ? t->end[i][part - 1] : i ? t->end[i - 1][2] : 0;

	return (struct str){ t->text.data + from, t->end[i][part] - from };
}

static int posts_make(struct posts *p, const struct world_text *t, size_t n,
		      struct error *e)
{
	const struct posts_options shares = { .train = 80, .val = 5,
					      .test = 15 };

	p->post = mem_new(n, sizeof *p->post, e);
	p->caption = mem_new(n, sizeof *p->caption, e);
	if (!p->post || !p->caption)
		return e->code;
	p->count = p->captions = n;
	for (size_t i = 0; i < n; i++) {
		p->post[i] = (struct post){
			.id = text_at(t, i, 0), .path = text_at(t, i, 1),
			.tags = { "", 0 }, .keyword = { "", 0 },
			.owner = { "", 0 }, .first_caption = i, .captions = 1,
			.split = POSTS_SPLITS,
		};
		p->caption[i] = text_at(t, i, 2);
	}
	return posts_split_rank(p, &shares, e);
}

/* ---- pictures ------------------------------------------------------------ */

struct block {
	const struct world_options *o;
	unsigned char *rgb;		/* [BLOCK, size, size, 3] */
	size_t first;
};

static void block_paint(void *context, size_t item, int thread)
{
	const struct block *b = context;
	struct world_scene scene;

	(void)thread;
	world_paint(b->rgb + item * b->o->size * b->o->size * 3, b->o->size,
		    b->o->seed, b->first + item, &scene);
}

static int pictures_put(struct dataset_writer *w, struct block *b,
			const struct machine *m, struct error *e)
{
	size_t bytes = b->o->size * b->o->size * 3;
	struct talk_bar bar;

	talk_bar_start(&bar, m->talk, "paint", b->o->posts, 0);
	for (b->first = 0; b->first < b->o->posts; b->first += BLOCK) {
		size_t n = MIN(b->o->posts - b->first, (size_t)BLOCK);

		pool_run(m->pool, n, block_paint, b);
		for (size_t i = 0; i < n; i++)
			if (dataset_put(w, b->first + i, b->rgb + i * bytes,
					e) < 0)
				return e->code;
		talk_bar_step(&bar, b->first + n, "");
		if (talk_stops(m->talk))
			return fail(e, ERROR_FAILED, "stopped while painting; "
				    "nothing is kept");
	}
	talk_bar_end(&bar, b->o->posts, "");
	return 0;
}

int world_write(const char *path, const struct world_options *o,
		const struct machine *m, struct error *e)
{
	struct block b = { .o = o };
	struct world_text text = { 0 };
	struct posts posts = { 0 };
	struct dataset_writer *w = NULL;

	if (text_write(&text, o, e) < 0 ||
	    posts_make(&posts, &text, o->posts, e) < 0)
		goto done;
	b.rgb = mem_new((size_t)BLOCK * o->size * o->size, 3, e);
	if (!b.rgb)
		goto done;
	w = dataset_create(path, o->size, e);
	if (!w || pictures_put(w, &b, m, e) < 0)
		goto done;
	dataset_commit(w, &posts, e);
	w = NULL;
done:
	dataset_discard(w);
	mem_free(posts.post);
	mem_free(posts.caption);
	mem_free(text.end);
	buf_free(&text.text);
	mem_free(b.rgb);
	return e->code;
}
