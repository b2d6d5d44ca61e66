/*
 * lda.c - latent Dirichlet allocation by online variational Bayes.
 *
 * Hoffman, Blei, Bach 2010, as gensim does it.  With lambda = eta + mass, an
 * update infers the topics of a chunk of documents (lda_document.c), which
 * gives for each word w and topic k
 *	g_wk = sum over documents of n_dw phi_dwk
 *	     = exp(psi(lambda_wk)) * sum over d of ratio_dw theta_dk
 * and then
 *	mass = (1 - rho) mass + rho (D / |chunk|) g
 *	rho = (offset + pass + min(updates, D / |chunk|))^-decay
 * (updates are counted in the first pass only, |chunk| is its nominal size).
 * exp(E[log beta_wk]) is exp(psi(lambda_wk)) scale_k, scale_k being
 * 1 / exp(psi(sum over w of lambda_wk)); the scale goes to theta, so that rows
 * need not be touched for it.  phi does not change when a word's row is divided
 * by a number, so rows are in parts of their largest.  gensim's are not: with
 * many topics a word that first appears after the first chunk is 0 in all of
 * them there, and stays so.
 *
 * Starts from mass drawn uniformly with gensim's mean 1 and deviation 0.1 (a
 * gamma distribution there).  Documents come in a new random order in each
 * pass.
 *
 * Same for any number of threads: they share documents, then words; the sum of
 * g over words is cut into LDA_PIECES runs of slots, joined in order, in
 * double.
 */
#include "text/models/lda.h"

#include <math.h>
#include <string.h>

#include "base/rng.h"

enum { GROUP = 16 };		/* documents that a thread takes at once */

#define KEPT_LEAST 1e-100	/* far above where doubles lose digits */

/* ---- preparation --------------------------------------------------------- */

static size_t chunk_most(const struct lda *l)
{
	return MIN((size_t)l->options->chunk, l->documents.count);
}

static int room_make(struct lda *l, struct error *e)
{
	size_t threads = (size_t)pool_threads(l->machine->pool);
	size_t mass, theta, sums;

	if (!mem_product(l->words, l->topics, &mass) ||
	    !mem_product(chunk_most(l), l->topics, &theta) ||
	    !mem_product(threads, l->topics, &sums))
		return fail(e, ERROR_FAILED, "too many topics");
	l->mass = mem_new(mass, sizeof(*l->mass), e);
	l->since = mem_new(l->words, sizeof(*l->since), e);
	l->total = mem_new(l->topics, sizeof(*l->total), e);
	l->order = mem_new(l->documents.count, sizeof(*l->order), e);
	l->scale = mem_new(l->topics, sizeof(*l->scale), e);
	l->eta = mem_new(l->topics, sizeof(*l->eta), e);
	l->theta = mem_new(theta, sizeof(*l->theta), e);
	l->bounds = mem_new(chunk_most(l), sizeof(*l->bounds), e);
	l->gained = mem_new(l->topics, LDA_PIECES * sizeof(*l->gained), e);
	l->sums = mem_new(sums, sizeof(*l->sums), e);
	l->starts = mem_new(LDA_STARTS + l->topics, sizeof(*l->starts), e);
	l->text = mem_new(l->documents.longest, sizeof(*l->text), e);
	l->work = mem_new(threads, sizeof(*l->work), e);
	return e->code;
}

/* Words `piece` of LDA_PIECES of them. */
static size_t piece_first(size_t count, size_t piece)
{
	return count / LDA_PIECES * piece +
	       MIN(piece, count % LDA_PIECES);
}

static void piece_add(struct lda *l, size_t piece, const float *x)
{
	double *sum = l->gained + piece * l->topics;

	for (size_t k = 0; k < l->topics; k++)
		sum[k] += (double)x[k];
}

/* Uniform, with mean 1 and deviation 0.1. */
static float near_one(const struct lda *l, uint64_t table, uint64_t i)
{
	const float spread = 0.34641016f;	/* 0.1 times the root of 12 */
	uint64_t stream = rng_stream(RNG_INIT, table, 0);

	return fmaf(rng_uniform(l->options->seed, stream, i) - 0.5f, spread,
		    1.0f);
}

