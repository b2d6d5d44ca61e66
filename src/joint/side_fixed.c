/* side_fixed.c - vectors of texts that stay; see side.h. */
#include "joint/side.h"

struct side_fixed {
	const float *center;		/* [dim] */
	float *out;			/* [most, dim] */
};

static void side_fixed_close(struct side *s)
{
	struct side_fixed *f = s->state;

	mem_free(f->out);
	mem_free(f);
}

static int side_fixed_plan(struct side *s, enum net_mode mode, size_t most,
			   struct error *e)
{
	struct side_fixed *f = s->state;

	(void)mode;
	mem_free(f->out);
	f->out = mem_new(most, s->dim * sizeof(*f->out), e);
	return f->out ? 0 : e->code;
}

static int side_fixed_forward(struct side *s, const struct side_batch *b,
			      const float **out, struct error *e)
{
	struct side_fixed *f = s->state;

	if (feed_targets(b->feed, b->epoch, b->first, b->n, b->still, f->out,
			 e) < 0)
		return e->code;
	for (size_t i = 0; i < b->n * s->dim; i++)
		f->out[i] = f->out[i] - f->center[i % s->dim];
	*out = f->out;
	return 0;
}

static const struct side_type type = {
	.close = side_fixed_close, .plan = side_fixed_plan,
	.forward = side_fixed_forward,
};

int side_fixed_open(struct side *s, const float *center, struct error *e)
{
	struct side_fixed *f = mem_new(1, sizeof(*f), e);

	if (!f)
		return e->code;
	f->center = center;
	s->type = &type;
	s->state = f;
	return 0;
}
