/*
 * k_conv.h - the tiles of im2col convolution and of gemm (tile), and of the
 * gradient to weights (outer).
 *
 * A tile is what BLIS calls a micro-kernel.  It keeps rows x TILE_VECTORS
 * accumulators in registers, starts them from C, and runs one fma chain per
 * output along the depth.  Each step loads one row of B and broadcasts one
 * float of A per tile row.  `rows` is a constant in every copy (the switch
 * below makes one copy per count), so the loops over rows and vectors unroll
 * and the accumulators never touch memory.
 */

#define TILE_COLUMNS (16 * TILE_VECTORS)
/* Prefetch distance into L2 in floats of packed B.  Only the first tile of a
 * panel prefetches; the tiles after it find the panel in the cache.  A net's
 * weights are read once a picture, so they come from memory.  A tile of one or
 * two rows does not prefetch: it is bound by memory anyway. */
#define TILE_AHEAD 2048
/* Lanes of vector v that are within `columns`: 0, some, or 16 (or more). */
#define LANES(columns, v) \
	((columns) > 16u * (unsigned)(v) ? (columns) - 16u * (unsigned)(v) : 0)

/* c where 0 < v < high, else +0. */
static ALWAYS_INLINE vec16 k_gated(vec16 c, vec16 v, vec16 high)
{
	vec16 zero = v_set1(0.0f);

	return v_if_gt(v, zero, v_if_gt(high, v, c, zero), zero);
}

/* The epilogue of the lanes from column i on: row r is c[r * step].  add and
 * gate point at what row 0 reads; rows of gate are gate_step apart.  The tests
 * are outside the loops over rows, so each is made once for all rows. */
static ALWAYS_INLINE void k_tile_finish(const int rows, vec16 *c,
					const int step, size_t i, size_t m,
					const float *add, const float *gate,
					size_t gate_step,
					const struct epilogue *epi)
{
	if (epi->scale) {
		vec16 scale = v_load_n(epi->scale + i, m);
		vec16 shift = v_load_n(epi->shift + i, m);

		UNROLL for (int r = 0; r < rows; r++)
			c[r * step] = v_fma(c[r * step], scale, shift);
	}
	if (add)
		UNROLL for (int r = 0; r < rows; r++)
			c[r * step] = v_add(c[r * step], v_load_n(add +
					    (size_t)r * epi->add_step, m));
	if (epi->clamp) {
		vec16 low = v_set1(0.0f), high = v_set1(epi->high);

		UNROLL for (int r = 0; r < rows; r++)
			c[r * step] = v_min(v_max(c[r * step], low), high);
	}
	if (gate) {
		vec16 high = v_set1(epi->high);

		UNROLL for (int r = 0; r < rows; r++)
			c[r * step] = k_gated(c[r * step], v_load_n(gate +
					      (size_t)r * gate_step, m),
					      high);
	}
}

/* Rows first .. first + rows - 1. */
static ALWAYS_INLINE void k_tile_rows(const int rows, size_t first,
				      const size_t columns, float *c,
				      size_t ldc, size_t taps, size_t depth,
				      const float *const *a, size_t a_step,
				      const float *b,
				      const struct epilogue *epi)
{
	vec16 acc[TILE_ROWS][TILE_VECTORS];
	const float *start = epi ? epi->start : NULL;
	size_t start_step = start ? 0 : ldc;
	size_t ahead = first ? 0 : TILE_AHEAD;

	a += first;
	c += first * ldc;
	if (!start)
		start = c;
	UNROLL for (int r = 0; r < rows; r++)
		UNROLL for (int v = 0; v < TILE_VECTORS; v++)
			acc[r][v] = v_load_n(start + (size_t)r * start_step +
					     16 * v, LANES(columns, v));
	for (size_t t = 0; t < taps; t++, a += a_step) {
		const float *row[TILE_ROWS];

		UNROLL for (int r = 0; r < rows; r++)
			row[r] = a[r];
		for (size_t p = 0; p < depth; p++, b += TILE_COLUMNS) {
			vec16 bv[TILE_VECTORS];

			UNROLL for (int v = 0; v < TILE_VECTORS; v++) {
				if (rows > 2)
					__builtin_prefetch(b + ahead + 16 * v,
							   0, 2);
				bv[v] = v_load(b + 16 * v);
			}
			UNROLL for (int r = 0; r < rows; r++) {
				float x = row[r][p];

				UNROLL for (int v = 0; v < TILE_VECTORS; v++)
					acc[r][v] = v_fma1(x, bv[v], acc[r][v]);
			}
		}
	}
	UNROLL for (int v = 0; epi && v < TILE_VECTORS; v++) {
		size_t i = 16 * (size_t)v;

		k_tile_finish(rows, &acc[0][v], TILE_VECTORS, i,
			      LANES(columns, v), epi->add ? epi->add + i +
			      first * epi->add_step : NULL, epi->gate ?
			      epi->gate + i + first * ldc : NULL, ldc, epi);
	}
	UNROLL for (int r = 0; r < rows; r++)
		UNROLL for (int v = 0; v < TILE_VECTORS; v++)
			v_store_n(c + (size_t)r * ldc + 16 * v, acc[r][v],
				  LANES(columns, v));
}

