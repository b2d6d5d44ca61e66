/*
 * template.h - all kernels for one instruction set.
 *
 * The including file has set ISA (a suffix), ISA_NAME, TILE_ROWS,
 * TILE_VECTORS and TILE_DEPTH and included its dialect vec_*.h.  The only
 * symbol that leaves the object file is the table at the end.
 */
#include <float.h>
#include <math.h>

#include "kernels.h"

#ifdef __FAST_MATH__
#error "fast-math changes results: build without it"
#endif
#if FLT_EVAL_METHOD != 0
#error "floats are kept wider than they are: gcc needs \
-fexcess-precision=fast, i386 also -msse2 -mfpmath=sse"
#endif

#define JOIN2(a, b) a##_##b
#define JOIN(a, b) JOIN2(a, b)
#define FN(name) JOIN(name, ISA)
#define ALWAYS_INLINE inline __attribute__((always_inline))
#ifdef __clang__
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 16")
#endif

#include "k_dot.h"
#include "k_tile.h"
#include "k_elementwise.h"
#include "k_depthwise.h"
#include "k_winograd.h"
#include "k_pool.h"
#include "k_math.h"
#include "k_lrn.h"
#include "k_learn.h"
#include "k_sgns.h"

const struct kernels FN(kernels) = {
	.name = ISA_NAME,
	.tile_rows = TILE_ROWS,
	.tile_columns = TILE_COLUMNS,
	.tile_depth = TILE_DEPTH,
	.dot = FN(dot),
	.sum = FN(sum),
	.tile = FN(tile),
	.outer = FN(outer),
	.score = FN(score),
	.depthwise = FN(depthwise),
	.depthwise_outer = FN(depthwise_outer),
	.winograd_input = FN(winograd_input),
	.winograd_output = FN(winograd_output),
	.winograd_weights = FN(winograd_weights),
	.winograd_gradient = FN(winograd_gradient),
	.winograd_weights_back = FN(winograd_weights_back),
	.lrn = FN(lrn),
	.lrn_back = FN(lrn_back),
	.axpy = FN(axpy),
	.scale = FN(scale),
	.add = FN(add),
	.mul = FN(mul),
	.relu = FN(relu),
	.relu_back = FN(relu_back),
	.sum_rows = FN(sum_rows),
	.square_rows = FN(square_rows),
	.dot_rows = FN(dot_rows),
	.affine_rows = FN(affine_rows),
	.affine2_rows = FN(affine2_rows),
	.pool_max = FN(pool_max),
	.pool_max_back = FN(pool_max_back),
	.pool_sum = FN(pool_sum),
	.exp = FN(exp),
	.log = FN(log),
	.tanh = FN(tanh),
	.sigmoid = FN(sigmoid),
	.pow = FN(pow),
	.exp_digamma = FN(exp_digamma),
	.softmax = FN(softmax),
	.glove = FN(glove),
	.dots = FN(dots),
	.sgns = FN(sgns),
	.spread = FN(spread),
	.lda = FN(lda),
	.sgd = FN(sgd),
};
