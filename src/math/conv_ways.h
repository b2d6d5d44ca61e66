/*
 * conv_ways.h - the algorithms of a convolution, between the files conv*.c.
 *
 * Each call computes one group.  in_c and out_c are the group's channels.
 * in_step, out_step and w_step (floats from weight row to weight row, the
 * layer's out_c) are those of the layer.  Pointers point at the group's first
 * channel.  A depthwise layer is one call.
 */
#ifndef CONV_WAYS_H
#define CONV_WAYS_H

#include <string.h>

#include "math/conv.h"

struct conv_pass {
	const struct conv *c;
	const struct machine *machine;
	size_t w_step;
	size_t n;
	float *scratch;
};

/* A short copy by runs of 8 floats, which compile to a few moves where memcpy
 * would be a call.  The last run overlaps the one before. */
static inline void copy_floats(float *to, const float *from, size_t n)
{
	size_t i = 0;

	for (; i + 8 <= n; i += 8)
		memcpy(to + i, from + i, 8 * sizeof(*to));
	if (i && i < n)
		memcpy(to + n - 8, from + n - 8, 8 * sizeof(*to));
	else
		for (; i < n; i++)
			to[i] = from[i];
}

/* conv_direct.c, depthwise too */
void conv_direct_pack(const struct conv *c, const struct kernels *k,
		      size_t w_step, float *packed, const float *w);
void conv_direct_pack_back(const struct conv *c, const struct kernels *k,
			   size_t w_step, float *packed, const float *w);
void conv_direct_forward(const struct conv_pass *p, float *y, const float *x,
			 const float *packed, const struct epilogue *epi);
void conv_direct_back_input(const struct conv_pass *p, float *dx,
			    const float *dy, const float *packed_back,
			    const struct epilogue *epi);
/* conv_weights.c, depthwise too */
void conv_direct_back_weights(const struct conv_pass *p, float *dw,
			      const float *x, const float *dy);

/* conv_winograd.c */
enum {
	WINOGRAD_BLOCK = 4,		/* outputs a side */
	WINOGRAD_PATCH = 6,		/* inputs a side */
	WINOGRAD_TERMS = 36,
};

/* What the blocks of a batch read.  An image has high x wide blocks; they are
 * numbered over the batch. */
struct winograd_source {
	const struct kernels *kernels;
	const float *x;			/* [n, h, w], pixels step apart */
	size_t h, w, step, depth;
	size_t pad_top, pad_left;
	size_t high, wide;
	const float *zeros;
};

/* x of the forward pass. */
struct winograd_source conv_winograd_input_of(const struct conv_pass *p,
					      const float *x);

/* The first output pixel of a block. */
struct winograd_place {
	size_t image, y, x;
};
static inline struct winograd_place winograd_place(
	const struct winograd_source *s, size_t block)
{
	size_t line = block / s->wide;

	return (struct winograd_place){ line / s->high,
					line % s->high * WINOGRAD_BLOCK,
					block % s->wide * WINOGRAD_BLOCK };
}

/* V of a block, `step` floats from term to term. */
void conv_winograd_block(const struct winograd_source *s, size_t block,
			 float *v, size_t step);
int conv_winograd_pays(const struct conv *c);
size_t conv_winograd_packed_floats(size_t depth, size_t columns,
				   const struct kernels *k);
size_t conv_winograd_scratch_floats(const struct conv *c,
				    const struct machine *machine,
				    enum conv_direction direction, size_t n);
void conv_winograd_pack(const struct conv *c, const struct machine *machine,
			size_t w_step, float *packed, const float *w);
void conv_winograd_pack_back(const struct conv *c,
			     const struct machine *machine, size_t w_step,
			     float *packed, const float *w);
void conv_winograd_forward(const struct conv_pass *p, float *y, const float *x,
			   const float *packed, const struct epilogue *epi);
void conv_winograd_back_input(const struct conv_pass *p, float *dx,
			      const float *dy, const float *packed_back,
			      const struct epilogue *epi);
/* conv_winograd_weights.c */
size_t conv_winograd_weights_floats(const struct conv *c,
				    const struct kernels *k, size_t n);
void conv_winograd_back_weights(const struct conv_pass *p, float *dw,
				const float *x, const float *dy);

/* An output pixel; `pixel` is its number in the batch. */
struct conv_place {
	size_t image, y, x;
};
static inline struct conv_place conv_place(const struct conv *c, size_t pixel)
{
	size_t line = pixel / c->out_w;

	return (struct conv_place){ line / c->out_h, line % c->out_h,
				    pixel % c->out_w };
}
static inline void conv_place_next(const struct conv *c, struct conv_place *at)
{
	if (++at->x < c->out_w)
		return;
	at->x = 0;
	if (++at->y < c->out_h)
		return;
	at->y = 0;
	at->image++;
}

/* Sets pointer[i] to the input pixel that tap (ky, kx) reads for output pixel
 * first + i of the batch, i < count; to zeros where the tap falls on
 * padding. */
void conv_pixels(const struct conv *c, const float *x, size_t ky, size_t kx,
		 size_t first, size_t count, const float **pointer);

/* With so few channels, a line of taps is one tap of kernel_w * in_c channels:
 * a pixel alone is too short a run for the tile. */
enum { CONV_LINE_CHANNELS = 8 };

static inline int conv_by_lines(const struct conv *c)
{
	return c->way != CONV_DEPTHWISE && c->in_c <= CONV_LINE_CHANNELS &&
	       c->in_step == c->in_c && c->dilation == 1;
}

/* The `count` floats from pixel x on of a line of `wide` pixels of `channels`:
 * a pointer into the line if they are all inside it, else `copy`, with zeros
 * for what is outside. */
const float *conv_line(const float *line, ptrdiff_t x, size_t channels,
		       size_t wide, size_t count, float *copy);

#endif