static void start_piece(void *context, size_t piece, int thread)
{
	struct lda *l = context;

	(void)thread;
	memset(l->gained + piece * l->topics, 0,
	       l->topics * sizeof(*l->gained));
	for (size_t w = piece_first(l->words, piece);
	     w < piece_first(l->words, piece + 1); w++) {
		float *mass = l->mass + w * l->topics;

		for (size_t k = 0; k < l->topics; k++)
			mass[k] = near_one(l, 0, w * l->topics + k);
		l->since[w] = 1;
		piece_add(l, piece, mass);
	}
}

/* total = keep * total + what the pieces have gained. */
static void total_join(struct lda *l, double keep, double gain)
{
	for (size_t k = 0; k < l->topics; k++) {
		double sum = 0;

		for (size_t p = 0; p < LDA_PIECES; p++)
			sum += l->gained[p * l->topics + k];
		l->total[k] = keep * l->total[k] + gain * sum;
	}
}

int lda_open(struct lda *l, const struct vocab *v,
	     const struct train_options *options,
	     const struct machine *machine, struct error *e)
{
	size_t topics = (size_t)options->dim;

	*l = (struct lda){ .options = options, .machine = machine, .vocab = v,
			   .words = v->count, .topics = topics, .kept = 1 };
	l->prior = options->prior > 0 ? options->prior : 1 / (float)topics;
	if (documents_find(&l->documents, v, e) < 0 || room_make(l, e) < 0 ||
	    lda_chunk_open(&l->chunk, l->words, e) < 0)
		goto fail;
	for (int t = 0; t < pool_threads(machine->pool); t++)
		if (lda_document_open(&l->work[t], topics, l->prior,
				      options->inner, machine->kernels,
				      e) < 0)
			goto fail;
	for (size_t k = 0; k < topics; k++)
		l->eta[k] = l->prior;
	for (size_t i = 0; i < LDA_STARTS + topics; i++)
		l->starts[i] = near_one(l, 1, i);
	pool_run(machine->pool, LDA_PIECES, start_piece, l);
	total_join(l, 0, 1);
	return 0;
fail:
	lda_close(l);
	return e->code;
}

void lda_close(struct lda *l)
{
	for (int t = 0; l->work && t < pool_threads(l->machine->pool); t++)
		lda_document_close(&l->work[t]);
	lda_chunk_close(&l->chunk);
	mem_free(l->mass);
	mem_free(l->since);
	mem_free(l->total);
	documents_free(&l->documents);
	mem_free(l->text);
	mem_free(l->order);
	mem_free(l->rows);
	mem_free(l->peak);
	mem_free(l->scale);
	mem_free(l->eta);
	mem_free(l->theta);
	mem_free(l->ratio);
	mem_free(l->bounds);
	mem_free(l->gained);
	mem_free(l->sums);
	mem_free(l->row);
	mem_free(l->starts);
	mem_free(l->work);
	*l = (struct lda){0};
}

/* ---- an update ----------------------------------------------------------- */

uint64_t lda_steps(const struct lda *l)
{
	return CEIL_DIV(l->documents.count, chunk_most(l));
}

uint64_t lda_work(const struct lda *l, uint64_t steps)
{
	return MIN(steps * chunk_most(l), l->documents.count);
}

static float rho(const struct lda *l, uint64_t number)
{
	const struct train_options *o = l->options;
	uint64_t pass = number / lda_steps(l);
	double all = (double)l->documents.count;
	double updates = pass ? all / (double)chunk_most(l) : (double)number;
	float at = (float)((double)o->offset + (double)pass + updates), rho;

	l->machine->kernels->pow(&rho, &at, -o->decay, 1);
	return rho;
}

