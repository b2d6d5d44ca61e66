/*
 * conv.h - convolution of channels-last images, im2col as a table of pointers.
 *
 * Images are [n, h, w, c], c fastest, pixels `step` floats apart (so that they
 * may be part of wider ones); weights [kh, kw, c_in / groups, c_out].  No
 * column matrix is made: row (pixel) and tap give the address of c_in floats,
 * or of zeros where the tap falls on padding, and the gemm tile reads through
 * them.  Below, i and o are channels of one group, d is the dilation.
 *
 *	forward: y[n,oy,ox,o] = chain from bias[o] over (ky, kx, i) ascending of
 *		x[n, oy*s - pt + ky*d, ox*s - pl + kx*d, i] * w[ky,kx,i,o]
 *	gradient to input: dx[n,iy,ix,i] = chain from +0 over those (ky, kx)
 *		ascending that can reach the pixel ((iy + pt - ky*d) divisible
 *		by s, likewise x), then o, of dy[...] * w[ky,kx,i,o]; outputs
 *		off the edge count as zeros.  When accumulating, the chain
 *		starts from the old dx; depthwise and by Winograd the old dx
 *		is added at the end
 *	gradient to weights: dw[ky,kx,i,o] = chain from dw over (n, oy, ox)
 *		ascending of x[...] * dy[n,oy,ox,o], padding as zeros
 *
 * Where conv_plan chooses Winograd (3 x 3, stride 1: conv_winograd.c) the
 * three passes are, for 4 x 4 blocks of outputs from the corner on:
 *
 *	V = winograd_input of the block's 6 x 6 inputs, U = winograd_weights
 *	forward: M[t][o] = chain from +0 over i ascending of V[t][i] *
 *		U[t][i][o], y = winograd_output of M and bias
 *	gradient to input: the forward pass of dy with the weights turned
 *		round and their channels exchanged, padding 2 - p
 *	gradient to weights: D = winograd_gradient of the block's dy,
 *		dU[t][i][o] = chain from +0 over the blocks ascending of
 *		V[t][i] * D[t][o], dw = winograd_weights_back of dU
 *
 * The choice depends on the geometry alone, never on the machine, the batch
 * or the threads.
 */
#ifndef CONV_H
#define CONV_H

#include "math/machine.h"

enum conv_way { CONV_DIRECT, CONV_WINOGRAD, CONV_DEPTHWISE };

struct conv {			/* the geometry; fill, then conv_plan */
	size_t in_h, in_w, in_c;
	size_t out_c;
	size_t kernel_h, kernel_w, stride;
	size_t dilation, groups;	/* 0 counts as 1 */
	size_t pad_top, pad_left, pad_bottom, pad_right;
	size_t in_step, out_step;	/* floats from pixel to pixel of x and
					 * dx, of y and dy; 0: in_c, out_c */
	int direct;			/* never Winograd */

	/* set by conv_plan */
	enum conv_way way;
	size_t out_h, out_w;
	size_t packed_floats;		/* of conv_pack's `packed` */
	size_t packed_back_floats;
	float *zeros;			/* owned */
};

enum {
	CONV_MAX_KERNEL = 16,	/* kernel_h, kernel_w */
	CONV_MAX_STRIDE = 16,
	CONV_DEPTHWISE_TAPS = 64,	/* more are groups like any other */
};

int conv_plan(struct conv *c, const struct kernels *kernels, struct error *e);
void conv_free(struct conv *c);
/* Floats that a pass over n images needs as `scratch`. */
enum conv_direction { CONV_FORWARD, CONV_BACK_INPUT, CONV_BACK_WEIGHTS };
size_t conv_scratch_floats(const struct conv *c, const struct machine *machine,
			   enum conv_direction direction, size_t n);

/* Packs w for conv_forward, and turned round for conv_back_input. */
void conv_pack(const struct conv *c, const struct machine *machine,
	       float *packed, const float *w);
void conv_pack_back(const struct conv *c, const struct machine *machine,
		    float *packed, const float *w);

/* epi is the epilogue of the store (simd/kernels.h): epi->start is the
 * bias, or NULL for +0; add has pixels add_step apart. */
void conv_forward(const struct conv *c, const struct machine *machine,
		  float *y, const float *x, const float *packed,
		  const struct epilogue *epi, float *scratch, size_t n);
/* The epilogue of the gradient to input. */
struct conv_backward_epilogue {
	int accumulate;		/* dx is added to what it holds */
	const float *gate;	/* x, if a ReLU made it: its backward pass is
				 * done too (simd/kernels.h); or NULL */
	float high;		/* of that relu */
};
void conv_back_input(const struct conv *c, const struct machine *machine,
		     float *dx, const float *dy, const float *packed_back,
		     const struct conv_backward_epilogue *epi, float *scratch,
		     size_t n);
void conv_back_weights(const struct conv *c, const struct machine *machine,
		       float *dw, const float *x, const float *dy,
		       float *scratch, size_t n);

#endif
