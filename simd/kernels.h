/*
 * kernels.h - the contract of the kernels.
 *
 * There is one struct kernels per instruction set, with every pointer set.  The
 * comment above a kernel is its definition: one expression tree for each output
 * float.  Vector width and rows per tile are schedule only.  They change no
 * bit, so all tables agree to the last bit (docs/numerics.md).
 *
 * Words used below.  "chain": acc = fma(x, y, acc), one after the other in
 * ascending order, each rounded once.  "16 lanes": element i goes to lane
 * i mod 16, each lane is a chain from +0, the last group is padded with +0,
 * and lanes fold 16 -> 8 -> 4 -> 2 -> 1 by l[i] += l[i + w].
 *
 * Kernels read and write exactly the elements named, need no alignment and
 * cannot fail.  Outputs come first.  An output may not overlap an input unless
 * the comment says "y may be x".
 */
#ifndef KERNELS_H
#define KERNELS_H

#include <stddef.h>
#include <stdint.h>

enum {
	KERNELS_LANES = 16,	/* floats in the vector of every table */
	KERNELS_MAX_ROWS = 16,	/* bound on tile_rows of every table */
	KERNELS_MAX_COLUMNS = 64,	/* bound on tile_columns */
	KERNELS_PANEL = 16,	/* vectors interleaved in a search panel */
};

/* The epilogue of a tile (oneDNN: post-ops): where its chains start, and what
 * is done to the accumulators before the store.  Column j of row r, for a tile
 * that begins at C:
 *	start:	the chain starts from start[j]; NULL: from C[r][j]
 *	scale:	c = fma(c, scale[j], shift[j]); NULL: no
 *	add:	c = c + add[r * add_step + j]; NULL: no
 *	clamp:	c = c > 0 ? c : +0, then c < high ? c : high
 *	gate:	c = gate[r * ldc + j] > 0 and < high ? c : +0; NULL: no.  This
 *		is the backward pass of a ReLU: gate is the ReLU's output, laid
 *		out like C */
struct epilogue {
	const float *start, *scale, *shift, *add, *gate;
	size_t add_step;
	size_t add_line;	/* winograd_output: floats from one line of
				 * pixels of add to the next */
	float high;		/* bound of a ReLU, or INFINITY */
	int clamp;		/* 0: no clamp */
};

/* Local response normalisation across channels (Krizhevsky et al. 2012). */
struct lrn {
	size_t size;		/* odd, at most 17: channels of the window */
	float scale;		/* alpha / size */
	float beta, k;
};

/* The constants of GloVe's update. */
struct glove_rule {
	size_t n;		/* dimensions of a vector */
	size_t half;		/* the next multiple of 16 above n */
	float scale;		/* factor of the gradient before AdaGrad */
	float rate;		/* learning rate: factor of the step */
	float clip;		/* bound on |weighted error| */
	float part;		/* bound on each component of a gradient */
};

/* The constants of a step of Adam. */
struct adam_rule {
	float scale;		/* of the gradient */
	float inside;		/* decay that is part of the gradient */
	float outside;		/* decay of the weight itself */
	float beta1, rest1;	/* rest = 1 - beta */
	float beta2, rest2;
	float rate;		/* rate / (1 - beta1^t) */
	float square;		/* 1 / (1 - beta2^t) */
	float epsilon;
};

struct kernels {
	const char *name;	/* "scalar", "avx2", "avx512", "neon" */

	/* Schedule: rows and columns of a gemm tile (MR and NR of BLIS), and
	 * the depth of a panel of B (KC).  A panel of tile_depth x tile_columns
	 * should stay in L1, or come from L2 as fast as it is used. */
	size_t tile_rows, tile_columns, tile_depth;

	/* ---- reductions -------------------------------------------------- */

	/* sum of a[i] * b[i]: 16 lanes. */
	float (*dot)(const float *a, const float *b, size_t n);
	/* sum of a[i]: 16 lanes, with lane += a[i] in place of the fma. */
	float (*sum)(const float *a, size_t n);

