/* tower_table.c - see tower_table.h. */
#include "joint/tower_table.h"

#include <pthread.h>
#include <string.h>

#include "base/rng.h"

/* Numbers of drawn vectors are within +- this (Kiros et al. 2014). */
static const float start_most = 0.1f;

struct tower_table {
	struct words words;		/* with the tower's own vectors */
	float *vectors;			/* owned, or NULL: the file's */
	enum words_caption caption;
	struct buf text;		/* of the net */
	struct net *net;
	struct machine alone;		/* a net of one text needs no threads */
	pthread_mutex_t lock;		/* of the net, which has one input */
	int locked;			/* lock is there */
};

static struct tower_table *state_of(const struct tower *t)
{
	return t->state;
}

static int table_new(struct tower *t, struct error *e)
{
	struct tower_table *s = mem_new(1, sizeof(*s), e);

	t->state = s;
	if (!s)
		return e->code;
	s->alone = (struct machine){ .kernels = t->machine->kernels };
	if (pthread_mutex_init(&s->lock, NULL) != 0)
		return fail(e, ERROR_FAILED, "cannot make a lock");
	s->locked = 1;
	t->norm = WORDS_RAW;
	return 0;
}

static int table_net(struct tower *t, struct str text, const char *name,
		     struct error *e)
{
	struct tower_table *s = state_of(t);
	struct net_info info;

	if (buf_add(&s->text, text.data, text.bytes, e) < 0)
		return e->code;
	s->net = net_open((struct str){ s->text.data, s->text.bytes }, name,
			  t->dim, e);
	if (!s->net)
		return e->code;
	info = net_info(s->net);
	if (info.in_h * info.in_w != 1 || info.in_c != s->words.dim)
		return fail(e, ERROR_DATA, "'%s': the net of texts sees "
			    "%zux%zux%zu, words have %zu dimensions", name,
			    info.in_h, info.in_w, info.in_c, s->words.dim);
	if (info.out_dim != t->dim)
		return fail(e, ERROR_DATA, "'%s': the net of texts ends in %zu "
			    "numbers, the space has %zu", name, info.out_dim,
			    t->dim);
	return 0;
}

int tower_table_ready(struct tower *t, struct error *e)
{
	struct tower_table *s = state_of(t);

	return net_plan(s->net, &s->alone, NET_RUN, 1, e);
}

static int table_open(struct tower *t, struct error *e)
{
	const char *text = st_meta(t->file, "text_net");
	const struct st_tensor *center = st_need(t->file, "text_center",
						 ST_F32, 1, NULL, e);
	struct tower_table *s;
	int caption;

	if (!center || table_new(t, e) < 0)
		return e->code;
	s = state_of(t);
	if (!t->dim)
		t->dim = (size_t)center->count;
	caption = tower_choice(t->file, "caption", words_captions, e);
	if (caption < 0 || words_load(&s->words, t->file, "words.", e) < 0)
		return e->code;
	s->caption = (enum words_caption)caption;
	if (!text)
		return fail(e, ERROR_DATA, "'%s': metadata 'text_net' is "
			    "missing", st_path(t->file));
	if (table_net(t, str_of(text), st_path(t->file), e) < 0 ||
	    net_load(s->net, t->file, "text.", e) < 0)
		return e->code;
	return tower_table_ready(t, e);
}

static void table_close(struct tower *t)
{
	struct tower_table *s = state_of(t);

	if (!s)
		return;
	net_close(s->net);
	buf_free(&s->text);
	words_free(&s->words);
	mem_free(s->vectors);
	if (s->locked)
		pthread_mutex_destroy(&s->lock);
	mem_free(s);
}

static int table_put_meta(const struct tower *t, struct st_writer *w,
			  struct error *e)
{
	const struct tower_table *s = state_of(t);

	if (st_put_meta(w, "caption", words_captions[s->caption], e) < 0)
		return e->code;
	return st_put_meta(w, "text_net", s->text.data, e);
}

static int table_put(const struct tower *t, struct st_writer *w,
		     struct error *e)
{
	const struct tower_table *s = state_of(t);

	if (words_copy_as(&s->words, t->file, w, "words.", s->vectors,
			  s->words.dim, e) < 0)
		return e->code;
	return net_save(s->net, w, "text.", e);
}

