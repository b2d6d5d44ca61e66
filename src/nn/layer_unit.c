/*
 * layer_unit.c - each pixel's channels to unit length.
 *
 *	r = sqrt(kernels->dot(x, x)) over the channels of the pixel
 *	y = x / r, or 0 where r is 0
 *	dx = fma(-s, y, dy) / r with s = kernels->dot(dy, y), or 0
 */
#include "nn/layer.h"

#include <math.h>

static const struct layer_option no_options[] = { { .name = NULL } };

static int unit_shape(struct net *n, struct layer *l, struct error *e)
{
	return layer_shape(n, l, l->in.h, l->in.w, l->in.c, e);
}

static void unit_forward(const struct net *n, const struct layer *l,
			 size_t image, size_t top, size_t bottom)
{
	size_t count, at = layer_lines(l, image, top, bottom, &count);
	size_t c = l->out.c;

	for (size_t end = at + count; at < end; at += c) {
		const float *x = l->x[0] + at;
		float r = sqrtf(n->machine.kernels->dot(x, x, c));

		for (size_t i = 0; i < c; i++)
			l->y[at + i] = r > 0 ? x[i] / r : 0;
	}
}

static void unit_backward_image(const struct net *n, const struct layer *l,
				size_t image)
{
	const struct kernels *k = n->machine.kernels;
	size_t c = l->out.c, pixels = l->out.h * l->out.w;
	size_t at = image * pixels * c;

	for (size_t p = 0; l->dx[0] && p < pixels; p++, at += c) {
		const float *x = l->x[0] + at, *y = l->y + at, *dy = l->dy + at;
		float r = sqrtf(k->dot(x, x, c)), s = k->dot(dy, y, c);

		for (size_t i = 0; i < c; i++)
			l->dx[0][at + i] = r > 0 ? fmaf(-s, y[i], dy[i]) / r :
						   0;
	}
}

const struct layer_type layer_unit = {
	.name = "unit", .options = no_options,
	.min_inputs = 1, .max_inputs = 1,
	.back_reads_x = 1, .back_reads_y = 1,
	.shape = unit_shape,
	.forward_lines = unit_forward,
	.backward_image = unit_backward_image,
};
