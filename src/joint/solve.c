/* solve.c - the run of one step, and the space file; see solve.h. */
#include "joint/solve.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "joint/solve_parts.h"
#include "joint/tower_bag.h"
#include "joint/tower_words.h"

const char *const solve_names[] = { "none", "ridge", "cca", NULL };

void solve_defaults(struct solve_options *o)
{
	*o = (struct solve_options){
		.views = 7, .caption = WORDS_AUTO, .bag_words = 1200,
		.dim = 200, .picture_ridge = -1, .text_ridge = -1,
	};
}

static int is_cca(const struct solve *s)
{
	return s->o->kind == SOLVE_CCA;
}

/* ---- towers of the solution ---------------------------------------------- */

/* A sum of products in double, each column of the map with the mean. */
static void center(float *out, const double *map, const double *mean,
		   size_t dim, size_t n)
{
	for (size_t j = 0; j < dim; j++) {
		double sum = 0;

		for (size_t i = 0; i < n; i++)
			sum += map[j * n + i] * mean[i];
		out[j] = (float)sum;
	}
}

static int set_head(struct solve *s, struct error *e)
{
	const struct solve_map *map = &s->map;
	size_t a = s->moments.a;
	struct buf text = { 0 };
	struct net *head;
	float *weight;

	s->pictures.dim = map->dim;
	if (buf_addf(&text, e, "features = input h=1 w=1 c=%zu\n"
		     "unit = unit\nmap = dense out=@dim bias=no\n", a) == 0)
		tower_trunk_set_head(&s->pictures, (struct str){ text.data,
				     text.bytes }, e);
	buf_free(&text);
	head = e->code ? NULL : tower_trunk_head(&s->pictures);
	if (!head || net_init(head, 0, e) < 0)
		return e->code;
	tower_trunk_plain(&s->pictures);
	weight = net_tensor(head, 0)->value;
	for (size_t i = 0; i < a; i++)
		for (size_t j = 0; j < map->dim; j++)
			weight[i * map->dim + j] =
				(float)map->picture[j * a + i];
	return net_check(head, e);
}

static int set_text(struct solve *s, struct error *e)
{
	const struct solve_moments *m = &s->moments;

	if (!is_cca(s)) {
		for (size_t i = 0; i < m->b; i++)
			s->text_center[i] = (float)m->mean_b[i];
		return 0;
	}
	center(s->text_center, s->map.text, m->mean_b, s->map.dim, m->b);
	s->text_rows = solve_text_rows(&s->map, m->b, e);
	if (!s->text_rows)
		return e->code;
	return tower_bag_open(&s->text, &s->bag, s->text_rows, s->map.dim,
			      s->machine, e);
}

static int set_towers(struct solve *s, struct error *e)
{
	s->text_center = mem_new(s->map.dim, sizeof(float), e);
	s->image_center = mem_new(s->map.dim, sizeof(float), e);
	if (e->code || set_head(s, e) < 0)
		return e->code;
	center(s->image_center, s->map.picture, s->moments.mean_a, s->map.dim,
	       s->moments.a);
	return set_text(s, e);
}

/* ---- the step ------------------------------------------------------------ */

static int solve_step(void *state, uint64_t step, struct error *why)
{
	struct solve *s = state;
	const struct solve_moments *m = &s->moments;

	(void)step;
	if (solve_moments_make(&s->moments, s, &s->train, why) < 0 ||
	    solve_choose(s, why) < 0)
		return why->code;
	if (is_cca(s))
		solve_cca(&s->map, m, m->b, (size_t)s->o->dim,
			  (double)s->picture_ridge, (double)s->text_ridge,
			  s->machine, why);
	else
		solve_ridge(&s->map, m, (double)s->picture_ridge, s->machine,
			    why);
	return why->code ? why->code : set_towers(s, why);
}

/* ---- the file ------------------------------------------------------------ */

static int put_number(struct st_writer *w, const char *key, double value,
		      struct error *e)
{
	char text[32];

	snprintf(text, sizeof(text), "%.9g", value);
	return st_put_meta(w, key, text, e);
}

static int solve_write(void *state, struct st_writer *w, struct error *e)
{
	struct solve *s = state;
	uint64_t shape[1] = { s->map.dim };

	if (tower_put_meta(&s->pictures, w, e) < 0 ||
	    tower_put_meta(&s->text, w, e) < 0 ||
	    st_put_meta(w, "compare", space_compare_names[SPACE_COSINE],
			e) < 0 ||
	    st_put_meta(w, "solve", solve_names[s->o->kind], e) < 0 ||
	    put_number(w, "posts_size", (double)s->posts.size, e) < 0 ||
	    put_number(w, "picture_ridge", (double)s->picture_ridge, e) < 0 ||
	    (is_cca(s) &&
	     put_number(w, "text_ridge", (double)s->text_ridge, e) < 0) ||
	    s->text.type->put(&s->text, w, e) < 0 ||
	    s->pictures.type->put(&s->pictures, w, e) < 0 ||
	    st_put(w, "text_center", ST_F32, 1, shape, s->text_center, e) < 0)
		return e->code;
	return st_put(w, "image_center", ST_F32, 1, shape, s->image_center, e);
}

