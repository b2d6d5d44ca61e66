/*
 * side_table.c - texts as sums of word vectors through a net; see side.h and
 * tower_table.h.
 *
 * A post has several texts: its captions, and its tags as one more.  A step
 * takes one of those that have a known word, drawn for (seed, epoch, post);
 * each of its words is left out with the share `word_dropout`, but not all.
 * Weights are those of a caption of what is left: tf log2(D / df), divided by
 * their length, or tf by the number of words.
 *
 *	x = chain from +0 over the words, ascending, of weight * vector
 *	d vector = sum over rows, then words, of weight * dx: chains
 */
#include "joint/side.h"

#include <math.h>
#include <string.h>

#include "base/rng.h"
#include "joint/tower_table.h"

enum { SLICE = 64 };	/* dimensions of an item of the gradient */

struct side_table {
	struct side_table_settings set;
	const struct words *words;
	struct net *net;
	float *vectors, *gradient;	/* [words, dim] */
	size_t dim;			/* of a word */
	enum words_caption caption;
	/* the texts of post i are first[i] .. first[i + 1] - 1, the words of
	 * text t start[t] .. start[t + 1] - 1 */
	size_t *first, *start;
	uint32_t *id;
	float *tf;
	float *idf;			/* [words] */
	size_t texts, tokens, texts_room, tokens_room, tf_room;
	size_t longest;			/* words of a text */
	/* of the last batch: rows of words */
	size_t n;
	size_t *chosen;			/* [most]: texts */
	float *weight;			/* [most, longest]: 0 is left out */
};

/* ---- reading the posts' texts -------------------------------------------- */

static int token_add(struct side_table *t, uint32_t id, struct error *e)
{
	size_t at = t->start[t->texts];

	/* kept in ascending order */
	while (at < t->tokens && t->id[at] < id)
		at++;
	if (at < t->tokens && t->id[at] == id) {
		t->tf[at] = t->tf[at] + 1;
		return 0;
	}
	if (mem_grow(&t->id, &t->tokens_room, t->tokens + 1, sizeof(*t->id),
		     e) < 0 ||
	    mem_grow(&t->tf, &t->tf_room, t->tokens + 1, sizeof(*t->tf), e) < 0)
		return e->code;
	memmove(t->id + at + 1, t->id + at, (t->tokens - at) * sizeof(*t->id));
	memmove(t->tf + at + 1, t->tf + at, (t->tokens - at) * sizeof(*t->tf));
	t->id[at] = id;
	t->tf[at] = 1;
	t->tokens++;
	return 0;
}

/* A text with no known word is none. */
static int text_add(struct side_table *t, struct words_read *r, struct str text,
		    struct error *e)
{
	if (words_read(r, t->words, text, e) < 0)
		return e->code;
	for (size_t i = 0; i < r->count; i++)
		if (r->token[i].known == WORDS_ROW &&
		    token_add(t, r->token[i].id, e) < 0)
			return e->code;
	if (t->tokens == t->start[t->texts])
		return 0;
	t->longest = MAX(t->longest, t->tokens - t->start[t->texts]);
	if (mem_grow(&t->start, &t->texts_room, t->texts + 2,
		     sizeof(*t->start), e) < 0)
		return e->code;
	t->start[++t->texts] = t->tokens;
	return 0;
}

static int tags_add(struct side_table *t, struct words_read *r, struct str tags,
		    struct buf *b, struct error *e)
{
	buf_clear(b);
	if (!tags.bytes)
		return 0;
	if (buf_add(b, tags.data, tags.bytes, e) < 0)
		return e->code;
	for (size_t i = 0; i < b->bytes; i++)
		if (b->data[i] == '\n')
			b->data[i] = ' ';
	return text_add(t, r, (struct str){ b->data, b->bytes }, e);
}

static int table_read(struct side_table *t, const struct dataset *d,
		      struct error *e)
{
	struct words_read r = { .count = 0 };
	struct buf tags = { 0 };

	t->first = mem_new(d->count + 1, sizeof(*t->first), e);
	if (!t->first || mem_grow(&t->start, &t->texts_room, 1,
				  sizeof(*t->start), e) < 0)
		return e->code;
	for (size_t i = 0; i < d->count && !e->code; i++) {
		for (size_t c = dataset_first_caption(d, i);
		     c < d->caption_ends[i] && !e->code; c++)
			text_add(t, &r, st_string_at(&d->caption, c), e);
		if (!e->code)
			tags_add(t, &r, st_string_at(&d->tags, i), &tags, e);
		t->first[i + 1] = t->texts;
	}
	words_read_free(&r);
	buf_free(&tags);
	return e->code;
}