/* The documents of the update, and room for what they need. */
static int chunk_take(struct lda *l, uint64_t number, struct error *e)
{
	uint64_t epoch = number / lda_steps(l);
	size_t from = lda_work(l, number % lda_steps(l));
	size_t to = lda_work(l, number % lda_steps(l) + 1), floats;
	struct lda_chunk *c = &l->chunk;

	if (l->order_epoch != epoch + 1)
		rng_shuffle(l->options->seed, rng_stream(RNG_SHUFFLE, epoch,
							 0),
			    l->order, l->documents.count);
	l->order_epoch = epoch + 1;
	lda_chunk_clear(c);
	for (; from < to; from++) {
		uint32_t d = l->order[from], n = l->documents.length[d];
		const uint32_t *tokens = vocab_tokens(l->vocab,
			l->documents.first[d], n, l->text, e);

		if (!tokens || lda_chunk_add(c, tokens, n, e) < 0)
			return e->code;
	}
	if (!mem_product(c->slots, l->topics, &floats))
		return fail(e, ERROR_FAILED, "too many topics");
	for (int t = 0; t < pool_threads(l->machine->pool); t++)
		if (lda_document_room(&l->work[t], c->longest, e) < 0)
			return e->code;
	if (lda_chunk_end(c, e) < 0 ||
	    mem_grow(&l->rows, &l->rows_room, floats, sizeof(*l->rows), e) < 0)
		return e->code;
	if (mem_grow(&l->row, &l->row_room, c->entries, sizeof(*l->row),
		     e) < 0 ||
	    mem_grow(&l->peak, &l->peak_room, c->slots, sizeof(*l->peak),
		     e) < 0)
		return e->code;
	return mem_grow(&l->ratio, &l->ratio_room, c->entries,
			sizeof(*l->ratio), e);
}

static float fading(const struct lda *l, size_t word)
{
	return l->since[word] > 0 ? (float)(l->kept / l->since[word]) : 0.0f;
}

/* psi(x) = psi(x + 1) - 1 / x, so that small x keep their differences. */
static void digamma(const struct lda *l, float *y, const float *x)
{
	const struct kernels *kernels = l->machine->kernels;

	for (size_t k = 0; k < l->topics; k++)
		y[k] = x[k] + 1.0f;
	kernels->exp_digamma(y, y, l->topics);
	kernels->log(y, y, l->topics);
	for (size_t k = 0; k < l->topics; k++)
		y[k] = y[k] - 1.0f / x[k];
}

/* Mass as it is now, and its exp(psi) in parts of the largest: a word that is
 * new to all topics has to be as likely in each of them, and not 0. */
static void rows_piece(void *context, size_t piece, int thread)
{
	struct lda *l = context;
	const struct kernels *kernels = l->machine->kernels;
	float *sum = l->sums + (size_t)thread * l->topics;

	for (size_t s = piece_first(l->chunk.slots, piece);
	     s < piece_first(l->chunk.slots, piece + 1); s++) {
		size_t word = l->chunk.word[s];
		float *mass = l->mass + word * l->topics;
		float *row = l->rows + s * l->topics;
		float peak;

		kernels->scale(mass, fading(l, word), mass, l->topics);
		kernels->add(sum, mass, l->eta, l->topics);
		digamma(l, row, sum);
		peak = row[0];
		for (size_t k = 1; k < l->topics; k++)
			peak = row[k] > peak ? row[k] : peak;
		for (size_t k = 0; k < l->topics; k++)
			row[k] = row[k] - peak;
		kernels->exp(row, row, l->topics);
		l->peak[s] = peak;
	}
}

void lda_scale(struct lda *l)
{
	double all = (double)l->prior * (double)l->words;

	for (size_t k = 0; k < l->topics; k++)
		l->scale[k] = (float)(all + l->total[k]);
	l->machine->kernels->exp_digamma(l->scale, l->scale, l->topics);
	for (size_t k = 0; k < l->topics; k++)
		l->scale[k] = 1 / l->scale[k];
}

static void infer_group(void *context, size_t group, int thread)
{
	struct lda *l = context;
	const struct lda_chunk *c = &l->chunk;
	struct lda_document *work = &l->work[thread];
	size_t end = MIN((group + 1) * GROUP, c->documents);

	for (size_t d = group * GROUP; d < end; d++) {
		size_t first = lda_chunk_first(c, d);
		size_t count = c->ends[d] - first;
		const float *start = l->starts + rng_below(
			l->options->seed, l->stream, d, LDA_STARTS);

		for (size_t i = first; i < c->ends[d]; i++)
			l->row[i] = l->rows + c->slot[i] * l->topics;
		lda_document_infer(work, l->row + first, c->times + first,
				   count, start, l->scale);
		memcpy(l->ratio + first, work->ratio,
		       count * sizeof(*l->ratio));
		lda_document_spread(work, work->theta, 0,
				    l->theta + d * l->topics);
		l->bounds[d] = lda_document_bound(work, c->times + first);
		for (size_t i = first; i < c->ends[d]; i++)
			l->bounds[d] += (double)c->times[i] *
					(double)l->peak[c->slot[i]];
	}
}

