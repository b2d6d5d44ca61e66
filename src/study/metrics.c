/*
 * metrics.c - recall and ranks of cross-modal retrieval, counted exactly.
 *
 * The rank of the right answer is 1 + the number of wrong ones whose score is
 * not below its own, so a tie counts against us and so does a NaN.  All scores
 * are chains of fmas over ascending dimensions (math/gemm.h): those of right
 * pairs, computed alone, have the same bits as in the whole matrix, which is
 * only ever held a block of images at a time.
 *
 * Protocol: VSE++ (Faghri et al. 2018), evaluation.py of its authors.
 */
#include "study/metrics.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "math/gemm.h"

enum {
	BLOCK_FLOATS = 4 << 20,	/* scores held at a time: 16 MiB */
	STRIP = 512,		/* captions one thread counts for at a time */
};

struct counting {
	const size_t *first;	/* [images + 1] */
	size_t begin, rows;	/* images of this block */
	size_t m;
	const float *score;	/* [rows, m] */
	const float *own;	/* [m]: of each caption with its image */
	const size_t *owner;	/* [m] */
	size_t *image_rank;	/* [images] */
	size_t *caption_rank;	/* [m] */
};

/* ---- measured ------------------------------------------------------------ */

static float chain(const float *a, const float *b, size_t dim)
{
	float sum = 0;

	for (size_t p = 0; p < dim; p++)
		sum = fmaf(a[p], b[p], sum);
	return sum;
}

/* Image r of the block: its best own caption against those of others. */
static void count_image(void *context, size_t r, int thread)
{
	const struct counting *c = context;
	const float *score = c->score + r * c->m;
	size_t image = c->begin + r, from = c->first[image];
	size_t to = c->first[image + 1], rank = 1;
	float best = -INFINITY;

	(void)thread;
	for (size_t j = from; j < to; j++)
		if (score[j] > best)
			best = score[j];
	for (size_t j = 0; j < c->m; j++)
		rank += (j < from || j >= to) && !(score[j] < best);
	c->image_rank[image] = rank;
}

/* Captions of one strip: their image against the images of the block. */
static void count_captions(void *context, size_t strip, int thread)
{
	const struct counting *c = context;
	size_t end = MIN((strip + 1) * STRIP, c->m);

	(void)thread;
	for (size_t r = 0; r < c->rows; r++) {
		const float *score = c->score + r * c->m;

		for (size_t j = strip * STRIP; j < end; j++)
			c->caption_rank[j] += c->owner[j] != c->begin + r &&
					      !(score[j] < c->own[j]);
	}
}

/* Everything that is allocated, in one place. */
struct work {
	float *packed, *score, *own;
	size_t *owner, *image_rank, *caption_rank;
	size_t *counts;	/* [max(n, m)] */
	size_t block;		/* images at a time */
};

static void work_free(struct work *w)
{
	mem_free(w->packed);
	mem_free(w->score);
	mem_free(w->own);
	mem_free(w->owner);
	mem_free(w->image_rank);
	mem_free(w->caption_rank);
	mem_free(w->counts);
}

static int work_new(struct work *w, size_t n, size_t m, size_t dim,
		    const struct machine *machine, struct error *e)
{
	size_t floats = gemm_packed_floats(machine->kernels, dim, m);

	*w = (struct work){ .block = MIN(n, MAX(BLOCK_FLOATS / m, 1)) };
	if (!(w->packed = mem_new(floats, sizeof(float), e)) ||
	    !(w->score = mem_new(w->block * m, sizeof(float), e)) ||
	    !(w->own = mem_new(m, sizeof(float), e)) ||
	    !(w->owner = mem_new(m, sizeof(size_t), e)) ||
	    !(w->image_rank = mem_new(n, sizeof(size_t), e)) ||
	    !(w->caption_rank = mem_new(m, sizeof(size_t), e)) ||
	    !(w->counts = mem_new(MAX(n, m), sizeof(size_t), e)))
		return e->code;
	return 0;
}

static void find_own(struct work *w, const float *images, size_t n,
		     const float *captions, const size_t *first, size_t dim)
{
	for (size_t i = 0; i < n; i++) {
		for (size_t j = first[i]; j < first[i + 1]; j++) {
			w->owner[j] = i;
			w->own[j] = chain(images + i * dim,
					  captions + j * dim, dim);
			w->caption_rank[j] = 1;
		}
	}
}

static void count_all(struct work *w, const float *images, size_t n, size_t m,
		      const size_t *first, size_t dim,
		      const struct machine *machine)
{
	for (size_t i = 0; i < n; i += w->block) {
		struct counting c = {
			.first = first, .begin = i,
			.rows = MIN(n - i, w->block), .m = m,
			.score = w->score, .own = w->own, .owner = w->owner,
			.image_rank = w->image_rank,
			.caption_rank = w->caption_rank,
		};

		memset(w->score, 0, c.rows * m * sizeof(*w->score));
		gemm(machine, w->score, m, images + i * dim, dim, w->packed,
		     c.rows, m, dim);
		pool_run(machine->pool, c.rows, count_image, &c);
		pool_run(machine->pool, CEIL_DIV(m, STRIP),
			 count_captions, &c);
	}
}

