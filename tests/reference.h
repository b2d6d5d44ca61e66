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

#endif
