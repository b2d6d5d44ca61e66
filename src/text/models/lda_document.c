/*
 * lda_document.c - the E step of one document; see lda_document.h.
 *
 * Hoffman, Blei, Bach 2010, algorithm 2, lines 4 to 9, in gensim's form, which
 * never stores phi: with n_w the times of word w, and B its row,
 *	norm_w = sum over k of theta_k B_wk + epsilon
 *	gamma_k = alpha + theta_k * sum over w of (n_w / norm_w) B_wk
 *	theta_k = exp(psi(gamma_k)) * scale_k
 * from gamma near 1 until it moves by less than 0.001 on the mean.  epsilon is
 * 1e-30, so that nothing is divided by 0.
 *
 * Expression trees: norm_w = dot(theta, B_w) + epsilon over the live topics in
 * their order, ratio_w = n_w / norm_w, the sums over words are chains of fmas
 * from +0 in the order of the words, then kernels->lda.
 *
 * exp(psi(gamma)) of a topic without words is below 2^-60 and becomes 0 as
 * soon as alpha < 1/41, and once 0 it stays so.  Then the topic is dropped,
 * and what is left is packed: with 200 topics most of the work is on less than
 * sixteen of them.
 */
#include "text/models/lda_document.h"

#include <string.h>

enum {
	LANES = KERNELS_LANES,
	PACKED_MOST = 1 << 16,	/* floats: stays in the second cache */
};

#define CHANGE_ENOUGH 0.001f
#define EPSILON 1e-30f

int lda_document_open(struct lda_document *d, size_t topics, float alpha,
		      int inner, const struct kernels *kernels,
		      struct error *e)
{
	*d = (struct lda_document){ .kernels = kernels, .topics = topics,
				    .alpha = alpha, .inner = inner };
	d->topic = mem_new(topics, sizeof(*d->topic), e);
	d->gamma = mem_new(topics, sizeof(*d->gamma), e);
	d->theta = mem_new(topics, sizeof(*d->theta), e);
	d->words = mem_new(topics, sizeof(*d->words), e);
	d->scale = mem_new(topics, sizeof(*d->scale), e);
	d->prior = mem_new(topics, sizeof(*d->prior), e);
	if (!d->topic || !d->gamma || !d->theta || !d->words || !d->scale ||
	    !d->prior) {
		lda_document_close(d);
		return e->code;
	}
	for (size_t k = 0; k < topics; k++)
		d->prior[k] = alpha;
	return 0;
}

void lda_document_close(struct lda_document *d)
{
	mem_free(d->topic);
	mem_free(d->gamma);
	mem_free(d->theta);
	mem_free(d->words);
	mem_free(d->scale);
	mem_free(d->prior);
	mem_free(d->row);
	mem_free(d->norm);
	mem_free(d->ratio);
	mem_free(d->packed);
	*d = (struct lda_document){0};
}

int lda_document_room(struct lda_document *d, size_t count, struct error *e)
{
	size_t rows = d->room, norms = d->room, ratios = d->room, floats;

	if (!mem_product(count, d->topics, &floats) || floats > PACKED_MOST)
		floats = PACKED_MOST;
	if (mem_grow(&d->row, &rows, count, sizeof(*d->row), e) < 0 ||
	    mem_grow(&d->norm, &norms, count, sizeof(*d->norm), e) < 0 ||
	    mem_grow(&d->ratio, &ratios, count, sizeof(*d->ratio), e) < 0 ||
	    mem_grow(&d->packed, &d->packed_room, floats, sizeof(*d->packed),
		     e) < 0)
		return e->code;
	d->room = MIN(rows, MIN(norms, ratios));
	return 0;
}

/* norm, ratio, and the sums over words. */
static void sweep(struct lda_document *d, const float *times)
{
	const struct kernels *k = d->kernels;

	memset(d->words, 0, d->live * sizeof(*d->words));
	for (size_t j = 0; j < d->count; j++) {
		d->norm[j] = k->dot(d->theta, d->row[j], d->live) + EPSILON;
		d->ratio[j] = times[j] / d->norm[j];
		k->axpy(d->words, d->ratio[j], d->row[j], d->live);
	}
}

static size_t count_live(const struct lda_document *d)
{
	size_t live = 0;

	for (size_t i = 0; i < d->live; i++)
		live += d->theta[i] > 0;
	return live;
}

/* Moves up the topics that live.  Packed rows may be packed again: what is
 * written lies before what is still to be read. */
