/*
 * layer_lrn.c - local response normalisation across channels: size, alpha,
 * beta, k (Krizhevsky et al. 2012, section 3.3).
 *
 *	y, dx	kernels->lrn and lrn_back with scale = alpha / size in float
 *
 * alpha is divided by the size of the window as in Caffe; the paper does not
 * divide, so its alpha is ours / size.
 */
#include "nn/layer.h"

struct lrn_settings {
	size_t size;
	float alpha, beta, k;
};
#define AT(field) offsetof(struct lrn_settings, field)

static const struct lrn_settings *set(const struct layer *l)
{
	return l->settings;
}

static const struct layer_option options[] = {
	{ "size", VALUE_SIZE, AT(size), 1, 17, 5 },
	{ "alpha", VALUE_FLOAT, AT(alpha), 0, 1000, 1e-4 },
	{ "beta", VALUE_FLOAT, AT(beta), 0, 100, 0.75 },
	{ "k", VALUE_FLOAT, AT(k), 1e-6, 1e6, 1 },
	{ .name = NULL }
};

static int lrn_shape(struct net *n, struct layer *l, struct error *e)
{
	if (set(l)->size % 2 == 0)
		return layer_fail(n, l, e, "size=%zu is not odd", set(l)->size);
	return layer_shape(n, l, l->in.h, l->in.w, l->in.c, e);
}

static struct lrn lrn_of(const struct layer *l)
{
	const struct lrn_settings *s = l->settings;

	return (struct lrn){ s->size, s->alpha / (float)s->size, s->beta,
			     s->k };
}

static void lrn_forward(const struct net *n, const struct layer *l,
			size_t image, size_t top, size_t bottom)
{
	size_t count, at = layer_lines(l, image, top, bottom, &count);
	struct lrn p = lrn_of(l);

	n->machine.kernels->lrn(l->y + at, l->x[0] + at, count / l->out.c,
				l->out.c, &p);
}

static void lrn_backward_image(const struct net *n, const struct layer *l,
			       size_t image)
{
	const struct kernels *k = n->machine.kernels;
	size_t row = l->out.w * l->out.c, at = image * l->out.h * row;
	struct lrn p = lrn_of(l);

	for (size_t y = 0; l->dx[0] && y < l->out.h; y++, at += row) {
		float *dx = l->dx[0] + at;
		const float *x = l->x[0] + at;

		k->lrn_back(dx, l->dy + at, x, l->y + at, l->out.w, l->out.c,
			    &p);
		if (l->gate)
			k->relu_back(dx, dx, x, layer_relu_max(l->gate), row);
	}
}

const struct layer_type layer_lrn = {
	.name = "lrn", .options = options,
	.settings_bytes = sizeof(struct lrn_settings),
	.min_inputs = 1, .max_inputs = 1,
	.back_reads_x = 1, .back_reads_y = 1, .back_gates = 1,
	.shape = lrn_shape,
	.forward_lines = lrn_forward,
	.backward_image = lrn_backward_image,
};
