/*
 * conv.h - convolution of channels-last images, im2col as a table of pointers.
 *
 * Images are [n, h, w, c], weights [kh, kw, c_in, c_out], c fastest.  No column
 * matrix is made: row (pixel) and tap give the address of c_in floats, or of
 * zeros where the tap falls on padding, and the gemm tile reads through them.
 *
 *	forward: y[n,oy,ox,o] = chain from bias[o] over (ky, kx, i) ascending of
 *		x[n, oy*s - pt + ky, ox*s - pl + kx, i] * w[ky,kx,i,o]
 *	gradient to input: dx[n,iy,ix,i] = chain from +0 over those (ky, kx)
 *		ascending that can reach the pixel ((iy + pt - ky) divisible by
 *		s, likewise x), then o, of dy[...] * w[ky,kx,i,o]; outputs off
 *		the edge count as zeros
 *	gradient to weights: dw[ky,kx,i,o] = chain from dw over (n, oy, ox)
 *		ascending of x[...] * dy[n,oy,ox,o], padding as zeros
 */
#ifndef CONV_H
#define CONV_H

#include "math/machine.h"

struct conv {			/* the geometry; fill, then conv_plan */
	size_t in_h, in_w, in_c;
	size_t out_c;
	size_t kernel_h, kernel_w, stride;
	size_t pad_top, pad_left, pad_bottom, pad_right;
	size_t out_h, out_w;	/* set by conv_plan */
	float *zeros;		/* owned: max(in_c, out_c) zeros */
	size_t packed_floats;	/* of conv_pack's `packed` */
	size_t packed_back_floats;
};

enum {
	CONV_MAX_TAPS = 256,	/* kernel_h * kernel_w */
	CONV_MAX_STRIDE = 16,
};

int conv_plan(struct conv *c, const struct kernels *kernels, struct error *e);
void conv_free(struct conv *c);

/* Packs w for conv_forward, and transposed for conv_back_input. */
void conv_pack(const struct conv *c, const struct kernels *kernels,
	       float *packed, const float *w);
void conv_pack_back(const struct conv *c, const struct kernels *kernels,
		    float *packed, const float *w);

/* bias may be NULL (zeros). */
void conv_forward(const struct conv *c, const struct machine *machine,
		  float *y, const float *x, const float *packed,
		  const float *bias, size_t n);
void conv_back_input(const struct conv *c, const struct machine *machine,
		     float *dx, const float *dy, const float *packed_back,
		     size_t n);
void conv_back_weights(const struct conv *c, const struct machine *machine,
		       float *dw, const float *x, const float *dy, size_t n);

#endif