int side_table_knows(const void *side, size_t post)
{
	const struct side_table *t = ((const struct side *)side)->state;

	return t->first[post] < t->first[post + 1];
}

/* ---- a batch ------------------------------------------------------------- */

struct table_job {
	struct side *s;
	const struct side_batch *b;
};

static void table_weigh(const struct side_table *t, float *weight, size_t start,
			size_t words, const struct kernels *k)
{
	float by = 0;

	for (size_t i = 0; i < words; i++)
		if (t->caption == WORDS_TFIDF)
			weight[i] = weight[i] * t->idf[t->id[start + i]];
	by = t->caption == WORDS_TFIDF ? sqrtf(k->dot(weight, weight, words)) :
	     k->sum(weight, words);
	for (size_t i = 0; i < words; i++)
		weight[i] = by > 0 ? weight[i] / by : 0;
}

/* tf of the words that stay. */
static void table_drop(const struct side *s, const struct side_batch *b,
		       size_t post, float *weight, const float *tf,
		       size_t words)
{
	const struct side_table *t = s->state;
	uint64_t stream = rng_stream(RNG_DROPOUT, b->epoch, ~(uint64_t)post);
	size_t left = 0;

	for (size_t i = 0; i < words; i++) {
		int out = !b->still && t->set.word_dropout > 0 &&
			  rng_uniform(s->seed, stream, i) <
				  t->set.word_dropout;

		weight[i] = out ? 0 : tf[i];
		left += !out;
	}
	if (!left)
		memcpy(weight, tf, words * sizeof(*weight));
}

static void table_row(void *context, size_t i, int thread)
{
	const struct table_job *job = context;
	const struct side_batch *b = job->b;
	struct side_table *t = job->s->state;
	const struct kernels *k = job->s->machine->kernels;
	size_t post = feed_post(b->feed, b->epoch, b->first + i, b->still);
	size_t text = t->first[post], texts = t->first[post + 1] - text;
	float *x = net_input(t->net) + i * t->dim;
	float *weight = t->weight + i * t->longest;
	size_t start, words;

	(void)thread;
	if (!b->still)
		text += (size_t)rng_below(job->s->seed,
					  rng_stream(RNG_NEGATIVE, b->epoch,
						     ~(uint64_t)post), 0,
					  texts);
	start = t->start[text];
	words = t->start[text + 1] - start;
	t->chosen[i] = text;
	table_drop(job->s, b, post, weight, t->tf + start, words);
	table_weigh(t, weight, start, words, k);
	memset(x, 0, t->dim * sizeof(*x));
	for (size_t w = 0; w < words; w++)
		if (weight[w] != 0)
			k->axpy(x, weight[w], t->vectors +
				(size_t)t->id[start + w] * t->dim, t->dim);
}

static int table_forward(struct side *s, const struct side_batch *b,
			 const float **out, struct error *e)
{
	struct side_table *t = s->state;
	struct table_job job = { s, b };

	(void)e;
	t->n = b->n;
	if (b->n)			/* its order, before threads ask */
		feed_post(b->feed, b->epoch, b->first, b->still);
	pool_run(s->machine->pool, b->n, table_row, &job);
	if (net_tensors(t->net))
		net_tensor(t->net, 0);	/* the optimiser wrote to them */
	*out = net_forward(t->net, b->n, ~s->seed, b->step);
	return 0;
}

static void table_slice(void *context, size_t item, int thread)
{
	const struct side *s = context;
	struct side_table *t = s->state;
	const float *dx = net_input_gradient(t->net);
	size_t from = item * SLICE, n = MIN(t->dim - from, (size_t)SLICE);

	(void)thread;
	for (size_t w = 0; w < t->words->count; w++)
		memset(t->gradient + w * t->dim + from, 0,
		       n * sizeof(*t->gradient));
	for (size_t i = 0; i < t->n; i++) {
		size_t start = t->start[t->chosen[i]];
		size_t words = t->start[t->chosen[i] + 1] - start;
		const float *weight = t->weight + i * t->longest;

		for (size_t w = 0; w < words; w++)
			if (weight[w] != 0)
				s->machine->kernels->axpy(t->gradient +
					(size_t)t->id[start + w] * t->dim +
					from, weight[w], dx + i * t->dim + from,
					n);
	}
}

