/* draws.c - see draws.h. */
#include "joint/draws.h"

#include <string.h>

#include "base/rng.h"

enum { TRIES = 32 };	/* words of others until one is not of the own text */

int draws_open(struct draws *d, struct error *e)
{
	if (d->how == OBJECTIVE_BEST || d->how == OBJECTIVE_WORD)
		d->other = mem_new(2 * d->feed->targets.dim, sizeof(float),
				   e);
	return e->code;
}

void draws_close(struct draws *d)
{
	mem_free(d->other);
	words_read_free(&d->own);
	words_read_free(&d->from);
	buf_free(&d->text);
	*d = (struct draws){ .other = NULL };
}

/* Draw number `index` for an entry of this epoch, below n. */
static size_t draws_number(const struct draws *d, size_t entry, uint64_t index,
			   size_t n)
{
	return (size_t)rng_below(d->feed->seed,
				 rng_stream(RNG_NEGATIVE, d->feed->epoch,
					    entry + 1), index, n);
}

static float square_distance(const float *x, const float *y, size_t dim,
			     const struct kernels *k)
{
	return (k->dot(x, x, dim) + k->dot(y, y, dim)) -
	       2.0f * k->dot(x, y, dim);
}

/* As the side of the texts gives them. */
static void draws_finish(const struct draws *d, float *v, int unit)
{
	size_t dim = d->feed->targets.dim;

	for (size_t i = 0; i < dim; i++)
		v[i] = v[i] - d->center[i];
	if (unit)
		words_normalise(v, dim, WORDS_L2, d->feed->machine->kernels);
}

/* ---- the farthest of some ------------------------------------------------ */

static int draws_best(struct draws *d, size_t entry, float *best,
		      struct error *e)
{
	const struct kernels *k = d->feed->machine->kernels;
	size_t dim = d->feed->targets.dim;
	float most = -1, *own = d->other + dim;

	memset(best, 0, dim * sizeof(*best));
	if (targets_get(&d->feed->targets, entry, own, e) < 0)
		return e->code;
	for (int i = 0; i < d->count; i++) {
		size_t other = draws_number(d, entry, (uint64_t)i,
					    d->feed->count);
		float distance;

		if (other == entry)
			continue;
		if (targets_get(&d->feed->targets, other, d->other, e) < 0)
			return e->code;
		distance = square_distance(own, d->other, dim, k);
		if (distance <= most)
			continue;
		most = distance;
		memcpy(best, d->other, dim * sizeof(*best));
	}
	if (most >= 0)
		draws_finish(d, best, d->unit);
	return 0;
}

/* ---- a word against a word ----------------------------------------------- */

static const struct words_token *known_token(const struct words_read *r,
					     size_t at)
{
	for (size_t i = 0; i < r->count; i++)
		if (r->token[i].known != WORDS_UNKNOWN && at-- == 0)
			return &r->token[i];
	return NULL;
}

static int has_word(const struct words_read *r, struct str word)
{
	for (size_t i = 0; i < r->count; i++)
		if (str_equal(r->token[i].text, word))
			return 1;
	return 0;
}

static int draws_read(struct draws *d, struct words_read *r, size_t entry,
		      struct error *e)
{
	const struct tower *text = d->feed->text;

	if (targets_text(d->feed->posts, d->feed->post[entry], &d->text, e) < 0)
		return e->code;
	return words_read(r, text->type->words(text),
			  (struct str){ d->text.data, d->text.bytes }, e);
}

static int draws_vector(const struct draws *d, struct str word, float *out,
			struct error *e)
{
	const struct tower *text = d->feed->text;

	if (text->type->word(text, word, out, e) < 0)
		return e->code;
	words_normalise(out, text->dim, text->norm, text->machine->kernels);
	return 0;
}

/* A word that the own text does not have; *word.bytes is 0 if none is met. */
static int draws_stranger(struct draws *d, size_t entry, struct str *word,
			  struct error *e)
{
	*word = (struct str){ NULL, 0 };
	for (uint64_t i = 0; i < TRIES && !word->bytes; i++) {
		size_t other = draws_number(d, entry, 2 * i + 1,
					    d->feed->count);
		const struct words_token *t;

		if (other == entry)
			continue;
		if (draws_read(d, &d->from, other, e) < 0)
			return e->code;
		t = known_token(&d->from, draws_number(d, entry, 2 * i + 2,
						       d->from.known));
		if (!has_word(&d->own, t->text))
			*word = t->text;
	}
	return 0;
}

static int draws_word(struct draws *d, size_t entry, float *own, float *drawn,
		      struct error *e)
{
	size_t dim = d->feed->targets.dim;
	struct str word;

	memset(drawn, 0, dim * sizeof(*drawn));
	if (draws_read(d, &d->own, entry, e) < 0)
		return e->code;
	word = known_token(&d->own, draws_number(d, entry, 0,
						 d->own.known))->text;
	if (draws_vector(d, word, own, e) < 0)
		return e->code;
	draws_finish(d, own, 0);
	if (draws_stranger(d, entry, &word, e) < 0 || !word.bytes)
		return e->code;
	if (draws_vector(d, word, drawn, e) == 0)
		draws_finish(d, drawn, d->unit);
	return e->code;
}

int draws_fill(struct draws *d, size_t first, size_t n, float *target,
	       float *drawn, struct error *e)
{
	size_t dim = d->feed->targets.dim;

	for (size_t i = 0; i < n; i++) {
		size_t entry = d->feed->order[first + i];

		if (d->how == OBJECTIVE_BEST)
			draws_best(d, entry, drawn + i * dim, e);
		else if (d->how == OBJECTIVE_WORD)
			draws_word(d, entry, target + i * dim, drawn + i * dim,
				   e);
		if (e->code)
			return e->code;
	}
	return 0;
}
