/* batch.c - see batch.h. */
#include "joint/batch.h"

#include <string.h>

#include "base/base.h"
#include "base/rng.h"
#include "image/augment.h"

static int batch_text_add(struct buf *text, struct str s, struct error *e)
{
	size_t at = text->bytes;

	if (!s.bytes)
		return 0;
	if (buf_add(text, " ", at ? 1 : 0, e) < 0 ||
	    buf_add(text, s.data, s.bytes, e) < 0)
		return e->code;
	for (; at < text->bytes; at++)
		if (text->data[at] == '\n')
			text->data[at] = ' ';
	return 0;
}

int batch_text(const struct dataset *d, size_t post, struct buf *text,
	       struct error *e)
{
	buf_clear(text);
	for (size_t c = dataset_first_caption(d, post);
	     c < d->caption_ends[post]; c++)
		if (batch_text_add(text, st_string_at(&d->caption, c), e) < 0)
			return e->code;
	return batch_text_add(text, st_string_at(&d->tags, post), e);
}

static int batch_target(const struct batch_source *b, size_t post,
			struct buf *text, float *target, struct error *e)
{
	const struct tower *t = b->text;
	int known;

	if (batch_text(b->posts, post, text, e) < 0)
		return e->code;
	known = t->type->text(t, (struct str){ text->data, text->bytes },
			      target, e);
	if (known > 0)
		words_normalise(target, t->dim, t->norm,
				b->machine->kernels);
	return known;
}

int batch_open(struct batch_source *b, enum posts_split split, struct error *e)
{
	struct buf text = { 0 };
	float *target = mem_new(b->text->dim, sizeof(*target), e);

	b->post = mem_new(b->posts->count, sizeof(*b->post), e);
	b->order = mem_new(b->posts->count, sizeof(*b->order), e);
	b->count = 0;
	b->epoch = UINT64_MAX;
	b->no_words = 0;
	if (!target || !b->post || !b->order)
		goto done;
	for (size_t i = 0; i < b->posts->count; i++) {
		int known;

		if (b->posts->split[i] != split)
			continue;
		known = batch_target(b, i, &text, target, e);
		if (known < 0)
			goto done;
		if (known)
			b->post[b->count++] = (uint32_t)i;
		else
			b->no_words++;
	}
done:
	buf_free(&text);
	mem_free(target);
	if (e->code)
		batch_close(b);
	return e->code;
}

void batch_close(struct batch_source *b)
{
	mem_free(b->post);
	mem_free(b->order);
	b->post = NULL;
	b->order = NULL;
}

struct batch_job {
	const struct batch_source *b;
	uint64_t epoch;
	size_t first;
	int still;
	float *images;
};

static void batch_image(void *context, size_t i, int thread)
{
	const struct batch_job *job = context;
	const struct batch_source *b = job->b;
	size_t at = job->first + i, side = b->posts->size;
	size_t post = b->post[job->still ? at : b->order[at]];
	size_t middle = (side - b->crop) / 2;
	struct augment a = { middle, middle, 0 };

	(void)thread;
	if (!job->still)
		a = augment_draw(b->seed, job->epoch, post, side, b->crop);
	augment_crop(job->images + i * b->crop * b->crop * 3,
		     dataset_pixels(b->posts, post), side, b->crop, a.x, a.y,
		     a.mirror);
}

int batch_fill(struct batch_source *b, uint64_t epoch, size_t first, size_t n,
	       int still, float *images, float *targets, struct error *e)
{
	struct batch_job job = { b, epoch, first, still, images };
	struct buf text = { 0 };

	if (!still && b->epoch != epoch) {
		rng_shuffle(b->seed, rng_stream(RNG_SHUFFLE, epoch, 0),
			    b->order, b->count);
		b->epoch = epoch;
	}
	pool_run(b->machine->pool, n, batch_image, &job);
	for (size_t i = 0; i < n; i++) {
		size_t at = still ? first + i : b->order[first + i];

		if (batch_target(b, b->post[at], &text,
				 targets + i * b->text->dim, e) < 0)
			break;
	}
	buf_free(&text);
	return e->code;
}
