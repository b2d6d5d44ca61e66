/*
 * reference.h - the kernels again, as plain loops: what the others must equal.
 *
 * Written from the comments in simd/kernels.h alone, one float at a time, with
 * fmaf where the definition says fused.  Never made faster: its worth is that
 * it can be read beside the definition.
 */
#ifndef REFERENCE_H
#define REFERENCE_H

#include "kernels.h"

/* The reference as a table with the schedule of `k`: a packed panel of B is
 * laid out by tile_columns, so the reference must know them.  One table for
 * the program; the next call changes it. */
const struct kernels *reference_like(const struct kernels *k);

/* What the last store does to c of column j; add is read at add_at + j. */
float reference_ends(float c, const struct epilogue *epi, size_t j,
		     size_t add_at, size_t gate_at);

/* reference_winograd.c */
void reference_winograd_input(float *v, size_t v_step, const float *const *x,
			      size_t channels);
void reference_winograd_output(float *c, size_t c_line, size_t c_step,
			       size_t rows, size_t columns, const float *m,
			       size_t m_step, size_t channels,
			       const struct epilogue *epi);
void reference_winograd_weights(float *u, size_t u_step, const float *w,
				ptrdiff_t w_step, size_t n);
void reference_winograd_gradient(float *d, size_t d_step, const float *dy,
				 size_t dy_line, size_t dy_step, size_t rows,
				 size_t columns, size_t channels);
void reference_winograd_weights_back(float *dw, size_t dw_step, const float *u,
				     size_t u_step, size_t n);

#endif