	/* ---- matrix tiles --------------------------------------------------
	 * tile: for r < rows, j < columns:
	 *	C[r][j] = chain from C[r][j] over t ascending, then p
	 *		ascending, of A[t][r][p] * B[t][p][j]
	 * with A[t][r] = a[t * a_step + r], a pointer to `depth` floats, and
	 * B[t][p] = b + (t * depth + p) * tile_columns, a packed panel whose
	 * columns past `columns` are ignored.  rows is any number, best a
	 * multiple of tile_rows; columns <= tile_columns.  The pointers replace
	 * the im2col matrix: a tap on padding points to zeros.  epi is the
	 * epilogue, or NULL. */
	void (*tile)(float *c, size_t ldc, size_t rows, size_t columns,
		     size_t taps, size_t depth, const float *const *a,
		     size_t a_step, const float *b,
		     const struct epilogue *epi);
	/* depthwise: for r < rows, j < channels:
	 *	C[r][j] = chain from start[j] over y < high, then x < wide,
	 *		ascending, of a[y * a_line + r * a_row + x][j] *
	 *		w[(y * wide + x) * channels + j],
	 * then the epilogue (start is not NULL).  This is the tile of
	 * depthwise convolutions.  The window is high x wide pixels; from one
	 * row r to the next it moves by a_row pixels along each line of
	 * pointers, and lines are a_line pointers apart. */
	void (*depthwise)(float *c, size_t ldc, size_t rows, size_t channels,
			  size_t high, size_t wide, const float *const *a,
			  size_t a_line, size_t a_row, const float *w,
			  const struct epilogue *epi);
	/* depthwise_outer: for j < channels:
	 *	dw[j] = chain from dw[j] over p < depth ascending of
	 *		a[p][j] * b[p * ldb + j]
	 * The gradient to one tap's weights of a depthwise convolution. */
	void (*depthwise_outer)(float *dw, size_t channels, size_t depth,
				const float *const *a, const float *b,
				size_t ldb);
	/* outer: for r < rows, j < columns:
	 *	C[r][j] = chain from C[r][j] over p < depth ascending of
	 *		a[p][offset + r] * b[p * ldb + j]
	 * The tile of weight gradients; columns <= tile_columns. */
	void (*outer)(float *c, size_t ldc, size_t rows, size_t columns,
		      size_t depth, const float *const *a, size_t offset,
		      const float *b, size_t ldb);
	/* score: for r < rows (<= tile_rows), j < KERNELS_PANEL:
	 *	S[r * KERNELS_PANEL + j] = chain from +0 over p < depth of
	 *		q[r][p] * panel[p * KERNELS_PANEL + j]
	 * Dot products of queries with the 16 vectors of a search panel. */
	void (*score)(float *s, size_t rows, size_t depth,
		      const float *const *q, const float *panel);

	/* ---- Winograd F(4x4, 3x3) (Lavin and Gray 2016) --------------------
	 * A', B and G are the matrices of the paper.  The functions of
	 * simd/k_conv_winograd.h are the expression trees of the products: a
	 * transform goes over all columns first, then over all rows.
	 * [t * step + j] is element t = 6 y + x of a 6 x 6 matrix, channel
	 * j. */

	/* V = B' d B of the 6 x 6 pixels d; x[t] points to pixel t, or to
	 * zeros where it falls on padding */
	void (*winograd_input)(float *v, size_t v_step, const float *const *x,
			       size_t channels);
	/* o = A' M A, then o = o + start[j] and the rest of epi; pixel (y, x)
	 * of o, y < rows, x < columns (<= 4), goes to
	 * c[y * c_line + x * c_step + j].  gate is read at the same place, add
	 * at add[y * add_line + x * add_step + j]. */
	void (*winograd_output)(float *c, size_t c_line, size_t c_step,
				size_t rows, size_t columns, const float *m,
				size_t m_step, size_t channels,
				const struct epilogue *epi);
	/* U = G g G' of the 3 x 3 weights g, tap t at w[t * w_step + j].  With
	 * w at the last tap and a negative w_step, the taps are flipped. */
	void (*winograd_weights)(float *u, size_t u_step, const float *w,
				 ptrdiff_t w_step, size_t n);
	/* D = A dy A' of a 4 x 4 block; pixels outside rows x columns are +0 */
	void (*winograd_gradient)(float *d, size_t d_step, const float *dy,
				  size_t dy_line, size_t dy_step, size_t rows,
				  size_t columns, size_t channels);
	/* dw = dw + G' U G: the 3 x 3, tap t at dw[t * dw_step + j] */
	void (*winograd_weights_back)(float *dw, size_t dw_step, const float *u,
				      size_t u_step, size_t n);

	/* ---- one or two arrays, element by element ----------------------- */