static void pack(struct lda_document *d, size_t live)
{
	size_t stride = CEIL_DIV(live, LANES) * LANES, to = 0;

	for (size_t j = 0; j < d->count; j++) {
		float *row = d->packed + j * stride;

		to = 0;
		for (size_t i = 0; i < d->live; i++)
			if (d->theta[i] > 0)
				row[to++] = d->row[j][i];
		d->row[j] = row;
	}
	to = 0;
	for (size_t i = 0; i < d->live; i++) {
		if (!(d->theta[i] > 0))
			continue;
		d->topic[to] = d->topic[i];
		d->gamma[to] = d->gamma[i];
		d->theta[to] = d->theta[i];
		d->scale[to++] = d->scale[i];
	}
	d->live = live;
}

/* Packs when it halves the work, or makes it one vector. */
static void pack_if_it_pays(struct lda_document *d)
{
	size_t live, stride;

	if (d->live <= LANES)
		return;
	live = count_live(d);
	stride = CEIL_DIV(live, LANES) * LANES;
	if ((live <= d->live / 2 || live <= LANES) &&
	    live && stride * d->count <= PACKED_MOST)
		pack(d, live);
}

static float exp_digamma(const struct lda_document *d, float x)
{
	float y;

	d->kernels->exp_digamma(&y, &x, 1);
	return y;
}

void lda_document_infer(struct lda_document *d, const float *const *row,
			const float *times, size_t count, const float *start,
			const float *scale)
{
	float change;
	int enough = 0;

	d->count = count;
	d->live = d->topics;
	for (size_t k = 0; k < d->topics; k++) {
		d->topic[k] = (uint32_t)k;
		d->gamma[k] = start[k];
		d->scale[k] = scale[k];
	}
	d->kernels->exp_digamma(d->theta, start, d->topics);
	d->kernels->mul(d->theta, d->theta, scale, d->topics);
	for (size_t j = 0; j < count; j++)
		d->row[j] = row[j];
	sweep(d, times);
	for (int i = 0; i < d->inner && !enough; i++) {
		change = d->kernels->lda(d->gamma, d->theta, d->words,
					 d->prior, d->scale, d->live);
		enough = change < CHANGE_ENOUGH * (float)d->topics;
		if (!enough)
			pack_if_it_pays(d);
		sweep(d, times);
	}
}

void lda_document_spread(const struct lda_document *d, const float *values,
			 float rest, float *out)
{
	for (size_t k = 0; k < d->topics; k++)
		out[k] = rest;
	for (size_t i = 0; i < d->live; i++)
		out[d->topic[i]] = values[i];
}

/* ---- the bound ----------------------------------------------------------- */

static double log_of(const struct lda_document *d, double x)
{
	float y = (float)x;

	d->kernels->log(&y, &y, 1);
	return (double)y;
}

static double digamma(const struct lda_document *d, double x)
{
	return log_of(d, (double)exp_digamma(d, (float)(x + 1))) - 1 / x;
}

/* ln of the gamma function: Stirling's series at x + 4 (next term 4e-8). */
static double log_gamma(const struct lda_document *d, double x)
{
	double y = x + 4, z = 1 / (y * y);
	double rest = (1.0 / 12 - z * (1.0 / 360 - z * (1.0 / 1260))) / y;

	return (y - 0.5) * log_of(d, y) - y + 0.91893853320467274 + rest -
	       log_of(d, x * (x + 1) * ((x + 2) * (x + 3)));
}

/* With L = psi(sum of gamma), and sums over words w and topics k:
 *	sum n_w (ln norm_w - L) + sum (alpha - gamma_k) (psi(gamma_k) - L)
 *	+ ln G(gamma_k) - ln G(alpha), + ln G(K alpha) - ln G(sum of gamma)
 * where a topic that is not live adds nothing. */
double lda_document_bound(struct lda_document *d, const float *times)
{
	double alpha = (double)d->alpha, all = (double)d->topics * alpha;
	double sum = (double)(d->topics - d->live) * alpha, bound = 0, top;

	for (size_t i = 0; i < d->live; i++)
		sum += (double)d->gamma[i];
	top = digamma(d, sum);
	for (size_t j = 0; j < d->count; j++)
		bound += (double)times[j] *
			 (log_of(d, (double)d->norm[j]) - top);
	for (size_t i = 0; i < d->live; i++) {
		double gamma = (double)d->gamma[i];

		bound += (alpha - gamma) * (digamma(d, gamma) - top) +
			 log_gamma(d, gamma) - log_gamma(d, alpha);
	}
	return bound + log_gamma(d, all) - log_gamma(d, sum);
}