/* ---- texts --------------------------------------------------------------- */

/* The net on x [word dim]. */
static void table_net_run(const struct tower *t, const float *x, float *out)
{
	struct tower_table *s = state_of(t);

	pthread_mutex_lock(&s->lock);
	memcpy(net_input(s->net), x, s->words.dim * sizeof(*x));
	memcpy(out, net_forward(s->net, 1, 0, 0), t->dim * sizeof(*out));
	pthread_mutex_unlock(&s->lock);
}

static int table_text(const struct tower *t, struct str text, float *out,
		      struct error *e)
{
	const struct tower_table *s = state_of(t);
	float *x = mem_new(s->words.dim, sizeof(*x), e);
	int known = x ? words_caption_vector(&s->words, text, s->caption,
					     WORDS_RAW, x,
					     t->machine->kernels, e) : e->code;

	if (known > 0)
		table_net_run(t, x, out);
	mem_free(x);
	return known;
}

static int table_word(const struct tower *t, struct str word, float *out,
		      struct error *e)
{
	const struct tower_table *s = state_of(t);
	float *x = mem_new(s->words.dim, sizeof(*x), e);
	int known = x ? words_word_vector(&s->words, word, x,
					  t->machine->kernels, e) : e->code;

	if (known > 0)
		table_net_run(t, x, out);
	mem_free(x);
	return known;
}

static const struct words *table_words(const struct tower *t)
{
	return &state_of(t)->words;
}

const struct tower_type tower_table = {
	.name = "table", .open = table_open, .close = table_close,
	.put_meta = table_put_meta, .put = table_put,
	.text = table_text, .word = table_word, .words = table_words,
};

/* ---- training ------------------------------------------------------------ */

/* Vectors of its own: the words', or drawn. */
static int table_start(struct tower_table *s, size_t word_dim, uint64_t seed,
		       struct error *e)
{
	size_t dim = word_dim ? word_dim : s->words.dim, floats;
	uint64_t stream = rng_stream(RNG_INIT, UINT32_MAX, 0);

	if (!mem_product(s->words.count, dim, &floats))
		return fail(e, ERROR_FAILED, "too many words");
	s->vectors = mem_new(floats, sizeof(float), e);
	if (!s->vectors)
		return e->code;
	if (!word_dim)
		memcpy(s->vectors, s->words.vectors, floats * sizeof(float));
	for (size_t i = 0; word_dim && i < floats; i++)
		s->vectors[i] = start_most * (2 * rng_uniform(seed, stream, i) -
					      1);
	s->words.vectors = s->vectors;
	s->words.dim = dim;
	s->words.subword_count = 0;
	s->words.model = WORDS_FOREIGN;
	return 0;
}

int tower_table_open(struct tower *t, const struct st_file *words,
		     enum words_caption asked, size_t word_dim,
		     struct str net_text, size_t dim, uint64_t seed,
		     const struct machine *machine, struct error *e)
{
	struct tower_table *s;

	*t = (struct tower){ .type = &tower_table, .file = words,
			     .machine = machine, .dim = dim };
	if (table_new(t, e) < 0)
		return e->code;
	s = state_of(t);
	if (words_load(&s->words, words, "", e) < 0)
		return e->code;
	if (s->words.model == WORDS_LDA || s->words.model == WORDS_DOC2VEC)
		return fail(e, ERROR_USAGE, "'%s': a %s model has no vectors "
			    "of words that a text is the sum of",
			    st_path(words), words_model_name(s->words.model));
	if (table_start(s, word_dim, seed, e) < 0 ||
	    words_caption_way(&s->words, asked, &s->caption, e) < 0)
		return e->code;
	if (s->caption == WORDS_PARAGRAPH)
		return fail(e, ERROR_USAGE, "--caption paragraph is not for "
			    "words that learn");
	return table_net(t, net_text, "net of texts", e);
}

struct net *tower_table_net(const struct tower *t)
{
	return state_of(t)->net;
}

float *tower_table_vectors(const struct tower *t, size_t *word_dim)
{
	*word_dim = state_of(t)->words.dim;
	return state_of(t)->vectors;
}

enum words_caption tower_table_caption(const struct tower *t)
{
	return state_of(t)->caption;
}