/* What the chunk says of the words of a piece. */
static void gain_piece(void *context, size_t piece, int thread)
{
	struct lda *l = context;
	const struct kernels *kernels = l->machine->kernels;
	const struct lda_chunk *c = &l->chunk;
	float *sum = l->sums + (size_t)thread * l->topics;

	memset(l->gained + piece * l->topics, 0,
	       l->topics * sizeof(*l->gained));
	for (size_t s = piece_first(c->slots, piece);
	     s < piece_first(c->slots, piece + 1); s++) {
		float *mass = l->mass + c->word[s] * l->topics;

		memset(sum, 0, l->topics * sizeof(*sum));
		for (size_t i = lda_chunk_slot_first(c, s);
		     i < c->slot_ends[s]; i++) {
			size_t d = c->document[c->found[i]];

			kernels->axpy(sum, l->ratio[c->found[i]],
				      l->theta + d * l->topics, l->topics);
		}
		kernels->mul(sum, sum, l->rows + s * l->topics, l->topics);
		kernels->scale(mass, l->fade, mass, l->topics);
		kernels->axpy(mass, l->gain, sum, l->topics);
		piece_add(l, piece, sum);
	}
}

/* All mass as of now, so that `kept` can begin at 1 again. */
static void settle(struct lda *l)
{
	for (size_t w = 0; w < l->words; w++) {
		float *mass = l->mass + w * l->topics;

		l->machine->kernels->scale(mass, fading(l, w), mass,
					   l->topics);
		l->since[w] = l->since[w] > 0;
	}
	l->kept = 1;
}

/* The words of the chunk are up to date, all others fade. */
static void fade_all(struct lda *l)
{
	const struct lda_chunk *c = &l->chunk;

	l->kept *= (double)l->fade;
	if (l->fade == 0) {
		l->kept = 1;
		memset(l->since, 0, l->words * sizeof(*l->since));
	}
	for (size_t s = 0; s < c->slots; s++)
		l->since[c->word[s]] = l->kept;
	if (l->kept < KEPT_LEAST)
		settle(l);
}

int lda_step(struct lda *l, uint64_t number, struct error *e)
{
	struct pool *pool = l->machine->pool;
	float step = rho(l, number);

	if (chunk_take(l, number, e) < 0)
		return e->code;
	l->stream = rng_stream(RNG_INIT, 2, number);
	l->fade = 1 - step;
	l->gain = step * (float)((double)l->documents.count /
				 (double)l->chunk.documents);
	if (number % lda_steps(l) == 0)
		l->bound = l->tokens = 0;
	lda_scale(l);
	pool_run(pool, LDA_PIECES, rows_piece, l);
	pool_run(pool, CEIL_DIV(l->chunk.documents, GROUP), infer_group,
		 l);
	pool_run(pool, LDA_PIECES, gain_piece, l);
	total_join(l, (double)l->fade, (double)l->gain);
	fade_all(l);
	for (size_t d = 0; d < l->chunk.documents; d++)
		l->bound += l->bounds[d];
	for (size_t i = 0; i < l->chunk.entries; i++)
		l->tokens += (double)l->chunk.times[i];
	return 0;
}

/* ---- what has been learned ----------------------------------------------- */

double lda_loss(const struct lda *l)
{
	return -l->bound / MAX(l->tokens, 1);
}

size_t lda_broken(const struct lda *l)
{
	for (size_t w = 0; w < l->words; w++)
		for (size_t k = 0; k < l->topics; k++)
			if (!(fabsf(l->mass[w * l->topics + k]) <=
			      WORDS_VECTOR_MOST))
				return w;
	return l->words;
}

void lda_vector(const struct lda *l, size_t word, float *out)
{
	const struct kernels *kernels = l->machine->kernels;

	kernels->scale(out, fading(l, word), l->mass + word * l->topics,
		       l->topics);
	kernels->add(out, out, l->eta, l->topics);
	kernels->exp_digamma(out, out, l->topics);
	kernels->mul(out, out, l->scale, l->topics);
	for (size_t k = 0; k < l->topics; k++)
		out[k] = out[k] > WORDS_VECTOR_LEAST ? out[k] :
			 WORDS_VECTOR_LEAST;
}
