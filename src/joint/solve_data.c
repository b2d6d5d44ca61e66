/*
 * solve_data.c - what is solved from: posts, their features and their texts.
 *
 * Strengths are chosen on the posts of split val; where these are few, on each
 * tenth training post, which the first solutions then do without.
 */
#include <math.h>
#include <string.h>

#include "joint/solve_parts.h"
#include "joint/tower_words.h"

enum {
	TARGET_BYTES = 1 << 28,		/* more targets lie in a file */
	HELD_LEAST = 20, HELD_MOST = 1000,
	HELD_EACH = 10,
};

/* ---- files --------------------------------------------------------------- */

static int open_text(struct solve *s, struct error *e)
{
	if (s->o->kind == SOLVE_CCA)
		return 0;
	s->words_file = st_open(s->o->words, WORDS_FORMAT, e);
	if (!s->words_file)
		return e->code;
	return tower_words_open(&s->text, s->words_file, s->o->caption,
				s->machine, e);
}

int solve_open(struct solve *s, struct error *e)
{
	if (dataset_open(&s->posts, s->o->posts, e) < 0 || open_text(s, e) < 0)
		return e->code;
	s->trunk_file = st_open(s->o->trunk, NULL, e);
	if (!s->trunk_file)
		return e->code;
	return tower_trunk_open(&s->pictures, s->trunk_file,
				(size_t)s->o->views, 0, TOWER_LINEAR,
				s->machine, e);
}

static void list_free(struct solve_posts *p)
{
	mem_free(p->post);
	mem_free(p->target);
}

void solve_close(struct solve *s)
{
	list_free(&s->train);
	list_free(&s->fit);
	list_free(&s->held);
	targets_close(&s->targets);
	solve_moments_free(&s->moments);
	solve_map_free(&s->map);
	features_close(&s->features);
	tower_close(&s->pictures);
	tower_close(&s->text);
	bag_close(&s->bag);
	st_close(s->trunk_file);
	st_close(s->words_file);
	dataset_close(&s->posts);
	mem_free(s->text_rows);
	mem_free(s->text_center);
	mem_free(s->image_center);
}

/* ---- posts --------------------------------------------------------------- */

static int has_text(const struct solve *s, uint32_t post,
		    struct bag_text *room, struct error *e)
{
	for (size_t i = 0; i < bag_texts(&s->posts, post); i++)
		if (bag_read(&s->bag, bag_text_at(&s->posts, post, i), room,
			     e) < 0)
			return e->code;
		else if (room->count)
			return 1;
	return 0;
}

/* Of the posts in the list, those whose texts have a known word. */
static int known_posts(struct solve *s, uint32_t *post, size_t *count,
		       struct error *e)
{
	struct bag_text room = { 0 };
	size_t n = 0;

	if (s->o->kind == SOLVE_RIDGE)
		return targets_open(&s->targets, &s->text, &s->posts, post,
				    count, TARGET_BYTES, s->o->out, e);
	for (size_t i = 0; i < *count && !e->code; i++)
		if (has_text(s, post[i], &room, e) > 0)
			post[n++] = post[i];
	*count = n;
	bag_text_free(&room);
	return e->code;
}

static int list_room(struct solve_posts *p, size_t count, struct error *e)
{
	p->post = mem_new(count, sizeof(*p->post), e);
	p->target = mem_new(count, sizeof(*p->target), e);
	return e->code;
}

static void list_add(struct solve_posts *p, uint32_t post, size_t target)
{
	p->post[p->count] = post;
	p->target[p->count++] = (uint32_t)target;
}

