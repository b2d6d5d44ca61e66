/*
 * k_conv_narrow.h - tiles with fewer columns than TILE_COLUMNS, for instruction
 * sets without masked loads (NEON).  The operands are copied to padded blocks,
 * the kernels for full tiles run on them, and the result is copied back.
 */

/* rows <= TILE_ROWS */
static void k_tile_narrow(float *c, size_t ldc, size_t rows, size_t columns,
			  size_t taps, size_t depth, const float *const *a,
			  size_t a_step, const float *b, struct epilogue e)
{
	float block[TILE_ROWS][TILE_COLUMNS] = { { 0 } };
	float add[TILE_ROWS][TILE_COLUMNS] = { { 0 } };
	float gate[TILE_ROWS][TILE_COLUMNS] = { { 0 } };
	float start[TILE_COLUMNS] = { 0 }, scale[TILE_COLUMNS] = { 0 };
	float shift[TILE_COLUMNS] = { 0 };
	size_t bytes = columns * sizeof(float);

	if (e.start)
		e.start = memcpy(start, e.start, bytes);
	else
		for (size_t r = 0; r < rows; r++)
			memcpy(block[r], c + r * ldc, bytes);
	if (e.scale) {
		e.scale = memcpy(scale, e.scale, bytes);
		e.shift = memcpy(shift, e.shift, bytes);
	}
	if (e.add) {
		for (size_t r = 0; r < rows; r++)
			memcpy(add[r], e.add + r * e.add_step, bytes);
		e.add = add[0];
		e.add_step = TILE_COLUMNS;
	}
	if (e.gate) {
		for (size_t r = 0; r < rows; r++)
			memcpy(gate[r], e.gate + r * ldc, bytes);
		e.gate = gate[0];
	}
	k_tile_whole(block[0], TILE_COLUMNS, rows, taps, depth, a, a_step, b,
		     &e);
	for (size_t r = 0; r < rows; r++)
		memcpy(c + r * ldc, block[r], bytes);
}

static void k_tile(float *c, size_t ldc, size_t rows, size_t columns,
		   size_t taps, size_t depth, const float *const *a,
		   size_t a_step, const float *b,
		   const struct epilogue *epi)
{
	struct epilogue e = { 0 };

	if (columns >= TILE_COLUMNS) {
		k_tile_whole(c, ldc, rows, taps, depth, a, a_step, b, epi);
		return;
	}
	if (epi)
		e = *epi;
	for (size_t first = 0, share; first < rows; first += share) {
		share = k_tile_share(rows - first, TILE_ROWS);
		k_tile_narrow(c + first * ldc, ldc, share, columns, taps,
			      depth, a + first, a_step, b, e);
		if (e.add)
			e.add += share * e.add_step;
		if (e.gate)
			e.gate += share * ldc;
	}
}

static void k_outer_narrow(float *c, size_t ldc, size_t rows, size_t columns,
			   size_t depth, const float *const *a, size_t offset,
			   const float *b, size_t ldb)
{
	enum { DEPTH = 256 };
	float copy[DEPTH][TILE_COLUMNS] = { { 0 } };

	for (size_t p = 0, n; p < depth; p += n) {
		n = depth - p < DEPTH ? depth - p : DEPTH;
		for (size_t q = 0; q < n; q++)
			memcpy(copy[q], b + (p + q) * ldb,
			       columns * sizeof(float));
		k_outer_whole(c, ldc, rows, columns, n, a + p, offset,
			      copy[0], TILE_COLUMNS);
	}
}

static void k_outer(float *c, size_t ldc, size_t rows, size_t columns,
		    size_t depth, const float *const *a, size_t offset,
		    const float *b, size_t ldb)
{
	if (columns < TILE_COLUMNS)
		k_outer_narrow(c, ldc, rows, columns, depth, a, offset, b,
			       ldb);
	else
		k_outer_whole(c, ldc, rows, TILE_COLUMNS, depth, a, offset, b,
			      ldb);
}