/* Of ranks [count] in 1 .. limit; counts [limit] is room. */
static size_t median_rank(const size_t *rank, size_t count, size_t limit,
			  size_t *counts)
{
	size_t low = 0, seen = 0, r;

	memset(counts, 0, limit * sizeof(*counts));
	for (size_t i = 0; i < count; i++)
		counts[rank[i] - 1]++;
	/* mean of the two in the middle, rounded down, as in VSE++ */
	for (r = 1; r <= limit; r++) {
		seen += counts[r - 1];
		if (!low && seen > (count - 1) / 2)
			low = r;
		if (seen > count / 2)
			break;
	}
	return (low + r) / 2;
}

static struct metrics_recall summary(const size_t *rank, size_t count,
				     size_t limit, size_t *counts)
{
	size_t at1 = 0, at5 = 0, at10 = 0, sum = 0;
	double n = (double)count;

	for (size_t i = 0; i < count; i++) {
		at1 += rank[i] <= 1;
		at5 += rank[i] <= 5;
		at10 += rank[i] <= 10;
		sum += rank[i];
	}
	return (struct metrics_recall){
		.at1 = 100 * (double)at1 / n, .at5 = 100 * (double)at5 / n,
		.at10 = 100 * (double)at10 / n,
		.median = (double)median_rank(rank, count, limit, counts),
		.mean = (double)sum / n,
	};
}

/* Images without captions ask nothing: their ranks are left out. */
static size_t keep_asking(size_t *rank, size_t n, const size_t *first)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++)
		if (first[i] < first[i + 1])
			rank[kept++] = rank[i];
	return kept;
}

int metrics_retrieval(struct metrics_retrieval *r, const float *images,
		      size_t n, const float *captions, const size_t *first,
		      size_t dim, const struct machine *machine,
		      struct error *e)
{
	size_t m = n ? first[n] : 0, asking;
	struct work w = { 0 };

	if (m == 0)
		return fail(e, ERROR_FAILED, "there are no captions to rank");
	if (work_new(&w, n, m, dim, machine, e) < 0)
		goto done;
	gemm_pack(machine->kernels, w.packed, captions, 1, dim, dim, m);
	find_own(&w, images, n, captions, first, dim);
	count_all(&w, images, n, m, first, dim, machine);
	asking = keep_asking(w.image_rank, n, first);
	r->image_to_text = summary(w.image_rank, asking, m, w.counts);
	r->text_to_image = summary(w.caption_rank, m, n, w.counts);
done:
	work_free(&w);
	return e->code;
}

/* ---- expected of a random order ------------------------------------------ */

/*
 * c right ones among m in random order.  The chance that none is in the first
 * k is hypergeometric, C(m-k, c) / C(m, c) = prod_{t<c} (m-k-t) / (m-t), and
 * the first right one is expected at (m+1) / (c+1).
 */
static double missed(size_t m, size_t c, size_t k)
{
	double p = 1;

	for (size_t t = 0; t < c; t++) {
		if (k + t >= m)
			return 0;
		p = p * ((double)(m - k - t) / (double)(m - t));
	}
	return p;
}

/* Mean over the images with captions of the chance to have one in the first
 * k. */
static double found_within(size_t n, const size_t *first, size_t k)
{
	double sum = 0;
	size_t asking = 0;

	for (size_t i = 0; i < n; i++) {
		size_t c = first[i + 1] - first[i];

		if (c == 0)
			continue;
		asking++;
		sum = sum + (1 - missed(first[n], c, k));
	}
	return sum / (double)asking;
}

/* The least rank that half of the images reach. */
static size_t random_median(size_t n, const size_t *first)
{
	size_t low = 1, high = first[n];

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (found_within(n, first, middle) >= 0.5)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

static double random_mean(size_t n, const size_t *first)
{
	double sum = 0;
	size_t asking = 0;

	for (size_t i = 0; i < n; i++) {
		size_t c = first[i + 1] - first[i];

		if (c == 0)
			continue;
		asking++;
		sum = sum + (double)(first[n] + 1) / (double)(c + 1);
	}
	return sum / (double)asking;
}

void metrics_random(struct metrics_retrieval *r, size_t n, const size_t *first)
{
	double images = (double)n;

	*r = (struct metrics_retrieval){ 0 };
	if (n == 0 || first[n] == 0)
		return;
	r->image_to_text = (struct metrics_recall){
		.at1 = 100 * found_within(n, first, 1),
		.at5 = 100 * found_within(n, first, 5),
		.at10 = 100 * found_within(n, first, 10),
		.median = (double)random_median(n, first),
		.mean = random_mean(n, first),
	};
	r->text_to_image = (struct metrics_recall){
		.at1 = 100 * (double)MIN(n, 1) / images,
		.at5 = 100 * (double)MIN(n, 5) / images,
		.at10 = 100 * (double)MIN(n, 10) / images,
		.median = (double)((n + 1) / 2),
		.mean = (images + 1) / 2,
	};
}
