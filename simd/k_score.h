/*
 * k_score.h - dot-product search: some queries against a panel of 16 vectors,
 * one accumulator per query.  The switch makes one copy per number of queries,
 * as for the tiles of k_conv.h.
 */
static ALWAYS_INLINE void k_score_rows(const int rows, float *s,
				       size_t depth, const float *const *q,
				       const float *panel)
{
	vec16 acc[TILE_ROWS];

	UNROLL for (int r = 0; r < rows; r++)
		acc[r] = v_set1(0.0f);
	for (size_t p = 0; p < depth; p++, panel += 16) {
		vec16 x = v_load(panel);

		UNROLL for (int r = 0; r < rows; r++)
			acc[r] = v_fma1(q[r][p], x, acc[r]);
	}
	UNROLL for (int r = 0; r < rows; r++)
		v_store(s + 16 * r, acc[r]);
}

static void k_score(float *s, size_t rows, size_t depth,
		    const float *const *q, const float *panel)
{
	switch (rows) {
#define SCORE_CASE(r)                                     \
	case r:                                           \
		k_score_rows(r, s, depth, q, panel);      \
		break;
		EACH_ROW_COUNT(SCORE_CASE)
	}
}
