/*
 * tower_words.c - see tower_words.h.  Nothing of it changes while a net
 * learns.
 */
#include "joint/tower_words.h"

struct tower_words {
	struct words words;
	enum words_caption caption;
};

static int words_take(struct tower *t, const char *prefix, struct error *e)
{
	struct tower_words *s = mem_new(1, sizeof(*s), e);

	t->state = s;
	if (!s || words_load(&s->words, t->file, prefix, e) < 0)
		return e->code;
	t->norm = words_target_norm(&s->words);
	t->dim = s->words.dim;
	return 0;
}

static int words_open(struct tower *t, struct error *e)
{
	struct tower_words *s;
	int caption;

	if (words_take(t, "words.", e) < 0)
		return e->code;
	caption = tower_choice(t->file, "caption", words_captions, e);
	s = t->state;
	s->caption = (enum words_caption)MAX(caption, 0);
	return e->code;
}

static void words_close(struct tower *t)
{
	struct tower_words *s = t->state;

	if (s)
		words_free(&s->words);
	mem_free(s);
}

static int words_put_meta(const struct tower *t, struct st_writer *w,
			  struct error *e)
{
	return st_put_meta(w, "caption",
			   words_captions[tower_words_caption(t)], e);
}

static int words_put(const struct tower *t, struct st_writer *w,
		     struct error *e)
{
	const struct tower_words *s = t->state;

	return words_copy(&s->words, t->file, w, "words.", e);
}

static int words_text(const struct tower *t, struct str text, float *out,
		      struct error *e)
{
	const struct tower_words *s = t->state;

	return words_caption_vector(&s->words, text, s->caption, WORDS_RAW,
				    out, t->machine->kernels, e);
}

static int words_word(const struct tower *t, struct str word, float *out,
		      struct error *e)
{
	const struct tower_words *s = t->state;

	return words_word_vector(&s->words, word, out, t->machine->kernels, e);
}

static const struct words *words_of(const struct tower *t)
{
	return &((const struct tower_words *)t->state)->words;
}

const struct tower_type tower_words = {
	.name = "words", .open = words_open, .close = words_close,
	.put_meta = words_put_meta, .put = words_put,
	.text = words_text, .word = words_word, .words = words_of,
};

int tower_words_open(struct tower *t, const struct st_file *words,
		     enum words_caption asked, const struct machine *machine,
		     struct error *e)
{
	struct tower_words *s;

	*t = (struct tower){ .type = &tower_words, .file = words,
			     .machine = machine };
	if (words_take(t, "", e) < 0)
		return e->code;
	s = t->state;
	if (words_caption_check(&s->words, asked, e) == 0)
		words_caption_way(&s->words, asked, &s->caption, e);
	return e->code;
}

enum words_caption tower_words_caption(const struct tower *t)
{
	return ((const struct tower_words *)t->state)->caption;
}