static void table_backward(struct side *s, const float *gradient)
{
	struct side_table *t = s->state;

	net_backward(t->net, gradient);
	if (!t->set.frozen)
		pool_run(s->machine->pool, CEIL_DIV(t->dim, (size_t)SLICE),
			 table_slice, s);
}

/* ---- the rest ------------------------------------------------------------ */

static void table_close(struct side *s)
{
	struct side_table *t = s->state;

	mem_free(t->gradient);
	mem_free(t->first);
	mem_free(t->start);
	mem_free(t->id);
	mem_free(t->tf);
	mem_free(t->idf);
	mem_free(t->chosen);
	mem_free(t->weight);
	mem_free(t);
}

static int table_plan(struct side *s, enum net_mode mode, size_t most,
		      struct error *e)
{
	struct side_table *t = s->state;

	mem_free(t->chosen);
	mem_free(t->weight);
	t->chosen = mem_new(most, sizeof(*t->chosen), e);
	t->weight = mem_new(most, t->longest * sizeof(*t->weight), e);
	if (e->code)
		return e->code;
	if (!t->set.frozen)
		net_want_input(t->net);
	return net_plan(t->net, s->machine, mode, most, e);
}

static int table_init(struct side *s, struct error *e)
{
	return net_init(((struct side_table *)s->state)->net, s->seed, e);
}

static int table_params(struct side *s, struct side_params *list,
			struct error *e)
{
	struct side_table *t = s->state;
	struct optim_param p = { NULL, t->vectors, t->gradient,
				 t->words->count * t->dim, 1, 1 };

	if (!t->set.frozen && side_params_add(list, "", "words", &p, e) < 0)
		return e->code;
	return side_params_net(list, "text.", t->net, e);
}

static int table_check(struct side *s, struct error *e)
{
	struct side_table *t = s->state;
	size_t floats = t->words->count * t->dim;

	for (size_t i = 0; i < floats; i++)
		if (!(fabsf(t->vectors[i]) <= WORDS_VECTOR_MOST))
			return fail(e, ERROR_FAILED, "the vectors of the words "
				    "are not finite");
	return net_check(t->net, e);
}

static int table_save(struct side *s, struct st_writer *w, struct error *e)
{
	struct side_table *t = s->state;
	uint64_t shape[2] = { t->words->count, t->dim };

	if (!t->set.frozen &&
	    st_put(w, "words", ST_F32, 2, shape, t->vectors, e) < 0)
		return e->code;
	return net_save(t->net, w, "text.", e);
}

static int table_load(struct side *s, const struct st_file *f,
		      struct error *e)
{
	struct side_table *t = s->state;
	uint64_t shape[2] = { t->words->count, t->dim };
	const struct st_tensor *from = NULL;

	if (!t->set.frozen) {
		from = st_need(f, "words", ST_F32, 2, shape, e);
		if (!from || st_numbers(f, from, WORDS_VECTOR_MOST, e) < 0)
			return e->code;
	}
	if (net_load(t->net, f, "text.", e) < 0)
		return e->code;
	if (from)
		memcpy(t->vectors, from->data, from->count * sizeof(float));
	return 0;
}

static const struct side_type type = {
	.close = table_close, .plan = table_plan, .init = table_init,
	.forward = table_forward, .backward = table_backward,
	.params = table_params, .check = table_check,
	.save = table_save, .load = table_load,
};

int side_table_open(struct side *s, const struct side_table_settings *set,
		    const struct dataset *posts, struct error *e)
{
	struct side_table *t = mem_new(1, sizeof(*t), e);

	if (!t)
		return e->code;
	s->type = &type;
	s->state = t;
	t->set = *set;
	t->words = s->tower->type->words(s->tower);
	t->net = tower_table_net(s->tower);
	t->vectors = tower_table_vectors(s->tower, &t->dim);
	t->caption = tower_table_caption(s->tower);
	t->idf = mem_new(t->words->count, sizeof(*t->idf), e);
	if (!set->frozen)
		t->gradient = mem_new(t->words->count,
				      t->dim * sizeof(*t->gradient), e);
	if (e->code)
		return e->code;
	for (size_t i = 0; t->caption == WORDS_TFIDF && i < t->words->count;
	     i++)
		t->idf[i] = words_idf(t->words, (uint32_t)i,
				      s->machine->kernels);
	return table_read(t, posts, e);
}
