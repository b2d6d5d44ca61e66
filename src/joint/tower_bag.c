/* tower_bag.c - see tower_bag.h. */
#include "joint/tower_bag.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct tower_bag {
	struct words words;		/* of a space */
	float *idf;			/* [words.count] */
	const struct bag *bag;		/* or what a new space is made of */
	const float *map;
};

static int bag_tower_open(struct tower *t, struct error *e)
{
	struct tower_bag *s = mem_new(1, sizeof(*s), e);

	t->state = s;
	if (!s || words_load(&s->words, t->file, "words.", e) < 0)
		return e->code;
	t->norm = WORDS_RAW;
	t->dim = s->words.dim;
	s->idf = mem_new(s->words.count, sizeof(*s->idf), e);
	if (!s->idf)
		return e->code;
	bag_idf(s->idf, s->words.df, s->words.count, s->words.documents,
		t->machine->kernels);
	return 0;
}

static void bag_tower_close(struct tower *t)
{
	struct tower_bag *s = t->state;

	if (s) {
		words_free(&s->words);
		mem_free(s->idf);
	}
	mem_free(s);
}

/* ---- in a space ---------------------------------------------------------- */

static int bag_put_meta(const struct tower *t, struct st_writer *w,
			struct error *e)
{
	const struct tower_bag *s = t->state;
	char documents[24];

	if (!s->bag)
		return 0;		/* goes with the words */
	snprintf(documents, sizeof(documents), "%" PRIu64,
		 s->bag->vocab.documents);
	if (st_put_meta(w, "words.model", words_model_name(WORDS_FOREIGN),
			e) < 0 ||
	    st_put_meta(w, "words.source", "bag", e) < 0 ||
	    st_put_meta(w, "words.clean",
			clean_kind_names[s->bag->clean.kind], e) < 0)
		return e->code;
	return st_put_meta(w, "words.documents", documents, e);
}

static int bag_put(const struct tower *t, struct st_writer *w, struct error *e)
{
	const struct tower_bag *s = t->state;
	const struct vocab *v;
	uint64_t shape[2];

	if (!s->bag)
		return words_copy(&s->words, t->file, w, "words.", e);
	v = &s->bag->vocab;
	shape[0] = s->bag->count;
	shape[1] = t->dim;
	if (st_put_strings(w, "words.word", v->word, s->bag->count, e) < 0 ||
	    st_put(w, "words.count", ST_U64, 1, shape, v->occurrences,
		   e) < 0 ||
	    st_put(w, "words.df", ST_U64, 1, shape, v->df, e) < 0)
		return e->code;
	return st_put(w, "words.vectors", ST_F32, 2, shape, s->map, e);
}

/* ---- texts --------------------------------------------------------------- */

static int texts_sum(const struct tower *t, struct bag_text *text, float *out,
		     struct error *e)
{
	const struct tower_bag *s = t->state;
	const struct kernels *k = t->machine->kernels;

	memset(out, 0, t->dim * sizeof(*out));
	if (bag_weigh(text, s->idf, k, e) < 0)
		return e->code;
	for (size_t i = 0; i < text->count; i++)
		k->axpy(out, text->weight[i],
			words_vector(&s->words, text->id[i]), t->dim);
	return (int)MIN(text->count, (size_t)INT32_MAX);
}

static int bag_tower_text(const struct tower *t, struct str text, float *out,
			  struct error *e)
{
	const struct tower_bag *s = t->state;
	struct words_read read = { 0 };
	struct bag_text bag = { 0 };
	int known = 0;

	if (words_read(&read, &s->words, text, e) < 0)
		known = e->code;
	for (size_t i = 0; known == 0 && i < read.count; i++)
		if (read.token[i].known == WORDS_ROW)
			known = bag_add(&bag, read.token[i].id, e);
	if (known == 0)
		known = texts_sum(t, &bag, out, e);
	bag_text_free(&bag);
	words_read_free(&read);
	return known;
}

static int bag_tower_word(const struct tower *t, struct str word, float *out,
			  struct error *e)
{
	const struct tower_bag *s = t->state;

	return words_word_vector(&s->words, word, out, t->machine->kernels, e);
}

static const struct words *bag_tower_words(const struct tower *t)
{
	return &((const struct tower_bag *)t->state)->words;
}

const struct tower_type tower_bag = {
	.name = "bag", .open = bag_tower_open, .close = bag_tower_close,
	.put_meta = bag_put_meta, .put = bag_put,
	.text = bag_tower_text, .word = bag_tower_word,
	.words = bag_tower_words,
};

int tower_bag_open(struct tower *t, const struct bag *bag, const float *map,
		   size_t dim, const struct machine *machine, struct error *e)
{
	struct tower_bag *s = mem_new(1, sizeof(*s), e);

	*t = (struct tower){ .type = &tower_bag, .machine = machine,
			     .dim = dim, .norm = WORDS_RAW, .state = s };
	if (!s)
		return e->code;
	s->bag = bag;
	s->map = map;
	return 0;
}
