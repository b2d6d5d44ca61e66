/* tower_net.c - see tower_net.h. */
#include "joint/tower_net.h"

#include <string.h>

#include "base/base.h"
#include "image/augment.h"

enum { NET_BATCH = 32 };	/* pictures that go through the net at once */

struct tower_net {
	struct buf text;
	struct net *net;
	enum tower_output output;
};

/* Does the output go through the logistic function?  What older versions made
 * with the triplet loss to be compared as seed says "linear": its net is as
 * good, but the vectors of an index that they made of it, which has no version,
 * are of no use. */
static int net_output(struct tower *t, struct error *e)
{
	struct tower_net *s = t->state;
	const char *compare = st_meta(t->file, "compare");
	const char *format = st_meta(t->file, "format");

	int output = tower_choice(t->file, "output", tower_output_names, e);

	s->output = (enum tower_output)MAX(output, 0);
	if (e->code || s->output || !compare || strcmp(compare, "seed") != 0)
		return e->code;
	if (strcmp(format, SPACE_FORMAT) != 0 &&
	    !st_meta(t->file, "index.numerics")) {
		fail(e, ERROR_DATA, "'%s': raw outputs of the net are compared "
		     "by their sum, which gives all queries the same pictures",
		     st_path(t->file));
		return hint(e, "index the space again");
	}
	s->output = TOWER_SIGMOID;
	return 0;
}

static int net_read(struct tower *t, const char *text, struct error *e)
{
	struct tower_net *s = t->state;
	const char *path = st_path(t->file);

	if (buf_add(&s->text, text, strlen(text), e) < 0)
		return e->code;
	s->net = net_open(tower_net_text(t), path, t->dim, e);
	if (!s->net)
		return e->code;
	if (net_info(s->net).out_dim != t->dim)
		return fail(e, ERROR_DATA, "'%s': the net ends in %zu numbers, "
			    "the words have %zu", path,
			    net_info(s->net).out_dim, t->dim);
	if (net_load(s->net, t->file, "net.", e) < 0)
		return e->code;
	return net_plan(s->net, t->machine, NET_RUN, NET_BATCH, e);
}

static int net_tower_open(struct tower *t, struct error *e)
{
	const char *text = st_meta(t->file, "net");

	t->state = mem_new(1, sizeof(struct tower_net), e);
	if (!t->state || net_output(t, e) < 0)
		return e->code;
	if (!text)
		return fail(e, ERROR_DATA, "'%s': metadata 'net' is missing",
			    st_path(t->file));
	return net_read(t, text, e);
}

static void net_tower_close(struct tower *t)
{
	struct tower_net *s = t->state;

	if (s) {
		net_close(s->net);
		buf_free(&s->text);
	}
	mem_free(s);
}

static int net_put_meta(const struct tower *t, struct st_writer *w,
			struct error *e)
{
	const struct tower_net *s = t->state;

	if (st_put_meta(w, "net", s->text.data, e) < 0)
		return e->code;
	return st_put_meta(w, "output", tower_output_names[s->output], e);
}

static int net_put(const struct tower *t, struct st_writer *w,
		   struct error *e)
{
	return net_save(tower_net_of(t), w, "net.", e);
}

static size_t net_least_side(const struct tower *t)
{
	struct net_info info = net_info(tower_net_of(t));

	return MAX(info.in_h, info.in_w);
}

/* The middle of each picture. */
static void net_see(struct net *net, const unsigned char *const *pixels,
		    size_t side, size_t count)
{
	size_t crop = net_info(net).in_h, from = (side - crop) / 2;

	for (size_t i = 0; i < count; i++)
		augment_crop(net_input(net) + i * crop * crop * 3, pixels[i],
			     side, crop, from, from, 0);
}

static int net_pictures(struct tower *t, const unsigned char *const *pixels,
			size_t side, size_t count, float *out, struct error *e)
{
	const struct tower_net *s = t->state;
	const struct kernels *k = t->machine->kernels;
	struct net_info info = net_info(s->net);

	if (info.in_h != info.in_w || info.in_c != 3 || side < info.in_h)
		return fail(e, ERROR_USAGE, "pictures of %zux%zu do not fit a "
			    "net for %zux%zux%zu", side, side, info.in_h,
			    info.in_w, info.in_c);
	for (size_t first = 0; first < count; first += NET_BATCH) {
		size_t n = MIN(count - first, (size_t)NET_BATCH);
		float *to = out + first * t->dim;

		net_see(s->net, pixels + first, side, n);
		memcpy(to, net_forward(s->net, n, 0, 0),
		       n * t->dim * sizeof(*to));
		tower_output_apply(s->output, to, n * t->dim, k);
	}
	return 0;
}

const struct tower_type tower_net = {
	.name = "net", .open = net_tower_open, .close = net_tower_close,
	.put_meta = net_put_meta, .put = net_put,
	.least_side = net_least_side, .pictures = net_pictures,
};

int tower_net_open(struct tower *t, const char *name, size_t dim,
		   enum tower_output output, const struct machine *machine,
		   struct error *e)
{
	struct tower_net *s = mem_new(1, sizeof(*s), e);

	*t = (struct tower){ .type = &tower_net, .machine = machine,
			     .dim = dim, .state = s };
	if (!s || net_text(&s->text, name, e) < 0)
		return e->code;
	s->output = output;
	s->net = net_open(tower_net_text(t), name, dim, e);
	return e->code;
}

struct net *tower_net_of(const struct tower *t)
{
	return ((const struct tower_net *)t->state)->net;
}

struct str tower_net_text(const struct tower *t)
{
	const struct tower_net *s = t->state;

	return (struct str){ s->text.data, s->text.bytes };
}

enum tower_output tower_net_output(const struct tower *t)
{
	return ((const struct tower_net *)t->state)->output;
}