	/* y = fma(a, x, y) */
	void (*axpy)(float *y, float a, const float *x, size_t n);
	/* y = a * x; y may be x */
	void (*scale)(float *y, float a, const float *x, size_t n);
	/* y = x + z; y may be x or z */
	void (*add)(float *y, const float *x, const float *z, size_t n);
	/* y = x * z; y may be x or z */
	void (*mul)(float *y, const float *x, const float *z, size_t n);
	/* y = x > 0 ? x : +0, then y < high ? y : high; y may be x.  NaN
	 * gives +0. */
	void (*relu)(float *y, const float *x, float high, size_t n);
	/* dx = y > 0 ? (y < high ? dy : +0) : +0, y the output of relu; dx may
	 * be dy. */
	void (*relu_back)(float *dx, const float *dy, const float *y,
			  float high, size_t n);

	/* ---- rows of channels (batch norm, bias) ---------------------------
	 * x is rows x channels, row after row without gaps; the coefficient
	 * arrays have one float per channel. */

	/* s[j] = (...((s[j] + x[0][j]) + x[1][j]) ...) */
	void (*sum_rows)(float *s, const float *x, size_t rows,
			 size_t channels);
	/* s[j] = chain from s[j] over rows of d * d, d = x[i][j] - mean[j] */
	void (*square_rows)(float *s, const float *x, const float *mean,
			    size_t rows, size_t channels);
	/* s[j] = chain from s[j] over rows of x[i][j] * z[i][j] */
	void (*dot_rows)(float *s, const float *x, const float *z, size_t rows,
			 size_t channels);
	/* y[i][j] = fma(x[i][j], a[j], b[j]); y may be x */
	void (*affine_rows)(float *y, const float *x, const float *a,
			    const float *b, size_t rows, size_t channels);
	/* y[i][j] = fma(x[i][j], a[j], fma(z[i][j], b[j], c[j]));
	 * y may be x or z */
	void (*affine2_rows)(float *y, const float *x, const float *a,
			     const float *z, const float *b, const float *c,
			     size_t rows, size_t channels);

	/* ---- pooling: x[t] points to the channels of the window's pixel t
	 * - */

	/* y[j] = x[0][j]; then for t = 1 .. taps-1: if x[t][j] > y[j],
	 * y[j] = x[t][j] */
	void (*pool_max)(float *y, size_t taps, const float *const *x,
			 size_t channels);
	/* The first pixel t with not y[j] > x[t][j] takes dy[j]:
	 * dx[t][j] = dx[t][j] + (t takes ? dy[j] : +0).  The pointers in dx
	 * differ. */
	void (*pool_max_back)(size_t taps, float *const *dx,
			      const float *const *x, const float *y,
			      const float *dy, size_t channels);
	/* y[j] = (((+0 + x[0][j]) + x[1][j]) + ...) * scale */
	void (*pool_sum)(float *y, size_t taps, const float *const *x,
			 float scale, size_t channels);

	/* ---- local response normalisation, rows x channels ------------------
	 * q[j] = (...((+0 + x[a]^2) + x[a + 1]^2) ...), a chain of fmas over
	 *	the window j - size / 2 .. j + size / 2, channels outside as +0
	 * s[j] = fma(scale, q[j], k), which must be positive
	 * t[j] = s[j] to the power beta: r * sqrt(r) with r = sqrt(s[j]) for
	 *	beta = 0.75, else exp(beta * log(s[j]))
	 * y[j] = x[j] / t[j] */
	void (*lrn)(float *y, const float *x, size_t rows, size_t channels,
		    const struct lrn *p);
	/* g[j] = (dy[j] * y[j]) / s[j]
	 * h[j] = (...((+0 + g[a]) + g[a + 1]) ...) over the same window
	 * dx[j] = fma((-2 * beta) * scale, x[j] * h[j], dy[j] / t[j]) */
	void (*lrn_back)(float *dx, const float *dy, const float *x,
			 const float *y, size_t rows, size_t channels,
			 const struct lrn *p);

	/* ---- functions; expression trees in simd/k_math.h -------------------
	 * y may be x.  Results are within 2 ulp of the true value, over all
	 * floats.  exp overflows to inf and underflows through subnormals to 0;
	 * log(0) = -inf, log(<0) = NaN; tanh and sigmoid saturate. */
	void (*exp)(float *y, const float *x, size_t n);
	void (*log)(float *y, const float *x, size_t n);
	void (*tanh)(float *y, const float *x, size_t n);
	void (*sigmoid)(float *y, const float *x, size_t n);
	/* y = x to the power p, for x >= 0 (x = 0 gives 0 for p > 0):
	 * exp(p * log(x)), relative error within (2 + |p log x|) * 2^-23 */
	void (*pow)(float *y, const float *x, float p, size_t n);
	/* y = exp(psi(x)), psi the digamma function, for x >= 0; below 2^-60
	 * it is +0.  Relative error within (2 + 4 / x) * 2^-23. */
	void (*exp_digamma)(float *y, const float *x, size_t n);
	/* y = exp(x - max x) / sum (16 lanes) of those; n >= 1; y may be x */
	void (*softmax)(float *y, const float *x, size_t n);

