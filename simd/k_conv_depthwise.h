/*
 * k_conv_depthwise.h - depthwise convolutions: a tile is some output pixels by
 * 16 channels, in registers.
 *
 * Windows 3 wide with stride 1 or 2 overlap.  There a pixel is loaded once for
 * all outputs of the tile that read it.  Other windows load a pixel for each
 * multiply-add, and the weights of a tap once for TILE_ROWS outputs.
 */

enum {
	WINDOW_WIDE = 3,
	WINDOW_ROWS = 4,	/* outputs of a tile; on AVX2 they take 8
				 * registers, a line of weights 6, a pixel 2 */
};

static ALWAYS_INLINE void k_any_window(const int rows, const size_t m,
		vec16 *acc, size_t channels, size_t high, size_t wide,
		const float *const *a, size_t a_line, size_t a_row, size_t i,
		const float *w)
{
	for (size_t y = 0; y < high; y++, a += a_line)
		for (size_t x = 0; x < wide; x++, w += channels) {
			vec16 wv = v_load_n(w + i, m);

			UNROLL for (int r = 0; r < rows; r++)
				acc[r] = v_fma(v_load_n(a[(size_t)r * a_row + x]
							+ i, m), wv, acc[r]);
		}
}

/* Windows 3 wide.  The loop runs over pixels: ascending pixels are ascending
 * taps of every output, so each chain keeps its order. */
static ALWAYS_INLINE void k_overlapping(const int rows, const int step,
		const size_t m, vec16 *acc, size_t channels, size_t high,
		const float *const *a, size_t a_line, size_t i, const float *w)
{
	const int wide = WINDOW_WIDE;

	for (size_t y = 0; y < high; y++, a += a_line) {
		vec16 wv[WINDOW_WIDE];

		UNROLL for (int x = 0; x < wide; x++, w += channels)
			wv[x] = v_load_n(w + i, m);
		UNROLL for (int p = 0; p < (rows - 1) * step + wide; p++) {
			vec16 pixel = v_load_n(a[p] + i, m);

			UNROLL for (int r = 0; r < rows; r++)
				if (p >= r * step && p < r * step + wide)
					acc[r] = v_fma(pixel, wv[p - r * step],
						       acc[r]);
		}
	}
}

/* step: the stride of overlapping windows; 0 for all others. */
static ALWAYS_INLINE void k_depthwise_lanes(const int rows, const int step,
		const size_t m, size_t first, float *c, size_t ldc,
		size_t channels, size_t high, size_t wide,
		const float *const *a, size_t a_line, size_t a_row, size_t i,
		const float *w, const struct epilogue *epi)
{
	vec16 acc[TILE_ROWS];

	a += first * a_row;
	UNROLL for (int r = 0; r < rows; r++)
		acc[r] = v_load_n(epi->start + i, m);
	if (step)
		k_overlapping(rows, step, m, acc, channels, high, a, a_line,
			      i, w);
	else
		k_any_window(rows, m, acc, channels, high, wide, a, a_line,
			     a_row, i, w);
	k_tile_finish(rows, acc, 1, i, m, epi->add ? epi->add +
		      first * epi->add_step + i : NULL, epi->gate ?
		      epi->gate + first * ldc + i : NULL, ldc, epi);
	UNROLL for (int r = 0; r < rows; r++)
		v_store_n(c + (first + (size_t)r) * ldc + i, acc[r], m);
}

/* Channels i .. i + m - 1 of all rows. */
static ALWAYS_INLINE void k_depthwise_column(const size_t m, float *c,
		size_t ldc, size_t rows, size_t channels, size_t high,
		size_t wide, const float *const *a, size_t a_line,
		size_t a_row, size_t i, const float *w,
		const struct epilogue *epi)
{
#define DEPTHWISE_CASE(r, step)                                               \
	case r:                                                               \
		k_depthwise_lanes(r, step, m, first, c, ldc, channels,        \
				  high, wide, a, a_line, a_row, i, w,         \
				  epi);                                      \
		break;
#define ANY_WINDOW(r) DEPTHWISE_CASE(r, 0)
#define WINDOW_BY_1(r) DEPTHWISE_CASE(r, 1)
#define WINDOW_BY_2(r) DEPTHWISE_CASE(r, 2)
	if (wide == WINDOW_WIDE && a_row == 1)
		EACH_TILE_OF(WINDOW_ROWS, ROWS_TO_4, WINDOW_BY_1)
	else if (wide == WINDOW_WIDE && a_row == 2)
		EACH_TILE_OF(WINDOW_ROWS, ROWS_TO_4, WINDOW_BY_2)
	else
		EACH_TILE(ANY_WINDOW)
}

/* The outer loop is over channels: all channels of the windows' pixels and of
 * the weights may be more than L1 holds, 16 of them are not. */
static void k_depthwise(float *c, size_t ldc, size_t rows, size_t channels,
			size_t high, size_t wide, const float *const *a,
			size_t a_line, size_t a_row, const float *w,
			const struct epilogue *epi)
{
	size_t i = 0;

	for (; i + 16 <= channels; i += 16)
		k_depthwise_column(16, c, ldc, rows, channels, high, wide, a,
				   a_line, a_row, i, w, epi);
	if (i < channels)
		k_depthwise_column(channels - i, c, ldc, rows, channels,
				   high, wide, a, a_line, a_row, i, w, epi);
}

static void k_depthwise_outer(float *dw, size_t channels, size_t depth,
			      const float *const *a, const float *b,
			      size_t ldb)
{
	MAP(channels) {
		vec16 acc = v_load_n(dw + i, m);

		for (size_t p = 0; p < depth; p++)
			acc = v_fma(v_load_n(a[p] + i, m),
				    v_load_n(b + p * ldb + i, m), acc);
		v_store_n(dw + i, acc, m);
	}
}
