/* trunk.c - see trunk.h. */
#include "joint/trunk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

enum { PART = 13, PART_OF = 16 };	/* of the side, of a crop */

struct view {
	int x, y;		/* 0 left or top, 1 middle, 2 right or bottom */
	int part, mirror;
};
static const struct view views[TRUNK_VIEWS] = {
	{ 0, 0, 0, 0 }, { 0, 0, 0, 1 }, { 1, 1, 1, 0 }, { 0, 0, 1, 0 },
	{ 2, 0, 1, 1 }, { 0, 2, 1, 1 }, { 2, 2, 1, 0 },
};

int trunk_has_views(size_t n)
{
	return n == 1 || n == 2 || n == TRUNK_VIEWS;
}

/* ---- opening ------------------------------------------------------------- */

static int open_room(struct trunk *t, struct error *e)
{
	t->room = mem_new(TRUNK_BATCH, sizeof(*t->room), e);
	t->bad = mem_new(TRUNK_BATCH, sizeof(*t->bad), e);
	return e->code;
}

/* Of the text and all weights, wherever they came from. */
static uint64_t sum_of(const struct trunk *t)
{
	return net_sum(t->net, hash64(t->text.data, t->text.bytes, 0));
}

static int open_net(struct trunk *t, const struct st_file *f,
		    const char *prefix, struct error *e)
{
	const char *path = st_path(f);
	struct net_info info;

	t->net = net_open((struct str){ t->text.data, t->text.bytes }, path,
			  (size_t)strtoul(t->dim_text, NULL, 10), e);
	if (!t->net || net_load(t->net, f, prefix, e) < 0)
		return e->code;
	info = net_info(t->net);
	if (info.in_h != info.in_w || info.in_c != 3)
		return fail(e, ERROR_DATA, "'%s': the net sees %zux%zux%zu; "
			    "needed are square RGB pictures", path, info.in_h,
			    info.in_w, info.in_c);
	t->side = info.in_h;
	t->dim = info.out_dim;
	t->sum = sum_of(t);
	return net_plan(t->net, t->machine, NET_RUN, TRUNK_BATCH, e);
}

/* 'net init' leaves the name of the net, which may be a built-in one. */
static int take_text(struct trunk *t, const char *text, struct error *e)
{
	if (!strpbrk(text, "\n/="))
		return net_text(&t->text, text, e);
	return buf_add(&t->text, text, strlen(text), e);
}

int trunk_open(struct trunk *t, const struct st_file *f, const char *prefix,
	       size_t count, const struct machine *machine, struct error *e)
{
	const char *text = st_meta(f, *prefix ? "trunk" : "net");
	const char *dim = st_meta(f, *prefix ? "trunk.dim" : "dim");

	*t = (struct trunk){ .machine = machine, .views = count };
	if (!text || !dim || strlen(dim) >= sizeof(t->dim_text)) {
		fail(e, ERROR_DATA, "'%s' does not hold a net's text",
		     st_path(f));
		return hint(e, "'seesay net import' writes such files");
	}
	strcpy(t->dim_text, dim);
	if (take_text(t, text, e) < 0 ||
	    open_net(t, f, prefix, e) < 0 || open_room(t, e) < 0)
		trunk_close(t);
	return e->code;
}

void trunk_close(struct trunk *t)
{
	for (size_t i = 0; t->room && i < TRUNK_BATCH; i++)
		image_free(&t->room[i]);
	mem_free(t->room);
	mem_free(t->bad);
	net_close(t->net);
	buf_free(&t->text);
	*t = (struct trunk){ .net = NULL };
}

int trunk_put_meta(const struct trunk *t, struct st_writer *w, struct error *e)
{
	char text[24];

	snprintf(text, sizeof(text), "%zu", t->views);
	if (st_put_meta(w, "trunk", t->text.data, e) < 0 ||
	    st_put_meta(w, "trunk.dim", t->dim_text, e) < 0)
		return e->code;
	return st_put_meta(w, "trunk.views", text, e);
}

/* ---- views --------------------------------------------------------------- */

struct views_job {
	struct trunk *t;
	const unsigned char *const *pixels;
	size_t side, first;		/* of all views of all pictures */
};

static void mirror(struct image *i)
{
	for (size_t y = 0; y < i->height; y++) {
		unsigned char *row = i->rgb + y * i->width * 3;

		for (size_t x = 0; x < i->width / 2; x++)
			for (size_t c = 0; c < 3; c++) {
				unsigned char *a = row + x * 3 + c, was = *a;
				unsigned char *b = row +
						   (i->width - 1 - x) * 3 + c;

				*a = *b;
				*b = was;
			}
	}
}

/* The view's part of the picture, as it stands. */
static void cut(struct image *out, const unsigned char *pixels, size_t side,
		const struct view *v)
{
	size_t part = v->part ? MAX(side * PART / PART_OF, (size_t)1) : side;
	size_t x = (side - part) * (size_t)v->x / 2;
	size_t y = (side - part) * (size_t)v->y / 2;

	out->width = out->height = part;
	for (size_t row = 0; row < part; row++)
		memcpy(out->rgb + row * part * 3,
		       pixels + ((y + row) * side + x) * 3, part * 3);
}

static void views_see(void *context, size_t item, int thread)
{
	const struct views_job *job = context;
	struct trunk *t = job->t;
	size_t at = job->first + item, floats = t->side * t->side * 3;
	float *to = net_input(t->net) + item * floats;
	struct image part = { .rgb = NULL };
	struct error *e = &t->bad[item];

	(void)thread;
	part.rgb = mem_new(job->side * job->side, 3, e);
	if (!part.rgb)
		return;
	cut(&part, job->pixels[at / t->views], job->side,
	    &views[at % t->views]);
	image_free(&t->room[item]);
	if (image_resize(&t->room[item], &part, t->side, t->side,
			 t->machine->kernels, e) == 0) {
		if (views[at % t->views].mirror)
			mirror(&t->room[item]);
		for (size_t i = 0; i < floats; i++)
			to[i] = (float)t->room[item].rgb[i];
	}
	image_free(&part);
}

int trunk_run(struct trunk *t, const unsigned char *const *pixels, size_t side,
	      size_t count, float *out, struct error *e)
{
	struct views_job job = { t, pixels, side, 0 };

	for (; job.first < count * t->views; job.first += TRUNK_BATCH) {
		size_t n = MIN(count * t->views - job.first,
			       (size_t)TRUNK_BATCH);

		pool_run(t->machine->pool, n, views_see, &job);
		for (size_t i = 0; i < n; i++)
			if (t->bad[i].code) {
				*e = t->bad[i];
				return e->code;
			}
		memcpy(out + job.first * t->dim,
		       net_forward(t->net, n, 0, 0),
		       n * t->dim * sizeof(*out));
	}
	return 0;
}