	/* ---- learning ---------------------------------------------------- */

	/* AdaGrad steps of GloVe on pairs of rows (a[p], b[p]), p ascending: a
	 * later pair reads what an earlier one wrote.  a[p] and b[p] are two
	 * different rows.  A row is w then r, each `half` floats; w[n] is the
	 * bias, and the padding behind it is computed like the rest (best
	 * zeros).  r is 1 / sqrt(1 + the sum of all squared gradients so far).
	 *	d = dot - log_x[p]
	 *	*loss = *loss + weight[p] * (d * d) in double
	 *	e = weight[p] * d, clamped to [-clip, clip]
	 * dot is w_a . w_b + bias_a + bias_b: 16 lanes of wa[i] * wb[i], but
	 * wa[n] * 1 at i = n, and then one more group: the last 16 of wb, times
	 * 1 for wb[n] and times +0 for the others.
	 *	ga[i] = (scale * e) * wb[i] with the old wb; where |e| > 1,
	 *		clamped to [-scale * part, scale * part]; ga[n] = e
	 *	u = ga[i] * ra[i], t = u * u
	 *	wa[i] = fma(-rate, u, wa[i])
	 *	ra[i] = t > 2^-6 ? ra[i] / sqrt(1 + t) :
	 *		fma(ra[i] * t, fma(t, 0.3713, -0.5), ra[i])
	 * and the same for b, with its gradients from the old wa. */
	void (*glove)(double *loss, float *const *a, float *const *b,
		      const float *log_x, const float *weight, size_t pairs,
		      const struct glove_rule *s);
	/* The three kernels of negative sampling (Mikolov et al. 2013).  A row
	 * may be listed twice: then the later reads what the earlier wrote.
	 *
	 * Scores: y[r] = dot(a, b[r]), r < rows: 16 lanes */
	void (*dots)(float *y, const float *a, const float *const *b,
		     size_t rows, size_t n);
	/* The update of output rows b by their errors w and the input a, which
	 * gathers the input's gradient g.  For r ascending, each j:
	 *	g[j] = fma(w[r], b[r][j], g[j]);	(the old b)
	 *	b[r][j] = fma(w[r], a[j], b[r][j]) */
	void (*sgns)(float *g, const float *a, const float *w,
		     float *const *b, size_t rows, size_t n);
	/* Adds one gradient to several rows: y[r][j] = y[r][j] + x[j], r
	 * ascending */
	void (*spread)(float *const *y, const float *x, size_t rows, size_t n);
	/* One iteration of the E step of online LDA for one document (Hoffman
	 * et al. 2010, algorithm 2).  words[i] is the sum over the document's
	 * words that the caller made; then
	 *	g = fma(theta[i], words[i], prior[i])
	 *	d = g - gamma[i]
	 *	gamma[i] = g
	 *	theta[i] = exp_digamma(g) * scale[i]
	 * and returns the sum of |d|, 16 lanes. */
	float (*lda)(float *gamma, float *theta, const float *words,
		     const float *prior, const float *scale, size_t n);
	/* SGD with momentum and decay as Caffe does it:
	 *	d = fma(decay, w, g); v = fma(rate, d, momentum * v);
	 *	w = w - v */
	void (*sgd)(float *w, float *v, const float *g, float rate,
		    float momentum, float decay, size_t n);
	/* A step of Adam, with decay inside the gradient (Kingma and Ba 2015)
	 * or outside (AdamW, Loshchilov and Hutter 2019):
	 *	d = fma(inside, w, scale * g)
	 *	m = fma(beta1, m, rest1 * d)
	 *	v = fma(beta2, v, rest2 * (d * d))
	 *	w = fma(-outside, w, w) - (rate * m) /
	 *		(sqrt(v * square) + epsilon) */
	void (*adam)(float *w, float *m, float *v, const float *g,
		     const struct adam_rule *r, size_t n);
};

/* The table called `name` (NULL or "best": the fastest this CPU can run), or
 * NULL if there is no such table or the CPU cannot run it. */
const struct kernels *kernels_find(const char *name);
/* The tables that this CPU can run, slowest first; NULL ends the list. */
const struct kernels *const *kernels_list(void);
/* The names of all tables in this build, separated by blanks, for messages. */
const char *kernels_names(void);

#endif
