/*
 * gemm.h - matrix products around the kernel tile.
 *
 * All matrices are row-major floats.  C[i][j] is one chain of fmas over
 * ascending k that starts from the old C (the caller fills it with 0 or the
 * bias), so blocks and threads change no bit.  B is packed once into panels of
 * tile_columns columns and used many times.
 */
#ifndef GEMM_H
#define GEMM_H

#include "math/machine.h"

/* Floats that a packed B of k x n needs. */
size_t gemm_packed_floats(const struct kernels *kernels, size_t k, size_t n);
/* Packs B, element (p, j) at b[p * row_step + j * column_step].  To pack the
 * transpose, exchange the two steps. */
void gemm_pack(const struct kernels *kernels, float *packed, const float *b,
	       size_t row_step, size_t column_step, size_t k, size_t n);

/* C[m,n] += A[m,k] * B[k,n], B packed. */
void gemm(const struct machine *machine, float *c, size_t ldc, const float *a,
	  size_t lda, const float *packed, size_t m, size_t n, size_t k);

/* C[m,n] += transpose(A[k,m]) * B[k,n], neither packed: the weight gradient of
 * a dense layer, where k is the batch. */
void gemm_outer(const struct machine *machine, float *c, size_t ldc,
		const float *a, size_t lda, const float *b, size_t ldb,
		size_t m, size_t n, size_t k);

#endif
