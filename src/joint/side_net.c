/* side_net.c - a net over what a feed gives; see side.h. */
#include "joint/side.h"

struct side_net {
	struct net *net;
	const struct st_file *init;
	const char *init_prefix;
};

static struct net *net_of(const struct side *s)
{
	return ((const struct side_net *)s->state)->net;
}

static void side_net_close(struct side *s)
{
	mem_free(s->state);
}

static int side_net_plan(struct side *s, enum net_mode mode, size_t most,
			 struct error *e)
{
	return net_plan(net_of(s), s->machine, mode, most, e);
}

static int side_net_init(struct side *s, struct error *e)
{
	const struct side_net *n = s->state;

	if (net_init(n->net, s->seed, e) < 0 || !n->init)
		return e->code;
	return net_load(n->net, n->init, n->init_prefix, e);
}

static int side_net_forward(struct side *s, const struct side_batch *b,
			    const float **out, struct error *e)
{
	struct net *net = net_of(s);

	(void)e;
	feed_see(b->feed, b->epoch, b->first, b->n, b->still, net_input(net));
	if (net_tensors(net))
		net_tensor(net, 0);	/* the optimiser wrote to them */
	*out = net_forward(net, b->n, s->seed, b->step);
	return 0;
}

static void side_net_backward(struct side *s, const float *gradient)
{
	net_backward(net_of(s), gradient);
}

static int side_net_params(struct side *s, struct side_params *list,
			   struct error *e)
{
	return side_params_net(list, "net.", net_of(s), e);
}

static int side_net_check(struct side *s, struct error *e)
{
	return net_check(net_of(s), e);
}

static int side_net_save(struct side *s, struct st_writer *w, struct error *e)
{
	return net_save(net_of(s), w, "net.", e);
}

static int side_net_load(struct side *s, const struct st_file *f,
			 struct error *e)
{
	return net_load(net_of(s), f, "net.", e);
}

static const struct side_type type = {
	.close = side_net_close, .plan = side_net_plan, .init = side_net_init,
	.forward = side_net_forward, .backward = side_net_backward,
	.params = side_net_params, .check = side_net_check,
	.save = side_net_save, .load = side_net_load,
};

int side_net_open(struct side *s, struct net *net, const struct st_file *init,
		  const char *init_prefix, struct error *e)
{
	struct side_net *n = mem_new(1, sizeof(*n), e);

	if (!n)
		return e->code;
	*n = (struct side_net){ net, init, init_prefix };
	s->type = &type;
	s->state = n;
	return 0;
}
