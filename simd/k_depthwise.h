/*
 * k_depthwise.h - convolutions with one input channel for each output channel:
 * TILE_ROWS pixels by 16 channels in registers, a row of weights loaded once
 * for all of them.
 */

static ALWAYS_INLINE void FN(depthwise_lanes)(const int rows, const size_t m,
		float *c, size_t ldc, size_t i, size_t channels, size_t taps,
		const float *const *a, size_t a_step, const float *w,
		const float *add, const struct tile_ends *ends)
{
	vec16 acc[TILE_ROWS];

	UNROLL for (int r = 0; r < rows; r++)
		acc[r] = v_load_n(ends->start + i, m);
	for (size_t t = 0; t < taps; t++, a += a_step) {
		vec16 wv = v_load_n(w + t * channels + i, m);

		UNROLL for (int r = 0; r < rows; r++)
			acc[r] = v_fma(v_load_n(a[r] + i, m), wv, acc[r]);
	}
	UNROLL for (int r = 0; r < rows; r++) {
		size_t row = (size_t)r;

		acc[r] = FN(tile_finish)(acc[r], i, m, add ? add + row *
					 ends->add_step + i : NULL, ends);
		v_store_n(c + row * ldc + i, acc[r], m);
	}
}

static ALWAYS_INLINE void FN(depthwise_rows)(const int rows, size_t first,
		float *c, size_t ldc, size_t channels, size_t taps,
		const float *const *a, size_t a_step, const float *w,
		const struct tile_ends *ends)
{
	const float *add = ends->add ? ends->add + first * ends->add_step :
				       NULL;
	size_t i = 0;

	for (; i + 16 <= channels; i += 16)
		FN(depthwise_lanes)(rows, 16, c + first * ldc, ldc, i, channels,
				    taps, a + first, a_step, w, add, ends);
	if (i < channels)
		FN(depthwise_lanes)(rows, channels - i, c + first * ldc, ldc, i,
				    channels, taps, a + first, a_step, w, add,
				    ends);
}

static void FN(depthwise)(float *c, size_t ldc, size_t rows, size_t channels,
			  size_t taps, const float *const *a, size_t a_step,
			  const float *w, const struct tile_ends *ends)
{
#define DEPTHWISE_CASE(r)                                                     \
	case r:                                                               \
		FN(depthwise_rows)(r, first, c, ldc, channels, taps, a,       \
				   a_step, w, ends);                          \
		break;
	EACH_TILE(DEPTHWISE_CASE)
}

static void FN(depthwise_outer)(float *dw, size_t channels, size_t depth,
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
