/*
 * template.h - all kernels for one instruction set.
 *
 * The including file defines ISA (a suffix), ISA_NAME, TILE_ROWS, TILE_VECTORS
 * and TILE_DEPTH, and includes its dialect vec_*.h.  The object file exports
 * one symbol, the table at the end.
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
#ifdef __OPTIMIZE_SIZE__
#define UNROLL
#elif defined(__clang__)
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 16")
#endif

#include "names.h"
#include "k_dot.h"
#include "k_conv.h"
#include "k_score.h"
#include "k_elementwise.h"
#include "k_conv_depthwise.h"
#include "k_conv_winograd.h"
#include "k_pool.h"
#include "k_math.h"
#include "k_lrn.h"
#include "k_glove.h"
#include "k_sgns.h"
#include "k_lda.h"
#include "k_sgd.h"

const struct kernels FN(kernels) = {
	.name = ISA_NAME,
	.tile_rows = TILE_ROWS,
	.tile_columns = TILE_COLUMNS,
	.tile_depth = TILE_DEPTH,
	.dot = k_dot,
	.sum = k_sum,
	.tile = k_tile,
	.outer = k_outer,
	.score = k_score,
	.depthwise = k_depthwise,
	.depthwise_outer = k_depthwise_outer,
	.winograd_input = k_winograd_input,
	.winograd_output = k_winograd_output,
	.winograd_weights = k_winograd_weights,
	.winograd_gradient = k_winograd_gradient,
	.winograd_weights_back = k_winograd_weights_back,
	.lrn = k_lrn,
	.lrn_back = k_lrn_back,
	.axpy = k_axpy,
	.scale = k_scale,
	.add = k_add,
	.mul = k_mul,
	.relu = k_relu,
	.relu_back = k_relu_back,
	.sum_rows = k_sum_rows,
	.square_rows = k_square_rows,
	.dot_rows = k_dot_rows,
	.affine_rows = k_affine_rows,
	.affine2_rows = k_affine2_rows,
	.pool_max = k_pool_max,
	.pool_max_back = k_pool_max_back,
	.pool_sum = k_pool_sum,
	.exp = k_exp,
	.log = k_log,
	.tanh = k_tanh,
	.sigmoid = k_sigmoid,
	.pow = k_pow,
	.exp_digamma = k_exp_digamma,
	.softmax = k_softmax,
	.glove = k_glove,
	.dots = k_dots,
	.sgns = k_sgns,
	.spread = k_spread,
	.lda = k_lda,
	.sgd = k_sgd, .adam = k_adam,
};
