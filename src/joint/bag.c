/* bag.c - see bag.h. */
#include "joint/bag.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { CORPUS_BYTES = 1 << 28 };	/* more tokens lie in a file */

/* ---- texts of posts ------------------------------------------------------ */

size_t bag_texts(const struct dataset *d, size_t post)
{
	return d->caption_ends[post] - dataset_first_caption(d, post) +
	       (st_string_at(&d->tags, post).bytes > 0);
}

struct str bag_text_at(const struct dataset *d, size_t post, size_t i)
{
	size_t at = dataset_first_caption(d, post) + i;

	return at < d->caption_ends[post] ? st_string_at(&d->caption, at) :
					    st_string_at(&d->tags, post);
}

/* ---- one text ------------------------------------------------------------ */

static int by_id(const void *x, const void *y)
{
	uint32_t a, b;

	memcpy(&a, x, sizeof(a));
	memcpy(&b, y, sizeof(b));
	return (a > b) - (a < b);
}

int bag_add(struct bag_text *t, uint32_t id, struct error *e)
{
	if (mem_grow(&t->id, &t->id_room, t->count + 1, sizeof(*t->id), e) < 0)
		return e->code;
	t->id[t->count++] = id;
	return 0;
}

int bag_weigh(struct bag_text *t, const float *idf,
	      const struct kernels *kernels, struct error *e)
{
	size_t n = 0;
	float length;

	if (mem_grow(&t->weight, &t->weight_room, t->count + 1,
		     sizeof(*t->weight), e) < 0)
		return e->code;
	if (t->count)
		qsort(t->id, t->count, sizeof(*t->id), by_id);
	for (size_t i = 0; i < t->count; i++)
		if (!n || t->id[i] != t->id[n - 1])
			t->id[n++] = t->id[i];
	for (size_t i = 0; i < n; i++)
		t->weight[i] = idf[t->id[i]];
	length = sqrtf(kernels->dot(t->weight, t->weight, n));
	t->count = length > 0 ? n : 0;
	for (size_t i = 0; i < t->count; i++)
		t->weight[i] = t->weight[i] / length;
	return 0;
}

int bag_read(const struct bag *b, struct str text, struct bag_text *t,
	     struct error *e)
{
	const char *at;
	size_t tokens;

	t->count = 0;
	if (clean_tokens(&b->clean, text, &t->tokens, &tokens, e) < 0)
		return e->code;
	at = t->tokens.data;
	for (size_t i = 0; i < tokens; i++, at += strlen(at) + 1) {
		uint32_t id = string_map_find(b->map, str_of(at));

		if (id != STRING_MAP_NONE && bag_add(t, id, e) < 0)
			return e->code;
	}
	return bag_weigh(t, b->idf, b->machine->kernels, e);
}

void bag_text_free(struct bag_text *t)
{
	mem_free(t->id);
	mem_free(t->weight);
	buf_free(&t->tokens);
	*t = (struct bag_text){ 0 };
}

/* ---- the vocabulary ------------------------------------------------------ */

void bag_idf(float *out, const uint64_t *df, size_t count, uint64_t documents,
	     const struct kernels *kernels)
{
	for (size_t i = 0; i < count; i++)
		out[i] = (float)(((double)documents + 1) /
				 (double)MAX(df[i], (uint64_t)1));
	kernels->log(out, out, count);
}

static struct str corpus_text(const void *context, size_t i)
{
	return ((const struct str *)context)[i];
}

static int vocab_of(struct bag *b, const struct dataset *d,
		    const uint32_t *post, size_t posts, const char *beside,
		    struct error *e)
{
	const struct vocab_options o = {
		.clean = &b->clean, .min_count = 1,
		.memory_bytes = CORPUS_BYTES, .beside = beside,
		.pool = b->machine->pool, .talk = b->machine->talk,
	};
	struct text_source source = { .caption = corpus_text };
	struct str *text;

	for (size_t i = 0; i < posts; i++)
		source.count += bag_texts(d, post[i]);
	text = mem_new(source.count, sizeof(*text), e);
	source.context = text;
	source.count = 0;
	for (size_t i = 0; text && i < posts; i++)
		for (size_t c = 0; c < bag_texts(d, post[i]); c++)
			text[source.count++] = bag_text_at(d, post[i], c);
	if (text && vocab_make(&b->vocab, &source, &o, e) == 0)
		vocab_drop_tokens(&b->vocab);
	mem_free(text);
	return e->code;
}

int bag_open(struct bag *b, const struct dataset *d, const uint32_t *post,
	     size_t posts, size_t most, const char *beside,
	     const struct machine *machine, struct error *e)
{
	*b = (struct bag){ .machine = machine };
	if (vocab_of(b, d, post, posts, beside, e) < 0)
		return e->code;
	b->count = MIN(b->vocab.count, most);
	b->map = string_map_new(e);
	b->idf = mem_new(b->count, sizeof(*b->idf), e);
	for (size_t i = 0; !e->code && i < b->count; i++)
		string_map_add(b->map, b->vocab.word[i], e);
	if (!e->code)
		bag_idf(b->idf, b->vocab.df, b->count, b->vocab.documents,
			machine->kernels);
	else
		bag_close(b);
	return e->code;
}

void bag_close(struct bag *b)
{
	string_map_free(b->map);
	mem_free(b->idf);
	vocab_free(&b->vocab);
	*b = (struct bag){ .count = 0 };
}