static int solve_read(void *state, struct st_file *f, struct error *e)
{
	return space_try(f, ((struct solve *)state)->machine, e);
}

/* ---- its part of a run --------------------------------------------------- */

static uint64_t solve_work(const void *state, uint64_t steps)
{
	(void)state;
	return steps;
}

static void solve_tell(const void *state, uint64_t steps, char *text,
		       size_t room)
{
	const struct solve *s = state;

	(void)steps;
	snprintf(text, room, "%zu dimensions", s->map.dim);
}

/* One step: what it begins with, nothing, and its end are all there is. */
static int solve_check(void *state, struct error *why)
{
	(void)state;
	(void)why;
	return 0;
}

static int solve_save(void *state, struct st_writer *w, struct error *e)
{
	(void)state;
	(void)w;
	(void)e;
	return 0;
}

static int solve_load(void *state, const struct st_file *f, struct error *e)
{
	(void)state;
	(void)f;
	(void)e;
	return 0;
}

static const struct run_model solve_model = {
	.name = "solve", .format = SPACE_FORMAT,
	.checkpoint_format = "seesay solve checkpoint",
	.step = solve_step, .work = solve_work, .tell = solve_tell,
	.check = solve_check, .save = solve_save, .load = solve_load,
	.write = solve_write, .read = solve_read,
};

static int ridge_identity(struct identity *id, const char *name, float value,
			  struct error *e)
{
	return value < 0 ? identity_text(id, name, "chosen", e) :
			   identity_real(id, name, value, e);
}

static int solve_identity(struct solve *s, struct error *e)
{
	const struct solve_options *o = s->o;
	struct identity *id = &s->run.identity;
	int bad = identity_text(id, "--solve", solve_names[o->kind], e);

	bad |= ridge_identity(id, "--picture-ridge", o->picture_ridge, e);
	if (is_cca(s)) {
		bad |= ridge_identity(id, "--text-ridge", o->text_ridge, e);
		bad |= identity_number(id, "--bag-words",
				       (uint64_t)o->bag_words, e);
		bad |= identity_number(id, "--dim", (uint64_t)o->dim, e);
	} else {
		bad |= identity_text(id, "--caption", words_captions[
				     tower_words_caption(&s->text)], e);
		bad |= identity_sum(id, "words", st_sum(s->words_file), e);
	}
	bad |= identity_sum(id, "--trunk", tower_trunk_of(&s->pictures)->sum,
			    e);
	bad |= identity_number(id, "--views", (uint64_t)o->views, e);
	bad |= identity_sum(id, "posts", s->posts.sum, e);
	return bad ? e->code : 0;
}

static int solve_all(struct solve *s, struct error *e)
{
	const struct talk *talk = s->machine->talk;
	int made;

	if (run_lock(&s->run, e) < 0 || solve_open(s, e) < 0 ||
	    solve_identity(s, e) < 0 || run_begin(&s->run, &made, e) < 0 ||
	    made || solve_open_posts(s, e) < 0 ||
	    features_open(&s->features, &s->posts,
			  tower_trunk_of(&s->pictures), s->o->features, e) < 0)
		return e->code;
	s->run.steps = s->run.epoch_steps = 1;
	if (run_train(&s->run, e) < 0)
		return e->code;
	if (is_cca(s))
		talk_note(talk, "solved for %zu posts and %zu words: %zu "
			  "dimensions; ridge of pictures %g, of texts %g",
			  s->train.count, s->bag.count, s->map.dim,
			  (double)s->picture_ridge, (double)s->text_ridge);
	else
		talk_note(talk, "solved for %zu posts: %zu dimensions; ridge "
			  "of pictures %g", s->train.count, s->map.dim,
			  (double)s->picture_ridge);
	return 0;
}

int solve_run(const struct solve_options *o, const struct machine *machine,
	      struct error *e)
{
	struct solve s = {
		.o = o, .machine = machine,
		.run = { .model = &solve_model, .talk = machine->talk,
			 .out = o->out, .restart = o->restart,
			 .checkpoint_every_s = 60 },
	};

	if (!trunk_has_views((size_t)o->views))
		return fail(e, ERROR_USAGE, "--views %d is not 1, 2 or 7",
			    o->views);
	if (file_not_input(o->out, o->posts, e) < 0 ||
	    file_not_input(o->out, o->words, e) < 0 ||
	    file_not_input(o->out, o->trunk, e) < 0 ||
	    file_not_input(o->out, o->features, e) < 0)
		return e->code;
	s.run.state = &s;
	solve_all(&s, e);
	solve_close(&s);
	run_close(&s.run);
	return e->code;
}