/* whole: rows of B may be read up to TILE_COLUMNS. */
static ALWAYS_INLINE void k_outer_rows(const int rows, size_t first,
				       const int whole, float *c, size_t ldc,
				       size_t columns, size_t depth,
				       const float *const *a, size_t offset,
				       const float *b, size_t ldb)
{
	vec16 acc[TILE_ROWS][TILE_VECTORS];

	c += first * ldc;
	offset += first;
	UNROLL for (int r = 0; r < rows; r++)
		UNROLL for (int v = 0; v < TILE_VECTORS; v++)
			acc[r][v] = v_load_n(c + (size_t)r * ldc + 16 * v,
					     LANES(columns, v));
	for (size_t p = 0; p < depth; p++, b += ldb) {
		const float *ap = a[p] + offset;
		vec16 bv[TILE_VECTORS];

		UNROLL for (int v = 0; v < TILE_VECTORS; v++)
			bv[v] = whole ? v_load(b + 16 * v) :
					v_load_n(b + 16 * v, LANES(columns, v));
		UNROLL for (int r = 0; r < rows; r++) {
			float x = ap[r];

			UNROLL for (int v = 0; v < TILE_VECTORS; v++)
				acc[r][v] = v_fma1(x, bv[v], acc[r][v]);
		}
	}
	UNROLL for (int r = 0; r < rows; r++)
		UNROLL for (int v = 0; v < TILE_VECTORS; v++)
			v_store_n(c + (size_t)r * ldc + 16 * v, acc[r][v],
				  LANES(columns, v));
}

/* How many of `left` rows the next tile takes, at most `most`.  The last two
 * tiles share the rest evenly: a tile of one or two rows has too few chains to
 * hide the latency of fma. */
static inline size_t k_tile_share(size_t left, size_t most)
{
	if (left >= 2 * most)
		return most;
	return left > most ? (left + 1) / 2 : left;
}

/* Runs BODY(r), a case with a constant row count r, for each tile of `rows`;
 * `first` is the tile's first row. */
#define EACH_TILE_OF(most, COUNTS, BODY)                                \
	for (size_t first = 0, share; first < rows; first += share)     \
		switch (share = k_tile_share(rows - first, most)) {     \
			COUNTS(BODY)                                    \
		}
#define EACH_TILE(BODY) EACH_TILE_OF(TILE_ROWS, EACH_ROW_COUNT, BODY)

#define ROWS_TO_4(BODY) BODY(1) BODY(2) BODY(3) BODY(4)
#define ROWS_TO_6(BODY) ROWS_TO_4(BODY) BODY(5) BODY(6)
#if TILE_ROWS == 4
#define EACH_ROW_COUNT ROWS_TO_4
#elif TILE_ROWS == 6
#define EACH_ROW_COUNT ROWS_TO_6
#elif TILE_ROWS == 12
#define EACH_ROW_COUNT(BODY) \
	ROWS_TO_6(BODY) BODY(7) BODY(8) BODY(9) BODY(10) BODY(11) BODY(12)
#else
#error "EACH_ROW_COUNT has no case for this TILE_ROWS: add one"
#endif

/* Tiles of full width have copies of their own, without masked loads. */
static void k_tile_whole(float *c, size_t ldc, size_t rows, size_t taps,
			 size_t depth, const float *const *a, size_t a_step,
			 const float *b, const struct epilogue *epi)
{
#define TILE_WHOLE(r)                                                         \
	case r:                                                               \
		k_tile_rows(r, first, TILE_COLUMNS, c, ldc, taps, depth, a,   \
			    a_step, b, epi);                                 \
		break;
	EACH_TILE(TILE_WHOLE)
}

static void k_outer_whole(float *c, size_t ldc, size_t rows, size_t columns,
			  size_t depth, const float *const *a, size_t offset,
			  const float *b, size_t ldb)
{
#define OUTER_WHOLE(r)                                                        \
	case r:                                                               \
		k_outer_rows(r, first, 1, c, ldc, columns, depth, a,          \
			     offset, b, ldb);                                 \
		break;
	EACH_TILE(OUTER_WHOLE)
}

#ifdef V_LOAD_N_IS_SLOW
#include "k_conv_narrow.h"
#else
/* Equals columns; the compiler sees that it is less than TILE_COLUMNS. */
#define PART (columns % TILE_COLUMNS)

static void k_tile(float *c, size_t ldc, size_t rows, size_t columns,
		   size_t taps, size_t depth, const float *const *a,
		   size_t a_step, const float *b,
		   const struct epilogue *epi)
{
#define TILE_PART(r)                                                          \
	case r:                                                               \
		k_tile_rows(r, first, PART, c, ldc, taps, depth, a, a_step,   \
			    b, epi);                                         \
		break;
	if (columns < TILE_COLUMNS)
		EACH_TILE(TILE_PART)
	else
		k_tile_whole(c, ldc, rows, taps, depth, a, a_step, b, epi);
}

static void k_outer(float *c, size_t ldc, size_t rows, size_t columns,
		    size_t depth, const float *const *a, size_t offset,
		    const float *b, size_t ldb)
{
#define OUTER_PART(r)                                                         \
	case r:                                                               \
		k_outer_rows(r, first, 0, c, ldc, PART, depth, a, offset,     \
			     b, ldb);                                         \
		break;
	if (columns < TILE_COLUMNS)
		EACH_TILE(OUTER_PART)
	else
		k_outer_whole(c, ldc, rows, TILE_COLUMNS, depth, a, offset, b,
			      ldb);
}
#endif
