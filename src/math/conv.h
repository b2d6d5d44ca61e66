/*
 * conv.h - convolution of channels-last images, im2col as a table of pointers.
 *
 * Images are [n, h, w, c] (NHWC).  Pixels are `step` floats apart, so an image
 * may be some channels of a wider one.  Weights are [kh, kw, c_in / groups,
 * c_out].  The im2col matrix is not stored.  Its row (output pixel) and a tap
 * give the address of c_in floats, or of zeros where the tap falls on padding,
 * and the gemm tile reads through these pointers.  Below, s is the stride, pt
 * and pl are the padding above and to the left, i and o are channels of one
 * group, d is the dilation.
 *
 *	forward: y[n,oy,ox,o] = chain from bias[o] over (ky, kx, i) ascending of
 *		x[n, oy*s - pt + ky*d, ox*s - pl + kx*d, i] * w[ky,kx,i,o]
 *	gradient to input: dx[n,iy,ix,i] = chain from +0 over those (ky, kx)
 *		ascending that reach the pixel (iy + pt - ky*d and ix + pl -
 *		kx*d divisible by s), then o, of dy[...] * w[ky,kx,i,o];
 *		outputs outside the picture count as zeros.  When accumulating,
 *		the chain starts from the old dx; depthwise and by Winograd the
 *		old dx is added at the end
 *	gradient to weights: dw[ky,kx,i,o] = chain from dw over (n, oy, ox)
 *		ascending of x[...] * dy[n,oy,ox,o], padding as zeros
 *
 * Where conv_plan chooses Winograd (3 x 3, stride 1: conv_winograd.c), the
 * outputs are cut into 4 x 4 blocks from the top left corner on, and the three
 * passes are:
 *
 *	V = winograd_input of the block's 6 x 6 inputs, U = winograd_weights
 *	forward: M[t][o] = chain from +0 over i ascending of V[t][i] *
 *		U[t][i][o], y = winograd_output of M and bias
 *	gradient to input: the forward pass of dy with the weights flipped in
 *		both directions and their channels exchanged, padding 2 - p
 *	gradient to weights: D = winograd_gradient of the block's dy,
 *		dU[t][i][o] = chain from +0 over the blocks ascending of
 *		V[t][i] * D[t][o], dw = winograd_weights_back of dU
 *
 * The choice depends on the geometry alone.  If it depended on the machine, the
 * batch or the threads, results would.
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
	size_t in_step, out_step;	/* floats from pixel to pixel: of x and
					 * dx; of y and dy.  0: in_c, out_c */
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
	CONV_DEPTHWISE_TAPS = 64,	/* larger kernels are CONV_DIRECT */
};

int conv_plan(struct conv *c, const struct kernels *kernels, struct error *e);
void conv_free(struct conv *c);
/* Floats of workspace (`scratch`) that a pass over n images needs. */
enum conv_direction { CONV_FORWARD, CONV_BACK_INPUT, CONV_BACK_WEIGHTS };
size_t conv_scratch_floats(const struct conv *c, const struct machine *machine,
			   enum conv_direction direction, size_t n);

/* Packs w for conv_forward; packs it transposed for conv_back_input. */
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
	int accumulate;		/* add to the old dx */
	const float *gate;	/* NULL; or x, the output of a ReLU, whose
				 * backward pass is fused (simd/kernels.h) */
	float high;		/* bound of that ReLU */
};
void conv_back_input(const struct conv *c, const struct machine *machine,
		     float *dx, const float *dy, const float *packed_back,
		     const struct conv_backward_epilogue *epi, float *scratch,
		     size_t n);
void conv_back_weights(const struct conv *c, const struct machine *machine,
		       float *dw, const float *x, const float *dy,
		       float *scratch, size_t n);

#endif