/* From the known ones: training posts, then those of val. */
static int divide(struct solve *s, const uint32_t *post, size_t count,
		  size_t val, struct error *e)
{
	int few = val < HELD_LEAST;
	size_t train = count - val;

	if (list_room(&s->train, count, e) < 0 ||
	    list_room(&s->fit, count, e) < 0 ||
	    list_room(&s->held, count, e) < 0)
		return e->code;
	for (size_t i = 0; i < train; i++) {
		int aside = few && i % HELD_EACH == HELD_EACH - 1;

		list_add(&s->train, post[i], i);
		if (aside && s->held.count < HELD_MOST)
			list_add(&s->held, post[i], i);
		else if (few && !aside)
			list_add(&s->fit, post[i], i);
	}
	for (size_t i = train; !few && i < count; i++)
		if (s->held.count < HELD_MOST)
			list_add(&s->held, post[i], i);
	if (s->held.count < HELD_LEAST)
		s->held.count = 0;
	return 0;
}

static size_t of_split(const struct solve *s, enum posts_split split,
		       uint32_t *post)
{
	size_t n = 0;

	for (size_t i = 0; i < s->posts.count; i++)
		if (s->posts.split[i] == split)
			post[n++] = (uint32_t)i;
	return n;
}

int solve_open_posts(struct solve *s, struct error *e)
{
	uint32_t *post = mem_new(s->posts.count, sizeof(*post), e);
	size_t train, count, val = 0;

	if (!post)
		return e->code;
	train = of_split(s, POSTS_TRAIN, post);
	if (s->o->kind == SOLVE_CCA && train &&
	    bag_open(&s->bag, &s->posts, post, train, (size_t)s->o->bag_words,
		     s->o->out, s->machine, e) < 0)
		goto done;
	count = train + of_split(s, POSTS_VAL, post + train);
	if (known_posts(s, post, &count, e) < 0)
		goto done;
	while (val < count &&
	       s->posts.split[post[count - 1 - val]] == POSTS_VAL)
		val++;
	if (count - val < 2)
		fail(e, ERROR_FAILED, "'%s' has %zu training posts with known "
		     "words: too few", s->o->posts, count - val);
	else
		divide(s, post, count, val, e);
done:
	mem_free(post);
	return e->code;
}

/* ---- what each gives ----------------------------------------------------- */

void solve_picture(const struct solve *s, size_t post, float *out)
{
	const struct features *f = &s->features;
	float length;

	features_mean(f->rows + post * f->views * f->dim, f->views, f->dim,
		      out);
	length = sqrtf(s->machine->kernels->dot(out, out, f->dim));
	for (size_t i = 0; i < f->dim; i++)
		out[i] = length > 0 ? out[i] / length : 0;
}

int solve_text(const struct solve *s, const struct solve_posts *p, size_t i,
	       struct bag_text *room, float *out, struct error *e)
{
	size_t known = 0;

	if (s->o->kind == SOLVE_RIDGE)
		return targets_get(&s->targets, p->target[i], out, e);
	memset(out, 0, s->bag.count * sizeof(*out));
	for (size_t c = 0; c < bag_texts(&s->posts, p->post[i]); c++) {
		if (bag_read(&s->bag, bag_text_at(&s->posts, p->post[i], c),
			     room, e) < 0)
			return e->code;
		for (size_t j = 0; j < room->count; j++)
			out[room->id[j]] += room->weight[j];
		known += room->count > 0;
	}
	for (size_t j = 0; known && j < s->bag.count; j++)
		out[j] = out[j] / (float)known;
	return 0;
}

/* A word that means nothing still has a vector of some length, as files of
 * words want it. */
float *solve_text_rows(const struct solve_map *map, size_t words,
		       struct error *e)
{
	float *rows = mem_new(words, map->dim * sizeof(*rows), e);

	for (size_t i = 0; rows && i < words; i++) {
		float *row = rows + i * map->dim, most = 0;

		for (size_t j = 0; j < map->dim; j++) {
			row[j] = (float)map->text[j * words + i];
			most = fabsf(row[j]) > most ? fabsf(row[j]) : most;
		}
		if (most < WORDS_VECTOR_LEAST)
			row[0] = WORDS_VECTOR_LEAST;
	}
	return rows;
}
